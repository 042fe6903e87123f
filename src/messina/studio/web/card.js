// @ts-check
// One instrument of the library: its map, pads to hear it by, and what there is to say of it.

import { button, el, setText } from "../../play/web/dom.js";
import { hueOf } from "../../play/web/sounds/colour.js";
import { ask, post } from "./api.js";
import { hear, soundOf } from "./hearing.js";
import { doing, isBusy, licence, verdict } from "./words.js";

/** @typedef {import("./api.js").Project} Project */
/** @typedef {import("./api.js").Card} Facts */

const SVG = "http://www.w3.org/2000/svg";
const MOST_PADS = 12;

export class Card {
  /**
   * @param {Project} project
   * @param {{ open: (id: string) => void, choose: () => void,
   *   complain: (error: unknown) => void }} does
   */
  constructor(project, does) {
    this.id = project.id;
    this.does = does;
    this.seed = 1;
    /** @type {string | null} */
    this.version = "";
    /** Why nothing can be said of its instrument. */
    this.why = "";
    this.name = el("h3");
    this.said = el("p", { class: "quiet small" });
    this.origin = el("p", { class: "quiet small origin" });
    this.doing = el("p", { class: "small" });
    this.halt = button("Stop", () => this.#stop(), { class: "plain" });
    this.busy = el("div", { class: "row", hidden: true }, this.doing, this.halt);
    this.map = el("div", { class: "little-map", hidden: true });
    this.pads = el("div", { class: "pads-row" });
    this.chosen = el("input", {
      type: "checkbox",
      on: { change: () => does.choose() },
    });
    this.choosing = el("label", { class: "small quiet", hidden: true }, this.chosen, " merge");
    this.play = el("a", { class: "plain", href: `/play/${project.id}/` }, "Play");
    this.node = el(
      "li",
      { class: "card", id: `card-${project.id}` },
      this.map,
      this.name,
      this.said,
      this.origin,
      this.busy,
      this.pads,
      el(
        "div",
        { class: "row" },
        button("Open", () => does.open(this.id), { class: "solid" }),
        this.play,
        this.choosing,
      ),
    );
    this.update(project);
  }

  /** @param {Project} project */
  update(project) {
    setText(this.name, project.name);
    this.chosen.setAttribute("aria-label", `merge ${project.name}`);
    setText(this.said, this.why || verdict(project, this.facts));
    setText(this.origin, licence(project.about));
    this.origin.hidden = !this.origin.textContent;
    const busy = Object.values(project.jobs).filter(isBusy);
    this.busy.hidden = !busy.length;
    setText(this.doing, busy.map(doing).join("; "));
    setText(this.halt, busy.every((job) => job.state === "waiting") ? "Cancel" : "Stop");
    this.halt.setAttribute("aria-label", `${this.halt.textContent} ${project.name}`);
    this.play.hidden = project.bytes === null;
    this.choosing.hidden = !project.has_table;
    this.project = project;
    if (project.version !== this.version) {
      this.version = project.version;
      this.#look();
    }
  }

  /** Work that waits is over; what is being learnt is kept as far as it is. */
  #stop() {
    const busy = Object.values(this.project?.jobs ?? {}).filter(isBusy);
    Promise.all(busy.map(({ id }) => post(`/api/jobs/${id}/stop`))).catch(this.does.complain);
  }

  async #look() {
    this.facts = undefined;
    this.why = "";
    if (this.version === null) {
      this.map.hidden = true;
      this.pads.replaceChildren();
      return;
    }
    try {
      this.facts = /** @type {Facts} */ (await ask(`/api/projects/${this.id}/card`));
    } catch (error) {
      this.why = this.said.textContent = /** @type {Error} */ (error).message;
      this.map.hidden = true;
      this.pads.replaceChildren();
      return;
    }
    if (this.project) this.said.textContent = verdict(this.project, this.facts);
    this.map.replaceChildren(mapOf(this.facts.dots ?? []));
    this.map.hidden = !this.facts.dots?.length;
    this.pads.replaceChildren(...padsOf(this.facts, (label) => this.#strike(label)));
  }

  /** @param {import("./api.js").Label | null} label */
  #strike(label) {
    const asked = { label: label?.name, note: middleOf(label), seed: this.seed++ };
    hear(soundOf(this.id, asked)).catch(this.does.complain);
  }
}

/**
 * Pads of the labels, or one for what plays on.
 *
 * @param {Facts} facts
 * @param {(label: import("./api.js").Label | null) => void} strike
 */
function padsOf(facts, strike) {
  if (facts.kind === "score") return [];
  if (facts.kind !== "hits" || !facts.labels?.length)
    return [button("▶ hear it", () => strike(null), { class: "pad plain boxed" })];
  return facts.labels.slice(0, MOST_PADS).map((label) =>
    button(label.name, () => strike(label), {
      class: "pad plain boxed",
      title: `hear ${label.name}`,
      style: { "--hue": hueOf(label.bright ?? 1000) },
    }),
  );
}

/** @param {import("./api.js").Label | null} label */
export function middleOf(label) {
  if (label === null || label.low === null || label.high === null) return null;
  return Math.round((label.low + label.high) / 2);
}

/** @param {[number, number, number][]} dots */
function mapOf(dots) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "-0.06 -0.06 1.12 1.12");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `map of ${dots.length} sounds`);
  for (const [x, y, bright] of dots) {
    const dot = document.createElementNS(SVG, "ellipse");
    for (const [name, value] of Object.entries({ cx: x, cy: y, rx: 0.012, ry: 0.028 }))
      dot.setAttribute(name, String(value));
    dot.style.setProperty("--hue", hueOf(bright).toFixed(1));
    svg.append(dot);
  }
  return svg;
}
