// @ts-check
// The sequence taken elsewhere: as a MIDI file, and as stems, one WAV file a pad, as it is heard with this seed.

/** @import { App } from "../app.js" */

import { SAMPLE_RATE } from "../engine/index.js";
import { playedBy } from "../sounds/keys.js";
import { midiFile, TICKS_A_BEAT } from "../sounds/midi-file.js";
import { download, fileName, wavFile } from "../sounds/wav.js";
import { zipOf } from "../sounds/zip.js";
import { chainOf, NAMES, STEPS_A_BEAT, SWING, struckAt } from "./patterns.js";

const TICKS_A_STEP = TICKS_A_BEAT / STEPS_A_BEAT;
const DRUMS = 9; // General MIDI's tenth channel
const TAIL_S = 3;
const MOST_S = 1200; // of all stems together
const UNHEARD_DB = -200;
const EMPTY = "There are no steps in it yet: set some first.";

/** @typedef {{ row: number, velocity: number, at: number, late: boolean, count: number }} Struck at: in steps */

/**
 * What is struck when the chain is played once, and how many steps that takes.
 *
 * @param {App} app
 */
function onceThrough({ session }) {
  const { patterns, muted, slots } = session.state;
  /** @type {Struck[]} */
  const struck = [];
  let count = 0;
  for (const index of chainOf(session.state)) {
    for (let step = 0; step < patterns[index].length; step++) {
      for (const [row, velocity] of struckAt(patterns[index], step, slots.length))
        if (!muted[row]) struck.push({ row, velocity, at: count, late: step % 2 === 1, count });
      count += 1;
    }
  }
  if (struck.length === 0) throw new Error(EMPTY);
  return { struck, steps: count };
}

/** @param {App} app */
const nameOf = ({ name, session }) =>
  fileName(name, session.state.chain || NAMES[session.state.pattern]);

/**
 * Downloads a MIDI file: drums on their keys, notes of a scale at their pitch.
 *
 * @param {App} app
 */
export function saveMidi(app) {
  const { slots, swing, tempo } = app.session.state;
  const { struck, steps } = onceThrough(app);
  const keys = keysOf(app);
  const late = Math.round(SWING * swing * TICKS_A_STEP);
  const notes = struck.flatMap((one) => {
    const pitched = slots[one.row].note;
    const key = pitched ?? keys.get(one.row);
    if (key === undefined) return [];
    const tick = one.at * TICKS_A_STEP + (one.late ? late : 0);
    const channel = pitched === null ? DRUMS : 0;
    return [{ tick, length: TICKS_A_STEP / 2, channel, key, velocity: one.velocity }];
  });
  const blob = midiFile(notes, { tempo, name: nameOf(app), ticks: steps * TICKS_A_STEP });
  download(blob, `${nameOf(app)}.mid`);
}

/**
 * The key of MIDI that plays a pad.
 *
 * @param {App} app
 * @returns {Map<number, number>}
 */
function keysOf({ instrument, session }) {
  const keys = new Map();
  for (const [key, { slot }] of playedBy(instrument, session.state.slots))
    if (slot !== undefined && !keys.has(slot)) keys.set(slot, key);
  return keys;
}

/**
 * Downloads a stem for every pad that is struck, all of one length, in a ZIP archive.
 *
 * @param {App} app
 */
export async function saveStems(app) {
  const { session, performer, sequencer } = app;
  const { struck, steps } = onceThrough(app);
  const stepS = 60 / sequencer.tempo / STEPS_A_BEAT;
  const seconds = steps * stepS + TAIL_S;
  const rows = [...new Set(struck.map(({ row }) => row))].sort((a, b) => a - b);
  if (seconds * rows.length > MOST_S)
    throw new Error(
      `${rows.length} stems of ${Math.round(seconds)} s are more than can be made here at once; take a shorter chain or mute some pads.`,
    );
  const notes = struck.map(({ row, velocity, at, late, count }) => ({
    row,
    time: at * stepS + (late ? sequencer.lateS : 0),
    note: performer.noteOf(row, { velocity, count }),
  }));
  const files = [];
  for (const row of rows) {
    const heard = notes.filter((one) => one.row === row || cutsOff(app, one.row, row));
    const events = heard.map(({ row: own, time, note }) => ({
      ...note,
      time,
      instrument: app.instrument,
      level: own === row ? note.level : UNHEARD_DB,
    }));
    const channels = await app.engine.renderOffline(events, seconds);
    const { kind, note } = session.state.slots[row];
    const comment = app.commentOf({ asked: { label: kind, pad: row + 1 } });
    const name = fileName(String(row + 1).padStart(2, "0"), kind, note ?? "");
    files.push({ name: `${name}.wav`, blob: wavFile(channels, SAMPLE_RATE, comment) });
  }
  download(await zipOf(files), `${nameOf(app)}_stems.zip`);
}

/**
 * Whether hits of a pad cut off those of another, as hi-hats do.
 *
 * @param {App} app
 * @param {number} row
 * @param {number} other
 */
function cutsOff({ instrument, session }, row, other) {
  const { slots } = session.state;
  /** @param {number} pad */
  const labelOf = (pad) => instrument.labels.find(({ name }) => name === slots[pad].kind);
  const [own, its] = [labelOf(row), labelOf(other)];
  if (own?.pitched && own === its) return slots[row].note === slots[other].note;
  return Boolean(own?.choke) && own?.choke === its?.choke;
}
