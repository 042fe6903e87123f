/* Rendering that is not live, by a worker that is kept from one to the next (offline-worker.js). */

export class OfflineRenderer {
  #url;
  #wasm;
  #worker = null;
  #queue = []; // of {job, resolve, reject}; the first is being rendered
  #known = new Map(); // network by id, as the worker has them
  #dropped = new Set(); // ids the worker may forget

  constructor(url, wasm) {
    this.#url = String(url);
    this.#wasm = wasm;
  }

  /**
   * Renders `samples` of what these messages say, as the mixer takes them. networks: packed, by the instrument's id.
   * Resolves to [left, right]; rejects with an Error that says what went wrong.
   */
  render({ networks, messages, samples, voices, level }) {
    return new Promise((resolve, reject) => {
      this.#queue.push({ job: { networks, messages, samples, voices, level }, resolve, reject });
      if (this.#queue.length === 1) this.#next();
    });
  }

  /** What is rendered from now on needs no such instrument. */
  forget(id) {
    if (this.#known.delete(id)) this.#dropped.add(id);
  }

  close() {
    this.#stop();
    for (const { reject } of this.#queue.splice(0)) reject(new Error("the engine was closed"));
  }

  #stop() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#known.clear();
    this.#dropped.clear();
  }

  #next() {
    if (this.#queue.length === 0) return;
    const { networks, messages, ...rest } = this.#queue[0].job;
    try {
      this.#worker ??= this.#started();
      this.#worker.postMessage({
        ...rest,
        wasm: this.#wasm,
        messages: [...this.#news(networks), ...messages],
      });
    } catch (error) {
      this.#fail(error.message);
    }
  }

  /** What the worker has to be told of instruments first: most often nothing, for networks are large. */
  #news(networks) {
    const gone = [...this.#dropped].map((instrument) => ({ type: "drop", instrument }));
    this.#dropped.clear();
    const fresh = [...networks].filter(([id, packed]) => this.#known.get(id) !== packed);
    for (const [id, packed] of fresh) this.#known.set(id, packed);
    return [
      ...gone,
      ...fresh.map(([instrument, packed]) => ({ type: "network", instrument, packed })),
    ];
  }

  #started() {
    const type =
      this.#url.startsWith("data:") || this.#url.startsWith("blob:") ? "classic" : "module";
    const worker = new Worker(this.#url, { type });
    worker.onmessage = ({ data }) => {
      if (data.error) this.#fail(data.error);
      else this.#done("resolve", data.sides);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message || "it could not be started");
    };
    worker.onmessageerror = () => this.#fail("its answer could not be read");
    return worker;
  }

  /** What failed may have left anything behind: the next rendering begins with a worker of its own. */
  #fail(why) {
    this.#stop();
    this.#done("reject", new Error(`The sound could not be rendered: ${why}.`));
  }

  #done(how, what) {
    const first = this.#queue.shift();
    first?.[how](what);
    this.#next();
  }
}
