"""What a later run needs to go on: full-precision weights, their average, the optimiser's state.

Kept beside the instrument as NAME.messina.checkpoint, because an instrument stays small. Without
it, or with a damaged one, learning goes on from the instrument's own weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from messina.atomic import replacing

__all__ = ["checkpoint_path", "load_checkpoint", "save_checkpoint"]

_LARGEST_BYTES: Final = 4 * 2**30


def checkpoint_path(instrument: Path) -> Path:
    """Where the checkpoint of an instrument file lies."""
    return instrument.with_name(f"{instrument.name}.checkpoint")


def save_checkpoint(path: Path, state: Mapping[str, Tensor]) -> None:
    """Writes a trainer's state, whole or not at all."""
    data = save({name: tensor.contiguous().cpu() for name, tensor in state.items()})
    with replacing(path) as aside:
        aside.write_bytes(data)


def load_checkpoint(path: Path, like: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """The state in a file, if it is there, whole and of the same names and shapes as `like`."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            return None
        state = load(path.read_bytes())
    except (OSError, SafetensorError, ValueError, KeyError):
        return None
    if state.keys() != like.keys():
        return None
    if any(state[name].shape != tensor.shape for name, tensor in like.items()):
        return None
    if not all(bool(torch.isfinite(tensor).all()) for tensor in state.values()):
        return None
    return state
