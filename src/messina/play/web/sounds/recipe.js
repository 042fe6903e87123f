// @ts-check
// The recipe of a sound, kept in the comment of its WAV file: the twin of the Python modules recipe and riff.

/** @import { Sound } from "../engine/types.d.ts" */

import { RECIPE, SCHEMAS } from "../engine/bounds.js";
import { wrongIn } from "../engine/checking.js";
import { RECIPES, RIFF } from "../engine/constants.js";

/**
 * @typedef {{
 *   recipe: 1, by: string, program?: string, instrument: string, digest: string, seed: number,
 *   asked: Record<string, number | string | number[] | null>,
 *   made_from?: Record<string, { name: string, digest: string }[]>, sound?: Sound | null,
 *   played?: (number | null)[][], notes?: number,
 * }} Recipe
 */

const { LONGEST, WORD } = RECIPES;
const { LARGEST_INFO, MOST_CHUNKS } = RIFF;
const NONE = "There is no recipe in this file: it was not made by Messina, or by an older one.";

/** @param {Recipe} recipe */
export const commentOf = (recipe) => WORD + JSON.stringify(recipe);

/**
 * The recipe in a WAV file. Little of the file is read, however long it is. Throws Error, for people, where there
 * is none that can be used.
 *
 * @param {Blob} file
 * @returns {Promise<Recipe>}
 */
export async function recipeIn(file) {
  const comment = await commentIn(file);
  const at = comment.indexOf(WORD);
  if (at < 0) throw new Error(NONE);
  const text = comment.slice(at + WORD.length);
  if (text.length > LONGEST) throw new Error("The recipe in this file is too long to be one.");
  let recipe;
  try {
    recipe = JSON.parse(text);
  } catch {
    throw new Error("The recipe in this file is damaged.");
  }
  const wrong = wrongIn(recipe, RECIPE, SCHEMAS);
  if (wrong !== null) throw new Error(`The recipe in this file cannot be used: see ${wrong}.`);
  return recipe;
}

/**
 * The comment (ICMT) of a WAV file; "" where there is none.
 *
 * @param {Blob} file
 */
async function commentIn(file) {
  const head = await bytes(file, 0, 12);
  if (head.byteLength < 12 || name(head, 0) !== "RIFF" || name(head, 8) !== "WAVE") return "";
  let at = 12;
  for (let count = 0; count < MOST_CHUNKS && at + 8 <= file.size; count++) {
    const chunk = await bytes(file, at, 8);
    const size = chunk.getUint32(4, true);
    if (name(chunk, 0) === "LIST" && size <= LARGEST_INFO) {
      const found = commentOfList(await bytes(file, at + 8, size));
      if (found) return found;
    }
    at += 8 + size + (size % 2);
  }
  return "";
}

/** @param {DataView} list */
function commentOfList(list) {
  if (list.byteLength < 4 || name(list, 0) !== "INFO") return "";
  let at = 4;
  while (at + 8 <= list.byteLength) {
    const size = list.getUint32(at + 4, true);
    const text = new Uint8Array(list.buffer, at + 8, Math.min(size, list.byteLength - at - 8));
    if (name(list, at) === "ICMT") return new TextDecoder().decode(text).replace(/\0+$/, "");
    at += 8 + size + (size % 2);
  }
  return "";
}

/**
 * @param {Blob} file
 * @param {number} at
 * @param {number} count
 */
const bytes = async (file, at, count) =>
  new DataView(await file.slice(at, at + count).arrayBuffer());

/**
 * Four letters.
 *
 * @param {DataView} view
 * @param {number} at
 */
const name = (view, at) =>
  String.fromCharCode(
    ...[0, 1, 2, 3].map((i) => (at + i < view.byteLength ? view.getUint8(at + i) : 0)),
  );

/**
 * A LIST INFO chunk with a comment.
 *
 * @param {string} comment
 */
export function commentChunk(comment) {
  const text = new TextEncoder().encode(`${comment}\0`);
  const padded = text.length + (text.length % 2);
  const view = new DataView(new ArrayBuffer(20 + padded));
  const words = /** @type {[number, string][]} */ ([
    [0, "LIST"],
    [8, "INFO"],
    [12, "ICMT"],
  ]);
  for (const [at, word] of words)
    [...word].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  view.setUint32(4, 12 + padded, true);
  view.setUint32(16, text.length, true);
  new Uint8Array(view.buffer, 20).set(text);
  return view.buffer;
}
