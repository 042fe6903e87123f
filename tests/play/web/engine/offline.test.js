import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { OfflineRenderer } from "../../../../src/messina/play/web/engine/offline.js";

let workers = [];

/** A worker that answers when the test says so. */
class FakeWorker {
  jobs = [];
  ended = false;

  constructor() {
    workers.push(this);
  }

  postMessage(job) {
    this.jobs.push(job);
  }

  terminate() {
    this.ended = true;
  }

  answer(data) {
    this.onmessage({ data });
  }
}

beforeEach(() => {
  workers = [];
  globalThis.Worker = FakeWorker;
});

const job = (networks = []) => ({
  networks: new Map(networks),
  messages: [{ type: "level" }],
  samples: 4,
  voices: 2,
  level: 0,
});
const types = ({ messages }) => messages.map(({ type }) => type);

test("one job is rendered at a time, by one worker", async () => {
  const renderer = new OfflineRenderer("url", null);
  const first = renderer.render(job());
  const second = renderer.render(job());
  assert.equal(workers.length, 1);
  assert.equal(workers[0].jobs.length, 1);
  workers[0].answer({ sides: "one" });
  assert.equal(await first, "one");
  assert.equal(workers[0].jobs.length, 2);
  workers[0].answer({ sides: "two" });
  assert.equal(await second, "two");
});

test("a network is sent once, again when it is another, and dropped when it is forgotten", async () => {
  const renderer = new OfflineRenderer("url", null);
  const told = [];
  for (const [id, packed] of [
    ["a", 1],
    ["a", 1],
    ["a", 2],
    ["b", 1],
  ]) {
    if (id === "b") renderer.forget("a");
    const rendered = renderer.render(job([[id, packed]]));
    told.push(types(workers[0].jobs.at(-1)));
    workers[0].answer({ sides: [] });
    await rendered;
  }
  assert.deepEqual(told, [
    ["network", "level"],
    ["level"],
    ["network", "level"],
    ["drop", "network", "level"],
  ]);
});

test("what fails is an error, and the next job has a worker and all it needs of its own", async () => {
  const renderer = new OfflineRenderer("url", null);
  const failing = renderer.render(job([["a", 1]]));
  const next = renderer.render(job([["a", 1]]));
  workers[0].answer({ error: "no memory" });
  await assert.rejects(failing, /could not be rendered: no memory/);
  assert.ok(workers[0].ended);
  assert.deepEqual(types(workers[1].jobs[0]), ["network", "level"]);
  workers[1].answer({ sides: "fine" });
  assert.equal(await next, "fine");
});

test("a worker that dies, and an engine that is closed, keep nobody waiting", async () => {
  const renderer = new OfflineRenderer("url", null);
  const dying = renderer.render(job());
  workers[0].onerror({ message: "it broke", preventDefault() {} });
  await assert.rejects(dying, /it broke/);
  const [a, b] = [renderer.render(job()), renderer.render(job())];
  renderer.close();
  await assert.rejects(a, /closed/);
  await assert.rejects(b, /closed/);
});
