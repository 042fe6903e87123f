// @ts-check
// Where sounds lie on the map: like ones near each other.
//
// Principal components give the large order; then each sound is drawn to its nearest neighbours in
// latent space and away from others, so that groups come apart. Bright sounds lie to the right,
// long ones up. Earlier positions, when given, are where it starts: a map that is learnt on moves
// but does not jump.

import { CounterRng } from "../engine/random.js";

const NEIGHBOURS = 6;
const EPOCHS = 160;
const EPOCHS_ON = 50;
const REPELLED = 5;
const MARGIN = 0.06;
const APART = 0.016;
const APART_ROUNDS = 12;

/** @typedef {{ x: number, y: number }} Dot */
/** @typedef {{ right: number[], up: number[] }} Axes */

/**
 * Positions [S] of {x, y} in 0 … 1.
 *
 * @param {ArrayLike<number>[]} points  one a sound
 * @param {Axes} axes  what grows to the right and upwards
 * @param {(Dot | null)[]} [before]
 * @returns {Dot[]}
 */
export function embed(points, axes, before = []) {
  if (points.length === 0) return [];
  if (points.length === 1) return [{ x: 0.5, y: 0.5 }];
  const from = before.filter((dot) => dot !== null);
  const known = from.length === points.length;
  const places = known
    ? from.map(({ x, y }) => [x - 0.5, y - 0.5])
    : oriented(principal(points), axes);
  settle(points, places, known ? EPOCHS_ON : EPOCHS);
  if (!known) turnBack(places, axes);
  return spread(places);
}

/** @param {ArrayLike<number>[]} points */
function principal(points) {
  const size = points[0].length;
  const mean = Array.from({ length: size }, (_, d) => average(points.map((p) => p[d])));
  const centred = points.map((p) => Array.from(p, (v, d) => v - mean[d]));
  const first = component(centred, null);
  const second = component(centred, first);
  return centred.map((p) => [dot(p, first), dot(p, second)]);
}

/**
 * The direction of most variance (power iteration), at a right angle to another.
 *
 * @param {number[][]} centred
 * @param {number[] | null} other
 */
function component(centred, other) {
  const rng = new CounterRng(7);
  let axis = centred[0].map(() => rng.uniform() - 0.5);
  for (let round = 0; round < 60; round++) {
    const next = axis.map(() => 0);
    for (const p of centred) {
      const share = dot(p, axis);
      for (let d = 0; d < next.length; d++) next[d] += share * p[d];
    }
    if (other) {
      const along = dot(next, other);
      for (let d = 0; d < next.length; d++) next[d] -= along * other[d];
    }
    const length = Math.hypot(...next) || 1;
    axis = next.map((v) => v / length);
  }
  return axis;
}

/**
 * Turned by quarter turns and mirrored so that the axes mean what they should; unit spread.
 *
 * @param {number[][]} places
 * @param {Axes} axes
 */
function oriented(places, axes) {
  const columns = [0, 1].map((d) => places.map((p) => p[d]));
  const [right, up] = [0, 1].map((d) => [
    correlation(columns[d], axes.right),
    correlation(columns[d], axes.up),
  ]);
  const swap = Math.abs(up[0]) + Math.abs(right[1]) > Math.abs(right[0]) + Math.abs(up[1]);
  const [x, y] = swap ? [1, 0] : [0, 1];
  const [a, b] = swap ? [up[0], right[1]] : [right[0], up[1]];
  /** @param {number[]} column */
  const scale = (column) => 0.22 / (Math.sqrt(average(column.map((v) => v * v))) || 1);
  const sx = Math.sign(a || 1) * scale(columns[x]);
  const sy = -Math.sign(b || 1) * scale(columns[y]);
  return places.map((p) => [p[x] * sx, p[y] * sy]);
}

/**
 * Settling may mirror the groups; the axes are put right once more.
 *
 * @param {number[][]} places
 * @param {Axes} axes
 */
function turnBack(places, axes) {
  const flipX =
    correlation(
      places.map((p) => p[0]),
      axes.right,
    ) < 0;
  const flipY =
    correlation(
      places.map((p) => p[1]),
      axes.up,
    ) > 0;
  for (const p of places) {
    if (flipX) p[0] = -p[0];
    if (flipY) p[1] = -p[1];
  }
}

/**
 * @param {ArrayLike<number>[]} points
 * @param {number[][]} places
 * @param {number} epochs
 */
function settle(points, places, epochs) {
  const near = points.map((p) => nearest(points, p, Math.min(NEIGHBOURS, points.length - 1)));
  const rng = new CounterRng(11);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const step = 0.035 * (1 - epoch / epochs);
    for (let i = 0; i < points.length; i++) {
      for (const [j, weight] of near[i]) pull(places[i], places[j], step * weight);
      for (let k = 0; k < REPELLED; k++) {
        const j = rng.below(points.length);
        if (j !== i) push(places[i], places[j], step);
      }
    }
  }
}

/**
 * [index, weight] of the nearest, itself left out; the nearest has weight 1.
 *
 * @param {ArrayLike<number>[]} points
 * @param {ArrayLike<number>} p
 * @param {number} count
 */
function nearest(points, p, count) {
  const ordered = points
    .map((q, j) => [j, squared(p, q)])
    .filter(([j]) => points[j] !== p)
    .sort((a, b) => a[1] - b[1])
    .slice(0, count);
  const scale = ordered.at(-1)?.[1] || 1;
  return ordered.map(([j, distance]) => [j, Math.exp((-1.5 * distance) / scale)]);
}

/**
 * @param {number[]} a
 * @param {number[]} b
 * @param {number} amount
 */
function pull(a, b, amount) {
  for (let d = 0; d < 2; d++) {
    const move = amount * (b[d] - a[d]);
    a[d] += move;
    b[d] -= 0.5 * move;
  }
}

/**
 * @param {number[]} a
 * @param {number[]} b
 * @param {number} amount
 */
function push(a, b, amount) {
  const dx = a[0] - b[0];
  const dy = a[1] - b[1];
  const force = (0.012 * amount) / (0.004 + dx * dx + dy * dy);
  a[0] += Math.max(-0.02, Math.min(0.02, force * dx));
  a[1] += Math.max(-0.02, Math.min(0.02, force * dy));
}

/**
 * Into 0 … 1, half by distance and half by rank, so that the whole map is used.
 *
 * @param {number[][]} places
 */
function spread(places) {
  const columns = [0, 1].map((d) => evened(places.map((p) => p[d])));
  return apart(places.map((_, i) => ({ x: columns[0][i], y: columns[1][i] })));
}

/**
 * Dots that would hide each other move aside a little.
 *
 * @param {Dot[]} dots
 */
function apart(dots) {
  const room = Math.min(APART, 0.5 / Math.sqrt(dots.length));
  for (let round = 0; round < APART_ROUNDS; round++) {
    for (let i = 0; i < dots.length; i++) {
      for (let j = 0; j < i; j++) {
        const [dx, dy] = [dots[i].x - dots[j].x, dots[i].y - dots[j].y];
        const distance = Math.hypot(dx, dy);
        if (distance >= room) continue;
        const angle = distance > 1e-6 ? Math.atan2(dy, dx) : 2.4 * i;
        const move = 0.5 * (room - distance);
        shift(dots[i], move * Math.cos(angle), move * Math.sin(angle));
        shift(dots[j], -move * Math.cos(angle), -move * Math.sin(angle));
      }
    }
  }
  return dots;
}

/**
 * @param {Dot} dot
 * @param {number} dx
 * @param {number} dy
 */
function shift(dot, dx, dy) {
  dot.x = Math.max(MARGIN / 2, Math.min(1 - MARGIN / 2, dot.x + dx));
  dot.y = Math.max(MARGIN / 2, Math.min(1 - MARGIN / 2, dot.y + dy));
}

/** @param {number[]} values */
function evened(values) {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const low = values[order[0]];
  const span = values[order[order.length - 1]] - low || 1;
  const out = new Array(values.length);
  order.forEach((i, rank) => {
    const place =
      0.55 * ((values[i] - low) / span) + 0.45 * (rank / Math.max(1, values.length - 1));
    out[i] = MARGIN + (1 - 2 * MARGIN) * place;
  });
  return out;
}

/**
 * @param {number[]} a
 * @param {number[]} b
 */
function correlation(a, b) {
  const ma = average(a);
  const mb = average(b);
  let top = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    top += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) ** 2;
    bb += (b[i] - mb) ** 2;
  }
  return aa && bb ? top / Math.sqrt(aa * bb) : 0;
}

/** @param {number[]} values */
const average = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
/**
 * @param {number[]} a
 * @param {number[]} b
 */
const dot = (a, b) => a.reduce((sum, v, d) => sum + v * b[d], 0);

/**
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
function squared(a, b) {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d] - b[d]) ** 2;
  return sum;
}
