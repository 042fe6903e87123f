// @ts-check
/* Plays portions of a texture that a worker makes. Runs in the audio thread, where it only copies.
 *
 * It asks for more when less than AHEAD portions wait, and begins to sound when that many are there. When there
 * is nothing to play it is silent, fades in again as soon as there is, and counts it as an underrun. */

/** @import { FeedOrder, Portion } from "./types.d.ts" */

import { Limiter } from "../limiter.js";

const AHEAD = 2;
const FADE = 1 / 441; // a sample: 10 ms from nothing to full level
const REPORT_QUANTA = 16;
const SMOOTH = 0.003; // of what lacks to the gain asked for, a sample

class Feed extends AudioWorkletProcessor {
  /** @type {Portion[]} */
  waiting = [];
  /** The turn to come, once what was made has faded. @type {number | undefined} */
  next;
  /** @type {MessagePort | undefined} */
  maker;

  constructor() {
    super();
    this.at = 0;
    this.turn = 0;
    this.asked = 0;
    this.runs = false;
    this.begun = false;
    this.level = 0; // of the fades
    this.gain = this.wantedGain = 1;
    this.limiter = new Limiter();
    this.peak = [0, 0];
    this.underruns = 0;
    this.quanta = 0;
    this.closed = false;
    this.port.onmessage = ({ data }) => this.obey(data);
  }

  /** @param {FeedOrder} order */
  obey(order) {
    if (order.type === "open") {
      this.maker = order.port;
      this.maker.onmessage = ({ data }) => this.take(data);
      this.ask();
    } else if (order.type === "run") this.runs = true;
    else if (order.type === "rest") this.runs = false;
    else if (order.type === "gain") this.wantedGain = order.gain;
    else if (order.type === "turn") this.next = order.turn;
    else this.closed = true;
  }

  ask() {
    const count = AHEAD - this.waiting.length - this.asked;
    if (count <= 0 || !this.maker) return;
    this.asked += count;
    this.maker.postMessage({ turn: this.turn, count });
  }

  /** @param {Portion} portion */
  take(portion) {
    if (portion.turn !== this.turn) return;
    this.asked -= 1;
    this.waiting.push(portion);
    if (this.waiting.length >= AHEAD) this.begun = true;
  }

  /** What was made is dropped once it has faded. */
  turnOver() {
    this.turn = this.next ?? this.turn;
    this.next = undefined;
    this.waiting = [];
    this.at = 0;
    this.asked = 0;
    this.begun = false;
    this.ask();
  }

  /**
   * @param {Float32Array[][]} _
   * @param {Float32Array[][]} outputs
   */
  process(_, [[left, right]]) {
    if (this.next !== undefined && (this.level === 0 || this.waiting.length === 0)) this.turnOver();
    const sounds = this.runs && this.begun && this.next === undefined;
    for (let n = 0; n < left.length; n++) {
      this.level = Math.min(1, Math.max(0, this.level + (sounds ? FADE : -FADE)));
      if (this.level === 0 || this.waiting.length === 0) {
        this.dry(sounds);
        continue;
      }
      const [portion] = this.waiting;
      this.gain += SMOOTH * (this.wantedGain - this.gain);
      left[n] = this.level * this.gain * portion.left[this.at];
      right[n] = this.level * this.gain * portion.right[this.at];
      if (++this.at < portion.left.length) continue;
      this.waiting.shift();
      this.at = 0;
    }
    this.limiter.run(left, right);
    this.measure(left, right);
    this.ask();
    if (++this.quanta % REPORT_QUANTA === 0 && this.runs) this.report();
    return !this.closed;
  }

  /** @param {boolean} sounds */
  dry(sounds) {
    if (!sounds || this.level === 0) return;
    this.underruns += 1;
    this.level = 0;
    this.begun = false;
  }

  /** @param {...Float32Array} sides */
  measure(...sides) {
    sides.forEach((side, i) => {
      for (let n = 0; n < side.length; n++)
        this.peak[i] = Math.max(this.peak[i], Math.abs(side[n]));
    });
  }

  report() {
    const heard = this.begun ? this.waiting[0] : undefined;
    const { where, load } = heard ?? { where: null, load: 0 };
    this.port.postMessage({ where, load, missed: this.underruns, peak: [...this.peak] });
    this.peak.fill(0);
  }
}

registerProcessor("messina-texture", Feed);
