// @ts-check
// The studio: a library of instruments, and for each a way from sounds to playing.

import { button, el, place, standing, tell } from "../../play/web/dom.js";
import { ask, post, put } from "./api.js";
import { bring, chosen, dropped, shortened } from "./dropping.js";
import { Project } from "./project.js";
import { isBusy, verdict } from "./words.js";

const EVERY_MS = 700;

/** @type {import("./api.js").State} */
let state = { projects: [], targets: [] };
/** @type {Project | null} */
let open = null;
let listed = "";

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
    listed = "";
    open = new Project(project, state.targets, attempt, complain);
    place("main").replaceChildren(open.node);
  }
  open.update(project);
}

function showLibrary() {
  const now = JSON.stringify(state.projects);
  if (now === listed) return;
  listed = now;
  place("main").replaceChildren(dropSection(), librarySection());
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
      button("Try the demo sounds", () => attempt(demo()), { class: "plain boxed", id: "demo" }),
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

function librarySection() {
  const cards = state.projects.map((project) =>
    el(
      "li",
      { class: "card" },
      el("h3", { text: project.name }),
      el("p", { class: "quiet small", text: verdict(project) }),
      Object.values(project.jobs).some(isBusy) && el("p", { class: "small", text: "at work …" }),
      el(
        "div",
        { class: "row" },
        button("Open", () => go(project.id), { class: "solid" }),
        project.bytes !== null &&
          el("a", { class: "plain", href: `/play/${project.id}/`, target: "_blank", text: "Play" }),
      ),
    ),
  );
  return el(
    "section",
    { "aria-label": "library" },
    el(
      "div",
      { class: "row" },
      el("h2", { text: "Library" }),
      button("Import a .messina", () => place("instrument").click(), { class: "plain" }),
    ),
    cards.length
      ? el("ul", { class: "cards" }, cards)
      : el("p", { class: "quiet", text: "Empty." }),
  );
}

/** @param {string} id */
function go(id) {
  location.hash = id;
  refresh().catch(complain);
}

async function demo() {
  tell("Making the demo sounds …");
  go((await post("/api/demo")).id);
}

/** @param {import("./dropping.js").Given[]} given */
async function take(given) {
  if (!given.length) throw new Error("there are no files in that");
  const { id, leftOut } = await bring(given, (done, of) => {
    const bringing = document.getElementById("bringing");
    if (bringing) bringing.textContent = `${done} of ${of} files`;
  });
  go(id);
  if (leftOut.length) setTimeout(() => standing("notice", shortened(leftOut)));
}

// A drop beside the place for it would have the browser leave the page for the file.
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => event.preventDefault());

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
  if (file) attempt(put("/api/import", file.name, file));
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

async function follow() {
  try {
    await refresh();
  } catch (error) {
    complain(error);
  }
  setTimeout(follow, document.hidden ? 4 * EVERY_MS : EVERY_MS);
}
follow();
