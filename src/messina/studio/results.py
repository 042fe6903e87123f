"""What comes of an instrument: exports, reports, blind tests, and what it sounds like.

What only judging needs is loaded when it is first asked for.
"""

from __future__ import annotations

import secrets
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from messina.atomic import replacing
from messina.errors import MessinaError
from messina.export_targets import TARGETS
from messina.studio.home import Home, file_stem
from messina.studio.jobs import Jobs
from messina.studio.store import Job, Store
from messina.studio.versions import Versions

if TYPE_CHECKING:
    from messina.studio.audition import Asked

__all__ = ["Results"]


class Results:
    """Exports, reports, blind tests and previews of the projects of one studio."""

    def __init__(self, home: Home, store: Store, jobs: Jobs, versions: Versions) -> None:
        self._home, self._store, self._jobs, self._versions = home, store, jobs, versions

    def export(self, project: str, to: object) -> Job:
        """Starts an export to a format."""
        self._check_learnt(project)
        target = TARGETS.get(to) if isinstance(to, str) else None
        if target is None:
            raise MessinaError(f"there is no such format; {', '.join(TARGETS)} are possible")
        known = self._store.project(project)
        stem = file_stem(known.name)
        folder = self._home.exports(project) / target.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        made = folder / f"{stem}{target.suffix}"
        words = [str(self._home.instrument(project)), "--to", target.name, "-o", str(made)]
        about = self._store.about(project)
        if about.license and target.license_place:
            words += ["--license", about.license]
        return self._jobs.add(
            project,
            "export",
            [*words, "--force", "--json"],
            options={"to": target.name},
            shown=self._home.shown(self._store.project(project)),
            finish=lambda: packed(made).name,
        )

    def download(self, job: int) -> Path:
        """The zip of an export that is done."""
        done = self._store.job(job)
        if done.verb == "export" and done.result:
            path = self._home.exports(done.project) / done.options["to"] / done.result["made"]
            if path.is_file():
                return path
        raise MessinaError("there is nothing to download; export it first")

    def evaluate(self, project: str) -> Job:
        """Measures the instrument; what people said in its blind test goes into the report."""
        from messina.studio.audition import answers_about

        words = self._evaluating(project)
        instrument = self._home.instrument(project)
        for path in answers_about(self._home.heard(project), instrument):
            words += ["--heard", str(path)]
        words += ["-o", str(self._home.report(project))]
        return self._jobs.add(
            project, "evaluate", words, shown=self._home.shown(self._store.project(project))
        )

    def blind(self, project: str) -> Job:
        """Makes the page of a blind test, of other sounds each time."""
        words = [*self._evaluating(project), "--blind", str(self._home.blind(project))]
        words += ["--seed", str(secrets.randbelow(1 << 31))]
        return self._jobs.add(
            project,
            "blind",
            words,
            command="evaluate",
            shown=self._home.shown(self._store.project(project)),
        )

    def _evaluating(self, project: str) -> list[str]:
        from messina.studio.audition import knows_sounds

        self._check_learnt(project)
        sounds = self._home.sounds(project)
        if not sounds.is_dir() and not knows_sounds(self._home.instrument(project)):
            raise MessinaError(
                "the sounds it was learnt from did not come with it, so there is nothing to hold "
                "it against; drop them here and learn from them to measure that"
            )
        words = [str(self._home.instrument(project)), *([str(sounds)] if sounds.is_dir() else [])]
        return [*words, "--name", self._store.project(project).name]

    def answer(self, project: str, answers: object) -> str:
        """Takes what a listener said; returns what all have said, in words."""
        from messina.studio.audition import heard_so_far, take_answers

        instrument = self._versions.path(project, "")
        take_answers(self._home.heard(project), instrument, answers)
        return heard_so_far(self._home.heard(project), instrument)

    def card(self, project: str, version: str = "") -> dict[str, Any]:
        """What there is to say of an instrument, or of an earlier version of it."""
        from messina.studio.audition import card_of, heard_so_far

        self._store.project(project)
        path = self._versions.path(project, version)
        heard = "" if version else heard_so_far(self._home.heard(project), path)
        return {**card_of(path), "heard": heard}

    def sounding(self, project: str, asked: Asked, *, version: str, beside: str | None) -> bytes:
        """A sound of a version ("" is that of today) as WAV, at one level with another one's."""
        from messina.studio.audition import heard, heard_beside

        self._store.project(project)
        path = self._versions.path(project, version)
        if beside is None:
            return heard(path, asked)
        return heard_beside(path, self._versions.path(project, beside), asked)

    def _check_learnt(self, project: str) -> None:
        self._store.idle(project)
        if not self._home.instrument(project).exists():
            raise MessinaError("nothing is learnt yet")


def packed(made: Path) -> Path:
    """A zip beside an export, which it replaces; it is read again before it is there."""
    target = made.with_name(f"{made.name}.zip")
    files = [made] if made.is_file() else sorted(p for p in made.rglob("*") if p.is_file())
    with (
        replacing(target, check=_check) as aside,
        zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        for path in files:
            archive.write(path, path.relative_to(made.parent).as_posix())
    if made.is_dir():
        shutil.rmtree(made)
    else:
        made.unlink()
    return target


def _check(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None, "a zip that was just written is damaged"
