// @ts-check
/* Rendering that is not live, by a worker that is kept from one to the next (offline-worker.js). */

/** @import { Instrument, Job, Message, OfflineEvent, PackedNetwork, Sides, Take } from "./types.d.ts" */

import { hash } from "./counter-rng.js";
import { SAMPLE_RATE } from "./layout.js";

export class OfflineRenderer {
  #url;
  #wasm;
  /** @type {Worker | null} */
  #worker = null;
  /**
   * The first is being rendered.
   * @type {{ job: Job, resolve: (sides: Sides) => void, reject: (error: Error) => void }[]}
   */
  #queue = [];
  /** By id, as the worker has them. @type {Map<string, PackedNetwork>} */
  #known = new Map();
  /** Ids the worker may forget. @type {Set<string>} */
  #dropped = new Set();

  /**
   * @param {string | URL} url
   * @param {ArrayBuffer} wasm
   */
  constructor(url, wasm) {
    this.#url = String(url);
    this.#wasm = wasm;
  }

  /**
   * Renders `samples` of what these messages say, as the mixer takes them. networks: packed, by the instrument's id.
   * Resolves to [left, right]; rejects with an Error that says what went wrong.
   *
   * @param {Job} job
   * @returns {Promise<Sides>}
   */
  render({ networks, messages, samples, voices, level }) {
    return new Promise((resolve, reject) => {
      this.#queue.push({ job: { networks, messages, samples, voices, level }, resolve, reject });
      if (this.#queue.length === 1) this.#next();
    });
  }

  /**
   * What is rendered from now on needs no such instrument.
   *
   * @param {string} id
   */
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
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * What the worker has to be told of instruments first: most often nothing, for networks are large.
   *
   * @param {Map<string, PackedNetwork>} networks
   */
  #news(networks) {
    /** @type {Message[]} */
    const news = [...this.#dropped].map((instrument) => ({ type: "drop", instrument }));
    this.#dropped.clear();
    for (const [instrument, packed] of networks) {
      if (this.#known.get(instrument) === packed) continue;
      this.#known.set(instrument, packed);
      news.push({ type: "network", instrument, packed });
    }
    return news;
  }

  #started() {
    const type =
      this.#url.startsWith("data:") || this.#url.startsWith("blob:") ? "classic" : "module";
    const worker = new Worker(this.#url, { type });
    worker.onmessage = ({ data }) => {
      if (data.error) this.#fail(data.error);
      else this.#done(data.sides);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message || "it could not be started");
    };
    worker.onmessageerror = () => this.#fail("its answer could not be read");
    return worker;
  }

  /**
   * What failed may have left anything behind: the next rendering begins with a worker of its own.
   *
   * @param {string} why
   */
  #fail(why) {
    this.#stop();
    this.#queue.shift()?.reject(new Error(`The sound could not be rendered: ${why}.`));
    this.#next();
  }

  /** @param {Sides} sides */
  #done(sides) {
    this.#queue.shift()?.resolve(sides);
    this.#next();
  }
}

/**
 * What a mixer is told of events; ids: of the instruments that play, takeOf: of a note and its seed.
 *
 * @param {OfflineEvent[]} events
 * @param {string[]} ids
 * @param {(note: Extract<OfflineEvent, { type?: "on" }>, seed: number) => Take} takeOf
 */
export const messagesOf = (events, ids, takeOf) =>
  events.flatMap((event, index) => messagesFor(event, index, ids, takeOf));

/**
 * @param {OfflineEvent} event
 * @param {number} index
 * @param {string[]} ids
 * @param {(note: Extract<OfflineEvent, { type?: "on" }>, seed: number) => Take} takeOf
 * @returns {Message[]}
 */
function messagesFor(event, index, ids, takeOf) {
  const frame = frameOf(event.time ?? 0);
  switch (event.type) {
    case undefined:
    case "on": {
      const take = takeOf(event, event.seed ?? hash(0, index));
      return [{ type: "on", id: index, take, frame }];
    }
    case "off":
      return [{ type: "off", id: event.hit, frame }];
    case "bend":
      return (event.instrument === undefined ? ids : [idOf(event.instrument)]).map((id) => ({
        type: "bend",
        instrument: id,
        semitones: event.semitones,
        frame,
      }));
    case "touch": {
      const { gesture, channel } = event;
      return [{ type: "touch", instrument: idOf(event.instrument), channel, gesture, frame }];
    }
    case "sustain":
      return [{ type: "pedal", down: Boolean(event.down), frame }];
    case "silence":
      return [{ type: "silence", frame }];
    default:
      throw new RangeError(`there is no event '${/** @type {{ type: string }} */ (event).type}'`);
  }
}

/** @param {Instrument | string | undefined} instrument */
export const idOf = (instrument) =>
  typeof instrument === "string" ? instrument : String(instrument?.id);

/**
 * The sample a time lies at; null: as soon as possible.
 *
 * @param {number | undefined} time
 */
export const frameOf = (time) =>
  time === undefined ? null : Math.max(0, Math.round(time * SAMPLE_RATE));
