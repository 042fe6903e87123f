// @ts-check
// What the player has set, for one instrument: kept in the browser, undone step by step.
//
// Topics tell the views what changed: slot, slots, shape, locks, feel, view, morph, branches, steps,
// pattern, tempo, surface, octave, touch, keyboard, midi, groove, bus, volume, past. A view redraws for
// its own topics only.

/** @import { Slot, State } from "./types.d.ts" */

import { GROOVE } from "./engine/groove/constants.js";
import { NO_EFFECTS } from "./play/effects.js";
import { bound, keptSlot } from "./play/kept.js";
import { OWN } from "./play/midi-clock.js";
import { chainFrom, checkedPattern, emptyPattern, NAMES, withPatterns } from "./play/patterns.js";

const PREFIX = "messina:1:";
const MOST_UNDO = 100;
const SAVE_AFTER_MS = 250;

/** Of a bank. */
export const PADS = 16;
export const MOST_BANKS = 4;

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
    mono: false,
    glide: 0,
    curve: "linear",
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
    patterns: NAMES.map(emptyPattern),
    pattern: 0,
    chain: "",
    clock: OWN,
    muted: Array(slots.length).fill(false),
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
    bus: { ...NO_EFFECTS },
    midi: { input: "all", channel: 0, learnt: {} },
  };
}

export class Session extends EventTarget {
  #key;
  #timer = 0;
  /** @type {{ before: string, what: string }[]} */
  #past = [];

  /**
   * @param {string} name
   * @param {State} fresh
   */
  constructor(name, fresh) {
    super();
    this.#key = PREFIX + name;
    /** @type {State} */
    this.state = opened(fresh, withPatterns(read(this.#key)));
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

  /**
   * Before pads or patterns are changed by hand: what `undo` comes back to.
   *
   * @param {string} what is about to be done
   */
  remember(what) {
    const { slots, slot, patterns, pattern } = this.state;
    const before = JSON.stringify([slots, slot, patterns, pattern]);
    if (this.#past.at(-1)?.before === before) this.#past.pop();
    this.#past.push({ before, what });
    if (this.#past.length > MOST_UNDO) this.#past.shift();
    this.dispatchEvent(new Event("past"));
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  /** What `undo` would take back. */
  get lastChange() {
    return this.#past.at(-1)?.what ?? null;
  }

  /** Comes back to before the last change. @returns {string | null} what that was; null: nothing was done */
  undo() {
    const last = this.#past.pop();
    if (!last) return null;
    const [slots, slot, patterns, pattern] = JSON.parse(last.before);
    this.change("slots slot shape steps pattern past", (state) => {
      Object.assign(state, { slots, slot, patterns, pattern });
    });
    return last.what;
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
 * The state that was kept, as far as it can be used.
 *
 * @param {State} fresh
 * @param {any} kept
 */
function opened(fresh, kept) {
  const all = { ...kept, ...longer(fresh, kept) };
  const state = merged(fresh, all);
  state.slots = fresh.slots.map((slot, i) => {
    const own = all.slots?.[i];
    return keptSlot(slot, own, merged(slot.shape, own?.shape));
  });
  // Patterns hold what was set in them and nothing else, whatever the fresh ones hold.
  if (Array.isArray(kept?.patterns))
    state.patterns = NAMES.map((_, i) => checkedPattern(kept.patterns[i], state.slots.length));
  state.chain = chainFrom(state.chain);
  bound(state, fresh);
  return state;
}

/**
 * What was kept of pads when there were fewer of them.
 *
 * @param {State} fresh
 * @param {any} kept
 */
function longer(fresh, kept) {
  /** @param {"slots" | "muted"} name */
  const filled = (name) => {
    const own = kept?.[name];
    return Array.isArray(own) && { [name]: [...own, ...fresh[name].slice(own.length)] };
  };
  return { ...filled("slots"), ...filled("muted") };
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
