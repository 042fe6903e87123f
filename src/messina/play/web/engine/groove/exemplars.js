// @ts-check
/* Which event of the corpus an event stands for, as what it was played, and how loud recordings are: the twins of
 * the Python modules sequences/priors and sequences/groove. */

/** @import { SoundRow } from "../types.d.ts" */
/** @import { EventModel } from "./model.js" */

import { roundHalfEven } from "../layout.js";
import { EVENTS, LEVELS, PRIORS } from "./constants.js";
import { barTicks } from "./model.js";

export const NO_EXEMPLAR = PRIORS.NO_EXEMPLAR;

const { AS_MUCH_AS } = PRIORS;
const { LONGEST_S, LEAST_S, MOST_DB } = LEVELS;
const { TICKS_PER_BEAT } = EVENTS;

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
 * Gains in dB that bring every phrase to the loudness of the middle one.
 *
 * @param {EventModel} model
 * @param {SoundRow[]} sounds
 * @param {(number | null)[]} soundOf  see exemplarSounds
 */
export function levellingGains(model, sounds, soundOf) {
  const { styles } = model.manifest;
  let end = 0;
  const loudness = styles.map((style) => {
    const own = soundOf
      .slice(end, (end += style.events))
      .flatMap((sound) => (sound === null ? [] : [sounds[sound]]));
    if (own.length === 0) return NaN;
    const energy = own.reduce(
      (sum, { loudness_db: db, decay_s: decay }) =>
        sum + 10 ** (db / 10) * (Math.min(decay, LONGEST_S) + LEAST_S),
      0,
    );
    const seconds = (style.ticks * 60) / (style.tempo_bpm * TICKS_PER_BEAT);
    return 10 * Math.log10((energy * (Math.max(style.events, 1) / own.length)) / seconds);
  });
  const known = styles.map((_, i) => i).filter((i) => Number.isFinite(loudness[i]));
  const gains = styles.map(() => 0);
  if (known.length === 0) return gains;
  const order = known.sort((a, b) => loudness[a] - loudness[b] || a - b);
  let reached = 0;
  const reaches = order.map((i) => (reached += styles[i].ticks / styles[i].tempo_bpm));
  const middle = loudness[order[reaches.findIndex((to) => to >= reached / 2)]];
  for (const i of known) gains[i] = Math.min(Math.max(middle - loudness[i], -MOST_DB), MOST_DB);
  return gains;
}
