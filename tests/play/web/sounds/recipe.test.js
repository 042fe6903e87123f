import assert from "node:assert/strict";
import { test } from "node:test";
import { commentOf, recipeIn } from "../../../../src/messina/play/web/sounds/recipe.js";
import { wavFile } from "../../../../src/messina/play/web/sounds/wav.js";

const RECIPE = {
  recipe: 1,
  by: "page",
  instrument: "Große Trommel",
  digest: "a1".repeat(32),
  seed: 7,
  asked: { label: "kick", note: 60.5, velocity: 110, at: [0.25, 0.5] },
  sound: { z: [0.5, -1], label: 0, note: null, loudness: -20, brightness: 900, decay: 0.4 },
};

for (const samples of [4, 5])
  test(`a recipe is read as it was written, behind ${samples} samples`, async () => {
    const file = wavFile([new Float32Array(samples)], 44_100, commentOf(RECIPE));
    assert.deepEqual(await recipeIn(file), RECIPE);
    const view = new DataView(await file.arrayBuffer());
    assert.equal(view.getUint32(4, true), view.byteLength - 8);
    assert.equal(view.getUint32(40, true), 3 * samples);
  });

test("a file without one says so", async () => {
  await assert.rejects(recipeIn(wavFile([new Float32Array(4)], 44_100)), /no recipe in this file/);
  for (const bytes of [[], [1, 2, 3], Array(300).fill(82)])
    await assert.rejects(recipeIn(new Blob([Uint8Array.from(bytes)])), /no recipe in this file/);
});

test("a stranger's recipe has bounds", async () => {
  const changes = {
    recipe: 2,
    digest: "short",
    seed: 2 ** 32,
    by: "somebody",
    asked: { note: 1e300 },
    more: 1,
    sound: { ...RECIPE.sound, z: Array(600).fill(0) },
  };
  for (const [name, value] of Object.entries(changes)) {
    const file = wavFile([new Float32Array(4)], 44_100, commentOf({ ...RECIPE, [name]: value }));
    await assert.rejects(recipeIn(file), new RegExp(`cannot be used: see .*${name}`), name);
  }
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`control ${i}`, 0]));
  const file = wavFile([new Float32Array(4)], 44_100, commentOf({ ...RECIPE, asked: many }));
  await assert.rejects(recipeIn(file), /cannot be used: see asked/);
});

test("what is too long or damaged is not read", async () => {
  for (const [comment, said] of [
    [`Messina recipe ${"[".repeat(40_000)}`, /too long/],
    ["Messina recipe {", /damaged/],
    [`Messina recipe ${"[".repeat(70_000)}`, /no recipe/],
  ])
    await assert.rejects(recipeIn(wavFile([new Float32Array(4)], 44_100, comment)), said);
});
