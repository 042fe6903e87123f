// @ts-check
// The outline of a sound over time, small: rendered quietly, one after the other, and kept.

/** @import { App } from "../app.js" */
/** @import { Sound } from "../engine/types.d.ts" */
/** @import { Shape } from "../types.d.ts" */

import { complain } from "../dom.js";
import { NEUTRAL_SHAPE } from "../session.js";

const COLUMNS = 44;
const SECONDS = 1.1;
const MOST_KEPT = 400;

export class Glyphs {
  /** @type {Map<string, number[]>} */
  #kept = new Map();
  /** @type {Map<Element, { key: string, sound: Sound, shape: Shape, picture: Element }>} */
  #waiting = new Map();
  #busy = false;

  /** @param {App} app */
  constructor(app) {
    this.app = app;
    app.atEnd(() => this.#waiting.clear());
  }

  /**
   * Draws the outline of a sound into an element, as soon as it is known.
   *
   * @param {Element} node
   * @param {Sound} sound
   * @param {Shape} [shape]
   */
  show(node, sound, shape = NEUTRAL_SHAPE) {
    let picture = node.querySelector("svg.glyph");
    if (!picture) {
      picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      picture.setAttribute("class", "glyph");
      picture.setAttribute("viewBox", "0 0 88 40");
      picture.setAttribute("aria-hidden", "true");
      picture.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
      node.append(picture);
    }
    const key = JSON.stringify([sound, shape]);
    const kept = this.#kept.get(key);
    if (kept) paint(picture, kept);
    else this.#waiting.set(node, { key, sound, shape, picture });
    this.#work();
  }

  async #work() {
    if (this.#busy) return;
    this.#busy = true;
    // The ones that come in meanwhile are taken up as well.
    for (const [node, { key, sound, shape, picture }] of this.#waiting) {
      this.#waiting.delete(node);
      if (!node.isConnected) continue;
      try {
        const outline = await this.#outline(sound, shape);
        this.#keep(key, outline);
        if (!this.#waiting.has(node)) paint(picture, outline);
      } catch (error) {
        complain(error instanceof Error ? error : new Error(String(error)));
      }
    }
    this.#busy = false;
  }

  /**
   * @param {Sound} sound
   * @param {Shape} shape
   */
  async #outline(sound, shape) {
    const { engine, instrument } = this.app;
    const [left, right] = await engine.renderOffline(
      [{ time: 0, instrument, sound, seed: 1, velocity: 100, fixed: true, ...shape }],
      SECONDS,
    );
    return Array.from({ length: COLUMNS }, (_, i) => {
      const [from, to] = [i, i + 1].map((c) => Math.floor((c / COLUMNS) ** 1.6 * left.length));
      let peak = 0;
      for (let n = from; n < to; n++) peak = Math.max(peak, Math.abs(left[n] + right[n]) / 2);
      return peak;
    });
  }

  /**
   * @param {string} key
   * @param {number[]} outline
   */
  #keep(key, outline) {
    this.#kept.set(key, outline);
    if (this.#kept.size > MOST_KEPT) this.#kept.delete([...this.#kept.keys()][0]);
  }
}

/**
 * @param {Element} picture
 * @param {number[]} outline
 */
function paint(picture, outline) {
  const most = Math.max(1e-4, ...outline);
  const heights = outline.map((peak) => 19 * (peak / most) ** 0.6);
  const bars = heights.map((h, i) =>
    h < 0.2 ? "" : `M${2 * i + 1} ${(20 - h).toFixed(1)}V${(20 + h).toFixed(1)}`,
  );
  picture.children[0].setAttribute("d", bars.join(""));
}
