// @ts-check
/* How a sound moves beside what the network tells of it: log levels on a few components, added to its
 * rows, and the contour of its pitch. The twin of the Python module instrument/trajectories. */

/** @import { Shape } from "./controls.js" */
/** @import { Network } from "./network.js" */
/** @import { Take } from "./types.d.ts" */

import { DECODING, TRAJECTORIES } from "./constants.js";
import { FLOOR, ROW } from "./layout.js";

const { TRAJECTORY_SIZE, TRAJECTORY_ZERO, WARP_PIECES } = TRAJECTORIES;
const { LOUDEST_NEPERS } = DECODING;

/**
 * How time runs in a new sound [WARP_PIECES + 1], 0 … 1: each piece at a pace of its own.
 *
 * @param {number[]} normals
 * @param {number} amount
 */
export function warped(normals, amount) {
  const knots = new Float64Array(WARP_PIECES + 1);
  for (let i = 0; i < WARP_PIECES; i++) knots[i + 1] = knots[i] + Math.exp(amount * normals[i]);
  return knots.map((passed) => passed / knots[WARP_PIECES]);
}

/** The trajectory of one take, if it has one. */
export class Trajectory {
  moves = false;
  bends = false; // whether its pitch moves
  louder = 0; // dB, at its loudest

  constructor() {
    this.basis = new Float32Array(TRAJECTORY_SIZE * ROW);
    this.added = new Float64Array(ROW);
    /** @type {Uint8Array} */
    this.codes = new Uint8Array(0);
    /** @type {Float32Array} */
    this.contours = new Float32Array(0);
    this.start = 0;
    this.count = 0;
    /** @type {Float64Array | null} */
    this.knots = null;
    this.rows = 1;
  }

  /**
   * @param {Network} network
   * @param {Take} take
   * @param {Shape} shape
   */
  begin({ moving }, take, shape) {
    this.count = moving.counts[take.modes];
    this.moves = this.count > 0;
    this.start = moving.starts[take.modes];
    this.contours = moving.contours;
    this.bends = false;
    for (let i = 0; i < this.count; i++) this.bends ||= this.contours[this.start + i] !== 0;
    if (!this.moves) return;
    this.louder = moving.louder[take.modes];
    this.codes = moving.codes;
    this.knots = take.warp;
    this.rows = take.rows;
    this.basis.set(moving.basis);
    for (let k = 0; k < TRAJECTORY_SIZE; k++) shape.moveNoise(this.basis, k * ROW, 0);
  }

  /**
   * Where in the trajectory a row is read from.
   *
   * @param {number} row
   */
  placeAt(row) {
    let place = Math.min(row / Math.max(this.rows - 1, 1), 1);
    if (this.knots) place = read(this.knots, place * WARP_PIECES);
    return place * (this.count - 1);
  }

  /**
   * Cents by which the pitch of a row is moved.
   *
   * @param {number} row
   */
  centsAt(row) {
    if (!this.bends) return 0;
    const place = this.placeAt(row);
    const low = Math.min(Math.floor(place), this.count - 2);
    const a = this.contours[this.start + low];
    return a + (place - low) * (this.contours[this.start + low + 1] - a);
  }

  /**
   * Adds what a row moves by to its levels [ROW] at `from`.
   *
   * @param {number} row
   * @param {Float32Array} levels
   * @param {number} from
   */
  addTo(row, levels, from) {
    const place = this.placeAt(row);
    const low = Math.min(Math.floor(place), this.count - 2);
    const share = place - low;
    const at = (this.start + low) * TRAJECTORY_SIZE;
    const { added, basis, codes } = this;
    added.fill(0);
    for (let k = 0; k < TRAJECTORY_SIZE; k++) {
      const a = codes[at + k];
      const score = a + share * (codes[at + TRAJECTORY_SIZE + k] - a) - TRAJECTORY_ZERO;
      if (score === 0) continue;
      for (let i = 0, b = k * ROW; i < ROW; i++, b++) added[i] += score * basis[b];
    }
    for (let i = 0; i < ROW; i++) {
      const level = levels[from + i] + added[i];
      levels[from + i] = Math.min(Math.max(level, FLOOR[i]), LOUDEST_NEPERS);
    }
  }
}

/**
 * @param {Float64Array} values
 * @param {number} place
 */
function read(values, place) {
  const low = Math.min(Math.floor(place), values.length - 2);
  return values[low] + (place - low) * (values[low + 1] - values[low]);
}
