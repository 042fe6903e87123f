// @ts-check
// A texture on the desk: no hits to strike, something that plays on by itself.

/** @import { Texture } from "./engine/texture/index.js" */
/** @import { TextureMeter } from "./engine/texture/types.d.ts" */
/** @import { Page } from "./types.d.ts" */

import { Desk } from "./desk.js";
import { complain, place } from "./dom.js";
import { openTexture } from "./engine/texture/index.js";
import { Midi } from "./midi/midi.js";
import { TexturePlayback, textureSettings } from "./play/texture.js";
import { onePage, resource } from "./resource.js";
import { freshState, Session } from "./session.js";
import { computerKeys } from "./views/computer-keys.js";
import { playOn } from "./views/play-on.js";
import { scope } from "./views/scope.js";
import { tools } from "./views/tools.js";

export class TextureDesk extends Desk {
  // There is nothing to strike.
  performer = null;
  sequencer = null;
  groove = null;
  goingOn = null;
  played = null;
  /** @type {TextureMeter | undefined} */
  meter;

  /**
   * @param {Page} page
   * @param {string} name
   * @param {Session} session
   * @param {Texture} source
   */
  constructor(page, name, session, source) {
    super(page, name);
    this.session = session;
    this.source = source;
    this.output = source.output;
    for (const node of [this.volumeNode, this.bus.dry]) this.output.connect(node);
    this.midi = new Midi(this, page.midi);
    this.texture = new TexturePlayback(this, source);
    this.listen(source, "broken", ({ detail }) => complain(new Error(detail)));
    this.listen(source, "heard", () => this.dispatchEvent(new Event("sound")));
  }

  /** @param {(meter: TextureMeter) => void} react */
  onMeter(react) {
    const notify = () => react(this.source.meter);
    this.source.addEventListener("heard", notify);
    return () => this.source.removeEventListener("heard", notify);
  }

  silence() {
    this.texture.stop();
  }

  end() {
    super.end();
    this.source.close();
  }
}

/**
 * Builds the desk for a texture.
 *
 * @param {Page} page
 * @param {{ name: string, buffer: ArrayBuffer }} opened
 */
export async function mountTexture(page, { name, buffer }) {
  const fresh = freshState([], false);
  fresh.groove.levelling = 1;
  const session = new Session(name, fresh);
  const source = await openTexture(page.audio, buffer, {
    wasm: await kernel(),
    workerUrl: resource("engine/texture/worker.js"),
    workletUrl: resource("engine/texture/feed-worklet.js"),
    settings: textureSettings(session.state.groove),
  });
  const desk = new TextureDesk(page, name, session, source);
  tools(desk, place("tools"), place("status"));
  scope(desk, place("sounding"));
  playOn(desk, place("groove"), desk.texture);
  computerKeys(desk);
  return desk;
}

async function kernel() {
  return (
    onePage()?.engine.wasmBytes ??
    (await fetch(resource("engine/kernel/kernel.wasm"))).arrayBuffer()
  );
}
