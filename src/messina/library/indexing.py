"""`messina index`: a library of any size becomes an index, in passes that each go on where they
were.

Three passes make shards: files are read and described; parts of the library are named by
comparison; sounds are analysed. A fourth puts columns together and writes the manifest. What a pass
needs and finds among the shards is not done again, so a run that was killed goes on, and a library
that has changed costs what has changed in it. This process hands out tasks and reads a shard at a
time; it holds names, never sounds.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from messina.corpus.selection import (
    READABLE,
    check_some_learnt,
    nothing_usable,
    paths_of,
    split_by_table,
    table_remarks,
)
from messina.corpus.slicing import Slicing
from messina.corpus.sound import LeftOut
from messina.corpus.table import TABLE_NAME, Table, read_table, stream_table
from messina.errors import CorpusError
from messina.library.analysis_pass import FRAMES, key_of_sound
from messina.library.columns import (
    FORMAT_VERSION,
    MANIFEST,
    SOUNDS_NAME,
    TABLE,
    Columns,
    Manifest,
    write_manifest,
)
from messina.library.executors import Executor, outcomes_of
from messina.library.naming_pass import NAMED, key_of_part, named_sounds, parts_of
from messina.library.reading_pass import READ, FileRows, key_of, sources_of
from messina.library.shards import ShardFiles, is_shard, shards_in
from messina.library.tasks import (
    Analyse,
    Name,
    NamedSound,
    Read,
    Refused,
    SourceFile,
    Task,
    Wanted,
    Written,
)
from messina.progress import Progress
from messina.text import well_formed

__all__ = ["IndexConfig", "check_place", "index_library"]

Places: TypeAlias = dict[bytes, tuple[str, int]]


@dataclass(frozen=True, kw_only=True)
class IndexConfig:
    """How a library is divided."""

    files_a_shard: int = 64
    sounds_a_shard: int = 64
    """At least, where there are so many; the sounds of one file stay together."""
    files_a_part: int = 4_096
    """Files whose names are read by comparison with each other."""


def index_library(
    library: Path,
    out: Path,
    executor: Executor,
    *,
    slice: Slicing = "auto",
    config: IndexConfig | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Makes an index of a library, or brings it up to date.

    Args:
        library: A folder, nested or flat; its `corpus.csv` has the last word.
        out: The folder of the index.
        executor: Who does the work.
        slice: Whether long recordings of hits are cut at their onsets.
        config: How the library is divided.
        progress: Called with what is done, pieces done, pieces there are to do.

    Returns:
        What is in the index.

    Raises:
        CorpusError: Nothing can be used, or the index cannot be written, or not there.
    """
    check_place(library, out)
    indexer = _Indexer(library, out, executor, slice, config or IndexConfig(), progress)
    try:
        return indexer.run()
    finally:
        indexer.shards.close()


def check_place(library: Path, out: Path) -> None:
    """Raises CorpusError where an index does not belong, or there is no folder to make it of."""
    if not library.exists():
        raise CorpusError(f"{library}: no such folder; give a folder of {READABLE}")
    if not library.is_dir():
        raise CorpusError(
            f"{library} is a file, and an index is made of a folder; give the folder it is in, "
            "or learn from the file itself"
        )
    if not out.exists():
        return
    if out.samefile(library):
        raise CorpusError(
            f"{out} is the library itself, and an index has a folder of its own; choose another "
            "`out`"
        )
    there = [path for path in out.iterdir() if not path.name.startswith(".")]
    if there and not any(path.name == MANIFEST or is_shard(path) for path in there):
        raise CorpusError(f"{out} holds files that Messina did not put there; choose another `out`")


@dataclass
class _Indexer:
    """One run."""

    library: Path
    out: Path
    executor: Executor
    how: Slicing
    config: IndexConfig
    progress: Progress | None
    left_out: list[Refused] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        self.shards = ShardFiles(self.out)
        self._rows = FileRows(self.shards)

    def run(self) -> Manifest:
        folder, files, troubled = paths_of(self.library)
        self._refuse(troubled)
        table_path = folder / TABLE_NAME
        table = read_table(table_path) if table_path.exists() else Table(rows={})
        wanted, unwanted = split_by_table(files, table)
        self._refuse(unwanted)
        names = [name for name, _ in files]
        del files
        sources, unreadable = sources_of(wanted)
        self.left_out += unreadable
        del wanted
        places = self._read(sources)
        parts = self._name(names, sources, places, table, well_formed(folder.name))
        read = {shard for shard, _ in places.values()}
        del names, places
        analysed = self._analyse(parts, sources)
        del sources
        manifest = self._write(folder, parts, analysed)
        self._clear({manifest.table, *manifest.frames, *parts, *read})
        return manifest

    def _refuse(self, left_out: Iterable[LeftOut]) -> None:
        self.left_out += [Refused(each.name, each.reason) for each in left_out]

    def _report(self, what: str, done: int, total: int) -> None:
        if self.progress:
            self.progress(what, done, total)

    def _read(self, sources: list[SourceFile]) -> dict[str, tuple[str, int]]:
        """The first pass: where what was read of each file is, shard and row, by its name."""
        keys = {key_of(source, self.how): source.name for source in sources}
        places: dict[str, tuple[str, int]] = {}
        for key, place in self._known(READ):
            if (own := keys.get(key)) is not None:
                places.setdefault(own, place)
        missing = [source for source in sources if source.name not in places]
        tasks = (Read(some, self.how) for some in _divided(missing, self.config.files_a_shard))
        done = 0
        for task, outcome in outcomes_of(self.executor, tasks):
            assert isinstance(task, Read)
            done += len(task.files)
            self._report("reading", done, len(missing))
            if isinstance(outcome, Written):
                for row, source in enumerate(task.files):
                    places[source.name] = (outcome.shard, row)
            else:
                self.left_out.append(Refused(task.files[0].name, outcome.reason))
        return places

    def _known(self, kind: str) -> Iterator[tuple[bytes, tuple[str, int]]]:
        """Keys of the rows of all shards of a kind, and where each is: shard and row."""
        for name, shard in self.shards.sound(shards_in(self.out, kind)):
            for row, key in enumerate(shard.rows("keys")):
                yield key.tobytes(), (name, row)

    def _name(
        self,
        names: list[str],
        sources: list[SourceFile],
        places: dict[str, tuple[str, int]],
        table: Table,
        root: str,
    ) -> list[str]:
        """The second pass: the shards of names, one a part, in order."""
        by_name = {source.name: source for source in sources if source.name in places}
        refused = self._rows.doubles(places[name] for name in by_name)
        known = {
            shard.rows("key").tobytes(): name
            for name, shard in self.shards.sound(shards_in(self.out, NAMED))
        }
        divided = parts_of(names, self.config.files_a_part)
        parts: list[str] = []
        missing: deque[int] = deque()
        unused = set(table.rows) - {each.name for each in self.left_out}

        def tasks() -> Iterator[Task]:
            for part in divided:
                own = [by_name[name] for name in part if name in by_name]
                clips = {clip for source in own for clip in self._rows.clips(places[source.name])}
                unused.difference_update(part, clips)
                task = Name(
                    root=root,
                    names=tuple(part),
                    read=tuple(places[source.name] for source in own),
                    files=tuple(own),
                    refused={clip: refused[clip] for clip in sorted(refused.keys() & clips)},
                    rows=tuple(table.rows[clip] for clip in sorted(table.rows.keys() & clips)),
                    how=self.how,
                )
                parts.append(known.get(key_of_part(task), ""))
                if not parts[-1]:
                    missing.append(len(parts) - 1)
                    yield task

        for _, outcome in outcomes_of(self.executor, tasks()):
            if not isinstance(outcome, Written):
                raise CorpusError(f"the names cannot be read: {outcome.reason}")
            parts[missing.popleft()] = outcome.shard
            self._report("naming", len(parts) - len(missing), len(divided))
        self.remarks += table_remarks(sorted(unused))
        return parts

    def _analyse(self, parts: list[str], sources: list[SourceFile]) -> Places:
        """The third pass: where the analysis of each sound is, shard and row, by its key."""
        places: Places = dict(self._known(FRAMES))
        by_name = {source.name: source for source in sources}
        total = sum(len(some) for some in self._missing(parts, places))
        done = 0

        def tasks() -> Iterator[Task]:
            files: dict[str, SourceFile] = {}
            wanted: list[Wanted] = []
            for some in self._missing(parts, places):
                if len(wanted) >= self.config.sounds_a_shard:
                    yield Analyse(tuple(files.values()), tuple(wanted), self.how)
                    files, wanted = {}, []
                files[some[0].file] = by_name[some[0].file]
                wanted += [Wanted(s.file, s.name, s.digest, s.reference_hz) for s in some]
            if wanted:
                yield Analyse(tuple(files.values()), tuple(wanted), self.how)

        for task, outcome in outcomes_of(self.executor, tasks()):
            assert isinstance(task, Analyse)
            done += len(task.wanted)
            self._report("analysing", done, total)
            if isinstance(outcome, Written):
                self.left_out += outcome.left_out
                keys = self.shards.rows(outcome.shard, "keys")
                places |= {key.tobytes(): (outcome.shard, row) for row, key in enumerate(keys)}
            else:
                self.left_out += [Refused(each.name, outcome.reason) for each in task.wanted]
        return places

    def _missing(self, parts: list[str], places: Places) -> Iterator[list[NamedSound]]:
        """The sounds that are to be analysed, those of one file together."""
        for part in parts:
            sounds = named_sounds(self.shards, part).sounds
            for _, own in itertools.groupby(sounds, key=lambda sound: sound.file):
                some = [s for s in own if key_of_sound(s.digest, s.reference_hz) not in places]
                if some:
                    yield some

    def _write(self, folder: Path, parts: list[str], places: Places) -> Manifest:
        """The fourth pass: the columns, the table to read, and at last the manifest."""
        columns = Columns(self.shards, places)
        for part in parts:
            found = named_sounds(self.shards, part)
            self.left_out += found.left_out
            self.remarks += [remark for remark in found.remarks if remark not in self.remarks]
            columns.add(found.sounds)
        left_out = sorted(self.left_out, key=lambda each: each.name)
        if not len(columns):
            lost = [LeftOut(name=each.name, reason=each.reason) for each in left_out]
            raise CorpusError(nothing_usable(self.library, lost))
        check_some_learnt(columns.held_out())
        manifest = Manifest(
            format_version=FORMAT_VERSION,
            library=str(folder),
            slice=self.how,
            sounds=len(columns),
            seconds=columns.seconds,
            labels=columns.labels,
            table=columns.write(self.out, left_out),
            frames=columns.shards,
            left_out=len(left_out),
            remarks=tuple(self.remarks),
        )
        sounds = (
            sound
            for part in parts
            for sound in named_sounds(self.shards, part).sounds
            if columns.has(sound)
        )
        stream_table(
            self.out / SOUNDS_NAME,
            sounds,
            (LeftOut(name=each.name, reason=each.reason) for each in left_out),
        )
        write_manifest(self.out, manifest)
        return manifest

    def _clear(self, used: set[str]) -> None:
        """Removes the shards that nothing in the index needs any more."""
        self.shards.close()
        for kind in (READ, NAMED, FRAMES, TABLE):
            for name in shards_in(self.out, kind):
                if name not in used:
                    with contextlib.suppress(OSError):
                        (self.out / name).unlink()


def _divided(files: list[SourceFile], size: int) -> Iterator[tuple[SourceFile, ...]]:
    for start in range(0, len(files), size):
        yield tuple(files[start : start + size])
