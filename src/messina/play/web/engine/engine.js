// @ts-check
/* The sound engine on the page's thread: takes of notes are made here and played in a worklet. */

/** @import { Controls, Gesture, Hit, Instrument, Measure, Message, Meter, Note, OfflineEvent, PackedNetwork, Sides } from "./types.d.ts" */

import { hash } from "./counter-rng.js";
import { readFile } from "./file.js";
import { makeInstrument } from "./instrument.js";
import { Kernel } from "./kernel.js";
import { SAMPLE_RATE } from "./layout.js";
import { LATENCY } from "./limiter.js";
import { Measuring, TouchLaws } from "./measuring.js";
import { frameOf, idOf, messagesOf, OfflineRenderer } from "./offline.js";
import { packNetwork } from "./packing.js";
import { takeOf } from "./playing.js";
import { changedControls, controlsOf, DEFAULTS } from "./ranges.js";
import { playedDb } from "./responses.js";

const PROCESSOR = "messina";

/**
 * @typedef {{ instrument: Instrument, packed: PackedNetwork, controls: Controls, laws: TouchLaws }} Loaded
 */

/** Instruments and notes, as index.js describes them; what is done to either goes to the worklet as messages. */
export class Engine {
  #wasm;
  #renderer;
  #voices;
  #port;
  /** By id. @type {Map<string, Loaded>} */
  #loaded = new Map();
  /** @type {Measuring | null} */
  #measuring = null;
  #session = crypto.getRandomValues(new Uint32Array(1))[0];
  #hits = 0;
  /** @type {Set<(meter: Meter) => void>} */
  #watchers = new Set();
  /** @type {Set<(error: Error) => void>} */
  #alarmed = new Set();

  /**
   * @param {AudioContext} context
   * @param {{ wasm: ArrayBuffer, renderer: OfflineRenderer, voices: number }} options
   */
  constructor(context, { wasm, renderer, voices }) {
    this.#wasm = wasm;
    this.#renderer = renderer;
    this.#voices = voices;
    this.output = new AudioWorkletNode(context, PROCESSOR, {
      numberOfInputs: 0,
      outputChannelCount: [2],
      processorOptions: { wasm, voices },
    });
    this.latency = LATENCY / SAMPLE_RATE;
    this.output.onprocessorerror = () =>
      this.#alarm("The sound engine has stopped; reload this page to play on.");
    this.#port = this.output.port;
    this.#port.onmessage = ({ data }) => {
      if (data.error)
        this.#alarm(`The sound engine could not do what it was asked: ${data.error}.`);
      else this.#watchers.forEach((watch) => watch(data));
    };
  }

  /** @param {string} sentence */
  #alarm(sentence) {
    const error = new Error(sentence);
    if (this.#alarmed.size === 0) console.error(error);
    this.#alarmed.forEach((report) => report(error));
  }

  // -------------------------------------------------------------- instruments

  /**
   * @param {ArrayBuffer} arrayBuffer
   * @param {{ id?: string }} [options]
   * @returns {Promise<Instrument>}
   */
  async loadInstrument(arrayBuffer, { id = `instrument ${this.#loaded.size + 1}` } = {}) {
    const file = readFile(arrayBuffer);
    const packed = packNetwork(file);
    const instrument = makeInstrument(id, file);
    const controls = this.#loaded.get(id)?.controls ?? DEFAULTS;
    this.#forget(id);
    const laws = new TouchLaws((label) =>
      this.#port.postMessage({ type: "law", instrument: id, label, law: this.#law(id, label) }),
    );
    this.#loaded.set(id, { instrument, packed, controls, laws });
    this.#port.postMessage({ type: "network", instrument: id, packed });
    this.#sendLevel(id);
    return instrument;
  }

  /** @param {Instrument} instrument */
  unloadInstrument(instrument) {
    const id = idOf(instrument);
    this.#forget(id);
    this.#renderer.forget(id);
    this.#loaded.delete(id);
    this.#port.postMessage({ type: "drop", instrument: id });
  }

  /** @param {string} id */
  #forget(id) {
    const entry = this.#loaded.get(id);
    if (entry) this.#measuring?.forget(entry.instrument);
  }

  /** @param {Instrument | string | undefined} instrument */
  #entry(instrument) {
    const entry = this.#loaded.get(idOf(instrument));
    if (!entry) throw new RangeError(`instrument '${idOf(instrument)}' is not loaded`);
    return entry;
  }

  // -------------------------------------------------------------- controls

  /** @param {Instrument | string} instrument */
  controls(instrument) {
    return this.#entry(instrument).controls;
  }

  /**
   * @param {Partial<Controls>} changes
   * @param {{ instrument?: Instrument | string }} [options]
   */
  setControls(changes, { instrument } = {}) {
    const ids = instrument === undefined ? [...this.#loaded.keys()] : [idOf(instrument)];
    for (const id of ids) {
      const entry = this.#entry(id);
      entry.controls = changedControls(entry.controls, changes);
      if ("level" in changes) this.#sendLevel(id);
    }
  }

  /** @param {string} id */
  #sendLevel(id) {
    this.#port.postMessage(this.#levelOf(id));
  }

  /**
   * @param {string} id
   * @returns {Message}
   */
  #levelOf(id) {
    const { instrument, controls } = this.#entry(id);
    return { type: "level", instrument: id, db: instrument.level + controls.level };
  }

  /** @param {number} db */
  setLevel(db) {
    this.#port.postMessage({ type: "master", db });
  }

  /** @param {boolean} down */
  sustain(down) {
    this.#port.postMessage({ type: "pedal", down: Boolean(down), frame: null });
  }

  /**
   * @param {number} semitones
   * @param {{ instrument?: Instrument | string, channel?: number }} [options]
   */
  pitchBend(semitones, { instrument, channel } = {}) {
    for (const id of this.#idsOf(instrument))
      this.#port.postMessage({ type: "bend", instrument: id, channel, semitones, frame: null });
  }

  /** @param {boolean} down */
  sostenuto(down) {
    this.#port.postMessage({ type: "sostenuto", down: Boolean(down), frame: null });
  }

  /**
   * @param {Partial<Gesture>} gesture
   * @param {{ instrument: Instrument | string, channel: number }} options
   */
  touch(gesture, { instrument, channel }) {
    const id = idOf(instrument);
    if (gesture.pressure || gesture.louder || gesture.brighter) this.#entry(id).laws.touch();
    this.#port.postMessage({ type: "touch", instrument: id, channel, gesture, frame: null });
  }

  /**
   * @param {Hit | { id: number }} hit
   * @param {number} pressure
   */
  press(hit, pressure) {
    const struck = "sound" in hit && hit.note.instrument;
    if (struck) this.#entry(struck).laws.touch();
    this.#port.postMessage({ type: "press", id: hit.id, pressure, frame: null });
  }

  /**
   * @param {Hit} hit
   * @param {number} note
   * @param {{ seconds?: number, velocity?: number }} [options]
   */
  legato(hit, note, { seconds = 0, velocity } = {}) {
    const own = hit.sound.note ?? note;
    const { instrument, velocity: struck } = hit.note;
    let louder = 0;
    if (instrument && velocity && struck) {
      const { manifest } = this.#entry(instrument).instrument;
      const [now, then] = playedDb(manifest.responses[hit.sound.label], [velocity, struck]);
      louder = now - then;
      if (louder !== 0) this.#entry(instrument).laws.touch();
    }
    const to = { id: hit.id, semitones: note - own, seconds, louder };
    this.#port.postMessage({ type: "legato", ...to, frame: null });
  }

  /**
   * @param {string} id
   * @param {number} label
   */
  #law(id, label) {
    const { instrument, packed } = this.#entry(id);
    return this.#measure().law(instrument, packed, label);
  }

  #measure() {
    this.#measuring ??= new Measuring(new Kernel(this.#wasm));
    return this.#measuring;
  }

  /**
   * Of all labels, at once.
   *
   * @param {string} id
   * @returns {Message[]}
   */
  #lawsOf(id) {
    return this.#entry(id).instrument.labels.map(({ index: label }) => ({
      type: "law",
      instrument: id,
      label,
      law: this.#law(id, label),
    }));
  }

  /** @param {Instrument | string | undefined} instrument */
  #idsOf(instrument) {
    return instrument === undefined ? [...this.#loaded.keys()] : [idOf(instrument)];
  }

  // -------------------------------------------------------------- notes

  /**
   * @param {Note & { instrument: Instrument | string }} note
   * @returns {Hit}
   */
  noteOn(note) {
    const seed = note.seed ?? hash(this.#session, this.#hits);
    const id = ++this.#hits;
    const { take, sound } = this.#take(note, seed);
    if (note.channel !== undefined) this.#entry(note.instrument).laws.strike(sound.label);
    this.#port.postMessage({ type: "on", id, take, frame: frameOf(note.time) });
    return { id, seed, sound, note, sustained: take.steady !== null };
  }

  /**
   * @param {Note & { instrument: Instrument | string }} note
   * @param {number} seed
   */
  #take(note, seed) {
    const { instrument, controls } = this.#entry(note.instrument);
    /** @type {Measure} */
    const measure = (...wanted) => this.#tilt(...wanted);
    return takeOf(instrument, note, controlsOf(note, controls), seed >>> 0, measure);
  }

  /**
   * @param {Instrument} instrument
   * @param {number} label
   * @param {number} brightness
   */
  #tilt(instrument, label, brightness) {
    const { packed } = this.#entry(instrument);
    return this.#measure().tilt(instrument, packed, label, brightness);
  }

  /**
   * @param {Hit | { id: number } | number} hit
   * @param {{ time?: number, pace?: number, firm?: boolean }} [options]
   */
  noteOff(hit, { time, pace, firm } = {}) {
    this.#port.postMessage({
      type: "off",
      id: typeof hit === "number" ? hit : hit.id,
      pace,
      firm,
      frame: frameOf(time),
    });
  }

  /** @param {{ time?: number }} [options] */
  allNotesOff({ time } = {}) {
    this.#port.postMessage({ type: "silence", frame: frameOf(time) });
  }

  // -------------------------------------------------------------- the rest

  /** @param {(meter: Meter) => void} callback */
  onMeter(callback) {
    this.#watchers.add(callback);
    return () => this.#watchers.delete(callback);
  }

  /** @param {(error: Error) => void} callback */
  onError(callback) {
    this.#alarmed.add(callback);
    return () => this.#alarmed.delete(callback);
  }

  /**
   * @param {OfflineEvent[]} events
   * @param {number} seconds
   * @param {{ level?: number, voices?: number }} [options]
   * @returns {Promise<Sides>}
   */
  async renderOffline(events, seconds, { level = 0, voices = this.#voices } = {}) {
    const samples = Math.max(1, Math.round(seconds * SAMPLE_RATE));
    const played = events.flatMap((event) =>
      event.type === undefined || event.type === "on" ? [idOf(event.instrument)] : [],
    );
    const ids = [...new Set(played)];
    const networks = new Map(ids.map((id) => [id, this.#entry(id).packed]));
    /** @type {Message[]} */
    const messages = ids.map((id) => this.#levelOf(id));
    const touched = events.flatMap((event) =>
      event.type === "touch" ? [idOf(event.instrument)] : [],
    );
    for (const id of new Set(touched)) messages.push(...this.#lawsOf(id));
    const takeOf = (
      /** @type {Note & { instrument: Instrument | string }} */ note,
      /** @type {number} */ seed,
    ) => this.#take(note, seed).take;
    messages.push(...messagesOf(events, ids, takeOf));
    return this.#renderer.render({ networks, messages, samples, voices, level });
  }

  close() {
    this.#renderer.close();
    this.output.disconnect();
    this.#port.postMessage({ type: "close" });
    this.#port.close();
  }
}
