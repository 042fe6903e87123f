// @ts-check
// What a player had set when the page was last open, brought within bounds: browsers keep it, and anyone may write there.

/** @import { Slot, State } from "../types.d.ts" */

import { ASKED } from "../engine/constants.js";
import { PLAYER as TEXTURE } from "../engine/texture/constants.js";
import { CONTROLLERS } from "../midi/constants.js";

const { RANGES } = ASKED;
const HIGHEST_SEED = 2 ** 32 - 1;
const SHARE = /** @type {const} */ ([0, 1]);
const SEED = /** @type {const} */ ([0, HIGHEST_SEED]);

/** Of seeds that are turned or drawn on the page. */
export const MOST_SEED = 9999;
/** Up or down. */
export const MOST_OCTAVES = 4;
/** Of tempo, in beats a minute, as it can be set on the page. */
export const TEMPO = { least: 30, most: 300 };
/** Of what plays on. */
export const GROOVE_DB = { least: -36, most: 24 };

/** Least and most. @type {Record<string, readonly [number, number]>} */
const NUMBERS = {
  touch: RANGES.velocity,
  glide: RANGES.glide_ms,
  volume: SHARE,
  wildness: RANGES.wildness,
  spread: SHARE,
  tempo: [TEMPO.least, TEMPO.most],
  swing: SHARE,
  "morph.x": SHARE,
  "morph.y": SHARE,
  "branches.reach": SHARE,
  "groove.wildness": RANGES.wildness,
  "groove.density": RANGES.density,
  "groove.swing": SHARE,
  "groove.levelling": SHARE,
  "groove.tempo": RANGES.tempo_bpm,
  "groove.level": [GROOVE_DB.least, GROOVE_DB.most],
  "groove.pace": [Math.log2(TEXTURE.BOUNDS.pace[0]), Math.log2(TEXTURE.BOUNDS.pace[1])],
  "bus.room": SHARE,
  "bus.drive": SHARE,
  "bus.press": SHARE,
};

/** @type {Record<string, readonly [number, number]>} */
const WHOLE = {
  octave: [-MOST_OCTAVES, MOST_OCTAVES],
  seed: SEED,
  "branches.seed": SEED,
  "groove.seed": SEED,
};

/** @type {Record<string, string[]>} */
const WORDS = {
  surface: ["keys", "pads"],
  view: ["map", "morph", "branches", "history"],
  curve: Object.keys(CONTROLLERS.CURVES),
};

/**
 * Brings settings within what can be set; what is none of a choice is as it is first.
 *
 * @param {State} state has the shape of one already
 * @param {State} fresh
 */
export function bound(state, fresh) {
  for (const [path, [least, most]] of Object.entries({ ...NUMBERS, ...WHOLE })) {
    const { of, name } = ownerOf(state, path);
    const value = Math.max(least, Math.min(most, of[name]));
    of[name] = path in WHOLE ? Math.round(value) : value;
  }
  for (const [path, words] of Object.entries(WORDS)) {
    const { of, name } = ownerOf(state, path);
    if (!words.includes(of[name])) of[name] = ownerOf(fresh, path).of[name];
  }
  if (!state.slots[state.slot]) state.slot = 0;
  if (!state.patterns[state.pattern]) state.pattern = 0;
  const { learnt } = state.midi;
  for (const [key, control] of Object.entries(learnt))
    if (typeof control !== "string") delete learnt[key];
}

/**
 * Where a setting is held.
 *
 * @param {any} state
 * @param {string} path
 */
function ownerOf(state, path) {
  const parts = path.split(".");
  const name = parts.pop() ?? "";
  return { of: parts.reduce((held, part) => held[part], state), name };
}

/**
 * A pad of what was kept of it; whether the instrument can play its sound is not known here.
 *
 * @param {Slot} fresh
 * @param {any} kept
 * @param {Slot["shape"]} shape
 * @returns {Slot}
 */
export function keptSlot(fresh, kept, shape) {
  const { kind, sound = null, origin = null, note = null } = kept ?? {};
  if (typeof kind !== "string") return fresh;
  const [lowest, highest] = RANGES.note;
  const within = Number.isFinite(note) && note >= lowest && note <= highest;
  return {
    kind,
    sound,
    origin: typeof origin === "string" ? origin : null,
    note: within ? note : fresh.note,
    shape,
  };
}
