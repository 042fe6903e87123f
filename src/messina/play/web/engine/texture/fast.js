// @ts-check
/* The fast level, resampled: follows what was fast where the slow level is, or, wilder, elsewhere for a fraction
 * of a second; in files of before drawn by a recurrent network. The twin of the Python module texture/fast, which says all
 * of the arithmetic. */

/** @import { CounterRng } from "../counter-rng.js" */
/** @import { TextureModel } from "./model.js" */
/** @import { Walking } from "./types.d.ts" */

import { onFineGrid, onGrid } from "../rounding.js";
import { FAST, NETWORK } from "./constants.js";
import { PATCHES_PER_S } from "./layout.js";
import { nearestOf } from "./slow.js";

const { PIECE_S, FADE, SLOW_WEIGHT, OWN_PLACE, OWN_PATCHES, SHARE, FEWEST, MOST_CANDIDATES } = FAST;
const { LAYERS, EARLIER, LOG_SPREADS, FARTHEST } = NETWORK;

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

export class NetworkMotion {
  /** Of each layer. @type {Float64Array[]} */
  #state;
  #last;
  /** The last slow levels. @type {Float64Array[]} */
  #slow = [];

  /**
   * @param {TextureModel} model
   * @param {CounterRng} random
   * @param {{ wildness?: number }} [settings]
   */
  constructor(model, random, { wildness = 1 } = {}) {
    this.model = model;
    this.random = random;
    this.wildness = wildness;
    const sizes = model.manifest.network;
    if (!sizes) throw new RangeError("there is no network in this texture");
    this.sizes = sizes;
    const { width } = sizes;
    this.#state = Array.from({ length: LAYERS }, () => new Float64Array(width));
    this.#last = new Float64Array(model.size);
  }

  /**
   * The fast level [D] of the next patch.
   *
   * @param {Float64Array} slow
   * @param {Walking} walk
   */
  step(slow, walk) {
    this.#slow = [...this.#slow.slice(-EARLIER), slow];
    this.#last = this.#drawn(this.#advance(walk.style));
    const scale = this.#weights("fast_scale");
    return this.#last.map((x, d) => x * scale[d]);
  }

  /** @param {string} name */
  #weights(name) {
    return this.model.arrays[`network.${name}`];
  }

  /**
   * @param {string} weight
   * @param {string} bias
   * @param {Float64Array} x
   */
  #linear(weight, bias, x) {
    const w = this.#weights(weight);
    const size = x.length;
    return Float64Array.from(this.#weights(bias), (first, row) => {
      let sum = 0;
      for (let i = 0, at = row * size; i < size; i++) sum += w[at + i] * x[i];
      return sum + first;
    });
  }

  /**
   * The state [width] of the last layer after one more patch.
   *
   * @param {number} style
   */
  #advance(style) {
    const { width, embedding } = this.sizes;
    const own = this.#weights("embedding").subarray(style * embedding, (style + 1) * embedding);
    const x = Float64Array.of(
      ...this.#last,
      ...this.#slow[this.#slow.length - 1],
      ...this.#slow[0],
      ...own,
    );
    let h = this.#linear("input.weight", "input.bias", x).map(Math.tanh);
    for (let layer = 0; layer < LAYERS; layer++) {
      const before = this.#state[layer];
      const seen = this.#linear(`gru.weight_ih_l${layer}`, `gru.bias_ih_l${layer}`, h);
      const back = this.#linear(`gru.weight_hh_l${layer}`, `gru.bias_hh_l${layer}`, before);
      h = before.map((old, i) => {
        const reset = logistic(seen[i] + back[i]);
        const keep = logistic(seen[width + i] + back[width + i]);
        const next = Math.tanh(seen[2 * width + i] + reset * back[2 * width + i]);
        return onGrid((1 - keep) * next + keep * old);
      });
      this.#state[layer] = h;
    }
    return h;
  }

  /**
   * One fast level [D], in deviations, from the mixture.
   *
   * @param {Float64Array} hidden
   */
  #drawn(hidden) {
    const {
      random,
      wildness,
      model: { size },
    } = this;
    const [bias, heat] = [Math.max(0, 1 - wildness), Math.max(1, wildness)];
    const { components } = this.sizes;
    const out = this.#linear("output.weight", "output.bias", hidden);
    const row = 2 * size + 1;
    const logits = Array.from({ length: components }, (_, k) => (out[k * row] * (1 + bias)) / heat);
    const top = Math.max(...logits);
    const shares = logits.map((x) => Math.exp(x - top));
    const at = random.choice(shares) * row + 1;
    return this.#last.map((_, d) => {
      const spread =
        Math.exp(clamp(out[at + size + d], LOG_SPREADS[0], LOG_SPREADS[1]) - bias) *
        (1 + 0.5 * (heat - 1));
      return onGrid(clamp(out[at + d] + spread * random.normal(), -FARTHEST, FARTHEST));
    });
  }
}

/** @param {number} x */
const logistic = (x) => 0.5 + 0.5 * Math.tanh(0.5 * x);
/**
 * @param {number} x
 * @param {number} low
 * @param {number} high
 */
const clamp = (x, low, high) => Math.min(Math.max(x, low), high);
