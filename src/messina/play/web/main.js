// @ts-check
// Opens the page: the engine, the instruments, and everything hands can touch.

/** @import { Instrument } from "./engine/types.d.ts" */
/** @import { Band, Choice, Page, Snapshot } from "./types.d.ts" */

import { App, mount } from "./app.js";
import { complain, place, standing } from "./dom.js";
import { kindOf, readScore } from "./engine/file.js";
import { createEngine, SAMPLE_RATE } from "./engine/index.js";
import { MidiPorts, watchTaken } from "./midi/ports.js";
import { Effects } from "./play/effects.js";
import { Recorder } from "./play/recorder.js";
import { Waking } from "./play/waking.js";
import { onePage, resource } from "./resource.js";
import { choice, fileDigest, findInstruments } from "./sources.js";
import { mountTexture } from "./texture-desk.js";
import { LearningPanel } from "./views/learning.js";
import { startTheme, which } from "./views/tools.js";

startTheme();
hearMistakes();
open().catch(complain);

async function open() {
  if (!("AudioWorkletNode" in globalThis) || !globalThis.isSecureContext) {
    throw new Error(
      "Browsers make sound on secure pages only: open this one at 127.0.0.1, or by https (messina play --certificate). A page made with `messina export --to web` plays everywhere.",
    );
  }
  const { choices, learning, takes } = await findInstruments();
  const first = learning ? null : choices[0].load();
  const audio = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: "interactive" });
  const engine = await createEngine(audio, onePage()?.engine ?? {});
  const volume = new GainNode(audio);
  volume.connect(audio.destination);
  const bus = new Effects(audio, engine.output, volume);
  engine.onError(complain);
  const waking = new Waking(audio, (sentence) => standing("mute", sentence));
  /** @type {Page} */
  const page = {
    audio,
    engine,
    volume,
    bus,
    waking,
    recorder: new Recorder(audio, volume),
    midi: new MidiPorts(),
    instrument: null,
    app: null,
    loaded: 0,
    choices,
    takes,
    chosen: choices[0],
    startAfresh() {},
  };
  watchTaken(page.midi, (sentence) => standing("taken", sentence));
  if (!first) return void listen(page, choices);
  await show(page, choices, { ...choices[0], load: () => first });
  if (!onePage()) addEventListener("focus", () => listAgain(page));
}

/** What fails where nobody waits for it is said all the same. */
function hearMistakes() {
  addEventListener("unhandledrejection", ({ reason }) => {
    complain(reason instanceof Error ? reason : new Error(String(reason)));
  });
}

/**
 * Loads an instrument and builds the page around it.
 *
 * @param {Page} page
 * @param {Choice[]} choices
 * @param {Choice} chosen
 * @param {{ replaces?: Instrument | null, by?: Choice | null }} [options]
 */
async function show(page, choices, chosen, { replaces = null, by = null } = {}) {
  const buffer = await chosen.load();
  const kind = kindOf(buffer);
  page.startAfresh = () => {
    page.app?.session.forget();
    page.app?.midi.rest();
    return show(page, choices, chosen, { by }).catch(complain);
  };
  Object.assign(page, { choices, chosen });
  list(page);
  if (kind === "score")
    await showScore(page, choices, {
      name: chosen.name,
      buffer,
      by,
      change: (other) => show(page, choices, chosen, { by: other }).catch(complain),
    });
  else if (kind === "texture") await showTexture(page, { name: chosen.name, buffer });
  else await showInstrument(page, { ...chosen, buffer, replaces });
  place("desk").dataset.kind = kind;
  document.title = `${chosen.name} – Messina`;
  place("opening").hidden = true;
  place("notice").hidden = true;
  place("desk").hidden = false;
  document.documentElement.dataset.ready = chosen.name;
  globalThis.messina = page;
}

/**
 * The instruments there are, to choose one.
 *
 * @param {Page} page
 */
function list(page) {
  const { choices, chosen } = page;
  which(place("which"), choices, chosen, (next) => show(page, page.choices, next).catch(complain));
}

/**
 * Instruments may have come into the folder meanwhile, or gone.
 *
 * @param {Page} page
 */
async function listAgain(page) {
  const { choices } = await findInstruments().catch(() => page);
  /** @param {Choice[]} some */
  const routes = (some) => some.map(({ route }) => route).join();
  if (routes(choices) === routes(page.choices)) return;
  page.choices = choices;
  list(page);
}

/**
 * @param {Page} page
 * @param {{ name: string, route?: string, buffer: ArrayBuffer, replaces: Instrument | null }} opened
 */
async function showInstrument(page, { name, route, buffer, replaces }) {
  const id = replaces ? replaces.id : `${name} ${(page.loaded += 1)}`;
  const digest = await fileDigest(buffer);
  const instrument = await page.engine.loadInstrument(buffer, { id });
  const before = replaces && page.app instanceof App ? page.app : null;
  page.app?.end();
  if (!replaces) unload(page);
  page.instrument = instrument;
  page.app = mount(page, { name, digest, route, instrument, before });
}

/**
 * @param {Page} page
 * @param {{ name: string, buffer: ArrayBuffer }} opened
 */
async function showTexture(page, opened) {
  page.app?.end();
  unload(page);
  page.app = await mountTexture(page, opened);
}

/**
 * A score, played by who is asked to, by the band it came with, else by the first instrument beside it.
 *
 * @param {Page} page
 * @param {Choice[]} choices
 * @param {{ name: string, buffer: ArrayBuffer, by: Choice | null, change: (choice: Choice) => unknown }} opened
 */
async function showScore(page, choices, { name, buffer, by, change }) {
  const model = readScore(buffer);
  if (!model) throw new Error(`${name} holds nothing that plays on.`);
  const players = by ? [{ part: "", choice: by }] : bandOf(choices);
  if (players.length === 0) {
    throw new Error(
      `${name} is a score: it says what is played, not by whom. Open it with an instrument: messina play ${name}.messina --with kalimba.messina`,
    );
  }
  const buffers = await Promise.all(players.map(({ choice }) => choice.load()));
  /** @type {Band} */
  const band = [];
  for (const [i, { part, choice }] of players.entries()) {
    const id = `${choice.name} ${(page.loaded += 1)}`;
    band.push({
      part,
      name: choice.name,
      instrument: await page.engine.loadInstrument(buffers[i], { id }),
    });
  }
  const lead = Math.max(
    0,
    band.findIndex(({ part }) => part === ""),
  );
  const digest = await fileDigest(buffers[lead]);
  page.app?.end();
  unload(page);
  page.instrument = band[lead].instrument;
  page.others = band.filter((_, i) => i !== lead).map(({ instrument }) => instrument);
  page.app = mount(page, {
    name: `${name} by ${band.map((one) => one.name).join(", ")}`,
    digest,
    route: players[lead].choice.route,
    instrument: page.instrument,
    before: null,
    score: { model, band, others: choices.filter(canPlay), change },
  });
}

/**
 * [{part, choice}]: who was named for parts of a score, else the first who can play one.
 *
 * @param {Choice[]} choices
 * @returns {{ part: string, choice: Choice }[]}
 */
function bandOf(choices) {
  const named = choices.flatMap((choice) => (choice.parts ?? []).map((part) => ({ part, choice })));
  if (named.length > 0) return named;
  const first = choices.find(canPlay);
  return first ? [{ part: "", choice: first }] : [];
}

/** @param {Choice} choice */
const canPlay = ({ kind }) => kind === "hits" || kind === "groove";

/** @param {Page} page */
function unload(page) {
  for (const instrument of [page.instrument, ...(page.others ?? [])])
    if (instrument) page.engine.unloadInstrument(instrument);
  page.instrument = null;
  page.others = [];
}

/**
 * Follows an instrument that is being learnt.
 *
 * @param {Page} page
 * @param {Choice[]} choices
 */
function listen(page, choices) {
  place("opening").textContent =
    "Listening to the sounds. The first version can be played as soon as there is one.";
  /** @type {Promise<unknown>} */
  let work = Promise.resolve();
  /** @param {Snapshot} snapshot */
  const play = (snapshot) => {
    work = work
      .then(quietHands)
      .then(() => {
        const next = { ...choice(snapshot), name: snapshot.name };
        return show(page, [next], next, { replaces: page.instrument });
      })
      .catch(complain);
  };
  const panel = new LearningPanel(place("learning"), play);
  const news = new EventSource(resource("events"));
  news.onerror = () =>
    standing(
      "ended",
      "Messina does not answer any more. What is here still plays; reloading it needs a new start in the terminal.",
    );
  news.onopen = () => standing("ended", null);
  news.addEventListener("state", ({ data }) => {
    const state = JSON.parse(data);
    panel.state(state);
    if (!page.app)
      place("opening").textContent =
        `${panel.words}. The first version can be played as soon as there is one.`;
  });
  news.addEventListener("instrument", ({ data }) => {
    const { gone, ...snapshot } = JSON.parse(data);
    panel.add(snapshot, gone);
  });
  // What the server lists while one is learnt are its stages.
  const stages = /** @type {(Choice & Snapshot)[]} */ (choices);
  for (const { load, ...snapshot } of stages) panel.add(snapshot);
}

let fingerDown = false;

/** Resolves when no finger is down, so that nothing is pulled away from under it. @returns {Promise<unknown> | null} */
function quietHands() {
  if (!fingerDown) return null;
  return new Promise((resolve) =>
    addEventListener("pointerup", () => setTimeout(resolve, 50), { once: true }),
  );
}
for (const [kind, down] of /** @type {const} */ ([
  ["pointerdown", true],
  ["pointerup", false],
  ["pointercancel", false],
]))
  addEventListener(
    kind,
    () => {
      fingerDown = down;
    },
    true,
  );
