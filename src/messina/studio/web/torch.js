// @ts-check
// Before the first learning: what it needs and is not there yet is installed from here.

import { button, el, setText } from "../../play/web/dom.js";
import { post } from "./api.js";
import { once } from "./once.js";
import { isBusy, timeLeft } from "./words.js";

/** @typedef {import("./api.js").Torch} Torch */

export class TorchOffer {
  /** @param {(work: Promise<unknown>) => Promise<void>} attempt */
  constructor(attempt) {
    this.attempt = attempt;
    /** @type {number | undefined} */
    this.job = undefined;
    this.why = el("p");
    this.go = once("Install torch", () => attempt(post("/api/install-torch")), { class: "solid" });
    this.halt = button("Cancel", () => this.stop(), { class: "plain boxed" });
    this.bar = el("progress", { max: "1", "aria-label": "installing torch" });
    this.said = el("p", { class: "quiet", role: "status" });
    const row = el("div", { class: "row" }, this.go, this.halt);
    this.node = el("div", { class: "offer" }, this.why, row, this.bar, this.said);
  }

  /** @param {Torch} torch */
  update({ there, size, job }) {
    this.node.hidden = there;
    if (there) return;
    const busy = isBusy(job ?? undefined);
    this.job = job?.id;
    setText(
      this.why,
      "Learning needs torch, which is not installed; playing needs none. It comes over the " +
        `network (${size}) and goes beside Messina itself.`,
    );
    this.go.hidden = busy;
    this.halt.hidden = this.bar.hidden = !busy;
    if (busy && job?.progress?.done) this.bar.value = job.progress.done;
    else this.bar.removeAttribute("value"); // how far it is, is not known
    setText(this.said, job ? stateOf(job, busy) : "");
  }

  stop() {
    if (this.job !== undefined) this.attempt(post(`/api/jobs/${this.job}/stop`));
  }
}

/**
 * @param {import("./api.js").Job} job
 * @param {boolean} busy
 */
function stateOf(job, busy) {
  if (!busy) return job.message && `${job.message[0].toUpperCase()}${job.message.slice(1)}.`;
  const { progress } = job;
  const left = progress?.left_s;
  return [progress?.what ?? "waiting", progress?.detail, left != null && timeLeft(left)]
    .filter(Boolean)
    .join(", ");
}
