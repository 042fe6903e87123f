"""Results on stdout that machines read."""

from __future__ import annotations

from typing import Any

__all__ = ["print_json"]


def print_json(value: Any) -> None:
    """Print as indented JSON; numbers that are not finite become null, as JSON has none."""
    import msgspec

    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
