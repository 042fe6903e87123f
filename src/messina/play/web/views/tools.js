// @ts-check
// The bar on top: which instrument, how loud, what it costs, recording, MIDI, light, help.

/** @import { App } from "../app.js" */
/** @import { Meter } from "../engine/types.d.ts" */
/** @import { AnyDesk, Choice } from "../types.d.ts" */

import { button, el, ICONS, icon, notify, place, setText, working } from "../dom.js";
import { saveStemsOfRecording } from "../play/taking-away.js";
import { download, fileName } from "../sounds/wav.js";
import { fader } from "./fader.js";
import { helpText } from "./help.js";
import { midiPanel } from "./midi-panel.js";

const THEME_KEY = "messina:theme";

/**
 * @param {HTMLElement} root
 * @param {Choice[]} choices
 * @param {Choice} chosen
 * @param {(choice: Choice) => void} open
 */
export function which(root, choices, chosen, open) {
  if (choices.length < 2)
    return void root.replaceChildren(el("span", { class: "which-name", text: chosen.name }));
  const select = el(
    "select",
    {
      "aria-label": "instrument",
      class: "which-name",
      on: { change: () => open(choices[Number(select.value)]) },
    },
    choices.map((choice, i) => el("option", { value: i, text: choice.name })),
  );
  select.value = String(choices.findIndex(({ name }) => name === chosen.name));
  root.replaceChildren(select);
}

/**
 * @param {AnyDesk} app
 * @param {HTMLElement} root
 * @param {HTMLElement} statusRoot
 */
export function tools(app, root, statusRoot) {
  const { session, recorder } = app;
  const volume = fader(app.controls, {
    id: "volume",
    label: "volume",
    min: 0,
    max: 1,
    step: 0.01,
    neutral: 0,
    format: (v) => `${Math.round(100 * v)}`,
    input: (value) =>
      session.change("volume", (state) => {
        state.volume = value;
      }),
  });
  volume.element.classList.add("volume");
  const said = el("span");
  const record = el("button", {
    type: "button",
    class: "plain with-icon record",
    on: { click: toggleRecording },
  });
  app.controls.add("record", { label: "record", element: record, press: toggleRecording });
  const midi = el(
    "details",
    { class: "drop" },
    el("summary", { class: "plain", text: "MIDI" }),
    midiPanel(app),
  );
  const theme = el("button", {
    type: "button",
    class: "plain with-icon",
    on: { click: switchTheme },
  });
  const help = el(
    "button",
    {
      type: "button",
      class: "plain with-icon",
      "aria-label": "help",
      title: "keys and gestures (?)",
      on: { click: () => helpDialog(app) },
    },
    icon(ICONS.help),
  );
  const stems = button("stems", () => working(stems, takeStems), {
    class: "plain",
    title: "the last recording as one WAV file a pad, in a zip",
    "aria-label": "stems of the last recording",
    hidden: true,
  });
  root.replaceChildren(volume.element, record, stems, midi, theme, help);

  const takeStems = () => app.played && saveStemsOfRecording(/** @type {App} */ (app));

  async function toggleRecording() {
    if (!recorder.running) {
      await app.wake();
      await recorder.start();
      return;
    }
    const file = await recorder.stop();
    if (!file) return;
    if (recorder.silent) notify("Nothing sounded meanwhile: the recording is silent.");
    download(
      file,
      `${fileName(app.name, new Date().toISOString().slice(0, 19).replaceAll(":", "-"))}.wav`,
    );
  }

  /** Many times a second: the elements stay, or a click might begin on one and end on another. */
  function showRecorded() {
    setText(said, recorder.running ? clock(recorder.seconds) : "record");
  }

  function showRecording() {
    const on = recorder.running;
    record.replaceChildren(icon(on ? ICONS.stop : ICONS.record), said);
    showRecorded();
    record.setAttribute("aria-pressed", String(on));
    record.setAttribute(
      "aria-label",
      on ? "stop recording and keep it as a WAV file" : "record what is played",
    );
  }

  function switchTheme() {
    const next = document.documentElement.dataset.theme === "light" ? "dark" : "light";
    keepTheme(next);
    showTheme();
  }

  function showTheme() {
    const dark = document.documentElement.dataset.theme !== "light";
    theme.replaceChildren(icon(dark ? ICONS.sun : ICONS.moon));
    theme.setAttribute("aria-label", dark ? "light colours" : "dark colours");
  }

  app.listen(recorder, "change", showRecording);
  app.listen(recorder, "progress", showRecorded);
  if (app.played)
    app.listen(app.played, "change", () => {
      stems.hidden = recorder.running || app.played?.struck.length === 0;
    });
  app.listen(recorder, "broken", () => {
    notify("The recording stopped by itself; what there is of it is kept.");
    toggleRecording();
  });
  app.listen(recorder, "full", () => {
    notify("An hour is recorded; it is kept now.");
    toggleRecording();
  });
  app.listen(window, "pointerdown", ({ target }) => {
    if (!midi.contains(target) && !app.midi.learn.on) midi.open = false;
  });
  session.on("volume", () => {
    volume.show(session.state.volume);
    app.setVolume(session.state.volume);
  });
  showRecording();
  showTheme();
  meters(app, statusRoot);
}

/**
 * @param {AnyDesk} app
 * @param {HTMLElement} root
 */
function meters(app, root) {
  const voices = el("span", { class: "meter-number", title: "notes that sound" });
  const load = el("meter", {
    min: 0,
    max: 1,
    low: 0.6,
    high: 0.85,
    optimum: 0,
    "aria-label": "load",
    title: "share of the time there is for making sound",
  });
  const glitches = el("span", {
    class: "meter-number",
    title: "moments in which the sound was late",
  });
  const left = el("span", { class: "level" });
  const right = el("span", { class: "level" });
  root.replaceChildren(
    el("span", { class: "levels", "aria-hidden": "true" }, left, right),
    voices,
    load,
    glitches,
  );
  // What was late before the first note nobody heard.
  /** @type {number | null} */
  let before = null;
  let heard = false;
  const stop = app.onMeter((meter) => {
    setText(
      voices,
      meter.voices === undefined ? "" : `${meter.voices} voice${meter.voices === 1 ? "" : "s"}`,
    );
    const share = Math.round(100 * meter.load) / 100;
    if (load.value !== share) load.value = share;
    const all = meter.missed + underruns(app.audio);
    if (before === null || !heard) before = all;
    const late = all - before;
    setText(glitches, `${late} glitch${late === 1 ? "" : "es"}`);
    glitches.classList.toggle("bad", late > 0);
    [left, right].forEach((bar, i) => {
      const db = 20 * Math.log10(Math.max(1e-4, meter.peak[i]));
      const level = Math.max(0, 1 + db / 60).toFixed(3);
      if (bar.style.getPropertyValue("--level") !== level) bar.style.setProperty("--level", level);
    });
    app.meter = meter;
  });
  app.listen(app, "sound", () => {
    heard = true;
  });
  app.atEnd(stop);
}

/**
 * Times the sound card ran dry, where the browser counts them.
 *
 * @param {AudioContext & { playbackStats?: { underrunEvents?: number, fallbackFramesEvents?: number } }} audio
 */
function underruns(audio) {
  return audio.playbackStats?.underrunEvents ?? audio.playbackStats?.fallbackFramesEvents ?? 0;
}

/** @param {number} seconds */
const clock = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** Dark or light: as chosen before, else as the system is. */
export function startTheme() {
  let kept = null;
  try {
    kept = localStorage.getItem(THEME_KEY);
  } catch {
    // No storage here: the system decides.
  }
  const system = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  document.documentElement.dataset.theme = kept === "light" || kept === "dark" ? kept : system;
}

/** @param {"light" | "dark"} theme */
function keepTheme(theme) {
  document.documentElement.dataset.theme = theme;
  dispatchEvent(new Event("theme"));
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // Not kept, but shown.
  }
}

/** @param {AnyDesk} app */
export function helpDialog(app) {
  const dialog = /** @type {HTMLDialogElement} */ (place("help"));
  dialog.replaceChildren(
    el(
      "div",
      { class: "help-head" },
      el("h2", { text: "keys and gestures" }),
      button("close", () => dialog.close(), { class: "plain" }),
    ),
    helpText(app.performer ? app.session.state.surface : null),
    el(
      "div",
      { class: "help-foot" },
      el("span", {
        class: "quiet small",
        text: "What you set is kept in this browser, for each instrument.",
      }),
      button(
        "start afresh",
        () => {
          dialog.close();
          app.startAfresh();
        },
        { class: "plain" },
      ),
    ),
  );
  dialog.showModal();
}
