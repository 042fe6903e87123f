// @ts-check
/* What a `.messina` file is made of: safetensors with JSON documents in its metadata. The twin of the Python module
 * instrument/container; what a stranger's file could break is held against what it should be. */

import { FORMAT_VERSION, LARGEST_HEADER, MOST_ARRAYS } from "./bounds.js";
import { refuse } from "./errors.js";

const READERS = {
  F16: halves,
  F32: floats,
  /** @param {Uint8Array<ArrayBuffer>} bytes */
  U8: (bytes) => bytes.slice(),
  /** @param {Uint8Array<ArrayBuffer>} bytes */
  I32: (bytes) => new Int32Array(bytes.buffer),
};
/** @typedef {keyof typeof READERS} ArrayType */
/** @typedef {{ dtype: ArrayType, shape: number[], data_offsets: number[] }} Entry */
/** @typedef {Record<string, Entry> & { __metadata__?: { messina?: string } }} Header */

const SIZES = { F16: 2, F32: 4, U8: 1, I32: 4 };

/**
 * Documents and arrays: `read(name, shape, ...types)` gives one of these.
 *
 * @param {ArrayBuffer} buffer
 */
export function readParts(buffer) {
  const { header, start } = readHeader(buffer);
  const envelope = parsed(header.__metadata__?.messina);
  refuse(envelope?.format !== "messina", "not an instrument file");
  refuse(
    !(envelope.format_version <= FORMAT_VERSION),
    `made by a newer version of Messina (format ${envelope.format_version}; this page reads ` +
      `${FORMAT_VERSION}): update Messina to play it`,
  );
  refuse(
    envelope.format_version < FORMAT_VERSION,
    "made by an older version of Messina: `messina play FILE` shows it here, and " +
      "`messina export FILE --to web -o page.html` makes a page of it",
  );
  /**
   * @param {string} name
   * @param {number[]} shape
   * @param {...ArrayType} types
   */
  const read = (name, shape, ...types) => readArray(buffer, start, header, name, shape, types);
  const digest = String(envelope.digest).slice(0, 64);
  return { manifest: envelope.manifest, parts: envelope.parts ?? {}, digest, header, read };
}

/** @param {ArrayBuffer} buffer */
function readHeader(buffer) {
  refuse(buffer.byteLength < 16, "not an instrument file");
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  refuse(length > LARGEST_HEADER, "not an instrument file");
  refuse(8 + length > buffer.byteLength, "cut short; fetch it again");
  const header = parsed(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  refuse(
    header === null || typeof header !== "object" || Array.isArray(header),
    "not an instrument file",
  );
  refuse(
    Object.keys(header).length > MOST_ARRAYS + 1,
    `damaged: it has more than ${MOST_ARRAYS} arrays`,
  );
  return { header, start: 8 + length };
}

/** @param {unknown} text */
function parsed(text) {
  try {
    return JSON.parse(String(text));
  } catch {
    return null;
  }
}

/**
 * @param {ArrayBuffer} buffer
 * @param {number} start
 * @param {Header} header
 * @param {string} name
 * @param {number[]} shape
 * @param {ArrayType[]} types
 */
function readArray(buffer, start, header, name, shape, types) {
  const entry = header[name];
  const same = entry?.shape?.length === shape.length && shape.every((n, i) => n === entry.shape[i]);
  refuse(
    !same || !types.includes(entry.dtype),
    `damaged: array '${name}' is missing or not as it should be`,
  );
  const count = shape.reduce((a, b) => a * b, 1);
  const [from, to] = Array.isArray(entry.data_offsets) ? entry.data_offsets : [];
  refuse(!Number.isInteger(from) || !Number.isInteger(to), `damaged: array '${name}' lies nowhere`);
  refuse(to - from !== count * SIZES[entry.dtype], `damaged: array '${name}' has another size`);
  refuse(!(from >= 0) || start + to > buffer.byteLength, "cut short; fetch it again");
  const numbers = READERS[entry.dtype](new Uint8Array(buffer.slice(start + from, start + to)));
  refuse(!allFinite(numbers), `damaged: array '${name}' holds numbers that are not finite`);
  return numbers;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function floats(bytes) {
  return new Float32Array(bytes.buffer);
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function halves(bytes) {
  const bits = new Uint16Array(bytes.buffer);
  const numbers = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const exponent = (bits[i] >> 10) & 31;
    const fraction = bits[i] & 1023;
    let size = (1024 + fraction) * POWERS[exponent];
    if (exponent === 0) size = fraction * POWERS[1];
    if (exponent === 31) size = NaN; // infinite or no number: refused either way
    numbers[i] = bits[i] & 0x8000 ? -size : size;
  }
  return numbers;
}

/** What a half's fraction counts, by its exponent. */
const POWERS = Float64Array.from({ length: 32 }, (_, exponent) => 2 ** (exponent - 25));

/** @param {ArrayLike<number>} numbers */
function allFinite(numbers) {
  for (let i = 0; i < numbers.length; i++) if (!Number.isFinite(numbers[i])) return false;
  return true;
}
