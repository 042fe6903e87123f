// @ts-check
/* Makes a texture's sound, in a thread of its own: no portion of it can make the audio thread late.
 *
 * The page opens it with a port to the audio thread (feed-worklet.js), which asks for portions when it has
 * few left. Everything the page says belongs to a `turn`, counted up when what was made is to be dropped. */

/** @import { Wanted, WorkerOrder } from "./types.d.ts" */

import { readTexture } from "../file.js";
import { Kernel } from "../kernel.js";
import { SAMPLE_RATE } from "../layout.js";
import { TexturePlayer } from "./player.js";

/** @type {TexturePlayer} */
let player;
/** @type {MessagePort} */
let feed;
let turn = 0;
/** Asked for before the page's own word of that turn was here. @type {Wanted | null} */
let early = null;

/** @param {Extract<WorkerOrder, { type: "open" }>} order */
function open({ file, wasm, settings, port }) {
  const model = readTexture(file);
  player = new TexturePlayer(model, new Kernel(wasm), settings);
  feed = port;
  feed.onmessage = ({ data }) => orSay(() => give(data));
  postMessage({ spans: model.spans });
}

/** @param {Wanted} wanted */
function give(wanted) {
  early = wanted.turn > turn ? wanted : null;
  for (let i = 0; i < wanted.count && wanted.turn === turn; i++) {
    const began = performance.now();
    const [left, right] = player.portion();
    const load = (performance.now() - began) / (1_000 * (left.length / SAMPLE_RATE));
    feed.postMessage({ turn, left, right, load, where: player.where }, [left.buffer, right.buffer]);
  }
}

/** @param {WorkerOrder} data */
function obey(data) {
  if (data.type === "open") open(data);
  else if (data.type === "set") Object.assign(player, data.settings);
  else if (data.type === "jump") player.jump(data.share);
  else if (data.type === "reset") {
    Object.assign(player, data.settings);
    turn = data.turn;
    player.reset();
    if (early) give(early);
  }
}

/** @param {() => void} work */
function orSay(work) {
  try {
    work();
  } catch (error) {
    postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
}

self.onmessage = ({ data }) => orSay(() => obey(data));
