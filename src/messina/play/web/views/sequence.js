// @ts-check
// Sixteen steps by eight pads. The brush says how hard new steps are; painting is by dragging.

/** @import { App } from "../app.js" */

import { button, el, ICONS, icon } from "../dom.js";
import { ROWS, STEPS } from "../session.js";
import { hueOf } from "../sounds/colour.js";
import { noteName, percent } from "../sounds/words.js";
import { fader } from "./fader.js";
import { brightnessOf, flash } from "./pads.js";

/** Velocities. @type {Record<string, number>} */
const BRUSHES = { soft: 58, normal: 96, hard: 122 };
const TEMPO = { least: 30, most: 300 };

/**
 * @param {App} app
 * @param {HTMLElement} root
 */
export function sequence(app, root) {
  const { session, controls, sequencer } = app;
  let brush = "normal";
  /** @type {{ row: number, value: number } | null} */
  let painting = null;

  const play = el("button", {
    type: "button",
    class: "run",
    "aria-label": "play the sequence",
    on: { click: () => sequencer.toggle() },
  });
  controls.add("sequence.run", { label: "play", element: play, press: () => sequencer.toggle() });
  const tempo = el("input", {
    type: "number",
    class: "tempo",
    min: TEMPO.least,
    max: TEMPO.most,
    step: 1,
    "aria-label": "tempo in beats a minute",
    on: { change: () => setTempo(Number(tempo.value)) },
  });
  controls.add("sequence.tempo", {
    label: "tempo",
    element: tempo,
    set: (share) => setTempo(60 + 120 * share),
  });
  const swing = fader(controls, {
    id: "sequence.swing",
    label: "swing",
    min: 0,
    max: 1,
    step: 0.01,
    neutral: 0,
    format: (v) => (v === 0 ? "none" : percent(v)),
    input: (value) =>
      session.change("tempo", (state) => {
        state.swing = value;
      }),
  });
  const brushes = Object.keys(BRUSHES).map((name) =>
    button(
      name,
      () => {
        brush = name;
        showBrush();
      },
      { class: `brush ${name}` },
    ),
  );
  const cells = Array.from({ length: ROWS }, (_, row) =>
    Array.from({ length: STEPS }, (_, step) => cell(row, step)),
  );
  const names = Array.from({ length: ROWS }, (_, row) =>
    el("button", {
      type: "button",
      class: "row-name",
      on: {
        click: () => {
          app.wake();
          app.performer.strike(row, { velocity: session.state.touch });
          select(row);
        },
      },
    }),
  );
  const mutes = Array.from({ length: ROWS }, (_, row) =>
    button(
      "m",
      () => {
        session.change("steps", (state) => {
          state.muted[row] = !state.muted[row];
        });
      },
      { class: "mute", title: "mute" },
    ),
  );
  mutes.forEach((node, row) =>
    controls.addButton(`sequence.mute.${row + 1}`, `mute row ${row + 1}`, node),
  );
  brushes.forEach((node) =>
    controls.addButton(`sequence.${node.textContent}`, node.textContent, node),
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

  root.replaceChildren(
    el(
      "div",
      { class: "part-head sequence-head" },
      play,
      el("h2", { text: "sequence" }),
      el("label", { class: "tempo-box" }, tempo, el("span", { class: "quiet", text: " bpm" })),
      swing.element,
      el(
        "div",
        { class: "brushes", role: "group", "aria-label": "how hard new steps are" },
        brushes,
      ),
      button("clear", clear, { class: "plain" }),
    ),
    grid,
  );

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

  /** @param {PointerEvent & { currentTarget: HTMLElement }} event */
  function touch(event) {
    if (event.button !== 0) return;
    const [row, step] = placeOf(event.currentTarget);
    // Captured pointers would report this cell only; painting needs those under way.
    event.currentTarget.releasePointerCapture(event.pointerId);
    const now = session.state.steps[row][step];
    painting = { row, value: now === BRUSHES[brush] ? 0 : BRUSHES[brush] };
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
    if (session.state.steps[row][step] === value) return;
    session.change("steps", (state) => {
      state.steps[row][step] = value;
    });
    if (value > 0 && !sequencer.running) {
      app.wake();
      app.performer.strike(row, { velocity: value, source: "audition" });
    }
  }

  /** @param {KeyboardEvent & { target: HTMLElement }} event */
  function pressed(event) {
    if (!event.target.matches(".step")) return;
    const [row, step] = placeOf(event.target);
    /** @type {Record<string, [number, number]>} */
    const moves = {
      ArrowRight: [0, 1],
      ArrowLeft: [0, -1],
      ArrowDown: [1, 0],
      ArrowUp: [-1, 0],
      Home: [0, -step],
      End: [0, STEPS - 1 - step],
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      focusOn(
        Math.max(0, Math.min(ROWS - 1, row + move[0])),
        Math.max(0, Math.min(STEPS - 1, step + move[1])),
      );
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      put(row, step, session.state.steps[row][step] === BRUSHES[brush] ? 0 : BRUSHES[brush]);
    } else if (event.key === "+" || event.key === "-") {
      event.preventDefault();
      const louder = session.state.steps[row][step] + (event.key === "+" ? 8 : -8);
      put(row, step, Math.max(0, Math.min(127, louder)));
    }
  }

  /**
   * @param {number} row
   * @param {number} step
   */
  function focusOn(row, step) {
    cells.flat().forEach((node) => {
      node.tabIndex = -1;
    });
    cells[row][step].tabIndex = 0;
    cells[row][step].focus({ preventScroll: true });
  }

  /** @param {number} row */
  function select(row) {
    session.change("slot", (state) => {
      state.slot = row;
    });
  }

  /** @param {number} value */
  function setTempo(value) {
    session.change("tempo", (state) => {
      state.tempo = Math.round(Math.max(TEMPO.least, Math.min(TEMPO.most, value || state.tempo)));
    });
  }

  function clear() {
    session.change("steps", (state) => {
      state.steps.forEach((row) => row.fill(0));
    });
  }

  function showBrush() {
    brushes.forEach((node) =>
      node.setAttribute("aria-pressed", String(node.textContent === brush)),
    );
  }

  session.on("steps", () => {
    const { steps, muted } = session.state;
    cells.forEach((row, r) =>
      row.forEach((node, s) => {
        const velocity = steps[r][s];
        node.style.setProperty("--velocity", String(velocity / 127));
        node.classList.toggle("on", velocity > 0);
        node.setAttribute("aria-selected", String(velocity > 0));
        node.setAttribute(
          "aria-label",
          `step ${s + 1}, ${velocity ? `velocity ${velocity}` : "off"}`,
        );
      }),
    );
    rows.forEach((node, r) => node.classList.toggle("muted", muted[r]));
    mutes.forEach((node, r) => {
      node.setAttribute("aria-pressed", String(muted[r]));
      node.setAttribute("aria-label", `mute row ${r + 1}`);
    });
  });
  session.on("slots slot shape", () => {
    names.forEach((node, row) => {
      const slot = session.state.slots[row];
      node.textContent = slot.note === null ? app.labelName(slot.kind) : noteName(slot.note);
      node.setAttribute("aria-pressed", String(row === session.state.slot));
      rows[row].style.setProperty("--hue", String(hueOf(brightnessOf(app, slot))));
    });
  });
  session.on("tempo", () => {
    tempo.value = String(session.state.tempo);
    swing.show(session.state.swing);
  });
  showBrush();

  let lit = -1;
  function follow() {
    const step = sequencer.heard;
    if (step !== lit) {
      cells.forEach((row) => {
        row[lit]?.classList.remove("now");
        row[step]?.classList.add("now");
      });
      lit = step;
    }
    if (sequencer.running) requestAnimationFrame(follow);
  }
  const showRun = () => {
    play.replaceChildren(icon(sequencer.running ? ICONS.stop : ICONS.play));
    play.setAttribute("aria-pressed", String(sequencer.running));
    play.setAttribute("aria-label", sequencer.running ? "stop the sequence" : "play the sequence");
    requestAnimationFrame(follow);
  };
  app.listen(sequencer, "change", showRun);
  app.listen(app.performer, "hit", ({ detail }) => {
    if (detail.slot !== null && detail.slot < ROWS)
      flash(names[detail.slot], detail.velocity, app.delayOf(detail.time));
  });
  showRun();
}

/**
 * Row and step of a cell.
 *
 * @param {HTMLElement} node
 */
const placeOf = ({ dataset }) => [Number(dataset.row), Number(dataset.step)];
