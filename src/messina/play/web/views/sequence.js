// @ts-check
// The sequence: its transport, how hard new steps are, its patterns and the grid of steps.

/** @import { App } from "../app.js" */

import { button, el, ICONS, icon } from "../dom.js";
import { TEMPO } from "../play/kept.js";
import { percent } from "../sounds/words.js";
import { clockSelect } from "./clock-select.js";
import { fader } from "./fader.js";
import { patternBar } from "./patterns.js";
import { stepGrid } from "./step-grid.js";

/** Velocities. @type {Record<string, number>} */
const BRUSHES = { soft: 58, normal: 96, hard: 122 };

/**
 * @param {App} app
 * @param {HTMLElement} root
 */
export function sequence(app, root) {
  const { session, controls, sequencer } = app;
  let brush = "normal";
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
  brushes.forEach((node) =>
    controls.addButton(`sequence.${node.textContent}`, node.textContent, node),
  );
  const grid = stepGrid(app, () => BRUSHES[brush]);
  const patterns = patternBar(app);
  root.replaceChildren(
    el(
      "div",
      { class: "part-head sequence-head" },
      play,
      el("h2", { text: "sequence" }),
      el("label", { class: "tempo-box" }, tempo, el("span", { class: "quiet", text: " bpm" })),
      swing.element,
      clockSelect(app),
      el(
        "div",
        { class: "brushes", role: "group", "aria-label": "how hard new steps are" },
        brushes,
      ),
    ),
    patterns.element,
    ...grid.elements,
  );

  /** @param {number} value */
  function setTempo(value) {
    session.change("tempo", (state) => {
      state.tempo = Math.round(Math.max(TEMPO.least, Math.min(TEMPO.most, value || state.tempo)));
    });
  }

  function showBrush() {
    brushes.forEach((node) =>
      node.setAttribute("aria-pressed", String(node.textContent === brush)),
    );
  }

  const showTempo = () => {
    const { followed } = sequencer;
    tempo.value = String(Math.round(followed ?? session.state.tempo));
    tempo.disabled = followed !== null;
  };
  app.listen(app.clock, "change", showTempo);
  session.on("tempo", () => {
    showTempo();
    swing.show(session.state.swing);
  });
  showBrush();

  function follow() {
    grid.light(sequencer.heard);
    patterns.light(sequencer.running ? (sequencer.passing?.item.pattern ?? -1) : -1);
    if (sequencer.running) requestAnimationFrame(follow);
  }
  const showRun = () => {
    play.replaceChildren(icon(sequencer.running ? ICONS.stop : ICONS.play));
    play.setAttribute("aria-pressed", String(sequencer.running));
    play.setAttribute("aria-label", sequencer.running ? "stop the sequence" : "play the sequence");
    requestAnimationFrame(follow);
  };
  app.listen(sequencer, "change", showRun);
  showRun();
}
