"""An index as what is learnt from: like a corpus, but that nothing of a sound is held in memory but
its row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from messina.arguments import checked
from messina.corpus.sound import LeftOut
from messina.corpus.split import Candidate, hold_out
from messina.frames.layout import Steady
from messina.library.columns import COLUMNS, MANIFEST, Manifest, decoded_left_out, read_manifest
from messina.library.shards import ShardFiles
from messina.library.tasks import NamedSound

__all__ = ["IndexedRows", "IndexedSounds", "LibraryIndex", "is_index"]

Indices = NDArray[np.int64]


def is_index(folder: Path) -> bool:
    """Whether a folder is an index that is complete."""
    return (folder / MANIFEST).is_file()


class IndexedSounds(Sequence[NamedSound]):
    """Sounds of an index, each made from its row when it is asked for."""

    def __init__(
        self,
        manifest: Manifest,
        shards: ShardFiles,
        columns: dict[str, NDArray[Any]],
        names: NDArray[np.uint8],
    ) -> None:
        self._manifest, self._shards = manifest, shards
        self._columns, self._names = columns, names

    def __len__(self) -> int:
        return len(self._columns["label"])

    @overload
    def __getitem__(self, index: int) -> NamedSound: ...
    @overload
    def __getitem__(self, index: slice) -> IndexedSounds: ...
    def __getitem__(self, index: int | slice) -> NamedSound | IndexedSounds:
        if isinstance(index, slice):
            return self.chosen(np.arange(len(self))[index])
        row = {name: column[index] for name, column in self._columns.items()}
        return NamedSound(
            name=self._names[row["name_start"] : row["name_ends"]].tobytes().decode(),
            file="",
            label=self._manifest.labels[row["label"]],
            note=_number(row["note"]),
            velocity=_number(row["velocity"]),
            pitch_hz=None,
            loudness_db=float(row["loudness_db"]),
            brightness_hz=float(row["brightness_hz"]),
            decay_s=float(row["decay_s"]),
            held_out=bool(row["held_out"]),
            steady=None if row["steady"][0] < 0 else Steady(*row["steady"].tolist()),
            digest=row["digest"].tobytes().hex(),
            take=row["take"].tobytes().hex(),
            source="",
            remarks=(),
            samples=int(row["samples"]),
            one_channel=bool(row["one_channel"]),
        )

    def __iter__(self) -> Iterator[NamedSound]:
        return (self[index] for index in range(len(self)))

    def chosen(self, indices: Indices) -> IndexedSounds:
        """The sounds of these indices, in this order."""
        columns = {name: column[indices] for name, column in self._columns.items()}
        return IndexedSounds(self._manifest, self._shards, columns, self._names)

    @checked
    def holding_out(self, held_out: Sequence[bool]) -> IndexedSounds:
        """These sounds with other ones held out [S]."""
        columns = self._columns | {"held_out": np.array(held_out, np.uint8)}
        return IndexedSounds(self._manifest, self._shards, columns, self._names)

    def label_numbers(self) -> NDArray[Any]:
        """Of each sound [S] the place of its label among those of the manifest."""
        return self._columns["label"]

    def lengths(self) -> tuple[Indices, Indices, Indices]:
        """Points, rows and frames of each sound [S]."""
        points, rows, frames = self._columns["lengths"].T
        return points, rows, frames

    def over_time(self, name: str, sound: int) -> NDArray[Any]:
        """Rows of one sound in one of the arrays `records.OVER_TIME`."""
        kind = 0 if name == "points" else 1
        start, length = self._columns["starts"][sound, kind], self._columns["lengths"][sound, kind]
        shard = self._manifest.frames[self._columns["place"][sound, 0]]
        return self._shards.rows(shard, name, int(start), int(start + length))

    def fixed(self, name: str) -> IndexedRows:
        """One of the arrays `records.FIXED`, with a row a sound."""
        return IndexedRows(self._shards, self._manifest.frames, self._columns["place"], name)


class IndexedRows:
    """An array with a row a sound, read as it is asked for."""

    def __init__(
        self, shards: ShardFiles, names: Sequence[str], place: NDArray[np.int64], array: str
    ) -> None:
        self._shards, self._names, self._place, self._array = shards, names, place, array

    def __getitem__(self, sounds: int | slice | Indices) -> NDArray[Any]:
        """The row of one sound, or the rows of several."""
        place = self._place[sounds]
        if place.ndim == 1:
            return self._read(place[None])[0]
        return self._read(place)

    def _read(self, place: NDArray[np.int64]) -> NDArray[Any]:
        """Rows at these places [n, (shard, row)]; neighbours are read at one go."""
        steps = np.flatnonzero(np.any(np.diff(place, axis=0) != (0, 1), axis=1)) + 1
        parts = []
        for start, stop in zip([0, *steps], [*steps, len(place)], strict=True):
            if stop > start:
                shard, row = place[start].tolist()
                name = self._names[shard]
                parts.append(self._shards.rows(name, self._array, row, row + int(stop - start)))
        return (
            np.concatenate(parts) if parts else self._shards.rows(self._names[0], self._array, 0, 0)
        )


class LibraryIndex:
    """A library as `messina index` has read and analysed it.

    Made by `load`; it has a length and can be gone through, sound by sound, as a `Corpus`.
    """

    def __init__(self, manifest: Manifest, sounds: IndexedSounds, left_out: tuple[LeftOut, ...]):
        self._manifest = manifest
        self.sounds = sounds
        """What can be used, without audio."""
        self.left_out = left_out
        """What cannot, by name, with the reason."""

    @classmethod
    @checked
    def load(cls, path: str | Path) -> LibraryIndex:
        """The index in a folder.

        Args:
            path: The folder that `messina index` wrote.

        Returns:
            The index; sounds are read from it when they are asked for.

        Raises:
            CorpusError: There is none, it is not complete or damaged.
        """
        folder = Path(path).expanduser()
        manifest = read_manifest(folder)
        shards = ShardFiles(folder)
        columns = {name: shards.rows(manifest.table, name) for name in COLUMNS}
        ends = columns["name_ends"]
        columns["name_start"] = np.concatenate([[0], ends[:-1]]).astype(np.int64)
        names = shards.rows(manifest.table, "names")
        left_out = decoded_left_out(shards.rows(manifest.table, "left_out"))
        return cls(
            manifest,
            IndexedSounds(manifest, shards, columns, names),
            tuple(LeftOut(name=each.name, reason=each.reason) for each in left_out),
        )

    def __len__(self) -> int:
        return len(self.sounds)

    def __iter__(self) -> Iterator[NamedSound]:
        return iter(self.sounds)

    @property
    def folder(self) -> Path:
        """Where the library lies."""
        return Path(self._manifest.library)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the user should know about the library as a whole."""
        return self._manifest.remarks

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels there are, in alphabetical order."""
        used = np.unique(self.sounds.label_numbers())
        return tuple(sorted(self._manifest.labels[number] for number in used))

    @property
    def held_out(self) -> tuple[NamedSound, ...]:
        """The sounds to measure on."""
        return tuple(sound for sound in self.sounds if sound.held_out)

    @property
    def duration_s(self) -> float:
        """Length of all sounds together, in seconds."""
        return sum(sound.length_s for sound in self.sounds)

    @checked
    def holding_out(self, share: float) -> LibraryIndex:
        """Holds some sounds back from learning, to measure on.

        Args:
            share: About so much of the sounds, 0 to 0.5.

        Returns:
            An index with these held out and no others.

        Raises:
            ValueError: The share is not 0 to 0.5.
        """
        candidates = [
            Candidate(name=s.name, label=s.label, note=s.note, take=s.take) for s in self.sounds
        ]
        held = hold_out(candidates, share)
        return LibraryIndex(self._manifest, self.sounds.holding_out(held), self.left_out)

    @checked
    def with_labels(self, labels: Collection[str]) -> LibraryIndex:
        """Selects the sounds of some labels.

        Args:
            labels: Which to keep.

        Returns:
            An index of these.
        """
        wanted = [i for i, label in enumerate(self._manifest.labels) if label in labels]
        chosen = np.flatnonzero(np.isin(self.sounds.label_numbers(), wanted))
        some = self.sounds.chosen(chosen)
        return LibraryIndex(self._manifest, some, self.left_out)


def _number(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)
