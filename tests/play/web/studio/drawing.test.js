import assert from "node:assert/strict";
import { test } from "node:test";
import { polyline } from "../../../../src/messina/studio/web/curve.js";
import { outlinePath } from "../../../../src/messina/studio/web/outlines.js";

test("an error curve goes from the largest error on top to the smallest at the bottom", () => {
  const points = [
    [10, 8],
    [20, 5],
    [30, 4],
  ];
  assert.equal(polyline(points), "0.0,0.0 150.0,45.0 300.0,60.0");
  const hardly = [
    [0, 3],
    [1, 2.9],
  ];
  assert.equal(polyline(hardly), "0.0,0.0 300.0,6.0", "a tenth of a dB looks like a tenth");
});

test("an outline mirrors its peaks about the middle, and nothing is drawn of none", () => {
  assert.equal(outlinePath(""), "");
  assert.equal(outlinePath("ff00"), "M0 0.0H1L1 19.5H2L2 20.5H1L1 40.0H0Z");
});
