// @ts-check
// One sound at a time: what is asked for later stops what sounds.

const audio = new Audio();
/** @type {string | null} */
let ready = null;

/**
 * Plays what stands at an address, from its beginning.
 *
 * @param {string} address
 */
export async function hear(address) {
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
  const sound = URL.createObjectURL(await answer.blob());
  if (ready) URL.revokeObjectURL(ready);
  ready = sound;
  audio.src = sound;
  await audio.play();
}

export function hush() {
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
