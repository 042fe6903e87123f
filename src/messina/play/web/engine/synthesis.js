/* One sound, block by block: the twin of the Python class frames.synthesis.Synthesiser, its rows
 * decoded as they are needed.
 *
 * A block is HOP samples of middle and side at this.middle and this.side. Rows lead blocks by up to
 * three, for the noise of a row reaches half a window round it and the shaping of the onset a bit more. */

import { BATCH } from "./decoder.js";
import {
  ATTACK_HOP, BANDS, DENSE_POINTS, ERBS, FLOOR, GROUPS, HOP, KNOTS, NOISE_FLOOR, ONSET,
  ONSET_SIZE, PARTIALS, PARTIAL_FLOOR, POINTS, POINT_FRAMES, POWER_SHARE, ROW, SAMPLE_RATE, STEPS,
  clamp, dbToGain, oscillatorHz, placeOf,
} from "./layout.js";
import { Shape, hold, noiseGains, partialGains, startTurns } from "./shaping.js";
import { atBins, atHz, imageOf } from "./stereo.js";

const GLIDE_TOP_HZ = 1_500;
const STILL_SEMITONES = 0.01;
const NYQUIST_MARGIN = 0.48;
const LOG_TAU_RANGE = [-6, 1];
const AUDIBLE_NEPERS = 0.4;
const STEADY_FRAMES = 5; // 30 ms: the attack is not stretched
const ATTACK_BLOCKS = ((KNOTS - 1) * ATTACK_HOP) / HOP;
const SHAPED_HOPS = 8; // of the noise go through the gains of the onset
const FIRST_STEP = 5; // window of the onset's filter whose middle is the onset
const SHAPER_LEAD = 192;
const FIFO = 1024;
const LOUDNESS_FRAMES = 9;
const MOST_CORRECTION_DB = 9;

export class Synthesis {
  constructor(kernel, decoder, tables) {
    this.kernel = kernel;
    this.decoder = decoder;
    this.tables = tables;
    const { run } = kernel;
    const allocate = (count) => kernel.allocate(count);
    this.middle = allocate(HOP); // the block that was made last
    this.side = allocate(HOP);
    this.points = allocate(POINTS * ROW);
    this.turns = allocate(2 * PARTIALS);
    this.paces = allocate(2 * PARTIALS);
    this.pan = allocate(PARTIALS);
    this.twin = allocate(PARTIALS);
    this.from = allocate(PARTIALS);
    this.to = allocate(PARTIALS);
    this.groups = allocate(GROUPS);
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
    this.tuned = 0;
    this.tunedSize = 0;
    this.decoded = new Uint8Array(POINTS);
    this.indices = new Uint8Array(BATCH);
    this.powers = new Float64Array(2 * DENSE_POINTS);
    this.onset = new Float32Array(ONSET_SIZE);
    this.shape = new Shape();
    this.network = null;
  }

  // -------------------------------------------------------------- the beginning

  /** Makes ready to play a take (see playing.js) from its first block. */
  begin(network, take) {
    const { kernel, decoder } = this;
    this.network = network;
    this.take = take;
    if (this.tunedSize !== network.tunedSize) {
      if (this.tuned) kernel.free(this.tuned, this.tunedSize);
      this.tuned = kernel.allocate(network.tunedSize);
      this.tunedSize = network.tunedSize;
    }
    decoder.tune(network, take, this.tuned);
    this.onset.set(kernel.view(decoder.onset, ONSET_SIZE));
    this.shape.set(take.tilt, take.ratio);
    hold(this.onset);
    partialGains(this.onset, kernel.view(this.attack, (KNOTS - 1) * ATTACK_HOP));
    noiseGains(this.onset, kernel.view(this.stepGains, (STEPS + 1) * ERBS));
    this.placeImage();
    this.placeOscillators();
    this.clearTime();
    this.gain = dbToGain(take.gain - this.loudnessError());
    this.levels(0, this.from);
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
    this.tau = Math.exp(clamp(this.onset[glide + 1], ...LOG_TAU_RANGE)) * SAMPLE_RATE;
    const away = Math.abs(this.semitones) / STILL_SEMITONES;
    const moving = away > 1 ? Math.floor(this.tau * Math.log(away)) + 1 : 0;
    this.glidingBlocks = Math.ceil(moving / HOP);
  }

  clearTime() {
    const { kernel } = this;
    this.decoded.fill(0);
    this.heardPoint = -1; // last audible one found
    this.lastPoint = POINTS; // of the sound, once known
    this.next = 0; // first point not looked at yet
    this.block = 0; // blocks made
    this.hop = 0; // of the noise made
    this.running = false; // whether the noise's window holds the last hop
    this.waiting = 0; // samples of noise made and not used
    kernel.view(this.noise, this.noiseSize).fill(0);
    const { points } = this.network.config;
    if (points < POINTS) kernel.f32.set(FLOOR, (this.points >> 2) + points * ROW);
  }

  /** How much louder the decoded sound is than it should be, in dB; see the Python twin `to_frames`. */
  loudnessError() {
    const power = this.loudestPower();
    const nepers = 0.5 * Math.log(Math.max(power, 1e-12));
    return clamp((nepers * 20) / Math.LN10, -MOST_CORRECTION_DB, MOST_CORRECTION_DB);
  }

  /**
   * Mean power of the loudest 50 ms. It is nearly always at the onset, which is decoded anyway; a few
   * points further on tell whether it can be. Only if not is the whole sound decoded.
   */
  loudestPower() {
    const { points } = this.network.config;
    this.look(Math.min(DENSE_POINTS, points) - 1);
    const frames = this.lastPoint < POINTS ? this.lastRow() + 1 : 2 * LOUDNESS_FRAMES;
    const looked = Math.min(DENSE_POINTS, frames);
    const width = Math.min(LOUDNESS_FRAMES, frames);
    let sum = 0;
    let most = 0;
    let best = 0;
    for (let t = 0; t < looked; t++) {
      this.powers[t] = this.powerAt(t);
      sum += this.powers[t] - (t >= width ? this.powers[t - width] : 0);
      if (t >= width - 1 && sum > most) [most, best] = [sum, t];
    }
    if (this.lastPoint < POINTS && this.lastRow() < DENSE_POINTS) return most / width;
    if (best < looked - 1 && !this.swellsLater(most / width)) return most / width;
    return this.loudestOfAll();
  }

  swellsLater(power) {
    const { points } = this.network.config;
    const gap = (points - DENSE_POINTS) / (BATCH + 1);
    if (gap < 1) return false;
    const probes = Uint8Array.from({ length: BATCH }, (_, i) => DENSE_POINTS + gap * (i + 0.5));
    this.indices.set(probes);
    this.decode(BATCH);
    return probes.some((point) => this.pointPower(point) > 0.5 * power);
  }

  /**
   * The same over the whole sound. Between points levels run straight in log, so power is highest at
   * them, and so is that of 50 ms around them: only points over the best so far can hold a better one.
   */
  loudestOfAll() {
    this.look(POINTS - 1);
    const points = Array.from({ length: this.lastPoint + 1 }, (_, p) => p);
    const powers = points.map((point) => this.pointPower(point));
    points.sort((a, b) => powers[b] - powers[a]);
    let most = 0;
    for (const point of points) {
      if (powers[point] <= most) break;
      most = Math.max(most, this.loudestAround(Math.round(this.rowOf(point))));
    }
    return most;
  }

  /** Highest mean power of LOUDNESS_FRAMES rows that reach a row. */
  loudestAround(row) {
    const last = this.lastRow();
    const width = Math.min(LOUDNESS_FRAMES, last + 1);
    const first = Math.max(row - width, 0);
    const end = Math.min(row + width, last);
    let sum = 0;
    let most = 0;
    for (let t = first; t <= end; t++) {
      sum += this.powers[t - first] = this.powerAt(t);
      if (t - first >= width) sum -= this.powers[t - first - width];
      if (t - first >= width - 1) most = Math.max(most, sum);
    }
    return most / width;
  }

  // -------------------------------------------------------------- points and rows

  /** Decodes the first `count` of this.indices that are not decoded yet. */
  decode(count) {
    let wanted = 0;
    for (let i = 0; i < count; i++) {
      if (!this.decoded[this.indices[i]]) this.indices[wanted++] = this.indices[i];
    }
    if (wanted === 0) return;
    const { decoder, shape } = this;
    decoder.decode(this.network, this.take, this.tuned, this.indices, wanted, this.points);
    for (let i = 0; i < wanted; i++) {
      this.decoded[this.indices[i]] = 1;
      if (shape.tilted || shape.moved) {
        shape.applyTo(this.kernel.view(this.points + 4 * ROW * this.indices[i], ROW));
      }
    }
  }

  /** Decodes up to and with a point, in whole batches, as long as the sound sounds. */
  look(point) {
    const used = this.network.config.points;
    while (this.next <= point && this.lastPoint === POINTS) {
      const count = Math.min(BATCH, used - this.next);
      for (let i = 0; i < count; i++) this.indices[i] = this.next + i;
      const first = this.next;
      this.decode(count);
      for (let p = first; p < first + count; p++) this.listen(p);
      this.next += count;
      if (this.next >= used && this.lastPoint === POINTS) this.endAfter(this.heardPoint);
    }
  }

  /** Two points of silence after something was heard are the end. */
  listen(point) {
    const row = this.points + 4 * ROW * point;
    if (this.kernel.run.sounds(row, this.decoder.floor, AUDIBLE_NEPERS, ROW)) {
      this.heardPoint = point;
    } else if (this.heardPoint >= 0 && point - this.heardPoint >= 2) {
      this.endAfter(this.heardPoint);
    }
  }

  endAfter(point) {
    if (this.lastPoint < POINTS) return;
    this.lastPoint = clamp(point + 1, 3, POINTS - 1);
  }

  /** The sound's last row, once its last point is known. */
  lastRow() {
    return Math.floor(this.rowOf(this.lastPoint) + 1e-9);
  }

  /** The row at which a point is read, fractional; the inverse of `placeAt`. */
  rowOf(point) {
    const late = POINT_FRAMES[point] - STEADY_FRAMES;
    return late <= 0 ? POINT_FRAMES[point] : STEADY_FRAMES + late / this.take.speed;
  }

  /** Where on the grid a row is read from. */
  placeAt(row) {
    const late = row - STEADY_FRAMES;
    return placeOf(late <= 0 ? row : STEADY_FRAMES + late * this.take.speed);
  }

  pointPower(point) {
    const row = this.points + 4 * ROW * point;
    return this.kernel.run.power(row, row, 0, this.tables.power, ROW);
  }

  powerAt(row) {
    const place = this.placeAt(row);
    const low = Math.min(Math.floor(place), POINTS - 2);
    this.look(low + 1);
    const a = this.points + 4 * ROW * low;
    return this.kernel.run.power(a, a + 4 * ROW, place - low, this.tables.power, ROW);
  }

  /** Amplitudes of a row's partials, or with `noise` of its noise, to `out`. */
  levels(row, out, noise = false) {
    const { kernel } = this;
    const place = this.placeAt(row);
    const low = Math.min(Math.floor(place), POINTS - 2);
    this.look(low + 1);
    const count = noise ? GROUPS : PARTIALS;
    if (this.lastPoint < POINTS && row > this.lastRow()) {
      kernel.view(out, count).fill(0);
      return;
    }
    const a = this.points + 4 * (ROW * low + (noise ? PARTIALS : 0));
    const floor = noise ? NOISE_FLOOR : PARTIAL_FLOOR;
    kernel.run.amplitudes(a, a + 4 * ROW, place - low, floor, out, count);
  }

  /** Decodes what the next block will need, so that blocks cost alike. */
  lookAhead() {
    this.look(Math.min(Math.floor(this.placeAt(this.block + 3)) + 1, POINTS - 1));
  }

  get over() {
    return this.lastPoint < POINTS && this.block > this.lastRow() + 3;
  }

  // -------------------------------------------------------------- blocks

  /** The next HOP samples, to this.middle and, unless the image is mono, this.side. */
  step(bend) {
    const { kernel } = this;
    const { run } = kernel;
    const wide = !this.image.mono;
    kernel.view(this.middle, HOP).fill(0);
    if (wide) kernel.view(this.side, HOP).fill(0);
    this.levels(this.block + 1, this.to);
    this.oscillate(bend, wide);
    [this.from, this.to] = [this.to, this.from];
    if (this.block < ATTACK_BLOCKS) {
      const gains = this.attack + 4 * HOP * this.block;
      run.multiply(this.middle, gains, HOP);
      if (wide) run.multiply(this.side, gains, HOP);
    }
    while (this.waiting < HOP) this.noiseHop(wide);
    run.mix(this.fifo, this.middle, HOP, 1, 1);
    if (wide) run.mix(this.sideFifo, this.side, HOP, 1, 1);
    this.waiting -= HOP;
    kernel.copy(this.fifo + 4 * HOP, this.fifo, this.waiting);
    if (wide) kernel.copy(this.sideFifo + 4 * HOP, this.sideFifo, this.waiting);
    this.block++;
  }

  oscillate(bend, wide) {
    const { kernel, tables } = this;
    const gliding = this.block < this.glidingBlocks;
    const bent = bend !== 1;
    let glided = HOP * bend;
    if (gliding) glided = this.warp(bend, kernel.view(tables.warped, HOP));
    if (bent) {
      const time = kernel.view(tables.bent, HOP);
      for (let n = 0; n < HOP; n++) time[n] = n * bend;
    }
    let { count } = this;
    const reach = NYQUIST_MARGIN / Math.max(bend, 1);
    while (count > 0 && this.top > reach && kernel.f64[(this.paces >> 3) + count - 1] > reach) count--;
    kernel.run.oscillate(
      this.turns, this.paces, this.from, this.to, wide ? this.pan : 0, this.twin, count,
      Math.min(this.gliding, count), gliding ? tables.warped : bent ? tables.bent : 0,
      bent ? tables.bent : 0, glided, HOP * bend, this.middle, this.side,
    );
  }

  /** Warped time of this block's samples, from 0 on, to `time`; returns what passes in all. */
  warp(bend, time) {
    const swing = (this.semitones * Math.LN2) / 12;
    const pace = Math.exp(-1 / this.tau);
    let fall = Math.exp(-(this.block * HOP + 0.5) / this.tau);
    let now = 0;
    for (let n = 0; n < HOP; n++) {
      time[n] = now;
      now += bend * Math.exp(swing * fall);
      fall *= pace;
    }
    return now;
  }

  /** One hop of noise, to the end of the queue; while the onset lasts through its gains. */
  noiseHop(wide) {
    const { hop, tables } = this;
    if (hop === 0) {
      // Before the onset the levels stood still: three hops that are not heard.
      this.levels(0, this.groups, true);
      for (let early = 0; early < 3; early++) this.filter(early, wide);
    }
    this.levels(hop + 1, this.groups, true);
    this.filter(hop + 3, wide);
    if (hop < SHAPED_HOPS) {
      this.shapeHop(wide);
    } else {
      if (hop === SHAPED_HOPS) this.queue(this.late, this.sideLate, SHAPER_LEAD, wide);
      this.queue(tables.middle, tables.side, HOP, wide);
    }
    this.hop++;
  }

  /** The noise of one window, to the tables' middle and side. */
  filter(window, wide) {
    const { tables, image, take } = this;
    this.running = this.kernel.run.noise_hop(
      this.noise, take.key, window, this.running, this.groups, wide ? this.binPan : 0,
      wide && !image.narrow ? this.binWidth : 0, tables.middle, tables.side,
    );
  }

  /** This hop through the gains of the onset, to the queue, as far as it lies after the onset. */
  shapeHop(wide) {
    const { kernel, tables, hop } = this;
    for (let part = 0; part < HOP / ATTACK_HOP; part++) {
      const window = (hop * HOP) / ATTACK_HOP + part;
      const step = Math.min(Math.max(window - FIRST_STEP, 0), STEPS);
      const gains = this.stepGains + 4 * ERBS * step;
      const at = 4 * ATTACK_HOP * part;
      kernel.run.shape_hop(this.shaper, tables.middle + at, gains, tables.shaped + at);
      if (wide) kernel.run.shape_hop(this.sideShaper, tables.side + at, gains, tables.sideShaped + at);
    }
    const early = clamp(HOP + SHAPER_LEAD - hop * HOP, 0, HOP);
    this.queue(tables.shaped + 4 * early, tables.sideShaped + 4 * early, HOP - early, wide);
    if (hop === SHAPED_HOPS - 1) this.keepLate(wide);
  }

  /** What the shaping still holds back when it ends comes unshaped: its gains are 1 by then. */
  keepLate(wide) {
    const { kernel, tables } = this;
    const at = 4 * (HOP - SHAPER_LEAD);
    kernel.copy(tables.middle + at, this.late, SHAPER_LEAD);
    if (wide) kernel.copy(tables.side + at, this.sideLate, SHAPER_LEAD);
  }

  queue(middle, side, count, wide) {
    const { kernel } = this;
    kernel.copy(middle, this.fifo + 4 * this.waiting, count);
    if (wide) kernel.copy(side, this.sideFifo + 4 * this.waiting, count);
    this.waiting += count;
  }
}

/** What all voices of a kernel share: scratch and constant rows. */
export function makeTables(kernel) {
  const scratch = () => kernel.allocate(HOP);
  return {
    power: kernel.keep(POWER_SHARE),
    warped: scratch(),
    bent: scratch(),
    middle: scratch(),
    side: scratch(),
    shaped: scratch(),
    sideShaped: scratch(),
  };
}
