/* Numbers that have one meaning here and in Python: written by its module play/constants; do not
 * edit. Each table is named for the Python module that says what its numbers mean. */

/** Of sequences/voice_assignment. */
export const VOICE_ASSIGNMENT = {
  DRUMS: "drums",
};

/** Of sequences/truncation. */
export const TRUNCATION = {
  MEMORISED: -3.0,
  DENSITY: 2.0,
  DOUBT: 0.6,
  DENSITY_TICKS: 6,
  COLDEST: 0.4,
  HOTTER: 0.6,
  CUT: 0.02,
  UNHEARD: -6.0,
  UNHEARD_RISES: 3.0,
  FARTHEST: 2.5,
};

/** Of sequences/song. */
export const SONG = {
  REMEMBERED: 64,
  DRUM_CHANNEL: 9,
};

/** Of drums. */
export const DRUMS = {
  HI_HATS: "hi-hats",
  RELATIVES: /** @type {Record<string, string[]>} */ ({"kick": ["low tom"], "low tom": ["high tom", "kick"], "high tom": ["low tom", "snare"], "snare": ["wood", "high tom"], "wood": ["snare", "closed hat"], "closed hat": ["open hat", "ride"], "open hat": ["closed hat", "ride", "crash"], "ride": ["crash", "open hat", "closed hat"], "crash": ["ride", "open hat"]}),
  TOM: "^(?:tom\\d*$|(floor|lo|low|mid|middle|hi|high|rack)toms?\\d*$|toms$|ft$)",
  TOM_TOGETHER: "(?:floor|low|mid|high)tom",
  TOMS: [50, 48, 47, 45, 43, 41],
  TOM_AT_NUMBER: /** @type {Record<string, number[]>} */ ({"1": [50, 48, 47], "2": [47, 45, 48], "3": [45, 43, 47], "4": [43, 41], "5": [41]}),
  TOM_UNSAID: [45, 47, 48],
  FIRST_PAD: 36,
  ABOVE_THE_MAP: 88,
  TOM_KEYS: [{"said": "floor|ft$", "keys": [43, 41, 45]}, {"said": "lo$|low|deep", "keys": [45, 41, 43, 47]}, {"said": "mid|middle", "keys": [47, 48, 45]}, {"said": "hi$|high|small", "keys": [50, 48, 47]}],
};

/** Of events. */
export const EVENTS = {
  TICKS_PER_BEAT: 24,
  FREE_TEMPO_BPM: 150.0,
};

/** Of sequences/form. */
export const FORM = {
  NO_CONTEXT: -1,
};

/** Of sequences/groove. */
export const GROOVE = {
  OF_HITS: 0.5,
  LEVELLING: 0.4,
};

/** Of sequences/groove. */
export const LEVELS = {
  LONGEST_S: 0.4,
  LEAST_S: 0.05,
  MOST_DB: 12.0,
};

/** Of sequences/model. */
export const MANIFEST = {
  EVENTS_AT_MOST: 400000,
};

/** Of sequences/network. */
export const METRE = {
  BARS: 4,
  BEAT_CYCLES: [1, 2, 3, 4, 6],
  BAR_CYCLES: [1, 2, 3],
  LONG_BARS: [2, 4],
  PHASES: 21,
};

/** Of sequences/model. */
export const MODEL = {
  TOUCH_LIMIT: 4.0,
  LEAST_LENGTH_TICKS: 0.05,
  MOST_LENGTH_TICKS: 65536.0,
};

/** Of sequences/network. */
export const NETWORK = {
  TOUCH: 3,
  MIXTURES: 3,
  LEAST_DEVIATIONS: [-3.0, -3.0, -3.0],
  MOST_DEVIATION: 1.0,
};

/** Of sequences/performer. */
export const PERFORMER = {
  EARLIEST_S: 0.25,
};

/** Of sequences/places. */
export const PLACES = {
  RECALLED: 24,
  RECALLED_CHANGES: 12,
};

/** Of sequences/priors. */
export const PRIORS = {
  NOTICED: 4,
  FOLLOWED: 32,
  INDEXED: 60000,
  AS_MUCH_AS: 24.0,
  NO_EXEMPLAR: -1,
};

/** Of sequences/round_robin. */
export const ROUND_ROBIN = {
  TAKES: 4,
  TAKES_OF_NOTES: 3,
  TAKES_OF_A_SOUND: 2,
  SECOND: 0.25,
  RENEWED: 0.06,
  AS_HARD: 12.0,
  MOST_TAKES: 32,
  MOST_S: 540.0,
};

/** Of sequences/sequencer. */
export const SEQUENCER = {
  STAYS_BARS: [4, 4, 4, 8],
  ROUNDS_BARS: [1, 1, 1, 2],
  RECALLS: 0.6,
  MIXES: 0.25,
  RETURNS: 3.5,
  DRAWN_SHARE: 0.5,
  LEFT_OUT: 0.7,
  SWING: 0.3333333333333333,
  SOUGHT: 16,
};

/** Keys of General MIDI by family, the likest first. @type {Record<string, number[]>} */
export const FAMILIES = {"kick": [36, 35], "low tom": [41, 43, 45, 64, 66, 61, 87, 86], "high tom": [47, 48, 50, 63, 62, 65, 60, 78, 79], "snare": [38, 40, 37, 39, 31, 28, 85], "wood": [37, 75, 76, 77, 33, 32, 56, 67, 68], "closed hat": [42, 44, 22, 69, 70, 82, 54, 73, 80], "open hat": [46, 26, 74, 81, 29, 30], "ride": [51, 59, 53, 56, 83, 84], "crash": [49, 57, 52, 55, 58, 27, 34]};

/** What is on a key. @type {Record<number, string>} */
export const DRUM_NAMES = {"36": "kick", "35": "kick", "41": "floor tom", "43": "floor tom", "45": "low tom", "64": "conga", "66": "timbale", "61": "bongo", "87": "surdo", "86": "surdo", "47": "mid tom", "48": "mid tom", "50": "high tom", "63": "conga", "62": "conga", "65": "timbale", "60": "bongo", "78": "cuica", "79": "cuica", "38": "snare", "40": "snare", "37": "side stick", "39": "clap", "31": "sticks", "28": "slap", "85": "castanets", "75": "claves", "76": "wood block", "77": "wood block", "33": "metronome click", "32": "square click", "56": "cowbell", "67": "agogo", "68": "agogo", "42": "closed hi-hat", "44": "pedal hi-hat", "22": "closed hi-hat", "69": "cabasa", "70": "maracas", "82": "shaker", "54": "tambourine", "73": "guiro", "80": "triangle", "46": "open hi-hat", "26": "open hi-hat", "74": "guiro", "81": "triangle", "29": "scratch", "30": "scratch", "51": "ride", "59": "ride", "53": "ride bell", "83": "jingle bell", "84": "bell tree", "49": "crash", "57": "crash", "52": "china", "55": "splash", "58": "vibraslap", "27": "high Q", "34": "metronome bell"};

/**
 * Words, a regular expression, keys by preference, what cuts each other off. The first
 * that fits is it.
 *
 * @type {[string[], string | null, number[], string | null][]}
 */
export const KINDS = [
  [["ph"], "pedal.*hat|hat.*pedal|foot.*hat|hat.*foot", [44, 42], "hi-hats"],
  [["oh", "ohh", "hho"], "(open|semi|half|loose|swish|sizzle).*hat|hat.*(open|semi|half|loose|swish|sizzle)", [46], "hi-hats"],
  [[], "hat.*chok|chok.*hat", [], "hi-hats"],
  [["hat", "hats", "hh", "chh", "hhc", "ch"], "hi-?hat|closed?hat|hat(closed|tight)", [42], "hi-hats"],
  [[], "snare.*rim|rim.*snare", [40, 37, 38], null],
  [["rim", "rs"], "side-?stick|x-?stick|cross-?stick|rim-?shot|rimclick", [37], null],
  [["sd", "sn", "snr"], "snare", [38, 40], null],
  [["cp"], "clap", [39], null],
  [["bd", "kd", "kik", "kck"], "kick|bass-?drum", [36, 35], null],
  [["cb"], "cow-?bell", [56], null],
  [[], "(jingle|sleigh)bell", [83], null],
  [[], "bell-?tree", [84], null],
  [[], "metronome.*bell|bell.*metronome", [34], null],
  [[], "metronome", [33], null],
  [["bell"], "ride-?bell|bell-?ride", [53], null],
  [["rd", "rc"], "ride(?!nt)", [51, 59], null],
  [["cc", "cr"], "crash", [49, 57], null],
  [[], "china|chinese", [52], null],
  [[], "splash", [55], null],
  [[], "cymbal", [49, 57, 51], null],
  [["tamb"], "tambourin", [54], null],
  [[], "vibra-?slap", [58], null],
  [[], "(lo|low)bongo|bongo(lo|low)", [61, 60], null],
  [[], "bongo", [60, 61], null],
  [[], "mute.*conga|conga.*mute", [62, 63], null],
  [[], "(lo|low)conga|conga(lo|low)", [64, 63], null],
  [[], "conga", [63, 64, 62], null],
  [[], "(lo|low)timbale|timbale(lo|low)", [66, 65], null],
  [[], "timbale", [65, 66], null],
  [[], "(lo|low)agogo|agogo(lo|low)", [68, 67], null],
  [[], "agogo", [67, 68], null],
  [[], "cabasa", [69], null],
  [[], "maraca", [70], null],
  [[], "long.*guiro|guiro.*long", [74, 73], null],
  [[], "guiro", [73, 74], null],
  [["clave"], "claves", [75], null],
  [[], "(lo|low)(wood)?block|block(lo|low)", [77, 76], null],
  [["block"], "wood-?block", [76, 77], null],
  [[], "open.*cuica|cuica.*open", [79, 78], null],
  [[], "cuica", [78, 79], null],
  [[], "open.*triangle|triangle.*open", [81, 80], null],
  [[], "triangle", [81, 80], null],
  [[], "shaker", [82, 70], null],
  [[], "castanet", [85], null],
  [[], "surdo", [87, 86], null],
  [["ft", "st"], null, [], null],
];
