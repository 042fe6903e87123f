// @ts-check
/* What was played by hand or set as steps, as a phrase that what plays on can go on from. */

/** @import { EventModel } from "./model.js" */
/** @import { HandHit, Phrase, VoiceOfHands } from "./types.d.ts" */

import { roundHalfEven } from "../layout.js";
import { EVENTS } from "./constants.js";

const { TICKS_PER_BEAT } = EVENTS;
const BEATS = 4; // of a bar that nothing else is known of
const DIVISIONS = [6, 12, 24]; // ticks of semiquavers, quavers, beats
const FARTHEST_SHIFT = 6; // semitones
const TEMPI = { share: Math.SQRT2, steps: 240 }; // half an octave down and up

/**
 * Rows of steps, a semiquaver each: [row][step] velocities, 0 for none.
 *
 * @param {EventModel} model
 * @param {{ rows: number[][], voices: (number | null)[], tempo: number, lateS: number }} steps
 *     voices: of every row; lateS: of every second step
 * @returns {Phrase}
 */
export function phraseOfSteps(model, { rows, voices, tempo, lateS }) {
  const [step] = DIVISIONS;
  const hits = rows.flatMap((row, r) =>
    row.flatMap((velocity, s) => {
      const voice = voices[r];
      if (velocity === 0 || voice === null) return [];
      return [{ tick: s * step, voice, velocity, late: s % 2 === 1 ? lateS : 0 }];
    }),
  );
  return phraseOf(model, hits, { tempo, ticks: Math.max(...rows.map((row) => step * row.length)) });
}

/**
 * Hits of hands at their seconds, and when the last bar of them ends.
 *
 * @param {EventModel} model
 * @param {HandHit[]} hits  in order of time
 * @param {{ voices: (number | null)[], grid: { at: number, tempo: number, beats: number } | null, near: number }} options
 *     voices: of every hit; grid: a bar line of what was played along with, null: the first hit is one, and the tempo is
 *     found near a given one
 * @returns {{ phrase: Phrase, endsAt: number }}
 */
export function phraseOfHits(model, hits, { voices, grid, near }) {
  const times = hits.map(({ time }) => time);
  const own = grid ?? { at: times[0], tempo: tempoOf(times, near), beats: BEATS };
  const tickS = 60 / (own.tempo * TICKS_PER_BEAT);
  const bar = own.beats * TICKS_PER_BEAT;
  const placed = times.map((time) => place((time - own.at) / tickS));
  const first = Math.floor(placed[0] / bar) * bar;
  const last = Math.floor(placed[placed.length - 1] / bar) * bar + bar;
  const events = hits.flatMap(({ time, velocity }, i) => {
    const voice = voices[i];
    const late = time - own.at - placed[i] * tickS;
    return voice === null ? [] : [{ tick: placed[i] - first, voice, velocity, late }];
  });
  const metre = { tempo: own.tempo, ticks: last - first, beats: own.beats };
  return { phrase: phraseOf(model, events, metre), endsAt: own.at + last * tickS };
}

/**
 * @param {EventModel} model
 * @param {{ tick: number, voice: number, velocity: number, late: number }[]} hits
 * @param {{ tempo: number, ticks: number, beats?: number }} metre
 * @returns {Phrase}
 */
function phraseOf({ manifest }, hits, { tempo, ticks, beats = BEATS }) {
  const length = Math.exp(manifest.scale.length_mean); // hands do not say
  /** @type {Map<string, Phrase["events"][number]>} */
  const once = new Map();
  for (const hit of hits) {
    const key = `${hit.tick} ${hit.voice}`;
    if ((once.get(key)?.velocity ?? 0) < hit.velocity) once.set(key, { ...hit, length });
  }
  return {
    events: [...once.values()].sort((a, b) => a.tick - b.tick || a.voice - b.voice),
    ticks,
    tempo_bpm: tempo,
    beats_per_bar: beats,
    metric: true,
    first_tick: 0,
    context: [],
  };
}

/**
 * The nearest semiquaver.
 *
 * @param {number} ticks
 */
const place = (ticks) => roundHalfEven(ticks / DIVISIONS[0]) * DIVISIONS[0];

/**
 * The tempo near a given one whose semiquavers, quavers and beats, from the first time on, lie nearest to times.
 *
 * @param {number[]} times  s
 * @param {number} near  beats a minute
 */
export function tempoOf(times, near) {
  /** @param {number} tempo */
  const fit = (tempo) => {
    let sum = 0;
    for (const ticks of DIVISIONS)
      for (const time of times)
        sum += Math.cos((2 * Math.PI * (time - times[0]) * tempo * TICKS_PER_BEAT) / 60 / ticks);
    return sum;
  };
  const { share, steps } = TEMPI;
  const tempi = Array.from({ length: 2 * steps + 1 }, (_, i) => near * share ** (i / steps - 1));
  // Of those that fit as well, as all do with a single hit, the nearest.
  tempi.sort((a, b) => Math.abs(Math.log(a / near)) - Math.abs(Math.log(b / near)));
  return tempi.reduce((best, tempo) => (fit(tempo) > fit(best) + 1e-6 ? tempo : best));
}

/**
 * The voice of each hit, or null where what was learnt has none for it. Notes are moved to where most of them are in one
 * part, as those of a file are.
 *
 * @param {{ label: string, note: number | null }[]} hits
 * @param {VoiceOfHands[]} voices
 * @returns {(number | null)[]}
 */
export function voicesOf(hits, voices) {
  const index = new Map(
    voices.map(({ part, label, note, voice }) => [keyOf(part, label, note), voice]),
  );
  const parts = [...new Set(voices.flatMap(({ part, note }) => (note === null ? [] : [part])))];
  const moves = parts.flatMap((part) =>
    Array.from({ length: 2 * FARTHEST_SHIFT }, (_, i) => ({ part, shift: i - FARTHEST_SHIFT })),
  );
  /** @param {{ part: string, shift: number } | null} move */
  const moved = (move) =>
    hits.map(({ label, note }) => {
      const fixed = voices.find((known) => known.label === label && known.note === null);
      if (fixed) return fixed.voice;
      if (!move || note === null) return null;
      return index.get(keyOf(move.part, label, Math.round(note) + move.shift)) ?? null;
    });
  /** @param {(number | null)[]} found */
  const known = (found) => found.filter((voice) => voice !== null).length;
  let best = { found: moved(null), shift: 0 };
  for (const move of moves) {
    const found = moved(move);
    const more = known(found) - known(best.found);
    if (more > 0 || (more === 0 && Math.abs(move.shift) < Math.abs(best.shift)))
      best = { found, shift: move.shift };
  }
  return best.found;
}

/**
 * @param {string} part
 * @param {string} label
 * @param {number | null} note
 */
const keyOf = (part, label, note) => JSON.stringify([part, label, note]);
