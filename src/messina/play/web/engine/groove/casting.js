/* Who plays what: the voices of a score given to the labels of an instrument. The twin of the Python module
 * sequences/casting, which says how. */

import { roundHalfEven } from "../layout.js";
import { CASTING, DRUM_NAMES, DRUMS, FAMILIES } from "./constants.js";
import { generalMidiKeys, HI_HATS, isHiHat } from "./drums.js";

const drumName = (note) => DRUM_NAMES[note] ?? `drum ${note}`;
const isPitched = (response) => response.note_low !== null;
const least = (values, of) => values.reduce((a, b) => (compare(of(b), of(a)) < 0 ? b : a));

function compare(a, b) {
  const i = a.findIndex((x, k) => x !== b[k]);
  return i < 0 ? 0 : a[i] < b[i] ? -1 : 1;
}

/**
 * For each voice {label, note, pitched, group}, or null where it is left out, from the responses of an
 * instrument; and remarks, sentences on who stands in for whom: {played, remarks}.
 */
export function cast(responses, vocabulary) {
  const labels = new Map(responses.map((response) => [response.label, response]));
  const remarks = new Set();
  const drummer = new Drummer(responses, remarks);
  const scoreToo = vocabulary.some(({ label }) => !labels.has(label) && label !== CASTING.DRUMS);
  const played = vocabulary.map(({ label, note = null }) => {
    if (labels.has(label)) {
      const pitched = isPitched(labels.get(label));
      return playedBy(label, pitched ? note : null, pitched);
    }
    if (label === CASTING.DRUMS) return drummer.play(note ?? 36, !scoreToo);
    return melody(responses, { label, note }, remarks);
  });
  return { played, remarks: [...remarks] };
}

function playedBy(label, note, pitched) {
  return { label, note, pitched, group: !pitched && isHiHat(label) ? HI_HATS : `${label} ${note}` };
}

/** Finds labels for drum notes. */
class Drummer {
  #byKey = new Map(); // {rank, label}

  constructor(responses, remarks) {
    this.remarks = remarks;
    const bySounds = (a, b) => b.sounds - a.sounds;
    const byBrightness = (a, b) =>
      compare([a.brightness.centre, a.label], [b.brightness.centre, b.label]);
    this.unpitched = responses.filter((response) => !isPitched(response)).sort(byBrightness);
    this.pitched = responses.filter(isPitched).sort(bySounds);
    for (const { label } of [...this.unpitched].sort(bySounds)) {
      generalMidiKeys(label).forEach((key, rank) => {
        if (!this.#byKey.has(key) || rank < this.#byKey.get(key).rank)
          this.#byKey.set(key, { rank, label });
      });
    }
  }

  /** The label for a drum note; alone: there are no other parts than drums. */
  play(note, alone) {
    if (this.#byKey.has(note)) return playedBy(this.#byKey.get(note).label, null, false);
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

  /** A label of the same family, of a related one, or as bright among the labels here. */
  #relative(note) {
    const families = Object.keys(FAMILIES);
    const own = families.find((name) => FAMILIES[name].includes(note)) ?? "wood";
    for (const family of [own, ...DRUMS.RELATIVES[own]]) {
      const key = FAMILIES[family].find((other) => this.#byKey.has(other));
      if (key !== undefined) return this.#byKey.get(key).label;
    }
    const place = families.indexOf(own) / (families.length - 1);
    return this.unpitched[roundHalfEven(place * (this.unpitched.length - 1))].label;
  }
}

/** The pitched label in whose range a note lies, of several the one with most sounds. */
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
  const away = ({ note_low: low, note_high: high }) =>
    Math.floor(Math.max(low - wanted, wanted - high, 0) / 12);
  const chosen = least(named.length > 0 ? named : pitched, (response) => [
    away(response),
    -response.sounds,
  ]);
  if (away(chosen) >= 1)
    remarks.add(`${label} goes more than an octave beyond what ${chosen.label} learnt`);
  return playedBy(chosen.label, note, true);
}
