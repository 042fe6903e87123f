// @ts-check
// What was understood of the sounds, to hear and to correct: one by one, many at once, by dragging.

import { button, el, standing } from "../../play/web/dom.js";
import { ask, post } from "./api.js";
import { refusal } from "./cells.js";
import { GroupBar } from "./group-bar.js";
import { hear } from "./hearing.js";
import { LabelBar } from "./label-bar.js";
import { Outlines } from "./outlines.js";
import { COLUMNS, DRAGGED, SoundLine } from "./sound-line.js";
import { VirtualList } from "./virtual-list.js";

/** @typedef {import("./api.js").Row} Row */

const LINE_PX = 36;

export class SoundTable {
  #sought;

  /**
   * @param {string} project
   * @param {(work: Promise<unknown>) => Promise<void>} attempt
   * @param {(error: unknown) => void} complain
   */
  constructor(project, attempt, complain) {
    this.route = `/api/projects/${project}`;
    // Who goes to play and comes back finds what was sought.
    this.#sought = `messina-studio-find:${project}`;
    this.attempt = attempt;
    this.complain = complain;
    /** @type {Row[]} */
    this.rows = [];
    /** @type {Row[]} those that are listed */
    this.listed = [];
    /** @type {Set<string>} names of files */
    this.selected = new Set();
    /** @type {string | null} */
    this.anchor = null;
    /** @type {string | null} */
    this.label = null;
    /** @type {string | null | undefined} what the table that is shown is called */
    this.known = undefined;
    /** Corrections that are on their way. */
    this.sending = 0;
    this.outlines = new Outlines(this.route);
    this.counts = el("p", { class: "quiet", role: "status" });
    this.undoing = button("Undo", () => this.undo(), { class: "plain", disabled: true });
    this.find = el("input", {
      type: "search",
      placeholder: "find",
      "aria-label": "find sounds",
      value: sessionStorage.getItem(this.#sought) ?? "",
      on: { input: () => this.#seek() },
    });
    this.labels = new LabelBar({
      filter: (label) => this.#filter(label),
      drop: (label, files) => this.correctAll(files, { label }),
    });
    this.group = new GroupBar({
      set: (cells) => this.correctAll([...this.selected], cells),
      split: () => this.#job("split", { file: [...this.selected][0] }),
      join: () => this.#job("join", { files: this.#inOrder() }),
      clear: () => this.#select([]),
    });
    this.all = el("input", {
      type: "checkbox",
      "aria-label": "select all that are listed",
      on: { change: () => this.#selectAll(this.all.checked) },
    });
    const head = el("div", { class: "line heads", role: "row" });
    head.append(
      el("div", { role: "columnheader" }, this.all),
      ...COLUMNS.slice(1).map((text) => el("div", { role: "columnheader", text })),
    );
    const does = {
      correct: (/** @type {Row} */ row, /** @type {string} */ column, /** @type {string} */ to) =>
        this.#correct(row, column, to),
      select: (/** @type {Row} */ row, /** @type {MouseEvent} */ event) => this.#click(row, event),
      isSelected: (/** @type {Row} */ row) => this.selected.has(row.file),
      hear: (/** @type {Row} */ row) => this.#hear(row),
      outline: (/** @type {string} */ file, /** @type {(peaks: string) => void} */ draw) =>
        this.outlines.want(file, draw),
      drag: (/** @type {Row} */ row, /** @type {DragEvent} */ event) => this.#drag(row, event),
    };
    /** @type {VirtualList<Row>} */
    this.list = new VirtualList({
      height: LINE_PX,
      keyOf: (row) => row.file,
      make: () => new SoundLine(does),
      head,
      label: "sounds",
    });
    const top = el("div", { class: "row" }, this.counts, this.undoing, this.find);
    this.node = el("div", {}, top, this.labels.node, this.group.node, this.list.node);
    this.node.addEventListener("keydown", (event) => this.#typed(event));
  }

  async load() {
    this.outlines.forget();
    this.show(await ask(`${this.route}/table`));
  }

  /**
   * Shows what another window corrected.
   *
   * @param {string | null} table what the table is called as it is now
   */
  async follow(table) {
    if (this.known === undefined || table === this.known || this.sending) return;
    this.known = table; // asked for once
    this.show(await ask(`${this.route}/table`));
  }

  /** @param {{ rows: Row[], undoable: number, table: string | null }} told */
  show({ rows, undoable, table }) {
    this.known = table;
    // What is left out is named first.
    this.rows = [...rows.filter((r) => r.use === "-"), ...rows.filter((r) => r.use !== "-")];
    this.undoing.disabled = !undoable;
    this.#count();
    this.#list();
  }

  #count() {
    const used = this.rows.filter((row) => row.use === "yes");
    /** @type {Map<string, number>} */
    const labels = new Map();
    for (const row of used) labels.set(row.label, (labels.get(row.label) ?? 0) + 1);
    const left = this.rows.length - used.length;
    this.counts.textContent =
      `${used.length} sounds, ${labels.size} ${labels.size === 1 ? "label" : "labels"}` +
      (left ? `, ${left} left out` : "");
    this.labels.show(labels, this.label);
  }

  #seek() {
    sessionStorage.setItem(this.#sought, this.find.value);
    this.#list();
  }

  #list() {
    const sought = this.find.value.trim().toLowerCase();
    this.listed = this.rows.filter(
      (row) =>
        (this.label === null || row.label === this.label) &&
        (!sought || row.file.toLowerCase().includes(sought)),
    );
    const there = new Set(this.listed.map((row) => row.file));
    for (const file of this.selected) if (!there.has(file)) this.selected.delete(file);
    this.list.show(this.listed);
    this.#showSelection();
  }

  /** @param {string | null} label */
  #filter(label) {
    this.label = this.label === label ? null : label;
    this.#count();
    this.#list();
  }

  // Selection.

  /** @param {Iterable<string>} files */
  #select(files) {
    this.selected = new Set(files);
    this.list.refresh();
    this.#showSelection();
  }

  #selectAll(on = true) {
    this.#select(on ? this.listed.filter((row) => row.use !== "-").map((row) => row.file) : []);
  }

  /** @param {Row} row @param {MouseEvent} event */
  #click(row, event) {
    const files = this.listed.filter((one) => one.use !== "-").map((one) => one.file);
    const selected = new Set(this.selected);
    const from = this.anchor === null ? -1 : files.indexOf(this.anchor);
    if (event.shiftKey && from >= 0) {
      const to = files.indexOf(row.file);
      for (const file of files.slice(Math.min(from, to), Math.max(from, to) + 1))
        selected.add(file);
    } else if (selected.has(row.file)) selected.delete(row.file);
    else selected.add(row.file);
    this.anchor = row.file;
    this.#select(selected);
  }

  #showSelection() {
    const rows = this.listed.filter((row) => this.selected.has(row.file));
    const usable = this.listed.filter((row) => row.use !== "-");
    this.all.checked = rows.length > 0 && rows.length === usable.length;
    this.group.show(rows);
  }

  #inOrder() {
    return this.listed.filter((row) => this.selected.has(row.file)).map((row) => row.file);
  }

  /** @param {KeyboardEvent} event */
  #typed(event) {
    const isTyping = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
    if (event.key === "Escape" && this.selected.size) this.#select([]);
    if (isTyping || !(event.ctrlKey || event.metaKey)) return;
    if (event.key === "a") this.#selectAll();
    else if (event.key === "z") this.undo();
    else return;
    event.preventDefault();
  }

  // Corrections.

  /** @param {Row} row @param {string} column @param {string} value */
  #correct(row, column, value) {
    if (value === (row[column] ?? "")) return;
    // A field of a line that is selected with others speaks for itself alone.
    this.correctAll([row.file], { [column]: value });
  }

  /**
   * @param {string[]} files
   * @param {Record<string, string>} cells
   */
  async correctAll(files, cells) {
    if (!files.length) return;
    for (const [column, text] of Object.entries(cells)) {
      const why = refusal(column, text);
      if (!why) continue;
      const where = files.length === 1 ? files[0] : `${files.length} sounds`;
      this.complain(new Error(`${where}, ${why}`));
      this.#list();
      return;
    }
    // Shown at once, and as it was when it is refused.
    standing("notice", null);
    const chosen = new Set(files);
    const before = new Map(
      this.rows.filter((row) => chosen.has(row.file)).map((row) => [row.file, row]),
    );
    this.rows = this.rows.map((row) => (chosen.has(row.file) ? { ...row, ...cells } : row));
    this.#count();
    this.#list();
    this.sending++;
    try {
      const corrections = Object.fromEntries(files.map((file) => [file, cells]));
      const { rows, undoable, table } = await post(`${this.route}/table`, { corrections });
      this.known = table;
      /** @type {Map<string, Row>} */
      const changed = new Map(rows.map((/** @type {Row} */ row) => [row.file, row]));
      this.rows = this.rows.map((row) => changed.get(row.file) ?? row);
      this.undoing.disabled = !undoable;
    } catch (error) {
      this.rows = this.rows.map((row) => before.get(row.file) ?? row);
      this.complain(error);
    }
    this.sending--;
    this.#count();
    this.#list();
  }

  async undo() {
    if (this.undoing.disabled) return;
    standing("notice", null);
    try {
      this.show(await post(`${this.route}/undo`));
    } catch (error) {
      this.complain(error);
    }
  }

  /** @param {string} verb @param {Record<string, unknown>} body */
  #job(verb, body) {
    this.#select([]);
    this.attempt(post(`${this.route}/${verb}`, body));
  }

  /** @param {Row} row */
  #hear(row) {
    hear(`${this.route}/sound?file=${encodeURIComponent(row.file)}`).catch(() =>
      this.complain(new Error(`${row.file} cannot be played here`)),
    );
  }

  /** What is selected goes along when one of it is dragged. @param {Row} row @param {DragEvent} event */
  #drag(row, event) {
    const files = this.selected.has(row.file) ? this.#inOrder() : [row.file];
    event.dataTransfer?.setData(DRAGGED, JSON.stringify(files));
  }
}
