// @ts-check
// Which note of MIDI plays which pad: labels lie on the keys that the instrument's table has for them.

/** @import { App } from "../app.js" */
/** @import { Hit, Instrument } from "../engine/types.d.ts" */
/** @import { Performer } from "../play/performer.js" */
/** @import { Slot } from "../types.d.ts" */

import { DRUMS } from "../engine/groove/constants.js";

const { ABOVE_THE_MAP, FIRST_PAD } = DRUMS;

/** @typedef {{ slot: number, label?: undefined, note?: undefined }} Pad */
/** @typedef {{ label: string, note?: number, slot?: undefined }} Bare */

/**
 * What notes play, in a Map: a pad, or a label that has none, at a note where it has a pitch. Pads beside the
 * first of a drum take keys that are free; notes of a scale lie one after the other.
 *
 * @param {Instrument} instrument
 * @param {Slot[]} slots
 * @returns {Map<number, Pad | Bare>}
 */
export function playedBy(instrument, slots) {
  /** @type {Map<number, Pad | Bare>} */
  const played = new Map();
  const scale = slots.every(({ note }) => note !== null);
  const first = new Map();
  if (!scale)
    slots.forEach(({ kind }, slot) => {
      if (!first.has(kind)) first.set(kind, slot);
    });
  instrument.keys.forEach((label, key) => {
    if (label === null) return;
    if (isPitched(instrument, label)) played.set(key, { label, note: key });
    else played.set(key, first.has(label) ? { slot: first.get(label) } : { label });
  });
  if (scale) {
    slots.forEach((_, slot) => {
      if (!drumOn(instrument, FIRST_PAD + slot)) played.set(FIRST_PAD + slot, { slot });
    });
    return played;
  }
  const placed = new Set([...played.values()].map(({ slot }) => slot));
  const start = played.size > 0 ? ABOVE_THE_MAP : FIRST_PAD;
  const count = instrument.keys.length;
  const order = instrument.keys.map((_, i) => (i < count - start ? start + i : count - 1 - i));
  const free = order.filter((key) => !played.has(key));
  slots.forEach((_, slot) => {
    const key = placed.has(slot) ? undefined : free.shift();
    if (key !== undefined) played.set(key, { slot });
  });
  return played;
}

/**
 * The label without pitch on a key; null where there is none.
 *
 * @param {Instrument} instrument
 * @param {number} key
 */
function drumOn(instrument, key) {
  const label = instrument.keys[key] ?? null;
  return label === null || isPitched(instrument, label) ? null : label;
}

/**
 * @param {Instrument} instrument
 * @param {string} label
 */
export const isPitched = ({ labels }, label) =>
  labels.find(({ name }) => name === label)?.pitched === true;

/**
 * Strikes what a key of MIDI plays: the current sound at its pitch where one plays a scale, else what lies on the key.
 * null: nothing does.
 *
 * @param {App} app
 * @param {number} note
 * @param {Parameters<Performer["strike"]>[1]} how
 * @returns {Hit | null}
 */
export function strikeKey({ instrument, session, performer }, note, how) {
  const { slots, slot: current, surface } = session.state;
  const drum = isPitched(instrument, slots[current].kind) && drumOn(instrument, note) !== null;
  if (surface === "keys" && !drum) return performer.strike(current, { ...how, note });
  const played = playedBy(instrument, slots).get(note);
  if (!played) return null;
  const { slot, label, note: own } = played;
  return slot === undefined
    ? performer.strikeLabel(label, { ...how, note: own })
    : performer.strike(slot, how);
}
