/* Numbers that have one meaning here and in Python: written by its module play/constants; do not
 * edit. Each table is named for the Python module that says what its numbers mean. */

/** Of texture/drops. */
export const DROPS = {
  LENGTH: 1024,
  EDGES_HZ: [700.0, 1000.0, 1400.0, 2000.0, 2800.0, 4000.0, 5600.0, 8000.0, 12000.0],
  AROUND: 21,
  SHORTEST: 1.0,
  LONGEST: 512.0,
};

/** Of texture/fast. */
export const FAST = {
  PIECE_S: 0.35,
  FADE: 0.5,
  SLOW_WEIGHT: 2.0,
  OWN_PLACE: 0.5,
  OWN_PATCHES: 12,
  SHARE: 0.04,
  FEWEST: 3,
  MOST_CANDIDATES: 1000,
};

/** Of texture/fine. */
export const FINE = {
  STRETCH: 32,
  FADE_PATCHES: 16,
};

/** Of texture/layout. */
export const LAYOUT = {
  PATCH: 4,
  NARROWEST_HZ: 21.53,
  TOP_HZ: 16500.0,
};

/** Of texture/model. */
export const MANIFEST = {
  TEXTURE_VERSION: 2,
  MOST_PATCHES: 2000000,
};

/** Of texture/model. */
export const MODEL = {
  SLOW_PATCHES: 43,
};

/** Of texture/layout. */
export const NOISE = {
  GROUPS: 256,
  BINS_IN_GROUP: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5],
};

/** Of texture/fast. */
export const NETWORK = {
  LAYERS: 2,
  EARLIER: 4,
  LOG_SPREADS: [-3.5, 1.5],
  FARTHEST: 4.0,
};

/** Of texture/part. */
export const PART = {
  LARGEST: 10000.0,
};

/** Of texture/player. */
export const PLAYER = {
  PORTION: 8,
  MARGIN: 0.1,
  RANGE: [0.1, 99.9],
  BOUNDS: /** @type {Record<string, [number, number]>} */ ({"pace": [0.1, 10.0]}),
};

/** Of texture/slow. */
export const SLOW = {
  PIECE_S: 3.0,
  SHORTEST_PIECE_S: 0.4,
  FADE_S: 0.25,
  FADE_SHARE: 0.06,
  CHANGE_S: 0.3,
  STAY_S: [3.0, 40.0],
  SHARE: 0.08,
  FEWEST: 4,
  SLOPE_PATCHES: 8,
  COOL: 0.1,
  LANDING: 43,
  UNTOUCHED: 0.3,
  GOLDEN: 0.618033988749895,
  COOLING: 0.9,
  MOST_CANDIDATES: 2000,
};

/** Of texture/synthesis. */
export const SYNTHESIS = {
  EXCITATION: 1,
  FADED: 1.5,
  HIDDEN_BY: 3.0,
  HIDING: 40.0,
  TOP_TURNS: 0.46,
};
