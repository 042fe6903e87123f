// @ts-check
// The on-screen keyboard: struck near the front edge keys sound hard, near the back soft.

/** @import { App } from "../app.js" */
/** @import { Hit } from "../engine/types.d.ts" */

import { button, el, flash } from "../dom.js";
import { isBlack, noteName } from "../sounds/words.js";
import { CODES } from "./computer-keys.js";

const LOWEST = 12;
const HIGHEST = 120;
const SOFTEST = 24;
const WHITE_REM = 2.55;
/** @type {Record<string, string>} */
const PRINTED = { Semicolon: ";", Quote: "'" };
/** Semitones. @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowUp: 12, ArrowDown: -12 };

/** @param {App} app */
export function keyboard(app) {
  const { session, performer } = app;
  const bed = el("div", {
    class: "keys",
    role: "group",
    "aria-label": "keyboard",
    on: {
      pointerdown: down,
      pointermove: moved,
      pointerup: up,
      pointercancel: up,
      keydown: pressed,
      contextmenu: (event) => event.preventDefault(),
    },
  });
  /** By pointer. @type {Map<number, { node: HTMLElement, hit: Hit }>} */
  const held = new Map();
  /** By note. @type {Map<number, HTMLElement>} */
  let keys = new Map();
  let first = 0;
  let lowest = 0;

  /** @param {-1 | 1} by */
  const shift = (by) =>
    button(by < 0 ? "‹" : "›", () => app.shiftOctave(by), {
      class: "octave",
      "aria-label": by < 0 ? "an octave lower" : "an octave higher",
    });
  const element = el("div", { class: "keyboard" }, shift(-1), bed, shift(1));

  function build() {
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const whites = Math.max(7, Math.floor((bed.clientWidth || 600) / (WHITE_REM * rem)));
    const octaves = whites / 7;
    first = app.lowestC();
    lowest = Math.max(LOWEST, first - 12 * Math.floor((octaves - 1) / 2));
    keys = new Map();
    const nodes = [];
    let white = 0;
    for (let note = lowest; white < whites && note <= HIGHEST + 7; note++) {
      const black = isBlack(note);
      const node = key(note, black, (black ? white : white) / whites, whites);
      if (!black) white += 1;
      keys.set(note, node);
      nodes.push(node);
    }
    bed.replaceChildren(...nodes);
    label();
  }

  /**
   * @param {number} note
   * @param {boolean} black
   * @param {number} place
   * @param {number} whites
   */
  function key(note, black, place, whites) {
    const code = CODES.keys[note - first];
    return el(
      "button",
      {
        type: "button",
        tabindex: -1,
        "data-note": note,
        "aria-label": noteName(note),
        class: black ? "key black" : "key white",
        style: { "--at": place, "--wide": 1 / whites },
      },
      el("span", { class: "key-name", text: note % 12 === 0 ? noteName(note) : "" }),
      code && el("kbd", { text: PRINTED[code] ?? code.slice(-1) }),
    );
  }

  /** What was learnt is drawn full; beyond it the instrument goes on by its own lights. */
  function label() {
    const { low, high } = app.range();
    for (const [note, node] of keys) node.classList.toggle("beyond", note < low || note > high);
    (keys.get(60) ?? keys.get(first))?.setAttribute("tabindex", "0");
  }

  /**
   * @param {PointerEvent} event
   * @returns {HTMLElement | null}
   */
  const keyAt = (event) =>
    document.elementFromPoint(event.clientX, event.clientY)?.closest(".key") ?? null;

  /** @param {PointerEvent} event */
  function down(event) {
    const node = keyAt(event);
    if (event.button !== 0 || !node) return;
    event.preventDefault();
    app.wake();
    bed.setPointerCapture(event.pointerId);
    strike(event, node);
  }

  /**
   * @param {PointerEvent} event
   * @param {HTMLElement} node
   */
  function strike(event, node) {
    const box = node.getBoundingClientRect();
    const depth = Math.max(0, Math.min(1, (event.clientY - box.top) / box.height));
    const note = Number(node.dataset.note);
    const velocity = Math.round(SOFTEST + (127 - SOFTEST) * Math.min(1, depth * 1.1));
    held.set(event.pointerId, {
      node,
      hit: performer.strike(session.state.slot, { velocity, note, sustained: true }),
    });
    node.classList.add("down");
  }

  /** @param {PointerEvent} event */
  function moved(event) {
    const now = held.get(event.pointerId);
    if (!now) return;
    const node = keyAt(event);
    if (node === now.node || !node || !bed.contains(node)) return;
    lift(now);
    strike(event, node);
  }

  /** @param {PointerEvent} event */
  function up(event) {
    const now = held.get(event.pointerId);
    if (now) lift(now);
    held.delete(event.pointerId);
  }

  /** @param {{ node: HTMLElement, hit: Hit }} held */
  function lift({ node, hit }) {
    node.classList.remove("down");
    performer.release(hit);
  }

  /** @param {KeyboardEvent & { target: HTMLElement }} event */
  function pressed(event) {
    const note = Number(event.target.dataset.note);
    const step = STEPS[event.key];
    if (step) {
      event.preventDefault();
      const next = keys.get(note + step);
      if (!next) return;
      for (const node of keys.values()) node.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    } else if ((event.key === "Enter" || event.key === " ") && !event.repeat) {
      event.preventDefault();
      event.stopPropagation();
      app.wake();
      performer.strike(session.state.slot, { velocity: session.state.touch, note });
    }
  }

  app.listen(performer, "hit", ({ detail }) => {
    const node = keys.get(Math.round(detail.note ?? -1));
    if (!node) return;
    setTimeout(() => flash(node), app.delayOf(detail.time));
  });
  const observer = new ResizeObserver(build);
  observer.observe(bed);
  app.atEnd(() => observer.disconnect());
  session.on("octave", build);
  session.on("slots slot", label);
  return element;
}
