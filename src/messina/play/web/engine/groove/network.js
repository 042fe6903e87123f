// @ts-check
/* The recurrent network over events, one step an event, in float64: the twin of the Python modules
 * sequences/network and sequences/form, which say all of the arithmetic. */

/** @import { Heard, Mixture, NetworkSizes, Weights } from "./types.d.ts" */

import { onGrid } from "../rounding.js";
import { EVENTS, METRE, NETWORK } from "./constants.js";

const { TICKS_PER_BEAT } = EVENTS;
const { BARS, BEAT_CYCLES, BAR_CYCLES, LONG_BARS } = METRE;
const { MIXTURES, LEAST_DEVIATIONS, MOST_DEVIATION } = NETWORK;
const TOUCHES = ["velocity", "late", "length"];

export const PHASES = METRE.PHASES;

/**
 * Where in four bars a moment is: rows [PHASES], one a tick; without a grid one row of zeros.
 *
 * @param {number} beatsPerBar
 * @param {boolean} metric
 * @returns {Float64Array[]}
 */
export function phaseTable(beatsPerBar, metric) {
  if (!metric) return [new Float64Array(PHASES)];
  const bar = beatsPerBar * TICKS_PER_BEAT;
  return Array.from({ length: BARS * bar }, (_, tick) => {
    const cycles = [
      ...BEAT_CYCLES.map((n) => (tick * n) / TICKS_PER_BEAT),
      ...BAR_CYCLES.map((n) => (tick * n) / bar),
      ...LONG_BARS.map((n) => tick / (n * bar)),
    ];
    const waves = cycles.flatMap((c) => [Math.sin(2 * Math.PI * c), Math.cos(2 * Math.PI * c)]);
    return Float64Array.from([...waves, 1], onGrid);
  });
}

/** @param {number} x */
const sigmoid = (x) => 1 / (1 + Math.exp(-Math.min(Math.max(x, -60), 60)));

/** @param {ArrayLike<number>[]} parts */
function joined(...parts) {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * The next state of the inputs' and the state's parts [3 hidden] and the state h.
 *
 * @param {Float64Array} inputs
 * @param {Float64Array} states
 * @param {Float64Array} h
 */
function gru(inputs, states, h) {
  const n = h.length;
  return h.map((old, i) => {
    const reset = sigmoid(inputs[i] + states[i]);
    const keep = sigmoid(inputs[n + i] + states[n + i]);
    const next = Math.tanh(inputs[2 * n + i] + reset * states[2 * n + i]);
    return onGrid(next + keep * (old - next));
  });
}

class Network {
  /**
   * @param {NetworkSizes} sizes
   * @param {Weights} arrays
   */
  constructor(sizes, arrays) {
    this.sizes = sizes;
    this.arrays = arrays;
  }

  /**
   * @param {string} name
   * @param {Float64Array} x
   */
  linear(name, x) {
    const weight = this.arrays[`${name}.weight`];
    const bias = this.arrays[`${name}.bias`];
    return Float64Array.from(bias, (first, row) => {
      let sum = 0;
      for (let i = 0, at = row * x.length; i < x.length; i++) sum += weight[at + i] * x[i];
      return sum + first;
    });
  }
}

export class EventNetwork extends Network {
  start() {
    return new Float64Array(this.sizes.hidden);
  }

  /**
   * Row `index` of an embedding.
   *
   * @param {string} name
   * @param {number} index
   */
  row(name, index) {
    const size = name === "contexts" ? this.sizes.context_embedding : this.sizes.embedding;
    return this.arrays[name].subarray(index * size, (index + 1) * size);
  }

  /**
   * Row of a mixture of styles; index -1 is none.
   *
   * @param {[index: number, share: number][]} shares
   */
  style(shares) {
    const out = new Float64Array(this.sizes.embedding);
    for (const [index, share] of shares)
      this.row("styles", index + 1).forEach((x, i) => {
        out[i] += share * x;
      });
    return out;
  }

  /**
   * @param {string} name
   * @param {Float64Array} x
   */
  silu(name, x) {
    return this.linear(name, x).map((sum) => sum * sigmoid(sum));
  }

  /**
   * The state after an event over a context, -1: none.
   *
   * @param {Float64Array} h
   * @param {Heard} event
   */
  advance(h, { voice, step, touch, phase, style, context }) {
    const x = joined(
      this.row("voices", voice),
      this.row("steps", step),
      touch,
      phase,
      style,
      this.row("contexts", context + 1),
    );
    return gru(this.linear("gru.input", x), this.linear("gru.state", h), h);
  }

  /**
   * Scores of all steps, which arrive at phases [steps][PHASES].
   *
   * @param {Float64Array} h
   * @param {Float64Array[]} arrivals
   */
  stepScores(h, arrivals) {
    const wanted = this.linear("arrival", h);
    return this.linear("step", h).map((score, k) =>
      wanted.reduce((sum, w, i) => sum + w * arrivals[k][i], score),
    );
  }

  /**
   * @param {Float64Array} h
   * @param {{ step: number, phase: Float64Array, context: number }} at
   */
  voiceScores(h, { step, phase, context }) {
    const x = joined(h, this.row("steps", step), phase, this.row("contexts", context + 1));
    return this.linear("voice.1", this.silu("voice.0", x));
  }

  /**
   * What velocity, lateness and length are read from.
   *
   * @param {Float64Array} h
   * @param {{ step: number, voice: number, phase: Float64Array, context: number }} at
   */
  touch(h, { step, voice, phase, context }) {
    const place = this.row("contexts", context + 1);
    return this.silu(
      "touch.0",
      joined(h, this.row("steps", step), this.row("voices", voice), phase, place),
    );
  }

  /**
   * Of velocity (0), lateness or length, given those before it.
   *
   * @param {number} which
   * @param {Float64Array} d
   * @param {number[]} known
   * @returns {Mixture}
   */
  mixture(which, d, known) {
    const out = this.linear(TOUCHES[which], joined(d, known));
    const least = LEAST_DEVIATIONS[which];
    const [scores, means, deviations] = [0, 1, 2].map((i) =>
      out.subarray(i * MIXTURES, (i + 1) * MIXTURES),
    );
    return [
      scores,
      means,
      deviations.map((ln) => Math.exp(Math.min(Math.max(ln, least), MOST_DEVIATION))),
    ];
  }
}

/** The slow network over the fast one: which context comes next, and for how many beats. */
export class FormNetwork extends Network {
  start() {
    return new Float64Array(this.sizes.form_hidden);
  }

  /** @param {number} context */
  #context(context) {
    const size = this.sizes.context_embedding;
    return this.arrays["form.contexts"].subarray((context + 1) * size, (context + 2) * size);
  }

  /**
   * The state after a context that lasts a span and began at a phase.
   *
   * @param {Float64Array} h
   * @param {{ context: number, span: number, phase: Float64Array, style: Float64Array }} change
   */
  advance(h, { context, span, phase, style }) {
    const size = this.sizes.embedding;
    const lasts = this.arrays["form.spans"].subarray(span * size, (span + 1) * size);
    const x = joined(this.#context(context), lasts, phase, style);
    return gru(this.linear("form.input", x), this.linear("form.state", h), h);
  }

  /**
   * Scores of none and of all contexts.
   *
   * @param {Float64Array} h
   */
  contextScores(h) {
    return this.linear("form.context", h);
  }

  /**
   * Scores of all spans of a context that begins at a phase.
   *
   * @param {Float64Array} h
   * @param {{ context: number, phase: Float64Array }} at
   */
  spanScores(h, { context, phase }) {
    return this.linear("form.span", joined(h, this.#context(context), phase));
  }
}
