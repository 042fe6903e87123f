// @ts-check
/* What a frame of a texture is, as numbers: the twin of the Python module texture/layout, and of what the
 * Python module texture/synthesis reads from it. */

import { STEREO as STEREO_ZONES } from "../constants.js";
import { HOP, interpolate, NOISE_SIZE, SAMPLE_RATE, ZONES } from "../layout.js";
import { NOISE as GROUPED, LAYOUT } from "./constants.js";

export const PATCH = LAYOUT.PATCH; // frames a model draws at a time
export const WINDOW = 2 * PATCH; // frames that a patch reaches over
export const PATCHES_PER_S = SAMPLE_RATE / (PATCH * HOP);

export const { GROUPS } = GROUPED;

const { NARROWEST_HZ, TOP_HZ } = LAYOUT;
const SEMITONE = 2 ** (1 / 12);

/** ln of the edges of the bands [BANDS + 1]. */
const EDGES_LN = (() => {
  let edge = 0.75 * NARROWEST_HZ;
  const edges = [edge];
  while (edge < TOP_HZ) {
    edge = Math.max(edge + NARROWEST_HZ, edge * SEMITONE);
    edges.push(edge);
  }
  return Float64Array.from(edges, Math.log);
})();

export const BANDS = EDGES_LN.length - 1;

/* Where the parts of a frame begin. */
export const PARTIALS = 0;
export const OFFSETS = BANDS;
export const NOISE = 2 * BANDS;
export const STEREO = 2 * BANDS + GROUPS;
export const FRAME_SIZE = STEREO + 2 * ZONES;

/**
 * ln Hz of the oscillator of a band that lies at an offset, -0.5 … 0.5.
 *
 * @param {number} band
 * @param {number} offset
 */
export function logFrequency(band, offset) {
  const [low, high] = [EDGES_LN[band], EDGES_LN[band + 1]];
  return low + (Math.min(Math.max(offset, -0.5), 0.5) + 0.5) * (high - low);
}

const ZONE_CENTRES_LN = STEREO_ZONES.ZONE_CENTRES_HZ.map(Math.log);

/** Where between the zones each band lies [BANDS], 0 … ZONES - 1. */
export const ZONE_OF_BAND = Float64Array.from({ length: BANDS }, (_, band) =>
  interpolate(logFrequency(band, 0), ZONE_CENTRES_LN, [0, 1, 2, 3]),
);

/** Group of noise that each bin of NOISE_SIZE belongs to. */
export const GROUP_OF_BIN = Int32Array.from(
  Array.from(GROUPED.BINS_IN_GROUP).flatMap((bins, group) => Array(bins).fill(group)),
);

/** Group of noise in which the middle of each band lies [BANDS]. */
export const GROUP_OF_BAND = Int32Array.from(
  { length: BANDS },
  (_, band) =>
    GROUP_OF_BIN[Math.round((Math.exp(logFrequency(band, 0)) * NOISE_SIZE) / SAMPLE_RATE)],
);
