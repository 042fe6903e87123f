// @ts-check
/* Which take of a hit is played: the twin of the Python module sequences/round_robin, which says why. */

/** @import { Instrument, Response, SoundRow } from "../types.d.ts" */

import { PLAYING } from "../constants.js";
import { CounterRng, PURPOSE } from "../counter-rng.js";
import { loudnessAt } from "../responses.js";
import { ROUND_ROBIN } from "./constants.js";

const { TAKES, TAKES_OF_NOTES, TAKES_OF_A_SOUND, SECOND, RENEWED, AS_HARD, MOST_TAKES, MOST_S } =
  ROUND_ROBIN;
const { SHORTEST_S, UNPITCHED_NOTE } = PLAYING;

/**
 * What the engine is to play: a sound of this seed and velocity. sound: index of one it is to be like, or null.
 *
 * @typedef {{ seed: number, velocity: number, label: string, note: number | null, sound: number | null }} Take
 */

/** Says which take a hit is; what it says depends on the hits before, and on nothing else. */
export class RoundRobin {
  /** By label. @type {Map<string, Response>} */
  #responses;
  #sounds;
  /** Seconds, by label. @type {Map<string, number>} */
  #longest;
  #most;
  #kept = 0;
  /** Of each hit, longest unheard first; hits too are in the order they were heard in. @type {Map<string, Take[]>} */
  #pools = new Map();

  /**
   * responses, sounds: rows of the manifest, the sounds those that are kept.
   *
   * @param {{ responses: Response[], sounds: SoundRow[] }} rows
   * @param {{ most?: number }} [limits]  seconds of takes that are remembered
   */
  constructor({ responses, sounds }, { most = MOST_S } = {}) {
    this.#most = most;
    this.#sounds = sounds;
    this.#responses = new Map(responses.map((response) => [response.label, response]));
    this.#longest = new Map(
      responses.map(({ label }) => [
        label,
        Math.max(
          SHORTEST_S,
          ...sounds.filter((sound) => sound.label === label).map(({ length_s: length }) => length),
        ),
      ]),
    );
  }

  /**
   * The take, and dB it is to be louder.
   *
   * @param {{ label: string, note: number | null, pitched: boolean }} hit
   * @param {number} velocity
   * @param {{ seed: number, sound?: number | null }} asked
   */
  strike({ label, note, pitched }, velocity, { seed, sound = null }) {
    const asked = Math.min(Math.max(velocity, 1), 127);
    const hit = `${label}\n${note}\n${sound}`;
    const pool = this.#pools.get(hit) ?? [];
    this.#pools.delete(hit);
    this.#pools.set(hit, pool);
    const fresh = { seed, velocity: asked, label, note, sound };
    if (sound !== null) fresh.velocity = this.#sounds[sound].velocity || asked;
    const take =
      sound === null
        ? this.#drawn(pool, fresh, pitched ? TAKES_OF_NOTES : TAKES)
        : this.#near(pool, fresh);
    pool.push(take);
    this.#makeRoom();
    const response = this.#responses.get(label);
    if (!response) throw new RangeError(`the instrument has no label '${label}'`);
    const [wanted, there] = [asked, take.velocity].map((at) => loudnessAt(response, at, note)[1]);
    return { take, gain: wanted - there };
  }

  /**
   * @param {Take[]} pool
   * @param {Take} fresh
   * @param {number} enough
   */
  #drawn(pool, fresh, enough) {
    const near = pool.filter((kept) => Math.abs(kept.velocity - fresh.velocity) <= AS_HARD);
    const chance = new CounterRng(fresh.seed, PURPOSE.STRIKE);
    const renewed = chance.uniform() < RENEWED;
    if (near.length >= enough && !renewed) {
      const chosen = near[chance.below(near.length - 1)]; // not the last: it was just heard
      pool.splice(pool.indexOf(chosen), 1);
      return chosen;
    }
    this.#kept += this.#lengthOf(fresh);
    if (near.length > enough + 1 || pool.length >= MOST_TAKES) this.#drop(pool, near[0] ?? pool[0]);
    return fresh;
  }

  /**
   * @param {Take[]} pool
   * @param {Take} fresh
   */
  #near(pool, fresh) {
    const likely = pool.length >= TAKES_OF_A_SOUND ? RENEWED : SECOND;
    const renewed = new CounterRng(fresh.seed, PURPOSE.STRIKE).uniform() < likely;
    const first = renewed ? undefined : pool.shift();
    if (first) return first;
    this.#kept += this.#lengthOf(fresh);
    if (pool.length > TAKES_OF_A_SOUND) this.#drop(pool, pool[0]);
    return fresh;
  }

  #makeRoom() {
    while (this.#kept > this.#most && this.#pools.size > 1) {
      const [[hit, pool]] = this.#pools;
      this.#drop(pool, pool[0]);
      if (pool.length === 0) this.#pools.delete(hit);
    }
  }

  /**
   * @param {Take[]} pool
   * @param {Take} take
   */
  #drop(pool, take) {
    pool.splice(pool.indexOf(take), 1);
    this.#kept -= this.#lengthOf(take);
  }

  /** @param {Take} take */
  #lengthOf({ label }) {
    return this.#longest.get(label) ?? SHORTEST_S;
  }
}

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
    const note = played.note ?? (played.pitched ? null : UNPITCHED_NOTE); // a drum on stage is not tuned between two hits
    const like = sound === null ? { ...(note !== null && { note }) } : { near: sound };
    return { ...like, velocity: take.velocity, seed: take.seed, level: gain };
  }
}

/**
 * Rows of the sounds that are kept.
 *
 * @param {Instrument} instrument
 */
export function keptSounds(instrument) {
  return instrument.manifest.sounds.filter(({ role }) => role !== "held out");
}
