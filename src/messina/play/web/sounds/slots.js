// Which sound each of the sixteen pads has at first.

import { learntSound } from "../engine/index.js";
import { NEUTRAL_SHAPE, PADS } from "../session.js";
import { roleOf } from "./roles.js";

const SCALE = [0, 2, 4, 7, 9];

/** Slots {kind, sound, origin, note, shape}: sound null means drawn anew at every hit. */
export function freshSlots(instrument, atlas, events) {
  if (events) return kitSlots(instrument, atlas, struckMost(instrument.labels, events));
  return instrument.pitched
    ? pitchedSlots(instrument)
    : kitSlots(instrument, atlas, instrument.labels);
}

/** Of a groove's many kinds of hits those it strikes most, so that pads light up as it plays. */
function struckMost(labels, { manifest, arrays }) {
  const struck = new Map();
  for (const voice of arrays.voice) {
    const { label } = manifest.vocabulary[voice];
    struck.set(label, (struck.get(label) ?? 0) + 1);
  }
  const times = ({ name }) => struck.get(name) ?? 0;
  return [...labels].sort((a, b) => times(b) - times(a)).slice(0, PADS);
}

function slot(kind, { note = null, index = null, instrument } = {}) {
  return {
    kind,
    note,
    sound: index === null ? null : learntSound(instrument, index),
    origin: index === null ? null : instrument.sounds[index].name,
    shape: { ...NEUTRAL_SHAPE },
  };
}

/** One pad a label; those left are sounds far from all on the pads so far. */
function kitSlots(instrument, atlas, from) {
  const labels = inOrder(from);
  const slots = labels.slice(0, PADS).map((label) => slot(label.name));
  const taken = labels.slice(0, PADS).map((label) => instrument.sounds[label.typical]);
  while (slots.length < PADS) {
    const next = farthest(atlas, taken);
    taken.push(next);
    slots.push(
      slot(instrument.labels[labelIndex(instrument, next)].name, { index: next.index, instrument }),
    );
  }
  return slots;
}

function inOrder(labels) {
  const byRole = [...labels].sort((a, b) => roleOf(a.name) - roleOf(b.name) || b.sounds - a.sounds);
  const isFirst = (label, i) =>
    i === byRole.findIndex((other) => roleOf(other.name) === roleOf(label.name));
  return [...byRole.filter(isFirst), ...byRole.filter((label, i) => !isFirst(label, i))];
}

function farthest({ sounds, places }, taken) {
  const apart = (a, b) => (a.x - b.x) ** 2 + (a.y - b.y) ** 2;
  const distance = (sound) =>
    Math.min(...taken.map((t) => apart(places[t.index], places[sound.index])));
  return sounds.reduce((best, sound) => (distance(sound) > distance(best) ? sound : best));
}

/** A pentatonic ladder from the middle of what was learnt. */
function pitchedSlots(instrument) {
  const labels = instrument.labels.filter((label) => label.pitched);
  const main = labels.reduce((a, b) => (b.sounds > a.sounds ? b : a));
  const middle = Math.round((main.low + main.high) / 2);
  const root = Math.round((middle - 12) / 12) * 12;
  return Array.from({ length: PADS }, (_, i) =>
    slot(main.name, { note: root + 12 * Math.floor(i / SCALE.length) + SCALE[i % SCALE.length] }),
  );
}

/** A sound's label as an index, whichever way the instrument gives it. */
export function labelIndex(instrument, sound) {
  return typeof sound.label === "number"
    ? sound.label
    : instrument.labels.findIndex((l) => l.name === sound.label);
}
