// A bank of oscillators, HOP samples at a time.

import { HOP } from "./constants";
import { cos_turns, madd, sin_turns, splat } from "./elementary";

/**
 * Adds HOP samples of `count` oscillators to the middle, and what they have to the side.
 *
 * turns f64 [count]: phase at the first sample, in turns, moved on to that after the last. step f64
 * [count]: turns a sample. from, to [count]: amplitudes at both ends. pan, twin [count]: gain of
 * sine and cosine in the side (0 address: none). Oscillators 0 … gliding - 1 read their time in
 * samples from `warped` [HOP], the others theirs from `bent` [HOP]; 0 address: time runs evenly.
 * `glided`, `passed`: samples of time that pass for the one and the others.
 */
export function oscillate(
  turns: usize, step: usize, from: usize, to: usize, pan: usize, twin: usize, count: i32,
  gliding: i32, warped: usize, bent: usize, glided: f64, passed: f64, middle: usize, side: usize,
): void {
  for (let k = 0; k < count; k++) {
    const at: usize = <usize>k << 2;
    const a = load<f32>(from + at), b = load<f32>(to + at);
    const where = turns + (<usize>k << 3);
    const start = load<f64>(where), pace = load<f64>(step + (<usize>k << 3));
    const next = start + pace * (k < gliding ? glided : passed);
    store<f64>(where, next - floor<f64>(next));
    if (a == 0 && b == 0) continue;
    const p: f32 = pan ? load<f32>(pan + at) : 0;
    const t: f32 = pan ? load<f32>(twin + at) : 0;
    const wide = p != 0 || t != 0;
    const time = k < gliding ? warped : bent;
    if (time) wander(<f32>start, <f32>pace, a, b, p, t, time, middle, wide ? side : 0);
    else turn(start, pace, a, b, p, t, middle, wide ? side : 0);
  }
}

/*
 * What stays the same in a loop is kept in memory: compilers of WASM move pure arithmetic into loops,
 * where it is done again each time, but never a load across a store.
 */
const KEPT: usize = memory.data(8 * 16, 16);

/** One oscillator whose time is a table: each sample's sine from its own angle. */
function wander(
  start: f32, pace: f32, a: f32, b: f32, pan: f32, twin: f32, time: usize, middle: usize,
  side: usize,
): void {
  const grow: f32 = (b - a) / <f32>HOP;
  let level = madd(splat(grow), f32x4(0, 1, 2, 3), splat(a));
  v128.store(KEPT, splat(start));
  v128.store(KEPT, splat(pace), 16);
  v128.store(KEPT, splat(4 * grow), 32);
  v128.store(KEPT, splat(pan), 48);
  v128.store(KEPT, splat(twin), 64);
  for (let i: usize = 0; i < <usize>HOP << 2; i += 16) {
    const angle = madd(v128.load(time + i), v128.load(KEPT, 16), v128.load(KEPT));
    const sine = sin_turns(angle);
    v128.store(middle + i, madd(level, sine, v128.load(middle + i)));
    if (side) {
      const cosine = f32x4.mul(cos_turns(angle), v128.load(KEPT, 64));
      const both = madd(sine, v128.load(KEPT, 48), cosine);
      v128.store(side + i, madd(level, both, v128.load(side + i)));
    }
    level = f32x4.add(level, v128.load(KEPT, 32));
  }
}

/** One oscillator at rest: eight samples at a time, turned on by a constant angle. */
function turn(
  start: f64, pace: f64, a: f32, b: f32, pan: f32, twin: f32, middle: usize, side: usize,
): void {
  const eight = 8 * pace;
  const far = splat(<f32>(eight - floor<f64>(eight)));
  const grow: f32 = (b - a) / <f32>HOP;
  v128.store(KEPT, cos_turns(far));
  v128.store(KEPT, sin_turns(far), 16);
  v128.store(KEPT, splat(8 * grow), 32);
  v128.store(KEPT, splat(pan), 48);
  v128.store(KEPT, splat(twin), 64);
  const angle = madd(splat(<f32>pace), f32x4(0, 1, 2, 3), splat(<f32>start));
  const later = f32x4.add(angle, splat(<f32>(4 * pace)));
  let s = sin_turns(angle), c = cos_turns(angle);
  let s2 = sin_turns(later), c2 = cos_turns(later);
  let level = madd(splat(grow), f32x4(0, 1, 2, 3), splat(a));
  let level2 = f32x4.add(level, splat(4 * grow));
  for (let i: usize = 0; i < <usize>HOP << 2; i += 32) {
    v128.store(middle + i, madd(level, s, v128.load(middle + i)));
    v128.store(middle + i, madd(level2, s2, v128.load(middle + i, 16)), 16);
    if (side) {
      const p = v128.load(KEPT, 48), t = v128.load(KEPT, 64);
      v128.store(side + i, madd(level, madd(p, s, f32x4.mul(t, c)), v128.load(side + i)));
      const both = madd(p, s2, f32x4.mul(t, c2));
      v128.store(side + i, madd(level2, both, v128.load(side + i, 16)), 16);
    }
    const rc = v128.load(KEPT), rs = v128.load(KEPT, 16), rise = v128.load(KEPT, 32);
    const turned = f32x4.sub(f32x4.mul(c, rc), f32x4.mul(s, rs));
    s = madd(s, rc, f32x4.mul(c, rs));
    c = turned;
    const turned2 = f32x4.sub(f32x4.mul(c2, rc), f32x4.mul(s2, rs));
    s2 = madd(s2, rc, f32x4.mul(c2, rs));
    c2 = turned2;
    level = f32x4.add(level, rise);
    level2 = f32x4.add(level2, rise);
  }
}
