// @ts-check
// What was understood of the sounds, to hear and to correct. Rows are made as they come into view.

import { button, el } from "../../play/web/dom.js";
import { ask, post } from "./api.js";

/** @typedef {import("./api.js").Row} Row */

const PAGE = 200;
const COLUMNS = ["", "use", "file", "label", "note", "velocity", "from, and what else"];

export class SoundTable {
  /**
   * @param {string} project
   * @param {(error: Error) => void} complain
   */
  constructor(project, complain) {
    this.route = `/api/projects/${project}`;
    this.complain = complain;
    /** @type {Row[]} */
    this.rows = [];
    /** @type {{ file: string, column: string, before: string }[]} */
    this.undoing = [];
    this.shown = 0;
    this.audio = el("audio");
    this.body = el("tbody");
    this.counts = el("p", { class: "quiet" });
    this.undo = button("Undo", () => this.takeBack(), { class: "plain", disabled: true });
    const head = el("tr", {}, ...COLUMNS.map((name) => el("th", { scope: "col", text: name })));
    const scroll = el("div", { class: "scroll", tabindex: "0", "aria-label": "sounds" });
    scroll.append(el("table", {}, el("thead", {}, head), this.body));
    scroll.addEventListener("scroll", () => {
      if (scroll.scrollTop + scroll.clientHeight > scroll.scrollHeight - 400) this.more();
    });
    this.node = el("div", {}, el("div", { class: "row" }, this.counts, this.undo), scroll);
    this.node.append(this.audio);
  }

  async load() {
    this.show((await ask(`${this.route}/table`)).rows);
  }

  /** @param {Row[]} rows */
  show(rows) {
    // What is left out is named first.
    this.rows = [...rows.filter((r) => r.use === "-"), ...rows.filter((r) => r.use !== "-")];
    this.shown = 0;
    this.body.replaceChildren();
    const used = rows.filter((row) => row.use === "yes").length;
    const labels = new Set(rows.filter((row) => row.label).map((row) => row.label)).size;
    const left = rows.length - used;
    this.counts.textContent =
      `${used} sounds, ${labels} ${labels === 1 ? "label" : "labels"}` +
      (left ? `, ${left} left out` : "");
    this.more();
  }

  more() {
    const next = this.rows.slice(this.shown, this.shown + PAGE);
    this.body.append(...next.map((row) => this.line(row)));
    this.shown += next.length;
  }

  /** @param {Row} row */
  line(row) {
    const unusable = row.use === "-";
    const line = el("tr", { class: row.use === "yes" ? "" : "unused" });
    const use = el("input", {
      type: "checkbox",
      checked: row.use === "yes",
      "aria-label": `use ${row.file}`,
      on: { change: () => this.correct(row, "use", use.checked ? "yes" : "no", line) },
    });
    /** @param {string} column @param {string} [kind] */
    const cell = (column, kind = "") => {
      const input = el("input", {
        type: "text",
        class: kind,
        value: row[column] ?? "",
        "aria-label": `${column} of ${row.file}`,
        on: { change: () => this.correct(row, column, input.value.trim(), line) },
      });
      return el("td", {}, unusable ? "" : input);
    };
    line.append(
      el(
        "td",
        {},
        button("▶", () => this.hear(row), { class: "plain", title: `hear ${row.file}` }),
      ),
      el("td", {}, unusable ? "left out" : use),
      el("td", { class: "file name", text: row.file }),
      cell("label"),
      cell("note", "short"),
      cell("velocity", "short"),
      el("td", { class: "quiet from", text: [row.source, row.reason].filter(Boolean).join("; ") }),
    );
    return line;
  }

  /** @param {Row} row */
  hear(row) {
    this.audio.src = `${this.route}/sound?file=${encodeURIComponent(row.file)}`;
    this.audio.play().catch(() => this.complain(new Error(`${row.file} cannot be played here`)));
  }

  /**
   * @param {Row} row
   * @param {string} column
   * @param {string} value
   * @param {HTMLElement} [line]
   */
  async correct(row, column, value, line) {
    const before = row[column] ?? "";
    try {
      await post(`${this.route}/table`, { corrections: { [row.file]: { [column]: value } } });
      this.undoing.push({ file: row.file, column, before });
      this.undo.disabled = false;
      row[column] = value;
    } catch (error) {
      this.complain(/** @type {Error} */ (error));
    }
    line?.replaceWith(this.line(row));
  }

  async takeBack() {
    const last = this.undoing.pop();
    this.undo.disabled = !this.undoing.length;
    if (!last) return;
    try {
      const corrections = { [last.file]: { [last.column]: last.before } };
      this.show((await post(`${this.route}/table`, { corrections })).rows);
    } catch (error) {
      this.complain(/** @type {Error} */ (error));
    }
  }
}
