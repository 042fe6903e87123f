// @ts-check
// The middle of the page: where sounds are looked for. What is found is heard; a pad has it once it is put there.

/** @import { App } from "../app.js" */
/** @import { Label } from "../engine/types.d.ts" */

import { button, el, ICONS, icon } from "../dom.js";
import { saveSound } from "../play/taking-away.js";
import { hueOf } from "../sounds/colour.js";
import { noteName, pretty } from "../sounds/words.js";
import { branches } from "./branches.js";
import { draggableOut } from "./dragging-out.js";
import { history } from "./history.js";
import { map } from "./map.js";
import { morph } from "./morph.js";
import { brightnessOf, short } from "./pads.js";
import { soundSelect } from "./sound-select.js";
import { undoAndSay } from "./undoing.js";

/** @type {Record<string, (app: App) => HTMLElement>} */
const VIEWS = { map, morph, branches, history };

/**
 * @param {App} app
 * @param {HTMLElement} root
 */
export function stage(app, root) {
  const { session, instrument } = app;
  const tabs = Object.keys(VIEWS).map((name) =>
    button(name, () => show(name), {
      role: "tab",
      id: `tab-${name}`,
      "aria-controls": "view",
      on: { keydown: turn },
    }),
  );
  const view = el("div", { class: "view", id: "view", role: "tabpanel" });
  const what = el("p", { class: "playing" });
  const anew = button("draw anew at every hit", () => app.release(), { class: "plain" });
  const put = button("put on pad", () => app.putOnPad(), { class: "solid put" });
  const drop = button("let go", () => app.letGo(), { class: "plain", title: "back to the pad" });
  const undo = el(
    "button",
    { type: "button", class: "plain with-icon", on: { click: () => undoAndSay(session) } },
    icon(ICONS.undo),
    "undo",
  );
  const save = el(
    "button",
    {
      type: "button",
      class: "plain with-icon",
      title: "this sound as a WAV file",
      on: { click: () => saveSound(app) },
    },
    icon(ICONS.down),
    "WAV",
  );
  draggableOut(app, save);
  const pick = soundSelect(app, {
    label: "choose a learnt sound",
    placeholder: "choose a sound …",
    choose: (sound, _, origin) => {
      app.wake();
      app.try({ sound, origin });
    },
  });
  pick.show("choose a sound …");
  app.controls.addButton("stage.anew", "draw anew", anew);
  app.controls.addButton("stage.undo", "undo", undo);
  app.controls.addButton("stage.put", "put on pad", put);
  tabs.forEach((tab) => app.controls.addButton(`stage.${tab.textContent}`, tab.textContent, tab));
  const kinds = el(
    "div",
    { class: "kinds", role: "group", "aria-label": "kinds of sounds" },
    instrument.labels.map(kind),
  );
  root.replaceChildren(
    el(
      "div",
      { class: "stage-head" },
      el("div", { class: "tabs", role: "tablist", "aria-label": "ways to look for sounds" }, tabs),
      el("div", { class: "found" }, what, put, drop),
    ),
    view,
    el(
      "div",
      { class: "stage-foot" },
      kinds,
      el("div", { class: "stage-tools" }, pick.element, anew, undo, save),
    ),
  );

  /** @param {Label} label */
  function kind(label) {
    const node = button(
      app.labelName(label.name),
      () => {
        app.wake();
        app.tryKind(label.name);
      },
      { class: "kind", title: `${label.sounds} sounds` },
    );
    node.style.setProperty("--hue", String(hueOf(instrument.sounds[label.typical].brightness)));
    return node;
  }

  /** @param {KeyboardEvent & { target: HTMLButtonElement }} event */
  function turn(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
    next.click();
    next.focus();
  }

  /** @param {string} name */
  function show(name) {
    session.change("view", (state) => {
      state.view = name;
    });
  }

  // All are made now, so that a controller reaches those that are not shown.
  for (const [name, make] of Object.entries(VIEWS)) app.view(name, make);
  /** @type {string | null} */
  let shown = null;
  session.on("view", () => {
    const { view: name } = session.state;
    if (shown === name) return;
    shown = name in VIEWS ? name : "map";
    tabs.forEach((tab) => {
      const mine = tab.id === `tab-${shown}`;
      tab.setAttribute("aria-selected", String(mine));
      tab.tabIndex = mine ? 0 : -1;
    });
    view.setAttribute("aria-labelledby", `tab-${shown}`);
    view.replaceChildren(app.view(shown, VIEWS[shown]));
  });
  const showWhat = () => {
    const { current, state } = session;
    const shown = app.tried ?? current;
    const where = app.tried ? "tried, on no pad yet" : state.tied ? "" : `pad ${state.slot + 1}`;
    const source = shown.sound
      ? shown.origin
        ? pretty(short(shown.origin))
        : "a sound of your own"
      : "drawn anew at every hit";
    what.replaceChildren(
      el("span", { class: "dot", style: { "--hue": hueOf(brightnessOf(app, shown)) } }),
      el("span", { class: "name", text: app.labelName(shown.kind) }),
      el("span", { class: "quiet", text: ` ${where} · ${source}` }),
    );
    if (!app.tried && current.note !== null && !state.tied)
      what.append(el("span", { class: "quiet", text: ` · ${noteName(current.note)}` }));
    put.textContent = `put on ${app.padName()}`;
    put.hidden = drop.hidden = app.tried === null;
    anew.hidden = current.sound === null;
    undo.disabled = !session.canUndo;
    undo.title = session.canUndo ? `undo ${session.lastChange}` : "";
    kinds.querySelectorAll(".kind").forEach((node, i) => {
      const mine = instrument.labels[i].name === shown.kind && shown.sound === null;
      node.setAttribute("aria-pressed", String(mine));
    });
  };
  session.on("slot slots past surface", showWhat);
  app.listen(app, "tried", showWhat);
}
