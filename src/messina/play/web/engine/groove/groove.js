// @ts-check
/* How a groove's events are struck, how loud its recordings are beside each other, and when an event sounds: the twin of the
 * Python modules sequences/groove and sequences/performer. */

/** @import { Instrument, SoundRow } from "../types.d.ts" */
/** @import { EventModel } from "./model.js" */
/** @import { Striker } from "./round-robin.js" */
/** @import { Strike } from "./types.d.ts" */

import { VOICES } from "../constants.js";
import { SAMPLE_RATE } from "../layout.js";
import { EVENTS, GROOVE, LEVELS, PERFORMER } from "./constants.js";
import { exemplarSounds } from "./priors.js";
import { keptSounds } from "./round-robin.js";

const { OF_HITS } = GROOVE; // share of the wildness that is the hits'
const { EARLIEST_S } = PERFORMER;
const { LONGEST_S, LEAST_S, MOST_DB } = LEVELS;
const { TICKS_PER_BEAT } = EVENTS;

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

/**
 * Gains in dB that bring every phrase to the loudness of the middle one.
 *
 * @param {EventModel} model
 * @param {SoundRow[]} sounds
 * @param {(number | null)[]} soundOf  see exemplarSounds
 */
function levellingGains(model, sounds, soundOf) {
  const { styles } = model.manifest;
  let end = 0;
  const loudness = styles.map((style) => {
    const own = soundOf
      .slice(end, (end += style.events))
      .flatMap((sound) => (sound === null ? [] : [sounds[sound]]));
    if (own.length === 0) return NaN;
    const energy = own.reduce(
      (sum, { loudness_db: db, decay_s: decay }) =>
        sum + 10 ** (db / 10) * (Math.min(decay, LONGEST_S) + LEAST_S),
      0,
    );
    const seconds = (style.ticks * 60) / (style.tempo_bpm * TICKS_PER_BEAT);
    return 10 * Math.log10((energy * (Math.max(style.events, 1) / own.length)) / seconds);
  });
  const known = styles.map((_, i) => i).filter((i) => Number.isFinite(loudness[i]));
  const gains = styles.map(() => 0);
  if (known.length === 0) return gains;
  const order = known.sort((a, b) => loudness[a] - loudness[b] || a - b);
  let reached = 0;
  const reaches = order.map((i) => (reached += styles[i].ticks / styles[i].tempo_bpm));
  const middle = loudness[order[reaches.findIndex((to) => to >= reached / 2)]];
  for (const i of known) gains[i] = Math.min(Math.max(middle - loudness[i], -MOST_DB), MOST_DB);
  return gains;
}
