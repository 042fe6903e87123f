// @ts-check
// What the channels of MIDI say of the notes that sound on them: bends, pressure, loudness, brightness.
// The twin of the Python module sequences/gestures.
//
// The first channel bends all, any other its own notes. In a zone of MPE the members' notes are bent
// by themselves and by their master, and so with all its other controllers.
// Ref: MIDI Polyphonic Expression 1.1 (RP-053).

/** @import { Gesture } from "../engine/types.d.ts" */

import { CONTROLLERS, GESTURES } from "./constants.js";

const { BEND_RANGE, CONTROLLER, LEAST_VALUE, MEMBERS_BEND_RANGE } = CONTROLLERS;
const { LONGEST_GLIDE_MS } = CONTROLLERS;
const { CURVES, FIXED_VELOCITY, RELEASE_OCTAVES } = CONTROLLERS;
export const { CHANNELS } = GESTURES;
const UPPER_MASTER = CHANNELS - 1;
const BEND_RANGE_RPN = 0;
const ZONE_RPN = 6;
const NULL = 127;
const CENTRE = 8192;
const MIDDLE = 64;

/** Controllers that shape notes. @type {Set<number>} */
const FOLLOWED = new Set([
  CONTROLLER.MODULATION,
  CONTROLLER.BREATH,
  CONTROLLER.EXPRESSION,
  CONTROLLER.BRIGHTNESS,
]);

/**
 * The velocity 1 … 127 that a keyboard's means by a curve.
 *
 * @param {number} velocity
 * @param {string} curve
 */
export function curved(velocity, curve) {
  const exponent = CURVES[/** @type {keyof typeof CURVES} */ (curve)] ?? 1;
  return exponent === 0 ? FIXED_VELOCITY : 1 + 126 * ((velocity - 1) / 126) ** exponent;
}

/**
 * How much softer, in dB, a controller of loudness makes a note.
 *
 * @param {number} value
 */
const expressionDb = (value) => 40 * Math.log10(Math.max(value, LEAST_VALUE) / 127);

/**
 * How many times as fast a note is released as it was learnt. 0 is what many keyboards send always.
 *
 * @param {number} velocity
 */
export const releasePace = (velocity) =>
  2 ** ((RELEASE_OCTAVES * ((velocity || MIDDLE) - MIDDLE)) / MIDDLE);

/**
 * How long a glide takes, in ms, by the controller of its time.
 *
 * @param {number} value
 */
export const glideMs = (value) => LONGEST_GLIDE_MS * (value / 127) ** 2;

class Channel {
  semitones = BEND_RANGE;
  cents = 0;
  bend = 0; // -1 … 1
  pressure = 0;
  coarse = NULL; // the parameter that data are for
  fine = NULL;
  /** Of controllers that were set. @type {Map<number, number>} */
  values = new Map();

  /** Data that follow are for what nothing here has. */
  chooseNothing() {
    this.coarse = this.fine = NULL;
  }

  get bent() {
    return this.bend * (this.semitones + this.cents / 100);
  }

  /** By itself, but for its bend. @returns {Gesture} */
  get gesture() {
    /** @type {(number: number, otherwise: number) => number} */
    const value = (number, otherwise) => this.values.get(number) ?? otherwise;
    const away = value(CONTROLLER.BRIGHTNESS, MIDDLE) - MIDDLE;
    const loud = [CONTROLLER.EXPRESSION, CONTROLLER.BREATH];
    return {
      semitones: 0,
      pressure: this.pressure,
      louder: loud.reduce((sum, number) => sum + expressionDb(value(number, 127)), 0),
      brighter: away / (away < 0 ? MIDDLE : 127 - MIDDLE),
      vibrato: value(CONTROLLER.MODULATION, 0) / 127,
    };
  }
}

export class Gestures {
  #channels = Array.from({ length: CHANNELS }, () => new Channel());
  /** Members of the zones of the first and the last channel. */
  #members = { lower: 0, upper: 0 };
  /** Whether anything was asked for at all. */
  used = false;

  /**
   * Takes in a control change; whether it was one that shapes notes, or sets how.
   *
   * @param {number} channel
   * @param {number} number
   * @param {number} value
   */
  control(channel, number, value) {
    const own = this.#channels[channel];
    this.used = true;
    if (FOLLOWED.has(number)) own.values.set(number, value);
    else if (number === CONTROLLER.RPN_HIGH) own.coarse = value;
    else if (number === CONTROLLER.RPN_LOW) own.fine = value;
    else if (number === CONTROLLER.NRPN_LOW || number === CONTROLLER.NRPN_HIGH) own.chooseNothing();
    else if (number === CONTROLLER.RESET) this.#reset(own);
    else if (own.coarse !== 0 || (number !== CONTROLLER.DATA && number !== CONTROLLER.DATA_LOW))
      return false;
    else if (own.fine === BEND_RANGE_RPN) this.#setRange(channel, number, value);
    else if (own.fine === ZONE_RPN && number === CONTROLLER.DATA)
      this.#setZone(channel, Math.min(value, CHANNELS - 1));
    return true;
  }

  /**
   * Takes in a bend of 14 bits; 8192 is none.
   *
   * @param {number} channel
   * @param {number} value
   */
  bend(channel, value) {
    const away = value - CENTRE;
    this.used = true;
    this.#channels[channel].bend = away < 0 ? away / CENTRE : away / (CENTRE - 1);
  }

  /**
   * Takes in the pressure of a channel, 0 … 127.
   *
   * @param {number} channel
   * @param {number} value
   */
  press(channel, value) {
    this.used = true;
    this.#channels[channel].pressure = value / 127;
  }

  /**
   * What a channel was told last, 0 … 127; otherwise: what stands for nothing.
   *
   * @param {number} number of a controller
   * @param {number} otherwise
   */
  value(number, otherwise, channel = 0) {
    return this.#channels[channel].values.get(number) ?? otherwise;
  }

  /** Semitones by which the first channel bends all. */
  get all() {
    return this.#channels[0].bent;
  }

  /**
   * What is done to a channel's notes.
   *
   * @param {number} channel
   * @returns {Gesture}
   */
  of(channel) {
    const own = this.#channels[channel];
    const here = own.gesture;
    const semitones = own.bent + (channel === 0 ? 0 : this.all);
    const [master] = this.#mates(channel);
    if (master === channel) return { ...here, semitones };
    const above = this.#channels[master].gesture;
    return {
      semitones: semitones + (master === 0 ? 0 : this.#channels[master].bent),
      pressure: Math.max(here.pressure, above.pressure),
      louder: here.louder + above.louder,
      brighter: Math.max(-1, Math.min(1, here.brighter + above.brighter)),
      vibrato: Math.max(here.vibrato, above.vibrato),
    };
  }

  /**
   * The channels whose notes a message of this one moves.
   *
   * @param {number} channel
   */
  moved(channel) {
    const mates = this.#mates(channel);
    return mates[0] === channel ? mates : [channel];
  }

  /** @param {Channel} own */
  #reset(own) {
    own.bend = 0;
    own.pressure = 0;
    own.chooseNothing();
    for (const number of FOLLOWED) if (number !== CONTROLLER.BRIGHTNESS) own.values.delete(number);
  }

  /**
   * @param {number} channel
   * @param {number} number
   * @param {number} value
   */
  #setRange(channel, number, value) {
    // Told to one member it is meant for all of a zone.
    const mates = this.#mates(channel);
    const meant = mates[0] === channel ? [channel] : mates.slice(1);
    for (const mate of meant)
      this.#channels[mate][number === CONTROLLER.DATA ? "semitones" : "cents"] = value;
  }

  /**
   * @param {number} channel
   * @param {number} members
   */
  #setZone(channel, members) {
    if (channel !== 0 && channel !== UPPER_MASTER) return;
    this.#members[channel === 0 ? "lower" : "upper"] = members;
    // The zone that was configured last takes what the other one had of it.
    const other = channel === 0 ? "upper" : "lower";
    this.#members[other] = Math.min(this.#members[other], Math.max(14 - members, 0));
    for (const mate of this.#mates(channel)) {
      const semitones = mate === channel ? BEND_RANGE : MEMBERS_BEND_RANGE;
      Object.assign(this.#channels[mate], { semitones, cents: 0, bend: 0 });
    }
  }

  /**
   * The channels of a channel's zone, its master first; itself alone without one.
   *
   * @param {number} channel
   */
  #mates(channel) {
    const { lower, upper } = this.#members;
    if (lower > 0 && channel <= lower) return Array.from({ length: lower + 1 }, (_, i) => i);
    if (upper > 0 && channel >= UPPER_MASTER - upper)
      return Array.from({ length: upper + 1 }, (_, i) => UPPER_MASTER - i);
    return [channel];
  }
}
