"""Arrays as the sounds of a corpus, for those who have no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from messina.corpus.clips import Clip, clip_from
from messina.corpus.reading import prepare
from messina.corpus.sound import Array, LeftOut
from messina.corpus.table import Row
from messina.errors import CorpusError, SoundError

__all__ = ["clip_of_array", "row_of_array"]


def clip_of_array(index: int, audio: ArrayLike, sample_rate: int) -> Clip | LeftOut:
    """The clip of an array [N] or [N, C], named by its place in the list."""
    name = f"{index:04d}"
    try:
        samples = prepare(_as_audio(np.asarray(audio)), sample_rate=sample_rate)
        return clip_from(samples, file=name, name=name)
    except SoundError as error:
        return LeftOut(name=name, reason=str(error))


def _as_audio(array: NDArray[Any]) -> Array:
    """[N] or [N, C] of any number as float32 [N, C]."""
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise SoundError(f"an array of shape {array.shape}; [N] or [N, C] is possible")
    if array.shape[1] > 64:
        raise SoundError(
            f"{array.shape[1]} channels; arrays are [N, C], perhaps this one is [C, N]"
        )
    if array.dtype.kind == "f":
        return array.astype(np.float32)
    if array.dtype.kind == "i":
        return (array / -float(np.iinfo(array.dtype).min)).astype(np.float32)
    if array.dtype == np.uint8:
        return ((array.astype(np.float32) - 128) / 128).astype(np.float32)
    raise SoundError(f"an array of {array.dtype}; float or integer samples are possible")


def row_of_array(index: int, given: Mapping[str, Sequence[Any] | None]) -> Row:
    """What the caller said about an array, as if a table had said it.

    Raises CorpusError for a note or velocity that is not possible.
    """
    columns = {"labels": "label", "notes": "note", "velocities": "velocity"}
    values = {columns[what]: each[index] for what, each in given.items() if each is not None}
    return Row(
        name=f"{index:04d}",
        columns=frozenset(values),
        label=str(values["label"]).strip() or None if "label" in values else None,
        note=_within("note", values.get("note"), 0, 127),
        velocity=_within("velocity", values.get("velocity"), 1, 127),
    )


def _within(what: str, value: float | None, low: float, high: float) -> float | None:
    if value is None or low <= value <= high:
        return None if value is None else float(value)
    raise CorpusError(f"a {what} of {value}; {low} to {high} or None is possible")
