// @ts-check
// Where the page's own files are: beside it on the server, or inside it when it is one file.

/**
 * The address of a file of the page.
 *
 * @param {string} path
 */
export function resource(path) {
  const embedded = globalThis.messinaPage?.files;
  return embedded ? embedded(path) : new URL(path, document.baseURI).href;
}

/** What the page holds when it is one file: {choices: [{name, kind, parts, load()}], …}, else null. */
export const onePage = () => globalThis.messinaPage ?? null;
