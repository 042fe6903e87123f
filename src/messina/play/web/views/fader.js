// @ts-check
// A string under tension with a bead on it: a range input with its name, value and lock.

/** @import { Controls } from "../play/controls.js" */

import { el, ICONS, icon } from "../dom.js";

/** @typedef {{ closed: () => boolean, toggle: () => void }} FaderLock */

/**
 * @typedef {{
 *   id: string, label: string, min: number, max: number, step: number, neutral?: number,
 *   format: (value: number) => string, input: (value: number) => void, done?: () => void,
 *   shown?: string, lock?: FaderLock,
 * }} FaderOptions
 */

/**
 * options: id (as MIDI knows it), label, min, max, step, neutral, format(value), input(value),
 * done(), shown: its name where others of that name are not near, lock: {closed(), toggle()}. Returns {element, show(value)}.
 *
 * @param {Controls} controls
 * @param {FaderOptions} options
 */
export function fader(controls, options) {
  const { id, label, min, max, step, neutral = min, format, input } = options;
  const value = el("output", { class: "fader-value" });
  const range = el("input", {
    type: "range",
    min,
    max,
    step,
    "aria-label": label,
    "data-neutral": neutral,
    on: {
      input: () => {
        paint();
        input(Number(range.value));
      },
      change: () => options.done?.(),
      dblclick: () => take(neutral),
      keydown: (event) => {
        if (event.key === "Delete" || event.key === "Backspace") take(neutral);
      },
    },
  });
  const lock = options.lock && lockButton(label, options.lock);
  const element = el(
    "div",
    { class: "fader" },
    el("span", { class: "fader-label", text: options.shown ?? label, "aria-hidden": "true" }),
    value,
    lock,
    range,
  );

  /** @param {number} next */
  function take(next) {
    range.value = String(next);
    paint();
    input(Number(range.value));
    options.done?.();
  }

  function paint() {
    /** @param {number} v */
    const share = (v) => (100 * (v - min)) / (max - min);
    const [from, to] = [share(neutral), share(Number(range.value))].sort((a, b) => a - b);
    element.style.setProperty("--from", `${from}%`);
    element.style.setProperty("--to", `${to}%`);
    value.textContent = format(Number(range.value));
    range.setAttribute("aria-valuetext", value.textContent);
  }

  controls.add(id, { label, element, set: (share) => take(min + share * (max - min)) });
  return {
    element,
    /** @param {number} next */
    show(next) {
      range.value = String(next);
      lock?.show();
      paint();
    },
  };
}

/**
 * @param {string} label
 * @param {FaderLock} lock
 */
function lockButton(label, { closed, toggle }) {
  const button = el("button", {
    type: "button",
    class: "lock",
    on: {
      click: () => {
        toggle();
        show();
      },
    },
  });
  function show() {
    const shut = closed();
    button.replaceChildren(icon(shut ? ICONS.closed : ICONS.open));
    button.setAttribute("aria-pressed", String(shut));
    button.setAttribute("aria-label", `lock ${label}`);
    button.title = shut ? `${label} stays as it is` : `let ${label} change with the sound`;
  }
  show();
  return Object.assign(button, { show });
}
