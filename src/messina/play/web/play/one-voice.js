// @ts-check
// One note with a pitch at a time: the key that was struck last sounds. What is sustained goes on
// legato, and back when its key is lifted while an earlier one is still down; what is struck is
// struck anew. The twin of what the Python module play/keyboard does with one voice.

/** @import { Engine } from "../engine/engine.js" */
/** @import { Hit } from "../engine/types.d.ts" */

/** @typedef {{ from: number, seconds: number }} Slide */
/** @typedef {{ note: number, label: number, velocity: number, strike: (slide?: Slide) => Hit }} Key */

export class OneVoice {
  /** Keys that are down with what stands for them, the last one sounding. @type {{ key: Key, hit: Hit }[]} */
  #down = [];
  /** What sounds for the last one. @type {{ key: Key, hit: Hit } | null} */
  #lead = null;
  /** What ended last, and may wait for a pedal. @type {Hit | null} */
  ended = null;

  /**
   * @param {Engine} engine
   * @param {() => number} seconds of a glide
   * @param {(hit: Hit, key: Key) => void} [wentOn] is told of a note that goes on to another key
   */
  constructor(engine, seconds, wentOn = () => {}) {
    this.engine = engine;
    this.seconds = seconds;
    this.wentOn = wentOn;
  }

  /**
   * A key goes down. Gives back what stands for it, also where another note goes on.
   *
   * @param {Key} key
   */
  press(key) {
    const hit = { ...this.#leadTo(key, this.#down.length > 0) };
    this.#down.push({ key, hit });
    return hit;
  }

  /** @param {Hit} hit */
  holds(hit) {
    return this.#down.some((down) => down.hit === hit);
  }

  /**
   * What sounds for a key; null where another one does.
   *
   * @param {Hit} hit
   */
  sounding(hit) {
    return this.#down.at(-1)?.hit === hit ? (this.#lead?.hit ?? null) : null;
  }

  /**
   * A key is lifted. Gives back what is to be let go of, if anything is.
   *
   * @param {Hit} hit
   */
  lift(hit) {
    const sounds = this.#down.at(-1)?.hit === hit;
    this.#down = this.#down.filter((down) => down.hit !== hit);
    if (!sounds) return null;
    const earlier = this.#down.at(-1);
    if (earlier) {
      this.#leadTo(earlier.key, true);
      return null;
    }
    const lead = this.#lead;
    this.#lead = null;
    return lead?.hit;
  }

  forget() {
    this.#down = [];
    this.#lead = null;
    this.ended = null;
  }

  /**
   * @param {Key} key
   * @param {boolean} legato another one was down until now
   */
  #leadTo(key, legato) {
    const lead = this.#lead;
    const seconds = this.seconds();
    if (legato && lead?.hit.sustained && lead.key.label === key.label) {
      this.engine.legato(lead.hit, key.note, { seconds, velocity: key.velocity });
      this.#lead = { key, hit: lead.hit };
      this.wentOn(lead.hit, key);
      return lead.hit;
    }
    const from = legato && lead ? lead.key.note - key.note : 0;
    const hit = key.strike(from ? { from, seconds } : undefined);
    // What a pedal holds makes room, too.
    for (const before of [lead?.hit, this.ended])
      if (before) this.engine.noteOff(before, { firm: true });
    this.ended = null;
    this.#lead = { key, hit };
    return hit;
  }
}
