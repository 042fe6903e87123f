"""Where learning computes: the processor, or a GPU that torch reaches by CUDA (ROCm included).

A GPU that is given the 48 sounds of a processor's step waits for its next command most of the time.
So a step there has more sounds, several threads draw them, and matrix products are of bfloat16
where the GPU has it; weights, their gradients and what the loss adds up stay in single precision.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import torch

from messina.errors import MessinaError

__all__ = ["DEVICES", "Device", "device_named"]

DEVICES: Final = "auto, cpu, cuda, or one of several GPUs as cuda:0"
"""What a device can be."""

_SOUNDS: Final = 48
"""Of a step, on a processor."""
_GPU_SOUNDS: Final = 192
"""Of a step, on a GPU."""
_MOST_DRAWERS: Final = 4
_BEYOND_WORKERS: Final = 2**16
"""No worker has such a number, which is a part of its seed, too."""


@dataclass(frozen=True, kw_only=True)
class Device:
    """A device to compute on, and how batches are drawn for it."""

    torch: torch.device
    half: bool = False
    """Whether matrix products are of bfloat16."""
    sounds: int = _SOUNDS
    """Of a step, of all processes."""
    drawers: int = 1
    """Threads that draw batches."""

    def seeds(self, *parts: int) -> list[list[int]]:
        """Seeds of the threads that draw batches, each as the parts of a seed.

        The first is the run's own.
        """
        return [[*parts, *([_BEYOND_WORKERS + i] if i else [])] for i in range(self.drawers)]


def device_named(name: str = "auto", *, place: int = 0, cores: int = 2) -> Device:
    """The device of a name.

    Args:
        name: One of DEVICES; auto is a GPU where there is one.
        place: Of this process among those of this machine: each has a GPU of its own.
        cores: Of the processor, for this process.

    Returns:
        The device, as it is best made use of.

    Raises:
        MessinaError: There is none of this name, or not here.
    """
    if not re.fullmatch(r"auto|cpu|cuda(:\d{1,3})?", name):
        raise MessinaError(f"the device {name!r} is not learnt on; {DEVICES} is possible")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "cpu" or (name == "auto" and not count):
        return Device(torch=torch.device("cpu"))
    if not count:
        raise MessinaError(
            f"the device is to be {name}, and torch finds no GPU here; take cpu, or see to its "
            "driver and to the build of torch"
        )
    number = int(name[5:]) if ":" in name else place % count
    if number >= count:
        raise MessinaError(f"there is no GPU {number} here; cuda:0 to cuda:{count - 1} is possible")
    return Device(
        torch=torch.device("cuda", number),
        half=torch.cuda.is_bf16_supported(),
        sounds=_GPU_SOUNDS,
        drawers=max(1, min(_MOST_DRAWERS, cores - 1)),
    )
