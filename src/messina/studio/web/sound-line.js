// @ts-check
// One line of the table of sounds: a player, what was understood of it, and fields to correct it.

import { button, el } from "../../play/web/dom.js";
import { hueOf } from "../../play/web/sounds/colour.js";
import { LONGEST_LABEL } from "./cells.js";
import { drawOutline, picture } from "./outlines.js";

/** @typedef {import("./api.js").Row} Row */

export const COLUMNS = ["", "", "", "use", "file", "label", "note", "velocity", "kind", "from"];
export const KINDS = { "": "as found", no: "rings out", yes: "held" };
/** What a sound is for, by its cell `held_out`. */
export const ROLES = { no: "to learn from", yes: "kept for measuring" };
export const DRAGGED = "application/x-messina-sounds";

/**
 * @typedef {{ correct: (row: Row, column: string, value: string) => void,
 *   select: (row: Row, event: MouseEvent) => void, isSelected: (row: Row) => boolean,
 *   hear: (row: Row) => void, drag: (row: Row, event: DragEvent) => void,
 *   outline: (file: string, draw: (peaks: string) => void) => void }} Does
 */

export class SoundLine {
  /** @param {Does} does */
  constructor(does) {
    this.does = does;
    /** @type {Row} */
    this.row = {};
    /** @type {HTMLInputElement | null} a field that holds what is not said yet */
    this.typing = null;
    this.chosen = el("input", {
      type: "checkbox",
      on: { click: (event) => does.select(this.row, event) },
    });
    this.play = button("▶", () => does.hear(this.row), { class: "plain" });
    this.outline = picture();
    this.use = el("input", {
      type: "checkbox",
      on: { change: () => does.correct(this.row, "use", this.use.checked ? "yes" : "no") },
    });
    this.out = el("span", { text: "left out", class: "quiet" });
    this.file = el("div", {
      class: "file name",
      role: "gridcell",
      draggable: "true",
      on: { dragstart: (event) => does.drag(this.row, event) },
    });
    /** @type {Record<string, HTMLInputElement>} */
    this.fields = {};
    for (const column of ["label", "note", "velocity"]) {
      const input = el("input", {
        type: "text",
        spellcheck: "false",
        autocomplete: "off",
        maxlength: LONGEST_LABEL,
      });
      input.addEventListener("input", () => {
        this.typing = input;
      });
      input.addEventListener("blur", () => {
        this.typing = null;
      });
      input.addEventListener("change", () => {
        this.typing = null;
        does.correct(this.row, column, input.value.trim());
      });
      this.fields[column] = input;
    }
    this.kind = el("select", {
      on: { change: () => does.correct(this.row, "sustained", this.kind.value) },
    });
    this.kind.append(
      ...Object.entries(KINDS).map(([value, text]) => el("option", { value, text })),
    );
    this.from = el("div", { class: "quiet from", role: "gridcell" });
    /** @param {...Node} inside */
    const cell = (...inside) => el("div", { role: "gridcell" }, ...inside);
    this.node = el(
      "div",
      { class: "line", role: "row" },
      cell(this.chosen),
      cell(this.play),
      cell(this.outline),
      cell(this.use, this.out),
      this.file,
      cell(this.fields.label),
      cell(this.fields.note),
      cell(this.fields.velocity),
      cell(this.kind),
      this.from,
    );
  }

  /** @param {Row} row */
  show(row) {
    this.row = row;
    const usable = row.use !== "-";
    const { file } = row;
    this.node.classList.toggle("unused", row.use !== "yes");
    this.node.classList.toggle("out", !usable);
    const isSelected = this.does.isSelected(row);
    this.node.classList.toggle("selected", isSelected);
    this.node.setAttribute("aria-selected", String(isSelected));
    this.chosen.checked = isSelected;
    this.chosen.hidden = this.use.hidden = this.kind.hidden = !usable;
    this.out.hidden = usable;
    this.use.checked = row.use === "yes";
    this.file.textContent = file;
    this.file.title = file;
    this.chosen.setAttribute("aria-label", `select ${file}`);
    this.play.setAttribute("aria-label", `hear ${file}`);
    this.use.setAttribute("aria-label", `use ${file}`);
    this.kind.setAttribute("aria-label", `kind of ${file}`);
    this.kind.value = row.sustained ?? "";
    const hue = hueOf(Number(row.brightness_hz) || 1000);
    const draw = (/** @type {string} */ peaks) => {
      if (this.row.file === file) drawOutline(this.outline, peaks, hue);
    };
    if (usable) this.does.outline(file, draw);
    else draw("");
    const sources = sourcesOf(row);
    for (const [column, input] of Object.entries(this.fields)) {
      input.hidden = !usable;
      if (input !== this.typing) input.value = row[column] ?? "";
      input.setAttribute("aria-label", `${column} of ${file}`);
      input.title = sources.get(column) ? `from: ${sources.get(column)}` : "";
    }
    const kept = usable && row.held_out === "yes" ? ROLES.yes : "";
    const said = [kept, row.source, row.reason].filter(Boolean).join("; ");
    this.from.textContent = said;
    this.from.title = said;
  }
}

/**
 * Where the values of a line come from.
 *
 * @param {Row} row
 * @returns {Map<string, string>}
 */
function sourcesOf(row) {
  const parts = (row.source ?? "").split("; ").filter(Boolean);
  return new Map(
    parts.map((part) => {
      const at = part.indexOf(": ");
      return /** @type {[string, string]} */ ([part.slice(0, at), part.slice(at + 2)]);
    }),
  );
}
