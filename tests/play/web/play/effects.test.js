import assert from "node:assert/strict";
import { test } from "node:test";
import { driveCurve, roomSide } from "../../../../src/messina/play/web/play/effects.js";

const RATE = 44_100;

/** Power of a part of a response, from one second to another. */
function power(response, from, to) {
  const part = response.subarray(from * RATE, to * RATE);
  return part.reduce((sum, x) => sum + x * x, 0) / part.length;
}

test("a room decays by 60 dB in its time, and sides differ", () => {
  const [left, right] = [0, 1].map((side) => roomSide(RATE, Math.round(1.3 * RATE), side));
  const fallen = 10 * Math.log10(power(left, 0.05, 0.1) / power(left, 0.5, 0.55));
  // Half a decay time later 0.45 / 0.9 · 60 dB, and more as the high end goes first.
  assert.ok(fallen > 28 && fallen < 40, `${fallen} dB`);
  const together = left.reduce((sum, x, n) => sum + x * right[n], 0);
  const apart = Math.sqrt(
    left.reduce((sum, x) => sum + x * x, 0) * right.reduce((sum, x) => sum + x * x, 0),
  );
  assert.ok(Math.abs(together / apart) < 0.1);
  assert.deepEqual(left, roomSide(RATE, left.length, 0));
});

test("drive bends more the further it is turned, and keeps a quarter of full scale", () => {
  const at = (curve, x) => curve[Math.round(((x + 1) / 2) * (curve.length - 1))];
  for (const share of [0.01, 0.5, 1]) {
    const curve = driveCurve(share);
    assert.ok(Math.abs(at(curve, 0.25) - 0.25) < 1e-3);
    assert.ok(Math.abs(at(curve, 0)) < 1e-7);
    assert.ok(curve.every((y, i) => Math.abs(y) <= 1 && (i === 0 || y >= curve[i - 1])));
  }
  assert.ok(at(driveCurve(1), 1) < 0.4 * at(driveCurve(0.01), 1));
});
