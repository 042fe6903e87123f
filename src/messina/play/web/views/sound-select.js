// @ts-check
// A list of every learnt sound, for hands that would rather choose than point.

/** @import { App } from "../app.js" */
/** @import { Sound } from "../engine/types.d.ts" */

import { el } from "../dom.js";
import { learntSound } from "../engine/index.js";
import { soundsByLabel } from "../sounds/slots.js";
import { pretty } from "../sounds/words.js";
import { short } from "./pads.js";

const OWN = "own";
const AT_ONCE = 1_000; // of more sounds, the list is filled when a hand comes to it

/**
 * options: label, choose(sound, name, origin), own: whether the pad's own sound is on the list too.
 * Returns {element, show(name)}; the first entry shows what is chosen.
 *
 * @param {App} app
 * @param {{ label: string, choose: (sound: Sound, name: string, origin: string | null) => void, own?: boolean, placeholder?: string }} options
 */
export function soundSelect(app, { label, choose, own = false, placeholder = "" }) {
  const { instrument, session, performer } = app;
  const shown = el("option", { value: "", text: placeholder });
  const element = el(
    "select",
    { "aria-label": label, class: "sound-select", on: { change } },
    shown,
    own && el("option", { value: OWN, text: "what the pad plays now" }),
  );
  const fill = () => element.append(...groups());
  if (instrument.sounds.length <= AT_ONCE) fill();
  else for (const when of ["focus", "pointerdown"]) element.addEventListener(when, once);

  function once() {
    for (const when of ["focus", "pointerdown"]) element.removeEventListener(when, once);
    fill();
  }

  function groups() {
    return soundsByLabel(instrument).map((sounds, index) =>
      el(
        "optgroup",
        { label: app.labelName(instrument.labels[index].name) },
        sounds.map((s) => el("option", { value: s.index, text: short(s.name) })),
      ),
    );
  }

  function change() {
    if (element.value === OWN)
      choose(performer.soundOf(session.state.slot), `pad ${session.state.slot + 1}`, null);
    else if (element.value !== "") {
      const sound = instrument.sounds[Number(element.value)];
      choose(learntSound(instrument, sound.index), pretty(short(sound.name)), sound.name);
    }
    element.value = "";
  }

  return {
    element,
    /** @param {string} name */
    show(name) {
      shown.textContent = name;
      element.value = "";
    },
  };
}
