/* Numbers of what sounds, the same in Python: written by its module play/constants; do not edit. */

/** Tags: what the numbers of a sound's or a piece's seed are for. */
export const PURPOSE = Object.freeze({"SOUND": 1, "LAYER": 2, "LONE": 3, "NEAR": 4, "STRAY": 5, "NOISE": 6, "STRIKE": 7, "EVENTS": 8, "TEXTURE": 9});

/** Of what is fed back, and of factors and times: see the Python module rounding. */
export const GRID = 1.52587890625e-05;
export const FINE_GRID = 9.313225746154785e-10;

/** Samples in which a voice ends, in a straight line. */
export const FADES = Object.freeze({"choked": 529, "struckAgain": 1764, "letGo": 5292, "stolen": 441});

/** Of the limiter: amplitudes, samples, seconds. */
export const LIMITER = Object.freeze({"ceiling": 0.8413951416451951, "ahead": 48, "side": 16, "release": 0.08, "safe": 0.6});
