// @ts-check
// Undo, and what it undid.

/** @import { Session } from "../session.js" */

import { notify } from "../dom.js";

/**
 * Takes back the last change and says which it was.
 *
 * @param {Session} session
 */
export function undoAndSay(session) {
  const what = session.undo();
  notify(what === null ? "There is nothing to undo." : `undone: ${what}`);
}
