// @ts-check
// Sixteen steps by eight pads at a time, of a pattern that may be longer and a kit that may be larger. Painting is by
// dragging.

/** @import { App } from "../app.js" */

import { button, el } from "../dom.js";
import { MOST_STEPS, STEPS, setStep, velocityAt } from "../play/patterns.js";
import { hueOf } from "../sounds/colour.js";
import { noteName } from "../sounds/words.js";
import { brightnessOf, flashPad } from "./pads.js";

const ROWS = 8;

/**
 * brush(): how hard new steps are.
 *
 * @param {App} app
 * @param {() => number} brush
 */
export function stepGrid(app, brush) {
  const { session, controls, sequencer } = app;
  /** The first row and step that are shown. */
  const from = { row: 0, step: 0 };
  /** @type {{ row: number, value: number } | null} */
  let painting = null;
  const rowsShown = Array.from({ length: ROWS }, (_, r) => r);
  const cells = rowsShown.map((r) => Array.from({ length: STEPS }, (_, s) => cell(r, s)));
  const names = rowsShown.map((r) =>
    el("button", { type: "button", class: "row-name", on: { click: () => named(from.row + r) } }),
  );
  const mutes = rowsShown.map((r) =>
    button("m", () => mute(from.row + r), { class: "mute", title: "mute" }),
  );
  mutes.forEach((node, r) =>
    controls.addButton(`sequence.mute.${r + 1}`, `mute row ${r + 1}`, node),
  );
  const rows = cells.map((row, r) =>
    el(
      "div",
      { class: "row", role: "row" },
      el("div", { class: "row-head", role: "rowheader" }, names[r], mutes[r]),
      el("div", { class: "steps", role: "presentation" }, row),
    ),
  );
  const grid = el(
    "div",
    {
      class: "grid",
      role: "grid",
      "aria-label": "steps",
      on: { pointermove: drag, pointerup: lift, pointercancel: lift, keydown: pressed },
    },
    rows,
  );
  const banks = el("div", { class: "kinds", role: "group", "aria-label": "pads that are shown" });
  const pages = el("div", { class: "kinds", role: "group", "aria-label": "steps that are shown" });
  const around = el("div", { class: "grid-around" }, banks, pages);

  const pattern = () => session.state.patterns[session.state.pattern];

  /**
   * @param {number} row
   * @param {number} step
   */
  function cell(row, step) {
    return el("button", {
      type: "button",
      class: `step${step % 4 === 0 ? " beat" : ""}`,
      role: "gridcell",
      tabindex: row + step === 0 ? 0 : -1,
      "data-row": row,
      "data-step": step,
      on: { pointerdown: touch },
    });
  }

  /**
   * Row and step of a cell.
   *
   * @param {HTMLElement} node
   */
  const placeOf = ({ dataset }) => [
    from.row + Number(dataset.row),
    from.step + Number(dataset.step),
  ];

  /** @param {PointerEvent & { currentTarget: HTMLElement }} event */
  function touch(event) {
    if (event.button !== 0) return;
    const [row, step] = placeOf(event.currentTarget);
    // Captured pointers would report this cell only; painting needs those under way.
    event.currentTarget.releasePointerCapture(event.pointerId);
    painting = { row, value: velocityAt(pattern(), row, step) === brush() ? 0 : brush() };
    session.remember("painting steps");
    put(row, step, painting.value);
    focusOn(row, step);
  }

  /** @param {PointerEvent} event */
  function drag(event) {
    if (!painting || event.buttons === 0) return;
    /** @type {HTMLElement | null | undefined} */
    const node = document.elementFromPoint(event.clientX, event.clientY)?.closest(".step");
    if (!node) return;
    const [row, step] = placeOf(node);
    if (row === painting.row) put(row, step, painting.value);
  }

  function lift() {
    painting = null;
  }

  /**
   * @param {number} row
   * @param {number} step
   * @param {number} value
   */
  function put(row, step, value) {
    if (step >= pattern().length || velocityAt(pattern(), row, step) === value) return;
    session.change("steps", (state) => setStep(state.patterns[state.pattern], row, step, value));
    if (value > 0 && !sequencer.running) {
      app.wake();
      app.performer.strike(row, { velocity: value, source: "audition" });
    }
  }

  /** @param {KeyboardEvent & { target: HTMLElement }} event */
  function pressed(event) {
    if (!event.target.matches(".step")) return;
    const [row, step] = placeOf(event.target);
    const last = pattern().length - 1;
    /** @type {Record<string, [number, number]>} */
    const moves = {
      ArrowRight: [0, 1],
      ArrowLeft: [0, -1],
      ArrowDown: [1, 0],
      ArrowUp: [-1, 0],
      Home: [0, -step],
      End: [0, last - step],
    };
    const move = moves[event.key];
    const now = velocityAt(pattern(), row, step);
    if (move) {
      event.preventDefault();
      const rowsThere = session.state.slots.length;
      focusOn(
        Math.max(0, Math.min(rowsThere - 1, row + move[0])),
        Math.max(0, Math.min(last, step + move[1])),
      );
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      session.remember("a step");
      put(row, step, now === brush() ? 0 : brush());
    } else if (event.key === "+" || event.key === "-") {
      event.preventDefault();
      session.remember("how hard a step is");
      put(row, step, Math.max(0, Math.min(127, now + (event.key === "+" ? 8 : -8))));
    }
  }

  /**
   * @param {number} row
   * @param {number} step
   */
  function focusOn(row, step) {
    show({ row, step });
    cells.flat().forEach((node) => {
      node.tabIndex = -1;
    });
    const node = cells[row - from.row][step - from.step];
    node.tabIndex = 0;
    node.focus({ preventScroll: true });
  }

  /**
   * Shows the pads and steps around a place.
   *
   * @param {{ row?: number, step?: number }} place
   */
  function show({ row = from.row, step = from.step }) {
    const next = { row: row - (row % ROWS), step: step - (step % STEPS) };
    if (next.row === from.row && next.step === from.step) return;
    Object.assign(from, next);
    showSteps();
    showNames();
  }

  /** @param {number} row */
  function named(row) {
    app.wake();
    app.performer.strike(row, { velocity: session.state.touch });
    session.change("slot", (state) => {
      state.slot = row;
    });
  }

  /** @param {number} row */
  function mute(row) {
    session.change("steps", (state) => {
      state.muted[row] = !state.muted[row];
    });
  }

  function showSteps() {
    const { muted, slots } = session.state;
    const shown = pattern();
    if (from.step >= shown.length) from.step = 0;
    cells.forEach((row, r) =>
      row.forEach((node, s) => {
        const [pad, step] = [from.row + r, from.step + s];
        const velocity = velocityAt(shown, pad, step);
        node.hidden = step >= shown.length;
        node.style.setProperty("--velocity", String(velocity / 127));
        node.classList.toggle("on", velocity > 0);
        node.setAttribute("aria-selected", String(velocity > 0));
        node.setAttribute(
          "aria-label",
          `step ${step + 1}, ${velocity ? `velocity ${velocity}` : "off"}`,
        );
      }),
    );
    rows.forEach((node, r) => {
      node.hidden = from.row + r >= slots.length;
      node.classList.toggle("muted", muted[from.row + r]);
    });
    mutes.forEach((node, r) => {
      node.setAttribute("aria-pressed", String(muted[from.row + r]));
      node.setAttribute("aria-label", `mute row ${from.row + r + 1}`);
    });
    choices(banks, slots.length, ROWS, "row", "pads ");
    choices(pages, Math.min(MOST_STEPS, shown.length), STEPS, "step", "steps ");
  }

  /**
   * Buttons for what is there to be shown, where that is more than fits.
   *
   * @param {HTMLElement} root
   * @param {number} count
   * @param {number} portion
   * @param {"row" | "step"} what
   * @param {string} words
   */
  function choices(root, count, portion, what, words) {
    root.hidden = count <= portion;
    const starts = Array.from({ length: Math.ceil(count / portion) }, (_, i) => i * portion);
    root.replaceChildren(
      ...starts.map((start) =>
        button(
          `${words}${start + 1}–${Math.min(count, start + portion)}`,
          () => show({ [what]: start }),
          { class: "kind", "aria-pressed": String(start === from[what]) },
        ),
      ),
    );
  }

  function showNames() {
    names.forEach((node, r) => {
      const pad = from.row + r;
      const slot = session.state.slots[pad];
      if (!slot) return;
      node.textContent = slot.note === null ? app.labelName(slot.kind) : noteName(slot.note);
      node.title = node.textContent;
      node.setAttribute("aria-pressed", String(pad === session.state.slot));
      rows[r].style.setProperty("--hue", String(hueOf(brightnessOf(app, slot))));
    });
  }

  session.on("steps", showSteps);
  session.on("slots slot shape", showNames);
  session.on("slot", () => show({ row: session.state.slot }));
  app.listen(app.performer, "hit", ({ detail }) => {
    const node = detail.slot === null ? undefined : names[detail.slot - from.row];
    if (node) flashPad(node, detail.velocity, app.delayOf(detail.time));
  });

  /** @type {HTMLElement[]} */
  let lit = [];
  let litPlace = -1; // among the steps that are shown
  return {
    elements: [grid, around],
    /** The step that is heard. @param {number} step */
    light(step) {
      const place = step - from.step;
      if (place === litPlace) return;
      litPlace = place;
      for (const node of lit) node.classList.remove("now");
      lit = cells.flatMap((row) => row[place] ?? []);
      for (const node of lit) node.classList.add("now");
    },
  };
}
