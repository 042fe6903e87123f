"""Pictures of sounds: spectrograms with a logarithmic frequency axis, laid out as sheets.

matplotlib is loaded when a picture is drawn, not before; it comes with the extra `train`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from messina.atomic import replacing
from messina.errors import MessinaError
from messina.units import SAMPLE_RATE, amplitude_to_db

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Panel", "log_spectrogram", "save_sheet"]

Array: TypeAlias = NDArray[np.float32]

_WINDOW: Final = 2048
_HOP: Final = 256
_LOW_HZ: Final = 40.0
_HIGH_HZ: Final = 20_000.0
_ROWS: Final = 240
_RANGE_DB: Final = 80.0
_TICKS_HZ: Final = {100: "100", 1000: "1k", 10_000: "10k"}


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One sound on a sheet: audio [N] or [N, C] at SAMPLE_RATE under its title."""

    title: str
    audio: Array


def log_spectrogram(audio: Array, *, rows: int = _ROWS) -> Array:
    """Level in dB re a full-scale sine [rows, T], low to high, of audio [N] or [N, C].

    Rows are spaced evenly in log frequency from 40 Hz to 20 kHz; a row between bins takes the
    level between them, a row over many bins the loudest.
    """
    mono = audio if audio.ndim == 1 else audio.mean(axis=1)
    padded = np.pad(mono, (_WINDOW // 2, _WINDOW))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    window = np.hanning(_WINDOW)
    level_db = amplitude_to_db(np.abs(np.fft.rfft(windows * window)) * (2 / window.sum()))
    edges_hz = np.geomspace(_LOW_HZ, _HIGH_HZ, rows + 1)
    edges = edges_hz * _WINDOW / SAMPLE_RATE
    return np.stack([_row(level_db, a, b) for a, b in pairwise(edges)])


def _row(level_db: NDArray[np.float64], low: float, high: float) -> Array:
    """The level [T] between two positions on the axis of bins."""
    inside = level_db[:, int(np.ceil(low)) : int(np.floor(high)) + 1]
    below, part = int(low), (low + high) / 2 - int(low)
    row = (1 - part) * level_db[:, below] + part * level_db[:, below + 1]
    if inside.shape[1]:
        row = inside.max(axis=1)
    return row.astype(np.float32)


def save_sheet(
    path: Path, rows: Sequence[Sequence[Panel]], *, columns: Sequence[str], title: str = ""
) -> None:
    """Save spectrograms as one PNG: a row a sound, a column each of its versions.

    Panels of a row share time axis and colours, so that lengths and levels can be compared.
    Raises MessinaError when matplotlib is not installed, ValueError when a row has not one panel
    for each column.
    """
    if not rows or any(len(row) != len(columns) for row in rows):
        raise ValueError(f"every row wants {len(columns)} panels, one for each of {list(columns)}")
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError as missing:
        raise MessinaError(
            "pictures need matplotlib, which is not installed: pip install matplotlib"
        ) from missing

    figure = Figure(figsize=(3.4 * len(columns), 0.5 + 1.45 * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(rows), len(columns), squeeze=False)
    for row, axes in zip(rows, grid, strict=True):
        longest = max(len(panel.audio) for panel in row)
        levels_db = [log_spectrogram(_padded(panel.audio, longest)) for panel in row]
        top_db = max(float(level_db.max()) for level_db in levels_db)
        for panel, level_db, axis in zip(row, levels_db, axes, strict=True):
            axis.set_title(panel.title, fontsize=8)
            _draw(axis, level_db, top_db=top_db, duration_s=longest / SAMPLE_RATE)
        for axis in axes[1:]:
            axis.set_yticklabels([])
    for axis, column in zip(grid[0], columns, strict=True):
        axis.set_title(f"{column}\n{axis.get_title()}", fontsize=9)
    for axis in grid[-1]:
        axis.set_xlabel("s", fontsize=8)
    if title:
        figure.suptitle(title, fontsize=11)
    with replacing(path) as aside:
        figure.savefig(aside, dpi=110, format="png", metadata={"Software": None})


def _padded(audio: Array, samples: int) -> Array:
    return np.pad(audio, [(0, samples - len(audio)), *[(0, 0)] * (audio.ndim - 1)])


def _draw(axis: Axes, level_db: Array, *, top_db: float, duration_s: float) -> None:
    rows = len(level_db)
    axis.imshow(
        level_db,
        origin="lower",
        aspect="auto",
        extent=(0, duration_s, 0, rows),
        vmin=top_db - _RANGE_DB,
        vmax=top_db,
        cmap="magma",
        interpolation="nearest",
    )
    octaves = np.log(_HIGH_HZ / _LOW_HZ)
    places = [rows * np.log(hz / _LOW_HZ) / octaves for hz in _TICKS_HZ]
    axis.set_yticks(places, list(_TICKS_HZ.values()))
    axis.tick_params(labelsize=7)
