// @ts-check
/* One voice: a sound being played, from its start to its end or fade. Runs in the worklet. */

/** @import { Decoder, Network } from "./decoder.js" */
/** @import { Kernel } from "./kernel.js" */
/** @import { makeTables } from "./synthesis.js" */
/** @import { Address, Take } from "./types.d.ts" */

import { dbToGain, HOP } from "./layout.js";
import { Synthesis } from "./synthesis.js";

const QUANTUM = 128;
const SILENT = 1e-4; // a fade has ended
const INAUDIBLE = 1e-5; // amplitude; what stays under it so long …
const INAUDIBLE_SAMPLES = 22_050; // … has ended
const END_SAMPLES = 512; // over which a sound fades that ends before it is silent
const HARD_S = 0.008;
const SOFT_S = 0.12;
const HARD_GAIN = 2.2;

export const IDLE = 0;
export const READY = 1; // decoded, waits for its start
export const SOUNDING = 2;

/** What an idle voice plays; nobody asks for it. @type {any} */
const NOTHING = null;

export class Voice {
  /** @type {Network} */
  network = NOTHING;
  /** @type {Take} */
  take = NOTHING;
  id = 0;
  frame = 0; // at which it starts
  played = 0; // samples
  left = 0; // of the block that was made last
  level = 1;
  down = true; // the key
  fade = 1;
  fadeBy = 0; // a sample, straight
  fadeTimes = 1; // a sample, by a factor
  gain = -1; // at the end of the last quantum; none yet
  loud = 1; // amplitude of the last block, gain included
  quiet = 0; // samples since it was audible

  /**
   * @param {Kernel} kernel
   * @param {Decoder} decoder
   * @param {ReturnType<typeof makeTables>} tables
   */
  constructor(kernel, decoder, tables) {
    this.kernel = kernel;
    this.synthesis = new Synthesis(kernel, decoder, tables);
    this.state = IDLE;
  }

  /**
   * Decodes the beginning of a take, to be started later.
   *
   * @param {Network} network
   * @param {Take} take
   */
  prepare(network, take) {
    this.synthesis.begin(network, take);
    this.network = network;
    this.take = take;
    this.level = dbToGain(take.level);
    this.state = READY;
  }

  /**
   * Sounds from the sample `frame` on.
   *
   * @param {number} id
   * @param {number} frame
   */
  start(id, frame) {
    this.id = id;
    this.frame = frame;
    this.played = 0;
    this.left = 0;
    this.down = true;
    this.fade = 1;
    this.fadeBy = 0;
    this.fadeTimes = 1;
    this.gain = -1;
    this.loud = 1;
    this.quiet = 0;
    this.state = SOUNDING;
  }

  stop() {
    this.state = IDLE;
    this.take = NOTHING;
    this.network = NOTHING;
  }

  get fading() {
    return this.fadeBy > 0 || this.fadeTimes < 1;
  }

  /**
   * Down to nothing in a straight line over so many samples.
   *
   * @param {number} samples
   */
  fadeOver(samples) {
    this.fadeBy = Math.max(this.fadeBy, 1 / samples);
  }

  /**
   * Down by 60 dB in `seconds`, exponentially.
   *
   * @param {number} seconds
   * @param {number} rate
   */
  release(seconds, rate) {
    this.fadeTimes = Math.min(this.fadeTimes, Math.exp(Math.log(1e-3) / (seconds * rate)));
  }

  /**
   * Adds the quantum that begins at `frame` to the middle and the side. `part`: gain of the voice's
   * instrument at its end.
   *
   * @param {number} frame
   * @param {Address} middle
   * @param {Address} side
   * @param {number} part
   * @param {number} bend
   * @param {number} rate
   */
  render(frame, middle, side, part, bend, rate) {
    let done = Math.max(this.frame - frame, 0);
    if (done >= QUANTUM) return;
    const { kernel, synthesis } = this;
    const level = part * this.level;
    const count = QUANTUM - done;
    const from = this.gain < 0 ? this.gainAt(level, rate) : this.gain;
    this.played += count;
    this.fade = Math.max(this.fade * this.fadeTimes ** count - this.fadeBy * count, 0);
    const to = this.gainAt(level, rate);
    let gain = from;
    while (done < QUANTUM) {
      if (this.left === 0) this.nextBlock(bend, to);
      const size = Math.min(this.left, QUANTUM - done);
      const place = 4 * (HOP - this.left);
      const next = gain + ((to - from) * size) / count;
      kernel.run.mix(synthesis.middle + place, middle + 4 * done, size, gain, next);
      if (!synthesis.image.mono)
        kernel.run.mix(synthesis.side + place, side + 4 * done, size, gain, next);
      gain = next;
      this.left -= size;
      done += size;
    }
    this.gain = to;
    if (this.played > synthesis.samples - END_SAMPLES) this.fadeOver(END_SAMPLES);
    const ended = this.left === 0 && synthesis.over;
    if (ended || this.fade < SILENT || this.quiet > INAUDIBLE_SAMPLES) this.stop();
  }

  /**
   * @param {number} bend
   * @param {number} gain
   */
  nextBlock(bend, gain) {
    this.synthesis.step(bend);
    this.left = HOP;
    this.loud = this.kernel.run.peak(this.synthesis.middle, HOP) * gain;
    this.quiet = this.loud < INAUDIBLE ? this.quiet + HOP : 0;
  }

  /**
   * @param {number} level
   * @param {number} rate
   */
  gainAt(level, rate) {
    return this.synthesis.gain * level * this.fade * this.onset(this.played / rate);
  }

  /**
   * Gain of the attack control, `seconds` from the start.
   *
   * @param {number} seconds
   */
  onset(seconds) {
    const { attack } = this.take;
    if (attack === 0) return 1;
    if (attack > 0) return 1 + (HARD_GAIN ** attack - 1) * Math.exp(-seconds / HARD_S);
    const soft = SOFT_S * attack * attack;
    return seconds >= soft ? 1 : 0.5 - 0.5 * Math.cos((Math.PI * seconds) / soft);
  }
}
