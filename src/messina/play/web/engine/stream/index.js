/* A texture in the page: a worker makes its sound, the audio thread plays what is ready.
 *
 *     const texture = await openTexture(audioContext, file, { wasm, workerUrl, workletUrl, settings });
 *     texture.output.connect(audioContext.destination);
 *     texture.start();
 */

/**
 * Opens the texture in a file. wasm: bytes of the kernel; settings: {seed, wildness, pace, levelling, mixture} as
 * player.js has them. Throws Error with a sentence.
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
    /** Recordings and where in the corpus each lies: [{name, from, to}], 0 … 1. */
    this.spans = [];
    /** What is heard: {style, place}, or null. */
    this.where = null;
    /** {load, missed, peak: [left, right]}: share of the time there is, times it ran dry, full scale 1. */
    this.meter = { load: 0, missed: 0, peak: [0, 0] };
  }

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

  /** Nobody hears of it who waits for it to open: that is told by the promise. */
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

  #run(on) {
    if (this.running === on) return;
    this.running = on;
    if (!on) this.where = null;
    this.output.port.postMessage({ type: on ? "run" : "rest" });
    this.dispatchEvent(new Event("change"));
  }

  /** Back to a seed's beginning: the same sound again. */
  reset(settings) {
    this.#turn += 1;
    this.#worker.postMessage({ type: "reset", settings, turn: this.#turn });
    this.output.port.postMessage({ type: "turn", turn: this.#turn });
  }

  /** Of wildness, pace and levelling, while it plays. */
  set(settings) {
    this.#worker.postMessage({ type: "set", settings });
  }

  /** How much louder it plays, before the limiter. */
  setLevel(db) {
    this.output.port.postMessage({ type: "gain", gain: 10 ** (db / 20) });
  }

  /** To a place of the corpus, 0 … 1; heard within a second or so. */
  jump(share) {
    this.#worker.postMessage({ type: "jump", share });
  }

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
