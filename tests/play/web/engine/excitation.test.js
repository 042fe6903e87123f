// Which loops are kept in the kernel's memory, and which are made ahead.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { LAYOUT } from "../../../../src/messina/play/web/engine/constants.js";
import { Loops } from "../../../../src/messina/play/web/engine/excitation.js";
import { Kernel } from "../../../../src/messina/play/web/engine/kernel.js";

const WASM = new URL("../../../../src/messina/play/web/engine/kernel/kernel.wasm", import.meta.url);
const KEPT = 48;

const makeLoops = () => new Loops(new Kernel(readFileSync(WASM)));

/** As much of a network as loops need: `count` fine spectra of different codes, one for each sound. */
function networkOf(count, likely = []) {
  const fine = Uint8Array.from(
    { length: (count * LAYOUT.FINE_CELLS) / 2 },
    (_, i) => (i * 7919) >> 5,
  );
  return { fine, fineOf: Uint8Array.from({ length: count }, (_, i) => i), likely };
}

const bytes = (loops) => loops.kernel.memory.buffer.byteLength;
const beginning = (loops, loop) => Array.from(loops.kernel.view(loop.address, 16));

function playOnce(loops, network, sound, ratio) {
  const loop = loops.acquire(network, sound, ratio);
  loops.release(loop);
  return loop;
}

test("a loop is made once while it is kept, for each spectrum, ratio and network", () => {
  const loops = makeLoops();
  const [one, other] = [networkOf(2), networkOf(2)];
  const first = playOnce(loops, one, 0, 1);
  assert.equal(playOnce(loops, one, 0, 1), first);
  for (const [network, sound, ratio] of [
    [one, 1, 1],
    [one, 0, 1.5],
    [other, 0, 1],
  ])
    assert.notEqual(playOnce(loops, network, sound, ratio), first);
});

test("memory does not grow with what is played, and what was used last is kept", () => {
  const loops = makeLoops();
  const network = networkOf(1);
  for (let i = 1; i < KEPT; i++) playOnce(loops, network, 0, 1 + i / 100);
  const often = playOnce(loops, network, 0, 1);
  const before = bytes(loops);
  for (let i = 0; i < 3 * KEPT; i++) {
    playOnce(loops, network, 0, 2 + i / 100);
    assert.equal(playOnce(loops, network, 0, 1), often);
  }
  assert.equal(bytes(loops), before);
});

test("what a voice plays is never overwritten, however many play", () => {
  const loops = makeLoops();
  const network = networkOf(1);
  const held = Array.from({ length: KEPT + 9 }, (_, i) => loops.acquire(network, 0, 1 + i / 100));
  const heard = held.map((loop) => beginning(loops, loop));
  for (let i = 0; i < KEPT; i++) playOnce(loops, network, 0, 3 + i / 100);
  assert.deepEqual(
    held.map((loop) => beginning(loops, loop)),
    heard,
  );
  assert.equal(new Set(held.map((loop) => loop.address)).size, held.length);
});

test("likely loops are made one by one, as long as there is room, and are those that are played", () => {
  const loops = makeLoops();
  const network = networkOf(60, [5, 3, ...Array.from({ length: 60 }, (_, i) => i)]);
  loops.expect(network);
  loops.makeAhead();
  assert.deepEqual(
    loops.kept.map(({ fine }) => fine),
    [5],
  );
  const [ahead] = loops.kept;
  assert.equal(playOnce(loops, network, 5, 1), ahead);
  for (let i = 0; i < 100; i++) loops.makeAhead();
  assert.equal(loops.kept.length, KEPT);
  assert.equal(new Set(loops.kept.map(({ fine }) => fine)).size, KEPT);
});

test("a network that is forgotten leaves its memory to the next", () => {
  const loops = makeLoops();
  const old = networkOf(20, [0, 1, 2]);
  for (let sound = 0; sound < 20; sound++) playOnce(loops, old, sound, 1);
  loops.expect(old);
  const before = bytes(loops);
  loops.forget(old);
  assert.deepEqual([loops.kept.length, loops.likely.length], [0, 0]);
  const next = networkOf(20);
  for (let sound = 0; sound < 20; sound++) playOnce(loops, next, sound, 1);
  assert.equal(bytes(loops), before);
});
