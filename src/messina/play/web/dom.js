// @ts-check
// Elements from script. Styles go through properties, which the content policy allows.

/** @typedef {Node | string | null | undefined | false} Leaf */
/** @typedef {Leaf | Leaf[]} Child */

/**
 * @typedef {{
 *   class?: string, text?: string, on?: Record<string, ((event: any) => void) | undefined>,
 *   style?: Record<string, string | number>, [attribute: string]: unknown,
 * }} Props
 */

/**
 * An element of index.html.
 *
 * @param {string} id
 */
export function place(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no place '${id}'`);
  return found;
}

/**
 * An element. props: class, text, on (listeners), style (custom properties too), else attributes.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(node, name, value);
  for (const child of /** @type {Leaf[]} */ (children.flat()))
    if (child !== null && child !== undefined && child !== false) node.append(child);
  return node;
}

/**
 * @param {HTMLElement} node
 * @param {string} name
 * @param {unknown} value
 */
function set(node, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name === "class") node.className = String(value);
  else if (name === "text") node.textContent = String(value);
  else if (name === "on")
    for (const [kind, listen] of Object.entries(value)) node.addEventListener(kind, listen);
  else if (name === "style")
    for (const [key, v] of Object.entries(value)) node.style.setProperty(key, String(v));
  else node.setAttribute(name, value === true ? "" : String(value));
}

/**
 * A button; what it does is its name unless a label says more.
 *
 * @param {string} text
 * @param {(event: MouseEvent) => void} onclick
 * @param {Props} [props]
 */
export function button(text, onclick, props = {}) {
  return el("button", { type: "button", text, ...props, on: { click: onclick, ...props.on } });
}

/**
 * Has an element say something else. Its text node stays: WebKit makes no click of what was pressed on a text that is
 * there no more when it is let go. What it says already is not written: each writing has the page laid out and painted.
 *
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  const own = node.firstChild;
  if (!(own instanceof Text) || own.nextSibling) node.textContent = text;
  else if (own.data !== text) own.data = text;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * A small line drawing, 16 by 16, from a path.
 *
 * @param {string} path
 */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export const ICONS = {
  open: "M5 7V5a3 3 0 0 1 6 0M3.5 7h9v6.5h-9z",
  closed: "M5 7V5a3 3 0 0 1 6 0v2M3.5 7h9v6.5h-9z",
  undo: "M6 3 3 6l3 3M3 6h6.5a3.5 3.5 0 0 1 0 7H6",
  play: "M5 3.2v9.6L13 8z",
  stop: "M4 4h8v8H4z",
  record: "M8 4a4 4 0 1 0 .01 0z",
  microphone: "M8 2a2 2 0 0 1 2 2v4a2 2 0 0 1-4 0V4a2 2 0 0 1 2-2zM4 8a4 4 0 0 0 8 0M8 12v2.5",
  down: "M8 2.5v8M4.8 7.5 8 10.7l3.2-3.2M3 13.5h10",
  help: "M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.5M8 12.2v.1",
  sun: "M8 5.2a2.8 2.8 0 1 0 .01 0zM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M3 13l1.2-1.2M11.8 4.2 13 3",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z",
  link: "M6.5 9.5l3-3M7 5l1.6-1.6a2.5 2.5 0 0 1 3.6 3.6L10.5 8.6M9 11l-1.6 1.6a2.5 2.5 0 0 1-3.6-3.6L5.5 7.4",
  dice: "M2 5h2.8l5.2 6H13M2 11h2.8l1.5-1.7M8.6 6.7 10 5h3M11.4 3.2 13.4 5l-2 1.8M11.4 9.2l2 1.8-2 1.8",
};

/** A canvas that fills its box at the screen's own resolution; `draw(context, width, height)`. */
export class Sheet {
  /**
   * @param {(context: CanvasRenderingContext2D, width: number, height: number) => void} draw
   * @param {Props} [props]
   */
  constructor(draw, props = {}) {
    this.canvas = el("canvas", { "aria-hidden": "true", ...props });
    this.draw = draw;
    this.width = this.height = 0;
    new ResizeObserver(() => this.#fit()).observe(this.canvas);
  }

  #fit() {
    const box = this.canvas.getBoundingClientRect();
    const ratio = Math.min(devicePixelRatio || 1, 3);
    this.width = box.width;
    this.height = box.height;
    this.canvas.width = Math.round(box.width * ratio);
    this.canvas.height = Math.round(box.height * ratio);
    this.context = this.canvas.getContext("2d");
    this.context?.scale(ratio, ratio);
    this.redraw();
  }

  redraw() {
    if (!this.context || this.width < 2) return;
    this.context.clearRect(0, 0, this.width, this.height);
    this.draw(this.context, this.width, this.height);
  }
}

/**
 * Calls back before the next picture, once however often it is asked.
 *
 * @param {(now: number) => void} work
 */
export function oncePerFrame(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame((now) => {
      asked = false;
      work(now);
    });
  };
}

/** Custom properties of the page as they were asked for, and the theme they are of. */
const tokens = new Map();
let tokensOf = "";

/**
 * The value of a custom property of the page, for canvases, which ask for it in every picture: looked up once
 * a theme, for that has the style of the page worked out first.
 *
 * @param {string} name
 * @returns {string}
 */
export function token(name) {
  const { theme = "" } = document.documentElement.dataset;
  if (theme !== tokensOf) tokens.clear();
  tokensOf = theme;
  if (!tokens.has(name)) {
    tokens.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  }
  return tokens.get(name);
}

/**
 * Lights a pad or a key up anew. Of two animations that are the same the one that did not run begins: to have
 * one begin again the page would have to be laid out at each note.
 *
 * @param {HTMLElement} node
 */
export function flash(node) {
  const again = node.classList.contains("struck");
  node.classList.toggle("struck", !again);
  node.classList.toggle("struck-again", again);
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let hiding;

/**
 * Says a sentence: shown for a moment, read out by screen readers.
 *
 * @param {string} sentence
 */
export function notify(sentence) {
  const remark = place("remark");
  remark.textContent = sentence;
  remark.classList.add("shown");
  clearTimeout(hiding);
  hiding = setTimeout(() => remark.classList.remove("shown"), 2600);
}

/**
 * Says a sentence that stays, in a place of its own, until it is null.
 *
 * @param {string} id
 * @param {string | null} sentence
 */
export function standing(id, sentence) {
  const own = place(id);
  own.hidden = sentence === null;
  if (sentence !== null) setText(own, sentence);
}

/**
 * Says what went wrong, until an instrument is opened.
 *
 * @param {Error} error
 */
export function complain(error) {
  console.error(error);
  standing("notice", error.message);
  place("opening").hidden = true;
  notify(error.message);
}

/**
 * Does what a button asks for, which waits meanwhile; what goes wrong is said.
 *
 * @param {HTMLButtonElement} node
 * @param {() => unknown} work
 */
export async function working(node, work) {
  node.disabled = true;
  try {
    await work();
  } catch (error) {
    complain(/** @type {Error} */ (error));
  } finally {
    node.disabled = false;
  }
}
