"""A folder of sounds, an instrument that has seen them for a moment, and its evaluation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

from messina.audio_files import write_wav
from messina.corpus import Corpus
from messina.demo_sounds import demo_sounds
from messina.evaluation.signal_levels import mid
from messina.evaluation.timbre import descriptor
from messina.instrument import Instrument
from messina.learning import learn
from messina.report import Evaluation, RealSounds, evaluate, find_real_sounds

Evaluate: TypeAlias = Callable[[Path], tuple[Instrument, Evaluation]]

STEPS = 20


def write_sounds(folder: Path, *starts: str) -> Path:
    for name, audio in demo_sounds():
        if name.startswith(starts):
            write_wav(folder / Path(name).name, audio[:20_000])
    return folder


def level_and_colour(audio: NDArray[np.floating]) -> NDArray[np.float32]:
    """A second embedding, as good as the first: the same."""
    return descriptor(mid(audio))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five kicks and nine marimba notes."""
    place = tmp_path_factory.mktemp("kit")
    notes = [f"marimba/marimba_{note}_" for note in (48, 60, 72)]
    return write_sounds(place, "drums/kick_", *notes)


@pytest.fixture(scope="session")
def instrument(folder: Path) -> Instrument:
    return learn(Corpus.from_folder(folder).holding_out(0.1), steps=STEPS)


@pytest.fixture(scope="session")
def real(instrument: Instrument, folder: Path) -> RealSounds:
    return find_real_sounds(instrument.manifest, folder)


@pytest.fixture(scope="session")
def found(instrument: Instrument, real: RealSounds) -> Evaluation:
    """Everything measured, beside two baselines that need no training."""
    return evaluate(
        instrument,
        real,
        name="kit.messina",
        against=["sampler", "producer"],
        count=16,
        embedding=level_and_colour,
    )


@pytest.fixture
def evaluated() -> Evaluate:
    """Learn a folder for a moment and evaluate it."""

    def run(place: Path) -> tuple[Instrument, Evaluation]:
        instrument = learn(Corpus.from_folder(place), steps=STEPS)
        real = find_real_sounds(instrument.manifest, place)
        return instrument, evaluate(instrument, real, name="small.messina", count=6)

    return run
