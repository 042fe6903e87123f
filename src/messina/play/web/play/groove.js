// Plays on by itself: events are drawn a little ahead and handed to the engine, to the sample.

import { EventSequencer } from "../engine/index.js";
import { hash } from "../sounds/random.js";

const AHEAD_S = 0.2;
const AHEAD_HIDDEN_S = 1.6;
const TIMER_MS = 25;
const START_S = 0.08;
const MOST_LATE_S = 1;

/** Says "change" when it starts, stops or is asked elsewhere; `on` events say what is played. */
export class Groove extends EventTarget {
  kind = "groove";
  settings = ["wildness", "density", "swing"];
  #timer = 0;
  #next = null;
  #tick = 0; // of the last event, and when its place on the grid is
  #at = 0;
  #count = 0;
  #passed = [];
  #ringing = new Map(); // the last note of each label with a pitch

  constructor(app, model) {
    super();
    this.app = app;
    this.model = model;
    this.sequencer = new EventSequencer(model, { seed: app.session.state.groove.seed });
    this.spans = this.sequencer.places.spans;
    this.names = model.manifest.styles.map(({ name }) => name);
    this.tempo = model.tempo;
    /** Index of the recording that was asked for and is not heard yet. */
    this.asked = null;
    this.reset();
  }

  get running() {
    return this.#timer !== 0;
  }

  toggle() {
    if (this.running) this.stop();
    else this.start();
  }

  async start() {
    if (this.running) return;
    await this.app.wake();
    if (this.running) return;
    this.#at = this.app.audio.currentTime + START_S;
    this.#passed = [];
    this.#timer = setInterval(() => this.#schedule(), TIMER_MS);
    this.#schedule();
    this.#changed();
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#changed();
  }

  /** Back to the seed's beginning: the same events again. */
  reset() {
    this.sequencer.seed = this.app.session.state.groove.seed;
    this.sequencer.reset();
    this.#next = null;
    this.#tick = 0;
    this.#count = 0;
    this.#at = this.app.audio.currentTime + START_S;
    this.#passed = [];
    this.asked = null;
    this.#changed();
  }

  /** To a place of what was learnt, 0 … 1, at the next bar. */
  jump(share) {
    this.sequencer.jump(share);
    this.asked = this.sequencer.places.at(share).style;
    this.#changed();
  }

  /** What is heard now: {style, words: where in it}, or null. */
  get heard() {
    const now = this.app.heardTime();
    while (this.#passed.length > 1 && this.#passed[1].at <= now) this.#passed.shift();
    const [passed] = this.#passed;
    if (!this.running || !passed || passed.at > now) return null;
    const { origin, bar, beats, metric } = passed.metre;
    const tick = passed.tick + (now - passed.at) / this.sequencer.tickS;
    const first = ((origin % bar) + bar) % bar;
    const from = tick - first + (first > 0 ? bar : 0);
    const beat = 1 + Math.floor(((from % bar) / bar) * beats);
    return { style: passed.style, words: metric ? `bar ${1 + Math.floor(from / bar)} · beat ${beat}` : "free time" };
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  #schedule() {
    const { audio } = this.app;
    const { wildness, density, swing, tempo } = this.app.session.state.groove;
    Object.assign(this.sequencer, { wildness, density, swing, tempo });
    // After a sleep of the machine what was missed is let go rather than played in a burst.
    if (this.#at < audio.currentTime - MOST_LATE_S) this.#at = audio.currentTime + START_S;
    const end = audio.currentTime + (document.hidden ? AHEAD_HIDDEN_S : AHEAD_S);
    for (;;) {
      this.#next ??= this.sequencer.next();
      const grid = this.#at + (this.#next.tick - this.#tick) * this.sequencer.tickS;
      if (grid >= end) return;
      this.#at = grid;
      this.#tick = this.#next.tick;
      this.#play(this.#next);
      this.#next = null;
    }
  }

  /** Notes end when they are let go or struck again; hits ring. */
  #letGo(label, hit, time, end) {
    const { engine } = this.app;
    const before = this.#ringing.get(label);
    if (before) engine.noteOff(before, { time });
    engine.noteOff(hit, { time: end });
    this.#ringing.set(label, hit);
  }

  #play(event) {
    const { session, performer, audio, instrument } = this.app;
    const { label } = this.model.manifest.vocabulary[event.voice];
    const time = Math.max(this.#at + event.late, audio.currentTime);
    const { seed, wildness } = session.state.groove;
    this.#passed.push({ ...event, at: this.#at });
    if (event.style === this.asked) {
      this.asked = null;
      this.#changed();
    }
    this.dispatchEvent(new CustomEvent("on", { detail: { ...event, time, at: this.#at } }));
    const found = instrument.labels.find(({ name }) => name === label);
    if (!found) return;
    const hit = performer.play(label, {
      velocity: event.velocity, time, wildness, seed: hash(seed, 31, this.#count++),
      holds: found.pitched ? "always" : "never",
    });
    if (found.pitched) this.#letGo(label, hit, time, time + event.length * this.sequencer.tickS);
  }
}
