// @ts-check
// Two versions of an instrument, A and B: the same label, note, velocity and seed, equally loud.

import { button, el } from "../../play/web/dom.js";
import { ask, post } from "./api.js";
import { middleOf } from "./card.js";
import { hear, soundOf } from "./hearing.js";
import { size, when } from "./words.js";

/** @typedef {import("./api.js").Project} Project */
/** @typedef {import("./api.js").Card} Facts */

export class Comparison {
  /**
   * @param {string} project
   * @param {(work: Promise<unknown>) => Promise<void>} attempt
   * @param {(error: unknown) => void} complain
   */
  constructor(project, attempt, complain) {
    this.id = project;
    this.route = `/api/projects/${project}`;
    this.attempt = attempt;
    this.complain = complain;
    this.seed = 1;
    this.side = "a";
    this.drawn = "";
    /** @type {Facts[]} */
    this.facts = [];
    this.other = el("select", {
      "aria-label": "B, an earlier version",
      on: { change: () => this.#chose() },
    });
    this.label = el("select", { "aria-label": "label", on: { change: () => this.#chose(true) } });
    this.note = el("input", { type: "number", min: "0", max: "127", "aria-label": "note" });
    this.velocity = el("input", {
      type: "range",
      min: "1",
      max: "127",
      value: "100",
      "aria-label": "velocity",
    });
    this.noted = el("label", { hidden: true }, "note ", this.note);
    this.said = { a: el("p", { class: "quiet small" }), b: el("p", { class: "quiet small" }) };
    this.sides = {
      a: button("A: today", () => this.hear("a"), { class: "plain boxed side" }),
      b: button("B: earlier", () => this.hear("b"), { class: "plain boxed side" }),
    };
    this.back = button("Make B the instrument", () => this.#act("restore"), { class: "plain" });
    this.drop = button("Delete B", () => this.#drop(), { class: "plain" });
    this.node = el(
      "section",
      { "aria-label": "compare", hidden: true },
      el("h2", { text: "Today beside before" }),
      el("p", {
        class: "quiet small",
        text: "The same label, note, velocity and chance in both, and equally loud. Keys a and b.",
      }),
      el(
        "div",
        { class: "row" },
        this.label,
        this.noted,
        el("label", {}, "velocity ", this.velocity),
        button("Another", () => this.another(), { class: "plain", title: "another take of both" }),
      ),
      el(
        "div",
        { class: "sides" },
        el("div", {}, this.sides.a, this.said.a),
        el("div", {}, this.sides.b, el("div", { class: "row" }, this.other), this.said.b),
      ),
      el("div", { class: "row" }, this.back, this.drop),
    );
    this.node.addEventListener("keydown", (event) => this.#typed(event));
  }

  /** @param {Project} project */
  update(project) {
    const drawn = JSON.stringify([project.version, project.versions]);
    this.node.hidden = project.version === null || !project.versions.length;
    if (drawn === this.drawn || this.node.hidden) return;
    this.drawn = drawn;
    const chosen = this.other.value;
    this.other.replaceChildren(
      ...project.versions.map((version) =>
        el("option", {
          value: version.id,
          text: `${when(version.made)}, ${size(version.bytes)}`,
        }),
      ),
    );
    if (project.versions.some((version) => version.id === chosen)) this.other.value = chosen;
    this.#chose().catch(this.complain);
  }

  /** What both can play. @param {boolean} [keeps] the versions, of which another label is wanted */
  async #chose(keeps = false) {
    if (!keeps) {
      const routes = [`${this.route}/card`, `${this.route}/card?version=${this.other.value}`];
      this.facts = await Promise.all(routes.map((route) => ask(route)));
      const [today, before] = this.facts;
      const both = (today.labels ?? []).filter((label) =>
        before.labels?.some((other) => other.name === label.name),
      );
      const chosen = this.label.value;
      this.label.replaceChildren(
        ...both.map(({ name }) => el("option", { value: name, text: name })),
      );
      if (both.some(({ name }) => name === chosen)) this.label.value = chosen;
      this.label.hidden = !both.length;
      this.said.a.textContent = today.lines?.[0] ?? today.says?.[0] ?? "";
      this.said.b.textContent = before.lines?.[0] ?? before.says?.[0] ?? "";
    }
    const label = this.facts[0]?.labels?.find(({ name }) => name === this.label.value) ?? null;
    const middle = middleOf(label);
    this.noted.hidden = middle === null;
    this.note.value = middle === null ? "" : String(middle);
  }

  another() {
    this.seed++;
    this.hear(this.side);
  }

  /** @param {string} side */
  hear(side) {
    this.side = side;
    for (const [name, own] of Object.entries(this.sides))
      own.setAttribute("aria-pressed", String(name === side));
    const versions = side === "a" ? ["", this.other.value] : [this.other.value, ""];
    const isHits = this.facts[0]?.kind === "hits";
    const asked = {
      label: isHits ? this.label.value || null : null,
      note: this.noted.hidden ? null : this.note.value || null,
      velocity: isHits ? this.velocity.value : null,
      seed: this.seed,
      version: versions[0],
      beside: versions[1],
    };
    hear(soundOf(this.id, asked)).catch(this.complain);
  }

  /** @param {KeyboardEvent} event */
  #typed(event) {
    const isTyping = event.target instanceof HTMLInputElement && event.target.type === "number";
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLSelectElement || !"ab".includes(event.key)) return;
    event.preventDefault();
    this.hear(event.key);
  }

  /** @param {string} verb */
  #act(verb) {
    return this.attempt(post(`${this.route}/${verb}`, { version: this.other.value }));
  }

  #drop() {
    if (confirm("Delete this earlier version? It does not go to the bin.")) this.#act("drop");
  }
}
