"""Evidence for notes from sounds and chunks, compared within groups of related sounds.

A sound's own pitch is a loud fact where nearly all of its partials are one harmonic series, or
where its lowest partial is the loudest: then nobody hears anything else. Bells, breath and chords
have pitches that only a name can tell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from messina.corpus.clips import Clip
from messina.corpus.labels import is_drum
from messina.corpus.naming import Named
from messina.corpus.pitch import dominant_hz, explained_share, is_near_peak, pitch_near
from messina.units import hz_to_note, note_to_hz

__all__ = ["SAME_SEMITONES", "Evidence", "Grouping", "is_octave_apart", "root_key", "sounding_note"]

CONFIDENT: Final = 0.6
LOUD_SHARE: Final = 0.9
"""Of the energy of the partials, from which on a pitch is a loud fact."""
SAME_SEMITONES: Final = 0.6
"""Notes nearer to each other than this are the same, out of tune."""
UNSET_ROOTS: Final = (0, 60)
"""Root keys that programs write when nobody sets one."""


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """A partition of all sounds into groups."""

    members: tuple[tuple[int, ...], ...]
    """Of each group."""
    of: tuple[int, ...]
    """The group of each sound."""

    @classmethod
    def by(cls, keys: Sequence[Hashable]) -> Grouping:
        """Sounds with equal keys are one group."""
        groups: dict[Hashable, list[int]] = defaultdict(list)
        for index, key in enumerate(keys):
            groups[key].append(index)
        place = {key: number for number, key in enumerate(groups)}
        members = tuple(tuple(each) for each in groups.values())
        return cls(members=members, of=tuple(place[key] for key in keys))


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
    """What is heard in clips, and the groups of clips it is compared in, the nearest first."""

    def __init__(self, clips: Sequence[Clip], named: Sequence[Named]) -> None:
        self.clips = clips
        self.named = named
        self.sure = [sounding_note(clip) for clip in clips]
        """What is surely pitched, fractional."""
        plain = [_plain_note(clip, name) for clip, name in zip(clips, named, strict=True)]
        self.loud = [note is not None for note in plain]
        self.heard = [
            sure if loud is None else loud for sure, loud in zip(self.sure, plain, strict=True)
        ]
        """The same and, for comparison with what is written, loud facts that are less sure."""
        self.near_names = [
            name.note is not None and is_near_peak(clip.peaks, float(note_to_hz(name.note)))
            for clip, name in zip(clips, named, strict=True)
        ]
        """Whether there is a partial where the name says, or whole octaves from there."""
        folders = [str(PurePosixPath(clip.file).parent) for clip in clips]
        labels = [name.label for name in named]
        keys: list[Sequence[Hashable]] = [
            list(zip(folders, labels, strict=True)),
            labels,
            folders,
            [0] * len(clips),
        ]
        self.groupings = [Grouping.by(key) for key in keys]
        """From the nearest relatives on: folder and label, label, folder, all."""
        self.labels = self.groupings[1]
        self.roots = self._set_roots()
        """The root keys of chunks, where somebody set them."""

    def _set_roots(self) -> list[float | None]:
        """The root keys of files, unless the sounds speak against those of their label."""
        roots = [root_key(clip) for clip in self.clips]
        for members in self.labels.members:
            written = [(i, root) for i in members if (root := roots[i]) is not None]
            agree = [
                is_octave_apart(root, heard)
                for i, root in written
                if (heard := self.heard[i]) is not None
            ]
            believed = sum(agree) >= 0.5 * len(agree) if agree else self._are_set(written)
            if not believed or is_drum(self.named[members[0]].label):
                for i in members:
                    roots[i] = None
        return roots

    def _are_set(self, written: Sequence[tuple[int, float]]) -> bool:
        """Whether root keys of sounds without a sure pitch are more than places on a keyboard.

        Kits are laid out key by key; there, and where there is one key only, something in the
        sounds has to be about there.
        """
        keys = sorted({root for _, root in written})
        if len(keys) > 1 and keys[-1] - keys[0] > len(keys) - 1:
            return True
        if len(keys) == 1 and keys[0] in UNSET_ROOTS:
            return False
        near = [is_near_peak(self.clips[i].peaks, float(note_to_hz(root))) for i, root in written]
        return bool(near) and sum(near) > 0.5 * len(near)

    def has_partial(self, index: int, note: float) -> bool:
        """Whether a clip has the fundamental of a note, or the harmonics that make one be heard."""
        return pitch_near(self.clips[index].peaks, float(note_to_hz(note))) is not None


def _plain_note(clip: Clip, name: Named) -> float | None:
    """The note that nobody can hear differently."""
    note = sounding_note(clip)
    if note is not None and _harmonic_share(clip) >= LOUD_SHARE:
        return note
    if not is_drum(name.label) and (lowest := dominant_hz(clip.peaks)) is not None:
        return float(hz_to_note(lowest))
    return None


def _harmonic_share(clip: Clip) -> float:
    """Of the energy of the partials, what is one series."""
    return explained_share(clip.peaks, clip.pitch.frequency_hz) if clip.pitch else 0.0


def is_octave_apart(note: float, other: float) -> bool:
    """Whether two notes are the same but for octaves, or a little out of tune."""
    return abs((note - other + 6) % 12 - 6) < SAME_SEMITONES
