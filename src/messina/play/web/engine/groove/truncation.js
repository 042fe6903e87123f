// @ts-check
/* Drawing from what the network thinks likely, more or less boldly: the twin of the Python module
 * sequences/truncation. */

/** @import { CounterRng } from "../counter-rng.js" */
/** @import { Sampling, Mixture, Numbers } from "./types.d.ts" */

import { TRUNCATION } from "./constants.js";

const { MEMORISED, DENSITY, DOUBT, DENSITY_TICKS, COLDEST, HOTTER, CUT } = TRUNCATION;
const { UNHEARD, UNHEARD_RISES, FARTHEST } = TRUNCATION;

/**
 * What wildness 0 … 2 means for one draw; see the Python module.
 *
 * @param {number} wildness
 * @returns {Sampling}
 */
export function samplingOf(wildness) {
  const over = Math.max(0, wildness - 1);
  return {
    temperature: COLDEST + HOTTER * wildness,
    cut: CUT * (1 - over),
    unheard: wildness <= 1 ? -Infinity : UNHEARD + UNHEARD_RISES * over,
    memorised: MEMORISED * wildness,
  };
}

/**
 * One index by its score; those of -Infinity never.
 *
 * @param {Numbers} scores
 * @param {Sampling} sampling
 * @param {CounterRng} random
 */
export function drawIndex(scores, { temperature, cut }, random) {
  const scaled = Array.from(scores, (score) => score / temperature);
  const top = Math.max(...scaled);
  return random.choice(
    scaled.map((score) => Math.exp(score - top)).map((chance) => (chance < cut ? 0 : chance)),
  );
}

/**
 * A number from a mixture of normals.
 *
 * @param {Mixture} mixture
 * @param {Sampling} sampling
 * @param {CounterRng} random
 */
export function drawMixture([scores, means, deviations], sampling, random) {
  const k = drawIndex(scores, sampling, random);
  const chance = Math.min(Math.max(random.normal(), -FARTHEST), FARTHEST);
  return means[k] + sampling.temperature * deviations[k] * chance;
}

/** @param {number[]} scores */
const logSum = (scores) => {
  const top = Math.max(...scores);
  return top + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - top), 0));
};

/**
 * Scores with short steps the likelier, as likely as before that events sound together.
 *
 * @param {Float64Array} scores
 * @param {number[]} steps
 * @param {number} density
 */
export function tilted(scores, steps, density) {
  if (density === 0) return scores;
  const doubted = 1 - DOUBT * Math.max(density, 0);
  /** @param {number} ticks */
  const tilt = (ticks) => -DENSITY * density * Math.log2((ticks + DENSITY_TICKS) / DENSITY_TICKS);
  const out = scores.map((score, k) => (steps[k] > 0 ? score * doubted + tilt(steps[k]) : score));
  /** @param {Float64Array} all */
  const later = (all) => Array.from(all).filter((_, k) => steps[k] > 0);
  const back = logSum(later(scores)) - logSum(later(out));
  return out.map((score, k) => (steps[k] > 0 ? score + back : score));
}

/**
 * Scores with the barred at -Infinity; where all would be, the longest step.
 *
 * @param {Float64Array} scores
 * @param {boolean[]} barred
 */
export function barredScores(scores, barred) {
  const out = scores.map((score, k) => (barred[k] ? -Infinity : score));
  if (out.some(Number.isFinite)) return out;
  const rest = scores.map((_, k) => (barred[k] ? -Infinity : 0));
  if (!rest.some(Number.isFinite)) rest[rest.length - 1] = 0;
  return rest;
}
