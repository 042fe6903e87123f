"""One sound is enough, whichever it is: what is learnt from it is saved, opens and plays."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from messina.corpus import Corpus
from messina.demo_sounds import demo_sounds
from messina.errors import CorpusError
from messina.instrument import Instrument
from messina.learning import LearningState, learn
from messina.stopping import StopRequest
from messina.units import SAMPLE_RATE

T = np.arange(SAMPLE_RATE) / SAMPLE_RATE


@cache
def of_each_kind() -> dict[str, np.ndarray]:
    """The softest and the loudest of every kind of sound of the demo."""
    kinds: dict[str, list[np.ndarray]] = {}
    for name, audio in demo_sounds(seed=3):
        kinds.setdefault(Path(name).stem.split("_v")[0].rstrip("0123456789_"), []).append(audio)
    softest = {f"soft {kind}": sounds[0] for kind, sounds in kinds.items()}
    return softest | {f"hard {kind}": sounds[-1] for kind, sounds in kinds.items()}


def voice(pitch_hz: float, seconds: float) -> np.ndarray:
    """Syllables: harmonics through one formant, gliding, with hiss between them."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    pitch = pitch_hz * (1 + 0.1 * np.sin(2 * np.pi * 2.5 * t))
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    formant = [np.exp(-(((k * pitch_hz - 700) / 900) ** 2)) for k in range(1, 25)]
    vowel = sum(a * np.sin((k + 1) * phase) for k, a in enumerate(formant))
    hiss = 0.1 * noise(len(t)) * (np.sin(2 * np.pi * 2 * t) > 0.5)
    return 0.1 * vowel * np.abs(np.sin(2 * np.pi * 2 * t)) + hiss


def noise(samples: int) -> np.ndarray:
    return np.random.default_rng(5).uniform(-1.0, 1.0, samples)


ODD: dict[str, Callable[[], np.ndarray]] = {
    "a low voice": lambda: voice(105.0, 1.5),
    "a high voice": lambda: voice(230.0, 0.5),
    "next to silence": lambda: 2e-4 * noise(SAMPLE_RATE) * np.exp(-T / 0.1),
    "a tone on DC": lambda: 0.4 + 0.3 * np.sin(2 * np.pi * 440 * T) * np.exp(-T / 0.2),
    "12 ms": lambda: np.sin(2 * np.pi * 700 * T[:529]),
    "far over full scale": lambda: 30.0 * np.sin(2 * np.pi * 200 * T) * np.exp(-T / 0.2),
    "clipped": lambda: np.sign(np.sin(2 * np.pi * 200 * T)),
    "white noise": lambda: noise(2 * SAMPLE_RATE),
    "one click": lambda: np.eye(1, 8_000)[0],
    "under hearing": lambda: 0.5 * np.sin(2 * np.pi * 9 * T),
    "over hearing": lambda: 0.5 * np.sin(2 * np.pi * 21_300 * T) * np.exp(-T / 0.3),
}


@pytest.mark.parametrize("name", [*of_each_kind(), *ODD])
def test_an_instrument_of_one_sound_opens_and_plays(name: str, tmp_path: Path) -> None:
    audio = of_each_kind()[name] if name not in ODD else ODD[name]()
    corpus = Corpus.from_arrays([audio.astype(np.float32)], sample_rate=SAMPLE_RATE, labels=["x"])
    file = tmp_path / "one.messina"
    learn(corpus, steps=2, out=file)
    instrument = Instrument.load(file)
    for played in (instrument.render(seed=1), instrument.render(velocity=127, wildness=2.0)):
        assert np.isfinite(played).all()
        assert np.abs(played).max() > 1e-5  # the softest of these sounds is at 2e-4


def test_it_plays_sounds_that_are_nothing_like_the_one_it_knows(tmp_path: Path) -> None:
    audio = of_each_kind()["hard kick"]
    corpus = Corpus.from_arrays([audio], sample_rate=SAMPLE_RATE, labels=["x"])
    learn(corpus, steps=2, out=tmp_path / "one.messina")
    instrument = Instrument.load(tmp_path / "one.messina")
    for other in (noise(SAMPLE_RATE // 4), of_each_kind()["soft kalimba"]):
        played = instrument.resynth(other, sample_rate=SAMPLE_RATE)
        assert np.isfinite(played).all()


def test_few_sounds_that_are_all_but_the_same_open_and_play(tmp_path: Path) -> None:
    first = 0.5 * np.sin(2 * np.pi * 220 * T) * np.exp(-T / 0.2)
    rng = np.random.default_rng(2)
    takes = [
        ((1 + 1e-4 * i) * first + 1e-5 * rng.standard_normal(len(T))).astype(np.float32)
        for i in range(4)
    ]
    corpus = Corpus.from_arrays(takes, sample_rate=SAMPLE_RATE, labels=["x"] * 4)
    learn(corpus, steps=2, out=tmp_path / "few.messina")
    assert np.isfinite(Instrument.load(tmp_path / "few.messina").render()).all()


def test_stopped_when_one_sound_is_analysed_it_is_an_instrument_of_that_one(
    tmp_path: Path,
) -> None:
    sounds = [audio for name, audio in demo_sounds() if "saw" in name]
    corpus = Corpus.from_arrays(sounds, sample_rate=SAMPLE_RATE, labels=["saw"] * len(sounds))
    stop = StopRequest()

    def press_ctrl_c(state: LearningState) -> None:
        stop.asked = stop.asked or (state.stage == "analysing" and state.done > 0.0)

    learn(corpus, minutes=0.5, out=tmp_path / "a.messina", progress=press_ctrl_c, stop=stop)
    instrument = Instrument.load(tmp_path / "a.messina")
    assert len(instrument.manifest.sounds) < len(sounds)
    assert np.isfinite(instrument.render(seed=1)).all()


def test_going_on_that_is_stopped_before_all_is_analysed_takes_no_sound_from_the_instrument(
    tmp_path: Path,
) -> None:
    sounds = [audio for name, audio in demo_sounds() if "saw" in name]
    labels = ["low", *["saw"] * (len(sounds) - 1)]
    corpus = Corpus.from_arrays(sounds, sample_rate=SAMPLE_RATE, labels=labels)
    file = tmp_path / "a.messina"
    learn(corpus, steps=2, out=file)
    before = file.read_bytes()
    stop = StopRequest()

    def press_ctrl_c(state: LearningState) -> None:
        stop.asked = stop.asked or (state.stage == "analysing" and state.done > 0.0)

    with pytest.raises(CorpusError, match="stopped before all sounds were analysed"):
        learn(corpus, minutes=0.5, out=file, resume=file, progress=press_ctrl_c, stop=stop)
    assert file.read_bytes() == before
