// @ts-check
// What was heard lately, and favourites: kept in the browser for each instrument, within bounds.

/** @import { App } from "../app.js" */
/** @import { Instrument, Sound } from "../engine/types.d.ts" */
/** @import { HitEvent, Shape, Tried } from "../types.d.ts" */

import { NEUTRAL_SHAPE } from "../session.js";
import { isKnown } from "../sounds/known.js";

const PREFIX = "messina:heard:";
const MOST_HEARD = 40;
const MOST_KEPT = 60;
const MOST_INSTRUMENTS = 12;
const LONGEST = 400_000; // characters
const SAVE_AFTER_MS = 1000;
const BY_HANDS = ["hand", "midi", "map", "morph", "branch", "audition"];

/** Says "change". */
export class Heard extends EventTarget {
  #key;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** Newest first. @type {Tried[]} */
  lately;
  /** @type {Tried[]} */
  kept;

  /**
   * @param {App} app
   * @param {string} digest of the instrument's file
   */
  constructor(app, digest) {
    super();
    this.app = app;
    this.#key = PREFIX + digest.slice(0, 16);
    const { lately, kept } = read(this.#key);
    this.lately = sounds(app.instrument, lately).slice(0, MOST_HEARD);
    this.kept = sounds(app.instrument, kept).slice(0, MOST_KEPT);
    app.listen(app.performer, "hit", (event) => this.#hear(event));
    app.listen(window, "pagehide", () => this.save());
    app.atEnd(() => this.save());
  }

  /** @param {HitEvent} event */
  #hear({ detail: { source, slot, sound: heard, note, seed, hit, shape } }) {
    if (!BY_HANDS.includes(source) || !heard) return;
    const { instrument, session } = this.app;
    const origin = slot === null ? null : session.state.slots[slot].origin;
    this.add({
      kind: instrument.labels[heard.label].name,
      sound: heard,
      origin: origin ?? this.app.tried?.origin ?? null,
      note: note ?? null,
      seed: seed ?? hit.seed,
      shape: { ...NEUTRAL_SHAPE, ...shape },
    });
  }

  /** @param {Tried} one */
  add(one) {
    const others = this.lately.filter((other) => !isSameSound(other.sound, one.sound));
    this.lately = [one, ...others].slice(0, MOST_HEARD);
    this.#changed();
  }

  /** @param {Tried} one */
  isKept(one) {
    return this.kept.some((other) => isSame(other, one));
  }

  /**
   * Makes a favourite of it, or no more.
   *
   * @param {Tried} one
   * @returns {boolean} whether it was done: there is room for so many
   */
  keep(one) {
    if (this.isKept(one)) this.kept = this.kept.filter((other) => !isSame(other, one));
    else if (this.kept.length >= MOST_KEPT) return false;
    else this.kept = [one, ...this.kept];
    this.#changed();
    return true;
  }

  forget() {
    this.lately = [];
    this.#changed();
  }

  #changed() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), SAVE_AFTER_MS);
    this.dispatchEvent(new Event("change"));
  }

  save() {
    clearTimeout(this.#timer);
    try {
      if (this.lately.length + this.kept.length === 0) {
        localStorage.removeItem(this.#key);
        return;
      }
      forgetOldest(this.#key);
      const { lately, kept } = this;
      localStorage.setItem(this.#key, JSON.stringify({ at: Date.now(), lately, kept }));
    } catch {
      // Full or forbidden: it is only not kept.
    }
  }
}

/**
 * @param {Tried} one
 * @param {Tried} other
 */
const isSame = (one, other) => one.seed === other.seed && isSameSound(one.sound, other.sound);

/**
 * One number of them tells most apart: this is asked at every hit, of everything that was heard.
 *
 * @param {Sound | null} one
 * @param {Sound | null} other
 */
const isSameSound = (one, other) =>
  one?.z[0] === other?.z[0] && JSON.stringify(one) === JSON.stringify(other);

/** @param {string} key @returns {{ at?: number, lately?: unknown, kept?: unknown }} */
function read(key) {
  try {
    const text = localStorage.getItem(key) ?? "";
    return (text.length <= LONGEST && JSON.parse(text)) || {};
  } catch {
    return {};
  }
}

/**
 * Of what is kept, what the instrument can play.
 *
 * @param {Instrument} instrument
 * @param {unknown} rows
 * @returns {Tried[]}
 */
function sounds(instrument, rows) {
  if (!Array.isArray(rows)) return [];
  return rows.flatMap((row) => {
    if (!isKnown(instrument, row?.sound)) return [];
    const { kind, origin = null, note = null, seed, shape } = row;
    if (typeof kind !== "string" || !Number.isInteger(seed)) return [];
    if (origin !== null && typeof origin !== "string") return [];
    if (note !== null && !Number.isFinite(note)) return [];
    return [{ kind, sound: row.sound, origin, note, seed, shape: shapeOf(shape) }];
  });
}

/**
 * A shape of whatever was kept: numbers where there are some.
 *
 * @param {any} given
 */
export function shapeOf(given) {
  /** @type {Shape} */
  const shape = { ...NEUTRAL_SHAPE };
  for (const name of /** @type {(keyof Shape)[]} */ (Object.keys(shape)))
    if (Number.isFinite(given?.[name])) shape[name] = given[name];
  return shape;
}

/**
 * Instruments come and go: those not played for longest make room.
 *
 * @param {string} key of the one that stays
 */
function forgetOldest(key) {
  const keys = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX) && name !== key);
  if (keys.length < MOST_INSTRUMENTS) return;
  /** @param {string} name */
  const at = (name) => Number(read(name).at) || 0;
  keys.sort((a, b) => at(b) - at(a));
  for (const old of keys.slice(MOST_INSTRUMENTS - 1)) localStorage.removeItem(old);
}
