import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decibels,
  noteName,
  percent,
  pretty,
  semitones,
  shortNames,
  signed,
  times,
} from "../../../../src/messina/play/web/sounds/words.js";

test("notes have the names musicians give them, C4 being 60", () => {
  assert.deepEqual([60, 61, 59, 21, 0, -1].map(noteName), ["C4", "C♯4", "B3", "A0", "C-1", "B-2"]);
  assert.equal(noteName(68.6), "A4");
});

test("numbers have their sign, and none when they round to nothing", () => {
  assert.deepEqual(
    [0.5, -0.5, 0.004, -0.004].map((x) => signed(x)),
    ["+0.50", "−0.50", "0", "0"],
  );
  assert.deepEqual([0, -60, 1.26].map(decibels), ["0 dB", "off", "+1.3 dB"]);
  assert.deepEqual([2, -1.5, 0].map(semitones), ["+2", "−1.50", "0"]);
  assert.deepEqual([0.256, 1].map(percent), ["26 %", "100 %"]);
  assert.deepEqual([-1, 0, 1].map(times), ["× 0.25", "× 1.0", "× 4.0"]);
});

test("file names become words", () => {
  assert.equal(pretty("PearlKick_Soft-02"), "Pearl Kick Soft 02");
});

test("a maker's name is left out where the rest says it, once", () => {
  const names = shortNames(["PearlKick", "PearlSnare", "Marimba"]);
  assert.deepEqual([...names.values()], ["kick", "snare", "marimba"]);
  const twice = shortNames(["PearlKick", "LudwigKick"]);
  assert.deepEqual([...twice.values()], ["pearl kick", "ludwig kick"]);
});
