"""Messina: a folder of sounds becomes an instrument.

    corpus = messina.Corpus.from_folder("kalimba")
    instrument = messina.learn(corpus, minutes=1)
    audio = instrument.render(note=62, velocity=100)  # [N, 2] float32 at 44.1 kHz

The names below are loaded when first used: playing an instrument never loads torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from messina.errors import (
    ControlError,
    CorpusError,
    InstrumentError,
    MessinaError,
    SoundError,
)

if TYPE_CHECKING:
    from messina.corpus import Corpus, read_recordings
    from messina.export.exporting import export
    from messina.instrument import Instrument
    from messina.learning import learn
    from messina.learning.grooves import learn_groove
    from messina.learning.midi_scores import learn_score
    from messina.learning.textures import learn_texture
    from messina.library import LibraryIndex
    from messina.report.measuring import blind_test, compare, evaluate
    from messina.sequences import Sequence
    from messina.sequences.score_material import read_scores

__all__ = [
    "ControlError",
    "Corpus",
    "CorpusError",
    "Instrument",
    "InstrumentError",
    "LibraryIndex",
    "MessinaError",
    "Sequence",
    "SoundError",
    "__version__",
    "blind_test",
    "compare",
    "evaluate",
    "export",
    "learn",
    "learn_groove",
    "learn_score",
    "learn_texture",
    "read_recordings",
    "read_scores",
]

__version__ = "0.2.0"

_HOMES = {
    "Corpus": "messina.corpus",
    "evaluate": "messina.report.measuring",
    "compare": "messina.report.measuring",
    "blind_test": "messina.report.measuring",
    "Instrument": "messina.instrument",
    "LibraryIndex": "messina.library",
    "Sequence": "messina.sequences",
    "learn": "messina.learning",
    "learn_groove": "messina.learning.grooves",
    "learn_score": "messina.learning.midi_scores",
    "learn_texture": "messina.learning.textures",
    "read_recordings": "messina.corpus",
    "read_scores": "messina.sequences.score_material",
}


def __getattr__(name: str) -> Any:
    if name == "export":  # a package that can be called
        return import_module("messina.export")
    if name not in _HOMES:
        raise AttributeError(f"module 'messina' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
