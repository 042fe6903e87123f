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
                                are; beside this file by default
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

/** @import { Instrument } from "./types.d.ts" */

import { VOICES } from "./constants.js";
import { Engine } from "./engine.js";
import { InstrumentError } from "./file.js";
import { dataOf } from "./instrument.js";
import { SAMPLE_RATE } from "./layout.js";
import { OfflineRenderer } from "./offline.js";
import { CONTROLS } from "./ranges.js";

export { learntSound } from "./instrument.js";
export { newSound, soundNear, variations } from "./sampling.js";
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
