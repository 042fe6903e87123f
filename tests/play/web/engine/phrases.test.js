// What hands played, or steps that are set, become a phrase that what plays on can go on from.

import assert from "node:assert/strict";
import test from "node:test";
import {
  phraseOfHits,
  phraseOfSteps,
  tempoOf,
  voicesOf,
} from "../../../../src/messina/play/web/engine/groove/phrases.js";

const model = { manifest: { scale: { length_mean: Math.log(8) } } };
const drum = (voice, label) => ({ voice, label, note: null, part: label });

test("steps are semiquavers of one bar, and every second is as late as swing has it", () => {
  const rows = [
    [100, 0, 0, 0, 90, 0, 0, 0],
    [0, 60, 0, 0, 80, 0, 0, 0],
    [70, 70, 70, 70, 70, 70, 70, 70], // of a pad that was not learnt
  ];
  const phrase = phraseOfSteps(model, { rows, voices: [2, 0, null], tempo: 104, lateS: 0.02 });
  const told = phrase.events.map(({ tick, voice, velocity, late }) => [
    tick,
    voice,
    velocity,
    late,
  ]);
  assert.deepEqual(told, [
    [0, 2, 100, 0],
    [6, 0, 60, 0.02],
    [24, 0, 80, 0],
    [24, 2, 90, 0],
  ]);
  assert.equal(phrase.ticks, 48);
  assert.equal(phrase.tempo_bpm, 104);
  assert.ok(phrase.events.every(({ length }) => Math.abs(length - 8) < 1e-9));
});

/** Seconds of hits on ticks at a tempo, none of them farther off than 8 ms. */
const playedAt = (ticks, tempo, from = 5) =>
  ticks.map((tick, i) => from + (tick * 60) / tempo / 24 + (i === 0 ? 0 : 0.008 * Math.sin(7 * i)));

const BEAT = [0, 24, 36, 48, 72, 78, 96, 120, 132, 144, 168, 174];

test("the tempo that hands keep is found within half an octave", () => {
  for (const tempo of [88, 101, 120, 139, 166]) {
    const found = tempoOf(playedAt(BEAT, tempo), 120);
    assert.ok(Math.abs(found / tempo - 1) < 0.01, `${found} is not ${tempo}`); // 8 ms in 4 s
  }
  assert.equal(Math.round(tempoOf([1], 97)), 97); // a single hit has none
});

test("hits without a grid begin with a bar, fill whole bars, and keep how late they were", () => {
  const times = playedAt(BEAT, 110);
  const hits = times.map((time) => ({ time, velocity: 90, label: "kick", note: null }));
  const voices = hits.map(() => 1);
  const { phrase, endsAt } = phraseOfHits(model, hits, { voices, grid: null, near: 120 });
  assert.deepEqual(
    phrase.events.map(({ tick }) => tick),
    BEAT,
  );
  assert.equal(phrase.ticks, 192);
  const tickS = 60 / phrase.tempo_bpm / 24;
  assert.ok(Math.abs(endsAt - (times[0] + 192 * tickS)) < 1e-9);
  phrase.events.forEach(({ tick, late }, i) => {
    assert.ok(Math.abs(times[0] + tick * tickS + late - times[i]) < 1e-9);
  });
});

test("hits along with a groove lie in its bars, a waltz's too", () => {
  const at = 20;
  const times = [at + 3.5, at + 4, at + 4.5]; // beats 8, 9 and 10 of 120 a minute: the third bar
  const hits = times.map((time) => ({ time, velocity: 90, label: "kick", note: null }));
  const grid = { at, tempo: 120, beats: 3 };
  const { phrase, endsAt } = phraseOfHits(model, hits, { voices: [0, 0, 0], grid, near: 100 });
  assert.equal(phrase.beats_per_bar, 3);
  assert.deepEqual(
    phrase.events.map(({ tick }) => tick),
    [24, 48, 72],
  );
  assert.equal(phrase.ticks, 144);
  assert.ok(Math.abs(endsAt - (at + 6)) < 1e-9);
});

test("what is struck twice at once is one event, the harder one", () => {
  const hits = [60, 110].map((velocity, i) => ({
    time: 0.004 * i,
    velocity,
    label: "kick",
    note: null,
  }));
  const { phrase } = phraseOfHits(model, hits, { voices: [0, 0], grid: null, near: 120 });
  assert.deepEqual(
    phrase.events.map(({ tick, velocity }) => [tick, velocity]),
    [[0, 110]],
  );
});

test("drums are known by their label, whatever note they were struck at", () => {
  const hits = [
    { label: "snare", note: null },
    { label: "kick", note: 40 },
    { label: "gong", note: null },
  ];
  assert.deepEqual(voicesOf(hits, [drum(0, "kick"), drum(1, "snare")]), [1, 0, null]);
});

test("notes are moved to where a part of the score has most of them", () => {
  const voices = [
    ...[48, 52, 55].map((note, i) => ({ voice: i, label: "chime", note, part: "bass" })),
    ...[60, 62, 64, 67].map((note, i) => ({ voice: 3 + i, label: "chime", note, part: "melody" })),
  ];
  const played = [63, 65, 67, 70, 61].map((note) => ({ label: "chime", note }));
  assert.deepEqual(voicesOf(played, voices), [3, 4, 5, 6, null]);
});
