// @ts-check
// How the sound is shaped, what is locked, and how much hits differ.

/** @import { App } from "../app.js" */
/** @import { Shape } from "../types.d.ts" */

import { button, el, ICONS, icon, notify } from "../dom.js";
import { MOST_SEED } from "../play/kept.js";
import { NEUTRAL_SHAPE } from "../session.js";
import { decibels, percent, semitones, signed, times } from "../sounds/words.js";
import { effects } from "./effects.js";
import { fader } from "./fader.js";

/** @type {{ id: keyof Shape, min: number, max: number, step: number, neutral?: number, format: (value: number) => string, locks?: boolean }[]} */
const SHAPE = [
  { id: "brightness", min: -1, max: 1, step: 0.01, format: (v) => signed(v) },
  { id: "decay", min: -1, max: 1, step: 0.01, format: times },
  {
    id: "attack",
    min: -1,
    max: 1,
    step: 0.01,
    format: (v) =>
      Math.abs(v) < 0.005 ? "as is" : v < 0 ? `softer ${percent(-v)}` : `harder ${percent(v)}`,
  },
  { id: "tune", min: -24, max: 24, step: 0.1, format: (v) => `${semitones(v)} st` },
  { id: "width", min: 0, max: 2, step: 0.01, neutral: 1, format: percent },
  { id: "level", min: -60, max: 12, step: 0.5, neutral: 0, format: decibels, locks: false },
];

/**
 * @param {App} app
 * @param {HTMLElement} root
 */
export function shape(app, root) {
  const { session, controls } = app;
  const faders = SHAPE.map((one) => ({
    name: one.id,
    fader: fader(controls, {
      neutral: 0,
      ...one,
      id: `shape.${one.id}`,
      label: one.id,
      input: (value) => set(one.id, value),
      lock: one.locks === false ? undefined : lockFor(one.id),
    }),
  }));
  const wildness = fader(controls, {
    id: "wildness",
    label: "wildness",
    shown: "wildness of hits",
    min: 0,
    max: 2,
    step: 0.01,
    neutral: 1,
    format: (v) => v.toFixed(2),
    input: (value) =>
      session.change("feel slots", (state) => {
        state.wildness = value;
      }),
  });
  const spread = fader(controls, {
    id: "spread",
    label: "spread of hits",
    min: 0,
    max: 1,
    step: 0.01,
    neutral: 0.4,
    format: (v) => (v === 0 ? "every hit the same" : percent(v)),
    input: (value) =>
      session.change("feel", (state) => {
        state.spread = value;
      }),
  });
  const seed = el("input", {
    type: "number",
    min: 1,
    max: MOST_SEED,
    step: 1,
    class: "seed",
    "aria-label": "seed",
    on: { change: () => reseed(Number(seed.value)) },
  });
  const tied = el(
    "button",
    { type: "button", class: "plain with-icon", on: { click: tie } },
    icon(ICONS.link),
    el("span", { text: "all pads" }),
  );
  const timbre = el("button", {
    type: "button",
    class: "plain with-icon",
    on: { click: () => lock("timbre") },
  });
  const back = button("neutral", neutral, {
    class: "plain",
    title: "all of these back to the middle",
  });
  const again = button(
    "again",
    () => {
      app.performer.restart();
      notify(`from the first hit of seed ${session.state.seed}`);
    },
    { class: "plain", title: "hits repeat from the first of this seed" },
  );
  const another = el(
    "button",
    {
      type: "button",
      class: "plain with-icon",
      "aria-label": "another seed",
      title: "another seed",
      on: { click: () => reseed(1 + Math.floor(Math.random() * MOST_SEED)) },
    },
    icon(ICONS.dice),
  );
  controls.addButton("shape.tied", "all pads together", tied);
  controls.addButton("shape.timbre", "lock timbre", timbre);
  controls.addButton("shape.neutral", "neutral", back);
  controls.addButton("takes.again", "again", again);
  controls.addButton("takes.seed", "another seed", another);
  root.replaceChildren(
    el("div", { class: "part-head" }, el("h2", { text: "shape" }), tied, timbre, back),
    el(
      "div",
      { class: "faders" },
      faders.map((one) => one.fader.element),
    ),
    el(
      "div",
      { class: "part-head" },
      el("h2", { text: "takes" }),
      el(
        "label",
        { class: "seed-box", title: "the same seed, the same performance" },
        "seed of hits ",
        seed,
      ),
      another,
      again,
    ),
    el("div", { class: "faders pair" }, wildness.element, spread.element),
    ...effects(app),
  );

  /**
   * @param {keyof Shape} name
   * @param {number} value
   */
  function set(name, value) {
    session.change("shape", (state) => {
      for (const slot of app.tiedSlots()) state.slots[slot].shape[name] = value;
    });
  }

  /** @param {string} name */
  function lockFor(name) {
    return { closed: () => Boolean(session.state.locks[name]), toggle: () => lock(name) };
  }

  /** @param {string} name */
  function lock(name) {
    session.change("locks", (state) => {
      state.locks[name] = !state.locks[name];
    });
  }

  function tie() {
    session.change("slot", (state) => {
      state.tied = !state.tied;
    });
    notify(session.state.tied ? "all pads are shaped together" : "each pad is shaped by itself");
  }

  function neutral() {
    session.remember(`neutral shape of ${app.padName()}`);
    session.change("shape slots", (state) => {
      for (const slot of app.tiedSlots()) state.slots[slot].shape = { ...NEUTRAL_SHAPE };
    });
  }

  /** @param {number} value */
  function reseed(value) {
    const next = Math.max(1, Math.min(MOST_SEED, Math.round(value) || 1));
    session.change("feel slots", (state) => {
      state.seed = next;
    });
    app.performer.restart();
  }

  session.on("shape slot slots locks feel", () => {
    const { state, current } = session;
    for (const one of faders) one.fader.show(current.shape[one.name]);
    wildness.show(state.wildness);
    spread.show(state.spread);
    seed.value = String(state.seed);
    tied.setAttribute("aria-pressed", String(state.tied));
    const shut = Boolean(state.locks.timbre);
    timbre.replaceChildren(icon(shut ? ICONS.closed : ICONS.open), el("span", { text: "timbre" }));
    timbre.setAttribute("aria-pressed", String(shut));
    timbre.title = shut ? "branches change the shape alone" : "branches change the timbre too";
  });
}
