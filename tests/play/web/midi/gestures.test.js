import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { curved, Gestures, releasePace } from "../../../../src/messina/play/web/midi/gestures.js";

let gestures;

beforeEach(() => {
  gestures = new Gestures();
});

/** A registered parameter, as controllers send it. */
function tell(channel, parameter, value, cents) {
  assert.ok(gestures.control(channel, 101, 0));
  assert.ok(gestures.control(channel, 100, parameter));
  assert.ok(gestures.control(channel, 6, value));
  if (cents !== undefined) assert.ok(gestures.control(channel, 38, cents));
  assert.ok(gestures.control(channel, 101, 127));
  assert.ok(gestures.control(channel, 100, 127));
}

test("a wheel bends two semitones either way", () => {
  for (const [value, semitones] of [
    [0, -2],
    [8192, 0],
    [16383, 2],
  ]) {
    gestures.bend(3, value);
    assert.equal(gestures.of(3).semitones, semitones);
  }
  assert.equal(gestures.of(4).semitones, 0);
});

test("the range is told in semitones and cents, to one channel", () => {
  tell(3, 0, 12, 50);
  gestures.bend(3, 16383);
  gestures.bend(4, 16383);
  assert.equal(gestures.of(3).semitones, 12.5);
  assert.equal(gestures.of(4).semitones, 2);
});

test("data that no parameter was named for is a control like any other", () => {
  assert.equal(gestures.control(0, 6, 12), false);
  tell(0, 0, 5);
  assert.equal(gestures.control(0, 6, 12), false);
  assert.equal(gestures.control(0, 20, 3), false);
  gestures.bend(0, 16383);
  assert.equal(gestures.of(0).semitones, 5);
});

test("members follow their master, others do not", () => {
  tell(0, 6, 7);
  gestures.press(0, 127);
  gestures.control(0, 11, 64);
  assert.equal(gestures.of(4).pressure, 1);
  assert.ok(Math.abs(gestures.of(4).louder + 11.9) < 0.05);
  assert.equal(gestures.of(12).pressure, 0);
});

test("curves keep the ends, and keys that tell no release are released as learnt", () => {
  for (const curve of ["linear", "soft", "hard"])
    assert.deepEqual([curved(1, curve), curved(127, curve)], [1, 127]);
  assert.equal(curved(20, "fixed"), 100);
  assert.deepEqual([releasePace(0), releasePace(64)], [1, 1]);
});

test("members of a zone bend four octaves, each by itself", () => {
  tell(0, 6, 15);
  gestures.bend(1, 16383);
  gestures.bend(2, 0);
  assert.equal(gestures.of(1).semitones, 48);
  assert.equal(gestures.of(2).semitones, -48);
  assert.deepEqual(gestures.moved(1), [1]);
});

test("a range told to one member is that of all members, not of their master", () => {
  tell(0, 6, 7);
  tell(3, 0, 24);
  for (const channel of [0, 5, 8]) gestures.bend(channel, 16383);
  assert.deepEqual(
    [0, 5, 8].map((channel) => gestures.of(channel).semitones),
    [2, 26, 4],
  );
});

test("the last channel bends its own zone", () => {
  tell(15, 6, 3);
  gestures.bend(15, 16383);
  gestures.bend(13, 8192);
  assert.equal(gestures.of(13).semitones, 2);
  assert.equal(gestures.of(11).semitones, 0);
  assert.deepEqual(gestures.moved(15), [15, 14, 13, 12]);
});
