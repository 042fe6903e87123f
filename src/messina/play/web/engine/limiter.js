// @ts-check
/* The safety at the end: no peak leaves over the ceiling, between the samples neither, and what stays under it is not
 * touched. The twin of the Python module limiter, which says how, at the look-ahead of what hands play. Runs in the
 * worklet, sample by sample; allocates nothing. */

import { LIMITER } from "./constants.js";
import { SAMPLE_RATE } from "./layout.js";

const { AHEAD_LIVE: AHEAD, RELEASE_S, SAFE, SIDE } = LIMITER;

/** Samples the output is behind the input. */
export const LATENCY = AHEAD + SIDE;
export const { CEILING } = LIMITER;

const FREEING = Math.exp(-1 / (RELEASE_S * SAMPLE_RATE));
const SIZE = 128; // of what is kept, more than LATENCY and 2 SIDE
const LAST = SIZE - 1;
const NOTHING = 1e-6; // a reduction too small to matter
const ABSURD = 1e6; // amplitude that only a broken instrument makes: silence spares ears

/** Taps for the values a quarter, half and three quarters between two samples. */
const TAPS = [0.25, 0.5, 0.75].map((between) => {
  const taps = Float64Array.from({ length: 2 * SIDE }, (_, i) => {
    const x = i + 1 - SIDE - between;
    return (Math.sin(Math.PI * x) / (Math.PI * x)) * Math.cos((0.5 * Math.PI * x) / (SIDE + 0.5));
  });
  return normalised(taps);
});

/** The shape in which the gain comes down. */
const WINDOW = normalised(
  Float64Array.from(
    { length: AHEAD + 1 },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 1)) / (AHEAD + 2)),
  ),
);

/** @param {Float64Array} values */
function normalised(values) {
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((value) => value / sum);
}

export class Limiter {
  left = new Float32Array(SIZE); // the last samples that came, by place
  right = new Float32Array(SIZE);
  wanted = new Float64Array(SIZE); // reductions
  freed = new Float64Array(SIZE);
  now = 0; // samples that came
  loud = 0; // samples until none is left that could hide a peak
  /** Samples since a reduction was wanted or released. @type {number} */
  idle = AHEAD;
  between = 0; // the highest value after the sample before
  least = 1; // gain since it was last asked for

  /**
   * Left and right in place.
   *
   * @param {Float32Array} left
   * @param {Float32Array} right
   */
  run(left, right) {
    for (let i = 0; i < left.length; i++) {
      const sound = Math.abs(left[i]) + Math.abs(right[i]) < ABSURD; // false for what is no number
      const at = this.now & LAST;
      this.left[at] = sound ? left[i] : 0;
      this.right[at] = sound ? right[i] : 0;
      const gain = this.gain(at);
      const out = (this.now - LATENCY) & LAST;
      left[i] = this.left[out] * gain;
      right[i] = this.right[out] * gain;
      this.now = (this.now + 1) & 0x3fffffff;
    }
  }

  /**
   * The gain of the sample that leaves when the one at `at` has come.
   *
   * @param {number} at
   */
  gain(at) {
    if (Math.max(Math.abs(this.left[at]), Math.abs(this.right[at])) >= SAFE)
      this.loud = 2 * SIDE + 1;
    const place = (at - SIDE) & LAST;
    const wanted = this.loud > 0 ? this.reduction(place) : 0;
    if (this.loud > 0) this.loud--;
    else this.between = 0;
    const before = this.freed[(place - 1) & LAST];
    if (wanted > 0 || before > 0) this.idle = 0;
    else if (this.idle < AHEAD) this.idle++;
    this.wanted[place] = wanted;
    this.freed[place] = 0;
    if (this.idle >= AHEAD) return 1;
    let held = wanted;
    for (let k = 1; k <= AHEAD; k++) held = Math.max(held, this.wanted[(place - k) & LAST]);
    const freed = Math.max(held, FREEING * before);
    this.freed[place] = freed > NOTHING ? freed : 0;
    let sum = 0;
    for (let k = 0; k <= AHEAD; k++) sum += WINDOW[k] * this.freed[(place - k) & LAST];
    const gain = 1 - sum;
    this.least = Math.min(this.least, gain);
    return gain;
  }

  /**
   * What the sample at a place wants, whose SIDE next ones are known.
   *
   * @param {number} place
   */
  reduction(place) {
    const before = this.between;
    this.between = 0;
    for (const taps of TAPS) {
      let l = 0;
      let r = 0;
      for (let i = 0; i < 2 * SIDE; i++) {
        const at = (place + 1 - SIDE + i) & LAST;
        l += taps[i] * this.left[at];
        r += taps[i] * this.right[at];
      }
      this.between = Math.max(this.between, Math.abs(l), Math.abs(r));
    }
    const here = Math.max(Math.abs(this.left[place]), Math.abs(this.right[place]));
    const peak = Math.max(here, before, this.between);
    return peak > CEILING ? 1 - CEILING / peak : 0;
  }
}
