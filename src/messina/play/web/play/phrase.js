// @ts-check
// What was heard in a take, to be played again as it was, or set as steps.

/** @import { App } from "../app.js" */

import { Clock } from "./clock.js";
import { TEMPO } from "./kept.js";
import { MOST_STEPS, STEPS, STEPS_A_BEAT, setStep } from "./patterns.js";

/**
 * A stroke or note of a take. beat: where its grid has it, from a bar line; null: it has none.
 *
 * @typedef {{
 *   time_s: number, kind: string, label: string, note: number | null, velocity: number, beat: number | null,
 *   length_s: number | null,
 * }} Performed
 */
/** @typedef {{ kind: string, role: string, label: string, strokes: number }} Cast what plays a kind */
/**
 * @typedef {{
 *   tempo_bpm: number | null, tune: boolean, sentences: string[], cast: Cast[], events: Performed[],
 * }} Heard
 */

const PAUSE_S = 0.6;

/**
 * Plays a phrase from its beginning to its end.
 *
 * @extends {Clock<App, number>}
 */
export class Phrase extends Clock {
  #next = 0;
  #begins = 0;

  /**
   * @param {App} app
   * @param {Heard} heard
   */
  constructor(app, heard) {
    super(app);
    this.heard = heard;
    this.casts = new Map(heard.cast.map(({ kind, label }) => [kind, label]));
    this.events = [...heard.events].sort((a, b) => a.time_s - b.time_s);
    this.startS = this.events[0]?.time_s ?? 0;
  }

  /**
   * What plays a stroke or note now; "": nothing does.
   *
   * @param {Performed} event
   */
  labelOf({ kind, label }) {
    return this.casts.get(kind) ?? label;
  }

  begin() {
    this.#next = 0;
  }

  again() {
    super.again();
    this.#begins = this.at;
  }

  /** @param {number} seconds */
  delay(seconds) {
    super.delay(seconds);
    this.#begins += seconds;
  }

  /** @param {number} until */
  schedule(until) {
    const { app, events } = this;
    for (; this.#next < events.length; this.#next++) {
      const event = events[this.#next];
      this.at = this.#begins + event.time_s - this.startS;
      if (this.at >= until) return;
      const label = this.labelOf(event);
      if (!label) continue;
      const time = Math.max(this.at, app.audio.currentTime);
      const { velocity, note, length_s: length } = event;
      const pitched = note !== null;
      const asked = { velocity, time, sustained: pitched, ...(pitched && { note }) };
      const hit = app.performer.play(label, asked);
      if (pitched && length !== null) app.performer.end(hit, { time: time + length });
    }
    const last = events[events.length - 1];
    this.at = this.#begins + (last?.time_s ?? 0) + (last?.length_s ?? 0) - this.startS + PAUSE_S;
    if (this.at < app.audio.currentTime) this.stop();
  }
}

/**
 * The phrase as steps of the pattern that is shown, at its own tempo if it keeps one; strokes on the first pad of their
 * label, notes on pads that take their pitch. Throws Error where nothing of it can be.
 *
 * @param {App} app
 * @param {Phrase} phrase
 * @returns {string} what was done, in words
 */
export function setSteps({ session }, phrase) {
  const { heard, events, startS } = phrase;
  const tempo = Math.round(
    Math.max(TEMPO.least, Math.min(TEMPO.most, heard.tempo_bpm ?? session.state.tempo)),
  );
  /** @param {Performed} event */
  const stepOf = ({ beat, time_s: time }) =>
    Math.round(STEPS_A_BEAT * (beat ?? ((time - startS) * tempo) / 60));
  const first = Math.min(...events.map(stepOf));
  // What has a grid begins where its bar does; a bar before that is left out.
  const from = Math.floor(first / STEPS) * STEPS;
  const pitches = [
    ...new Set(events.flatMap(({ note }) => (note === null ? [] : Math.round(note)))),
  ]
    .sort((a, b) => a - b)
    .slice(0, session.state.slots.length);
  const { slots } = session.state;
  /** @param {Performed} event */
  const rowOf = (event) =>
    event.note === null
      ? slots.findIndex(({ kind }) => kind === phrase.labelOf(event))
      : pitches.indexOf(Math.round(event.note));
  const placed = events
    .map((event) => ({ row: rowOf(event), step: stepOf(event) - from, event }))
    .filter(({ row, event }) => row >= 0 && phrase.labelOf(event));
  const there = placed.filter(({ step }) => step < MOST_STEPS);
  if (there.length === 0) throw new Error("None of this has a pad: put its labels on pads first.");
  const last = Math.max(...there.map(({ step }) => step));
  session.remember("the steps of a take");
  session.change("steps pattern slots tempo", (state) => {
    const pattern = state.patterns[state.pattern];
    pattern.length = Math.min(MOST_STEPS, STEPS * (Math.floor(last / STEPS) + 1));
    pattern.hits = {};
    for (const { row, step, event } of there) {
      const velocity = Math.max(1, Math.min(127, Math.round(event.velocity)));
      setStep(pattern, row, step, velocity);
    }
    if (heard.tempo_bpm) state.tempo = tempo;
    pitches.forEach((note, i) => {
      state.slots[i].note = note;
    });
  });
  const lost = events.filter((event) => phrase.labelOf(event)).length - there.length;
  return lost > 0
    ? `${there.length} steps are set; ${lost} strokes are beyond ${MOST_STEPS} steps or on no pad`
    : `${there.length} steps are set`;
}
