// @ts-check
// A room, drive and a compressor on the bus, to judge a kit in. At nothing they are not in the way at all.

import { CounterRng } from "../engine/counter-rng.js";

/** @typedef {{ room: number, drive: number, press: number, recorded: boolean }} EffectSettings shares, 0 … 1 */

export const NO_EFFECTS = Object.freeze({ room: 0, drive: 0, press: 0, recorded: false });

const ROOM = { lengthS: 1.3, decayS: 0.9, firstS: 0.012, mostWet: 0.7, darkHz: 2_500, seed: 7 };
const DRIVE = { most: 12, points: 2_049 };
const PRESS = { leastDb: -8, mostDb: -30, mostRatio: 4, attackS: 0.008, releaseS: 0.14, kneeDb: 8 };
const CEILING = { threshold: -1, ratio: 20, attack: 0.001, release: 0.08, knee: 0 };
const GLIDE_S = 0.02;

/**
 * The bus between the engine and the volume. `dry` has what the engine makes at the same volume, without effects.
 */
export class Effects {
  /** @type {{ drive: WaveShaperNode, press: DynamicsCompressorNode, wet: GainNode } | null} */
  #chain = null;
  #active = false;

  /**
   * @param {AudioContext} audio
   * @param {AudioNode} source
   * @param {AudioNode} volume
   */
  constructor(audio, source, volume) {
    this.audio = audio;
    this.source = source;
    this.volume = volume;
    this.dry = new GainNode(audio);
    source.connect(this.dry);
    source.connect(volume);
  }

  /** @param {EffectSettings} settings */
  set({ room, drive, press }) {
    const active = room > 0 || drive > 0 || press > 0;
    if (active !== this.#active) this.#route(active);
    if (!active) return;
    const chain = this.#made();
    const now = this.audio.currentTime;
    chain.wet.gain.setTargetAtTime(ROOM.mostWet * room ** 1.5, now, GLIDE_S);
    chain.drive.curve = drive > 0 ? driveCurve(drive) : null;
    const { leastDb, mostDb, mostRatio } = PRESS;
    chain.press.threshold.value = press > 0 ? leastDb + (mostDb - leastDb) * press : 0;
    chain.press.ratio.value = 1 + (mostRatio - 1) * Math.min(1, 2 * press);
  }

  /** @param {boolean} active */
  #route(active) {
    this.#active = active;
    const chain = this.#made();
    if (active) {
      this.source.disconnect(this.volume);
      this.source.connect(chain.drive);
    } else {
      this.source.disconnect(chain.drive);
      this.source.connect(this.volume);
    }
  }

  #made() {
    if (this.#chain) return this.#chain;
    const { audio } = this;
    const drive = new WaveShaperNode(audio, { oversample: "2x" });
    const { attackS, releaseS, kneeDb } = PRESS;
    const press = new DynamicsCompressorNode(audio, {
      attack: attackS,
      release: releaseS,
      knee: kneeDb,
    });
    const room = new ConvolverNode(audio, { buffer: roomOf(audio) });
    const wet = new GainNode(audio, { gain: 0 });
    const ceiling = new DynamicsCompressorNode(audio, CEILING);
    drive.connect(press);
    press.connect(ceiling);
    press.connect(room).connect(wet).connect(ceiling);
    ceiling.connect(this.volume);
    this.#chain = { drive, press, wet };
    return this.#chain;
  }
}

/**
 * tanh, driven harder and harder, as loud at a quarter of full scale.
 *
 * @param {number} share
 */
export function driveCurve(share) {
  const gain = 1 + DRIVE.most * share ** 2;
  const at = 0.25;
  const level = at / Math.tanh(gain * at);
  return Float32Array.from({ length: DRIVE.points }, (_, i) => {
    const x = (2 * i) / (DRIVE.points - 1) - 1;
    return level * Math.tanh(gain * x);
  });
}

/**
 * The response of a room: noise that decays, its high end the sooner, left and right apart; always the same.
 *
 * @param {BaseAudioContext} audio
 */
function roomOf(audio) {
  const rate = audio.sampleRate;
  const length = Math.round(ROOM.lengthS * rate);
  const buffer = new AudioBuffer({ length, numberOfChannels: 2, sampleRate: rate });
  for (let side = 0; side < 2; side++) buffer.copyToChannel(roomSide(rate, length, side), side);
  return buffer;
}

/**
 * @param {number} rate
 * @param {number} length
 * @param {number} side
 */
export function roomSide(rate, length, side) {
  const rng = new CounterRng(ROOM.seed, side);
  const response = new Float32Array(length);
  const first = Math.round(ROOM.firstS * rate);
  let low = 0;
  for (let n = first; n < length; n++) {
    const t = (n - first) / rate;
    // One pole that closes as time goes on: air and walls take the high end.
    const share =
      1 - Math.exp((-2 * Math.PI * ROOM.darkHz * (0.3 + 2.7 * Math.exp(-6 * t))) / rate);
    low += share * (rng.normal() - low);
    response[n] = low * Math.exp((-6.91 * t) / ROOM.decayS);
  }
  return response;
}
