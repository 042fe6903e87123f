import assert from "node:assert/strict";
import { test } from "node:test";
import { isCutShort } from "../../../../src/messina/studio/web/words.js";

test("a learning that was cancelled as it waited to go on with another can still go on", () => {
  const progress = { what: "learning", done: 0.5, detail: "", left_s: 30 };
  const job = { state: "stopped", progress: null, options: { minutes: 1, goes_on: false } };
  assert.equal(isCutShort(job), false, "nothing was begun");
  assert.equal(isCutShort({ ...job, options: { minutes: 1, goes_on: true } }), true);
  assert.equal(isCutShort({ ...job, options: { minutes: 1 }, progress }), true);
  assert.equal(isCutShort({ ...job, progress, state: "done" }), false);
});
