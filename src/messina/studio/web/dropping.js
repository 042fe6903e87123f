// @ts-check
// Files as they are dropped or chosen, with their paths, and their way to the studio.

import { ask, post, put } from "./api.js";

/** @typedef {{ name: string, file: File }} Given */

const AT_ONCE = 4;

/**
 * What was dropped, folders gone through.
 *
 * @param {DataTransfer} data
 * @returns {Promise<Given[]>}
 */
export async function dropped(data) {
  // Files without a place on the disk, as mail has them, are none by their entry in WebKit.
  const items = [...data.items].map((item) => ({
    entry: item.webkitGetAsEntry?.(),
    file: item.getAsFile(),
  }));
  /** @type {Given[]} */
  const given = [];
  for (const { entry, file } of items) {
    if (entry?.isDirectory) await walk(entry, "", given);
    else if (file) given.push({ name: file.name, file });
  }
  return given;
}

/**
 * @param {FileList | null} files
 * @returns {Given[]}
 */
export function chosen(files) {
  return [...(files ?? [])].map((file) => ({ name: file.webkitRelativePath || file.name, file }));
}

/**
 * @param {FileSystemEntry} entry
 * @param {string} path
 * @param {Given[]} given
 */
async function walk(entry, path, given) {
  if (entry.isFile) {
    const own = /** @type {FileSystemFileEntry} */ (entry);
    /** @type {File} */
    const file = await new Promise((done, fail) => own.file(done, fail));
    given.push({ name: path + entry.name, file });
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) return;
    for (const inside of some) await walk(inside, `${path}${entry.name}/`, given);
  }
}

/**
 * Brings files into an instrument-to-be, a new one unless told. `tell(done, of)`; returns its id
 * and what was left out. What no format is read of is not even sent.
 *
 * @param {Given[]} given
 * @param {(done: number, of: number) => void} tell
 * @param {string} [into]
 * @returns {Promise<{ id: string, leftOut: string[] }>}
 */
export async function bring(given, tell, into) {
  /** @type {Set<string>} */
  const formats = new Set(await ask("/api/formats"));
  const sounds = given.filter(({ name }) => formats.has(endingOf(name)));
  const leftOut = given
    .filter((one) => !sounds.includes(one))
    .map(({ name }) => `${name}: not a kind of sound file that is read; left out`);
  if (!sounds.length) throw new Error(nothingIn(given));
  const tops = new Set(given.map(({ name }) => name.split("/")[0]));
  const isFolder = tops.size === 1 && given[0].name.includes("/");
  const top = isFolder ? [...tops][0] : "";
  const id = into ?? (await post("/api/projects", { name: top || "New sounds" })).id;
  const waiting = [...sounds];
  let done = 0;
  let came = 0;
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const name = isFolder ? next.name.slice(top.length + 1) : next.name;
      try {
        await put(`/api/projects/${id}/files`, name, next.file);
        came++;
      } catch (error) {
        leftOut.push(/** @type {Error} */ (error).message);
      }
      tell(++done, sounds.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (!came) {
    if (!into) await ask(`/api/projects/${id}`, { method: "DELETE" });
    throw new Error(shortened(leftOut));
  }
  await post(`/api/projects/${id}/look`);
  return { id, leftOut };
}

/** @param {string} name */
function endingOf(name) {
  return name.slice(name.lastIndexOf(".") + 1).toLowerCase();
}

/**
 * What was found where no sound was, and what to do.
 *
 * @param {Given[]} given
 */
function nothingIn(given) {
  const endings = [
    ...new Set(given.map(({ name }) => (/\.\w+$/.test(name) ? `.${endingOf(name)}` : "no ending"))),
  ];
  const found = given.length === 1 ? given[0].name : `${given.length} files`;
  const kinds = given.length === 1 ? "" : ` (${endings.slice(0, 6).join(", ")})`;
  return (
    `There is no sound in that: ${found}${kinds}. Read are WAV, AIFF, FLAC, OGG, MP3, Opus, CAF and ` +
    "MIDI files. Choose a folder of these, or try the demo sounds."
  );
}

/**
 * The first few lines of many.
 *
 * @param {string[]} lines
 */
export function shortened(lines) {
  const more = lines.length > 8 ? `\nand ${lines.length - 8} more` : "";
  return lines.slice(0, 8).join("\n") + more;
}
