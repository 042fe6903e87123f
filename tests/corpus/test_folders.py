from __future__ import annotations

from pathlib import Path

import pytest

from messina.corpus.folders import recall_folder, remember_folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cache = tmp_path / "cache"
    monkeypatch.setenv("MESSINA_CACHE", str(cache))
    return cache


def test_a_folder_is_found_again_by_the_sounds_in_it_in_any_order(tmp_path: Path) -> None:
    folder = tmp_path / "kälimba & co"
    folder.mkdir()
    remember_folder(["aa", "bb"], folder)
    assert recall_folder(["bb", "aa"]) == folder
    assert recall_folder(["aa"]) is None


def test_a_folder_that_has_gone_is_not_known(tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    folder.mkdir()
    remember_folder(["aa"], folder)
    folder.rmdir()
    assert recall_folder(["aa"]) is None


def test_the_last_place_counts(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        remember_folder(["aa"], tmp_path / name)
    assert recall_folder(["aa"]) == tmp_path / "new"


def test_a_cache_that_cannot_be_written_is_no_trouble(tmp_path: Path, own_cache: Path) -> None:
    own_cache.write_text("a file where the folder should be")
    remember_folder(["aa"], tmp_path)
    assert recall_folder(["aa"]) is None
