/* One voice: a sound being played, from its start to its end or fade. Runs in the worklet. */

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

export class Voice {
  constructor(kernel, decoder, tables) {
    this.kernel = kernel;
    this.synthesis = new Synthesis(kernel, decoder, tables);
    this.state = IDLE;
  }

  /** Decodes the beginning of a take, to be started later. */
  prepare(network, take) {
    this.synthesis.begin(network, take);
    this.network = network;
    this.take = take;
    this.level = dbToGain(take.level);
    this.state = READY;
  }

  /** Sounds from the sample `frame` on. */
  start(id, frame) {
    this.id = id;
    this.frame = frame;
    this.played = 0; // samples
    this.left = 0; // of the block that was made last
    this.down = true; // the key
    this.fade = 1;
    this.fadeBy = 0; // a sample, straight
    this.fadeTimes = 1; // a sample, by a factor
    this.gain = -1; // at the end of the last quantum; none yet
    this.loud = 1; // amplitude of the last block, gain included
    this.quiet = 0; // samples since it was audible
    this.state = SOUNDING;
  }

  stop() {
    this.state = IDLE;
    this.take = null;
    this.network = null;
  }

  get fading() {
    return this.fadeBy > 0 || this.fadeTimes < 1;
  }

  /** Down to nothing in a straight line over so many samples. */
  fadeOver(samples) {
    this.fadeBy = Math.max(this.fadeBy, 1 / samples);
  }

  /** Down by 60 dB in `seconds`, exponentially. */
  release(seconds, rate) {
    this.fadeTimes = Math.min(this.fadeTimes, Math.exp(Math.log(1e-3) / (seconds * rate)));
  }

  /**
   * Adds the quantum that begins at `frame` to the middle and the side. `part`: gain of the voice's
   * instrument at its end.
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

  nextBlock(bend, gain) {
    this.synthesis.step(bend);
    this.left = HOP;
    this.loud = this.kernel.run.peak(this.synthesis.middle, HOP) * gain;
    this.quiet = this.loud < INAUDIBLE ? this.quiet + HOP : 0;
  }

  gainAt(level, rate) {
    return this.synthesis.gain * level * this.fade * this.onset(this.played / rate);
  }

  /** Gain of the attack control, `seconds` from the start. */
  onset(seconds) {
    const { attack } = this.take;
    if (attack === 0) return 1;
    if (attack > 0) return 1 + (HARD_GAIN ** attack - 1) * Math.exp(-seconds / HARD_S);
    const soft = SOFT_S * attack * attack;
    return seconds >= soft ? 1 : 0.5 - 0.5 * Math.cos((Math.PI * seconds) / soft);
  }
}
