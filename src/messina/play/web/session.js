// @ts-check
// What the player has set, for one instrument: kept in the browser, undone step by step.
//
// Topics tell the views what changed: slot, slots, shape, locks, feel, view, morph, steps, tempo,
// surface, midi, learnt, groove. A view redraws for its own topics only.

/** @import { Slot, State } from "./types.d.ts" */

import { GROOVE } from "./engine/groove/constants.js";

const PREFIX = "messina:1:";
const MOST_UNDO = 100;
const SAVE_AFTER_MS = 250;

export const PADS = 16;
export const ROWS = 8;
export const STEPS = 16;

export const NEUTRAL_SHAPE = Object.freeze({
  brightness: 0,
  decay: 0,
  attack: 0,
  tune: 0,
  width: 1,
  level: 0,
});

/**
 * A new player's settings; `slots` come from the instrument.
 *
 * @param {Slot[]} slots
 * @param {boolean} pitched
 * @returns {State}
 */
export function freshState(slots, pitched) {
  return {
    slots,
    slot: 0,
    tied: pitched,
    surface: pitched ? "keys" : "pads",
    octave: 0,
    touch: 100,
    ring: false,
    volume: 0.8,
    wildness: 1,
    spread: 0.4,
    seed: 1,
    view: "map",
    locks: {},
    morph: { corners: null, x: 0.5, y: 0.5 },
    branches: { seed: 1, reach: 0.5 },
    tempo: 104,
    swing: 0,
    steps: Array.from({ length: ROWS }, () => Array(STEPS).fill(0)),
    muted: Array(ROWS).fill(false),
    groove: {
      seed: 1,
      wildness: 1,
      density: 0,
      swing: 0,
      levelling: GROOVE.LEVELLING,
      pace: 0,
      mixed: [],
      tempo: 120,
      level: 0,
    },
    midi: { input: "all", channel: 0, learnt: {} },
  };
}

export class Session extends EventTarget {
  #key;
  #timer = 0;
  /** @type {string[]} */
  #past = [];

  /**
   * @param {string} name
   * @param {State} fresh
   */
  constructor(name, fresh) {
    super();
    this.#key = PREFIX + name;
    /** @type {State} */
    this.state = merged(fresh, read(this.#key));
    addEventListener("pagehide", () => this.save());
  }

  /**
   * Changes the state and tells the topics.
   *
   * @param {string} topics
   * @param {(state: State) => void} mutate
   */
  change(topics, mutate) {
    mutate(this.state);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), SAVE_AFTER_MS);
    for (const topic of topics.split(" ")) this.dispatchEvent(new Event(topic));
  }

  /**
   * Calls back now and whenever one of the topics changes.
   *
   * @param {string} topics
   * @param {() => void} react
   */
  on(topics, react) {
    for (const topic of topics.split(" ")) this.addEventListener(topic, react);
    react();
  }

  get current() {
    return this.state.slots[this.state.slot];
  }

  /** Before the slots are changed by hand: what `undo` comes back to. */
  remember() {
    const now = JSON.stringify([this.state.slots, this.state.slot]);
    if (this.#past.at(-1) === now) return;
    this.#past.push(now);
    if (this.#past.length > MOST_UNDO) this.#past.shift();
    this.dispatchEvent(new Event("past"));
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  undo() {
    const before = this.#past.pop();
    if (!before) return;
    const [slots, slot] = JSON.parse(before);
    this.change("slots slot shape past", (state) => {
      state.slots = slots;
      state.slot = slot;
    });
  }

  /** Forgets everything that was set, and keeps nothing any more. */
  forget() {
    this.save = () => {};
    clearTimeout(this.#timer);
    try {
      localStorage.removeItem(this.#key);
    } catch {
      // Nothing was kept in the first place.
    }
  }

  save() {
    clearTimeout(this.#timer);
    try {
      localStorage.setItem(this.#key, JSON.stringify(this.state));
    } catch {
      // Full or forbidden: playing goes on, it is only not kept.
    }
  }
}

/** @param {string} key */
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * What was kept where it has the shape of what is expected, the fresh value everywhere else.
 *
 * @param {any} fresh
 * @param {any} kept
 * @returns {any}
 */
export function merged(fresh, kept) {
  if (Array.isArray(fresh)) {
    if (!Array.isArray(kept) || kept.length !== fresh.length) return fresh;
    return fresh.map((value, i) => merged(value, kept[i]));
  }
  if (fresh === null) return kept === undefined ? null : kept;
  if (typeof fresh === "object") {
    if (kept === null || typeof kept !== "object" || Array.isArray(kept)) return fresh;
    const open = Object.keys(fresh).length === 0;
    const names = open ? Object.keys(kept) : Object.keys(fresh);
    return Object.fromEntries(
      names.map((name) => [name, open ? kept[name] : merged(fresh[name], kept[name])]),
    );
  }
  if (typeof fresh === "number") return Number.isFinite(kept) ? kept : fresh;
  return typeof kept === typeof fresh ? kept : fresh;
}
