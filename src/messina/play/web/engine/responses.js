/* How a label answers to note and velocity. The twin of the Python modules instrument/responses and
 * instrument/controls. A response is a row of the manifest. */

import { clamp, interpolate } from "./layout.js";

const VELOCITIES = [1, 16, 32, 48, 64, 80, 96, 112, 127];
const FARTHEST = 30; // no brightness or decay is beyond this, in ln
const LIMIT = 3; // scaled controls are held within this

function noteOffset(response, note) {
  if (note === null || response.note_low === null) return 0;
  return clamp(note, response.note_low, response.note_high) - response.note_centre;
}

/** [loudness the corpus has there, loudness to play] in dB. */
export function loudnessAt(response, velocity, note) {
  const shift = response.loudness_per_note * noteOffset(response, note);
  return [
    interpolate(velocity, VELOCITIES, response.loudness_db) + shift,
    interpolate(velocity, VELOCITIES, response.played_db) + shift,
  ];
}

/** {brightness in Hz, decay in s} of a label at a loudness and note. */
export function lawAt(response, loudness, note) {
  const louder = loudness - response.loudness_centre;
  const higher = noteOffset(response, note);
  const at = (line) =>
    Math.exp(
      clamp(line.centre + line.per_db * louder + line.per_note * higher, -FARTHEST, FARTHEST),
    );
  return { brightness: at(response.brightness), decay: at(response.decay) };
}

/** A note within reach of those learnt; oscillators still play the one asked for. */
export function heldNote(response, note) {
  if (note === null || response.note_low === null) return null;
  return clamp(note, response.note_low - 3, response.note_high + 3);
}

/** What the network is told [5]: note, whether there is one, loudness, brightness, decay. */
export function scaledControls({ note, loudness, brightness, decay }, scale) {
  const logs = [loudness, Math.log(brightness), Math.log(decay)];
  const values = [
    note === null ? 0 : (note - 60) / 24,
    note === null ? 0 : 1,
    ...logs.map((value, i) => (value - scale.centre[i]) / scale.span[i]),
  ];
  return Float32Array.from(values, (value) => clamp(value, -LIMIT, LIMIT));
}
