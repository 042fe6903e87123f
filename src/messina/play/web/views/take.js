// @ts-check
// A take by microphone, what was heard in it, and what plays each kind of stroke: to be corrected, played and kept.

/** @import { App } from "../app.js" */
/** @import { Cast, Heard } from "../play/phrase.js" */

import { button, complain, el, ICONS, icon, notify, setText } from "../dom.js";
import { Phrase, setSteps } from "../play/phrase.js";

/**
 * {button, panel}: what begins a take, and where it is shown.
 *
 * @param {App} app
 */
export function take(app) {
  const { microphone, controls } = app;
  const label = el("span", { text: "microphone" });
  const mic = el(
    "button",
    {
      type: "button",
      class: "plain with-icon mic",
      title: "beatbox, tap or hum: it is played by this instrument",
      on: { click: () => toggle().catch(complain) },
    },
    icon(ICONS.microphone),
    label,
  );
  controls.add("microphone", { label: "microphone", element: mic, press: () => mic.click() });
  const panel = el("section", { class: "take", "aria-label": "take", hidden: true });
  /** @type {Phrase | null} */
  let phrase = null;

  async function toggle() {
    if (microphone.missing) return notify(microphone.missing);
    if (microphone.waiting) return;
    if (!microphone.running) return microphone.start();
    const heard = await microphone.stop();
    if (heard) show(heard);
  }

  function showButton() {
    const { running, waiting, missing, seconds } = microphone;
    setText(
      label,
      running ? `stop ${seconds.toFixed(0)} s` : waiting ? "listening …" : "microphone",
    );
    mic.setAttribute("aria-pressed", String(running));
    mic.setAttribute("aria-disabled", String(missing !== null));
    if (missing) mic.title = missing;
  }

  /** @param {Heard} heard */
  function show(heard) {
    phrase?.stop();
    const mine = new Phrase(app, heard);
    phrase = mine;
    const play = button("play", () => mine.toggle(), { class: "solid" });
    mine.addEventListener("change", () => {
      play.textContent = mine.running ? "stop" : "play";
    });
    const [first] = heard.sentences;
    panel.replaceChildren(
      el(
        "div",
        { class: "part-head" },
        el("h2", { text: "take" }),
        el("p", { class: "quiet small", text: first }),
        play,
        button("set as steps", () => asSteps(mine), {
          class: "plain",
          title: "on the pattern that is shown",
        }),
        button("let go", close, { class: "plain" }),
      ),
      ...(heard.cast.length > 0 ? [el("ul", { class: "cast" }, heard.cast.map(row))] : []),
    );
    panel.hidden = false;
  }

  /** @param {Cast} cast */
  function row({ kind, label: own, strokes }) {
    const select = el(
      "select",
      {
        "aria-label": `what plays ${kind}`,
        on: { change: () => phrase?.casts.set(kind, select.value) },
      },
      el("option", { value: "", text: "left out" }),
      app.instrument.labels
        .filter(({ pitched }) => !pitched)
        .map(({ name }) => el("option", { value: name, text: app.labelName(name) })),
    );
    select.value = own;
    return el(
      "li",
      {},
      el("span", { class: "cast-kind", text: kind }),
      el("span", { class: "quiet small", text: `${strokes} ×` }),
      select,
    );
  }

  /** @param {Phrase} mine */
  function asSteps(mine) {
    try {
      notify(setSteps(app, mine));
    } catch (error) {
      complain(/** @type {Error} */ (error));
    }
  }

  function close() {
    phrase?.stop();
    phrase = null;
    panel.hidden = true;
    panel.replaceChildren();
  }

  app.listen(microphone, "change", showButton);
  app.listen(microphone, "progress", showButton);
  app.listen(microphone, "full", () => {
    notify("A minute is recorded; that is listened to now.");
    mic.click();
  });
  app.atEnd(() => {
    phrase?.stop();
    microphone.cancel().catch(complain);
  });
  showButton();
  return { button: mic, panel };
}
