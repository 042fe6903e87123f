// @ts-check
// Which sound each pad has at first: sixteen, or as many banks of sixteen as there are labels for.

/** @import { EventModel } from "../engine/groove/model.js" */
/** @import { Instrument, Label, LearntSound } from "../engine/types.d.ts" */
/** @import { Slot } from "../types.d.ts" */

import { learntSound } from "../engine/index.js";
import { MOST_BANKS, NEUTRAL_SHAPE, PADS } from "../session.js";
import { roleOf } from "./roles.js";

const SCALE = [0, 2, 4, 7, 9];

/**
 * Slots {kind, sound, origin, note, shape}: sound null means drawn anew at every hit.
 *
 * @param {Instrument} instrument
 * @param {EventModel | null} events
 */
export function freshSlots(instrument, events) {
  if (events) {
    const labels = struckMost(instrument.labels, events);
    return kitSlots(instrument, [labels.slice(0, PADS), labels.slice(PADS)]);
  }
  return instrument.pitched ? pitchedSlots(instrument) : kitSlots(instrument, [instrument.labels]);
}

/**
 * A groove's many kinds of hits, those it strikes most first, so that pads light up as it plays.
 *
 * @param {Label[]} labels
 * @param {EventModel} options
 */
function struckMost(labels, { manifest, arrays }) {
  const struck = new Map();
  for (const voice of arrays.voice) {
    const { label } = manifest.vocabulary[voice];
    struck.set(label, (struck.get(label) ?? 0) + 1);
  }
  /** @param {Label} label */
  const times = ({ name }) => struck.get(name) ?? 0;
  return [...labels].sort((a, b) => times(b) - times(a));
}

/**
 * @param {string} kind
 * @param {{ note?: number | null, learnt?: { instrument: Instrument, index: number } | null }} [asked]
 * @returns {Slot}
 */
function slot(kind, { note = null, learnt = null } = {}) {
  return {
    kind,
    note,
    sound: learnt ? learntSound(learnt.instrument, learnt.index) : null,
    origin: learnt ? learnt.instrument.sounds[learnt.index].name : null,
    shape: { ...NEUTRAL_SHAPE },
  };
}

/**
 * One pad a label; those left are sounds far from all on the pads so far.
 *
 * @param {Instrument} instrument
 * @param {Label[][]} groups what comes first, and after it
 */
function kitSlots(instrument, groups) {
  const labels = groups.flatMap(inOrder).slice(0, MOST_BANKS * PADS);
  const count = PADS * Math.max(1, Math.ceil(labels.length / PADS));
  const slots = labels.map((label) => slot(label.name));
  const taken = labels.map((label) => instrument.sounds[label.typical]);
  while (slots.length < count) {
    const next = farthest(instrument, taken);
    taken.push(next);
    slots.push(
      slot(instrument.labels[labelIndex(instrument, next)].name, {
        learnt: { instrument, index: next.index },
      }),
    );
  }
  return slots;
}

/** @param {Label[]} labels */
function inOrder(labels) {
  const byRole = [...labels].sort((a, b) => roleOf(a.name) - roleOf(b.name) || b.sounds - a.sounds);
  /**
   * @param {Label} label
   * @param {number} i
   */
  const isFirst = (label, i) =>
    i === byRole.findIndex((other) => roleOf(other.name) === roleOf(label.name));
  return [...byRole.filter(isFirst), ...byRole.filter((label, i) => !isFirst(label, i))];
}

/**
 * @param {Instrument} instrument
 * @param {LearntSound[]} taken
 */
function farthest({ sounds }, taken) {
  /** @param {LearntSound} sound */
  const distance = (sound) =>
    Math.min(...taken.map((t) => (t.x - sound.x) ** 2 + (t.y - sound.y) ** 2));
  return sounds.reduce((best, sound) => (distance(sound) > distance(best) ? sound : best));
}

/**
 * A pentatonic ladder from the middle of what was learnt.
 *
 * @param {Instrument} instrument
 */
function pitchedSlots(instrument) {
  const labels = instrument.labels.filter((label) => label.pitched);
  const main = labels.reduce((a, b) => (b.sounds > a.sounds ? b : a));
  const middle = Math.round(((main.low ?? 60) + (main.high ?? 60)) / 2);
  const root = Math.round((middle - 12) / 12) * 12;
  return Array.from({ length: PADS }, (_, i) =>
    slot(main.name, { note: root + 12 * Math.floor(i / SCALE.length) + SCALE[i % SCALE.length] }),
  );
}

/**
 * A sound's label as an index, whichever way the instrument gives it.
 *
 * @param {Instrument} instrument
 * @param {{ label: string | number }} sound
 */
export function labelIndex(instrument, sound) {
  return typeof sound.label === "number"
    ? sound.label
    : (numbered(instrument).get(sound.label) ?? -1);
}

/** @type {WeakMap<Instrument, Map<string, number>>} */
const numbers = new WeakMap();

/**
 * The indices of labels by their names: there may be a thousand of them, and many more sounds.
 *
 * @param {Instrument} instrument
 */
function numbered(instrument) {
  let known = numbers.get(instrument);
  if (!known) {
    known = new Map(instrument.labels.map(({ name }, index) => [name, index]));
    numbers.set(instrument, known);
  }
  return known;
}

/**
 * The learnt sounds of each label, in the order of the labels.
 *
 * @param {Instrument} instrument
 */
export function soundsByLabel(instrument) {
  /** @type {LearntSound[][]} */
  const groups = instrument.labels.map(() => []);
  for (const sound of instrument.sounds) groups[labelIndex(instrument, sound)]?.push(sound);
  return groups;
}
