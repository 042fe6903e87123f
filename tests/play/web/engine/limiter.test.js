import assert from "node:assert/strict";
import { test } from "node:test";
import { CEILING, LATENCY, Limiter } from "../../../../src/messina/play/web/engine/limiter.js";

const QUANTUM = 128;

/** What comes out for a mono signal, in quanta, latency taken off. */
function limited(samples, limiter = new Limiter()) {
  const size = QUANTUM * Math.ceil((samples.length + LATENCY) / QUANTUM);
  const left = new Float32Array(size);
  left.set(samples);
  const right = left.slice();
  for (let at = 0; at < size; at += QUANTUM) {
    limiter.run(left.subarray(at, at + QUANTUM), right.subarray(at, at + QUANTUM));
  }
  assert.deepEqual(left, right);
  return left.subarray(LATENCY, LATENCY + samples.length);
}

const sine = (count, amplitude) =>
  Float32Array.from({ length: count }, (_, n) => amplitude * Math.sin(0.11 * n));

test("what stays under the ceiling is not touched", () => {
  const quiet = sine(4_000, 0.9 * CEILING);
  assert.deepEqual(limited(quiet), quiet);
});

test("nothing leaves over the ceiling, and it is used", () => {
  const loud = Float32Array.from(sine(8_000, 4), (x, n) => (n < 2_000 ? 0.1 * x : x));
  const out = limited(loud);
  const peak = out.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  assert.ok(peak <= CEILING * (1 + 1e-6), `${peak}`);
  assert.ok(peak > 0.9 * CEILING, `${peak}`);
  assert.deepEqual(out.subarray(0, 1_900), loud.subarray(0, 1_900));
});

test("what is no number, or absurdly loud, is silence, and sound goes on after it", () => {
  const limiter = new Limiter();
  const broken = limited(Float32Array.of(Number.NaN, 1e30, Number.POSITIVE_INFINITY), limiter);
  assert.deepEqual([...broken], [0, 0, 0]);
  const quiet = sine(1_000, 0.5);
  assert.deepEqual(limited(quiet, limiter), quiet);
});
