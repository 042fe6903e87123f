// Plays on by itself what a groove has learnt, and what a score has, by the instruments it is given.

import { GrooveStrokes, Striker, timesOf } from "../engine/groove/striking.js";
import { EventSequencer } from "../engine/index.js";
import { Clock } from "./clock.js";

/** Says "change" when it starts, stops or is asked elsewhere; `on` events say what is played. */
export class Groove extends Clock {
  kind = "groove";
  settings = ["wildness", "density", "swing", "levelling"];
  #next = null;
  #tick = 0; // of the last event
  #last = 0; // when that was

  /** cuts: recordings follow each other at bar lines, each at its own tempo. */
  constructor(app, model, { cuts = true } = {}) {
    super(app);
    this.model = model;
    this.sequencer = new EventSequencer(model, { seed: app.session.state.groove.seed, cuts });
    this.spans = this.sequencer.places.spans;
    this.names = model.manifest.styles.map(({ name }) => name);
    this.tempo = model.tempo;
    this.strokes = cuts ? new GrooveStrokes(model, app.instrument) : null;
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
    this.striker = new Striker(this.sequencer.seed);
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
    const { session, audio, engine } = this.app;
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
    if (struck?.pitched) engine.noteOff(struck.hit, { time: Math.max(begun + times.end, time) });
  }

  /** {hit, pitched}: what sounds for an event, and whether it ends when it is let go; null: nothing does. */
  strike(event, { time, ...settings }) {
    const asked = this.strokes.of(this.striker, event, settings);
    if (!asked) return null;
    const { label, pitched, ...request } = asked;
    return { hit: this.app.performer.play(label, { ...request, time }), pitched };
  }
}
