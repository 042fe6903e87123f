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
  const { session, controls, midi } = app;
  const { gestures } = midi.ports;
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
    knob("pressure", 0, { now: gestures.of(0).pressure, input: (share) => midi.pressAll(share) }),
    knob("expression", 1, {
      now: gestures.value(CONTROLLER.EXPRESSION, 127) / 127,
      input: (share) => midi.everywhere(CONTROLLER.EXPRESSION, share),
    }),
    knob("touch brightness", 0, {
      now: gestures.of(0).brighter,
      min: -1,
      format: (v) => signed(v),
      input: (v) => midi.everywhere(CONTROLLER.BRIGHTNESS, (64 + (v < 0 ? 64 : 63) * v) / 127),
    }),
    knob("vibrato", 0, {
      now: gestures.value(CONTROLLER.MODULATION, 0) / 127,
      input: (share) => midi.everywhere(CONTROLLER.MODULATION, share),
    }),
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
   *   now?: number, input: (value: number) => void }} options now: where it is
   */
  function knob(label, neutral, options) {
    const { now = neutral, min = 0, max = 1, step = 0.01, format = percent, input } = options;
    const id = `hands.${label.replace("touch ", "")}`;
    const made = fader(controls, { id, label, min, max, step, neutral, format, input });
    made.show(now);
    return made;
  }

  /** @param {"sustain" | "sostenuto"} name */
  function pedal(name) {
    const node = button(name, () => midi[name](!midi.pedals[name]), { class: "plain" });
    const show = () => node.setAttribute("aria-pressed", String(midi.pedals[name]));
    controls.add(`hands.${name}`, {
      label: name,
      element: node,
      set: (share) => midi[name](share >= 0.5),
    });
    app.listen(midi, "pedals", show);
    show();
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
    el("div", { class: "midi-row" }, curve, mono, pedal("sustain"), pedal("sostenuto")),
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
