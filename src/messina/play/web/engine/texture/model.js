// @ts-check
/* A learnt texture: the part "stream" of a file, read as strictly as Python reads it, and what its patches
 * are told in. The twin of the Python modules texture/part, texture/model and texture/latents. */

/** @import { Read, Shapes } from "../groove/types.d.ts" */
/** @import { Drops, NamedSpan, TextureArrays, TextureManifest } from "./types.d.ts" */

import { SCHEMAS, TEXTURE } from "../bounds.js";
import { wrongIn } from "../checking.js";
import { refuse } from "../errors.js";
import { onGrid } from "../rounding.js";
import { FINE, MANIFEST, MODEL, NETWORK, PART, PLAYER } from "./constants.js";
import { SHAPE_SIZE } from "./drops.js";
import { FINE_BYTES, stretches } from "./fine.js";
import { FRAME_SIZE, PATCH, WINDOW } from "./layout.js";

const { TEXTURE_VERSION, MOST_PATCHES } = MANIFEST;
const { SLOW_PATCHES } = MODEL; // that the slow level is a mean over: 1 s
const { LAYERS } = NETWORK;
const { LARGEST } = PART;
const { RANGE, MARGIN } = PLAYER; // percents of what was learnt, beyond which and so much more no latent goes

/**
 * {name: [shape, type]} of every array.
 *
 * @param {TextureManifest} manifest
 */
function expected({ latents: size, recordings, network, drops = 0 }) {
  const patches = recordings.reduce((sum, row) => sum + row.patches, 0);
  /** @type {Shapes} */
  const arrays = {
    mean: [[FRAME_SIZE], "F32"],
    scale: [[FRAME_SIZE], "F32"],
    spread: [[size], "F32"],
    directions: [[size, WINDOW * FRAME_SIZE], "F16"],
    latents: [[patches, size], "F16"],
    fine: [[recordings.reduce((sum, row) => sum + stretches(row.patches), 0), FINE_BYTES], "U8"],
  };
  if (drops > 0) {
    arrays.drop_places = [[drops], "I32"];
    arrays.drop_shapes = [[drops, SHAPE_SIZE], "F16"];
  }
  if (network === null) return arrays;
  const { width, components, embedding } = network;
  /** @type {Record<string, number[]>} */
  const shapes = {
    fast_scale: [size],
    embedding: [recordings.length, embedding],
    "input.weight": [width, 3 * size + embedding],
    "input.bias": [width],
    "output.weight": [components * (2 * size + 1), width],
    "output.bias": [components * (2 * size + 1)],
  };
  for (let layer = 0; layer < LAYERS; layer++) {
    for (const side of ["ih", "hh"]) {
      shapes[`gru.weight_${side}_l${layer}`] = [3 * width, width];
      shapes[`gru.bias_${side}_l${layer}`] = [3 * width];
    }
  }
  for (const [name, shape] of Object.entries(shapes)) arrays[`network.${name}`] = [shape, "F16"];
  return arrays;
}

/**
 * The TextureModel in a file's parts. `read(name, shape, type)` gives an array of it. Throws InstrumentError.
 *
 * @param {{ stream?: TextureManifest }} parts  what is to be checked
 * @param {Record<string, unknown>} header  of all arrays
 * @param {Read} read
 */
export function readTextureModel(parts, header, read) {
  const manifest = /** @type {TextureManifest} */ (parts.stream);
  const version = manifest?.version;
  refuse(
    Number.isInteger(version) && version !== TEXTURE_VERSION,
    `its texture has version ${version}; this page reads ${TEXTURE_VERSION}: update Messina to play it`,
  );
  const wrong = wrongIn(manifest, TEXTURE, SCHEMAS);
  refuse(wrong !== null, `damaged: its texture is not described validly (${wrong})`);
  const patches = manifest.recordings.reduce((sum, row) => sum + row.patches, 0);
  refuse(patches > MOST_PATCHES, "damaged: its texture is longer than any this program makes");
  refuse(
    manifest.fast === "network" && !manifest.network,
    "damaged: its texture names a network that it lacks",
  );
  const shapes = expected(manifest);
  for (const name of Object.keys(header).filter((name) => name.startsWith("stream/"))) {
    refuse(
      !Object.hasOwn(shapes, name.slice(7)),
      `damaged: array '${name}' is missing or not known`,
    );
  }
  /** @type {Record<string, Float32Array | Int32Array | Uint8Array>} */
  const arrays = {};
  for (const [name, [shape, type]] of Object.entries(shapes)) {
    arrays[name] = read(`stream/${name}`, shape, type);
    const largest = type === "I32" ? MOST_PATCHES : LARGEST;
    refuse(
      arrays[name].some((x) => Math.abs(x) > largest),
      `damaged: array 'stream/${name}' holds impossible numbers`,
    );
  }
  /**
   * @param {string} name
   * @param {number} least
   * @param {number} most
   */
  const within = (name, least, most) => arrays[name].every((x) => x >= least && x <= most);
  refuse(
    !within("scale", 1e-3, LARGEST) || !within("spread", 1e-6, LARGEST),
    "damaged: the texture's scales are not positive",
  );
  const places = arrays.drop_places ?? new Int32Array(0);
  refuse(
    !places.every((place, i) => place >= (places[i - 1] ?? 0) && place < patches),
    "damaged: the drops of its texture lie outside of it",
  );
  return new TextureModel(manifest, /** @type {TextureArrays} */ (arrays));
}

export class TextureModel {
  /**
   * @param {TextureManifest} manifest
   * @param {TextureArrays} arrays
   */
  constructor(manifest, arrays) {
    this.manifest = manifest;
    this.arrays = arrays;
    this.size = manifest.latents;
    this.patches = arrays.latents.length / this.size;
    let end = 0;
    /** First patch of each recording, and the end of the last [R + 1]. */
    this.starts = [0, ...manifest.recordings.map((row) => (end += row.patches))];
    let spectra = 0;
    /** First fine spectrum of each recording [R + 1]. */
    this.firstFine = [0, ...manifest.recordings.map((row) => (spectra += stretches(row.patches)))];
    /** What brings each recording to one loudness with the others [R], ln of amplitude. */
    this.gains = manifest.recordings.map(({ gain_db: db = 0 }) => (db * Math.LN10) / 20);
    const { drop_places: places, drop_shapes: shapes } = arrays;
    /** @type {Drops} */
    this.drops = {
      places: places ?? new Int32Array(0),
      shapes: shapes ?? new Float32Array(0),
      each: manifest.drops_each ?? 1,
    };
    const squares = Float64Array.from(arrays.spread, (x) => x * x);
    const sum = squares.reduce((a, b) => a + b, 0);
    /** How much a difference in each latent is heard [D]; sums to 1. */
    this.metric = squares.map((x) => x / sum);
    const { size } = this;
    /** The slow level of the latents [P, D], and what moves around it. */
    this.slow = new Float64Array(arrays.latents.length);
    manifest.recordings.forEach((_, i) => {
      const [from, to] = [this.starts[i] * size, this.starts[i + 1] * size];
      slowPart(arrays.latents.subarray(from, to), size, this.slow.subarray(from, to));
    });
    this.fast = this.slow.map((x, i) => arrays.latents[i] - x);
    /** What latents are held within: [low, high], each [D]. */
    this.bounds = boundsOf(arrays.latents, size);
  }

  /** Where each recording lies in the corpus. @returns {NamedSpan[]} */
  get spans() {
    return this.manifest.recordings.map(({ name }, i) => ({
      name,
      from: this.starts[i] / this.patches,
      to: this.starts[i + 1] / this.patches,
    }));
  }

  /**
   * @param {Float64Array} table
   * @param {number} patch
   */
  row(table, patch) {
    return table.subarray(patch * this.size, (patch + 1) * this.size);
  }

  /**
   * The fine spectrum [FINE_BYTES] where a patch of a recording lies.
   *
   * @param {number} recording
   * @param {number} patch
   */
  fineAt(recording, patch) {
    const own = Math.floor((patch - this.starts[recording]) / FINE.STRETCH);
    const at = (this.firstFine[recording] + own) * FINE_BYTES;
    return this.arrays.fine.subarray(at, at + FINE_BYTES);
  }

  /**
   * The windowed patch [WINDOW * FRAME_SIZE] of a latent, in scaled frames.
   *
   * @param {Float64Array} latent
   */
  patch(latent) {
    const { directions, spread } = this.arrays;
    const count = WINDOW * FRAME_SIZE;
    const out = new Float32Array(count);
    for (let d = 0; d < this.size; d++) {
      const much = latent[d] * spread[d];
      for (let i = 0, at = d * count; i < count; i++) out[i] += much * directions[at + i];
    }
    for (let i = 0; i < count; i++) out[i] *= SINE[Math.floor(i / FRAME_SIZE)];
    return out;
  }

  /**
   * Frame `index` (0 … PATCH - 1) under two patches, the one before and the one that begins.
   *
   * @param {Float32Array} before
   * @param {Float32Array} begins
   * @param {number} index
   * @param {Float32Array} out
   */
  frame(before, begins, index, out) {
    const { mean, scale } = this.arrays;
    const [late, early] = [(PATCH + index) * FRAME_SIZE, index * FRAME_SIZE];
    for (let i = 0; i < FRAME_SIZE; i++)
      out[i] = (before[late + i] + begins[early + i]) / scale[i] + mean[i];
    return out;
  }
}

const SINE = Float32Array.from({ length: WINDOW }, (_, i) =>
  Math.sin((Math.PI * (i + 0.5)) / WINDOW),
);

/**
 * The running mean of one recording's latents [P, D] to `out`, true at the ends.
 *
 * @param {Float32Array} latents
 * @param {number} size
 * @param {Float64Array} out
 */
function slowPart(latents, size, out) {
  const reach = (SLOW_PATCHES - 1) / 2;
  const window = Array.from({ length: SLOW_PATCHES }, (_, i) =>
    onGrid(0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 1)) / (SLOW_PATCHES + 1))),
  );
  const patches = latents.length / size;
  const sums = new Float64Array(size);
  for (let patch = 0; patch < patches; patch++) {
    sums.fill(0);
    let weight = 0;
    for (let i = Math.max(0, patch - reach); i <= Math.min(patches - 1, patch + reach); i++) {
      const share = window[i - patch + reach];
      weight += share;
      for (let d = 0, at = i * size; d < size; d++) sums[d] += share * latents[at + d];
    }
    for (let d = 0; d < size; d++) out[patch * size + d] = onGrid(sums[d] / weight);
  }
}

/**
 * The value under which a share of sorted numbers lies.
 *
 * @param {ArrayLike<number>} sorted
 * @param {number} share
 */
export function quantile(sorted, share) {
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const next = sorted[Math.min(low + 1, sorted.length - 1)];
  return sorted[low] + (place - low) * (next - sorted[low]);
}

/**
 * @param {Float32Array} latents
 * @param {number} size
 */
function boundsOf(latents, size) {
  const patches = latents.length / size;
  const [low, high] = [new Float32Array(size), new Float32Array(size)];
  for (let d = 0; d < size; d++) {
    const sorted = Float32Array.from({ length: patches }, (_, i) => latents[i * size + d]).sort();
    const [least, most] = RANGE.map((percent) => quantile(sorted, percent / 100));
    low[d] = least - MARGIN * (most - least);
    high[d] = most + MARGIN * (most - least);
  }
  return [low, high];
}
