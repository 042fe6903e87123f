"""Sounds as a network hears them that has learnt to write music down: a second pair of ears.

What Spotify's Basic Pitch makes of a sound's first two seconds: how much each note sounds, begins,
and bends. It was learnt on recordings of music, knows nothing of our metrics, and does not hear
level. Its weights (ONNX, 230 KB, Apache 2.0) come with the package basic-pitch, of which nothing
else is used: no code of it runs, and none of what it requires is needed.
Ref: Bittner et al. (2022), A lightweight instrument-agnostic model for polyphonic note
transcription and multipitch estimation.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from messina.errors import MessinaError
from messina.evaluation.levels import Audio, mid
from messina.units import SAMPLE_RATE

__all__ = ["Embedding", "transcriber_embedding"]

Embedding = Callable[[Audio], NDArray[np.float32]]
"""A sound [N] or [N, C] at 44.1 kHz as a point [D]."""

RATE: Final = 22_050
WINDOW_SAMPLES: Final = 43_844
"""At RATE: what the network takes at a time, a little under 2 s."""

_WEIGHTS: Final = Path("saved_models", "icassp_2022", "nmp.onnx")


def transcriber_embedding() -> Embedding:
    """The basic-pitch embedding: points [880], mean and maximum over time of its outputs, 0 to 1.

    Raises MessinaError where basic-pitch or onnxruntime is not installed.
    """
    weights = file_in_package("basic_pitch", _WEIGHTS)
    if weights is None or find_spec("onnxruntime") is None:
        raise MessinaError(
            "the learned embedding comes with basic-pitch and runs in onnxruntime, which are not "
            "both installed: pip install 'messina[onnx]' && pip install --no-deps basic-pitch"
        )
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # sounds run side by side
    session = onnxruntime.InferenceSession(
        weights.read_bytes(), options, providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name

    def embedding(audio: Audio) -> NDArray[np.float32]:
        heard = session.run(None, {name: _window(audio)})
        rows = [outputs[0] for outputs in heard]  # [T, notes], of two; [T, thirds], of bends
        return np.concatenate([part for row in rows for part in (row.mean(0), row.max(0))])

    return embedding


def file_in_package(name: str, file: str | Path) -> Path | None:
    """A file of an installed package, weights say; the package is not imported."""
    package = find_spec(name)
    folders = [] if package is None else list(package.submodule_search_locations or [])
    paths = (Path(folder) / file for folder in folders)
    return next((path for path in paths if path.is_file()), None)


def _window(audio: Audio) -> NDArray[np.float32]:
    """The beginning of a sound as the network wants it [1, WINDOW_SAMPLES, 1]."""
    mono = np.asarray(mid(audio), np.float32)[: SAMPLE_RATE * WINDOW_SAMPLES // RATE]
    slow = soxr.resample(mono, SAMPLE_RATE, RATE)[:WINDOW_SAMPLES]
    return np.pad(slow, (0, WINDOW_SAMPLES - len(slow))).astype(np.float32)[None, :, None]
