// @ts-check
// Numbers and names as musicians read them.

import { saysRole } from "./roles.js";

const NOTES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];

/**
 * The name of the nearest note; C4 is 60.
 *
 * @param {number} note
 */
export function noteName(note) {
  const nearest = Math.round(note);
  return `${NOTES[((nearest % 12) + 12) % 12]}${Math.floor(nearest / 12) - 1}`;
}

/** @param {number} note */
export const isBlack = (note) => [1, 3, 6, 8, 10].includes(((note % 12) + 12) % 12);

/**
 * @param {number} value
 * @param {number} digits
 */
export const signed = (value, digits = 2) =>
  Math.abs(value) < 0.5 * 10 ** -digits
    ? "0"
    : `${value > 0 ? "+" : "−"}${Math.abs(value).toFixed(digits)}`;

/** @param {number} value */
export const percent = (value) => `${Math.round(100 * value)} %`;

/** @param {number} value */
export const decibels = (value) => (value <= -60 ? "off" : `${signed(value, 1)} dB`);

/**
 * Semitones and cents.
 *
 * @param {number} value
 */
export function semitones(value) {
  const whole = Math.trunc(value);
  const cents = Math.round(100 * (value - whole));
  if (cents === 0) return signed(whole, 0);
  return `${signed(value, 2)}`;
}

/**
 * How much longer or shorter, -1 … 1 being a quarter to four times.
 *
 * @param {number} value
 */
export const times = (value) => `× ${(4 ** value).toFixed(4 ** value < 1 ? 2 : 1)}`;

/**
 * What a label's or sound's name looks like: words with spaces between them.
 *
 * @param {string} name
 */
export const pretty = (name) =>
  name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/[_\s-]+/g, " ")
    .trim();

/**
 * Short names of labels, by label. A first word that says nothing of what is struck, a maker's or a
 * library's name, is left out where the rest says it and is not said twice.
 *
 * @param {string[]} labels
 */
export function shortNames(labels) {
  const names = new Map(labels.map((label) => [label, pretty(label).toLowerCase()]));
  /** @param {string} name */
  const rest = (name) => {
    const [first, ...others] = name.split(" ");
    const left = others.join(" ");
    return left && !saysRole(first) && saysRole(left) ? left : name;
  };
  const count = new Map();
  for (const name of names.values()) count.set(rest(name), (count.get(rest(name)) ?? 0) + 1);
  return new Map(
    [...names].map(([label, name]) => [label, count.get(rest(name)) === 1 ? rest(name) : name]),
  );
}
