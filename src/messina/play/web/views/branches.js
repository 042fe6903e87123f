// @ts-check
// Twelve branches of the sound in the middle: hear them, take one, branch again, go back.

/** @import { App } from "../app.js" */
/** @import { Sound } from "../engine/types.d.ts" */
/** @import { Shape } from "../types.d.ts" */

import { button, el, oncePerFrame, Sheet, token } from "../dom.js";
import { CounterRng } from "../engine/counter-rng.js";
import { variations } from "../engine/index.js";
import { MOST_SEED } from "../play/kept.js";
import { hueOf } from "../sounds/colour.js";
import { percent } from "../sounds/words.js";
import { fader } from "./fader.js";
import { flashPad } from "./pads.js";

const COUNT = 12;
/** How far the shape varies at full reach, by control; locked ones stay. */
/** @type {Partial<Shape>} */
const SPREAD = { brightness: 0.35, decay: 0.45, attack: 0.4, tune: 2.5, width: 0.35 };

/** @param {App} app */
export function branches(app) {
  const { session, performer, instrument } = app;
  /** @type {{ sound: Sound, shape: Shape }[]} */
  let twigs = [];
  let chosen = -1;
  const lines = new Sheet(drawLines, { class: "branch-lines" });
  const middle = el("button", {
    type: "button",
    class: "twig trunk",
    "aria-label": "the sound as it is",
    on: {
      click: () => {
        app.wake();
        performer.strike(session.state.slot, { velocity: session.state.touch });
      },
    },
  });
  const nodes = Array.from({ length: COUNT }, (_, i) => twigNode(i));
  const take = button("take this one", () => takeBranch(chosen), { class: "solid" });
  const reach = fader(app.controls, {
    id: "branches.reach",
    label: "reach",
    min: 0.05,
    max: 1,
    step: 0.01,
    neutral: 0.5,
    format: percent,
    input: (value) =>
      session.change("branches", (state) => {
        state.branches.reach = value;
      }),
  });
  const others = button("other branches", () =>
    session.change("branches", (state) => {
      state.branches.seed = (state.branches.seed % MOST_SEED) + 1;
    }),
  );
  app.controls.addButton("branches.take", "take this one", take);
  app.controls.addButton("branches.other", "other branches", others);
  const element = el(
    "div",
    { class: "branches plane", role: "group", "aria-label": "twelve branches of this sound" },
    lines.canvas,
    middle,
    nodes,
    el("div", { class: "branch-tools" }, take, others, reach.element),
  );

  /** @param {number} i */
  function twigNode(i) {
    const angle = (2 * Math.PI * i) / COUNT - Math.PI / 2;
    const node = el("button", {
      type: "button",
      class: "twig",
      "aria-label": `branch ${i + 1}`,
      style: { "--x": Math.cos(angle).toFixed(4), "--y": Math.sin(angle).toFixed(4) },
      on: {
        click: () => pick(i),
        dblclick: () => takeBranch(i),
        keydown: (event) => turn(event, i),
      },
    });
    return app.controls.addButton(`branches.${i + 1}`, `branch ${i + 1}`, node);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} i
   */
  function turn(event, i) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    nodes[(i + step + COUNT) % COUNT].focus();
  }

  /** @param {number} i */
  function pick(i) {
    app.wake();
    chosen = i;
    app.try(twigs[i], { source: "branch" });
    flashPad(nodes[i], 110);
    mark();
  }

  /** @param {number} i */
  function takeBranch(i) {
    if (i < 0) return;
    app.try(twigs[i], { silent: true });
    app.putOnPad();
    performer.strike(session.state.slot, { velocity: session.state.touch });
  }

  /** New branches of whatever the pad plays now. */
  function grow() {
    const { state, current } = session;
    const { seed, reach: far } = state.branches;
    const trunk = performer.soundOf(state.slot);
    const keep = ["brightness", "decay"].filter((name) => state.locks[name]);
    if (state.locks.tune) keep.push("note");
    if (state.locks.timbre) keep.push("latent");
    const rng = new CounterRng(seed, state.slot);
    const sounds = variations(instrument, trunk, {
      count: COUNT,
      wildness: 2 * far,
      seed: rng.bits(),
      keep,
    });
    twigs = sounds.map((sound) => ({
      sound,
      shape: varied(current.shape, far, rng, state.locks),
    }));
    chosen = -1;
    app.glyphs.show(middle, trunk, current.shape);
    twigs.forEach(({ sound, shape }, i) => app.glyphs.show(nodes[i], sound, shape));
    mark();
  }

  function mark() {
    nodes.forEach((node, i) => {
      node.setAttribute("aria-pressed", String(i === chosen));
      node.style.setProperty("--hue", String(hueOf(twigs[i].sound.brightness)));
    });
    middle.style.setProperty(
      "--hue",
      String(hueOf(performer.soundOf(session.state.slot).brightness)),
    );
    take.disabled = chosen < 0;
    reach.show(session.state.branches.reach);
    lines.redraw();
  }

  /**
   * @param {CanvasRenderingContext2D} g
   * @param {number} width
   * @param {number} height
   */
  function drawLines(g, width, height) {
    const [cx, cy] = [width / 2, height / 2];
    g.strokeStyle = token("--edge");
    nodes.forEach((node, i) => {
      const box = node.getBoundingClientRect();
      const own = lines.canvas.getBoundingClientRect();
      const [x, y] = [box.left + box.width / 2 - own.left, box.top + box.height / 2 - own.top];
      const bend = 0.35;
      g.globalAlpha = i === chosen ? 1 : 0.4;
      g.lineWidth = i === chosen ? 2 : 1;
      g.beginPath();
      g.moveTo(cx, cy);
      g.quadraticCurveTo(
        cx + (x - cx) * 0.55 - (y - cy) * bend * 0.4,
        cy + (y - cy) * 0.55 + (x - cx) * bend * 0.4,
        x,
        y,
      );
      g.stroke();
    });
    g.globalAlpha = 1;
  }

  const growSoon = oncePerFrame(() => {
    if (element.isConnected) grow();
  });
  session.on("slot slots branches locks view", growSoon);
  app.listen(window, "theme", () => lines.redraw());
  return element;
}

/**
 * A shape near another: what is locked stays.
 *
 * @param {Shape} shape
 * @param {number} reach
 * @param {CounterRng} rng
 * @param {Record<string, boolean>} locks
 */
function varied(shape, reach, rng, locks) {
  const bounds = { brightness: 1, decay: 1, attack: 1, tune: 24, width: 2 };
  const near = { ...shape };
  for (const [key, amount] of Object.entries(SPREAD)) {
    const name = /** @type {keyof typeof bounds} */ (key);
    const moved = shape[name] + amount * reach * rng.normal();
    const low = name === "width" ? 0 : -bounds[name];
    if (!locks[name]) near[name] = Math.max(low, Math.min(bounds[name], moved));
  }
  return near;
}
