// @ts-check
/* One sound, block by block: the twin of the Python class frames.synthesis.Synthesiser, its rows
 * decoded as they are needed.
 *
 * A block is HOP samples of middle and side at this.middle and this.side. Rows lead blocks by up to
 * three, for the noise of a row reaches half a window round it and the shaping of the onset a bit more. */

/** @import { Decoder, Network } from "./network.js" */
/** @import { Loop } from "./excitation.js" */
/** @import { Hand } from "./hand.js" */
/** @import { Kernel } from "./kernel.js" */
/** @import { Address, Take } from "./types.d.ts" */

import { CONTOUR, LAYOUT, NOISE, OSCILLATORS, SYNTHESIS } from "./constants.js";
import { Rows } from "./decoding.js";
import { Loops, loopStart } from "./excitation.js";
import {
  ATTACK_HOP,
  BANDS,
  clamp,
  dbToGain,
  ERBS,
  HOP,
  KNOTS,
  ONSET,
  ONSET_SIZE,
  oscillatorHz,
  PARTIALS,
  POWER_SHARE,
  REFERENCE_HZ,
  SAMPLE_RATE,
  STEPS,
} from "./layout.js";
import { noiseGains, partialGains, startTurns } from "./shaping.js";
import { atBins, atHz, imageOf } from "./stereo.js";

const { GLIDE_TOP_HZ, NYQUIST_MARGIN, STILL_SEMITONES } = OSCILLATORS;
const [LOWEST_LOG_TAU, HIGHEST_LOG_TAU] = SYNTHESIS.LOG_TAU_RANGE;
const { MOST_CENTS } = CONTOUR;
const ATTACK_BLOCKS = ((KNOTS - 1) * ATTACK_HOP) / HOP;
const SHAPED_HOPS = NOISE.SHAPED_SAMPLES / HOP; // of the noise go through the gains of the onset
const { FIRST_STEP } = NOISE;
const { LOOP_SIZE } = LAYOUT;
const SHAPER_LEAD = NOISE.ATTACK_SIZE - ATTACK_HOP;
const NOISE_LEAD = NOISE.NOISE_SIZE - HOP;
const FIFO = 1024;
const LEAD = 6; // rows, of which a block needs three: there is time to decode the others in turn

export class Synthesis {
  /** @type {Take} */
  take;
  /** @type {ReturnType<typeof imageOf>} */
  image;
  block = 0; // blocks made
  hop = 0; // of the noise made
  /** Whether the noise's window holds the last hop. @type {boolean | number} */
  running = false;
  waiting = 0; // samples of noise made and not used
  gain = 1;
  count = 0; // oscillators that are used
  gliding = 0; // of them
  glidingBlocks = 0;
  /** What its noise is made of. @type {Loop | null} */
  loop = null;
  start = 0; // sample of the loop it begins with
  place = 0; // in the loop, from there on, of the next hop's noise
  pitched = false; // its noise moves with its pitch
  noisePace = 1; // at which the loop was read at the end of the last hop
  bend = 1; // as it was told last
  top = 0; // cycles a sample of the highest
  semitones = 0; // of the glide, at first
  vibrato = 1; // how far pitch moves beside what it was learnt to; may change as it plays
  pace = 1; // of the oscillators at the block's start, as its pitch moves
  tau = 1; // samples

  /**
   * @param {Kernel} kernel
   * @param {Decoder} decoder
   * @param {ReturnType<typeof makeTables>} tables
   * @param {Hand} hand what is done to it
   */
  constructor(kernel, decoder, tables, hand) {
    this.kernel = kernel;
    this.hand = hand;
    this.decoder = decoder;
    this.tables = tables;
    const { run } = kernel;
    /** @param {number} count */
    const allocate = (count) => kernel.allocate(count);
    this.middle = allocate(HOP); // the block that was made last
    this.side = allocate(HOP);
    this.rows = new Rows(kernel, decoder, tables.power);
    this.turns = allocate(2 * PARTIALS);
    this.paces = allocate(2 * PARTIALS);
    this.pan = allocate(PARTIALS);
    this.twin = allocate(PARTIALS);
    this.from = allocate(PARTIALS);
    this.to = allocate(PARTIALS);
    this.bins = allocate(516);
    this.noiseSize = run.NOISE_STATE.value + 2 * run.SHAPER_STATE.value;
    this.noise = allocate(this.noiseSize);
    this.shaper = this.noise + 4 * run.NOISE_STATE.value;
    this.sideShaper = this.shaper + 4 * run.SHAPER_STATE.value;
    this.binPan = allocate(516);
    this.binWidth = allocate(516);
    this.attack = allocate((KNOTS - 1) * ATTACK_HOP);
    this.stepGains = allocate((STEPS + 1) * ERBS);
    this.fifo = allocate(FIFO);
    this.sideFifo = allocate(FIFO);
    this.late = allocate(SHAPER_LEAD);
    this.sideLate = allocate(SHAPER_LEAD);
    this.onset = new Float32Array(ONSET_SIZE);
  }

  // -------------------------------------------------------------- the beginning

  /**
   * Makes ready to play a take (see playing.js) from its first block.
   *
   * @param {Network} network
   * @param {Take} take
   */
  begin(network, take) {
    const { kernel, rows } = this;
    this.take = take;
    this.release();
    this.loop = this.tables.loops.acquire(network, take.modes, take.modesRatio);
    this.start = loopStart(take.key);
    this.pitched = take.reference !== REFERENCE_HZ * take.ratio;
    this.bend = 1;
    rows.begin(network, take, this.onset);
    partialGains(this.onset, kernel.view(this.attack, (KNOTS - 1) * ATTACK_HOP));
    noiseGains(this.onset, kernel.view(this.stepGains, (STEPS + 1) * ERBS));
    this.placeImage();
    this.placeOscillators();
    kernel.clear(this.noise, this.noiseSize);
    this.block = 0;
    this.hop = 0;
    this.running = false;
    this.waiting = 0;
    this.gain = dbToGain(take.gain - rows.loudnessError());
    this.readPartials(0, this.from);
    this.vibrato = take.vibrato;
    this.pace = this.paceAt(0);
    this.noisePace = this.pitched ? this.pace : 1;
    this.place = NOISE_LEAD * this.noisePace;
    this.makeNoise(); // of the first block: it is the dearest, and hardly a bend changes it
  }

  /** Gives back what only a sound that is played needs. */
  release() {
    if (this.loop) this.tables.loops.release(this.loop);
    this.loop = null;
  }

  placeImage() {
    this.image = imageOf(this.onset, this.take.width);
    if (this.image.mono) return;
    atBins(this.image.pan, this.kernel.view(this.binPan, 516));
    atBins(this.image.width, this.kernel.view(this.binWidth, 516));
  }

  placeOscillators() {
    const { f32, f64 } = this.kernel;
    const [offsets] = ONSET.offsets;
    const hz = oscillatorHz(this.onset.subarray(offsets, offsets + BANDS), this.take.reference);
    startTurns(this.onset, f64.subarray(this.turns >> 3, (this.turns >> 3) + BANDS));
    this.count = 0;
    this.gliding = 0;
    for (let k = 0; k < BANDS; k++) {
      const usable = hz[k] < NYQUIST_MARGIN * SAMPLE_RATE;
      if (usable) this.count = k + 1;
      if (hz[k] < GLIDE_TOP_HZ) this.gliding = k + 1;
      f64[(this.paces >> 3) + k] = usable ? hz[k] / SAMPLE_RATE : 0;
      if (this.image.mono) continue;
      f32[(this.pan >> 2) + k] = atHz(this.image.pan, hz[k]);
      f32[(this.twin >> 2) + k] = atHz(this.image.width, hz[k]) * (k % 2 ? 1 : -1);
    }
    this.top = this.count ? hz[this.count - 1] / SAMPLE_RATE : 0;
    const [glide] = ONSET.glide;
    this.semitones = this.onset[glide];
    this.tau =
      Math.exp(clamp(this.onset[glide + 1], LOWEST_LOG_TAU, HIGHEST_LOG_TAU)) * SAMPLE_RATE;
    const away = Math.abs(this.semitones) / STILL_SEMITONES;
    const moving = away > 1 ? Math.floor(this.tau * Math.log(away)) + 1 : 0;
    this.glidingBlocks = Math.ceil(moving / HOP);
  }

  /**
   * Lifts the key of what is held.
   *
   * @param {number} samples
   * @param {number} [pace] how many times as fast as it was learnt
   */
  letGo(samples, pace = 1) {
    this.rows.holding.letGo(Math.ceil(samples / HOP), pace);
  }

  /** Decodes what one of the next blocks will need, so that blocks cost alike; one batch of points at most. */
  lookAhead() {
    this.rows.lookOn(this.block + LEAD);
  }

  /** Samples until the sound has ended, as far as that is known. */
  get samples() {
    return HOP * this.rows.last;
  }

  get over() {
    return this.block > this.rows.last + 3;
  }

  // -------------------------------------------------------------- blocks

  /**
   * The next HOP samples, to this.middle and, unless the image is mono, this.side.
   *
   * @param {number} bend
   */
  step(bend) {
    const { kernel } = this;
    const { run } = kernel;
    const wide = !this.image.mono;
    this.bend = bend;
    kernel.clear(this.middle, HOP);
    if (wide) kernel.clear(this.side, HOP);
    this.readPartials(this.block + 1, this.to);
    const next = this.paceAt(this.block + 1);
    this.oscillate(bend * this.pace, bend * next, wide);
    this.pace = next;
    [this.from, this.to] = [this.to, this.from];
    if (this.block < ATTACK_BLOCKS) {
      const gains = this.attack + 4 * HOP * this.block;
      run.multiply(this.middle, gains, HOP);
      if (wide) run.multiply(this.side, gains, HOP);
    }
    this.makeNoise();
    run.mix(this.fifo, this.middle, HOP, 1, 1);
    if (wide) run.mix(this.sideFifo, this.side, HOP, 1, 1);
    this.waiting -= HOP;
    kernel.copy(this.fifo + 4 * HOP, this.fifo, this.waiting);
    if (wide) kernel.copy(this.sideFifo + 4 * HOP, this.sideFifo, this.waiting);
    this.block++;
  }

  /**
   * Amplitudes [PARTIALS] of a row's oscillators as they are played, to `out`.
   *
   * @param {number} row
   * @param {Address} out
   */
  readPartials(row, out) {
    this.rows.partials(row, out);
    if (this.hand.active) this.kernel.run.multiply(out, this.hand.partials, PARTIALS);
  }

  /**
   * Gains of a row's noise as it is played.
   *
   * @param {number} row
   */
  readNoise(row) {
    this.rows.noise(row, this.bins);
    if (this.hand.active) this.kernel.run.multiply(this.bins, this.hand.bins, 516);
  }

  /**
   * How fast oscillators run at a row, as the sound's own pitch moves.
   *
   * @param {number} row
   */
  paceAt(row) {
    const wheel = 1 + this.hand.now.vibrato; // what has a vibrato has up to twice as much of it
    const cents = this.rows.centsAt(row) * this.vibrato * wheel;
    return cents === 0 ? 1 : 2 ** (clamp(cents, -MOST_CENTS, MOST_CENTS) / 1200);
  }

  /**
   * from, to: how fast oscillators run at the block's start and end, in a straight line between.
   *
   * @param {number} from
   * @param {number} to
   * @param {boolean} wide
   */
  oscillate(from, to, wide) {
    const { kernel, tables } = this;
    const gliding = this.block < this.glidingBlocks;
    const bent = from !== 1 || to !== 1;
    const passed = 0.5 * HOP * (from + to);
    let glided = passed;
    if (gliding) glided = this.warp(from, to, kernel.view(tables.warped, HOP));
    if (bent) {
      const time = kernel.view(tables.bent, HOP);
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
      wide ? this.pan : 0,
      this.twin,
      count,
      Math.min(this.gliding, count),
      gliding ? tables.warped : bent ? tables.bent : 0,
      bent ? tables.bent : 0,
      glided,
      passed,
      this.middle,
      this.side,
    );
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

  /** Noise for one block. */
  makeNoise() {
    while (this.waiting < HOP) this.noiseHop(!this.image.mono);
  }

  /**
   * One hop of noise, to the end of the queue; while the onset lasts through its gains.
   *
   * @param {boolean} wide
   */
  noiseHop(wide) {
    const { hop, tables } = this;
    if (hop === 0) {
      // Before the onset the levels stood still: three hops that are not heard.
      this.readNoise(0);
      for (let early = 0; early < 3; early++) this.filter(this.noisePace, wide);
    }
    this.readNoise(hop + 1);
    this.filter(this.pitched ? this.paceAt(hop + 1) * this.bend : 1, wide);
    if (hop < SHAPED_HOPS) {
      this.shapeHop(wide);
    } else {
      if (hop === SHAPED_HOPS) this.queue(this.late, this.sideLate, SHAPER_LEAD, wide);
      this.queue(tables.middle, tables.side, HOP, wide);
    }
    this.hop++;
  }

  /**
   * The noise of the next window, to the tables' middle and side, its excitation read at a pace that is reached at
   * the window's end.
   *
   * @param {number} pace
   * @param {boolean} wide
   */
  filter(pace, wide) {
    const { tables, image, loop, place, noisePace } = this;
    if (!loop) return;
    const still = pace === 1 && noisePace === 1 && Number.isInteger(place);
    if (!still) this.readLoop(loop, pace, wide && !image.narrow);
    this.place += 0.5 * HOP * (noisePace + pace);
    this.noisePace = pace;
    this.running = this.kernel.run.noise_hop(
      this.noise,
      still ? loop.address : tables.read,
      still ? ((this.start + place) % LOOP_SIZE) - NOISE_LEAD : -NOISE_LEAD,
      0,
      this.running,
      this.bins,
      wide ? this.binPan : 0,
      wide && !image.narrow ? this.binWidth : 0,
      tables.middle,
      tables.side,
    );
  }

  /**
   * The loop's next HOP samples, and its twin's, read at a pace that changes from that of the last hop to this, to
   * the beginning and the middle of the tables' `read`; before them what the window saw, if that is not there.
   *
   * @param {Loop} loop
   * @param {number} pace
   * @param {boolean} twin
   */
  readLoop(loop, pace, twin) {
    const { f32 } = this.kernel;
    const from = this.noisePace;
    const faster = (pace - from) / (2 * HOP);
    for (let n = this.running ? 0 : -NOISE_LEAD; n < HOP; n++) {
      const at = this.place + n * (n < 0 ? from : from + n * faster);
      const whole = Math.floor(at);
      for (const half of twin ? [0, LOOP_SIZE / 2] : [0]) {
        const out = (this.tables.read >> 2) + ((half + n) & (LOOP_SIZE - 1));
        f32[out] = between(f32, loop.address >> 2, this.start + half + whole, at - whole);
      }
    }
  }

  /**
   * This hop through the gains of the onset, to the queue, as far as it lies after the onset.
   *
   * @param {boolean} wide
   */
  shapeHop(wide) {
    const { kernel, tables, hop } = this;
    for (let part = 0; part < HOP / ATTACK_HOP; part++) {
      const window = (hop * HOP) / ATTACK_HOP + part;
      const step = Math.min(Math.max(window - FIRST_STEP, 0), STEPS);
      const gains = this.stepGains + 4 * ERBS * step;
      const at = 4 * ATTACK_HOP * part;
      kernel.run.shape_hop(this.shaper, tables.middle + at, gains, tables.shaped + at);
      if (wide)
        kernel.run.shape_hop(this.sideShaper, tables.side + at, gains, tables.sideShaped + at);
    }
    const early = clamp(HOP + SHAPER_LEAD - hop * HOP, 0, HOP);
    this.queue(tables.shaped + 4 * early, tables.sideShaped + 4 * early, HOP - early, wide);
    if (hop === SHAPED_HOPS - 1) this.keepLate(wide);
  }

  /**
   * What the shaping still holds back when it ends comes unshaped: its gains are 1 by then.
   *
   * @param {boolean} wide
   */
  keepLate(wide) {
    const { kernel, tables } = this;
    const at = 4 * (HOP - SHAPER_LEAD);
    kernel.copy(tables.middle + at, this.late, SHAPER_LEAD);
    if (wide) kernel.copy(tables.side + at, this.sideLate, SHAPER_LEAD);
  }

  /**
   * @param {Address} middle
   * @param {Address} side
   * @param {number} count
   * @param {boolean} wide
   */
  queue(middle, side, count, wide) {
    const { kernel } = this;
    kernel.copy(middle, this.fifo + 4 * this.waiting, count);
    if (wide) kernel.copy(side, this.sideFifo + 4 * this.waiting, count);
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
 * What all voices of a kernel share: scratch and constant rows.
 *
 * @param {Kernel} kernel
 */
export function makeTables(kernel) {
  const scratch = () => kernel.allocate(HOP);
  return {
    power: kernel.keep(POWER_SHARE),
    loops: new Loops(kernel),
    warped: scratch(),
    bent: scratch(),
    read: kernel.allocate(LOOP_SIZE),
    middle: scratch(),
    side: scratch(),
    shaped: scratch(),
    sideShaped: scratch(),
  };
}
