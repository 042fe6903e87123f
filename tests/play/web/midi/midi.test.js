import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Midi } from "../../../../src/messina/play/web/midi/midi.js";
import { MidiPorts } from "../../../../src/messina/play/web/midi/ports.js";

let log;
let ends;
let desk;
let inputs;

/** Where the drums lie. */
const KEYS = Array.from({ length: 128 }, () => null);
Object.assign(KEYS, { 36: "kick", 38: "snare", 42: "hat closed", 51: "ride", 88: "zap" });

const PADS = ["kick", "snare", "hat closed", "zap", "snare"];

/** A desk that writes down what it is asked. */
function fakeDesk(surface = "pads") {
  const slots = PADS.map((kind) => ({ kind, note: null }));
  const state = { surface, slot: 3, slots, midi: { input: "all", learnt: {} } };
  const names = [...new Set(PADS), "ride"];
  return {
    instrument: { labels: names.map((name) => ({ name, pitched: false })), keys: KEYS },
    session: { state, change: (_, mutate) => mutate(state) },
    performer: {
      strike: (slot, { velocity, note }) => {
        log.push(["strike", slot, velocity, note]);
        return `hit ${slot}`;
      },
      strikeLabel: (label, { velocity, note }) => {
        log.push(["strike", label, velocity, note]);
        return `hit of ${label}`;
      },
      release: (hit) => hit && log.push(["release", hit]),
    },
    engine: {
      sustain: (down) => log.push(["sustain", down]),
      pitchBend: (semitones, { channel }) => log.push(["bend", semitones, channel]),
      sostenuto: (down) => log.push(["sostenuto", down]),
      touch: (gesture, { channel }) => log.push(["touch", channel, gesture]),
    },
    controls: new Map(),
    silence: () => log.push(["silence"]),
    wake() {},
    listen: (target, kind, react) => target.addEventListener(kind, react),
    atEnd: (work) => ends.push(work),
  };
}

beforeEach(() => {
  log = [];
  ends = [];
  inputs = new Map(["one", "two"].map((id) => [id, { id, onmidimessage: null }]));
  globalThis.document = { documentElement: { classList: { toggle() {} } } };
  Object.defineProperty(globalThis, "navigator", {
    value: { requestMIDIAccess: async () => ({ inputs }) },
    configurable: true,
  });
  desk = fakeDesk();
});

const send = (id, ...data) => inputs.get(id).onmidimessage?.({ data });

async function played(ports = new MidiPorts()) {
  const midi = new Midi(desk, ports);
  midi.attach();
  await ports.start();
  return midi;
}

test("notes strike the drums that General MIDI has there, on pads or not; others nothing", async () => {
  await played();
  send("one", 0x90, 36, 100);
  send("two", 0x99, 42, 20);
  send("one", 0x90, 51, 70);
  send("one", 0x90, 35, 100);
  send("one", 0x90, 52, 100);
  send("one", 0x90, 88, 50);
  send("one", 0x90, 89, 50);
  assert.deepEqual(log, [
    ["strike", 0, 100, undefined],
    ["strike", 2, 20, undefined],
    ["strike", "ride", 70, undefined],
    ["strike", 3, 50, undefined], // no drum of General MIDI
    ["strike", 4, 50, undefined], // the second pad of a drum
  ]);
});

test("a scale lies on the notes from 36 on", async () => {
  desk.session.state.slots = PADS.map((_, i) => ({ kind: "flute", note: 60 + i }));
  desk.instrument = { labels: [{ name: "flute", pitched: true }], keys: KEYS.map(() => "flute") };
  await played();
  send("one", 0x90, 36, 100);
  send("one", 0x90, 40, 90);
  send("one", 0x90, 41, 90);
  assert.deepEqual(log, [
    ["strike", 0, 100, undefined],
    ["strike", 4, 90, undefined],
    ["strike", "flute", 90, 41], // as everywhere
  ]);
});

test("drums keep their keys where a scale is played on the others", async () => {
  desk = fakeDesk("keys");
  const keys = KEYS.map((label) => label ?? "flute");
  desk.instrument = { labels: [...desk.instrument.labels, { name: "flute", pitched: true }], keys };
  desk.session.state.slots[3].kind = "flute";
  await played();
  send("one", 0x90, 60, 90);
  send("one", 0x90, 36, 80);
  assert.deepEqual(log, [
    ["strike", 3, 90, 60],
    ["strike", 0, 80, undefined],
  ]);
});

test("as keys they play the current sound at their pitch, and end it", async () => {
  desk = fakeDesk("keys");
  await played();
  send("one", 0x90, 61, 90);
  send("one", 0x90, 61, 0);
  assert.deepEqual(log, [
    ["strike", 3, 90, 61],
    ["release", "hit 3"],
  ]);
});

test("pedal, bend and panic reach the engine", async () => {
  await played();
  send("one", 0xb0, 64, 127);
  send("one", 0xb0, 64, 0);
  for (const [first, second] of [
    [0, 64],
    [0, 0],
    [127, 127],
  ])
    send("one", 0xe0, first, second);
  send("one", 0xb0, 120, 0);
  const told = log.filter(([what]) => what !== "touch");
  assert.deepEqual(told, [
    ["sustain", true],
    ["sustain", false],
    ["bend", 0, undefined],
    ["bend", -2, undefined],
    ["bend", 2, undefined],
    ["silence"],
  ]);
});

test("all notes off lifts the keys of its channel, and teaches no control", async () => {
  const midi = await played();
  midi.learn.set(true);
  midi.learn.aim("volume");
  send("one", 0xb0, 123, 0);
  assert.equal(midi.learn.target, "volume");
  midi.learn.set(false);
  send("one", 0x90, 36, 100);
  send("one", 0x91, 38, 100);
  send("one", 0xb0, 123, 0);
  send("one", 0xb0, 123, 0);
  assert.deepEqual(log, [
    ["strike", 0, 100, undefined],
    ["strike", 1, 100, undefined],
    ["release", "hit 0"],
  ]);
});

test("what is struck while the soft pedal is down is softer", async () => {
  const midi = await played();
  send("one", 0xb0, 67, 127);
  send("one", 0x90, 36, 100);
  send("one", 0x90, 38, 1);
  send("one", 0xb0, 67, 0);
  send("one", 0x90, 36, 100);
  send("one", 0xb0, 67, 127);
  midi.lift();
  send("one", 0x90, 36, 100);
  const struck = log.filter(([what]) => what === "strike").map(([, , velocity]) => velocity);
  assert.deepEqual(struck, [75, 1, 100, 100]);
});

test("of several inputs the chosen one is heard, and all while that is not there", async () => {
  const midi = await played();
  midi.choose("two");
  send("one", 0x90, 36, 100);
  send("two", 0x90, 38, 100);
  assert.deepEqual(log, [["strike", 1, 100, undefined]]);
  midi.choose("gone");
  send("one", 0x90, 42, 100);
  assert.deepEqual(log.at(-1), ["strike", 2, 100, undefined]);
});

test("the next desk has the same ports; the one before lets its keys go and hears no more", async () => {
  const ports = new MidiPorts();
  await played(ports);
  send("one", 0x90, 36, 100);
  for (const work of ends) work();
  assert.deepEqual(log.at(-1), ["release", "hit 0"]);
  const before = log.length;
  send("one", 0x90, 36, 100);
  assert.equal(log.length, before);
  desk = fakeDesk("keys");
  new Midi(desk, ports).attach();
  send("one", 0x90, 60, 100);
  assert.deepEqual(log.at(-1), ["strike", 3, 100, 60]);
});

test("a refusal is known until it is taken back", async () => {
  const ports = new MidiPorts();
  const allow = navigator.requestMIDIAccess;
  navigator.requestMIDIAccess = async () => {
    throw new Error("no");
  };
  await assert.rejects(ports.start());
  assert.ok(ports.refused);
  navigator.requestMIDIAccess = allow;
  await ports.start();
  assert.ok(!ports.refused && ports.open);
});

test("a control that is aimed at is taught by the next knob", async () => {
  const midi = await played();
  const set = [];
  desk.controls.set("volume", { set: (share) => set.push(share) });
  midi.learn.set(true);
  midi.learn.aim("volume");
  send("one", 0xb0, 7, 30);
  midi.learn.set(false);
  send("one", 0xb0, 7, 127);
  assert.deepEqual(desk.session.state.midi.learnt, { "cc:0:7": "volume" });
  assert.deepEqual(set, [1]);
  midi.learn.forget("volume");
  assert.deepEqual(desk.session.state.midi.learnt, {});
});

test("the first channel bends all, others their own notes", () => {
  const midi = new Midi(desk, new MidiPorts());
  midi.receive([0xe0, 127, 127]);
  midi.receive([0xe4, 0, 0]);
  assert.deepEqual(
    log.map(([what, first, rest]) => [what, first, rest?.semitones]),
    [
      ["bend", 2, undefined],
      ["touch", 0, 0],
      ["touch", 4, -2],
    ],
  );
});

test("in a zone a note is bent by the range that was told", () => {
  const midi = new Midi(desk, new MidiPorts());
  for (const [number, value] of [
    [101, 0],
    [100, 6],
    [6, 15],
  ])
    midi.receive([0xb0, number, value]);
  midi.receive([0xe4, 0, 0]);
  const [what, channel, { semitones }] = log.at(-1);
  assert.deepEqual([what, channel, semitones], ["touch", 4, -48]);
});

test("expression is a channel's loudness, volume that of the page, unless they were learnt", () => {
  const midi = new Midi(desk, new MidiPorts());
  desk.controls.set("volume", { set: (share) => log.push(["volume", share]) });
  desk.controls.set("morph", { set: (share) => log.push(["morph", share]) });
  midi.receive([0xb2, 11, 127]);
  midi.receive([0xb2, 7, 127]);
  desk.session.state.midi.learnt["cc:2:11"] = "morph";
  midi.receive([0xb2, 11, 127]);
  const [[what, channel, { louder }], ...rest] = log;
  assert.deepEqual([what, channel, louder], ["touch", 2, 0]);
  assert.deepEqual(rest, [
    ["volume", 1],
    ["morph", 1],
  ]);
});

test("pressure, brightness and the wheel shape the notes of their channel, pedals hold", () => {
  const midi = new Midi(desk, new MidiPorts());
  midi.receive([0xd3, 127]);
  midi.receive([0xb3, 74, 0]);
  midi.receive([0xb3, 1, 127]);
  midi.receive([0xb3, 66, 127]);
  const [, channel, { pressure, brighter, vibrato }] = log.at(-2);
  assert.deepEqual([channel, pressure, brighter, vibrato], [3, 1, -1, 1]);
  assert.deepEqual(log.at(-1), ["sostenuto", true]);
});

test("pressure and pedals can be taught to anything", async () => {
  const midi = await played();
  const set = [];
  for (const id of ["morph.x", "volume"]) desk.controls.set(id, { set: (v) => set.push([id, v]) });
  midi.learn.set(true);
  midi.learn.aim("morph.x");
  midi.receive([0xd0, 40]);
  midi.learn.aim("volume");
  midi.receive([0xb0, 64, 40]);
  midi.learn.set(false);
  midi.receive([0xd0, 127]);
  midi.receive([0xb0, 64, 127]);
  assert.deepEqual(set, [
    ["morph.x", 1],
    ["volume", 1],
  ]);
  assert.deepEqual(log, []);
});

test("a curve shapes velocity", async () => {
  desk.session.state.curve = "fixed";
  await played();
  send("one", 0x90, 36, 20);
  assert.deepEqual(log, [["strike", 0, 100, undefined]]);
});

test("modes and the legato pedal choose one voice, and modes let go of what is held", async () => {
  await played();
  const { state } = desk.session;
  send("one", 0x90, 36, 100);
  log = [];
  send("one", 0xb0, 126, 1);
  assert.deepEqual([state.mono, log], [true, [["release", "hit 0"]]]);
  send("one", 0xb0, 127, 0);
  assert.equal(state.mono, false);
  send("one", 0xb0, 68, 127);
  assert.equal(state.mono, true);
  send("one", 0xb0, 68, 0);
  assert.equal(state.mono, false);
});

test("a glide is switched on and off, and takes the time it was told", async () => {
  await played();
  const { state } = desk.session;
  state.glide = 0;
  send("one", 0xb0, 5, 127);
  assert.equal(state.glide, 0);
  send("one", 0xb0, 65, 127);
  assert.equal(state.glide, 2000);
  send("one", 0xb0, 5, 0);
  send("one", 0xb0, 65, 127);
  assert.equal(state.glide, 0);
  send("one", 0xb0, 5, 64);
  send("one", 0xb0, 65, 127);
  assert.ok(Math.abs(state.glide - 2000 * (64 / 127) ** 2) < 1e-9);
  send("one", 0xb0, 121, 0);
  assert.equal(state.glide, 0);
});

test("a reset gives up the pressure of its channel's keys", async () => {
  desk.performer.press = (hit, share) => log.push(["press", hit, share]);
  await played();
  send("one", 0x90, 36, 100);
  send("one", 0x91, 38, 100);
  send("one", 0xa0, 36, 127);
  log = [];
  send("one", 0xb0, 121, 0);
  assert.deepEqual(
    log.filter(([what]) => what === "press"),
    [["press", "hit 0", 0]],
  );
});
