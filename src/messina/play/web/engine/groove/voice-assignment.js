// @ts-check
/* Who plays what: the voices of a score given to the labels of an instrument. The twin of the Python module
 * sequences/voice_assignment, which says how. */

/** @import { Response } from "../types.d.ts" */
/** @import { Entry, Part } from "./types.d.ts" */

import { roundHalfEven } from "../layout.js";
import { DRUM_NAMES, DRUMS, FAMILIES, VOICE_ASSIGNMENT } from "./constants.js";
import { generalMidiKeys, HI_HATS, isHiHat } from "./drums.js";

/** @param {number} note */
const drumName = (note) => DRUM_NAMES[note] ?? `drum ${note}`;
const HIGHEST = 127; // note

/** @param {Response} response */
const isPitched = (response) => response.note_low !== null;
/**
 * @template T
 * @param {T[]} values
 * @param {(value: T) => (number | string)[]} of
 */
const least = (values, of) => values.reduce((a, b) => (compare(of(b), of(a)) < 0 ? b : a));

/**
 * @param {(number | string)[]} a
 * @param {(number | string)[]} b
 */
function compare(a, b) {
  const i = a.findIndex((x, k) => x !== b[k]);
  return i < 0 ? 0 : a[i] < b[i] ? -1 : 1;
}

/**
 * For each voice {label, note, pitched, group}, or null where it is left out, from the responses of an
 * instrument; and remarks, sentences on who stands in for whom.
 *
 * @param {Response[]} responses
 * @param {Entry[]} vocabulary
 * @returns {{ played: (Part | null)[], remarks: string[] }}
 */
export function assignVoices(responses, vocabulary) {
  const labels = new Map(responses.map((response) => [response.label, response]));
  /** @type {Set<string>} */
  const remarks = new Set();
  const drummer = new Drummer(responses, remarks);
  const scoreToo = vocabulary.some(
    ({ label }) => !labels.has(label) && label !== VOICE_ASSIGNMENT.DRUMS,
  );
  const played = vocabulary.map(({ label, note = null }) => {
    const own = labels.get(label);
    if (own) {
      const pitched = isPitched(own);
      return playedBy(label, pitched ? note : null, pitched);
    }
    if (label === VOICE_ASSIGNMENT.DRUMS) return drummer.play(note ?? 36, !scoreToo);
    return melody(responses, { label, note }, remarks);
  });
  return { played, remarks: [...remarks] };
}

/**
 * @param {string} label
 * @param {number | null} note
 * @param {boolean} pitched
 * @returns {Part}
 */
function playedBy(label, note, pitched) {
  return { label, note, pitched, group: !pitched && isHiHat(label) ? HI_HATS : `${label} ${note}` };
}

/** Finds labels for drum notes. */
class Drummer {
  /** @type {Map<number, { rank: number, label: string }>} */
  #byKey = new Map();

  /**
   * @param {Response[]} responses
   * @param {Set<string>} remarks
   */
  constructor(responses, remarks) {
    this.remarks = remarks;
    /** @type {(a: Response, b: Response) => number} */
    const bySounds = (a, b) => b.sounds - a.sounds;
    /** @type {(a: Response, b: Response) => number} */
    const byBrightness = (a, b) =>
      compare([a.brightness.centre, a.label], [b.brightness.centre, b.label]);
    this.unpitched = responses.filter((response) => !isPitched(response)).sort(byBrightness);
    this.pitched = responses.filter(isPitched).sort(bySounds);
    for (const { label } of [...this.unpitched].sort(bySounds)) {
      generalMidiKeys(label).forEach((key, rank) => {
        if (rank < (this.#byKey.get(key)?.rank ?? Infinity)) this.#byKey.set(key, { rank, label });
      });
    }
  }

  /**
   * The label for a drum note; alone: there are no other parts than drums.
   *
   * @param {number} note
   * @param {boolean} alone
   */
  play(note, alone) {
    const own = this.#byKey.get(note);
    if (own) return playedBy(own.label, null, false);
    if (this.unpitched.length > 0) {
      const label = this.#relative(note);
      this.remarks.add(`${drumName(note)} is played by ${label}, its nearest relative here`);
      return playedBy(label, null, false);
    }
    if (alone && this.pitched.length > 0) {
      const [{ label }] = this.pitched;
      this.remarks.add(`there is no drum here: ${label} plays the drum notes as pitches`);
      return playedBy(label, note, true);
    }
    this.remarks.add("there is no drum here: the drum part is left out");
    return null;
  }

  /**
   * A label of the same family, of a related one, or as bright among the labels here.
   *
   * @param {number} note
   */
  #relative(note) {
    const families = Object.keys(FAMILIES);
    const own = families.find((name) => FAMILIES[name].includes(note)) ?? "wood";
    for (const family of [own, ...DRUMS.RELATIVES[own]]) {
      for (const key of FAMILIES[family]) {
        const there = this.#byKey.get(key);
        if (there) return there.label;
      }
    }
    const place = families.indexOf(own) / (families.length - 1);
    return this.unpitched[roundHalfEven(place * (this.unpitched.length - 1))].label;
  }
}

/**
 * The pitched label in whose range a note lies, of several the one with most sounds.
 *
 * @param {Response[]} responses
 * @param {{ label: string, note: number | null }} voice
 * @param {Set<string>} remarks
 * @returns {Part}
 */
function melody(responses, { label, note }, remarks) {
  const pitched = responses.filter(isPitched);
  if (pitched.length === 0) {
    const most = least(responses, ({ sounds }) => [-sounds]).label;
    remarks.add(`nothing here has a pitch: ${most} plays ${label}, moved up and down`);
    return { label: most, note, pitched: false, group: `${label} ${note}` };
  }
  const named = pitched.filter((response) =>
    response.label.toLowerCase().includes(label.toLowerCase()),
  );
  const wanted = note ?? 60;
  /** @param {Response} response */
  const away = ({ note_low: low, note_high: high }) =>
    Math.floor(Math.max((low ?? 0) - wanted, wanted - (high ?? HIGHEST), 0) / 12);
  const chosen = least(named.length > 0 ? named : pitched, (response) => [
    away(response),
    -response.sounds,
  ]);
  if (away(chosen) >= 1)
    remarks.add(`${label} goes more than an octave beyond what ${chosen.label} learnt`);
  return playedBy(chosen.label, note, true);
}
