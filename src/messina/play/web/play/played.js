// @ts-check
// What was struck while a recording ran, to be taken away as stems: notes and their ends, without bends and pedals.

/** @import { App } from "../app.js" */
/** @import { Note } from "../engine/types.d.ts" */
/** @import { HitEvent } from "../types.d.ts" */

import { RECIPES } from "../engine/constants.js";

const MOST_HITS = 20_000;
const { MOST_PLAYED } = RECIPES;

/**
 * time, end: s since the recording began; end: null where nothing ended it.
 *
 * @typedef {{ slot: number | null, label: number, note: Note, time: number, end: number | null }} Struck
 */

/** Says "change" when a recording has begun or ended. */
export class Played extends EventTarget {
  #began = 0;
  #on = false;
  /** By id of the hit; of those that went on to another key the last part. @type {Map<number, Struck>} */
  #hits = new Map();
  /** Parts of such notes that have ended. @type {Struck[]} */
  #before = [];
  /** Of the recording that ended last. @type {Struck[]} */
  struck = [];
  seconds = 0;

  /** @param {App} app */
  constructor(app) {
    super();
    this.app = app;
    app.listen(app.performer, "hit", (event) => this.#hear(event));
    app.listen(app.performer, "legato", ({ detail }) => this.#goOn(detail));
    app.listen(app.performer, "end", ({ detail }) => this.#end(detail));
    app.listen(app.recorder, "change", () => this.#turn());
  }

  #turn() {
    const { audio, recorder } = this.app;
    if (recorder.running === this.#on) return;
    this.#on = recorder.running;
    if (this.#on) {
      this.#began = audio.currentTime;
      this.#hits.clear();
      this.#before = [];
      this.struck = [];
    } else {
      this.seconds = audio.currentTime - this.#began;
      this.struck = this.#sofar(this.seconds);
    }
    this.dispatchEvent(new Event("change"));
  }

  /** @param {number} seconds */
  #sofar(seconds) {
    return [...this.#before, ...this.#hits.values()].filter(({ time }) => time < seconds);
  }

  /** Of the recording that ends now, what its recipe tells. */
  recipe() {
    return recipeOf(this.#sofar(this.app.audio.currentTime - this.#began));
  }

  /** @param {HitEvent} event */
  #hear({ detail: { hit, slot, time, sound } }) {
    // Others of a band have stems of their own nowhere: they are not this instrument.
    if (!this.#on || this.#hits.size >= MOST_HITS) return;
    const { instrument } = /** @type {{ instrument?: unknown }} */ (hit.note);
    if (instrument !== this.app.instrument) return;
    const at = Math.max(0, (time ?? this.app.audio.currentTime) - this.#began);
    const note = { ...hit.note, seed: hit.seed, time: undefined };
    this.#hits.set(hit.id, { slot, label: sound.label, note, time: at, end: null });
  }

  /**
   * A note that goes on to another key is another one in stems.
   *
   * @param {{ id: number, note: number, velocity: number }} gone
   */
  #goOn({ id, note, velocity }) {
    const struck = this.#hits.get(id);
    if (!struck || this.#before.length >= MOST_HITS) return;
    const time = this.app.audio.currentTime - this.#began;
    this.#before.push({ ...struck, end: time });
    this.#hits.set(id, {
      ...struck,
      note: { ...struck.note, note, velocity, slide: undefined },
      time,
    });
  }

  /** @param {{ id: number, time?: number }} ended */
  #end({ id, time }) {
    const struck = this.#hits.get(id);
    if (struck) struck.end = (time ?? this.app.audio.currentTime) - this.#began;
  }
}

/**
 * What a recipe tells of hits: see recipe.py, Hit.
 *
 * @param {Struck[]} hits
 */
export function recipeOf(hits) {
  const played = hits
    .map(({ time, end, label, note }) => [
      ms(time),
      end === null ? null : ms(end),
      Math.max(label, 0),
      cents(note.note),
      cents(note.velocity),
      note.seed ?? 0,
    ])
    .sort((one, other) => Number(one[0]) - Number(other[0]));
  return { played: played.slice(0, MOST_PLAYED), notes: hits.length };
}

/** @param {number} seconds */
const ms = (seconds) => Math.round(1e4 * Math.max(seconds, 0)) / 1e4;

/** @param {number | null | undefined} value */
const cents = (value) => (value == null ? null : Math.round(100 * value) / 100);
