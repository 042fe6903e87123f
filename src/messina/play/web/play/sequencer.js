// The clock of the sequence. Steps are handed to the engine ahead of time, to the sample; a late
// timer is harmless as long as it is no later than what lies ahead.

import { ROWS, STEPS } from "../session.js";

const AHEAD_S = 0.13;
const AHEAD_HIDDEN_S = 1.6;
const TICK_MS = 25;
const START_S = 0.06;
const MOST_SWING = 0.5;

export class Sequencer extends EventTarget {
  #timer = 0;
  #step = 0;
  #at = 0;
  #passed = [];

  constructor(app) {
    super();
    this.app = app;
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
    this.app.performer.restart();
    this.#step = 0;
    this.#passed = [];
    this.#at = this.app.audio.currentTime + START_S;
    this.#timer = setInterval(() => this.#schedule(), TICK_MS);
    this.#schedule();
    this.dispatchEvent(new Event("change"));
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.dispatchEvent(new Event("change"));
  }

  /** The step that is heard now, or -1. */
  get heard() {
    const now = this.app.heardTime();
    while (this.#passed.length > 1 && this.#passed[1].time <= now) this.#passed.shift();
    const first = this.#passed[0];
    return this.running && first && first.time <= now ? first.step : -1;
  }

  #schedule() {
    const { session, audio } = this.app;
    const ahead = document.hidden ? AHEAD_HIDDEN_S : AHEAD_S;
    const length = 60 / session.state.tempo / 4;
    // After a sleep of the machine the missed steps are let go rather than played in a burst.
    if (this.#at < audio.currentTime - 4 * length) this.#at = audio.currentTime + START_S;
    while (this.#at < audio.currentTime + ahead) {
      const step = this.#step % STEPS;
      const late = step % 2 === 1 ? MOST_SWING * session.state.swing * length : 0;
      this.#play(step, this.#at + late);
      this.#passed.push({ step, time: this.#at + late });
      this.#step += 1;
      this.#at += length;
    }
  }

  #play(step, time) {
    const { state } = this.app.session;
    for (let row = 0; row < ROWS; row++) {
      const velocity = state.steps[row][step];
      if (velocity === 0 || state.muted[row]) continue;
      this.app.performer.strike(row, { velocity, time: Math.max(time, this.app.audio.currentTime), count: this.#step, source: "sequence" });
    }
  }
}

/** A pattern to begin with, so that play is heard at once. */
export function firstPattern(slots) {
  const kinds = slots.slice(0, ROWS).map(({ kind }) => kind);
  const rows = slots.slice(0, ROWS).map(({ kind, note }, row) => (note === null ? beat(kind, row, kinds) : ladder(row)));
  return rows.map((text) => [...text].map((c) => ({ x: 96, X: 122, o: 58, ".": 0 })[c]));
}

const BEATS = [
  [/kick|bass ?drum|^bd/i, "X.....x...X..o.."],
  [/snare|^sd/i, "....X.......X..o"],
  [/clos|^hh|^ch$|hat$/i, "x.o.x.o.x.o.x.oo"],
  [/open/i, "..............x."],
  [/clap|rim|stick|side/i, "............o..."],
  [/ride|shak|tamb/i, "................"],
];
const UNKNOWN = ["X.....x...X..o..", "....X.......X..o", "x.o.x.o.x.o.x.oo", ".......x......x."];

/** A label that names its part plays it; a kit that names none plays by rows. */
function beat(kind, row, kinds) {
  const part = (name) => BEATS.findIndex(([pattern]) => pattern.test(name));
  if (kinds.every((name) => part(name) < 0)) return UNKNOWN[row] ?? REST;
  const first = kinds.findIndex((name) => part(name) === part(kind)) === row;
  return part(kind) >= 0 && first ? BEATS[part(kind)][1] : REST;
}

const REST = "................";

function ladder(row) {
  return ["X.......x.......", "...x.......x....", "......x.......o.", "x.........x.....", "....o........x..",
    "..............x.", ".......o........", "..........o....."][row];
}
