/* Drums on the keys of General MIDI, by what labels are called: the twin of the Python module
 * instrument/drum_map. */

const HAT = /hi-?hat|open.*hat|hat.*open|pedal.*hat|hat.*pedal|closed?hat/;
const HAT_WORDS = ["hat", "hats", "hh", "hhc", "hho", "ch", "chh", "oh", "ohh", "ph"];
const TOMS = [50, 48, 47, 45, 43, 41]; // high … low
const FIRST_PAD = 36;
const ABOVE_THE_MAP = 88;
const KEYS = 128;

/* Any of these words, or this inside a longer one; keys by preference. What is more special stands first. */
const KINDS = [
  ["ph", /pedal.*hat|hat.*pedal|foot.*hat|hat.*foot/, [44, 42]],
  [
    "hho oh ohh",
    /(open|semi|half|loose|swish|sizzle).*hat|hat.*(open|semi|half|loose|swish|sizzle)/,
    [46],
  ],
  ["", /hat.*chok|chok.*hat/, []],
  ["ch chh hat hats hh hhc", /hi-?hat|closed?hat|hat(closed|tight)/, [42]],
  ["", /snare.*rim|rim.*snare/, [40, 37, 38]],
  ["rim rs", /side-?stick|x-?stick|cross-?stick|rim-?shot|rimclick/, [37]],
  ["sd sn snr", /snare/, [38, 40]],
  ["cp", /clap/, [39]],
  ["bd kck kd kik", /kick|bass-?drum/, [36, 35]],
  ["cb", /cow-?bell/, [56]],
  ["bell", /ride-?bell|bell-?ride/, [53]],
  ["rc rd", /ride(?!nt)/, [51, 59]],
  ["cc cr", /crash/, [49, 57]],
  ["", /china|chinese/, [52]],
  ["", /splash/, [55]],
  ["", /cymbal/, [49, 57, 51]],
  ["tamb", /tambourin/, [54]],
  ["vibraslap", /vibra-?slap/, [58]],
  ["", /(lo|low)bongo|bongo(lo|low)/, [61, 60]],
  ["", /bongo/, [60, 61]],
  ["", /mute.*conga|conga.*mute/, [62, 63]],
  ["", /(lo|low)conga|conga(lo|low)/, [64, 63]],
  ["", /conga/, [63, 64, 62]],
  ["", /(lo|low)timbale|timbale(lo|low)/, [66, 65]],
  ["", /timbale/, [65, 66]],
  ["", /(lo|low)agogo|agogo(lo|low)/, [68, 67]],
  ["", /agogo/, [67, 68]],
  ["", /cabasa/, [69]],
  ["", /maraca/, [70]],
  ["", /long.*guiro|guiro.*long/, [74, 73]],
  ["", /guiro/, [73, 74]],
  ["clave claves", /claves/, [75]],
  ["", /(lo|low)(wood)?block|block(lo|low)/, [77, 76]],
  ["block", /wood-?block/, [76, 77]],
  ["", /open.*cuica|cuica.*open/, [79, 78]],
  ["", /cuica/, [78, 79]],
  ["", /open.*triangle|triangle.*open/, [81, 80]],
  ["triangle", /triangle/, [81, 80]],
  ["shaker", /shaker/, [82, 70]],
  ["", /(jingle|sleigh)bell/, [83]],
  ["", /castanet/, [85]],
  ["surdo", /surdo/, [87, 86]],
].map(([words, inside, keys]) => ({ words: words.split(" "), inside, keys }));

const TOM = /^(?:tom\d*$|(floor|lo|low|mid|middle|hi|high|rack)toms?\d*$|toms$|ft$)/;
const TOM_KEYS = [
  [/floor|ft$/, [43, 41, 45]],
  [/lo$|low|deep/, [45, 41, 43, 47]],
  [/mid|middle/, [47, 48, 45]],
  [/hi$|high|small/, [50, 48, 47]],
];
const TOM_AT_NUMBER = { 1: [50, 48, 47], 2: [47, 45, 48], 3: [45, 43, 47], 4: [43, 41], 5: [41] };

/** Keys on which General MIDI has this drum, the fitting first; none when the label says none. */
export function generalMidiKeys(label) {
  const words = wordsOf(label);
  const joined = words.join("");
  if (words.some((word) => TOM.test(word)) || /(?:floor|low|mid|high)tom/.test(joined))
    return tomKeys(words);
  const found = KINDS.find(
    ({ words: own, inside }) => words.some((word) => own.includes(word)) || inside?.test(joined),
  );
  return found?.keys ?? [];
}

/** The one group of voices that cut each other off. */
export const HI_HATS = "hi-hats";

/** Whether a label is some hi-hat: the ones that cut each other off. */
export function isHiHat(label) {
  const words = wordsOf(label);
  return words.some((word) => HAT_WORDS.includes(word)) || HAT.test(words.join(""));
}

/** In lower case: `PearlTom1` is pearl, tom, 1. */
function wordsOf(label) {
  const spaced = label.replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])/g, " ");
  return spaced.toLowerCase().match(/[a-z]+|\d+/g) ?? [];
}

/** By what is said of its pitch, else by its number, 1 being the highest. */
function tomKeys(words) {
  const bare = words.map((word) => word.replace(/tom$/, "").replace(/toms$/, ""));
  const said = TOM_KEYS.find(([pattern]) => bare.some((word) => pattern.test(word)))?.[1];
  const number = words.find((word) => Object.hasOwn(TOM_AT_NUMBER, word));
  const first = said ?? (number ? TOM_AT_NUMBER[number] : [45, 47, 48]);
  return [...first, ...[...TOMS].reverse().filter((key) => !first.includes(key))];
}

/** A key for each label, in a Map, no two the same; there must be no more than 128. */
export function assignKeys(labels) {
  const wanted = new Map(labels.map((label) => [label, generalMidiKeys(label)]));
  const keys = new Map();
  const taken = new Set();
  const put = (label, key) => taken.add(key) && keys.set(label, key);
  // First choices of all before second choices of any.
  for (let rank = 0; rank < TOMS.length; rank++) {
    for (const [label, own] of wanted) {
      if (!keys.has(label) && rank < own.length && !taken.has(own[rank])) put(label, own[rank]);
    }
  }
  const start = keys.size > 0 ? ABOVE_THE_MAP : FIRST_PAD;
  const order = Array.from({ length: KEYS }, (_, i) =>
    i < KEYS - start ? start + i : KEYS - 1 - i,
  );
  for (const label of wanted.keys()) {
    if (!keys.has(label))
      put(
        label,
        order.find((key) => !taken.has(key)),
      );
  }
  return new Map([...wanted.keys()].map((label) => [label, keys.get(label)]));
}
