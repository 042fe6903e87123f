// @ts-check
/* Events for ever, in metre, never stuck: the twin of the Python module sequences/sequencer, which says how.
 * The same seed and settings draw the same events there and here. */

/** @import { EventModel } from "./model.js" */
/** @import { Sampling, GrooveEvent, Phrase, Place, Played, Memory, FormMemory, SequencerSettings, State, Style, Touch } from "./types.d.ts" */

import { CounterRng, PURPOSE } from "../counter-rng.js";
import { roundHalfEven } from "../layout.js";
import { onGrid } from "../rounding.js";
import { EVENTS, MODEL, NETWORK, SEQUENCER } from "./constants.js";
import { FormPlayer, formStateAfter, formStateAt } from "./form.js";
import { barTicks, NO_CONTEXT } from "./model.js";
import { phaseTable } from "./network.js";
import { SeekPoints, StyleScheduler, stateAfterPhrase, stateAt } from "./places.js";
import { BarRepeatPrior, Exemplars, MemorisationDetector, NO_EXEMPLAR } from "./priors.js";
import { LiveTempoMap } from "./song.js";
import { barredScores, drawIndex, drawMixture, samplingOf, tilted } from "./truncation.js";

const { STAYS_BARS, ROUNDS_BARS, RETURNS, DRAWN_SHARE, RECALLS, MIXES, LEFT_OUT, SWING, SOUGHT } =
  SEQUENCER;
const { TICKS_PER_BEAT, FREE_TEMPO_BPM } = EVENTS;
const { TOUCH_LIMIT } = MODEL;
const { TOUCH } = NETWORK;
const NO_STYLE = -1;

/**
 * Draws events from an EventModel; wildness 0 … 2, density -1 … 1, swing 0 … 1, tempo (null: its own) and seed may
 * be changed at any time, the seed to be heard after `reset`. cuts: recordings follow each other at bar lines, each at
 * its own tempo, rather than blended at one.
 */
export class Sequencer {
  #model;
  #memorisation;
  #heard;
  #division;
  #softness;
  /** Of phases, by beats of a bar; 0: without a grid. @type {Map<number, Float64Array[]>} */
  #tables = new Map();
  /** @type {CounterRng} */
  #random;
  /** Of the style, or of a mixture of some. @type {Float64Array} */
  #row;
  /** @type {State} */
  #state;
  /** @type {FormPlayer | null} */
  #form = null;
  #repeats = new BarRepeatPrior();
  /** How it would go on as one round ago. @type {{ step: number, then: Played } | null} */
  #returning = null;
  #begun = false;
  #exemplars;
  /** @type {LiveTempoMap} */
  #tempoMap;
  /** @type {number | null} */
  #asked;
  /** @type {StyleScheduler} */
  #scheduler;
  /** Tick of the last event that was given out. */
  sounded = 0;
  /** Style that is played, and the tick it came at. */
  playing = 0;
  cameAt = 0;
  /** Tempo that it has without a wish. */
  ownTempo = FREE_TEMPO_BPM;
  /** Ticks: where its bars begin, of the last event drawn, and before which nothing may come. */
  origin = 0;
  clock = 0;
  floor = 0;
  /** Bars: the one that is drawn, and the one to move on at. */
  atBar = 0;
  movesAt = 0;
  /** Events at this tick. */
  together = 1;
  /** Phases, ticks of a bar, where in it the corpus has events. @type {Float64Array[]} */
  table = [];
  metric = false;
  bar = 4 * TICKS_PER_BEAT;
  /** @type {Uint8Array | null} */
  allowed = null;
  /** Ticks for one of the corpus. */
  stretch = 1;

  /**
   * @param {EventModel} model
   * @param {Partial<SequencerSettings>} [settings]
   */
  constructor(
    model,
    { seed = 0, wildness = 1, density = 0, swing = 0, tempo = null, cuts = false } = {},
  ) {
    this.#model = model;
    this.#memorisation = new MemorisationDetector(model);
    this.#heard = heardPositions(model);
    this.#division = swungDivision(model);
    this.#softness = Array.from(model.arrays.touch)
      .filter((_, i) => i % 3 === 0)
      .sort((a, b) => a - b);
    this.places = new SeekPoints(model);
    this.#exemplars = new Exemplars(model);
    this.#asked = tempo;
    this.seed = seed;
    this.wildness = wildness;
    this.density = density;
    this.swing = swing;
    this.cuts = cuts;
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
    this.#tempoMap.turn(this.clock, tempo ?? this.ownTempo);
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
    this.sounded = 0;
    this.#scheduler = new StyleScheduler(this.places);
    const first = this.places.draw(this.#random);
    this.ownTempo = this.#ownTempoOf(first.style);
    this.#tempoMap = new LiveTempoMap(this.#asked ?? this.ownTempo);
    this.#begin(first, 0);
  }

  /**
   * Goes on as the corpus did at 0 … 1 of it, from the next bar line.
   *
   * @param {number} share
   */
  jump(share) {
    const bar = this.bar * this.stretch;
    const passed = Math.max(roundHalfEven(this.clock), this.cameAt);
    const line = roundHalfEven(this.origin + Math.ceil((passed - this.origin) / bar) * bar);
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
    this.playing = this.places.likely(phrase);
    this.#row = network.style([[NO_STYLE, 1]]);
    const memory = stateAfterPhrase(this.#model, phrase, this.#row);
    this.sounded = 0;
    this.cameAt = 0;
    this.ownTempo = this.cuts && phrase.metric ? phrase.tempo_bpm : this.#ownTempoOf(this.playing);
    if (this.#asked === null) this.#tempoMap.turn(0, this.ownTempo);
    this.#takeMetre(phrase);
    this.#take(memory, 0);
    const beat = phrase.ticks / TICKS_PER_BEAT;
    const settings = { metre: phrase, beat, row: this.#row, lapped: false };
    this.#takeForm(form && formStateAfter(this.#model, phrase.context, settings), 0);
    this.#stay();
  }

  /** @returns {GrooveEvent} */
  next() {
    for (;;) {
      const event = this.#draw();
      if (!this.#plays(event)) continue;
      this.sounded = event.tick;
      return event;
    }
  }

  // -------------------------------------------------------------- beginning, going on elsewhere

  /**
   * @param {Place} place
   * @param {number} tick
   */
  #begin(place, tick) {
    const style = this.#model.manifest.styles[place.style];
    this.playing = place.style;
    this.cameAt = tick;
    this.ownTempo = this.#ownTempoOf(place.style);
    if (this.#asked === null) this.#tempoMap.turn(tick, this.ownTempo);
    this.#row = this.#model.network.style([[place.style, 1]]);
    this.#takeMetre(style);
    this.#take(stateAt(this.#model, place, this.#row), tick);
    this.#takeForm(formStateAt(this.#model, place, this.#row), tick);
    this.#stay();
  }

  /**
   * @param {Memory} memory
   * @param {number} tick
   */
  #take({ since, position, ...state }, tick) {
    this.#state = state;
    this.origin = this.metric ? tick - position : tick;
    this.clock = tick - Math.min(since, this.#model.longestStep) * this.stretch;
    this.floor = tick;
    this.atBar = this.#barOf(tick);
    this.together = 1;
    this.#begun = false;
    this.#memorisation.forget();
    const rounds = this.cuts ? this.#random.pick(ROUNDS_BARS) : 0;
    this.#repeats.begin(rounds * this.bar * this.stretch);
  }

  /**
   * Goes on with a form; without one, from its beginning, should there be any.
   *
   * @param {FormMemory | null} form
   * @param {number} tick
   */
  #takeForm(form, tick) {
    if (!this.#model.form) return;
    this.#form = new FormPlayer(this.#model, this.#model.form);
    const beat = TICKS_PER_BEAT * this.stretch;
    if (form) this.#form.begin(form, tick - form.since * beat, tick + form.left * beat);
    else
      this.#form.begin({ h: this.#model.form.start(), context: NO_CONTEXT, span: 0 }, tick, tick);
  }

  /** @param {Sampling} sampling */
  #contextNow(sampling) {
    if (!this.#form) return NO_CONTEXT;
    const ticksPerBeat = TICKS_PER_BEAT * this.stretch;
    /** @param {number} tick */
    const phaseAt = (tick) => this.#phase(tick);
    return this.#form.at(this.clock, {
      phaseAt,
      style: this.#row,
      ticksPerBeat,
      sampling,
      random: this.#random,
    });
  }

  /** @param {Pick<Style, "beats_per_bar" | "metric">} style */
  #takeMetre({ beats_per_bar: beats, metric }) {
    const key = metric ? beats : 0;
    const table = this.#tables.get(key) ?? phaseTable(beats, metric);
    this.#tables.set(key, table);
    this.table = table;
    this.metric = metric;
    this.bar = beats * TICKS_PER_BEAT;
    this.allowed = (metric && this.#heard.get(beats)) || null;
    this.stretch = metric ? 1 : this.ownTempo / FREE_TEMPO_BPM;
  }

  #stay() {
    this.movesAt = this.atBar + this.#random.pick(STAYS_BARS);
  }

  /** @param {number} tick */
  #barOf(tick) {
    return Math.floor((tick - this.origin) / (this.bar * this.stretch));
  }

  /**
   * The tempo a style has without a wish.
   *
   * @param {number} style
   */
  #ownTempoOf(style) {
    const { metric, tempo_bpm: tempo } = this.#model.manifest.styles[style];
    return this.cuts && metric ? tempo : this.#model.tempo;
  }

  /** @param {number} line */
  #leave(line) {
    this.#scheduler.played(this.playing, this.secondsAt(line) - this.secondsAt(this.cameAt));
  }

  /** The next recording from the bar line on at which it is time to move on. */
  #cut() {
    const line = roundHalfEven(this.origin + this.movesAt * this.bar * this.stretch);
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
    this.#row = this.#model.network.style([
      [place.style, 1 - share],
      [other, share],
    ]);
  }

  #moveOn() {
    const random = this.#random;
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
    this.#row = this.#model.network.style(shares);
    if (!alike) {
      const bar = this.bar * this.stretch;
      this.origin = roundHalfEven(this.origin + Math.floor((this.clock - this.origin) / bar) * bar);
      this.#takeMetre(style);
      this.atBar = this.#barOf(this.clock);
    }
    if (random.uniform() < RECALLS)
      this.#state.h = stateAt(this.#model, this.#alike(place), this.#row).h;
    this.playing = place.style;
    this.#stay();
  }

  /**
   * A place of the same style, over the context there is now if it can be found.
   *
   * @param {Place} place
   */
  #alike(place) {
    const { beats } = this.#model.passages[place.style];
    const own = this.#model.manifest.styles[place.style];
    let found = place;
    for (let i = 0; i < SOUGHT && this.#form; i++) {
      const beat = Math.floor((found.bar * barTicks(own) - own.first_tick) / TICKS_PER_BEAT);
      if (beats[beat] === this.#state.context) break;
      found = this.places.drawIn(place.style, this.#random);
    }
    return found;
  }

  // -------------------------------------------------------------- one event

  /** @returns {GrooveEvent} */
  #draw() {
    const { network, steps } = this.#model;
    const sampling = samplingOf(this.wildness);
    const state = this.#state;
    state.h = network.advance(state.h, {
      ...state,
      phase: this.#phase(this.clock),
      style: this.#row,
    });
    const memorised = this.#memorisation.nextIfMemorised(this.bar / 2);
    this.#returning = this.#nextIfReturning();
    const step = this.#drawStep(memorised, sampling);
    this.clock += steps[step] * this.stretch;
    const phase = this.#phase(this.clock);
    const context = this.#contextNow(sampling);
    const voice = this.#drawVoice(step, phase, context, memorised, sampling);
    this.together = steps[step] === 0 ? this.together + 1 : 1;
    this.#memorisation.add(step, voice, steps[step]);
    const d = network.touch(state.h, { step, voice, phase, context });
    /** @type {number[]} */
    const touch = [];
    for (let which = 0; which < TOUCH; which++) {
      const drawn = drawMixture(network.mixture(which, d, touch), sampling, this.#random);
      touch.push(onGrid(Math.min(Math.max(drawn, -TOUCH_LIMIT), TOUCH_LIMIT)));
    }
    Object.assign(state, { voice, step, touch, context });
    this.floor = Math.min(this.floor, roundHalfEven(this.clock));
    const event = this.#event(touch);
    if (this.#barOf(this.clock) > this.atBar) {
      this.atBar = this.#barOf(this.clock);
      if (this.atBar >= this.movesAt) {
        if (!this.cuts) this.#moveOn();
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

  /**
   * @param {number[]} touch
   * @returns {GrooveEvent}
   */
  #event(touch) {
    const drawn = this.#model.untouched(touch);
    const { length } = drawn;
    const position = (this.clock - this.origin) / this.stretch;
    const standsFor = this.#exemplars.at(this.playing, position, this.#state.voice, drawn.velocity);
    const { velocity, late, exemplar } = this.cuts
      ? this.#settled(drawn, standsFor)
      : { ...drawn, exemplar: standsFor };
    if (this.cuts)
      this.#repeats.add({ clock: this.clock, voice: this.#state.voice, velocity, late, exemplar });
    return {
      tick: roundHalfEven(this.clock),
      voice: this.#state.voice,
      velocity,
      length: length * this.stretch,
      late: (late * this.ownTempo) / this.tempo + this.#swung(),
      exemplar,
      style: this.playing,
      metre: {
        origin: this.origin,
        bar: this.bar * this.stretch,
        beats: this.bar / TICKS_PER_BEAT,
        metric: this.metric,
      },
    };
  }

  /**
   * Drawn to how the exemplar was played, in the corpus or one round ago.
   *
   * @param {Touch} drawn
   * @param {number} standsFor
   */
  #settled({ velocity, late }, standsFor) {
    let exemplar = standsFor;
    /** @type {Touch} */
    let known = exemplar === NO_EXEMPLAR ? { velocity, late } : this.#exemplars.touchAt(exemplar);
    const then = this.#returning?.then;
    if (then && then.voice === this.#state.voice && Math.abs(then.clock - this.clock) < 0.5) {
      known = then;
      exemplar = then.exemplar;
    }
    const drawn = Math.min(DRAWN_SHARE * this.wildness, 1);
    return {
      velocity: known.velocity + drawn * (velocity - known.velocity),
      late: known.late + drawn * (late - known.late),
      exemplar,
    };
  }

  #nextIfReturning() {
    const then = this.cuts ? this.#repeats.after(this.clock, this.#state.voice) : null;
    if (!then) return null;
    const step = this.#model.steps.findIndex(
      (ticks) => Math.abs(this.clock + ticks * this.stretch - then.clock) < 0.5,
    );
    return step < 0 ? null : { step, then };
  }

  /** @param {number} tick */
  #position(tick) {
    const counted = Math.floor(tick - this.origin + 0.5);
    return ((counted % this.table.length) + this.table.length) % this.table.length;
  }

  /** @param {number} tick */
  #phase(tick) {
    return this.table[this.#position(tick)];
  }

  /**
   * @param {{ step: number, voice: number }[]} memorised
   * @param {Sampling} sampling
   */
  #drawStep(memorised, sampling) {
    const { network, steps, manifest } = this.#model;
    const arrivals = steps.map((ticks) => this.clock + ticks * this.stretch);
    const positions = arrivals.map((tick) => this.#position(tick));
    const own = network.stepScores(
      this.#state.h,
      positions.map((position) => this.table[position]),
    );
    const scores = tilted(own, steps, this.density);
    const stuck = new Set(memorised.map(({ step }) => step));
    steps.forEach((ticks, k) => {
      if (this.allowed && ticks > 0 && !this.allowed[positions[k] % this.bar])
        scores[k] += sampling.unheard;
      if (stuck.has(k)) scores[k] += sampling.memorised / 2;
    });
    if (this.#returning) scores[this.#returning.step] += RETURNS;
    const last = this.#state.voice === manifest.network.voices - 1;
    const full = last || this.together >= manifest.most_together;
    const barred = steps.map((ticks, k) => arrivals[k] < this.floor || (ticks === 0 && full));
    return drawIndex(barredScores(scores, barred), sampling, this.#random);
  }

  /**
   * @param {number} step
   * @param {Float64Array} phase
   * @param {number} context
   * @param {{ step: number, voice: number }[]} memorised
   * @param {Sampling} sampling
   */
  #drawVoice(step, phase, context, memorised, sampling) {
    const scores = this.#model.network.voiceScores(this.#state.h, { step, phase, context });
    // What sounds together is in order of voice, so that nothing sounds twice.
    if (this.#model.steps[step] === 0) scores.fill(-Infinity, 0, this.#state.voice + 1);
    for (const own of memorised) if (own.step === step) scores[own.voice] += sampling.memorised;
    const returning = this.#returning;
    if (returning?.step === step) scores[returning.then.voice] += RETURNS;
    return drawIndex(scores, sampling, this.#random);
  }

  /** Seconds by which swing makes an event late. */
  #swung() {
    if (!this.metric || this.swing === 0) return 0;
    const pair = 2 * this.#division;
    const ticks = (((this.clock - this.origin) % pair) + pair) % pair;
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
    if (this.density >= 0 || tick - this.sounded + longest > most) return true;
    const softer = this.#softness.findIndex((v) => v >= velocity);
    const rank = (softer < 0 ? this.#softness.length : softer) / this.#softness.length;
    return this.#random.uniform() > -this.density * LEFT_OUT * (1 - rank);
  }
}

/**
 * @param {Style} style
 * @param {Style} other
 */
const sameMetre = (style, other) =>
  style.beats_per_bar === other.beats_per_bar && style.metric === other.metric;

/**
 * For every metre, by the beats of its bars, where in the bar the corpus has events.
 *
 * @param {EventModel} model
 */
function heardPositions({ manifest, passages }) {
  /** @type {Map<number, Uint8Array>} */
  const heard = new Map();
  manifest.styles.forEach((style, s) => {
    if (!style.metric) return;
    const bar = barTicks(style);
    const table = heard.get(style.beats_per_bar) ?? new Uint8Array(bar);
    for (const tick of passages[s].ticks)
      table[(((tick + style.first_tick) % bar) + bar) % bar] = 1;
    heard.set(style.beats_per_bar, table);
  });
  return heard;
}

/**
 * Ticks of what is swung: semiquavers where the corpus has them, else quavers.
 *
 * @param {EventModel} model
 */
function swungDivision({ manifest, passages }) {
  const positions = manifest.styles.flatMap((style, s) =>
    style.metric
      ? Array.from(passages[s].ticks, (tick) => (((tick + style.first_tick) % 12) + 12) % 12)
      : [],
  );
  const semiquavers = positions.filter((position) => position === 6).length;
  return semiquavers > 0.1 * positions.length ? 6 : 12;
}
