// @ts-check
// What the sounds in view look like: asked for together, drawn as they come, kept.

import { post } from "./api.js";

const SVG = "http://www.w3.org/2000/svg";
const SOON_MS = 60;
/** As many as are asked for at once. */
const MOST = 100;
const HEIGHT = 20;

export class Outlines {
  /** @param {string} route of the project */
  constructor(route) {
    this.route = route;
    /** @type {Map<string, string>} peaks by file, two hexadecimal digits each */
    this.known = new Map();
    /** @type {Map<string, (peaks: string) => void>} */
    this.wanted = new Map();
    this.waits = false;
  }

  /** The files are read anew. */
  forget() {
    this.known.clear();
  }

  /**
   * Draws a sound, at once or when it has come.
   *
   * @param {string} file
   * @param {(peaks: string) => void} draw
   */
  want(file, draw) {
    const known = this.known.get(file);
    draw(known ?? "");
    if (known !== undefined) return;
    this.wanted.set(file, draw);
    if (!this.waits) setTimeout(() => this.#ask(), SOON_MS);
    this.waits = true;
  }

  async #ask() {
    // What was scrolled past is asked for last, if at all.
    const some = [...this.wanted].slice(-MOST);
    this.wanted.clear();
    try {
      const { outlines } = await post(`${this.route}/outlines`, { files: some.map(([f]) => f) });
      for (const [file, draw] of some) {
        this.known.set(file, outlines[file] ?? "");
        draw(outlines[file] ?? "");
      }
    } catch {
      // Pictures are not worth a notice: the studio says by itself when it does not answer.
    }
    this.waits = this.wanted.size > 0;
    if (this.waits) setTimeout(() => this.#ask(), SOON_MS);
  }
}

/** An empty picture. */
export function picture() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "outline");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.append(document.createElementNS(SVG, "path"));
  return svg;
}

/**
 * @param {SVGElement} svg of `picture`
 * @param {string} peaks
 * @param {number} hue
 */
export function drawOutline(svg, peaks, hue) {
  const path = /** @type {SVGElement} */ (svg.firstElementChild);
  path.setAttribute("d", outlinePath(peaks));
  svg.setAttribute("viewBox", `0 0 ${Math.max(1, peaks.length / 2)} ${2 * HEIGHT}`);
  path.style.setProperty("--hue", hue.toFixed(1));
}

/**
 * A mirrored outline, one column a peak.
 *
 * @param {string} peaks
 */
export function outlinePath(peaks) {
  const heights = (peaks.match(/../g) ?? []).map((digits) => Number.parseInt(digits, 16) / 255);
  if (!heights.length) return "";
  const at = (/** @type {number} */ height, /** @type {number} */ side) =>
    (HEIGHT - side * Math.max(0.5, HEIGHT * height)).toFixed(1);
  const upper = heights.map((height, i) => `${i} ${at(height, 1)}H${i + 1}`);
  const lower = heights.map((height, i) => `${i + 1} ${at(height, -1)}H${i}`).reverse();
  return `M${upper.join("L")}L${lower.join("L")}Z`;
}
