// @ts-check
// What was just struck, as rings that widen while it sounds.

import { colourOf } from "../sounds/colour.js";

const MOST = 48;
const LEAST_MS = 350;
const MOST_MS = 2200;

/** @typedef {{ x: number, y: number, brightness: number, velocity: number, from: number, lasts: number }} Ripple */

export class Ripples {
  /** @type {Ripple[]} */
  #hits = [];

  /**
   * A hit {x, y, sound, velocity, delay_ms}.
   *
   * @param {{ x: number, y: number, sound: { decay: number, brightness: number }, velocity?: number, delay_ms?: number }} hit
   */
  add({ x, y, sound, velocity = 100, delay_ms = 0 }) {
    const lasts = Math.max(LEAST_MS, Math.min(MOST_MS, 700 * sound.decay));
    this.#hits.push({
      x,
      y,
      brightness: sound.brightness,
      velocity,
      from: performance.now() + delay_ms,
      lasts,
    });
    if (this.#hits.length > MOST) this.#hits.shift();
  }

  /**
   * Draws them at `place(hit)` and says whether there is more to come.
   *
   * @param {CanvasRenderingContext2D} g
   * @param {(hit: Ripple) => number[]} place
   * @param {{ light: number, chroma: number }} look
   */
  draw(g, place, { light, chroma }) {
    const now = performance.now();
    this.#hits = this.#hits.filter((hit) => now < hit.from + hit.lasts);
    for (const hit of this.#hits) {
      const age = (now - hit.from) / hit.lasts;
      if (age < 0) continue;
      const [x, y] = place(hit);
      const strength = hit.velocity / 127;
      g.strokeStyle = colourOf(hit.brightness, { light, chroma, alpha: (1 - age) ** 1.6 });
      g.lineWidth = 1 + 2.5 * strength * (1 - age);
      g.beginPath();
      g.arc(x, y, 6 + (14 + 34 * strength) * Math.sqrt(age), 0, 7);
      g.stroke();
      g.fillStyle = colourOf(hit.brightness, { light, chroma, alpha: 0.9 * (1 - age) ** 4 });
      g.beginPath();
      g.arc(x, y, 3 + 4 * strength, 0, 7);
      g.fill();
    }
    return this.#hits.length > 0;
  }
}
