// @ts-check
// A score that plays on, by the instruments it is given: who plays which of its voices.

/** @import { App } from "../app.js" */
/** @import { GrooveEvent, Part, VoiceOfHands } from "../engine/groove/types.d.ts" */
/** @import { Instrument } from "../engine/types.d.ts" */
/** @import { Band, ScoreToPlay } from "../types.d.ts" */

import { assignVoices } from "../engine/groove/voice-assignment.js";
import { Groove } from "./groove.js";

export class Score extends Groove {
  kind = "score";
  settings = ["wildness", "density", "swing"];
  /** By voices; null: nobody plays it. @type {(Part & { instrument: Instrument, part: string } | null)[]} */
  #played;

  /**
   * band: [{part, name, instrument}]; a part is a label of voices, "" all others. others: choices who could play it
   * instead, all by themselves; change(choice) lets one.
   *
   * @param {App} app
   * @param {ScoreToPlay} score
   */
  constructor(app, { model, band, others = [], change = null }) {
    super(app, model, { cuts: false });
    this.band = band;
    this.others = others;
    this.change = change;
    const { vocabulary } = model.manifest;
    this.#played = Array(vocabulary.length).fill(null);
    for (const { part, instrument } of band) {
      const own = vocabulary.flatMap(({ label }, i) => (partOf(label, band) === part ? [i] : []));
      const { played, remarks } = assignVoices(
        instrument.manifest.responses,
        own.map((i) => vocabulary[i]),
      );
      own.forEach((i, k) => {
        const found = played[k];
        this.#played[i] = found && { ...found, instrument, part };
      });
      this.remarks.push(...remarks);
    }
  }

  /** Hands play the first of the band. @returns {VoiceOfHands[]} */
  voicesOfHands() {
    const { vocabulary } = this.model.manifest;
    return this.#played.flatMap((played, voice) => {
      if (!played || played.instrument !== this.app.instrument) return [];
      const { label, note } = played;
      return [{ voice, label, note, part: vocabulary[voice].label }];
    });
  }

  /**
   * @param {GrooveEvent} event
   * @param {{ time: number, wildness: number }} options
   */
  strike({ voice, velocity }, { time, wildness }) {
    const played = this.#played[voice];
    if (!played) return null;
    const { instrument, label, note, pitched } = played;
    const hit = this.app.performer.perform(instrument, {
      ...this.striker.strike(instrument, { label, note, pitched }, velocity),
      label,
      time,
      wildness,
      holds: pitched ? "always" : "never",
      sustained: pitched,
    });
    return { hit, pitched };
  }
}

/**
 * Which part of a band plays a label; undefined: nobody.
 *
 * @param {string} label
 * @param {Band} band
 */
function partOf(label, band) {
  const parts = band.map(({ part }) => part);
  return parts.find((part) => part === label) ?? parts.find((part) => part === "");
}
