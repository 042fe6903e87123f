// @ts-check
// WAV files: 24 bit, little endian, as every program on a musician's desk reads them.

import { commentChunk } from "./recipe.js";

const HEADER = 44;
const BYTES = 3;

/**
 * A WAV file of channels [N] in ±1, as a Blob; of one channel where all are the same.
 *
 * @param {Float32Array[]} given
 * @param {number} sampleRate
 * @param {string} [comment] what stands in it beside the sound
 */
export function wavFile(given, sampleRate, comment) {
  const channels = given.every((channel) => isSame(channel, given[0])) ? [given[0]] : given;
  const samples = channels[0].length;
  const count = channels.length;
  const data = samples * count * BYTES;
  const padded = data + (data % 2);
  const behind = comment === undefined ? new ArrayBuffer(0) : commentChunk(comment);
  const view = new DataView(new ArrayBuffer(HEADER + padded));
  writeHeader(view, { data, size: HEADER - 8 + padded + behind.byteLength, count, sampleRate });
  let at = HEADER;
  for (let n = 0; n < samples; n++) {
    for (const channel of channels) {
      const value = Math.max(-0x800000, Math.min(0x7fffff, Math.round(channel[n] * 0x7fffff)));
      view.setUint8(at, value & 0xff);
      view.setInt16(at + 1, value >> 8, true);
      at += BYTES;
    }
  }
  return new Blob([view.buffer, behind], { type: "audio/wav" });
}

/**
 * @param {Float32Array} one
 * @param {Float32Array} other
 */
function isSame(one, other) {
  return (
    one === other || (one.length === other.length && one.every((value, n) => value === other[n]))
  );
}

/**
 * data: bytes of samples; size: bytes behind the first eight; count: channels.
 *
 * @param {DataView} view
 * @param {{ data: number, size: number, count: number, sampleRate: number }} sizes
 */
function writeHeader(view, { data, size, count, sampleRate }) {
  /**
   * @param {number} at
   * @param {string} word
   */
  const text = (at, word) => [...word].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, size, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, count, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * count * BYTES, true);
  view.setUint16(32, count * BYTES, true);
  view.setUint16(34, 8 * BYTES, true);
  text(36, "data");
  view.setUint32(40, data, true);
}

/**
 * Hands a file to the browser's downloads.
 *
 * @param {Blob} blob
 * @param {string} name
 */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/**
 * A file name from words: letters, digits, a few signs.
 *
 * @param {(string | number)[]} words
 */
export function fileName(...words) {
  return words
    .filter(Boolean)
    .join("_")
    .replace(/[^\p{L}\p{N}+#-]+/gu, "_");
}
