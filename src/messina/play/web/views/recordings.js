// @ts-check
// The recordings, or pieces, that something plays on from, as long as they are: jumped into, mixed, and followed.

/** @import { Controls } from "../play/controls.js" */
/** @import { PlaysOn } from "../types.d.ts" */
/** @import { Span } from "../engine/groove/types.d.ts" */

import { el } from "../dom.js";
import { pretty } from "../sounds/words.js";
import { short } from "./pads.js";

/**
 * {element, names: of styles, markMixed(): which are in the mixture, markHeard(): which is heard and which was asked for}.
 *
 * @param {PlaysOn} player
 * @param {Controls} controls
 */
export function recordings(player, controls) {
  const names = withoutFirstWord(player.names.map((name) => pretty(short(name))));
  const nodes = player.spans.map(recording);

  /** @param {Span} span */
  function recording({ style, from, to }) {
    const name = names[style];
    const node = el(
      "button",
      {
        type: "button",
        class: "recording",
        "data-style": style,
        title: player.mix ? `${name}; with shift: into the mixture, or out of it` : name,
        style: { "--share": to - from },
        on: {
          click: (event) => {
            if (event.shiftKey && player.mix) player.mix(style);
            else go(from + touchedAt(event, node) * (to - from));
          },
        },
      },
      el("span", { text: name }),
    );
    controls.add(`groove.at.${style + 1}`, {
      label: `go to ${name}`,
      element: node,
      press: () => go(from),
    });
    return node;
  }

  /** @param {number} share */
  function go(share) {
    player.jump(Math.min(share + 1e-9, 1));
    player.start();
  }

  function markMixed() {
    const { mixed } = player;
    if (!mixed) return;
    for (const node of nodes)
      node.setAttribute("aria-pressed", String(mixed.includes(Number(node.dataset.style))));
  }

  function markHeard() {
    const { heard, asked } = player;
    for (const node of nodes) {
      const style = Number(node.dataset.style);
      node.setAttribute("aria-current", String(heard?.style === style));
      node.classList.toggle("asked", asked === style);
      if (heard?.place !== undefined)
        node.style.setProperty("--at", String(shareOf(player.spans[style], heard.place)));
    }
  }

  const element = el(
    "div",
    { class: "strip", role: "group", "aria-label": "what to jump to" },
    nodes,
  );
  return { element, names, markMixed, markHeard };
}

/**
 * How far in a node it was touched, 0 … 1; with keys at its beginning.
 *
 * @param {MouseEvent} event
 * @param {HTMLElement} node
 */
function touchedAt(event, node) {
  if (event.detail === 0) return 0;
  const box = node.getBoundingClientRect();
  return Math.max(0, Math.min(0.999, (event.clientX - box.left) / box.width));
}

/**
 * How far in a span of the corpus a place of it lies, 0 … 1.
 *
 * @param {Span} span
 * @param {number} place
 */
const shareOf = ({ from, to }, place) => Math.max(0, Math.min(1, (place - from) / (to - from)));

/**
 * Names without the word that all of them begin with.
 *
 * @param {string[]} names
 */
function withoutFirstWord(names) {
  const [first] = names[0].split(" ");
  const said = names.length > 1 && names.every((name) => name.startsWith(`${first} `));
  return said ? names.map((name) => name.slice(first.length + 1)) : names;
}
