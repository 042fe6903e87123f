// @ts-check
/* Places in the corpus: bar lines from which one can go on as the corpus did. The twin of the Python module
 * sequences/places. */

/** @import { CounterRng } from "../random.js" */
/** @import { EventModel } from "./model.js" */
/** @import { Heard, Place, Recalled, Span } from "./types.d.ts" */

import { PLACES } from "./constants.js";
import { barTicks } from "./model.js";
import { phaseTable } from "./network.js";

const { RECALLED } = PLACES; // events that are heard again to know how to go on

export class Places {
  /** @param {EventModel} model */
  constructor({ manifest: { styles } }) {
    this.styles = styles.flatMap((style, i) => (style.events > 0 ? [i] : []));
    this.bars = this.styles.map((i) => Math.ceil(styles[i].ticks / barTicks(styles[i])));
    const lengths = this.styles.map((i) => styles[i].ticks / styles[i].tempo_bpm);
    const whole = lengths.reduce((a, b) => a + b, 0);
    /** Of the time of the corpus, for each of `styles`. */
    this.shares = lengths.map((length) => length / whole);
    let end = 0;
    /** Of each style where it lies in the corpus. @type {Span[]} */
    this.spans = this.shares.map((share, k) => ({
      style: this.styles[k],
      from: end,
      to: (end += share),
    }));
  }

  /**
   * At 0 … 1 of the corpus.
   *
   * @param {number} share
   * @returns {Place}
   */
  at(share) {
    const found = this.spans.findIndex(({ to }) => to > share);
    const k = found < 0 ? this.spans.length - 1 : found;
    const { style, from, to } = this.spans[k];
    const bar = Math.floor(((share - from) / (to - from)) * this.bars[k]);
    return { style, bar: Math.min(Math.max(bar, 0), this.bars[k] - 1) };
  }

  /**
   * Any place of one style.
   *
   * @param {number} style
   * @param {CounterRng} random
   * @returns {Place}
   */
  drawIn(style, random) {
    const bars = this.bars[this.styles.indexOf(style)];
    return { style, bar: random.below(bars) };
  }

  /** @param {CounterRng} random */
  draw(random) {
    return this.at(random.uniform());
  }
}

/**
 * What is known at a place, heard as style `row`: the state, and the last event, which it has not heard.
 *
 * @param {EventModel} model
 * @param {Place} place
 * @param {Float64Array} row
 * @returns {Recalled}
 */
export function recall(model, { style: index, bar }, row) {
  const style = model.manifest.styles[index];
  const line = bar * barTicks(style);
  const { ticks, voices, touches } = model.passages[index];
  const count = ticks.length;
  const found = ticks.findIndex((tick) => tick + style.first_tick >= line);
  const end = found < 0 ? count : found;
  const table = phaseTable(style.beats_per_bar, style.metric);
  /** @param {number} i  of an event, counted from the first, round and round */
  const positionOf = (i) => {
    const lap = Math.floor(i / count);
    return ticks[i - lap * count] + lap * style.ticks + style.first_tick;
  };
  /**
   * @param {number} i
   * @returns {Heard}
   */
  const heard = (i) => {
    const own = i - Math.floor(i / count) * count;
    const position = positionOf(i);
    return {
      voice: voices[own],
      step: model.nearestStep(position - positionOf(i - 1)),
      touch: model.touchOf(touches.subarray(3 * own, 3 * own + 3)),
      context: model.contextAt(index, ticks[own]),
      phase: table[((position % table.length) + table.length) % table.length],
      style: row,
    };
  };
  let h = model.network.start();
  for (let i = end - RECALLED; i < end - 1; i++) h = model.network.advance(h, heard(i));
  return { h, ...heard(end - 1), since: line - positionOf(end - 1), position: line };
}
