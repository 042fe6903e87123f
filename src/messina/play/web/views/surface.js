// @ts-check
// Where hands play: keys or pads.

/** @import { App } from "../app.js" */

import { button, el, place } from "../dom.js";
import { fader } from "./fader.js";
import { keyboard } from "./keys.js";
import { pads } from "./pads.js";
import { take } from "./take.js";

/** @type {Record<string, (app: App) => HTMLElement>} */
const SURFACES = { keys: keyboard, pads };

/**
 * @param {App} app
 * @param {HTMLElement} root
 */
export function surface(app, root) {
  const { session, controls } = app;
  const choices = Object.keys(SURFACES).map((name) =>
    button(
      name,
      () =>
        session.change("surface", (state) => {
          state.surface = name;
        }),
      { class: "kind" },
    ),
  );
  const touch = fader(controls, {
    id: "touch",
    label: "touch of keys",
    min: 1,
    max: 127,
    step: 1,
    neutral: 100,
    format: String,
    input: (value) =>
      session.change("touch", (state) => {
        state.touch = value;
      }),
  });
  const ring = el("button", {
    type: "button",
    class: "plain",
    text: "let ring",
    title: "notes ring on when a key is lifted, as hits do",
    on: {
      click: () =>
        session.change("touch", (state) => {
          state.ring = !state.ring;
        }),
    },
  });
  controls.addButton("ring", "let ring", ring);
  choices.forEach((node) =>
    controls.addButton(`surface.${node.textContent}`, node.textContent, node),
  );
  const hummed = take(app);
  const bed = el("div", { class: "bed" });
  const waking = el("span", { class: "waking quiet small", text: "touch or press a key to begin" });
  root.replaceChildren(
    el(
      "div",
      { class: "part-head" },
      el("div", { class: "kinds", role: "group", "aria-label": "keys or pads" }, choices),
      touch.element,
      ring,
      hummed.button,
      waking,
    ),
    bed,
    hummed.panel,
  );

  for (const [name, make] of Object.entries(SURFACES)) app.view(name, make);
  /** @type {string | null} */
  let shown = null;
  session.on("surface", () => {
    const name = session.state.surface in SURFACES ? session.state.surface : "pads";
    choices.forEach((node) => node.setAttribute("aria-pressed", String(node.textContent === name)));
    touch.element.hidden = name === "pads" && matchMedia("(hover: none)").matches;
    place("desk").dataset.surface = name;
    if (name === shown) return;
    shown = name;
    bed.replaceChildren(app.view(name, SURFACES[name]));
  });
  session.on("touch", () => {
    touch.show(session.state.touch);
    ring.setAttribute("aria-pressed", String(session.state.ring));
  });
  const showWaking = () => {
    waking.hidden = app.audio.state === "running";
  };
  app.listen(app.audio, "statechange", showWaking);
  showWaking();
}
