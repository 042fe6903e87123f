// @ts-check
// The sequence and a MIDI clock: another's is followed, or its own is sent. 24 ticks a beat.
// Ref: MIDI Manufacturers Association (1996), MIDI 1.0 Detailed Specification, system real time messages.

/** @import { App } from "../app.js" */

import { STEPS_A_BEAT } from "./patterns.js";

const TICK = 0xf8;
const START = 0xfa;
const CONTINUE = 0xfb;
const STOP = 0xfc;
const TICKS_A_BEAT = 24;
const TICKS_A_STEP = TICKS_A_BEAT / STEPS_A_BEAT;
const LEAST_MS = 60_000 / 400 / TICKS_A_BEAT;
const MOST_MS = 60_000 / 20 / TICKS_A_BEAT;
const PULL = 0.25;
const GONE_MS = 1000;

export const OWN = "own";
export const FOLLOW = "follow";

/** The pace of ticks, evened out: messages come a little early and late. */
export class TickReader {
  /** @type {number[]} */
  #times = [];

  /**
   * A tick came.
   *
   * @param {number} time_ms
   */
  tick(time_ms) {
    const last = this.#times[this.#times.length - 1];
    if (last !== undefined && time_ms - last > GONE_MS) this.#times = [];
    this.#times.push(time_ms);
    if (this.#times.length > TICKS_A_BEAT + 1) this.#times.shift();
  }

  /** Milliseconds between two ticks; null: not known yet. */
  get interval_ms() {
    const times = this.#times;
    if (times.length <= TICKS_A_STEP) return null;
    const mean = (times[times.length - 1] - times[0]) / (times.length - 1);
    return mean >= LEAST_MS && mean <= MOST_MS ? mean : null;
  }

  /** @param {number} now_ms */
  isGone(now_ms) {
    const last = this.#times[this.#times.length - 1];
    return last === undefined || now_ms - last > GONE_MS;
  }
}

/**
 * When a step should come that is to be on its tick: a share of the way there, so that one late message does not jerk.
 *
 * @param {number} at s, when it would come
 * @param {{ count: number, ticks: number, tick_s: number, now: number }} heard count: of steps before it; ticks: since
 *     the start, the last of which came now; tick_s: their interval
 */
export function pulled(at, { count, ticks, tick_s: interval, now }) {
  const due = now + (count * TICKS_A_STEP - ticks) * interval;
  return at + PULL * (due - at);
}

/** Says "change" when there is something to show. */
export class MidiClock extends EventTarget {
  #reader = new TickReader();
  #ticks = -1; // since the start; -1: before the first

  /** @param {App} app */
  constructor(app) {
    super();
    this.app = app;
    app.listen(app.midi, "realtime", ({ detail }) => this.receive(detail));
    app.listen(app.sequencer, "step", ({ detail }) => this.#send(detail));
    app.listen(app.sequencer, "change", () => this.#sendStop());
  }

  /** What is done: OWN, FOLLOW or the id of the output it is sent to. */
  get mode() {
    return this.app.session.state.clock;
  }

  get outputs() {
    return this.app.midi.ports.outputs;
  }

  /** @param {string} mode */
  choose(mode) {
    this.app.session.change("tempo", (state) => {
      state.clock = mode;
    });
    this.app.sequencer.followed = null;
    this.dispatchEvent(new Event("change"));
  }

  /**
   * A message of another's clock.
   *
   * @param {number} status
   * @param {number} [now_ms]
   */
  receive(status, now_ms = performance.now()) {
    if (this.mode !== FOLLOW) return;
    const { sequencer } = this.app;
    if (status === START || status === CONTINUE) {
      sequencer.stop();
      if (status === START) sequencer.rewind();
      this.#ticks = sequencer.count * TICKS_A_STEP - 1;
      sequencer.start({ goesOn: true });
    } else if (status === STOP) sequencer.stop();
    else if (status === TICK) this.#tick(now_ms);
  }

  /** @param {number} now_ms */
  #tick(now_ms) {
    const { sequencer, audio } = this.app;
    this.#reader.tick(now_ms);
    this.#ticks += 1;
    const interval = this.#reader.interval_ms;
    if (interval === null) return;
    const tempo = 60_000 / (interval * TICKS_A_BEAT);
    const before = sequencer.followed;
    sequencer.followed = tempo;
    if (sequencer.running)
      sequencer.at = pulled(sequencer.at, {
        count: sequencer.count,
        ticks: this.#ticks,
        tick_s: interval / 1000,
        now: audio.currentTime,
      });
    if (before === null || Math.round(before) !== Math.round(tempo))
      this.dispatchEvent(new Event("change"));
  }

  /** Whoever sent ticks is silent: its tempo is nobody's any more. */
  forgetIfGone() {
    if (this.app.sequencer.followed === null || !this.#reader.isGone(performance.now())) return;
    this.app.sequencer.followed = null;
    this.dispatchEvent(new Event("change"));
  }

  get #output() {
    return this.outputs.find(({ id }) => id === this.mode);
  }

  /**
   * The ticks of a step, when it is heard.
   *
   * @param {{ at: number, length: number, count: number }} step
   */
  #send({ at, length, count }) {
    const output = this.#output;
    if (!output) return;
    const { audio } = this.app;
    const latency = audio.outputLatency || audio.baseLatency || 0;
    const begins = performance.now() + 1000 * (at - audio.currentTime + latency);
    if (count === 0) output.send([START], begins);
    for (let i = 0; i < TICKS_A_STEP; i++)
      output.send([TICK], begins + (1000 * i * length) / TICKS_A_STEP);
  }

  #sendStop() {
    if (!this.app.sequencer.running) this.#output?.send([STOP]);
  }
}
