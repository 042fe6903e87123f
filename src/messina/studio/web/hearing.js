// @ts-check
// One sound at a time: what is asked for later stops what sounds.

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
  const answer = await fetch(address);
  if (!answer.ok) {
    const text = await answer.text();
    let why = text.trim();
    try {
      why = JSON.parse(text).error ?? why;
    } catch {
      // A sentence as it is.
    }
    throw new Error(why);
  }
  const data = await answer.blob();
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

export function hush() {
  asked++;
  audio.pause();
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
