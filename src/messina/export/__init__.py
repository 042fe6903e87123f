"""Instruments in formats that others play: sampler packs, and the model itself for other programs.

Sampler packs go through one sample map (which sounds, on which keys), one rendering (all to WAV
files, on all cores) and one writer a format. They hold finished sounds. The others hold the
instrument, which goes on making new ones: one torch module (torch_…), scripted for nn~ and traced
for ONNX.

`messina.export(…)` does all of it. It is called by the name of this package, so the package itself
is what can be called: an attribute of that name would be gone as soon as a part of it is imported.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any, Final

__all__: list[str] = []

_EXPORT: Final = "messina.export.exporting"


class _Callable(ModuleType):
    """This package, called: see `messina.export.exporting.export`."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return import_module(_EXPORT).export(*arguments, **options)

    @property
    def __wrapped__(self) -> Any:
        """What signatures and helps are read from."""
        return import_module(_EXPORT).export


sys.modules[__name__].__class__ = _Callable
