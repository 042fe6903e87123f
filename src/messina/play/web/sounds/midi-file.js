// @ts-check
// A MIDI file of notes on one track. Ref: MIDI Manufacturers Association (1996), Standard MIDI Files 1.0.

import { MIDI_WRITING } from "../midi/constants.js";

export const { WRITTEN_TICKS } = MIDI_WRITING;
const MICROSECONDS_A_MINUTE = 60_000_000;

/**
 * @typedef {{ tick: number, length: number, channel: number, key: number, velocity: number }} MidiNote
 *     length in ticks; channel 0 … 15
 */

/**
 * @param {MidiNote[]} notes
 * @param {{ tempo: number, name: string, ticks: number }} options tempo in beats a minute; ticks: of the whole
 */
export function midiFile(notes, { tempo, name, ticks }) {
  const off = 0x80;
  const on = 0x90;
  const events = notes.flatMap(({ tick, length, channel, key, velocity }) => [
    { tick, order: 1, bytes: [on | channel, key, velocity] },
    { tick: tick + length, order: 0, bytes: [off | channel, key, 0] },
  ]);
  // What ends comes before what begins, so that a note can be struck again at once.
  events.sort((a, b) => a.tick - b.tick || a.order - b.order);
  const pace = Math.round(MICROSECONDS_A_MINUTE / tempo);
  const title = [...new TextEncoder().encode(name)].slice(0, 120);
  const track = [0, 0xff, 0x03, title.length, ...title, 0, 0xff, 0x51, 3, ...bigEndian(pace, 3)];
  let now = 0;
  for (const { tick, bytes } of events) {
    track.push(...variable(tick - now), ...bytes);
    now = tick;
  }
  track.push(...variable(Math.max(0, ticks - now)), 0xff, 0x2f, 0);
  const bytes = Uint8Array.from([
    ...letters("MThd"),
    ...bigEndian(6, 4),
    ...[0, 0, 0, 1],
    ...bigEndian(WRITTEN_TICKS, 2),
    ...letters("MTrk"),
    ...bigEndian(track.length, 4),
    ...track,
  ]);
  return new Blob([bytes], { type: "audio/midi" });
}

/** @param {string} word */
const letters = (word) => [...word].map((c) => c.charCodeAt(0));

/**
 * @param {number} value
 * @param {number} count
 */
const bigEndian = (value, count) =>
  Array.from({ length: count }, (_, i) => (value >>> (8 * (count - 1 - i))) & 0xff);

/**
 * Seven bits a byte, the last without its highest bit.
 *
 * @param {number} value
 */
function variable(value) {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}
