// @ts-check
// One instrument on the desk: what the views share, and what ends with it.

/** @import { Instrument, Meter, Sound } from "./engine/types.d.ts" */
/** @import { Page, ScoreToPlay, Slot, Tried } from "./types.d.ts" */

import { Desk } from "./desk.js";
import { place } from "./dom.js";
import { digestOf, eventsOf, learntSound } from "./engine/index.js";
import { Midi } from "./midi/midi.js";
import { GoingOn } from "./play/going-on.js";
import { Groove } from "./play/groove.js";
import { Heard } from "./play/heard.js";
import { MOST_OCTAVES } from "./play/kept.js";
import { Microphone } from "./play/microphone.js";
import { MidiClock } from "./play/midi-clock.js";
import { Performer } from "./play/performer.js";
import { Played } from "./play/played.js";
import { Score } from "./play/score.js";
import { firstPattern, Sequencer } from "./play/sequencer.js";
import { freshState, Session } from "./session.js";
import { isKnown } from "./sounds/known.js";
import { commentOf } from "./sounds/recipe.js";
import { freshSlots } from "./sounds/slots.js";
import { pretty, shortNames } from "./sounds/words.js";
import { computerKeys } from "./views/computer-keys.js";
import { Glyphs } from "./views/glyph.js";
import { playOn } from "./views/play-on.js";
import { scope } from "./views/scope.js";
import { sequence } from "./views/sequence.js";
import { shape } from "./views/shape.js";
import { stage } from "./views/stage.js";
import { surface } from "./views/surface.js";
import { tools } from "./views/tools.js";

const LOWEST_C = 12;
const HIGHEST_C = 96;

/**
 * @typedef {{
 *   name: string, digest: string, route?: string, instrument: Instrument, before: App | null, score?: ScoreToPlay | null,
 * }} Opened
 */

export class App extends Desk {
  /** @type {Instrument} */
  instrument;
  /** @type {Performer} */
  performer;
  texture = null;
  /** @type {Meter | undefined} */
  meter;
  /** What was found and is on no pad yet: it says "tried". @type {Tried | null} */
  tried = null;
  /** @type {Map<string, HTMLElement>} */
  #views = new Map();

  /**
   * score: what it plays, see Score.
   *
   * @param {Page} page
   * @param {Opened} opened
   */
  constructor(page, { name, digest, route, instrument, before, score = null }) {
    super(page, name);
    this.digest = digest;
    const { audio, engine } = page;
    this.instrument = instrument;
    this.names = shortNames(instrument.labels.map((label) => label.name));
    const events = eventsOf(instrument);
    // What plays a groove is a kit, though some of its hits may have a pitch.
    const slots = freshSlots(instrument, events);
    const fresh = { ...freshState(slots, instrument.pitched && !events), print: "" };
    fresh.patterns[0] = firstPattern(slots);
    const plays = score?.model ?? events;
    if (plays) fresh.groove.tempo = Math.round(plays.tempo);
    this.session = new Session(name, fresh);
    this.#fitSounds(slots, digest, Boolean(before));
    this.performer = new Performer(audio, engine, this.session, instrument);
    this.sequencer = new Sequencer(this);
    this.groove = score ? new Score(this, score) : events && new Groove(this, events);
    this.midi = new Midi(this, page.midi);
    this.clock = new MidiClock(this);
    this.goingOn = this.groove && new GoingOn(this, this.groove);
    this.glyphs = new Glyphs(this);
    this.played = new Played(this);
    this.heard = new Heard(this, digest);
    this.microphone = new Microphone(this, { token: page.takes, route });
    this.recorder.comment = () => this.commentOf(this.played.recipe());
    this.listen(this.performer, "hit", () => this.dispatchEvent(new Event("sound")));
  }

  /**
   * Sounds kept from another version of the instrument: by name where it knows them, else anew.
   *
   * @param {Slot[]} fresh
   * @param {string} print
   * @param {boolean} keepSounds
   */
  #fitSounds(fresh, print, keepSounds) {
    const {
      instrument,
      session: { state },
    } = this;
    const kinds = new Set(instrument.labels.map((label) => label.name));
    const same = state.print === print;
    const byName = new Map(instrument.sounds.map((sound) => [sound.name, sound.index]));
    state.slots = state.slots.map((slot, i) => {
      if (!kinds.has(slot.kind)) return fresh[i];
      if (same && slot.sound && !isKnown(instrument, slot.sound))
        return { ...slot, sound: null, origin: null };
      if (same || !slot.sound) return slot;
      const index = byName.get(slot.origin ?? "");
      if (index !== undefined) return { ...slot, sound: learntSound(instrument, index) };
      return keepSounds ? slot : { ...slot, sound: null, origin: null };
    });
    if ((!same && !keepSounds) || !areCorners(instrument, state.morph.corners))
      state.morph.corners = null;
    state.print = print;
  }

  end() {
    this.sequencer.stop();
    this.groove?.stop();
    this.performer.letGo();
    super.end();
  }

  /** What is heard, before the volume. */
  get output() {
    return this.engine.output;
  }

  /** @param {(meter: Meter) => void} react */
  onMeter(react) {
    return this.engine.onMeter(react);
  }

  /**
   * What a label is called on the page.
   *
   * @param {string} name
   */
  labelName(name) {
    return this.names.get(name) ?? pretty(name);
  }

  /**
   * A view is made once, and again only when the instrument changes.
   *
   * @param {string} name
   * @param {(app: App) => HTMLElement} make
   * @returns {HTMLElement}
   */
  view(name, make) {
    const view = this.#views.get(name) ?? make(this);
    this.#views.set(name, view);
    return view;
  }

  silence() {
    this.sequencer.stop();
    this.groove?.stop();
    this.engine.allNotesOff();
    this.performer.forgetKeys();
    this.midi.lift();
  }

  /** The pads that are shaped together with the current one. */
  tiedSlots() {
    const { state } = this.session;
    return state.tied ? state.slots.map((_, i) => i) : [state.slot];
  }

  /**
   * Plays a sound that was found, shaped as the current pad unless it has a shape; the pad stays as it is.
   *
   * @param {Partial<Tried> & { kind?: string, sound: Sound }} found
   * @param {{ velocity?: number, source?: string, silent?: boolean }} [options]
   */
  try(found, { velocity = this.session.state.touch, source, silent = false } = {}) {
    const { session, performer, instrument } = this;
    const kind = instrument.labels[found.sound.label]?.name ?? session.current.kind;
    const seed = session.state.seed;
    this.#show({ kind, origin: null, note: null, seed, shape: null, ...found });
    if (silent) return;
    const { sound, shape, note } = this.withLocks(/** @type {Tried} */ (this.tried));
    if (sound) performer.audition(sound, { velocity, source, note, shape: shape ?? undefined });
  }

  /**
   * Plays a kind of sound, of which each hit is another; the pad stays as it is.
   *
   * @param {string} kind
   */
  tryKind(kind) {
    const { session, performer } = this;
    const seed = session.state.seed;
    this.#show({ kind, sound: null, origin: null, note: null, seed, shape: null });
    performer.strikeLabel(kind, { velocity: session.state.touch, source: "audition" });
  }

  /** @param {Tried | null} tried */
  #show(tried) {
    this.tried = tried;
    this.dispatchEvent(new Event("tried"));
  }

  /** What was found is let go; the pad is as it was. */
  letGo() {
    this.#show(null);
  }

  /**
   * What of a sound the current pad's locks let through.
   *
   * @param {Tried} tried
   * @returns {Tried}
   */
  withLocks(tried) {
    const { session, performer, instrument } = this;
    const { locks, slot } = session.state;
    if (!tried.sound) return tried;
    const before = performer.soundOf(slot);
    const sound = {
      ...tried.sound,
      ...(locks.timbre && { z: before.z, label: before.label }),
      ...(locks.brightness && { brightness: before.brightness }),
      ...(locks.decay && { decay: before.decay }),
      ...(locks.tune && before.note !== null && tried.sound.note !== null && { note: before.note }),
    };
    return { ...tried, sound, kind: instrument.labels[sound.label]?.name ?? tried.kind };
  }

  /** What was found goes on the current pad, but for what is locked. */
  putOnPad() {
    const { session, tried } = this;
    if (!tried) return;
    const { sound, origin, kind, shape } = this.withLocks(tried);
    session.remember(`${this.labelName(kind)} on ${this.padName()}`);
    session.change("slots shape", (state) => {
      for (const i of this.tiedSlots()) {
        Object.assign(state.slots[i], { sound, origin, kind });
        if (shape) state.slots[i].shape = { ...shape, level: state.slots[i].shape.level };
      }
    });
    this.#show(null);
  }

  /** The current pad, or all where they are one. */
  padName() {
    const { tied, slot, surface } = this.session.state;
    if (!tied) return `pad ${slot + 1}`;
    return surface === "keys" ? "the keys" : "all pads";
  }

  /** Lets the current pad draw its sound anew at every hit. */
  release() {
    this.session.remember(`drawing ${this.padName()} anew at every hit`);
    this.session.change("slots shape", (state) => {
      for (const i of this.tiedSlots())
        Object.assign(state.slots[i], { sound: null, origin: null });
    });
  }

  /**
   * What stands in a file that is made here: the recipe of its sound.
   *
   * @param {Partial<import("./sounds/recipe.js").Recipe>} recipe
   */
  commentOf(recipe) {
    return commentOf({
      recipe: 1,
      by: "page",
      instrument: this.name.slice(0, 200),
      digest: digestOf(this.instrument),
      seed: this.session.state.seed,
      asked: {},
      ...recipe,
    });
  }

  range() {
    const { low, high } = this.instrument;
    return { low: low ?? 0, high: high ?? 127 };
  }

  /** The C the on-screen and the computer's keyboard begin with. */
  lowestC() {
    const { low, high } = this.range();
    const middle = this.instrument.pitched ? (low + high) / 2 : 60;
    const c = 12 * Math.round((middle - 14) / 12) + 12 * this.session.state.octave;
    return Math.max(LOWEST_C, Math.min(HIGHEST_C, c));
  }

  /** @param {number} by */
  shiftOctave(by) {
    this.session.change("octave", (state) => {
      state.octave = Math.max(-MOST_OCTAVES, Math.min(MOST_OCTAVES, state.octave + by));
    });
  }
}

/**
 * @param {Instrument} instrument
 * @param {unknown} corners of what was kept
 */
const areCorners = (instrument, corners) =>
  Array.isArray(corners) &&
  corners.length === 4 &&
  corners.every((one) => typeof one?.name === "string" && isKnown(instrument, one.sound));

/**
 * Builds the desk for an instrument.
 *
 * @param {Page} page
 * @param {Opened} opened
 */
export function mount(page, opened) {
  const app = new App(page, opened);
  tools(app, place("tools"), place("status"));
  scope(app, place("sounding"));
  shape(app, place("shape"));
  stage(app, place("stage"));
  surface(app, place("surface"));
  sequence(app, place("sequence"));
  playOn(app, place("groove"), app.groove);
  computerKeys(app);
  return app;
}
