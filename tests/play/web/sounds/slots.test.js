// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { labelIndex, soundsByLabel } from "../../../../src/messina/play/web/sounds/slots.js";

/**
 * @param {string[]} names
 * @param {string[]} own the label of each sound
 */
function instrumentOf(names, own) {
  let looked = 0;
  const labels = names.map((name) => ({
    get name() {
      looked++;
      return name;
    },
  }));
  const sounds = own.map((label, index) => ({ index, label }));
  return {
    instrument: /** @type {any} */ ({ labels, sounds }),
    looked: () => looked,
  };
}

test("sounds are grouped by label, in the order of both", () => {
  const { instrument } = instrumentOf(["tom", "bell", "empty"], ["bell", "tom", "bell"]);
  const groups = soundsByLabel(instrument).map((group) => group.map(({ index }) => index));
  assert.deepEqual(groups, [[1], [0, 2], []]);
  assert.equal(labelIndex(instrument, { label: "bell" }), 1);
  assert.equal(labelIndex(instrument, { label: 2 }), 2);
  assert.equal(labelIndex(instrument, { label: "none" }), -1);
});

test("of many sounds and labels, names are not compared with each other", () => {
  const names = Array.from({ length: 500 }, (_, i) => `label ${i}`);
  const own = Array.from({ length: 5_000 }, (_, i) => names[(7 * i) % names.length]);
  const { instrument, looked } = instrumentOf(names, own);
  assert.equal(soundsByLabel(instrument).flat().length, own.length);
  assert.ok(looked() <= names.length, `${looked()} looks at names`);
});
