// @ts-check
// What plays on goes on from what hands played last, or from the sequence of steps.

/** @import { App } from "../app.js" */
/** @import { HandHit } from "../engine/groove/types.d.ts" */
/** @import { HitEvent } from "../types.d.ts" */
/** @import { Groove } from "./groove.js" */

import { phraseOfHits, phraseOfSteps, voicesOf } from "../engine/groove/phrases.js";
import { rowsOf } from "./patterns.js";

const BY_HAND = ["hand", "midi"];
const PAUSE_S = 3; // what was played before it is another phrase
const MOST_HITS = 256;

export class GoingOn {
  /** @type {HandHit[]} */
  #hits = [];

  /**
   * @param {App} app
   * @param {Groove} player
   */
  constructor(app, player) {
    this.app = app;
    this.player = player;
    app.listen(app.performer, "hit", (event) => this.#hear(event));
  }

  /** Goes on from the steps that are set. @returns {string} what is done, in words */
  fromSteps() {
    const { player, app } = this;
    const { slots, patterns, pattern, muted, tempo } = app.session.state;
    const rows = rowsOf(patterns[pattern], slots.length);
    const voices = voicesOf(
      slots.map(({ kind, note }) => ({ label: kind, note })),
      player.voicesOfHands(),
    );
    const heard = voices.map((voice, row) => (muted[row] ? null : voice));
    const { lateS } = app.sequencer;
    const phrase = phraseOfSteps(player.model, { rows, voices: heard, tempo, lateS });
    if (phrase.events.length === 0)
      return `There is nothing in the sequence that the ${player.kind} knows: set some steps first.`;
    player.goOnFrom(phrase);
    return `goes on from the ${phrase.events.length} steps`;
  }

  /** Goes on from what was played since the last pause. @returns {string} what is done, in words */
  fromHands() {
    const { player, app } = this;
    const grid = player.barLine ?? app.sequencer.barLine;
    // Along with something, hands play to what is heard of it.
    const behind = grid ? app.audio.currentTime - app.heardTime() : 0;
    const hits = this.#hits.map((hit) => ({ ...hit, time: hit.time - behind }));
    const voices = voicesOf(hits, player.voicesOfHands());
    if (voices.every((voice) => voice === null))
      return `Nothing was played that the ${player.kind} knows: play some hits first, on pads, keys or by MIDI.`;
    const near = app.session.state.groove.tempo;
    const { phrase, endsAt } = phraseOfHits(player.model, hits, { voices, grid, near });
    player.goOnFrom(phrase, endsAt);
    return `goes on from the ${phrase.events.length} hits that were played`;
  }

  /** @param {HitEvent} event */
  #hear({ detail: { slot, source, label, note, velocity } }) {
    if (!BY_HAND.includes(source)) return;
    const time = this.app.audio.currentTime;
    const last = this.#hits.at(-1);
    if (last && time - last.time > PAUSE_S) this.#hits = [];
    const pad = slot === null ? null : this.app.session.state.slots[slot];
    this.#hits.push({
      time,
      velocity: velocity ?? 100,
      label: pad?.kind ?? String(label),
      note: note ?? pad?.note ?? null,
    });
    this.#hits = this.#hits.slice(-MOST_HITS);
  }
}
