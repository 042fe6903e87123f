// @ts-check
// Devices that another program or page has: the browser lists them, and opens them in vain.

/** @import { MidiPorts } from "./midi.js" */

/**
 * say(sentence): told which devices cannot be heard; null: all can.
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
