// @ts-check
/* Drops: what is shorter than any frame. The twin of the Python module texture/drops, which has the formula. */

/** @import { CounterRng } from "../counter-rng.js" */
/** @import { Drops, Fallen, Numbers } from "./types.d.ts" */

import { SAMPLE_RATE } from "../layout.js";
import { onFineGrid } from "../rounding.js";
import { DROPS } from "./constants.js";

/** Samples of a drop. */
export const LENGTH = DROPS.LENGTH;

const { EDGES_HZ, AROUND, SHORTEST, LONGEST } = DROPS;
const [PAN, DECAY, LEVELS] = [0, 1, 2];

/** Numbers that tell a drop. */
export const SHAPE_SIZE = LEVELS + EDGES_HZ.length;

const BAND_OF_BIN = Array.from({ length: LENGTH / 2 + 1 }, (_, k) =>
  EDGES_HZ.findLastIndex((edge) => edge <= (k * SAMPLE_RATE) / LENGTH),
);
const BINS_IN_BAND = EDGES_HZ.map((_, band) => BAND_OF_BIN.filter((own) => own === band).length);
const TURN = Array.from({ length: LENGTH }, (_, i) => (2 * Math.PI * i) / LENGTH);
const [COSINE, SINE] = [Math.cos, Math.sin].map((wave) => Float64Array.from(TURN, wave));

/**
 * One drop [LENGTH] of these numbers [SHAPE_SIZE] with phases [LENGTH / 2 + 1].
 *
 * @param {Numbers} shape
 * @param {Numbers} phases
 */
export function burst(shape, phases) {
  const sound = new Float64Array(LENGTH);
  const energies = EDGES_HZ.map((_, band) => Math.exp(2 * shape[LEVELS + band]));
  BAND_OF_BIN.forEach((band, k) => {
    if (band < 0) return;
    const magnitude = Math.sqrt(energies[band] / BINS_IN_BAND[band]) * (k === LENGTH / 2 ? 0.5 : 1);
    const [even, odd] = [magnitude * Math.cos(phases[k]), magnitude * Math.sin(phases[k])];
    for (let n = 0, at = 0; n < LENGTH; n++, at = (at + k) % LENGTH)
      sound[n] += even * COSINE[at] - odd * SINE[at];
  });
  const decay = Math.min(Math.max(Math.exp(shape[DECAY]), SHORTEST), LONGEST);
  let energy = 1e-30;
  for (let n = 0; n < LENGTH; n++) {
    sound[n] *= Math.exp(-n / decay);
    energy += sound[n] * sound[n];
  }
  const scale = Math.sqrt(energies.reduce((a, b) => a + b) / energy);
  return Float32Array.from(sound, (x) => x * scale);
}

/** Lets drops fall, patch by patch. `drops`: {places [n], shapes [n * SHAPE_SIZE], each}. */
export class DropPlayer {
  #due;

  /**
   * random: of when which drop falls; phases: of their waveforms.
   *
   * @param {Drops} drops
   * @param {CounterRng} random
   * @param {CounterRng} phases
   */
  constructor(drops, random, phases) {
    this.drops = drops;
    this.random = random;
    this.phases = phases;
    this.#due = drops.places.length > 0 ? onFineGrid(random.exponential()) : Infinity;
    this.tail = [new Float32Array(LENGTH), new Float32Array(LENGTH)];
  }

  /**
   * When in the next patch, 0 … 1, which drop falls, of those near a place of the recording [from, to).
   *
   * @param {number} place
   * @param {number[]} bounds
   * @param {number} [share]
   * @returns {Fallen[]}
   */
  step(place, [from, to], share = 1) {
    const { places, each } = this.drops;
    const [first, last] = [Math.max(place - AROUND, from), Math.min(place + AROUND + 1, to)];
    const [start, end] = [reaching(places, first), reaching(places, last)];
    const rate = (share * each * (end - start)) / (last - first);
    /** @type {Fallen[]} */
    const fallen = [];
    if (rate <= 0) return fallen;
    let left = rate;
    while (this.#due < left) {
      left -= this.#due;
      fallen.push([1 - left / rate, start + this.random.below(end - start)]);
      this.#due = onFineGrid(this.random.exponential());
    }
    this.#due -= left;
    return fallen;
  }

  /**
   * Adds drops [[sample, drop], …], so loud, to two sides, with what fell at the end of the last.
   *
   * @param {Fallen[]} fallen
   * @param {number} level
   * @param {Float32Array[]} sides
   */
  sound(fallen, level, sides) {
    const [length] = sides.map((side) => side.length);
    const whole = this.tail.map((tail) => {
      const side = new Float32Array(length + LENGTH);
      side.set(tail);
      return side;
    });
    for (const [start, drop] of fallen) this.#add(drop, start, level, whole);
    whole.forEach((side, i) => {
      for (let n = 0; n < length; n++) sides[i][n] += side[n];
      this.tail[i] = side.slice(length);
    });
  }

  /**
   * @param {number} drop
   * @param {number} start
   * @param {number} level
   * @param {Float32Array[]} sides
   */
  #add(drop, start, level, [left, right]) {
    const shape = this.drops.shapes.subarray(drop * SHAPE_SIZE, (drop + 1) * SHAPE_SIZE);
    const phases = Array.from(
      { length: LENGTH / 2 + 1 },
      () => 2 * Math.PI * this.phases.uniform(),
    );
    const pan = shape[PAN];
    burst(shape, phases).forEach((x, n) => {
      left[start + n] += level * (1 - pan) * x;
      right[start + n] += level * (1 + pan) * x;
    });
  }
}

/**
 * First index whose place is not under this; places rise.
 *
 * @param {Int32Array} places
 * @param {number} place
 */
function reaching(places, place) {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle] < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
