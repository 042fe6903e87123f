// @ts-check
/* Makes sound faster than it is heard, in a thread of its own; offline.js alone talks to it. One kernel and one mixer
 * serve for all that is ever rendered: browsers give the memory of a kernel back late, or not at all. */

/// <reference path="../worklets.d.ts" />

/** @import { Message } from "./types.d.ts" */

import { Kernel } from "./kernel.js";
import { LATENCY } from "./limiter.js";
import { Mixer, QUANTUM } from "./mixer.js";

/** @type {Mixer | null} */
let mixer = null;
/** @type {string[]} */
let errors = [];

/**
 * {wasm, voices, level, messages, samples} → [left, right], what the limiter looks ahead taken off.
 *
 * @param {{ wasm: ArrayBuffer, voices: number, level: number, messages: Message[], samples: number }} job
 */
function render({ wasm, voices, level, messages, samples }) {
  errors = [];
  mixer ??= new Mixer(new Kernel(wasm), {
    voices,
    patient: true,
    onError: (error) => errors.push(error),
  });
  mixer.reset({ voices, level });
  for (const message of messages) mixer.accept(message, 0);
  const quanta = Math.ceil((samples + LATENCY) / QUANTUM);
  const sides = [0, 1].map(() => new Float32Array(quanta * QUANTUM));
  for (let frame = 0; frame < quanta * QUANTUM && errors.length === 0; frame += QUANTUM) {
    const [left, right] = sides.map((side) => side.subarray(frame, frame + QUANTUM));
    mixer.render(left, right, frame);
  }
  if (errors.length > 0) throw new Error(errors[0]);
  return sides.map((side) => side.slice(LATENCY, LATENCY + samples));
}

const scope = /** @type {WorkerScope} */ (/** @type {unknown} */ (self));
scope.onmessage = ({ data }) => {
  try {
    const sides = render(data);
    scope.postMessage(
      { sides },
      sides.map((side) => side.buffer),
    );
  } catch (error) {
    scope.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
};
