// @ts-check
// Several files as one: a ZIP archive that keeps them as they are. Ref: PKWARE (2022), APPNOTE 6.3.10.

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
const UTF8 = 0x0800;
const DAY = 0x21; // the first of January 1980: the same files, the same archive
const LARGEST = 0xffff_ffff;

/**
 * An archive of files. Throws RangeError when they are more than an archive holds.
 *
 * @param {{ name: string, blob: Blob }[]} files
 */
export async function zipOf(files) {
  /** @type {BlobPart[]} */
  const parts = [];
  /** @type {BlobPart[]} */
  const directory = [];
  let at = 0;
  let listed = 0;
  for (const { name, blob } of files) {
    const data = new Uint8Array(await blob.arrayBuffer());
    const word = new TextEncoder().encode(name);
    const facts = { crc: crc32(data), size: data.length, word };
    const head = header(LOCAL, 30, facts);
    const entry = header(CENTRAL, 46, { ...facts, at });
    parts.push(head, word, blob);
    directory.push(entry, word);
    at += head.byteLength + word.length + data.length;
    listed += entry.byteLength + word.length;
    if (at + listed > LARGEST) throw new RangeError("an archive holds 4 GB at most");
  }
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, END, true);
  end.setUint16(8, files.length, true);
  end.setUint16(10, files.length, true);
  end.setUint32(12, listed, true);
  end.setUint32(16, at, true);
  return new Blob([...parts, ...directory, end.buffer], { type: "application/zip" });
}

/**
 * What stands before a file, or in the directory at the end: there the maker's version comes first.
 *
 * @param {number} kind
 * @param {number} size
 * @param {{ crc: number, size: number, word: Uint8Array, at?: number }} file
 */
function header(kind, size, file) {
  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(0, kind, true);
  const shift = kind === CENTRAL ? 2 : 0;
  if (shift) view.setUint16(4, VERSION, true);
  view.setUint16(4 + shift, VERSION, true);
  view.setUint16(6 + shift, UTF8, true);
  view.setUint16(12 + shift, DAY, true);
  view.setUint32(14 + shift, file.crc, true);
  view.setUint32(18 + shift, file.size, true);
  view.setUint32(22 + shift, file.size, true);
  view.setUint16(26 + shift, file.word.length, true);
  if (file.at !== undefined) view.setUint32(42, file.at, true);
  return view.buffer;
}

/** @type {Uint32Array | undefined} */
let table;

/** @param {Uint8Array} data */
function crc32(data) {
  table ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });
  let crc = 0xffffffff;
  for (const byte of data) crc = table[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
