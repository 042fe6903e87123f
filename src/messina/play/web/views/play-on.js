// What plays on by itself, a groove, a texture or a score: start, seed, how it plays, and what it knows to jump to.

import { button, el, ICONS, icon, tell } from "../dom.js";
import { GROOVE } from "../engine/groove/constants.js";
import { decibels, percent, pretty, signed } from "../sounds/words.js";
import { fader } from "./fader.js";
import { short } from "./pads.js";

const TEMPO = { least: 30, most: 300 };
const MOST_SEED = 9999;
const NEAR_TEMPO = [0.5, 2]; // of its own, what a knob reaches

const FADERS = {
  wildness: { min: 0, max: 2, neutral: 1, format: (v) => v.toFixed(2) },
  density: {
    min: -1,
    max: 1,
    neutral: 0,
    format: (v) => (Math.abs(v) < 0.005 ? "as learnt" : signed(v)),
  },
  swing: { min: 0, max: 1, neutral: 0, format: (v) => (v === 0 ? "as learnt" : percent(v)) },
  pace: {
    min: -3,
    max: 3,
    neutral: 0,
    format: (v) => (Math.abs(v) < 0.005 ? "as learnt" : `× ${(2 ** v).toFixed(2)}`),
  },
  levelling: { min: 0, max: 1, neutral: GROOVE.LEVELLING, format: percent },
  level: { min: -36, max: 24, neutral: 0, step: 0.5, format: decibels },
};

/** player: {kind, settings, tempo, names, spans, running, asked, heard, toggle(), start(), reset(), jump(share)}, or null. */
export function playOn(app, root, player) {
  const { session, controls } = app;
  root.hidden = !player;
  root.replaceChildren();
  if (!player) return;
  const { kind } = player;
  const own = Math.round(player.tempo);
  const names = withoutFirstWord(player.names.map((name) => pretty(short(name))));

  const run = el("button", { type: "button", class: "run", on: { click: () => player.toggle() } });
  controls.add("groove.run", { label: "play on", element: run, press: () => player.toggle() });
  const now = el("p", { class: "groove-now" });
  const tempo = el("input", {
    type: "number",
    class: "tempo",
    min: TEMPO.least,
    max: TEMPO.most,
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
  const faders = player.settings.map((name) => [
    name,
    fader(controls, {
      step: 0.01,
      ...FADERS[name],
      id: `groove.${name}`,
      label: `${name} of the ${kind}`,
      shown: name,
      input: (value) => set({ [name]: value }),
    }),
  ]);
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
      tell(`from the beginning of seed ${session.state.groove.seed}`);
    },
    { class: "plain", title: "back to the seed's beginning: the same again" },
  );
  const from = app.goingOn && goOnFrom(app);
  controls.addButton("groove.reset", "from the start", back);
  controls.addButton("groove.seed", `another ${kind}`, another);
  const strip = el(
    "div",
    { class: "strip", role: "group", "aria-label": "what to jump to" },
    player.spans.map(recording),
  );
  const recordings = [...strip.children];

  root.replaceChildren(
    ...[
      el(
        "div",
        { class: "part-head groove-head" },
        run,
        el("h2", { text: "play on" }),
        now,
        player.tempo &&
          el("label", { class: "tempo-box" }, tempo, el("span", { class: "quiet", text: " bpm" })),
        el(
          "label",
          { class: "seed-box", title: `the same seed, the same ${kind}` },
          `seed of the ${kind} `,
          seed,
        ),
        another,
        back,
        player.others?.length > 1 && playedBy(player),
      ),
      player.remarks?.length > 0 &&
        el("p", { class: "quiet small", text: sentences(player.remarks) }),
      from,
      el(
        "div",
        { class: "groove-body" },
        el(
          "div",
          { class: "faders" },
          faders.map(([, f]) => f.element),
        ),
        strip,
      ),
    ].filter(Boolean),
  );

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
            else jump(event, node, from, to);
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

  /** To where in a recording it was touched; with keys to its beginning. */
  function jump(event, node, from, to) {
    const box = node.getBoundingClientRect();
    const within = event.detail === 0 ? 0 : (event.clientX - box.left) / box.width;
    go(from + Math.max(0, Math.min(0.999, within)) * (to - from));
  }

  function go(share) {
    player.jump(Math.min(share + 1e-9, 1));
    player.start();
  }

  function set(values) {
    session.change("groove", (state) => {
      Object.assign(state.groove, values);
    });
  }

  function setTempo(value) {
    set({ tempo: Math.round(Math.max(TEMPO.least, Math.min(TEMPO.most, value || own))) });
  }

  function reseed(value) {
    set({ seed: Math.max(1, Math.min(MOST_SEED, Math.round(value) || 1)) });
    player.reset();
  }

  session.on("groove", () => {
    const { groove: state } = session.state;
    for (const [name, f] of faders) f.show(state[name]);
    tempo.value = state.tempo;
    seed.value = state.seed;
    if (!player.mix) return;
    for (const node of recordings) {
      node.setAttribute("aria-pressed", player.mixed.includes(Number(node.dataset.style)));
    }
  });

  let shown = "";
  function follow() {
    const { heard, asked } = player;
    const text = heard ? `${heard.style} ${heard.place} ${heard.words} ${asked}` : `- ${asked}`;
    if (text !== shown) {
      shown = text;
      const name = heard && el("span", { class: "name", text: names[heard.style] });
      now.replaceChildren(
        ...(heard
          ? [name, heard.words && el("span", { class: "quiet", text: ` · ${heard.words}` })].filter(
              Boolean,
            )
          : []),
      );
      recordings.forEach((node) => {
        const style = Number(node.dataset.style);
        node.setAttribute("aria-current", heard?.style === style);
        node.classList.toggle("asked", asked === style);
        if (heard?.place !== undefined)
          node.style.setProperty("--at", shareOf(player.spans[style], heard.place));
      });
    }
    if (player.running) requestAnimationFrame(follow);
  }

  const show = () => {
    run.replaceChildren(icon(player.running ? ICONS.stop : ICONS.play));
    run.setAttribute("aria-pressed", player.running);
    run.setAttribute("aria-label", player.running ? "stop playing on" : "play on");
    requestAnimationFrame(follow);
  };
  app.listen(player, "change", show);
  show();
}

/** Lets it go on from what was played or set. */
function goOnFrom({ goingOn, controls }) {
  const steps = button("the steps", () => tell(goingOn.fromSteps()), {
    class: "plain",
    title: "goes on from the sequence as it is set",
  });
  const hands = button("what you played", () => tell(goingOn.fromHands()), {
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

/** Remarks as one line of text. */
const sentences = (remarks) =>
  `${remarks.map((text) => `${text[0].toUpperCase()}${text.slice(1)}`).join(". ")}.`;

/** How far in a span of the corpus a place of it lies, 0 … 1. */
const shareOf = ({ from, to }, place) => Math.max(0, Math.min(1, (place - from) / (to - from)));

/** Who plays a score, and who else could. */
function playedBy({ band, others, change }) {
  const alone = band.length === 1 ? others.findIndex(({ name }) => name === band[0].name) : -1;
  const select = el(
    "select",
    { "aria-label": "played by", on: { change: () => change(others[Number(select.value)]) } },
    alone < 0 &&
      el("option", {
        value: -1,
        text: band.map(({ part, name }) => (part ? `${part}: ${name}` : name)).join(", "),
      }),
    others.map(({ name }, i) => el("option", { value: i, text: name })),
  );
  select.value = alone;
  return el("label", { class: "seed-box" }, "by ", select);
}

/** Names without the word that all of them begin with. */
function withoutFirstWord(names) {
  const [first] = names[0].split(" ");
  const said = names.length > 1 && names.every((name) => name.startsWith(`${first} `));
  return said ? names.map((name) => name.slice(first.length + 1)) : names;
}
