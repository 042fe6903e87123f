// @ts-check
// Plays on by itself what a groove has learnt, and what a score has, by the instruments it is given.

/** @import { App } from "../app.js" */
/** @import { EventModel } from "../engine/groove/model.js" */
/** @import { BarLine, GrooveEvent, Phrase, VoiceOfHands } from "../engine/groove/types.d.ts" */
/** @import { Hit } from "../engine/types.d.ts" */

import { GrooveSounds, timesOf } from "../engine/groove/groove.js";
import { Striker } from "../engine/groove/round-robin.js";
import { Sequencer } from "../engine/groove/sequencer.js";
import { Clock } from "./clock.js";

/**
 * Says "change" when it starts, stops or is asked elsewhere; `on` events say what is played.
 *
 * @extends {Clock<App, GrooveEvent>}
 */
export class Groove extends Clock {
  kind = "groove";
  settings = ["wildness", "density", "swing", "levelling"];
  /** @type {GrooveEvent | null} */
  #next = null;
  #tick = 0; // of the last event
  #last = 0; // when that was
  /** What it goes on from; null: nothing but the seed. @type {Phrase | null} */
  #phrase = null;
  /** What it is to go on from at a moment. @type {{ phrase: Phrase, at: number } | null} */
  #coming = null;
  #notBefore = 0; // s on the audio's clock: no sooner does it begin
  /** @type {Striker} */
  striker;
  /** Sentences on who plays it. @type {string[]} */
  remarks = [];

  /**
   * cuts: recordings follow each other at bar lines, each at its own tempo.
   *
   * @param {App} app
   * @param {EventModel} model
   * @param {{ cuts?: boolean }} [options]
   */
  constructor(app, model, { cuts = true } = {}) {
    super(app);
    this.model = model;
    this.sequencer = new Sequencer(model, { seed: app.session.state.groove.seed, cuts });
    this.spans = this.sequencer.places.spans;
    this.names = model.manifest.styles.map(({ name }) => name);
    this.tempo = model.tempo;
    this.sounds = cuts ? new GrooveSounds(model, app.instrument) : null;
    /** Index of the recording that was asked for and is not heard yet. @type {number | null} */
    this.asked = null;
    this.reset();
  }

  /** Back to the seed's beginning, or to the end of what it goes on from: the same events again. */
  reset() {
    this.#coming = null;
    this.sequencer.seed = this.app.session.state.groove.seed;
    this.sequencer.reset();
    if (this.#phrase) this.sequencer.prime(this.#phrase);
    this.#next = null;
    this.#tick = 0;
    this.striker = new Striker(this.sequencer.seed);
    this.again();
    this.asked = null;
    this.changed();
  }

  /** From now on it begins as the seed alone has it. */
  forget() {
    this.#phrase = null;
  }

  /**
   * Goes on from a phrase as soon as can be, or at a later moment of the audio's clock; until then it plays as it did.
   *
   * @param {Phrase} phrase
   * @param {number} [at]
   */
  goOnFrom(phrase, at = 0) {
    this.#coming = { phrase, at };
    if (this.running) return;
    this.#turn(this.#coming);
    this.start();
  }

  /** @param {{ phrase: Phrase, at: number }} coming */
  #turn({ phrase, at }) {
    this.#phrase = phrase;
    this.#notBefore = at;
    this.reset();
  }

  /**
   * To a place of what was learnt, 0 … 1, at the next bar.
   *
   * @param {number} share
   */
  jump(share) {
    this.sequencer.jump(share);
    this.asked = this.sequencer.places.at(share).style;
    this.changed();
  }

  /** What is heard now: {style, words: where in it}, or null. */
  get heard() {
    const { passing } = this;
    if (!passing) return null;
    const {
      item: { tick: began, style, metre },
      at,
    } = passing;
    const { origin, bar, beats, metric } = metre;
    const tick = began + (this.app.heardTime() - at) / this.sequencer.tickS;
    const first = ((origin % bar) + bar) % bar;
    const from = tick - first + (first > 0 ? bar : 0);
    const beat = 1 + Math.floor(((from % bar) / bar) * beats);
    return {
      style,
      words: metric ? `bar ${1 + Math.floor(from / bar)} · beat ${beat}` : "free time",
    };
  }

  /** The last bar line that was heard; null where nothing is, or without bars. @returns {BarLine | null} */
  get barLine() {
    const { passing, sequencer } = this;
    if (!passing?.item.metre.metric) return null;
    const { tick, metre } = passing.item;
    const since = (((tick - metre.origin) % metre.bar) + metre.bar) % metre.bar;
    return { at: passing.at - since * sequencer.tickS, tempo: sequencer.tempo, beats: metre.beats };
  }

  /** What of it hands can play, too. @returns {VoiceOfHands[]} */
  voicesOfHands() {
    return this.model.manifest.vocabulary.map(({ label }, voice) => ({
      voice,
      label,
      note: null,
      part: label,
    }));
  }

  again() {
    super.again();
    this.#last = this.at;
    this.delay(Math.max(0, this.#notBefore - this.at));
  }

  /** @param {number} seconds */
  delay(seconds) {
    super.delay(seconds);
    this.#last += seconds;
  }

  /** @param {number} until */
  schedule(until) {
    const { wildness, density, swing, tempo: asked } = this.app.session.state.groove;
    // Its own tempo, unless it is asked for another, is that of each recording.
    const tempo = asked === Math.round(this.tempo) ? null : asked;
    Object.assign(this.sequencer, { wildness, density, swing, tempo });
    for (;;) {
      this.#next ??= this.sequencer.next();
      this.at =
        this.#last +
        this.sequencer.secondsAt(this.#next.tick) -
        this.sequencer.secondsAt(this.#tick);
      if (this.#coming && this.at >= this.#coming.at) {
        this.#turn(this.#coming);
        continue;
      }
      if (this.at >= until) return;
      this.#last = this.at;
      this.#tick = this.#next.tick;
      this.#play(this.#next);
      this.#next = null;
    }
  }

  /** @param {GrooveEvent} event */
  #play(event) {
    const { session, audio, performer } = this.app;
    // Its moments on the clock of sound: `at` is that of its tick.
    const begun = this.at - this.sequencer.secondsAt(event.tick);
    const times = timesOf(this.sequencer, event);
    const time = Math.max(begun + times.time, audio.currentTime);
    this.pass(event);
    if (event.style === this.asked) {
      this.asked = null;
      this.changed();
    }
    this.dispatchEvent(new CustomEvent("on", { detail: { ...event, time, at: this.at } }));
    const { wildness, levelling } = session.state.groove;
    const struck = this.strike(event, { time, wildness, levelling });
    if (struck?.pitched) performer.end(struck.hit, { time: Math.max(begun + times.end, time) });
  }

  /**
   * {hit, pitched}: what sounds for an event, and whether it ends when it is let go; null: nothing does.
   *
   * @param {GrooveEvent} event
   * @param {{ time: number, wildness: number, levelling: number }} options
   * @returns {{ hit: Hit, pitched: boolean } | null}
   */
  strike(event, { time, ...settings }) {
    const asked = this.sounds?.of(this.striker, event, settings);
    if (!asked) return null;
    const { label, pitched, ...request } = asked;
    return { hit: this.app.performer.play(label, { ...request, time }), pitched };
  }
}
