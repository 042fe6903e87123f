/* The shapes that what plays on by itself is told in. For tsc alone: nothing here is loaded. */

import type { ArrayType } from "../container.js";
import type { CounterRng } from "../counter-rng.js";
import type { Note } from "../types.d.ts";
import type { FormNetwork } from "./network.js";

/** Numbers a network works with. */
export type Numbers = Float64Array | Float32Array | Int32Array | number[];

/** Sizes of the network. */
export interface NetworkSizes {
  voices: number;
  steps: number;
  styles: number;
  contexts: number;
  spans: number;
  hidden: number;
  embedding: number;
  context_embedding: number;
  trunk: number;
  form_hidden: number;
}

/** An entry of a vocabulary; without a note: at the label's own pitch. */
export interface Entry {
  label: string;
  note?: number | null;
}

/** What hands played, and when in seconds; note null: the label's own pitch. */
export interface HandHit {
  time: number;
  velocity: number;
  label: string;
  note: number | null;
}

/** What of a vocabulary hands can play: how it is played, and of what part it is. */
export interface VoiceOfHands {
  voice: number;
  label: string;
  note: number | null;
  part: string;
}

/** A bar line that has been heard, and the bars from there on. */
export interface BarLine {
  at: number;
  tempo: number;
  beats: number;
}

/** How bars are counted; without a grid, ticks are plain time. */
export interface Metre {
  beats_per_bar: number;
  metric: boolean;
  /** Where in its bar tick 0 lies. */
  first_tick: number;
}

/** One phrase that was learnt. */
export interface Style extends Metre {
  name: string;
  tempo_bpm: number;
  ticks: number;
  events: number;
}

/** What one goes on from: events in order of tick, then voice. */
export interface Phrase extends Metre {
  events: (Touch & { tick: number; voice: number; length: number })[];
  /** Its whole length. */
  ticks: number;
  tempo_bpm: number;
  /** What underlies each beat; NO_CONTEXT: nothing. */
  context: number[];
}

/** The part "events" of a file. */
export interface EventsManifest {
  network: NetworkSizes;
  scale: { late_scale_s: number; length_mean: number; length_scale: number };
  vocabulary: Entry[];
  styles: Style[];
  steps_ticks: number[];
  spans_beats?: number[];
  most_together: number;
}

/** Arrays of a file by their names. */
export type Weights = Record<string, Float32Array | Int32Array | Uint8Array>;

export interface EventArrays extends Weights {
  tick: Int32Array;
  voice: Int32Array;
  /** Of beats. */
  context: Int32Array;
  /** [events][velocity, late s, length ticks] */
  touch: Float32Array;
}

/** Shape and type of every array of a part. */
export type Shapes = Record<string, [shape: number[], type: ArrayType]>;

/** Gives an array of a file; throws InstrumentError. */
export type Read = (
  name: string,
  shape: number[],
  type: ArrayType,
) => Float32Array | Int32Array | Uint8Array;

/** Events of one phrase. */
export interface Passage {
  ticks: Int32Array;
  voices: Int32Array;
  touches: Float32Array;
  /** Contexts. */
  beats: Int32Array;
}

/** A bar line of the corpus. */
export interface Place {
  style: number;
  bar: number;
}

/** Where a style lies in the corpus, 0 … 1. */
export interface Span {
  style: number;
  from: number;
  to: number;
}

/** One event as an input of the network. */
export interface Heard {
  voice: number;
  step: number;
  /** Velocity, lateness, length, as the network has them. */
  touch: number[];
  context: number;
  phase: Float64Array;
  /** Row of a style, or of a mixture of some. */
  style: Float64Array;
}

/** What is known at a moment: the network's state and the last event, which it has not heard. */
export interface State extends Heard {
  h: Float64Array;
}

/** What is known at a place of the corpus; ticks since the last event, and of the line. */
export interface Memory extends State {
  since: number;
  position: number;
}

/** The middle of a context: when it began and ends, in beats from the place. */
export interface FormMemory {
  h: Float64Array;
  context: number;
  span: number;
  since: number;
  left: number;
}

/** What the form is drawn with. */
export interface FormSettings {
  phaseAt(tick: number): Float64Array;
  style: Float64Array;
  ticksPerBeat: number;
  sampling: Sampling;
  random: CounterRng;
}

/** What wildness means for one draw. */
export interface Sampling {
  temperature: number;
  cut: number;
  unheard: number;
  memorised: number;
}

/** Scores, means, deviations. */
export type Mixture = [Float64Array, Float64Array, Float64Array];

/** A hit or a note as it is played, before it is an event. */
export interface Touch {
  velocity: number;
  late: number;
}

/** What was played. */
export interface Played extends Touch {
  clock: number;
  voice: number;
  exemplar: number;
}

/** One hit or note; length in ticks, late in s. */
export interface GrooveEvent extends Touch {
  tick: number;
  voice: number;
  length: number;
  /** Which event of the corpus it stands for; NO_EXEMPLAR: none. */
  exemplar: number;
  style: number;
  metre: { origin: number; bar: number; beats: number; metric: boolean };
}

/** How events are drawn; tempo null: its own. */
export interface SequencerSettings {
  seed: number;
  wildness: number;
  density: number;
  swing: number;
  tempo: number | null;
  cuts: boolean;
}

/** How an instrument plays a voice; note null: as the label sounds by itself. */
export interface Part {
  label: string;
  note: number | null;
  pitched: boolean;
  /** Voices of one group damp each other. */
  group: string;
}

/** The note that an event of a groove is. */
export interface Strike extends Note {
  label: string;
  pitched: boolean;
  velocity: number;
  seed: number;
  level: number;
  wildness: number;
}

export type { FormNetwork };
