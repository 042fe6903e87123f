"""Packs of instruments made by hand, for tests to open."""

from __future__ import annotations

from pathlib import Path

from messina.export.packs import export_pack
from messina.export.rendering import AudioFormat
from messina.export.sample_map import PackConfig, SampleMap
from messina.export.wave_file import BitDepth
from messina.instrument import Instrument

__all__ = ["pack_up"]


def pack_up(
    instrument: Instrument,
    out: Path,
    format_name: str,
    *,
    name: str = "Test",
    rate: int = 44_100,
    bits: BitDepth = "24",
    force: bool = False,
    workers: int | None = None,
    **numbers: int,
) -> SampleMap:
    """numbers: of PackConfig, by default 2 velocities and 2 alternations."""
    config = PackConfig(**{"velocities": 2, "round_robin": 2, **numbers})
    return export_pack(
        instrument,
        out,
        format_name=format_name,
        name=name,
        config=config,
        audio_format=AudioFormat(sample_rate=rate, bits=bits),
        force=force,
        workers=workers,
    )
