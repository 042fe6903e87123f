"""What is measured, and with what: an instrument, and the sounds it was learnt from, found again,
of which a file holds the names; the machine, versions and digests of what went into a run.

Whoever has the same of all of these gets the same metrics. Nothing that is written says whose
machine it was: neither names nor paths.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, TypeAlias

import messina
from messina.corpus import Corpus, Slicing, Sound
from messina.corpus.folders import file_digest, recall_folder, remember_folder
from messina.errors import CorpusError
from messina.instrument import Instrument
from messina.instrument.container import HITS, encode_parts, read_parts
from messina.instrument.file import encode_file
from messina.instrument.manifest import Manifest, SoundRow
from messina.progress import Progress
from messina.report.record import Provenance
from messina.sequences import Sequence
from messina.sequences import Sequence as Playing
from messina.text import well_formed

__all__ = [
    "Hits",
    "Measured",
    "PathLike",
    "PlaysOn",
    "RealSounds",
    "digest_of",
    "find_real_sounds",
    "instrument_of",
    "provenance",
    "real_sounds_of",
    "subject_of",
    "whole_name",
]


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


_SAME_LOUDNESS_DB: Final = 0.5
_SAME_LENGTH: Final = 0.02
"""A sound of the same name is the same sound within these, though its samples are read anew."""


@dataclass(frozen=True, kw_only=True)
class RealSounds:
    """The learnt sounds that were found again, with the labels and notes they were learnt with."""

    sounds: tuple[Sound, ...]
    missing: tuple[str, ...]
    """Names of those that are not, or not what they were."""
    folder: Path

    @property
    def held_out(self) -> tuple[Sound, ...]:
        """Those that were held out from learning."""
        return tuple(sound for sound in self.sounds if sound.held_out)

    @property
    def learnt(self) -> tuple[Sound, ...]:
        """Those that were learnt."""
        return tuple(sound for sound in self.sounds if not sound.held_out)


def find_real_sounds(
    manifest: Manifest,
    folder: Path | None = None,
    *,
    slicing: Slicing = "auto",
    progress: Progress | None = None,
) -> RealSounds:
    """The sounds of an instrument, from `folder` or where they were last found.

    Labels, notes and what is held out are those it was learnt with. Raises CorpusError when the
    folder is not known, cannot be read or holds nothing that was learnt.
    """
    digests = [row.digest for row in manifest.sounds]
    place = folder or recall_folder(digests)
    if place is None:
        raise CorpusError(
            "the folder with the sounds it was learnt from is not known on this machine; "
            "give it as `folder`"
        )
    corpus = Corpus.from_folder(place, slice=slicing, progress=progress)
    by_digest = {sound.digest: sound for sound in corpus}
    by_name = {sound.name: sound for sound in corpus}
    found = [_found(row, by_digest, by_name) for row in manifest.sounds]
    sounds = tuple(sound for sound in found if sound is not None)
    if all(sound.held_out for sound in sounds):
        raise CorpusError(_none_found(place, manifest, held_out=len(sounds)))
    remember_folder(digests, place)
    return RealSounds(
        sounds=sounds,
        missing=tuple(
            row.name for row, sound in zip(manifest.sounds, found, strict=True) if sound is None
        ),
        folder=place,
    )


def _found(
    row: SoundRow, by_digest: Mapping[str, Sound], by_name: Mapping[str, Sound]
) -> Sound | None:
    sound = by_digest.get(row.digest)
    if sound is None:
        sound = by_name.get(row.name)
        if sound is None or not _alike(row, sound):
            return None
    return replace(
        sound,
        name=row.name,
        label=row.label,
        note=row.note,
        velocity=row.velocity,
        held_out=row.role == "held out",
    )


def _alike(row: SoundRow, sound: Sound) -> bool:
    longer_s = abs(sound.length_s - row.length_s)
    louder_db = abs(sound.loudness_db - row.loudness_db)
    return longer_s <= _SAME_LENGTH * row.length_s and louder_db <= _SAME_LOUDNESS_DB


def _none_found(place: Path, manifest: Manifest, *, held_out: int) -> str:
    count = len(manifest.sounds)
    what = "the sound it was learnt from is not" if count == 1 else f"none of its {count} sounds is"
    if held_out:
        what = f"of its {count} sounds only {held_out} held out are"
    return f"{place}: {what} in this folder; name the folder that it was learnt from"


PathLike: TypeAlias = str | Path


UNNAMED: Final = "instrument"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What is measured: name, digest, and file if it is from one."""

    name: str
    digest: str
    path: Path | None


@dataclass(frozen=True, kw_only=True)
class Hits(Measured):
    """An instrument of single sounds that is measured."""

    plays: Instrument


@dataclass(frozen=True, kw_only=True)
class PlaysOn(Measured):
    """A groove, texture or score that is measured."""

    plays: Playing


def subject_of(given: Instrument | Playing | PathLike, name: str | None) -> Hits | PlaysOn:
    """What to measure of an instrument, a sequence, or a file of either.

    Raises InstrumentError for a file that cannot be read.
    """
    if isinstance(given, Playing):
        return PlaysOn(
            name=well_formed(name or UNNAMED), digest=digest_of(given), path=None, plays=given
        )
    if not isinstance(given, Instrument):
        path = Path(given)
        if set(read_parts(path)) - {HITS}:
            return PlaysOn(
                name=well_formed(name or path.name),
                digest=file_digest(path),
                path=path,
                plays=Playing.load(path),
            )
    return instrument_of(given, name)


def instrument_of(given: Instrument | PathLike, name: str | None = None) -> Hits:
    """The instrument to measure, given itself or as a file.

    Raises InstrumentError for a file that cannot be read.
    """
    if isinstance(given, Instrument):
        return Hits(
            name=well_formed(name or UNNAMED), digest=digest_of(given), path=None, plays=given
        )
    path = Path(given)
    plays = Instrument.load(path)
    return Hits(
        name=well_formed(name or path.name), digest=file_digest(path), path=path, plays=plays
    )


def whole_name(subject: Measured, letter: str) -> str:
    """Distinguishes two subjects of one name: with its folder, else by a letter."""
    if subject.path is None:
        return f"{subject.name} {letter}"
    return well_formed(str(subject.path))


def real_sounds_of(
    subject: Hits, folder: PathLike | None, slicing: Slicing, progress: Progress | None
) -> RealSounds:
    """The sounds an instrument was learnt from, in `folder` or where they were last found."""
    place = None if folder is None else Path(folder)
    try:
        return find_real_sounds(subject.plays.manifest, place, slicing=slicing, progress=progress)
    except CorpusError as error:
        if folder is not None or subject.path is None:
            raise
        # Where no folder was named the user named the instrument only.
        raise CorpusError(f"{subject.path}: {error}") from error
