// @ts-check
// MIDI in: notes, sustain, pitch bend, and every control by learning.

/** @import { Hit } from "../engine/types.d.ts" */
/** @import { AnyDesk } from "../types.d.ts" */
/** @import { MidiPorts } from "./ports.js" */

import { strikeKey } from "../sounds/keys.js";
import { CONTROLLERS } from "./constants.js";
import { CHANNELS, curved, Gestures, glideMs, releasePace } from "./gestures.js";
import { MidiLearn } from "./learn.js";

const NOTE_OFF = 0x80;
const NOTE_ON = 0x90;
const KEY_PRESSURE = 0xa0;
const CONTROL = 0xb0;
const PRESSURE = 0xd0;
const BEND = 0xe0;
const REALTIME = 0xf8; // and above: of a clock
const { CONTROLLER } = CONTROLLERS;
const HALF = 64;
const NO_VELOCITY = 64; // of a release without one

export const ALL_INPUTS = "all";

/**
 * What a desk makes of it. Says "change" when there is something to show, "pedals" when one was moved, "message" at
 * every message, "realtime" at those of a clock.
 */
export class Midi extends EventTarget {
  /** By channel and note. @type {Map<string, Hit>} */
  #held = new Map();
  /** Inputs that are listened to, by id. @type {Set<string>} */
  #used = new Set();

  /**
   * @param {AnyDesk} app
   * @param {MidiPorts} ports
   */
  constructor(app, ports) {
    super();
    this.app = app;
    this.ports = ports;
    this.learn = new MidiLearn(app, () => this.#changed());
  }

  get inputs() {
    return this.ports.inputs;
  }

  /** Listens to the inputs there are and are to come, until the desk is put away. */
  attach() {
    this.app.listen(this.ports, "change", () => {
      this.#attach();
      this.#changed();
    });
    this.app.atEnd(() => this.#detach());
    this.#attach();
    this.#sendAll();
  }

  get #gestures() {
    return this.ports.gestures;
  }

  get pedals() {
    return this.ports.pedals;
  }

  /** @param {string} id */
  choose(id) {
    this.app.session.change("midi", (state) => {
      state.midi.input = id;
    });
    this.#attach();
    this.#changed();
  }

  #attach() {
    const { input: chosen } = this.app.session.state.midi;
    const there = this.inputs.some((input) => input.id === chosen);
    const before = this.#used;
    this.#used = new Set();
    for (const input of this.inputs) {
      const used =
        input.state !== "disconnected" && (!there || chosen === ALL_INPUTS || input.id === chosen);
      input.onmidimessage = used ? ({ data }) => this.receive(data ?? []) : null;
      if (used) this.#used.add(input.id);
    }
    if ([...before].every((id) => this.#used.has(id))) return;
    this.#letGo();
    if (Object.values(this.pedals).includes(true)) this.lift();
  }

  #detach() {
    for (const input of this.inputs) input.onmidimessage = null;
    this.#letGo();
    this.learn.set(false);
  }

  /** Keys that are down are let go: their end would not be heard of any more. @param {number} [of] a channel */
  #letGo(of) {
    for (const [key, hit] of this.#held)
      if (of === undefined || key.startsWith(`${of}:`)) {
        this.app.performer?.release(hit);
        this.#held.delete(key);
      }
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  /**
   * One message, as bytes.
   *
   * @param {ArrayLike<number> & Iterable<number>} message
   */
  receive([status = 0, first = 0, second = 0]) {
    if (status >= REALTIME)
      return void this.dispatchEvent(new CustomEvent("realtime", { detail: status }));
    const kind = status & 0xf0;
    const channel = status & 0x0f;
    if (kind === NOTE_ON && second > 0) this.#noteOn(channel, first, second);
    else if (kind === NOTE_OFF) this.#noteOff(channel, first, second);
    else if (kind === NOTE_ON) this.#noteOff(channel, first, NO_VELOCITY);
    else if (kind === KEY_PRESSURE) this.#pressKey(channel, first, second);
    else if (kind === PRESSURE) this.#pressChannel(channel, first);
    else if (kind === CONTROL) this.#control(channel, first, second);
    else if (kind === BEND) this.#bend(channel, (second << 7) | first);
    this.dispatchEvent(new Event("message"));
  }

  /**
   * @param {number} channel
   * @param {number} note
   * @param {number} struck
   */
  #noteOn(channel, note, struck) {
    if (this.learn.take(`note:${channel}:${note}`)) return;
    const { app } = this;
    const { state } = app.session;
    const share = this.pedals.soft ? CONTROLLERS.SOFT_PEDAL : 1;
    const velocity = Math.max(1, share * curved(struck, state.curve));
    const control = this.learn.controlOf(`note:${channel}:${note}`);
    app.wake();
    if (control) {
      if (control.press) control.press(velocity);
      else control.set?.(velocity / 127);
      return;
    }
    if (!app.performer) return;
    const key = `${channel}:${note}`;
    app.performer.release(this.#held.get(key)); // struck again without having been lifted
    const hit = strikeKey(app, note, { velocity, source: "midi", sustained: true, channel });
    if (hit) this.#held.set(key, hit);
  }

  /**
   * @param {number} channel
   * @param {number} note
   * @param {number} velocity
   */
  #noteOff(channel, note, velocity) {
    const key = `${channel}:${note}`;
    this.app.performer?.release(this.#held.get(key), { pace: releasePace(velocity) });
    this.#held.delete(key);
  }

  /**
   * @param {number} channel
   * @param {number} note
   * @param {number} value
   */
  #pressKey(channel, note, value) {
    const hit = this.#held.get(`${channel}:${note}`);
    if (hit) this.app.performer?.press(hit, value / 127);
  }

  /**
   * @param {number} channel
   * @param {number} value
   */
  #pressChannel(channel, value) {
    const key = `pressure:${channel}`;
    if (this.learn.take(key)) return;
    const control = this.learn.controlOf(key);
    if (control?.set) return void control.set(value / 127);
    this.#gestures.press(channel, value);
    this.#send(channel);
  }

  /**
   * @param {number} channel
   * @param {number} number
   * @param {number} value
   */
  #control(channel, number, value) {
    const { app } = this;
    if (number === CONTROLLER.ALL_SOUND_OFF) {
      this.#held.clear();
      return void app.silence();
    }
    // No knob: keyboards say so by themselves.
    if (number > CONTROLLER.ALL_SOUND_OFF) return this.#follow(channel, number, value);
    const key = `cc:${channel}:${number}`;
    if (this.learn.take(key)) return;
    const usual = number === CONTROLLER.VOLUME ? app.controls.get("volume") : undefined;
    const control = this.learn.controlOf(key) ?? usual;
    if (control?.set) control.set(value / 127);
    else if (control && value > 0) control.press?.(value);
    else if (!control) this.#follow(channel, number, value);
  }

  /**
   * What was not learnt to do anything else.
   *
   * @param {number} channel
   * @param {number} number
   * @param {number} value
   */
  #follow(channel, number, value) {
    if (number === CONTROLLER.SUSTAIN) this.sustain(value >= HALF);
    else if (number === CONTROLLER.SOSTENUTO) this.sostenuto(value >= HALF);
    else if (number === CONTROLLER.LEGATO) this.#setKeyboard({ mono: value >= HALF });
    else if (number === CONTROLLER.MONO || number === CONTROLLER.POLY) {
      this.#letGo();
      this.#setKeyboard({ mono: number === CONTROLLER.MONO });
    } else if (number >= CONTROLLER.ALL_NOTES_OFF) this.#letGo(channel);
    else if (number === CONTROLLER.SOFT) this.#moved({ soft: value >= HALF });
    else if (number === CONTROLLER.GLIDE)
      this.#setKeyboard({ glide: value >= HALF ? this.ports.glideMs : 0 });
    else if (number === CONTROLLER.GLIDE_TIME) {
      this.ports.glideMs = glideMs(value);
      if (this.app.session.state.glide > 0) this.#setKeyboard({ glide: this.ports.glideMs });
    } else if (this.#gestures.control(channel, number, value)) this.#send(channel);
    if (number === CONTROLLER.RESET) this.#reset(channel);
  }

  /**
   * What of a reset is not its channel's gestures.
   *
   * @param {number} channel
   */
  #reset(channel) {
    this.lift();
    if (this.app.session.state.glide > 0) this.#setKeyboard({ glide: 0 });
    for (const [key, hit] of this.#held)
      if (key.startsWith(`${channel}:`)) this.app.performer?.press(hit, 0);
  }

  /** @param {{ mono?: boolean, glide?: number }} given */
  #setKeyboard(given) {
    this.app.session.change("keyboard", (state) => void Object.assign(state, given));
  }

  /** @param {boolean} down */
  sustain(down) {
    this.app.engine.sustain(down);
    this.#moved({ sustain: down });
  }

  /** @param {boolean} down */
  sostenuto(down) {
    this.app.engine.sostenuto(down);
    this.#moved({ sostenuto: down });
  }

  /** @param {Partial<MidiPorts["pedals"]>} moved */
  #moved(moved) {
    Object.assign(this.pedals, moved);
    this.dispatchEvent(new Event("pedals"));
  }

  /** All pedals up. */
  lift() {
    this.sustain(false);
    this.sostenuto(false);
    this.#moved({ soft: false });
  }

  /** As if no controller had ever been moved. */
  rest() {
    this.lift();
    this.ports.gestures = new Gestures();
  }

  /**
   * Moves a controller on all channels, from the page: 0 … 1.
   *
   * @param {number} number
   * @param {number} share
   */
  everywhere(number, share) {
    for (let channel = 0; channel < CHANNELS; channel++) {
      this.#gestures.control(channel, number, 127 * share);
      this.#send(channel);
    }
  }

  /**
   * The same with pressure.
   *
   * @param {number} share
   */
  pressAll(share) {
    for (let channel = 0; channel < CHANNELS; channel++) {
      this.#gestures.press(channel, 127 * share);
      this.#send(channel);
    }
  }

  /** An instrument that has just come where the controllers are. */
  #sendAll() {
    if (!this.app.performer || !this.#gestures.used) return;
    this.app.engine.pitchBend(this.#gestures.all, { instrument: this.app.instrument });
    for (let channel = 0; channel < CHANNELS; channel++) this.#send(channel);
  }

  /**
   * @param {number} channel
   * @param {number} value
   */
  #bend(channel, value) {
    this.#gestures.bend(channel, value);
    if (channel === 0 && this.app.performer)
      this.app.engine.pitchBend(this.#gestures.all, { instrument: this.app.instrument });
    this.#send(channel);
  }

  /**
   * The engine what is done to a channel's notes, beside what the first channel bends of all.
   *
   * @param {number} channel
   */
  #send(channel) {
    const { app } = this;
    if (!app.performer) return;
    for (const moved of this.#gestures.moved(channel)) {
      const gesture = this.#gestures.of(moved);
      const semitones = gesture.semitones - this.#gestures.all;
      const where = { instrument: app.instrument, channel: moved };
      app.engine.touch({ ...gesture, semitones }, where);
    }
  }
}
