// @ts-check
/* The rows of one sound, a frame each, as they are played: read between the points of the time grid, moved where it
 * moves, held while its key is down. */

/** @import { Decoder, Network } from "./network.js" */
/** @import { Kernel } from "./kernel.js" */
/** @import { Address, Take } from "./types.d.ts" */

import { Decoded } from "./decoding.js";
import { Holding } from "./holding.js";
import { BINS, NOISE_FLOOR, PARTIAL_FLOOR, PARTIALS, POINTS, ROW } from "./layout.js";

export class Rows {
  holds = false;
  /** What of `moving` is known: which row's levels it has. */
  movingRow = -1;
  /** Between which levels [ROW] the row lies that was sought, and how far from the first. @type {Address} */
  from = 0;
  /** @type {Address} */
  to = 0;
  share = 0;

  /**
   * shares: address of the power of each number of a row.
   *
   * @param {Kernel} kernel
   * @param {Decoder} decoder
   * @param {Address} shares
   */
  constructor(kernel, decoder, shares) {
    this.kernel = kernel;
    this.decoded = new Decoded(kernel, decoder, shares);
    this.moving = kernel.allocate(ROW); // levels of a row of a sound that moves or is held
    this.levels = new Float32Array(ROW); // of a frame
    this.holding = new Holding(kernel, (frame) => this.levelsAt(frame), shares);
  }

  /**
   * Makes ready to play a take; its onset is left in `onset` [ONSET_SIZE].
   *
   * @param {Network} network
   * @param {Take} take
   * @param {Float32Array} onset
   */
  begin(network, take, onset) {
    this.decoded.begin(network, take, onset);
    this.movingRow = -1;
    this.holds = take.steady !== null;
    if (!take.steady) return;
    const { trajectory } = this.decoded;
    const contour = trajectory.bends
      ? (/** @type {number} */ frame) => trajectory.centsAt(frame)
      : null;
    this.holding.begin(take.steady, take.rows, take.key, contour);
  }

  /** The last row there can be: of what is sustained none, while its key is down. */
  get last() {
    return this.holds ? this.holding.last : this.decoded.last;
  }

  /**
   * Amplitudes [PARTIALS] of a row's oscillators, to `out`.
   *
   * @param {number} row
   * @param {Address} out
   */
  partials(row, out) {
    const { kernel } = this;
    if (row > this.last) {
      kernel.clear(out, PARTIALS);
      return;
    }
    this.seek(row);
    kernel.run.amplitudes(this.from, this.to, this.share, PARTIAL_FLOOR, out, PARTIALS);
  }

  /**
   * Gains [BINS] of the bins of a row's noise, to `out`.
   *
   * @param {number} row
   * @param {Address} out
   */
  noise(row, out) {
    const { kernel } = this;
    if (row > this.last) {
      kernel.clear(out, BINS);
      return;
    }
    this.seek(row);
    const [from, to] = [this.from + 4 * PARTIALS, this.to + 4 * PARTIALS];
    kernel.run.bin_gains(from, to, this.share, NOISE_FLOOR, out);
  }

  /**
   * Cents by which the pitch of a row is moved; past the last it stays.
   *
   * @param {number} row
   */
  centsAt(row) {
    const { trajectory } = this.decoded;
    if (!trajectory.bends) return 0;
    row = Math.min(row, this.last);
    return this.holds ? this.holding.centsAt(row) : trajectory.centsAt(row);
  }

  /**
   * Finds between which levels a row lies.
   *
   * @param {number} row
   */
  seek(row) {
    const { kernel, decoded } = this;
    this.share = 0;
    if (this.holds) {
      kernel.f32.set(this.holding.at(row), this.moving >> 2);
      this.movingRow = -1;
      this.from = this.to = this.moving;
      return;
    }
    const place = decoded.lookAt(row);
    if (decoded.trajectory.moves) {
      this.from = this.to = this.movingAt(row, place);
      return;
    }
    const low = Math.min(Math.floor(place), POINTS - 2);
    this.from = decoded.points + 4 * ROW * low;
    this.to = this.from + 4 * ROW;
    this.share = place - low;
  }

  /**
   * Address of the levels [ROW] of a row of a sound that moves; past the last point there is silence.
   *
   * @param {number} row
   * @param {number} place
   */
  movingAt(row, place) {
    if (this.movingRow === row) return this.moving;
    const { kernel, decoded } = this;
    const { f32 } = kernel;
    const used = Math.min(decoded.network.config.points, POINTS - 1);
    const low = Math.min(Math.floor(place), POINTS - 2);
    const a = (decoded.points >> 2) + ROW * Math.min(low, used);
    const b = (decoded.points >> 2) + ROW * Math.min(low + 1, used);
    const out = this.moving >> 2;
    for (let i = 0; i < ROW; i++)
      f32[out + i] = f32[a + i] + (place - low) * (f32[b + i] - f32[a + i]);
    decoded.trajectory.addTo(row, f32, out);
    this.movingRow = row;
    return this.moving;
  }

  /**
   * The levels [ROW] of a frame of a sound that is held, until the next are asked for.
   *
   * @param {number} frame
   */
  levelsAt(frame) {
    const place = this.decoded.placeAt(frame);
    this.decoded.decodeAbout(place);
    this.movingAt(frame, place);
    this.levels.set(this.kernel.view(this.moving, ROW));
    return this.levels;
  }
}
