// Layers of the network, and from its levels to amplitudes. Rows of numbers by address.

import { exp4, madd, splat, sum4 } from "./elementary";

/**
 * y[r] = b + x[r] W for 4 rows or 1. W is packed in columns of 8: [outputs / 8][inputs][8];
 * b [outputs]. Rows of x and y lie their own length apart.
 */
export function dense(
  x: usize, w: usize, b: usize, y: usize, rows: i32, inputs: i32, outputs: i32,
): void {
  const xs: usize = <usize>inputs << 2;
  const ys: usize = <usize>outputs << 2;
  for (let o = 0; o < outputs; o += 8) {
    const first = v128.load(b + (<usize>o << 2));
    const second = v128.load(b + (<usize>o << 2) + 16);
    let a0 = first, a1 = second;
    if (rows == 1) {
      for (let i: usize = 0; i < xs; i += 4, w += 32) {
        const v = v128.load32_splat(x + i);
        a0 = madd(v, v128.load(w), a0);
        a1 = madd(v, v128.load(w + 16), a1);
      }
      v128.store(y + (<usize>o << 2), a0);
      v128.store(y + (<usize>o << 2) + 16, a1);
      continue;
    }
    let b0 = first, b1 = second, c0 = first, c1 = second, d0 = first, d1 = second;
    for (let i: usize = x; i < x + xs; i += 4, w += 32) {
      const wa = v128.load(w), wb = v128.load(w + 16);
      let v = v128.load32_splat(i);
      a0 = madd(v, wa, a0);
      a1 = madd(v, wb, a1);
      v = v128.load32_splat(i + xs);
      b0 = madd(v, wa, b0);
      b1 = madd(v, wb, b1);
      v = v128.load32_splat(i + 2 * xs);
      c0 = madd(v, wa, c0);
      c1 = madd(v, wb, c1);
      v = v128.load32_splat(i + 3 * xs);
      d0 = madd(v, wa, d0);
      d1 = madd(v, wb, d1);
    }
    const out = y + (<usize>o << 2);
    v128.store(out, a0);
    v128.store(out + 16, a1);
    v128.store(out + ys, b0);
    v128.store(out + ys + 16, b1);
    v128.store(out + 2 * ys, c0);
    v128.store(out + 2 * ys + 16, c1);
    v128.store(out + 3 * ys, d0);
    v128.store(out + 3 * ys + 16, d1);
  }
}

// @ts-ignore: decorator
@inline
function silu4(x: v128): v128 {
  return f32x4.div(x, f32x4.add(splat(1), exp4(f32x4.neg(x))));
}

/** x · sigmoid(x) in place [n]. */
export function silu(x: usize, n: i32): void {
  for (const end = x + (<usize>n << 2); x < end; x += 16) v128.store(x, silu4(v128.load(x)));
}

/** h (+)= silu(x (1 + gain) + shift), rows of n; film: gain [n], shift [n]. */
export function film(x: usize, tuned: usize, h: usize, rows: i32, n: i32, add: i32): void {
  const span: usize = <usize>n << 2;
  for (let r = 0; r < rows; r++, x += span, h += span) {
    for (let i: usize = 0; i < span; i += 16) {
      const gain = f32x4.add(splat(1), v128.load(tuned + i));
      let y = silu4(madd(v128.load(x + i), gain, v128.load(tuned + span + i)));
      if (add) y = f32x4.add(y, v128.load(h + i));
      v128.store(h + i, y);
    }
  }
}

/**
 * Each row of x [rows, n], less its mean and over its spread, to y. Only the first `units` of the n
 * are a row's own; the rest are 0 in x, and of no meaning in y.
 */
export function normalise(x: usize, y: usize, rows: i32, n: i32, units: i32): void {
  const span: usize = <usize>n << 2;
  for (let r = 0; r < rows; r++, x += span, y += span) {
    let total = splat(0);
    for (let i: usize = 0; i < span; i += 16) total = f32x4.add(total, v128.load(x + i));
    const mean = sum4(total) / <f32>units;
    total = splat(0);
    for (let i: usize = 0; i < span; i += 16) {
      const d = f32x4.sub(v128.load(x + i), splat(mean));
      v128.store(y + i, d);
      total = madd(d, d, total);
    }
    const power = (sum4(total) - <f32>(n - units) * mean * mean) / <f32>units;
    const scale: f32 = 1 / Mathf.sqrt(power + 1e-5);
    for (let i: usize = 0; i < span; i += 16) {
      v128.store(y + i, f32x4.mul(v128.load(y + i), splat(scale)));
    }
  }
}

/**
 * A take's deviations: row += max(-most, min(most, amount e^held(spread) noise)) where row > floor + 1.
 * All [n].
 */
export function deviate(
  row: usize, spread: usize, noise: usize, floor: usize, n: i32, amount: f32, most: f32,
): void {
  for (let i: usize = 0; i < <usize>n << 2; i += 16) {
    const level = v128.load(row + i);
    const held = f32x4.min(f32x4.max(v128.load(spread + i), splat(-4)), splat(2));
    const far = f32x4.mul(f32x4.mul(exp4(held), splat(amount)), v128.load(noise + i));
    const by = f32x4.min(f32x4.max(far, splat(-most)), splat(most));
    const sounding = f32x4.gt(level, f32x4.add(v128.load(floor + i), splat(1)));
    v128.store(row + i, f32x4.add(level, v128.and(by, sounding)));
  }
}

/** x = max(x, low) [n]. */
export function hold(x: usize, low: usize, n: i32): void {
  for (let i: usize = 0; i < <usize>n << 2; i += 16) {
    v128.store(x + i, f32x4.max(v128.load(x + i), v128.load(low + i)));
  }
}

/** Whether any level of a row is more than `margin` over the floor [n]. */
export function sounds(row: usize, floor: usize, margin: f32, n: i32): bool {
  let any = i32x4.splat(0);
  for (let i: usize = 0; i < <usize>n << 2; i += 16) {
    const least = f32x4.add(v128.load(floor + i), splat(margin));
    any = v128.or(any, f32x4.gt(v128.load(row + i), least));
  }
  return v128.any_true(any);
}

/** Power of the row at `share` of the way from a to b, in ln levels [n]: sum of e^(2 level) weight. */
export function power(a: usize, b: usize, share: f32, weights: usize, n: i32): f32 {
  const part = splat(share);
  let total = splat(0);
  for (let i: usize = 0; i < <usize>n << 2; i += 16) {
    const low = v128.load(a + i);
    const level = madd(part, f32x4.sub(v128.load(b + i), low), low);
    total = madd(exp4(f32x4.add(level, level)), v128.load(weights + i), total);
  }
  return sum4(total);
}

/** Amplitudes of the row at `share` of the way from a to b [n]: what is near the floor is 0. */
export function amplitudes(
  a: usize, b: usize, share: f32, floor: f32, out: usize, n: i32,
): void {
  const part = splat(share);
  const from = splat(floor + 0.3);
  for (let i: usize = 0; i < <usize>n << 2; i += 16) {
    const low = v128.load(a + i);
    const level = madd(part, f32x4.sub(v128.load(b + i), low), low);
    let gate = f32x4.div(f32x4.sub(level, from), splat(1.5));
    gate = f32x4.min(f32x4.max(gate, splat(0)), splat(1));
    v128.store(out + i, f32x4.mul(exp4(level), gate));
  }
}
