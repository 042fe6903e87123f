// @ts-check
/* One voice: a sound being played, from its start to its end or fade. Runs in the worklet. */

/** @import { Decoder, Network } from "./network.js" */
/** @import { Kernel } from "./kernel.js" */
/** @import { makeTables } from "./synthesis.js" */
/** @import { Address, Gesture, Take } from "./types.d.ts" */

import { PAGE_SOUND, TAKES, VOICES } from "./constants.js";
import { Hand } from "./hand.js";
import { dbToGain, HOP, SAMPLE_RATE } from "./layout.js";
import { Synthesis } from "./synthesis.js";

const SILENT = 1e-4; // a fade has ended
const INAUDIBLE = 1e-5; // amplitude; what stays under it so long …
const INAUDIBLE_SAMPLES = 22_050; // … has ended
const { END_FADE } = TAKES;
const { HARD_GAIN, HARD_S, SOFT_S } = PAGE_SOUND;
const { QUANTUM } = VOICES;

export const IDLE = 0;
const READY = 1; // decoded, waits for its start
export const SOUNDING = 2;

/** What an idle voice plays; nobody asks for it. @type {any} */
const NOTHING = null;

export class Voice {
  /** @type {Network} */
  network = NOTHING;
  /** @type {Take} */
  take = NOTHING;
  id = 0;
  order = 0; // in which voices began
  frame = 0; // at which it starts
  played = 0; // samples
  left = 0; // of the block that was made last
  level = 1;
  down = true; // the key
  caught = false; // by the middle pedal
  pace = 1; // at which its key was lifted
  fade = 1; // gain at the end of the last quantum
  fadeFrom = -1; // frame; none yet
  fadeSamples = 0;
  fadeGain = 1; // where the fade begins
  gain = -1; // at the end of the last quantum, but for fades; none yet
  loud = 1; // amplitude of the last block, gain included
  quiet = 0; // samples since it was audible

  /**
   * @param {Kernel} kernel
   * @param {Decoder} decoder
   * @param {ReturnType<typeof makeTables>} tables
   */
  constructor(kernel, decoder, tables) {
    this.kernel = kernel;
    this.hand = new Hand(kernel);
    this.synthesis = new Synthesis(kernel, decoder, tables, this.hand);
    this.state = IDLE;
  }

  /**
   * Decodes the beginning of a take, to be started later.
   *
   * @param {Network} network
   * @param {Take} take
   * @param {Gesture} gesture of its channel
   */
  prepare(network, take, gesture) {
    this.hand.begin(take, gesture, network.laws.get(take.label) ?? null);
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
   * @param {number} order
   */
  start(id, frame, order) {
    this.id = id;
    this.order = order;
    this.frame = frame;
    this.played = 0;
    this.left = 0;
    this.down = true;
    this.caught = false;
    this.pace = 1;
    this.fade = 1;
    this.fadeFrom = -1;
    this.fadeSamples = 0;
    this.fadeGain = 1;
    this.gain = -1;
    this.loud = 1;
    this.quiet = 0;
    this.state = SOUNDING;
  }

  stop() {
    this.synthesis.release();
    this.state = IDLE;
    this.take = NOTHING;
    this.network = NOTHING;
  }

  get fading() {
    return this.fadeFrom >= 0;
  }

  /**
   * Lets it end within so many samples from `frame`, unless it will have ended by then.
   *
   * @param {number} frame
   * @param {number} samples
   */
  fadeOut(frame, samples) {
    if (this.fading && frame + samples >= this.fadeFrom + this.fadeSamples) return;
    if (this.fading) this.fadeGain = this.fadeAt(frame);
    this.fadeFrom = frame;
    this.fadeSamples = samples;
  }

  /**
   * Its key is lifted: what is held is released, and what can be damped is.
   *
   * @param {number} frame
   */
  letGo(frame) {
    const { steady, held, release } = this.take;
    if (steady) this.synthesis.letGo(Math.max(frame - this.frame, 0), this.pace);
    else if (held) this.fadeOut(frame, Math.round((release * SAMPLE_RATE) / this.pace));
  }

  /**
   * Gain of the fade at a frame: a straight line from where it was.
   *
   * @param {number} frame
   */
  fadeAt(frame) {
    if (!this.fading || frame <= this.fadeFrom) return this.fadeGain;
    return this.fadeGain * Math.max(1 - (frame - this.fadeFrom) / this.fadeSamples, 0);
  }

  /**
   * Gain of the end of a sound, in case that is not silent.
   *
   * @param {number} frame
   */
  endAt(frame) {
    const left = this.frame + this.synthesis.samples - frame;
    return Math.min(Math.max(left / END_FADE, 0), 1);
  }

  /**
   * Samples from `frame` on, no more than `most`, over which fades run straight.
   *
   * @param {number} frame
   * @param {number} most
   */
  straight(frame, most) {
    let end = frame + most;
    const begins = this.frame + this.synthesis.samples - END_FADE;
    if (begins > frame) end = Math.min(end, begins);
    if (!this.fading) return end - frame;
    const gone = this.fadeFrom + this.fadeSamples;
    if (this.fadeFrom > frame) end = Math.min(end, this.fadeFrom);
    else if (gone > frame) end = Math.min(end, gone);
    return end - frame;
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
   * @param {Gesture} gesture
   * @param {number} rate
   */
  render(frame, middle, side, part, bend, gesture, rate) {
    let done = Math.max(this.frame - frame, 0);
    if (done >= QUANTUM) return;
    const { kernel, synthesis } = this;
    const level = part * this.level;
    const count = QUANTUM - done;
    const from = this.gain < 0 ? this.gainAt(level, rate) : this.gain;
    this.played += count;
    const to = this.gainAt(level, rate);
    let gain = from; // but for the fades
    let now = gain * this.fadeAt(frame + done) * this.endAt(frame + done);
    while (done < QUANTUM) {
      if (this.left === 0) this.nextBlock(bend, gesture, now);
      const size = this.straight(frame + done, Math.min(this.left, QUANTUM - done));
      const place = 4 * (HOP - this.left);
      gain += ((to - from) * size) / count;
      const end = frame + done + size;
      const next = gain * this.fadeAt(end) * this.endAt(end);
      kernel.run.mix(synthesis.middle + place, middle + 4 * done, size, now, next);
      if (synthesis.wide) kernel.run.mix(synthesis.side + place, side + 4 * done, size, now, next);
      now = next;
      this.left -= size;
      done += size;
    }
    this.gain = to;
    this.fade = this.fadeAt(frame + QUANTUM);
    const ended = (this.left === 0 && synthesis.over) || this.played >= synthesis.samples;
    if (ended || this.fade < SILENT || this.quiet > INAUDIBLE_SAMPLES) this.stop();
  }

  /**
   * @param {number} bend
   * @param {Gesture} gesture
   * @param {number} gain
   */
  nextBlock(bend, gesture, gain) {
    const law = this.network.laws.get(this.take.label) ?? null;
    const own = this.hand.advance(gesture, law, this.synthesis.sways);
    this.synthesis.step(bend * own);
    this.left = HOP;
    this.loud = this.kernel.run.peak(this.synthesis.middle, HOP) * gain;
    this.quiet = this.loud < INAUDIBLE ? this.quiet + HOP : 0;
  }

  /**
   * @param {number} level
   * @param {number} rate
   */
  gainAt(level, rate) {
    return this.synthesis.gain * level * this.onset(this.played / rate);
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
