// @ts-check
/* Which recording comes next, and what returns in it: the twins of the Python modules sequences/itinerary and
 * sequences/refrain. */

/** @import { CounterRng } from "../random.js" */
/** @import { Places } from "./places.js" */
/** @import { Played } from "./types.d.ts" */

/** What has been played for less than its share of the time is the likelier; nothing follows itself. */
export class Itinerary {
  #places;
  #played;

  /** @param {Places} places */
  constructor(places) {
    this.#places = places;
    this.#played = new Float64Array(places.styles.length);
  }

  /**
   * @param {number} style
   * @param {number} seconds
   */
  played(style, seconds) {
    this.#played[this.#places.styles.indexOf(style)] += seconds;
  }

  /**
   * @param {CounterRng} random
   * @param {number} after  the style that is played
   */
  draw(random, after) {
    const { shares, styles } = this.#places;
    const all = this.#played.reduce((a, b) => a + b, 0);
    const others = styles.map((style) => (style === after && styles.length > 1 ? 0 : 1));
    let chances = shares.map((share, k) => others[k] * Math.max(0, share * all - this.#played[k]));
    if (chances.every((chance) => chance <= 0))
      chances = shares.map((share, k) => share * others[k]);
    return this.#places.drawIn(styles[random.choice(chances)], random);
  }
}

/** Knows what was played so many ticks ago. */
export class Refrain {
  /** @type {Played[]} */
  #events = [];
  #round = 0;
  /** @type {number | null} */
  #first = null;

  /** @param {number} round  ticks; 0: nothing returns */
  begin(round) {
    this.#events = [];
    this.#round = round;
    this.#first = null;
  }

  /**
   * In the order of playing.
   *
   * @param {Played} event
   */
  hear(event) {
    this.#events.push(event);
    this.#first ??= event.clock;
  }

  /**
   * What came next one round ago, as if it came now, or null.
   *
   * @param {number} clock
   * @param {number} voice
   * @returns {Played | null}
   */
  after(clock, voice) {
    const then = clock - this.#round;
    if (this.#first === null || then < this.#first) return null;
    /** @param {Played} event */
    const over = ({ clock: at, voice: own }) => at < then || (at === then && own <= voice);
    while (this.#events.length && over(this.#events[0])) this.#events.shift();
    const [next] = this.#events;
    return next && next.clock < clock ? { ...next, clock: next.clock + this.#round } : null;
  }
}
