// @ts-check
/* What sounds at a point of an instrument's map, or between sounds, and where on the map a sound belongs. The twin of
 * the Python module instrument/sound_map, which says the rule. */

/** @import { Instrument, Place, Sound } from "./types.d.ts" */

import { PLAYING, SOUND_MAP } from "./constants.js";
import { dataOf, distance2, labelIndex, learntSound } from "./instrument.js";
import { pitchAndTilt } from "./sampling.js";

const { LEAST_SHARE, NEIGHBOURS, ON_DOT } = SOUND_MAP;
const { LONGEST_S } = PLAYING;

/**
 * What is mixed at a point, {sounds, weights}, the nearest first; weights add up to 1. Throws RangeError.
 *
 * @param {Instrument} instrument
 * @param {number} x
 * @param {number} y
 * @param {number | null} [label]
 */
export function mixtureAt(instrument, x, y, label = null) {
  const { places, labels } = dataOf(instrument);
  if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) throw new RangeError(`${x}, ${y} is not on the map`);
  const around = nearest(places.length, NEIGHBOURS + 1, (sound) => {
    if (label !== null && labels[sound] !== label) return null;
    const place = places[sound];
    return Math.sqrt((place.x - x) * (place.x - x) + (place.y - y) * (place.y - y));
  });
  const near = around.slice(0, NEIGHBOURS);
  if (near[0].away < ON_DOT) return { sounds: [near[0].sound], weights: [1] };
  const next = around[NEIGHBOURS]?.away ?? Infinity;
  const edge = next > near[0].away ? 1 / next : 0;
  const weights = near.map(({ away }) => cubed(1 / away - edge));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    sounds: near.map(({ sound }) => sound),
    weights: weights.map((weight) => weight / total),
  };
}

/**
 * The `most` nearest of `count` sounds, ties in their order; in one pass, for there may be ten
 * thousand of them and a pointer that moves.
 *
 * @param {number} count
 * @param {number} most
 * @param {(sound: number) => number | null} distance null where a sound is not meant
 */
function nearest(count, most, distance) {
  /** @type {{ sound: number, away: number }[]} */
  const near = [];
  for (let sound = 0; sound < count; sound++) {
    const away = distance(sound);
    if (away === null || (near.length === most && away >= near[most - 1].away)) continue;
    let place = near.length;
    while (place > 0 && near[place - 1].away > away) place--;
    near.splice(place, 0, { sound, away });
    if (near.length > most) near.pop();
  }
  return near;
}

/** @param {number} x */
const cubed = (x) => x * x * x;

/**
 * The sound anywhere on the map, of one label alone where that is asked for.
 *
 * @param {Instrument} instrument
 * @param {number} x
 * @param {number} y
 * @param {{ label?: string | number | null }} [within]
 * @returns {Sound}
 */
export function soundAt(instrument, x, y, { label } = {}) {
  const { sounds, weights } = mixtureAt(instrument, x, y, labelIndex(instrument, label));
  const near = sounds.map((sound) => learntSound(instrument, sound));
  if (near.length === 1) return near[0];
  const [{ note, label: own, model }] = near;
  return { ...blend(near, weights), note, label: own, model };
}

/**
 * Where on the map a sound belongs: amid those of its labels that it is most like.
 *
 * @param {Instrument} instrument
 * @param {Sound} sound
 * @returns {Place}
 */
export function placeOf(instrument, { z, label, labels = [[label, 1]] }) {
  const { means, places, labels: owners } = dataOf(instrument);
  const own = new Set(labels.map(([owner]) => owner));
  const near = nearest(means.length, NEIGHBOURS, (sound) =>
    own.has(owners[sound]) ? distance2(means[sound], z) : null,
  );
  if (near[0].away < 1e-9) return places[near[0].sound];
  const total = near.reduce((sum, { away }) => sum + 1 / away, 0);
  /** @param {"x" | "y"} axis */
  const mean = (axis) =>
    near.reduce((sum, { sound, away }) => sum + places[sound][axis] / away / total, 0);
  return { x: mean("x"), y: mean("y") };
}

/**
 * The mean of sounds, each with its weight; of what cannot be mixed, that of the heaviest.
 *
 * @param {Sound[]} sounds
 * @param {number[]} weights
 * @returns {Sound & { gain: number, length: number }}
 */
function blend(sounds, weights) {
  const total = weights.reduce((a, b) => a + b, 0);
  const parts = sounds.map((sound, i) => ({ sound, weight: weights[i] / total }));
  const heaviest = parts.reduce((a, b) => (b.weight > a.weight ? b : a)).sound;
  /** @param {(sound: Sound) => number} of */
  const mean = (of) => parts.reduce((sum, { sound, weight }) => sum + weight * of(sound), 0);
  const shares = new Map();
  for (const { sound, weight } of parts) {
    for (const [label, part] of sound.labels ?? [[sound.label, 1]]) {
      shares.set(label, (shares.get(label) ?? 0) + weight * part);
    }
  }
  const labels = [...shares].filter(([, share]) => share > LEAST_SHARE);
  const pitched = parts.every(({ sound, weight }) => sound.note !== null || weight === 0);
  return {
    z: heaviest.z.map((_, d) => mean((sound) => sound.z[d])),
    label: heaviest.label,
    ...(heaviest.model === undefined ? {} : { model: heaviest.model }),
    ...(labels.length > 1 ? { labels } : {}),
    note: pitched ? mean((sound) => sound.note ?? 0) : heaviest.note,
    loudness: mean((sound) => sound.loudness),
    gain: mean((sound) => sound.gain ?? sound.loudness),
    brightness: Math.exp(mean((sound) => Math.log(sound.brightness))),
    decay: Math.exp(mean((sound) => Math.log(sound.decay))),
    length: Math.exp(mean((sound) => Math.log(sound.length ?? LONGEST_S))),
    ...pitchAndTilt(
      mean((sound) => sound.higher ?? 0),
      mean((sound) => sound.tilt ?? 0),
    ),
  };
}

/**
 * The sound at `share` of the way from a to b.
 *
 * @param {Sound} a
 * @param {Sound} b
 * @param {number} share
 */
export const between = (a, b, share) => blend([a, b], [1 - share, share]);

/**
 * The sound at x, y between four at the corners (0,0) (1,0) (0,1) (1,1).
 *
 * @param {Sound[]} sounds
 * @param {number} x
 * @param {number} y
 */
export function morph(sounds, x, y) {
  return blend(sounds, [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y]);
}
