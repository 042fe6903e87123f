// @ts-check
// The sequence of steps, as the pads have them: patterns, one after the other. Says "step" of each that is to come.

/** @import { App } from "../app.js" */
/** @import { BarLine } from "../engine/groove/types.d.ts" */
/** @import { Slot } from "../types.d.ts" */

import { PADS } from "../session.js";
import { beatOf } from "../sounds/roles.js";
import { Clock } from "./clock.js";
import { chainOf, patternOf, STEPS, STEPS_A_BEAT, SWING, struckAt } from "./patterns.js";

/** @typedef {{ pattern: number, step: number }} Passing what is heard */

/** @extends {Clock<App, Passing>} */
export class Sequencer extends Clock {
  #step = 0;
  #place = 0;
  #count = 0;
  #pattern = 0;
  aheadS = 0.13; // what is painted is heard at once
  /** Follows a clock elsewhere: beats a minute of that. @type {number | null} */
  followed = null;

  #goesOn = false;

  /**
   * goesOn: from where it stopped.
   *
   * @param {{ goesOn?: boolean }} [options]
   */
  async start({ goesOn = false } = {}) {
    this.#goesOn = goesOn;
    await super.start();
  }

  begin() {
    if (!this.#goesOn) this.rewind();
  }

  /** Back to the beginning of the chain. */
  rewind() {
    this.app.performer.restart();
    this.#place = this.#step = this.#count = 0;
    this.#pattern = chainOf(this.app.session.state)[0];
  }

  /** Steps before the next one. */
  get count() {
    return this.#count;
  }

  get tempo() {
    return this.followed ?? this.app.session.state.tempo;
  }

  /** The step that is heard now of the pattern that is shown, or -1. */
  get heard() {
    const item = this.passing?.item;
    return item && item.pattern === this.app.session.state.pattern ? item.step : -1;
  }

  /** Seconds by which swing makes every second step late. */
  get lateS() {
    return (SWING * this.app.session.state.swing * 60) / this.tempo / STEPS_A_BEAT;
  }

  /** The last bar line that was heard; null where nothing is. @returns {BarLine | null} */
  get barLine() {
    const { passing, tempo } = this;
    if (!passing) return null;
    const { item, at } = passing;
    const step = item.step % STEPS;
    const since = (step * 60) / tempo / STEPS_A_BEAT + (item.step % 2 === 1 ? this.lateS : 0);
    return { at: at - since, tempo, beats: STEPS / STEPS_A_BEAT };
  }

  /** @param {number} until */
  schedule(until) {
    const length = 60 / this.tempo / STEPS_A_BEAT;
    while (this.at < until) {
      this.dispatchEvent(
        new CustomEvent("step", { detail: { at: this.at, length, count: this.#count } }),
      );
      const late = this.#step % 2 === 1 ? this.lateS : 0;
      this.#play(this.at + late);
      this.#on();
      this.at += length;
    }
  }

  /** To the next step, at the end of a pattern to the next one. */
  #on() {
    const { state } = this.app.session;
    this.#count += 1;
    this.#step += 1;
    if (this.#step < state.patterns[this.#pattern].length) return;
    const chain = chainOf(state);
    this.#step = 0;
    this.#place = (this.#place + 1) % chain.length;
    this.#pattern = chain[this.#place];
  }

  /** @param {number} at */
  #play(at) {
    const { session, performer, audio } = this.app;
    const { patterns, muted, slots } = session.state;
    const time = Math.max(at, audio.currentTime);
    const [pattern, step, count] = [this.#pattern, this.#step, this.#count];
    for (const [row, velocity] of struckAt(patterns[pattern], step, slots.length))
      if (!muted[row]) performer.strike(row, { velocity, time, count, source: "sequence" });
    this.pass({ pattern, step }, at);
  }
}

/**
 * A pattern to begin with, so that play is heard at once.
 *
 * @param {Slot[]} slots
 */
export function firstPattern(slots) {
  const kinds = slots.slice(0, PADS).map(({ kind }) => kind);
  const rows = slots
    .slice(0, PADS)
    .map(({ kind, note }, row) => (note === null ? beat(kind, row, kinds) : ladder(row)));
  return patternOf(rows.map((text) => [...text].map((c) => VELOCITIES[c] ?? 0)));
}

/** @type {Record<string, number>} */
const VELOCITIES = { x: 96, X: 122, o: 58, ".": 0 };

/* Of kick, snare, closed hat, open hat, clap. */
const BEATS = [
  "X.....x...X..o..",
  "....X.......X..o",
  "x.o.x.o.x.o.x.oo",
  "..............x.",
  "............o...",
];
const UNKNOWN = ["X.....x...X..o..", "....X.......X..o", "x.o.x.o.x.o.x.oo", ".......x......x."];

/**
 * A label that names its part plays it; a kit that names none plays by rows.
 *
 * @param {string} kind
 * @param {number} row
 * @param {string[]} kinds
 */
function beat(kind, row, kinds) {
  if (kinds.every((name) => beatOf(name) < 0)) return UNKNOWN[row] ?? REST;
  const part = beatOf(kind);
  const first = kinds.findIndex((name) => beatOf(name) === part) === row;
  return part >= 0 && first ? BEATS[part] : REST;
}

const REST = "................";

/* Of notes of a scale, from the lowest. */
const LADDER = [
  "X.......x.......",
  "...x.......x....",
  "......x.......o.",
  "x.........x.....",
  "....o........x..",
  "..............x.",
  ".......o........",
  "..........o.....",
];

/** @param {number} row */
const ladder = (row) => LADDER[row] ?? REST;
