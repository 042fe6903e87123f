// Which take of a pad's sound a hit plays: by the seed, the pad and which hit of it it is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeInstrument } from "../../../../src/messina/play/web/engine/instrument.js";
import { Performer } from "../../../../src/messina/play/web/play/performer.js";

const SHAPE = { brightness: 0, decay: 0, attack: 0, tune: 0, width: 1, level: 0 };

/** An instrument of two drums, as far as a performer looks at it. */
function twoDrums() {
  const labels = ["kick", "snare"];
  return makeInstrument("drums", {
    manifest: {
      responses: labels.map((label) => ({
        label,
        sounds: 1,
        note_low: null,
        note_high: null,
        played_db: [-30, -18],
        decay: { centre: -1 },
      })),
      sounds: labels.map((label, i) => ({
        role: "learnt",
        label,
        note: null,
        loudness_db: -18,
        brightness_hz: 200 + 800 * i,
        decay_s: 0.2,
        length_s: 0.5,
      })),
    },
    arrays: {
      latent_means: Float32Array.of(0, 1),
      latent_log_variances: new Float32Array(2),
      places: Float32Array.of(0.1, 0.5, 0.9, 0.5),
      keys: Int32Array.of(0, 1),
      steady: new Float32Array(6),
    },
    events: null,
  });
}

/** A performer of two pads with sounds of their own; an engine that writes down what it is asked for. */
function performer({ seed = 1, spread = 0.5 } = {}) {
  const asked = [];
  const slot = { kind: "kick", note: null, sound: { label: 0, note: null, z: [0] }, shape: SHAPE };
  const state = { seed, spread, wildness: 1, ring: true, slot: 0, slots: [slot, slot] };
  const engine = {
    noteOn(note) {
      asked.push(note);
      return { id: asked.length, sound: note.sound };
    },
  };
  const player = new Performer(null, engine, { state, current: slot }, twoDrums());
  return { player, seeds: () => asked.map((note) => note.seed), state };
}

test("a seed repeats a performance, and another seed plays other takes", () => {
  const { player, seeds, state } = performer();
  const play = () => [0, 0, 1, 0, 1].forEach((slot) => player.strike(slot));
  play();
  player.restart();
  play();
  state.seed = 2;
  player.restart();
  play();
  const [first, again, other] = [0, 5, 10].map((from) => seeds().slice(from, from + 5));
  assert.deepEqual(again, first);
  assert.equal(new Set([...first, ...other]).size, 10);
  for (const seed of seeds()) assert.equal(seed, seed >>> 0);
});

test("without spread every hit of a pad is the first, and pads still differ", () => {
  const { player, seeds } = performer({ spread: 0 });
  for (const slot of [0, 0, 1, 1]) player.strike(slot);
  const [a, b, c, d] = seeds();
  assert.deepEqual([a, c], [b, d]);
  assert.notEqual(a, c);
});
