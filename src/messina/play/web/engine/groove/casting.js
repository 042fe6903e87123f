/* Who plays what: the voices of a score given to the labels of an instrument. The twin of the Python module
 * sequences/casting, which says how. */

import { roundHalfEven } from "../layout.js";
import { generalMidiKeys, HI_HATS, isHiHat } from "./drums.js";

const DRUMS = "drums";

/* From low and dark to high and bright. */
const FAMILIES = {
  kick: [36, 35],
  "low tom": [41, 43, 45, 64, 66, 61, 87, 86],
  "high tom": [47, 48, 50, 63, 62, 65, 60, 78, 79],
  snare: [38, 40, 37, 39, 31, 28, 85],
  wood: [37, 75, 76, 77, 33, 32, 56, 67, 68],
  "closed hat": [42, 44, 22, 69, 70, 82, 54, 73, 80],
  "open hat": [46, 26, 74, 81, 29, 30],
  ride: [51, 59, 53, 56, 83, 84],
  crash: [49, 57, 52, 55, 58, 27, 34],
};
const RELATIVES = {
  kick: ["low tom"],
  "low tom": ["high tom", "kick"],
  "high tom": ["low tom", "snare"],
  snare: ["wood", "high tom"],
  wood: ["snare", "closed hat"],
  "closed hat": ["open hat", "ride"],
  "open hat": ["closed hat", "ride", "crash"],
  ride: ["crash", "open hat", "closed hat"],
  crash: ["ride", "open hat"],
};
const NAMES = {
  35: "kick",
  36: "kick",
  37: "side stick",
  38: "snare",
  39: "clap",
  40: "snare",
  41: "floor tom",
  42: "closed hi-hat",
  43: "floor tom",
  44: "pedal hi-hat",
  45: "low tom",
  46: "open hi-hat",
  47: "mid tom",
  48: "mid tom",
  49: "crash",
  50: "high tom",
  51: "ride",
  52: "china",
  53: "ride bell",
  54: "tambourine",
  55: "splash",
  56: "cowbell",
  57: "crash",
  59: "ride",
  60: "bongo",
  61: "bongo",
  62: "conga",
  63: "conga",
  64: "conga",
  69: "cabasa",
  70: "maracas",
  75: "claves",
  76: "wood block",
  77: "wood block",
  80: "triangle",
  81: "triangle",
  82: "shaker",
};

const drumName = (note) => NAMES[note] ?? `drum ${note}`;
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
  const scoreToo = vocabulary.some(({ label }) => !labels.has(label) && label !== DRUMS);
  const played = vocabulary.map(({ label, note = null }) => {
    if (labels.has(label)) {
      const pitched = isPitched(labels.get(label));
      return playedBy(label, pitched ? note : null, pitched);
    }
    if (label === DRUMS) return drummer.play(note ?? 36, !scoreToo);
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
    for (const family of [own, ...RELATIVES[own]]) {
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
