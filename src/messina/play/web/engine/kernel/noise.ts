// Filtered noise: a sound's excitation, shaped in its spectrum frame by frame.

import { exp4, madd, shift, splat } from "./elementary";
import { ATTACK_HOP, ATTACK_SIZE, GROUPS, HOP, LOOP_SIZE, NOISE_SIZE } from "./constants";
import {
  HANN_1024, HANN_256, TURNS_1024, TURNS_256, UNHANN_1024, UNHANN_256, gain_bins, spectrum, unspectrum,
} from "./transform";

const NOISE_LEAD: i32 = NOISE_SIZE - HOP;
const ATTACK_LEAD: i32 = ATTACK_SIZE - ATTACK_HOP;

/** ERB group of each of the 129 bins at the onset, bytes. */
export const STEP_GROUPS: usize = memory.data(144, 16);

const ZR: usize = memory.data(516 * 4, 16);
const ZI: usize = memory.data(516 * 4, 16);
const Z2R: usize = memory.data(516 * 4, 16);
const Z2I: usize = memory.data(516 * 4, 16);
const YR: usize = memory.data(516 * 4, 16);
const YI: usize = memory.data(516 * 4, 16);
const BINS: usize = memory.data(516 * 4, 16);
const BINS_2: usize = memory.data(516 * 4, 16);

/** A bijection of 32 bits in which every input bit moves every output bit. Ref: Wellons (2018). */
// @ts-ignore: decorator
@inline
export function mixed4(x: v128): v128 {
  x = v128.xor(x, i32x4.shr_u(x, 16));
  x = i32x4.mul(x, i32x4.splat(0x7feb352d));
  x = v128.xor(x, i32x4.shr_u(x, 15));
  x = i32x4.mul(x, i32x4.splat(0x846ca68b));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

/** Of each of the 513 bins the group below it, a byte, and how far on to the next one it lies. */
export const BIN_GROUPS: usize = memory.data(516, 16);
export const BIN_SHARES: usize = memory.data(516 * 4, 16);
const LEVELS: usize = memory.data(36 * 4, 16);

/**
 * Gains of the 513 bins, to `bins` [516], of the row of levels [GROUPS] at `share` of the way from a to b:
 * straight lines of levels between the groups, and what is near the floor is 0.
 */
export function bin_gains(a: usize, b: usize, share: f32, floor: f32, bins: usize): void {
  const part = splat(share);
  for (let i: usize = 0; i < 4 * GROUPS; i += 16) {
    const low = v128.load(a + i);
    v128.store(LEVELS + i, madd(part, f32x4.sub(v128.load(b + i), low), low));
  }
  const from = splat(floor + 0.3);
  for (let i: usize = 0; i < 516; i += 4) {
    const g0 = LEVELS + (<usize>load<u8>(BIN_GROUPS + i) << 2);
    const g1 = LEVELS + (<usize>load<u8>(BIN_GROUPS + i + 1) << 2);
    const g2 = LEVELS + (<usize>load<u8>(BIN_GROUPS + i + 2) << 2);
    const g3 = LEVELS + (<usize>load<u8>(BIN_GROUPS + i + 3) << 2);
    const low = f32x4(load<f32>(g0), load<f32>(g1), load<f32>(g2), load<f32>(g3));
    const high = f32x4(load<f32>(g0, 4), load<f32>(g1, 4), load<f32>(g2, 4), load<f32>(g3, 4));
    const level = madd(v128.load(BIN_SHARES + 4 * i), f32x4.sub(high, low), low);
    let gate = f32x4.div(f32x4.sub(level, from), splat(1.5));
    gate = f32x4.min(f32x4.max(gate, splat(0)), splat(1));
    v128.store(bins + 4 * i, f32x4.mul(exp4(level), gate));
  }
}

function any_over_zero(bins: usize): bool {
  let any = splat(0);
  for (let i: usize = 0; i < 4 * 516; i += 16) any = f32x4.max(any, v128.load(bins + i));
  return v128.any_true(f32x4.gt(any, splat(0)));
}

function times_bins(a: usize, b: usize, out: usize): void {
  for (let i: usize = 0; i < 4 * 516; i += 16) {
    v128.store(out + i, f32x4.mul(v128.load(a + i), v128.load(b + i)));
  }
}

/** Samples of the loop from `at` on, any number, to `out`. */
function read_loop(loop: usize, at: i32, count: i32, out: usize): void {
  const from = at & (LOOP_SIZE - 1);
  const first = min(count, LOOP_SIZE - from);
  memory.copy(out, loop + (<usize>from << 2), <usize>first << 2);
  memory.copy(out + (<usize>first << 2), loop, <usize>(count - first) << 2);
}

/** What the window of a hop sees of a loop [NOISE_SIZE]; `fresh`: not moved on from the last. */
function advance(loop: usize, start: i32, hop: i32, fresh: bool, window: usize): void {
  if (fresh) {
    read_loop(loop, start + hop * HOP, NOISE_SIZE, window);
    return;
  }
  shift(window, HOP, NOISE_LEAD);
  read_loop(loop, start + hop * HOP + NOISE_LEAD, HOP, window + (<usize>NOISE_LEAD << 2));
}

/** The first HOP samples of a tail to out, the rest moved up. */
function release(tail: usize, size: i32, hop: i32, out: usize): void {
  memory.copy(out, tail, <usize>hop << 2);
  shift(tail, hop, size - hop);
  memory.fill(tail + (<usize>(size - hop) << 2), 0, <usize>hop << 2);
}

/** Floats the noise of one channel pair keeps from hop to hop; see `noise_hop`. */
export const NOISE_STATE: i32 = 4 * NOISE_SIZE;

/**
 * The next HOP samples of filtered noise, middle and side [HOP] each. Returns whether the window
 * holds this hop's noise, to be handed back as `running` with the next one.
 *
 * state [NOISE_STATE]: windows of two noises, tails of middle and side. loop [LOOP_SIZE]: the sound's
 * excitation, begun at `start`; its twin lies half a loop on. bins [516]: gains.
 * pan, width [516]: gains of the noise and of its twin in the side; 0 address: none.
 */
export function noise_hop(
  state: usize, loop: usize, start: i32, hop: i32, running: bool, bins: usize, pan: usize,
  width: usize, middle: usize, side: usize,
): bool {
  const own = state, twin = state + 4 * NOISE_SIZE;
  const tail = state + 8 * NOISE_SIZE, side_tail = state + 12 * NOISE_SIZE;
  const sounding = any_over_zero(bins);
  if (sounding) {
    advance(loop, start, hop, !running, own);
    spectrum(512, own, HANN_1024, ZR, ZI);
    gain_bins(512, ZR, ZI, bins, TURNS_1024, YR, YI, false);
    unspectrum(512, YR, YI, UNHANN_1024, tail);
    if (pan) {
      times_bins(bins, pan, BINS_2);
      gain_bins(512, ZR, ZI, BINS_2, TURNS_1024, YR, YI, false);
      if (width) {
        advance(loop, start + LOOP_SIZE / 2, hop, !running, twin);
        spectrum(512, twin, HANN_1024, Z2R, Z2I);
        times_bins(bins, width, BINS_2);
        gain_bins(512, Z2R, Z2I, BINS_2, TURNS_1024, YR, YI, true);
      }
      unspectrum(512, YR, YI, UNHANN_1024, side_tail);
    }
  }
  release(tail, NOISE_SIZE, HOP, middle);
  if (pan) release(side_tail, NOISE_SIZE, HOP, side);
  return sounding;
}

/** Floats the shaping of one channel keeps; see `shape_hop`. */
export const SHAPER_STATE: i32 = 2 * ATTACK_SIZE;

/**
 * ATTACK_HOP samples of x through the gains of one step of the onset, ATTACK_LEAD late.
 * state [SHAPER_STATE]: window and tail. gains [ERBS].
 */
export function shape_hop(state: usize, x: usize, gains: usize, out: usize): void {
  const window = state, tail = state + 4 * ATTACK_SIZE;
  shift(window, ATTACK_HOP, ATTACK_LEAD);
  memory.copy(window + 4 * ATTACK_LEAD, x, 4 * ATTACK_HOP);
  for (let k: usize = 0; k <= <usize>ATTACK_SIZE >> 1; k++) {
    store<f32>(BINS + (k << 2), load<f32>(gains + (<usize>load<u8>(STEP_GROUPS + k) << 2)));
  }
  spectrum(128, window, HANN_256, ZR, ZI);
  gain_bins(128, ZR, ZI, BINS, TURNS_256, YR, YI, false);
  unspectrum(128, YR, YI, UNHANN_256, tail);
  release(tail, ATTACK_SIZE, ATTACK_HOP, out);
}
