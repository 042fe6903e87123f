// The engine in Node, for tests: evaluates what they send, one line of JSON each way.
//
// A page's globals that the engine needs are here in their simplest form. Nothing sounds: the audio
// context only takes what it is given. Workers are Node's, dressed as a browser's.
//
//     node host.js ENGINE_FOLDER INSTRUMENTS_FOLDER

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { Worker as Thread } from "node:worker_threads";

const [engine, instruments] = process.argv.slice(2);
if (!instruments) process.exit(); // nobody is there who would ask or end it: a test runner's search
const ENGINE = pathToFileURL(`${engine}/`).href;

class Port extends EventTarget {
  postMessage() {}
  close() {}
}

class Node {
  port = new Port();
  connect(other) {
    return other;
  }
  disconnect() {}
}

class AudioContext {
  sampleRate = 44_100;
  currentTime = 0;
  state = "running";
  destination = new Node();
  audioWorklet = { addModule: async () => {} };
}

/** What a worker's script finds in a browser; messages wait until it is loaded. */
const DRESSED = `
  const { parentPort, workerData } = require("node:worker_threads");
  globalThis.self = globalThis;
  globalThis.postMessage = (message, transfer) => parentPort.postMessage(message, transfer);
  import(workerData).then(() => parentPort.on("message", (data) => self.onmessage({ data })));
`;

class Worker {
  #thread;

  constructor(url) {
    this.#thread = new Thread(DRESSED, { eval: true, workerData: String(url) });
    this.#thread.on("message", (data) => this.onmessage?.({ data }));
    this.#thread.on("error", ({ message }) => this.onerror?.({ message, preventDefault() {} }));
    this.#thread.unref();
  }

  postMessage(message, transfer) {
    this.#thread.postMessage(message, transfer);
  }

  terminate() {
    this.#thread.terminate();
  }
}

/** The two folders that a page of the engine is served from. */
async function fetch(address) {
  const route = String(address).replace(ENGINE, "/engine/");
  const [, folder, rest] = /^\/(engine|instruments)\/(.+)$/.exec(route);
  const bytes = await readFile(join(folder === "engine" ? engine : instruments, rest));
  return { ok: true, arrayBuffer: async () => Uint8Array.from(bytes).buffer };
}

Object.assign(globalThis, { AudioContext, AudioWorkletNode: Node, Worker, fetch });
globalThis.window = globalThis;
console.log = console.error; // the answers' way stays free

/** JSON has no numbers that are not finite; tests may ask for them. */
const plain = (_, value) =>
  typeof value === "number" && !Number.isFinite(value) ? { number: String(value) } : value;

/** A module with the script as its value, so that it may import as a page does. */
async function evaluate(script, argument) {
  const own = script.replaceAll(/import\((["`])\/engine\//g, `import($1${ENGINE}`);
  const source = `export default ${own.trim()}`;
  const module = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  return module.default(argument);
}

for await (const line of createInterface({ input: process.stdin })) {
  const { script, argument } = JSON.parse(line);
  let answer;
  try {
    answer = { value: await evaluate(script, argument) };
  } catch (error) {
    answer = { error: error.stack };
  }
  process.stdout.write(`${JSON.stringify(answer, plain)}\n`);
}
process.exit(0);
