// The oscillators of a texture, which drift.

import { cos_turns, madd, sin_turns, splat } from "./elementary";
import { HOP } from "./constants";

/**
 * Adds HOP samples of `count` oscillators to the middle, and what they have to the side.
 *
 * turns f64 [count]: phase at the first sample, in turns, moved on to that after the last. now, next
 * f64 [count]: turns a sample at both ends, a straight line between. from, to [count]: amplitudes.
 * pan, twin [count]: gain of sine and cosine in the side.
 */
export function drift(
  turns: usize, now: usize, next: usize, from: usize, to: usize, pan: usize, twin: usize, count: i32,
  middle: usize, side: usize,
): void {
  for (let k = 0; k < count; k++) {
    const at: usize = <usize>k << 2, wide: usize = <usize>k << 3;
    const a = load<f32>(from + at), b = load<f32>(to + at);
    const start = load<f64>(turns + wide), pace = load<f64>(now + wide);
    const bend = (load<f64>(next + wide) - pace) / (2 * HOP);
    const end = start + (pace + bend * HOP) * HOP;
    store<f64>(turns + wide, end - floor<f64>(end));
    if (a == 0 && b == 0) continue;
    const p = splat(load<f32>(pan + at)), t = splat(load<f32>(twin + at));
    const grow: f32 = (b - a) / <f32>HOP;
    const rise = splat(4 * grow), first = splat(<f32>start);
    const steady = splat(<f32>pace), curve = splat(<f32>bend);
    let level = madd(splat(grow), f32x4(0, 1, 2, 3), splat(a));
    let n = f32x4(0, 1, 2, 3);
    for (let i: usize = 0; i < <usize>HOP << 2; i += 16) {
      const angle = madd(madd(curve, n, steady), n, first);
      const sine = sin_turns(angle);
      const both = madd(sine, p, f32x4.mul(cos_turns(angle), t));
      v128.store(middle + i, madd(level, sine, v128.load(middle + i)));
      v128.store(side + i, madd(level, both, v128.load(side + i)));
      level = f32x4.add(level, rise);
      n = f32x4.add(n, splat(4));
    }
  }
}
