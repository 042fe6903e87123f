"""Hits, grooves and textures are told apart, and the reason is one sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from messina.corpus.chunks import LoopChunk
from messina.corpus.recordings import NamedRecording
from messina.corpus.sound import content_digest
from messina.rhythm.recognising import kind_of, recognise
from rhythm.loops import make_loop
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


def test_one_sound_in_the_quiet_of_a_room_is_a_hit_however_long_that_is() -> None:
    rng = np.random.default_rng(0)
    for drum, sound in kit().items():
        room = 2e-4 * rng.standard_normal(8 * RATE)
        room[4 * RATE : 4 * RATE + len(sound)] += sound
        assert kind_of(room.astype(np.float32)[:, None]) == "hits", drum


def test_a_sound_that_swells_and_is_cut_off_is_a_hit_and_one_that_comes_and_stays_is_not() -> None:
    rng = np.random.default_rng(0)
    time = np.arange(6 * RATE) / RATE
    swell = 0.3 * rng.standard_normal(len(time)) * np.exp((time - 6.0) / 0.8)
    assert kind_of(swell.astype(np.float32)[:, None]) == "hits"
    comes = _rain(12.0) * np.minimum(1.0, np.arange(12 * RATE) / RATE / 2)[:, None]
    assert kind_of(comes.astype(np.float32)) == "texture"


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
def test_what_goes_on_is_a_texture(sound: Signal) -> None:
    assert kind_of(sound) == "texture"


def test_a_folder_is_what_most_of_its_recordings_are_and_it_is_said() -> None:
    loops = [_recording(f"loop{n}.wav", _loop()) for n in range(3)]
    assert recognise(loops).kind == "groove"
    assert recognise(loops).reason == "all 3 recordings are rhythms"
    assert recognise(loops[:1]).reason == "the recording is a rhythm"
    # one that is longer than all others together is one nevertheless
    mixed = recognise([*loops, _recording("rain.wav", _rain(30.0))])
    assert mixed.kind == "groove"
    assert mixed.reason == ("3 of 4 recordings are rhythms, 1 sounds that go on without a rhythm")
    assert mixed.kinds == ("groove", "groove", "groove", "texture")


def test_a_minority_that_goes_on_does_not_make_single_calls_a_texture() -> None:
    calls = [_recording(f"call{n}.wav", kit()["snare"][:, None]) for n in range(5)]
    long = [_recording(f"herd{n}.wav", _rain(9.0)) for n in range(2)]
    found = recognise([*calls, *long])
    assert found.kind == "hits"
    assert found.kinds.count("texture") == 2


@pytest.mark.parametrize("fall", [0.45, 0.6, 0.75])
@pytest.mark.parametrize("drum", ["snare", "clap", "tom"])
def test_a_hit_with_its_echoes_is_a_single_sound(drum: str, fall: float) -> None:
    echoes = [Hit(0.31 * count, drum, fall**count) for count in range(9)]
    assert kind_of(render(echoes, seconds=3.4)) == "hits"


def test_a_slow_loop_is_no_session_of_single_hits() -> None:
    # a stroke each second, and nothing between them
    ballad = make_loop("ballad", np.random.default_rng(3), tempo_bpm=60.0, cut="whole")
    struck = [Hit(float(n), ("kick", "snare")[n % 2]) for n in range(8)]
    assert kind_of(render(struck, seconds=8.0, noise=1e-4)) == "groove"
    assert kind_of(ballad.audio) == "groove"


def test_a_chunk_that_says_one_shot_is_believed() -> None:
    loop = _recording("loop.wav", _loop())
    assert recognise([replace(loop, loop=LoopChunk(one_shot=True))]).kind == "hits"


def test_held_notes_that_are_named_as_notes_are_hits() -> None:
    notes = [_recording(f"flute_{note}.wav", _drone(4.0)) for note in ("C4", "E4", "G4")]
    assert recognise(notes).kind == "hits"
    drones = [_recording(f"drone {word}.wav", _drone(4.0)) for word in ("old", "cold", "grey")]
    assert recognise(drones).kind == "texture"
