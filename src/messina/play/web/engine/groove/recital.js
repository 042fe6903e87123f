/* Noticing when a sequence recites, event for event, what a phrase of the corpus has: the twin of the Python
 * module sequences/recital. */

import { RECITAL } from "./constants.js";

const { NOTICED, FOLLOWED, INDEXED } = RECITAL;

export class Recital {
  #events = []; // {step, voice, next: number of the one after}
  #index = new Map(); // runs of events, last first: numbers

  constructor(model) {
    model.manifest.styles.forEach((style, s) => {
      const { ticks, voices } = model.passages[s];
      if (ticks.length === 0 || this.#events.length + ticks.length > INDEXED) return;
      const gap = (i) =>
        Math.max(0, ticks[i] - (i > 0 ? ticks[i - 1] : ticks.at(-1) - style.ticks));
      this.#add(
        Array.from(ticks, (_, i) => ({ step: model.nearestStep(gap(i)), voice: voices[i] })),
      );
    });
    this.forget();
  }

  #add(events) {
    const first = this.#events.length;
    events.forEach((event, i) =>
      this.#events.push({ ...event, next: first + ((i + 1) % events.length) }),
    );
    events.forEach((_, i) => {
      const run = Array.from({ length: NOTICED }, (_, k) => events.at((i - k) % events.length));
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

  /** The next event, so many ticks after the one before. */
  hear(step, voice, ticks) {
    this.last = [{ step, voice, ticks }, ...this.last].slice(0, NOTICED);
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

  /** [{step, voice}] that would go on reciting what has been for longer already, each once. */
  next(longerThan) {
    const found = new Map();
    for (const [place, span] of this.runs) {
      const event = this.#events[this.#events[place].next];
      if (span >= longerThan) found.set(keyOf([event]), event);
    }
    return [...found.values()];
  }
}

const keyOf = (run) => run.map(({ step, voice }) => `${step}:${voice}`).join(" ");
