// @ts-check
/* When each tick is, while the tempo changes on the way: the twin of the Python module sequences/song. */

import { EVENTS, SONG } from "./constants.js";

const { REMEMBERED } = SONG; // turns: what was played before them is over
const { TICKS_PER_BEAT } = EVENTS;

/** @param {number} tempo */
const tickSOf = (tempo) => 60 / (tempo * TICKS_PER_BEAT);

/** Seconds of ticks; the tempo holds until it is turned, and may be turned for ever. */
export class LiveTempoMap {
  #turns;

  /** @param {number} tempo  beats a minute */
  constructor(tempo) {
    this.#turns = [{ start: 0, seconds: 0, tickS: tickSOf(tempo) }];
  }

  /** Seconds a tick takes at present. */
  get tickS() {
    return this.#last.tickS;
  }

  get #last() {
    return this.#turns[this.#turns.length - 1];
  }

  /**
   * Another tempo from a tick on; what was to be turned later is forgotten.
   *
   * @param {number} tick
   * @param {number} tempo
   */
  turn(tick, tempo) {
    const seconds = this.secondsAt(tick);
    while (this.#turns.length > 1 && this.#last.start >= tick) this.#turns.pop();
    this.#turns.push({ start: tick, seconds, tickS: tickSOf(tempo) });
    this.#turns = this.#turns.slice(-REMEMBERED);
  }

  /**
   * Seconds from tick 0.
   *
   * @param {number} tick
   */
  secondsAt(tick) {
    const { start, seconds, tickS } =
      this.#turns.findLast((turn) => turn.start <= tick) ?? this.#turns[0];
    return seconds + (tick - start) * tickS;
  }
}
