// @ts-check
/* From a latent to levels and an onset vector: the network, run by the kernel, the twin of the Python module
 * instrument/network. Any point in time can be had on its own, four at a time are cheapest. Used in the
 * worklet; on the page's thread to measure. */

/** @import { Kernel } from "./kernel.js" */
/** @import { Address, Layer, PackedNetwork, Take, TouchLaw } from "./types.d.ts" */

import { DECODING, NETWORK } from "./constants.js";
import {
  BANDS,
  FLOOR,
  GROUPS,
  HOP,
  LAST_FRAME,
  ONSET_SIZE,
  PARTIALS,
  POINT_FRAMES,
  POINTS,
  ROW,
  SAMPLE_RATE,
} from "./layout.js";

export const BATCH = 4;

const { BODY_SCALE, DECAY_SHARES, TIME_CONSTANTS, TIME_FEATURES, TIME_WAVES } = NETWORK;
const FIXED_FEATURES = 1 + TIME_CONSTANTS.length + 2 * TIME_WAVES;

/** A take's deviations run smoothly between so many moments and bands. */
export const { DEVIATION_MOMENTS, DEVIATION_BANDS } = DECODING;

/** Features of a point that follow from its time alone [POINTS, FIXED_FEATURES]. */
const FIXED = (() => {
  const table = new Float32Array(POINTS * FIXED_FEATURES);
  POINT_FRAMES.forEach((frame, point) => {
    const logTime = Math.log1p(frame / 2) / Math.log1p(LAST_FRAME / 2);
    const angles = Array.from({ length: TIME_WAVES }, (_, k) => Math.PI * (k + 1) * logTime);
    const row = [
      logTime,
      ...TIME_CONSTANTS.map((tau) => Math.exp(-frame / tau)),
      ...angles.map(Math.sin),
      ...angles.map(Math.cos),
    ];
    table.set(row, point * FIXED_FEATURES);
  });
  return table;
})();

/** A network in the kernel's memory. */
export class Network {
  /**
   * packed: what packing.js makes.
   *
   * @param {Kernel} kernel
   * @param {PackedNetwork} packed
   */
  constructor(kernel, packed) {
    this.kernel = kernel;
    this.config = packed.config;
    this.width = packed.width; // padded
    this.labels = packed.labels;
    this.fine = packed.fine; // [M, LAYOUT.FINE_CELLS / 2], packed
    this.fineOf = packed.fineOf; // by known sound
    this.moving = packed.moving;
    this.likely = packed.likely; // of the fine spectra, the likeliest first
    this.size = packed.numbers.length;
    this.address = kernel.keep(packed.numbers);
    /** @type {Record<string, Layer>} */
    this.layers = {};
    for (const [name, layer] of Object.entries(packed.layers)) {
      this.layers[name] = {
        ...layer,
        weight: this.address + 4 * layer.weight,
        bias: this.address + 4 * layer.bias,
      };
    }
    this.body = Array.from({ length: this.config.layers }, (_, i) => this.layers[`body.${i}`]);
    this.tunedSize = this.layers.film.outputs;
    /** By label, those that are known. @type {Map<number, TouchLaw>} */
    this.laws = new Map();
  }

  /**
   * Whether a take is one of this network's sounds: it may have been replaced since.
   *
   * @param {Take} take
   */
  fits({ z, labels, modes }) {
    const { latent, labels: known } = this.config;
    const named = labels.every(([label]) => label >= -1 && label < known);
    return z.length === latent && named && modes < this.fineOf.length;
  }

  free() {
    this.kernel.free(this.address, this.size);
  }
}

/** Runs networks; one is enough for all voices, since nothing is kept between calls. */
export class Decoder {
  /** @param {Kernel} kernel */
  constructor(kernel) {
    this.kernel = kernel;
    const widest = 4096;
    this.x = kernel.allocate(widest);
    this.code = kernel.allocate(widest);
    this.code2 = kernel.allocate(widest);
    this.onset = kernel.allocate(ONSET_SIZE + 8);
    this.times = kernel.allocate(BATCH * TIME_FEATURES);
    this.h = kernel.allocate(BATCH * 2048);
    this.n = kernel.allocate(BATCH * 2048);
    this.t = kernel.allocate(BATCH * 2048);
    this.rows = kernel.allocate(BATCH * ROW);
    this.spreads = kernel.allocate(BATCH * ROW);
    this.deviations = kernel.allocate(ROW);
    this.floor = kernel.keep(FLOOR);
    this.knots = new Float32Array(2 * DEVIATION_BANDS);
    this.batches = 0; // decoded so far: what has been worked
  }

  /**
   * @param {Layer} layer
   * @param {Address} x
   * @param {Address} y
   * @param {number} rows
   */
  dense(layer, x, y, rows) {
    const { weight, bias, inputs, outputs } = layer;
    this.kernel.run.dense(x, weight, bias, y, rows, inputs, outputs);
  }

  /**
   * How a take tunes the network's layers, to `tuned` [network.tunedSize]; its raw onset is left in
   * this.onset [ONSET_SIZE] until the next call.
   *
   * @param {Network} network
   * @param {Take} take
   * @param {Address} tuned
   */
  tune(network, take, tuned) {
    const { kernel } = this;
    const { latent, embedding } = network.config;
    const x = kernel.view(this.x, latent + embedding + 5);
    x.set(take.z);
    x.fill(0, latent, latent + embedding);
    for (const [label, weight] of take.labels) {
      const from = (label + 1) * embedding;
      for (let i = 0; i < embedding; i++) x[latent + i] += weight * network.labels[from + i];
    }
    x.set(take.scaled, latent + embedding);
    const { layers } = network;
    this.dense(layers["identity.0"], this.x, this.code, 1);
    kernel.run.silu(this.code, layers["identity.0"].outputs);
    this.dense(layers["identity.1"], this.code, this.code2, 1);
    kernel.run.silu(this.code2, layers["identity.1"].outputs);
    this.dense(layers.film, this.code2, tuned, 1);
    this.dense(layers["onset.0"], this.code2, this.code, 1);
    this.dense(layers["onset.1"], this.code, this.onset, 1);
  }

  /**
   * Decodes up to BATCH points (`count` of these indices) to their rows at `points`
   * [POINTS, ROW], with the take's deviations, no lower than silence.
   *
   * @param {Network} network
   * @param {Take} take
   * @param {Address} tuned
   * @param {ArrayLike<number>} indices
   * @param {number} count
   * @param {Address} points
   */
  decode(network, take, tuned, indices, count, points) {
    const { kernel } = this;
    const { run } = kernel;
    const { width } = network;
    this.batches++;
    this.setTimes(indices, count, take.decayFrames);
    this.dense(network.layers.time, this.times, this.t, BATCH);
    run.film(this.t, tuned, this.h, BATCH, width, 0);
    for (let i = 0; i < network.body.length; i++) {
      run.normalise(this.h, this.n, BATCH, width, network.config.width);
      this.dense(network.body[i], this.n, this.t, BATCH);
      run.film(this.t, tuned + 8 * width * (i + 1), this.h, BATCH, width, 1);
    }
    this.dense(network.layers.level, this.h, this.rows, BATCH);
    const deviates = take.knots !== null && take.deviation > 0;
    if (deviates) this.dense(network.layers.spread, this.h, this.spreads, BATCH);
    for (let i = 0; i < count; i++) {
      const row = this.rows + 4 * ROW * i;
      if (deviates) this.deviateFrom(row, this.spreads + 4 * ROW * i, network, take, indices[i]);
      run.hold(row, this.floor, ROW);
      kernel.bytes.copyWithin(points + 4 * ROW * indices[i], row, row + 4 * ROW);
    }
  }

  /**
   * @param {ArrayLike<number>} indices
   * @param {number} count
   * @param {number} decayFrames
   */
  setTimes(indices, count, decayFrames) {
    const { f32 } = this.kernel;
    let place = this.times >> 2;
    for (let i = 0; i < BATCH; i++) {
      const point = indices[Math.min(i, count - 1)];
      const from = point * FIXED_FEATURES;
      for (let k = 0; k < FIXED_FEATURES; k++) f32[place++] = FIXED[from + k];
      const share = POINT_FRAMES[point] / decayFrames;
      for (let k = 0; k < DECAY_SHARES.length; k++)
        f32[place++] = Math.exp(-share / DECAY_SHARES[k]);
      f32[place++] = Math.log1p(4 * share) / 3;
    }
  }

  /**
   * Straight lines between independent numbers have 2/3 of their variance, in each direction.
   *
   * @param {Address} row
   * @param {Address} spread
   * @param {Network} network
   * @param {Take} take
   * @param {number} point
   */
  deviateFrom(row, spread, network, take, point) {
    const { knots, kernel } = this;
    if (take.knots === null) return;
    const used = network.config.points;
    const time = used > 1 ? ((DEVIATION_MOMENTS - 1) * point) / (used - 1) : 0;
    const low = Math.min(Math.floor(time), DEVIATION_MOMENTS - 2);
    const from = low * knots.length;
    for (let i = 0; i < knots.length; i++) {
      const a = take.knots[from + i];
      knots[i] = 1.5 * (a + (time - low) * (take.knots[from + knots.length + i] - a));
    }
    const out = this.deviations >> 2;
    stretch(knots, 0, kernel.f32, out, BANDS);
    stretch(knots, DEVIATION_BANDS, kernel.f32, out + PARTIALS, GROUPS);
    const amount = take.deviation * BODY_SCALE;
    kernel.run.deviate(
      row,
      spread,
      this.deviations,
      this.floor,
      ROW,
      amount,
      DECODING.MAX_DEVIATION,
    );
  }
}

/**
 * DEVIATION_BANDS numbers at `from` as a line of `count` numbers at `to`.
 *
 * @param {Float32Array} numbers
 * @param {number} from
 * @param {Float32Array} out
 * @param {number} to
 * @param {number} count
 */
function stretch(numbers, from, out, to, count) {
  const pace = (DEVIATION_BANDS - 1) / (count - 1);
  for (let i = 0; i < count; i++) {
    const place = i * pace;
    const low = Math.min(Math.floor(place), DEVIATION_BANDS - 2);
    const a = numbers[from + low];
    out[to + i] = a + (place - low) * (numbers[from + low + 1] - a);
  }
}

/**
 * Decay in frames, as it conditions the network.
 *
 * @param {number} seconds
 */
export const decayFrames = (seconds) => Math.max((seconds * SAMPLE_RATE) / HOP, 1);
