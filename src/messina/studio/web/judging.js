// @ts-check
// How good it is: the report and the blind test, inside the studio.

import { button, el, setText } from "../../play/web/dom.js";
import { ask, post } from "./api.js";
import { isBusy, outcome } from "./words.js";

/** @typedef {import("./api.js").Project} Project */

export class Judging {
  /**
   * @param {string} project
   * @param {(work: Promise<unknown>) => Promise<void>} attempt
   */
  constructor(project, attempt) {
    this.route = `/api/projects/${project}`;
    this.attempt = attempt;
    this.asked = "";
    this.drawn = "";
    this.measure = button("Measure it", () => this.#begin("report"), { class: "plain boxed" });
    this.test = button("Blind test", () => this.#begin("blind"), { class: "plain boxed" });
    this.report = button("Show the report", () => this.#show("report"), { class: "plain" });
    this.away = button("Close", () => this.#close(), { class: "plain", hidden: true });
    this.heard = el("p", { id: "heard", role: "status" });
    this.said = el("p", { class: "quiet small", role: "status" });
    this.frame = el("div", { class: "judged" });
    const row = el("div", { class: "row" }, this.measure, this.report, this.test, this.away);
    this.node = el("div", {}, row, this.said, this.heard, this.frame);
    addEventListener("message", (event) => this.#answered(event));
  }

  /** @param {Project} project */
  update(project) {
    const { evaluate, blind } = project.jobs;
    const busy = Object.values(project.jobs).some(isBusy);
    setText(this.measure, isBusy(evaluate) ? "Measuring …" : "Measure it");
    setText(this.test, isBusy(blind) ? "Preparing …" : "Blind test");
    this.measure.disabled = this.test.disabled = busy;
    this.report.hidden = !project.has_report;
    const working = [evaluate, blind].find(isBusy);
    this.said.textContent = working
      ? [working.progress?.what, working.progress?.detail].filter(Boolean).join(", ")
      : [evaluate, blind].map((job) => (job ? outcome(job) : "")).join(" ");
    for (const [verb, job] of Object.entries({ report: evaluate, blind }))
      if (this.asked === verb && job && !isBusy(job)) {
        this.asked = "";
        if (job.state === "done") this.#show(verb);
      }
    const drawn = `${project.version} ${project.listeners}`;
    if (drawn !== this.drawn && project.version !== null) {
      this.drawn = drawn;
      if (project.listeners) this.#recall();
      else this.heard.textContent = "";
    }
  }

  async #recall() {
    try {
      const { heard } = await ask(`${this.route}/card`);
      this.heard.textContent = heard ? `Blind test: ${heard}.` : "";
    } catch {
      this.heard.textContent = ""; // it is deleted, or its card says what is wrong
    }
  }

  /** @param {string} verb */
  #begin(verb) {
    this.#close();
    this.attempt(
      post(`${this.route}/${verb}`).then(() => {
        this.asked = verb;
      }),
    );
  }

  /** @param {string} what */
  #show(what) {
    const title = what === "blind" ? "blind test" : "report";
    const page = el("iframe", {
      title,
      src: `${this.route}/${what}`,
      sandbox: "allow-scripts allow-downloads",
    });
    this.frame.replaceChildren(page);
    this.away.hidden = false;
    page.scrollIntoView({ block: "nearest" });
  }

  #close() {
    this.frame.replaceChildren();
    this.away.hidden = true;
  }

  /**
   * What the page of the blind test tells when all is answered.
   *
   * @param {MessageEvent} event
   */
  #answered(event) {
    const page = this.frame.querySelector("iframe");
    if (!page || event.source !== page.contentWindow) return;
    if (event.data?.format !== "messina-blind") return;
    this.attempt(
      post(`${this.route}/heard`, { answers: event.data }).then(({ heard }) => {
        this.heard.textContent = `Blind test: ${heard}.`;
      }),
    );
  }
}
