// @ts-check
// Sixteen pads, a bank of them at a time: struck near the top they sound hard, near the bottom soft.

/** @import { App } from "../app.js" */
/** @import { Slot } from "../types.d.ts" */
/** @import { Hit } from "../engine/types.d.ts" */

import { button, el, flash } from "../dom.js";
import { PADS } from "../session.js";
import { hueOf } from "../sounds/colour.js";
import { noteName, pretty } from "../sounds/words.js";
import { CODES } from "./computer-keys.js";

const SOFTEST = 20;
const HELD_VELOCITY = 100;

/** @param {App} app */
export function pads(app) {
  const { session, performer } = app;
  /** @type {Map<number, Hit | undefined>} */
  const held = new Map();
  const all = Array.from({ length: PADS }, (_, place) => pad(place));
  const bed = el("div", { class: "pads", role: "group", "aria-label": "pads" }, all);
  const banks = el("div", { class: "kinds", role: "group", "aria-label": "banks of pads" });
  const element = el("div", {}, bed, banks);
  /** The first pad that is shown. */
  const first = () => session.state.slot - (session.state.slot % PADS);

  /** @param {number} place */
  function pad(place) {
    const node = el(
      "button",
      {
        type: "button",
        class: "pad",
        tabindex: place === 0 ? 0 : -1,
        on: {
          pointerdown: (event) => down(event, first() + place, node),
          pointerup: up,
          pointercancel: up,
          keydown: (event) => pressed(event, place),
          contextmenu: (event) => event.preventDefault(),
        },
      },
      el("span", { class: "pad-name" }),
      el("span", { class: "pad-sub" }),
      el("kbd", { class: "pad-key" }),
    );
    app.controls.add(`pad.${place + 1}`, {
      label: `pad ${place + 1}`,
      element: node,
      press: (velocity) => performer.strike(first() + place, { velocity }),
    });
    return node;
  }

  /**
   * @param {PointerEvent} event
   * @param {number} slot
   * @param {HTMLElement} node
   */
  function down(event, slot, node) {
    if (event.button !== 0) return;
    app.wake();
    const box = node.getBoundingClientRect();
    const height = 1 - (event.clientY - box.top) / box.height;
    const velocity = Math.round(
      SOFTEST + (127 - SOFTEST) * Math.max(0, Math.min(1, height * 1.15)),
    );
    node.setPointerCapture(event.pointerId);
    held.set(event.pointerId, performer.strike(slot, { velocity, sustained: true }));
    select(slot);
  }

  /** @param {PointerEvent} event */
  function up(event) {
    performer.release(held.get(event.pointerId));
    held.delete(event.pointerId);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} place
   */
  function pressed(event, place) {
    const columns = getComputedStyle(bed).gridTemplateColumns.split(" ").length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    if (step) {
      event.preventDefault();
      const next = place + step;
      if (next >= 0 && next < PADS) {
        all[next].focus();
        select(first() + next);
      }
    } else if ((event.key === "Enter" || event.key === " ") && !event.repeat) {
      event.preventDefault();
      event.stopPropagation();
      app.wake();
      performer.strike(first() + place, { velocity: HELD_VELOCITY });
      select(first() + place);
    }
  }

  function showBanks() {
    const { slots } = session.state;
    banks.hidden = slots.length <= PADS;
    const starts = Array.from({ length: slots.length / PADS }, (_, i) => i * PADS);
    banks.replaceChildren(
      ...starts.map((start, i) =>
        button(`bank ${i + 1}`, () => select(start + (session.state.slot % PADS)), {
          class: "kind",
          "aria-pressed": String(start === first()),
        }),
      ),
    );
  }

  /** @param {number} slot */
  function select(slot) {
    if (session.state.slot !== slot)
      session.change("slot", (state) => {
        state.slot = slot;
      });
  }

  session.on("slots shape slot", () => {
    all.forEach((node, place) => show(node, first() + place));
    showBanks();
  });
  app.listen(performer, "hit", ({ detail }) => {
    const node = detail.slot === null ? undefined : all[detail.slot - first()];
    if (node) flashPad(node, detail.velocity, app.delayOf(detail.time));
  });

  /**
   * @param {HTMLElement} node
   * @param {number} slot
   */
  function show(node, slot) {
    const { slots, slot: current } = session.state;
    const { kind, sound, origin, note } = slots[slot];
    const name = note === null ? app.labelName(kind) : noteName(note);
    const sub =
      note === null
        ? sound
          ? pretty(origin ? short(origin) : "made here")
          : ""
        : app.labelName(kind);
    node.style.setProperty("--hue", String(hueOf(brightnessOf(app, slots[slot]))));
    node.children[0].textContent = name;
    node.children[1].textContent = sub === name ? "" : sub;
    node.dataset.slot = String(slot);
    node.children[2].textContent = CODES.pads[slot % PADS].replace(/Key|Digit/, "");
    node.classList.toggle("own", sound !== null);
    node.setAttribute("aria-pressed", String(slot === current));
    node.title = sub && sub !== name ? `${name}, ${sub}` : name; // on the pad it may be cut off
    node.setAttribute("aria-label", `pad ${slot + 1}, ${name}${sub ? `, ${sub}` : ""}`);
    node.tabIndex = slot === current ? 0 : -1;
  }

  return element;
}

/**
 * Brightness in Hz of what a slot plays.
 *
 * @param {App} app
 * @param {Pick<Slot, "sound" | "kind">} slot
 */
export function brightnessOf(app, { sound, kind }) {
  if (sound) return sound.brightness;
  const label = app.instrument.labels.find((l) => l.name === kind) ?? app.instrument.labels[0];
  return app.instrument.sounds[label.typical].brightness;
}

/**
 * A learnt sound's name without folder and ending.
 *
 * @param {string} name
 */
export function short(name) {
  return name.slice(name.lastIndexOf("/") + 1).replace(/\.[a-z0-9]{2,5}(?=#|$)/i, "");
}

/**
 * Lights up a pad as hard as it is struck.
 *
 * @param {HTMLElement} node
 * @param {number} velocity
 */
export function flashPad(node, velocity, delay_ms = 0) {
  setTimeout(() => {
    node.style.setProperty("--struck", (0.25 + (0.75 * velocity) / 127).toFixed(2));
    flash(node);
  }, delay_ms);
}
