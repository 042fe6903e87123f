// @ts-check
/* Sustained notes: what of its steady part is heard while a key is down, and how it is let go. The twin of the
 * Python module instrument/holding. Rows come in order, each asked for once or again soon. */

/** @import { Kernel } from "./kernel.js" */
/** @import { Address } from "./types.d.ts" */

import { CONTOUR, HOLDING } from "./constants.js";
import { CounterRng, PURPOSE } from "./counter-rng.js";
import { clamp, FLOOR, ROW, roundHalfEven } from "./layout.js";
import { Walk, walkBounds } from "./steady-walk.js";

const { EVEN_WITHIN, HIGHEST_NEPERS, LEAST_RELEASE, LET_GO_ROWS } = HOLDING;
const { LOUDER_RANGE, SILENT, SLOW_REACH, TAKEN_ON } = HOLDING;
const { MOST_CENTS } = CONTOUR;
const KEPT = 8; // rows that may be asked for again

export class Holding {
  steady = { start: 0, stop: 0, release: 0 };
  rows = 0; // of the sound as it is
  up = Infinity; // the row at which the key is lifted
  pace = 1; // how many times as fast as it was learnt it is released
  next = 0; // first row that is not made yet
  met = false;
  louder = 0; // of the release, nepers
  /** Cents of a frame of the sound as it is; null: its pitch stands still. @type {((frame: number) => number) | null} */
  contour = null;
  slope = 0; // of the contour over the steady part, cents a frame
  bendGap = 0; // cents from the release to what it follows

  /**
   * levelsAt(frame): the levels [ROW] of a frame of the sound as it is. shares: address of the power of
   * each number of a row.
   *
   * @param {Kernel} kernel
   * @param {(frame: number) => Float32Array} levelsAt
   * @param {Address} shares
   */
  constructor(kernel, levelsAt, shares) {
    this.kernel = kernel;
    this.levelsAt = levelsAt;
    this.shares = shares;
    this.scratch = kernel.allocate(ROW);
    this.down = Array.from({ length: KEPT }, () => new Float32Array(ROW));
    this.out = new Float32Array(ROW);
    this.before = new Float32Array(ROW);
    this.frames = [0, 1].map(() => ({ frame: -1, levels: new Float32Array(ROW) })); // even, odd
    this.even = new Float64Array(ROW);
    this.sums = new Float64Array(ROW);
    this.slopes = new Float64Array(ROW); // first the sums that make them
    this.lowest = new Float32Array(ROW);
    this.highest = new Float32Array(ROW);
    this.gap = new Float64Array(ROW); // from the release to what it follows
    this.loudness = new Float64Array(0);
    this.cents = new Float64Array(KEPT); // of the rows in down
    this.walk = new Walk(walkBounds([0, 0], null), new CounterRng(0));
  }

  /**
   * @param {readonly [number, number, number]} steady
   * @param {number} rows
   * @param {number} key
   * @param {((frame: number) => number) | null} contour
   */
  begin([start, stop, release], rows, key, contour) {
    const bounds = walkBounds([start, stop], contour);
    stop = bounds.stop;
    this.steady = { start, stop, release };
    this.contour = contour;
    this.slope = contour ? slopeOf(contour, start, stop) : 0;
    this.bendGap = 0;
    this.rows = rows;
    this.up = Infinity;
    this.pace = 1;
    this.next = 0;
    this.met = false;
    for (const kept of this.frames) kept.frame = -1;
    this.sums.fill(0);
    this.slopes.fill(0);
    this.lowest.fill(Infinity);
    this.highest.fill(-Infinity);
    this.loudness = new Float64Array(stop + 1 - start);
    this.walk = new Walk(bounds, new CounterRng(key, PURPOSE.HOLD));
  }

  /**
   * Lifts the key at a row; what was read of later ones stays as it was.
   *
   * @param {number} row
   * @param {number} [pace]
   */
  letGo(row, pace = 1) {
    if (this.up !== Infinity) return;
    this.up = Math.max(row, this.next - KEPT + 1);
    this.pace = pace;
  }

  get cutOff() {
    return this.rows - this.steady.release < LEAST_RELEASE;
  }

  /** The last row there is. */
  get last() {
    const own = this.cutOff ? LET_GO_ROWS : this.rows - this.steady.release;
    return this.up + Math.max(roundHalfEven(own / this.pace), 1) - 1;
  }

  /**
   * Cents by which the pitch of a row is moved.
   *
   * @param {number} row
   */
  centsAt(row) {
    if (!this.contour) return 0;
    let cents = 0;
    if (row < this.up || this.cutOff) {
      this.downAt(row);
      cents = this.cents[row % KEPT];
    } else {
      if (!this.met) this.meet();
      const since = row - this.up;
      const place = Math.min(this.steady.release + this.pace * since, this.rows - 1);
      const low = Math.floor(place);
      cents = this.contour(low);
      if (low < place) cents += (place - low) * (this.contour(low + 1) - cents);
      cents += Math.max(1 - since / TAKEN_ON, 0) * this.bendGap;
    }
    return clamp(cents, -MOST_CENTS, MOST_CENTS);
  }

  /**
   * The levels [ROW] of a row.
   *
   * @param {number} row
   */
  at(row) {
    if (row < this.up) return this.downAt(row);
    return this.cutOff ? this.fallenAt(row) : this.releasedAt(row);
  }

  /**
   * Of a row while the key is down.
   *
   * @param {number} row
   */
  downAt(row) {
    for (; this.next <= row; this.next++) this.make(this.next, this.down[this.next % KEPT]);
    return this.down[row % KEPT];
  }

  /**
   * @param {number} row
   * @param {Float32Array} out
   */
  make(row, out) {
    const { start, stop } = this.steady;
    if (row > stop) {
      this.walkOn(row, out);
      return;
    }
    out.set(this.levelsAt(row));
    if (this.contour) this.cents[row % KEPT] = this.contour(row);
    if (row < start) return;
    const at = row - start - 0.5 * (stop - start);
    for (let i = 0; i < ROW; i++) {
      this.sums[i] += out[i];
      this.slopes[i] += at * out[i];
      this.lowest[i] = Math.min(this.lowest[i], out[i]);
      this.highest[i] = Math.max(this.highest[i], out[i]);
    }
    this.loudness[row - start] = this.loudnessOf(out);
    if (row === stop) this.settle();
  }

  /** The whole steady part is known: its trends, and its loudness without what is slow. */
  settle() {
    const { loudness, slopes } = this;
    const count = loudness.length;
    for (let i = 0; i < ROW; i++) slopes[i] /= (count * (count * count - 1)) / 12;
    const sums = new Float64Array(count + 1);
    for (let i = 0; i < count; i++) sums[i + 1] = sums[i] + loudness[i];
    for (let i = 0; i < count; i++) {
      const reach = Math.min(SLOW_REACH, i, count - 1 - i);
      const slow = (sums[i + reach + 1] - sums[i - reach]) / (2 * reach + 1);
      loudness[i] += sums[count] / count - slow;
    }
  }

  /**
   * @param {number} row
   * @param {Float32Array} out
   */
  walkOn(row, out) {
    const { start, stop } = this.steady;
    const place = this.walk.at(row);
    const low = Math.min(Math.floor(place), this.rows - 2);
    const share = place - low;
    const from = this.keptAt(low);
    const to = this.keptAt(low + 1);
    const { even, lowest, highest } = this;
    const away = place - start - 0.5 * (stop - start);
    for (let i = 0; i < ROW; i++) {
      out[i] = from[i] + share * (to[i] - from[i]);
      even[i] = clamp(out[i] - away * this.slopes[i], lowest[i], highest[i]);
    }
    const at = Math.min(Math.floor(place - start), this.loudness.length - 2);
    const a = this.loudness[at];
    const wanted = a + (place - start - at) * (this.loudness[at + 1] - a);
    const louder = wanted - this.loudnessOf(even);
    const settled = Math.min((row - stop) / EVEN_WITHIN, 1);
    if (this.contour) {
      const cents = this.contour(low);
      const moved = cents + share * (this.contour(low + 1) - cents);
      this.cents[row % KEPT] = moved - settled * away * this.slope;
    }
    for (let i = 0; i < ROW; i++) {
      const level = out[i] + settled * (even[i] + louder - out[i]);
      out[i] = Math.min(Math.max(level, FLOOR[i]), HIGHEST_NEPERS);
    }
  }

  /**
   * The levels [ROW] of a frame: of two that follow each other, one was mostly looked at just now.
   *
   * @param {number} frame
   */
  keptAt(frame) {
    const kept = this.frames[frame & 1];
    if (kept.frame !== frame) kept.levels.set(this.levelsAt(frame));
    kept.frame = frame;
    return kept.levels;
  }

  /**
   * Of a sound that was cut off when it was learnt: silence within LET_GO_ROWS.
   *
   * @param {number} row
   */
  fallenAt(row) {
    const falling = Math.log(Math.max(1 - ((row - this.up) * this.pace) / LET_GO_ROWS, SILENT));
    const down = this.downAt(row);
    for (let i = 0; i < ROW; i++) this.out[i] = Math.max(down[i] + falling, FLOOR[i]);
    return this.out;
  }

  /** @param {number} row */
  releasedAt(row) {
    if (!this.met) this.meet();
    const since = row - this.up;
    const own = this.releaseAt(Math.min(this.steady.release + this.pace * since, this.rows - 1));
    const left = Math.max(1 - since / TAKEN_ON, 0);
    const { gap, louder, out } = this;
    for (let i = 0; i < ROW; i++) {
      const level = own[i] + louder + left * (gap[i] - louder);
      out[i] = Math.min(Math.max(level, FLOOR[i]), HIGHEST_NEPERS);
    }
    return out;
  }

  /**
   * The levels [ROW] of a place in the release, between two frames where it is one.
   *
   * @param {number} place
   */
  releaseAt(place) {
    const low = Math.floor(place);
    if (low === place) return this.levelsAt(low);
    const share = place - low;
    this.before.set(this.levelsAt(low));
    const after = this.levelsAt(low + 1);
    for (let i = 0; i < ROW; i++) this.before[i] += share * (after[i] - this.before[i]);
    return this.before;
  }

  /** How the release has to be moved to begin at the row at which the key is lifted. */
  meet() {
    const here = this.downAt(this.up);
    const there = this.levelsAt(this.steady.release);
    for (let i = 0; i < ROW; i++) this.gap[i] = here[i] - there[i];
    const louder = this.loudnessOf(here) - this.loudnessOf(there);
    this.louder = clamp(louder, LOUDER_RANGE[0], LOUDER_RANGE[1]);
    if (this.contour) this.bendGap = this.cents[this.up % KEPT] - this.contour(this.steady.release);
    this.met = true;
  }

  /**
   * ln RMS of a row.
   *
   * @param {ArrayLike<number>} levels
   */
  loudnessOf(levels) {
    const { kernel, scratch } = this;
    kernel.f32.set(levels, scratch >> 2);
    return (
      0.5 * Math.log(Math.max(kernel.run.power(scratch, scratch, 0, this.shares, ROW), SILENT))
    );
  }
}

/**
 * Slope of a contour over a steady part, in cents a frame.
 *
 * @param {(frame: number) => number} contour
 * @param {number} start
 * @param {number} stop
 */
function slopeOf(contour, start, stop) {
  let rising = 0;
  let squares = 0;
  for (let frame = start; frame <= stop; frame++) {
    const at = frame - 0.5 * (start + stop);
    rising += at * contour(frame);
    squares += at * at;
  }
  return rising / squares;
}
