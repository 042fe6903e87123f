// @ts-check
/* Seek points in the corpus: bar lines from which one can go on as the corpus did. The twin of the Python module
 * sequences/places. */

/** @import { CounterRng } from "../counter-rng.js" */
/** @import { EventModel } from "./model.js" */
/** @import { Metre, Phrase, Place, Memory, Span } from "./types.d.ts" */

import { EVENTS, PLACES } from "./constants.js";
import { barTicks, NO_CONTEXT } from "./model.js";
import { phaseTable } from "./network.js";

const { RECALLED } = PLACES; // events that are read again to know how to go on
const { TICKS_PER_BEAT } = EVENTS;
const OTHER_METRE = 1e3; // farther than any tempo

export class SeekPoints {
  #model;

  /** @param {EventModel} model */
  constructor(model) {
    const { styles } = model.manifest;
    this.#model = model;
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

  /**
   * A place of the same style where a context is, looked for so many times; else any.
   *
   * @param {number} context
   * @param {Place} place
   * @param {CounterRng} random
   * @param {number} tries
   */
  over(context, place, random, tries) {
    const style = this.#model.manifest.styles[place.style];
    const { beats } = this.#model.passages[place.style];
    let found = place;
    for (let i = 0; i < tries; i++) {
      const beat = Math.floor((found.bar * barTicks(style) - style.first_tick) / TICKS_PER_BEAT);
      if (beats[beat] === context) break;
      found = this.drawIn(place.style, random);
    }
    return found;
  }

  /** @param {CounterRng} random */
  draw(random) {
    return this.at(random.uniform());
  }

  /**
   * The style that is nearest to a phrase in metre and tempo.
   *
   * @param {Phrase} phrase
   */
  likely({ metric, beats_per_bar: beats, tempo_bpm: tempo }) {
    const { styles } = this.#model.manifest;
    const alike = this.styles.filter((i) => styles[i].metric === metric);
    /** @param {number} i */
    const away = (i) =>
      (styles[i].beats_per_bar === beats ? 0 : OTHER_METRE) +
      Math.abs(Math.log(styles[i].tempo_bpm / tempo));
    return (alike.length > 0 ? alike : this.styles).reduce((a, b) => (away(b) < away(a) ? b : a));
  }
}

/**
 * State of the network at a seek point, in style `row`: the state, and the last event, which it has not heard.
 *
 * @param {EventModel} model
 * @param {Place} place
 * @param {Float64Array} row
 * @returns {Memory}
 */
export function stateAt(model, { style: index, bar }, row) {
  const style = model.manifest.styles[index];
  const line = bar * barTicks(style);
  const { ticks, voices, touches } = model.passages[index];
  const count = ticks.length;
  const found = ticks.findIndex((tick) => tick + style.first_tick >= line);
  const end = found < 0 ? count : found;
  /** @param {number} i  of an event, counted from the first, round and round */
  const eventAt = (i) => {
    const lap = Math.floor(i / count);
    const own = i - lap * count;
    return {
      position: ticks[own] + lap * style.ticks + style.first_tick,
      voice: voices[own],
      touch: touches.subarray(3 * own, 3 * own + 3),
      context: model.contextAt(index, ticks[own]),
    };
  };
  const events = Array.from({ length: RECALLED + 1 }, (_, k) => eventAt(end - RECALLED - 1 + k));
  return stateAfter(model, events, { until: line, row, metre: style });
}

/**
 * State of the network at the end of a phrase, in style `row`.
 *
 * @param {EventModel} model
 * @param {Phrase} phrase
 * @param {Float64Array} row
 * @returns {Memory}
 */
export function stateAfterPhrase(model, phrase, row) {
  const { context, first_tick: first } = phrase;
  const events = phrase.events.map(({ tick, voice, velocity, late, length }) => ({
    position: tick + first,
    voice,
    touch: Float32Array.of(velocity, late, length), // as files have them
    context: context[Math.floor(tick / TICKS_PER_BEAT)] ?? NO_CONTEXT,
  }));
  const lead = { ...events[0], position: events[0].position - 1 };
  return stateAfter(model, [lead, ...events], { until: phrase.ticks + first, row, metre: phrase });
}

/**
 * State of the network after events up to a position; the first only tells how long before the second it was.
 *
 * @param {EventModel} model
 * @param {{ position: number, voice: number, touch: Float32Array, context: number }[]} events
 * @param {{ until: number, row: Float64Array, metre: Metre }} options
 * @returns {Memory}
 */
function stateAfter(model, events, { until, row, metre }) {
  const table = phaseTable(metre.beats_per_bar, metre.metric);
  const heard = events.slice(1).map(({ position, voice, touch, context }, i) => ({
    voice,
    step: model.nearestStep(position - events[i].position),
    touch: model.touchOf(touch),
    context,
    phase: table[((position % table.length) + table.length) % table.length],
    style: row,
  }));
  const last = heard.length - 1;
  let h = model.network.start();
  for (const event of heard.slice(0, last)) h = model.network.advance(h, event);
  return { h, ...heard[last], since: until - events[last + 1].position, position: until };
}

/** What has been played for less than its share of the time is the likelier; nothing follows itself. */
export class StyleScheduler {
  #places;
  #played;

  /** @param {SeekPoints} places */
  constructor(places) {
    this.#places = places;
    this.#played = new Float64Array(places.styles.length);
  }

  /**
   * @param {number} style
   * @param {number} seconds
   */
  played(style, seconds) {
    this.#played[this.#places.styles.indexOf(style)] += seconds;
  }

  /**
   * @param {CounterRng} random
   * @param {number} after  the style that is played
   */
  draw(random, after) {
    const { shares, styles } = this.#places;
    const all = this.#played.reduce((a, b) => a + b, 0);
    const others = styles.map((style) => (style === after && styles.length > 1 ? 0 : 1));
    let chances = shares.map((share, k) => others[k] * Math.max(0, share * all - this.#played[k]));
    if (chances.every((chance) => chance <= 0))
      chances = shares.map((share, k) => share * others[k]);
    return this.#places.drawIn(styles[random.choice(chances)], random);
  }
}
