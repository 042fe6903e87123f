import assert from "node:assert/strict";
import { test } from "node:test";
import { pulled, TickReader } from "../../../../src/messina/play/web/play/midi-clock.js";

test("the pace of ticks is their mean, however unevenly they come", () => {
  const reader = new TickReader();
  const interval = 60_000 / 120 / 24;
  for (let i = 0; i < 200; i++) reader.tick(1000 + i * interval + 3 * Math.sin(i * 7.1));
  // 24 intervals of ticks that are 3 ms off at most: 6 ms in 500.
  assert.ok(Math.abs(reader.interval_ms / interval - 1) < 0.012);
});

test("a new pace is followed within a beat", () => {
  const reader = new TickReader();
  let now = 0;
  for (let i = 0; i < 60; i++) reader.tick((now += 20));
  for (let i = 0; i < 25; i++) reader.tick((now += 30));
  assert.ok(Math.abs(reader.interval_ms - 30) < 1e-9);
});

test("too few ticks, or none that are a tempo, are no pace; silence forgets them", () => {
  const reader = new TickReader();
  for (let i = 0; i < 5; i++) reader.tick(20 * i);
  assert.equal(reader.interval_ms, null);
  const fast = new TickReader();
  for (let i = 0; i < 50; i++) fast.tick(i);
  assert.equal(fast.interval_ms, null);
  const gone = new TickReader();
  for (let i = 0; i < 50; i++) gone.tick(20 * i);
  assert.equal(gone.isGone(50 * 20 + 500), false);
  assert.equal(gone.isGone(50 * 20 + 1500), true);
  gone.tick(5000);
  assert.equal(gone.interval_ms, null);
});

test("steps are pulled onto their ticks, and stay there", () => {
  const tick_s = 60 / 120 / 24;
  let at = 0.08; // it began late
  let [count, now] = [0, 0];
  for (let ticks = 0; ticks < 200; ticks++, now += tick_s) {
    while (at < now + 0.1) {
      at += 6 * tick_s;
      count += 1;
    }
    at = pulled(at, { count, ticks, tick_s, now });
  }
  assert.ok(Math.abs(at - count * 6 * tick_s) < 1e-6);
});
