/* The shapes that a texture's modules hand each other. For tsc alone: nothing here is loaded. */

/** Numbers by place, however they are kept. */
export type Numbers = Float32Array | Float64Array | number[];

/** How a texture is played; mixture: shares by recording, null: all in turn. */
export interface TextureSettings {
  seed: number;
  wildness: number;
  pace: number;
  levelling: number;
  mixture: Record<string, number> | null;
}

/** Where in the corpus it plays: the recording, and the share of all. */
export interface Where {
  style: number;
  place: number;
}

/** Where a recording lies in the corpus, 0 … 1. */
export interface NamedSpan {
  name: string;
  from: number;
  to: number;
}

/** Share of the time there is, times it ran dry, full scale 1. */
export interface TextureMeter {
  voices?: number;
  load: number;
  missed: number;
  peak: [number, number];
}

/** The part "stream" of a file. */
export interface TextureManifest {
  version: number;
  latents: number;
  recordings: { name: string; patches: number; gain_db?: number }[];
  fast: string;
  network: { width: number; components: number; embedding: number } | null;
  drops?: number;
  drops_each?: number;
}

/** Arrays of the part, by their names. */
export interface TextureArrays extends Record<string, Float32Array | Int32Array | Uint8Array> {
  mean: Float32Array;
  scale: Float32Array;
  spread: Float32Array;
  directions: Float32Array;
  latents: Float32Array;
  fine: Uint8Array;
  drop_places: Int32Array;
  drop_shapes: Float32Array;
}

/** Drops by their places; each: how many fall for one of the corpus. */
export interface Drops {
  places: Int32Array;
  shapes: Float32Array;
  each: number;
}

/** A drop that falls, and when in its patch, 0 … 1, or at which sample. */
export type Fallen = [moment: number, drop: number];

/** Where a walk through the corpus is. */
export interface Walking {
  style: number;
  /** How often it went elsewhere. */
  moves: number;
  place: number;
}

/** What moves around the slow level. */
export interface Motion {
  wildness: number;
  step(slow: Float64Array, walk: Walking): Float64Array;
}

/** Samples that were made for a turn, and what was heard of it. */
export interface Portion {
  turn: number;
  left: Float32Array;
  right: Float32Array;
  load: number;
  where: Where;
}

/** What the audio thread asks for. */
export interface Wanted {
  turn: number;
  count: number;
}

/** What the worker is told. */
export type WorkerOrder =
  | {
      type: "open";
      file: ArrayBuffer;
      wasm: ArrayBuffer;
      settings: Partial<TextureSettings>;
      port: MessagePort;
    }
  | { type: "set"; settings: Partial<TextureSettings> }
  | { type: "jump"; share: number }
  | { type: "reset"; settings: Partial<TextureSettings>; turn: number };

/** What the audio thread is told. */
export type FeedOrder =
  | { type: "open"; port: MessagePort }
  | { type: "run" | "rest" | "close" }
  | { type: "gain"; gain: number }
  | { type: "turn"; turn: number };
