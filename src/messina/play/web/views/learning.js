// @ts-check
// While an instrument is being learnt: its error as a curve, the newest played, earlier ones kept.

/** @import { LearningState, Snapshot } from "../types.d.ts" */

import { button, el, Sheet, token } from "../dom.js";

/** `play(snapshot)` loads one; snapshots are {route, step, minutes, error_db}. */
export class LearningPanel {
  /** @type {Snapshot[]} */
  #snapshots = [];
  /** @type {{ minutes: number, error: number }[]} */
  #curve = [];
  /** Its route. @type {string | null} */
  #chosen = null;
  #follows = true;
  /** How far learning is, as it was said last. */
  words = "";

  /**
   * @param {HTMLElement} root
   * @param {(snapshot: Snapshot) => void} play
   */
  constructor(root, play) {
    this.play = play;
    this.sheet = new Sheet((g, w, h) => this.#draw(g, w, h));
    this.status = el("p", { class: "learning-status" });
    this.list = el("div", {
      class: "snapshots",
      role: "group",
      "aria-label": "stages of learning",
    });
    this.follow = button("follow the newest", () => this.#setFollows(!this.#follows), {
      class: "plain",
      "aria-pressed": true,
    });
    root.hidden = false;
    root.replaceChildren(
      el("div", { class: "part-head" }, el("h2", { text: "learning" }), this.status, this.follow),
      el("div", { class: "curve" }, this.sheet.canvas),
      this.list,
    );
    addEventListener("theme", () => this.sheet.redraw());
  }

  /**
   * How far learning is: {stage, done, minutes_left, error_db, minutes}.
   *
   * @param {LearningState} state
   */
  state(state) {
    const left = state.minutes_left === null ? "" : ` · ${leftWords(state.minutes_left)} left`;
    const error = state.error_db === null ? "" : ` · error ${state.error_db.toFixed(1)} dB`;
    this.words = state.stage === "done" ? `learnt${error}` : `${state.stage}${left}${error}`;
    this.status.textContent = this.words;
    if (state.error_db !== null)
      this.#curve.push({ minutes: state.minutes, error: state.error_db });
    this.sheet.redraw();
  }

  /**
   * A newer instrument is there; `gone` are routes that are no longer kept.
   *
   * @param {Snapshot} snapshot
   * @param {string[]} [gone]
   */
  add(snapshot, gone = []) {
    this.#snapshots = this.#snapshots.filter(
      ({ route }) => !gone.includes(route) && route !== snapshot.route,
    );
    this.#snapshots.push(snapshot);
    if (this.#follows || this.#chosen === null) this.#choose(snapshot);
    this.#list();
  }

  /** @param {boolean} on */
  #setFollows(on) {
    this.#follows = on;
    this.follow.setAttribute("aria-pressed", String(on));
    const newest = this.#snapshots.at(-1);
    if (on && newest) this.#choose(newest);
    this.#list();
  }

  /** @param {Snapshot} snapshot */
  #choose(snapshot) {
    this.#chosen = snapshot.route;
    this.play(snapshot);
  }

  #list() {
    this.list.replaceChildren(
      ...this.#snapshots.map((snapshot, i) =>
        button(
          i === this.#snapshots.length - 1 ? "newest" : words(snapshot),
          () => {
            this.#setFollows(false);
            this.#choose(snapshot);
            this.#list();
          },
          {
            class: "kind",
            "aria-pressed": snapshot.route === this.#chosen,
            title: words(snapshot),
          },
        ),
      ),
    );
    this.sheet.redraw();
  }

  /**
   * @param {CanvasRenderingContext2D} g
   * @param {number} width
   * @param {number} height
   */
  #draw(g, width, height) {
    const points = this.#curve;
    const last = points.at(-1);
    if (!last) return;
    const most = Math.max(...points.map((p) => p.error)) * 1.05;
    const least = Math.min(...points.map((p) => p.error)) * 0.92;
    const end = Math.max(0.1, last.minutes);
    /** @param {number} minutes */
    const x = (minutes) => 6 + (minutes / end) * (width - 46);
    /** @param {number} error */
    const y = (error) => 8 + ((most - error) / (most - least || 1)) * (height - 18);
    g.strokeStyle = token("--accent");
    g.lineWidth = 2;
    g.lineJoin = "round";
    g.beginPath();
    points.forEach((p, i) =>
      i === 0 ? g.moveTo(x(p.minutes), y(p.error)) : g.lineTo(x(p.minutes), y(p.error)),
    );
    g.stroke();
    for (const { minutes, error_db: error, route } of this.#snapshots) {
      if (error === null) continue;
      g.fillStyle = route === this.#chosen ? token("--accent") : token("--quiet");
      g.beginPath();
      g.arc(x(Math.min(minutes, end)), y(error), route === this.#chosen ? 5 : 3, 0, 7);
      g.fill();
    }
    g.fillStyle = token("--ink");
    g.font = `13px ${token("--sans")}`;
    g.fillText(last.error.toFixed(1), x(end) + 9, y(last.error) + 4);
  }
}

/** @param {number} minutes */
const leftWords = (minutes) =>
  minutes < 1 ? `${Math.max(1, Math.round(60 * minutes))} s` : `${minutes.toFixed(1)} min`;

/** @param {Snapshot} snapshot */
const words = ({ minutes, error_db: error }) =>
  `${minutes < 1 ? `${Math.round(60 * minutes)} s` : `${minutes.toFixed(1)} min`}${error === null ? "" : ` · ${error.toFixed(1)} dB`}`;
