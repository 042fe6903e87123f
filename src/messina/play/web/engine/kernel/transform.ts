// Fourier transforms of real signals, packed as complex ones of half the length, and gains on them.

import { madd, splat } from "./elementary";

// Filled by the caller.

/** Twiddles of the complex transforms of 512 and 128: by radix-4 stage, w¹ w² w³ (re, im) each [m]. */
export const TWIDDLES_512: usize = memory.data(6 * 170 * 4, 16);
export const TWIDDLES_128: usize = memory.data(6 * 42 * 4, 16);
/** e^(-2πik/N), k = 0 … N/2 - 1, for real signals of N = 1024 and 256: re [N/2], im [N/2]. */
export const TURNS_1024: usize = memory.data(1024 * 4, 16);
export const TURNS_256: usize = memory.data(256 * 4, 16);
/** Hann windows, and the same over their overlap and the transform's scale. */
export const HANN_1024: usize = memory.data(1024 * 4, 16);
export const HANN_256: usize = memory.data(256 * 4, 16);
export const UNHANN_1024: usize = memory.data(1024 * 4, 16);
export const UNHANN_256: usize = memory.data(256 * 4, 16);

const TR: usize = memory.data(516 * 4, 16);
const TI: usize = memory.data(516 * 4, 16);

/** One radix-4 stage whose groups are single numbers: four groups at a time, then transposed. */
function first_stage(n: i32, w: usize, xr: usize, xi: usize, yr: usize, yi: usize): void {
  const m: usize = <usize>n; // a quarter of the length, in bytes
  for (let p: usize = 0; p < m; p += 16) {
    const ar = v128.load(xr + p), ai = v128.load(xi + p);
    const br = v128.load(xr + p + m), bi = v128.load(xi + p + m);
    const cr = v128.load(xr + p + 2 * m), ci = v128.load(xi + p + 2 * m);
    const dr = v128.load(xr + p + 3 * m), di = v128.load(xi + p + 3 * m);
    const sr = f32x4.add(ar, cr), si = f32x4.add(ai, ci);
    const er = f32x4.sub(ar, cr), ei = f32x4.sub(ai, ci);
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
      yr + 4 * p,
    );
    transposed(
      f32x4.add(si, ti),
      madd(w1r, y1i, f32x4.mul(w1i, y1r)),
      madd(w2r, y2i, f32x4.mul(w2i, y2r)),
      madd(w3r, y3i, f32x4.mul(w3i, y3r)),
      yi + 4 * p,
    );
  }
}

// @ts-ignore: decorator
@inline
export function transposed(a: v128, b: v128, c: v128, d: v128, y: usize): void {
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(y, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(y + 16, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  v128.store(y + 32, v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5));
  v128.store(y + 48, v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7));
}

/** One radix-4 stage of Stockham's transform: n numbers in each of s interleaved groups. */
export function stage(n: i32, s: i32, w: usize, xr: usize, xi: usize, yr: usize, yi: usize): void {
  const quarter: usize = <usize>(n >> 2), span: usize = <usize>s << 2;
  const m: usize = quarter * span, wm: usize = quarter << 2;
  for (let p: usize = 0; p < quarter; p++) {
    const at: usize = w + (p << 2);
    const w1r = v128.load32_splat(at), w1i = v128.load32_splat(at + wm);
    const w2r = v128.load32_splat(at + 2 * wm), w2i = v128.load32_splat(at + 3 * wm);
    const w3r = v128.load32_splat(at + 4 * wm), w3i = v128.load32_splat(at + 5 * wm);
    const x: usize = p * span, y: usize = 4 * p * span;
    for (let q: usize = 0; q < span; q += 16) {
      const i = x + q, o = y + q;
      const ar = v128.load(xr + i), ai = v128.load(xi + i);
      const br = v128.load(xr + i + m), bi = v128.load(xi + i + m);
      const cr = v128.load(xr + i + 2 * m), ci = v128.load(xi + i + 2 * m);
      const dr = v128.load(xr + i + 3 * m), di = v128.load(xi + i + 3 * m);
      const sr = f32x4.add(ar, cr), si = f32x4.add(ai, ci);
      const er = f32x4.sub(ar, cr), ei = f32x4.sub(ai, ci);
      const tr = f32x4.add(br, dr), ti = f32x4.add(bi, di);
      const fr = f32x4.sub(br, dr), fi = f32x4.sub(bi, di);
      const y1r = f32x4.add(er, fi), y1i = f32x4.sub(ei, fr);
      const y2r = f32x4.sub(sr, tr), y2i = f32x4.sub(si, ti);
      const y3r = f32x4.sub(er, fi), y3i = f32x4.add(ei, fr);
      v128.store(yr + o, f32x4.add(sr, tr));
      v128.store(yi + o, f32x4.add(si, ti));
      v128.store(yr + o + span, f32x4.sub(f32x4.mul(w1r, y1r), f32x4.mul(w1i, y1i)));
      v128.store(yi + o + span, madd(w1r, y1i, f32x4.mul(w1i, y1r)));
      v128.store(yr + o + 2 * span, f32x4.sub(f32x4.mul(w2r, y2r), f32x4.mul(w2i, y2i)));
      v128.store(yi + o + 2 * span, madd(w2r, y2i, f32x4.mul(w2i, y2r)));
      v128.store(yr + o + 3 * span, f32x4.sub(f32x4.mul(w3r, y3r), f32x4.mul(w3i, y3i)));
      v128.store(yi + o + 3 * span, madd(w3r, y3i, f32x4.mul(w3i, y3r)));
    }
  }
}

function last_stage(n: i32, xr: usize, xi: usize, yr: usize, yi: usize): void {
  const half: usize = <usize>n << 1;
  for (let q: usize = 0; q < half; q += 16) {
    const ar = v128.load(xr + q), ai = v128.load(xi + q);
    const br = v128.load(xr + q + half), bi = v128.load(xi + q + half);
    v128.store(yr + q, f32x4.add(ar, br));
    v128.store(yi + q, f32x4.add(ai, bi));
    v128.store(yr + q + half, f32x4.sub(ar, br));
    v128.store(yi + q + half, f32x4.sub(ai, bi));
  }
}

/**
 * Complex transform of n = 512 or 128 numbers in place. With real and imaginary parts swapped it is
 * the inverse, n times too loud. Ref: Stockham (1966), self-sorting transform.
 */
export function transform(n: i32, xr: usize, xi: usize): void {
  let w: usize = n == 512 ? TWIDDLES_512 : TWIDDLES_128;
  first_stage(n, w, xr, xi, TR, TI);
  w += 6 * <usize>n;
  let rest = n >> 2, groups = 4, there = true; // where the numbers are: true in TR, TI
  while (rest > 2) {
    if (there) stage(rest, groups, w, TR, TI, xr, xi);
    else stage(rest, groups, w, xr, xi, TR, TI);
    w += 6 * <usize>rest;
    there = !there;
    rest >>= 2;
    groups <<= 2;
  }
  if (there) last_stage(n, TR, TI, xr, xi);
  else {
    last_stage(n, xr, xi, TR, TI);
    memory.copy(xr, TR, <usize>n << 2);
    memory.copy(xi, TI, <usize>n << 2);
  }
}

/** Windowed signal x [2 n], its even samples as real and odd ones as imaginary parts, transformed. */
export function spectrum(n: i32, x: usize, window: usize, zr: usize, zi: usize): void {
  for (let i: usize = 0; i < <usize>n << 2; i += 16) {
    const a = f32x4.mul(v128.load(x + 2 * i), v128.load(window + 2 * i));
    const b = f32x4.mul(v128.load(x + 2 * i + 16), v128.load(window + 2 * i + 16));
    v128.store(zr + i, v128.shuffle<f32>(a, b, 0, 2, 4, 6));
    v128.store(zi + i, v128.shuffle<f32>(a, b, 1, 3, 5, 7));
  }
  transform(n, zr, zi);
  store<f32>(zr + (<usize>n << 2), load<f32>(zr)); // the transform repeats
  store<f32>(zi + (<usize>n << 2), load<f32>(zi));
}

/**
 * Gains on the spectrum of a real signal, in the packed form of `spectrum`, y (+)= gained z.
 *
 * With H = n, A = Z[k], B = conj Z[H-k], P = (A + B)/2, Q = (A - B)/2, w = e^(-2πik/2H), the real
 * signal's bin is X[k] = P - i w Q. Bins k and H-k times gains g and h, packed again, are
 *     Y[k] = (g + h)/2 A + i (g - h)/2 (conj(w) P - w Q).
 */
export function gain_bins(
  n: i32, zr: usize, zi: usize, gains: usize, turns: usize, yr: usize, yi: usize, add: bool,
): void {
  const end: usize = <usize>n << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const back = end - i - 12; // numbers H-k-3 … H-k
    const ar = v128.load(zr + i), ai = v128.load(zi + i);
    const rr = v128.load(zr + back), ri = v128.load(zi + back), rg = v128.load(gains + back);
    const br = v128.shuffle<f32>(rr, rr, 3, 2, 1, 0);
    const bi = f32x4.neg(v128.shuffle<f32>(ri, ri, 3, 2, 1, 0));
    const h = v128.shuffle<f32>(rg, rg, 3, 2, 1, 0), g = v128.load(gains + i);
    const half = splat(0.5);
    const even = f32x4.mul(f32x4.add(g, h), half), odd = f32x4.mul(f32x4.sub(g, h), half);
    const pr = f32x4.mul(f32x4.add(ar, br), half), pi = f32x4.mul(f32x4.add(ai, bi), half);
    const qr = f32x4.mul(f32x4.sub(ar, br), half), qi = f32x4.mul(f32x4.sub(ai, bi), half);
    const wr = v128.load(turns + i), wi = v128.load(turns + end + i);
    // conj(w) P - w Q
    const ur = f32x4.add(
      f32x4.mul(wr, f32x4.sub(pr, qr)), f32x4.mul(wi, f32x4.add(pi, qi)),
    );
    const ui = f32x4.sub(
      f32x4.mul(wr, f32x4.sub(pi, qi)), f32x4.mul(wi, f32x4.add(pr, qr)),
    );
    let outr = f32x4.sub(f32x4.mul(even, ar), f32x4.mul(odd, ui));
    let outi = madd(even, ai, f32x4.mul(odd, ur));
    if (add) {
      outr = f32x4.add(outr, v128.load(yr + i));
      outi = f32x4.add(outi, v128.load(yi + i));
    }
    v128.store(yr + i, outr);
    v128.store(yi + i, outi);
  }
}

/** The packed spectrum y back to a signal, windowed, added to the 2 n samples at `tail`. */
export function unspectrum(n: i32, yr: usize, yi: usize, window: usize, tail: usize): void {
  transform(n, yi, yr);
  for (let i: usize = 0; i < <usize>n << 2; i += 16) {
    const a = v128.load(yr + i), b = v128.load(yi + i);
    const low = v128.shuffle<f32>(a, b, 0, 4, 1, 5), high = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const t = tail + 2 * i;
    v128.store(t, madd(low, v128.load(window + 2 * i), v128.load(t)));
    v128.store(t + 16, madd(high, v128.load(window + 2 * i + 16), v128.load(t + 16)));
  }
}
