from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from messina.demo_sounds import demo_sounds, write_demo_sounds
from messina.units import SAMPLE_RATE, note_to_hz


@pytest.fixture(scope="module")
def sounds() -> dict[str, np.ndarray]:
    return dict(demo_sounds(seed=0))


def brightness_hz(audio: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(audio)) ** 2
    frequency = np.fft.rfftfreq(len(audio), 1 / SAMPLE_RATE)
    return float(np.exp(np.average(np.log(frequency[1:]), weights=power[1:])))


def test_there_are_enough_sounds_and_each_is_clean(sounds: dict[str, np.ndarray]) -> None:
    assert 60 <= len(sounds) <= 90
    for name, audio in sounds.items():
        assert audio.dtype == np.float32, name
        assert np.isfinite(audio).all(), name
        assert 0.01 < np.abs(audio).max() < 0.9, name
        assert audio[-1] == 0, name
        assert abs(audio.mean()) < 0.01 * np.abs(audio).max(), name


def test_the_same_seed_makes_the_same_sounds_and_another_other_ones() -> None:
    first = dict(demo_sounds(seed=3))
    assert all(np.array_equal(audio, first[name]) for name, audio in demo_sounds(seed=3))
    assert any(not np.array_equal(audio, first[name]) for name, audio in demo_sounds(seed=4))


@pytest.mark.parametrize("kind", ["kick", "snare", "tom", "clap", "marimba_60", "fm_57"])
def test_harder_hits_are_louder_and_brighter(sounds: dict[str, np.ndarray], kind: str) -> None:
    hits = sorted(
        (int(re.search(r"_v(\d+)", name)[1]), audio)
        for name, audio in sounds.items()
        if f"/{kind}_v" in name
    )
    softest, hardest = hits[0][1], hits[-1][1]
    assert np.abs(hardest).max() > 2 * np.abs(softest).max()
    assert brightness_hz(hardest) > 1.05 * brightness_hz(softest)


def test_a_kick_glides_down(sounds: dict[str, np.ndarray]) -> None:
    kick = sounds["drums/kick_v127.wav"]

    def crossings_a_second(start_s: float, end_s: float) -> float:
        part = kick[int(start_s * SAMPLE_RATE) : int(end_s * SAMPLE_RATE)]
        return np.count_nonzero(np.diff(np.signbit(part))) / (end_s - start_s)

    assert crossings_a_second(0.03, 0.08) > 1.5 * crossings_a_second(0.25, 0.45)


def test_pitched_sounds_have_the_pitch_their_name_says(sounds: dict[str, np.ndarray]) -> None:
    for name, audio in sounds.items():
        if match := re.fullmatch(r"(marimba|kalimba|sine|saw|square)/\w+_(\d+)_v\d+\.wav", name):
            expected_hz = float(note_to_hz(int(match[2])))
            spectrum = np.abs(np.fft.rfft(audio * np.hanning(len(audio)), 8 * len(audio)))
            found_hz = np.argmax(spectrum) * SAMPLE_RATE / (8 * len(audio))
            assert abs(1200 * np.log2(found_hz / expected_hz)) < 5, name


def test_they_are_written_under_their_names(tmp_path: Path) -> None:
    count = write_demo_sounds(tmp_path)
    assert count == len(list(tmp_path.rglob("*.wav")))
    assert soundfile.info(tmp_path / "drums/kick_v127.wav").samplerate == SAMPLE_RATE
