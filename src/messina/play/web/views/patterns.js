// @ts-check
// Which pattern is shown, how long it is, in which chain patterns are played, and how they are taken away.

/** @import { App } from "../app.js" */

import { button, el, ICONS, icon, notify, working } from "../dom.js";
import { chainFrom, emptyPattern, MOST_STEPS, NAMES } from "../play/patterns.js";
import { saveMidi, saveStems } from "../play/taking-away.js";

/** @param {App} app */
export function patternBar(app) {
  const { session, controls } = app;
  let lit = -1;
  const names = NAMES.map((name, i) =>
    controls.addButton(
      `sequence.pattern.${name}`,
      `pattern ${name}`,
      button(name, () => choose(i), { class: "kind", "aria-label": `pattern ${name}` }),
    ),
  );
  const length = el("input", {
    type: "number",
    class: "tempo",
    min: 1,
    max: MOST_STEPS,
    step: 1,
    "aria-label": "steps of this pattern",
    on: { change: () => setLength(Number(length.value)) },
  });
  const chain = el("input", {
    type: "text",
    class: "chain",
    placeholder: "as AABA",
    maxlength: 64,
    spellcheck: "false",
    autocomplete: "off",
    "aria-label": "chain of patterns",
    title: "patterns one after the other; empty: the one that is shown, again and again",
    on: { change: setChain },
  });
  const midi = taking("MIDI", "the pattern, or the chain, as a MIDI file", saveMidi);
  const stems = taking("stems", "the same as one WAV file a pad, in a zip", saveStems);
  const copyOn = button("copy on", copy, {
    class: "plain",
    title: "copies this pattern to the next letter and shows that",
  });
  controls.addButton("sequence.copy", "copy to the next pattern", copyOn);

  /**
   * @param {string} text
   * @param {string} title
   * @param {(app: App) => unknown} save
   */
  function taking(text, title, save) {
    const node = el(
      "button",
      {
        type: "button",
        class: "plain with-icon",
        title,
        "aria-label": `${text} of the sequence`,
        on: { click: () => working(node, () => save(app)) },
      },
      icon(ICONS.down),
      text,
    );
    return node;
  }

  /** @param {number} i */
  function choose(i) {
    session.change("steps pattern", (state) => {
      state.pattern = i;
    });
  }

  function copy() {
    const { pattern } = session.state;
    const next = (pattern + 1) % NAMES.length;
    session.remember(`copying pattern ${NAMES[pattern]} to ${NAMES[next]}`);
    session.change("steps pattern", (state) => {
      state.patterns[next] = structuredClone(state.patterns[pattern]);
      state.pattern = next;
    });
  }

  /** @param {number} asked */
  function setLength(asked) {
    session.remember("the length of a pattern");
    session.change("steps pattern", (state) => {
      const own = state.patterns[state.pattern];
      own.length = Math.max(1, Math.min(MOST_STEPS, Math.round(asked) || own.length));
    });
  }

  function setChain() {
    const found = chainFrom(chain.value);
    if (chain.value.trim() && !found) notify("A chain is made of the letters A to H, as AABA.");
    session.change("pattern", (state) => {
      state.chain = found;
    });
  }

  session.on("pattern steps", () => {
    const { pattern, patterns, chain: kept } = session.state;
    names.forEach((node, i) => {
      node.setAttribute("aria-pressed", String(i === pattern));
      node.classList.toggle("filled", Object.keys(patterns[i].hits).length > 0);
    });
    length.value = String(patterns[pattern].length);
    chain.value = kept;
  });

  return {
    element: el(
      "div",
      { class: "patterns" },
      el("div", { class: "kinds", role: "group", "aria-label": "patterns" }, names),
      el("label", { class: "tempo-box" }, length, el("span", { class: "quiet", text: " steps" })),
      el("label", { class: "tempo-box" }, el("span", { class: "quiet", text: "chain " }), chain),
      copyOn,
      button("clear", clear, { class: "plain" }),
      el("span", { class: "taking" }, midi, stems),
    ),
    /** Which pattern is heard. @param {number} heard */
    light(heard) {
      if (heard === lit) return;
      lit = heard;
      names.forEach((node, i) => node.classList.toggle("now", i === heard));
    },
  };

  function clear() {
    const { pattern } = session.state;
    session.remember(`clearing pattern ${NAMES[pattern]}`);
    session.change("steps pattern", (state) => {
      state.patterns[pattern] = { ...emptyPattern(), length: state.patterns[pattern].length };
    });
  }
}
