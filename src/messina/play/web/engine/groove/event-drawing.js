// @ts-check
/* One event after the other, as the network thinks likely: when it comes, what it is, its touch. The twin of the Python
 * module sequences/event_drawing. */

/** @import { CounterRng } from "../counter-rng.js" */
/** @import { EventModel } from "./model.js" */
/** @import { FormMemory, Memory, Played, Sampling, State, Style, Touch } from "./types.d.ts" */

import { roundHalfEven } from "../layout.js";
import { onGrid } from "../rounding.js";
import { EVENTS, MODEL, NETWORK } from "./constants.js";
import { FormPlayer } from "./form.js";
import { NO_CONTEXT } from "./model.js";
import { phaseTable } from "./network.js";
import {
  BarRepeatPrior,
  Exemplars,
  heardPositions,
  MemorisationDetector,
  NO_EXEMPLAR,
} from "./priors.js";
import { barredScores, drawIndex, drawMixture, tilted } from "./truncation.js";

const { FREE_TEMPO_BPM, TICKS_PER_BEAT } = EVENTS;
const { TOUCH_LIMIT } = MODEL;
const { TOUCH } = NETWORK;

/** Where in the bar a tick is, in one metre; at `origin` is a bar line. */
class BarCounter {
  origin = 0;

  /**
   * barTicks: of the corpus, each played as `stretch` ticks. table: phases, by position. allowed: at which positions of
   * the bar the corpus has an event; null: anywhere.
   *
   * @param {{ metric: boolean, barTicks: number, stretch: number, table: Float64Array[], allowed: Uint8Array | null }} metre
   */
  constructor({ metric, barTicks, stretch, table, allowed }) {
    this.metric = metric;
    this.barTicks = barTicks;
    this.stretch = stretch;
    this.table = table;
    this.allowed = allowed;
  }

  /** Ticks a bar takes as it is played. */
  get bar() {
    return this.barTicks * this.stretch;
  }

  /**
   * Row of the table that a tick is at.
   *
   * @param {number} tick
   */
  position(tick) {
    const counted = Math.floor(tick - this.origin + 0.5);
    return ((counted % this.table.length) + this.table.length) % this.table.length;
  }

  /** @param {number} tick */
  phase(tick) {
    return this.table[this.position(tick)];
  }

  /**
   * Number of the bar that a tick is in, from the one at the origin on.
   *
   * @param {number} tick
   */
  number(tick) {
    return Math.floor((tick - this.origin) / this.bar);
  }

  /**
   * The tick at which a bar begins.
   *
   * @param {number} number
   */
  line(number) {
    return roundHalfEven(this.origin + number * this.barTicks * this.stretch);
  }

  /**
   * The last bar line that is not after a tick.
   *
   * @param {number} tick
   */
  lineBefore(tick) {
    const bars = Math.floor((tick - this.origin) / this.bar);
    return roundHalfEven(this.origin + bars * this.bar);
  }

  /**
   * The first bar line that is not before a tick.
   *
   * @param {number} tick
   */
  lineAfter(tick) {
    const bars = Math.ceil((tick - this.origin) / this.bar);
    return roundHalfEven(this.origin + bars * this.bar);
  }
}

/** Draws from a model's network; `row`, `takeMetre` and `take` say in which style and metre, and from where on. */
export class EventDrawer {
  #model;
  #returns;
  #exemplars;
  #memorisation;
  #repeats = new BarRepeatPrior();
  #heard;
  /** Of phases, by beats of a bar; 0: without a grid. @type {Map<number, Float64Array[]>} */
  #tables = new Map();
  /** @type {FormPlayer | null} */
  #form = null;
  /** The tick before which nothing may come. */
  #floor = 0;
  /** Events at this tick. */
  #together = 1;
  /** What would go on as the corpus does. @type {{ step: number, voice: number }[]} */
  #memorised = [];
  /** How it would go on as one round ago. @type {{ step: number, then: Played } | null} */
  #returning = null;
  /** @type {BarCounter} */
  bars;
  /** Of the style, or of a mixture of some. @type {Float64Array} */
  row;
  /** After the last event drawn, which it has not heard. @type {State} */
  state;
  /** Tick of the last event drawn. */
  clock = 0;

  /**
   * @param {EventModel} model
   * @param {number | null} returns  score of what was played one round ago; null: rounds do not come back
   */
  constructor(model, returns) {
    this.#model = model;
    this.#returns = returns;
    this.#exemplars = new Exemplars(model);
    this.#memorisation = new MemorisationDetector(model);
    this.#heard = heardPositions(model);
  }

  /** Whether contexts follow each other by a form that is learnt. */
  get hasForm() {
    return this.#form !== null;
  }

  /**
   * Counts the bars of a style from now on; ownTempo: that it has without a wish.
   *
   * @param {Pick<Style, "beats_per_bar" | "metric">} style
   * @param {number} ownTempo
   */
  takeMetre({ beats_per_bar: beats, metric }, ownTempo) {
    const key = metric ? beats : 0;
    const table = this.#tables.get(key) ?? phaseTable(beats, metric);
    this.#tables.set(key, table);
    this.bars = new BarCounter({
      metric,
      table,
      barTicks: beats * TICKS_PER_BEAT,
      allowed: (metric && this.#heard.get(beats)) || null,
      // Time without a grid is kept in seconds, whatever the tempo of the rest.
      stretch: metric ? 1 : ownTempo / FREE_TEMPO_BPM,
    });
  }

  /**
   * Goes on at a tick from a memory, in the metre that is taken already.
   *
   * @param {Memory} memory
   * @param {number} tick
   * @param {number} roundBars  after how many bars what was played comes back
   */
  take({ since, position, ...state }, tick, roundBars) {
    const { bars } = this;
    this.state = state;
    bars.origin = bars.metric ? tick - position : tick;
    this.clock = tick - Math.min(since, this.#model.longestStep) * bars.stretch;
    this.#floor = tick;
    this.#together = 1;
    this.#memorisation.forget();
    this.#repeats.begin(roundBars * bars.barTicks * bars.stretch);
  }

  /**
   * Goes on with a form; without one, from its beginning, should there be any.
   *
   * @param {FormMemory | null} form
   * @param {number} tick
   */
  takeForm(form, tick) {
    if (!this.#model.form) return;
    this.#form = new FormPlayer(this.#model, this.#model.form);
    const beat = TICKS_PER_BEAT * this.bars.stretch;
    if (form) this.#form.begin(form, tick - form.since * beat, tick + form.left * beat);
    else
      this.#form.begin({ h: this.#model.form.start(), context: NO_CONTEXT, span: 0 }, tick, tick);
  }

  /**
   * Goes on to the next event, which is `state.voice` at `clock`.
   *
   * @param {CounterRng} random
   * @param {Sampling} sampling
   * @param {number} density
   */
  draw(random, sampling, density) {
    const { network, steps } = this.#model;
    const { state, bars } = this;
    state.h = network.advance(state.h, {
      ...state,
      phase: bars.phase(this.clock),
      style: this.row,
    });
    this.#memorised = this.#memorisation.nextIfMemorised(bars.barTicks / 2);
    this.#returning = this.#nextIfReturning();
    const step = this.#drawStep(random, sampling, density);
    this.clock += steps[step] * bars.stretch;
    const phase = bars.phase(this.clock);
    const context = this.#contextNow(random, sampling);
    const voice = this.#drawVoice(random, sampling, { step, phase, context });
    this.#together = steps[step] === 0 ? this.#together + 1 : 1;
    this.#memorisation.add(step, voice, steps[step]);
    const touch = this.#drawTouch(random, sampling, { step, voice, phase, context });
    Object.assign(state, { voice, step, touch, context });
    this.#floor = Math.min(this.#floor, roundHalfEven(this.clock));
  }

  /**
   * @param {CounterRng} random
   * @param {Sampling} sampling
   */
  #contextNow(random, sampling) {
    if (!this.#form) return NO_CONTEXT;
    return this.#form.at(this.clock, {
      phaseAt: (tick) => this.bars.phase(tick),
      style: this.row,
      ticksPerBeat: TICKS_PER_BEAT * this.bars.stretch,
      sampling,
      random,
    });
  }

  #nextIfReturning() {
    const then = this.#returns === null ? null : this.#repeats.after(this.clock, this.state.voice);
    if (!then) return null;
    const step = this.#model.steps.findIndex(
      (ticks) => Math.abs(this.clock + ticks * this.bars.stretch - then.clock) < 0.5,
    );
    return step < 0 ? null : { step, then };
  }

  /**
   * @param {CounterRng} random
   * @param {Sampling} sampling
   * @param {number} density
   */
  #drawStep(random, sampling, density) {
    const { network, steps, manifest } = this.#model;
    const { table, allowed, barTicks, stretch } = this.bars;
    const arrivals = steps.map((ticks) => this.clock + ticks * stretch);
    const positions = arrivals.map((tick) => this.bars.position(tick));
    const own = network.stepScores(
      this.state.h,
      positions.map((position) => table[position]),
    );
    const scores = tilted(own, steps, density);
    const stuck = new Set(this.#memorised.map(({ step }) => step));
    steps.forEach((ticks, k) => {
      if (allowed && ticks > 0 && !allowed[positions[k] % barTicks]) scores[k] += sampling.unheard;
      if (stuck.has(k)) scores[k] += sampling.memorised / 2;
    });
    if (this.#returning) scores[this.#returning.step] += this.#returns ?? 0;
    const last = this.state.voice === manifest.network.voices - 1;
    const full = last || this.#together >= manifest.most_together;
    const barred = steps.map((ticks, k) => arrivals[k] < this.#floor || (ticks === 0 && full));
    return drawIndex(barredScores(scores, barred), sampling, random);
  }

  /**
   * @param {CounterRng} random
   * @param {Sampling} sampling
   * @param {{ step: number, phase: Float64Array, context: number }} known
   */
  #drawVoice(random, sampling, known) {
    const { step } = known;
    const scores = this.#model.network.voiceScores(this.state.h, known);
    // What sounds together is in order of voice, so that nothing sounds twice.
    if (this.#model.steps[step] === 0) scores.fill(-Infinity, 0, this.state.voice + 1);
    for (const own of this.#memorised)
      if (own.step === step) scores[own.voice] += sampling.memorised;
    const returning = this.#returning;
    if (returning?.step === step) scores[returning.then.voice] += this.#returns ?? 0;
    return drawIndex(scores, sampling, random);
  }

  /**
   * @param {CounterRng} random
   * @param {Sampling} sampling
   * @param {{ step: number, voice: number, phase: Float64Array, context: number }} known
   */
  #drawTouch(random, sampling, known) {
    const { network } = this.#model;
    const d = network.touch(this.state.h, known);
    /** @type {number[]} */
    const touch = [];
    for (let which = 0; which < TOUCH; which++) {
      const drawn = drawMixture(network.mixture(which, d, touch), sampling, random);
      touch.push(onGrid(Math.min(Math.max(drawn, -TOUCH_LIMIT), TOUCH_LIMIT)));
    }
    return touch;
  }

  /**
   * {velocity, late, length, exemplar} of the event in a style. Where rounds come back it is drawn to how its exemplar
   * was played, in the corpus or one round ago; drawnShare: 0 … 1 of the way from there to how it was drawn.
   *
   * @param {number} style
   * @param {number} drawnShare
   */
  played(style, drawnShare) {
    const { clock, bars } = this;
    const { voice } = this.state;
    const drawn = this.#model.untouched(this.state.touch);
    const position = (clock - bars.origin) / bars.stretch;
    let exemplar = this.#exemplars.at(style, position, voice, drawn.velocity);
    if (this.#returns === null) return { ...drawn, exemplar };
    /** @type {Touch} */
    let known = exemplar === NO_EXEMPLAR ? drawn : this.#exemplars.touchAt(exemplar);
    const then = this.#returning?.then;
    if (then && then.voice === voice && Math.abs(then.clock - clock) < 0.5) {
      known = then;
      exemplar = then.exemplar;
    }
    const velocity = known.velocity + drawnShare * (drawn.velocity - known.velocity);
    const late = known.late + drawnShare * (drawn.late - known.late);
    this.#repeats.add({ clock, voice, velocity, late, exemplar });
    return { ...drawn, velocity, late, exemplar };
  }
}
