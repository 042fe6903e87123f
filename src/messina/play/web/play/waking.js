// @ts-check
// Whether sound can come out, and what to say when it cannot.

const GRACE_MS = 1500;
const AGAIN_MS = 500;
const UNTOUCHED = "No sound yet: browsers let a page sound only after a click or a key on it.";
const MUTE =
  "No sound comes out: there is no output device, or the browser holds the sound back. Connect or choose one, then touch something here again.";

export class Waking {
  /** @type {ReturnType<typeof setTimeout> | 0} */
  #timer = 0;

  /**
   * say(sentence): told why nothing can be heard; null: it can again.
   *
   * @param {AudioContext} audio
   * @param {(sentence: string | null) => void} say
   */
  constructor(audio, say) {
    this.audio = audio;
    this.say = say;
  }

  /** Browsers let a page sound only after it was touched: whatever is to sound asks for it. */
  wake() {
    const { audio } = this;
    if (!this.#timer) this.#look(audio.currentTime, GRACE_MS);
    return audio.state === "running" ? Promise.resolve() : audio.resume();
  }

  /**
   * Looks a while later whether the audio clock has moved on; again until it has.
   *
   * @param {number} before
   * @param {number} after_ms
   */
  #look(before, after_ms) {
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      const { audio } = this;
      const moves = audio.state === "running" && audio.currentTime > before;
      this.say(moves ? null : navigator.userActivation?.hasBeenActive === false ? UNTOUCHED : MUTE);
      if (!moves) this.#look(audio.currentTime, AGAIN_MS);
    }, after_ms);
  }
}
