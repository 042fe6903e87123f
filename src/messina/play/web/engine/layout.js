// @ts-check
/* What a frame is, as numbers: the twin of the Python modules layout, noise, timegrid and network.
 * Constants and pure functions only; used on the page's thread and in the worklet. */

import { GROUP_BINS } from "./constants.js";

export const SAMPLE_RATE = 44_100;
export const HOP = 256;
export const REFERENCE_HZ = 43.07;
export const ATTACK_HOP = 64;
export const PARTIAL_FLOOR = Math.log(1e-4);
export const NOISE_FLOOR = Math.log(1e-5);
export const GROUPS = GROUP_BINS.length;
export const KNOTS = 17;
export const STEPS = 24;
export const ERBS = 24;
export const ZONES = 4;
export const NOISE_SIZE = 1024;
export const NOISE_BINS = NOISE_SIZE / 2 + 1;
export const ATTACK_SIZE = 256;

const SEMITONE = 2 ** (1 / 12);

/** Edges of the partial bands [BANDS + 1] for a sound at REFERENCE_HZ. */
const EDGES_HZ = (() => {
  const edges = [0.5 * REFERENCE_HZ];
  for (let edge = edges[0]; edge < 16_500; edges.push(edge)) {
    edge = Math.max(edge + REFERENCE_HZ, edge * SEMITONE);
  }
  return Float64Array.from(edges);
})();

export const BANDS = EDGES_HZ.length - 1;
export const BODY_SIZE = BANDS + GROUPS;

/* In the engine a row of a body has its partials padded to a multiple of 8, then the noise. */
export const PARTIALS = Math.ceil(BANDS / 8) * 8;
export const ROW = PARTIALS + GROUPS;

/** Places [BODY_SIZE] in an engine's row of the numbers of a file's row. */
export const ROW_PLACES = Int32Array.from({ length: BODY_SIZE }, (_, i) =>
  i < BANDS ? i : i + PARTIALS - BANDS,
);

/** A row of silence [ROW]; what pads it is silent too. */
export const FLOOR = Float32Array.from({ length: ROW }, (_, i) =>
  i < PARTIALS ? PARTIAL_FLOOR : NOISE_FLOOR,
);

const ONSET_SIZES = {
  offsets: BANDS,
  phases: 2 * BANDS,
  glide: 2,
  partial_attack: KNOTS,
  noise_attack: STEPS * ERBS,
  stereo: 2 * ZONES,
};

/**
 * Where each part lies in the onset vector: {name: [start, end]}.
 *
 * @type {Record<string, [number, number]>}
 */
export const ONSET = (() => {
  let end = 0;
  /** @param {number} size @returns {[number, number]} */
  const next = (size) => [end, (end += size)];
  return Object.fromEntries(Object.entries(ONSET_SIZES).map(([name, size]) => [name, next(size)]));
})();

export const ONSET_SIZE = ONSET.stereo[1];

/**
 * What each part of a decoded onset is held within.
 *
 * @type {Record<string, [number, number]>}
 */
export const ONSET_BOUNDS = {
  offsets: [-0.5, 0.5],
  glide: [-7, 48],
  partial_attack: [PARTIAL_FLOOR, 3],
  noise_attack: [NOISE_FLOOR, 4],
  stereo: [-1, 2],
};

/** Where in the lowest band the reference pitch lies: the fundamental of a sound with a pitch. */
export const FUNDAMENTAL_OFFSET = Math.log(2) / Math.log(3) - 0.5;

/**
 * Frequencies [BANDS] of the oscillators before any glide, in Hz.
 *
 * @param {ArrayLike<number>} offsets
 * @param {number} referenceHz
 */
export function oscillatorHz(offsets, referenceHz) {
  const scale = referenceHz / REFERENCE_HZ;
  return Float64Array.from({ length: BANDS }, (_, k) => {
    const low = Math.log(EDGES_HZ[k] * scale);
    const high = Math.log(EDGES_HZ[k + 1] * scale);
    return Math.exp(low + (Math.min(Math.max(offsets[k], -0.5), 0.5) + 0.5) * (high - low));
  });
}

/** Group of the noise below each bin [NOISE_BINS], the last but one at most. */
export const BIN_GROUPS = Uint8Array.from({ length: NOISE_BINS }, (_, bin) => {
  let group = 0;
  while (group < GROUPS - 2 && GROUP_BINS[group + 1] <= bin) group++;
  return group;
});

/** How far on from it to the next one each bin lies [NOISE_BINS]. */
export const BIN_SHARES = Float64Array.from(BIN_GROUPS, (group, bin) => {
  const [low, high] = [GROUP_BINS[group], GROUP_BINS[group + 1]];
  return (bin - low) / (high - low);
});

/** Sums over the bins [GROUPS] of how much each group counts there, and of that times the bin. */
const [GROUP_WEIGHTS, GROUP_MOMENTS] = (() => {
  const sums = [new Float64Array(GROUPS), new Float64Array(GROUPS)];
  BIN_GROUPS.forEach((group, bin) => {
    for (const [at, share] of [
      [group, 1 - BIN_SHARES[bin]],
      [group + 1, BIN_SHARES[bin]],
    ]) {
      sums[0][at] += share;
      sums[1][at] += share * bin;
    }
  });
  return sums;
})();
const LOWEST_BIN = 0.25; // where the group around 0 Hz is taken to lie

/** ERB group of each bin at the onset: single bins first, then about a third of an octave. */
export const STEP_GROUP_OF_BIN = (() => {
  const bins = ATTACK_SIZE / 2 + 1;
  for (let ratio = 1.05; ; ratio += 0.001) {
    const edges = [0];
    for (let edge = 0; edge < bins; edges.push(edge)) {
      edge = Math.max(edge + 1, roundHalfEven(edge * ratio));
    }
    if (edges.length - 1 > ERBS) continue;
    return Uint8Array.from({ length: bins }, (_, bin) =>
      Math.min(
        edges.findLastIndex((edge) => edge <= bin),
        ERBS - 1,
      ),
    );
  }
})();

/**
 * Rounded as Python rounds: halves to the even neighbour.
 *
 * @param {number} x
 */
export function roundHalfEven(x) {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

// ---------------------------------------------------------------- time

const DENSE = 16;
const RATIO = 1.07;
export const LAST_FRAME = 2_067;

/** The frame each point of the time grid stands for [POINTS]. */
export const POINT_FRAMES = (() => {
  const frames = Array.from({ length: DENSE }, (_, i) => i);
  for (let place = DENSE; roundHalfEven(place) < LAST_FRAME; place *= RATIO) {
    frames.push(roundHalfEven(place));
  }
  frames.push(LAST_FRAME);
  return Int32Array.from(new Set(frames));
})();

export const POINTS = POINT_FRAMES.length;
export const DENSE_POINTS = DENSE;

/** Index of the last point at or before each frame [LAST_FRAME + 1]. */
const POINT_BEFORE = (() => {
  const before = new Uint8Array(LAST_FRAME + 1);
  for (let point = 0; point < POINTS; point++) before.fill(point, POINT_FRAMES[point]);
  return before;
})();

/**
 * Where on the grid a frame lies, fractional.
 *
 * @param {number} frame
 */
export function placeOf(frame) {
  if (frame >= LAST_FRAME) return POINTS - 1;
  const low = POINT_BEFORE[Math.floor(frame)];
  return low + (frame - POINT_FRAMES[low]) / (POINT_FRAMES[low + 1] - POINT_FRAMES[low]);
}

// ---------------------------------------------------------------- powers and pitches of a row

/** Power [ROW] of each number of a row at amplitude 1. */
export const POWER_SHARE = Float32Array.from({ length: ROW }, (_, i) => {
  if (i >= PARTIALS) return GROUP_WEIGHTS[i - PARTIALS] / NOISE_BINS;
  return i < BANDS ? 0.5 : 0;
});

/** ln of each number's frequency in Hz [ROW], for a sound at REFERENCE_HZ. */
export const FREQUENCIES_LN = (() => {
  const ln = new Float32Array(ROW);
  for (let k = 0; k < PARTIALS; k++) {
    const band = Math.min(k, BANDS - 1);
    ln[k] = Math.log(Math.sqrt(EDGES_HZ[band] * EDGES_HZ[band + 1]));
  }
  for (let group = 0; group < GROUPS; group++) {
    const bin = Math.max(GROUP_MOMENTS[group] / GROUP_WEIGHTS[group], LOWEST_BIN);
    ln[PARTIALS + group] = Math.log((bin * SAMPLE_RATE) / NOISE_SIZE);
  }
  return ln;
})();

// ---------------------------------------------------------------- conversions

/** @param {number} note */
export const noteToHz = (note) => 440 * 2 ** ((note - 69) / 12);
/** @param {number} db */
export const dbToGain = (db) => 10 ** (db / 20);
/**
 * @param {number} x
 * @param {number} low
 * @param {number} high
 */
export const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

/**
 * y at x on the line through (xs, ys), xs rising; level outside.
 *
 * @param {number} x
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 */
export function interpolate(x, xs, ys) {
  const last = xs.length - 1;
  if (x <= xs[0]) return ys[0];
  if (x >= xs[last]) return ys[last];
  let low = 0;
  while (xs[low + 1] < x) low++;
  return ys[low] + ((ys[low + 1] - ys[low]) * (x - xs[low])) / (xs[low + 1] - xs[low]);
}
