/* Numbers of what sounds, the same in Python: written by its module play/constants; do not edit. */

/** Samples in which a voice ends, in a straight line. */
export const FADES = Object.freeze({"choked": 529, "struckAgain": 1764, "letGo": 5292, "stolen": 441});

/** Of the limiter: amplitudes, samples, seconds. */
export const LIMITER = Object.freeze({"ceiling": 0.8413951416451951, "ahead": 48, "side": 16, "release": 0.08, "safe": 0.6});
