// @ts-check
// The ground of the map: dots of the learnt sounds, names of their labels, and in colour what sounds between.

/** @import { App } from "../app.js" */
/** @import { Instrument, LearntSound, Place } from "../engine/types.d.ts" */
/** @import { Sheet } from "../dom.js" */

import { el, token } from "../dom.js";
import { colourOf } from "../sounds/colour.js";
import { labelIndex, soundsByLabel } from "../sounds/slots.js";

const FIELD = { columns: 56, rows: 36 };
/** Of more sounds than these dots are smaller, and the field is painted of every so many. */
const CROWD = 1_500;
const AWAY_PX = [0, -18, 18, -36, 36, -54, 54, -72, 72];
const NEAR_PX = 24;

/** @typedef {{ light: number, chroma: number }} Look */

/**
 * Paints what the cursor and the rings move over, on a canvas of its own that stays while it looks the same:
 * there may be ten thousand dots, and names are slow to draw. toX, toY: where a place of the map is on the sheet.
 *
 * @param {App} app
 * @param {{ sheet: Sheet, toX: (x: number) => number, toY: (y: number) => number }} where
 */
export function mapGround(app, { sheet, toX, toY }) {
  const { session, instrument } = app;
  const { sounds } = instrument;
  const labels = centres(app);
  const field = paintedField(instrument);
  const canvas = el("canvas");
  let before = "";

  /** @param {Look} look */
  function painted({ light, chroma }) {
    const { width, height } = sheet;
    const { kind, sound } = session.current;
    const words = labels.map(({ name }) => app.labelName(name));
    const now = [width, height, sheet.canvas.width, light, chroma, kind, !sound, words].join();
    if (now !== before) paint({ light, chroma });
    before = now;
    return canvas;
  }

  /** @param {Look} look */
  function paint({ light, chroma }) {
    const { width, height } = sheet;
    canvas.width = sheet.canvas.width;
    canvas.height = sheet.canvas.height;
    const g = canvas.getContext("2d");
    if (!g) return;
    g.scale(canvas.width / width, canvas.height / height);
    g.globalAlpha = light > 0.7 ? 0.2 : 0.19;
    g.imageSmoothingEnabled = true;
    g.drawImage(field, 0, 0, width, height);
    g.globalAlpha = 1;
    drawDots(g, { light, chroma });
    drawNames(g, token("--ink"));
  }

  /**
   * @param {CanvasRenderingContext2D} g
   * @param {Look} look
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

  return painted;
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
