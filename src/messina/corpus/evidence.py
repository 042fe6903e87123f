"""What sounds and chunks say about notes, and who among the other sounds may be asked.

A sound's own pitch is a loud fact where nearly all of its partials are one harmonic series: then
nobody hears anything else. Bells, breath and chords have pitches that only a name can tell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from pathlib import PurePosixPath
from typing import Final

from messina.corpus.clips import Clip
from messina.corpus.naming import Named
from messina.corpus.pitch import explained_share, pitch_near
from messina.units import hz_to_note, note_to_hz

__all__ = ["CONFIDENT", "Evidence", "root_key", "sounding_note"]

CONFIDENT: Final = 0.6
LOUD_SHARE: Final = 0.9
"""Of the energy of the partials, from which on a pitch is a loud fact."""
UNSET_ROOTS: Final = (0, 60)
"""Root keys that programs write when nobody sets one."""

Indices = tuple[int, ...]


def sounding_note(clip: Clip) -> float | None:
    """The note that is surely heard, fractional, or None."""
    if clip.pitch is None or clip.pitch.confidence < CONFIDENT:
        return None
    return float(hz_to_note(clip.pitch.frequency_hz))


def root_key(clip: Clip) -> float | None:
    """The note that the file's own chunks name, or None."""
    chunks = clip.chunks
    if chunks.sampler is not None:
        return chunks.sampler.note
    if chunks.instrument is not None:
        return chunks.instrument.root - chunks.instrument.tuning_cents / 100
    return chunks.loop.root if chunks.loop is not None else None


class Evidence:
    """What is heard in the clips, and their groups from the nearest relatives to all of them."""

    def __init__(self, clips: Sequence[Clip], named: Sequence[Named]) -> None:
        self.clips = clips
        self.named = named
        self.heard = [sounding_note(clip) for clip in clips]
        self.loud = [
            clip.pitch is not None
            and note is not None
            and explained_share(clip.peaks, clip.pitch.frequency_hz) >= LOUD_SHARE
            for clip, note in zip(clips, self.heard, strict=True)
        ]
        folders = [str(PurePosixPath(clip.file).parent) for clip in clips]
        labels = [name.label for name in named]
        keys: list[Sequence[Hashable]] = [
            list(zip(folders, labels, strict=True)),
            labels,
            folders,
            [0] * len(clips),
        ]
        self._groups = [_grouped(key) for key in keys]

    def groups(self, index: int) -> Iterable[Indices]:
        """Those of the same folder and label, of the label, of the folder, and all."""
        return (groups[index] for groups in self._groups)

    def label_mates(self, index: int) -> Indices:
        """All of the same label."""
        return self._groups[1][index]

    def has_partial(self, index: int, note: float) -> bool:
        """Whether the sound has the fundamental of a note, or what makes one be heard."""
        return pitch_near(self.clips[index].peaks, float(note_to_hz(note))) is not None


def _grouped(keys: Sequence[Hashable]) -> list[Indices]:
    members: dict[Hashable, list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        members[key].append(index)
    whole = {key: tuple(each) for key, each in members.items()}
    return [whole[key] for key in keys]
