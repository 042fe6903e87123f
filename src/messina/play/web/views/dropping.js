// @ts-check
// A WAV file that Messina made, dropped on the page, brings its sound back by the recipe in it.

/** @import { App } from "../app.js" */
/** @import { Sound } from "../engine/types.d.ts" */
/** @import { Recipe } from "../sounds/recipe.js" */
/** @import { Shape } from "../types.d.ts" */

import { complain, notify, standing } from "../dom.js";
import { digestOf, newSound, soundAt } from "../engine/index.js";
import { shapeOf } from "../play/heard.js";
import { isKnown } from "../sounds/known.js";
import { recipeIn } from "../sounds/recipe.js";

/**
 * Takes in files that are dropped anywhere on the page.
 *
 * @param {App} app
 */
export function dropping(app) {
  /** @param {DragEvent} event */
  const over = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  };
  /** @param {DragEvent} event */
  const dropped = (event) => {
    const [file] = event.dataTransfer?.files ?? [];
    if (!file) return;
    event.preventDefault();
    bringBack(app, file).catch(complain);
  };
  app.listen(window, "dragover", over);
  app.listen(window, "drop", dropped);
}

/**
 * Tries the sound of a file. Throws Error, for people, where that is not one of this instrument.
 *
 * @param {App} app
 * @param {Blob & { name?: string }} file
 */
export async function bringBack(app, file) {
  const recipe = await recipeIn(file);
  // Older recipes know it by its whole file.
  if (![digestOf(app.instrument), app.digest].includes(recipe.digest))
    throw new Error(
      `This was made with ${recipe.instrument}; here is ${app.name}, or another version of it. Open that instrument and drop it there.`,
    );
  const { sound, note, shape } = soundOf(app, recipe);
  const kind = app.instrument.labels[sound.label]?.name;
  if (!kind) throw new Error("The recipe in this file is for a label that is not here.");
  app.wake();
  app.try({ kind, sound, note, seed: recipe.seed, shape }, { silent: true });
  app.performer.audition(sound, {
    note: note ?? sound.note,
    velocity: numberIn(recipe, "velocity") ?? undefined,
    seed: recipe.seed,
    shape: shape ?? undefined,
  });
  standing("notice", null);
  notify(`${file.name ?? "It"} is back: put it on a pad, or let it go.`);
}

/**
 * @param {App} app
 * @param {Recipe} recipe
 * @returns {{ sound: Sound, note: number | null, shape: Shape | null }}
 */
function soundOf(app, recipe) {
  const { asked, seed, by, made_from: from = {} } = recipe;
  const note = numberIn(recipe, "note");
  if (recipe.sound) return { sound: known(app, recipe.sound), note, shape: shapeOf(asked) };
  const names = Object.values(from).flatMap((files) => files.map(({ name }) => name));
  if (names.length > 0)
    throw new Error(
      `This was made from ${names.join(", ")} as well, which is not here: messina ${by} makes it again.`,
    );
  if (!["render", "pack"].includes(by) || "duration" in asked)
    throw new Error("This is a recording of more than one sound: it holds none to bring back.");
  const { labels } = app.instrument;
  const label = typeof asked.label === "string" ? asked.label : undefined;
  if (label !== undefined && !labels.some(({ name }) => name === label))
    throw new Error("The recipe in this file is for a label that is not here.");
  const shape = { ...shapeOf({ brightness: numberIn(recipe, "brightness") }) };
  const { at } = asked;
  if (Array.isArray(at) && at.length === 2) {
    const [x, y] = at.map((v) => Math.max(0, Math.min(1, v)));
    return { sound: soundAt(app.instrument, x, y, { label }), note, shape };
  }
  const wildness = numberIn(recipe, "wildness") ?? 1;
  const velocity = numberIn(recipe, "velocity");
  const sound = newSound(app.instrument, { label, note, velocity, wildness, seed });
  return { sound, note, shape };
}

/**
 * A sound that this instrument can play. Throws Error.
 *
 * @param {App} app
 * @param {Sound} sound
 */
function known({ instrument }, sound) {
  if (!isKnown(instrument, sound))
    throw new Error("The sound in this file is not one of this instrument.");
  // What is left out is not there, as the page's own sounds have it.
  const given = Object.entries(sound).filter(([, value]) => value !== null);
  return /** @type {Sound} */ ({ ...Object.fromEntries(given), note: sound.note });
}

/**
 * @param {Recipe} recipe
 * @param {string} name
 */
function numberIn({ asked }, name) {
  const value = asked[name];
  return typeof value === "number" ? value : null;
}
