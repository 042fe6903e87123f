"""The example that plays exported ONNX models, as a module."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

__all__ = ["PLAYER", "example_player"]

PLAYER = Path(__file__).parents[2] / "examples" / "onnx_player.py"


def example_player(folder: Path) -> Any:
    """Its player of an exported folder."""
    spec = importlib.util.spec_from_file_location("onnx_player", PLAYER)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Player(folder)
