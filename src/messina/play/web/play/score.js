// A score that plays on, by the instruments it is given: who plays which of its voices.

import { cast } from "../engine/groove/casting.js";
import { Groove } from "./groove.js";

export class Score extends Groove {
  kind = "score";
  #played;

  /**
   * band: [{part, name, instrument}]; a part is a label of voices, "" all others. others: choices who could play it
   * instead, all by themselves; change(choice) lets one.
   */
  constructor(app, { model, band, others = [], change = null }) {
    super(app, model, { cuts: false });
    this.band = band;
    this.others = others;
    this.change = change;
    const { vocabulary } = model.manifest;
    this.#played = Array(vocabulary.length).fill(null);
    /** Sentences: who stands in for whom, what is left out. */
    this.remarks = [];
    for (const { part, instrument } of band) {
      const own = vocabulary.flatMap(({ label }, i) => (partOf(label, band) === part ? [i] : []));
      const { played, remarks } = cast(
        instrument.manifest.responses,
        own.map((i) => vocabulary[i]),
      );
      own.forEach((i, k) => {
        this.#played[i] = played[k] && { ...played[k], instrument, part };
      });
      this.remarks.push(...remarks);
    }
  }

  settings = ["wildness", "density", "swing"];

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
    });
    return { hit, pitched };
  }
}

/** Which part of a band plays a label; undefined: nobody. */
function partOf(label, band) {
  const parts = band.map(({ part }) => part);
  return parts.find((part) => part === label) ?? parts.find((part) => part === "");
}
