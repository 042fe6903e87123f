from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from messina.errors import MessinaError
from messina.export import packing
from messina.export.packing import LISTING, check_place, new_file, new_folder


def write_pack(out: Path, *names: str, force: bool = False) -> None:
    with new_folder(out, about={"seed": 1}, force=force) as aside:
        for name in names:
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).write_text(name)


def fill_disk_in_folder(out: Path, *, force: bool) -> None:
    with new_folder(out, about={}, force=force) as aside:
        (aside / "half.wav").write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device", str(aside / "half.wav"))


def fill_disk_in_file(out: Path) -> None:
    with new_file(out, force=True) as aside:
        aside.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device", str(aside))


def cannot_exchange(first: Path, second: Path) -> bool:
    """A system without it."""
    assert first != second
    return False


def names_in(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_a_pack_lists_its_files_and_what_made_it(tmp_path: Path) -> None:
    write_pack(tmp_path / "new" / "pack", "a.sfz", "samples/b.wav")
    assert names_in(tmp_path / "new" / "pack") == ["a.sfz", LISTING, "samples/b.wav"]
    listing = json.loads((tmp_path / "new" / "pack" / LISTING).read_text())
    assert listing["files"] == ["a.sfz", "samples/b.wav"]
    assert listing["about"] == {"seed": 1}
    assert listing["program"].startswith("Messina ")


def test_an_empty_folder_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    write_pack(tmp_path / "pack", "a")
    assert names_in(tmp_path / "pack") == ["a", LISTING]


def test_an_older_pack_is_replaced_only_when_told_to(tmp_path: Path) -> None:
    write_pack(tmp_path / "pack", "old.wav")
    with pytest.raises(MessinaError, match="`force=True` replaces it"):
        write_pack(tmp_path / "pack", "new.wav")
    assert names_in(tmp_path / "pack") == [LISTING, "old.wav"]
    write_pack(tmp_path / "pack", "new.wav", force=True)
    assert names_in(tmp_path / "pack") == [LISTING, "new.wav"]
    assert [p.name for p in tmp_path.iterdir()] == ["pack"]


def test_not_even_force_replaces_what_is_no_pack(tmp_path: Path) -> None:
    (tmp_path / "Music").mkdir()
    (tmp_path / "Music" / "my song.wav").write_text("years of work")
    with pytest.raises(MessinaError, match="Messina did not put there"):
        write_pack(tmp_path / "Music", "a.wav", force=True)
    write_pack(tmp_path / "pack", "a.wav")
    (tmp_path / "pack" / "notes.txt").write_text("mine")
    with pytest.raises(MessinaError, match=r"also holds notes\.txt"):
        write_pack(tmp_path / "pack", "b.wav", force=True)
    assert (tmp_path / "pack" / "notes.txt").read_text() == "mine"


def test_a_folder_is_not_put_in_place_of_a_file_nor_the_other_way_round(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(MessinaError, match="is a file; a folder is wanted"):
        check_place(tmp_path / "file", folder=True, force=True)
    with pytest.raises(MessinaError, match="is a folder; a file is wanted"):
        check_place(tmp_path, folder=False, force=True)


@pytest.mark.parametrize("force", [False, True])
def test_what_fails_on_the_way_leaves_everything_as_it_was(tmp_path: Path, force: bool) -> None:
    if force:
        write_pack(tmp_path / "pack", "old.wav")
    before = names_in(tmp_path)
    with pytest.raises(OSError, match="No space left") as caught:
        fill_disk_in_folder(tmp_path / "pack", force=force)
    assert names_in(tmp_path) == before
    assert caught.value.filename == str(
        tmp_path / "pack"
    )  # what was asked for, not the place aside


def test_when_the_last_move_fails_the_older_pack_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pack(tmp_path / "pack", "old.wav")
    rename = Path.rename

    def refuse_new(self: Path, target: Path) -> Path:
        if target == tmp_path / "pack" and "replaced" not in self.name:
            raise OSError(errno.EACCES, "Permission denied", str(target))
        return rename(self, target)

    monkeypatch.setattr(packing, "exchange", cannot_exchange)
    monkeypatch.setattr(Path, "rename", refuse_new)
    with pytest.raises(OSError, match="Permission denied"):
        write_pack(tmp_path / "pack", "new.wav", force=True)
    monkeypatch.undo()
    assert names_in(tmp_path) == ["pack/messina.json", "pack/old.wav"]


@pytest.mark.parametrize("at_once", [True, False])
def test_who_is_killed_while_an_older_pack_is_replaced_finds_one_of_the_two(
    at_once: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after any of the renames: the pack is there, or is there again at the next try."""
    if not at_once:
        monkeypatch.setattr(packing, "exchange", cannot_exchange)

    class KilledError(BaseException):
        """What nothing catches."""

    rename, left = Path.rename, 0

    def killed_after(self: Path, target: Path) -> Path:
        nonlocal left
        left -= 1
        if left < 0:
            raise KilledError
        return rename(self, target)

    def killed(*_: object, **__: object) -> None:
        raise KilledError

    for renames in range(3):
        out = tmp_path / str(renames) / "pack.v2"
        write_pack(out, "old.wav")
        with monkeypatch.context() as patched:
            left = renames
            patched.setattr(Path, "rename", killed_after)
            patched.setattr(packing.shutil, "rmtree", killed)  # the dead clear up nothing
            with pytest.raises(KilledError):
                write_pack(out, "new.wav", force=True)
        if at_once:
            assert names_in(out) == [LISTING, "new.wav"]
        with pytest.raises(MessinaError, match="`force=True` replaces it"):
            write_pack(out, "third.wav")
        assert names_in(out) in ([LISTING, "new.wav"], [LISTING, "old.wav"])
        write_pack(out, "third.wav", force=True)
        assert names_in(out) == [LISTING, "third.wav"]


def test_files_too_are_replaced_only_when_told_to_and_only_whole(tmp_path: Path) -> None:
    out = tmp_path / "kit.h2drumkit"
    with new_file(out, force=False) as aside:
        aside.write_text("first")
    with pytest.raises(MessinaError, match="`force=True`"), new_file(out, force=False):
        pass
    with pytest.raises(OSError, match="No space"):
        fill_disk_in_file(out)
    assert out.read_text() == "first"
    assert list(tmp_path.iterdir()) == [out]
