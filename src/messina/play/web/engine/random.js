/* Random numbers by counting: number n of a seed is a hash of both. As in the kernel's white noise. */

function mixed(x) {
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** A 32-bit number from two. */
export function hash(seed, n) {
  return mixed((n + mixed(Math.imul(seed, 0x9e3779b9))) | 0);
}

/** A stream of random numbers; `stream` sets apart the uses of one seed. */
export class Random {
  constructor(seed, stream = 0) {
    this.seed = hash(seed >>> 0, 0x5bd1e995 ^ stream);
    this.count = 0;
  }

  bits() {
    return hash(this.seed, this.count++);
  }

  /** 0 <= x < 1 */
  uniform() {
    return this.bits() / 2 ** 32;
  }

  /** Mean 0, variance 1. Ref: Box & Muller (1958). */
  normal() {
    const radius = Math.sqrt(-2 * Math.log((this.bits() + 1) / 2 ** 32));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** An index, each with its chance; chances need not sum to 1. */
  choice(chances) {
    let rest = this.uniform() * chances.reduce((a, b) => a + b, 0);
    const found = chances.findIndex((chance) => (rest -= chance) < 0);
    return found < 0 ? chances.length - 1 : found;
  }
}
