// @ts-check
/* The levels of one sound, row by row, decoded as they are asked for; and how loud the whole of it is.
 * The twin of the Python functions decoding.to_frames, timegrid.unpool and descriptors.loudness. */

/** @import { Decoder, Network } from "./network.js" */
/** @import { Kernel } from "./kernel.js" */
/** @import { Address, Take } from "./types.d.ts" */

import { DECODING, DESCRIPTORS } from "./constants.js";
import { Holding } from "./holding.js";
import {
  BANDS,
  clamp,
  DENSE_POINTS,
  FLOOR,
  FUNDAMENTAL_OFFSET,
  NOISE_FLOOR,
  ONSET,
  ONSET_SIZE,
  PARTIAL_FLOOR,
  PARTIALS,
  POINT_FRAMES,
  POINTS,
  placeOf,
  ROW,
} from "./layout.js";
import { BATCH } from "./network.js";
import { hold, Shape } from "./shaping.js";
import { Trajectory } from "./trajectories.js";

const { AUDIBLE_NEPERS, JOINED_BANDS, MOST_CORRECTION_DB, STEADY_FRAMES } = DECODING;
const { LOUDNESS_FRAMES } = DESCRIPTORS;
const MOST_RISE = 0.03; // of the loudest power, from a point to the next: what may go unseen
const PROBES = [2, 5, 9, 14, 21, 32, 50, 88]; // points after those of the onset
const MOST_PROBING = 5; // batches of points beside those: steady sounds are nearly as loud everywhere
const ASKED = 1e-30;

export class Rows {
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
    this.decoded = new Uint8Array(POINTS);
    this.indices = new Uint8Array(BATCH);
    this.answers = new Uint8Array(BATCH);
    this.asked = 0; // points waiting in indices to be probed
    this.probed = new Float64Array(POINTS); // power at each, 0 if not known
    this.powers = new Float64Array(LOUDNESS_FRAMES);
    this.shape = new Shape();
    this.trajectory = new Trajectory();
    this.moving = kernel.allocate(ROW); // levels of a row of a sound that moves
    this.movingRow = -1; // which
    this.levels = new Float32Array(ROW); // of a frame
    this.holding = new Holding(kernel, (frame) => this.levelsAt(frame), shares);
    this.holds = false;
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
    hold(onset);
    if (take.scaled[1] > 0) onset[ONSET.offsets[0]] = FUNDAMENTAL_OFFSET; // the reference is the pitch
    this.shape.set(take.tilt, take.ratio);
    this.trajectory.begin(network, take, this.shape);
    if (this.trajectory.bends) onset[ONSET.glide[0]] = 0; // the contour tells all of how pitch moves
    this.movingRow = -1;
    this.joins = null;
    this.decoded.fill(0);
    this.heardPoint = -1;
    this.lastPoint = POINTS;
    this.next = 0;
    const { points } = network.config;
    if (points < POINTS) kernel.f32.set(FLOOR, (this.points >> 2) + points * ROW);
    this.beginTogether(onset, Math.min(DENSE_POINTS, points));
    this.holds = take.steady !== null;
    if (!take.steady) return;
    const { trajectory } = this;
    const contour = trajectory.bends
      ? (/** @type {number} */ frame) => trajectory.centsAt(frame)
      : null;
    this.holding.begin(take.steady, take.rows, take.key, contour);
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
   * @param {number} first
   * @param {number} end
   */
  decodeFrom(first, end) {
    const count = Math.min(BATCH, end - first);
    for (let i = 0; i < count; i++) this.indices[i] = first + i;
    this.decode(count);
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

  // -------------------------------------------------------------- points and rows

  /**
   * Decodes the first `count` of this.indices that are not decoded yet.
   *
   * @param {number} count
   */
  decode(count) {
    let wanted = 0;
    for (let i = 0; i < count; i++) {
      if (!this.decoded[this.indices[i]]) this.indices[wanted++] = this.indices[i];
    }
    if (wanted === 0) return;
    this.decoder.decode(this.network, this.take, this.tuned, this.indices, wanted, this.points);
    for (let i = 0; i < wanted; i++) {
      this.decoded[this.indices[i]] = 1;
      if (this.joins) this.finish(this.indices[i]);
    }
  }

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

  /** The last row there can be: of what is sustained none, while its key is down. */
  get last() {
    return this.holds ? this.holding.last : this.ownLast;
  }

  /** The same if it is not held: where it falls silent, once that is known, or is to have ended. */
  get ownLast() {
    const silent = this.ended ? Math.floor(this.rowOf(this.lastPoint) + 1e-9) : Infinity;
    return Math.min(silent, this.take.rows - 1);
  }

  /** Whether it is known where the sound falls silent. */
  get ended() {
    return this.lastPoint < POINTS;
  }

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
    if (this.holds) {
      kernel.f32.set(this.holding.at(row), this.moving >> 2);
      this.movingRow = -1;
      kernel.run.amplitudes(this.moving, this.moving, 0, PARTIAL_FLOOR, out, PARTIALS);
      return;
    }
    const place = this.lookAt(row);
    if (this.trajectory.moves) {
      const levels = this.movingAt(row, place);
      kernel.run.amplitudes(levels, levels, 0, PARTIAL_FLOOR, out, PARTIALS);
      return;
    }
    const low = Math.min(Math.floor(place), POINTS - 2);
    const a = this.points + 4 * ROW * low;
    kernel.run.amplitudes(a, a + 4 * ROW, place - low, PARTIAL_FLOOR, out, PARTIALS);
  }

  /**
   * Cents by which the pitch of a row is moved; past the last it stays.
   *
   * @param {number} row
   */
  centsAt(row) {
    if (!this.trajectory.bends) return 0;
    row = Math.min(row, this.last);
    return this.holds ? this.holding.centsAt(row) : this.trajectory.centsAt(row);
  }

  /**
   * Gains [516] of the bins of a row's noise, to `out`.
   *
   * @param {number} row
   * @param {Address} out
   */
  noise(row, out) {
    const { kernel } = this;
    if (row > this.last) {
      kernel.clear(out, 516);
      return;
    }
    if (this.holds) {
      kernel.f32.set(this.holding.at(row), this.moving >> 2);
      this.movingRow = -1;
      const noise = this.moving + 4 * PARTIALS;
      kernel.run.bin_gains(noise, noise, 0, NOISE_FLOOR, out);
      return;
    }
    const place = this.lookAt(row);
    if (this.trajectory.moves) {
      const levels = this.movingAt(row, place) + 4 * PARTIALS;
      kernel.run.bin_gains(levels, levels, 0, NOISE_FLOOR, out);
      return;
    }
    const low = Math.min(Math.floor(place), POINTS - 2);
    const a = this.points + 4 * (ROW * low + PARTIALS);
    kernel.run.bin_gains(a, a + 4 * ROW, place - low, NOISE_FLOOR, out);
  }

  /**
   * Address of the levels [ROW] of a row of a sound that moves; past the last point there is silence.
   *
   * @param {number} row
   * @param {number} place
   */
  movingAt(row, place) {
    if (this.movingRow === row) return this.moving;
    const { f32 } = this.kernel;
    const used = Math.min(this.network.config.points, POINTS - 1);
    const low = Math.min(Math.floor(place), POINTS - 2);
    const a = (this.points >> 2) + ROW * Math.min(low, used);
    const b = (this.points >> 2) + ROW * Math.min(low + 1, used);
    const out = this.moving >> 2;
    for (let i = 0; i < ROW; i++)
      f32[out + i] = f32[a + i] + (place - low) * (f32[b + i] - f32[a + i]);
    this.trajectory.addTo(row, f32, out);
    this.movingRow = row;
    return this.moving;
  }

  /**
   * The levels [ROW] of a frame of a sound that is held, until the next are asked for.
   *
   * @param {number} frame
   */
  levelsAt(frame) {
    const place = this.placeAt(frame);
    const used = this.network.config.points;
    const low = Math.min(Math.floor(place), POINTS - 2);
    // Not all that lies before: a key that is lifted early leaps to the end.
    if (low < used && !(this.decoded[low] && (low + 1 === used || this.decoded[low + 1])))
      this.decodeFrom(low, used);
    this.movingAt(frame, place);
    this.levels.set(this.kernel.view(this.moving, ROW));
    return this.levels;
  }

  // -------------------------------------------------------------- loudness

  /** How much louder the decoded sound is than it should be, in dB; see the Python twin `to_frames`. */
  loudnessError() {
    const power = this.loudestPower();
    const nepers = 0.5 * Math.log(Math.max(power, 1e-12));
    const louder = this.trajectory.moves ? this.trajectory.louder : 0;
    return clamp((nepers * 20) / Math.LN10 + louder, -MOST_CORRECTION_DB, MOST_CORRECTION_DB);
  }

  /**
   * Mean power of the loudest 50 ms. It is nearly always at the onset, which is decoded anyway, or soon
   * after it; a few points further on tell whether it can be later.
   */
  loudestPower() {
    this.look(Math.min(DENSE_POINTS, this.network.config.points) - 1);
    const width = Math.min(LOUDNESS_FRAMES, this.ownLast + 1);
    let sum = 0;
    let most = 0;
    let best = 0;
    let t = 0;
    for (; t <= this.ownLast && (t < DENSE_POINTS || best === t - 1); t++) {
      this.lookAt(t);
      const at = t % width;
      if (t >= width) sum -= this.powers[at];
      sum += this.powers[at] = this.powerAt(t);
      if (t >= width - 1 && sum > most) [most, best] = [sum, t];
    }
    return this.loudestLater(most / width, Math.ceil(this.placeAt(t - 1)));
  }

  /**
   * Mean power of the loudest 50 ms, when up to the point `first` it is `most`. Points lie ever farther
   * apart, as sounds move ever more slowly, so a few of them tell how loud it is between: only beside those
   * that are nearly as loud are others looked at, and so on.
   *
   * @param {number} most
   * @param {number} first
   */
  loudestLater(most, first) {
    const end = Math.min(Math.floor(this.placeAt(this.ownLast)) + 2, this.network.config.points);
    this.probed.fill(0);
    this.probe(first);
    for (const far of PROBES) this.probe(Math.min(first + far, Math.max(end - 1, first)));
    this.answer();
    let loudest = most;
    const enough = this.decoder.batches + MOST_PROBING;
    for (let more = true; more && this.decoder.batches < enough; ) {
      for (let point = first; point < end; point++) loudest = Math.max(loudest, this.probed[point]);
      more = this.probeBeside(loudest, first, end);
    }
    return this.loudestAbout(most);
  }

  /**
   * Probes between points one of which is nearly as loud as the loudest; returns whether there were any.
   *
   * @param {number} loudest
   * @param {number} first
   * @param {number} end
   */
  probeBeside(loudest, first, end) {
    let more = false;
    for (let low = first, high = first + 1; high < end; high++) {
      if (this.probed[high] === 0) continue;
      const gap = high - low;
      const nearly = loudest * (1 - MOST_RISE * gap);
      if (gap > 1 && Math.max(this.probed[low], this.probed[high]) > nearly) {
        const by = Math.max(1, gap >> 2);
        for (let point = low + by; point < high; point += by) this.probe(point);
        more = true;
      }
      low = high;
    }
    this.answer();
    return more;
  }

  /**
   * Asks how loud the sound is at a point; known once answered.
   *
   * @param {number} point
   */
  probe(point) {
    if (this.probed[point] > 0) return;
    this.probed[point] = ASKED;
    this.indices[this.asked++] = point;
    if (this.asked === BATCH) this.answer();
  }

  answer() {
    for (let i = 0; i < this.asked; i++) this.answers[i] = this.indices[i];
    this.decode(this.asked);
    for (let i = 0; i < this.asked; i++) {
      const point = this.answers[i];
      const row = this.points + 4 * ROW * point;
      this.probed[point] = Math.max(ASKED, this.kernel.run.power(row, row, 0, this.shares, ROW));
    }
    this.asked = 0;
  }

  /**
   * Between points levels run straight in log, so power is highest at them, and so is that of 50 ms round
   * them: only points over the best so far can hold a better one.
   *
   * @param {number} most
   */
  loudestAbout(most) {
    for (;;) {
      let loudest = 0;
      for (let point = 1; point < POINTS; point++) {
        if (this.probed[point] > this.probed[loudest]) loudest = point;
      }
      if (this.probed[loudest] <= most) return most;
      this.probed[loudest] = ASKED;
      const row = Math.min(Math.round(this.rowOf(loudest)), this.ownLast);
      most = Math.max(most, this.loudestRound(row));
    }
  }

  /**
   * Highest mean power of LOUDNESS_FRAMES rows that reach a row.
   *
   * @param {number} row
   */
  loudestRound(row) {
    const last = this.ownLast;
    const width = Math.min(LOUDNESS_FRAMES, last + 1);
    const first = Math.max(row - width, 0);
    const end = Math.min(row + width, last);
    this.decodeRows(first, end);
    let sum = 0;
    let most = 0;
    for (let t = first; t <= end; t++) {
      const at = t % width;
      if (t - first >= width) sum -= this.powers[at];
      sum += this.powers[at] = this.powerAt(t);
      if (t - first >= width - 1) most = Math.max(most, sum);
    }
    return most / width;
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
}
