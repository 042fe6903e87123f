// @ts-check
/* The fast level, drawn by a recurrent network with a mixture of Gaussians: the twin of the Python module
 * texture/fast, which says all of the arithmetic. */

/** @import { CounterRng } from "../counter-rng.js" */
/** @import { TextureModel } from "./model.js" */
/** @import { Numbers, Walking } from "./types.d.ts" */

import { onGrid } from "../rounding.js";
import { NETWORK } from "./constants.js";

const { LAYERS, EARLIER, LOG_SPREADS, FARTHEST } = NETWORK;

/** @param {number} x */
const logistic = (x) => 0.5 + 0.5 * Math.tanh(0.5 * x);
/**
 * @param {number} x
 * @param {number} low
 * @param {number} high
 */
const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

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
