// @ts-check
/* The loops that sounds' noise is made of: the twin of the Python module frames/excitation. A loop is half a
 * megabyte and takes a third of a millisecond to make; those that were used last are kept. */

/** @import { Network } from "./network.js" */
/** @import { Kernel } from "./kernel.js" */
/** @import { Address } from "./types.d.ts" */

import { LAYOUT } from "./constants.js";
import { mixed } from "./counter-rng.js";

const KEPT = 48;

/**
 * A fine spectrum of a network, its modes `ratio` times as high.
 *
 * @typedef {{ network: Network, fine: number, ratio: number }} Wanted
 */

/**
 * Its loop in the kernel's memory, and how many voices play it.
 *
 * @typedef {Wanted & { address: Address, users: number }} Loop
 */

/** Makes loops of fine spectra. */
export class LoopMaker {
  #kernel;
  #work;
  #codes;
  #amplitudes;

  /** @param {Kernel} kernel */
  constructor(kernel) {
    this.#kernel = kernel;
    this.#work = kernel.allocate(kernel.run.LOOP_WORK.value);
    this.#codes = kernel.allocate(LAYOUT.FINE_CELLS / 8);
    this.#amplitudes = kernel.keep(
      Float32Array.from({ length: LAYOUT.MOST_FINE + 1 }, (_, code) => amplitudeOf(code)),
    );
    kernel.run.fill_loop_tables(this.#work);
  }

  /**
   * The loop [LOOP_SIZE] of a fine spectrum [FINE_CELLS / 2], two codes to a byte, its modes `ratio` times as high,
   * to `address`.
   *
   * @param {Uint8Array} packed
   * @param {number} ratio
   * @param {Address} address
   */
  make(packed, ratio, address) {
    const { bytes, run } = this.#kernel;
    bytes.set(packed, this.#codes);
    const flat = amplitudeOf(LAYOUT.FLAT_FINE);
    run.make_loop(this.#codes, ratio, this.#amplitudes, flat, this.#work, address);
  }
}

export class Loops {
  /** Those used last come last. @type {Loop[]} */
  kept = [];
  /** Those a note may need that nobody has announced, the likeliest first. @type {Wanted[]} */
  likely = [];

  /** @param {Kernel} kernel */
  constructor(kernel) {
    this.kernel = kernel;
    this.maker = new LoopMaker(kernel);
  }

  /**
   * The loop of one of a network's sounds, its modes `ratio` times as high; to be given back by `release`.
   *
   * @param {Network} network
   * @param {number} sound
   * @param {number} ratio
   * @returns {Loop}
   */
  acquire(network, sound, ratio) {
    const wanted = { network, fine: network.fineOf[sound], ratio };
    const at = this.placeOf(wanted);
    const [loop] = at < 0 ? [this.make(wanted)] : this.kept.splice(at, 1);
    loop.users++;
    this.kept.push(loop);
    return loop;
  }

  /** @param {Wanted} wanted */
  placeOf({ network, fine, ratio }) {
    return this.kept.findIndex(
      (loop) => loop.network === network && loop.fine === fine && loop.ratio === ratio,
    );
  }

  /** @param {Loop} loop */
  release(loop) {
    loop.users--;
  }

  /**
   * Has the likely loops of a network made ahead, one by each call of `makeAhead`.
   *
   * @param {Network} network
   */
  expect(network) {
    for (const fine of network.likely) this.likely.push({ network, fine, ratio: 1 });
  }

  /** Makes the next loop that is likely to be needed and is not there, as long as there is room. */
  makeAhead() {
    while (this.likely.length > 0 && this.kept.length < KEPT) {
      const wanted = this.likely[0];
      this.likely.shift();
      if (this.placeOf(wanted) >= 0) continue;
      this.kept.unshift(this.make(wanted));
      return;
    }
  }

  /**
   * @param {Wanted} wanted
   * @returns {Loop}
   */
  make({ network, fine, ratio }) {
    const address = this.place();
    const packed = network.fine.subarray(
      (fine * LAYOUT.FINE_CELLS) / 2,
      ((fine + 1) * LAYOUT.FINE_CELLS) / 2,
    );
    this.maker.make(packed, ratio, address);
    return { network, fine, ratio, address, users: 0 };
  }

  /** Where the next loop goes: in the place of the one not used for longest, if there are enough. */
  place() {
    const at = this.kept.length < KEPT ? -1 : this.kept.findIndex((loop) => loop.users === 0);
    if (at < 0) return this.kernel.allocate(LAYOUT.LOOP_SIZE);
    const [old] = this.kept.splice(at, 1);
    return old.address;
  }

  /** @param {Network} network */
  forget(network) {
    this.likely = this.likely.filter((wanted) => wanted.network !== network);
    this.kept = this.kept.filter((loop) => {
      if (loop.network !== network || loop.users > 0) return true;
      this.kernel.free(loop.address, LAYOUT.LOOP_SIZE);
      return false;
    });
  }
}

/**
 * Amplitude of a bin of a code, over the length that the inverse transform leaves out.
 *
 * @param {number} code
 */
const amplitudeOf = (code) =>
  10 ** ((LAYOUT.FINE_LOW_DB + LAYOUT.FINE_STEP_DB * code) / 20) / Math.sqrt(LAYOUT.LOOP_SIZE);

/**
 * Where in its loop the noise of a key begins.
 *
 * @param {number} key
 */
export const loopStart = (key) => (mixed(key) >>> 0) % LAYOUT.LOOP_SIZE;
