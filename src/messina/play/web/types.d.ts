/* The shapes that the page's modules hand each other. For tsc alone: nothing here is loaded. */

import type { App } from "./app.js";
import type { EventModel } from "./engine/groove/model.js";
import type { Span } from "./engine/groove/types.d.ts";
import type { Engine } from "./engine/engine.js";
import type { Hit, Instrument, Note, Sound } from "./engine/types.d.ts";
import type { MidiPorts } from "./midi/ports.js";
import type { Effects, EffectSettings } from "./play/effects.js";
import type { Recorder } from "./play/recorder.js";
import type { Waking } from "./play/waking.js";
import type { Session } from "./session.js";
import type { TextureDesk } from "./texture-desk.js";

/** How a sound is shaped; see the controls in engine/index.js. */
export interface Shape {
  brightness: number;
  decay: number;
  attack: number;
  tune: number;
  width: number;
  level: number;
}

/** A pad. */
export interface Slot {
  /** Name of a label. */
  kind: string;
  /** null: drawn anew at every hit. */
  sound: Sound | null;
  /** Name of the learnt sound it came from. */
  origin: string | null;
  note: number | null;
  shape: Shape;
}

/** A sound that is tried, or was: what can be put on a pad. */
export interface Tried {
  /** Name of a label. */
  kind: string;
  /** null: drawn anew at every hit. */
  sound: Sound | null;
  origin: string | null;
  note: number | null;
  seed: number;
  /** null: as the pad is shaped. */
  shape: Shape | null;
}

/** So many steps, and velocities by "row.step". */
export interface Pattern {
  length: number;
  hits: Record<string, number>;
}

/** A corner of the field of mixtures. */
export interface Corner {
  sound: Sound;
  name: string;
}

/** How what plays on by itself is set. */
export interface GrooveSettings {
  seed: number;
  wildness: number;
  density: number;
  swing: number;
  levelling: number;
  pace: number;
  mixed: number[];
  tempo: number;
  level: number;
}

/** What a player has set; see session.js. */
export interface State {
  slots: Slot[];
  slot: number;
  tied: boolean;
  surface: string;
  octave: number;
  touch: number;
  /** One note with a pitch at a time. */
  mono: boolean;
  /** ms from one pitch to the next. */
  glide: number;
  /** Of velocity by MIDI, one of CURVES. */
  curve: string;
  ring: boolean;
  volume: number;
  wildness: number;
  spread: number;
  seed: number;
  view: string;
  locks: Record<string, boolean>;
  morph: { corners: Corner[] | null; x: number; y: number };
  branches: { seed: number; reach: number };
  tempo: number;
  swing: number;
  patterns: Pattern[];
  /** Index of the one that is shown. */
  pattern: number;
  /** Letters of the patterns that are played one after the other; "": the one that is shown. */
  chain: string;
  muted: boolean[];
  /** Of the sequence: "own", "follow" or the id of the MIDI output it is sent to. */
  clock: string;
  groove: GrooveSettings;
  bus: EffectSettings;
  midi: { input: string; channel: number; learnt: Record<string, string> };
  /** Of the instrument it was set for. */
  print?: string;
}

/** What can be opened on the page. */
export interface Choice {
  name: string;
  kind?: string;
  route?: string;
  /** Of a score, that it plays. */
  parts?: string[];
  load: () => Promise<ArrayBuffer>;
}

/** What is on the page: something to strike, or a texture. */
export type AnyDesk = App | TextureDesk;

/** What plays on by itself, as the panel knows it. */
export interface PlaysOn extends EventTarget {
  kind: string;
  /** Of GrooveSettings, those that it knows. */
  settings: string[];
  /** Its own; null: it has none. */
  tempo: number | null;
  /** Of what it learnt from. */
  names: string[];
  spans: Span[];
  running: boolean;
  asked: number | null;
  heard: { style: number; words: string; place?: number } | null;
  remarks?: string[];
  band?: Band;
  others?: Choice[];
  change?: ((choice: Choice) => unknown) | null;
  mixed?: number[];
  mix?(style: number): void;
  toggle(): void;
  start(): unknown;
  reset(): void;
  forget?(): void;
  jump(share: number): void;
}

/** How far learning is. */
export interface LearningState {
  stage: string;
  minutes: number;
  minutes_left: number | null;
  error_db: number | null;
}

/** An instrument of a while ago. */
export interface Snapshot {
  name: string;
  route: string;
  step: number;
  minutes: number;
  error_db: number | null;
}

/** Who plays which part of a score; "" is all others. */
export type Band = { part: string; name: string; instrument: Instrument }[];

/** A score and who plays it; others: who could, all by themselves. */
export interface ScoreToPlay {
  model: EventModel;
  band: Band;
  others?: Choice[];
  change?: ((choice: Choice) => unknown) | null;
}

/** What lasts while instruments come and go. */
export interface Page {
  audio: AudioContext;
  engine: Engine;
  volume: GainNode;
  bus: Effects;
  waking: Waking;
  /** Of all desks. */
  recorder: Recorder;
  midi: MidiPorts;
  instrument: Instrument | null;
  others?: Instrument[];
  app: AnyDesk | null;
  loaded: number;
  choices: Choice[];
  /** The word by which the server listens to takes; null: it does not. */
  takes: string | null;
  chosen: Choice;
  startAfresh(): unknown;
}

/** What a single-file page holds. */
export interface OnePage {
  choices: Choice[];
  engine: { wasmBytes: ArrayBuffer; workletUrl: string; rendererUrl: string };
  files(path: string): string;
}

/** Of a hit that is heard, who plays it and where it came from. */
export type HitEvent = CustomEvent<
  Note & { sound: Sound; slot: number | null; source: string; hit: Hit; shape?: Shape }
>;

/** What a clock needs of its desk. */
export interface Timing {
  audio: AudioContext;
  session: Session;
  wake(): Promise<void>;
  heardTime(): number;
}

declare global {
  var messinaPage: OnePage | undefined;
  var messina: Page | undefined;
}
