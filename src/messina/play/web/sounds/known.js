// @ts-check
// Sounds from outside, from files and from what the browser kept: whether an instrument can play them.

/** @import { Instrument, Sound } from "../engine/types.d.ts" */

import { SCHEMAS } from "../engine/bounds.js";
import { wrongIn } from "../engine/checking.js";

const POINT = { $ref: "#/$defs/Point" };

/**
 * @param {Instrument} instrument
 * @param {unknown} given
 * @returns {given is Sound}
 */
export function isKnown({ labels, sounds, manifest }, given) {
  if (wrongIn(given, POINT, SCHEMAS) !== null) return false;
  const { z, label, model, labels: shares } = /** @type {Sound} */ (given);
  return (
    z.length === manifest.network.latent &&
    label < labels.length &&
    (model === undefined || model === null || model < sounds.length) &&
    (shares ?? []).every(([index]) => index < labels.length)
  );
}
