// @ts-check
// A long list of lines of one height, of which those in view have elements.

import { el, oncePerFrame } from "../../play/web/dom.js";

const SPARE = 8;

/**
 * @template T
 * @typedef {{ node: HTMLElement, show: (value: T, index: number) => void,
 *   key?: string }} Line
 */

/** @template T */
export class VirtualList {
  /**
   * @param {{ height: number, make: () => Line<T>, keyOf: (value: T) => string,
   *   head: HTMLElement, label: string }} of keyOf: what a value is known by when it changes
   */
  constructor({ height, make, keyOf, head, label }) {
    this.height = height;
    this.make = make;
    this.keyOf = keyOf;
    /** @type {T[]} */
    this.values = [];
    /** @type {Map<number, Line<T>>} */
    this.lines = new Map();
    /** @type {Line<T>[]} */
    this.spare = [];
    this.inner = el("div", { class: "lines-inner", role: "rowgroup" });
    this.node = el("div", { class: "scroll", role: "grid", "aria-label": label, tabindex: "0" });
    this.node.append(head, this.inner);
    const later = oncePerFrame(() => this.#draw());
    this.node.addEventListener("scroll", later);
    new ResizeObserver(later).observe(this.node);
  }

  /** @param {T[]} values */
  show(values) {
    this.values = values;
    this.inner.style.height = `${values.length * this.height}px`;
    this.node.setAttribute("aria-rowcount", String(values.length + 1));
    this.refresh();
  }

  /** Draws the lines in view anew; a line whose value is the same one keeps the focus. */
  refresh() {
    for (const [index, line] of this.lines) {
      const value = this.values[index];
      if (value === undefined || this.keyOf(value) !== line.key) this.#free(index, line);
      else line.show(value, index);
    }
    this.#draw();
  }

  /** @param {number} index */
  #free(index, line = this.lines.get(index)) {
    if (!line) return;
    const focused = document.activeElement;
    // What is being typed belongs to the value that the line shows now.
    if (focused instanceof HTMLInputElement && line.node.contains(focused)) focused.blur();
    this.lines.delete(index);
    this.spare.push(line);
  }

  #draw() {
    const { scrollTop, clientHeight } = this.node;
    const first = Math.max(0, Math.floor(scrollTop / this.height) - SPARE);
    const last = Math.min(
      this.values.length,
      Math.ceil((scrollTop + clientHeight) / this.height) + SPARE,
    );
    for (const index of this.lines.keys()) if (index < first || index >= last) this.#free(index);
    for (let index = first; index < last; index++) {
      if (this.lines.has(index)) continue;
      // The first first: after a jump all lines stay where they are among the elements.
      const line = this.spare.shift() ?? this.make();
      line.key = this.keyOf(this.values[index]);
      line.show(this.values[index], index);
      line.node.style.top = `${index * this.height}px`;
      line.node.setAttribute("aria-rowindex", String(index + 2));
      this.lines.set(index, line);
    }
    for (const { node } of this.spare) node.remove();
    this.#arrange(first, last);
  }

  /**
   * Elements in the order that is seen, which Tab and screen readers follow.
   *
   * @param {number} first
   * @param {number} last
   */
  #arrange(first, last) {
    let at = this.inner.firstElementChild;
    for (let index = first; index < last; index++) {
      const node = this.lines.get(index)?.node;
      if (!node) continue;
      if (node === at) at = at.nextElementSibling;
      else this.inner.insertBefore(node, at);
    }
  }
}
