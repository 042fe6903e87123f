// @ts-check
/* Frames of a texture to sound, HOP samples a frame, for ever: the twin of the Python module texture/synthesis,
 * which has the derivations. A frame is heard whole three hops after it is given. */

/** @import { Kernel } from "../kernel.js" */
/** @import { Address } from "../types.d.ts" */

import { CounterRng, PURPOSE } from "../counter-rng.js";
import { BINS, HOP, NOISE_SIZE, SAMPLE_RATE, ZONES } from "../layout.js";
import { atBins } from "../stereo.js";
import { SYNTHESIS } from "./constants.js";
import { MovingExcitation } from "./fine.js";
import {
  BANDS,
  GROUP_OF_BAND,
  GROUP_OF_BIN,
  logFrequency,
  NOISE,
  OFFSETS,
  PARTIALS,
  STEREO,
  ZONE_OF_BAND,
} from "./layout.js";

const LEAD = NOISE_SIZE / HOP - 1;
const SILENT = Math.log(1e-6);
const { EXCITATION, FADED, HIDDEN_BY, HIDING, TOP_TURNS } = SYNTHESIS;

/** @param {number} level */
const amplitude = (level) => Math.exp(level) * Math.min(Math.max((level - SILENT) / FADED, 0), 1);

/**
 * The row of zones at a place between them.
 *
 * @param {Float32Array} row
 * @param {number} place
 */
function between(row, place) {
  const low = Math.min(Math.floor(place), ZONES - 2);
  return row[low] + (place - low) * (row[low + 1] - row[low]);
}

/** @typedef {{ levels: Address, paces: Address, pan: Address, twin: Address }} Oscillators */

export class TextureSynthesiser {
  #kernel;
  #hops = 0;
  /** Whether the state holds the noise of the last hop, as the kernel says it. @type {number | boolean} */
  #noisy = false;
  /** Of the oscillators, the oldest first. @type {Oscillators[]} */
  #rows;
  #state;
  #excitation;

  /** Samples of silence before the first frame is heard. */
  static LATE = (LEAD + 1) * HOP;

  /** @param {Kernel} kernel */
  constructor(kernel) {
    this.#kernel = kernel;
    /** @param {number} count */
    const allocate = (count) => kernel.allocate(count);
    this.#state = allocate(kernel.run.NOISE_STATE.value);
    this.#rows = Array.from({ length: LEAD + 1 }, () => ({
      levels: allocate(BANDS),
      paces: allocate(2 * BANDS),
      pan: allocate(BANDS),
      twin: allocate(BANDS),
    }));
    this.turns = allocate(2 * BANDS);
    this.#excitation = new MovingExcitation(kernel);
    this.bins = allocate(BINS);
    this.binPan = allocate(BINS);
    this.binWidth = allocate(BINS);
    this.middle = allocate(HOP);
    this.side = allocate(HOP);
  }

  /**
   * From the beginning, with the first phases of a key, and noise of a fine spectrum [FINE_BYTES].
   *
   * @param {{ key: number, fine: Uint8Array }} options
   */
  begin({ key, fine }) {
    const kernel = this.#kernel;
    this.#hops = 0;
    this.#noisy = false;
    this.#excitation.begin(new CounterRng(key, PURPOSE.TEXTURE, EXCITATION), fine);
    kernel.view(this.#state, kernel.run.NOISE_STATE.value).fill(0);
    const random = new CounterRng(key, PURPOSE.TEXTURE);
    kernel.f64.set(
      Float64Array.from({ length: BANDS }, () => random.uniform()),
      this.turns >> 3,
    );
  }

  /**
   * From the next frame on the noise goes over to this fine spectrum [FINE_BYTES].
   *
   * @param {Uint8Array} fine
   */
  turnTo(fine) {
    this.#excitation.turnTo(fine);
  }

  /**
   * One frame [FRAME_SIZE]: HOP samples into left and right at `at`.
   *
   * @param {Float32Array} frame
   * @param {Float32Array} left
   * @param {Float32Array} right
   * @param {number} at
   */
  step(frame, left, right, at) {
    const { run } = this.#kernel;
    if (this.#hops === 0) for (const row of this.#rows) this.#placeOscillators(frame, row, true);
    this.#rows = [...this.#rows.slice(1), this.#rows[0]];
    this.#placeOscillators(frame, this.#rows[LEAD], false);
    this.#placeNoise(frame);
    this.#noisy = run.noise_hop(
      this.#state,
      this.#excitation.ring,
      0,
      this.#excitation.write(),
      this.#noisy,
      this.bins,
      this.binPan,
      this.binWidth,
      this.middle,
      this.side,
    );
    const [from, to] = this.#rows;
    run.drift(
      this.turns,
      from.paces,
      to.paces,
      from.levels,
      to.levels,
      from.pan,
      from.twin,
      BANDS,
      this.middle,
      this.side,
    );
    this.#hops += 1;
    const [middle, side] = [this.#kernel.view(this.middle, HOP), this.#kernel.view(this.side, HOP)];
    for (let n = 0; n < HOP; n++) {
      left[at + n] = middle[n] - side[n];
      right[at + n] = middle[n] + side[n];
    }
  }

  /**
   * @param {Float32Array} frame
   * @param {Oscillators} row
   * @param {boolean} silent
   */
  #placeOscillators(frame, row, silent) {
    const { f64 } = this.#kernel;
    /** @param {Address} address */
    const view = (address) => this.#kernel.view(address, BANDS);
    const [levels, pans, twins] = [view(row.levels), view(row.pan), view(row.twin)];
    const pan = frame.subarray(STEREO, STEREO + ZONES);
    const width = frame.subarray(STEREO + ZONES, STEREO + 2 * ZONES);
    for (let k = 0; k < BANDS; k++) {
      const pace = Math.exp(logFrequency(k, frame[OFFSETS + k])) / SAMPLE_RATE;
      f64[(row.paces >> 3) + k] = pace;
      const level = frame[PARTIALS + k];
      // What the noise around hides falls silent, to save sines.
      const over = level - frame[NOISE + GROUP_OF_BAND[k]] + HIDDEN_BY;
      levels[k] = silent || pace >= TOP_TURNS ? 0 : amplitude(level + Math.min(over, 0) * HIDING);
      pans[k] = between(pan, ZONE_OF_BAND[k]);
      twins[k] = between(width, ZONE_OF_BAND[k]) * (k % 2 ? 1 : -1);
    }
  }

  /** @param {Float32Array} frame */
  #placeNoise(frame) {
    const bins = this.#kernel.view(this.bins, BINS);
    let group = -1;
    for (let bin = 0, gain = 0; bin < GROUP_OF_BIN.length; bin++) {
      if (GROUP_OF_BIN[bin] !== group) {
        group = GROUP_OF_BIN[bin];
        gain = amplitude(frame[NOISE + group]);
      }
      bins[bin] = gain;
    }
    atBins(frame.subarray(STEREO, STEREO + ZONES), this.#kernel.view(this.binPan, BINS));
    atBins(
      frame.subarray(STEREO + ZONES, STEREO + 2 * ZONES),
      this.#kernel.view(this.binWidth, BINS),
    );
  }
}
