// Elementary functions on four numbers at once.

// @ts-ignore: decorator
@inline
export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** e^x to float32 rounding, for -87 < x < 88: 2^n 2^f, |f| <= 1/2, Taylor in f ln 2. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const held = f32x4.min(f32x4.max(x, splat(-86)), splat(86));
  const turns = f32x4.mul(held, splat(1.4426950408889634));
  const whole = f32x4.nearest(turns);
  const rest = f32x4.sub(turns, whole);
  let p = splat(1.5403530393381606e-4);
  p = madd(p, rest, splat(1.3333558146428443e-3));
  p = madd(p, rest, splat(9.618129107628477e-3));
  p = madd(p, rest, splat(5.5504108664821576e-2));
  p = madd(p, rest, splat(2.402265069591007e-1));
  p = madd(p, rest, splat(6.931471805599453e-1));
  p = madd(p, rest, splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(whole), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

/** sin 2πx: with d = |x| - 1/4 it is ±cos 2πd, a series in d². |x| under about 1e6. */
// @ts-ignore: decorator
@inline
export function sin_turns(x: v128): v128 {
  const r = f32x4.sub(x, f32x4.nearest(x));
  const d = f32x4.sub(f32x4.abs(r), splat(0.25));
  const q = f32x4.mul(d, d);
  let p = splat(7.903536371318467);
  p = madd(p, q, splat(-26.426256783374398));
  p = madd(p, q, splat(60.24464137187666));
  p = madd(p, q, splat(-85.45681720669373));
  p = madd(p, q, splat(64.93939402266829));
  p = madd(p, q, splat(-19.739208802178716));
  p = madd(p, q, splat(1));
  return v128.xor(p, v128.and(r, i32x4.splat(0x80000000)));
}

// @ts-ignore: decorator
@inline
export function cos_turns(x: v128): v128 {
  return sin_turns(f32x4.add(x, splat(0.25)));
}

// @ts-ignore: decorator
@inline
export function sum4(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) +
    (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

/** x moved down by `by` numbers, `kept` of them. */
export function shift(x: usize, by: i32, kept: i32): void {
  memory.copy(x, x + (<usize>by << 2), <usize>kept << 2);
}
