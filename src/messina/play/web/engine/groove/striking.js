// @ts-check
/* What the engine is asked for when an event is struck: the twin of the Python module sequences/round_robin, and of what
 * sequences/groove and sequences/performer make of events. */

/** @import { Instrument } from "../types.d.ts" */
/** @import { EventModel } from "./model.js" */
/** @import { Strike } from "./types.d.ts" */

import { PLAYING, VOICES } from "../constants.js";
import { CounterRng, PURPOSE } from "../counter-rng.js";
import { SAMPLE_RATE } from "../layout.js";
import { GROOVE, PERFORMER } from "./constants.js";
import { exemplarSounds, levellingGains } from "./exemplars.js";
import { RoundRobin } from "./round-robin.js";

const { OF_HITS } = GROOVE; // share of the wildness that is the hits'
const { UNPITCHED_NOTE } = PLAYING; // a drum on stage is not tuned between two hits
const { EARLIEST_S } = PERFORMER;

/** Says which takes hits are; the same seed and the same hits give the same. */
export class Striker {
  #seed;
  #count = 0;
  /** @type {Map<Instrument, RoundRobin>} */
  #robins = new Map();

  /** @param {number} seed */
  constructor(seed) {
    this.#seed = seed;
  }

  /**
   * The note that the engine is asked for. sound: index of one of the kept sounds, to be like.
   *
   * @param {Instrument} instrument
   * @param {{ label: string, note: number | null, pitched: boolean }} played
   * @param {number} velocity
   * @param {number | null} [sound]
   */
  strike(instrument, played, velocity, sound = null) {
    let robin = this.#robins.get(instrument);
    if (!robin) {
      const { responses } = instrument.manifest;
      robin = new RoundRobin({ responses, sounds: keptSounds(instrument) });
      this.#robins.set(instrument, robin);
    }
    const seed = new CounterRng(this.#seed, PURPOSE.STRIKE, this.#count++).bits();
    const { take, gain } = robin.strike(played, velocity, { seed, sound });
    const note = played.note ?? (played.pitched ? null : UNPITCHED_NOTE);
    const like = sound === null ? { ...(note !== null && { note }) } : { near: sound };
    return { ...like, velocity: take.velocity, seed: take.seed, level: gain };
  }
}

/** How a groove's events are struck. */
export class GrooveSounds {
  /**
   * @param {EventModel} model
   * @param {Instrument} instrument
   */
  constructor(model, instrument) {
    const rows = keptSounds(instrument);
    this.vocabulary = model.manifest.vocabulary;
    this.instrument = instrument;
    this.sounds = exemplarSounds(model, rows);
    this.gains = levellingGains(model, rows, this.sounds);
  }

  /**
   * The note for an event, with its label; null where the instrument has no such label.
   *
   * @param {Striker} striker
   * @param {{ voice: number, exemplar: number, style: number, velocity: number }} event
   * @param {{ wildness: number, levelling: number }} settings
   * @returns {Strike | null}
   */
  of(striker, { voice, exemplar, style, velocity }, { wildness, levelling }) {
    const { label } = this.vocabulary[voice];
    const found = this.instrument.labels.find(({ name }) => name === label);
    if (!found) return null;
    const { pitched } = found;
    const sound = this.sounds[exemplar] ?? null;
    const asked = striker.strike(this.instrument, { label, note: null, pitched }, velocity, sound);
    return {
      ...asked,
      label,
      pitched,
      level: asked.level + levelling * (this.gains[style] ?? 0),
      wildness: OF_HITS * wildness,
      holds: pitched ? "always" : "never",
      sustained: pitched,
    };
  }
}

/**
 * When an event sounds and when it is let go, in seconds from the beginning.
 *
 * @param {{ secondsAt(tick: number): number }} clock
 * @param {{ tick: number, length: number, late: number }} event
 */
export function timesOf(clock, { tick, length, late }) {
  const time = Math.max(clock.secondsAt(tick) + Math.max(late, -EARLIEST_S), 0);
  const end = clock.secondsAt(tick + length) + late;
  return { time, end: Math.max(end, time + VOICES.STOLEN / SAMPLE_RATE) };
}

/** @param {Instrument} instrument */
function keptSounds(instrument) {
  return instrument.manifest.sounds.filter(({ role }) => role !== "held out");
}
