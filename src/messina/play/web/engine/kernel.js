// @ts-check
/* The kernel with its tables filled, and the memory it works in. Made from compiled bytes, in the
 * worklet and on the page's thread alike. Addresses are in bytes; numbers are read through `f32` and
 * `f64`, which change when memory grows: never keep them. */

/** @import { Address, KernelExports } from "./types.d.ts" */

import {
  ATTACK_HOP,
  ATTACK_SIZE,
  BIN_GROUPS,
  BIN_SHARES,
  HOP,
  NOISE_SIZE,
  STEP_GROUP_OF_BIN,
} from "./layout.js";

const PAGE = 65_536;

export class Kernel {
  /**
   * bytes: of kernel.wasm, compiled here and now (an audio worklet may; a page's thread up to 8 MB).
   *
   * @param {BufferSource} bytes
   */
  constructor(bytes) {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {});
    this.run = /** @type {KernelExports} */ (/** @type {unknown} */ (instance.exports));
    this.memory = this.run.memory;
    this.end = Math.ceil(this.run.FREE.value / 16) * 16;
    /** @type {{ address: number, size: number }[]} */
    this.freed = [];
    this.f32 = new Float32Array(0);
    this.f64 = new Float64Array(0);
    this.bytes = new Uint8Array(0);
    this.refresh();
    this.fillTables();
  }

  refresh() {
    this.f32 = new Float32Array(this.memory.buffer);
    this.f64 = new Float64Array(this.memory.buffer);
    this.bytes = new Uint8Array(this.memory.buffer);
  }

  /**
   * The address of `count` numbers of 4 bytes, zeroed.
   *
   * @param {number} count
   * @returns {Address}
   */
  allocate(count) {
    const size = Math.ceil((4 * count) / 16) * 16;
    const reused = this.freed.findIndex((block) => block.size === size);
    if (reused >= 0) {
      const [{ address }] = this.freed.splice(reused, 1);
      this.bytes.fill(0, address, address + size);
      return address;
    }
    const address = this.end;
    this.end += size;
    const lacking = this.end - this.memory.buffer.byteLength;
    if (lacking > 0) {
      this.memory.grow(Math.ceil(lacking / PAGE));
      this.refresh();
    }
    return address;
  }

  /**
   * @param {Address} address
   * @param {number} count
   */
  free(address, count) {
    this.freed.push({ address, size: Math.ceil((4 * count) / 16) * 16 });
  }

  /**
   * The address of a copy of these numbers.
   *
   * @param {ArrayLike<number>} numbers
   */
  keep(numbers) {
    const address = this.allocate(numbers.length);
    this.f32.set(numbers, address >> 2);
    return address;
  }

  /**
   * A view of `count` numbers, valid until memory grows. Garbage afterwards: none in every quantum.
   *
   * @param {Address} address
   * @param {number} count
   */
  view(address, count) {
    return this.f32.subarray(address >> 2, (address >> 2) + count);
  }

  /**
   * Sets `count` numbers to 0.
   *
   * @param {Address} address
   * @param {number} count
   */
  clear(address, count) {
    this.f32.fill(0, address >> 2, (address >> 2) + count);
  }

  /**
   * Copies `count` numbers from one address to another; they may overlap.
   *
   * @param {Address} from
   * @param {Address} to
   * @param {number} count
   */
  copy(from, to, count) {
    this.bytes.copyWithin(to, from, from + 4 * count);
  }

  fillTables() {
    const { f32, run } = this;
    /**
     * @param {{ value: Address }} where
     * @param {number[]} numbers
     */
    const put = (where, numbers) => f32.set(numbers, where.value >> 2);
    put(run.TWIDDLES_512, twiddles(512));
    put(run.TWIDDLES_128, twiddles(128));
    put(run.TURNS_1024, turns(1024));
    put(run.TURNS_256, turns(256));
    put(run.HANN_1024, hann(NOISE_SIZE));
    put(run.HANN_256, hann(ATTACK_SIZE));
    put(run.UNHANN_1024, unhann(NOISE_SIZE, HOP));
    put(run.UNHANN_256, unhann(ATTACK_SIZE, ATTACK_HOP));
    this.bytes.set(STEP_GROUP_OF_BIN, run.STEP_GROUPS.value);
    this.bytes.set(BIN_GROUPS, run.BIN_GROUPS.value);
    f32.set(BIN_SHARES, run.BIN_SHARES.value >> 2);
  }
}

/**
 * Twiddle factors of a radix-4 transform of n numbers whose last stage is radix 2.
 *
 * @param {number} n
 */
function twiddles(n) {
  const out = [];
  for (let rest = n; rest > 2; rest >>= 2) {
    const quarter = rest >> 2;
    for (const power of [1, 2, 3]) {
      for (const part of [Math.cos, Math.sin]) {
        for (let p = 0; p < quarter; p++) out.push(part((-2 * Math.PI * power * p) / rest));
      }
    }
  }
  return out;
}

/** @param {number} n */
function turns(n) {
  /** @param {(angle: number) => number} of */
  const part = (of) => Array.from({ length: n / 2 }, (_, k) => of((-2 * Math.PI * k) / n));
  return [...part(Math.cos), ...part(Math.sin)];
}

/** @param {number} n */
function hann(n) {
  return Array.from({ length: n }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n));
}

/**
 * The window over the sum of the squared windows on each sample and the scale of the inverse.
 *
 * @param {number} n
 * @param {number} hop
 */
function unhann(n, hop) {
  const scale = ((0.375 * n) / hop) * (n / 2);
  return hann(n).map((value) => value / scale);
}
