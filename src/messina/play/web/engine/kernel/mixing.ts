// Sums of sounds.

import { madd, splat } from "./elementary";

/** x *= y [n]. */
export function multiply(x: usize, y: usize, n: i32): void {
  for (let i: usize = 0; i < <usize>n << 2; i += 16) {
    v128.store(x + i, f32x4.mul(v128.load(x + i), v128.load(y + i)));
  }
}

/** out += x · a gain that runs straight from a to b [n]. n and the addresses need not be even. */
export function mix(x: usize, out: usize, n: i32, a: f32, b: f32): void {
  const grow: f32 = (b - a) / <f32>n;
  let gain = madd(splat(grow), f32x4(0, 1, 2, 3), splat(a));
  const rise = splat(4 * grow);
  const whole = (<usize>n >> 2) << 4, end = <usize>n << 2;
  let i: usize = 0;
  for (; i < whole; i += 16) {
    v128.store(out + i, madd(gain, v128.load(x + i), v128.load(out + i)));
    gain = f32x4.add(gain, rise);
  }
  for (; i < end; i += 4) {
    const at: f32 = a + grow * <f32>(i >> 2);
    store<f32>(out + i, load<f32>(out + i) + at * load<f32>(x + i));
  }
}

/** Highest amplitude in x [n]. */
export function peak(x: usize, n: i32): f32 {
  let most = splat(0);
  for (let i: usize = 0; i < <usize>n << 2; i += 16) {
    most = f32x4.max(most, f32x4.abs(v128.load(x + i)));
  }
  const a = f32x4.extract_lane(most, 0), b = f32x4.extract_lane(most, 1);
  const c = f32x4.extract_lane(most, 2), d = f32x4.extract_lane(most, 3);
  return max(max(a, b), max(c, d));
}
