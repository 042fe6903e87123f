// @ts-check
// The bus: a room, drive, a compressor; heard, and in recordings only where that is asked for.

/** @import { App } from "../app.js" */

import { el } from "../dom.js";
import { percent } from "../sounds/words.js";
import { fader } from "./fader.js";

const FADERS = /** @type {const} */ ([
  { id: "room", label: "room" },
  { id: "drive", label: "drive" },
  { id: "press", label: "bus compressor" },
]);

/**
 * @param {App} app
 * @returns {HTMLElement[]}
 */
export function effects(app) {
  const { session, controls, recorder, bus } = app;
  const faders = FADERS.map(({ id, label }) => ({
    id,
    fader: fader(controls, {
      id: `bus.${id}`,
      label,
      min: 0,
      max: 1,
      step: 0.01,
      neutral: 0,
      format: (v) => (v === 0 ? "off" : percent(v)),
      input: (value) =>
        session.change("bus", (state) => {
          state.bus[id] = value;
        }),
    }),
  }));
  const recorded = el("button", {
    type: "button",
    class: "plain",
    text: "in recordings",
    title: "recordings have what is heard; else they are without room, drive and compressor",
    on: {
      click: () =>
        session.change("bus", (state) => {
          state.bus.recorded = !state.bus.recorded;
        }),
    },
  });
  controls.addButton("bus.recorded", "bus in recordings", recorded);
  session.on("bus", () => {
    const { bus: state } = session.state;
    for (const { id, fader: one } of faders) one.show(state[id]);
    recorded.setAttribute("aria-pressed", String(state.recorded));
    bus.set(state);
    recorder.source = state.recorded ? bus.volume : bus.dry;
  });
  return [
    el("div", { class: "part-head" }, el("h2", { text: "bus" }), recorded),
    el(
      "div",
      { class: "faders" },
      faders.map((one) => one.fader.element),
    ),
  ];
}
