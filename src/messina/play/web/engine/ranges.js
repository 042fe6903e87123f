// @ts-check
/* What can be set of how sounds are played, within the bounds of the Python module ranges. */

/** @import { Controls, Note } from "./types.d.ts" */

import { ASKED, VOICES } from "./constants.js";
import { clamp, SAMPLE_RATE } from "./layout.js";

const { RANGES } = ASKED;

/** @typedef {Exclude<keyof Controls, "holds" | "chokes">} NumericControl */

/**
 * Controls [lowest, highest, as they are first], bounded by Python's table.
 *
 * @type {Readonly<Record<NumericControl, readonly [number, number, number]>>}
 */
export const CONTROLS = Object.freeze({
  wildness: [...RANGES.wildness, 1],
  brightness: [...RANGES.brightness, 0],
  vibrato: [...RANGES.vibrato, 1],
  decay: [...RANGES.decay, 0],
  attack: [...RANGES.attack, 0],
  tune: [...RANGES.tune_semitones, 0],
  width: [...RANGES.width, 1],
  level: [...RANGES.level_db, 0],
  release: [...RANGES.release_s, VOICES.LET_GO / SAMPLE_RATE],
});

/** @param {string} name @returns {name is NumericControl} */
const isNumeric = (name) => Object.hasOwn(CONTROLS, name);

const firsts = /** @type {Record<NumericControl, number>} */ (
  Object.fromEntries(Object.entries(CONTROLS).map(([name, [, , first]]) => [name, first]))
);

/** @type {Readonly<Controls>} */
export const DEFAULTS = Object.freeze({ ...firsts, holds: "auto", chokes: Object.freeze({}) });

/**
 * Controls with others put in their place, those held within their bounds. Throws RangeError.
 *
 * @param {Controls} controls
 * @param {Record<string, unknown>} changes
 * @returns {Controls}
 */
export function changedControls(controls, changes) {
  const next = { ...controls };
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(DEFAULTS, name)) throw new RangeError(`there is no control '${name}'`);
    if (!isNumeric(name)) Object.assign(next, { [name]: value });
    else if (typeof value !== "number" || !Number.isFinite(value))
      throw new RangeError(`${name} is ${value}, not a number`);
    else next[name] = clamp(value, CONTROLS[name][0], CONTROLS[name][1]);
  }
  return Object.freeze(next);
}

/**
 * The controls of a note: what it has of them itself in place of its instrument's, but for its level, which is beside.
 *
 * @param {Note} note
 * @param {Controls} controls
 */
export function controlsOf(note, controls) {
  /** @type {Partial<Controls>} */
  const own = Object.fromEntries(
    Object.entries(note).filter(([name, value]) => name in CONTROLS && value !== undefined),
  );
  delete own.level;
  return changedControls(controls, own);
}
