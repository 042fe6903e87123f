// @ts-check
/* Which voices there are, who cuts off whom, what keys and pedals let go, and which is missed least where too many would sound:
 * the twin of the Python module sequences/voices. */

/** @import { Decoder } from "./network.js" */
/** @import { Kernel } from "./kernel.js" */
/** @import { makeTables } from "./synthesis.js" */
/** @import { Take } from "./types.d.ts" */

import { VOICES } from "./constants.js";
import { IDLE, SOUNDING, Voice } from "./voice.js";

const SPARE = 16; // voices beside the audible ones, to fade out or wait in
const RESERVE = 4; // of them for notes that come unannounced

export class Voices {
  /** Those that play; the rest of the pool is there for renderings of more. @type {Voice[]} */
  all = [];
  /** Voices keep their memory in the kernel. @type {Voice[]} */
  #pool = [];
  #most = 0; // that sound at once
  #begun = 0; // so far
  #pedal = false;
  #make;

  /**
   * @param {Kernel} kernel
   * @param {Decoder} decoder
   * @param {ReturnType<typeof makeTables>} tables
   */
  constructor(kernel, decoder, tables) {
    this.#make = () => new Voice(kernel, decoder, tables);
  }

  /**
   * Nothing sounds; `most` may.
   *
   * @param {number} most
   */
  reset(most) {
    for (const voice of this.#pool) voice.stop();
    while (this.#pool.length < most + SPARE) this.#pool.push(this.#make());
    this.#most = most;
    this.all = this.#pool.slice(0, most + SPARE);
    this.#pedal = false;
  }

  /** One that is idle, or fades most softly; null: they all wait or sound. */
  free() {
    /** @type {Voice | null} */
    let quietest = null;
    for (const voice of this.all) {
      if (voice.state === IDLE) return voice;
      if (voice.state !== SOUNDING || !voice.fading) continue;
      if (!quietest || voice.loud < quietest.loud) quietest = voice;
    }
    return quietest;
  }

  /** One in which a note may wait; null where idle ones are few. */
  spare() {
    const idle = this.all.filter((voice) => voice.state === IDLE);
    return idle.length > RESERVE ? idle[idle.length - 1] : null;
  }

  /**
   * Starts one that is prepared; others make room.
   *
   * @param {Voice} voice
   * @param {number} id
   * @param {number} frame
   */
  start(voice, id, frame) {
    this.choke(voice.take, frame);
    this.steal(frame);
    voice.start(id, frame, this.#begun++);
  }

  /**
   * @param {Take} take
   * @param {number} frame
   */
  choke({ instrument, choke, label }, frame) {
    if (!choke) return;
    for (const voice of this.all) {
      if (voice.state !== SOUNDING || voice.take.choke !== choke) continue;
      if (voice.take.instrument === instrument) {
        voice.fadeOut(frame, voice.take.label === label ? VOICES.STRUCK_AGAIN : VOICES.CHOKED);
      }
    }
  }

  /**
   * Fades the voice that will be missed least when there is no room for one more; of those missed alike, the oldest.
   *
   * @param {number} frame
   */
  steal(frame) {
    const playing = this.all.filter(
      (voice) => voice.state === SOUNDING && !(voice.fading && voice.fadeSamples <= VOICES.CHOKED),
    );
    if (playing.length < this.#most) return;
    /** @param {Voice} voice */
    const missed = (voice) =>
      voice.loud * (voice.fading ? VOICES.FADING_SHARE : 1) +
      (voice.played < VOICES.YOUNG ? VOICES.YOUNG_BONUS : 0);
    playing.sort((a, b) => missed(a) - missed(b) || a.order - b.order);
    playing[0].fadeOut(frame, VOICES.STOLEN);
  }

  /**
   * @param {number} id
   * @param {(hand: Voice["hand"]) => void} act
   */
  handOf(id, act) {
    for (const voice of this.all) if (voice.state === SOUNDING && voice.id === id) act(voice.hand);
  }

  /**
   * @param {number} id
   * @param {number} frame
   * @param {number} pace how many times as fast as it was learnt it is released
   * @param {boolean} [firm] whether no pedal holds it, either
   */
  end(id, frame, pace, firm = false) {
    for (const voice of this.all) {
      if (voice.state !== SOUNDING || voice.id !== id) continue;
      const waits = !voice.down && (this.#pedal || voice.caught);
      if (!voice.down && !(firm && waits && !voice.fading)) continue;
      if (voice.down) voice.pace = pace;
      voice.down = false;
      if (firm) voice.caught = false;
      if (firm || (!this.#pedal && !voice.caught)) voice.letGo(frame);
    }
  }

  /**
   * The middle pedal holds the notes whose keys are down just now.
   *
   * @param {boolean} down
   * @param {number} frame
   */
  catchNotes(down, frame) {
    for (const voice of this.all) {
      if (voice.state !== SOUNDING) continue;
      const was = voice.caught;
      voice.caught = down && voice.down;
      if (was && !down && !voice.down && !this.#pedal && !voice.fading) voice.letGo(frame);
    }
  }

  /**
   * @param {boolean} down
   * @param {number} frame
   */
  press(down, frame) {
    this.#pedal = down;
    if (down) return;
    for (const voice of this.all) {
      const waits = voice.state === SOUNDING && !voice.down && !voice.caught;
      if (waits && !voice.fading) voice.letGo(frame);
    }
  }

  /** @param {number} frame */
  fadeAll(frame) {
    for (const voice of this.all) if (voice.state === SOUNDING) voice.fadeOut(frame, VOICES.STOLEN);
  }
}
