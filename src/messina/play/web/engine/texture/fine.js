// @ts-check
/* The fine structure of a texture's noise, as it is played: the twin of the Python module texture/fine. */

/** @import { Kernel } from "../kernel.js" */
/** @import { CounterRng } from "../counter-rng.js" */
/** @import { Address } from "../types.d.ts" */

import { LAYOUT } from "../constants.js";
import { LoopMaker, loopStart } from "../excitation.js";
import { HOP, NOISE_SIZE } from "../layout.js";
import { FINE } from "./constants.js";
import { PATCH } from "./layout.js";

const { FINE_CELLS, FINE_LOW_DB, FINE_STEP_DB, LOOP_SIZE, MOST_FINE } = LAYOUT;
const FADE = FINE.FADE_PATCHES * PATCH * HOP;
const LEAD = NOISE_SIZE - HOP; // samples by which what is read lies behind what is written

/** Bytes of a fine spectrum: two codes to each. */
export const FINE_BYTES = FINE_CELLS / 2;

/**
 * How many fine spectra tell a recording of so many patches.
 *
 * @param {number} patches
 */
export const stretches = (patches) => Math.ceil(patches / FINE.STRETCH);

const POWER_OF_CODE = Float32Array.from(
  { length: MOST_FINE + 1 },
  (_, code) => 10 ** ((FINE_LOW_DB + FINE_STEP_DB * code) / 10),
);

/**
 * The fine spectrum [FINE_BYTES] of noises together, weights their shares of the power.
 *
 * @param {Uint8Array[]} spectra
 * @param {number[]} weights
 */
export function mixedFine(spectra, weights) {
  if (spectra.length === 1) return spectra[0];
  /** @param {(packed: Uint8Array) => number} codeIn */
  const mixed = (codeIn) => {
    const power = spectra.reduce(
      (sum, packed, i) => sum + weights[i] * POWER_OF_CODE[codeIn(packed)],
      0,
    );
    const code = Math.round((10 * Math.log10(power) - FINE_LOW_DB) / FINE_STEP_DB);
    return Math.min(Math.max(code, 0), MOST_FINE);
  };
  return Uint8Array.from(
    { length: FINE_BYTES },
    (_, i) => (mixed((packed) => packed[i] >> 4) << 4) | mixed((packed) => packed[i] & 15),
  );
}

/** @typedef {{ address: Address, start: number, came: number }} Loop  begun at `start` of it, at sample `came` */

/**
 * Noise whose fine spectrum moves: loops that give way to each other, each begun anywhere. What is heard is written
 * to a ring as long as a loop, a hop at a time, for the kernel to read as it reads a sound's own loop.
 */
export class MovingExcitation {
  #kernel;
  #maker;
  /** @type {CounterRng} */
  #random;
  #written = 0;
  /** The one that goes and the one that comes. @type {[Loop, Loop]} */
  #loops;

  /** @param {Kernel} kernel */
  constructor(kernel) {
    this.#kernel = kernel;
    this.#maker = new LoopMaker(kernel);
    this.ring = kernel.allocate(LOOP_SIZE);
    const loop = () => ({ address: kernel.allocate(LOOP_SIZE), start: 0, came: 0 });
    this.#loops = [loop(), loop()];
  }

  /**
   * From the beginning, with this fine spectrum [FINE_BYTES]. random: of where loops begin.
   *
   * @param {CounterRng} random
   * @param {Uint8Array} fine
   */
  begin(random, fine) {
    this.#random = random;
    this.#written = 0;
    this.#kernel.clear(this.ring, LOOP_SIZE);
    this.turnTo(fine);
    this.#loops[1].came = -FADE;
  }

  /**
   * Goes over to this fine spectrum [FINE_BYTES] within FADE_PATCHES from here.
   *
   * @param {Uint8Array} fine
   */
  turnTo(fine) {
    const [{ address }, old] = this.#loops;
    this.#maker.make(fine, 1, address);
    const start = loopStart(this.#random.bits());
    this.#loops = [old, { address, start, came: this.#written }];
  }

  /** Writes the next HOP samples to the ring, and those of the twin half a loop on. Returns which hop of it that is. */
  write() {
    const at = this.#written;
    this.#written += HOP;
    for (const half of [0, LOOP_SIZE / 2]) this.#writeAt(at, half);
    return (at / HOP) % (LOOP_SIZE / HOP);
  }

  /**
   * @param {number} at
   * @param {number} half
   */
  #writeAt(at, half) {
    const [old, loop] = this.#loops;
    const { f32 } = this.#kernel;
    const mask = LOOP_SIZE - 1;
    const [ring, from, to] = [this.ring >> 2, old.address >> 2, loop.address >> 2];
    const [going, coming] = [old, loop].map(({ start, came }) => start + at - came + half);
    for (let n = 0; n < HOP; n++) {
      const share = Math.min((at - loop.came + n) / FADE, 1) * (Math.PI / 2);
      const rising = Math.sin(share) * f32[to + ((coming + n) & mask)];
      const falling = share < Math.PI / 2 ? Math.cos(share) * f32[from + ((going + n) & mask)] : 0;
      f32[ring + ((at + LEAD + half + n) & mask)] = rising + falling;
    }
  }
}
