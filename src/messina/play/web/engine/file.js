// @ts-check
/* A `.messina` file in the browser: its manifest and arrays, held against each other. The twin of the Python module
 * instrument/file. */

/** @import { EventModel } from "./groove/model.js" */
/** @import { TextureModel } from "./texture/model.js" */
/** @import { FileArrays, InstrumentFile, Manifest, NetworkConfig, Response, SoundRow } from "./types.d.ts" */

import { ARRAYS, LOUDEST_DB, MANIFEST, MOST_SHIFT_DB, SCHEMAS } from "./bounds.js";
import { wrongIn } from "./checking.js";
import { DRUM_MAP, LAYOUT, NETWORK, TRAJECTORIES } from "./constants.js";
import { readParts } from "./container.js";
import { refuse } from "./errors.js";
import { readEvents } from "./groove/model.js";
import { BODY_SIZE, frameCount, ONSET_SIZE } from "./layout.js";
import { readTextureModel } from "./texture/model.js";

export { InstrumentError } from "./errors.js";

const { KEYS } = DRUM_MAP;
/** @type {Record<string, number[]>} */
const BOUNDS = ARRAYS;
/** @type {import("./container.js").ArrayType[]} */
const PLAIN = ["F16", "F32", "U8"];
/** @type {import("./container.js").ArrayType[]} */
const WHOLE = ["I32"];

/**
 * What a file holds: "hits", "groove", "texture" or "score". Throws InstrumentError.
 *
 * @param {ArrayBuffer} buffer
 * @returns {"hits" | "groove" | "texture" | "score"}
 */
export function kindOf(buffer) {
  const { manifest, parts } = readParts(buffer);
  /** @param {string} part */
  const has = (part) => Object.hasOwn(parts, part);
  if (manifest) return has("events") ? "groove" : "hits";
  refuse(
    !has("events") && !has("stream"),
    "it holds nothing that this page can play: update Messina",
  );
  return has("events") ? "score" : "texture";
}

/**
 * {manifest, arrays: {name: typed array}, digest of all that it holds, events: EventModel of what plays on, or null}. Throws InstrumentError.
 *
 * @param {ArrayBuffer} buffer
 * @returns {InstrumentFile}
 */
export function readFile(buffer) {
  const { manifest, parts, digest, header, read } = readParts(buffer);
  refuse(
    !manifest && Object.keys(parts).length > 0,
    "this file plays on by itself and has no single sounds",
  );
  checkManifest(manifest);
  const arrays = /** @type {FileArrays} */ ({});
  for (const [name, shape] of Object.entries(expectedShapes(manifest))) {
    if (name === "contours" && !(name in header)) {
      arrays[name] = new Float32Array(shape[0]); // of before pitch was followed
      continue;
    }
    const types = name === "keys" ? WHOLE : PLAIN;
    arrays[name] = /** @type {Float32Array} */ (read(name, shape, ...types));
    const [least, most] = BOUNDS[name] ?? [-Infinity, Infinity];
    refuse(
      arrays[name].some((x) => x < least || x > most),
      `damaged: array '${name}' holds impossible numbers`,
    );
  }
  refuse(
    arrays.fine_of.some((fine) => fine >= manifest.fine_spectra),
    "damaged: array 'fine_of' holds impossible numbers",
  );
  refuse(
    arrays.keys.some((label) => label >= manifest.responses.length),
    "damaged: array 'keys' holds impossible numbers",
  );
  const counts = arrays.trajectory_counts;
  refuse(
    counts.some((count) => !Number.isInteger(count) || count === 1) ||
      counts.reduce((sum, count) => sum + count, 0) !== (manifest.trajectory_rows ?? 0),
    "damaged: its trajectories do not fit its sounds",
  );
  /** @type {SoundRow[]} */
  const kept = manifest.sounds.filter(isKept);
  refuse(
    !kept.every((sound, i) => isSteady(arrays, sound, i)),
    "damaged: the steady parts do not fit its sounds",
  );
  return { manifest, arrays, digest, events: readEvents(parts, header, read) };
}

/**
 * Whether what goes on of a sound while its key is down, if anything does, lies within it, and it moves.
 *
 * @param {FileArrays} arrays
 * @param {SoundRow} sound
 * @param {number} index
 */
function isSteady({ steady, trajectory_counts: counts }, { length_s: length }, index) {
  const [start, stop, release] = steady.subarray(3 * index, 3 * index + 3);
  if (start === 0 && stop === 0 && release === 0) return true;
  return (
    [start, stop, release].every(Number.isInteger) &&
    counts[index] > 0 &&
    start + LAYOUT.LEAST_STEADY <= stop &&
    stop <= release &&
    release < frameCount(length)
  );
}

/**
 * The EventModel of a score. Throws InstrumentError.
 *
 * @param {ArrayBuffer} buffer
 * @returns {EventModel | null}
 */
export function readScore(buffer) {
  const { parts, header, read } = readParts(buffer);
  return readEvents(parts, header, read);
}

/**
 * The texture in a file. Throws InstrumentError.
 *
 * @param {ArrayBuffer} buffer
 * @returns {TextureModel}
 */
export function readTexture(buffer) {
  const { parts, header, read } = readParts(buffer);
  return readTextureModel(parts, header, read);
}

/** @param {Manifest} manifest */
function checkManifest(manifest) {
  const wrong = wrongIn(manifest, MANIFEST, SCHEMAS);
  refuse(wrong !== null, `damaged: its manifest is not valid (${wrong})`);
  const { network, responses, sounds, previewed } = manifest;
  refuse(
    responses.length !== network.labels || sounds.length === 0,
    "damaged: its labels and sounds do not fit its network",
  );
  const names = new Set(responses.map((response) => response.label));
  refuse(names.size !== responses.length, "damaged: two of its labels are the same");
  refuse(
    !sounds.every((sound) => names.has(sound.label)),
    "damaged: a sound has a label the instrument lacks",
  );
  const kept = new Set(sounds.filter(isKept).map((sound) => sound.label));
  const missing = [...names].find((name) => !kept.has(name));
  refuse(missing !== undefined, `damaged: no sound of its label '${missing}' was learnt`);
  responses.forEach(checkResponse);
  refuse(
    !previewed.every((i) => i < sounds.length),
    "damaged: a preview is of a sound the instrument lacks",
  );
}

/** @param {Response} response */
function checkResponse({ label, note_low: low, note_high: high, ...response }) {
  refuse(
    (low === null) !== (high === null) || (low ?? 0) > (high ?? 0),
    `damaged: the notes of its label '${label}' are no range`,
  );
  refuse(
    response.decay_low_s > response.decay_high_s,
    `damaged: the decays of its label '${label}' are no range`,
  );
  const reach =
    low === null || high === null
      ? 0
      : Math.max(Math.abs(low - response.note_centre), Math.abs(high - response.note_centre));
  const shift = Math.abs(response.loudness_per_note) * reach;
  refuse(
    shift > MOST_SHIFT_DB || Math.max(...response.played_db) + shift > LOUDEST_DB,
    `damaged: its label '${label}' is louder than any sound, or softer`,
  );
}

/**
 * Whether the instrument keeps a latent of this row of its manifest's sounds.
 *
 * @param {SoundRow} sound
 */
export const isKept = (sound) => sound.role !== "held out";

/**
 * Shapes of the arrays that playing needs; the encoder's are left in the file.
 *
 * @param {{ network: NetworkConfig, sounds: SoundRow[], fine_spectra: number, trajectory_rows?: number }} manifest
 */
function expectedShapes({ network: n, sounds, fine_spectra: fine, trajectory_rows: rows = 0 }) {
  const kept = sounds.filter(isKept).length;
  const condition = n.embedding + NETWORK.CONTROLS;
  /** @type {Record<string, number[]>} */
  const layers = {
    "identity.0": [n.code, n.latent + condition],
    "identity.1": [n.code, n.code],
    film: [2 * n.width * (n.layers + 1), n.code],
    time: [n.width, NETWORK.TIME_FEATURES],
    level: [BODY_SIZE, n.width],
    spread: [BODY_SIZE, n.width],
    "onset.0": [n.onset_components, n.code],
    "onset.1": [ONSET_SIZE, n.onset_components],
  };
  for (let i = 0; i < n.layers; i++) layers[`body.${i}`] = [n.width, n.width];
  /** @type {Record<string, number[]>} */
  const shapes = {
    labels: [n.labels + 1, n.embedding],
    body_mean: [BODY_SIZE],
    onset_mean: [ONSET_SIZE],
    onset_scale: [ONSET_SIZE],
    latent_means: [kept, n.latent],
    latent_log_variances: [kept, n.latent],
    fine: [fine, LAYOUT.FINE_CELLS / 2],
    fine_of: [kept],
    places: [kept, 2],
    keys: [KEYS],
    trajectory_basis: [TRAJECTORIES.TRAJECTORY_SIZE, BODY_SIZE],
    trajectories: [rows, TRAJECTORIES.TRAJECTORY_SIZE],
    trajectory_counts: [kept],
    trajectory_louder: [kept],
    contours: [rows],
    steady: [kept, 3],
  };
  for (const [name, shape] of Object.entries(layers)) {
    shapes[`${name}.weight`] = shape;
    shapes[`${name}.bias`] = [shape[0]];
  }
  return shapes;
}
