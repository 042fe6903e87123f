// @ts-check
/* The sound engine of the page: instrument files in, sound out. What the page may call is here.

Who runs where: everything in this file runs on the page's thread and never blocks it for long;
the sound is made in an AudioWorklet (worklet.js and what it imports), which this file feeds with
notes. Nothing here touches the page.

    import { createEngine } from "./engine/index.js";

    const audio = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: "interactive" });
    const engine = await createEngine(audio);               // 44.1 kHz, or it throws
    engine.output.connect(audio.destination);                // AudioNode, stereo, never over -0.3 dBFS
    const kit = await engine.loadInstrument(arrayBuffer);    // Instrument, below; throws InstrumentError
    const hit = engine.noteOn({ instrument: kit, label: "snare", velocity: 96 });
    engine.noteOff(hit);

createEngine(audioContext, options) → Promise<Engine>
    options.wasmUrl, options.workletUrl, options.rendererUrl   where the kernel, worklet.js and offline-worker.js
                                are; beside this file unless told
    options.wasmBytes, options.workletSource   the kernel as ArrayBuffer, the worklet as string, for a page that
                                is one file: worklet.js and its imports as a single script without imports
    options.voices              most notes at once, 32

Engine
    output                       AudioNode
    loadInstrument(arrayBuffer, {id?}) → Promise<Instrument>    with the id of a loaded one it takes its
                                 place: notes that sound go on, the next are the new one's
    unloadInstrument(instrument)
    noteOn(Note) → Hit           {id, seed, sound, note}; sounds in the next quantum unless `time` says when. Of
                                 notes that come together without a time, two begin in each quantum (3 ms)
    noteOff(hit | id, {time?, pace?, firm?})   ends a sound that is held (see Instrument.labels[].held); others
                                 ring on. What was begun as `sustained` is released, `pace` times as fast as it was
                                 learnt. firm: whatever pedals are down
    allNotesOff({time?})         everything fades within 10 ms
    sustain(down)                noteOff waits until the pedal is up
    pitchBend(semitones, {instrument?, channel?})    channel: of MIDI, of the notes that are told it
    touch({pressure, louder, brighter, vibrato, semitones}, {instrument, channel})    what is done to the notes of a
                                 channel that is told them: 0 … 1, dB, -1 … 1, 0 … 1, beside what bends all; those not
                                 named stay. Pressure and loudness move brightness, too, as velocity does
    press(hit, pressure)         of one note, 0 … 1
    legato(hit, note, {seconds?, velocity?})    what sounds goes on at another pitch, in so many s, as loud as that
                                 velocity would be
    sostenuto(down)              noteOff of what is held just now waits until this pedal is up
    setControls(Controls, {instrument?})      for one instrument, or for all; those not named stay
    controls(instrument) → Controls
    setLevel(db)                 of everything, before the limiter
    latency                      s from the start of a quantum until what it holds is heard at output: 64 samples
    onMeter(callback) → stop()   about 20 times a second, see Meter
    onError(callback) → stop()   callback(Error) when a message could not be handled, or all sound has ended
    renderOffline(events, seconds, {level?, voices?}) → Promise<[Float32Array, Float32Array]>   left, right
                                 at 44.1 kHz, from time 0 on, latency taken off. events: {type?: "on", time, ...Note} |
                                 {type: "off", time, hit: index of its "on" in events} | {type: "bend", time,
                                 semitones, instrument?} | {type: "sustain", time, down} | {type: "silence", time}.
                                 As noteOn would play them with the controls of now and the same seeds. One after
                                 the other, in a worker; rejects with an Error when something goes wrong
    close()

Note (what noteOn takes)
    instrument                   Instrument or its id
    label                        of a label; left out: any
    note                         MIDI number, may be fractional; left out: as in the corpus
    velocity                     1 … 127; left out: as in the corpus
    sound                        Sound: plays this one and takes of it, instead of a new one
    near                         index of one of Instrument.sounds: another take of it, as loud, high and long
    seed                         32-bit; the same seed, sound and controls give the same samples. Left out:
                                 each hit another (Hit.seed says which it was)
    time                         audioContext.currentTime at which to start, to the sample; left out: now
    wildness, brightness, vibrato, decay, attack, tune, width, release, holds    in place of the instrument's Controls
    level                        dB, beside the instrument's
    fixed                        true: exactly `sound`, no take of it
    golden                       for tests: {key, knots, deviation, tilt}, see playing.js

Controls
    wildness 0 … 2 (1)           how far new sounds and takes lie from the typical one
    brightness -1 … 1 (0)        an octave duller … brighter
    vibrato 0 … 2 (1)            how far its pitch moves: 0 not at all, 1 as learnt, 2 twice as far
    decay -1 … 1 (0)             four times shorter … longer
    attack -1 … 1 (0)            softer … harder
    tune -24 … 24 (0)            semitones, fractions are cents
    width 0 … 2 (1)              stereo image: 0 mono
    level -60 … 12 (0)           dB; heard at once, the others from the next note on
    release 0.01 … 5 (0.12)      s it takes to fade, after noteOff
    holds "auto" | "always" | "never"    whether noteOff ends sounds; auto: those of labels with a pitch
    chokes {label: group|null}   a hit ends what sounds of the other labels in its group; by default hi-hats

Instrument (plain, frozen but for what the page adds elsewhere)
    id, labels: [{name, index, sounds, pitched, held, low, high, choke, typical}]   low, high: notes
                                 learnt (null without pitch); held: noteOff ends it; typical: index of a sound
    sounds: [{index, name, label, note, velocity, loudness, brightness, decay, length, x, y}]
                                 the learnt ones (x, y: 0 … 1, y downwards: their place on the map), dB, Hz, s, s
    pitched                      whether any label is
    low, high                    lowest and highest learnt note, or null
    keys: [name|null]            the label that each of the 128 notes of MIDI plays
    level                        dB the engine adds so that instruments are alike and leave room
    manifest                     the file's own words

Sound (plain data, JSON-safe: keep it, send it, store it): a point among the learnt sounds
    {z: [latent], label: index, note: number|null, loudness: dB, gain: dB, brightness: Hz, decay: s,
     length: s, model?: index of a learnt sound, labels?: [[index, share]], higher?: semitones,
     tilt?: nepers an octave}
    higher, tilt: of sounds alone of their kind, which are varied in these; a note asked for puts higher out
    loudness: how hard it is struck; gain: how loud it is played; length: it has ended by then; labels:
    where it lies between several; model: the one whose modes its noise has, left out: the nearest

Pure functions
    newSound(instrument, {label?, note?, velocity?, wildness?, seed}) → Sound      a new sound of its kind
    learntSound(instrument, index) → Sound                          one of instrument.sounds
    soundNear(instrument, index, {wildness?, seed}) → Sound         another take of it
    soundAt(instrument, x, y, {label?}) → Sound                     anywhere on the map, also between the dots
    placeOf(instrument, sound) → {x, y}                             where on the map a sound lies
    between(a, b, share) → Sound                                    0: a, 1: b
    morph([a, b, c, d], x, y) → Sound                               corners (0,0) (1,0) (0,1) (1,1)
    variations(instrument, sound, {count = 12, wildness = 1, seed, keep = []}) → [Sound]
                                 branches of a sound; keep: of "latent", "brightness", "decay"
    eventsOf(instrument) → EventModel | null                        what it has learnt to play on by itself
    digestOf(instrument)         by which recipes know it: of all that its file holds but people's words about it
    CONTROLS                     {name: [lowest, highest, as it is first]}, for sliders

Meter   {voices, load, microseconds, missed, peak: [left, right], reduction}
        load: share of the time there is; microseconds a quantum of 128 samples; missed: quanta that came
        late since the start, while something sounded; peak since the last report, full scale 1; reduction:
        dB the limiter took
*/

/** @import { Controls, Gesture, Hit, Instrument, Measure, Message, Meter, Note, OfflineEvent, PackedNetwork, Sides, Timed } from "./types.d.ts" */

import { VOICES } from "./constants.js";
import { hash } from "./counter-rng.js";
import { InstrumentError, readFile } from "./file.js";
import { dataOf, makeInstrument } from "./instrument.js";
import { Kernel } from "./kernel.js";
import { SAMPLE_RATE } from "./layout.js";
import { LATENCY } from "./limiter.js";
import { Measuring } from "./measuring.js";
import { frameOf, idOf, messagesOf, OfflineRenderer } from "./offline.js";
import { packNetwork } from "./packing.js";
import { takeOf } from "./playing.js";
import { CONTROLS, changedControls, DEFAULTS } from "./ranges.js";
import { playedDb } from "./responses.js";

export { learntSound, newSound, soundNear, variations } from "./sampling.js";
export { between, morph, placeOf, soundAt } from "./sound-map.js";
export { CONTROLS, InstrumentError, SAMPLE_RATE };

/**
 * See above.
 *
 * @param {Instrument} instrument
 */
export const eventsOf = (instrument) => dataOf(instrument).file.events;

/**
 * See above.
 *
 * @param {Instrument} instrument
 */
export const digestOf = (instrument) => dataOf(instrument).file.digest;

const PROCESSOR = "messina";

/**
 * See above. Throws RangeError when the context has another rate.
 *
 * @param {AudioContext} audioContext
 * @param {EngineOptions} [options]
 */
export async function createEngine(audioContext, options = {}) {
  if (audioContext.sampleRate !== SAMPLE_RATE) {
    throw new RangeError(
      `the audio context runs at ${audioContext.sampleRate} Hz; create it with {sampleRate: ${SAMPLE_RATE}}`,
    );
  }
  const wasm = await wasmOf(options);
  await audioContext.audioWorklet.addModule(moduleOf(options));
  const renderer = new OfflineRenderer(
    options.rendererUrl ?? new URL("offline-worker.js", import.meta.url),
    wasm,
  );
  return new Engine(audioContext, { wasm, renderer, voices: options.voices ?? VOICES.MOST });
}

/** @param {EngineOptions} options */
async function wasmOf({ wasmBytes, wasmUrl }) {
  if (wasmBytes) return wasmBytes;
  const url = wasmUrl ?? new URL("kernel/kernel.wasm", import.meta.url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.arrayBuffer();
}

/** @param {EngineOptions} options */
function moduleOf({ workletSource, workletUrl }) {
  if (!workletSource) return workletUrl ?? new URL("worklet.js", import.meta.url);
  return URL.createObjectURL(new Blob([workletSource], { type: "text/javascript" }));
}

/**
 * @typedef {{
 *   wasmUrl?: string | URL, workletUrl?: string | URL, rendererUrl?: string | URL,
 *   wasmBytes?: ArrayBuffer, workletSource?: string, voices?: number,
 * }} EngineOptions
 */

/**
 * struck: labels that were; sent: those whose law of touch the worklet knows.
 *
 * @typedef {{
 *   instrument: Instrument, packed: PackedNetwork, controls: Controls, touched: boolean,
 *   struck: Set<number>, sent: Set<number>,
 * }} Loaded
 */

/** See above. */
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
    const unheard = { touched: false, struck: new Set(), sent: new Set() };
    this.#loaded.set(id, { instrument, packed, controls, ...unheard });
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
    if (gesture.pressure || gesture.louder || gesture.brighter) this.#learnTouch(id);
    this.#port.postMessage({ type: "touch", instrument: id, channel, gesture, frame: null });
  }

  /**
   * @param {Hit | { id: number }} hit
   * @param {number} pressure
   */
  press(hit, pressure) {
    const struck = "sound" in hit && hit.note.instrument;
    if (struck) this.#learnTouch(idOf(struck));
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
      if (louder !== 0) this.#learnTouch(idOf(instrument));
    }
    const to = { id: hit.id, semitones: note - own, seconds, louder };
    this.#port.postMessage({ type: "legato", ...to, frame: null });
  }

  /**
   * From now on the labels that are struck are touched as they were learnt; once each, a matter of milliseconds.
   *
   * @param {string} id
   */
  #learnTouch(id) {
    const entry = this.#entry(id);
    entry.touched = true;
    for (const label of entry.struck) this.#sendLaw(id, label);
  }

  /**
   * @param {string} id
   * @param {number} label
   */
  #sendLaw(id, label) {
    const entry = this.#entry(id);
    if (entry.sent.has(label)) return;
    entry.sent.add(label);
    this.#port.postMessage({ type: "law", instrument: id, label, law: this.#law(id, label) });
  }

  /**
   * @param {string} id
   * @param {number} label
   */
  #law(id, label) {
    this.#measuring ??= new Measuring(new Kernel(this.#wasm));
    const { instrument, packed } = this.#entry(id);
    return this.#measuring.law(instrument, packed, label);
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
    const entry = this.#entry(note.instrument);
    if (note.channel !== undefined) entry.struck.add(sound.label);
    if (entry.touched && note.channel !== undefined) this.#sendLaw(take.instrument, sound.label);
    this.#port.postMessage({ type: "on", id, take, frame: frameOf(note.time) });
    return { id, seed, sound, note, sustained: take.steady !== null };
  }

  /**
   * @param {Note & { instrument: Instrument | string }} note
   * @param {number} seed
   */
  #take(note, seed) {
    const { instrument, controls } = this.#entry(note.instrument);
    /** @type {Partial<Controls>} */
    const own = Object.fromEntries(
      Object.entries(note).filter(([name, value]) => name in CONTROLS && value !== undefined),
    );
    delete own.level; // the note's is beside the instrument's
    /** @type {Measure} */
    const measure = (...wanted) => this.#tilt(...wanted);
    return takeOf(instrument, note, changedControls(controls, own), seed >>> 0, measure);
  }

  /**
   * @param {Instrument} instrument
   * @param {number} label
   * @param {number} brightness
   */
  #tilt(instrument, label, brightness) {
    this.#measuring ??= new Measuring(new Kernel(this.#wasm));
    const { packed } = this.#entry(instrument);
    return this.#measuring.tilt(instrument, packed, label, brightness);
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
