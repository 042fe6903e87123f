// @ts-check
// A sound dragged out of the page, to the desktop or into another program: Chromium alone makes a file of what is
// dropped there. The file has to lie ready when the drag begins, so it is made as soon as the pointer comes near.

/** @import { App } from "../app.js" */

import { soundFile } from "../play/taking-away.js";

/**
 * @param {App} app
 * @param {HTMLElement} handle
 */
export function draggableOut(app, handle) {
  if (!("userAgentData" in navigator)) return;
  let asked = 0;
  let url = "";
  let data = "";
  const forget = () => {
    URL.revokeObjectURL(url);
    data = "";
  };
  const prepare = async () => {
    const own = ++asked;
    const file = await soundFile(app).catch(() => null); // a click says why there is none
    if (own !== asked) return;
    forget();
    if (!file) return;
    url = URL.createObjectURL(file.blob);
    data = `audio/wav:${file.name}:${url}`;
  };
  /** @param {DragEvent} event */
  const begin = (event) => {
    if (!data || !event.dataTransfer) return event.preventDefault();
    event.dataTransfer.effectAllowed = "copy";
    event.dataTransfer.setData("DownloadURL", data);
  };
  handle.draggable = true;
  handle.title += "; or drag it to where it should be";
  handle.addEventListener("pointerenter", prepare);
  handle.addEventListener("pointerdown", prepare);
  handle.addEventListener("dragstart", begin);
  app.atEnd(forget);
}
