// Plays on by itself what a groove has learnt, and what a score has, by the instruments it is given.

import { EventSequencer } from "../engine/index.js";
import { hash } from "../sounds/random.js";
import { Clock } from "./clock.js";

/** Says "change" when it starts, stops or is asked elsewhere; `on` events say what is played. */
export class Groove extends Clock {
  kind = "groove";
  settings = ["wildness", "density", "swing"];
  #next = null;
  #tick = 0; // of the last event
  #last = 0; // when that was
  #count = 0;
  #ringing = new Map(); // the last note of each group that damps itself

  /** cuts: recordings follow each other at bar lines, each at its own tempo. */
  constructor(app, model, { cuts = true } = {}) {
    super(app);
    this.model = model;
    this.sequencer = new EventSequencer(model, { seed: app.session.state.groove.seed, cuts });
    this.spans = this.sequencer.places.spans;
    this.names = model.manifest.styles.map(({ name }) => name);
    this.tempo = model.tempo;
    /** Index of the recording that was asked for and is not heard yet. */
    this.asked = null;
    this.reset();
  }

  /** Back to the seed's beginning: the same events again. */
  reset() {
    this.sequencer.seed = this.app.session.state.groove.seed;
    this.sequencer.reset();
    this.#next = null;
    this.#tick = 0;
    this.#count = 0;
    this.again();
    this.asked = null;
    this.changed();
  }

  /** To a place of what was learnt, 0 … 1, at the next bar. */
  jump(share) {
    this.sequencer.jump(share);
    this.asked = this.sequencer.places.at(share).style;
    this.changed();
  }

  /** What is heard now: {style, words: where in it}, or null. */
  get heard() {
    const { passing } = this;
    if (!passing) return null;
    const { item: { tick: began, style, metre }, at } = passing;
    const { origin, bar, beats, metric } = metre;
    const tick = began + (this.app.heardTime() - at) / this.sequencer.tickS;
    const first = ((origin % bar) + bar) % bar;
    const from = tick - first + (first > 0 ? bar : 0);
    const beat = 1 + Math.floor(((from % bar) / bar) * beats);
    return { style, words: metric ? `bar ${1 + Math.floor(from / bar)} · beat ${beat}` : "free time" };
  }

  again() {
    super.again();
    this.#last = this.at;
  }

  delay(seconds) {
    super.delay(seconds);
    this.#last += seconds;
  }

  schedule(until) {
    const { wildness, density, swing, tempo: asked } = this.app.session.state.groove;
    // Its own tempo, unless it is asked for another, is that of each recording.
    const tempo = asked === Math.round(this.tempo) ? null : asked;
    Object.assign(this.sequencer, { wildness, density, swing, tempo });
    for (;;) {
      this.#next ??= this.sequencer.next();
      this.at = this.#last + this.sequencer.secondsAt(this.#next.tick) - this.sequencer.secondsAt(this.#tick);
      if (this.at >= until) return;
      this.#last = this.at;
      this.#tick = this.#next.tick;
      this.#play(this.#next);
      this.#next = null;
    }
  }

  #play(event) {
    const { session, audio } = this.app;
    const time = Math.max(this.at + event.late, audio.currentTime);
    const { seed, wildness } = session.state.groove;
    this.pass(event);
    if (event.style === this.asked) {
      this.asked = null;
      this.changed();
    }
    this.dispatchEvent(new CustomEvent("on", { detail: { ...event, time, at: this.at } }));
    const asked = { velocity: event.velocity, time, wildness, seed: hash(seed, 31, this.#count++) };
    const { hit, group } = this.strike(event.voice, asked);
    if (group) this.#letGo(group, hit, time, time + event.length * this.sequencer.tickS);
  }

  /** {hit, group}: what sounds for a voice; a group where it ends, at the latest when the group is struck again. */
  strike(voice, asked) {
    const { label } = this.model.manifest.vocabulary[voice];
    const found = this.app.instrument.labels.find(({ name }) => name === label);
    if (!found) return {};
    const hit = this.app.performer.play(label, { ...asked, holds: found.pitched ? "always" : "never" });
    return { hit, group: found.pitched ? label : null };
  }

  /** Notes end when they are let go or struck again; hits ring. */
  #letGo(group, hit, time, end) {
    const { engine } = this.app;
    const before = this.#ringing.get(group);
    if (before) engine.noteOff(before, { time });
    engine.noteOff(hit, { time: end });
    this.#ringing.set(group, hit);
  }
}
