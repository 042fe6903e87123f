// @ts-check
// Records everything that is heard, sample for sample, until told to stop.

import { resource } from "../resource.js";
import { wavFile } from "../sounds/wav.js";

const MOST_S = 3600;

export class Recorder extends EventTarget {
  /** @type {AudioWorkletNode | null} */
  #node = null;
  /** What is recorded now. @type {AudioNode | null} */
  #tapped = null;
  #starting = false;
  #ending = false;
  /** @type {Float32Array[][]} */
  #portions = [];
  #samples = 0;
  /** @type {Promise<void> | null} */
  #ready = null;
  #broken = false; // no more comes

  /** What stands in the file beside the sound. @type {() => string | undefined} */
  comment = () => undefined;

  /** Whether nothing has been heard since it began. */
  silent = true;

  /**
   * @param {AudioContext} audio
   * @param {AudioNode} source
   */
  constructor(audio, source) {
    super();
    this.audio = audio;
    this.source = source;
  }

  get running() {
    return this.#node !== null;
  }

  get seconds() {
    return this.#samples / this.audio.sampleRate;
  }

  async start() {
    if (this.running || this.#starting) return;
    this.#starting = true;
    try {
      await this.#begin();
    } finally {
      this.#starting = false;
    }
    this.dispatchEvent(new Event("change"));
  }

  async #begin() {
    this.#ready ??= this.audio.audioWorklet.addModule(resource("play/tap-worklet.js"));
    await this.#ready;
    this.#portions = [];
    this.#samples = 0;
    this.silent = true;
    this.#broken = false;
    const node = new AudioWorkletNode(this.audio, "messina-tap", {
      numberOfInputs: 1,
      numberOfOutputs: 0,
      channelCount: 2,
      channelCountMode: "explicit",
    });
    this.#node = node;
    node.port.onmessage = ({ data }) => this.#take(data);
    node.onprocessorerror = () => {
      this.#broken = true;
      this.dispatchEvent(new Event("broken"));
    };
    this.#tapped = this.source; // another may be set meanwhile, for the next recording
    this.#tapped.connect(node);
  }

  /** Ends the recording; resolves to a WAV file for the first who asks. @returns {Promise<Blob | null>} */
  stop() {
    const node = this.#node;
    if (!node || this.#ending) return Promise.resolve(null);
    this.#ending = true;
    return new Promise((resolve) => {
      this.#end = () => {
        this.#tapped?.disconnect(node);
        this.#node = this.#tapped = null;
        this.#ending = false;
        resolve(wavFile(this.#joined(), this.audio.sampleRate, this.comment()));
        this.#portions = [];
        this.dispatchEvent(new Event("change"));
      };
      if (this.#broken) this.#end();
      else node.port.postMessage("stop");
    });
  }

  #end = () => {};

  /** @param {Float32Array[] | "end"} data */
  #take(data) {
    if (data === "end") return void this.#end();
    this.#portions.push(data);
    this.silent &&= data.every((side) => side.every((x) => x === 0));
    this.#samples += data[0].length;
    if (this.seconds > MOST_S) this.dispatchEvent(new Event("full"));
    else this.dispatchEvent(new Event("progress"));
  }

  #joined() {
    return [0, 1].map((channel) => {
      const whole = new Float32Array(this.#samples);
      let at = 0;
      for (const portion of this.#portions) {
        whole.set(portion[channel], at);
        at += portion[channel].length;
      }
      return whole;
    });
  }
}
