// The excitation of a sound: a loop whose spectrum is the sound's own, with phases by counting.
//
// A real signal of 2 H numbers with the spectrum X comes of a complex transform of H numbers: with
// A = X[k], B = conj X[H-k], Z[k] = A + B + i e^(2πik/2H) (A - B) is twice what its even and odd samples
// say. All of it but the amplitudes is the same in every loop, so it lies in a table:
// Z[k] = |A| p[k] + |B| q[k].

import { CELL_BINS, LOOP_SIZE, LOWEST_BIN } from "./constants";
import { cos_turns, madd, sin_turns, splat } from "./elementary";
import { mixed4 } from "./noise";
import { stage, transposed } from "./transform";

const HALF: i32 = LOOP_SIZE / 2;
const CELLS: i32 = HALF / CELL_BINS;
const PART: usize = 4 * (HALF + 16);

/** Floats that `make_loop` works in: numbers to and fro, p and q, and twiddles. */
export const LOOP_WORK: i32 = 4 * (HALF + 16) + 4 * HALF + 2 * HALF;

const XR: usize = 0;
const XI: usize = XR + PART;
const YR: usize = XI + PART;
const YI: usize = YR + PART;
/** By four bins: p (re, im), q (re, im). */
const PHASES: usize = YI + PART;
/** By radix-4 stage but the last, w¹ w² w³ (re, im) each [quarter]. */
const TWIDDLES: usize = PHASES + 16 * HALF;
/** Amplitudes of the bins and of the cells, until they are numbers. */
const BINS: usize = XR;
const CELL: usize = XI;

/** Fills the tables in `work` [LOOP_WORK], once. */
export function fill_loop_tables(work: usize): void {
  let w: usize = work + TWIDDLES;
  for (let rest = HALF; rest > 4; rest >>= 2) {
    const quarter = rest >> 2;
    for (let power = 1; power <= 3; power++) {
      const step: f32 = <f32>(-power) / <f32>rest;
      for (let p = 0; p < quarter; p += 4) {
        const turn = f32x4.mul(counted(p, 1), splat(step));
        v128.store(w + (<usize>p << 2), cos_turns(turn));
        v128.store(w + (<usize>(quarter + p) << 2), sin_turns(turn));
      }
      w += 8 * <usize>quarter;
    }
  }
  for (let k = 0; k < HALF; k += 4) {
    const turn = f32x4.mul(counted(k, 1), splat(<f32>(1.0 / <f64>LOOP_SIZE)));
    const wr = cos_turns(turn), wi = sin_turns(turn);
    const less = f32x4.sub(splat(1), wi), more = f32x4.add(splat(1), wi);
    let at = phase(k, 1);
    let c = known(k, 1, cos_turns(at)), s = known(k, 1, sin_turns(at));
    const out = work + PHASES + (<usize>k << 4);
    v128.store(out, f32x4.sub(f32x4.mul(c, less), f32x4.mul(s, wr)));
    v128.store(out + 16, madd(c, wr, f32x4.mul(s, less)));
    at = phase(HALF - k, -1);
    c = known(HALF - k, -1, cos_turns(at));
    s = known(HALF - k, -1, sin_turns(at));
    v128.store(out + 32, f32x4.sub(f32x4.mul(c, more), f32x4.mul(s, wr)));
    v128.store(out + 48, f32x4.neg(madd(c, wr, f32x4.mul(s, more))));
  }
}

// @ts-ignore: decorator
@inline
function bins_from(first: i32, step: i32): v128 {
  return i32x4.add(i32x4.splat(first), i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(step)));
}

// @ts-ignore: decorator
@inline
function counted(first: i32, step: i32): v128 {
  return f32x4.convert_i32x4_s(bins_from(first, step));
}

/** Phases of four bins, in turns. */
// @ts-ignore: decorator
@inline
function phase(first: i32, step: i32): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(mixed4(bins_from(first, step))), splat(<f32>(1 / 4294967296.0)));
}

/** x, but 0 under LOWEST_BIN and at the top. */
// @ts-ignore: decorator
@inline
function known(first: i32, step: i32, x: v128): v128 {
  const bins = bins_from(first, step);
  const ends = v128.or(i32x4.lt_s(bins, i32x4.splat(LOWEST_BIN)), i32x4.eq(bins, i32x4.splat(HALF)));
  return v128.andnot(x, ends);
}

/** Amplitudes [HALF + 1] of the bins, to BINS: those of the cells, moved up by `ratio`. */
function place_amplitudes(codes: usize, ratio: f64, amplitudes: usize, flat: f32, work: usize): void {
  for (let i = 0; i < CELLS / 2; i++) {
    const code = <usize>load<u8>(codes + i);
    store<f32>(work + CELL + (<usize>i << 3), load<f32>(amplitudes + ((code >> 4) << 2)));
    store<f32>(work + CELL + (<usize>i << 3), load<f32>(amplitudes + ((code & 15) << 2)), 4);
  }
  store<f32>(work + CELL + 4 * CELLS, flat);
  store<f32>(work + BINS + 4 * HALF, 0);
  if (ratio == 1) {
    for (let cell = 0; cell < CELLS; cell++) {
      const value = v128.load32_splat(work + CELL + (<usize>cell << 2));
      v128.store(work + BINS + (<usize>cell << 5), value);
      v128.store(work + BINS + (<usize>cell << 5), value, 16);
    }
    return;
  }
  const width = f64x2.splat(<f64>CELL_BINS * ratio);
  let bins = f64x2(0, 1);
  for (let k = 0; k < HALF; k += 2) {
    const cells = i32x4.min_s(
      i32x4.trunc_sat_f64x2_s_zero(f64x2.div(bins, width)), i32x4.splat(CELLS),
    );
    const low = load<f32>(work + CELL + (<usize>i32x4.extract_lane(cells, 0) << 2));
    const high = load<f32>(work + CELL + (<usize>i32x4.extract_lane(cells, 1) << 2));
    store<f32>(work + BINS + (<usize>k << 2), low);
    store<f32>(work + BINS + (<usize>k << 2), high, 4);
    bins = f64x2.add(bins, f64x2.splat(2));
  }
}

// @ts-ignore: decorator
@inline
function reversed(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 3, 2, 1, 0);
}

/**
 * The first stage of the transform, of Z as it comes from BINS, to YR and YI. Real and imaginary parts are
 * swapped, which makes it the inverse.
 */
function first_stage_of_bins(work: usize): void {
  const m: usize = HALF; // a quarter of the length, in bytes
  const w = work + TWIDDLES;
  for (let p: usize = 0; p < m; p += 16) {
    const up = work + BINS + p, down = work + BINS + 4 * HALF - 12 - p;
    const t0 = work + PHASES + 4 * p, t1 = t0 + 4 * m, t2 = t1 + 4 * m, t3 = t2 + 4 * m;
    let a = v128.load(up), b = reversed(v128.load(down));
    const ai = madd(a, v128.load(t0), f32x4.mul(b, v128.load(t0, 32)));
    const ar = madd(a, v128.load(t0, 16), f32x4.mul(b, v128.load(t0, 48)));
    a = v128.load(up + 2 * m); b = reversed(v128.load(down - 2 * m));
    const ci = madd(a, v128.load(t2), f32x4.mul(b, v128.load(t2, 32)));
    const cr = madd(a, v128.load(t2, 16), f32x4.mul(b, v128.load(t2, 48)));
    const sr = f32x4.add(ar, cr), si = f32x4.add(ai, ci);
    const er = f32x4.sub(ar, cr), ei = f32x4.sub(ai, ci);
    a = v128.load(up + m); b = reversed(v128.load(down - m));
    const bi = madd(a, v128.load(t1), f32x4.mul(b, v128.load(t1, 32)));
    const br = madd(a, v128.load(t1, 16), f32x4.mul(b, v128.load(t1, 48)));
    a = v128.load(up + 3 * m); b = reversed(v128.load(down - 3 * m));
    const di = madd(a, v128.load(t3), f32x4.mul(b, v128.load(t3, 32)));
    const dr = madd(a, v128.load(t3, 16), f32x4.mul(b, v128.load(t3, 48)));
    const tr = f32x4.add(br, dr), ti = f32x4.add(bi, di);
    const fr = f32x4.sub(br, dr), fi = f32x4.sub(bi, di);
    const y1r = f32x4.add(er, fi), y1i = f32x4.sub(ei, fr);
    const y2r = f32x4.sub(sr, tr), y2i = f32x4.sub(si, ti);
    const y3r = f32x4.sub(er, fi), y3i = f32x4.add(ei, fr);
    const w1r = v128.load(w + p), w1i = v128.load(w + p + m);
    const w2r = v128.load(w + p + 2 * m), w2i = v128.load(w + p + 3 * m);
    const w3r = v128.load(w + p + 4 * m), w3i = v128.load(w + p + 5 * m);
    transposed(
      f32x4.add(sr, tr),
      f32x4.sub(f32x4.mul(w1r, y1r), f32x4.mul(w1i, y1i)),
      f32x4.sub(f32x4.mul(w2r, y2r), f32x4.mul(w2i, y2i)),
      f32x4.sub(f32x4.mul(w3r, y3r), f32x4.mul(w3i, y3i)),
      work + YR + 4 * p,
    );
    transposed(
      f32x4.add(si, ti),
      madd(w1r, y1i, f32x4.mul(w1i, y1r)),
      madd(w2r, y2i, f32x4.mul(w2i, y2r)),
      madd(w3r, y3i, f32x4.mul(w3i, y3r)),
      work + YI + 4 * p,
    );
  }
}

// @ts-ignore: decorator
@inline
function interleave(even: v128, odd: v128, out: usize): void {
  v128.store(out, v128.shuffle<f32>(even, odd, 0, 4, 1, 5));
  v128.store(out, v128.shuffle<f32>(even, odd, 2, 6, 3, 7), 16);
}

/** The last stage, whose twiddles are all 1, its numbers put in turn: imaginary parts are the even samples. */
function last_stage_of_loop(xr: usize, xi: usize, out: usize): void {
  const m: usize = HALF;
  for (let q: usize = 0; q < m; q += 16) {
    const ar = v128.load(xr + q), ai = v128.load(xi + q);
    const br = v128.load(xr + q + m), bi = v128.load(xi + q + m);
    const cr = v128.load(xr + q + 2 * m), ci = v128.load(xi + q + 2 * m);
    const dr = v128.load(xr + q + 3 * m), di = v128.load(xi + q + 3 * m);
    const sr = f32x4.add(ar, cr), si = f32x4.add(ai, ci);
    const er = f32x4.sub(ar, cr), ei = f32x4.sub(ai, ci);
    const tr = f32x4.add(br, dr), ti = f32x4.add(bi, di);
    const fr = f32x4.sub(br, dr), fi = f32x4.sub(bi, di);
    interleave(f32x4.add(si, ti), f32x4.add(sr, tr), out + 2 * q);
    interleave(f32x4.sub(ei, fr), f32x4.add(er, fi), out + 2 * (q + m));
    interleave(f32x4.sub(si, ti), f32x4.sub(sr, tr), out + 2 * (q + 2 * m));
    interleave(f32x4.add(ei, fr), f32x4.sub(er, fi), out + 2 * (q + 3 * m));
  }
}

/**
 * The loop [LOOP_SIZE] of a fine spectrum, to `out`.
 *
 * codes: of the cells, two to a byte. ratio: how much higher its modes lie. amplitudes [16]: of each code, times
 * what the transform lacks; flat: that of even noise. work: as `fill_loop_tables` left it.
 */
export function make_loop(
  codes: usize, ratio: f64, amplitudes: usize, flat: f32, work: usize, out: usize,
): void {
  place_amplitudes(codes, ratio, amplitudes, flat, work);
  first_stage_of_bins(work);
  // 4^8 numbers, eight stages, to and fro.
  let w: usize = work + TWIDDLES + 6 * HALF;
  let xr = work + YR, xi = work + YI, yr = work + XR, yi = work + XI;
  let groups = 4;
  for (let rest = HALF >> 2; rest > 4; rest >>= 2) {
    stage(rest, groups, w, xr, xi, yr, yi);
    w += 6 * <usize>rest;
    const r = xr, i = xi;
    xr = yr; xi = yi; yr = r; yi = i;
    groups <<= 2;
  }
  last_stage_of_loop(xr, xi, out);
}
