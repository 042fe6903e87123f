// @ts-check
/* Events for ever, in metre, never stuck: the twin of the Python module sequences/sequencer, which says how.
 * The same seed and settings draw the same events there and here. */

/** @import { EventModel } from "./model.js" */
/** @import { GrooveEvent, Phrase, Place, Memory, SequencerSettings } from "./types.d.ts" */

import { CounterRng, PURPOSE } from "../counter-rng.js";
import { roundHalfEven } from "../layout.js";
import { EVENTS, SEQUENCER } from "./constants.js";
import { EventDrawer } from "./event-drawing.js";
import { formStateAfter, formStateAt } from "./form.js";
import { sameMetre } from "./model.js";
import { SeekPoints, StyleScheduler, stateAfterPhrase, stateAt } from "./places.js";
import { swungDivision } from "./priors.js";
import { LiveTempoMap } from "./song.js";
import { samplingOf } from "./truncation.js";

const { STAYS_BARS, ROUNDS_BARS, RETURNS, DRAWN_SHARE, RECALLS, MIXES, LEFT_OUT, SWING, SOUGHT } =
  SEQUENCER;
const { TICKS_PER_BEAT, FREE_TEMPO_BPM } = EVENTS;
const NO_STYLE = -1;

/**
 * Draws events from an EventModel; wildness 0 … 2, density -1 … 1, swing 0 … 1, tempo (null: its own) and seed may
 * be changed at any time, the seed to be heard after `reset`. cuts: recordings follow each other at bar lines, each at
 * its own tempo, rather than blended at one.
 */
export class Sequencer {
  #model;
  #cuts;
  #drawer;
  #division;
  /** Velocities of the corpus, the softest first. @type {number[]} */
  #softness;
  /** @type {CounterRng} */
  #random;
  /** @type {LiveTempoMap} */
  #tempoMap;
  /** @type {number | null} */
  #asked;
  /** @type {StyleScheduler} */
  #scheduler;
  /** The bar that is drawn, and the one to move on at. */
  #bar = 0;
  #movesAt = 0;
  /** Whether anything was drawn since it went elsewhere: what has not sounded is not left again. */
  #begun = false;
  /** Tick of the last event that was given out. */
  #sounded = 0;
  /** Tick at which the style came that is played. */
  #cameAt = 0;
  /** Tempo that it has without a wish. */
  #ownTempo = FREE_TEMPO_BPM;
  /** Style that is played. */
  playing = 0;

  /**
   * @param {EventModel} model
   * @param {Partial<SequencerSettings>} [settings]
   */
  constructor(
    model,
    { seed = 0, wildness = 1, density = 0, swing = 0, tempo = null, cuts = false } = {},
  ) {
    this.#model = model;
    this.#cuts = cuts;
    this.#drawer = new EventDrawer(model, cuts ? RETURNS : null);
    this.#division = swungDivision(model);
    this.#softness = Array.from(model.arrays.touch)
      .filter((_, i) => i % 3 === 0)
      .sort((a, b) => a - b);
    this.places = new SeekPoints(model);
    this.#asked = tempo;
    this.seed = seed;
    this.wildness = wildness;
    this.density = density;
    this.swing = swing;
    this.reset();
  }

  /** Beats a minute just now. @returns {number} */
  get tempo() {
    return 60 / (this.tickS * TICKS_PER_BEAT);
  }

  /** null: its own. @param {number | null} tempo */
  set tempo(tempo) {
    if (tempo === this.#asked) return;
    this.#asked = tempo;
    this.#tempoMap.turn(this.#drawer.clock, tempo ?? this.#ownTempo);
  }

  /**
   * When a tick is, in seconds from tick 0; of what has been drawn lately, or is to come.
   *
   * @param {number} tick
   */
  secondsAt(tick) {
    return this.#tempoMap.secondsAt(tick);
  }

  /** Seconds a tick takes just now. */
  get tickS() {
    return this.#tempoMap.tickS;
  }

  /** Back to the seed's beginning: the same events again. */
  reset() {
    this.#random = new CounterRng(this.seed, PURPOSE.EVENTS);
    this.#sounded = 0;
    this.#scheduler = new StyleScheduler(this.places);
    const first = this.places.draw(this.#random);
    this.#ownTempo = this.#ownTempoOf(first.style);
    this.#tempoMap = new LiveTempoMap(this.#asked ?? this.#ownTempo);
    this.#begin(first, 0);
  }

  /**
   * Goes on as the corpus did at 0 … 1 of it, from the next bar line.
   *
   * @param {number} share
   */
  jump(share) {
    const line = this.#drawer.bars.lineAfter(
      Math.max(roundHalfEven(this.#drawer.clock), this.#cameAt),
    );
    this.#leave(line);
    this.#begin(this.places.at(share), line);
  }

  /**
   * Goes on from a phrase, whose end becomes tick 0. Throws Error for one that has nothing to go on from.
   *
   * @param {Phrase} phrase  its voices are indices into the model's vocabulary
   */
  prime(phrase) {
    const { network, manifest, form } = this.#model;
    if (phrase.events.length === 0) throw new Error("nothing happens in it; nothing to go on from");
    const known = phrase.events.every(({ voice }) => voice >= 0 && voice < manifest.network.voices);
    if (!known) throw new Error("it has voices that were not learnt");
    const row = network.style([[NO_STYLE, 1]]);
    this.#drawer.row = row;
    this.playing = this.places.likely(phrase);
    this.#sounded = 0;
    this.#cameAt = 0;
    this.#ownTempo =
      this.#cuts && phrase.metric ? phrase.tempo_bpm : this.#ownTempoOf(this.playing);
    if (this.#asked === null) this.#tempoMap.turn(0, this.#ownTempo);
    this.#drawer.takeMetre(phrase, this.#ownTempo);
    this.#take(stateAfterPhrase(this.#model, phrase, row), 0);
    const beat = phrase.ticks / TICKS_PER_BEAT;
    const settings = { metre: phrase, beat, row, lapped: false };
    this.#drawer.takeForm(form && formStateAfter(this.#model, phrase.context, settings), 0);
    this.#stay();
  }

  /** @returns {GrooveEvent} */
  next() {
    for (;;) {
      const event = this.#draw();
      if (!this.#plays(event)) continue;
      this.#sounded = event.tick;
      return event;
    }
  }

  // -------------------------------------------------------------- beginning, going on elsewhere

  /**
   * @param {Place} place
   * @param {number} tick
   */
  #begin(place, tick) {
    const row = this.#model.network.style([[place.style, 1]]);
    this.#drawer.row = row;
    this.playing = place.style;
    this.#cameAt = tick;
    this.#ownTempo = this.#ownTempoOf(place.style);
    if (this.#asked === null) this.#tempoMap.turn(tick, this.#ownTempo);
    this.#drawer.takeMetre(this.#model.manifest.styles[place.style], this.#ownTempo);
    this.#take(stateAt(this.#model, place, row), tick);
    this.#drawer.takeForm(formStateAt(this.#model, place, row), tick);
    this.#stay();
  }

  /**
   * Goes on from a memory, in the metre that is taken already.
   *
   * @param {Memory} memory
   * @param {number} tick
   */
  #take(memory, tick) {
    this.#drawer.take(memory, tick, this.#cuts ? this.#random.pick(ROUNDS_BARS) : 0);
    this.#bar = this.#drawer.bars.number(tick);
    this.#begun = false;
  }

  #stay() {
    this.#movesAt = this.#bar + this.#random.pick(STAYS_BARS);
  }

  /**
   * The tempo a style has without a wish.
   *
   * @param {number} style
   */
  #ownTempoOf(style) {
    const { metric, tempo_bpm: tempo } = this.#model.manifest.styles[style];
    return this.#cuts && metric ? tempo : this.#model.tempo;
  }

  /** @param {number} line */
  #leave(line) {
    this.#scheduler.played(this.playing, this.secondsAt(line) - this.secondsAt(this.#cameAt));
  }

  /** The next recording from the bar line on at which it is time to move on. */
  #cut() {
    const line = this.#drawer.bars.line(this.#movesAt);
    this.#leave(line);
    const place = this.#scheduler.draw(this.#random, this.playing);
    this.#begin(place, line);
    if (this.wildness > 1) this.#mix(place);
  }

  /**
   * Now and then a recording is mixed with another of the same metre.
   *
   * @param {Place} place
   */
  #mix(place) {
    const { styles } = this.#model.manifest;
    const other = this.places.draw(this.#random).style;
    if (other === place.style || !sameMetre(styles[place.style], styles[other])) return;
    if (this.#random.uniform() >= MIXES * this.wildness) return;
    const share = this.#random.uniform();
    this.#drawer.row = this.#model.network.style([
      [place.style, 1 - share],
      [other, share],
    ]);
  }

  /** At a bar line: another style or a mixture, perhaps another place's state. */
  #moveOn() {
    const random = this.#random;
    const drawer = this.#drawer;
    const place = this.places.draw(random);
    const style = this.#model.manifest.styles[place.style];
    const before = this.#model.manifest.styles[this.playing];
    const alike = sameMetre(style, before);
    /** @type {[number, number][]} */
    let shares = [[place.style, 1]];
    if (alike && place.style !== this.playing && random.uniform() < MIXES * this.wildness) {
      const share = random.uniform();
      shares = [
        [place.style, share],
        [this.playing, 1 - share],
      ];
    }
    drawer.row = this.#model.network.style(shares);
    if (!alike) {
      const line = this.#drawer.bars.lineBefore(drawer.clock);
      drawer.takeMetre(style, this.#ownTempo);
      this.#drawer.bars.origin = line;
      this.#bar = this.#drawer.bars.number(drawer.clock);
    }
    if (random.uniform() < RECALLS) {
      const tries = drawer.hasForm ? SOUGHT : 0;
      const like = this.places.over(drawer.state.context, place, random, tries);
      drawer.state.h = stateAt(this.#model, like, drawer.row).h;
    }
    this.playing = place.style;
    this.#stay();
  }

  // -------------------------------------------------------------- one event

  /** @returns {GrooveEvent} */
  #draw() {
    this.#drawer.draw(this.#random, samplingOf(this.wildness), this.density);
    const event = this.#event();
    const bar = this.#drawer.bars.number(this.#drawer.clock);
    if (bar > this.#bar) {
      this.#bar = bar;
      if (bar >= this.#movesAt) {
        if (!this.#cuts) this.#moveOn();
        else if (!this.#begun) this.#stay();
        else {
          this.#cut();
          return this.#draw();
        }
      }
    }
    this.#begun = true;
    return event;
  }

  /** @returns {GrooveEvent} */
  #event() {
    const { clock, state } = this.#drawer;
    const { origin, bar, stretch, metric } = this.#drawer.bars;
    const share = Math.min(DRAWN_SHARE * this.wildness, 1);
    const { length, late, ...played } = this.#drawer.played(this.playing, share);
    return {
      ...played,
      tick: roundHalfEven(clock),
      voice: state.voice,
      length: length * stretch,
      late: (late * this.#ownTempo) / this.tempo + this.#swung(),
      style: this.playing,
      metre: { origin, bar, beats: this.#drawer.bars.barTicks / TICKS_PER_BEAT, metric },
    };
  }

  /** Seconds by which swing makes an event late: every other division, and what lies around it. */
  #swung() {
    if (!this.#drawer.bars.metric || this.swing === 0) return 0;
    const pair = 2 * this.#division;
    const ticks = (((this.#drawer.clock - this.#drawer.bars.origin) % pair) + pair) % pair;
    const within = ticks / pair;
    return Math.min(within, 1 - within) * SWING * this.swing * pair * this.tickS;
  }

  /**
   * At a low density the softest are left out now and then.
   *
   * @param {GrooveEvent} event
   */
  #plays({ tick, velocity }) {
    const longest = this.#model.longestStep;
    const most = Math.max(TICKS_PER_BEAT, longest * (1 - this.density));
    if (this.density >= 0 || tick - this.#sounded + longest > most) return true;
    const softer = this.#softness.findIndex((v) => v >= velocity);
    const rank = (softer < 0 ? this.#softness.length : softer) / this.#softness.length;
    return this.#random.uniform() > -this.density * LEFT_OUT * (1 - rank);
  }
}
