// @ts-check
// Which note of MIDI plays which pad: drums lie where General MIDI has them, as in packs and in `live`.

/** @import { Instrument } from "../engine/types.d.ts" */
/** @import { Slot } from "../types.d.ts" */

import { DRUMS } from "../engine/groove/constants.js";
import { assignKeys } from "../engine/groove/drums.js";

const { FIRST_PAD } = DRUMS;
const MOST = 128;

/**
 * What notes play, in a Map: {slot}, a pad, or {label} where a label has no pad. Pads without a drum of their own take
 * free keys; notes of a scale lie one after the other.
 *
 * @param {Instrument} instrument
 * @param {Slot[]} slots
 * @returns {Map<number, { slot: number, label?: undefined } | { label: string, slot?: undefined }>}
 */
export function playedBy(instrument, slots) {
  if (slots.every(({ note }) => note !== null))
    return new Map(slots.map((_, slot) => [FIRST_PAD + slot, { slot }]));
  const drums = instrument.labels.filter(({ pitched }) => !pitched).map(({ name }) => name);
  const first = new Map();
  slots.forEach(({ kind }, slot) => {
    if (drums.includes(kind) && !first.has(kind)) first.set(kind, slot);
  });
  const others = slots.flatMap(({ kind }, slot) => (first.get(kind) === slot ? [] : [slot]));
  const spare = new Map(others.map((slot) => [`#${slot}`, slot]));
  const keys = assignKeys([...drums, ...spare.keys()].slice(0, MOST));
  return new Map(
    [...keys].map(([name, key]) => {
      const slot = spare.get(name) ?? first.get(name);
      return [key, slot === undefined ? { label: name } : { slot }];
    }),
  );
}
