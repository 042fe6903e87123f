// @ts-check
// The computer's keyboard as an instrument: by where keys are, whatever is printed on them.

/** @import { Hit } from "../engine/types.d.ts" */
/** @import { AnyDesk } from "../types.d.ts" */

import { helpDialog } from "./tools.js";
import { undoAndSay } from "./undoing.js";

const PADS = [
  "Digit1",
  "Digit2",
  "Digit3",
  "Digit4",
  "KeyQ",
  "KeyW",
  "KeyE",
  "KeyR",
  "KeyA",
  "KeyS",
  "KeyD",
  "KeyF",
  "KeyZ",
  "KeyX",
  "KeyC",
  "KeyV",
];
const KEYS = [
  "KeyA",
  "KeyW",
  "KeyS",
  "KeyE",
  "KeyD",
  "KeyF",
  "KeyT",
  "KeyG",
  "KeyY",
  "KeyH",
  "KeyU",
  "KeyJ",
  "KeyK",
  "KeyO",
  "KeyL",
  "KeyP",
  "Semicolon",
  "Quote",
];

/** KeyboardEvent.code by pad, and by semitone above the lowest C shown. */
export const CODES = { pads: PADS, keys: KEYS };

const OCTAVE_DOWN = "KeyZ";
const OCTAVE_UP = "KeyX";
const ACCENT = 27;

/**
 * Listens on the whole page; returns what ends it.
 *
 * @param {AnyDesk} app
 */
export function computerKeys(app) {
  const { session } = app;
  /** @type {Map<string, Hit>} */
  const held = new Map();
  let byPointer = false;

  /** @param {KeyboardEvent} event */
  function down(event) {
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      isTyping(elementOf(event)) ||
      document.querySelector("dialog[open]")
    )
      return;
    if (event.code === "Escape") return void app.silence();
    if (event.code === "Space") return void spaced(event);
    if (event.repeat || held.has(event.code)) return;
    if (event.key === "?") return void helpDialog(app);
    if (!app.performer) return;
    const { performer } = app;
    const { state } = session;
    const velocity = Math.min(127, state.touch + (event.shiftKey ? ACCENT : 0));
    const places = state.surface === "keys" ? KEYS : PADS;
    const place = places.indexOf(event.code);
    if (place >= 0) {
      event.preventDefault();
      app.wake();
      if (state.surface === "keys")
        held.set(
          event.code,
          performer.strike(state.slot, {
            velocity,
            note: app.lowestC() + place,
            sustained: true,
          }),
        );
      else {
        const pad = state.slot - (state.slot % PADS.length) + place; // of the bank that is shown
        held.set(event.code, performer.strike(pad, { velocity, sustained: true }));
        if (state.slot !== pad)
          session.change("slot", (s) => {
            s.slot = pad;
          });
      }
    } else if (
      state.surface === "keys" &&
      (event.code === OCTAVE_DOWN || event.code === OCTAVE_UP)
    ) {
      app.shiftOctave(event.code === OCTAVE_UP ? 1 : -1);
    }
  }

  /** @param {KeyboardEvent} event */
  function spaced(event) {
    if (elementOf(event)?.closest("button, a, summary, [role=button], [role=gridcell]")) return;
    event.preventDefault();
    app.wake();
    (app.groove ?? app.texture ?? app.sequencer).toggle();
  }

  /** @param {KeyboardEvent} event */
  function up(event) {
    app.performer?.release(held.get(event.code));
    held.delete(event.code);
  }

  /** @param {KeyboardEvent} event */
  function undo(event) {
    if (
      (event.ctrlKey || event.metaKey) &&
      !event.shiftKey &&
      event.key.toLowerCase() === "z" &&
      !isTyping(elementOf(event))
    ) {
      event.preventDefault();
      undoAndSay(session);
    }
  }

  /** What was clicked lets the keyboard go again, so that space and letters play on. */
  function letGo() {
    const { activeElement } = document;
    if (!(activeElement instanceof HTMLElement)) return;
    if (activeElement.matches("button, select, summary")) activeElement.blur();
  }

  app.listen(window, "click", (event) => {
    if (event.detail > 0 && !elementOf(event)?.closest("select")) letGo();
  });
  app.listen(
    window,
    "pointerdown",
    () => {
      byPointer = true;
    },
    { capture: true },
  );
  app.listen(
    window,
    "keydown",
    () => {
      byPointer = false;
    },
    { capture: true },
  );
  app.listen(window, "change", (event) => {
    if (byPointer && elementOf(event)?.matches("select")) letGo();
  });
  app.listen(window, "keydown", down);
  app.listen(window, "keydown", undo);
  app.listen(window, "keyup", up);
  app.listen(window, "blur", () => {
    held.forEach((hit) => app.performer?.release(hit));
    held.clear();
  });
}

/** @param {Event} event */
const elementOf = ({ target }) => (target instanceof Element ? target : null);

/** @param {Element | null} node */
function isTyping(node) {
  return node?.matches("select, textarea, input:not([type=range], [type=checkbox], [type=radio])");
}
