// @ts-check
// What plays on by itself, a groove, a texture or a score: start, seed, how it plays, and what it knows to jump to.

/** @import { GoingOn } from "../play/going-on.js" */
/** @import { Controls } from "../play/controls.js" */
/** @import { AnyDesk, Band, Choice, GrooveSettings, PlaysOn } from "../types.d.ts" */

import { button, el, ICONS, icon, notify } from "../dom.js";
import { ASKED } from "../engine/constants.js";
import { GROOVE } from "../engine/groove/constants.js";
import { PLAYER as TEXTURE } from "../engine/texture/constants.js";
import { GROOVE_DB, MOST_SEED } from "../play/kept.js";
import { decibels, percent, signed } from "../sounds/words.js";
import { fader } from "./fader.js";
import { recordings } from "./recordings.js";

const { RANGES } = ASKED;
const [LEAST_BPM, MOST_BPM] = RANGES.tempo_bpm;
const NEAR_TEMPO = [0.5, 2]; // of its own, what a knob reaches

/** @param {number[]} bounds */
const between = ([min, max]) => ({ min, max });

/** By settings. @type {Record<string, { min: number, max: number, neutral: number, step?: number, format: (value: number) => string }>} */
const FADERS = {
  wildness: { ...between(RANGES.wildness), neutral: 1, format: (v) => v.toFixed(2) },
  density: {
    ...between(RANGES.density),
    neutral: 0,
    format: (v) => (Math.abs(v) < 0.005 ? "as learnt" : signed(v)),
  },
  swing: {
    ...between(RANGES.swing),
    neutral: 0,
    format: (v) => (v === 0 ? "as learnt" : percent(v)),
  },
  pace: {
    ...between(TEXTURE.BOUNDS.pace.map(Math.log2)),
    neutral: 0,
    format: (v) => (Math.abs(v) < 0.005 ? "as learnt" : `× ${(2 ** v).toFixed(2)}`),
  },
  levelling: { ...between(RANGES.levelling), neutral: GROOVE.LEVELLING, format: percent },
  level: { min: GROOVE_DB.least, max: GROOVE_DB.most, neutral: 0, step: 0.5, format: decibels },
};

/**
 * The panel of what plays on; hidden where nothing does.
 *
 * @param {AnyDesk} app
 * @param {HTMLElement} root
 * @param {PlaysOn | null} player
 */
export function playOn(app, root, player) {
  const { session, controls } = app;
  root.hidden = !player;
  root.replaceChildren();
  if (!player) return;
  const { kind } = player;
  const plays = player;
  const own = Math.round(player.tempo ?? 0);

  const run = el("button", { type: "button", class: "run", on: { click: () => player.toggle() } });
  controls.add("groove.run", { label: "play on", element: run, press: () => player.toggle() });
  const now = el("p", { class: "groove-now" });
  const tempo = el("input", {
    type: "number",
    class: "tempo",
    min: LEAST_BPM,
    max: MOST_BPM,
    step: 1,
    "aria-label": `tempo of the ${kind} in beats a minute`,
    on: { change: () => setTempo(Number(tempo.value)), dblclick: () => setTempo(own) },
  });
  if (player.tempo)
    controls.add("groove.tempo", {
      label: `tempo of the ${kind}`,
      element: tempo,
      set: (share) => setTempo(own * NEAR_TEMPO[0] * (NEAR_TEMPO[1] / NEAR_TEMPO[0]) ** share),
    });
  const faders = player.settings.map((name) => ({
    name,
    fader: fader(controls, {
      step: 0.01,
      ...FADERS[name],
      id: `groove.${name}`,
      label: `${name} of the ${kind}`,
      shown: name,
      input: (value) => set({ [name]: value }),
    }),
  }));
  const seed = el("input", {
    type: "number",
    min: 1,
    max: MOST_SEED,
    step: 1,
    class: "seed",
    "aria-label": `seed of the ${kind}`,
    on: { change: () => reseed(Number(seed.value)) },
  });
  const another = el(
    "button",
    {
      type: "button",
      class: "plain with-icon",
      "aria-label": `another ${kind}`,
      title: "another seed",
      on: { click: () => reseed(1 + Math.floor(Math.random() * MOST_SEED)) },
    },
    icon(ICONS.dice),
  );
  const back = button(
    "from the start",
    () => {
      player.forget?.();
      player.reset();
      notify(`from the beginning of seed ${session.state.groove.seed}`);
    },
    { class: "plain", title: "back to the seed's beginning: the same again" },
  );
  const from = app.goingOn && goOnFrom(app.goingOn, controls);
  controls.addButton("groove.reset", "from the start", back);
  controls.addButton("groove.seed", `another ${kind}`, another);
  const strip = recordings(player, controls);

  root.replaceChildren(
    ...[
      el(
        "div",
        { class: "part-head groove-head" },
        run,
        el("h2", { text: "play on" }),
        now,
        player.tempo !== null &&
          el("label", { class: "tempo-box" }, tempo, el("span", { class: "quiet", text: " bpm" })),
        el(
          "label",
          { class: "seed-box", title: `the same seed, the same ${kind}` },
          `seed of the ${kind} `,
          seed,
        ),
        another,
        back,
        player.band &&
          player.others &&
          player.others.length > 1 &&
          playedBy(player.band, player.others, player.change),
      ),
      player.remarks &&
        player.remarks.length > 0 &&
        el("p", { class: "quiet small", text: sentences(player.remarks) }),
      from,
      el(
        "div",
        { class: "groove-body" },
        el(
          "div",
          { class: "faders" },
          faders.map((one) => one.fader.element),
        ),
        strip.element,
      ),
    ].flatMap((node) => node || []),
  );

  /** @param {Partial<GrooveSettings>} values */
  function set(values) {
    session.change("groove", (state) => {
      Object.assign(state.groove, values);
    });
  }

  /** @param {number} value */
  function setTempo(value) {
    set({ tempo: Math.round(Math.max(LEAST_BPM, Math.min(MOST_BPM, value || own))) });
  }

  /** @param {number} value */
  function reseed(value) {
    set({ seed: Math.max(1, Math.min(MOST_SEED, Math.round(value) || 1)) });
    plays.reset();
  }

  session.on("groove", () => {
    /** @type {Record<string, unknown>} */
    const state = { ...session.state.groove };
    for (const one of faders) one.fader.show(Number(state[one.name]));
    tempo.value = String(state.tempo);
    seed.value = String(state.seed);
    strip.markMixed();
  });

  let shown = "";
  function follow() {
    const { heard, asked } = plays;
    const text = heard ? `${heard.style} ${heard.place} ${heard.words} ${asked}` : `- ${asked}`;
    if (text !== shown) {
      shown = text;
      const name = heard && el("span", { class: "name", text: strip.names[heard.style] });
      now.replaceChildren(
        ...(name ? [name] : []),
        ...(heard?.words ? [el("span", { class: "quiet", text: ` · ${heard.words}` })] : []),
      );
      strip.markHeard();
    }
    if (plays.running) requestAnimationFrame(follow);
  }

  const show = () => {
    run.replaceChildren(icon(plays.running ? ICONS.stop : ICONS.play));
    run.setAttribute("aria-pressed", String(plays.running));
    run.setAttribute("aria-label", plays.running ? "stop playing on" : "play on");
    requestAnimationFrame(follow);
  };
  app.listen(player, "change", show);
  show();
}

/**
 * Lets it go on from what was played or set.
 *
 * @param {GoingOn} goingOn
 * @param {Controls} controls
 */
function goOnFrom(goingOn, controls) {
  const steps = button("the steps", () => notify(goingOn.fromSteps()), {
    class: "plain",
    title: "goes on from the sequence as it is set",
  });
  const hands = button("what you played", () => notify(goingOn.fromHands()), {
    class: "plain",
    title: "goes on from what you played last, on pads, keys or by MIDI, up to a pause",
  });
  controls.addButton("groove.from.steps", "go on from the steps", steps);
  controls.addButton("groove.from.hands", "go on from what you played", hands);
  return el(
    "div",
    { class: "groove-from", role: "group", "aria-label": "go on from" },
    el("span", { class: "quiet", text: "go on from" }),
    steps,
    hands,
  );
}

/**
 * Remarks as one line of text.
 *
 * @param {string[]} remarks
 */
const sentences = (remarks) =>
  `${remarks.map((text) => `${text[0].toUpperCase()}${text.slice(1)}`).join(". ")}.`;

/**
 * Who plays a score, and who else could.
 *
 * @param {Band} band
 * @param {Choice[]} others
 * @param {PlaysOn["change"]} change
 */
function playedBy(band, others, change) {
  const alone = band.length === 1 ? others.findIndex(({ name }) => name === band[0].name) : -1;
  const select = el(
    "select",
    { "aria-label": "played by", on: { change: () => change?.(others[Number(select.value)]) } },
    alone < 0 &&
      el("option", {
        value: -1,
        text: band.map(({ part, name }) => (part ? `${part}: ${name}` : name)).join(", "),
      }),
    others.map(({ name }, i) => el("option", { value: i, text: name })),
  );
  select.value = String(alone);
  return el("label", { class: "seed-box" }, "by ", select);
}
