// @ts-check
// What was heard lately and favourites: heard again by a touch, put on a pad by the button above.

/** @import { App } from "../app.js" */
/** @import { Tried } from "../types.d.ts" */

import { button, complain, el, notify } from "../dom.js";
import { hueOf } from "../sounds/colour.js";
import { noteName, pretty } from "../sounds/words.js";
import { bringBack, dropping } from "./dropping.js";
import { short } from "./pads.js";

/** @param {App} app */
export function history(app) {
  const { heard, session } = app;
  const kept = el("ul", { class: "heard", "aria-label": "favourites" });
  const lately = el("ul", { class: "heard", "aria-label": "heard lately" });
  const none = el("p", { class: "quiet small", text: "Nothing was heard yet." });
  const picked = el("input", {
    type: "file",
    accept: ".wav",
    "aria-label": "a WAV file whose sound to bring back",
    hidden: true,
    on: {
      change: () => {
        const [file] = picked.files ?? [];
        picked.value = "";
        if (file) bringBack(app, file).catch(complain);
      },
    },
  });
  const bring = button("bring a sound back", () => picked.click(), {
    class: "plain",
    title: "from its WAV file; or drop that anywhere on this page",
  });
  const forget = button("forget", () => heard.forget(), {
    class: "plain",
    title: "forgets what was heard lately; favourites stay",
  });
  const element = el(
    "div",
    { class: "history plane" },
    el("div", { class: "history-part" }, el("h3", { text: "favourites" }), kept, bring, picked),
    el("div", { class: "history-part" }, el("h3", { text: "heard lately" }), none, lately, forget),
  );

  /** @param {Tried} one */
  function again(one) {
    const { sound, note, seed, shape } = one;
    if (!sound) return app.tryKind(one.kind);
    app.wake();
    app.try({ ...one, sound }, { silent: true });
    app.performer.audition(sound, {
      note: note ?? sound.note,
      seed,
      shape: shape ?? undefined,
      source: "history",
    });
  }

  /** @param {Tried} one */
  function row(one) {
    const is = heard.isKept(one);
    const note = one.note ?? one.sound?.note ?? null;
    const label = app.instrument.labels.find(({ name }) => name === one.kind);
    const words = [
      one.origin && pretty(short(one.origin)),
      note !== null && label?.pitched && noteName(note),
    ].filter(Boolean);
    const play = el(
      "button",
      { type: "button", class: "heard-name", on: { click: () => again(one) } },
      el("span", { class: "dot", style: { "--hue": hueOf(one.sound?.brightness ?? 0) } }),
      el("span", { text: app.labelName(one.kind) }),
      el("span", { class: "quiet small", text: words.length > 0 ? ` ${words.join(" · ")}` : "" }),
    );
    const star = button(is ? "★" : "☆", () => keep(one), {
      class: "plain star",
      "aria-pressed": String(is),
      "aria-label": is ? "no favourite any more" : "make it a favourite",
    });
    return el("li", {}, play, star);
  }

  /** @param {Tried} one */
  function keep(one) {
    if (!heard.keep(one)) notify("There is no more room among the favourites: take one out first.");
  }

  function show() {
    kept.replaceChildren(...heard.kept.map(row));
    lately.replaceChildren(...heard.lately.map(row));
    none.hidden = heard.lately.length > 0;
    forget.hidden = heard.lately.length === 0;
  }
  const showIfSeen = () => {
    if (session.state.view === "history") show();
  };
  app.listen(heard, "change", showIfSeen); // at every hit
  session.on("view", showIfSeen);
  dropping(app);
  return element;
}
