// @ts-check
// Four sounds at the corners of a field, and every mixture of them within.

/** @import { App } from "../app.js" */
/** @import { Place } from "../engine/types.d.ts" */
/** @import { Corner } from "../types.d.ts" */

import { el, oncePerFrame, Sheet, token } from "../dom.js";
import { learntSound, morph as mixture } from "../engine/index.js";
import { colourOf } from "../sounds/colour.js";
import { pretty } from "../sounds/words.js";
import { short } from "./pads.js";
import { Ripples } from "./ripples.js";
import { soundSelect } from "./sound-select.js";
import { PAUSE_MS, Walk } from "./walk.js";

const CORNERS = ["top left", "top right", "bottom left", "bottom right"];
const STEP = 0.04;
const PAD_PX = 26;

/** @param {App} app */
export function morph(app) {
  const { session, performer } = app;
  session.state.morph.corners ??= unlike(app);
  const cornersNow = () => session.state.morph.corners ?? unlike(app);
  const ripples = new Ripples();
  const sheet = new Sheet(draw);
  const redraw = oncePerFrame(() => sheet.redraw());
  const selects = CORNERS.map((place, i) => corner(place, i));
  const element = el(
    "div",
    {
      class: "morph plane",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "field",
      "aria-label": "field between four sounds: arrow keys move, Enter plays",
      on: { keydown: pressed, dblclick: () => app.putOnPad() },
    },
    sheet.canvas,
    selects.map(({ element: node }) => node),
  );
  const walk = new Walk(app, element, (px, py) =>
    go((px - PAD_PX) / (sheet.width - 2 * PAD_PX), (py - PAD_PX) / (sheet.height - 2 * PAD_PX)),
  );
  let moved_ms = 0; // when a controller last made it sound

  app.controls.addPlane("morph", "morph", element, (moved) => {
    session.change("morph", (state) => Object.assign(state.morph, moved));
    const silent = performance.now() - moved_ms < PAUSE_MS;
    if (!silent) moved_ms = performance.now();
    app.try({ sound: current() }, { source: "morph", silent });
  });

  /**
   * @param {string} place
   * @param {number} i
   */
  function corner(place, i) {
    const select = soundSelect(app, {
      label: `sound at the ${place}`,
      own: true,
      choose: (sound, name) => {
        session.change("morph", (state) => {
          state.morph.corners = cornersNow().map((old, k) => (k === i ? { sound, name } : old));
        });
        performer.audition(sound, { velocity: session.state.touch });
      },
    });
    select.element.classList.add("corner", ...place.split(" "));
    return select;
  }

  const current = () => {
    const { x, y } = session.state.morph;
    return mixture(
      cornersNow().map((c) => c.sound),
      x,
      y,
    );
  };

  /**
   * @param {number} x
   * @param {number} y
   */
  function go(x, y) {
    /** @param {number} v */
    const clamp = (v) => Math.max(0, Math.min(1, v));
    session.change("morph", (state) => Object.assign(state.morph, { x: clamp(x), y: clamp(y) }));
    app.try({ sound: current() }, { source: "morph" });
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (event.target !== element) return;
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
      event.key
    ];
    const { x, y } = session.state.morph;
    if (move) {
      event.preventDefault();
      session.change("morph", (state) =>
        Object.assign(state.morph, {
          x: Math.max(0, Math.min(1, x + STEP * move[0])),
          y: Math.max(0, Math.min(1, y + STEP * move[1])),
        }),
      );
    } else if (event.key === "Enter") {
      event.preventDefault();
      app.wake();
      go(x, y);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} g
   * @param {number} width
   * @param {number} height
   */
  function draw(g, width, height) {
    const light = Number(token("--sound-light"));
    const chroma = Number(token("--sound-chroma"));
    const { x, y } = session.state.morph;
    const corners = cornersNow();
    const columns = 24;
    const rows = 16;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const sound = blend(corners, (column + 0.5) / columns, (row + 0.5) / rows);
        const px = PAD_PX + ((column + 0.5) / columns) * (width - 2 * PAD_PX);
        const py = PAD_PX + ((row + 0.5) / rows) * (height - 2 * PAD_PX);
        const near = Math.hypot((column + 0.5) / columns - x, (row + 0.5) / rows - y);
        g.fillStyle = colourOf(sound.brightness, {
          light,
          chroma,
          alpha: 0.35 + 0.6 * Math.exp(-near * 5),
        });
        g.beginPath();
        g.arc(
          px,
          py,
          (1.2 + 1.9 * Math.max(0, Math.min(1.4, 0.7 + 0.35 * Math.log2(sound.decay / 0.4)))) *
            (1 + 1.1 * Math.exp(-near * 9)),
          0,
          7,
        );
        g.fill();
      }
    }
    const place = () => [PAD_PX + x * (width - 2 * PAD_PX), PAD_PX + y * (height - 2 * PAD_PX)];
    const [cx, cy] = place();
    g.strokeStyle = token("--ink");
    g.lineWidth = 1.6;
    g.beginPath();
    g.arc(cx, cy, 13, 0, 7);
    g.stroke();
    if (
      ripples.draw(
        g,
        (hit) => [PAD_PX + hit.x * (width - 2 * PAD_PX), PAD_PX + hit.y * (height - 2 * PAD_PX)],
        { light, chroma },
      )
    )
      redraw();
  }

  session.on("morph", () => {
    selects.forEach((select, i) => select.show(cornersNow()[i].name));
    redraw();
  });
  app.listen(window, "theme", redraw);
  app.listen(performer, "hit", ({ detail }) => {
    if (detail.source !== "morph" || !detail.sound) return;
    const { x, y } = session.state.morph;
    ripples.add({ ...detail, x, y });
    redraw();
  });
  void walk;
  return element;
}

/**
 * What the picture needs of a mixture, without asking the engine for each dot.
 *
 * @param {Corner[]} corners
 * @param {number} x
 * @param {number} y
 */
function blend(corners, x, y) {
  const weights = [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
  /** @param {"brightness" | "decay"} name */
  const mean = (name) =>
    Math.exp(
      corners.reduce(
        (sum, { sound }, i) => sum + weights[i] * Math.log(Math.max(1e-3, sound[name])),
        0,
      ),
    );
  return { brightness: mean("brightness"), decay: mean("decay") };
}

/**
 * Of a kit the parts on its first pads; else four learnt sounds as unlike as the map has them.
 *
 * @param {App} options
 * @returns {Corner[]}
 */
function unlike({ instrument, session }) {
  const kinds = new Set(session.state.slots.slice(0, 4).map((slot) => slot.kind));
  const typical = instrument.labels
    .filter((label) => kinds.has(label.name))
    .map((label) => instrument.sounds[label.typical]);
  const chosen =
    typical.length === 4
      ? typical
      : [
          [0, 0],
          [1, 0],
          [0, 1],
          [1, 1],
        ].map(([x, y]) =>
          instrument.sounds.reduce((best, s) => (far(s, x, y) < far(best, x, y) ? s : best)),
        );
  return chosen.map((s) => ({
    sound: learntSound(instrument, s.index),
    name: pretty(short(s.name)),
  }));
}

/**
 * @param {Place} place
 * @param {number} x
 * @param {number} y
 */
const far = (place, x, y) => Math.hypot(place.x - x, place.y - y);
