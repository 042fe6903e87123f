/* Numbers that have one meaning here and in Python: written by its module play/constants; do not
 * edit. Each table is named for the Python module that says what its numbers mean. */

/** Of units. */
export const UNITS = {
  SAMPLE_RATE: 44100,
};

/** Of counter_rng. */
export const COUNTER_RNG = {
  SPACING: 2654435769,
  FIRST_KEY: [608135816, 2242054355],
  PURPOSE: {"SOUND": 1, "LAYER": 2, "LONE": 3, "NEAR": 4, "STRAY": 5, "NOISE": 6, "STRIKE": 7, "EVENTS": 8, "TEXTURE": 9},
};

/** Of rounding. */
export const ROUNDING = {
  GRID: 1.52587890625e-05,
  FINE_GRID: 9.313225746154785e-10,
};

/** Of frames/layout. */
export const LAYOUT = {
  HOP: 256,
  REFERENCE_HZ: 43.07,
  ATTACK_HOP: 64,
  PARTIAL_FLOOR: -9.210340371976182,
  NOISE_FLOOR: -11.512925464970229,
  BANDS: 71,
  GROUPS: 256,
  KNOTS: 17,
  STEPS: 24,
  ERBS: 24,
  ZONES: 4,
  BODY_SIZE: 327,
  ONSET_SIZE: 816,
  ONSET_SLICES: /** @type {Record<string, [number, number]>} */ ({"offsets": [0, 71], "phases": [71, 213], "glide": [213, 215], "partial_attack": [215, 232], "noise_attack": [232, 808], "stereo": [808, 816]}),
  FUNDAMENTAL_OFFSET: 0.13092975357145742,
  EDGES_HZ: [21.535, 64.605, 107.67500000000001, 150.745, 193.815, 236.885, 279.955, 323.025, 366.09499999999997, 409.16499999999996, 452.23499999999996, 495.30499999999995, 538.375, 581.445, 624.5150000000001, 667.5850000000002, 710.6550000000002, 753.7250000000003, 798.5438207959601, 846.0277073619825, 896.3351327554263, 949.6339933320138, 1006.1021690843097, 1065.9281172996616, 1129.3115015188773, 1196.4638578947317, 1267.6093011742128, 1342.9852726606553, 1422.8433326520196, 1507.450000000001, 1597.0876415919208, 1692.0554147239657, 1792.6702655108534, 1899.2679866640283, 2012.2043381686203, 2131.8562345993246, 2258.623003037756, 2392.927715789465, 2535.218602348427, 2685.9705453213123, 2845.6866653040415, 3014.900000000004, 3194.175283183844, 3384.1108294479336, 3585.340531021709, 3798.535973328059, 4024.408676337243, 4263.712469198651, 4517.246006075515, 4785.855431578933, 5070.437204696857, 5371.941090642628, 5691.373330608087, 6029.800000000012, 6388.3505663676915, 6768.221658895871, 7170.681062043423, 7597.071946656122, 8048.81735267449, 8527.424938397307, 9034.492012151035, 9571.710863157872, 10140.87440939372, 10743.882181285262, 11382.746661216179, 12059.60000000003, 12776.701132735388, 13536.443317791749, 14341.362124086852, 15194.143893312254, 16097.63470534899, 17054.849876794622],
};

/** Of frames/noise. */
export const NOISE = {
  NOISE_SIZE: 1024,
  NOISE_BINS: 513,
  ATTACK_SIZE: 256,
  SHAPED_SAMPLES: 2048,
  FIRST_STEP: 5,
  BINS_IN_GROUP: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5],
  STEP_GROUP_OF_BIN: [0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 9, 10, 10, 11, 11, 11, 12, 12, 12, 13, 13, 13, 13, 14, 14, 14, 14, 14, 15, 15, 15, 15, 15, 16, 16, 16, 16, 16, 16, 17, 17, 17, 17, 17, 17, 17, 17, 18, 18, 18, 18, 18, 18, 18, 18, 18, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 19, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23],
};

/** Of frames/stereo. */
export const STEREO = {
  ZONE_CENTRES_HZ: [120.0, 500.0, 2000.0, 8000.0],
  MONO_BELOW: 0.001,
};

/** Of frames/oscillators. */
export const OSCILLATORS = {
  GLIDE_TOP_HZ: 1500.0,
  STILL_SEMITONES: 0.01,
  NYQUIST_MARGIN: 0.48,
};

/** Of frames/synthesis. */
export const SYNTHESIS = {
  LOG_TAU_RANGE: [-6.0, 1.0],
  SOFT_START: 22,
};

/** Of instrument/timegrid. */
export const TIMEGRID = {
  DENSE: 16,
  LAST_FRAME: 2067,
  POINT_FRAMES: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 22, 24, 26, 27, 29, 31, 34, 36, 39, 41, 44, 47, 51, 54, 58, 62, 66, 71, 76, 81, 87, 93, 99, 106, 114, 122, 130, 139, 149, 160, 171, 183, 196, 209, 224, 240, 256, 274, 294, 314, 336, 360, 385, 412, 440, 471, 504, 540, 577, 618, 661, 707, 757, 810, 866, 927, 992, 1061, 1136, 1215, 1300, 1391, 1489, 1593, 1705, 1824, 1951, 2067],
};

/** Of instrument/network. */
export const NETWORK = {
  BODY_SCALE: 1.5,
  CONTROLS: 5,
  TIME_CONSTANTS: [2.0, 6.0, 20.0, 60.0, 200.0, 600.0],
  TIME_WAVES: 6,
  DECAY_SHARES: [0.25, 0.5, 1.0],
  TIME_FEATURES: 23,
};

/** Of instrument/controls. */
export const CONTROLS = {
  NOTE_CENTRE: 60.0,
  NOTE_SPAN: 24.0,
  CONTROL_LIMIT: 3.0,
};

/** Of instrument/responses. */
export const RESPONSES = {
  VELOCITIES: [1.0, 16.0, 32.0, 48.0, 64.0, 80.0, 96.0, 112.0, 127.0],
  NOTE_MARGIN: 3.0,
  FARTHEST_LN: 30.0,
};

/** Of instrument/descriptors. */
export const DESCRIPTORS = {
  LOUDNESS_FRAMES: 9,
};

/** Of instrument/transposition. */
export const TRANSPOSITION = {
  PIVOT_HZ: 1000.0,
  MOST_TILT: 3.0,
};

/** Of instrument/decoding. */
export const DECODING = {
  AUDIBLE_NEPERS: 0.4,
  STEADY_FRAMES: 5,
  MOST_CORRECTION_DB: 9.0,
  JOINED_BANDS: 0.45,
  MAX_DEVIATION: 0.7,
  STRAY_MOMENTS: 7,
  STRAY_BANDS: 14,
  ONSET_BOUNDS: /** @type {Record<string, [number, number]>} */ ({"offsets": [-0.5, 0.5], "glide": [-7.0, 48.0], "partial_attack": [-9.210340371976182, 3.0], "noise_attack": [-9.0, 4.0], "stereo": [-1.0, 2.0]}),
};

/** Of instrument/sampling. */
export const SAMPLING = {
  NOTE_REACH: 4.0,
  LOUDNESS_REACH_DB: 5.0,
  LAYER_DB: 1.5,
  MOST_BETWEEN_DB: 6.0,
  LEAST_BLUR: 0.15,
  ENOUGH_SOUNDS: 4,
  LONE_BLUR: 0.5,
  LEAST_SPREAD: 0.5,
  LONE_STEP: [1.1, 0.15, 0.3],
  LONE_STEP_RANGE: [0.9, 1.3],
  LONE_LOUDER_DB: 2.5,
  TILT_PER_DB: 0.015,
};

/** Of instrument/playing. */
export const PLAYING = {
  SHORTEST_S: 0.01,
  LONGEST_S: 12.0,
  UNPITCHED_NOTE: 60.0,
  SEMITONE_LIMIT: 48.0,
  TAKE_DEVIATION: 0.35,
  BRIGHTER_LN: 0.7,
  STEEPEST_TILT: 1.4,
};

/** Of instrument/headroom. */
export const HEADROOM = {
  LOUDEST_DB: -18.0,
  RANGE_DB: 18.0,
};

/** Of instrument/takes. */
export const TAKES = {
  END_FADE: 512,
};

/** Of sequences/voices. */
export const VOICES = {
  CHOKED: 529,
  STRUCK_AGAIN: 1764,
  LET_GO: 5292,
  STOLEN: 441,
  MOST: 32,
  YOUNG: 1323,
  YOUNG_BONUS: 1000.0,
  FADING_SHARE: 0.1,
  QUANTUM: 128,
};

/** Of limiter. */
export const LIMITER = {
  CEILING: 0.8413951416451951,
  AHEAD_LIVE: 48,
  SIDE: 16,
  RELEASE_S: 0.08,
  SAFE: 0.6,
};
