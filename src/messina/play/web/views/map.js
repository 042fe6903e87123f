// @ts-check
// The map of the learnt sounds: play on the dots and anywhere between them.

/** @import { App } from "../app.js" */
/** @import { LearntSound, Place, Sound } from "../engine/types.d.ts" */

import { el, oncePerFrame, Sheet, token } from "../dom.js";
import { learntSound, placeOf, soundAt } from "../engine/index.js";
import { mapGround } from "./map-ground.js";
import { short } from "./pads.js";
import { Ripples } from "./ripples.js";
import { PAUSE_MS, Walk } from "./walk.js";

const SNAP_PX = 11;
const STEP = 0.02;
const PAD_PX = 22;

/** @param {App} app */
export function map(app) {
  const { session, performer, instrument } = app;
  const { sounds } = instrument;
  const ripples = new Ripples();
  const sheet = new Sheet(draw);
  const redraw = oncePerFrame(() => sheet.redraw());
  /** @type {Place | null} */
  let cursor = null;
  /** @type {LearntSound | null} */
  let named = null;
  /** The pad's sound and its place: looked for among all sounds once, not at each frame. */
  let own = {
    sound: /** @type {Sound | null} */ (null),
    place: /** @type {Place | null} */ (null),
  };
  let moving = false;
  let moved_ms = 0; // when a controller last made it sound
  const caption = el("p", { class: "map-caption", "aria-hidden": "true" });
  const element = el(
    "div",
    {
      class: "map plane",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "map",
      "aria-label":
        "map of the learnt sounds: arrow keys move, with shift from sound to sound, Enter plays; a sound is put on the pad by its button",
      on: {
        keydown: pressed,
        dblclick: () => app.putOnPad(),
        pointermove: hovered,
        pointerleave: () => {
          named = null;
          redraw();
        },
      },
    },
    sheet.canvas,
    caption,
  );
  const walk = new Walk(app, element, (px, py) => go(px, py));

  app.controls.addPlane("map", "map", element, (moved) => {
    cursor = { ...(cursor ?? currentPlace() ?? { x: 0.5, y: 0.5 }), ...moved };
    const silent = performance.now() - moved_ms < PAUSE_MS;
    if (!silent) moved_ms = performance.now();
    moving = true;
    app.try({ sound: soundAt(instrument, cursor.x, cursor.y) }, { source: "map", silent });
    moving = false;
    redraw();
  });

  /** @param {number} x */
  const toX = (x) => PAD_PX + x * (sheet.width - 2 * PAD_PX);
  /** @param {number} y */
  const toY = (y) => PAD_PX + y * (sheet.height - 2 * PAD_PX);
  /** @param {number} v */
  const clamp = (v) => Math.max(0, Math.min(1, v));
  const ground = mapGround(app, { sheet, toX, toY });

  /**
   * @param {number} px
   * @param {number} py
   */
  function nearest(px, py) {
    let best = null;
    for (const sound of sounds) {
      const distance = Math.hypot(toX(sound.x) - px, toY(sound.y) - py);
      if (!best || distance < best.distance) best = { sound, distance };
    }
    return best;
  }

  /**
   * Finds the sound at a point of the canvas and plays it.
   *
   * @param {number} px
   * @param {number} py
   */
  function go(px, py) {
    const near = nearest(px, py);
    const onDot = near && near.distance < SNAP_PX;
    const x = clamp((px - PAD_PX) / (sheet.width - 2 * PAD_PX));
    const y = clamp((py - PAD_PX) / (sheet.height - 2 * PAD_PX));
    const found = onDot
      ? { sound: learntSound(instrument, near.sound.index), origin: near.sound.name }
      : { sound: soundAt(instrument, x, y) };
    cursor = onDot ? near.sound : { x, y };
    app.try(found, { source: "map" });
    redraw();
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
      event.key
    ];
    const at = cursor ?? currentPlace() ?? { x: 0.5, y: 0.5 };
    if (move) {
      event.preventDefault();
      cursor = event.shiftKey
        ? neighbour(at, move)
        : { x: clamp(at.x + STEP * move[0]), y: clamp(at.y + STEP * move[1]) };
      redraw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      app.wake();
      go(toX(at.x), toY(at.y));
    }
  }

  /**
   * The nearest dot in a direction.
   *
   * @param {Place} at
   * @param {number[]} way
   */
  function neighbour(at, [dx, dy]) {
    let best = null;
    for (const place of sounds) {
      const along = (place.x - at.x) * dx + (place.y - at.y) * dy;
      const aside = Math.abs((place.x - at.x) * dy) + Math.abs((place.y - at.y) * dx);
      if (along > 1e-4 && (!best || along + 2 * aside < best.cost))
        best = { cost: along + 2 * aside, place };
    }
    return best ? best.place : at;
  }

  /** @param {PointerEvent} event */
  function hovered(event) {
    const box = element.getBoundingClientRect();
    const near = nearest(event.clientX - box.left, event.clientY - box.top);
    const found = near && near.distance < SNAP_PX ? near.sound : null;
    if (found !== named) {
      named = found;
      redraw();
    }
  }

  function currentPlace() {
    const { sound } = session.current;
    if (sound !== own.sound) own = { sound, place: sound && placeOf(instrument, sound) };
    return own.place;
  }

  /**
   * @param {CanvasRenderingContext2D} g
   * @param {number} width
   * @param {number} height
   */
  function draw(g, width, height) {
    const light = Number(token("--sound-light"));
    const chroma = Number(token("--sound-chroma"));
    g.drawImage(ground({ light, chroma }), 0, 0, width, height);
    drawCursor(g, token("--ink"));
    const lively = ripples.draw(g, (hit) => [toX(hit.x), toY(hit.y)], { light, chroma });
    if (lively) redraw();
    caption.textContent = named ? short(named.name) : "";
  }

  /**
   * @param {CanvasRenderingContext2D} g
   * @param {string} ink
   */
  function drawCursor(g, ink) {
    const at = cursor ?? currentPlace();
    if (!at) return;
    const [x, y] = [toX(at.x), toY(at.y)];
    g.strokeStyle = ink;
    g.lineWidth = 1;
    g.globalAlpha = 0.28;
    g.beginPath();
    g.moveTo(0, y);
    g.lineTo(sheet.width, y);
    g.moveTo(x, 0);
    g.lineTo(x, sheet.height);
    g.stroke();
    g.globalAlpha = 1;
    g.lineWidth = 1.6;
    g.beginPath();
    g.arc(x, y, 11, 0, 7);
    g.stroke();
  }

  session.on("slot", () => {
    cursor = null;
    redraw();
  });
  session.on("slots", () => {
    if (!walk.going && !moving) cursor = null;
    redraw();
  });
  app.listen(performer, "hit", ({ detail }) => {
    // Others of a band are not on this map.
    if (!detail.sound || detail.hit.note.instrument !== instrument) return;
    ripples.add({
      ...placeOf(instrument, detail.sound),
      ...detail,
      delay_ms: app.delayOf(detail.time),
    });
    redraw();
  });
  app.listen(window, "theme", redraw);
  return element;
}
