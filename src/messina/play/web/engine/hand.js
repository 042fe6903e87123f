// @ts-check
/* What hands do to what sounds: to one note, how it is bent, pressed, made brighter, and to all of an instrument or a
 * channel. Runs in the worklet. The twin of the Python module sequences/hand: what is wanted is reached within a few
 * blocks; a note begins where its channel is. */

/** @import { Kernel } from "./kernel.js" */
/** @import { Gesture, Part, Take, TouchLaw } from "./types.d.ts" */

import { HAND, VIBRATO } from "./constants.js";
import { BINS, dbToGain, HOP, PARTIALS, ROW, SAMPLE_RATE } from "./layout.js";
import { fillLouder, pressedDb } from "./touch.js";

const { NEAR_ENOUGH, NEARER } = HAND;
const { VIBRATO_HZ, VIBRATO_SEMITONES } = VIBRATO;
const BLOCK_S = HOP / SAMPLE_RATE;
const UNHEARD = -100; // nepers: a floor under which nothing is taken for silence
const VELOCITY = 100; // of a note without one
const SMOOTH = 0.25; // of the way to a new level or bend, a quantum

/** Nothing is done. @type {Readonly<Gesture>} */
export const STILL = Object.freeze({
  pressure: 0,
  louder: 0,
  brighter: 0,
  vibrato: 0,
  semitones: 0,
});
const NAMES = /** @type {(keyof Gesture)[]} */ (Object.keys(STILL));

export class Hand {
  now = { ...STILL };
  last = { ...STILL };
  block = 0;
  velocity = VELOCITY;
  pressure = 0; // of the key itself
  legato = 0; // dB by which the key it went on to was struck harder
  glide = { from: 0, to: 0, first: 0, blocks: 0 };
  /** @type {TouchLaw | null} */
  law = null;
  /** Whether levels are played other than they are. */
  active = false;

  /** @param {Kernel} kernel */
  constructor(kernel) {
    this.kernel = kernel;
    this.row = kernel.allocate(ROW);
    this.partials = kernel.allocate(PARTIALS); // gains
    this.bins = kernel.allocate(BINS);
    this.scratch = new Float32Array(ROW);
  }

  /**
   * On a new note.
   *
   * @param {Take} take
   * @param {Gesture} gesture of its channel
   * @param {TouchLaw | null} law of its label, once it is known
   */
  begin(take, gesture, law) {
    this.velocity = take.velocity ?? VELOCITY;
    this.pressure = 0;
    this.legato = 0;
    this.block = 0;
    const { from, seconds } = take.slide ?? { from: 0, seconds: 0 };
    this.glide = { from, to: 0, first: 0, blocks: Math.round(seconds / BLOCK_S) };
    Object.assign(this.now, gesture);
    this.active = false;
    Object.assign(this.last, STILL);
    this.law = law;
    this.shape();
  }

  /**
   * Moves to so many semitones from the note's own pitch, from where it is.
   *
   * @param {number} to
   * @param {number} seconds
   */
  slide(to, seconds) {
    const from = this.glided();
    this.glide = { from, to, first: this.block, blocks: Math.round(seconds / BLOCK_S) };
  }

  /**
   * One block on. Returns the factor on the pitch.
   *
   * @param {Gesture} gesture
   * @param {TouchLaw | null} law
   * @param {boolean} sways whether the sound has a vibrato of its own
   */
  advance(gesture, law, sways) {
    const { now } = this;
    for (const name of NAMES) {
      const wanted = this.wanted(name, gesture);
      const near = Math.abs(wanted - now[name]) <= NEAR_ENOUGH;
      now[name] = near ? wanted : now[name] + NEARER * (wanted - now[name]);
    }
    if (law !== this.law) this.last.louder = Number.NaN; // it is known now, or another one
    this.law = law;
    this.shape();
    const turns = VIBRATO_HZ * BLOCK_S * this.block;
    const depth = sways ? 0 : now.vibrato * VIBRATO_SEMITONES;
    const sway = depth * Math.sin(2 * Math.PI * turns);
    const semitones = now.semitones + this.glided() + sway;
    this.block++;
    return semitones === 0 ? 1 : 2 ** (semitones / 12);
  }

  /**
   * @param {keyof Gesture} name
   * @param {Gesture} gesture
   */
  wanted(name, gesture) {
    if (name === "pressure") return Math.max(this.pressure, gesture.pressure);
    return name === "louder" ? gesture.louder + this.legato : gesture[name];
  }

  glided() {
    const { from, to, first, blocks } = this.glide;
    const share = blocks > 0 ? Math.min((this.block - first) / blocks, 1) : 1;
    return from + share * (to - from);
  }

  /** Gains of what is wanted now, where that has changed. */
  shape() {
    const { now, last, kernel } = this;
    const same =
      now.pressure === last.pressure &&
      now.louder === last.louder &&
      now.brighter === last.brighter;
    if (same) return;
    Object.assign(last, now);
    this.active = now.pressure !== 0 || now.louder !== 0 || now.brighter !== 0;
    if (!this.active) return;
    if (!this.law) {
      const gain = dbToGain(now.louder); // alone, until it is known
      kernel.view(this.partials, PARTIALS).fill(gain);
      kernel.view(this.bins, BINS).fill(gain);
      return;
    }
    const louder = now.louder + pressedDb(this.law, this.velocity, now.pressure);
    fillLouder(this.law, this.velocity, louder, now.brighter, this.scratch);
    kernel.f32.set(this.scratch, this.row >> 2);
    kernel.run.amplitudes(this.row, this.row, 0, UNHEARD, this.partials, PARTIALS);
    const noise = this.row + 4 * PARTIALS;
    kernel.run.bin_gains(noise, noise, 0, UNHEARD, this.bins);
  }
}

/** @returns {Part} */
const newPart = () => ({ level: null, wanted: 1, bend: 1, bent: 1, gesture: { ...STILL } });

/** Levels, bends and gestures of instruments and of their channels. */
export class Parts {
  /** @type {Map<string, Part>} */
  #all = new Map();
  /** What is of no channel. */
  #alone = newPart();

  /**
   * @param {string} instrument
   * @param {number} [channel] of MIDI; none: all of the instrument
   */
  of(instrument, channel) {
    const name = channel === undefined ? instrument : `${instrument}\0${channel}`;
    let part = this.#all.get(name);
    if (!part) this.#all.set(name, (part = newPart()));
    return part;
  }

  /**
   * What is done to the channel of a take, beside its whole instrument.
   *
   * @param {Take} take
   */
  channelOf({ instrument, channel }) {
    return channel === undefined ? this.#alone : this.of(instrument, channel);
  }

  /** @param {Take} take */
  gestureOf(take) {
    return this.channelOf(take).gesture;
  }

  /** One quantum nearer to what is wanted. */
  smooth() {
    for (const part of this.#all.values()) {
      part.level = part.level === null ? part.wanted : approach(part.level, part.wanted);
      part.bend = approach(part.bend, part.bent);
    }
  }
}

/**
 * @param {number} from
 * @param {number} to
 */
export function approach(from, to) {
  const next = from + SMOOTH * (to - from);
  return Math.abs(next - to) < 1e-5 * Math.abs(to) + 1e-9 ? to : next;
}
