// @ts-check
// The parts of a kit, by the keys that General MIDI has them on.

import { generalMidiKeys, isHiHat } from "../engine/groove/drums.js";

/* What hands look for first in a kit, in this order: one pad each before any second of a kind. */
const ROLES = [
  [36, 35],
  [38, 40],
  [42, 22],
  [46, 26],
  [39, 37],
  [50, 48, 47, 45, 43, 41, 60, 61, 62, 63, 64, 65, 66, 87, 86],
  [51, 59],
  [49, 57],
  [82, 70, 69, 54],
  [56, 76, 77, 75, 67, 68, 80, 81],
  [44],
  [53],
  [55, 52],
];

/**
 * Place of a label among the parts of a kit; the last for what is none.
 *
 * @param {string} label
 */
export function roleOf(label) {
  const [key] = generalMidiKeys(label);
  const found = ROLES.findIndex((keys) => keys.includes(key));
  return found < 0 ? ROLES.length : found;
}

/**
 * Whether a name tells what is struck.
 *
 * @param {string} name
 */
export const saysRole = (name) => generalMidiKeys(name).length > 0 || isHiHat(name);

/**
 * Which beat of a first pattern a label plays: kick, snare, closed hat, open hat, clap; -1 for others.
 *
 * @param {string} label
 */
export const beatOf = (label) => (roleOf(label) <= 4 ? roleOf(label) : -1);
