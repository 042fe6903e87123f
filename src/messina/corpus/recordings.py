"""Whole files as they are: what grooves and textures are learnt from, uncut and unaligned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from messina.arguments import checked
from messina.corpus.chunks import LoopChunk, read_chunks
from messina.corpus.reading import Readers, Recording
from messina.corpus.selection import files_of, nothing_usable
from messina.corpus.sound import Array, LeftOut, content_digest
from messina.errors import CorpusError, SoundError
from messina.progress import Progress
from messina.units import SAMPLE_RATE

__all__ = ["LONGEST_IN_ALL_S", "NamedRecording", "Recordings", "read_recordings"]

LONGEST_IN_ALL_S: Final = 3600.0
"""An hour of sound in memory is 1.3 GB; what comes after it is left out."""


@dataclass(frozen=True, kw_only=True, eq=False)
class NamedRecording:
    """One recording, uncut: its name and its audio."""

    name: str
    """Path relative to the folder, with '/'."""
    audio: Array  # [N, C], C is 1 or 2, 44.1 kHz, its true level and whole length kept
    """[N, C], C is 1 or 2, float32 at 44.1 kHz, its true level and whole length kept."""
    digest: str
    """Hash of the audio, hexadecimal."""
    remarks: tuple[str, ...] = ()
    """What was done to it that the user should know."""
    loop: LoopChunk | None = None
    """What the file's chunks say of its tempo and metre."""

    @property
    def length_s(self) -> float:
        """Its length in seconds."""
        return len(self.audio) / SAMPLE_RATE


@dataclass(frozen=True, kw_only=True, eq=False)
class Recordings:
    """The recordings that can be used, in a fixed order, and those that cannot."""

    recordings: tuple[NamedRecording, ...]
    """What can be used."""
    left_out: tuple[LeftOut, ...] = ()
    """What cannot, by name, with the reason."""
    folder: Path | None = None
    """Where they were read from."""

    def __len__(self) -> int:
        return len(self.recordings)

    def __iter__(self) -> Iterator[NamedRecording]:
        return iter(self.recordings)

    @property
    def length_s(self) -> float:
        """Length of all of them together, in seconds."""
        return sum(recording.length_s for recording in self.recordings)


@checked
def read_recordings(path: str | Path, *, progress: Progress | None = None) -> Recordings:
    """Whole recordings, uncut: what grooves and textures are learnt from.

    Args:
        path: A folder, nested or flat, or one file.
        progress: Called with "reading", files done, files there are.

    Returns:
        Every usable file; of files with the same sound the first, and an hour in all at most.

    Raises:
        CorpusError: Nothing can be used.
    """
    path = Path(path).expanduser()
    folder, files, left_out = files_of(path)
    recordings: list[NamedRecording] = []
    seen: dict[str, str] = {}
    total_s = 0.0
    for done, found in enumerate(_each_recording(files), start=1):
        if progress:
            progress("reading", done, len(files))
        if isinstance(found, LeftOut):
            left_out.append(found)
        elif found.digest in seen:
            left_out.append(LeftOut(name=found.name, reason=f"the same as {seen[found.digest]}"))
        elif recordings and total_s + found.length_s > LONGEST_IN_ALL_S:
            reason = f"{LONGEST_IN_ALL_S / 60:.0f} min of recordings are enough"
            left_out.append(LeftOut(name=found.name, reason=reason))
        else:
            recordings.append(found)
            seen[found.digest] = found.name
            total_s += found.length_s
    if not recordings:
        raise CorpusError(nothing_usable(path, left_out))
    ordered = tuple(sorted(left_out, key=lambda lost: lost.name))
    return Recordings(recordings=tuple(recordings), left_out=ordered, folder=folder)


def _each_recording(
    files: Sequence[tuple[str, Path]],
) -> Iterator[NamedRecording | LeftOut]:
    """All files in order, decoded by processes; few are read ahead."""
    with Readers(len(files)) as readers:
        yield from readers.results(lambda file: _read(readers, *file), files)


def _read(readers: Readers, name: str, path: Path) -> NamedRecording | LeftOut:
    """One bad file is one entry among those left out, whatever is wrong with it."""
    try:
        return _named(name, readers.read(path), read_chunks(path).loop)
    except SoundError as error:
        return LeftOut(name=name, reason=str(error))
    except OSError as error:
        return LeftOut(name=name, reason=f"unreadable ({error.strerror or error})")
    except MemoryError:
        return LeftOut(name=name, reason="more than there is memory for; cut it into parts")


def _named(name: str, recording: Recording, loop: LoopChunk | None) -> NamedRecording:
    return NamedRecording(
        name=name,
        audio=recording.audio,
        digest=content_digest(recording.audio),
        remarks=recording.remarks,
        loop=loop,
    )
