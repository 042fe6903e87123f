// @ts-check
/* The stereo image of a sound: pan and width by frequency. The twin of the Python module frames/stereo.
 *
 * The engine keeps a sound as middle and side, left = middle - side, right = middle + side; the side is
 * pan · M + width · M', M' a twin of M that is as loud but unrelated. */

import { STEREO } from "./constants.js";
import { clamp, interpolate, NOISE_BINS, NOISE_SIZE, ONSET, SAMPLE_RATE, ZONES } from "./layout.js";

const CENTRES_LN = STEREO.ZONE_CENTRES_HZ.map(Math.log);

/** Zone below each bin of the noise, and how far on from it the bin lies [NOISE_BINS]. */
const BIN_ZONES = Float64Array.from({ length: NOISE_BINS }, (_, bin) =>
  interpolate(Math.log(Math.max((bin * SAMPLE_RATE) / NOISE_SIZE, 1)), CENTRES_LN, [0, 1, 2, 3]),
);

/**
 * An onset's image, scaled by `amount`: {pan, width [ZONES], mono, narrow}.
 *
 * @param {Float32Array} onset
 * @param {number} amount
 */
export function imageOf(onset, amount) {
  const [from] = ONSET.stereo;
  /**
   * @param {number} first
   * @param {number} limit
   */
  const scaled = (first, limit) =>
    Array.from({ length: ZONES }, (_, i) => {
      const own = onset[first + i];
      const most = Math.max(limit, Math.abs(own)); // as decoded it is never touched
      return clamp(own * amount, -most, most);
    });
  const [pan, width] = [scaled(from, 1), scaled(from + ZONES, 2)];
  /** @param {number[]} row */
  const most = (row) => Math.max(...row.map(Math.abs));
  return {
    pan,
    width,
    mono: Math.max(most(pan), most(width)) < STEREO.MONO_BELOW,
    narrow: most(width) === 0,
  };
}

/**
 * The row at each bin of the noise, to `out`.
 *
 * @param {ArrayLike<number>} row
 * @param {Float32Array} out
 */
export function atBins(row, out) {
  for (let bin = 0; bin < NOISE_BINS; bin++) {
    const low = Math.min(Math.floor(BIN_ZONES[bin]), ZONES - 2);
    out[bin] = row[low] + (BIN_ZONES[bin] - low) * (row[low + 1] - row[low]);
  }
}

/**
 * The row at a frequency.
 *
 * @param {number[]} row
 * @param {number} hz
 */
export const atHz = (row, hz) => interpolate(Math.log(Math.max(hz, 1)), CENTRES_LN, row);
