// @ts-check
// The map of the learnt sounds: play on the dots and anywhere between them.

/** @import { App } from "../app.js" */
/** @import { Instrument, LearntSound, Place, Sound } from "../engine/types.d.ts" */

import { el, oncePerFrame, Sheet, token } from "../dom.js";
import { learntSound, placeOf, soundAt } from "../engine/index.js";
import { colourOf } from "../sounds/colour.js";
import { labelIndex, soundsByLabel } from "../sounds/slots.js";
import { short } from "./pads.js";
import { Ripples } from "./ripples.js";
import { PAUSE_MS, Walk } from "./walk.js";

const SNAP_PX = 11;
const STEP = 0.02;
const FIELD = { columns: 56, rows: 36 };
const PAD_PX = 22;
/** Of more sounds than these dots are smaller, and the ground is painted of every so many. */
const CROWD = 1_500;
const AWAY_PX = [0, -18, 18, -36, 36, -54, 54, -72, 72];
const NEAR_PX = 24;

/** @param {App} app */
export function map(app) {
  const { session, performer, instrument } = app;
  const { sounds } = instrument;
  const labels = centres(app);
  const field = paintedField(instrument);
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
  const ground = el("canvas");
  let groundLook = "";
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
    const { kind, sound } = session.current;
    const words = labels.map(({ name }) => app.labelName(name));
    const look = [width, height, sheet.canvas.width, light, chroma, kind, !sound, words].join();
    if (look !== groundLook) drawGround({ light, chroma });
    groundLook = look;
    g.drawImage(ground, 0, 0, width, height);
    drawCursor(g, token("--ink"));
    const lively = ripples.draw(g, (hit) => [toX(hit.x), toY(hit.y)], { light, chroma });
    if (lively) redraw();
    caption.textContent = named ? short(named.name) : "";
  }

  /**
   * What the cursor and the rings move over, on a canvas of its own that stays while it looks the same: there
   * may be ten thousand dots, and names are slow to draw.
   *
   * @param {{ light: number, chroma: number }} look
   */
  function drawGround({ light, chroma }) {
    const { width, height } = sheet;
    ground.width = sheet.canvas.width;
    ground.height = sheet.canvas.height;
    const g = ground.getContext("2d");
    if (!g) return;
    g.scale(ground.width / width, ground.height / height);
    g.globalAlpha = light > 0.7 ? 0.2 : 0.19;
    g.imageSmoothingEnabled = true;
    g.drawImage(field, 0, 0, width, height);
    g.globalAlpha = 1;
    drawDots(g, { light, chroma });
    drawNames(g, token("--ink"));
  }

  /**
   * @param {CanvasRenderingContext2D} g
   * @param {{ light: number, chroma: number }} look
   */
  function drawDots(g, { light, chroma }) {
    const { width, height } = sheet;
    const dim = session.current.sound ? null : session.current.kind;
    const room = Math.min(1, Math.sqrt(CROWD / sounds.length));
    const scale = Math.max(1, Math.min(width / 900, height / 420)) * room;
    for (const sound of sounds) {
      const away = dim !== null && instrument.labels[labelIndex(instrument, sound)].name !== dim;
      g.fillStyle = colourOf(sound.brightness, { light, chroma, alpha: away ? 0.4 : 0.95 });
      g.beginPath();
      g.arc(toX(sound.x), toY(sound.y), radius(sound) * scale, 0, 7);
      g.fill();
    }
  }

  /**
   * @param {CanvasRenderingContext2D} g
   * @param {string} ink
   */
  function drawNames(g, ink) {
    g.fillStyle = ink;
    g.font = `italic ${Math.max(13, Math.min(26, sheet.width / 48))}px ${token("--serif")}`;
    g.textAlign = "center";
    /** @type {{ x: number, y: number, w: number }[]} */
    const placed = [];
    // What the pad plays has its name first; others find room beside.
    const current = session.current.kind;
    for (const { name, x, y } of [...labels].sort(
      (a, b) => Number(b.name === current) - Number(a.name === current),
    )) {
      const w = g.measureText(app.labelName(name)).width / 2 + 6;
      const cx = Math.max(w, Math.min(sheet.width - w, toX(x)));
      const spot = AWAY_PX.map((dy) => ({ x: cx, y: toY(y) - 12 + dy })).find(
        (p) =>
          p.y > 14 &&
          p.y < sheet.height - 8 &&
          !placed.some((q) => Math.abs(q.x - p.x) < w + q.w && Math.abs(q.y - p.y) < 18),
      );
      if (!spot) continue;
      placed.push({ ...spot, w });
      const mine = current === name;
      g.globalAlpha = mine ? 1 : 0.62;
      leader(g, ink, spot, { x: toX(x), y: toY(y) });
      g.lineWidth = 4;
      g.strokeStyle = token("--ground");
      g.lineJoin = "round";
      g.strokeText(app.labelName(name), spot.x, spot.y);
      g.fillText(app.labelName(name), spot.x, spot.y);
    }
    g.globalAlpha = 1;
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

/**
 * A line from a name that stands away to its dots.
 *
 * @param {CanvasRenderingContext2D} g
 * @param {string} ink
 * @param {Place} name
 * @param {Place} dots
 */
function leader(g, ink, name, dots) {
  if (Math.abs(name.y - dots.y) < NEAR_PX) return;
  g.strokeStyle = ink;
  g.lineWidth = 0.7;
  g.beginPath();
  g.moveTo(name.x, name.y + (name.y < dots.y ? 4 : -14));
  g.lineTo(dots.x, dots.y);
  g.stroke();
}

/** @param {LearntSound} sound */
const radius = (sound) => Math.max(2.2, Math.min(8, 5 + 1.6 * Math.log2(sound.decay / 0.4)));

/**
 * Where each label's name stands: at the one of its sounds that lies most amid them.
 *
 * @param {App} options
 */
function centres({ instrument }) {
  const groups = soundsByLabel(instrument);
  return instrument.labels
    .map(({ name }, index) => {
      const own = groups[index];
      /** @param {"x" | "y"} axis */
      const middle = (axis) =>
        own.map((spot) => spot[axis]).sort((a, b) => a - b)[Math.floor(own.length / 2)] ?? 0.5;
      const [x, y] = [middle("x"), middle("y")];
      /** @param {Place} spot */
      const away = (spot) => Math.hypot(spot.x - x, spot.y - y);
      const amid = own.reduce(
        (best, spot) => (away(spot) < away(best) ? spot : best),
        own[0] ?? { x, y },
      );
      return { name, count: own.length, x: amid.x, y: amid.y };
    })
    .sort((a, b) => b.count - a.count);
}

/**
 * The ground of the map: the colour of what would sound there.
 *
 * @param {Instrument} instrument
 */
function paintedField({ sounds }) {
  const step = Math.ceil(sounds.length / CROWD);
  const some = sounds.filter((_, index) => index % step === 0);
  const canvas = el("canvas", { width: FIELD.columns, height: FIELD.rows });
  const g = canvas.getContext("2d");
  if (!g) return canvas;
  for (let row = 0; row < FIELD.rows; row++) {
    for (let column = 0; column < FIELD.columns; column++) {
      const x = (column + 0.5) / FIELD.columns;
      const y = (row + 0.5) / FIELD.rows;
      let total = 0;
      let brightness = 0;
      let nearest = 1;
      for (const sound of some) {
        const distance = (sound.x - x) ** 2 + (sound.y - y) ** 2;
        const weight = 1 / (distance + 0.002) ** 2;
        total += weight;
        brightness += weight * Math.log(sound.brightness);
        nearest = Math.min(nearest, distance);
      }
      g.fillStyle = colourOf(Math.exp(brightness / total), {
        light: 0.66,
        chroma: 0.13,
        alpha: Math.exp(-nearest / 0.03),
      });
      g.fillRect(column, row, 1, 1);
    }
  }
  return canvas;
}
