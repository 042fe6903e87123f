// @ts-check
// One instrument: what was understood, learning, playing, taking it elsewhere.

import { button, el, place, setText, standing } from "../../play/web/dom.js";
import { ask, post } from "./api.js";
import { Comparison } from "./comparing.js";
import { ErrorCurve } from "./curve.js";
import { shortened } from "./dropping.js";
import { Judging } from "./judging.js";
import { once } from "./once.js";
import { SoundTable } from "./table.js";
import { TorchOffer } from "./torch.js";
import { BEGINS, isBusy, isCutShort, outcome, timeLeft, verdict, WAITS } from "./words.js";

/** @typedef {import("./api.js").Project} Facts */

export class Project {
  /**
   * @param {Facts} facts
   * @param {{ name: string, shown: string }[]} targets
   * @param {(work: Promise<unknown>) => Promise<void>} attempt
   * @param {(error: unknown) => void} complain
   */
  constructor(facts, targets, attempt, complain) {
    this.id = facts.id;
    this.route = `/api/projects/${facts.id}`;
    this.targets = targets;
    this.attempt = attempt;
    this.complain = complain;
    this.look = once("Read the sounds", () => this.#do("look"), { class: "solid" });
    this.more = button("Add sounds", () => place("files").click(), { class: "plain" });
    this.bringing = el("p", { class: "small", role: "status" });
    this.nothing = this.#nothing();
    this.sounds = new SoundTable(facts.id, attempt, complain);
    this.looked = -1;
    this.name = el("h2");
    this.said = el("p", { class: "quiet", role: "status" });
    this.minutes = el("input", { type: "number", min: "0.1", max: "600", step: "any", value: "1" });
    this.go = once("Learn", () => this.learn(), { class: "solid" });
    this.goOn = once("Go on", () => this.#do("go-on"), {
      class: "plain boxed",
      title: "with what was learnt until it ended, for the minutes that were left",
      hidden: true,
    });
    this.curve = new ErrorCurve();
    this.halt = button("Stop and keep", () => this.stop(), { class: "plain boxed" });
    this.bar = el("progress", { max: "1", "aria-label": "learning" });
    this.left = el("p", { role: "status" });
    this.play = el("a", { class: "solid", href: `/play/${this.id}/` });
    this.exports = el("div", { class: "row" });
    this.judging = new Judging(facts.id, attempt);
    this.comparison = new Comparison(facts.id, attempt, complain);
    this.lines = el("ul", { class: "quiet small lines" });
    this.origin = this.#text("Where the sounds come from", "origin", facts.about.origin);
    this.license = this.#text("Licence", "license", facts.about.license);
    /** @type {string | null} */
    this.version = "";
    /** @type {import("./api.js").Card | undefined} */
    this.card = undefined;
    this.save = el("a", {
      class: "plain",
      href: `${this.route}/instrument`,
      download: true,
      text: "Save the .messina file",
    });
    this.drawn = "";
    this.torch = new TorchOffer(attempt);
    this.learning = this.#learning();
    this.after = this.#after();
    this.node = el("div", {}, this.#head(), this.#understood(), this.learning);
    this.node.append(this.comparison.node, this.after);
  }

  /**
   * A text that a person says of it.
   *
   * @param {string} title
   * @param {string} name
   * @param {string} [value]
   */
  #text(title, name, value = "") {
    const input = el("input", { type: "text", value, maxlength: "2000", name });
    input.addEventListener("change", () => this.#do("about", this.#about()));
    return { input, node: el("label", { class: "said" }, `${title} `, input) };
  }

  #about() {
    return { origin: this.origin.input.value, license: this.license.input.value };
  }

  #head() {
    const manage = el(
      "div",
      { class: "row manage" },
      this.look,
      this.more,
      button("Rename", () => this.rename(), { class: "plain" }),
      once("Duplicate", () => this.attempt(post(`${this.route}/duplicate`)), { class: "plain" }),
      this.save,
      button("Show its folder", () => this.#do("reveal"), { class: "plain" }),
      button("Delete", () => this.remove(), { class: "plain" }),
    );
    const about = el("div", { class: "row" }, this.origin.node, this.license.node);
    return el(
      "section",
      { class: "head" },
      this.name,
      this.said,
      this.lines,
      this.nothing,
      manage,
      this.bringing,
      about,
    );
  }

  /** What can be done where none of the sounds can be used. */
  #nothing() {
    return el(
      "div",
      { class: "offer", hidden: true },
      el("p", {
        text: "So there is nothing to learn from yet. Drop other sounds here, or choose some: WAV, AIFF, FLAC, OGG, MP3, Opus or CAF files that are not silent or empty.",
      }),
      el(
        "div",
        { class: "row" },
        button("Choose a folder", () => place("folder").click(), { class: "solid" }),
        button("Choose files", () => place("files").click(), { class: "plain boxed" }),
      ),
    );
  }

  #understood() {
    this.understood = el("section", { "aria-label": "what was understood" });
    this.understood.append(el("h2", { text: "What was understood" }), this.sounds.node);
    return this.understood;
  }

  #learning() {
    const minutes = el("label", {}, "Minutes ", this.minutes);
    const row = el("div", { class: "row" }, this.go, minutes, this.goOn, this.halt);
    const head = el("h2", { text: "Learn" });
    return el(
      "section",
      { "aria-label": "learn" },
      head,
      this.torch.node,
      row,
      this.bar,
      this.left,
      this.curve.node,
    );
  }

  #after() {
    return el(
      "section",
      { "aria-label": "play and take along" },
      el("h2", { text: "Play" }),
      el("div", { class: "row" }, this.play),
      el("h2", { text: "To a sampler or DAW" }),
      this.exports,
      el("h2", { text: "How good is it" }),
      this.judging.node,
    );
  }

  /**
   * @param {Facts} facts
   * @param {import("./api.js").Torch} torch
   */
  update(facts, torch) {
    this.facts = facts;
    setText(this.name, facts.name);
    const { corpus, learn } = facts.jobs;
    const reading = isBusy(corpus) ? (corpus.progress?.detail ?? "") : "";
    setText(
      this.said,
      isBusy(corpus)
        ? `Reading the sounds … ${reading}`
        : corpus && corpus.state !== "done"
          ? outcome(corpus)
          : verdict(facts, this.card),
    );
    if (facts.version !== this.version) {
      this.version = facts.version;
      this.#look().catch(this.complain);
    }
    this.save.hidden = facts.bytes === null;
    this.comparison.update(facts);
    this.judging.update(facts);
    if (this.understood) this.understood.hidden = !facts.has_table;
    this.nothing.hidden = corpus?.state !== "failed" || facts.has_table;
    this.more.hidden = !facts.has_sounds || isBusy(corpus) || !this.nothing.hidden;
    this.look.hidden =
      !this.nothing.hidden || !facts.has_sounds || facts.has_table || isBusy(corpus);
    const looked = corpus?.id ?? 0; // a copy has a table and no work
    if (facts.has_table && !isBusy(corpus) && looked !== this.looked) {
      this.looked = looked;
      this.sounds.load().catch(this.complain);
      if (corpus?.result?.made?.length) standing("notice", shortened(corpus.result.made));
    } else if (facts.has_table && !isBusy(corpus)) {
      this.sounds.follow(facts.table).catch(this.complain);
    }
    this.torch.update(torch);
    this.#updateLearning(facts, learn, torch.there);
    this.after.hidden = facts.bytes === null && !isBusy(learn);
    setText(this.play, isBusy(learn) ? "Hear it while it learns" : "Play");
    this.#updateExports(facts);
  }

  /** Facts that the instrument's file holds. */
  async #look() {
    this.card = undefined;
    this.lines.replaceChildren();
    if (this.version === null) return;
    this.card = /** @type {import("./api.js").Card} */ (await ask(`${this.route}/card`));
    const lines = [...(this.card.says ?? []).slice(1), ...(this.card.lines ?? []).slice(1)];
    this.lines.replaceChildren(...lines.map((text) => el("li", { text })));
  }

  /**
   * @param {Facts} facts
   * @param {import("./api.js").Job | undefined} job
   * @param {boolean} possible
   */
  #updateLearning(facts, job, possible) {
    const busy = isBusy(job);
    this.learning.hidden = !facts.has_table;
    setText(this.go, facts.bytes === null ? "Learn" : "Learn anew");
    this.go.disabled = !possible || Object.values(facts.jobs).some(isBusy);
    this.halt.hidden = this.bar.hidden = !busy;
    setText(this.halt, job?.state === "waiting" ? "Cancel" : "Stop and keep");
    this.goOn.hidden = !job || !isCutShort(job) || facts.bytes === null;
    this.goOn.disabled = this.go.disabled;
    this.curve.update(facts.curve);
    if (!job) return;
    const { progress } = job;
    this.bar.value = progress?.done ?? 0;
    const left = progress?.left_s;
    const now = [
      progress?.what ?? (job.state === "waiting" ? WAITS : BEGINS),
      progress?.detail,
      left != null && timeLeft(left),
    ];
    setText(this.left, busy ? now.filter(Boolean).join(", ") : outcome(job));
  }

  /** @param {Facts} facts */
  #updateExports(facts) {
    const now = JSON.stringify([facts.jobs, facts.bytes]);
    if (now === this.drawn) return;
    this.drawn = now;
    const busy = Object.values(facts.jobs).some(isBusy);
    this.exports.replaceChildren(
      ...this.targets.map(({ name, shown }) =>
        this.#target(facts.jobs[`export ${name}`], name, shown, busy),
      ),
    );
  }

  /**
   * @param {import("./api.js").Job | undefined} job
   * @param {string} name
   * @param {string} shown
   * @param {boolean} busy
   */
  #target(job, name, shown, busy) {
    if (job?.state === "done") {
      const href = `/api/jobs/${job.id}/download`;
      return el("a", { class: "solid", href, download: true, text: `Download ${shown}` });
    }
    const does = isBusy(job) ? `${shown} …` : shown;
    return el(
      "span",
      {},
      button(does, () => this.#do("export", { to: name }), {
        class: "plain boxed",
        disabled: busy,
      }),
      job?.state === "failed" && el("span", { class: "quiet small", text: ` ${job.message}` }),
    );
  }

  /**
   * @param {string} verb
   * @param {Record<string, unknown>} [body]
   */
  #do(verb, body) {
    return this.attempt(post(`${this.route}/${verb}`, body));
  }

  learn() {
    const minutes = this.minutes.valueAsNumber;
    if (!Number.isFinite(minutes)) {
      this.complain(new Error("For how many minutes? Type a number above 0, at most 600."));
      return Promise.resolve();
    }
    return this.#do("learn", { minutes });
  }

  stop() {
    const job = this.facts?.jobs.learn;
    if (job) this.attempt(post(`/api/jobs/${job.id}/stop`));
  }

  rename() {
    const name = prompt("Name", this.facts?.name);
    if (name) this.#do("rename", { name });
  }

  remove() {
    if (!confirm(`Delete ${this.facts?.name}? It goes to the studio's bin.`)) return;
    const gone = ask(this.route, { method: "DELETE" }).then(() => {
      location.hash = "";
    });
    this.attempt(gone);
  }
}
