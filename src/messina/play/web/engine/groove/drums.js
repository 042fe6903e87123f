// @ts-check
/* Keys that General MIDI has for drums, by what labels are called: as in the Python module
 * instrument/drum_map. Which label lies on which key stands in an instrument's file. */

import { DRUMS, KINDS } from "./constants.js";

const { TOMS, TOM_AT_NUMBER, TOM_UNSAID } = DRUMS;

const kinds = KINDS.map(([words, inside, keys, group]) => ({
  words,
  inside: inside === null ? null : new RegExp(inside),
  keys,
  group,
}));
const tom = new RegExp(DRUMS.TOM);
const tomTogether = new RegExp(DRUMS.TOM_TOGETHER);
const tomSaid = DRUMS.TOM_KEYS.map(({ said, keys }) => ({ said: new RegExp(said), keys }));

/**
 * Keys on which General MIDI has this drum, the fitting first; none when the label says none.
 *
 * @param {string} label
 * @returns {number[]}
 */
export function generalMidiKeys(label) {
  const words = wordsOf(label);
  if (words.some((word) => tom.test(word)) || tomTogether.test(words.join("")))
    return tomKeys(words);
  return kindOf(words)?.keys ?? [];
}

/** The one group of voices that cut each other off. */
export const HI_HATS = DRUMS.HI_HATS;

/**
 * Whether a label is some hi-hat: the ones that cut each other off.
 *
 * @param {string} label
 */
export const isHiHat = (label) => kindOf(wordsOf(label))?.group === HI_HATS;

/**
 * The first kind of drum that one of the words names, or all of them written together.
 *
 * @param {string[]} words
 */
function kindOf(words) {
  const joined = words.join("");
  return kinds.find(
    ({ words: own, inside }) => words.some((word) => own.includes(word)) || inside?.test(joined),
  );
}

/**
 * In lower case: `PearlTom1` is pearl, tom, 1.
 *
 * @param {string} label
 * @returns {string[]}
 */
function wordsOf(label) {
  const spaced = label.replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])/g, " ");
  return spaced.toLowerCase().match(/[a-z]+|\d+/g) ?? [];
}

/**
 * By what is said of its pitch, else by its number, 1 being the highest.
 *
 * @param {string[]} words
 */
function tomKeys(words) {
  const bare = words.map((word) => word.replace(/tom$/, "").replace(/toms$/, ""));
  const found = tomSaid.find(({ said }) => bare.some((word) => said.test(word)));
  const number = words.find((word) => Object.hasOwn(TOM_AT_NUMBER, word));
  const first = found?.keys ?? (number ? TOM_AT_NUMBER[number] : TOM_UNSAID);
  return [...first, ...[...TOMS].reverse().filter((key) => !first.includes(key))];
}
