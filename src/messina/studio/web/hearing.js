// @ts-check
// One sound at a time: what is asked for later stops what sounds.

import { fetched } from "./api.js";

const audio = new Audio();
/** @type {string | null} */
let ready = null;
/** How many were asked for: of two that are on their way, the later one is heard. */
let asked = 0;

/**
 * Plays what stands at an address, from its beginning.
 *
 * @param {string} address
 */
export async function hear(address) {
  const own = ++asked;
  audio.pause();
  const data = await (await fetched(address)).blob();
  if (own !== asked) return;
  const sound = URL.createObjectURL(data);
  if (ready) URL.revokeObjectURL(ready);
  ready = sound;
  audio.src = sound;
  try {
    await audio.play();
  } catch (error) {
    if (own === asked) throw error; // else a later one has taken its place
  }
}

/**
 * The address of a sound of an instrument.
 *
 * @param {string} project
 * @param {Record<string, string | number | null | undefined>} asked
 */
export function soundOf(project, asked) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked))
    if (value !== null && value !== undefined) query.set(name, String(value));
  return `/api/projects/${project}/sounding?${query}`;
}
