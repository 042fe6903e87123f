// @ts-check
// Patterns of steps, A to H, and the chain they are played in. Of a pattern, what is struck is kept by row and step.

/** @import { Pattern, State } from "../types.d.ts" */

import { SEQUENCER } from "../engine/groove/constants.js";

export const NAMES = [..."ABCDEFGH"];
export const MOST_STEPS = 64;
const MOST_CHAIN = 32;
export const STEPS = 16;
export const STEPS_A_BEAT = 4;
/** Of a step by which every second is late at full swing: it is a triplet's then, as swing is everywhere. */
export const { SWING } = SEQUENCER;
const KEY = /^(\d{1,3})\.(\d{1,2})$/;

/** @returns {Pattern} */
export const emptyPattern = () => ({ length: STEPS, hits: {} });

/**
 * How hard a step is struck; 0: not at all.
 *
 * @param {Pattern} pattern
 * @param {number} row
 * @param {number} step
 */
export const velocityAt = ({ hits }, row, step) => hits[`${row}.${step}`] ?? 0;

/**
 * @param {Pattern} pattern
 * @param {number} row
 * @param {number} step
 * @param {number} velocity
 */
export function setStep({ hits }, row, step, velocity) {
  if (velocity > 0) hits[`${row}.${step}`] = velocity;
  else delete hits[`${row}.${step}`];
}

/**
 * A pattern of rows of velocities.
 *
 * @param {number[][]} rows
 * @returns {Pattern}
 */
export function patternOf(rows) {
  const pattern = { ...emptyPattern(), length: rows[0]?.length ?? STEPS };
  rows.forEach((row, r) => row.forEach((velocity, s) => setStep(pattern, r, s, velocity)));
  return pattern;
}

/**
 * Rows of velocities, as many as there are pads.
 *
 * @param {Pattern} pattern
 * @param {number} count
 */
export const rowsOf = (pattern, count) =>
  Array.from({ length: count }, (_, row) =>
    Array.from({ length: pattern.length }, (_, step) => velocityAt(pattern, row, step)),
  );

/**
 * What is struck at a step: [row, velocity].
 *
 * @param {Pattern} pattern
 * @param {number} step
 * @param {number} rows
 * @returns {[number, number][]}
 */
export function struckAt(pattern, step, rows) {
  /** @type {[number, number][]} */
  const struck = [];
  for (let row = 0; row < rows; row++) {
    const velocity = velocityAt(pattern, row, step);
    if (velocity > 0) struck.push([row, velocity]);
  }
  return struck;
}

/**
 * The patterns that are played, one after the other and again: those of the chain, else the one that is shown.
 *
 * @param {Pick<State, "chain" | "pattern">} state
 * @returns {number[]}
 */
export function chainOf({ chain, pattern }) {
  return chain ? [...chain].map((name) => NAMES.indexOf(name)) : [pattern];
}

/**
 * A chain of whatever was typed: the letters of patterns, in any case, few enough.
 *
 * @param {string} text
 */
export const chainFrom = (text) =>
  [...text.toUpperCase()]
    .filter((name) => NAMES.includes(name))
    .slice(0, MOST_CHAIN)
    .join("");

/**
 * Of what was kept what can be a pattern.
 *
 * @param {any} kept
 * @param {number} rows
 * @returns {Pattern}
 */
export function checkedPattern(kept, rows) {
  const length = Number.isInteger(kept?.length)
    ? Math.max(1, Math.min(MOST_STEPS, kept.length))
    : 0;
  const pattern = { ...emptyPattern(), ...(length && { length }) };
  for (const [key, velocity] of Object.entries(kept?.hits ?? {})) {
    const [, row, step] = (KEY.exec(key) ?? []).map(Number);
    const fits = row < rows && step < MOST_STEPS && Number.isInteger(velocity);
    if (fits) setStep(pattern, row, step, Math.max(0, Math.min(127, velocity)));
  }
  return pattern;
}

/**
 * What was kept when there was one pattern, `steps`, brought to what there is now.
 *
 * @param {any} kept
 */
export function withPatterns(kept) {
  const steps = kept?.steps;
  if (!Array.isArray(steps) || kept.patterns) return kept;
  if (!steps.every((row) => Array.isArray(row) && row.length === STEPS)) return kept;
  const rows = steps.map((row) =>
    row.map((/** @type {unknown} */ v) => (Number.isInteger(v) ? Number(v) : 0)),
  );
  const patterns = [patternOf(rows), ...NAMES.slice(1).map(emptyPattern)];
  return { ...kept, patterns };
}
