"""Sounds as networks hear them that have learnt from sounds: further pairs of ears.

Each comes with a package of which the weights alone are used: no code of it runs, and none of what
it requires is needed. They are judges here, never something to learn from, and know nothing of our
metrics.

aiSFX was trained to tell the categories of libraries of sound effects apart; its embedding tells
new sounds from recordings where levels and colours do not. Its weights (PyTorch, 25 MB, CC BY 4.0,
A. B. Ma and A. Lerch) come with the package aisfx.
Ref: Ma & Lerch (2022), Representation learning for the automatic indexing of sound effects
libraries, ISMIR.

Spotify's Basic Pitch has learnt to write music down, on recordings of music: how much each note
sounds, begins, and bends in a sound's first two seconds, whatever its level. Its weights (ONNX,
230 KB, Apache 2.0) come with the package basic-pitch.
Ref: Bittner et al. (2022), A lightweight instrument-agnostic model for polyphonic note
transcription and multipitch estimation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import soxr
from numpy.typing import NDArray

from messina.errors import MessinaError
from messina.evaluation.signal_levels import Audio, mid
from messina.evaluation.spectra import power_spectrogram, triangles
from messina.evaluation.timbre import from_attack
from messina.units import SAMPLE_RATE

if TYPE_CHECKING:
    import torch

__all__ = ["Embedding", "aisfx_embedding", "transcriber_embedding"]

Embedding = Callable[[Audio], NDArray[np.float32]]
"""A sound [N] or [N, C] at 44.1 kHz as a point [D]."""


def _file_in_package(name: str, file: str | Path) -> Path | None:
    """A file of an installed package, weights say; the package is not imported."""
    package = find_spec(name)
    folders = [] if package is None else list(package.submodule_search_locations or [])
    paths = (Path(folder) / file for folder in folders)
    return next((path for path in paths if path.is_file()), None)


# ---- aiSFX ---------------------------------------------------------------------------------------

WINDOW_SAMPLES: Final = 2048
HOP_SAMPLES: Final = 1024
BANDS: Final = 96
FRAMES: Final = 100
UNHEARD: Final = 1e-6
"""What is 60 dB under the strongest cell is cut off: else noise at -70 dB would count."""
FULL_SCALE: Final = 9.457798957824707
"""What the network was trained to call 1: log10(10,000 x + 1) of its loudest cell."""
BLOCKS: Final = ((1, 64), (64, 128), (128, 256), (256, 512))
"""Channels in and out of the four stages, each two convolutions of 3 × 3 and a pooling of 2 × 2."""

_EFFECTS_WEIGHTS: Final = Path("models", "checkpoint.pth")
_PREFIX: Final = "embedding_net."


def aisfx_embedding() -> Embedding:
    """The aisfx embedding: points [512] of the first 1.5 s of sounds, at any level.

    Raises MessinaError where aisfx or torch is not installed, or the weights are not those known.
    """
    weights = _file_in_package("aisfx", _EFFECTS_WEIGHTS)
    if weights is None or find_spec("torch") is None:
        raise MessinaError(
            "the learnt ear comes with aisfx and runs in torch, which are not both installed: "
            "pip install 'messina[train]' && pip install --no-deps aisfx"
        )
    import torch

    torch.set_num_threads(1)  # sounds run side by side
    stages = _stages(weights)

    def embedding(audio: Audio) -> NDArray[np.float32]:
        with torch.inference_mode():
            x = torch.from_numpy(_picture(from_attack(audio)))[None, None]
            for first, second in stages:
                x = _convolved(_convolved(x, first), second)
                x = torch.nn.functional.max_pool2d(x, 2)
            # Mean over frequency, then the strongest moment.
            return x[0].mean(dim=2).amax(dim=1).numpy()

    return embedding


Layer = tuple["torch.Tensor", "torch.Tensor"]
"""Kernel [out, in, 3, 3] and bias [out] of a convolution with its normalisation in them."""


def _convolved(x: torch.Tensor, layer: Layer) -> torch.Tensor:
    import torch

    kernel, bias = layer
    return torch.nn.functional.conv2d(x, kernel, bias, padding=1).relu()


def _stages(path: Path) -> list[tuple[Layer, Layer]]:
    """The two layers of each stage. Raises MessinaError."""
    import torch

    # Read as data: beside tensors the file holds numbers of numpy, and nothing that runs.
    scalar = np.float64(0).__reduce__()[0]
    kinds = [type(np.dtype(name)) for name in ("f4", "f8", "i4", "i8")]
    modules = ("numpy.core.multiarray", "numpy._core.multiarray")  # as numpy 1 and 2 call it
    allowed: list[Any] = [*((scalar, f"{module}.scalar") for module in modules), np.dtype, *kinds]
    try:
        with torch.serialization.safe_globals(allowed):
            held = torch.load(path, map_location="cpu", weights_only=True)[0]
        return [
            (_layer(held, stage, 1, shape[0]), _layer(held, stage, 2, shape[1]))
            for stage, shape in enumerate(
                (((out, into, 3, 3), (out, out, 3, 3)) for into, out in BLOCKS), 1
            )
        ]
    except (OSError, RuntimeError, UnpicklingError, LookupError, TypeError, ValueError) as error:
        raise MessinaError(
            f"{path}: not the weights that are known ({type(error).__name__}); "
            "pip install --no-deps --force-reinstall aisfx==0.1.2"
        ) from error


def _layer(held: dict[str, torch.Tensor], stage: int, number: int, shape: tuple[int, ...]) -> Layer:
    """A convolution that does what it and the batch normalisation after it do."""
    block = f"{_PREFIX}conv_block{stage}."
    kernel = held[f"{block}conv{number}.weight"].float()
    if tuple(kernel.shape) != shape:
        raise ValueError(f"{block}conv{number} is {tuple(kernel.shape)}, not {shape}")
    scale, offset, mean, variance = (
        held[f"{block}bn{number}.{name}"].float()
        for name in ("weight", "bias", "running_mean", "running_var")
    )
    gain = scale / (variance + 1e-5).sqrt()
    return kernel * gain[:, None, None, None], offset - mean * gain


@cache
def _mel() -> NDArray[np.float32]:
    """Weights [BANDS, K] of triangles on O'Shaughnessy's mel scale up to 22 kHz; they sum to 1."""
    top = 2595.0 * np.log10(1.0 + SAMPLE_RATE / 2 / 700.0)
    edges = 700.0 * (10.0 ** (np.linspace(0.0, top, BANDS + 2) / 2595.0) - 1.0)
    bins_hz = np.fft.rfftfreq(WINDOW_SAMPLES, 1.0 / SAMPLE_RATE)
    weights = triangles(edges, bins_hz)
    sums = np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    return np.asarray(weights / sums, np.float32)


def _picture(heard: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compressed mel levels [FRAMES, BANDS] as the network was shown them."""
    padded = np.pad(heard, (WINDOW_SAMPLES // 2, WINDOW_SAMPLES))
    power = power_spectrogram(padded, WINDOW_SAMPLES, HOP_SAMPLES) @ _mel().T
    power = np.maximum(power, power.max() * UNHEARD)
    levels = np.log10(1e4 * power + 1.0)[:FRAMES] / FULL_SCALE
    after = ((0, FRAMES - len(levels)), (0, 0))
    return np.pad(levels, after, constant_values=float(levels.min())).astype(np.float32)


# ---- Basic Pitch ---------------------------------------------------------------------------------

NOTES_RATE: Final = 22_050
NOTES_SAMPLES: Final = 43_844
"""At NOTES_RATE: what the network takes at a time, a little under 2 s."""

_NOTES_WEIGHTS: Final = Path("saved_models", "icassp_2022", "nmp.onnx")


def transcriber_embedding() -> Embedding:
    """The basic-pitch embedding: points [880], mean and maximum over time of its outputs, 0 to 1.

    Raises MessinaError where basic-pitch or onnxruntime is not installed.
    """
    weights = _file_in_package("basic_pitch", _NOTES_WEIGHTS)
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
        heard = session.run(None, {name: _beginning(audio)})
        rows = [outputs[0] for outputs in heard]  # [T, notes], of two; [T, thirds], of bends
        return np.concatenate([part for row in rows for part in (row.mean(0), row.max(0))])

    return embedding


def _beginning(audio: Audio) -> NDArray[np.float32]:
    """The beginning of a sound as the network wants it [1, NOTES_SAMPLES, 1]."""
    mono = np.asarray(mid(audio), np.float32)[: SAMPLE_RATE * NOTES_SAMPLES // NOTES_RATE]
    slow = soxr.resample(mono, SAMPLE_RATE, NOTES_RATE)[:NOTES_SAMPLES]
    return np.pad(slow, (0, NOTES_SAMPLES - len(slow))).astype(np.float32)[None, :, None]
