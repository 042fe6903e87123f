/* The shapes that the engine's modules hand each other. For tsc alone: nothing here is loaded. */

import type { Network } from "./network.js";
import type { EventModel } from "./groove/model.js";
import type { Voice } from "./voice.js";

/** Numbers by place, however they are kept. */
export type Numbers = Float32Array | Float64Array | number[];

/** An address in the kernel's memory, in bytes. */
export type Address = number;

interface Global {
  value: Address;
}

/** What kernel.wasm exports; see kernel/*.ts. */
export interface KernelExports {
  memory: WebAssembly.Memory;
  BIN_GROUPS: Global;
  BIN_SHARES: Global;
  FREE: Global;
  HANN_1024: Global;
  HANN_256: Global;
  LOOP_WORK: { value: number };
  NOISE_STATE: { value: number };
  SHAPER_STATE: { value: number };
  STEP_GROUPS: Global;
  TURNS_1024: Global;
  TURNS_256: Global;
  TWIDDLES_128: Global;
  TWIDDLES_512: Global;
  UNHANN_1024: Global;
  UNHANN_256: Global;
  bin_gains(a: Address, b: Address, share: number, floor: number, bins: Address): void;
  drift(
    turns: Address,
    now: Address,
    next: Address,
    from: Address,
    to: Address,
    pan: Address,
    twin: Address,
    count: number,
    middle: Address,
    side: Address,
  ): void;
  fill_loop_tables(work: Address): void;
  make_loop(
    codes: Address,
    ratio: number,
    amplitudes: Address,
    flat: number,
    work: Address,
    out: Address,
  ): void;
  amplitudes(a: Address, b: Address, share: number, floor: number, out: Address, n: number): void;
  dense(
    x: Address,
    weight: Address,
    bias: Address,
    y: Address,
    rows: number,
    inputs: number,
    outputs: number,
  ): void;
  film(x: Address, tuned: Address, h: Address, rows: number, n: number, add: number): void;
  hold(x: Address, low: Address, n: number): void;
  mix(x: Address, out: Address, n: number, a: number, b: number): void;
  multiply(x: Address, y: Address, n: number): void;
  noise_hop(
    state: Address,
    loop: Address,
    start: number,
    window: number,
    running: boolean | number,
    bins: Address,
    pan: Address,
    width: Address,
    middle: Address,
    side: Address,
  ): number;
  normalise(x: Address, y: Address, rows: number, n: number, units: number): void;
  oscillate(
    turns: Address,
    paces: Address,
    from: Address,
    to: Address,
    pan: Address,
    twin: Address,
    count: number,
    gliding: number,
    warped: Address,
    bent: Address,
    glided: number,
    passed: number,
    middle: Address,
    side: Address,
  ): void;
  peak(x: Address, n: number): number;
  power(a: Address, b: Address, share: number, weights: Address, n: number): number;
  shape_hop(state: Address, x: Address, gains: Address, out: Address): void;
  silu(x: Address, n: number): void;
  sounds(row: Address, floor: Address, margin: number, n: number): number;
  deviate(
    row: Address,
    spread: Address,
    deviations: Address,
    floor: Address,
    n: number,
    amount: number,
    most: number,
  ): void;
}

/** Sizes of an instrument's network, as its manifest has them. */
export interface NetworkConfig {
  latent: number;
  embedding: number;
  code: number;
  width: number;
  layers: number;
  labels: number;
  points: number;
  onset_components: number;
}

/** A plane over loudness and note; see the Python module instrument/responses. */
export interface Line {
  centre: number;
  per_db: number;
  per_note: number;
  spread: number;
}

/** How a label answers to note and velocity. */
export interface Response {
  label: string;
  sounds: number;
  note_low: number | null;
  note_high: number | null;
  note_centre: number;
  loudness_centre: number;
  loudness_db: number[];
  played_db: number[];
  loudness_per_note: number;
  brightness: Line;
  decay: Line;
  decay_low_s: number;
  decay_high_s: number;
}

/** A sound of the corpus, as a manifest has it. */
export interface SoundRow {
  name: string;
  label: string;
  note: number | null;
  velocity: number | null;
  loudness_db: number;
  brightness_hz: number;
  decay_s: number;
  length_s: number;
  role: "learnt" | "validation" | "held out";
}

/** Centre and span of loudness in dB, ln of brightness in Hz, ln of decay in s. */
export interface ControlScale {
  centre: number[];
  span: number[];
}

/** What a file says of itself, as far as the page reads it; bounds.js has all of it. */
export interface Manifest {
  program: string;
  seed: number;
  network: NetworkConfig;
  scale: ControlScale;
  responses: Response[];
  sounds: SoundRow[];
  previewed: number[];
  left_out: { name: string; reason: string }[];
  minutes: number;
  planned_steps: number;
  steps: number;
  history: { step: number; learnt_db: number; validation_db: number | null }[];
}

/** A file of single sounds that was read. */
export interface InstrumentFile {
  manifest: Manifest;
  arrays: FileArrays;
  /** Of all that it holds, but for what people say of it. */
  digest: string;
  /** Of what plays on by itself. */
  events: EventModel | null;
}

/** A label of an instrument; see index.js. */
export interface Label {
  name: string;
  index: number;
  sounds: number;
  pitched: boolean;
  held: boolean;
  low: number | null;
  high: number | null;
  /** The group of labels of which each cuts off the others. */
  choke: string | null;
  /** Index of a sound. */
  typical: number;
}

/** How a label's sounds change with loudness and with brightness; rows are those of a body at TOUCH.ANCHORS. */
export interface TouchLaw {
  /** dB at each, rising. */
  played: number[];
  /** [ANCHORS, ROW], of the typical sound; each row sums to 1. */
  energies: Float64Array;
  /** [ANCHORS, ROW], ln of the smoothed spectrum. */
  levels: Float64Array;
  /** [ROW] of each level over where the typical sound's energy lies. */
  octaves: Float64Array;
  /** Nepers an octave at brightness -1 and 1. */
  tilts: [number, number];
}

/** What is done to the notes of a channel of MIDI. */
export interface Gesture {
  /** 0 … 1. */
  pressure: number;
  /** dB, at most 0. */
  louder: number;
  /** -1 … 1. */
  brighter: number;
  /** 0 … 1. */
  vibrato: number;
  semitones: number;
}

/** A place, 0 … 1 on the map. y is downwards. */
export interface Place {
  x: number;
  y: number;
}

/** A sound an instrument learnt. */
export interface LearntSound extends Place {
  index: number;
  name: string;
  label: string;
  note: number | null;
  velocity: number | null;
  loudness: number;
  brightness: number;
  decay: number;
  length: number;
}

/** See index.js. */
export interface Instrument {
  readonly id: string;
  readonly labels: Label[];
  readonly sounds: LearntSound[];
  readonly pitched: boolean;
  readonly low: number | null;
  readonly high: number | null;
  /** The name of the label that each key of MIDI plays. */
  readonly keys: (string | null)[];
  readonly level: number;
  readonly manifest: Manifest;
}

/** What the engine keeps behind an instrument. */
export interface InstrumentData {
  file: InstrumentFile;
  /** Rows of the manifest of the sounds that are kept; means, spreads and labels are theirs. */
  rows: SoundRow[];
  means: number[][];
  spreads: number[][];
  labels: number[];
  /** Of each on the map. */
  places: Place[];
  /** By label: whether its notes go on while a key is down. */
  sustained: boolean[];
  /** By label. */
  typical: number[];
  /** Deviation of takes by label, once it is known. */
  blurs?: Map<number, number[]>;
  /** By label and brightness, once measured. */
  tilts?: Map<string, number>;
}

/** A point among the learnt sounds; see index.js. */
export interface Sound {
  z: number[];
  label: number;
  labels?: [number, number][];
  note: number | null;
  loudness: number;
  gain?: number;
  brightness: number;
  decay: number;
  length?: number | null;
  higher?: number;
  tilt?: number;
  /** The known sound it is nearest to, whose modes its noise has. */
  model?: number;
}

/** What can be set of how sounds are played; see index.js. */
export interface Controls {
  wildness: number;
  brightness: number;
  vibrato: number;
  decay: number;
  attack: number;
  tune: number;
  width: number;
  level: number;
  release: number;
  holds: "auto" | "always" | "never";
  chokes: Readonly<Record<string, string | null>>;
}

/** What noteOn takes beside the instrument; see index.js. */
export interface Note extends Partial<Omit<Controls, "chokes">> {
  instrument?: Instrument | string;
  label?: string | number | null;
  note?: number | null;
  velocity?: number | null;
  sound?: Sound | null;
  near?: number | null;
  seed?: number;
  /** Of MIDI, on which it is bent. */
  channel?: number;
  time?: number;
  /** From how many semitones away it slides to its pitch, and in how many s. */
  slide?: { from: number; seconds: number };
  fixed?: boolean;
  /** Its noteOff will come: until then it sounds, where it is of a kind that does. */
  sustained?: boolean;
  /** For tests. */
  golden?: { key?: number; knots?: ArrayLike<number> | null; deviation?: number; tilt?: number };
}

/** A note that is played. */
export interface Hit {
  id: number;
  seed: number;
  sound: Sound;
  note: Note;
  /** Whether it sounds until its noteOff. */
  sustained: boolean;
}

/** Nepers an octave that a label's sounds lack for a brightness. */
export type Measure = (instrument: Instrument, label: number, brightness: number) => number;

/** What the engine says of itself; see index.js. */
export interface Meter {
  voices: number;
  load: number;
  microseconds: number;
  missed: number;
  peak: [number, number];
  reduction: number;
}

/** What is rendered offline: a note, or what happens to notes. */
export type OfflineEvent =
  | (Note & { type?: "on"; time: number; instrument: Instrument | string })
  | { type: "off"; time: number; hit: number }
  | { type: "bend"; time: number; semitones: number; instrument?: Instrument | string }
  | {
      type: "touch";
      time: number;
      gesture: Partial<Gesture>;
      instrument: Instrument | string;
      channel: number;
    }
  | { type: "sustain"; time: number; down: boolean }
  | { type: "silence"; time: number };

/** A layer: places of its numbers, or their addresses; sizes padded to what the kernel takes. */
export interface Layer {
  weight: number;
  bias: number;
  inputs: number;
  outputs: number;
}

/** A network ready to be copied into the kernel's memory; see packing.js. */
export interface PackedNetwork {
  numbers: Float32Array;
  layers: Record<string, Layer>;
  config: NetworkConfig;
  /** Padded. */
  width: number;
  labels: Float32Array;
  /** Fine spectra, two codes a byte. */
  fine: Uint8Array;
  /** The one of each known sound. */
  fineOf: Uint8Array;
  /** Those that are played as they are, by hits: of each label in turn. */
  likely: number[];
  moving: PackedTrajectories;
}

/** Which known sounds move how. */
export interface PackedTrajectories {
  /** [TRAJECTORY_SIZE, ROW] nepers a step of a code. */
  basis: Float32Array;
  /** [sum of counts, TRAJECTORY_SIZE] */
  codes: Uint8Array;
  /** Rows of each known sound; 0 where it hardly moves. */
  counts: Uint32Array;
  /** Where they begin. */
  starts: Uint32Array;
  /** dB by which they make a sound louder. */
  louder: Float32Array;
  /** Cents by which pitch is moved at each of their rows. */
  contours: Float32Array;
}

/** Arrays of a file: numbers, but for what is kept in bytes. */
export type FileArrays = Record<string, Float32Array> & {
  fine: Uint8Array;
  fine_of: Uint8Array;
  trajectories: Uint8Array;
};

/** Parameters of a sound, as a voice takes them; see playing.js. */
export interface Take {
  instrument: string;
  z: Float32Array;
  /** [index, share], of which shares sum to 1. */
  labels: [number, number][];
  /** What conditions the network beside: note, loudness, brightness, decay. */
  scaled: Float32Array;
  decayFrames: number;
  /** Frames that pass in a row's time. */
  speed: number;
  /** Rows until it is to have ended. */
  rows: number;
  /** Nepers an octave. */
  tilt: number;
  /** Hz for which the oscillators are laid out. */
  reference: number;
  /** Whether that is the pitch of the fundamental. */
  tuned: boolean;
  /** Whether the noise follows the pitch as it moves. */
  pitched: boolean;
  /** Factor on the noise's frequencies. */
  ratio: number;
  width: number;
  vibrato: number;
  attack: number;
  gain: number;
  level: number;
  /** Known sound whose modes its noise has. */
  modes: number;
  /** How much higher they are played. */
  modesRatio: number;
  /** Of the noise. */
  key: number;
  knots: Float32Array | null;
  deviation: number;
  /** How its time runs, if it moves; null for evenly. */
  warp: Float64Array | null;
  /** Frames between which it goes on while its key is down, and that of its release; null: it is struck. */
  steady: [number, number, number] | null;
  release: number;
  held: boolean;
  choke: string | null;
  /** Of MIDI, if it came by that. */
  channel?: number;
  velocity: number | null;
  slide?: { from: number; seconds: number };
  label: number;
}

/** What a mixer is told. With a frame it waits for it; null is the next quantum. */
export type Message =
  | { type: "network"; instrument: string; packed: PackedNetwork; frame?: undefined }
  | { type: "drop"; instrument: string; frame?: undefined }
  | { type: "law"; instrument: string; label: number; law: TouchLaw; frame?: undefined }
  | { type: "level"; instrument: string; db: number; frame?: undefined }
  | { type: "master"; db: number; frame?: undefined }
  | Timed;

/** What changes what sounds. */
export type Timed =
  | { type: "on"; id: number; take: Take; frame: number | null; voice?: Voice }
  | { type: "off"; id: number; pace?: number; firm?: boolean; frame: number | null }
  | { type: "press"; id: number; pressure: number; frame: number | null }
  | {
      type: "legato";
      id: number;
      semitones: number;
      seconds: number;
      louder: number;
      frame: number | null;
    }
  | {
      type: "touch";
      instrument: string;
      channel: number;
      gesture: Partial<Gesture>;
      frame: number | null;
    }
  | { type: "silence"; frame: number | null }
  | { type: "pedal"; down: boolean; frame: number | null }
  | { type: "sostenuto"; down: boolean; frame: number | null }
  | { type: "bend"; instrument: string; channel?: number; semitones: number; frame: number | null };

/** What a mixer keeps of an instrument beside its network, and of each of its channels. */
export interface Part {
  /** Gain; none before the first quantum. */
  level: number | null;
  wanted: number;
  /** Factor on frequencies. */
  bend: number;
  bent: number;
  /** What is done to its notes. */
  gesture: Gesture;
}

/** Left and right. */
export type Sides = [Float32Array, Float32Array];

/** One rendering of offline.js. */
export interface Job {
  networks: Map<string, PackedNetwork>;
  messages: Message[];
  samples: number;
  voices: number;
  level: number;
}

export type { Network, Voice };
