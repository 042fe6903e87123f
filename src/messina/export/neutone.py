"""Instruments for the Neutone plugin: its SDK wraps the model and saves it as a .nm file.

The SDK is not among our dependencies (it is LGPL, and asks for torchaudio): it is loaded here, when
it is needed.
"""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from messina.errors import MessinaError
from messina.export.packing import new_file

if TYPE_CHECKING:
    from messina.instrument import Instrument

__all__ = ["CANNOT_CARRY", "export"]

CANNOT_CARRY: Final = (
    "MIDI: each onset in the sound that comes in plays a hit, as hard as it is loud",
    "more than four knobs: note, wildness, x and y",
)


def export(instrument: Instrument, out: Path, *, name: str, seed: int, force: bool) -> None:
    """Writes the .nm file. Raises MessinaError when the SDK is missing."""
    try:
        from neutone_sdk.utils import save_neutone_model

        from messina.export.neutone_model import NeutoneInstrument
    except (ImportError, OSError) as error:  # OSError: a torchaudio that does not fit torch
        raise MessinaError(
            f"Neutone models are written by its own SDK, which cannot be loaded ({error}): "
            "pip install 'messina[neutone]'"
        ) from error
    model = NeutoneInstrument(instrument, name=name, seed=seed)
    with (
        _quiet(),
        new_file(out, force=force) as aside,
        tempfile.TemporaryDirectory(prefix=".messina-", dir=aside.parent) as folder,
    ):
        save_neutone_model(model, Path(folder), speed_benchmark=False)
        Path(folder, "model.nm").rename(aside)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The SDK tells of every step it takes."""
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
