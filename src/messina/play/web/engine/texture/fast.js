// @ts-check
/* The fast level, resampled: follows what was fast where the slow level is, or, wilder, elsewhere for a fraction
 * of a second. The twin of the Python module texture/fast. */

/** @import { CounterRng } from "../counter-rng.js" */
/** @import { TextureModel } from "./model.js" */
/** @import { Walking } from "./types.d.ts" */

import { onFineGrid } from "../rounding.js";
import { FAST } from "./constants.js";
import { PATCHES_PER_S } from "./layout.js";
import { nearestOf } from "./slow.js";

const { PIECE_S, FADE, SLOW_WEIGHT, OWN_PLACE, OWN_PATCHES, SHARE, FEWEST, MOST_CANDIDATES } = FAST;

export class FastWalk {
  #style = -1;
  /** Of the slow level, when this one last moved. */
  #moves = -1;
  #follows = true;
  #place = 0;
  #left = 0;
  #last;
  #rest;

  /**
   * @param {TextureModel} model
   * @param {CounterRng} random
   * @param {{ wildness?: number }} [settings]
   */
  constructor(model, random, { wildness = 1 } = {}) {
    this.model = model;
    this.random = random;
    this.wildness = wildness;
    this.#last = new Float64Array(model.size);
    this.#rest = new Float64Array(model.size);
  }

  /**
   * The fast level [D] of the next patch, given its slow level and the walk that comes from.
   *
   * @param {Float64Array} slow
   * @param {Walking} walk
   */
  step(slow, walk) {
    const { model } = this;
    this.#left -= 1;
    this.#place += 1;
    if (
      walk.style !== this.#style ||
      this.#left <= 0 ||
      this.#place >= model.starts[this.#style + 1] ||
      (this.#follows && walk.moves !== this.#moves)
    ) {
      this.#move(slow, walk);
    } else {
      this.#rest = this.#rest.map((x) => x * FADE);
    }
    this.#last = model.row(model.fast, this.#place).map((x, d) => x + this.#rest[d]);
    return this.#last;
  }

  /**
   * @param {Float64Array} slow
   * @param {Walking} walk
   */
  #move(slow, walk) {
    const { model, random } = this;
    this.#style = walk.style;
    this.#moves = walk.moves;
    this.#follows = random.uniform() >= this.wildness - 1;
    this.#place = this.#follows ? Math.floor(walk.place) : this.#elsewhere(slow, walk);
    const expected = model.row(model.fast, Math.max(this.#place - 1, model.starts[this.#style]));
    this.#rest = this.#last.map((x, d) => FADE * (x - expected[d]));
    this.#left = onFineGrid(random.exponential(PIECE_S)) * PATCHES_PER_S + 2;
  }

  /**
   * A place of the recording where it was like now.
   *
   * @param {Float64Array} slow
   * @param {Walking} walk
   */
  #elsewhere(slow, walk) {
    const { model, random } = this;
    const [start, end] = [model.starts[walk.style], model.starts[walk.style + 1]];
    const all = Array.from({ length: end - start }, (_, i) => start + i);
    const allowed =
      all.length > MOST_CANDIDATES
        ? random.sample(MOST_CANDIDATES, all.length).map((i) => all[i])
        : all;
    const far = allowed.map((patch) => this.#distance(slow, patch, Math.max(patch - 1, start)));
    const mean = far.reduce((a, b) => a + b, 0) / far.length;
    allowed.forEach((patch, i) => {
      if (Math.abs(patch - walk.place) < OWN_PATCHES) far[i] += OWN_PLACE * mean;
    });
    const nearest = nearestOf(far, { share: SHARE, fewest: FEWEST, wildness: this.wildness });
    return allowed[random.pick(nearest)];
  }

  /**
   * How unlike a patch is: its slow level to this one, the fast level before it to the last.
   *
   * @param {Float64Array} slow
   * @param {number} patch
   * @param {number} before
   */
  #distance(slow, patch, before) {
    const { model } = this;
    const here = model.row(model.slow, patch);
    const fast = model.row(model.fast, before);
    let sum = 0;
    for (let d = 0; d < model.size; d++) {
      const [a, b] = [here[d] - slow[d], fast[d] - this.#last[d]];
      sum += model.metric[d] * (SLOW_WEIGHT * a * a + b * b);
    }
    return sum;
  }
}
