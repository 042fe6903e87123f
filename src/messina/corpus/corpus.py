"""A folder of sounds, or arrays, made into what can be learnt from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from messina.arguments import checked
from messina.corpus.assembling import assemble, collect_clips, split_off
from messina.corpus.clips import clip_of_array, read_clips, row_of_array
from messina.corpus.naming import Named
from messina.corpus.selection import (
    check_some_learnt,
    files_of,
    names_of,
    nothing_usable,
    split_by_table,
    table_remarks,
    unwanted,
)
from messina.corpus.slicing import Slicing
from messina.corpus.sound import LeftOut, Sound
from messina.corpus.split import Candidate, hold_out
from messina.corpus.table import TABLE_NAME, Table, read_table, write_table
from messina.errors import CorpusError
from messina.progress import Progress
from messina.text import counted, well_formed

if TYPE_CHECKING:
    from messina.cards import Dot

__all__ = ["Corpus"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Corpus:
    """The sounds that can be used, in a fixed order, and those that cannot, each with a reason.

    Made by `from_folder` or `from_arrays`; it has a length and can be gone through, sound by sound.
    """

    sounds: tuple[Sound, ...]
    """What can be used."""
    left_out: tuple[LeftOut, ...] = ()
    """What cannot, by name, with the reason."""
    remarks: tuple[str, ...] = ()
    """What the user should know about the folder as a whole."""
    folder: Path | None = None
    """Where it was read from; None for arrays."""

    @classmethod
    @checked
    def from_folder(
        cls, path: str | Path, *, slice: Slicing = "auto", progress: Progress | None = None
    ) -> Corpus:
        """Everything usable below a folder, or in one file.

        A `corpus.csv` in the folder has the last word on names, notes and what is used.

        Args:
            path: A folder, nested or flat, or one file.
            slice: Whether long recordings of hits are cut at their onsets: "auto", "always" or
                "never".
            progress: Called with "reading", files done, files there are.

        Returns:
            The corpus; each sound at 44.1 kHz with its onset at sample 0.

        Raises:
            CorpusError: Nothing can be used, or the table cannot be understood.
        """
        if slice not in ("auto", "always", "never"):
            raise CorpusError(f"slice is {slice!r}; auto, always or never is possible")
        path = Path(path).expanduser()
        folder, files, troubled = files_of(path)
        table_path = folder / TABLE_NAME
        table = read_table(table_path) if path.is_dir() and table_path.exists() else Table(rows={})
        wanted, refused_files = split_by_table(files, table)
        clips, broken = collect_clips(read_clips(wanted, slice, progress))
        clips, refused = split_off(clips, lambda clip: unwanted(table.rows.get(clip.name)))
        left_out = [*troubled, *refused_files, *broken, *refused]
        if not clips:
            raise CorpusError(nothing_usable(path, left_out))
        names = names_of([name for name, _ in files], clips, root=well_formed(folder.name))
        rows = [table.rows.get(clip.name) for clip in clips]
        sounds, remarks = assemble(clips, [names[clip.file] for clip in clips], rows)
        check_some_learnt(sound.held_out for sound in sounds)
        unknown = table.rows.keys() - {s.name for s in sounds} - {lost.name for lost in left_out}
        return cls(
            sounds=tuple(sounds),
            left_out=tuple(sorted(left_out, key=lambda lost: lost.name)),
            remarks=(*remarks, *table_remarks(sorted(unknown))),
            folder=folder,
        )

    @classmethod
    @checked
    def from_arrays(
        cls,
        audios: Sequence[ArrayLike],
        *,
        sample_rate: int,
        labels: Sequence[str] | None = None,
        notes: Sequence[float | None] | None = None,
        velocities: Sequence[float | None] | None = None,
    ) -> Corpus:
        """A corpus of sounds that are arrays already; what is not given is measured.

        Args:
            audios: One sound each, [N] or [N, C], float on ±1 or integer.
            sample_rate: Of all of them, in Hz.
            labels: What each is called; "sound" without.
            notes: MIDI note of each, fractions are cents; None where there is no pitch.
            velocities: How hard each was struck, 1 to 127; None where that is not known.

        Returns:
            The corpus; arrays that cannot be used are left out, with the reason.

        Raises:
            CorpusError: Nothing can be used, or the lists differ in length.
        """
        given = {"labels": labels, "notes": notes, "velocities": velocities}
        for what, values in given.items():
            if values is not None and len(values) != len(audios):
                raise CorpusError(
                    f"{len(values)} {what} for {len(audios)} sounds; one each is needed"
                )
        results = (clip_of_array(index, audio, sample_rate) for index, audio in enumerate(audios))
        clips, left_out = collect_clips(results)
        if not clips:
            reason = f" (the first: {left_out[0].reason})" if left_out else ""
            raise CorpusError(
                f"none of the {len(audios)} arrays can be used{reason}; "
                "give arrays [N] or [N, C] that hold sound"
            )
        rows = [row_of_array(int(clip.file), given) for clip in clips]
        named = [Named(label="sound")] * len(clips)
        sounds, _ = assemble(clips, named, rows)
        return cls(sounds=tuple(sounds), left_out=tuple(left_out))

    @checked
    def holding_out(self, share: float) -> Corpus:
        """Holds some sounds back from learning, to measure on.

        Args:
            share: About so much of the sounds, 0 to 0.5.

        Returns:
            A corpus with these held out and no others. Which ones is decided by their names, takes
            of one hit together; none where there are too few.

        Raises:
            ValueError: The share is not 0 to 0.5.
        """
        candidates = [Candidate(name=s.name, label=s.label, note=s.note, take=s.take) for s in self]
        held = hold_out(candidates, share)
        return replace(
            self,
            sounds=tuple(
                replace(sound, held_out=own) for sound, own in zip(self.sounds, held, strict=True)
            ),
        )

    @checked
    def with_labels(self, labels: Collection[str]) -> Corpus:
        """Selects the sounds of some labels.

        Args:
            labels: Which to keep.

        Returns:
            A corpus of these.
        """
        return replace(self, sounds=tuple(s for s in self.sounds if s.label in labels))

    def __repr__(self) -> str:
        return (
            f"<Corpus: {counted(len(self.sounds), 'sound')} of "
            f"{counted(len(self.labels), 'label')}, {self.duration_s:.0f} s, "
            f"{len(self.left_out)} left out>"
        )

    def _repr_html_(self) -> str:
        """A card for notebooks: a map by brightness and decay, and a sound of some labels."""
        from messina.cards import MOST_SOUNDS, AudioPlayer, card, evenly, listed

        facts = [listed(self.labels)]
        if self.left_out:
            reasons = listed([f"{lost.name} ({lost.reason})" for lost in self.left_out[:4]])
            more = " …" if len(self.left_out) > 4 else ""
            facts.append(f"{counted(len(self.left_out), 'file')} left out: {reasons}{more}")
        first = {sound.label: sound for sound in reversed(self.sounds)}
        return card(
            f"{counted(len(self.sounds), 'sound')} of {counted(len(self.labels), 'label')}, "
            f"{self.duration_s:.0f} s",
            [*facts, *self.remarks],
            dots=self._dots(),
            map_says="its sounds: bright ones to the right, long ones above, a colour a label",
            players=[
                AudioPlayer(
                    title=f"{label}: {first[label].name}", audio=partial(_audio, first[label])
                )
                for label in evenly(self.labels, MOST_SOUNDS)
            ],
        )

    def _dots(self) -> list[Dot]:
        """Sounds by brightness and decay, by their ranks, so that they fill the map."""
        from messina.cards import Dot

        count = max(len(self.sounds) - 1, 1)
        ranks = [
            np.argsort(np.argsort(values, kind="stable")) / count
            for values in (
                [sound.brightness_hz for sound in self.sounds],
                [sound.decay_s for sound in self.sounds],
            )
        ]
        hues = {label: 360.0 * i / len(self.labels) for i, label in enumerate(self.labels)}
        return [
            Dot(x=x, y=1.0 - y, hue=hues[sound.label], text=f"{sound.label}: {sound.name}")
            for sound, x, y in zip(self.sounds, *ranks, strict=True)
        ]

    def __len__(self) -> int:
        return len(self.sounds)

    def __iter__(self) -> Iterator[Sound]:
        return iter(self.sounds)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The labels there are, in alphabetical order."""
        return tuple(sorted({sound.label for sound in self.sounds}))

    @property
    def training(self) -> tuple[Sound, ...]:
        """The sounds to learn from."""
        return tuple(sound for sound in self.sounds if not sound.held_out)

    @property
    def held_out(self) -> tuple[Sound, ...]:
        """The sounds to measure on."""
        return tuple(sound for sound in self.sounds if sound.held_out)

    @property
    def duration_s(self) -> float:
        """Length of all sounds together, in seconds."""
        return sum(sound.length_s for sound in self.sounds)

    @checked
    def write_table(self, path: str | Path | None = None) -> Path:
        """Write the table that one can correct and that `from_folder` then goes by.

        Columns that were added to a table that is already there are kept.

        Args:
            path: Where to; `corpus.csv` in the folder by default.

        Returns:
            Where it was written.

        Raises:
            CorpusError: The corpus has no folder, or the table there cannot be read.
            OSError: It cannot be written.
        """
        if path is None and self.folder is None:
            raise CorpusError("this corpus has no folder; say where the table should go")
        target = Path(path) if path is not None else (self.folder or Path()) / TABLE_NAME
        previous = read_table(target) if target.exists() else None
        write_table(target, self.sounds, self.left_out, previous=previous)
        return target


def _audio(sound: Sound) -> NDArray[np.float32]:
    return sound.audio
