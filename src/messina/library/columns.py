"""All sounds of an index in columns: what is known of each, and where its analysis lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from messina.atomic import replacing
from messina.errors import CorpusError
from messina.library.analysis_pass import key_of_sound
from messina.library.shards import ShardFiles, write_shard
from messina.library.tasks import NamedSound, Refused
from messina.units import SAMPLE_RATE

__all__ = [
    "COLUMNS",
    "FORMAT_VERSION",
    "MANIFEST",
    "SOUNDS_NAME",
    "TABLE",
    "Columns",
    "Manifest",
    "decoded_left_out",
    "read_manifest",
    "write_manifest",
]

TABLE: Final = "table"
SOUNDS_NAME: Final = "sounds.csv"
"""What is in the index and what is left out, to be read; `corpus.csv` of the library corrects."""
FORMAT_VERSION: Final = 1

MANIFEST: Final = "index.json"

COLUMNS: Final = {
    "place": (np.int64, 2),  # frames shard of the manifest, row in it
    "starts": (np.int64, 2),  # first of its points and of its rows there
    "lengths": (np.int64, 3),  # points, rows, frames
    "label": (np.int64, 0),
    "note": (np.float64, 0),  # nan: none
    "velocity": (np.float64, 0),  # nan: none
    "loudness_db": (np.float64, 0),
    "brightness_hz": (np.float64, 0),
    "decay_s": (np.float64, 0),
    "samples": (np.int64, 0),
    "steady": (np.int64, 3),  # -1: none
    "digest": (np.uint8, 16),
    "take": (np.uint8, 16),
    "held_out": (np.uint8, 0),
    "one_channel": (np.uint8, 0),
    "name_ends": (np.int64, 0),  # bytes of UTF-8
}
"""Type and width of each column; 0: a number a sound. Beside them `names` and `left_out`."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The index's manifest: written last, so that an index that has one is complete."""

    format_version: int
    library: str
    """Where the library lies on this machine."""
    slice: str
    sounds: int
    seconds: float
    labels: tuple[str, ...]
    table: Annotated[str, msgspec.Meta(pattern=r"^table-[0-9a-f]{32}\.shard$")]
    """The shard with the columns."""
    frames: tuple[Annotated[str, msgspec.Meta(pattern=r"^frames-[0-9a-f]{32}\.shard$")], ...]
    """The shards with the analyses."""
    left_out: int
    remarks: tuple[str, ...]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an index. Raises CorpusError with the reason why there is none."""
    path = folder / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError as error:
        raise CorpusError(
            f"{folder}: no complete index ({error.strerror or error}); `LibraryIndex` makes one"
        ) from error
    except msgspec.DecodeError as error:
        raise CorpusError(f"{path}: damaged ({error}); index again") from error
    if manifest.format_version != FORMAT_VERSION:
        raise CorpusError(
            f"{path}: of format {manifest.format_version}, and this program reads "
            f"{FORMAT_VERSION}; index again"
        )
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes the manifest whole or not at all."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    with replacing(folder / MANIFEST) as aside:
        aside.write_bytes(text)


def decoded_left_out(data: NDArray[np.uint8]) -> tuple[Refused, ...]:
    """What is left out, as the table's shard holds it."""
    found: tuple[Refused, ...] = msgspec.msgpack.decode(data.tobytes(), type=tuple[Refused, ...])
    return found


class Columns:
    """The columns of all sounds that are analysed, filled part by part."""

    def __init__(self, shards: ShardFiles, places: Mapping[bytes, tuple[str, int]]) -> None:
        """places: where the analysis of each sound is, by its key."""
        self._files, self._places = shards, places
        self._shards: dict[str, int] = {}
        self._lengths: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}
        self._labels: dict[str, int] = {}
        self._parts: list[dict[str, NDArray[Any]]] = []
        self._count = 0
        self._samples = 0

    def __len__(self) -> int:
        return self._count

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in alphabetical order."""
        return tuple(sorted(self._labels))

    @property
    def shards(self) -> tuple[str, ...]:
        """The shards that the places are in."""
        return tuple(self._shards)

    @property
    def seconds(self) -> float:
        """Length of all sounds together in seconds."""
        return self._samples / SAMPLE_RATE

    def held_out(self) -> Iterator[bool]:
        """Whether each sound is held out."""
        return (bool(held) for part in self._parts for held in part["held_out"])

    def has(self, sound: NamedSound) -> bool:
        """Whether a sound is analysed."""
        return key_of_sound(sound.digest, sound.reference_hz) in self._places

    def add(self, sounds: Sequence[NamedSound]) -> None:
        """The sounds of a part; those that could not be analysed are passed over."""
        some = [sound for sound in sounds if self.has(sound)]
        part = {
            name: np.zeros((len(some), width) if width else len(some), dtype)
            for name, (dtype, width) in COLUMNS.items()
        }
        for row, sound in enumerate(some):
            for name, value in self._row(sound).items():
                part[name][row] = value
        texts = [sound.name.encode() for sound in some]
        part["name_ends"] = np.cumsum([len(text) for text in texts], dtype=np.int64)
        part["names"] = np.frombuffer(b"".join(texts), np.uint8)
        self._parts.append(part)
        self._count += len(some)
        self._samples += sum(sound.samples for sound in some)

    def _row(self, sound: NamedSound) -> dict[str, Any]:
        shard, row = self._places[key_of_sound(sound.digest, sound.reference_hz)]
        index = self._shards.setdefault(shard, len(self._shards))
        if shard not in self._lengths:
            lengths = self._files.rows(shard, "lengths")
            self._lengths[shard] = (lengths, np.cumsum(lengths[:, :2], axis=0) - lengths[:, :2])
        lengths, starts = self._lengths[shard]
        return {
            "place": (index, row),
            "starts": starts[row],
            "lengths": lengths[row],
            "label": self._labels.setdefault(sound.label, len(self._labels)),
            "note": np.nan if sound.note is None else sound.note,
            "velocity": np.nan if sound.velocity is None else sound.velocity,
            "loudness_db": sound.loudness_db,
            "brightness_hz": sound.brightness_hz,
            "decay_s": sound.decay_s,
            "samples": sound.samples,
            "steady": (-1, -1, -1) if sound.steady is None else sound.steady,
            "digest": np.frombuffer(bytes.fromhex(sound.digest), np.uint8),
            "take": np.frombuffer(bytes.fromhex(sound.take), np.uint8),
            "held_out": sound.held_out,
            "one_channel": sound.one_channel,
        }

    def write(self, out: Path, left_out: Sequence[Refused]) -> str:
        """Writes the shard of all columns, which are let go of; returns its name."""
        before = 0
        for part in self._parts:
            part["name_ends"] += before
            before += len(part["names"])
        columns = {
            name: np.concatenate([part.pop(name) for part in self._parts])
            for name in (*COLUMNS, "names")
        }
        order = {label: place for place, label in enumerate(self.labels)}
        final = np.array([order[label] for label in self._labels], np.int64)
        columns["label"] = final[columns["label"]]
        columns["left_out"] = np.frombuffer(msgspec.msgpack.encode(left_out), np.uint8)
        return write_shard(out, TABLE, columns)
