"""Packs are read again before they replace anything: every file they name is there and whole.

Each format's own module says which files its maps name; what is in them libsndfile tells.
"""

from __future__ import annotations

from collections.abc import Iterable

import soundfile

from messina.errors import MessinaError
from messina.export.sampler import Pack, Sample

__all__ = ["check_named", "check_sounds"]


def check_sounds(pack: Pack) -> None:
    """Every sound opens, is as long as it was rendered, and has its loop within it."""
    for sample in pack.rendered.values():
        _check_sound(sample)


def _check_sound(sample: Sample) -> None:
    try:
        with sample.path.open("rb") as file:  # by its bytes: names need not be text
            info = soundfile.info(file)
    except (OSError, soundfile.LibsndfileError) as error:
        raise _broken(f"{sample.path.name} cannot be opened ({error})") from error
    if info.frames != sample.samples:
        raise _broken(f"{sample.path.name} has {info.frames} samples, not {sample.samples}")
    if sample.loop is not None and not 0 <= sample.loop.first < sample.loop.last < info.frames:
        raise _broken(f"the loop of {sample.path.name} is not within it")


def check_named(named: Iterable[str], there: Iterable[str]) -> None:
    """What maps of a pack name is what is there, no more and no less."""
    odd = set(named) ^ set(there)
    if odd:
        raise _broken(f"{min(odd)} is named and not there, or there and not named")


def _broken(why: str) -> MessinaError:
    return MessinaError(
        f"the pack could not be read again ({why}), so nothing was replaced; export again, and "
        "please report this if it stays so"
    )
