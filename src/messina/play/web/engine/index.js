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
    options.wasmUrl, options.workletUrl   where the kernel and worklet.js are; beside this file unless told
    options.wasmBytes, options.workletSource   the same as ArrayBuffer and string, for a page that is one
                                file: worklet.js and its imports as a single script without imports
    options.voices              most notes at once, 32

Engine
    output                       AudioNode
    loadInstrument(arrayBuffer, {id?}) → Promise<Instrument>    with the id of a loaded one it takes its
                                 place: notes that sound go on, the next are the new one's
    unloadInstrument(instrument)
    noteOn(Note) → Hit           {id, seed, sound, note}; sounds in the next quantum unless `time` says when
    noteOff(hit | id, {time?})   ends a sound that is held (see Instrument.labels[].held); others ring on
    allNotesOff({time?})         everything fades within 10 ms
    sustain(down)                noteOff waits until the pedal is up
    pitchBend(semitones, {instrument?})
    setControls(Controls, {instrument?})      for one instrument, or for all; those not named stay
    controls(instrument) → Controls
    setLevel(db)                 of everything, before the limiter
    onMeter(callback) → stop()   about 20 times a second, see Meter
    renderOffline(events, seconds, {level?}) → Promise<[Float32Array, Float32Array]>   left, right at
                                 44.1 kHz. events: {type?: "on", time, ...Note} | {type: "off", time, hit: index of
                                 its "on" in events} | {type: "bend", time, semitones} | {type: "sustain", time,
                                 down}. As noteOn would play them, from the same seeds; only one at a time runs.
    close()

Note (what noteOn takes)
    instrument                   Instrument or its id
    label                        of a label; left out: any
    note                         MIDI number, may be fractional; left out: as in the corpus
    velocity                     1 … 127; left out: as in the corpus
    sound                        Sound: plays this one and takes of it, instead of a new one
    seed                         32-bit; the same seed, sound and controls give the same samples. Left out:
                                 each hit another (Hit.seed says which it was)
    time                         audioContext.currentTime at which to start, to the sample; left out: now
    wildness, brightness, decay, attack, tune, width, level    override the instrument's Controls
    fixed                        true: exactly `sound`, no take of it
    golden                       for tests: {key, stray}, see playing.js

Controls
    wildness 0 … 2 (1)           how far new sounds and takes lie from the typical one
    brightness -1 … 1 (0)        an octave duller … brighter
    decay -1 … 1 (0)             four times shorter … longer
    attack -1 … 1 (0)            softer … harder
    tune -24 … 24 (0)            semitones, fractions are cents
    width 0 … 2 (1)              stereo image: 0 mono
    level -60 … 12 (0)           dB
    release 0.01 … 5 (0.15)      s, after noteOff
    chokes {label: group}        a hit ends what sounds of the other labels in its group; by default hi-hats

Instrument (plain, frozen but for what the page adds elsewhere)
    id, labels: [{name, index, sounds, pitched, held, low, high, choke, typical}]   low, high: notes
                                 learnt (null without pitch); held: noteOff ends it; typical: index of a sound
    sounds: [{index, name, label, note, velocity, loudness, brightness, decay, length, x, y}]
                                 the learnt ones (x, y: 0 … 1, their place on the map), dB, Hz, s, s
    pitched                      whether any label is
    low, high                    lowest and highest learnt note, or null
    level                        dB the engine adds so that instruments are alike and leave room
    manifest                     the file's own words

Sound (plain data, JSON-safe: keep it, send it, store it): a point among the learnt sounds
    {z: [latent], label: index, note: number|null, loudness: dB, brightness: Hz, decay: s}

Pure functions
    newSound(instrument, {label?, note?, velocity?, wildness?, seed}) → Sound      a new sound of its kind
    learntSound(instrument, index) → Sound                          one of instrument.sounds
    soundAt(instrument, x, y, {label?}) → Sound                     anywhere on the map, also between the dots
    placeOf(instrument, sound) → {x, y}                             where on the map a sound lies
    between(a, b, share) → Sound                                    0: a, 1: b
    morph([a, b, c, d], x, y) → Sound                               corners (0,0) (1,0) (0,1) (1,1)
    variations(instrument, sound, {count = 12, wildness = 1, seed, keep = []}) → [Sound]
                                 branches of a sound; keep: of "identity", "brightness", "decay", "loudness", "note"

Meter   {voices, load, microseconds, missed, peak: [left, right], reduction}
        load: share of the time there is; microseconds a quantum of 128 samples; missed: quanta that came
        late since the start; peak since the last report, full scale 1; reduction: dB the limiter took
*/

/** The one rate inside the engine, in Hz: create the AudioContext with it. */
export const SAMPLE_RATE = 44_100;
