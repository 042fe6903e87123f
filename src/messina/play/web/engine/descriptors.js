// @ts-check
/* How loud and how bright a decoded sound is: the twin of the Python module instrument/descriptors. */

/** @import { Decoded } from "./decoding.js" */

import { DECODING, DESCRIPTORS } from "./constants.js";
import { tiltOf } from "./controls.js";
import {
  clamp,
  DENSE_POINTS,
  FREQUENCIES_LN,
  POINT_FRAMES,
  POINTS,
  POWER_SHARE,
  ROW,
} from "./layout.js";
import { BATCH } from "./network.js";

const { MOST_CORRECTION_DB } = DECODING;
const { LOUDNESS_FRAMES } = DESCRIPTORS;
const MOST_RISE = 0.03; // of the loudest power, from a point to the next: what may go unseen
const PROBES = [2, 5, 9, 14, 21, 32, 50, 88]; // points after those of the onset
const MOST_PROBING = 5; // batches of points beside those: steady sounds are nearly as loud everywhere
const ASKED = 1e-30;

/** Frames each point stands for, as np.gradient has it. */
const SPANS = Float64Array.from(POINT_FRAMES, (_, p) => {
  const [low, high] = [Math.max(p - 1, 0), Math.min(p + 1, POINTS - 1)];
  return (POINT_FRAMES[high] - POINT_FRAMES[low]) / (high - low);
});

/** How loud the whole of a sound is, of which as little is decoded for that as can be. */
export class Loudness {
  /** @param {Decoded} decoded */
  constructor(decoded) {
    this.decoded = decoded;
    this.points = new Uint8Array(BATCH); // waiting to be probed
    this.asked = 0; // of these
    this.probed = new Float64Array(POINTS); // power at each, 0 if not known
    this.powers = new Float64Array(LOUDNESS_FRAMES);
  }

  /** How much louder the decoded sound is than it should be, in dB; see the Python twin `to_frames`. */
  errorDb() {
    const { decoded } = this;
    const power = this.loudestPower();
    const nepers = 0.5 * Math.log(Math.max(power, 1e-12));
    const louder = decoded.trajectory.moves ? decoded.trajectory.louder : 0;
    return clamp((nepers * 20) / Math.LN10 + louder, -MOST_CORRECTION_DB, MOST_CORRECTION_DB);
  }

  /**
   * Mean power of the loudest 50 ms. It is nearly always at the onset, which is decoded anyway, or soon
   * after it; a few points further on tell whether it can be later.
   */
  loudestPower() {
    const { decoded } = this;
    decoded.look(Math.min(DENSE_POINTS, decoded.network.config.points) - 1);
    const width = Math.min(LOUDNESS_FRAMES, decoded.last + 1);
    let sum = 0;
    let most = 0;
    let best = 0;
    let t = 0;
    for (; t <= decoded.last && (t < DENSE_POINTS || best === t - 1); t++) {
      decoded.lookAt(t);
      const at = t % width;
      if (t >= width) sum -= this.powers[at];
      sum += this.powers[at] = decoded.powerAt(t);
      if (t >= width - 1 && sum > most) [most, best] = [sum, t];
    }
    return this.loudestLater(most / width, Math.ceil(decoded.placeAt(t - 1)));
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
    const { decoded } = this;
    const end = Math.min(
      Math.floor(decoded.placeAt(decoded.last)) + 2,
      decoded.network.config.points,
    );
    this.probed.fill(0);
    this.probe(first);
    for (const far of PROBES) this.probe(Math.min(first + far, Math.max(end - 1, first)));
    this.answer();
    let loudest = most;
    const enough = decoded.decoder.batches + MOST_PROBING;
    for (let more = true; more && decoded.decoder.batches < enough; ) {
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
    this.points[this.asked++] = point;
    if (this.asked === BATCH) this.answer();
  }

  answer() {
    const { decoded } = this;
    decoded.decodePoints(this.points, this.asked);
    for (let i = 0; i < this.asked; i++) {
      const point = this.points[i];
      this.probed[point] = Math.max(ASKED, decoded.powerOf(point));
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
    const { decoded } = this;
    for (;;) {
      let loudest = 0;
      for (let point = 1; point < POINTS; point++) {
        if (this.probed[point] > this.probed[loudest]) loudest = point;
      }
      if (this.probed[loudest] <= most) return most;
      this.probed[loudest] = ASKED;
      const row = Math.min(Math.round(decoded.rowOf(loudest)), decoded.last);
      most = Math.max(most, this.loudestRound(row));
    }
  }

  /**
   * Highest mean power of LOUDNESS_FRAMES rows that reach a row.
   *
   * @param {number} row
   */
  loudestRound(row) {
    const { decoded } = this;
    const last = decoded.last;
    const width = Math.min(LOUDNESS_FRAMES, last + 1);
    const first = Math.max(row - width, 0);
    const end = Math.min(row + width, last);
    decoded.decodeRows(first, end);
    let sum = 0;
    let most = 0;
    for (let t = first; t <= end; t++) {
      const at = t % width;
      if (t - first >= width) sum -= this.powers[at];
      sum += this.powers[at] = decoded.powerAt(t);
      if (t - first >= width - 1) most = Math.max(most, sum);
    }
    return most / width;
  }
}

/**
 * Energy [ROW] of each level of a sound over all its points [POINTS, ROW].
 *
 * @param {Float32Array} points
 */
export function energies(points) {
  const energy = new Float64Array(ROW);
  for (let p = 0; p < POINTS; p++) {
    for (let i = 0; i < ROW; i++) energy[i] += SPANS[p] * Math.exp(2 * points[p * ROW + i]);
  }
  return energy.map((value, i) => value * POWER_SHARE[i]);
}

/**
 * ln of the energy-weighted geometric mean frequency in Hz, when these energies are tilted by a slope.
 *
 * @param {Float64Array} energy
 * @param {number} slope
 */
export function brightnessLn(energy, slope) {
  const changes = tiltOf(slope);
  let total = 0;
  let weighted = 0;
  for (let i = 0; i < ROW; i++) {
    const part = energy[i] * Math.exp(2 * changes[i]);
    total += part;
    weighted += part * FREQUENCIES_LN[i];
  }
  return weighted / Math.max(total, 1e-12);
}
