import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { OneVoice } from "../../../../src/messina/play/web/play/one-voice.js";

let log;
let voice;

beforeEach(() => {
  log = [];
  const engine = {
    legato: ({ id }, note) => log.push(["legato", id, note]),
    noteOff: ({ id }, { firm } = {}) => log.push([firm ? "off at once" : "off", id]),
  };
  voice = new OneVoice(engine, () => 0.1);
});

let ids = 0;

/** Presses a key of a label that is sustained or not. */
function press(note, sustained, label = 0) {
  const strike = (slide) => {
    ids++;
    log.push(["strike", note, slide?.from ?? 0]);
    return { id: ids, sustained };
  };
  return voice.press({ note, label, velocity: 90, strike });
}

test("what is sustained goes on to the next key and back, and is let go of once", () => {
  const low = press(60, true);
  const high = press(64, true);
  const id = ids;
  assert.equal(voice.lift(high), null);
  assert.equal(voice.lift(low).id, id);
  assert.deepEqual(log, [
    ["strike", 60, 0],
    ["legato", id, 64],
    ["legato", id, 60],
  ]);
});

test("a key that does not sound is lifted unheard", () => {
  const low = press(60, true);
  const high = press(64, true);
  assert.equal(voice.sounding(low), null);
  assert.equal(voice.sounding(high).id, ids);
  assert.equal(voice.lift(low), null);
  assert.equal(log.length, 2);
  assert.equal(voice.lift(high).id, ids);
});

test("what is struck is struck anew, sliding from the key before", () => {
  press(60, false);
  const first = ids;
  const high = press(67, false);
  voice.lift(high);
  assert.deepEqual(log, [
    ["strike", 60, 0],
    ["strike", 67, -7],
    ["off at once", first],
    ["strike", 60, 7],
    ["off at once", first + 1],
  ]);
});

test("a key that is struck alone begins a note", () => {
  voice.lift(press(60, true));
  press(64, true);
  assert.deepEqual(
    log.map(([what]) => what),
    ["strike", "strike"],
  );
});

test("what a pedal holds makes room for the next note", () => {
  const low = press(60, true);
  voice.ended = voice.lift(low);
  press(64, true);
  assert.deepEqual(log, [
    ["strike", 60, 0],
    ["strike", 64, 0],
    ["off at once", ids - 1],
  ]);
  press(67, true);
  assert.equal(log.at(-1)[0], "legato");
});
