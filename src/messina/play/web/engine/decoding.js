// @ts-check
/* A sound's levels on the time grid, decoded point by point as they are asked for: the twin of the Python modules
 * instrument/decoding and instrument/timegrid. */

/** @import { Decoder, Network } from "./network.js" */
/** @import { Kernel } from "./kernel.js" */
/** @import { Address, Take } from "./types.d.ts" */

import { DECODING } from "./constants.js";
import { Shape } from "./controls.js";
import {
  BANDS,
  clamp,
  DENSE_POINTS,
  FLOOR,
  FUNDAMENTAL_OFFSET,
  ONSET,
  ONSET_BOUNDS,
  ONSET_SIZE,
  PARTIAL_FLOOR,
  POINT_FRAMES,
  POINTS,
  placeOf,
  ROW,
} from "./layout.js";
import { BATCH } from "./network.js";
import { Trajectory } from "./trajectories.js";

const { AUDIBLE_NEPERS, JOINED_BANDS, STEADY_FRAMES } = DECODING;

/** The points of one sound after another, each as it is without being held or moved. */
export class Decoded {
  /** @type {Network} */
  network;
  /** @type {Take} */
  take;
  /** Louder band, softer band, the next pair …, once known. @type {number[] | null} */
  joins = null;
  heardPoint = -1; // last audible one found
  lastPoint = POINTS; // of the sound, once known
  next = 0; // first point not looked at yet

  /**
   * shares: address of the power of each number of a row.
   *
   * @param {Kernel} kernel
   * @param {Decoder} decoder
   * @param {Address} shares
   */
  constructor(kernel, decoder, shares) {
    this.kernel = kernel;
    this.decoder = decoder;
    this.shares = shares;
    this.points = kernel.allocate(POINTS * ROW);
    this.tuned = 0;
    this.tunedSize = 0;
    this.known = new Uint8Array(POINTS); // which points are decoded
    this.indices = new Uint8Array(BATCH);
    this.shape = new Shape();
    this.trajectory = new Trajectory();
  }

  /**
   * Makes ready to decode a take; its onset is left in `onset` [ONSET_SIZE].
   *
   * @param {Network} network
   * @param {Take} take
   * @param {Float32Array} onset
   */
  begin(network, take, onset) {
    const { kernel, decoder } = this;
    this.network = network;
    this.take = take;
    if (this.tunedSize !== network.tunedSize) {
      if (this.tuned) kernel.free(this.tuned, this.tunedSize);
      this.tuned = kernel.allocate(network.tunedSize);
      this.tunedSize = network.tunedSize;
    }
    decoder.tune(network, take, this.tuned);
    onset.set(kernel.view(decoder.onset, ONSET_SIZE));
    holdOnset(onset);
    if (take.tuned) onset[ONSET.offsets[0]] = FUNDAMENTAL_OFFSET; // the reference is the pitch
    this.shape.set(take.tilt, take.ratio);
    this.trajectory.begin(network, take, this.shape);
    if (this.trajectory.bends) onset[ONSET.glide[0]] = 0; // the contour tells all of how pitch moves
    this.joins = null;
    this.known.fill(0);
    this.heardPoint = -1;
    this.lastPoint = POINTS;
    this.next = 0;
    const { points } = network.config;
    if (points < POINTS) kernel.f32.set(FLOOR, (this.points >> 2) + points * ROW);
    this.beginTogether(onset, Math.min(DENSE_POINTS, points));
  }

  /**
   * Decodes the first points, finds which neighbouring oscillators are one partial, and joins them.
   *
   * A partial near the edge of a band lies on one side in one sound of a kind and on the other in the
   * next. What is learnt from them plays both, and they would beat. The louder one at first gets both.
   *
   * @param {Float32Array} onset
   * @param {number} count
   */
  beginTogether(onset, count) {
    for (let first = 0; first < count; first += BATCH) this.decodeFrom(first, count);
    const [offsets] = ONSET.offsets;
    const joins = [];
    for (let low = 0; low < BANDS - 1; low++) {
      if (1 + onset[offsets + low + 1] - onset[offsets + low] >= JOINED_BANDS) continue;
      const lower = this.energy(low, count) >= this.energy(low + 1, count);
      joins.push(lower ? low : low + 1, lower ? low + 1 : low);
    }
    this.joins = joins;
    for (let point = 0; point < count; point++) this.finish(point);
    const { points } = this.network.config;
    if (points < POINTS) this.finish(points); // the silence after the last one
  }

  /**
   * @param {number} band
   * @param {number} count
   */
  energy(band, count) {
    let sum = 0;
    for (let point = 0; point < count; point++) {
      sum += Math.exp(2 * this.kernel.f32[(this.points >> 2) + ROW * point + band]);
    }
    return sum;
  }

  /**
   * What comes after decoding: oscillators joined, the sound tilted and moved.
   *
   * @param {number} point
   */
  finish(point) {
    const { shape } = this;
    const { f32 } = this.kernel;
    const row = (this.points >> 2) + ROW * point;
    const joins = this.joins ?? [];
    for (let i = 0; i < joins.length; i += 2) {
      const louder = row + joins[i];
      const softer = row + joins[i + 1];
      const [a, b] = [f32[louder], f32[softer]];
      f32[louder] = Math.max(a, b) + 0.5 * Math.log1p(Math.exp(-2 * Math.abs(a - b)));
      f32[softer] = PARTIAL_FLOOR;
    }
    if (shape.tilted || shape.moved) shape.applyTo(f32, row);
  }

  // -------------------------------------------------------------- decoding

  /**
   * Decodes the first `count` of this.indices that are not decoded yet.
   *
   * @param {number} count
   */
  decode(count) {
    let wanted = 0;
    for (let i = 0; i < count; i++) {
      if (!this.known[this.indices[i]]) this.indices[wanted++] = this.indices[i];
    }
    if (wanted === 0) return;
    this.decoder.decode(this.network, this.take, this.tuned, this.indices, wanted, this.points);
    for (let i = 0; i < wanted; i++) {
      this.known[this.indices[i]] = 1;
      if (this.joins) this.finish(this.indices[i]);
    }
  }

  /**
   * @param {number} first
   * @param {number} end
   */
  decodeFrom(first, end) {
    const count = Math.min(BATCH, end - first);
    for (let i = 0; i < count; i++) this.indices[i] = first + i;
    this.decode(count);
  }

  /**
   * Decodes the first `count` of these, BATCH at most.
   *
   * @param {Uint8Array} points
   * @param {number} count
   */
  decodePoints(points, count) {
    for (let i = 0; i < count; i++) this.indices[i] = points[i];
    this.decode(count);
  }

  /**
   * Decodes the points these rows are read from, and none before them.
   *
   * @param {number} first
   * @param {number} last
   */
  decodeRows(first, last) {
    const end = Math.min(Math.floor(this.placeAt(last)) + 2, this.network.config.points);
    for (let point = Math.floor(this.placeAt(first)); point < end; point += BATCH)
      this.decodeFrom(point, end);
  }

  /**
   * Decodes the points round a place of the grid, whatever lies before it: a key that is lifted early leaps to the end.
   *
   * @param {number} place
   */
  decodeAbout(place) {
    const used = this.network.config.points;
    const low = Math.min(Math.floor(place), POINTS - 2);
    if (low < used && !(this.known[low] && (low + 1 === used || this.known[low + 1])))
      this.decodeFrom(low, used);
  }

  // -------------------------------------------------------------- where it ends

  /**
   * Decodes up to and with a point, in whole batches, as long as the sound sounds.
   *
   * @param {number} point
   */
  look(point) {
    const used = this.network.config.points;
    while (this.next <= point && this.next < used && !this.ended) this.lookFurther(used);
  }

  /** @param {number} used */
  lookFurther(used) {
    const end = Math.min(this.next + BATCH, used);
    this.decodeFrom(this.next, used);
    while (this.next < end) this.listen(this.next++);
    if (this.next >= used && !this.ended) this.endAfter(this.heardPoint);
  }

  /**
   * One batch of points on, unless what a row is read from is there.
   *
   * @param {number} row
   */
  lookOn(row) {
    const used = this.network.config.points;
    if (this.next > Math.floor(this.placeAt(row)) + 1 || this.next >= used || this.ended) return;
    this.lookFurther(used);
  }

  /**
   * Decodes what a row is read from; returns its place.
   *
   * @param {number} row
   */
  lookAt(row) {
    const place = this.placeAt(row);
    this.look(Math.min(Math.floor(place) + 1, POINTS - 1));
    return place;
  }

  /**
   * Two points of silence after something was heard are the end.
   *
   * @param {number} point
   */
  listen(point) {
    const row = this.points + 4 * ROW * point;
    if (this.kernel.run.sounds(row, this.decoder.floor, AUDIBLE_NEPERS, ROW)) {
      this.heardPoint = point;
    } else if (this.heardPoint >= 0 && point - this.heardPoint >= 2) {
      this.endAfter(this.heardPoint);
    }
  }

  /** @param {number} point */
  endAfter(point) {
    if (this.ended || this.trajectory.moves) return; // what moves may fall silent and go on
    this.lastPoint = clamp(point + 1, 3, POINTS - 1);
  }

  /** Whether it is known where the sound falls silent. */
  get ended() {
    return this.lastPoint < POINTS;
  }

  /** The last row there is unless it is held: where it falls silent, once that is known, or is to have ended. */
  get last() {
    const silent = this.ended ? Math.floor(this.rowOf(this.lastPoint) + 1e-9) : Infinity;
    return Math.min(silent, this.take.rows - 1);
  }

  // -------------------------------------------------------------- rows and points

  /**
   * The row at which a point is read, fractional; the inverse of `placeAt`.
   *
   * @param {number} point
   */
  rowOf(point) {
    const late = POINT_FRAMES[point] - STEADY_FRAMES;
    return late <= 0 ? POINT_FRAMES[point] : STEADY_FRAMES + late / this.take.speed;
  }

  /**
   * Where on the grid a row is read from.
   *
   * @param {number} row
   */
  placeAt(row) {
    const late = row - STEADY_FRAMES;
    return placeOf(late <= 0 ? row : STEADY_FRAMES + late * this.take.speed);
  }

  /**
   * Of a row whose points are decoded.
   *
   * @param {number} row
   */
  powerAt(row) {
    const place = this.placeAt(row);
    const low = Math.min(Math.floor(place), POINTS - 2);
    const a = this.points + 4 * ROW * low;
    return this.kernel.run.power(a, a + 4 * ROW, place - low, this.shares, ROW);
  }

  /**
   * Of a point that is decoded.
   *
   * @param {number} point
   */
  powerOf(point) {
    const row = this.points + 4 * ROW * point;
    return this.kernel.run.power(row, row, 0, this.shares, ROW);
  }
}

/**
 * Holds an onset [ONSET_SIZE] within what an onset can be, in place.
 *
 * @param {Float32Array} onset
 */
function holdOnset(onset) {
  for (const [part, [low, high]] of Object.entries(ONSET_BOUNDS)) {
    for (let i = ONSET[part][0]; i < ONSET[part][1]; i++) onset[i] = clamp(onset[i], low, high);
  }
}
