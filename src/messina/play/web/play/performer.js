// @ts-check
// From a gesture to a note: which sound a pad plays, how it is shaped, and which take of it.
//
// A pad without a sound of its own plays its label: each hit is drawn anew, near the note and the
// velocity played. The first draw of a seed is the pad's character; `spread` says how far the
// following hits differ from it, 0 not at all. Hits are counted from the seed, so that a seed
// repeats a performance.

/** @import { Engine } from "../engine/engine.js" */
/** @import { Hit, Instrument, Note, Sound } from "../engine/types.d.ts" */
/** @import { Session } from "../session.js" */
/** @import { Shape } from "../types.d.ts" */

import { CounterRng } from "../engine/counter-rng.js";
import { between, eventsOf, newSound } from "../engine/index.js";
import { NEUTRAL_SHAPE } from "../session.js";
import { OneVoice } from "./one-voice.js";

/** @type {(keyof Shape)[]} */
const SHAPE = ["brightness", "decay", "attack", "tune", "width", "level"];

export class Performer extends EventTarget {
  #hits = new Map();
  /** Notes of the keys that are down. @type {Map<Hit, number>} */
  #keys = new Map();
  /** What stands for the keys that are down, in order. @type {Set<Hit>} */
  #down = new Set();
  #voice;

  /**
   * @param {AudioContext} audio
   * @param {Engine} engine
   * @param {Session} session
   * @param {Instrument} instrument
   */
  constructor(audio, engine, session, instrument) {
    super();
    this.audio = audio;
    this.engine = engine;
    this.session = session;
    this.instrument = instrument;
    this.#voice = new OneVoice(
      engine,
      () => this.#glide(),
      ({ id }, { note, velocity }) =>
        this.dispatchEvent(new CustomEvent("legato", { detail: { id, note, velocity } })),
    );
    // What plays a groove is as loud as the recordings, whose mix it was; hands beside it likewise.
    this.raised = eventsOf(instrument) ? -instrument.level : 0;
  }

  /** From now on hits are counted anew. */
  restart() {
    this.#hits.clear();
  }

  /**
   * Plays a pad; `count` says which hit of it this is, where it is not simply the next.
   *
   * @param {number} slot
   * @param {{ velocity?: number, note?: number | null, time?: number, count?: number, source?: string, sustained?: boolean, channel?: number }} [options] sustained: release follows; channel: of MIDI
   */
  strike(
    slot,
    { velocity = 100, note = null, time, count, source = "hand", sustained = false, channel } = {},
  ) {
    const asked = this.#asked(slot, { velocity, note, count: count ?? this.#next(slot) });
    const given = { ...asked, time, sustained, channel };
    if (!sustained) return this.#play(given, { slot, source });
    // What is held by hand is shaped as by the first channel.
    return this.#press({ ...given, channel: channel ?? 0 }, { slot, source });
  }

  /**
   * What a hit of a pad is, as the engine is told it.
   *
   * @param {number} slot
   * @param {{ velocity: number, count: number }} options count: which hit of it this is
   */
  noteOf(slot, { velocity, count }) {
    return this.#shaped(this.#asked(slot, { velocity, note: null, count }), slot);
  }

  /**
   * @param {number} slot
   * @param {{ velocity: number, note: number | null, count: number }} options
   */
  #asked(slot, { velocity, note, count }) {
    const seed = this.#seed(slot, count);
    const played = note ?? this.session.state.slots[slot].note ?? undefined;
    return {
      sound: this.soundOf(slot, { velocity, note: played, seed }),
      seed,
      velocity,
      note: played,
    };
  }

  /**
   * @param {Note} request
   * @param {number | null} slot
   * @param {Shape} [shape]
   */
  #shaped(request, slot, shape) {
    const { state } = this.session;
    const own = shape ?? state.slots[slot ?? state.slot].shape;
    const shaped = Object.fromEntries(SHAPE.map((name) => [name, own[name]]));
    const level = own.level + this.raised + (request.level ?? 0);
    return { wildness: state.spread * 2, ...request, ...shaped, level };
  }

  /**
   * Plays a label that has no pad.
   *
   * @param {string} label
   * @param {{ velocity?: number, source?: string, note?: number, sustained?: boolean, channel?: number }} [options]
   */
  strikeLabel(label, { velocity = 100, source = "hand", note, sustained = false, channel } = {}) {
    const asked = { label, velocity, note, sustained, channel };
    const options = { slot: null, source, shape: NEUTRAL_SHAPE };
    return sustained ? this.#press(asked, options) : this.#play(asked, options);
  }

  /**
   * Plays a sound as the current pad would be shaped.
   *
   * @param {Sound} sound
   * @param {{ velocity?: number, note?: number | null, seed?: number, shape?: Shape, source?: string }} [options]
   */
  audition(sound, { velocity, note = null, seed, shape, source = "audition" } = {}) {
    const { state } = this.session;
    const played =
      note ?? (sound.note === null ? undefined : (this.session.current.note ?? sound.note));
    const asked = seed ?? new CounterRng(state.seed).bits();
    return this.#play(
      { sound, seed: asked, velocity, note: played ?? undefined },
      { slot: null, source, shape },
    );
  }

  /**
   * Plays a label as a groove asks for it: by the pad that has it, shaped as that is, where there is one.
   *
   * @param {string} label
   * @param {Note} asked
   */
  play(label, asked) {
    const { state } = this.session;
    const pad = state.slots.findIndex(({ kind }) => kind === label);
    const slot = pad < 0 ? null : pad;
    const sound = slot === null ? null : state.slots[slot].sound;
    const shape = slot !== null || state.tied ? state.slots[slot ?? 0].shape : NEUTRAL_SHAPE;
    // What was put on the pad by hand is struck as it is; else the take that the groove asks for.
    const { near, ...rest } = asked;
    const request = sound ? { ...rest, sound } : { ...asked, label };
    return this.#play(request, { slot, source: "groove", shape });
  }

  /**
   * Plays a note of an instrument as a score asks for it, as it was learnt.
   *
   * @param {Instrument} instrument
   * @param {Note} request
   */
  perform(instrument, request) {
    const hit = this.engine.noteOn({ instrument, ...request });
    const slot =
      instrument === this.instrument
        ? this.session.state.slots.findIndex(({ kind }) => kind === request.label)
        : -1;
    const detail = {
      ...request,
      sound: hit.sound,
      slot: slot < 0 ? null : slot,
      source: "score",
      hit,
    };
    this.dispatchEvent(new CustomEvent("hit", { detail }));
    return hit;
  }

  /**
   * A key goes down.
   *
   * @param {Note} request
   * @param {{ slot: number | null, source: string, shape?: Shape }} options
   */
  #press(request, options) {
    const hit = this.#hold(request, options);
    this.#down.add(hit);
    return hit;
  }

  /**
   * Plays what a key holds: one at a time where that is asked for, or sliding from the key before.
   *
   * @param {Note} request
   * @param {{ slot: number | null, source: string, shape?: Shape }} options
   */
  #hold(request, options) {
    const { mono } = this.session.state;
    const { sound, label, velocity } = request;
    const own = this.instrument.labels.find(({ name }) => name === label);
    const pitched = sound ? sound.note !== null : own?.pitched;
    const note = request.note ?? sound?.note;
    if (!pitched || typeof note !== "number") return this.#play(request, options);
    /** @param {{ from: number, seconds: number }} [slide] */
    const strike = (slide) => this.#play({ ...request, slide }, options);
    if (mono)
      return this.#voice.press({
        note,
        label: sound?.label ?? own?.index ?? 0,
        velocity: velocity ?? 100,
        strike,
      });
    const before = [...this.#keys.values()].at(-1);
    const seconds = this.#glide();
    const slides = before !== undefined && seconds > 0;
    const hit = strike(slides ? { from: before - note, seconds } : undefined);
    this.#keys.set(hit, note);
    return hit;
  }

  #glide() {
    return this.session.state.glide / 1000;
  }

  /**
   * @param {Note} request
   * @param {{ slot: number | null, source: string, shape?: Shape }} options
   */
  #play(request, { slot, source, shape }) {
    const own = shape ?? this.session.state.slots[slot ?? this.session.state.slot].shape;
    const hit = this.engine.noteOn({
      instrument: this.instrument,
      ...this.#shaped(request, slot, own),
    });
    this.dispatchEvent(
      new CustomEvent("hit", {
        detail: { ...request, sound: hit.sound, slot, source, hit, shape: own },
      }),
    );
    return hit;
  }

  /**
   * @param {Hit | null | undefined} hit
   * @param {{ time?: number, pace?: number }} [how] pace: how many times as fast as it was learnt
   */
  release(hit, how = {}) {
    if (!hit) return;
    this.#down.delete(hit);
    this.#keys.delete(hit);
    const ofVoice = this.#voice.holds(hit);
    const lifted = ofVoice ? this.#voice.lift(hit) : hit;
    if (!lifted || !(lifted.sustained || !this.session.state.ring)) return;
    if (ofVoice) this.#voice.ended = lifted;
    this.end(lifted, how);
  }

  /**
   * Ends a note, whether sounds are let ring or not.
   *
   * @param {Hit} hit
   * @param {{ time?: number, pace?: number }} [how]
   */
  end(hit, how = {}) {
    this.engine.noteOff(hit, how);
    this.dispatchEvent(new CustomEvent("end", { detail: { id: hit.id, time: how.time } }));
  }

  /**
   * Presses a key that is down.
   *
   * @param {Hit} hit
   * @param {number} pressure 0 … 1
   */
  press(hit, pressure) {
    const sounding = this.#voice.holds(hit) ? this.#voice.sounding(hit) : hit;
    if (sounding) this.engine.press(sounding, pressure);
  }

  /** Lifts all keys that are down: nobody will hear of their end any more. */
  letGo() {
    for (const hit of [...this.#down]) this.release(hit);
  }

  /** No key is down any more. */
  forgetKeys() {
    this.#down.clear();
    this.#keys.clear();
    this.#voice.forget();
  }

  /**
   * The sound a hit of a pad is a take of.
   *
   * @param {number} slot
   * @param {{ velocity?: number, note?: number | null, seed?: number }} [options]
   */
  soundOf(slot, { velocity = 100, note, seed } = {}) {
    const { state } = this.session;
    const { sound, kind } = state.slots[slot];
    if (sound) return sound;
    const asked = { label: kind, note, velocity, wildness: state.wildness };
    const character = newSound(this.instrument, { ...asked, seed: this.#seed(slot, 0) });
    if (seed === undefined || state.spread === 0) return character;
    return between(
      character,
      newSound(this.instrument, { ...asked, seed }),
      Math.min(1, state.spread),
    );
  }

  /** @param {number} slot */
  #next(slot) {
    const count = this.#hits.get(slot) ?? 0;
    this.#hits.set(slot, count + 1);
    return count;
  }

  /**
   * With no spread every hit is the first.
   *
   * @param {number} slot
   * @param {number} count
   */
  #seed(slot, count) {
    const { state } = this.session;
    return new CounterRng(state.seed, slot, state.spread === 0 ? 0 : count).bits();
  }
}
