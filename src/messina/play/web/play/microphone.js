// @ts-check
// A take by microphone: recorded here, listened to by the server on this machine, back as strokes or notes.

/** @import { App } from "../app.js" */
/** @import { Heard } from "./phrase.js" */

import { onePage } from "../resource.js";
import { Recorder } from "./recorder.js";

const MOST_S = 60;
const LEAST_S = 0.3;

/** Why there is no take: for people. */
const NO_SERVER =
  "This page is one file, and listening to a take needs the program: open the instrument with messina play, or in the studio.";
const NOT_HERE =
  "Takes are listened to on the machine that Messina runs on: open the page there, at 127.0.0.1.";
const NO_MICROPHONE_HERE = "This browser gives pages no microphone.";

/** Says "change" when it begins or ends to record, "progress" meanwhile. */
export class Microphone extends EventTarget {
  /** @type {Recorder | null} */
  #recorder = null;
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {MediaStreamAudioSourceNode | null} */
  #source = null;
  #asking = false;
  #over = false;
  /** While a take ends. @type {Promise<Blob | null> | null} */
  #ending = null;
  /** Whether a take is being listened to. */
  waiting = false;

  /**
   * token: which the server knows this page by; null: it listens to no takes. route: of the instrument there.
   *
   * @param {App} app
   * @param {{ token: string | null, route?: string }} options
   */
  constructor(app, { token, route }) {
    super();
    this.app = app;
    this.token = token;
    this.route = route;
  }

  /** Why it cannot be used at all; null: it can. */
  get missing() {
    if (onePage()) return NO_SERVER;
    if (this.token === null || !this.route) return NOT_HERE;
    return navigator.mediaDevices ? null : NO_MICROPHONE_HERE;
  }

  get running() {
    return this.#recorder !== null;
  }

  get seconds() {
    return this.#recorder?.seconds ?? 0;
  }

  /** Begins to record. Throws Error, for people, when there is no microphone or it is refused. */
  async start() {
    if (this.running || this.#asking) return;
    this.#asking = true;
    try {
      await this.app.wake();
      const stream = await asked();
      if (this.#over) close(stream);
      else await this.#record(stream);
    } finally {
      this.#asking = false;
    }
  }

  /** @param {MediaStream} stream */
  async #record(stream) {
    const source = new MediaStreamAudioSourceNode(this.app.audio, { mediaStream: stream });
    const recorder = new Recorder(this.app.audio, source);
    this.#stream = stream;
    this.#source = source;
    this.#recorder = recorder;
    recorder.addEventListener("progress", () => {
      if (recorder.seconds >= MOST_S - 1) this.dispatchEvent(new Event("full"));
      else this.dispatchEvent(new Event("progress"));
    });
    await recorder.start();
    this.dispatchEvent(new Event("change"));
  }

  /** Ends the take and has it listened to. Throws Error, for people. @returns {Promise<Heard | null>} */
  async stop() {
    const recorder = this.#recorder;
    if (!recorder || this.#ending) return null;
    const { seconds } = recorder;
    const file = await this.#end(recorder);
    if (!file || seconds < LEAST_S) throw new Error("The take is too short; record a little more.");
    if (recorder.silent)
      throw new Error("The microphone gives silence: is it muted, or another one chosen?");
    this.#waits(true);
    try {
      return await this.#listenedTo(file);
    } finally {
      this.#waits(false);
    }
  }

  /** Ends the take and forgets it; none is begun any more. */
  async cancel() {
    this.#over = true;
    if (this.#recorder) await this.#end(this.#recorder);
  }

  /** @param {Recorder} recorder */
  #end(recorder) {
    this.#ending ??= this.#finish(recorder);
    return this.#ending;
  }

  /** @param {Recorder} recorder */
  async #finish(recorder) {
    const file = await recorder.stop();
    this.#source?.disconnect();
    if (this.#stream) close(this.#stream);
    this.#recorder = this.#stream = this.#source = this.#ending = null;
    this.dispatchEvent(new Event("change"));
    return file;
  }

  /** @param {boolean} waiting */
  #waits(waiting) {
    this.waiting = waiting;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Blob} file @returns {Promise<Heard>} */
  async #listenedTo(file) {
    const address = new URL(`take?instrument=${this.route}`, document.baseURI);
    let answer;
    try {
      answer = await fetch(address, {
        method: "POST",
        body: file,
        headers: { "Content-Type": "audio/wav", "X-Messina-Take": this.token ?? "" },
      });
    } catch {
      throw new Error("Messina does not answer any more, so the take could not be listened to.");
    }
    if (!answer.ok) throw new Error(sentence(await answer.text()));
    return answer.json();
  }
}

/** @param {string} text */
const sentence = (text) => {
  const said = text.trim();
  return `${said.slice(0, 1).toUpperCase()}${said.slice(1)}.`;
};

/** @param {MediaStream} stream */
function close(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** The sound of a microphone as it is: nothing evened out. */
async function asked() {
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
  } catch (error) {
    throw new Error(WHY[/** @type {DOMException} */ (error)?.name] ?? WHY.other);
  }
}

/** By the names that browsers give errors. @type {Record<string, string>} */
const WHY = {
  NotAllowedError:
    "The microphone was refused. The browser's settings for this page can allow it; then ask again.",
  NotFoundError: "There is no microphone: connect one and try again.",
  NotReadableError: "The microphone cannot be opened: another program may have it.",
  other: "The microphone cannot be used here.",
};
