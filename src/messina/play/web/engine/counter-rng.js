// @ts-check
/* Random numbers by counting: number n of a key is a hash of both. The twin of the Python module counter_rng,
 * which says why; draws are bit-equal there and here. */

import { COUNTER_RNG } from "./constants.js";

const { FIRST_KEY, SPACING } = COUNTER_RNG;

/** Tags: what the numbers of a sound's or a piece's seed are for. */
export const { PURPOSE } = COUNTER_RNG;
const WORD = 2 ** 32;

/**
 * A bijection of 32 bits in which every input bit moves every output bit. Ref: Wellons (2018).
 *
 * @param {number} x
 */
export function mixed(x) {
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/**
 * A 32-bit number from two: what the kernel's white noise is made of.
 *
 * @param {number} seed
 * @param {number} n
 */
export function hash(seed, n) {
  return mixed((n + mixed(Math.imul(seed, SPACING))) | 0);
}

/** A stream of random numbers of a seed and of tags that say what they are for. */
export class CounterRng {
  #parts;
  #first;
  #second;
  #count = 0;

  /**
   * key: a seed and tags, each a whole number 0 … 2^53 - 1.
   *
   * @param {number[]} key
   */
  constructor(...key) {
    let [first, second] = FIRST_KEY;
    for (const part of key) {
      if (!Number.isSafeInteger(part) || part < 0)
        throw new RangeError(`a seed is 0 to 2^53 - 1, not ${part}`);
      for (const word of [part >>> 0, Math.floor(part / WORD)]) {
        first = mixed(((first ^ word) + SPACING) | 0);
        second = mixed((second + first) | 0);
      }
    }
    this.#parts = key;
    this.#first = first;
    this.#second = second;
  }

  /**
   * The numbers of the same seed for another purpose, from their beginning.
   *
   * @param {number[]} tags
   */
  stream(...tags) {
    return new CounterRng(...this.#parts, ...tags);
  }

  /** 32 random bits, as a whole number. */
  bits() {
    const count = this.#count;
    this.#count = (count + 1) >>> 0;
    return mixed(mixed((count + this.#first) | 0) ^ this.#second);
  }

  /** low <= x < high, with 32 bits */
  uniform(low = 0, high = 1) {
    return low + (high - low) * (this.bits() / WORD);
  }

  /** Mean 0, variance 1; takes two of `bits`. Ref: Box & Muller (1958). */
  normal() {
    const radius = Math.sqrt(-2 * Math.log((this.bits() + 1) / WORD));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /**
   * `count` of what `normal` gives.
   *
   * @param {number} count
   */
  normals(count) {
    return Array.from({ length: count }, () => this.normal());
  }

  /** A waiting time of this mean. */
  exponential(mean = 1) {
    return -mean * Math.log(1 - this.uniform());
  }

  /**
   * A whole number 0 … count - 1.
   *
   * @param {number} count
   */
  below(count) {
    return Math.floor((this.bits() * count) / WORD);
  }

  /**
   * One of the values, all alike.
   *
   * @template T
   * @param {T[]} values
   * @returns {T}
   */
  pick(values) {
    return values[this.below(values.length)];
  }

  /**
   * An index, each with its chance; chances need not sum to 1. Sums run from the first to the last.
   *
   * @param {Iterable<number>} chances
   */
  choice(chances) {
    let total = 0;
    const sums = Array.from(chances, (chance) => (total += chance));
    const at = this.uniform() * total;
    const found = sums.findIndex((sum) => sum > at);
    return found < 0 ? sums.length - 1 : found;
  }

  /**
   * `count` different whole numbers below `among`, in random order. Ref: Fisher & Yates (1938).
   *
   * @param {number} count
   * @param {number} among
   */
  sample(count, among) {
    const values = Array.from({ length: among }, (_, i) => i);
    const drawn = Math.min(count, among);
    for (let i = 0; i < drawn; i++) {
      const j = i + this.below(among - i);
      [values[i], values[j]] = [values[j], values[i]];
    }
    return values.slice(0, drawn);
  }
}
