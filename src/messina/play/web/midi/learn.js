// @ts-check
// MIDI learn: which message moves which control of the page, taught by moving one and then the other.

/** @import { AnyDesk } from "../types.d.ts" */

export class MidiLearn {
  #app;
  #changed;
  /** The last message that was taught. @type {string | null} */
  #taught = null;
  /** The control that is to be taught after it. @type {string | null} */
  #second = null;
  on = false;
  /** The control that is to be taught. @type {string | null} */
  target = null;

  /**
   * @param {AnyDesk} app
   * @param {() => void} changed  called when there is something to show
   */
  constructor(app, changed) {
    this.#app = app;
    this.#changed = changed;
  }

  /**
   * In learning, the next control touched is the one to be taught.
   *
   * @param {boolean} on
   */
  set(on) {
    this.on = on;
    document.documentElement.classList.toggle("midi-learning", on);
    this.aim(null);
  }

  /** @param {string | null} id */
  aim(id) {
    this.target = id;
    this.#changed();
  }

  /**
   * The control that a message was taught to.
   *
   * @param {string} key
   */
  controlOf(key) {
    return this.#app.controls.get(this.#app.session.state.midi.learnt[key]);
  }

  /**
   * While a control waits to be taught, this message teaches it; whether it was for that.
   *
   * @param {string} key
   */
  take(key) {
    const id = this.target;
    if (!this.on || !id) return false;
    // The knob that has just been taught keeps turning; it is not for the second axis.
    if (key === this.#taught && id === this.#second) return true;
    this.#taught = key;
    this.#second = this.#app.controls.get(id)?.next ?? null;
    this.#change(id, key);
    this.aim(this.#second);
    return true;
  }

  /** @param {string} id */
  forget(id) {
    this.#change(id);
    this.#changed();
  }

  /**
   * @param {string} id  of a control that has been taught nothing else from now on
   * @param {string} [key]
   */
  #change(id, key) {
    this.#app.session.change("midi", (state) => {
      const { learnt } = state.midi;
      for (const [other, control] of Object.entries(learnt))
        if (control === id) delete learnt[other];
      if (key) learnt[key] = id;
    });
  }
}

/**
 * How a message is named to the player.
 *
 * @param {string} key
 */
export function messageName(key) {
  const [kind, channel, number] = key.split(":");
  const where = `channel ${Number(channel) + 1}`;
  if (kind === "pressure") return `pressure, ${where}`;
  return `${kind === "cc" ? "CC" : "note"} ${number}, ${where}`;
}
