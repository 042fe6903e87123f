// @ts-check
// What is taken elsewhere: a sound; the sequence, as a MIDI file and as stems, one WAV file a pad, as it is heard with this
// seed; and a recording as stems.

/** @import { App } from "../app.js" */
/** @import { OfflineEvent } from "../engine/types.d.ts" */
/** @import { Struck } from "./played.js" */

import { PLAYING } from "../engine/constants.js";
import { SONG } from "../engine/groove/constants.js";
import { SAMPLE_RATE } from "../engine/index.js";
import { groupOf } from "../engine/playing.js";
import { playedBy } from "../sounds/keys.js";
import { midiFile, WRITTEN_TICKS } from "../sounds/midi-file.js";
import { download, fileName, wavFile } from "../sounds/wav.js";
import { zipOf } from "../sounds/zip.js";
import { chainOf, NAMES, STEPS_A_BEAT, SWING, struckAt } from "./patterns.js";
import { recipeOf } from "./played.js";

const { LONGEST_S } = PLAYING;
const TICKS_A_STEP = WRITTEN_TICKS / STEPS_A_BEAT;
const TAIL_S = 3;
const MOST_S = 1200; // of all stems together
const UNHEARD_DB = -200;
const EMPTY = "There are no steps in it yet: set some first.";

/**
 * Downloads what is tried, else the current pad's sound. Throws Error where nothing is to be heard in it.
 *
 * @param {App} app
 */
export async function saveSound(app) {
  const { blob, name } = await soundFile(app);
  download(blob, name);
}

/**
 * What is tried, else the current pad's sound, as a WAV file. Throws Error where nothing is to be heard in it.
 *
 * @param {App} app
 */
export async function soundFile(app) {
  const { session, performer, instrument, engine } = app;
  const { current, state } = session;
  const tried = app.tried?.sound ? app.withLocks(app.tried) : null;
  const { kind, note } = tried ?? current;
  const shape = tried?.shape ?? current.shape;
  const sound = tried?.sound ?? performer.soundOf(state.slot);
  const asked = { velocity: 110, wildness: 0, ...shape, ...(note !== null && { note }) };
  const channels = await engine.renderOffline(
    [{ time: 0, instrument, sound, seed: state.seed, ...asked }],
    Math.min(LONGEST_S, 0.5 + 4 * sound.decay * 4 ** shape.decay),
  );
  const end = lastSounding(channels);
  if (end === 0)
    throw new Error(
      "This sound came out silent, so no file was made. Is its level all the way down?",
    );
  const heard = channels.map((c) => c.subarray(0, end));
  const comment = app.commentOf({ asked: { label: kind, ...asked }, sound });
  return {
    blob: wavFile(heard, SAMPLE_RATE, comment),
    name: `${fileName(app.name, kind, state.seed)}.wav`,
  };
}

/**
 * Samples up to the last that can be heard and a little silence; 0 when none can.
 *
 * @param {Float32Array[]} channels
 */
function lastSounding(channels) {
  let last = -1;
  for (const channel of channels) {
    for (let n = channel.length - 1; n > last; n--) {
      if (Math.abs(channel[n]) > 3e-5) {
        last = n;
        break;
      }
    }
  }
  return last < 0 ? 0 : Math.min(channels[0].length, last + 2205);
}

/** @typedef {{ row: number, velocity: number, late: boolean, count: number }} Step count: of steps before it */

/**
 * What is struck when the chain is played once, and how many steps that takes.
 *
 * @param {App} app
 */
function onceThrough({ session }) {
  const { patterns, muted, slots } = session.state;
  /** @type {Step[]} */
  const struck = [];
  let count = 0;
  for (const index of chainOf(session.state)) {
    for (let step = 0; step < patterns[index].length; step++) {
      for (const [row, velocity] of struckAt(patterns[index], step, slots.length))
        if (!muted[row]) struck.push({ row, velocity, late: step % 2 === 1, count });
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
    const tick = one.count * TICKS_A_STEP + (one.late ? late : 0);
    const channel = pitched === null ? SONG.DRUM_CHANNEL : 0;
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
 * Downloads a stem for every pad that the sequence strikes, in a ZIP archive.
 *
 * @param {App} app
 */
export async function saveStems(app) {
  const { performer, sequencer, session } = app;
  const { struck, steps } = onceThrough(app);
  const stepS = 60 / sequencer.tempo / STEPS_A_BEAT;
  const hits = struck.map(({ row, velocity, late, count }) => ({
    slot: row,
    label: app.instrument.labels.findIndex(({ name }) => name === session.state.slots[row].kind),
    note: performer.noteOf(row, { velocity, count }),
    time: count * stepS + (late ? sequencer.lateS : 0),
    end: null,
  }));
  await save(app, hits, { seconds: steps * stepS, name: nameOf(app) });
}

/**
 * Downloads a stem for every pad, and every label without one, that was struck while the last recording ran.
 *
 * @param {App} app
 */
export async function saveStemsOfRecording(app) {
  const { struck, seconds } = app.played;
  if (struck.length === 0) throw new Error("Nothing was struck in the last recording.");
  await save(app, struck, { seconds, name: fileName(app.name, "recording") });
}

/**
 * Stems, all of one length, each what of the hits one pad plays.
 *
 * @param {App} app
 * @param {Struck[]} hits
 * @param {{ seconds: number, name: string }} options
 */
async function save(app, hits, { seconds, name }) {
  const { instrument, session, engine } = app;
  const length = seconds + TAIL_S;
  const controls = engine.controls(instrument);
  /** @param {Struck} hit */
  const keyOf = ({ slot, label }) => (slot === null ? `label ${label}` : `pad ${slot}`);
  /** @param {Struck} hit */
  const cutOffWith = ({ label, note }) =>
    instrument.labels[label] && groupOf(instrument.labels[label], note, controls);
  const stems = new Map(hits.map((hit) => [keyOf(hit), hit]));
  if (length * stems.size > MOST_S)
    throw new Error(
      `${stems.size} stems of ${Math.round(length)} s are more than can be made here at once; take less or mute some pads.`,
    );
  const files = [];
  const inOrder = [...stems].sort(([, a], [, b]) => (a.slot ?? 999) - (b.slot ?? 999));
  for (const [key, { slot, label }] of inOrder) {
    const own = hits.filter((hit) => keyOf(hit) === key);
    const groups = new Set(own.map(cutOffWith).filter(Boolean));
    // What cuts them off, as hi-hats do each other, and notes themselves.
    const heard = hits.filter((hit) => keyOf(hit) === key || groups.has(cutOffWith(hit)));
    const channels = await engine.renderOffline(eventsOf(app, heard, key, keyOf), length);
    const kind = instrument.labels[label]?.name ?? "";
    const number = slot === null ? "" : String(slot + 1).padStart(2, "0");
    const note = slot === null ? "" : (session.state.slots[slot].note ?? "");
    const asked = { label: kind, ...(slot !== null && { pad: slot + 1 }) };
    const blob = wavFile(channels, SAMPLE_RATE, app.commentOf({ asked, ...recipeOf(own) }));
    files.push({ name: `${fileName(number, kind, note)}.wav`, blob });
  }
  download(await zipOf(files), `${name}_stems.zip`);
}

/**
 * What is rendered of hits: those of another stem unheard, for they cut off what is heard.
 *
 * @param {App} app
 * @param {Struck[]} heard
 * @param {string} key
 * @param {(hit: Struck) => string} keyOf
 * @returns {OfflineEvent[]}
 */
function eventsOf({ instrument }, heard, key, keyOf) {
  const on = heard.map((hit) => ({
    ...hit.note,
    time: hit.time,
    instrument,
    level: keyOf(hit) === key ? (hit.note.level ?? 0) : UNHEARD_DB,
  }));
  const off = heard.flatMap(({ end }, hit) =>
    end === null ? [] : [{ type: /** @type {const} */ ("off"), time: end, hit }],
  );
  return [...on, ...off];
}
