// @ts-check
/* Measuring decoded sounds on the page's thread: what tilt makes a sound as bright as it was asked for.
 * As the Python method Player._of_brightness, but for a label's typical sound, once for all its sounds. */

/** @import { Kernel } from "./kernel.js" */
/** @import { Instrument, PackedNetwork, Take } from "./types.d.ts" */

import { PLAYING, TOUCH } from "./constants.js";
import { brightnessLn, energies } from "./descriptors.js";
import { learntSound } from "./instrument.js";
import { FLOOR, POINTS, ROW } from "./layout.js";
import { BATCH, Decoder, Network } from "./network.js";
import { takeOf } from "./playing.js";
import { DEFAULTS } from "./ranges.js";
import { middleNote, playedDb } from "./responses.js";
import { lawOf } from "./touch.js";

const { BRIGHTER_LN, FINE_HALVINGS, STEEPEST_TILT } = PLAYING;

export class Measuring {
  /** @param {Kernel} kernel */
  constructor(kernel) {
    this.kernel = kernel;
    this.decoder = new Decoder(kernel);
    this.points = kernel.allocate(POINTS * ROW);
    /** By instrument. @type {WeakMap<object, Network>} */
    this.networks = new WeakMap();
  }

  /** @param {object} instrument */
  forget(instrument) {
    this.networks.get(instrument)?.free();
    this.networks.delete(instrument);
  }

  /**
   * @param {object} instrument
   * @param {PackedNetwork} packed
   */
  networkOf(instrument, packed) {
    const network = this.networks.get(instrument) ?? new Network(this.kernel, packed);
    this.networks.set(instrument, network);
    return network;
  }

  /**
   * The tilt, in nepers an octave, that a label's sounds lack for a brightness.
   *
   * @param {Instrument} instrument
   * @param {PackedNetwork} packed
   * @param {number} label
   * @param {number} brightness
   */
  tilt(instrument, packed, label, brightness) {
    const network = this.networkOf(instrument, packed);
    const [was, moved] = typicalTakes(instrument, label, brightness).map((take) =>
      energies(this.decode(network, take)),
    );
    const wanted = brightnessLn(was, 0) + BRIGHTER_LN * brightness;
    // The steeper the brighter: halving finds it, also where little tilt makes all the difference.
    // What cannot be had at all, a sine's, must not end in the steepest tilt for a little.
    const most = STEEPEST_TILT * Math.abs(brightness);
    let [low, high] = [-most, most];
    for (let round = 0; round < FINE_HALVINGS; round++) {
      const middle = (low + high) / 2;
      if (brightnessLn(moved, middle) < wanted) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  /**
   * What touch does to a label's sounds.
   *
   * @param {Instrument} instrument
   * @param {PackedNetwork} packed
   * @param {number} label
   */
  law(instrument, packed, label) {
    const network = this.networkOf(instrument, packed);
    const response = instrument.manifest.responses[label];
    const takes = typicalTakesAt(instrument, label, middleNote(response), TOUCH.ANCHORS);
    return lawOf(
      takes.map((take) => energies(this.decode(network, take))),
      middleNote(response),
      playedDb(response, TOUCH.ANCHORS),
    );
  }

  /**
   * All points [POINTS, ROW] of a take.
   *
   * @param {Network} network
   * @param {Take} take
   */
  decode(network, take) {
    const { kernel } = this;
    const tuned = kernel.allocate(network.tunedSize);
    this.decoder.tune(network, take, tuned);
    const { points } = network.config;
    for (let first = 0; first < points; first += BATCH) {
      const count = Math.min(BATCH, points - first);
      const indices = Array.from({ length: count }, (_, i) => first + i);
      this.decoder.decode(network, take, tuned, indices, count, this.points);
    }
    kernel.free(tuned, network.tunedSize);
    const rows = kernel.view(this.points, POINTS * ROW).slice();
    for (let p = points; p < POINTS; p++) rows.set(FLOOR, p * ROW);
    return rows;
  }
}

/** The laws of touch of one instrument: measured for a label once it was struck and something is touched, a matter of ms. */
export class TouchLaws {
  #struck = new Set();
  #sent = new Set();
  #touched = false;
  #send;

  /** @param {(label: number) => void} send  has a label's notes touched as they were learnt */
  constructor(send) {
    this.#send = send;
  }

  /** @param {number} label */
  strike(label) {
    this.#struck.add(label);
    if (this.#touched) this.#sendOnce(label);
  }

  /** From now on the labels that are struck are touched as they were learnt. */
  touch() {
    this.#touched = true;
    for (const label of this.#struck) this.#sendOnce(label);
  }

  /** @param {number} label */
  #sendOnce(label) {
    if (this.#sent.has(label)) return;
    this.#sent.add(label);
    this.#send(label);
  }
}

/**
 * The takes of a label's typical sound as it is and made brighter, without tilt.
 *
 * @param {Instrument} instrument
 * @param {number} label
 * @param {number} brightness
 */
function typicalTakes(instrument, label, brightness) {
  const note = {
    sound: learntSound(instrument, instrument.labels[label].typical),
    golden: { tilt: 0 },
  };
  return [0, brightness].map(
    (b) => takeOf(instrument, note, { ...DEFAULTS, brightness: b }, 0, () => 0).take,
  );
}

/**
 * The takes of a label's most typical sounds at a note and these velocities.
 *
 * @param {Instrument} instrument
 * @param {number} label
 * @param {number | null} note
 * @param {number[]} velocities
 */
function typicalTakesAt(instrument, label, note, velocities) {
  const controls = { ...DEFAULTS, wildness: 0 };
  return velocities.map((velocity) => {
    const asked = { label, note, velocity, sustained: true };
    return takeOf(instrument, asked, controls, 0, () => 0).take;
  });
}
