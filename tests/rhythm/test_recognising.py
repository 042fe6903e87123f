"""Hits, grooves and streams are told apart, and the reason is one sentence."""

from __future__ import annotations

import numpy as np
import pytest

from messina.corpus.recordings import NamedRecording
from messina.corpus.sound import content_digest
from messina.rhythm.recognising import kind_of, recognise
from rhythm.patterns import RATE, Hit, Signal, kit, render, rock


def _recording(name: str, audio: Signal) -> NamedRecording:
    return NamedRecording(name=name, audio=audio, digest=content_digest(audio))


def _loop() -> Signal:
    return render(rock(bars=2), seconds=4.0, noise=1e-4)


def _rain(seconds: float) -> Signal:
    """Noise whose level wanders slowly."""
    rng = np.random.default_rng(0)
    count = round(seconds * RATE)
    wander = np.interp(
        np.arange(count) / RATE, np.arange(seconds + 2), rng.uniform(0.5, 1, int(seconds) + 2)
    )
    return (0.1 * wander * rng.standard_normal(count)).astype(np.float32)[:, None]


def _drone(seconds: float) -> Signal:
    time = np.arange(round(seconds * RATE)) / RATE
    tones = sum(np.sin(2 * np.pi * f * time) for f in (110.0, 165.2, 220.6, 331.1))
    return (0.1 * np.minimum(time, 1.0) * tones).astype(np.float32)[:, None]


def test_single_sounds_are_hits() -> None:
    for name, sound in kit().items():
        assert kind_of(sound[:, None]) == "hits", name


def test_a_ringing_gong_is_a_hit_however_long() -> None:
    rng = np.random.default_rng(0)
    time = np.arange(8 * RATE) / RATE
    partials = sum(np.sin(2 * np.pi * f * time) for f in rng.uniform(100, 900, 12))
    gong = (0.05 * partials * np.exp(-time / 1.2)).astype(np.float32)[:, None]
    assert kind_of(gong) == "hits"


def test_a_session_of_separate_hits_is_hits() -> None:
    rng = np.random.default_rng(0)
    drums = ["kick", "snare", "tom", "hihat_closed", "clap"]
    times = np.cumsum(rng.uniform(1.0, 2.5, 40))
    hits = [Hit(t, drums[rng.integers(5)], rng.uniform(0.2, 1)) for t in times]
    assert kind_of(render(hits, seconds=times[-1] + 2, noise=1e-4)) == "hits"


def test_loops_and_busy_takes_without_a_grid_are_grooves() -> None:
    assert kind_of(_loop()) == "groove"
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.exponential(0.2, 60) + 0.08)
    hits = [Hit(t, ["kick", "snare", "tom"][rng.integers(3)]) for t in times]
    assert kind_of(render(hits, seconds=times[-1] + 0.5)) == "groove"


@pytest.mark.parametrize("sound", [_rain(6.0), _drone(8.0)], ids=["rain", "drone"])
def test_what_goes_on_is_a_stream(sound: Signal) -> None:
    assert kind_of(sound) == "stream"


def test_a_folder_is_what_most_of_its_time_is_and_it_is_said() -> None:
    loops = [_recording(f"loop{n}.wav", _loop()) for n in range(3)]
    assert recognise(loops).kind == "groove"
    assert recognise(loops).reason == "all 3 recordings are rhythms"
    mixed = [*loops, _recording("rain.wav", _rain(30.0))]
    found = recognise(mixed)
    assert found.kind == "stream"
    assert found.reason == (
        "1 of 4 recordings, 71 % of the time, are sounds that go on without a rhythm "
        "(the others rhythms)"
    )
    assert recognise(loops[:1]).reason == "the recording is a rhythm"


def test_held_notes_that_are_named_as_notes_are_hits() -> None:
    notes = [_recording(f"flute_{note}.wav", _drone(4.0)) for note in ("C4", "E4", "G4")]
    assert recognise(notes).kind == "hits"
    drones = [_recording(f"drone {word}.wav", _drone(4.0)) for word in ("old", "cold", "grey")]
    assert recognise(drones).kind == "stream"
