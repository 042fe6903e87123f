"""Cards, versions, comparisons, blind tests: what the studio knows of its instruments."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import numpy as np
import pytest
import soundfile as sf

from export.handmade import KIT, make_instrument
from messina.atomic import unfinished
from messina.audio_files import write_wav
from messina.corpus.folders import file_digest
from messina.errors import MessinaError
from messina.evaluation.signal_levels import loudest_db
from messina.instrument import Instrument
from messina.instrument.about import About, read_about
from messina.ready import READY
from messina.studio.home import Home
from messina.studio.versions import MOST, Versions, name_of
from studio.running import Studio, hit, studio, write_kit


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with studio(tmp_path_factory.mktemp("home")) as one:
        yield one


def imported(one: Studio, folder: Path) -> str:
    make_instrument(KIT).save(folder / "kit.messina")
    data = (folder / "kit.messina").read_bytes()
    return str(one.ask("PUT", "/api/import?name=kit.messina", data)["id"])


def sounding(one: Studio, project: str, **query: object) -> Any:
    """Audio [N, C]."""
    route = f"/api/projects/{project}/sounding?{urlencode(query)}"
    answer, data = one.raw("GET", route, None, {"Cookie": one.cookie})
    if answer.status != 200:
        raise ValueError(json.loads(data)["error"])
    assert answer.headers["Content-Type"] == "audio/wav"
    return sf.read(io.BytesIO(data), always_2d=True)[0]


def level_db(audio: Any) -> float:
    return float(loudest_db(audio.mean(axis=1)))


def make_earlier(one: Studio, project: str, instrument: Instrument, age_s: float) -> str:
    """An earlier version of a project's instrument; returns its name."""
    folder = one.home / "projects" / project / "versions"
    folder.mkdir(exist_ok=True)
    path = folder / "new.messina"
    instrument.save(path)
    os.utime(path, (time.time() - age_s,) * 2)
    name = name_of(path)
    path.rename(folder / f"{name}.messina")
    return str(name)


def quieter(instrument: Instrument, by_db: float) -> Instrument:
    responses = tuple(
        msgspec.structs.replace(own, played_db=tuple(x - by_db for x in own.played_db))
        for own in instrument.manifest.responses
    )
    manifest = msgspec.structs.replace(instrument.manifest, responses=responses)
    return Instrument(manifest, instrument.arrays)


def test_a_card_says_what_the_file_holds(running: Studio, tmp_path: Path) -> None:
    project = imported(running, tmp_path)
    card = running.ask("GET", f"/api/projects/{project}/card")
    instrument = make_instrument(KIT)
    assert [label["name"] for label in card["labels"]] == list(instrument.labels)
    assert card["kind"] == "hits"
    assert len(card["dots"]) == len(instrument.places)
    assert card["heard"] == ""


def test_pads_sound_and_odd_wishes_are_sentences(running: Studio, tmp_path: Path) -> None:
    project = imported(running, tmp_path)
    label = make_instrument(KIT).labels[0]
    first = sounding(running, project, label=label, seed=1)
    assert np.abs(first).max() > 0.01
    assert (sounding(running, project, label=label, seed=1) == first).all()
    for odd in ({"label": "gong"}, {"note": 999}, {"seed": "x"}, {"speed": 1}, {"version": "../x"}):
        with pytest.raises(ValueError, match=r"played|version|gong"):
            sounding(running, project, **odd)


def test_two_versions_are_heard_at_one_level(running: Studio, tmp_path: Path) -> None:
    """The earlier one is the same instrument 12 dB down: compared, both are as loud."""
    project = imported(running, tmp_path)
    instrument = make_instrument(KIT)
    name = make_earlier(running, project, quieter(instrument, 12.0), age_s=60)
    assert [row["id"] for row in running.project(project)["versions"]] == [name]
    asked = {"label": instrument.labels[0], "velocity": 100, "seed": 2}
    now, before = (sounding(running, project, version=own, **asked) for own in ("", name))
    assert level_db(now) - level_db(before) == pytest.approx(12.0, abs=0.5)
    a = sounding(running, project, beside=name, **asked)
    b = sounding(running, project, version=name, beside="", **asked)
    assert level_db(a) == pytest.approx(level_db(b), abs=0.01)  # of rounding to 24 bits
    assert max(np.abs(a).max(), np.abs(b).max()) <= 0.9


def test_a_version_is_taken_back_and_the_other_is_kept(running: Studio, tmp_path: Path) -> None:
    project = imported(running, tmp_path)
    path = running.home / "projects" / project / "instrument.messina"
    earlier = quieter(make_instrument(KIT), 6.0)
    name = make_earlier(running, project, earlier, age_s=60)
    today = path.read_bytes()
    running.ask("POST", f"/api/projects/{project}/restore", {"version": name})
    assert Instrument.load(path).manifest == earlier.manifest
    (row,) = running.project(project)["versions"]
    kept = path.parent / "versions" / f"{row['id']}.messina"
    assert kept.read_bytes() == today
    running.ask("POST", f"/api/projects/{project}/drop", {"version": row["id"]})
    assert running.project(project)["versions"] == []
    for odd in ("x", "../instrument", "0" * 40, None):
        with pytest.raises(ValueError, match="no such version"):
            running.ask("POST", f"/api/projects/{project}/restore", {"version": odd})


def test_what_was_stopped_is_a_version_and_there_are_not_too_many(tmp_path: Path) -> None:
    home = Home(tmp_path)
    project = "0" * 16
    home.project(project).mkdir(parents=True)
    versions = Versions(home)
    instrument = make_instrument(KIT)
    versions.keep(project)  # there is none
    assert versions.rows(project) == []
    for number in range(MOST + 3):
        instrument.save(home.instrument(project))
        os.utime(home.instrument(project), (1_000_000 + number,) * 2)
        versions.keep(project)
        versions.keep(project)
    assert len(versions.rows(project)) == MOST - 1  # the newest is that of today
    left = unfinished(home.instrument(project))
    instrument.save(left)
    versions.settle(project)
    assert not left.exists()
    assert versions.rows(project)[0]["made"] > 2_000_000
    left.write_bytes(b"nonsense")
    before = versions.rows(project)
    versions.settle(project)
    assert not left.exists()
    assert versions.rows(project) == before
    assert (
        versions.path(project, before[0]["id"]).read_bytes()
        == home.instrument(project).read_bytes()
    )


def test_what_is_said_of_it_goes_along_with_the_file(running: Studio, tmp_path: Path) -> None:
    project = imported(running, tmp_path)
    said = {"origin": "my kitchen, 2026", "license": "CC BY 4.0"}
    running.ask("POST", f"/api/projects/{project}/about", said)
    running.ask("POST", f"/api/projects/{project}/rename", {"name": "Pots & pans"})
    answer, data = running.raw(
        "GET", f"/api/projects/{project}/instrument", None, {"Cookie": running.cookie}
    )
    assert answer.headers["Content-Disposition"].endswith("Pots%20_%20pans.messina")
    assert read_about(data) == About(name="Pots & pans", **said)
    again = running.ask("PUT", "/api/import?name=x.messina", data)["id"]
    told = running.project(again)
    assert told["name"] == "Pots & pans 2", "as there is one of this name"
    assert told["about"] == {"name": "Pots & pans", **said}
    with pytest.raises(ValueError, match="2000 characters"):
        running.ask("POST", f"/api/projects/{project}/about", {"origin": "x" * 2001})


def test_instruments_are_told_apart_by_their_names(running: Studio) -> None:
    """The same folder may be dropped twice."""
    first, second, third = (
        running.ask("POST", "/api/projects", {"name": name})["id"]
        for name in ("Twice", "Twice", "twice")
    )
    assert [running.project(each)["name"] for each in (first, second, third)] == [
        "Twice", "Twice 2", "twice 3",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="there is a Twice 2 already; choose another name"):
        running.ask("POST", f"/api/projects/{first}/rename", {"name": "twice 2"})
    running.ask("POST", f"/api/projects/{first}/rename", {"name": "TWICE"})
    assert running.project(first)["name"] == "TWICE"


def test_answers_of_a_blind_test_are_counted(running: Studio, tmp_path: Path) -> None:
    project = imported(running, tmp_path)
    path = running.home / "projects" / project / "instrument.messina"
    answers = {
        "format": "messina-blind",
        "format_version": 1,
        "instrument": "kit",
        "digest": file_digest(path),
        "seed": 1,
        "right": 12,
        "answers": [{"label": "kick", "right": number < 12} for number in range(20)],
    }
    route = f"/api/projects/{project}/heard"
    told = running.ask("POST", route, {"answers": answers})["heard"]
    assert (
        told
        == "12 of 20: that is what guessing gives (39 to 78 % with 95 % confidence), one listener"
    )
    assert running.ask("POST", route, {"answers": answers})["heard"].startswith("24 of 40")
    for odd in (
        {**answers, "digest": "another"},
        {**answers, "right": 20},
        {**answers, "more": 1},
        [],
        None,
    ):
        with pytest.raises(ValueError, match=r"answers|listed"):
            running.ask("POST", route, {"answers": odd})
    assert running.project(project)["listeners"] == 2
    assert running.ask("GET", f"/api/projects/{project}/card")["heard"].startswith("24 of 40")


def test_merged_projects_keep_what_was_corrected(running: Studio, tmp_path: Path) -> None:
    projects = []
    for number, name in enumerate(("left", "left")):
        project = running.ask("POST", "/api/projects", {"name": name})["id"]
        for label in ("tom", "bell"):
            for take in range(3):
                path = tmp_path / f"{number}{label}_{take + 1}.wav"
                write_wav(path, hit((100.0 + 40 * number + 9 * take) * len(label)))
                running.upload(project, path.name, path.read_bytes())
        running.ask("POST", f"/api/projects/{project}/look", {})
        running.job(project, "corpus", "done")
        projects.append(project)
    corrections = {"0tom_1.wav": {"label": "floor"}, "0bell_2.wav": {"use": "no"}}
    running.ask("POST", f"/api/projects/{projects[0]}/table", {"corrections": corrections})
    merged = running.ask("POST", "/api/merge", {"projects": projects})["id"]
    running.job(merged, "corpus", "done")
    rows = {r["file"]: r for r in running.ask("GET", f"/api/projects/{merged}/table")["rows"]}
    assert rows["left/0tom_1.wav"]["label"] == "floor"
    assert rows["left/0bell_2.wav"]["use"] == "no"
    assert len(rows) == 12
    assert [name for name, row in rows.items() if row["use"] != "yes"] == ["left/0bell_2.wav"]
    for odd in ([], projects[:1], projects[:1] * 2, "all", None):
        with pytest.raises(ValueError, match=r"two projects|which projects"):
            running.ask("POST", "/api/merge", {"projects": odd})


def test_what_was_corrected_in_a_sound_that_is_there_twice_is_kept(
    running: Studio, tmp_path: Path
) -> None:
    """Of the same sound in two projects one stays; where both were corrected, that is said."""
    write_kit(tmp_path)
    projects = []
    for name, corrections in (
        ("a", {"bell_1.wav": {"label": "glass"}}),
        ("b", {"tom_1.wav": {"label": "floor", "note": "40"}, "bell_1.wav": {"label": "ride"}}),
    ):
        project = running.ask("POST", "/api/projects", {"name": name})["id"]
        for path in sorted(tmp_path.glob("*.wav")):
            running.upload(project, path.name, path.read_bytes())
        running.ask("POST", f"/api/projects/{project}/look", {})
        running.job(project, "corpus", "done")
        running.ask("POST", f"/api/projects/{project}/table", {"corrections": corrections})
        projects.append(project)
    merged = running.ask("POST", "/api/merge", {"projects": projects})["id"]
    remarks = running.job(merged, "corpus", "done")["result"]["made"]
    rows = {r["file"]: r for r in running.ask("GET", f"/api/projects/{merged}/table")["rows"]}
    assert rows["b/tom_1.wav"]["use"] == "-"
    assert (rows["a/tom_1.wav"]["label"], rows["a/tom_1.wav"]["note"]) == ("floor", "40")
    assert "label: table" in rows["a/tom_1.wav"]["source"]
    assert rows["a/bell_1.wav"]["label"] == "glass"
    assert remarks == [
        "b/bell_1.wav is a/bell_1.wav again, which keeps its label: glass (the other: ride)"
    ]


def test_versions_lead_nowhere_else(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.project("0" * 16).mkdir(parents=True)
    for odd in ("..", "a/b", "A", "", "g"):
        with pytest.raises(MessinaError):
            Versions(home).path("0" * 16, odd)


def test_the_ready_made_instruments_are_taken_in_with_origin_and_licence(tmp_path: Path) -> None:
    with studio(tmp_path / "home") as one:
        first = one.ask("POST", "/api/ready", {})["id"]
        projects = one.ask("GET", "/api/state")["projects"]
        assert {row["name"] for row in projects} == {name.capitalize() for name in READY}
        assert first in {row["id"] for row in projects}
        for row in projects:
            assert row["about"]["origin"] == READY[row["name"].lower()].origin
            assert row["about"]["license"] == READY[row["name"].lower()].license
