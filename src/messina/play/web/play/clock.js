// @ts-check
// The clock of what plays by itself. What is to come is handed to the engine a little ahead, to the sample; a
// late timer is harmless as long as it is no later than what lies ahead.

/** @import { Timing } from "../types.d.ts" */

const AHEAD_HIDDEN_S = 1.6;
const TIMER_MS = 25;
const START_S = 0.08;
const MOST_LATE_S = 1;

/**
 * Says "change" when it starts or stops. Who extends it schedules in `schedule(until)` everything before that
 * moment: `at` is the moment of what comes next, moved on there, and `pass(item, at)` notes what will be heard.
 *
 * @template {Timing} [D=Timing]
 * @template [I=unknown]
 */
export class Clock extends EventTarget {
  #timer = 0;
  /** @type {{ item: I, at: number }[]} */
  #passed = [];
  at = 0;
  /** How far ahead it schedules. */
  aheadS = 0.2;

  /** @param {D} app */
  constructor(app) {
    super();
    this.app = app;
  }

  get running() {
    return this.#timer !== 0;
  }

  toggle() {
    if (this.running) this.stop();
    else this.start();
  }

  async start() {
    if (this.running) return;
    await this.app.wake();
    if (this.running) return;
    this.begin();
    this.again();
    this.#timer = setInterval(() => this.#tick(), TIMER_MS);
    this.#tick();
    this.changed();
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.changed();
  }

  /** Before it starts. */
  begin() {}

  /**
   * Whoever extends it plays what comes before a moment.
   *
   * @param {number} _until
   */
  schedule(_until) {}

  /** What comes next comes as soon as can be. */
  again() {
    this.at = this.app.audio.currentTime + START_S;
    this.#passed = [];
  }

  /**
   * What comes next comes so much later.
   *
   * @param {number} seconds
   */
  delay(seconds) {
    this.at += seconds;
  }

  /**
   * @param {I} item
   * @param {number} [at]
   */
  pass(item, at = this.at) {
    this.#passed.push({ item, at });
  }

  /** What is heard now and since when: {item, at}, or null. */
  get passing() {
    const now = this.app.heardTime();
    while (this.#passed.length > 1 && this.#passed[1].at <= now) this.#passed.shift();
    const [first] = this.#passed;
    return this.running && first && first.at <= now ? first : null;
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  #tick() {
    const { audio } = this.app;
    // After a sleep of the machine what was missed is let go rather than played in a burst.
    if (this.at < audio.currentTime - MOST_LATE_S)
      this.delay(audio.currentTime + START_S - this.at);
    this.schedule(audio.currentTime + (document.hidden ? AHEAD_HIDDEN_S : this.aheadS));
  }
}
