import assert from "node:assert/strict";
import { test } from "node:test";
import { fileName, wavFile } from "../../../../src/messina/play/web/sounds/wav.js";

/** Sample n of channel c of a file of 24 bits. */
function sample(view, n, c, channels) {
  const at = 44 + 3 * (n * channels + c);
  return (view.getInt16(at + 1, true) << 8) | view.getUint8(at);
}

test("a WAV file has 24 bits, channel by channel, and says so", async () => {
  const left = Float32Array.of(0, 0.5, -0.5, 1, -1, 3, -3);
  const right = left.map((x) => -x);
  const view = new DataView(await wavFile([left, right], 44_100).arrayBuffer());
  const text = (at) => String.fromCharCode(...new Uint8Array(view.buffer, at, 4));
  assert.deepEqual([0, 8, 12, 36].map(text), ["RIFF", "WAVE", "fmt ", "data"]);
  assert.equal(view.getUint16(22, true), 2);
  assert.equal(view.getUint32(24, true), 44_100);
  assert.equal(view.getUint16(34, true), 24);
  assert.equal(view.getUint32(40, true), left.length * 6);
  assert.equal(view.byteLength, 44 + left.length * 6);
  const full = 0x7fffff;
  const wanted = [0, full / 2, -full / 2, full, -full, full, -full - 1].map(Math.round);
  assert.deepEqual(
    wanted,
    Array.from(left, (_, n) => sample(view, n, 0, 2)),
  );
  assert.equal(sample(view, 3, 1, 2), -full);
});

test("file names keep letters of any language and lose what systems dislike", () => {
  assert.equal(fileName("Große Trommel", "", 'a/b\\c:"*?', 3), "Große_Trommel_a_b_c_3");
});
