import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Bending } from "../../../../src/messina/play/web/midi/bending.js";

let bending;

beforeEach(() => {
  bending = new Bending();
});

/** A registered parameter, as controllers send it. */
function tell(channel, parameter, value, cents) {
  assert.ok(bending.control(channel, 101, 0));
  assert.ok(bending.control(channel, 100, parameter));
  assert.ok(bending.control(channel, 6, value));
  if (cents !== undefined) assert.ok(bending.control(channel, 38, cents));
  assert.ok(bending.control(channel, 101, 127));
  assert.ok(bending.control(channel, 100, 127));
}

test("a wheel bends two semitones either way", () => {
  for (const [value, semitones] of [
    [0, -2],
    [8192, 0],
    [16383, 2],
  ]) {
    bending.bend(3, value);
    assert.equal(bending.semitones(3), semitones);
  }
  assert.equal(bending.semitones(4), 0);
});

test("the range is told in semitones and cents, to one channel", () => {
  tell(3, 0, 12, 50);
  bending.bend(3, 16383);
  bending.bend(4, 16383);
  assert.equal(bending.semitones(3), 12.5);
  assert.equal(bending.semitones(4), 2);
});

test("data that no parameter was named for is a control like any other", () => {
  assert.equal(bending.control(0, 6, 12), false);
  tell(0, 0, 5);
  assert.equal(bending.control(0, 6, 12), false);
  assert.equal(bending.control(0, 74, 3), false);
  bending.bend(0, 16383);
  assert.equal(bending.semitones(0), 5);
});

test("members of a zone bend four octaves, each by itself", () => {
  tell(0, 6, 15);
  bending.bend(1, 16383);
  bending.bend(2, 0);
  assert.equal(bending.semitones(1), 48);
  assert.equal(bending.semitones(2), -48);
  assert.deepEqual(bending.bent(1), [1]);
});

test("a range told to one member is that of all members, not of their master", () => {
  tell(0, 6, 7);
  tell(3, 0, 24);
  for (const channel of [0, 5, 8]) bending.bend(channel, 16383);
  assert.deepEqual(
    [0, 5, 8].map((channel) => bending.semitones(channel)),
    [2, 24, 2],
  );
});

test("the last channel bends its own zone", () => {
  tell(15, 6, 3);
  bending.bend(15, 16383);
  bending.bend(13, 8192);
  assert.equal(bending.semitones(13), 2);
  assert.equal(bending.semitones(11), 0);
  assert.deepEqual(bending.bent(15), [15, 14, 13, 12]);
});
