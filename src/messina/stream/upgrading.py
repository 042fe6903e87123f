"""Textures of version 1, brought to what this version plays.

Their noise had no fine spectrum, but told of each recording how much its noise fluctuates. It
fluctuates as noise does now, and its fine spectrum is even.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import msgspec
import numpy as np

from messina.errors import InstrumentError
from messina.frames.layout import FINE_CELLS, FLAT_FINE, pack_fine
from messina.instrument.container import Part
from messina.stream.fine import stretches
from messina.stream.layout import NOISE
from messina.stream.manifest import STREAM_VERSION

__all__ = ["upgraded"]

_BIAS: Final = np.float32(0.095)
"""ln by which the noise was played louder: how far the mean of log levels falls short."""

_DAMAGED: Final = (msgspec.MsgspecError, LookupError, TypeError, ValueError, RecursionError)


def upgraded(part: Part) -> Part:
    """The part as this version writes it; as it is unless it is older. Raises InstrumentError."""
    try:
        manifest = msgspec.json.decode(part.document)
        if not isinstance(manifest, dict) or manifest.get("version") != 1:
            return part
        return replace(
            part,
            document=msgspec.json.encode(manifest | {"version": STREAM_VERSION}),
            arrays=_arrays(manifest, dict(part.arrays)),
        )
    except _DAMAGED as error:
        raise InstrumentError(f"damaged: its texture is not described validly ({error})") from None


def _arrays(manifest: dict[str, Any], arrays: dict[str, Any]) -> dict[str, Any]:
    del arrays["evenness"]
    patches = [int(row["patches"]) for row in manifest["recordings"]]
    if min(patches) < 1 or len(arrays["latents"]) != sum(patches):
        raise ValueError("recordings")
    arrays["mean"] = arrays["mean"].copy()
    arrays["mean"][NOISE] += _BIAS
    even = pack_fine(np.full((1, FINE_CELLS), FLAT_FINE, np.uint8))
    arrays["fine"] = np.repeat(even, sum(map(stretches, patches)), axis=0)
    return arrays
