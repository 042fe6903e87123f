// @ts-check
/* An instrument as the page sees it, and what the engine keeps of it beside that: the latents of the
 * learnt sounds and their places on the map. */

/** @import { Instrument, InstrumentData, InstrumentFile, Label, LearntSound, Numbers, Place, Response, Sound, SoundRow } from "./types.d.ts" */

import { HEADROOM, PLAYING } from "./constants.js";
import { isKept } from "./file.js";
import { HI_HATS, isHiHat } from "./groove/drums.js";
import { clamp } from "./layout.js";

const { LOUDEST_DB, RANGE_DB } = HEADROOM;
const { SHORTEST_S } = PLAYING;

/** What belongs to an Instrument but is no business of the page's. @type {WeakMap<Instrument, InstrumentData>} */
const behind = new WeakMap();

/**
 * {file, means: [Float64Array], spreads, labels, places, sustained, typical} behind an Instrument.
 *
 * @param {Instrument} instrument
 * @returns {InstrumentData}
 */
export function dataOf(instrument) {
  const data = behind.get(instrument);
  if (!data) throw new TypeError("not an instrument of this engine");
  return data;
}

/**
 * The Instrument of a file that was read; see index.js for what it says.
 *
 * @param {string} id
 * @param {InstrumentFile} file
 * @returns {Instrument}
 */
export function makeInstrument(id, file) {
  const { manifest, arrays } = file;
  const rows = manifest.sounds.filter(isKept);
  const names = manifest.responses.map((response) => response.label);
  const means = rowsOf(arrays.latent_means, rows.length);
  const labels = rows.map((row) => names.indexOf(row.label));
  const places = placesOf(arrays.places);
  const data = {
    file,
    rows,
    means,
    spreads: rowsOf(arrays.latent_log_variances, rows.length).map((row) => row.map(Math.exp)),
    labels,
    places,
    sustained: names.map((_, label) =>
      labels.some((other, i) => other === label && arrays.steady[3 * i + 1] > 0),
    ),
    typical: names.map((_, label) => typicalOf(means, labels, label)),
  };
  const loudest = Math.max(
    ...manifest.responses.map((response) => response.played_db[response.played_db.length - 1]),
  );
  const notes = rows.map((row) => row.note).filter((note) => note !== null);
  const instrument = deepFreeze({
    id,
    labels: manifest.responses.map((response, index) => describeLabel(response, index, data)),
    sounds: rows.map((row, index) => describeSound(row, index, places[index])),
    pitched: notes.length > 0,
    low: notes.length ? Math.min(...notes) : null,
    high: notes.length ? Math.max(...notes) : null,
    keys: Array.from(arrays.keys, (label) => (label < 0 ? null : names[label])),
    level: clamp(LOUDEST_DB - loudest, -RANGE_DB, RANGE_DB),
    manifest,
  });
  behind.set(instrument, data);
  return instrument;
}

/** @param {any} value */
function deepFreeze(value) {
  if (value !== null && typeof value === "object")
    Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

/**
 * @param {Float32Array} numbers
 * @returns {Place[]}
 */
const placesOf = (numbers) => rowsOf(numbers, numbers.length / 2).map(([x, y]) => ({ x, y }));

/**
 * @param {Float32Array} numbers
 * @param {number} count
 */
function rowsOf(numbers, count) {
  const size = numbers.length / count;
  return Array.from({ length: count }, (_, i) =>
    Array.from(numbers.subarray(i * size, (i + 1) * size)),
  );
}

/**
 * @param {Response} response
 * @param {number} index
 * @param {InstrumentData} data
 * @returns {Label}
 */
function describeLabel(response, index, data) {
  const pitched = response.note_low !== null;
  return {
    name: response.label,
    index,
    sounds: response.sounds,
    pitched,
    held: pitched,
    low: response.note_low,
    high: response.note_high,
    choke: !pitched && isHiHat(response.label) ? HI_HATS : null,
    typical: data.typical[index],
  };
}

/**
 * @param {SoundRow} row
 * @param {number} index
 * @param {Place} place
 * @returns {LearntSound}
 */
function describeSound(row, index, place) {
  return {
    index,
    name: row.name,
    label: row.label,
    note: row.note,
    velocity: row.velocity,
    loudness: row.loudness_db,
    brightness: row.brightness_hz,
    decay: row.decay_s,
    length: row.length_s,
    ...place,
  };
}

/**
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
export function distance2(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

/**
 * The sound nearest to the mean of its label; of all where the label has none.
 *
 * @param {number[][]} means
 * @param {number[]} labels
 * @param {number} label
 */
function typicalOf(means, labels, label) {
  const own = soundsOf({ labels }, label);
  const centre = meanOf(own.map((i) => means[i]));
  return own.reduce((a, b) => (distance2(means[b], centre) < distance2(means[a], centre) ? b : a));
}

/** @param {number[][]} rows */
function meanOf(rows) {
  return rows[0].map((_, d) => rows.reduce((sum, row) => sum + row[d], 0) / rows.length);
}

/**
 * The index of a label given by name or index; null for none.
 *
 * @param {Instrument} instrument
 * @param {string | number | null | undefined} label
 * @returns {number | null}
 */
export function labelIndex(instrument, label) {
  if (label === undefined || label === null) return null;
  const index =
    typeof label === "number" ? label : instrument.labels.findIndex((l) => l.name === label);
  if (!instrument.labels[index]) throw new RangeError(`there is no label '${label}'`);
  return index;
}

/**
 * The index of a sound's label, which the instrument has to have.
 *
 * @param {Instrument} instrument
 * @param {Sound} sound
 */
export function labelOf(instrument, { label }) {
  if (!instrument.labels[label]) throw new RangeError(`there is no label '${label}'`);
  return label;
}

/**
 * One of instrument.sounds, as the network holds it.
 *
 * @param {Instrument} instrument
 * @param {number} index
 * @returns {Sound & { length: number }}
 */
export function learntSound(instrument, index) {
  const { means, labels, rows } = dataOf(instrument);
  const row = rows[index];
  if (!row) throw new RangeError(`there is no sound ${index}; there are ${rows.length}`);
  return {
    z: [...means[index]],
    label: labels[index],
    note: row.note,
    loudness: row.loudness_db,
    gain: row.loudness_db,
    brightness: row.brightness_hz,
    decay: row.decay_s,
    length: Math.max(row.length_s, SHORTEST_S),
    model: index,
  };
}

/**
 * The known sound of a label (-1: of any) whose latent is nearest.
 *
 * @param {Instrument} instrument
 * @param {{ z: Numbers, label: number }} sound
 */
export function nearestSound(instrument, { z, label }) {
  const data = dataOf(instrument);
  return soundsOf(data, label).reduce((a, b) =>
    distance2(data.means[b], z) < distance2(data.means[a], z) ? b : a,
  );
}

/**
 * The sounds of a label; all of them where it has none.
 *
 * @param {Pick<InstrumentData, "labels">} data
 * @param {number} label
 */
export function soundsOf({ labels }, label) {
  const own = labels.flatMap((other, i) => (other === label ? [i] : []));
  return own.length ? own : labels.map((_, i) => i);
}
