"""A note sounds in the quantum after its event reaches the worklet; playing live loses nothing."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from messina.play.single_file import link
from play.engine.browser import ENGINE, EnginePage

pytestmark = pytest.mark.browser


@pytest.fixture
def engine(engine_in_browser: EnginePage) -> EnginePage:
    """Worklets and workers are a browser's."""
    return engine_in_browser


QUANTUM = 128

UNTIL = """
const until = async (holds) => {
  while (!holds()) await new Promise((done) => setTimeout(done, 10));
};
"""

_STRIKE = """
async ([at, one]) => {
  // Sound stands still at a known quantum while a note is sent, as if it came just then.
  const offline = new OfflineAudioContext(2, 44100, m.SAMPLE_RATE);
  const other = await m.createEngine(offline, one ?? {});
  other.output.connect(offline.destination);
  const data = await (await fetch("/instruments/rich.messina")).arrayBuffer();
  const instrument = await other.loadInstrument(data);
  const sent = offline.suspend((at * 128) / 44100).then(async () => {
    other.noteOn({ instrument, label: "drum", velocity: 100, seed: 1 });
    await new Promise((done) => setTimeout(done, 500));
    await offline.resume();
  });
  const buffer = await offline.startRendering();
  await sent;
  const left = buffer.getChannelData(0);
  return { first: left.findIndex((x) => x !== 0), latency: Math.round(other.latency * 44100) };
}
"""


def test_a_note_sounds_within_one_quantum_of_its_event(engine: EnginePage) -> None:
    at = 40
    struck = engine.evaluate(_STRIKE, [at, None])
    first = struck["first"] - struck["latency"]
    assert 0 <= first - QUANTUM * at < QUANTUM
    # What the limiter takes to look ahead comes on top, and is under a quantum too.
    assert struck["latency"] < QUANTUM


_STRIKE_TOGETHER = """
async ([at, voices, scheduled, struck]) => {
  // Live, not patient: what is struck while sound stands still comes without being announced.
  const offline = new OfflineAudioContext(2, 66_150, m.SAMPLE_RATE);
  const other = await m.createEngine(offline, { voices });
  other.output.connect(offline.destination);
  for (const id of ["organ", "kit"]) {
    const data = await (await fetch(`/instruments/${id}.messina`)).arrayBuffer();
    await other.loadInstrument(data, { id });
  }
  for (const note of scheduled) other.noteOn(note);
  const sent = offline.suspend((at * 128) / 44100).then(async () => {
    for (const note of struck) other.noteOn(note);
    await new Promise((done) => setTimeout(done, 500));
    await offline.resume();
  });
  const buffer = await offline.startRendering();
  await sent;
  const latency = Math.round(other.latency * 44100);
  return [0, 1].map((side) => base64(buffer.getChannelData(side).slice(latency)));
}
"""


def strike_together(
    engine: EnginePage,
    at: int,
    struck: list[dict[str, object]],
    *,
    voices: int = 32,
    scheduled: list[dict[str, object]] | None = None,
) -> np.ndarray:
    """Notes struck at quantum `at`, while others are scheduled, to audio [N, 2]."""
    sides = engine.evaluate(_STRIKE_TOGETHER, [at, voices, scheduled or [], struck])
    return np.stack([np.frombuffer(base64.b64decode(side), np.float32) for side in sides], 1)


def test_of_notes_struck_together_two_begin_in_each_quantum(engine: EnginePage) -> None:
    at = 40
    notes: list[dict[str, object]] = [
        {"instrument": "kit", "label": ["kick", "snare"][i % 2], "velocity": 80, "seed": i}
        for i in range(8)
    ]
    heard = strike_together(engine, at, notes)
    wanted = [
        note | {"time": (at + i // 2) * QUANTUM / 44_100 + 1e-9} for i, note in enumerate(notes)
    ]
    expected = engine.render(wanted, 1.5)[: len(heard)]
    apart = heard[: len(expected)] - expected
    # The same arithmetic in the same order; other starts would be as far off as the sound is loud.
    assert np.abs(apart).max() < 1e-4 * np.abs(expected).max()


def test_a_note_sounds_though_every_voice_is_taken_or_promised(engine: EnginePage) -> None:
    # Two long notes fill all there are; forty more are due soon, all of them hardly to be heard.
    quiet = {"instrument": "organ", "label": "organ", "velocity": 1, "level": -60}
    scheduled = [
        *({**quiet, "note": 41 + i, "time": 0.0, "seed": i} for i in range(2)),
        *({**quiet, "note": 50 + i % 12, "time": 0.2, "seed": i} for i in range(40)),
    ]
    struck: list[dict[str, object]] = [
        {"instrument": "kit", "label": "kick", "velocity": 120, "seed": 3}
    ]
    at = 60  # 26 ms before they are due
    with_it = strike_together(engine, at, struck, voices=2, scheduled=scheduled)
    without = strike_together(engine, at, [], voices=2, scheduled=scheduled)
    alone = strike_together(engine, at, struck, voices=2)
    first = QUANTUM * at
    assert not np.array_equal(with_it[first:], without[first:])
    beginning = slice(first, first + 512)
    assert np.abs(with_it[beginning]).max() > 0.9 * np.abs(alone[beginning]).max() > 0.01


def test_the_engine_runs_as_one_script_without_a_server(engine: EnginePage) -> None:
    sources = {
        path.relative_to(ENGINE).as_posix(): path.read_text(encoding="utf-8")
        for path in ENGINE.rglob("*.js")
    }
    kernel = list((ENGINE / "kernel" / "kernel.wasm").read_bytes())
    engine.evaluate(
        """([source, kernel]) => {
            window.oneFile = {
                workletSource: source,
                wasmBytes: Uint8Array.from(kernel).buffer,
                wasmUrl: "/nowhere",
                workletUrl: "/nowhere",
            };
        }""",
        [link(sources, "worklet.js"), kernel],
    )
    script = _STRIKE.replace("one ?? {}", "oneFile")
    assert engine.evaluate(script, [10, None])["first"] > 0


def test_a_context_of_another_rate_is_refused_in_words(engine: EnginePage) -> None:
    message = engine.evaluate(
        """async () => {
            const context = new OfflineAudioContext(2, 100, 48000);
            return m.createEngine(context).then(() => "made", (error) => error.message);
        }"""
    )
    assert "48000 Hz" in message
    assert "44100" in message


def test_the_meter_tells_voices_load_and_peak(engine: EnginePage) -> None:
    meters = engine.evaluate(
        f"""async () => {{{UNTIL}"""
        """
            const seen = [];
            const stop = engine.onMeter((meter) => seen.push(meter));
            engine.noteOn({ instrument: "organ", label: "organ", note: 57, velocity: 100 });
            await until(() => seen.length >= 8 && seen.at(-1).voices && seen.at(-1).peak[0]);
            engine.allNotesOff();
            await until(() => seen.at(-1).voices === 0 && Math.max(...seen.at(-1).peak) === 0);
            stop();
            return seen;
        }"""
    )
    assert len(meters) >= 8
    assert max(meter["voices"] for meter in meters) == 1
    assert meters[-1]["voices"] == 0
    assert 0.001 < max(max(meter["peak"]) for meter in meters) < 1.0
    assert max(meters[-1]["peak"]) == 0
    assert all(set(meter) >= {"load", "microseconds", "missed", "reduction"} for meter in meters)


def test_an_instrument_can_be_replaced_while_it_sounds(engine: EnginePage) -> None:
    figures = engine.evaluate(
        f"""async () => {{{UNTIL}"""
        """
            const seen = [];
            const stop = engine.onMeter((meter) => seen.push(meter));
            const file = async (name) =>
                (await fetch(`/instruments/${name}.messina`)).arrayBuffer();
            for (let round = 0; round < 6; round++) {
                // Two instruments of different sizes under one id, notes in between.
                await engine.loadInstrument(await file(round % 2 ? "rich" : "kit"), { id: "new" });
                for (let hit = 0; hit < 4; hit++) {
                    engine.noteOn({ instrument: "new", velocity: 100 });
                    engine.noteOn({ instrument: "new", time: context.currentTime + 0.15 });
                    await new Promise((done) => setTimeout(done, 25));
                }
            }
            await new Promise((done) => setTimeout(done, 200));
            engine.unloadInstrument("new");
            engine.allNotesOff();
            await until(() => seen.at(-1).voices === 0);
            stop();
            return {
                peak: Math.max(...seen.map((meter) => meter.peak[0])),
                voices: Math.max(...seen.map((meter) => meter.voices)),
                last: seen.at(-1).voices,
            };
        }"""
    )
    assert 0.001 < figures["peak"] < 1.0
    assert figures["voices"] > 8
    assert figures["last"] == 0


@pytest.mark.slow
@pytest.mark.alone
def test_dense_playing_live_misses_nothing(engine: EnginePage) -> None:
    figures = engine.evaluate(
        """async () => {
            const names = ["rich", "plain", "organ", "kit"];
            const seen = [];
            const stop = engine.onMeter((meter) => seen.push(meter));
            const before = context.playbackStats?.underrunEvents ?? 0;
            const until = performance.now() + 15_000;
            for (let i = 0; performance.now() < until; i++) {
                const [velocity, note] = [60 + (i % 60), 48 + (i % 24)];
                engine.noteOn({ instrument: names[i % 4], velocity, note });
                await new Promise((done) => setTimeout(done, 25));
            }
            stop();
            engine.allNotesOff();
            const after = context.playbackStats?.underrunEvents ?? 0;
            return {
                voices: Math.max(...seen.map((meter) => meter.voices)),
                load: seen.at(-1).load,
                missed: seen.at(-1).missed - seen[0].missed,
                underruns: after - before,
            };
        }"""
    )
    # Of 5,000 quanta. The machine may be busy with other tests, so this is no benchmark: an engine
    # that cannot keep up misses most of them.
    assert figures["voices"] >= 16
    assert figures["missed"] <= 50
    assert figures["underruns"] <= 5
