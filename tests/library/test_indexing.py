"""A library becomes an index, whoever is ended on the way, and follows it when it changes."""

from __future__ import annotations

import csv
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from library.libraries import SMALL, Here, contents, ended_by, hit, make_library, write
from messina.errors import CorpusError
from messina.library import Manifest, read_manifest
from messina.library.executors import LocalProcesses
from messina.library.indexing import index_library
from messina.library.tasks import Analyse, Outcome, Read, Task


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_library(tmp_path_factory.mktemp("library") / "mine")


@pytest.fixture(scope="module")
def index(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Indexed without a disturbance."""
    out = tmp_path_factory.mktemp("index") / "lib"
    run(library, out)
    return out


def run(library: Path, out: Path, executor: Here | LocalProcesses | None = None) -> Manifest:
    return index_library(library, out, executor or Here(out), config=SMALL)


def rows(index: Path) -> dict[str, dict[str, str]]:
    with (index / "sounds.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def names(tasks: list[Task], kind: type[Read] | type[Analyse]) -> list[str]:
    """The files of all tasks of a kind."""
    return sorted(file.name for task in tasks if isinstance(task, kind) for file in task.files)


def test_what_is_left_out_is_named_with_its_reason(index: Path) -> None:
    table = rows(index)
    left_out = {name: row["reason"] for name, row in table.items() if row["use"] == "-"}
    assert set(left_out) == {"drums/snare_v20.wav", "nothing.wav", "text.wav"}
    assert left_out["drums/snare_v20.wav"] == "the same sound as drums/copy of a snare.wav"
    assert left_out["nothing.wav"] == "silent"
    assert read_manifest(index).sounds == sum(row["use"] == "yes" for row in table.values()) == 11


def test_a_shard_is_named_by_its_content_and_bounded(index: Path) -> None:
    shards = [path for path in index.iterdir() if path.suffix == ".shard"]
    assert len([path for path in shards if path.name.startswith("frames-")]) == 4  # 11 by threes
    assert len([path for path in shards if path.name.startswith("read-")]) == 5  # 14 by threes


def test_an_index_that_is_up_to_date_costs_nothing(index: Path, library: Path) -> None:
    executor = Here(index)
    before = contents(index)
    run(library, index, executor)
    assert executor.tasks == []
    assert contents(index) == before


@pytest.mark.parametrize("tasks", [0, 1, 4, 6, 9])
def test_a_run_that_is_killed_goes_on_and_ends_the_same(
    tasks: int, library: Path, index: Path, tmp_path: Path
) -> None:
    out = tmp_path / "lib"
    left = iter(range(tasks))

    def kill(task: Task) -> Outcome | None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return None

    first = Here(out, before=kill)
    with pytest.raises(KeyboardInterrupt):
        run(library, out, first)
    with pytest.raises(CorpusError, match="no complete index"):
        read_manifest(out)
    second = Here(out)
    run(library, out, second)
    assert len(first.tasks) == tasks
    assert len(first.tasks + second.tasks) == 10  # 5 read, 1 named, 4 analysed: none twice
    assert contents(out) == contents(index)


def cut(data: bytes) -> bytes:
    return data[:-100]


def turned(data: bytes) -> bytes:
    """As long as before, with a bit turned amid the content."""
    at = len(data) * 3 // 4
    return data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]


@pytest.mark.parametrize("damage", [cut, turned])
@pytest.mark.parametrize(
    ("kind", "tasks"), [("read", 1), ("names", 1), ("frames", 1), ("table", 0)]
)
def test_a_shard_that_is_damaged_is_made_again(
    kind: str,
    tasks: int,
    damage: Callable[[bytes], bytes],
    library: Path,
    index: Path,
    tmp_path: Path,
) -> None:
    out = tmp_path / "lib"
    shutil.copytree(index, out)
    damaged = next(path for path in out.iterdir() if path.name.startswith(f"{kind}-"))
    damaged.write_bytes(damage(damaged.read_bytes()))
    executor = Here(out)
    run(library, out, executor)
    assert len(executor.tasks) == tasks
    assert contents(out) == contents(index)


def test_only_what_has_changed_in_a_library_is_done(tmp_path: Path) -> None:
    library, out = make_library(tmp_path / "mine"), tmp_path / "lib"
    run(library, out)
    (library / "drums" / "kick_soft.wav").unlink()
    write(library / "drums" / "snare_v40.wav", hit(41))
    write(library / "drums" / "snare_v110.wav", hit(42))
    executor = Here(out)
    manifest = run(library, out, executor)
    new = ["drums/snare_v110.wav", "drums/snare_v40.wav"]
    assert names(executor.tasks, Read) == new
    assert names(executor.tasks, Analyse) == new
    assert manifest.sounds == 11
    assert "drums/kick_soft.wav" not in rows(out)


def test_a_table_in_the_library_has_the_last_word(tmp_path: Path) -> None:
    library, out = make_library(tmp_path / "mine"), tmp_path / "lib"
    run(library, out)
    (library / "corpus.csv").write_text(
        "file,use,label\ndrums/kick_hard.wav,no,\ndrums/kick_soft.wav,,Boom\ngone.wav,,x\n"
    )
    executor = Here(out)
    manifest = run(library, out, executor)
    assert rows(out)["drums/kick_hard.wav"]["reason"] == "use is no in corpus.csv"
    assert rows(out)["drums/kick_soft.wav"]["label"] == "Boom"
    assert any("the first: gone.wav" in remark for remark in manifest.remarks)
    assert names(executor.tasks, Analyse) == []  # a label changes no analysis


def test_of_a_shard_whose_process_is_ended_only_the_file_that_ends_it_is_left_out(
    library: Path, tmp_path: Path
) -> None:
    out = tmp_path / "lib"
    killer = "marimba/marimba_64.wav"
    manifest = run(library, out, Here(out, before=ended_by(killer)))
    assert manifest.sounds == 10
    assert rows(out)[killer]["reason"] == "its process was ended by signal 9"
    assert run(library, out).sounds == 11  # it may have been bad luck: it is tried again


def test_several_processes_make_the_same_index(library: Path, index: Path, tmp_path: Path) -> None:
    out = tmp_path / "lib"
    out.mkdir()
    with LocalProcesses(out, workers=2) as executor:
        run(library, out, executor)
    assert contents(out) == contents(index)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are killed by signals")
def test_a_process_that_is_killed_amid_a_shard_is_replaced(
    library: Path, index: Path, tmp_path: Path
) -> None:
    out = tmp_path / "lib"
    out.mkdir()
    with LocalProcesses(out, workers=1) as executor:
        killed: list[int] = []

        def kill(*_: object) -> None:
            if len(killed) < 2:
                killed.extend(child.process_id for child in executor._all)
                os.kill(killed[-1], signal.SIGKILL)

        index_library(library, out, executor, config=SMALL, progress=kill)
    assert len(set(killed)) == 2
    assert contents(out) == contents(index)


def test_a_process_that_has_named_a_part_ends_and_another_analyses(
    library: Path, tmp_path: Path
) -> None:
    """What it held is in too many pieces to be given back otherwise."""
    out = tmp_path / "lib"
    out.mkdir()
    there: dict[str, set[int]] = {}
    with LocalProcesses(out, workers=1) as executor:

        def note(what: str, *_: int) -> None:
            there.setdefault(what, set()).update(child.process_id for child in executor._all)

        index_library(library, out, executor, config=SMALL, progress=note)
    assert len(there["reading"]) == len(there["analysing"]) == 1
    assert there["reading"] != there["analysing"]


def test_a_library_without_sounds_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_bytes(b"this is no sound")
    with pytest.raises(CorpusError, match=r"its only file cannot be used \(text.wav"):
        run(tmp_path, tmp_path / "lib")


def test_an_index_is_written_neither_among_the_sounds_nor_among_other_files(
    library: Path, tmp_path: Path
) -> None:
    before = sorted(library.rglob("*"))
    with pytest.raises(CorpusError, match="is the library itself"):
        run(library, library)
    assert sorted(library.rglob("*")) == before
    notes = tmp_path / "sounds.csv"
    notes.write_text("mine", encoding="utf-8")
    with pytest.raises(CorpusError, match="did not put there; choose another `out`"):
        run(library, tmp_path)
    assert notes.read_text(encoding="utf-8") == "mine"
    with pytest.raises(CorpusError, match="no such folder"):
        run(tmp_path / "nowhere", tmp_path / "lib")
    assert not (tmp_path / "lib").exists()
