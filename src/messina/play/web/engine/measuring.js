/* Measuring decoded sounds on the page's thread: what tilt makes a sound as bright as it was asked for.
 * The twin of the Python methods Player._of_brightness and descriptors.brightness_ln. */

import { BATCH, Decoder, Network } from "./decoder.js";
import { FLOOR, FREQUENCIES_LN, POINTS, POINT_FRAMES, POWER_SHARE, ROW, clamp } from "./layout.js";
import { typicalTakes } from "./playing.js";
import { Shape } from "./shaping.js";

const BRIGHTER_LN = 0.7;
const ROUNDS = 4;
const STEEPEST = 1.4; // nepers an octave

/** Frames each point stands for, as np.gradient has it. */
const SPANS = Float64Array.from(POINT_FRAMES, (_, p) => {
  const [low, high] = [Math.max(p - 1, 0), Math.min(p + 1, POINTS - 1)];
  return (POINT_FRAMES[high] - POINT_FRAMES[low]) / (high - low);
});

export class Measuring {
  constructor(kernel) {
    this.kernel = kernel;
    this.decoder = new Decoder(kernel);
    this.points = kernel.allocate(POINTS * ROW);
    this.networks = new WeakMap();
  }


  forget(instrument) {
    this.networks.get(instrument)?.free();
    this.networks.delete(instrument);
  }

  /** The tilt, in nepers an octave, that a label's sounds lack for a brightness. */
  tilt(instrument, packed, label, brightness) {
    if (!this.networks.has(instrument)) {
      this.networks.set(instrument, new Network(this.kernel, packed));
    }
    const network = this.networks.get(instrument);
    const [was, moved] = typicalTakes(instrument, label, brightness).map((take) =>
      this.decode(network, take),
    );
    const wanted = brightnessLn(was) + BRIGHTER_LN * brightness;
    const shape = new Shape();
    const tilted = new Float32Array(moved.length);
    let slope = 0;
    for (let round = 0; round < ROUNDS; round++) {
      tilted.set(moved);
      shape.set(slope, 1);
      for (let p = 0; p < POINTS; p++) shape.applyTo(tilted.subarray(p * ROW, (p + 1) * ROW));
      slope = clamp(slope + 0.5 * (wanted - brightnessLn(tilted)), -STEEPEST, STEEPEST);
    }
    return slope;
  }

  /** All points [POINTS, ROW] of a take. */
  decode(network, take) {
    const { kernel } = this;
    const tuned = kernel.allocate(network.tunedSize);
    this.decoder.tune(network, take, tuned);
    const { points } = network.config;
    for (let first = 0; first < points; first += BATCH) {
      const count = Math.min(BATCH, points - first);
      const indices = Array.from({ length: count }, (_, i) => first + i);
      this.decoder.decode(network, take, tuned, indices, count, this.points);
    }
    kernel.free(tuned, network.tunedSize);
    const rows = kernel.view(this.points, POINTS * ROW).slice();
    for (let p = points; p < POINTS; p++) rows.set(FLOOR, p * ROW);
    return rows;
  }
}

/** ln of the energy-weighted geometric mean frequency in Hz of points [POINTS, ROW]. */
function brightnessLn(points) {
  let energy = 0;
  let weighted = 0;
  for (let p = 0; p < POINTS; p++) {
    for (let i = 0; i < ROW; i++) {
      const part = SPANS[p] * POWER_SHARE[i] * Math.exp(2 * points[p * ROW + i]);
      energy += part;
      weighted += part * FREQUENCIES_LN[i];
    }
  }
  return weighted / Math.max(energy, 1e-12);
}
