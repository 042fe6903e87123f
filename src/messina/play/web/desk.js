// @ts-check
// What every page of something that sounds has, whatever it is; says "sound" when something begins to.

/** @import { Session } from "./session.js" */
/** @import { Page } from "./types.d.ts" */

import { Controls } from "./play/controls.js";

export class Desk extends EventTarget {
  #listeners = new AbortController();
  /** @type {(() => void)[]} */
  #ends = [];
  /** Of whoever takes its place. @type {Session} */
  session;

  /**
   * @param {Page} page
   * @param {string} name
   */
  constructor(page, name) {
    super();
    const { audio, engine, volume, bus, waking, recorder } = page;
    this.audio = audio;
    this.engine = engine;
    this.name = name;
    this.waking = waking;
    this.volumeNode = volume;
    this.bus = bus;
    this.startAfresh = () => page.startAfresh();
    this.controls = new Controls();
    // What is recorded goes on when another desk takes the place of this one.
    this.recorder = recorder;
    recorder.source = volume;
    recorder.comment = () => undefined;
  }

  /**
   * Listens until this desk is put away.
   *
   * @param {EventTarget} target
   * @param {string} kind
   * @param {(event: any) => void} react
   * @param {AddEventListenerOptions} [options]
   */
  listen(target, kind, react, options = {}) {
    target.addEventListener(kind, react, { ...options, signal: this.#listeners.signal });
  }

  /** @param {() => void} work */
  atEnd(work) {
    this.#ends.push(work);
  }

  end() {
    this.session.save();
    this.#listeners.abort();
    for (const work of this.#ends) work();
  }

  /** Browsers let a page sound only after it was touched. */
  wake() {
    return this.waking.wake();
  }

  /** The moment on the audio clock that is heard now. */
  heardTime() {
    return this.audio.currentTime - (this.audio.outputLatency || this.audio.baseLatency || 0);
  }

  /**
   * Milliseconds until a note is heard.
   *
   * @param {number | undefined} time
   */
  delayOf(time) {
    return time === undefined ? 0 : Math.max(0, 1000 * (time - this.heardTime()));
  }

  /** @param {number} share */
  setVolume(share) {
    // A fader's law: half way is -12 dB, the bottom is silence.
    for (const { gain } of [this.volumeNode, this.bus.dry])
      gain.setTargetAtTime(share ** 2 * 1.25, this.audio.currentTime, 0.01);
  }
}
