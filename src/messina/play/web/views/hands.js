// @ts-check
// What hands do to notes: how keys are played, and touch that keyboards without it can borrow a knob for.

/** @import { App } from "../app.js" */

import { button, el } from "../dom.js";
import { ASKED } from "../engine/constants.js";
import { CONTROLLERS } from "../midi/constants.js";
import { percent, signed } from "../sounds/words.js";
import { fader } from "./fader.js";

const { CONTROLLER, CURVES } = CONTROLLERS;
const [, LONGEST_GLIDE] = ASKED.RANGES.glide_ms;
const NAMES = Object.keys(CURVES);

/** @param {App} app */
export function hands(app) {
  const { session, controls, midi, engine } = app;
  const mono = button("one voice", () => setMono(!session.state.mono), {
    class: "plain",
    title: "one note with a pitch at a time, legato",
  });
  const curve = el(
    "select",
    {
      "aria-label": "velocity curve",
      on: { change: () => setCurve(curve.value) },
    },
    NAMES.map((name) => el("option", { value: name, text: `velocity ${name}` })),
  );
  const glide = knob("glide", 0, {
    max: LONGEST_GLIDE,
    step: 10,
    format: (v) => (v === 0 ? "none" : `${Math.round(v)} ms`),
    input: (value) =>
      session.change("keyboard", (state) => {
        state.glide = value;
      }),
  });
  const touch = [
    knob("pressure", 0, { input: (share) => midi.pressAll(share) }),
    knob("expression", 1, { input: (share) => midi.everywhere(CONTROLLER.EXPRESSION, share) }),
    knob("touch brightness", 0, {
      min: -1,
      format: (v) => signed(v),
      input: (v) => midi.everywhere(CONTROLLER.BRIGHTNESS, (64 + (v < 0 ? 64 : 63) * v) / 127),
    }),
    knob("vibrato", 0, { input: (share) => midi.everywhere(CONTROLLER.MODULATION, share) }),
  ];
  controls.addButton("hands.mono", "one voice", mono);
  controls.add("hands.curve", {
    label: "velocity curve",
    element: curve,
    set: (share) => setCurve(NAMES[Math.round(share * (NAMES.length - 1))]),
  });

  /**
   * @param {string} label
   * @param {number} neutral
   * @param {{ min?: number, max?: number, step?: number, format?: (value: number) => string,
   *   input: (value: number) => void }} options
   */
  function knob(label, neutral, { min = 0, max = 1, step = 0.01, format = percent, input }) {
    const id = `hands.${label.replace("touch ", "")}`;
    const made = fader(controls, { id, label, min, max, step, neutral, format, input });
    made.show(neutral);
    return made;
  }

  /**
   * @param {string} name
   * @param {(down: boolean) => void} press
   */
  function pedal(name, press) {
    const node = button(name, () => set(node.getAttribute("aria-pressed") !== "true"), {
      class: "plain",
      "aria-pressed": "false",
    });
    /** @param {boolean} down */
    function set(down) {
      node.setAttribute("aria-pressed", String(down));
      press(down);
    }
    controls.add(`hands.${name}`, {
      label: name,
      element: node,
      set: (share) => set(share >= 0.5),
    });
    return node;
  }

  /** @param {boolean} on */
  function setMono(on) {
    session.change("keyboard", (state) => {
      state.mono = on;
    });
  }

  /** @param {string} name */
  function setCurve(name) {
    session.change("keyboard", (state) => {
      state.curve = name;
    });
  }

  const element = el(
    "div",
    { class: "hands" },
    el(
      "div",
      { class: "midi-row" },
      curve,
      mono,
      pedal("sustain", (down) => engine.sustain(down)),
      pedal("sostenuto", (down) => engine.sostenuto(down)),
    ),
    el(
      "div",
      { class: "faders pair" },
      [glide, ...touch].map((one) => one.element),
    ),
  );
  session.on("keyboard", () => {
    const { state } = session;
    mono.setAttribute("aria-pressed", String(state.mono));
    curve.value = NAMES.includes(state.curve) ? state.curve : NAMES[0];
    glide.show(state.glide);
  });
  return element;
}
