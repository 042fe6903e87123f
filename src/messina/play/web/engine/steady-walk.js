// @ts-check
/* Where in its steady part a note is while its key is down: of the twin of the Python module instrument/holding, what is
 * about frames alone. */

/** @import { CounterRng } from "./counter-rng.js" */

import { HOLDING, LAYOUT } from "./constants.js";

const { LAST_TURN, LEAST_RUN, PACES, STEADIER } = HOLDING;
const { LEAST_STEADY } = LAYOUT;

/**
 * Within which frames it walks, how fast, and the frames at which alone it turns, where any are within reach.
 *
 * @typedef {{ start: number, stop: number, tops: number[], paces: number[] }} WalkBounds
 */

/**
 * How a note with this contour, in cents by frame, or without one, walks in its steady part. It ends at a turn of pitch
 * where one is near its end.
 *
 * @param {[start: number, stop: number]} steady
 * @param {((frame: number) => number) | null} contour
 * @returns {WalkBounds}
 */
export function walkBounds([start, stop], contour) {
  if (!contour) return { start, stop, tops: [], paces: PACES };
  const tops = pitchTurns(contour, start, stop);
  const last = tops[tops.length - 1] ?? -1;
  const early = last >= Math.max(stop - LAST_TURN, start + LEAST_STEADY);
  const paces = PACES.map((pace) => 1 + (pace - 1) / STEADIER);
  return { start, stop: early ? last : stop, tops, paces };
}

/**
 * Frames of a steady part at which pitch is highest or lowest of those about.
 *
 * @param {(frame: number) => number} contour
 * @param {number} start
 * @param {number} stop
 */
function pitchTurns(contour, start, stop) {
  const turns = [];
  let before = contour(start);
  let here = contour(start + 1);
  for (let frame = start + 1; frame < stop; frame++) {
    const after = contour(frame + 1);
    if ((here > before && here >= after) || (here < before && here <= after)) turns.push(frame);
    before = here;
    here = after;
  }
  return turns;
}

/** To and fro from the end of the steady part on, turning points drawn one after the other. */
export class Walk {
  down = false; // whether the present run leads back in time

  /**
   * @param {WalkBounds} bounds
   * @param {CounterRng} rng
   */
  constructor({ start, stop, tops, paces }, rng) {
    this.tops = tops;
    this.paces = paces;
    this.low = start;
    this.high = stop;
    this.run = Math.min(LEAST_RUN, 0.5 * (stop - start));
    this.rng = rng;
    this.fromRow = this.toRow = stop;
    this.from = this.to = stop;
  }

  /**
   * The place of a row, which does not lie before the last one asked for.
   *
   * @param {number} row
   */
  at(row) {
    while (row > this.toRow) this.turn();
    const share = (row - this.fromRow) / Math.max(this.toRow - this.fromRow, 1e-9);
    return this.from + share * (this.to - this.from);
  }

  turn() {
    this.fromRow = this.toRow;
    this.from = this.to;
    this.down = !this.down;
    const place = this.rng.uniform();
    const pace = this.rng.uniform(this.paces[0], this.paces[1]);
    if (this.down) this.to = this.low + place * Math.max(this.from - this.run - this.low, 0);
    else this.to = this.high - place * Math.max(this.high - this.run - this.from, 0);
    this.to = this.nearestTop(this.to);
    this.toRow = this.fromRow + Math.abs(this.to - this.from) / pace;
  }

  /**
   * The turn of pitch that is nearest to a place and not too near to where the run began.
   *
   * @param {number} place
   */
  nearestTop(place) {
    let nearest = -1;
    for (const top of this.tops) {
      const run = this.down ? this.from - top : top - this.from;
      if (run < 0.5 * this.run) continue;
      if (nearest < 0 || Math.abs(top - place) < Math.abs(nearest - place)) nearest = top;
    }
    return nearest < 0 ? place : nearest;
  }
}
