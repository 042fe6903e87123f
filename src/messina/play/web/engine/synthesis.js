// @ts-check
/* One sound, block by block: the twin of the Python class frames.synthesis.Synthesiser, its rows
 * decoded as they are needed.
 *
 * A block is HOP samples of middle and side at this.middle and this.side. Rows lead blocks by up to
 * three, for the noise of a row reaches half a window round it and the shaping of the onset a bit more. */

/** @import { Decoder, Network } from "./network.js" */
/** @import { Hand } from "./hand.js" */
/** @import { Kernel } from "./kernel.js" */
/** @import { Address, Take } from "./types.d.ts" */

import { CONTOUR, SYNTHESIS } from "./constants.js";
import { Loudness } from "./descriptors.js";
import { Loops } from "./excitation.js";
import {
  ATTACK_HOP,
  BINS,
  clamp,
  dbToGain,
  HOP,
  KNOTS,
  ONSET,
  ONSET_SIZE,
  PARTIALS,
  POWER_SHARE,
} from "./layout.js";
import { Noise, noiseScratch } from "./noise.js";
import { Oscillators, oscillatorScratch } from "./oscillators.js";
import { Rows } from "./rows.js";
import { imageOf } from "./stereo.js";

const { MOST_CENTS } = CONTOUR;
const { SOFT_START } = SYNTHESIS;
const ATTACK_BLOCKS = ((KNOTS - 1) * ATTACK_HOP) / HOP;
const LEAD = 6; // rows, of which a block needs three: there is time to decode the others in turn

export class Synthesis {
  /** @type {Take} */
  take;
  wide = false; // whether there is a side
  block = 0; // blocks made
  gain = 1;
  bend = 1; // as it was told last
  vibrato = 1; // how far pitch moves beside what it was learnt to; may change as it plays
  pace = 1; // of the oscillators at the block's start, as its pitch moves

  /**
   * @param {Kernel} kernel
   * @param {Decoder} decoder
   * @param {ReturnType<typeof makeTables>} tables
   * @param {Hand} hand what is done to it
   */
  constructor(kernel, decoder, tables, hand) {
    this.kernel = kernel;
    this.hand = hand;
    this.loops = tables.loops;
    this.middle = kernel.allocate(HOP); // the block that was made last
    this.side = kernel.allocate(HOP);
    this.rows = new Rows(kernel, decoder, tables.power);
    this.loudness = new Loudness(this.rows.decoded);
    this.oscillators = new Oscillators(kernel, tables.oscillators);
    this.noise = new Noise(kernel, tables.noise, tables.loops);
    this.attack = kernel.allocate((KNOTS - 1) * ATTACK_HOP);
    this.onset = new Float32Array(ONSET_SIZE);
  }

  // -------------------------------------------------------------- the beginning

  /**
   * Makes ready to play a take (see playing.js) from its first block.
   *
   * @param {Network} network
   * @param {Take} take
   */
  begin(network, take) {
    const { kernel, rows, onset, oscillators } = this;
    this.take = take;
    this.release();
    rows.begin(network, take, onset);
    const image = imageOf(onset, take.width);
    this.wide = !image.mono;
    partialGains(onset, kernel.view(this.attack, (KNOTS - 1) * ATTACK_HOP));
    oscillators.begin(onset, take.reference, image);
    this.block = 0;
    this.bend = 1;
    this.gain = dbToGain(take.gain - this.loudness.errorDb());
    this.readPartials(0, oscillators.from);
    this.vibrato = take.vibrato;
    this.pace = this.paceAt(0);
    const pace = take.pitched ? this.pace : 1;
    const loop = this.loops.acquire(network, take.modes, take.modesRatio);
    this.noise.begin(loop, { key: take.key, pace }, onset, image);
    this.makeNoise(); // of the first block: it is the dearest, and hardly a bend changes it
  }

  /** Gives back what only a sound that is played needs. */
  release() {
    this.noise.release();
  }

  /**
   * Lifts the key of what is held.
   *
   * @param {number} samples
   * @param {number} [pace] how many times as fast as it was learnt
   */
  letGo(samples, pace = 1) {
    this.rows.holding.letGo(Math.ceil(samples / HOP), pace);
  }

  /** Decodes what one of the next blocks will need, so that blocks cost alike; one batch of points at most. */
  lookAhead() {
    this.rows.decoded.lookOn(this.block + LEAD);
  }

  /** Whether its own pitch moves. */
  get sways() {
    return this.rows.decoded.trajectory.bends;
  }

  /** Samples until the sound has ended, as far as that is known. */
  get samples() {
    return HOP * this.rows.last;
  }

  get over() {
    return this.block > this.rows.last + 3;
  }

  // -------------------------------------------------------------- blocks

  /**
   * The next HOP samples, to this.middle and, if it is wide, this.side.
   *
   * @param {number} bend
   */
  step(bend) {
    const { kernel, oscillators, middle, side, wide } = this;
    this.bend = bend;
    kernel.clear(middle, HOP);
    if (wide) kernel.clear(side, HOP);
    this.readPartials(this.block + 1, oscillators.to);
    const next = this.paceAt(this.block + 1);
    oscillators.step(bend * this.pace, bend * next, middle, side);
    this.pace = next;
    if (this.block < ATTACK_BLOCKS) {
      const gains = this.attack + 4 * HOP * this.block;
      kernel.run.multiply(middle, gains, HOP);
      if (wide) kernel.run.multiply(side, gains, HOP);
    }
    this.makeNoise();
    this.noise.take(middle, side);
    this.block++;
  }

  /** Noise for one block: the row a hop ends with is the one after it. */
  makeNoise() {
    const { noise, take } = this;
    while (noise.waiting < HOP) {
      const row = noise.hop + 1;
      if (noise.hop === 0) {
        this.readNoise(0);
        noise.lead();
      }
      this.readNoise(row);
      noise.step(take.pitched ? this.paceAt(row) * this.bend : 1);
    }
  }

  /**
   * Amplitudes [PARTIALS] of a row's oscillators as they are played, to `out`.
   *
   * @param {number} row
   * @param {Address} out
   */
  readPartials(row, out) {
    this.rows.partials(row, out);
    if (this.hand.active) this.kernel.run.multiply(out, this.hand.partials, PARTIALS);
  }

  /**
   * Gains of a row's noise as it is played.
   *
   * @param {number} row
   */
  readNoise(row) {
    this.rows.noise(row, this.noise.bins);
    if (this.hand.active) this.kernel.run.multiply(this.noise.bins, this.hand.bins, BINS);
  }

  /**
   * How fast oscillators run at a row, as the sound's own pitch moves.
   *
   * @param {number} row
   */
  paceAt(row) {
    const wheel = 1 + this.hand.now.vibrato; // what has a vibrato has up to twice as much of it
    const cents = this.rows.centsAt(row) * this.vibrato * wheel;
    return cents === 0 ? 1 : 2 ** (clamp(cents, -MOST_CENTS, MOST_CENTS) / 1200);
  }
}

/**
 * Gain of the partials [(KNOTS - 1) ATTACK_HOP] while they come in, to `out`.
 *
 * @param {Float32Array} onset
 * @param {Float32Array} out
 */
function partialGains(onset, out) {
  const from = ONSET.partial_attack[0];
  for (let knot = 0; knot < KNOTS - 1; knot++) {
    const a = Math.exp(onset[from + knot]);
    const b = Math.exp(onset[from + knot + 1]);
    for (let i = 0; i < ATTACK_HOP; i++)
      out[knot * ATTACK_HOP + i] = a + ((b - a) * i) / ATTACK_HOP;
  }
  for (let i = 0; i < SOFT_START; i++) out[i] *= i / (SOFT_START - 1);
}

/**
 * What all voices of a kernel share: scratch and constant rows.
 *
 * @param {Kernel} kernel
 */
export const makeTables = (kernel) => ({
  power: kernel.keep(POWER_SHARE),
  loops: new Loops(kernel),
  oscillators: oscillatorScratch(kernel),
  noise: noiseScratch(kernel),
});
