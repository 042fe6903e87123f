// @ts-check
/* A texture that plays on: slow level, fast level, frames, sound, in portions of a fixed size. The twin of the
 * Python module texture/player: the same seed is the same sound. */

/** @import { Kernel } from "../kernel.js" */
/** @import { TextureModel } from "./model.js" */
/** @import { Fallen, Motion, TextureSettings } from "./types.d.ts" */

import { CounterRng, PURPOSE } from "../counter-rng.js";
import { HOP, ZONES } from "../layout.js";
import { FINE, PLAYER } from "./constants.js";
import { DropPlayer } from "./drops.js";
import { FastWalk, NetworkMotion } from "./fast.js";
import { mixedFine } from "./fine.js";
import { BANDS, FRAME_SIZE, GROUPS, NOISE, OFFSETS, PARTIALS, PATCH, STEREO } from "./layout.js";
import { SlowWalk } from "./slow.js";
import { TextureSynthesiser } from "./synthesis.js";

const { PORTION } = PLAYER; // patches made at a time
const TURN = FINE.FADE_PATCHES / PORTION; // portions after which the noise turns to another fine spectrum
/** Samples in a portion. */
const PORTION_SAMPLES = PORTION * PATCH * HOP;

const [SLOW, FAST, FALLING, PHASES] = [0, 1, 2, 3]; // what the numbers of a way through the corpus are for

/** One way through the corpus: a slow walk, what moves around it, and what falls. */
class Way {
  /**
   * @param {TextureModel} model
   * @param {{ seed: number, index: number, styles: number[], weight: number, wildness: number, pace: number }} settings
   */
  constructor(model, { seed, index, styles, weight, wildness, pace }) {
    /** @param {number} use */
    const stream = (use) => new CounterRng(seed, PURPOSE.TEXTURE, index, use);
    const Moves = model.manifest.fast === "network" ? NetworkMotion : FastWalk;
    this.model = model;
    this.weight = weight;
    this.walk = new SlowWalk(model, stream(SLOW), { styles, wildness, pace });
    /** @type {Motion} */
    this.motion = new Moves(model, stream(FAST), { wildness });
    this.rain = new DropPlayer(model.drops, stream(FALLING), stream(PHASES));
  }

  /**
   * The next latent [D].
   *
   * @param {number} wildness
   * @param {number} pace
   */
  step(wildness, pace) {
    this.walk.wildness = this.motion.wildness = wildness;
    this.walk.pace = pace;
    const slow = this.walk.step();
    const fast = this.motion.step(slow, this.walk);
    return slow.map((x, d) => x + fast[d]);
  }

  /** The fine spectrum of where it is now. */
  get fine() {
    return this.model.fineAt(this.walk.style, Math.trunc(this.walk.place));
  }

  /** Drops of the patch that was drawn last. */
  fallen() {
    const { style, place } = this.walk;
    const bounds = this.model.starts.slice(style, style + 2);
    return this.rain.step(Math.trunc(place), bounds, this.weight);
  }
}

/**
 * wildness 0 … 2, pace (1 as learnt) and levelling 0 … 1 may be changed at any time; `seed` and `mixture`, shares by
 * index of a recording or null for all in turn, are heard after `reset`.
 */
export class TexturePlayer {
  /** @type {Way[]} */
  #ways;
  #synthesiser;
  /** Portions until it turns to another fine spectrum. */
  #turnIn = TURN;
  /** The patch that was begun last, and its gain. @type {{ patch: Float32Array, gain: number } | null} */
  #before = null;
  #late = 0;
  #frame = new Float32Array(FRAME_SIZE);

  /**
   * @param {TextureModel} model
   * @param {Kernel} kernel
   * @param {Partial<TextureSettings>} [settings]
   */
  constructor(
    model,
    kernel,
    { seed = 1, wildness = 1, pace = 1, levelling = 1, mixture = null } = {},
  ) {
    this.model = model;
    this.#synthesiser = new TextureSynthesiser(kernel);
    this.seed = seed;
    this.wildness = wildness;
    this.pace = pace;
    this.levelling = levelling;
    this.mixture = mixture;
    this.reset();
  }

  /** Back to the seed's beginning: the same sound comes again. */
  reset() {
    const { model, seed, wildness, pace } = this;
    this.#ways = waysOf(this.mixture, model).map(
      ([styles, weight], index) => new Way(model, { seed, index, styles, weight, wildness, pace }),
    );
    const key = new CounterRng(seed, PURPOSE.TEXTURE).bits();
    this.#synthesiser.begin({ key, fine: this.#fine });
    this.#turnIn = TURN;
    this.#before = null;
    this.#late = TextureSynthesiser.LATE;
  }

  /**
   * To what the corpus has at 0 … 1 of it; heard within a second or so.
   *
   * @param {number} share
   */
  jump(share) {
    for (const { walk } of this.#ways) walk.jump(share * (this.model.patches - 1));
  }

  /** {style, place}: the recording that is played, and where in the corpus that is, 0 … 1. */
  get where() {
    const [{ walk }] = this.#ways;
    return { style: walk.style, place: walk.place / this.model.patches };
  }

  /** The next latent [D]. */
  latent() {
    const sum = new Float64Array(this.model.size);
    for (const way of this.#ways) {
      way.step(this.wildness, this.pace).forEach((x, d) => {
        sum[d] += way.weight * x;
      });
    }
    const [low, high] = this.model.bounds;
    return sum.map((x, d) => Math.min(Math.max(x, low[d]), high[d]));
  }

  /** The gain of the patch that was drawn last, ln. */
  get #gain() {
    return this.#ways.reduce((sum, way) => sum + way.weight * this.levelling * way.walk.gain, 0);
  }

  /** The fine spectrum of where it is now. */
  get #fine() {
    return mixedFine(
      this.#ways.map((way) => way.fine),
      this.#ways.map((way) => way.weight),
    );
  }

  /** The next samples, [left, right]: PORTION_SAMPLES, a few less the first time. */
  portion() {
    const sides = [new Float32Array(PORTION_SAMPLES), new Float32Array(PORTION_SAMPLES)];
    const drawn = Array.from({ length: PORTION }, () => ({
      latent: this.latent(),
      gain: this.#gain,
      fallen: this.#ways.map((way) => way.fallen()),
    }));
    if (this.#turnIn === 0) {
      this.#synthesiser.turnTo(this.#fine);
      this.#turnIn = TURN;
    }
    this.#turnIn--;
    drawn.forEach(({ latent, gain }, i) => {
      this.#sound(this.model.patch(latent), gain, sides, i * PATCH * HOP);
    });
    this.#ways.forEach((way, k) => {
      const fallen = drawn.flatMap((patch, i) =>
        patch.fallen[k].map(
          /** @returns {Fallen} */
          ([moment, drop]) => [Math.trunc((i + moment) * PATCH * HOP), drop],
        ),
      );
      way.rain.sound(fallen, Math.exp(this.levelling * way.walk.gain), sides);
    });
    const skipped = Math.min(this.#late, PORTION_SAMPLES);
    this.#late -= skipped;
    return sides.map((side) => (skipped > 0 ? side.slice(skipped) : side));
  }

  /**
   * A patch that begins, over the end of the one before, to both sides at `at`.
   *
   * @param {Float32Array} patch
   * @param {number} gain
   * @param {Float32Array[]} sides
   * @param {number} at
   */
  #sound(patch, gain, sides, at) {
    const { patch: before, gain: from } = this.#before ?? { patch, gain };
    const [left, right] = sides;
    for (let i = 0; i < PATCH; i++) {
      const frame = this.model.frame(before, patch, i, this.#frame);
      const level = from + ((gain - from) * (i + 0.5)) / PATCH;
      for (let k = 0; k < BANDS; k++) frame[PARTIALS + k] += level;
      for (let g = 0; g < GROUPS; g++) frame[NOISE + g] += level;
      this.#synthesiser.step(bounded(frame), left, right, at + i * HOP);
    }
    this.#before = { patch, gain };
  }
}

/**
 * [[recordings it may visit, weight]] of every way through the corpus.
 *
 * @param {TextureSettings["mixture"]} mixture
 * @param {TextureModel} model
 * @returns {[styles: number[], weight: number][]}
 */
function waysOf(mixture, { manifest: { recordings } }) {
  if (mixture === null) return [[recordings.map((_, i) => i), 1]];
  const given = Object.entries(mixture)
    .map(
      /** @returns {[number, number]} */
      ([index, weight]) => [Number(index), weight],
    )
    .filter(([index, weight]) => recordings[index] && weight > 0)
    .sort(([a], [b]) => a - b);
  if (given.length === 0) throw new RangeError("a mixture needs a recording with a weight over 0");
  const total = given.reduce((sum, [, weight]) => sum + weight, 0);
  return given.map(([index, weight]) => [[index], weight / total]);
}

/** @param {Float32Array} frame */
function bounded(frame) {
  /**
   * @param {number} from
   * @param {number} count
   * @param {number} low
   * @param {number} high
   */
  const hold = (from, count, low, high) => {
    for (let i = from; i < from + count; i++) frame[i] = Math.min(Math.max(frame[i], low), high);
  };
  hold(OFFSETS, BANDS, -0.5, 0.5);
  hold(STEREO, 2 * ZONES, -2, 2);
  hold(PARTIALS, BANDS, -Infinity, 0);
  hold(NOISE, GROUPS, -Infinity, 0);
  return frame;
}
