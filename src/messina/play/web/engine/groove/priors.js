// @ts-check
/* What draws a sequence to its corpus: what returns, noticing when it plays, event for event, what a phrase of the corpus
 * has, and the exemplar of an event, as what it is played. The twin of the Python module sequences/priors. */

/** @import { EventModel } from "./model.js" */
/** @import { SoundRow } from "../types.d.ts" */
/** @import { Played } from "./types.d.ts" */

import { roundHalfEven } from "../layout.js";
import { EVENTS, PRIORS } from "./constants.js";
import { barTicks } from "./model.js";

const { AS_MUCH_AS, FOLLOWED, INDEXED, NOTICED } = PRIORS;
const { TICKS_PER_BEAT } = EVENTS;

export const { NO_EXEMPLAR } = PRIORS;

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
  add(step, voice, ticks) {
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
  nextIfMemorised(longerThan) {
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

/** Remembers what was played so many ticks ago. */
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
  add(event) {
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

/**
 * Index of the least, the first of those alike.
 *
 * @param {number[]} values
 */
const leastOf = (values) => values.reduce((best, value, i) => (value < values[best] ? i : best), 0);

/** Finds events of the corpus, counted through all its phrases. */
export class Exemplars {
  #model;
  #firsts;
  /** Of a style, or of all, its events by voice. @type {Map<number, Map<number, number[]>>} */
  #byVoice = new Map();

  /** @param {EventModel} model */
  constructor(model) {
    this.#model = model;
    let end = 0;
    this.#firsts = model.manifest.styles.map(({ events }) => {
      const first = end;
      end += events;
      return first;
    });
  }

  /**
   * Velocity and lateness of an event.
   *
   * @param {number} exemplar
   */
  touchAt(exemplar) {
    const { touch } = this.#model.arrays;
    return { velocity: touch[3 * exemplar], late: touch[3 * exemplar + 1] };
  }

  /**
   * The event for one at a position of the bars of a style; NO_EXEMPLAR where none has its voice.
   *
   * @param {number} style
   * @param {number} position
   * @param {number} voice
   * @param {number} velocity
   */
  at(style, position, voice, velocity) {
    const { arrays, passages } = this.#model;
    const { voices } = passages[style];
    const own = this.#withVoice(style, voices, voice);
    /** @param {number} exemplar */
    const away = (exemplar) => Math.abs(arrays.touch[3 * exemplar] - velocity);
    if (own.length === 0) {
      const others = this.#withVoice(-1, arrays.voice, voice);
      return others.length === 0 ? NO_EXEMPLAR : others[leastOf(others.map(away))];
    }
    const first = this.#firsts[style];
    const elsewhere = this.#elsewhere(style, roundHalfEven(position));
    return first + own[leastOf(own.map((i) => away(first + i) / AS_MUCH_AS + elsewhere(i)))];
  }

  /**
   * Indices of the events of a voice, sought once; of: a style, or -1 for all of them.
   *
   * @param {number} of
   * @param {Int32Array} voices
   * @param {number} voice
   */
  #withVoice(of, voices, voice) {
    let found = this.#byVoice.get(of);
    if (!found) {
      found = new Map();
      for (let i = 0; i < voices.length; i++) {
        const own = found.get(voices[i]);
        if (own) own.push(i);
        else found.set(voices[i], [i]);
      }
      this.#byVoice.set(of, found);
    }
    return found.get(voice) ?? [];
  }

  /**
   * How little the place of a style's event is that position.
   *
   * @param {number} style
   * @param {number} position
   * @returns {(i: number) => number}
   */
  #elsewhere(style, position) {
    const phrase = this.#model.manifest.styles[style];
    if (!phrase.metric) return () => 0;
    const bar = barTicks(phrase);
    const inBars = phrase.ticks % bar === 0 || bar % phrase.ticks === 0;
    const rounds = [inBars ? phrase.ticks : 4 * bar, bar, TICKS_PER_BEAT];
    const { ticks } = this.#model.passages[style];
    return (i) =>
      rounds.filter((length) => (ticks[i] + phrase.first_tick - position) % length !== 0).length;
  }
}

/**
 * For each event of the corpus the index of the sound it was played as, or of the likest of its voice; null: none.
 *
 * @param {EventModel} model
 * @param {SoundRow[]} sounds
 * @returns {(number | null)[]}
 */
export function exemplarSounds(model, sounds) {
  const index = new Map(sounds.map(({ name }, i) => [name, i]));
  const { styles, vocabulary } = model.manifest;
  return styles.flatMap((style, s) => {
    const { ticks, voices, touches } = model.passages[s];
    const seconds = Array.from(
      ticks,
      (tick, i) => (tick * 60) / (style.tempo_bpm * TICKS_PER_BEAT) + touches[3 * i + 1],
    );
    const order = seconds.map((_, i) => i).sort((a, b) => seconds[a] - seconds[b] || a - b);
    /** @type {number[]} */
    const number = [];
    order.forEach((event, k) => {
      number[event] = k + 1;
    });
    const own = sounds.flatMap(({ name }, i) => (name.startsWith(`${style.name}#`) ? [i] : []));
    return Array.from(voices, (voice, event) => {
      const { label } = vocabulary[voice];
      const sound = index.get(`${style.name}#${String(number[event]).padStart(3, "0")}`);
      if (sound !== undefined && sounds[sound].label === label) return sound;
      const velocity = touches[3 * event];
      const alike = own.filter((other) => sounds[other].label === label);
      /** @param {number} other */
      const away = (other) => Math.abs((sounds[other].velocity || velocity) - velocity);
      return alike.length === 0 ? null : alike[leastOf(alike.map(away))];
    });
  });
}

/**
 * For every metre, by the beats of its bars, where in the bar the corpus has events.
 *
 * @param {EventModel} model
 */
export function heardPositions({ manifest, passages }) {
  /** @type {Map<number, Uint8Array>} */
  const heard = new Map();
  manifest.styles.forEach((style, s) => {
    if (!style.metric) return;
    const bar = barTicks(style);
    const table = heard.get(style.beats_per_bar) ?? new Uint8Array(bar);
    for (const tick of passages[s].ticks)
      table[(((tick + style.first_tick) % bar) + bar) % bar] = 1;
    heard.set(style.beats_per_bar, table);
  });
  return heard;
}

/**
 * Ticks of what is swung: semiquavers where the corpus has them, else quavers.
 *
 * @param {EventModel} model
 */
export function swungDivision({ manifest, passages }) {
  const positions = manifest.styles.flatMap((style, s) =>
    style.metric
      ? Array.from(passages[s].ticks, (tick) => (((tick + style.first_tick) % 12) + 12) % 12)
      : [],
  );
  const semiquavers = positions.filter((position) => position === 6).length;
  return semiquavers > 0.1 * positions.length ? 6 : 12;
}
