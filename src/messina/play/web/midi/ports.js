// @ts-check
// The browser's MIDI: which devices there are, and what their controllers were last set to.

import { CONTROLLERS } from "./constants.js";
import { Gestures } from "./gestures.js";

/** The browser's MIDI, opened once for all desks of a page. Says "change" when devices come and go. */
export class MidiPorts extends EventTarget {
  /** @type {MIDIAccess | null} */
  #access = null;
  /** Whether the browser was asked and said no. */
  refused = false;
  /** What controllers were last set to, whatever instrument is played. */
  gestures = new Gestures();
  pedals = { sustain: false, sostenuto: false, soft: false };
  glideMs = CONTROLLERS.USUAL_GLIDE_MS;

  get supported() {
    return typeof navigator.requestMIDIAccess === "function";
  }

  get open() {
    return this.#access !== null;
  }

  get inputs() {
    return this.#access ? [...this.#access.inputs.values()] : [];
  }

  get outputs() {
    return this.#access ? [...this.#access.outputs.values()] : [];
  }

  /** Asks the browser for MIDI; throws when it is refused. */
  async start() {
    if (this.open) return;
    try {
      const access = await navigator.requestMIDIAccess({ sysex: false });
      access.onstatechange = () => this.#changed();
      this.#access = access;
      this.refused = false;
    } catch (error) {
      this.refused = true;
      throw error;
    } finally {
      this.#changed();
    }
  }

  /** Whether MIDI was allowed here before, so that it may open by itself. */
  async allowed() {
    try {
      return (await navigator.permissions.query({ name: "midi" })).state === "granted";
    } catch {
      return false;
    }
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * Looks after devices that another program or page has: the browser lists them, and opens them in vain. say(sentence):
 * told which cannot be heard; null: all can.
 *
 * @param {MidiPorts} ports
 * @param {(sentence: string | null) => void} say
 */
export function watchTaken(ports, say) {
  /** By id, the name of each that is taken. @type {Map<string, string>} */
  const taken = new Map();
  ports.addEventListener("change", async () => {
    const there = ports.inputs;
    await Promise.all(
      there.map(async (input) => {
        try {
          await input.open?.();
          taken.delete(input.id);
        } catch {
          taken.set(input.id, input.name ?? input.id);
        }
      }),
    );
    for (const id of taken.keys()) if (!there.some((input) => input.id === id)) taken.delete(id);
    const names = [...taken.values()].join(", ");
    const why = "another program or page has it. Close that, then connect it anew.";
    say(names ? `${names} cannot be heard: ${why}` : null);
  });
}
