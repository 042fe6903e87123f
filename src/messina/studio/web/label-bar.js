// @ts-check
// The labels there are: a click lists the sounds of one, sounds are dropped on another.

import { button, el } from "../../play/web/dom.js";
import { DRAGGED } from "./sound-line.js";

export class LabelBar {
  /**
   * @param {{ filter: (label: string) => void, drop: (label: string, files: string[]) => void }} does
   */
  constructor(does) {
    this.does = does;
    this.node = el("div", { class: "labels row", role: "group", "aria-label": "labels" });
  }

  /**
   * @param {Map<string, number>} labels with how many sounds each has
   * @param {string | null} listed
   */
  show(labels, listed) {
    const focused = document.activeElement;
    const held = this.node.contains(focused) ? focused?.textContent?.replace(/ \d+$/, "") : null;
    const names = [...labels.keys()].sort((a, b) => a.localeCompare(b));
    const chips = names.map((name) => this.#chip(name, labels.get(name) ?? 0, name === listed));
    this.node.replaceChildren(
      ...chips,
      this.#target(
        el("span", { class: "quiet small new-label", text: "+ drop here for a new label" }),
        () => prompt("New label")?.trim() ?? "",
      ),
    );
    chips[names.indexOf(held ?? "")]?.focus();
  }

  /** @param {string} name @param {number} count @param {boolean} listed */
  #chip(name, count, listed) {
    const chip = button(`${name} ${count}`, () => this.does.filter(name), {
      class: "kind",
      "aria-pressed": String(listed),
      title: `only ${name}; sounds dropped here become ${name}`,
    });
    return this.#target(chip, () => name);
  }

  /**
   * @template {HTMLElement} T
   * @param {T} node
   * @param {() => string} labelOf
   */
  #target(node, labelOf) {
    node.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes(DRAGGED)) return;
      event.preventDefault();
      node.classList.add("over");
    });
    node.addEventListener("dragleave", () => node.classList.remove("over"));
    node.addEventListener("drop", (event) => {
      node.classList.remove("over");
      const text = event.dataTransfer?.getData(DRAGGED);
      if (!text) return;
      event.preventDefault();
      const label = labelOf();
      if (label) this.does.drop(label, JSON.parse(text));
    });
    return node;
  }
}
