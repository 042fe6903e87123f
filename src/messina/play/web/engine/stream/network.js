/* The fast level, drawn by a recurrent network with a mixture of Gaussians: the twin of the Python module
 * stream/network, which says all of the arithmetic. */

import { onGrid } from "../rounding.js";
import { NETWORK } from "./constants.js";

const { LAYERS, EARLIER, LOG_SPREADS, FARTHEST } = NETWORK;

const logistic = (x) => 0.5 + 0.5 * Math.tanh(0.5 * x);
const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

export class NetworkMotion {
  #state;
  #last;
  #slow = [];

  constructor(model, random, { wildness = 1 } = {}) {
    this.model = model;
    this.random = random;
    this.wildness = wildness;
    const { width } = model.manifest.network;
    this.#state = Array.from({ length: LAYERS }, () => new Float64Array(width));
    this.#last = new Float64Array(model.size);
  }

  /** The fast level [D] of the next patch. */
  step(slow, walk) {
    this.#slow = [...this.#slow.slice(-EARLIER), slow];
    this.#last = this.#drawn(this.#advance(walk.style));
    const scale = this.#weights("fast_scale");
    return this.#last.map((x, d) => x * scale[d]);
  }

  #weights(name) {
    return this.model.arrays[`network.${name}`];
  }

  #linear(weight, bias, x) {
    const w = this.#weights(weight);
    const size = x.length;
    return Float64Array.from(this.#weights(bias), (first, row) => {
      let sum = 0;
      for (let i = 0, at = row * size; i < size; i++) sum += w[at + i] * x[i];
      return sum + first;
    });
  }

  /** The state [width] of the last layer after one more patch. */
  #advance(style) {
    const { width, embedding } = this.model.manifest.network;
    const own = this.#weights("embedding").subarray(style * embedding, (style + 1) * embedding);
    const x = Float64Array.of(...this.#last, ...this.#slow.at(-1), ...this.#slow[0], ...own);
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

  /** One fast level [D], in deviations, from the mixture. */
  #drawn(hidden) {
    const {
      random,
      wildness,
      model: { size },
    } = this;
    const [bias, heat] = [Math.max(0, 1 - wildness), Math.max(1, wildness)];
    const { components } = this.model.manifest.network;
    const out = this.#linear("output.weight", "output.bias", hidden);
    const row = 2 * size + 1;
    const logits = Array.from({ length: components }, (_, k) => (out[k * row] * (1 + bias)) / heat);
    const top = Math.max(...logits);
    const shares = logits.map((x) => Math.exp(x - top));
    const at = random.choice(shares) * row + 1;
    return this.#last.map((_, d) => {
      const spread =
        Math.exp(clamp(out[at + size + d], ...LOG_SPREADS) - bias) * (1 + 0.5 * (heat - 1));
      return onGrid(clamp(out[at + d] + spread * random.normal(), -FARTHEST, FARTHEST));
    });
  }
}
