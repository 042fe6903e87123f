"""The sounds an instrument was learnt from, found again: its file holds their names, not them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from messina.corpus import Corpus, Slicing, Sound
from messina.corpus.folders import recall_folder, remember_folder
from messina.errors import CorpusError
from messina.instrument.manifest import Manifest, SoundRow
from messina.progress import Progress

__all__ = ["RealSounds", "find_real_sounds"]

_SAME_LOUDNESS_DB: Final = 0.5
_SAME_LENGTH: Final = 0.02
"""A sound of the same name is the same sound within these, though its samples are read anew."""


@dataclass(frozen=True, kw_only=True)
class RealSounds:
    """The sounds that are still there, as the instrument was told of them."""

    sounds: tuple[Sound, ...]
    missing: tuple[str, ...]
    """Names of those that are not, or not what they were."""
    folder: Path

    @property
    def held_out(self) -> tuple[Sound, ...]:
        return tuple(sound for sound in self.sounds if sound.held_out)

    @property
    def learnt(self) -> tuple[Sound, ...]:
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
