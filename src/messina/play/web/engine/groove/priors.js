// @ts-check
/* What returns in a sequence, and noticing when it plays, event for event, what a phrase of the corpus has: the twin
 * of the Python module sequences/priors. */

/** @import { EventModel } from "./model.js" */
/** @import { Played } from "./types.d.ts" */

import { PRIORS } from "./constants.js";

const { NOTICED, FOLLOWED, INDEXED } = PRIORS;

/** @typedef {{ step: number, voice: number }} Event */

export class MemorisationDetector {
  /** next: number of the one after. @type {(Event & { next: number })[]} */
  #events = [];
  /** Runs of events, last first: numbers. @type {Map<string, number[]>} */
  #index = new Map();
  /** The last first. @type {(Event & { ticks: number })[]} */
  last = [];
  /** By places of the corpus, since how many ticks it has been recited. @type {Map<number, number>} */
  runs = new Map();

  /** @param {EventModel} model */
  constructor(model) {
    model.manifest.styles.forEach((style, s) => {
      const { ticks, voices } = model.passages[s];
      if (ticks.length === 0 || this.#events.length + ticks.length > INDEXED) return;
      /** @param {number} i */
      const gap = (i) =>
        Math.max(0, ticks[i] - (i > 0 ? ticks[i - 1] : ticks[ticks.length - 1] - style.ticks));
      this.#add(
        Array.from(ticks, (_, i) => ({ step: model.nearestStep(gap(i)), voice: voices[i] })),
      );
    });
  }

  /** @param {Event[]} events */
  #add(events) {
    const first = this.#events.length;
    events.forEach((event, i) =>
      this.#events.push({ ...event, next: first + ((i + 1) % events.length) }),
    );
    events.forEach((_, i) => {
      const run = Array.from({ length: NOTICED }, (_, k) => {
        const place = (i - k) % events.length;
        return events[place < 0 ? place + events.length : place];
      });
      const places = this.#index.get(keyOf(run)) ?? [];
      if (places.length < FOLLOWED) places.push(first + i);
      this.#index.set(keyOf(run), places);
    });
  }

  /** Something else begins. */
  forget() {
    this.last = [];
    this.runs = new Map();
  }

  /**
   * The next event, so many ticks after the one before.
   *
   * @param {number} step
   * @param {number} voice
   * @param {number} ticks
   */
  hear(step, voice, ticks) {
    this.last = [{ step, voice, ticks }, ...this.last].slice(0, NOTICED);
    /** @type {[number, number][]} */
    const runs = [];
    for (const [place, span] of this.runs) {
      const { next } = this.#events[place];
      if (this.#events[next].step === step && this.#events[next].voice === voice)
        runs.push([next, span + ticks]);
    }
    const here = new Map(runs);
    if (this.last.length === NOTICED) {
      const since = this.last.slice(0, -1).reduce((sum, event) => sum + event.ticks, 0);
      for (const place of this.#index.get(keyOf(this.last)) ?? [])
        if (!here.has(place)) here.set(place, since);
    }
    this.runs = new Map([...here].slice(0, FOLLOWED));
  }

  /**
   * What would go on reciting what has been for longer already, each once.
   *
   * @param {number} longerThan  ticks
   * @returns {Event[]}
   */
  next(longerThan) {
    const found = new Map();
    for (const [place, span] of this.runs) {
      const event = this.#events[this.#events[place].next];
      if (span >= longerThan) found.set(keyOf([event]), event);
    }
    return [...found.values()];
  }
}

/** @param {Event[]} run */
const keyOf = (run) => run.map(({ step, voice }) => `${step}:${voice}`).join(" ");

/** Knows what was played so many ticks ago. */
export class BarRepeatPrior {
  /** @type {Played[]} */
  #events = [];
  #round = 0;
  /** @type {number | null} */
  #first = null;

  /** @param {number} round  ticks; 0: nothing returns */
  begin(round) {
    this.#events = [];
    this.#round = round;
    this.#first = null;
  }

  /**
   * In the order of playing.
   *
   * @param {Played} event
   */
  hear(event) {
    this.#events.push(event);
    this.#first ??= event.clock;
  }

  /**
   * What came next one round ago, as if it came now, or null.
   *
   * @param {number} clock
   * @param {number} voice
   * @returns {Played | null}
   */
  after(clock, voice) {
    const then = clock - this.#round;
    if (this.#first === null || then < this.#first) return null;
    /** @param {Played} event */
    const over = ({ clock: at, voice: own }) => at < then || (at === then && own <= voice);
    while (this.#events.length && over(this.#events[0])) this.#events.shift();
    const [next] = this.#events;
    return next && next.clock < clock ? { ...next, clock: next.clock + this.#round } : null;
  }
}
