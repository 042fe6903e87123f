// @ts-check
// A texture that plays on, as the panel knows it.

/** @import { Texture } from "../engine/texture/index.js" */
/** @import { TextureDesk } from "../texture-desk.js" */
/** @import { TextureSettings } from "../engine/texture/types.d.ts" */
/** @import { GrooveSettings } from "../types.d.ts" */

/**
 * What the engine is told of a session's settings.
 *
 * @param {GrooveSettings} settings
 * @returns {TextureSettings}
 */
export function textureSettings({ seed, wildness, pace, levelling, mixed }) {
  const mixture = mixed.length > 0 ? Object.fromEntries(mixed.map((style) => [style, 1])) : null;
  return { seed, wildness, pace: 2 ** pace, levelling, mixture };
}

/** Says "change" when it starts, stops or is asked elsewhere. */
export class TexturePlayback extends EventTarget {
  kind = "texture";
  settings = ["wildness", "pace", "levelling", "level"];
  /** It has none. */
  tempo = null;

  /**
   * @param {TextureDesk} desk
   * @param {Texture} source
   */
  constructor(desk, source) {
    super();
    this.desk = desk;
    this.source = source;
    this.names = source.spans.map(({ name }) => name);
    this.spans = source.spans.map(({ from, to }, style) => ({ style, from, to }));
    /** Index of the recording that was asked for and is not heard yet. @type {number | null} */
    this.asked = null;
    desk.session.on("groove", () => {
      const { seed: _, mixture: __, ...settings } = textureSettings(this.#set);
      source.set(settings);
      source.setLevel(this.#set.level);
    });
    desk.listen(source, "change", () => this.#changed());
    desk.listen(source, "heard", () => this.#arrive());
  }

  get #set() {
    return this.desk.session.state.groove;
  }

  get running() {
    return this.source.running;
  }

  toggle() {
    if (this.running) this.stop();
    else this.start();
  }

  async start() {
    await this.desk.wake();
    this.source.start();
  }

  stop() {
    this.asked = null;
    this.source.stop();
  }

  /** Back to the seed's beginning: the same sound again. */
  reset() {
    this.asked = null;
    this.source.reset(textureSettings(this.#set));
    this.#changed();
  }

  /** Indices of the recordings it plays a mixture of; none: all in turn. */
  get mixed() {
    return this.#set.mixed;
  }

  /**
   * Takes a recording into the mixture, or out of it: heard from the seed's beginning.
   *
   * @param {number} style
   */
  mix(style) {
    const { mixed } = this;
    const others = mixed.filter((other) => other !== style);
    this.desk.session.change("groove", (state) => {
      state.groove.mixed = others.length < mixed.length ? others : [...mixed, style];
    });
    this.reset();
  }

  /**
   * To a place of what was learnt, 0 … 1; heard within a second or so.
   *
   * @param {number} share
   */
  jump(share) {
    this.source.jump(share);
    this.asked = this.spans.find(({ to }) => share < to)?.style ?? this.spans.length - 1;
    this.#changed();
  }

  /** What is heard now: {style, place, words}, or null. */
  get heard() {
    const { where } = this.source;
    return where && { ...where, words: "" };
  }

  #arrive() {
    if (this.asked === null || this.source.where?.style !== this.asked) return;
    this.asked = null;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
