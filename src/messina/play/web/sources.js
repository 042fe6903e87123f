// @ts-check
// Where instruments come from: the server, or the page itself when it is one file.

/** @import { Choice } from "./types.d.ts" */

import { onePage } from "./resource.js";

/** @typedef {Omit<Choice, "load"> & { route: string }} Row */

const INSTRUMENTS = "instruments.json";

/** {choices: [{name, load()}], learning}. @returns {Promise<{ choices: Choice[], learning: boolean }>} */
export async function findInstruments() {
  const page = onePage();
  if (page) return { choices: page.choices, learning: false };
  const { instruments, learning } = await (await ask(INSTRUMENTS)).json();
  return { choices: /** @type {Row[]} */ (instruments).map(choice), learning };
}

/**
 * An instrument on the server.
 *
 * @param {Row} row
 * @returns {Choice}
 */
export function choice(row) {
  return { ...row, load: async () => (await ask(row.route)).arrayBuffer() };
}

/** @param {string} route */
async function ask(route) {
  let answer;
  try {
    answer = await fetch(route);
  } catch {
    throw new Error(
      "Messina does not answer any more. Start `messina play` again and reload this page.",
    );
  }
  if (!answer.ok) throw new Error(`${route}: ${(await answer.text()).trim()}`);
  return answer;
}

/**
 * A short fingerprint of a file: sounds kept for one instrument are not put into another.
 *
 * @param {ArrayBuffer} buffer
 */
export function fingerprint(buffer) {
  const words = new Uint32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
  let state = 0x811c9dc5;
  for (const word of words) state = Math.imul(state ^ word, 0x01000193);
  return (state >>> 0).toString(16);
}
