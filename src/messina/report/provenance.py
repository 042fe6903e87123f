"""What a run was made with: the machine, versions, and digests of what went in.

Whoever has the same of all of these gets the same metrics. Nothing in it says whose machine it was:
neither names nor paths.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import messina
from messina.instrument import Instrument
from messina.instrument.container import encode_parts
from messina.instrument.file import encode_file
from messina.report.record import Provenance
from messina.sequences import Sequence

__all__ = ["digest_of", "provenance"]

_MEASURING: Final = ("numpy", "soundfile", "soxr")
"""Packages that numbers of a report come through."""


def provenance(instrument: str, sounds: Iterable[str], *, others: Iterable[str] = ()) -> Provenance:
    """What this run is made with.

    instrument: the digest of its file; sounds: those of the real sounds; others: further packages
    whose version counts.
    """
    machine = f"{platform.system()} {platform.release()}, {platform.machine()}"
    return Provenance(
        machine=f"{machine}, {os.cpu_count() or 1} cores",
        python=platform.python_version(),
        versions={"messina": messina.__version__, **_versions((*_MEASURING, *others))},
        instrument=instrument,
        sounds=_digest("\n".join(sorted(sounds)).encode()),
    )


def digest_of(instrument: Instrument | Sequence) -> str:
    """The digest of a file that holds just this: BLAKE2b of 128 bits, as `b2sum -l 128` has it."""
    if isinstance(instrument, Instrument):
        return _digest(encode_file(instrument.manifest, instrument.arrays, instrument.others))
    return _digest(encode_parts(instrument.parts()))


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _versions(packages: Iterable[str]) -> dict[str, str]:
    """Of those that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
