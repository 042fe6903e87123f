// @ts-check
// The map: where each learnt sound lies, what lies between them, and where any sound belongs.

/** @import { Instrument, LearntSound, Place, Sound } from "../engine/types.d.ts" */

import { between, learntSound } from "../engine/index.js";
import { embed } from "./embedding.js";

const NEAREST = 5;
const ON_DOT = 1e-4;

export class Atlas {
  /** @type {LearntSound[]} */
  sounds;
  /** @type {Place[]} */
  places;

  /**
   * before: an earlier map of the same sounds, from which this one moves on.
   *
   * @param {Instrument} instrument
   * @param {Atlas | null} [before]
   */
  constructor(instrument, before = null) {
    this.instrument = instrument;
    this.sounds = instrument.sounds;
    this.points = this.sounds.map((_, i) => learntSound(instrument, i).z);
    /** @type {Map<string, Place>} */
    const earlier = new Map();
    before?.sounds.forEach((sound, i) => earlier.set(sound.name, before.places[i]));
    this.places = embed(
      this.points,
      {
        right: this.sounds.map((sound) => Math.log(sound.brightness)),
        up: this.sounds.map((sound) => Math.log(sound.decay)),
      },
      this.sounds.map((sound) => earlier.get(sound.name) ?? null),
    );
  }

  /**
   * The sound at a place: a dot's own on the dot, elsewhere a mixture of those around, the nearer the more.
   *
   * @param {number} x
   * @param {number} y
   * @returns {Sound}
   */
  soundAt(x, y) {
    const near = this.#around((i) => (this.places[i].x - x) ** 2 + (this.places[i].y - y) ** 2);
    const first = learntSound(this.instrument, near[0].index);
    if (near[0].distance < ON_DOT ** 2) return first;
    /** @type {Sound} */
    let mixed = first;
    let total = near[0].distance ** -1.5;
    for (const { index, distance } of near.slice(1)) {
      const weight = distance ** -1.5;
      total += weight;
      mixed = between(mixed, learntSound(this.instrument, index), weight / total);
    }
    // A mixture of notes is a note nobody asked for, and of labels there is none.
    return { ...mixed, note: first.note, label: first.label };
  }

  /**
   * Where a sound belongs: amid the learnt ones it is most like.
   *
   * @param {Sound} sound
   * @returns {Place}
   */
  placeOf(sound) {
    const near = this.#around((i) => squared(this.points[i], sound.z));
    if (near[0].distance < 1e-9) return this.places[near[0].index];
    const place = { x: 0, y: 0 };
    let total = 0;
    for (const { index, distance } of near) {
      const weight = distance ** -2;
      total += weight;
      place.x += weight * this.places[index].x;
      place.y += weight * this.places[index].y;
    }
    return { x: place.x / total, y: place.y / total };
  }

  /**
   * The nearest few by a squared distance.
   *
   * @param {(index: number) => number} distanceTo
   */
  #around(distanceTo) {
    const all = this.places.map((_, index) => ({ index, distance: distanceTo(index) }));
    all.sort((a, b) => a.distance - b.distance);
    const near = all.slice(0, NEAREST);
    return near.map(({ index, distance }) => ({ index, distance: Math.max(distance, 1e-12) }));
  }
}

/**
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
function squared(a, b) {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d] - b[d]) ** 2;
  return sum;
}
