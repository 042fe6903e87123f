// @ts-check
/* A network's arrays as the kernel wants them: one block of numbers and where in it each layer lies.
 * Runs on the page's thread, so that the worklet only copies. */

/** @import { FileArrays, Layer, NetworkConfig, PackedNetwork, PackedTrajectories, SoundRow } from "./types.d.ts" */

import { NETWORK, TRAJECTORIES } from "./constants.js";
import { isKept } from "./file.js";
import { BODY_SIZE, FLOOR, ONSET_SIZE, ROW, ROW_PLACES } from "./layout.js";

const { BODY_SCALE, CONTROLS } = NETWORK;

/** @param {number} n */
const multipleOf8 = (n) => Math.ceil(n / 8) * 8;

/**
 * {numbers: Float32Array, layers: {name: {weight, bias, inputs, outputs}}, config}. weight and bias
 * are places in numbers; inputs and outputs are padded to what the kernel takes, the network's width too.
 *
 * @param {{ manifest: { network: NetworkConfig, sounds: SoundRow[] }, arrays: FileArrays }} file
 * @returns {PackedNetwork}
 */
export function packNetwork({ manifest, arrays }) {
  const { network: config, sounds } = manifest;
  const packer = new Packer();
  const code = multipleOf8(config.code);
  const width = multipleOf8(config.width);
  /**
   * @param {string} name
   * @param {number} inputs
   */
  const dense = (name, inputs) => packer.add(name, arrays, inputs, {});
  dense("identity.0", config.latent + config.embedding + CONTROLS);
  dense("identity.1", code);
  packer.add("film", arrays, code, {
    places: Array.from(
      { length: 2 * config.width * (config.layers + 1) },
      (_, o) => width * Math.floor(o / config.width) + (o % config.width),
    ),
    size: 2 * width * (config.layers + 1),
  });
  dense("time", 23);
  for (let i = 0; i < config.layers; i++) dense(`body.${i}`, width);
  packer.add("level", arrays, width, {
    places: ROW_PLACES,
    size: ROW,
    scale: BODY_SCALE,
    offset: arrays.body_mean,
    blank: FLOOR,
  });
  packer.add("spread", arrays, width, { places: ROW_PLACES, size: ROW });
  dense("onset.0", code);
  packer.add("onset.1", arrays, multipleOf8(config.onset_components), {
    size: multipleOf8(ONSET_SIZE),
    scale: arrays.onset_scale,
    offset: arrays.onset_mean,
  });
  const { labels, fine, fine_of: fineOf } = arrays;
  const likely = likelyOf(sounds.filter(isKept), fineOf);
  const moving = packTrajectories(arrays);
  return { ...packer.packed(), config, width, labels, fine, fineOf, likely, moving };
}

/**
 * Which known sounds move how; the components' numbers lie as the engine's rows have them.
 *
 * @param {FileArrays} arrays
 * @returns {PackedTrajectories}
 */
function packTrajectories(arrays) {
  const { trajectory_basis: basis, trajectories: codes, trajectory_louder: louder } = arrays;
  const { contours } = arrays;
  const counts = Uint32Array.from(arrays.trajectory_counts);
  const starts = new Uint32Array(counts.length);
  for (let i = 1; i < counts.length; i++) starts[i] = starts[i - 1] + counts[i - 1];
  const placed = new Float32Array(TRAJECTORIES.TRAJECTORY_SIZE * ROW);
  for (let k = 0; k < TRAJECTORIES.TRAJECTORY_SIZE; k++) {
    for (let i = 0; i < BODY_SIZE; i++) placed[k * ROW + ROW_PLACES[i]] = basis[k * BODY_SIZE + i];
  }
  return { basis: placed, codes, counts, starts, louder, contours };
}

/**
 * Fine spectra of the sounds without a pitch, those of every label in turn. What has a pitch moves its modes with it.
 *
 * @param {SoundRow[]} rows
 * @param {Uint8Array} fineOf
 */
function likelyOf(rows, fineOf) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  const turns = rows.map(({ label }) => {
    const turn = counts.get(label) ?? 0;
    counts.set(label, turn + 1);
    return turn;
  });
  const hits = rows.flatMap(({ note }, sound) => (note === null ? [sound] : []));
  hits.sort((a, b) => turns[a] - turns[b]);
  return [...new Set(hits.map((sound) => fineOf[sound]))];
}

class Packer {
  constructor() {
    /** @type {Float32Array[]} */
    this.parts = [];
    this.length = 0;
    /** @type {Record<string, Layer>} */
    this.layers = {};
  }

  /**
   * Adds layer `name` with its outputs at `places` of `size` outputs, times `scale`, plus `offset`;
   * outputs that are not the layer's give `blank`.
   *
   * @param {string} name
   * @param {Record<string, Float32Array>} arrays
   * @param {number} inputs
   * @param {object} options
   * @param {ArrayLike<number>} [options.places]
   * @param {number} [options.size]
   * @param {number | Float32Array} [options.scale]
   * @param {Float32Array} [options.offset]
   * @param {Float32Array} [options.blank]
   */
  add(name, arrays, inputs, { places, size, scale = 1, offset, blank }) {
    const bias = arrays[`${name}.bias`];
    const weight = arrays[`${name}.weight`];
    const given = weight.length / bias.length;
    const outputs = multipleOf8(size ?? bias.length);
    const packedBias = new Float32Array(outputs);
    if (blank) packedBias.set(blank);
    const packed = new Float32Array(outputs * inputs);
    for (let o = 0; o < bias.length; o++) {
      const place = places ? places[o] : o;
      const times = typeof scale === "number" ? scale : scale[o];
      packedBias[place] = times * bias[o] + (offset ? offset[o] : 0);
      const column = (place >> 3) * 8 * inputs + (place & 7);
      for (let i = 0; i < given; i++) packed[column + 8 * i] = times * weight[o * given + i];
    }
    this.layers[name] = { weight: this.put(packed), bias: this.put(packedBias), inputs, outputs };
  }

  /** @param {Float32Array} numbers */
  put(numbers) {
    const place = this.length;
    this.parts.push(numbers);
    this.length += Math.ceil(numbers.length / 4) * 4;
    return place;
  }

  packed() {
    const numbers = new Float32Array(this.length);
    let place = 0;
    for (const part of this.parts) {
      numbers.set(part, place);
      place += Math.ceil(part.length / 4) * 4;
    }
    return { numbers, layers: this.layers };
  }
}
