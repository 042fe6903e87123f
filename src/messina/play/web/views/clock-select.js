// @ts-check
// Whose clock the sequence keeps: its own, another's by MIDI, or its own that is sent to others.

/** @import { App } from "../app.js" */

import { complain, el } from "../dom.js";
import { FOLLOW, OWN } from "../play/midi-clock.js";

const LOOK_MS = 500;

/** @param {App} app */
export function clockSelect(app) {
  const { clock, session } = app;
  const { ports } = app.midi;
  const select = el("select", {
    class: "clock",
    "aria-label": "clock",
    title: "whose clock the sequence keeps",
    on: { change: () => choose().catch(complain) },
  });

  async function choose() {
    const wanted = select.value;
    if (wanted !== OWN && !ports.open) {
      if (!ports.supported)
        throw new Error("This browser has no MIDI; Chrome, Edge and Firefox have.");
      try {
        await ports.start();
      } catch {
        show();
        throw new Error("The browser refused MIDI. Its settings for this page can allow it.");
      }
    }
    clock.choose(wanted);
  }

  function show() {
    const { clock: mode } = session.state;
    const { followed } = app.sequencer;
    const heard = followed === null ? "follow MIDI clock" : `follows ${followed.toFixed(1)} bpm`;
    select.replaceChildren(
      el("option", { value: OWN, text: "own clock" }),
      el("option", { value: FOLLOW, text: heard }),
      ...clock.outputs.map(({ id, name }) =>
        el("option", { value: id, text: `send clock to ${name ?? id}` }),
      ),
    );
    const known = [...select.options].some(({ value }) => value === mode);
    select.value = known ? mode : OWN;
  }

  app.listen(ports, "change", show);
  app.listen(clock, "change", show);
  const looking = setInterval(() => clock.forgetIfGone(), LOOK_MS);
  app.atEnd(() => clearInterval(looking));
  session.on("tempo", show);
  return select;
}
