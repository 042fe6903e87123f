// Plays on by itself what a groove has learnt, and what a score has, by the instruments it is given.

import { EventSequencer, levellingGains, RoundRobin, soundsOfStrokes } from "../engine/index.js";
import { CounterRng, PURPOSE } from "../engine/random.js";
import { Clock } from "./clock.js";

const OF_HITS = 0.5; // share of the wildness that is the hits': see the Python module sequences/groove
const UNPITCHED_NOTE = 60; // a drum on stage is not tuned between two strokes

/** Says "change" when it starts, stops or is asked elsewhere; `on` events say what is played. */
export class Groove extends Clock {
  kind = "groove";
  settings = ["wildness", "density", "swing", "levelling"];
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
    this.rows = app.instrument?.manifest.sounds?.filter(({ role }) => role !== "held out") ?? [];
    this.sounds = cuts ? soundsOfStrokes(model, this.rows) : [];
    this.gains = cuts ? levellingGains(model, this.rows, this.sounds) : [];
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
    this.robins = new Map();
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
      this.at =
        this.#last +
        this.sequencer.secondsAt(this.#next.tick) -
        this.sequencer.secondsAt(this.#tick);
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
    const asked = { velocity: event.velocity, time, wildness, seed };
    const { hit, group } = this.strike(event, asked);
    if (group) this.#letGo(group, hit, time, time + event.length * this.sequencer.tickS);
  }

  /** {hit, group}: what sounds for an event; a group where it ends, at the latest when the group is struck again. */
  strike({ voice, stroke, style }, asked) {
    const { label } = this.model.manifest.vocabulary[voice];
    const { instrument, performer, session } = this.app;
    const found = instrument.labels.find(({ name }) => name === label);
    if (!found) return {};
    const played = { label, note: null, pitched: found.pitched };
    const request = this.takeOf(instrument, played, asked, this.sounds[stroke] ?? null);
    request.level += session.state.groove.levelling * (this.gains[style] ?? 0);
    request.wildness *= OF_HITS;
    const hit = performer.play(label, { ...request, holds: found.pitched ? "always" : "never" });
    return { hit, group: found.pitched ? label : null };
  }

  /** What the engine is asked for: the take that this hit of an instrument is. sound: index of what it is like. */
  takeOf(instrument, played, { seed, velocity, time, wildness }, sound = null) {
    if (!this.robins.has(instrument)) {
      const { responses, sounds } = instrument.manifest;
      const rows = sounds.filter(({ role }) => role !== "held out");
      this.robins.set(instrument, new RoundRobin({ responses, sounds: rows }));
    }
    const own = new CounterRng(seed, PURPOSE.STRIKE, this.#count++).bits();
    const { take, gain } = this.robins
      .get(instrument)
      .strike(played, velocity, { seed: own, sound });
    const note = played.pitched ? played.note : UNPITCHED_NOTE;
    const like = sound === null ? { ...(note !== null && { note }) } : { near: sound };
    return { ...like, velocity: take.velocity, seed: take.seed, level: gain, time, wildness };
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
