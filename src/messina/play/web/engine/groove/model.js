// @ts-check
/* What a groove or a score has learnt of what, how hard and when: the part "events" of a file, read as strictly as Python
 * reads it. The twin of the Python module sequences/model. */

/** @import { EventArrays, EventsManifest, Passage, Read, Shapes, Style } from "./types.d.ts" */

import { EVENTS as EVENTS_MANIFEST, SCHEMAS } from "../bounds.js";
import { wrongIn } from "../checking.js";
import { refuse } from "../errors.js";
import { onGrid } from "../rounding.js";
import { EVENTS, FORM, MANIFEST, MODEL, NETWORK } from "./constants.js";
import { EventNetwork, FormNetwork, PHASES } from "./network.js";

const { TICKS_PER_BEAT, FREE_TEMPO_BPM } = EVENTS;
const { EVENTS_AT_MOST } = MANIFEST;
const { TOUCH_LIMIT, LEAST_LENGTH_TICKS, MOST_LENGTH_TICKS } = MODEL;
const { TOUCH, MIXTURES } = NETWORK;

export const NO_CONTEXT = FORM.NO_CONTEXT;

// ---------------------------------------------------------------- the manifest

/**
 * How many events and beats it has. Throws InstrumentError.
 *
 * @param {EventsManifest} manifest
 */
function checkManifest(manifest) {
  const wrong = wrongIn(manifest, EVENTS_MANIFEST, SCHEMAS);
  refuse(wrong !== null, `damaged: its events' manifest is not valid (${wrong})`);
  const { network: n, vocabulary, styles, steps_ticks: steps, spans_beats: spans = [] } = manifest;
  const fits =
    vocabulary.length === n.voices &&
    styles.length === n.styles &&
    steps.length === n.steps &&
    spans.length === n.spans &&
    n.contexts > 0 === n.spans > 0;
  refuse(!fits, "damaged: its voices, phrases and steps do not fit its network");
  const events = styles.reduce((sum, style) => sum + style.events, 0);
  refuse(
    events === 0 || events > EVENTS_AT_MOST,
    `damaged: it has no events, or more than ${EVENTS_AT_MOST}`,
  );
  const rising = steps.every((ticks, i) => i === 0 || ticks > steps[i - 1]);
  refuse(!rising || steps.at(-1) === 0, "damaged: its steps are not ascending");
  const beats = beatsStored(manifest).reduce((a, b) => a + b, 0);
  refuse(beats > EVENTS_AT_MOST * TICKS_PER_BEAT, "damaged: its phrases are longer than any music");
  return { events, beats };
}

/**
 * Of how many beats a file tells the context, for every style.
 *
 * @param {EventsManifest} manifest
 */
function beatsStored({ network, styles }) {
  return styles.map(({ events, ticks }) =>
    network.contexts > 0 && events > 0 ? Math.ceil(ticks / TICKS_PER_BEAT) : 0,
  );
}

/**
 * Shape and type of every array.
 *
 * @param {EventsManifest} manifest
 * @param {{ events: number, beats: number }} counts
 */
function expected({ network: n }, { events, beats }) {
  const place = PHASES + n.context_embedding;
  /** @type {Record<string, number[]>} */
  const layers = {
    "gru.input": [3 * n.hidden, 3 * n.embedding + TOUCH + place],
    "gru.state": [3 * n.hidden, n.hidden],
    step: [n.steps, n.hidden],
    arrival: [PHASES, n.hidden],
    "voice.0": [n.trunk, n.hidden + n.embedding + place],
    "voice.1": [n.voices, n.trunk],
    "touch.0": [n.trunk, n.hidden + 2 * n.embedding + place],
    velocity: [3 * MIXTURES, n.trunk],
    late: [3 * MIXTURES, n.trunk + 1],
    length: [3 * MIXTURES, n.trunk + 2],
  };
  if (n.contexts > 0) {
    Object.assign(layers, {
      "form.input": [3 * n.form_hidden, n.context_embedding + 2 * n.embedding + PHASES],
      "form.state": [3 * n.form_hidden, n.form_hidden],
      "form.context": [n.contexts + 1, n.form_hidden],
      "form.span": [n.spans, n.form_hidden + n.context_embedding + PHASES],
    });
  }
  /** @type {Shapes} */
  const arrays = {
    voices: [[n.voices, n.embedding], "F16"],
    steps: [[n.steps, n.embedding], "F16"],
    styles: [[n.styles + 1, n.embedding], "F16"],
    contexts: [[n.contexts + 1, n.context_embedding], "F16"],
    tick: [[events], "I32"],
    voice: [[events], "I32"],
    context: [[beats], "I32"],
    touch: [[events, TOUCH], "F32"],
  };
  if (n.contexts > 0) {
    arrays["form.contexts"] = [[n.contexts + 1, n.context_embedding], "F16"];
    arrays["form.spans"] = [[n.spans, n.embedding], "F16"];
  }
  for (const [name, shape] of Object.entries(layers)) {
    arrays[`${name}.weight`] = [shape, "F16"];
    arrays[`${name}.bias`] = [[shape[0]], "F16"];
  }
  return arrays;
}

/**
 * The EventModel in a file's parts; null where nothing plays on. Throws InstrumentError.
 *
 * @param {{ events?: EventsManifest }} parts  what is to be checked
 * @param {Record<string, unknown>} header  of all arrays
 * @param {Read} read
 */
export function readEvents(parts, header, read) {
  for (const name of Object.keys(header)) {
    const part = name.slice(0, Math.max(0, name.lastIndexOf("/")));
    refuse(
      part !== "" && !Object.hasOwn(parts, part),
      `damaged: array '${name}' is missing or not known`,
    );
  }
  const manifest = parts.events;
  if (manifest === undefined) return null;
  const shapes = expected(manifest, checkManifest(manifest));
  for (const name of Object.keys(header).filter((name) => name.startsWith("events/"))) {
    refuse(
      !Object.hasOwn(shapes, name.slice(7)),
      `damaged: array '${name}' is missing or not known`,
    );
  }
  /** @type {import("./types.d.ts").Weights} */
  const arrays = {};
  for (const [name, [shape, type]] of Object.entries(shapes))
    arrays[name] = read(`events/${name}`, shape, type);
  const model = new EventModel(manifest, /** @type {EventArrays} */ (arrays));
  checkEvents(model);
  return model;
}

/** @param {EventModel} model */
function checkEvents({ manifest, passages, arrays }) {
  const { contexts } = manifest.network;
  const known = arrays.context.every((context) => context >= NO_CONTEXT && context < contexts);
  refuse(!known, "damaged: a beat has a context that is not known");
  manifest.styles.forEach((style, s) => {
    const { ticks, voices } = passages[s];
    const inOrder = ticks.every((tick, i) => tick >= (i === 0 ? 0 : ticks[i - 1]));
    refuse(!inOrder, "damaged: the events of a phrase are not in order");
    refuse(
      ticks.length > 0 && ticks[ticks.length - 1] > style.ticks,
      "damaged: an event lies behind its phrase's end",
    );
    const known = voices.every((voice) => voice >= 0 && voice < manifest.network.voices);
    refuse(!known, "damaged: an event has a voice that is not in the vocabulary");
  });
}

// ---------------------------------------------------------------- the model

/** @param {Pick<Style, "beats_per_bar">} style */
export const barTicks = (style) => style.beats_per_bar * TICKS_PER_BEAT;

/**
 * @param {Style} style
 * @param {Style} other
 */
export const sameMetre = (style, other) =>
  style.beats_per_bar === other.beats_per_bar && style.metric === other.metric;

export class EventModel {
  /**
   * @param {EventsManifest} manifest
   * @param {EventArrays} arrays
   */
  constructor(manifest, arrays) {
    this.manifest = manifest;
    this.arrays = arrays;
    this.steps = manifest.steps_ticks;
    this.longestStep = this.steps[this.steps.length - 1];
    this.network = new EventNetwork(manifest.network, arrays);
    /** What makes the contexts, chords say, that events sound over; null where there are none. */
    this.form = manifest.network.contexts > 0 ? new FormNetwork(manifest.network, arrays) : null;
    this.spans = manifest.spans_beats ?? [];
    const stored = beatsStored(manifest);
    let [end, beat] = [0, 0];
    /** Of every style. @type {Passage[]} */
    this.passages = manifest.styles.map(({ events }, style) => {
      const [from, to] = [end, (end += events)];
      return {
        beats: arrays.context.subarray(beat, (beat += stored[style])),
        ticks: arrays.tick.subarray(from, to),
        voices: arrays.voice.subarray(from, to),
        touches: arrays.touch.subarray(3 * from, 3 * to),
      };
    });
    this.tempo = ownTempo(manifest.styles);
  }

  /**
   * Index of the step nearest to a number of ticks.
   *
   * @param {number} ticks
   */
  nearestStep(ticks) {
    return nearest(this.steps, ticks);
  }

  /**
   * Index of the span nearest to a number of beats.
   *
   * @param {number} beats
   */
  nearestSpan(beats) {
    return nearest(this.spans, beats);
  }

  /**
   * What underlies an event of a style at a tick.
   *
   * @param {number} style
   * @param {number} tick
   */
  contextAt(style, tick) {
    return this.passages[style].beats[Math.floor(tick / TICKS_PER_BEAT)] ?? NO_CONTEXT;
  }

  /**
   * Velocity, lateness, length as the network has them.
   *
   * @param {ArrayLike<number> & Iterable<number>} touch
   */
  touchOf([velocity, late, length]) {
    const { late_scale_s: lateScale, length_mean: mean, length_scale: scale } = this.manifest.scale;
    const numbers = [
      velocity / 32 - 2,
      late / lateScale,
      (Math.log(Math.max(length, LEAST_LENGTH_TICKS)) - mean) / scale,
    ];
    return numbers.map((x) => onGrid(Math.min(Math.max(x, -TOUCH_LIMIT), TOUCH_LIMIT)));
  }

  /**
   * {velocity, late, length} of a touch.
   *
   * @param {number[]} touch
   */
  untouched([velocity, late, length]) {
    const { scale } = this.manifest;
    return {
      velocity: Math.min(Math.max(32 * (velocity + 2), 1), 127),
      late: scale.late_scale_s * late,
      length: Math.min(
        Math.exp(scale.length_mean + scale.length_scale * length),
        MOST_LENGTH_TICKS,
      ),
    };
  }
}

/**
 * Index of the nearest of ascending values; 0 and others are not taken for each other.
 *
 * @param {number[]} values
 * @param {number} wanted
 */
function nearest(values, wanted) {
  const found = values.findIndex((value) => value >= wanted);
  const high = found < 0 ? values.length - 1 : found;
  const low = Math.max(high - 1, 0);
  const lower = wanted - values[low] < values[high] - wanted && values[low] > 0;
  const chosen = lower ? low : high;
  return values[chosen] === 0 && wanted > 0 && values.length > 1 ? 1 : chosen;
}

/**
 * The middle of the phrases' tempi, long ones counting for more.
 *
 * @param {Style[]} styles
 */
function ownTempo(styles) {
  /** @param {boolean} metric */
  const spent = (metric) =>
    styles.reduce(
      (sum, style) => sum + (style.metric === metric ? style.ticks / style.tempo_bpm : 0),
      0,
    );
  if (spent(false) > spent(true)) return FREE_TEMPO_BPM;
  const chosen = styles.filter(({ metric }) => metric).sort((a, b) => a.tempo_bpm - b.tempo_bpm);
  let rest = chosen.reduce((sum, { ticks }) => sum + ticks, 0) / 2;
  const middle = chosen.find(({ ticks }) => (rest -= ticks) <= 0);
  return middle ? middle.tempo_bpm : FREE_TEMPO_BPM;
}
