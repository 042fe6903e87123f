"""What a later run needs to go on: full-precision weights, their average, the optimiser's state.

Kept beside the instrument as NAME.messina.checkpoint, because an instrument stays small; in the
same container, with a digest over itself and that of the instrument it belongs to. Without it,
learning goes on from the instrument's own weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import torch
from torch import Tensor

from messina.corpus.folders import file_digest
from messina.errors import InstrumentError
from messina.instrument.container import Part, read_parts, write_parts

__all__ = ["checkpoint_path", "load_checkpoint", "reason_of", "save_checkpoint"]

_PART: Final = "checkpoint"


class _Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    instrument: str
    """Digest of the instrument's file."""


def checkpoint_path(instrument: Path) -> Path:
    """Where the checkpoint of an instrument file lies."""
    return instrument.with_name(f"{instrument.name}.checkpoint")


def save_checkpoint(instrument: Path, state: Mapping[str, Tensor]) -> None:
    """Writes a trainer's state beside the instrument as it lies there, whole or not at all.

    Raises OSError as writing does.
    """
    document = msgspec.json.encode(_Document(instrument=file_digest(instrument)))
    arrays = {name: np.array(x.detach().cpu().numpy(), order="C") for name, x in state.items()}
    write_parts(checkpoint_path(instrument), {_PART: Part(document=document, arrays=arrays)})


def load_checkpoint(instrument: Path, like: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """The state beside an instrument file; None when there is none.

    like: a state of the names, shapes and types it must have. Raises InstrumentError, which names
    the checkpoint, when it is damaged or was left by the learning of another instrument.
    """
    path = checkpoint_path(instrument)
    if not path.exists():
        return None
    parts = read_parts(path)
    try:
        part = parts[_PART]
        document = msgspec.json.decode(part.document, type=_Document)
    except (KeyError, ValueError) as error:
        raise InstrumentError(f"{path}: not a checkpoint") from error
    if document.instrument != file_digest(instrument):
        raise InstrumentError(f"{path}: the checkpoint of another instrument")
    state = {name: torch.from_numpy(np.array(array)) for name, array in part.arrays.items()}
    if not _fits(state, like):
        raise InstrumentError(f"{path}: the checkpoint of another network")
    return state


def reason_of(error: Exception) -> str:
    """Why something could not be written, in a few words."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _fits(state: Mapping[str, Tensor], like: Mapping[str, Tensor]) -> bool:
    return state.keys() == like.keys() and all(
        state[name].shape == x.shape and state[name].dtype == x.dtype for name, x in like.items()
    )
