// @ts-check
/* Everything that sounds at once: takes in messages, makes quanta of stereo sound. Decodes and makes what its
 * voices play, steals and fades them. Touches neither clock nor port, so that it runs on the audio thread
 * (worklet.js) and faster than sound (offline-worker.js) alike. */

/** @import { Kernel } from "./kernel.js" */
/** @import { Message, Timed } from "./types.d.ts" */

import { VOICES } from "./constants.js";
import { approach, Parts } from "./hand.js";
import { dbToGain, SAMPLE_RATE } from "./layout.js";
import { Limiter } from "./limiter.js";
import { Decoder, Network } from "./network.js";
import { makeTables } from "./synthesis.js";
import { IDLE, SOUNDING } from "./voice.js";
import { Voices } from "./voices.js";

export const { QUANTUM } = VOICES;
const WORK = 10; // batches of points for the notes that begin in a quantum of live playing: two notes
const ONWARD = 4; // batches a quantum for those that sound: what they will need, in turn
const AHEAD = 4_410; // samples before its start from which a note is made ready
const IDLE_QUANTA = 8; // from one loop that is made ahead to the next: 23 ms

export class Mixer {
  parts = new Parts();
  /** Of timed messages, by frame. @type {(Timed & { frame: number })[]} */
  queue = [];
  idle = 0; // quanta
  turn = 0; // of the voice that is decoded on first
  level = 1;
  wantedLevel = 1;
  limiter = new Limiter();

  /**
   * voices: most that sound at once; more wait and fade. patient: not live, nothing can be late. onError(text): is told
   * of a message that could not be handled.
   *
   * @param {Kernel} kernel
   * @param {object} options
   * @param {number} options.voices
   * @param {boolean} [options.patient]
   * @param {(text: string) => void} options.onError
   */
  constructor(kernel, { voices, patient = false, onError }) {
    this.kernel = kernel;
    this.decoder = new Decoder(kernel);
    this.tables = makeTables(kernel);
    this.voices = new Voices(kernel, this.decoder, this.tables);
    this.middle = kernel.allocate(QUANTUM);
    this.side = kernel.allocate(QUANTUM);
    this.patient = patient;
    this.onError = onError;
    /** @type {Map<string, Network>} */
    this.networks = new Map();
    /** Those in the kernel's memory. @type {Set<Network>} */
    this.kept = new Set();
    this.reset({ voices });
  }

  /**
   * As if it were new, but for the networks it has: nothing sounds, nothing waits.
   *
   * @param {{ voices: number, level?: number }} options
   */
  reset({ voices, level = 0 }) {
    this.voices.reset(voices);
    this.parts = new Parts();
    this.queue = [];
    this.turn = 0;
    this.level = dbToGain(level);
    this.wantedLevel = this.level;
    this.limiter = new Limiter();
  }

  // -------------------------------------------------------------- messages

  /**
   * Takes in a message. What changes what sounds waits for its frame, in order, null being `frame`, that of the
   * next quantum; the rest happens at once.
   *
   * @param {Message} message
   * @param {number} frame
   */
  accept(message, frame) {
    if (message.frame === undefined) {
      this.handle(message, frame);
      return;
    }
    const timed = Object.assign(message, { frame: message.frame ?? frame });
    let place = this.queue.length;
    while (place > 0 && this.queue[place - 1].frame > timed.frame) place--;
    this.queue.splice(place, 0, timed);
  }

  /**
   * One bad message must not end all sound: a processor that throws is never called again.
   *
   * @param {Message} message
   * @param {number} frame
   */
  handle(message, frame) {
    try {
      this.obey(message, frame);
    } catch (error) {
      this.onError(`${message.type}: ${error}`);
    }
  }

  /**
   * @param {Message} message
   * @param {number} frame
   */
  obey(message, frame) {
    switch (message.type) {
      case "network":
        this.takeIn(message.instrument, new Network(this.kernel, message.packed));
        break;
      case "drop":
        this.networks.delete(message.instrument);
        this.forgetNetworks();
        break;
      case "on":
        this.start(message, frame);
        break;
      case "law":
        this.networks.get(message.instrument)?.laws.set(message.label, message.law);
        break;
      case "off":
        this.voices.end(message.id, frame, message.pace ?? 1, message.firm);
        break;
      case "press":
        this.voices.handOf(message.id, (hand) => {
          hand.pressure = message.pressure;
        });
        break;
      case "legato":
        this.voices.handOf(message.id, (hand) => {
          hand.slide(message.semitones, message.seconds);
          hand.legato = message.louder;
        });
        break;
      case "touch":
        Object.assign(this.parts.of(message.instrument, message.channel).gesture, message.gesture);
        break;
      case "sostenuto":
        this.voices.catchNotes(message.down, frame);
        break;
      case "silence":
        this.silence(frame);
        break;
      case "pedal":
        this.voices.press(message.down, frame);
        break;
      case "bend":
        this.parts.of(message.instrument, message.channel).bent = 2 ** (message.semitones / 12);
        break;
      case "level":
        this.parts.of(message.instrument).wanted = dbToGain(message.db);
        break;
      case "master":
        this.wantedLevel = dbToGain(message.db);
        break;
    }
  }

  /**
   * @param {string} instrument
   * @param {Network} network
   */
  takeIn(instrument, network) {
    this.networks.set(instrument, network);
    this.forgetNetworks();
    if (!this.patient) this.tables.loops.expect(network);
  }

  /** Networks that were replaced are freed once no voice plays them any more. */
  forgetNetworks() {
    for (const network of this.networks.values()) this.kept.add(network);
    const used = new Set(this.networks.values());
    for (const voice of this.voices.all) if (voice.state !== IDLE) used.add(voice.network);
    for (const network of this.kept) {
      if (used.has(network)) continue;
      this.tables.loops.forget(network);
      network.free();
      this.kept.delete(network);
    }
  }

  // -------------------------------------------------------------- notes

  /**
   * What was made ready is played, though its network may have been replaced since.
   *
   * @param {Extract<Timed, { type: "on" }>} message
   * @param {number} frame
   */
  start({ id, take, voice: ready }, frame) {
    const network = this.networks.get(take.instrument);
    if (!network || !(ready || network.fits(take))) {
      ready?.stop();
      if (this.patient) throw new Error(`'${take.instrument}' cannot play this sound`);
      return;
    }
    const voice = ready ?? this.freeVoice();
    if (!ready) voice.prepare(network, take, this.parts.gestureOf(take));
    this.voices.start(voice, id, frame);
  }

  /** There always is one: no more sound without fading than may, and the others fade or wait. */
  freeVoice() {
    const free = this.voices.free() ?? this.lastReady();
    free.stop();
    return free;
  }

  /** The voice of the note that has the most time to be made ready again. */
  lastReady() {
    for (let i = this.queue.length - 1; i >= 0; i--) {
      const message = this.queue[i];
      if (message.type !== "on" || !message.voice) continue;
      const { voice } = message;
      message.voice = undefined;
      return voice;
    }
    throw new Error("no voice is free");
  }

  /** @param {number} frame */
  silence(frame) {
    this.queue = this.queue.filter((message) => {
      if (message.type === "on") message.voice?.stop();
      return message.type !== "on";
    });
    this.voices.fadeAll(frame);
  }

  // -------------------------------------------------------------- sound

  /**
   * The quantum that begins at `frame`, to left and right [QUANTUM]. Returns how many voices sound.
   *
   * @param {Float32Array} left
   * @param {Float32Array} right
   * @param {number} frame
   */
  render(left, right, frame) {
    if (!this.handleDue(frame)) this.readyNext(frame);
    this.parts.smooth();
    const { kernel, middle, side } = this;
    kernel.clear(middle, QUANTUM);
    kernel.clear(side, QUANTUM);
    let sounding = 0;
    for (const voice of this.voices.all) {
      if (voice.state !== SOUNDING) continue;
      const part = this.parts.of(voice.take.instrument);
      const own = this.parts.channelOf(voice.take);
      const level = (part.level ?? part.wanted) * (own.level ?? own.wanted);
      const bend = part.bend * own.bend;
      voice.render(frame, middle, side, level, bend, own.gesture, SAMPLE_RATE);
      sounding++;
    }
    this.decodeOn();
    if (sounding === 0 && ++this.idle % IDLE_QUANTA === 0) this.tables.loops.makeAhead();
    this.write(left, right);
    return sounding;
  }

  /**
   * Handles what falls into this quantum; returns whether a note had to be decoded.
   *
   * @param {number} frame
   */
  handleDue(frame) {
    const before = this.decoder.batches;
    while (this.queue.length > 0 && this.queue[0].frame < frame + QUANTUM) {
      const tired = !this.patient && this.decoder.batches - before >= WORK;
      const [message] = this.queue;
      if (tired && message.type === "on" && !message.voice) break;
      this.queue.shift();
      this.handle(message, Math.max(message.frame, frame));
    }
    return this.decoder.batches > before;
  }

  /**
   * Makes the next note ready that has time, one a quantum.
   *
   * @param {number} frame
   */
  readyNext(frame) {
    for (const message of this.queue) {
      if (message.frame >= frame + AHEAD) return;
      if (message.type !== "on" || message.voice) continue;
      const network = this.networks.get(message.take.instrument);
      if (network?.fits(message.take)) this.ready(message, network);
      return;
    }
  }

  /**
   * @param {Extract<Timed, { type: "on" }>} message
   * @param {Network} network
   */
  ready(message, network) {
    const free = this.voices.spare();
    if (!free) return;
    free.prepare(network, message.take, this.parts.gestureOf(message.take));
    message.voice = free;
  }

  /** Decodes on what sounds, each voice in its turn, so that no quantum has to decode for many at once. */
  decodeOn() {
    const { decoder } = this;
    const voices = this.voices.all;
    const enough = decoder.batches + ONWARD;
    for (let i = 0; i < voices.length && decoder.batches < enough; i++) {
      this.turn = (this.turn + 1) % voices.length;
      const voice = voices[this.turn];
      if (voice.state === SOUNDING) voice.synthesis.lookAhead();
    }
  }

  /**
   * @param {Float32Array} left
   * @param {Float32Array} right
   */
  write(left, right) {
    const { f32 } = this.kernel;
    const [middle, side] = [this.middle >> 2, this.side >> 2];
    const from = this.level;
    this.level = approach(this.level, this.wantedLevel);
    const grow = (this.level - from) / QUANTUM;
    for (let i = 0; i < QUANTUM; i++) {
      const gain = from + grow * (i + 1);
      left[i] = (f32[middle + i] - f32[side + i]) * gain;
      right[i] = (f32[middle + i] + f32[side + i]) * gain;
    }
    this.limiter.run(left, right);
  }
}
