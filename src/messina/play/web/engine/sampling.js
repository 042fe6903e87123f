// @ts-check
/* Sounds as points among the learnt ones: new ones, takes, branches. Pure: the same arguments give the
 * same Sound. The twin of the Python module instrument/sampling. */

/** @import { Instrument, InstrumentData, Numbers, Response, Sound, SoundRow } from "./types.d.ts" */

import { PLAYING, SAMPLING } from "./constants.js";
import { CounterRng, PURPOSE } from "./counter-rng.js";
import { dataOf, distance2, labelIndex, learntSound, soundsOf } from "./instrument.js";
import { lawAt, loudnessAt } from "./responses.js";

const {
  ENOUGH_SOUNDS,
  HALF_WAY,
  LAYER_DB,
  LEAST_BLUR,
  LEAST_SPREAD,
  LIKELY,
  AUGMENT_BLUR,
  AUGMENT_LOUDER_DB,
  AUGMENT_STEP,
  AUGMENT_STEP_RANGE,
  LOUDNESS_REACH_DB,
  MOST_BETWEEN_DB,
  MOST_BLURS,
  NOTE_REACH,
  SUSTAINED_REACH,
  TILT_PER_DB,
} = SAMPLING;
const { SHORTEST_S } = PLAYING;

/** @param {Instrument} instrument */
const responsesOf = (instrument) => dataOf(instrument).file.manifest.responses;

/**
 * A new sound of a label: between two known ones, near the note and loudness asked for, blurred.
 *
 * @param {Instrument} instrument
 * @param {{ label?: string | number | null, note?: number | null, velocity?: number | null, wildness?: number, seed: number }} asked
 * @returns {Sound}
 */
export function newSound(instrument, { label, note = null, velocity = null, wildness = 1, seed }) {
  const data = dataOf(instrument);
  const rng = new CounterRng(seed);
  const random = rng.stream(PURPOSE.SOUND);
  let index = labelIndex(instrument, label);
  if (index === null) index = rng.pick(data.labels);
  const own = soundsOf(data, index);
  const response = responsesOf(instrument)[index];
  const model = data.rows[random.pick(own)];
  const pitch = response.note_low === null ? null : (note ?? model.note);
  const apart = rng.stream(PURPOSE.AUGMENT);
  const augmented = wildness * augmentation(own.length);
  const [higher, tilt, longer] = augmentStep(apart, augmented, response.note_low === null);
  let [loudness, gain] = [model.loudness_db, model.loudness_db];
  let louder = 0;
  if (velocity !== null) [loudness, gain] = loudnessAt(response, velocity, note);
  else {
    louder = augmented * AUGMENT_LOUDER_DB * apart.normal();
    const [below, above] = loudnessGap(data, own, model);
    loudness += Math.min(wildness, 1) * rng.stream(PURPOSE.LAYER).uniform(below, above);
    gain = loudness + louder;
  }
  const chances = nearness(data, own, pitch, loudness);
  const typical = typicalAmong(data, own, chances);
  const centre = data.means[typical];
  const [first, second] = drawTwo(own, chances, random);
  const share = random.uniform() / 2;
  const blur = blurOf(data, own, first);
  const z = centre.map((middle, d) => {
    const between = (1 - share) * data.means[first][d] + share * data.means[second][d];
    return middle + wildness * (between + blur[d] * random.normal() - middle);
  });
  const rests = [first, second].map((i) => restOf(response, data.rows[i]));
  const rest = [0, 1].map((i) => (1 - share) * rests[0][i] + share * rests[1][i]);
  const lasting = [first, second].map((i) => lastingOf(response, data.rows[i]));
  const law = lawAt(response, loudness, pitch);
  const lasts = law.decay * Math.exp((1 - share) * lasting[0] + share * lasting[1]);
  const longest = Math.max(...own.map((i) => data.rows[i].length_s), SHORTEST_S);
  const far = Math.min(wildness, 1.5);
  return {
    z,
    label: index,
    note: pitch,
    loudness,
    gain,
    brightness: law.brightness * Math.exp(far * rest[0]),
    decay: law.decay * Math.exp(far * rest[1] + longer),
    length: Math.min(lasts, longest) * Math.exp(longer),
    model: wildness < HALF_WAY ? typical : first,
    ...pitchAndTilt(higher, tilt + TILT_PER_DB * louder),
  };
}

/**
 * Another take of one of instrument.sounds: as loud, as high and as long, but for how it is struck.
 *
 * @param {Instrument} instrument
 * @param {number} index
 * @param {{ wildness?: number, seed: number }} asked
 * @returns {Sound}
 */
export function soundNear(instrument, index, { wildness = 1, seed }) {
  const data = dataOf(instrument);
  const alike = data.labels.flatMap((label, i) => (label === data.labels[index] ? [i] : []));
  const blur = blurOf(data, alike.length > 2 ? alike : data.labels.map((_, i) => i), index);
  const rng = new CounterRng(seed, PURPOSE.NEAR);
  const sound = learntSound(instrument, index);
  return { ...sound, z: sound.z.map((value, d) => value + wildness * blur[d] * rng.normal()) };
}

/**
 * How little a label's sounds say of what lies between them: 1 for one, 0 for enough.
 *
 * @param {number} count
 */
const augmentation = (count) => Math.max(0, (ENOUGH_SOUNDS - count) / (ENOUGH_SOUNDS - 1));

/**
 * A step in any direction, about `size` times as long as AUGMENT_STEP and never small, which would be a copy;
 * what has a pitch keeps it.
 *
 * @param {CounterRng} random
 * @param {number} size
 * @param {boolean} tuned
 */
function augmentStep(random, size, tuned) {
  if (size === 0) return [0, 0, 0];
  const direction = AUGMENT_STEP.map((_, i) => (i > 0 || tuned ? 1 : 0) * random.normal());
  const long = Math.max(Math.hypot(...direction), 1e-9) / Math.sqrt(direction.length);
  const [least, most] = AUGMENT_STEP_RANGE;
  const far = (size * (least + (most - least) * random.uniform())) / long;
  return direction.map((part, i) => far * AUGMENT_STEP[i] * part);
}

/**
 * How far loudness may move from a known sound's, [down, up], and be nearest to it still.
 *
 * @param {InstrumentData} data
 * @param {number[]} own
 * @param {SoundRow} model
 */
function loudnessGap(data, own, model) {
  /** @param {SoundRow} row */
  const near = (row) =>
    model.note === null || row.note === null || Math.abs(row.note - model.note) <= NOTE_REACH;
  const levels = own
    .map((i) => data.rows[i])
    .filter(near)
    .map((row) => row.loudness_db - model.loudness_db);
  /** @param {number[]} gaps */
  const reach = (gaps) => Math.min(gaps.length ? 0.5 * Math.min(...gaps) : 0, MOST_BETWEEN_DB);
  const below = levels.filter((level) => level < -LAYER_DB).map((level) => -level);
  return [-reach(below), reach(levels.filter((level) => level > LAYER_DB))];
}

/**
 * ln of how many times the decay of its label's law a known sound lasts. Real sounds end, in silence
 * or because their recording does; a new one ends where they would in its place.
 *
 * @param {Response} response
 * @param {SoundRow} row
 */
const lastingOf = (response, row) =>
  Math.log(Math.max(row.length_s, SHORTEST_S) / lawAt(response, row.loudness_db, row.note).decay);

/**
 * @param {InstrumentData} data
 * @param {number[]} own
 * @param {number | null} note
 * @param {number} loudness
 */
function nearness(data, own, note, loudness) {
  const reach = data.sustained[data.labels[own[0]]] ? SUSTAINED_REACH : NOTE_REACH;
  const away = own.map((i) => {
    const row = data.rows[i];
    const steps = note === null || row.note === null ? 0 : Math.abs(row.note - note) / reach;
    return Math.abs(row.loudness_db - loudness) / LOUDNESS_REACH_DB + steps;
  });
  const least = Math.min(...away);
  return away.map((distance) => Math.exp(least - distance) + 1e-6);
}

/**
 * @param {InstrumentData} data
 * @param {number[]} own
 * @param {number[]} chances
 */
function typicalAmong(data, own, chances) {
  const total = chances.reduce((a, b) => a + b, 0);
  const centre = data.means[0].map((_, d) =>
    own.reduce((sum, sound, i) => sum + (chances[i] / total) * data.means[sound][d], 0),
  );
  /** @param {number} sound */
  const far = (sound) => distance2(data.means[sound], centre);
  const least = LIKELY * Math.max(...chances);
  const likely = own.filter((_, i) => chances[i] >= least);
  return likely.reduce((a, b) => (far(b) < far(a) ? b : a));
}

/**
 * @param {number[]} own
 * @param {number[]} chances
 * @param {CounterRng} random
 */
function drawTwo(own, chances, random) {
  return [own[random.choice(chances)], own[random.choice(chances)]];
}

/**
 * Standard deviation [latent] of a new latent around a known one.
 *
 * @param {InstrumentData} data
 * @param {number[]} own
 * @param {number} sound
 * @returns {number[]}
 */
function blurOf(data, own, sound) {
  const rows = own.length > 2 ? own.map((i) => data.means[i]) : data.means;
  const augmented = (augmentation(own.length) * AUGMENT_BLUR) ** 2;
  return data.spreads[sound].map((unsure, d) => {
    const within = variance(rows, d);
    const overall = augmented > 0 ? Math.max(variance(data.means, d), LEAST_SPREAD ** 2) : 0;
    return Math.sqrt(unsure + LEAST_BLUR ** 2 * within + augmented * overall);
  });
}

/**
 * @param {number[][]} rows
 * @param {number} d
 */
function variance(rows, d) {
  const mean = rows.reduce((sum, row) => sum + row[d], 0) / rows.length;
  return rows.reduce((sum, row) => sum + (row[d] - mean) ** 2, 0) / rows.length;
}

/**
 * Standard deviation [latent] of the takes of a label's sounds.
 *
 * @param {Instrument} instrument
 * @param {number} label
 * @returns {number[]}
 */
export function typicalBlur(instrument, label) {
  const data = dataOf(instrument);
  data.blurs ??= new Map();
  let blur = data.blurs.get(label);
  if (!blur) {
    const own = soundsOf(data, label);
    const blurs = own.slice(0, MOST_BLURS).map((sound) => blurOf(data, own, sound));
    blur = blurs[0].map((_, d) => blurs.reduce((sum, b) => sum + b[d], 0) / blurs.length);
    data.blurs.set(label, blur);
  }
  return blur;
}

/**
 * How a known sound differs from its label's law: [ln brightness, ln decay].
 *
 * @param {Response} response
 * @param {SoundRow} row
 */
function restOf(response, row) {
  const law = lawAt(response, row.loudness_db, row.note);
  return [Math.log(row.brightness_hz / law.brightness), Math.log(row.decay_s / law.decay)];
}

/**
 * What only sounds have that are alone of their kind.
 *
 * @param {number} higher
 * @param {number} tilt
 */
export const pitchAndTilt = (higher, tilt) => (higher === 0 && tilt === 0 ? {} : { higher, tilt });

/**
 * Branches of a sound, [Sound]; keep: what stays as it is, of latent, brightness, decay.
 *
 * @param {Instrument} instrument
 * @param {Sound} sound
 * @param {{ count?: number, wildness?: number, seed: number, keep?: string[] }} asked
 * @returns {Sound[]}
 */
export function variations(instrument, sound, { count = 12, wildness = 1, seed, keep = [] }) {
  const data = dataOf(instrument);
  const response = responsesOf(instrument)[sound.label];
  const own = soundsOf(data, sound.label);
  const blur = typicalBlur(instrument, sound.label);
  /**
   * @template T
   * @param {string} what
   * @param {T} old
   * @param {T} value
   */
  const kept = (what, old, value) => (keep.includes(what) ? old : value);
  return Array.from({ length: count }, (_, branch) => {
    const random = new CounterRng(seed, branch + 1);
    const towards = data.means[random.pick(own)];
    const share = random.uniform() / 2;
    const z = sound.z.map(
      (value, d) => value + wildness * (share * (towards[d] - value) + blur[d] * random.normal()),
    );
    const brighter = wildness * response.brightness.spread * random.normal();
    const step = augmentStep(
      random,
      wildness * augmentation(own.length),
      response.note_low === null,
    );
    const longer = wildness * response.decay.spread * random.normal() + step[2];
    const [higher, tilt] = [sound.higher ?? 0, sound.tilt ?? 0];
    return {
      ...sound,
      ...pitchAndTilt(
        kept("latent", higher, higher + step[0]),
        kept("brightness", tilt, tilt + step[1]),
      ),
      z: kept("latent", sound.z, z),
      brightness: kept("brightness", sound.brightness, sound.brightness * Math.exp(brighter)),
      decay: kept("decay", sound.decay, sound.decay * Math.exp(longer)),
      ...(sound.length
        ? { length: kept("decay", sound.length, sound.length * Math.exp(longer)) }
        : {}),
    };
  });
}
