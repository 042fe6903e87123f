// @ts-check
// Where instruments come from: the server, or the page itself when it is one file.

/** @import { Choice } from "./types.d.ts" */

import { onePage } from "./resource.js";

/** @typedef {Omit<Choice, "load"> & { route: string }} Row */

const INSTRUMENTS = "instruments.json";

/**
 * {choices: [{name, load()}], learning, takes}; takes: the word by which the server listens to takes, null: it does not.
 *
 * @returns {Promise<{ choices: Choice[], learning: boolean, takes: string | null }>}
 */
export async function findInstruments() {
  const page = onePage();
  if (page) return { choices: page.choices, learning: false, takes: null };
  const { instruments, learning, takes = null } = await (await ask(INSTRUMENTS)).json();
  return { choices: /** @type {Row[]} */ (instruments).map(choice), learning, takes };
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
 * SHA-256 of an instrument's file: what a browser keeps goes by it, and so do older recipes.
 *
 * @param {ArrayBuffer} buffer
 */
export async function fileDigest(buffer) {
  const digest = await crypto.subtle.digest("SHA-256", buffer);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
