// @ts-check
// Buttons that begin something: the second click of a double click begins nothing.

import { button } from "../../play/web/dom.js";

/**
 * A button that waits until what it began is done.
 *
 * @param {string} text
 * @param {() => Promise<unknown>} begin
 * @param {import("../../play/web/dom.js").Props} [props]
 */
export function once(text, begin, props = {}) {
  let begun = false;
  /** @param {MouseEvent} event */
  const clicked = async (event) => {
    if (begun || event.detail > 1) return;
    begun = true;
    try {
      await begin();
    } finally {
      begun = false;
    }
  };
  return button(text, clicked, props);
}
