// What a texture sounds of: oscillators that drift, and noise that fluctuates as little as it is told.

import { cos_turns, exp4, madd, ln4, shift, sin_turns, splat } from "./elementary";
import { HOP, NOISE_SIZE, TEXTURE_GROUPS as GROUPS } from "./constants";
import { TWIN, release, times_bins, white } from "./noise";
import { HANN_1024, TURNS_1024, UNHANN_1024, gain_bins, powers, spectrum, unspectrum } from "./transform";

const NOISE_LEAD: i32 = NOISE_SIZE - HOP;
const LEAST_POWER: f32 = 1e-6;

const ZR: usize = memory.data(516 * 4, 16);
const ZI: usize = memory.data(516 * 4, 16);
const TWIN_ZR: usize = memory.data(516 * 4, 16);
const TWIN_ZI: usize = memory.data(516 * 4, 16);
const YR: usize = memory.data(516 * 4, 16);
const YI: usize = memory.data(516 * 4, 16);
const GAINS: usize = memory.data(516 * 4, 16);
const EXPONENTS: usize = memory.data(516 * 4, 16);
const OWN: usize = memory.data(516 * 4, 16);
const SIDE: usize = memory.data(516 * 4, 16);

/** Gains of the 513 bins from amplitudes of the groups. */
function spread_groups(groups: usize, bins: usize): void {
  for (let i: usize = 0; i < 4 * 128; i += 16) {
    const g = v128.load(groups + i);
    v128.store(bins + i, g);
  }
  for (let i: usize = 0; i < 4 * 64; i += 16) {
    const g = v128.load(groups + 4 * 128 + i);
    v128.store(bins + 4 * 128 + 2 * i, v128.shuffle<f32>(g, g, 0, 0, 1, 1));
    v128.store(bins + 4 * 128 + 2 * i + 16, v128.shuffle<f32>(g, g, 2, 2, 3, 3));
  }
  for (let i: usize = 0; i < 4 * 64; i += 4) {
    const g = v128.load32_splat(groups + 4 * 192 + i);
    v128.store(bins + 4 * 256 + 4 * i, g);
  }
  store<f32>(bins + 4 * 512, load<f32>(groups + 4 * (GROUPS - 1)));
}

/** Moves a window on by a hop of the white noise of a key, and takes its spectrum. */
function listen(window: usize, key: u32, start: u32, zr: usize, zi: usize): void {
  shift(window, HOP, NOISE_LEAD);
  white(key, start, HOP, window + (<usize>NOISE_LEAD << 2));
  spectrum(512, window, HANN_1024, zr, zi);
}

/** out = GAINS times each bin's power (over its mean) to the power of EXPONENTS. */
function evened(zr: usize, zi: usize, out: usize): void {
  powers(512, zr, zi, TURNS_1024, out);
  const scale = splat(<f32>(1 / (0.375 * <f64>NOISE_SIZE)));
  for (let i: usize = 0; i < 4 * 516; i += 16) {
    const p = f32x4.max(f32x4.mul(v128.load(out + i), scale), splat(LEAST_POWER));
    const even = exp4(f32x4.mul(v128.load(EXPONENTS + i), ln4(p)));
    v128.store(out + i, f32x4.mul(v128.load(GAINS + i), even));
  }
}

/**
 * The next HOP samples of noise, middle and side [HOP] each, from samples start … of two keys' noise.
 *
 * state [NOISE_STATE]: windows of the two noises, tails of middle and side. groups [GROUPS]: amplitudes.
 * exponents [GROUPS]: to which the power of white noise is taken over its own: 0 as it is, -1/2 even.
 * pan, width [516]: gains of the noise and of its twin in the side.
 */
export function texture_hop(
  state: usize, key: u32, start: u32, groups: usize, exponents: usize, pan: usize, width: usize,
  middle: usize, side: usize,
): void {
  const own = state, twin = state + 4 * NOISE_SIZE;
  const tail = state + 8 * NOISE_SIZE, side_tail = state + 12 * NOISE_SIZE;
  spread_groups(groups, GAINS);
  spread_groups(exponents, EXPONENTS);
  listen(own, key, start, ZR, ZI);
  listen(twin, key ^ TWIN, start, TWIN_ZR, TWIN_ZI);
  evened(ZR, ZI, OWN);
  gain_bins(512, ZR, ZI, OWN, TURNS_1024, YR, YI, false);
  unspectrum(512, YR, YI, UNHANN_1024, tail);
  times_bins(OWN, pan, SIDE);
  gain_bins(512, ZR, ZI, SIDE, TURNS_1024, YR, YI, false);
  evened(TWIN_ZR, TWIN_ZI, OWN);
  times_bins(OWN, width, SIDE);
  gain_bins(512, TWIN_ZR, TWIN_ZI, SIDE, TURNS_1024, YR, YI, true);
  unspectrum(512, YR, YI, UNHANN_1024, side_tail);
  release(tail, NOISE_SIZE, HOP, middle);
  release(side_tail, NOISE_SIZE, HOP, side);
}

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
