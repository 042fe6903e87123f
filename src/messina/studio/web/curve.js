// @ts-check
// The error of a learning as it falls.

import { el } from "../../play/web/dom.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 300;
const HEIGHT = 60;
/** From top to bottom, at least: what is less is no fall to speak of. */
const LEAST_SPAN_DB = 1;

export class ErrorCurve {
  constructor() {
    this.line = document.createElementNS(SVG, "polyline");
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 -4 ${WIDTH} ${HEIGHT + 8}`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    svg.append(this.line);
    this.said = el("p", { class: "quiet small" });
    this.node = el("div", { class: "error-curve", hidden: true }, svg, this.said);
  }

  /** @param {[number, number][]} points seconds since it was begun, dB */
  update(points) {
    this.node.hidden = points.length < 2;
    if (this.node.hidden) return;
    this.line.setAttribute("points", polyline(points));
    const [first, last] = [points[0][1], points[points.length - 1][1]];
    this.said.textContent =
      `Error ${first.toFixed(1)} → ${last.toFixed(1)} dB in ${duration(points)}: how far the ` +
      "levels of its sounds are off, where they are heard; smaller is better.";
  }
}

/** @param {[number, number][]} points */
function duration(points) {
  const seconds = points[points.length - 1][0];
  return seconds < 90 ? `${Math.round(seconds)} s` : `${(seconds / 60).toFixed(1)} min`;
}

/**
 * From the first to the last, the largest on top.
 *
 * @param {[number, number][]} points
 */
export function polyline(points) {
  const times = points.map(([time]) => time);
  const errors = points.map(([, error]) => error);
  const [from, to] = [times[0], times[times.length - 1]];
  const most = Math.max(...errors);
  const span = Math.max(LEAST_SPAN_DB, most - Math.min(...errors));
  return points
    .map(([time, error]) => {
      const x = (WIDTH * (time - from)) / (to - from || 1);
      const y = (HEIGHT * (most - error)) / span;
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(" ");
}
