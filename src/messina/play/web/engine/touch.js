// @ts-check
/* What touch does to a note that sounds: louder and softer with the brightness that belongs to it, by the
 * law of its label. The twin of the Python module instrument/touch. */

/** @import { TouchLaw } from "./types.d.ts" */

import { CONTROLS, PLAYING, TOUCH } from "./constants.js";
import {
  clamp,
  FREQUENCIES_LN,
  interpolate,
  noteToHz,
  PARTIALS,
  REFERENCE_HZ,
  ROW,
} from "./layout.js";

const { ANCHORS, HALVINGS, LEAST_PRESSED_DB, SILENT_SHARE, SMOOTH_OCTAVES } = TOUCH;
const { BRIGHTER_LN, STEEPEST_TILT } = PLAYING;
const { MOST_TILT } = CONTROLS;
const NEPERS_TO_DB = 20 / Math.LN10;
const PLACES = ANCHORS.map((_, i) => i);

/**
 * How much louder a pressure of 0 … 1 makes a note of this velocity.
 *
 * @param {TouchLaw} law
 * @param {number} velocity
 * @param {number} pressure
 */
export function pressedDb(law, velocity, pressure) {
  const room = law.played[law.played.length - 1] - interpolate(velocity, ANCHORS, law.played);
  return pressure * Math.max(room, LEAST_PRESSED_DB);
}

/**
 * Nepers to be added to a note's levels, to `out` [ROW]. velocity: that it was struck with; brighter: -1 … 1.
 *
 * @param {TouchLaw} law
 * @param {number} velocity
 * @param {number} louder dB
 * @param {number} brighter
 * @param {Float32Array} out
 */
export function fillLouder(law, velocity, louder, brighter, out) {
  const db = interpolate(velocity, ANCHORS, law.played);
  const here = interpolate(db, law.played, PLACES);
  const there = interpolate(db + louder, law.played, PLACES);
  const slope = brighter > 0 ? brighter * law.tilts[1] : -brighter * law.tilts[0];
  let power = 0;
  for (let i = 0; i < ROW; i++) {
    const tilt = clamp(slope * law.octaves[i], -MOST_TILT, MOST_TILT);
    const change = readAt(law.levels, there, i) - readAt(law.levels, here, i) + tilt;
    power += readAt(law.energies, here, i) * Math.exp(2 * change);
    out[i] = change;
  }
  const gain = louder / NEPERS_TO_DB - 0.5 * Math.log(power);
  for (let i = 0; i < ROW; i++) out[i] += gain;
}

/**
 * A number of rows [ANCHORS, ROW] between two of them.
 *
 * @param {Float64Array} rows
 * @param {number} place
 * @param {number} i
 */
function readAt(rows, place, i) {
  const low = Math.min(Math.floor(place), ANCHORS.length - 2);
  const from = rows[low * ROW + i];
  return from + (place - low) * (rows[(low + 1) * ROW + i] - from);
}

/**
 * The law of a label whose typical sounds have these energies [ROW] at each of ANCHORS. note: at which they were
 * decoded; null without pitch. played: dB at each.
 *
 * @param {Float64Array[]} energies
 * @param {number | null} note
 * @param {number[]} played
 * @returns {TouchLaw}
 */
export function lawOf(energies, note, played) {
  const rows = energies.map((energy) => {
    const sum = Math.max(
      energy.reduce((a, b) => a + b, 0),
      1e-30,
    );
    return energy.map((value) => value / sum);
  });
  const middle = rows[Math.floor(rows.length / 2)];
  const octaves = octavesOf(note, middle);
  return {
    played,
    energies: joined(rows),
    levels: joined(rows.map(smoothedLn)),
    octaves,
    tilts: [tiltTo(middle, octaves, -1), tiltTo(middle, octaves, 1)],
  };
}

/** @param {Float64Array[]} rows */
const joined = (rows) => Float64Array.from(rows.flatMap((row) => [...row]));

/**
 * ln of a smoothed spectrum [ROW], oscillators and noise apart.
 *
 * @param {Float64Array} energy
 */
function smoothedLn(energy) {
  const smooth = new Float64Array(ROW);
  for (let i = 0; i < ROW; i++) {
    const [first, end] = i < PARTIALS ? [0, PARTIALS] : [PARTIALS, ROW];
    for (let j = first; j < end; j++) {
      if (energy[j] === 0) continue;
      const away = (FREQUENCIES_LN[i] - FREQUENCIES_LN[j]) / Math.LN2 / SMOOTH_OCTAVES;
      smooth[i] += energy[j] * Math.exp(-0.5 * away * away);
    }
  }
  const floor = SILENT_SHARE * smooth.reduce((a, b) => Math.max(a, b), 0);
  return smooth.map((value) => 0.5 * Math.log(value + floor));
}

/**
 * How far each level [ROW] of a sound lies over the middle of its energy.
 *
 * @param {number | null} note
 * @param {Float64Array} energy
 */
function octavesOf(note, energy) {
  const higher = note === null ? 0 : Math.log(noteToHz(note) / REFERENCE_HZ);
  const ln = Float64Array.from(FREQUENCIES_LN, (own, i) => own + (i < PARTIALS ? higher : 0));
  const middle = ln.reduce((sum, own, i) => sum + own * energy[i], 0);
  return ln.map((own) => (own - middle) / Math.LN2);
}

/**
 * The slope, in nepers an octave, that makes a sound as much brighter as brightness does.
 *
 * @param {Float64Array} energy
 * @param {Float64Array} octaves
 * @param {number} brighter
 */
function tiltTo(energy, octaves, brighter) {
  const wanted = (brighter * BRIGHTER_LN) / Math.LN2;
  let [low, high] = [-STEEPEST_TILT, STEEPEST_TILT];
  for (let round = 0; round < HALVINGS; round++) {
    const slope = (low + high) / 2;
    let [sum, weighted] = [0, 0];
    for (let i = 0; i < ROW; i++) {
      const part = energy[i] * Math.exp(2 * clamp(slope * octaves[i], -MOST_TILT, MOST_TILT));
      sum += part;
      weighted += part * octaves[i];
    }
    if (weighted < wanted * sum) low = slope;
    else high = slope;
  }
  return (low + high) / 2;
}
