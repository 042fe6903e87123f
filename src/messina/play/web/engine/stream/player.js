/* A texture that plays on: slow level, fast level, frames, sound, in portions of a fixed size. The twin of the
 * Python module stream/player: the same seed is the same sound. */

import { GROUPS, HOP, ZONES } from "../layout.js";
import { CounterRng, PURPOSE } from "../random.js";
import { DropPlayer } from "./drops.js";
import { FastWalk } from "./fast.js";
import {
  BANDS,
  FRAME_SIZE,
  NOISE,
  OFFSETS,
  PARTIALS,
  PATCH,
  PATCHES_PER_S,
  STEREO,
} from "./layout.js";
import { NetworkMotion } from "./network.js";
import { SlowWalk } from "./slow.js";
import { StreamSynthesiser } from "./synthesis.js";

/** Patches made at a time: 0.19 s. */
const PORTION = 8;
/** Samples in a portion. */
export const PORTION_SAMPLES = PORTION * PATCH * HOP;

const CEILING = 0.8;
const CHANGE_S = 1;
const [SLOW, FAST, FALLING, PHASES] = [0, 1, 2, 3]; // what the numbers of a way through the corpus are for

/** wildness 0 … 2 may be changed at any time; `seed` is heard after `reset`. */
export class StreamPlayer {
  #walk;
  #motion;
  #rain;
  #synthesiser;
  #evenness;
  #before; // the patch that was begun last, and its gain
  #gainBefore;
  #late;
  #frame = new Float32Array(FRAME_SIZE);

  constructor(model, kernel, { seed = 1, wildness = 1, pace = 1 } = {}) {
    this.model = model;
    this.#synthesiser = new StreamSynthesiser(kernel);
    this.wildness = wildness;
    this.pace = pace;
    this.seed = seed;
    this.reset();
  }

  /** Back to the seed's beginning: the same sound comes again. */
  reset() {
    const { model, wildness } = this;
    const { fast } = model.manifest;
    const key = new CounterRng(this.seed, PURPOSE.TEXTURE).bits();
    const stream = (use) => new CounterRng(this.seed, PURPOSE.TEXTURE, 0, use);
    this.#walk = new SlowWalk(model, stream(SLOW), { wildness, pace: this.pace });
    const Motion = fast === "network" ? NetworkMotion : FastWalk;
    this.#motion = new Motion(model, stream(FAST), { wildness });
    this.#rain = new DropPlayer(model.drops, stream(FALLING), stream(PHASES));
    this.#synthesiser.begin({ key });
    this.#evenness = Float32Array.from(model.evenness(this.#walk.style));
    this.#before = this.#gainBefore = null;
    this.#late = StreamSynthesiser.LATE;
  }

  /** To what the corpus has at 0 … 1 of it; heard within a second or so. */
  jump(share) {
    this.#walk.jump(share * (this.model.patches - 1));
  }

  /** {style, place}: the recording that is played, and where in the corpus that is, 0 … 1. */
  get where() {
    return { style: this.#walk.style, place: this.#walk.place / this.model.patches };
  }

  /** The next latent [D]. */
  latent() {
    this.#walk.wildness = this.#motion.wildness = this.wildness;
    const slow = this.#walk.step();
    const fast = this.#motion.step(slow, this.#walk);
    const [low, high] = this.model.bounds;
    return slow.map((x, d) => Math.min(Math.max(x + fast[d], low[d]), high[d]));
  }

  /** The next samples, [left, right]: PORTION_SAMPLES, a few less the first time. */
  portion() {
    const sides = [new Float32Array(PORTION_SAMPLES), new Float32Array(PORTION_SAMPLES)];
    const drawn = Array.from({ length: PORTION }, () => ({
      latent: this.latent(),
      gain: this.#walk.gain,
      fallen: this.#fallen(),
    }));
    this.#changeTexture();
    drawn.forEach(({ latent, gain }, i) => {
      this.#sound(this.model.patch(latent), gain, sides, i * PATCH * HOP);
    });
    const fallen = drawn.flatMap((patch, i) =>
      patch.fallen.map(([moment, drop]) => [Math.trunc((i + moment) * PATCH * HOP), drop]),
    );
    this.#rain.sound(fallen, Math.exp(this.#walk.gain), sides);
    const skipped = Math.min(this.#late, PORTION_SAMPLES);
    this.#late -= skipped;
    return sides.map((side) => bent(skipped > 0 ? side.slice(skipped) : side));
  }

  /** Drops of the patch that was drawn last. */
  #fallen() {
    const { style, place } = this.#walk;
    return this.#rain.step(Math.trunc(place), this.model.starts.slice(style, style + 2));
  }

  /** A patch that begins, over the end of the one before, to both sides at `at`. */
  #sound(patch, gain, sides, at) {
    const [before, from] = [this.#before ?? patch, this.#gainBefore ?? gain];
    for (let i = 0; i < PATCH; i++) {
      const frame = this.model.frame(before, patch, i, this.#frame);
      const level = from + ((gain - from) * (i + 0.5)) / PATCH;
      for (let k = 0; k < BANDS; k++) frame[PARTIALS + k] += level;
      for (let g = 0; g < GROUPS; g++) frame[NOISE + g] += level;
      this.#synthesiser.step(bounded(frame), this.#evenness, ...sides, at + i * HOP);
    }
    [this.#before, this.#gainBefore] = [patch, gain];
  }

  #changeTexture() {
    const share = 1 - Math.exp(-PORTION / (PATCHES_PER_S * CHANGE_S));
    const aim = this.model.evenness(this.#walk.style);
    for (let g = 0; g < GROUPS; g++) this.#evenness[g] += share * (aim[g] - this.#evenness[g]);
  }
}

function bounded(frame) {
  const hold = (from, count, low, high) => {
    for (let i = from; i < from + count; i++) frame[i] = Math.min(Math.max(frame[i], low), high);
  };
  hold(OFFSETS, BANDS, -0.5, 0.5);
  hold(STEREO, 2 * ZONES, -2, 2);
  hold(PARTIALS, BANDS, -Infinity, 0);
  hold(NOISE, GROUPS, -Infinity, 0);
  return frame;
}

/** Under the ceiling as it is, above it bent towards full scale; in place. */
function bent(side) {
  const room = 1 - CEILING;
  for (let n = 0; n < side.length; n++) {
    const over = Math.abs(side[n]) - CEILING;
    if (over > 0) side[n] = Math.sign(side[n]) * (CEILING + room * Math.tanh(over / room));
  }
  return side;
}
