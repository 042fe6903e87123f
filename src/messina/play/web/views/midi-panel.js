// @ts-check
// Which MIDI device is listened to, and which of its knobs does what.

/** @import { Midi } from "../midi/midi.js" */
/** @import { App } from "../app.js" */
/** @import { AnyDesk } from "../types.d.ts" */

import { button, el, notify } from "../dom.js";
import { messageName } from "../midi/learn.js";
import { ALL_INPUTS } from "../midi/midi.js";
import { hands } from "./hands.js";

/** @param {AnyDesk} app */
export function midiPanel(app) {
  const { midi, controls, session } = app;
  const { ports } = midi;
  const status = el("p", { class: "quiet small" });
  const ask = button("allow MIDI", open, { class: "solid" });
  const inputs = el("select", {
    "aria-label": "MIDI input",
    on: { change: () => midi.choose(inputs.value) },
  });
  const learn = button("learn", () => midi.learn.set(!midi.learn.on), { class: "plain" });
  const list = el("ul", { class: "learnt" });
  const element = el(
    "div",
    { class: "midi-panel" },
    status,
    ask,
    el("div", { class: "midi-row" }, inputs, learn),
    app.performer ? hands(/** @type {App} */ (app)) : null,
    list,
  );

  async function open() {
    try {
      await ports.start();
    } catch {
      notify(REFUSED);
    }
  }

  function show() {
    ask.hidden = ports.open || !ports.supported;
    inputs.hidden = !ports.open;
    learn.hidden = !ports.open;
    learn.setAttribute("aria-pressed", String(midi.learn.on));
    inputs.replaceChildren(
      el("option", { value: ALL_INPUTS, text: "all inputs" }),
      ...midi.inputs.map((input) =>
        el("option", { value: input.id, text: input.name ?? input.id }),
      ),
    );
    const { input: chosen, learnt } = session.state.midi;
    inputs.value = midi.inputs.some((input) => input.id === chosen) ? chosen : ALL_INPUTS;
    status.textContent = sentence(midi, session.state.surface);
    list.replaceChildren(
      ...Object.entries(learnt).map(([key, id]) =>
        el(
          "li",
          {},
          el("span", { text: controls.get(id)?.label ?? id }),
          el("span", { class: "quiet", text: messageName(key) }),
          button("forget", () => midi.learn.forget(id), { class: "plain" }),
        ),
      ),
    );
    mark();
  }

  function mark() {
    document.querySelectorAll(".aimed").forEach((node) => node.classList.remove("aimed"));
    if (midi.learn.target) controls.get(midi.learn.target)?.element.classList.add("aimed");
  }

  // While learning, touching a control aims at it instead of playing it.
  app.listen(
    window,
    "pointerdown",
    (event) => {
      if (!midi.learn.on || element.contains(event.target)) return;
      const aimed = event.target.closest?.("[data-control]");
      if (!aimed) return;
      event.preventDefault();
      event.stopPropagation();
      midi.learn.aim(aimed.dataset.control);
    },
    { capture: true },
  );
  app.listen(midi, "change", show);
  session.on("surface", show);
  midi.attach();
  if (!ports.open) ports.allowed().then((yes) => (yes ? open() : undefined));
  return element;
}

const REFUSED =
  "The browser refused MIDI. Its settings for this page can allow it; then ask again.";
/** @type {Record<string, string>} */
const PLAYED = {
  pads: " Drums lie on the keys of General MIDI: 36 kick, 38 snare, 42 closed hat.",
  keys: " Their keys play the current sound at their pitch.",
};

/**
 * surface: what hands play here, "pads" or "keys".
 *
 * @param {Midi} midi
 * @param {string} surface
 */
function sentence(midi, surface) {
  if (!midi.ports.supported) return "This browser has no MIDI; Chrome, Edge and Firefox have.";
  if (midi.ports.refused) return REFUSED;
  if (!midi.ports.open) return "Keyboards and pads play here once the browser allows it.";
  if (midi.learn.on) {
    return midi.learn.target
      ? "Now move a knob or strike a pad of the controller."
      : "Touch the control on this page that is to be learnt.";
  }
  const count = midi.inputs.length;
  return count === 0
    ? "No MIDI device is connected."
    : `${count} MIDI input${count === 1 ? "" : "s"}.${midi.app.performer ? PLAYED[surface] : ""}`;
}
