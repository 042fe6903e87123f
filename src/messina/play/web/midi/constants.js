/* Numbers that have one meaning here and in Python: written by its module play/constants; do not
 * edit. Each table is named for the Python module that says what its numbers mean. */

/** Of controllers. */
export const CONTROLLERS = {
  BEND_RANGE: 2.0,
  MEMBERS_BEND_RANGE: 48.0,
  RELEASE_OCTAVES: 1.0,
  FIXED_VELOCITY: 100.0,
  CURVES: {"linear": 1.0, "soft": 0.6, "hard": 1.6, "fixed": 0.0},
  LEAST_VALUE: 0.5,
  USUAL_GLIDE_MS: 60.0,
  LONGEST_GLIDE_MS: 2000.0,
  SOFT_PEDAL: 0.75,
  CONTROLLER: {"BANK": 0, "MODULATION": 1, "BREATH": 2, "GLIDE_TIME": 5, "DATA": 6, "VOLUME": 7, "EXPRESSION": 11, "DATA_LOW": 38, "SUSTAIN": 64, "GLIDE": 65, "SOSTENUTO": 66, "SOFT": 67, "LEGATO": 68, "BRIGHTNESS": 74, "NRPN_LOW": 98, "NRPN_HIGH": 99, "RPN_LOW": 100, "RPN_HIGH": 101, "ALL_SOUND_OFF": 120, "RESET": 121, "ALL_NOTES_OFF": 123, "MONO": 126, "POLY": 127},
};

/** Of sequences/gestures. */
export const GESTURES = {
  CHANNELS: 16,
};

/** Of sequences/midi_writing. */
export const MIDI_WRITING = {
  WRITTEN_TICKS: 480,
};
