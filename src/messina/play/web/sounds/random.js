// @ts-check
// Random numbers from a seed: the same seed, the same numbers, wherever and whenever.

/**
 * A generator of numbers in 0 … 1. Ref: Steele et al. (2014), the mixing of SplitMix, 32 bits.
 *
 * @param {number} seed
 */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    return mixed(state) / 2 ** 32;
  };
}

/**
 * One 32-bit number from several, for seeds of seeds.
 *
 * @param {number[]} numbers
 */
export function hash(...numbers) {
  return numbers.reduce(
    (state, number) => mixed((state ^ (number >>> 0)) + 0x9e3779b9),
    0x6d657373,
  );
}

/** @param {number} value */
function mixed(value) {
  let z = value >>> 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

/**
 * A generator of normally distributed numbers, from a uniform one (Box and Muller).
 *
 * @param {() => number} uniform
 */
export function normal(uniform) {
  /** @type {number | null} */
  let spare = null;
  return () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
