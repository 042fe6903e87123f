"""Earlier versions of an instrument, and which of them is gone on with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from messina.atomic import replacing, unfinished
from messina.errors import MessinaError
from messina.studio.catalogues import Catalogues
from messina.studio.home import Home
from messina.studio.learning import Learning
from messina.studio.store import Store
from messina.studio.versions import MOST, Versions


class Homestead:
    """A home with one project, whose learnings are said and not run."""

    def __init__(self, path: Path) -> None:
        self.home = Home(path)
        self.home.prepare()
        self.store = Store(self.home.database)
        self.project = self.store.new_project("a")
        self.versions = Versions(self.home)
        self.instrument = self.home.instrument(self.project)
        self.instrument.parent.mkdir(parents=True)
        catalogues = Catalogues(self.home, self.store, self.versions)
        self.added: list[list[str]] = []
        self.learning = Learning(self.home, self.store, self, self.versions, catalogues)  # type: ignore[arg-type]

    def add(self, project: str, verb: str, words: list[str], *, options: Any, **_: Any) -> Any:
        """As the studio's jobs do, but for running it."""
        self.added.append(words)
        return self.store.new_job(project, verb, options)

    def learnt(self, text: str, *, into: Path | None = None) -> None:
        """A learning has been asked for and has saved something, and is over."""
        into = into or self.instrument
        self.versions.keep(self.project)
        job = self.store.new_job(self.project, "learn", {"minutes": 5})
        self.store.begin(job.id)
        written(into, text)
        self.store.end(job.id, "stopped")

    def go_on(self) -> str:
        self.learning.go_on(self.project, shown={})
        return self.instrument.read_text()


def written(path: Path, text: str) -> None:
    """A new file, as learnings write it: versions are further names of the old one."""
    with replacing(path) as aside:
        aside.write_text(text)


@pytest.fixture
def stead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Homestead:
    # what the files hold is nobody's business here
    monkeypatch.setattr("messina.play.catalogue.kind_of", lambda _: "hits")
    return Homestead(tmp_path / "home")


def test_what_was_cut_short_is_gone_on_with_whichever_version_was_taken_back(
    stead: Homestead,
) -> None:
    stead.learnt("old")
    stead.learnt("cut short", into=unfinished(stead.instrument))
    stead.versions.settle(stead.project)
    (short,) = [row["id"] for row in stead.versions.rows(stead.project)]
    stead.versions.restore(stead.project, short)
    (old,) = [row["id"] for row in stead.versions.rows(stead.project)]
    stead.versions.restore(stead.project, old)
    assert stead.instrument.read_text() == "old"
    assert [row["id"] for row in stead.versions.rows(stead.project)] == [short], "called as before"
    assert stead.go_on() == "cut short"
    assert [row["id"] for row in stead.versions.rows(stead.project)] == [old]
    assert "--resume" in stead.added[0]

    # the same where the going on was stopped before it had saved anything
    stead.store.end(2 + 1, "stopped")
    stead.versions.restore(stead.project, old)
    assert stead.go_on() == "cut short"

    stead.store.end(3 + 1, "stopped")
    stead.versions.restore(stead.project, old)
    stead.versions.drop(stead.project, short)
    with pytest.raises(MessinaError, match="nothing is kept of what it had learnt; learn anew"):
        stead.go_on()


def test_the_oldest_of_many_versions_can_be_taken_back(stead: Homestead) -> None:
    for number in range(MOST + 1):
        stead.learnt(f"version {number}")
        os.utime(stead.instrument, ns=((number + 1) * 10**9,) * 2)
    rows = stead.versions.rows(stead.project)
    assert len(rows) == MOST
    stead.versions.restore(stead.project, rows[-1]["id"])
    assert stead.instrument.read_text() == "version 0"
    assert len(stead.versions.rows(stead.project)) == MOST
    stead.versions.keep(stead.project)
    written(stead.instrument, "anew")
    texts = {
        stead.versions.path(stead.project, row["id"]).read_text()
        for row in stead.versions.rows(stead.project)
    }
    assert "version 0" in texts, "what was in use stays, however old"
    assert len(texts) == MOST
