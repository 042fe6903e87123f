// @ts-check
// What can be said of all sounds that are selected.

import { button, el } from "../../play/web/dom.js";
import { LONGEST_LABEL } from "./cells.js";
import { KINDS, ROLES } from "./sound-line.js";

/** @typedef {import("./api.js").Row} Row */

const NONE = "-";

export class GroupBar {
  /**
   * @param {{ set: (cells: Record<string, string>) => void, split: () => void, join: () => void,
   *   clear: () => void }} does
   */
  constructor(does) {
    this.does = does;
    this.said = el("span");
    /** @type {Record<string, HTMLInputElement>} */
    this.fields = {};
    for (const column of ["label", "note", "velocity"])
      this.fields[column] = el("input", {
        type: "text",
        class: column === "label" ? "" : "short",
        "aria-label": `${column} of all selected`,
        autocomplete: "off",
        maxlength: LONGEST_LABEL,
        on: { change: () => this.#set(column) },
      });
    this.kind = choice("kind", KINDS, (sustained) => does.set({ sustained }));
    this.role = choice("role", ROLES, (held_out) => does.set({ held_out }));
    this.split = button("Split", does.split, {
      class: "plain",
      title: "cut this sound where more begins in it",
    });
    this.join = button("These are one", does.join, {
      class: "plain",
      title: "put pieces of one recording together",
    });
    this.node = el(
      "div",
      { class: "group row", role: "group", "aria-label": "selected sounds", hidden: true },
      this.said,
      ...Object.entries(this.fields).map(([column, input]) =>
        el("label", { class: "small" }, `${column} `, input),
      ),
      this.kind,
      this.role,
      button("Include", () => does.set({ use: "yes" }), { class: "plain" }),
      button("Exclude", () => does.set({ use: "no" }), { class: "plain" }),
      this.split,
      this.join,
      button("Clear", does.clear, { class: "plain", title: "select nothing" }),
    );
  }

  /** @param {Row[]} rows that are selected */
  show(rows) {
    this.node.hidden = !rows.length;
    this.said.textContent = `${rows.length} selected`;
    this.split.hidden = rows.length !== 1;
    this.join.hidden = rows.length < 2 || rows.some((row) => !/#\d{3,}$/.test(row.file));
    this.kind.value = this.role.value = NONE;
    for (const [column, input] of Object.entries(this.fields)) {
      if (input === document.activeElement) continue;
      const values = new Set(rows.map((row) => row[column] ?? ""));
      input.value = values.size === 1 ? [...values][0] : "";
      input.placeholder = values.size > 1 ? "several" : "";
    }
  }

  /** @param {string} column */
  #set(column) {
    this.does.set({ [column]: this.fields[column].value.trim() });
  }
}

/**
 * A choice that is made of all at once, and shows none.
 *
 * @param {string} name
 * @param {Record<string, string>} options their texts by the cells they write
 * @param {(cell: string) => void} choose
 */
function choice(name, options, choose) {
  const select = el(
    "select",
    {
      "aria-label": `${name} of all selected`,
      on: { change: () => select.value !== NONE && choose(select.value) },
    },
    el("option", { value: NONE, text: `${name} …` }),
    ...Object.entries(options).map(([value, text]) => el("option", { value, text })),
  );
  return select;
}
