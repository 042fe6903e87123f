// A groove that plays on by itself: start, seed, how it plays, and the recordings it knows to jump to.

import { button, el, icon, ICONS, tell } from "../dom.js";
import { percent, pretty, signed } from "../sounds/words.js";
import { fader } from "./fader.js";
import { short } from "./pads.js";

const TEMPO = { least: 30, most: 300 };
const MOST_SEED = 9999;
const NEAR_TEMPO = [0.5, 2]; // of its own, what a knob reaches

export function playOn(app, root) {
  const { session, controls, groove } = app;
  root.hidden = !groove;
  root.replaceChildren();
  if (!groove) return;
  const { styles } = groove.model.manifest;
  const own = Math.round(groove.model.tempo);
  const names = withoutFirstWord(styles.map(({ name }) => pretty(short(name))));

  const run = el("button", { type: "button", class: "run", on: { click: () => groove.toggle() } });
  controls.add("groove.run", { label: "play on", element: run, press: () => groove.toggle() });
  const now = el("p", { class: "groove-now" });
  const tempo = el("input", {
    type: "number", class: "tempo", min: TEMPO.least, max: TEMPO.most, step: 1, "aria-label": "tempo of the groove in beats a minute",
    on: { change: () => setTempo(Number(tempo.value)), dblclick: () => setTempo(own) },
  });
  controls.add("groove.tempo", {
    label: "tempo of the groove", element: tempo, set: (share) => setTempo(own * NEAR_TEMPO[0] * (NEAR_TEMPO[1] / NEAR_TEMPO[0]) ** share),
  });
  const faders = [
    { id: "wildness", shown: "wildness", label: "wildness of the groove", min: 0, max: 2, neutral: 1, format: (v) => v.toFixed(2) },
    { id: "density", min: -1, max: 1, neutral: 0, format: (v) => (Math.abs(v) < 0.005 ? "as learnt" : signed(v)) },
    { id: "swing", shown: "swing", label: "swing of the groove", min: 0, max: 1, neutral: 0, format: percent },
  ].map((one) => [one.id, fader(controls, {
    step: 0.01, label: one.id, ...one, id: `groove.${one.id}`, input: (value) => set({ [one.id]: value }),
  })]);
  const seed = el("input", { type: "number", min: 1, max: MOST_SEED, step: 1, class: "seed", "aria-label": "seed of the groove",
    on: { change: () => reseed(Number(seed.value)) } });
  const another = el("button", { type: "button", class: "plain with-icon", "aria-label": "another groove", title: "another seed",
    on: { click: () => reseed(1 + Math.floor(Math.random() * MOST_SEED)) } }, icon(ICONS.dice));
  const back = button("from the start", () => { groove.reset(); tell(`from the beginning of seed ${session.state.groove.seed}`); },
    { class: "plain", title: "back to the seed's beginning: the same again" });
  controls.addButton("groove.reset", "from the start", back);
  controls.addButton("groove.seed", "another groove", another);
  const strip = el("div", { class: "strip", role: "group", "aria-label": "recordings to jump to" }, groove.spans.map(recording));
  const recordings = [...strip.children];

  root.replaceChildren(
    el("div", { class: "part-head groove-head" }, run, el("h2", { text: "play on" }), now,
      el("label", { class: "tempo-box" }, tempo, el("span", { class: "quiet", text: " bpm" })),
      el("label", { class: "seed-box", title: "the same seed, the same groove" }, "seed ", seed), another, back),
    el("div", { class: "groove-body" }, el("div", { class: "faders" }, faders.map(([, f]) => f.element)), strip));

  function recording({ style, from, to }) {
    const name = names[style];
    const node = el("button", {
      type: "button", class: "recording", "data-style": style, title: name, style: { "--share": to - from },
      on: { click: (event) => jump(event, node, from, to) },
    }, el("span", { text: name }));
    controls.add(`groove.at.${style + 1}`, { label: `go to ${name}`, element: node, press: () => go(from) });
    return node;
  }

  /** To where in a recording it was touched; with keys to its beginning. */
  function jump(event, node, from, to) {
    const box = node.getBoundingClientRect();
    const within = event.detail === 0 ? 0 : (event.clientX - box.left) / box.width;
    go(from + Math.max(0, Math.min(0.999, within)) * (to - from));
  }

  function go(share) {
    groove.jump(Math.min(share + 1e-9, 1));
    groove.start();
  }

  function set(values) {
    session.change("groove", (state) => { Object.assign(state.groove, values); });
  }

  function setTempo(value) {
    set({ tempo: Math.round(Math.max(TEMPO.least, Math.min(TEMPO.most, value || own))) });
  }

  function reseed(value) {
    set({ seed: Math.max(1, Math.min(MOST_SEED, Math.round(value) || 1)) });
    groove.reset();
  }

  session.on("groove", () => {
    const { groove: state } = session.state;
    for (const [name, f] of faders) f.show(state[name]);
    tempo.value = state.tempo;
    seed.value = state.seed;
  });

  let shown = "";
  function follow() {
    const heard = groove.heard;
    const where = heard ? (heard.metric ? `bar ${heard.bar} · beat ${heard.beat}` : "free time") : "";
    const text = heard ? `${heard.style} ${where} ${groove.asked}` : `- ${groove.asked}`;
    if (text !== shown) {
      shown = text;
      const name = heard && el("span", { class: "name", text: names[heard.style] });
      now.replaceChildren(...(heard ? [name, el("span", { class: "quiet", text: ` · ${where}` })] : []));
      recordings.forEach((node) => {
        const style = Number(node.dataset.style);
        node.setAttribute("aria-current", heard?.style === style);
        node.classList.toggle("asked", groove.asked === style);
      });
    }
    if (groove.running) requestAnimationFrame(follow);
  }

  const show = () => {
    run.replaceChildren(icon(groove.running ? ICONS.stop : ICONS.play));
    run.setAttribute("aria-pressed", groove.running);
    run.setAttribute("aria-label", groove.running ? "stop playing on" : "play on");
    requestAnimationFrame(follow);
  };
  app.listen(groove, "change", show);
  show();
}

/** Names without the word that all of them begin with. */
function withoutFirstWord(names) {
  const [first] = names[0].split(" ");
  const said = names.length > 1 && names.every((name) => name.startsWith(`${first} `));
  return said ? names.map((name) => name.slice(first.length + 1)) : names;
}
