// @ts-check
/* From what a player asks for to a take: all that a voice is told. The twin of the Python module
 * instrument/playing. Pure, but for what brightness costs to measure, which is remembered. */

/** @import { Controls, Instrument, Label, Measure, Note, Response, Sound, Take } from "./types.d.ts" */

import { PAGE_SOUND, PLAYING, TRAJECTORIES } from "./constants.js";
import { scaledControls } from "./controls.js";
import { CounterRng, PURPOSE } from "./counter-rng.js";
import { dataOf, labelOf, nearestSound } from "./instrument.js";
import { clamp, frameCount, LAST_FRAME, noteToHz, REFERENCE_HZ } from "./layout.js";
import { DEVIATION_BANDS, DEVIATION_MOMENTS, decayFrames } from "./network.js";
import { heldNote, lawAt, loudnessAt } from "./responses.js";
import { onFineGrid } from "./rounding.js";
import { newSound, soundNear, typicalBlur } from "./sampling.js";
import { warped } from "./trajectories.js";

const { BRIGHTER_LN, SEMITONE_LIMIT, SHORTEST_S, TAKE_DEVIATION, UNPITCHED_NOTE } = PLAYING;
const { TRAJECTORY_DEVIATION, WARP, WARP_PIECES } = TRAJECTORIES;
const { DECAY_OCTAVES, TILT_STEPS } = PAGE_SOUND;

/**
 * {take, sound} of a note (see index.js) with its controls and seed. `measure(instrument, label,
 * brightness)` gives the tilt that is lacking for that brightness.
 *
 * @param {Instrument} instrument
 * @param {Note} note
 * @param {Controls} controls
 * @param {number} seed
 * @param {Measure} measure
 * @returns {{ take: Take, sound: Sound }}
 */
export function takeOf(instrument, note, controls, seed, measure) {
  const { manifest } = dataOf(instrument).file;
  const sound = soundFor(instrument, note, controls, seed);
  const response = manifest.responses[sound.label];
  checkSound(instrument, sound);
  const modes = sound.model ?? nearestSound(instrument, sound);
  const varied = variation(instrument, note, sound, controls, seed);
  const { z, knots, warp } = varied;
  const steady = steadyOf(instrument, modes);
  const deviation = varied.deviation * (moves(instrument, modes) ? TRAJECTORY_DEVIATION : 1);
  // What is sustained begins, goes on and ends when the known sound does that it is like.
  const own = dataOf(instrument).rows[modes];
  const slower = steady
    ? { decay: own.decay_s, speed: 1 }
    : decayFor(response, sound.decay, controls.decay);
  const brighter = Math.exp(BRIGHTER_LN * controls.brightness);
  const { conditioned, ...pitch } = pitchOf(
    response,
    sound,
    note.note ?? null,
    controls.tune,
    own.note,
  );
  const given = {
    note: conditioned,
    loudness: sound.loudness,
    brightness: sound.brightness * brighter,
    decay: slower.decay,
  };
  const label = instrument.labels[sound.label];
  const holds = note.holds ?? controls.holds;
  const take = {
    instrument: instrument.id,
    z: Float32Array.from(z),
    labels: sound.labels ?? /** @type {[number, number][]} */ ([[sound.label, 1]]),
    scaled: scaledControls(given, manifest.scale),
    decayFrames: decayFrames(slower.decay),
    speed: slower.speed,
    rows: steady
      ? rowsIn(own.length_s, 1)
      : rowsIn(sound.length, 2 ** (DECAY_OCTAVES * controls.decay)),
    tilt:
      (sound.tilt ?? 0) +
      (note.golden?.tilt ?? tiltFor(instrument, sound.label, controls.brightness, measure)),
    ...pitch,
    modes,
    width: controls.width,
    vibrato: controls.vibrato,
    attack: controls.attack,
    gain: sound.gain ?? sound.loudness,
    level: note.level === undefined ? 0 : note.level,
    key: note.golden?.key ?? new CounterRng(seed, PURPOSE.NOISE).bits(),
    knots,
    deviation,
    warp: moves(instrument, modes) && !steady ? warp : null,
    steady: note.sustained ? steady : null,
    release: controls.release,
    held: holds === "auto" ? label.held : holds === "always",
    choke: groupOf(label, note, controls),
    channel: note.channel,
    velocity: note.velocity ?? null,
    slide: note.slide,
    label: sound.label,
  };
  return { take, sound };
}

/**
 * @template T
 * @param {T} value
 * @returns {value is NonNullable<T>}
 */
const isGiven = (value) => value !== undefined && value !== null;

/**
 * Of what a take cuts off: what is chosen, else hi-hats each other, and notes themselves.
 *
 * @param {Label} label
 * @param {Note} note
 * @param {Controls} controls
 */
export function groupOf(label, note, { chokes }) {
  if (chokes[label.name] !== undefined) return chokes[label.name];
  return label.pitched ? `${label.name} ${note.note ?? null}` : label.choke;
}

/**
 * Refuses what is none of the instrument's sounds: kept from another one, or with numbers that are none.
 *
 * @param {Instrument} instrument
 * @param {Sound} sound
 */
function checkSound(instrument, sound) {
  const {
    z,
    label,
    note,
    loudness,
    gain = 0,
    brightness,
    decay,
    higher = 0,
    tilt = 0,
    model = 0,
  } = sound;
  const { latent } = instrument.manifest.network;
  const known = z.length === latent && instrument.labels[label] && instrument.sounds[model];
  if (!known) {
    throw new RangeError("the sound is one of another instrument");
  }
  const numbers = [
    ...z,
    note ?? 0,
    loudness,
    gain,
    Math.log(brightness),
    Math.log(decay),
    higher,
    tilt,
  ];
  if (!numbers.every(Number.isFinite)) throw new RangeError("the sound holds what is not a number");
}

/**
 * The sound a note asks for: a new one, or the given one at its note and velocity.
 *
 * @param {Instrument} instrument
 * @param {Note} note
 * @param {Controls} controls
 * @param {number} seed
 * @returns {Sound}
 */
function soundFor(instrument, note, controls, seed) {
  const velocity = isGiven(note.velocity) ? clamp(note.velocity, 1, 127) : null;
  if (isGiven(note.near))
    return soundNear(instrument, note.near, { wildness: controls.wildness, seed });
  if (!note.sound) {
    const { label, note: pitch = null } = note;
    return newSound(instrument, {
      label,
      note: pitch,
      velocity,
      wildness: controls.wildness,
      seed,
    });
  }
  const sound = { gain: note.sound.loudness, ...note.sound };
  if (sound.note !== null && isGiven(note.note)) sound.note = note.note;
  if (velocity === null) return sound;
  const response = dataOf(instrument).file.manifest.responses[labelOf(instrument, sound)];
  const [loudness, gain] = loudnessAt(response, velocity, sound.note);
  const [law, own] = [loudness, gain].map((db) => lawAt(response, db, sound.note));
  const brightness = (sound.brightness * law.brightness) / own.brightness;
  return { ...sound, loudness, gain, brightness };
}

/**
 * How this take differs from the sound: its latent a little, its levels here and there.
 *
 * @param {Instrument} instrument
 * @param {Note} note
 * @param {Sound} sound
 * @param {Controls} controls
 * @param {number} seed
 * @returns {{ z: number[], knots: Float32Array | null, deviation: number, warp: Float64Array | null }}
 */
function variation(instrument, note, sound, controls, seed) {
  if (note.golden) {
    const { knots = null, deviation = 0 } = note.golden;
    return { z: sound.z, knots: knots && Float32Array.from(knots), deviation, warp: null };
  }
  if (note.fixed || controls.wildness === 0)
    return { z: sound.z, knots: null, deviation: 0, warp: null };
  const rng = new CounterRng(seed);
  const far = TAKE_DEVIATION * controls.wildness;
  const blur = typicalBlur(instrument, sound.label);
  const near = rng.stream(PURPOSE.NEAR);
  const z = note.sound ? sound.z.map((value, d) => value + far * blur[d] * near.normal()) : sound.z;
  const knots = Float32Array.from(
    rng.stream(PURPOSE.DEVIATION).normals(DEVIATION_MOMENTS * 2 * DEVIATION_BANDS),
  );
  const warp = warped(rng.stream(PURPOSE.WARP).normals(WARP_PIECES), WARP * controls.wildness);
  return { z, knots, deviation: far, warp };
}

/**
 * The network is conditioned on no longer a decay than the corpus has; time is stretched for the rest.
 *
 * @param {Response} response
 * @param {number} decay
 * @param {number} control
 */
function decayFor(response, decay, control) {
  const ratio = 2 ** (DECAY_OCTAVES * control);
  const low = Math.min(response.decay_low_s, decay);
  const high = Math.max(response.decay_high_s, decay);
  const wanted = clamp(decay * ratio, low, high);
  return { decay: wanted, speed: wanted / decay / ratio };
}

/**
 * Rows until the sound has ended, when it is played `ratio` times as long.
 *
 * @param {number | null | undefined} length
 * @param {number} ratio
 */
function rowsIn(length, ratio) {
  if (!isGiven(length)) return LAST_FRAME + 1;
  return frameCount(Math.max(length, SHORTEST_S) * ratio);
}

/**
 * Whether a known sound moves.
 *
 * @param {Instrument} instrument
 * @param {number} sound
 */
const moves = (instrument, sound) => dataOf(instrument).file.arrays.trajectory_counts[sound] > 0;

/**
 * What of a known sound goes on while a key is down: [start, stop, release] in frames; null: it is struck.
 *
 * @param {Instrument} instrument
 * @param {number} sound
 * @returns {[number, number, number] | null}
 */
function steadyOf(instrument, sound) {
  const [start, stop, release] = dataOf(instrument).file.arrays.steady.subarray(3 * sound);
  return stop > 0 ? [start, stop, release] : null;
}

/**
 * Which pitch it has, decided here alone: that which conditions the network; the one that oscillators are laid out for, in
 * Hz; whether it is that of the fundamental; whether noise follows it as it moves; how far noise is moved, and the modes in
 * it, which were measured at the note `own`.
 *
 * @param {Response} response
 * @param {Sound} sound
 * @param {number | null} asked
 * @param {number} tune
 * @param {number | null} own
 */
function pitchOf(response, sound, asked, tune, own) {
  const conditioned = heldNote(response, sound.note);
  const tuned = conditioned !== null;
  if (sound.note !== null) {
    const note = sound.note + tune;
    const modesRatio = own === null ? 1 : onFineGrid(2 ** ((note - own) / 12));
    const reference = noteToHz(note);
    return { conditioned, reference, tuned, pitched: true, ratio: 1, modesRatio };
  }
  const away = (asked === null ? (sound.higher ?? 0) : asked - UNPITCHED_NOTE) + tune;
  const ratio = 2 ** (clamp(away, -SEMITONE_LIMIT, SEMITONE_LIMIT) / 12);
  const reference = REFERENCE_HZ * ratio;
  return { conditioned, reference, tuned, pitched: false, ratio, modesRatio: onFineGrid(ratio) };
}

/**
 * Nepers an octave by which a label's sounds lack brightness, in steps, measured once each.
 *
 * @param {Instrument} instrument
 * @param {number} label
 * @param {number} brightness
 * @param {Measure} measure
 */
function tiltFor(instrument, label, brightness, measure) {
  const step = Math.round(brightness * TILT_STEPS);
  if (step === 0) return 0;
  const data = dataOf(instrument);
  data.tilts ??= new Map();
  const key = `${label} ${step}`;
  const tilt = data.tilts.get(key) ?? measure(instrument, label, step / TILT_STEPS);
  data.tilts.set(key, tilt);
  return tilt;
}
