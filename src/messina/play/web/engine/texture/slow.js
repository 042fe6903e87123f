// @ts-check
/* The slow level: how a texture evolves over seconds. The twin of the Python module texture/slow, which says why. */

/** @import { CounterRng } from "../counter-rng.js" */
/** @import { TextureModel } from "./model.js" */

import { onFineGrid } from "../rounding.js";
import { SLOW } from "./constants.js";
import { PATCHES_PER_S } from "./layout.js";
import { quantile } from "./model.js";

const {
  PIECE_S,
  SHORTEST_PIECE_S,
  FADE_S,
  FADE_SHARE,
  CHANGE_S,
  STAY_S,
  SHARE,
  FEWEST,
  SLOPE_PATCHES,
  COOL,
  LANDING,
  UNTOUCHED,
  GOLDEN,
  COOLING,
  MOST_CANDIDATES,
} = SLOW;

/**
 * @param {number} x
 * @param {number} low
 * @param {number} high
 */
const clamp = (x, low, high) => Math.min(Math.max(x, low), high);
/**
 * @param {number} from
 * @param {number} to
 */
const range = (from, to) => Int32Array.from({ length: to - from }, (_, i) => from + i);

/** A walk over the slow level of a model's recordings; `wildness` may be changed at any time. */
export class SlowWalk {
  #heat;
  /** Recordings that are still to come. @type {number[]} */
  #bag = [];
  #rest;
  #gainRest = 0;
  #left = 0;
  #stay = 0;
  #changed = false;
  /** How often it went elsewhere. */
  moves = 0;
  /** Patch that is played, with a fraction. @type {number} */
  place;
  /** Recording that it lies in. @type {number} */
  style;

  /**
   * styles: the recordings it may visit. pace: how fast it goes, 1 as learnt.
   *
   * @param {TextureModel} model
   * @param {CounterRng} random
   * @param {{ styles?: number[] | null, wildness?: number, pace?: number }} [settings]
   */
  constructor(model, random, { styles = null, wildness = 1, pace = 1 } = {}) {
    this.model = model;
    this.styles = styles ?? model.manifest.recordings.map((_, i) => i);
    this.pace = pace;
    this.random = random;
    this.wildness = wildness;
    this.style = -1;
    this.#heat = firstHeat(model.patches, random.uniform());
    this.style = this.#nextStyle();
    const [start, end] = this.#bounds();
    this.#enter(start + random.uniform(0, Math.max(1, 0.8 * (end - start))));
    this.#rest = new Float64Array(model.size);
    this.#stay = this.#staying();
  }

  #bounds() {
    return [this.model.starts[this.style], this.model.starts[this.style + 1]];
  }

  #nextStyle() {
    if (this.#bag.length === 0) {
      const { length } = this.styles;
      this.#bag = this.random.sample(length, length).map((i) => this.styles[i]);
      if (this.#bag.length > 1 && this.#bag.at(-1) === this.style) this.#bag.reverse();
    }
    return this.#bag.pop() ?? this.styles[0];
  }

  /** Patches until another recording's turn. */
  #staying() {
    const [start, end] = this.#bounds();
    return clamp((end - start) / PATCHES_PER_S, STAY_S[0], STAY_S[1]) * PATCHES_PER_S;
  }

  /** @param {number} place */
  #enter(place) {
    this.place = Math.floor(place);
    this.moves += 1;
    this.#changed = false;
    const length =
      onFineGrid(this.random.exponential(PIECE_S - SHORTEST_PIECE_S)) / (0.5 + this.wildness / 2);
    this.#left = (length + SHORTEST_PIECE_S) * PATCHES_PER_S;
  }

  /** The slow level now [D]. */
  value() {
    const rest = this.#rest;
    return this.#at(this.place).map((x, d) => x + rest[d]);
  }

  /** What levels the recording where it is now, ln; of two while one becomes the other. */
  get gain() {
    return this.model.gains[this.style] + this.#gainRest;
  }

  /** @param {number} place */
  #at(place) {
    const { model } = this;
    const first = Math.floor(place);
    const next = model.row(model.slow, Math.min(first + 1, model.starts[this.style + 1] - 1));
    const share = place - first;
    return model.row(model.slow, first).map((x, d) => (1 - share) * x + share * next[d]);
  }

  /** @param {Float64Array} now */
  #leave(now) {
    const here = this.#at(this.place);
    this.#rest = now.map((x, d) => x - here[d]);
  }

  /**
   * Goes to this patch, whichever recording it lies in; what is between fades.
   *
   * @param {number} place
   */
  jump(place) {
    const [now, gain] = [this.value(), this.gain];
    const held = clamp(place, 0, this.model.patches - 1);
    const before = this.style;
    this.style = this.model.starts.findLastIndex((start) => start <= Math.floor(held));
    this.#enter(held);
    this.#changed = this.style !== before;
    this.#stay = this.#staying();
    this.#leave(now);
    this.#gainRest = gain - this.model.gains[this.style];
  }

  /**
   * Starts at this patch, with nothing to fade.
   *
   * @param {number} place
   */
  beginAt(place) {
    this.jump(place);
    this.#rest.fill(0);
    this.#gainRest = 0;
  }

  /** The slow level [D] of the next patch. */
  step() {
    const [before, gain] = [this.value(), this.gain];
    const [, last] = this.#bounds();
    this.#stay -= this.pace;
    this.#left -= this.pace;
    if (this.#stay <= 0 && this.styles.length > 1) {
      this.style = this.#nextStyle();
      this.#move(before, new Float64Array(this.model.size));
      this.#gainRest = gain - this.model.gains[this.style];
      this.#stay = this.#staying();
      this.#changed = true;
    } else if (this.#left <= 0 || this.place + this.pace > last - 1) {
      this.#move(before, this.#slope(this.place));
    } else {
      this.place += this.pace;
    }
    const [start, end] = this.#bounds();
    const cooling = onFineGrid(COOLING ** (1 / (end - start)));
    for (let i = start; i < end; i++) this.#heat[i] *= cooling;
    this.#heat[Math.floor(this.place)] += 1;
    const own = Math.min(FADE_S * PATCHES_PER_S, FADE_SHARE * (end - start));
    const fade = this.#changed ? Math.max(own, CHANGE_S * PATCHES_PER_S) : own;
    const kept = onFineGrid(Math.exp(-this.pace / fade));
    this.#rest = this.#rest.map((x) => x * kept);
    this.#gainRest *= kept;
    return this.value();
  }

  /** @param {number} place */
  #slope(place) {
    const { model } = this;
    const [start, end] = this.#bounds();
    const a = Math.max(Math.floor(place) - SLOPE_PATCHES, start);
    const b = Math.min(Math.floor(place) + 1, end - 1);
    const from = model.row(model.slow, a);
    return model.row(model.slow, b).map((x, d) => (x - from[d]) / Math.max(b - a, 1));
  }

  /**
   * @param {Float64Array} now
   * @param {Float64Array} slope
   */
  #move(now, slope) {
    const [start, end] = this.#bounds();
    const length = end - start;
    const shortest = Math.min(SHORTEST_PIECE_S * PATCHES_PER_S, 0.25 * length);
    const allowed = range(start, Math.max(start + 1, Math.trunc(end - shortest)));
    const far = Math.min(PATCHES_PER_S, 0.2 * length);
    const away = allowed.filter((patch) => Math.abs(patch - this.place) > far);
    this.#enter(this.#nearest(now, slope, away.length > 0 ? away : allowed));
    this.#leave(now);
  }

  /**
   * One of the places most like this slow level and its slope.
   *
   * @param {Float64Array} now
   * @param {Float64Array} slope
   * @param {Int32Array} all
   */
  #nearest(now, slope, all) {
    const { model, random } = this;
    const given =
      all.length > MOST_CANDIDATES
        ? random.sample(MOST_CANDIDATES, all.length).map((i) => all[i])
        : Array.from(all);
    const visits = this.#visits(given);
    const cool = quantile(Float64Array.from(visits).sort(), COOL);
    const allowed = given.filter((_, i) => visits[i] <= cool);
    const far = allowed.map((patch) => {
      const here = model.row(model.slow, patch);
      const ahead = model.row(model.slow, Math.min(patch + SLOPE_PATCHES, model.patches - 1));
      let sum = 0;
      for (let d = 0; d < model.size; d++) {
        const away = here[d] - now[d];
        const turned = ahead[d] - here[d] - slope[d] * SLOPE_PATCHES;
        sum += model.metric[d] * (away * away + turned * turned);
      }
      return sum;
    });
    const nearest = nearestOf(far, { share: SHARE, fewest: FEWEST, wildness: this.wildness });
    return allowed[random.pick(nearest)];
  }

  /**
   * How often these places, and what comes after them, were visited.
   *
   * @param {number[]} places
   */
  #visits(places) {
    const sums = new Float64Array(this.#heat.length + 1);
    this.#heat.forEach((heat, i) => {
      sums[i + 1] = sums[i] + heat;
    });
    return places.map((patch) => {
      const after = Math.min(patch + LANDING, this.#heat.length);
      return (sums[after] - sums[patch]) / (after - patch);
    });
  }
}

/**
 * Indices of the nearest of some: of a share of them, the larger the wilder, but of `fewest` at least.
 *
 * @param {number[]} far
 * @param {{ share: number, fewest: number, wildness: number }} among
 */
export function nearestOf(far, { share, fewest, wildness }) {
  const count = Math.max(fewest, Math.trunc(share * (0.25 + 0.75 * wildness) * far.length));
  const order = far.map((_, i) => i).sort((a, b) => far[a] - far[b]);
  return order.slice(0, count);
}

/**
 * Visits [patches] before there were any: without them all quiet places would come first.
 *
 * @param {number} patches
 * @param {number} shift
 */
function firstHeat(patches, shift) {
  return Float64Array.from(
    { length: patches },
    (_, i) => UNTOUCHED * ((Math.floor(i / LANDING) * GOLDEN + shift) % 1),
  );
}
