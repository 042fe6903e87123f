// @ts-check
/* The processor that sounds: takes in messages, stereo out. Runs on the audio thread; index.js alone talks to
 * it (see Mixer.obey). Says now and then how it fares. There is no clock here finer than a millisecond, so time is
 * measured by the average. */

/// <reference path="../worklets.d.ts" />

import { Kernel } from "./kernel.js";
import { SAMPLE_RATE } from "./layout.js";
import { Mixer, QUANTUM } from "./mixer.js";

const REPORT_QUANTA = 17; // 49 ms
const QUANTUM_MS = (1_000 * QUANTUM) / SAMPLE_RATE;

class MessinaProcessor extends AudioWorkletProcessor {
  /** @param {{ processorOptions: { wasm: ArrayBuffer, voices: number } }} options */
  constructor({ processorOptions: { wasm, voices } }) {
    super();
    /** @param {string} error */
    const onError = (error) => this.port.postMessage({ error });
    this.mixer = new Mixer(new Kernel(wasm), { voices, onError });
    this.clock = new Clock();
    this.peaks = [0, 0];
    this.quanta = 0;
    this.closed = false;
    this.port.onmessage = ({ data }) => {
      if (data.type === "close") this.closed = true;
      else this.mixer.accept(data, currentFrame);
    };
  }

  /**
   * @param {Float32Array[][]} _
   * @param {Float32Array[][]} outputs
   */
  process(_, [[left, right]]) {
    const began = Date.now();
    const sounding = this.mixer.render(left, right, currentFrame);
    this.watch(left, right);
    this.report(began, sounding);
    return !this.closed;
  }

  /**
   * @param {Float32Array} left
   * @param {Float32Array} right
   */
  watch(left, right) {
    for (let i = 0; i < QUANTUM; i++) {
      this.peaks[0] = Math.max(this.peaks[0], Math.abs(left[i]));
      this.peaks[1] = Math.max(this.peaks[1], Math.abs(right[i]));
    }
  }

  /**
   * @param {number} began
   * @param {number} voices
   */
  report(began, voices) {
    this.clock.count(began, Date.now(), currentTime, voices > 0);
    if (++this.quanta % REPORT_QUANTA) return;
    const { limiter } = this.mixer;
    this.port.postMessage({
      voices,
      microseconds: this.clock.microseconds,
      load: this.clock.microseconds / 1_000 / QUANTUM_MS,
      missed: this.clock.missed,
      peak: [...this.peaks],
      reduction: -20 * Math.log10(limiter.least),
    });
    this.peaks.fill(0);
    limiter.least = 1;
  }
}

/**
 * How long quanta take, though the clock ticks milliseconds: over many, the ticks that fall into them are
 * right on average. And how many came too late: sound's own time then stays behind the clock's for good.
 * What is silent is not late, and browsers change the pace of silent pages.
 */
class Clock {
  constructor() {
    this.microseconds = 0;
    this.missed = 0;
    this.spent = 0;
    this.counted = 0;
    /** The least of the last second that sounded, ms. @type {number | null} */
    this.lag = null;
    this.sounded = false;
    this.least = Infinity;
  }

  /**
   * @param {number} began
   * @param {number} ended
   * @param {number} time
   * @param {boolean} sounds
   */
  count(began, ended, time, sounds) {
    if (sounds && this.lag === null && !this.sounded) this.least = Infinity;
    this.sounded ||= sounds;
    this.spent += ended - began;
    this.least = Math.min(this.least, ended - 1_000 * time);
    if (++this.counted < 345) return;
    const mean = (1_000 * this.spent) / this.counted;
    this.microseconds = this.microseconds === 0 ? mean : 0.5 * (this.microseconds + mean);
    const late = this.lag === null ? 0 : this.least - this.lag;
    // More than a second is a page that slept, not one that was late.
    if (late > 2 * QUANTUM_MS && late < 1_000) this.missed += Math.round(late / QUANTUM_MS);
    this.lag = this.sounded ? this.least : null;
    this.sounded = false;
    this.least = Infinity;
    this.spent = 0;
    this.counted = 0;
  }
}

registerProcessor("messina", MessinaProcessor);
