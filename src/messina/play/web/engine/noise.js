// @ts-check
/* The noise of one sound, hop by hop: its excitation through the levels of the body, then through the gains of the onset. The
 * twin of the Python module frames/noise, its BodyNoise and OnsetShaper; kernel/noise.ts filters. */

/** @import { Loop, Loops } from "./excitation.js" */
/** @import { Kernel } from "./kernel.js" */
/** @import { imageOf } from "./stereo.js" */
/** @import { Address } from "./types.d.ts" */

import { LAYOUT, NOISE } from "./constants.js";
import { loopStart } from "./excitation.js";
import { ATTACK_HOP, BINS, clamp, ERBS, HOP, ONSET, STEPS } from "./layout.js";
import { atBins } from "./stereo.js";

const SHAPED_HOPS = NOISE.SHAPED_SAMPLES / HOP; // go through the gains of the onset
const { FIRST_STEP, TAPER_STEPS } = NOISE;
const { LOOP_SIZE } = LAYOUT;
const SHAPER_LEAD = NOISE.ATTACK_SIZE - ATTACK_HOP;
const NOISE_LEAD = NOISE.NOISE_SIZE - HOP;
const FIFO = 1024;

/** @param {Kernel} kernel */
export const noiseScratch = (kernel) => ({
  read: kernel.allocate(LOOP_SIZE),
  middle: kernel.allocate(HOP),
  side: kernel.allocate(HOP),
  shaped: kernel.allocate(HOP),
  sideShaped: kernel.allocate(HOP),
});

export class Noise {
  wide = false; // whether it has a side
  narrow = false; // whether the side is its middle, panned
  hop = 0; // hops made
  /** Whether the window holds the last hop. @type {boolean | number} */
  running = false;
  waiting = 0; // samples made and not used
  /** What it is made of. @type {Loop | null} */
  loop = null;
  start = 0; // sample of the loop it begins with
  place = 0; // in the loop, from there on, of the next hop
  pace = 1; // at which the loop was read at the end of the last hop

  /**
   * @param {Kernel} kernel
   * @param {ReturnType<typeof noiseScratch>} scratch
   * @param {Loops} loops
   */
  constructor(kernel, scratch, loops) {
    this.kernel = kernel;
    this.scratch = scratch;
    this.loops = loops;
    const { run } = kernel;
    this.bins = kernel.allocate(BINS); // gains of the row that is filtered next
    this.stateSize = run.NOISE_STATE.value + 2 * run.SHAPER_STATE.value;
    this.state = kernel.allocate(this.stateSize);
    this.shaper = this.state + 4 * run.NOISE_STATE.value;
    this.sideShaper = this.shaper + 4 * run.SHAPER_STATE.value;
    this.binPan = kernel.allocate(BINS);
    this.binWidth = kernel.allocate(BINS);
    this.stepGains = kernel.allocate((STEPS + 1) * ERBS);
    this.fifo = kernel.allocate(FIFO);
    this.sideFifo = kernel.allocate(FIFO);
    this.late = kernel.allocate(SHAPER_LEAD);
    this.sideLate = kernel.allocate(SHAPER_LEAD);
  }

  /**
   * That of a new sound. pace: at which its loop is read at first.
   *
   * @param {Loop} loop
   * @param {{ key: number, pace: number }} where
   * @param {Float32Array} onset
   * @param {ReturnType<typeof imageOf>} image
   */
  begin(loop, { key, pace }, onset, image) {
    const { kernel } = this;
    this.loop = loop;
    this.start = loopStart(key);
    this.pace = pace;
    this.place = NOISE_LEAD * pace;
    this.wide = !image.mono;
    this.narrow = image.narrow;
    this.hop = 0;
    this.running = false;
    this.waiting = 0;
    kernel.clear(this.state, this.stateSize);
    noiseGains(onset, kernel.view(this.stepGains, (STEPS + 1) * ERBS));
    if (image.mono) return;
    atBins(image.pan, kernel.view(this.binPan, BINS));
    atBins(image.width, kernel.view(this.binWidth, BINS));
  }

  /** Gives back what only a sound that is played needs. */
  release() {
    if (this.loop) this.loops.release(this.loop);
    this.loop = null;
  }

  /** Before the onset the levels, which are in `bins`, stood still: three hops that are not heard. */
  lead() {
    for (let early = 0; early < 3; early++) this.filter(this.pace);
  }

  /**
   * One hop through the levels in `bins`, to the end of the queue; while the onset lasts through its gains.
   *
   * @param {number} pace at which the loop is read at the hop's end
   */
  step(pace) {
    const { hop, scratch } = this;
    this.filter(pace);
    if (hop < SHAPED_HOPS) {
      this.shapeHop();
    } else {
      if (hop === SHAPED_HOPS) this.queue(this.late, this.sideLate, SHAPER_LEAD);
      this.queue(scratch.middle, scratch.side, HOP);
    }
    this.hop++;
  }

  /**
   * Adds a block of what is made.
   *
   * @param {Address} middle
   * @param {Address} side
   */
  take(middle, side) {
    const { kernel } = this;
    kernel.run.mix(this.fifo, middle, HOP, 1, 1);
    if (this.wide) kernel.run.mix(this.sideFifo, side, HOP, 1, 1);
    this.waiting -= HOP;
    kernel.copy(this.fifo + 4 * HOP, this.fifo, this.waiting);
    if (this.wide) kernel.copy(this.sideFifo + 4 * HOP, this.sideFifo, this.waiting);
  }

  /**
   * The noise of the next window, to the scratch's middle and side, its excitation read at a pace that is reached at
   * the window's end.
   *
   * @param {number} pace
   */
  filter(pace) {
    const { scratch, loop, place, wide, narrow } = this;
    if (!loop) return;
    const still = pace === 1 && this.pace === 1 && Number.isInteger(place);
    if (!still) this.readLoop(loop, pace, wide && !narrow);
    this.place += 0.5 * HOP * (this.pace + pace);
    this.pace = pace;
    this.running = this.kernel.run.noise_hop(
      this.state,
      still ? loop.address : scratch.read,
      still ? ((this.start + place) % LOOP_SIZE) - NOISE_LEAD : -NOISE_LEAD,
      0,
      this.running,
      this.bins,
      wide ? this.binPan : 0,
      wide && !narrow ? this.binWidth : 0,
      scratch.middle,
      scratch.side,
    );
  }

  /**
   * The loop's next HOP samples, and its twin's, read at a pace that changes from that of the last hop to this, to
   * the beginning and the middle of the scratch's `read`; before them what the window saw, if that is not there.
   *
   * @param {Loop} loop
   * @param {number} pace
   * @param {boolean} twin
   */
  readLoop(loop, pace, twin) {
    const { f32 } = this.kernel;
    const from = this.pace;
    const faster = (pace - from) / (2 * HOP);
    for (let n = this.running ? 0 : -NOISE_LEAD; n < HOP; n++) {
      const at = this.place + n * (n < 0 ? from : from + n * faster);
      const whole = Math.floor(at);
      for (const half of twin ? [0, LOOP_SIZE / 2] : [0]) {
        const out = (this.scratch.read >> 2) + ((half + n) & (LOOP_SIZE - 1));
        f32[out] = between(f32, loop.address >> 2, this.start + half + whole, at - whole);
      }
    }
  }

  /** This hop through the gains of the onset, to the queue, as far as it lies after the onset. */
  shapeHop() {
    const { kernel, scratch, hop } = this;
    for (let part = 0; part < HOP / ATTACK_HOP; part++) {
      const window = (hop * HOP) / ATTACK_HOP + part;
      const step = Math.min(Math.max(window - FIRST_STEP, 0), STEPS);
      const gains = this.stepGains + 4 * ERBS * step;
      const at = 4 * ATTACK_HOP * part;
      kernel.run.shape_hop(this.shaper, scratch.middle + at, gains, scratch.shaped + at);
      if (this.wide)
        kernel.run.shape_hop(this.sideShaper, scratch.side + at, gains, scratch.sideShaped + at);
    }
    const early = clamp(HOP + SHAPER_LEAD - hop * HOP, 0, HOP);
    this.queue(scratch.shaped + 4 * early, scratch.sideShaped + 4 * early, HOP - early);
    if (hop === SHAPED_HOPS - 1) this.keepLate();
  }

  /** What the shaping still holds back when it ends comes unshaped: its gains are 1 by then. */
  keepLate() {
    const { kernel, scratch } = this;
    const at = 4 * (HOP - SHAPER_LEAD);
    kernel.copy(scratch.middle + at, this.late, SHAPER_LEAD);
    if (this.wide) kernel.copy(scratch.side + at, this.sideLate, SHAPER_LEAD);
  }

  /**
   * @param {Address} middle
   * @param {Address} side
   * @param {number} count
   */
  queue(middle, side, count) {
    const { kernel } = this;
    kernel.copy(middle, this.fifo + 4 * this.waiting, count);
    if (this.wide) kernel.copy(side, this.sideFifo + 4 * this.waiting, count);
    this.waiting += count;
  }
}

/**
 * A share of the way from sample `at` of the loop at `base` to the next, by cubic interpolation.
 *
 * @param {Float32Array} f32
 * @param {number} base
 * @param {number} at
 * @param {number} d
 */
function between(f32, base, at, d) {
  const mask = LOOP_SIZE - 1;
  const [before, here] = [f32[base + ((at - 1) & mask)], f32[base + (at & mask)]];
  const [after, later] = [f32[base + ((at + 1) & mask)], f32[base + ((at + 2) & mask)]];
  return (
    ((here * (d + 1) * (d - 1) - after * (d + 1) * d) * (d - 2)) / 2 +
    ((later * (d + 1) - before * (d - 2)) * d * (d - 1)) / 6
  );
}

/**
 * Gains on the body's noise [STEPS + 1, ERBS] at the onset, to `out`; the last row is 1.
 *
 * @param {Float32Array} onset
 * @param {Float32Array} out
 */
function noiseGains(onset, out) {
  const from = ONSET.noise_attack[0];
  for (let step = 0; step < STEPS; step++) {
    const taper = Math.min((STEPS - step) / TAPER_STEPS, 1);
    for (let i = step * ERBS; i < (step + 1) * ERBS; i++)
      out[i] = Math.exp(onset[from + i] * taper);
  }
  out.fill(1, STEPS * ERBS, (STEPS + 1) * ERBS);
}
