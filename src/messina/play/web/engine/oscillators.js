// @ts-check
/* The partials of one sound: where its oscillators lie, and their samples block by block, bent as they are told. The twin of
 * the Python module frames/oscillators; kernel/oscillators.ts adds the samples. */

/** @import { Kernel } from "./kernel.js" */
/** @import { imageOf } from "./stereo.js" */
/** @import { Address } from "./types.d.ts" */

import { OSCILLATORS, SYNTHESIS } from "./constants.js";
import { BANDS, clamp, HOP, ONSET, oscillatorHz, PARTIALS, SAMPLE_RATE } from "./layout.js";
import { atHz } from "./stereo.js";

const { GLIDE_TOP_HZ, NYQUIST_MARGIN, STILL_SEMITONES } = OSCILLATORS;
const [LOWEST_LOG_TAU, HIGHEST_LOG_TAU] = SYNTHESIS.LOG_TAU_RANGE;

/** @param {Kernel} kernel */
export const oscillatorScratch = (kernel) => ({
  warped: kernel.allocate(HOP),
  bent: kernel.allocate(HOP),
});

export class Oscillators {
  wide = false; // whether they have a side
  count = 0; // that are used
  gliding = 0; // of them
  glidingBlocks = 0;
  top = 0; // cycles a sample of the highest
  semitones = 0; // of the glide, at first
  tau = 1; // samples
  block = 0; // blocks made

  /**
   * @param {Kernel} kernel
   * @param {ReturnType<typeof oscillatorScratch>} scratch
   */
  constructor(kernel, scratch) {
    this.kernel = kernel;
    this.scratch = scratch;
    this.turns = kernel.allocate(2 * PARTIALS);
    this.paces = kernel.allocate(2 * PARTIALS);
    this.pan = kernel.allocate(PARTIALS);
    this.twin = kernel.allocate(PARTIALS);
    this.from = kernel.allocate(PARTIALS); // amplitudes where a block begins
    this.to = kernel.allocate(PARTIALS); // and where it ends
  }

  /**
   * Those of a new sound, laid out for a pitch in Hz.
   *
   * @param {Float32Array} onset
   * @param {number} reference
   * @param {ReturnType<typeof imageOf>} image
   */
  begin(onset, reference, image) {
    const { f32, f64 } = this.kernel;
    const [offsets] = ONSET.offsets;
    const hz = oscillatorHz(onset.subarray(offsets, offsets + BANDS), reference);
    startTurns(onset, f64.subarray(this.turns >> 3, (this.turns >> 3) + BANDS));
    this.wide = !image.mono;
    this.block = 0;
    this.count = 0;
    this.gliding = 0;
    for (let k = 0; k < BANDS; k++) {
      const usable = hz[k] < NYQUIST_MARGIN * SAMPLE_RATE;
      if (usable) this.count = k + 1;
      if (hz[k] < GLIDE_TOP_HZ) this.gliding = k + 1;
      f64[(this.paces >> 3) + k] = usable ? hz[k] / SAMPLE_RATE : 0;
      if (image.mono) continue;
      f32[(this.pan >> 2) + k] = atHz(image.pan, hz[k]);
      f32[(this.twin >> 2) + k] = atHz(image.width, hz[k]) * (k % 2 ? 1 : -1);
    }
    this.top = this.count ? hz[this.count - 1] / SAMPLE_RATE : 0;
    const [glide] = ONSET.glide;
    this.semitones = onset[glide];
    this.tau = Math.exp(clamp(onset[glide + 1], LOWEST_LOG_TAU, HIGHEST_LOG_TAU)) * SAMPLE_RATE;
    const away = Math.abs(this.semitones) / STILL_SEMITONES;
    const moving = away > 1 ? Math.floor(this.tau * Math.log(away)) + 1 : 0;
    this.glidingBlocks = Math.ceil(moving / HOP);
  }

  /**
   * Adds a block whose last amplitudes are in `to`. from, to: how fast the oscillators run at its start and end, in a
   * straight line between.
   *
   * @param {number} from
   * @param {number} to
   * @param {Address} middle
   * @param {Address} side
   */
  step(from, to, middle, side) {
    const { kernel, scratch } = this;
    const gliding = this.block < this.glidingBlocks;
    const bent = from !== 1 || to !== 1;
    const passed = 0.5 * HOP * (from + to);
    let glided = passed;
    if (gliding) glided = this.warp(from, to, kernel.view(scratch.warped, HOP));
    if (bent) {
      const time = kernel.view(scratch.bent, HOP);
      const faster = (to - from) / (2 * HOP);
      for (let n = 0; n < HOP; n++) time[n] = n * (from + n * faster);
    }
    let { count } = this;
    const reach = NYQUIST_MARGIN / Math.max(from, to, 1);
    while (count > 0 && this.top > reach && kernel.f64[(this.paces >> 3) + count - 1] > reach)
      count--;
    kernel.run.oscillate(
      this.turns,
      this.paces,
      this.from,
      this.to,
      this.wide ? this.pan : 0,
      this.twin,
      count,
      Math.min(this.gliding, count),
      gliding ? scratch.warped : bent ? scratch.bent : 0,
      bent ? scratch.bent : 0,
      glided,
      passed,
      middle,
      side,
    );
    [this.from, this.to] = [this.to, this.from];
    this.block++;
  }

  /**
   * Warped time of this block's samples, from 0 on, to `time`; returns what passes in all.
   *
   * @param {number} from
   * @param {number} to
   * @param {Float32Array} time
   */
  warp(from, to, time) {
    const swing = (this.semitones * Math.LN2) / 12;
    const pace = Math.exp(-1 / this.tau);
    let fall = Math.exp(-(this.block * HOP + 0.5) / this.tau);
    let now = 0;
    for (let n = 0; n < HOP; n++) {
      time[n] = now;
      now += (from + ((to - from) * (n + 0.5)) / HOP) * Math.exp(swing * fall);
      fall *= pace;
    }
    return now;
  }
}

/**
 * Phase [BANDS] of each oscillator at sample 0, in turns.
 *
 * @param {Float32Array} onset
 * @param {Float64Array} out
 */
function startTurns(onset, out) {
  const from = ONSET.phases[0];
  for (let k = 0; k < BANDS; k++) {
    const turns = Math.atan2(onset[from + BANDS + k], onset[from + k]) / (2 * Math.PI);
    out[k] = turns - Math.floor(turns);
  }
}
