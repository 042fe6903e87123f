// @ts-check
/* A texture in the page: a worker makes its sound, the audio thread plays what is ready.
 *
 *     const texture = await openTexture(audioContext, file, { wasm, workerUrl, workletUrl, settings });
 *     texture.output.connect(audioContext.destination);
 *     texture.start();
 */

/** @import { NamedSpan, TextureMeter, TextureSettings, Where } from "./types.d.ts" */

/**
 * Opens the texture in a file. wasm: bytes of the kernel; settings: {seed, wildness, pace, levelling, mixture} as
 * player.js has them. Throws Error with a sentence.
 *
 * @param {AudioContext} context
 * @param {ArrayBuffer} file
 * @param {{ wasm: ArrayBuffer, workerUrl: string, workletUrl: string, settings?: Partial<TextureSettings> }} options
 */
export async function openTexture(context, file, { wasm, workerUrl, workletUrl, settings = {} }) {
  await context.audioWorklet.addModule(workletUrl);
  const type = workerUrl.startsWith("data:") ? "classic" : "module";
  const texture = new Texture(context, new Worker(workerUrl, { type }));
  await texture.open({ file, wasm, settings });
  return texture;
}

/**
 * Says "change" when it starts or stops, "heard" some twenty times a second while it plays, and "broken", with a
 * sentence as its detail, when there is no more sound to come.
 */
export class Texture extends EventTarget {
  #worker;
  #turn = 0;

  /**
   * @param {AudioContext} context
   * @param {Worker} worker
   */
  constructor(context, worker) {
    super();
    this.#worker = worker;
    this.output = new AudioWorkletNode(context, "messina-texture", {
      numberOfInputs: 0,
      outputChannelCount: [2],
    });
    this.output.port.onmessage = ({ data }) => this.#hear(data);
    this.output.onprocessorerror = () => this.#break("its player has stopped");
    this.running = false;
    /** Recordings and where in the corpus each lies. @type {NamedSpan[]} */
    this.spans = [];
    /** What is heard, or null. @type {Where | null} */
    this.where = null;
    /** @type {TextureMeter} */
    this.meter = { load: 0, missed: 0, peak: [0, 0] };
  }

  /**
   * @param {{ file: ArrayBuffer, wasm: ArrayBuffer, settings: Partial<TextureSettings> }} options
   * @returns {Promise<void>}
   */
  open({ file, wasm, settings }) {
    const { port1, port2 } = new MessageChannel();
    return new Promise((resolve, reject) => {
      this.#worker.onerror = ({ message }) => {
        reject(new Error(message || "the texture could not be opened"));
        this.#break(message);
      };
      this.#worker.onmessage = ({ data }) => {
        if (data.error) {
          reject(new Error(data.error));
          return void this.#break(data.error);
        }
        this.spans = data.spans;
        this.output.port.postMessage({ type: "open", port: port2 }, [port2]);
        resolve();
      };
      this.#worker.postMessage({ type: "open", file, wasm, settings, port: port1 }, [port1]);
    });
  }

  /**
   * Nobody hears of it who waits for it to open: that is told by the promise.
   *
   * @param {string} why
   */
  #break(why) {
    this.dispatchEvent(
      new CustomEvent("broken", {
        detail: `The texture cannot go on: ${why}. Reload this page to play on.`,
      }),
    );
  }

  start() {
    this.#run(true);
  }

  stop() {
    this.#run(false);
  }

  /** @param {boolean} on */
  #run(on) {
    if (this.running === on) return;
    this.running = on;
    if (!on) this.where = null;
    this.output.port.postMessage({ type: on ? "run" : "rest" });
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Back to a seed's beginning: the same sound again.
   *
   * @param {TextureSettings} settings
   */
  reset(settings) {
    this.#turn += 1;
    this.#worker.postMessage({ type: "reset", settings, turn: this.#turn });
    this.output.port.postMessage({ type: "turn", turn: this.#turn });
  }

  /**
   * Of wildness, pace and levelling, while it plays.
   *
   * @param {Partial<TextureSettings>} settings
   */
  set(settings) {
    this.#worker.postMessage({ type: "set", settings });
  }

  /**
   * How much louder it plays, before the limiter.
   *
   * @param {number} db
   */
  setLevel(db) {
    this.output.port.postMessage({ type: "gain", gain: 10 ** (db / 20) });
  }

  /**
   * To a place of the corpus, 0 … 1; heard within a second or so.
   *
   * @param {number} share
   */
  jump(share) {
    this.#worker.postMessage({ type: "jump", share });
  }

  /** @param {TextureMeter & { where: Where | null }} heard */
  #hear({ where, ...meter }) {
    this.meter = meter;
    this.where = this.running ? where : null;
    this.dispatchEvent(new Event("heard"));
  }

  close() {
    this.#worker.terminate();
    this.output.port.postMessage({ type: "close" });
    this.output.disconnect();
  }
}
