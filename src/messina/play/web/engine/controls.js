// @ts-check
/* What the network is conditioned on beside a latent, and what is done to the levels it answers with: tilted, moved in pitch. The
 * twin of the Python module instrument/controls. */

/** @import { ControlScale } from "./types.d.ts" */

import { CONTROLS } from "./constants.js";
import {
  clamp,
  FLOOR,
  FREQUENCIES_LN,
  GROUP_BINS,
  GROUPS,
  NOISE_FLOOR,
  PARTIALS,
  ROW,
} from "./layout.js";

const { CONTROL_LIMIT, MOST_TILT, NOTE_CENTRE, NOTE_SPAN } = CONTROLS;
const PIVOT_LN = Math.log(CONTROLS.PIVOT_HZ);
const OCTAVES = Float64Array.from(FREQUENCIES_LN, (ln) => (ln - PIVOT_LN) / Math.LN2);

/**
 * The conditioning of the network [5]: note, whether there is one, loudness, brightness, decay.
 *
 * @param {{ note: number | null, loudness: number, brightness: number, decay: number }} controls
 * @param {ControlScale} scale
 */
export function scaledControls({ note, loudness, brightness, decay }, scale) {
  const logs = [loudness, Math.log(brightness), Math.log(decay)];
  const values = [
    note === null ? 0 : (note - NOTE_CENTRE) / NOTE_SPAN,
    note === null ? 0 : 1,
    ...logs.map((value, i) => (value - scale.centre[i]) / scale.span[i]),
  ];
  return Float32Array.from(values, (value) => clamp(value, -CONTROL_LIMIT, CONTROL_LIMIT));
}

/**
 * Change [ROW] of each level, in nepers, for a slope in nepers an octave round 1 kHz.
 *
 * @param {number} slope
 */
export function tiltOf(slope) {
  return Float32Array.from(OCTAVES, (octave) => clamp(slope * octave, -MOST_TILT, MOST_TILT));
}

/** Tilt and transposition of one take; made once, filled anew for each. */
export class Shape {
  constructor() {
    this.tilt = new Float32Array(ROW);
    this.places = new Float64Array(GROUPS);
    this.row = new Float32Array(GROUPS);
    this.tilted = false;
    this.moved = false;
    this.top = 0; // of the groups, moved
  }

  /**
   * slope: nepers an octave round 1 kHz; ratio: the noise's frequencies are times this.
   *
   * @param {number} slope
   * @param {number} ratio
   */
  set(slope, ratio) {
    this.tilted = slope !== 0;
    this.moved = ratio !== 1;
    if (this.tilted) {
      this.tilt.set(tiltOf(slope));
    }
    if (this.moved) {
      fillPlaces(GROUP_BINS, ratio, this.places);
      this.top = GROUP_BINS[GROUPS - 1] * ratio;
    }
  }

  /**
   * The row of levels [ROW] that begins at `from` of these numbers, in place.
   *
   * @param {Float32Array} numbers
   * @param {number} from
   */
  applyTo(numbers, from) {
    if (this.tilted) {
      for (let i = 0; i < ROW; i++) {
        const level = numbers[from + i];
        if (level > FLOOR[i] + 0.5) numbers[from + i] = Math.max(level + this.tilt[i], FLOOR[i]);
      }
    }
    this.moveNoise(numbers, from, NOISE_FLOOR);
  }

  /**
   * Moves the noise of the row [ROW] that begins at `from`, in place; `beyond` is where there was none.
   *
   * @param {Float32Array} numbers
   * @param {number} from
   * @param {number} beyond
   */
  moveNoise(numbers, from, beyond) {
    if (!this.moved) return;
    const noise = from + PARTIALS;
    for (let g = 0; g < GROUPS; g++) this.row[g] = numbers[noise + g];
    readAcross(this.row, this.places, numbers, noise);
    for (let g = GROUPS - 1; g >= 0 && GROUP_BINS[g] > this.top; g--) numbers[noise + g] = beyond;
  }
}

/**
 * Where among the centres those over ratio lie, held within them.
 *
 * @param {ArrayLike<number>} centres
 * @param {number} ratio
 * @param {Float64Array} places
 */
function fillPlaces(centres, ratio, places) {
  const last = centres.length - 1;
  let low = 0;
  for (let i = 0; i <= last; i++) {
    const wanted = centres[i] / ratio;
    while (low < last - 1 && centres[low + 1] <= wanted) low++;
    while (low > 0 && centres[low] > wanted) low--;
    places[i] = clamp(low + (wanted - centres[low]) / (centres[low + 1] - centres[low]), 0, last);
  }
}

/**
 * @param {Float32Array} numbers
 * @param {Float64Array} places
 * @param {Float32Array} out
 * @param {number} from
 */
function readAcross(numbers, places, out, from) {
  const last = places.length - 1;
  for (let i = 0; i <= last; i++) {
    const low = Math.min(Math.floor(places[i]), last - 1);
    out[from + i] = numbers[low] + (places[i] - low) * (numbers[low + 1] - numbers[low]);
  }
}
