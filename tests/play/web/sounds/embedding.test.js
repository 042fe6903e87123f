// The map: like ones near each other, what grows to the right there, the same every time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CounterRng } from "../../../../src/messina/play/web/engine/random.js";
import { embed } from "../../../../src/messina/play/web/sounds/embedding.js";

/** Two groups of 20 in 8 dimensions, far apart in one of them. */
function groups() {
  const rng = new CounterRng(3);
  const points = Array.from({ length: 40 }, (_, i) => {
    const [first, ...rest] = rng.normals(8);
    return Float32Array.from([first + (i < 20 ? -6 : 6), ...rest]);
  });
  return { points, axes: { right: points.map(([x]) => x), up: points.map((point) => point[1]) } };
}

test("groups come apart, and the brighter one lies to the right", () => {
  const { points, axes } = groups();
  const places = embed(points, axes);
  const left = places.slice(0, 20).map(({ x }) => x);
  const right = places.slice(20).map(({ x }) => x);
  assert.ok(Math.max(...left) < Math.min(...right));
  for (const { x, y } of places) assert.ok(x >= 0 && x <= 1 && y >= 0 && y <= 1);
});

test("the same sounds lie at the same places", () => {
  const { points, axes } = groups();
  assert.deepEqual(embed(points, axes), embed(points, axes));
});

test("places that are known are where it starts, and they move little", () => {
  const { points, axes } = groups();
  const before = embed(points, axes);
  const after = embed(points, axes, before);
  const moved = after.map(({ x, y }, i) => Math.hypot(x - before[i].x, y - before[i].y));
  assert.ok(moved.reduce((a, b) => a + b) / moved.length < 0.2);
});
