// @ts-check
/* How a label answers to note and velocity. The twin of the Python module instrument/responses. A response is a row of
 * the manifest. */

/** @import { Line, Response } from "./types.d.ts" */

import { RESPONSES } from "./constants.js";
import { clamp, interpolate } from "./layout.js";

const { FARTHEST_LN, NOTE_MARGIN, VELOCITIES } = RESPONSES;

/**
 * @param {Response} response
 * @param {number | null} note
 */
function noteOffset(response, note) {
  if (note === null || response.note_low === null || response.note_high === null) return 0;
  return clamp(note, response.note_low, response.note_high) - response.note_centre;
}

/**
 * [loudness the corpus has there, loudness to play] in dB.
 *
 * @param {Response} response
 * @param {number} velocity
 * @param {number | null} note
 * @returns {[number, number]}
 */
export function loudnessAt(response, velocity, note) {
  const shift = response.loudness_per_note * noteOffset(response, note);
  return [
    interpolate(velocity, VELOCITIES, response.loudness_db) + shift,
    interpolate(velocity, VELOCITIES, response.played_db) + shift,
  ];
}

/**
 * {brightness in Hz, decay in s} of a label at a loudness and note.
 *
 * @param {Response} response
 * @param {number} loudness
 * @param {number | null} note
 */
export function lawAt(response, loudness, note) {
  const louder = loudness - response.loudness_centre;
  const higher = noteOffset(response, note);
  /** @param {Line} line */
  const at = (line) =>
    Math.exp(
      clamp(line.centre + line.per_db * louder + line.per_note * higher, -FARTHEST_LN, FARTHEST_LN),
    );
  return { brightness: at(response.brightness), decay: at(response.decay) };
}

/**
 * A note within reach of those learnt; oscillators still play the one asked for.
 *
 * @param {Response} response
 * @param {number | null} note
 */
export function heldNote(response, note) {
  if (note === null || response.note_low === null || response.note_high === null) return null;
  return clamp(note, response.note_low - NOTE_MARGIN, response.note_high + NOTE_MARGIN);
}

/**
 * The middle of the notes of a label; null without pitch.
 *
 * @param {Response} response
 */
export const middleNote = (response) => (response.note_low === null ? null : response.note_centre);

/**
 * How loud these velocities of a label are played at its middle note, dB.
 *
 * @param {Response} response
 * @param {number[]} velocities
 */
export const playedDb = (response, velocities) =>
  velocities.map((velocity) => loudnessAt(response, velocity, middleNote(response))[1]);
