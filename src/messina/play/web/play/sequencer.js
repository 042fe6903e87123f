// @ts-check
// The sequence of steps, as the pads have them.

/** @import { App } from "../app.js" */
/** @import { BarLine } from "../engine/groove/types.d.ts" */
/** @import { Slot } from "../types.d.ts" */

import { ROWS, STEPS } from "../session.js";
import { beatOf } from "../sounds/roles.js";
import { Clock } from "./clock.js";

const MOST_SWING = 0.5;
const STEPS_A_BEAT = 4;

/** @extends {Clock<App, number>} */
export class Sequencer extends Clock {
  #step = 0;
  aheadS = 0.13; // what is painted is heard at once

  begin() {
    this.app.performer.restart();
    this.#step = 0;
  }

  /** The step that is heard now, or -1. */
  get heard() {
    return this.passing?.item ?? -1;
  }

  /** Seconds by which swing makes every second step late. */
  get lateS() {
    const { tempo, swing } = this.app.session.state;
    return (MOST_SWING * swing * 60) / tempo / STEPS_A_BEAT;
  }

  /** The last bar line that was heard; null where nothing is. @returns {BarLine | null} */
  get barLine() {
    const { passing } = this;
    if (!passing) return null;
    const { tempo } = this.app.session.state;
    const { item: step, at } = passing;
    const since = (step * 60) / tempo / STEPS_A_BEAT + (step % 2 === 1 ? this.lateS : 0);
    return { at: at - since, tempo, beats: STEPS / STEPS_A_BEAT };
  }

  /** @param {number} until */
  schedule(until) {
    const { tempo } = this.app.session.state;
    const length = 60 / tempo / STEPS_A_BEAT;
    while (this.at < until) {
      const step = this.#step % STEPS;
      const late = step % 2 === 1 ? this.lateS : 0;
      this.#play(step, this.at + late);
      this.pass(step, this.at + late);
      this.#step += 1;
      this.at += length;
    }
  }

  /**
   * @param {number} step
   * @param {number} time
   */
  #play(step, time) {
    const { state } = this.app.session;
    for (let row = 0; row < ROWS; row++) {
      const velocity = state.steps[row][step];
      if (velocity === 0 || state.muted[row]) continue;
      this.app.performer.strike(row, {
        velocity,
        time: Math.max(time, this.app.audio.currentTime),
        count: this.#step,
        source: "sequence",
      });
    }
  }
}

/**
 * A pattern to begin with, so that play is heard at once.
 *
 * @param {Slot[]} slots
 * @returns {number[][]}
 */
export function firstPattern(slots) {
  const kinds = slots.slice(0, ROWS).map(({ kind }) => kind);
  const rows = slots
    .slice(0, ROWS)
    .map(({ kind, note }, row) => (note === null ? beat(kind, row, kinds) : ladder(row)));
  return rows.map((text) => [...text].map((c) => VELOCITIES[c] ?? 0));
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

/** @param {number} row */
function ladder(row) {
  return [
    "X.......x.......",
    "...x.......x....",
    "......x.......o.",
    "x.........x.....",
    "....o........x..",
    "..............x.",
    ".......o........",
    "..........o.....",
  ][row];
}
