// The excitation of a sound: a loop whose spectrum is the sound's own, with phases by counting.

import { cos_turns, madd, sin_turns, splat } from "./elementary";
import { mixed } from "./noise";
import { first_stage, stage } from "./transform";

export const LOOP_SIZE: i32 = 131072;
const HALF: i32 = LOOP_SIZE / 2;
const CELL_BINS: i32 = 8;
const CELLS: i32 = HALF / CELL_BINS;

/** Floats that `make_loop` works in: spectrum, a transform's second half, and its twiddles. */
export const LOOP_WORK: i32 = 4 * (HALF + 16) + 2 * HALF;

const XR: usize = 0;
const XI: usize = XR + 4 * (HALF + 16);
const TR: usize = XI + 4 * (HALF + 16);
const TI: usize = TR + 4 * (HALF + 16);
const TWIDDLES: usize = TI + 4 * (HALF + 16);

/** Fills the twiddles in `work` [LOOP_WORK], once: by radix-4 stage, w¹ w² w³ (re, im) each [quarter]. */
export function fill_loop_twiddles(work: usize): void {
  let w: usize = work + TWIDDLES;
  for (let rest = HALF; rest >= 4; rest >>= 2) {
    const quarter = rest >> 2;
    for (let power = 1; power <= 3; power++) {
      for (let p = 0; p < quarter; p++) {
        const turn = splat(<f32>(-(p * power)) / <f32>rest);
        store<f32>(w + (<usize>p << 2), f32x4.extract_lane(cos_turns(turn), 0));
        store<f32>(w + (<usize>(quarter + p) << 2), f32x4.extract_lane(sin_turns(turn), 0));
      }
      w += 8 * <usize>quarter;
    }
  }
}

/** The spectrum, to XR and XI: amplitudes of the codes, moved up by `ratio`, with the bins' phases. */
function place_spectrum(codes: usize, ratio: f64, amplitudes: usize, flat: f32, work: usize): void {
  const width = <f64>CELL_BINS * ratio;
  for (let k = 0; k < HALF; k += 4) {
    for (let lane = 0; lane < 4; lane++) {
      const cell = <i32>floor<f64>(<f64>(k + lane) / width);
      const own: f32 = cell < CELLS ? load<f32>(amplitudes + (<usize>load<u8>(codes + cell) << 2)) : flat;
      store<f32>(work + XR + (<usize>(k + lane) << 2), own);
      store<f32>(work + XI + (<usize>(k + lane) << 2), <f32>(<f64>mixed(k + lane) / 4294967296.0));
    }
    const at = work + (<usize>k << 2);
    const size = v128.load(at + XR);
    const turn = v128.load(at + XI);
    v128.store(at + XR, f32x4.mul(size, cos_turns(turn)));
    v128.store(at + XI, f32x4.mul(size, sin_turns(turn)));
  }
  store<f32>(work + XR, 0);
  store<f32>(work + XI, 0);
  store<f32>(work + XR + 4 * HALF, 0);
  store<f32>(work + XI + 4 * HALF, 0);
}

/**
 * Packs the spectrum X of a real signal of 2 H numbers for a complex transform of H, to TR and TI: with
 * A = X[k], B = conj X[H-k], Z[k] = A + B + i e^(2πik/2H) (A - B), twice what its even and odd samples say.
 */
function pack(work: usize): void {
  for (let k = 0; k < HALF; k += 4) {
    const at = work + (<usize>k << 2), back = work + (<usize>(HALF - k - 3) << 2);
    const ar = v128.load(at + XR), ai = v128.load(at + XI);
    const rr = v128.load(back + XR), ri = v128.load(back + XI);
    const br = v128.shuffle<f32>(rr, rr, 3, 2, 1, 0);
    const bi = f32x4.neg(v128.shuffle<f32>(ri, ri, 3, 2, 1, 0));
    const place = f32x4.convert_i32x4_s(i32x4.add(i32x4.splat(k), i32x4(0, 1, 2, 3)));
    const turn = f32x4.mul(place, splat(<f32>(1.0 / <f64>LOOP_SIZE)));
    const wr = cos_turns(turn), wi = sin_turns(turn);
    const dr = f32x4.sub(ar, br), di = f32x4.sub(ai, bi);
    const odd_r = f32x4.sub(f32x4.mul(wr, dr), f32x4.mul(wi, di));
    const odd_i = madd(wr, di, f32x4.mul(wi, dr));
    v128.store(at + TR, f32x4.sub(f32x4.add(ar, br), odd_i));
    v128.store(at + TI, f32x4.add(f32x4.add(ai, bi), odd_r));
  }
}

/**
 * The loop [LOOP_SIZE] of a fine spectrum, to `out`.
 *
 * codes: a byte for each cell. ratio: how much higher its modes lie. amplitudes [16]: of each code, times what
 * the transform lacks; flat: that of even noise. work: as `fill_loop_twiddles` left it.
 */
export function make_loop(
  codes: usize, ratio: f64, amplitudes: usize, flat: f32, work: usize, out: usize,
): void {
  place_spectrum(codes, ratio, amplitudes, flat, work);
  pack(work);
  // Real and imaginary parts swapped: the inverse. 4^8 numbers, eight stages, to and fro.
  let w: usize = work + TWIDDLES;
  let xr = work + TI, xi = work + TR, yr = work + XI, yi = work + XR;
  let groups = 1;
  for (let rest = HALF; rest >= 4; rest >>= 2) {
    if (groups == 1) first_stage(rest, w, xr, xi, yr, yi);
    else stage(rest, groups, w, xr, xi, yr, yi);
    w += 6 * <usize>rest;
    const r = xr, i = xi;
    xr = yr; xi = yi; yr = r; yi = i;
    groups <<= 2;
  }
  for (let i: usize = 0; i < 4 * <usize>HALF; i += 16) {
    const even = v128.load(xi + i), odd = v128.load(xr + i);
    v128.store(out + 2 * i, v128.shuffle<f32>(even, odd, 0, 4, 1, 5));
    v128.store(out + 2 * i + 16, v128.shuffle<f32>(even, odd, 2, 6, 3, 7));
  }
}
