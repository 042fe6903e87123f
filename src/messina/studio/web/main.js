// @ts-check
// The studio: a library of instruments, and for each a way from sounds to playing.

import { button, el, notify, place, setText, standing } from "../../play/web/dom.js";
import { ask, post, put } from "./api.js";
import { Card } from "./card.js";
import { bring, chosen, dropped, shortened } from "./dropping.js";
import { once } from "./once.js";
import { Project } from "./project.js";

const EVERY_MS = 700;

/** @type {import("./api.js").State} */
let state = { projects: [], targets: [], torch: { there: true, size: "", job: null } };
/** @type {Project | null} */
let open = null;

/** @type {Map<string, Card>} */
const cards = new Map();
const does = { open: go, choose: chose, complain };
const list = el("ul", { class: "cards" });
const empty = el("p", { class: "quiet", text: "Empty." });
const merging = once("", () => attempt(merge()), { class: "plain boxed", hidden: true });
const library = el(
  "section",
  { "aria-label": "library" },
  el(
    "div",
    { class: "row" },
    el("h2", { text: "Library" }),
    button("Import a .messina", () => place("instrument").click(), { class: "plain" }),
    merging,
  ),
  empty,
  list,
);

/** @param {unknown} error */
function complain(error) {
  standing("notice", /** @type {Error} */ (error).message);
}

/** @param {Promise<unknown>} work */
async function attempt(work) {
  try {
    standing("notice", null);
    await work;
    await refresh();
  } catch (error) {
    complain(error);
  }
}

async function refresh() {
  state = await ask("/api/state");
  const id = location.hash.slice(1);
  const project = state.projects.find((one) => one.id === id);
  if (!project) {
    open = null;
    showLibrary();
    return;
  }
  if (open?.id !== id) {
    open = new Project(project, state.targets, attempt, complain);
    show(open.node);
  }
  open.update(project, state.torch);
}

/**
 * What is shown next is read from its top, and Tab goes on in it.
 *
 * @param {...Node} nodes
 */
function show(...nodes) {
  const main = place("main");
  const isFirst = !main.firstChild;
  main.replaceChildren(...nodes);
  if (isFirst) return;
  scrollTo(0, 0);
  main.focus({ preventScroll: true });
}

function showLibrary() {
  if (!library.isConnected) show(dropSection(), library);
  const known = new Set(state.projects.map((project) => project.id));
  for (const [id, card] of cards)
    if (!known.has(id)) {
      card.node.remove();
      cards.delete(id);
    }
  let before = list.firstElementChild;
  for (const project of state.projects) {
    const card = cards.get(project.id) ?? new Card(project, does);
    cards.set(project.id, card);
    card.update(project);
    if (card.node === before) before = before.nextElementSibling;
    else list.insertBefore(card.node, before);
  }
  empty.hidden = state.projects.length > 0;
  chose();
}

/** The projects that are ticked. */
function ticked() {
  return [...cards.values()].filter((card) => card.chosen.checked).map((card) => card.id);
}

function chose() {
  const count = ticked().length;
  merging.hidden = count < 2;
  setText(merging, `Merge these ${count}`);
}

async function merge() {
  const { id } = await post("/api/merge", { projects: ticked() });
  for (const card of cards.values()) card.chosen.checked = false;
  go(id);
}

function dropSection() {
  const section = el(
    "section",
    { class: "landing", id: "landing", "aria-label": "sounds" },
    el("h2", { text: "Drop a folder of sounds here" }),
    el(
      "div",
      { class: "row" },
      button("Choose a folder", () => place("folder").click(), { class: "solid" }),
      button("Choose files", () => place("files").click(), { class: "plain boxed" }),
      once("Try the demo sounds", () => attempt(demo()), { class: "plain boxed", id: "demo" }),
      once("Ready-made instruments", () => attempt(readyMade()), {
        class: "plain boxed",
        id: "ready-made",
      }),
    ),
    el("p", { class: "quiet small", text: "WAV, AIFF, FLAC, OGG, MP3, Opus, CAF; MIDI, too." }),
    el("p", { id: "bringing", role: "status" }),
  );
  section.addEventListener("dragover", (event) => {
    event.preventDefault();
    section.classList.add("over");
  });
  section.addEventListener("dragleave", () => section.classList.remove("over"));
  section.addEventListener("drop", (event) => {
    event.preventDefault();
    section.classList.remove("over");
    if (event.dataTransfer) attempt(dropped(event.dataTransfer).then(take));
  });
  return section;
}

/** @param {string} id */
function go(id) {
  location.hash = id;
  refresh().catch(complain);
}

async function demo() {
  notify("Making the demo sounds …");
  go((await post("/api/demo")).id);
}

async function readyMade() {
  await post("/api/ready");
  await refresh();
}

/** @param {import("./dropping.js").Given[]} given */
async function take(given) {
  if (!given.length)
    throw new Error(
      "There are no files in that. Choose a folder of sounds, or try the demo sounds.",
    );
  addEventListener("beforeunload", holdBack);
  try {
    await bringAll(given);
  } finally {
    removeEventListener("beforeunload", holdBack);
  }
}

/**
 * Has the browser ask first: what is still on its way would be lost.
 *
 * @param {Event} event
 */
const holdBack = (event) => event.preventDefault();

/** @param {import("./dropping.js").Given[]} given */
async function bringAll(given) {
  const instruments = given.filter(({ name }) => name.toLowerCase().endsWith(".messina"));
  for (const { name, file } of instruments) await put("/api/import", file.name || name, file);
  const sounds = given.filter((one) => !instruments.includes(one));
  if (!sounds.length) return;
  const bringing = open?.bringing ?? document.getElementById("bringing");
  const { id, leftOut } = await bring(
    sounds,
    (done, of) => {
      if (bringing) bringing.textContent = done < of ? `${done} of ${of} files` : "";
    },
    open?.id,
  );
  go(id);
  if (leftOut.length) setTimeout(() => standing("notice", shortened(leftOut)));
}

// A drop beside the place for it would have the browser leave the page for the file.
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  if (open && event.dataTransfer?.types.includes("Files"))
    attempt(dropped(event.dataTransfer).then(take));
});

for (const id of ["files", "folder"]) {
  const input = /** @type {HTMLInputElement} */ (place(id));
  input.addEventListener("change", () => {
    const given = chosen(input.files);
    input.value = "";
    attempt(take(given));
  });
}
const importing = /** @type {HTMLInputElement} */ (place("instrument"));
importing.addEventListener("change", () => {
  const file = importing.files?.[0];
  importing.value = "";
  if (file) attempt(take([{ name: file.name, file }]));
});

/** @param {string} theme */
function paint(theme) {
  document.documentElement.dataset.theme = theme;
  place("theme").textContent = theme === "light" ? "Dark" : "Light";
  localStorage.setItem("messina-studio-theme", theme);
}
const preferred = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
paint(localStorage.getItem("messina-studio-theme") ?? preferred);
place("theme").addEventListener("click", () =>
  paint(document.documentElement.dataset.theme === "light" ? "dark" : "light"),
);
place("home").addEventListener("click", () => go(""));
addEventListener("hashchange", () => refresh().catch(complain));

/** What was wrong when the studio was last asked. */
let wrong = "";

async function follow() {
  try {
    await refresh();
    if (wrong && place("notice").textContent === wrong) standing("notice", null);
    wrong = "";
  } catch (error) {
    wrong = /** @type {Error} */ (error).message;
    complain(error);
  }
  setTimeout(follow, document.hidden ? 4 * EVERY_MS : EVERY_MS);
}
follow();
