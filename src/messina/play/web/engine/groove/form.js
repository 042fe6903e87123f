// @ts-check
/* The form of a score: contexts, chords say, and how long each lasts. The twin of the Python module
 * sequences/form, and of what of sequences/places is about it. */

/** @import { EventModel } from "./model.js" */
/** @import { FormNetwork, FormSettings, Metre, Place, FormMemory } from "./types.d.ts" */

import { EVENTS, PLACES } from "./constants.js";
import { barTicks, NO_CONTEXT } from "./model.js";
import { phaseTable } from "./network.js";
import { drawIndex } from "./truncation.js";

const { RECALLED_CHANGES } = PLACES;
const { TICKS_PER_BEAT } = EVENTS;

/** @typedef {{ beat: number, context: number, lasts: number }} Change */

/**
 * Every change in contexts, one a beat; lapped: they go round.
 *
 * @param {number[]} contexts
 * @param {boolean} lapped
 * @returns {Change[]}
 */
function changesOf(contexts, lapped) {
  /** @type {Change[]} */
  const changes = [];
  contexts.forEach((context, beat) => {
    const before = changes.at(-1);
    if (before?.context === context) before.lasts += 1;
    else changes.push({ beat, context, lasts: 1 });
  });
  const [first, last] = [changes[0], changes[changes.length - 1]];
  if (!lapped || changes.length < 2 || first.context !== last.context) return changes;
  return [...changes.slice(1, -1), { ...last, lasts: last.lasts + first.lasts }];
}

/**
 * The form at a place, heard as style `row`; null where there is none.
 *
 * @param {EventModel} model
 * @param {Place} place
 * @param {Float64Array} row
 * @returns {FormMemory | null}
 */
export function formStateAt(model, { style: index, bar }, row) {
  const style = model.manifest.styles[index];
  const { beats } = model.passages[index];
  if (beats.every((context) => context === NO_CONTEXT)) return null;
  const beat = Math.max(0, (bar * barTicks(style) - style.first_tick) / TICKS_PER_BEAT);
  const whole = barTicks(style);
  const lapped = style.ticks % whole === 0 || whole % style.ticks === 0;
  return formStateAfter(model, Array.from(beats), { metre: style, beat, row, lapped });
}

/**
 * The form of contexts, one a beat, at a beat; lapped: they go round. null where the model has none.
 *
 * @param {EventModel} model
 * @param {number[]} contexts
 * @param {{ metre: Metre, beat: number, row: Float64Array, lapped: boolean }} options
 * @returns {FormMemory | null}
 */
export function formStateAfter(model, contexts, { metre, beat, row, lapped }) {
  const { form } = model;
  if (!form || contexts.length === 0) return null;
  const table = phaseTable(metre.beats_per_bar, metre.metric);
  const changes = changesOf(contexts, lapped);
  const now = changes.findLastIndex((change) => change.beat <= beat);
  const first = now - RECALLED_CHANGES;
  let h = form.start();
  for (let i = lapped ? first : Math.max(0, first); i < now; i++) {
    const { beat: began, context, lasts } = lappedChange(changes, i, contexts.length);
    const tick = began * TICKS_PER_BEAT + metre.first_tick;
    const phase = table[((tick % table.length) + table.length) % table.length];
    h = form.advance(h, { context, span: model.nearestSpan(lasts), phase, style: row });
  }
  const { beat: began, context, lasts } = lappedChange(changes, now, contexts.length);
  return {
    h,
    context,
    span: model.nearestSpan(lasts),
    since: beat - began,
    left: began + lasts - beat,
  };
}

/**
 * A change by its number, round and round.
 *
 * @param {Change[]} changes
 * @param {number} index
 * @param {number} beats
 */
function lappedChange(changes, index, beats) {
  const lap = Math.floor(index / changes.length);
  const change = changes[index - lap * changes.length];
  return { ...change, beat: change.beat + lap * beats };
}

/** What context a tick has, drawn ahead as far as it is asked. */
export class FormPlayer {
  context = NO_CONTEXT;
  span = 0;
  began = 0;
  until = 0;

  /**
   * @param {EventModel} model
   * @param {FormNetwork} form
   */
  constructor(model, form) {
    this.model = model;
    this.form = form;
    this.h = form.start();
  }

  /**
   * In the middle of a context, which the state has not heard, that lasts from a tick until another.
   *
   * @param {{ h: Float64Array, context: number, span: number }} middle
   * @param {number} began
   * @param {number} until
   */
  begin({ h, context, span }, began, until) {
    Object.assign(this, { h, context, span, began, until });
  }

  /**
   * The context at a tick, which may not lie before the last one asked for.
   *
   * @param {number} tick
   * @param {FormSettings} settings
   */
  at(tick, { phaseAt, style, ticksPerBeat, sampling, random }) {
    const { form } = this;
    const { spans } = this.model;
    while (tick >= this.until) {
      const { context, span } = this;
      this.h = form.advance(this.h, { context, span, phase: phaseAt(this.began), style });
      this.began = this.until;
      this.context = drawIndex(form.contextScores(this.h), sampling, random) - 1;
      const scores = form.spanScores(this.h, { context: this.context, phase: phaseAt(this.began) });
      this.span = drawIndex(scores, sampling, random);
      this.until += spans[this.span] * ticksPerBeat;
    }
    return this.context;
  }
}
