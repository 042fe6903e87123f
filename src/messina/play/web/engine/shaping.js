// @ts-check
/* What is done to a decoded sound before it is played: held within bounds, tilted, moved in pitch.
 * The twin of the Python modules instrument/decoding and instrument/controls. */

import { CONTROLS, SYNTHESIS } from "./constants.js";
import {
  ATTACK_HOP,
  BANDS,
  clamp,
  ERBS,
  FLOOR,
  FREQUENCIES_LN,
  GROUP_BINS,
  GROUPS,
  KNOTS,
  NOISE_FLOOR,
  ONSET,
  ONSET_BOUNDS,
  PARTIALS,
  ROW,
  STEPS,
} from "./layout.js";

const { MOST_TILT } = CONTROLS; // nepers
const { SOFT_START } = SYNTHESIS;
const PIVOT_LN = Math.log(CONTROLS.PIVOT_HZ);
const OCTAVES = Float64Array.from(FREQUENCIES_LN, (ln) => (ln - PIVOT_LN) / Math.LN2);

/**
 * Change [ROW] of each level, in nepers, for a slope in nepers an octave round 1 kHz.
 *
 * @param {number} slope
 */
export function tiltOf(slope) {
  return Float32Array.from(OCTAVES, (octave) => clamp(slope * octave, -MOST_TILT, MOST_TILT));
}

/** Tilt and transposition of one take; made once, filled anew for each. */
export class Shape {
  constructor() {
    this.tilt = new Float32Array(ROW);
    this.places = new Float64Array(GROUPS);
    this.row = new Float32Array(GROUPS);
    this.tilted = false;
    this.moved = false;
    this.top = 0; // of the groups, moved
  }

  /**
   * slope: nepers an octave round 1 kHz; ratio: the noise's frequencies are times this.
   *
   * @param {number} slope
   * @param {number} ratio
   */
  set(slope, ratio) {
    this.tilted = slope !== 0;
    this.moved = ratio !== 1;
    if (this.tilted) {
      this.tilt.set(tiltOf(slope));
    }
    if (this.moved) {
      fillPlaces(GROUP_BINS, ratio, this.places);
      this.top = GROUP_BINS[GROUPS - 1] * ratio;
    }
  }

  /**
   * The row of levels [ROW] that begins at `from` of these numbers, in place.
   *
   * @param {Float32Array} numbers
   * @param {number} from
   */
  applyTo(numbers, from) {
    if (this.tilted) {
      for (let i = 0; i < ROW; i++) {
        const level = numbers[from + i];
        if (level > FLOOR[i] + 0.5) numbers[from + i] = Math.max(level + this.tilt[i], FLOOR[i]);
      }
    }
    this.moveNoise(numbers, from, NOISE_FLOOR);
  }

  /**
   * Moves the noise of the row [ROW] that begins at `from`, in place; `beyond` is where there was none.
   *
   * @param {Float32Array} numbers
   * @param {number} from
   * @param {number} beyond
   */
  moveNoise(numbers, from, beyond) {
    if (!this.moved) return;
    const noise = from + PARTIALS;
    for (let g = 0; g < GROUPS; g++) this.row[g] = numbers[noise + g];
    readAcross(this.row, this.places, numbers, noise);
    for (let g = GROUPS - 1; g >= 0 && GROUP_BINS[g] > this.top; g--) numbers[noise + g] = beyond;
  }
}

/**
 * Holds an onset [ONSET_SIZE] within what an onset can be, in place.
 *
 * @param {Float32Array} onset
 */
export function hold(onset) {
  for (const [part, [low, high]] of Object.entries(ONSET_BOUNDS)) {
    for (let i = ONSET[part][0]; i < ONSET[part][1]; i++) onset[i] = clamp(onset[i], low, high);
  }
}

/**
 * Where among the centres those over ratio lie, held within them.
 *
 * @param {ArrayLike<number>} centres
 * @param {number} ratio
 * @param {Float64Array} places
 */
function fillPlaces(centres, ratio, places) {
  const last = centres.length - 1;
  let low = 0;
  for (let i = 0; i <= last; i++) {
    const wanted = centres[i] / ratio;
    while (low < last - 1 && centres[low + 1] <= wanted) low++;
    while (low > 0 && centres[low] > wanted) low--;
    places[i] = clamp(low + (wanted - centres[low]) / (centres[low + 1] - centres[low]), 0, last);
  }
}

/**
 * @param {Float32Array} numbers
 * @param {Float64Array} places
 * @param {Float32Array} out
 * @param {number} from
 */
function readAcross(numbers, places, out, from) {
  const last = places.length - 1;
  for (let i = 0; i <= last; i++) {
    const low = Math.min(Math.floor(places[i]), last - 1);
    out[from + i] = numbers[low] + (places[i] - low) * (numbers[low + 1] - numbers[low]);
  }
}

/**
 * Gain of the partials [(KNOTS - 1) ATTACK_HOP] while they come in, to `out`.
 *
 * @param {Float32Array} onset
 * @param {Float32Array} out
 */
export function partialGains(onset, out) {
  const from = ONSET.partial_attack[0];
  for (let knot = 0; knot < KNOTS - 1; knot++) {
    const a = Math.exp(onset[from + knot]);
    const b = Math.exp(onset[from + knot + 1]);
    for (let i = 0; i < ATTACK_HOP; i++)
      out[knot * ATTACK_HOP + i] = a + ((b - a) * i) / ATTACK_HOP;
  }
  for (let i = 0; i < SOFT_START; i++) out[i] *= i / (SOFT_START - 1);
}

/**
 * Gains on the body's noise [STEPS + 1, ERBS] at the onset, to `out`; the last row is 1.
 *
 * @param {Float32Array} onset
 * @param {Float32Array} out
 */
export function noiseGains(onset, out) {
  const from = ONSET.noise_attack[0];
  for (let step = 0; step < STEPS; step++) {
    const taper = Math.min((STEPS - step) / 6, 1);
    for (let i = step * ERBS; i < (step + 1) * ERBS; i++)
      out[i] = Math.exp(onset[from + i] * taper);
  }
  out.fill(1, STEPS * ERBS, (STEPS + 1) * ERBS);
}

/**
 * Phase [BANDS] of each oscillator at sample 0, in turns.
 *
 * @param {Float32Array} onset
 * @param {Float64Array} out
 */
export function startTurns(onset, out) {
  const from = ONSET.phases[0];
  for (let k = 0; k < BANDS; k++) {
    const turns = Math.atan2(onset[from + BANDS + k], onset[from + k]) / (2 * Math.PI);
    out[k] = turns - Math.floor(turns);
  }
}
