"""Correcting many sounds at once, cutting and joining takes, and undo over all of it."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import soundfile as sf

from messina.audio_files import write_wav
from messina.corpus import Corpus
from messina.corpus.table import correct_table
from messina.errors import MessinaError
from messina.studio import editing, sound_tables
from messina.studio.desk import Desk
from messina.studio.home import Home
from studio.running import Studio, hit, studio, write_kit


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with studio(tmp_path_factory.mktemp("home")) as one:
        yield one


def row_of(tones_hz: list[float], apart_s: float = 0.5) -> Any:
    """Decaying tones one after the other, audio [N]."""
    return np.concatenate([hit(tone_hz, apart_s) for tone_hz in tones_hz])


def looked_at(one: Studio, folder: Path) -> str:
    project = one.ask("POST", "/api/projects", {"name": "kit"})["id"]
    for path in sorted(folder.iterdir()):
        one.upload(project, path.name, path.read_bytes())
    one.ask("POST", f"/api/projects/{project}/look", {})
    one.job(project, "corpus", "done")
    return str(project)


def rows_of(one: Studio, project: str) -> dict[str, dict[str, str]]:
    return {r["file"]: r for r in one.ask("GET", f"/api/projects/{project}/table")["rows"]}


def test_many_are_corrected_at_once_and_all_is_undone_step_by_step(
    running: Studio, tmp_path: Path
) -> None:
    write_kit(tmp_path)
    project = looked_at(running, tmp_path)
    table = running.home / "projects" / project / "sounds" / "corpus.csv"
    route = f"/api/projects/{project}"
    before = [table.read_bytes()]
    steps: list[dict[str, dict[str, str]]] = [
        {f"tom_{n}.wav": {"label": "floor", "velocity": "90"} for n in (1, 2, 3)},
        {"bell_1.wav": {"note": "C5", "sustained": "yes"}, "tom_1.wav": {"use": "no"}},
        {"bell_2.wav": {"held_out": "yes"}},
    ]
    for number, step in enumerate(steps, 1):
        told = running.ask("POST", f"{route}/table", {"corrections": step})
        assert told["undoable"] == number
        assert {row["file"] for row in told["rows"]} == set(step)
        before.append(table.read_bytes())
    rows = rows_of(running, project)
    assert rows["tom_2.wav"]["label"] == "floor"
    assert "label: table" in rows["tom_2.wav"]["source"]
    assert "velocity: table" in rows["tom_2.wav"]["source"]
    assert "label: name" in rows["bell_1.wav"]["source"]
    for left in (2, 1, 0):
        assert table.read_bytes() == before[left + 1]
        assert running.ask("POST", f"{route}/undo", {})["undoable"] == left
    assert table.read_bytes() == before[0]
    with pytest.raises(ValueError, match="nothing to undo"):
        running.ask("POST", f"{route}/undo", {})


def test_what_is_refused_changes_nothing_and_is_not_to_be_undone(
    running: Studio, tmp_path: Path
) -> None:
    write_kit(tmp_path)
    project = looked_at(running, tmp_path)
    before = rows_of(running, project)
    odd = {"tom_1.wav": {"label": "floor"}, "tom_2.wav": {"note": "loud"}}
    with pytest.raises(ValueError, match=r"^tom_2\.wav, column note: 'loud'; 0 to 127"):
        running.ask("POST", f"/api/projects/{project}/table", {"corrections": odd})
    odd = {"tom_2.wav": {"label": "x" * 121}}
    with pytest.raises(ValueError, match=r"^tom_2\.wav: a label of 121 .* at most 120"):
        running.ask("POST", f"/api/projects/{project}/table", {"corrections": odd})
    told = running.ask("GET", f"/api/projects/{project}/table")
    assert told["undoable"] == 0
    assert rows_of(running, project) == before


def test_a_take_of_two_hits_is_split_and_that_is_undone(running: Studio, tmp_path: Path) -> None:
    write_kit(tmp_path)
    write_wav(tmp_path / "two.wav", row_of([150.0, 700.0]))
    project = looked_at(running, tmp_path)
    route = f"/api/projects/{project}"
    running.ask("POST", f"{route}/table", {"corrections": {"two.wav": {"label": "pair"}}})
    before = rows_of(running, project)
    running.ask("POST", f"{route}/split", {"file": "two.wav"})
    running.job(project, "corpus", "done")
    rows = rows_of(running, project)
    assert rows["two.wav"]["use"] == "no"
    assert rows["two.wav"]["label"] == "pair"
    parts = [row for name, row in rows.items() if name.startswith("two part")]
    assert [(row["use"], row["label"]) for row in parts] == [("yes", "pair")] * 2
    assert [float(row["length_s"]) for row in parts] == pytest.approx([0.5, 0.5], abs=0.03)
    assert float(parts[0]["brightness_hz"]) < float(parts[1]["brightness_hz"])
    running.ask("POST", f"{route}/undo", {})
    assert rows_of(running, project) == before
    assert not list((running.home / "projects" / project / "sounds").glob("two part*"))
    with pytest.raises(ValueError, match="only one beginning"):
        running.ask("POST", f"{route}/split", {"file": "tom_1.wav"})
    for name in ("../instrument.messina", "gong.wav", "", None):
        with pytest.raises(ValueError, match=r"no such sound|left out|not among"):
            running.ask("POST", f"{route}/split", {"file": name})
    assert rows_of(running, project) == before


def test_pieces_of_one_recording_become_one(running: Studio, tmp_path: Path) -> None:
    write_wav(tmp_path / "session.wav", row_of([120.0, 300.0, 700.0, 1500.0], apart_s=0.8))
    project = looked_at(running, tmp_path)
    route = f"/api/projects/{project}"
    before = rows_of(running, project)
    names = [f"session.wav#00{n}" for n in (1, 2, 3, 4)]
    assert list(before) == names
    for odd in (["session.wav#001"], names[::2], ["session.wav#001", "gong.wav"], "all", None):
        with pytest.raises(ValueError, match=r"pieces|no such sound"):
            running.ask("POST", f"{route}/join", {"files": odd})
    running.ask("POST", f"{route}/join", {"files": [names[2], names[1]]})
    running.job(project, "corpus", "done")
    rows = rows_of(running, project)
    assert [rows[name]["use"] for name in names] == ["yes", "no", "no", "yes"]
    assert rows["session 2 to 3.wav"]["use"] == "yes"
    joined = running.home / "projects" / project / "sounds" / "session 2 to 3.wav"
    # onsets are found to 23 ms
    assert sf.info(joined).duration == pytest.approx(1.6, abs=0.05)
    running.ask("POST", f"{route}/undo", {})
    assert rows_of(running, project) == before


def test_what_was_said_of_a_sound_that_is_not_used_is_kept_when_the_sounds_are_read_again(
    tmp_path: Path,
) -> None:
    write_kit(tmp_path)
    table = Corpus.from_folder(tmp_path).write_table()
    said = {"label": "floor", "note": "C3", "velocity": "77", "sustained": "no", "held_out": "yes"}
    correct_table(table, {"tom_1.wav": {"use": "no", **said}})
    Corpus.from_folder(tmp_path).write_table()
    correct_table(table, {"tom_1.wav": {"use": "yes"}})
    sound = next(s for s in Corpus.from_folder(tmp_path) if s.name == "tom_1.wav")
    assert (sound.label, sound.note, sound.velocity) == ("floor", 48, 77)
    assert sound.held_out
    assert sound.steady is None


def test_a_piece_is_heard_and_drawn_as_it_is_and_not_as_the_whole_recording(
    running: Studio, tmp_path: Path
) -> None:
    """The third of five tones is soft at first and swells; the others decay."""
    pieces = [hit(tone_hz, 0.6) for tone_hz in (200.0, 300.0, 400.0, 500.0, 600.0)]
    pieces[2] = pieces[2][::-1].copy()
    write_wav(tmp_path / "row.wav", np.concatenate([*pieces, np.zeros(44_100, np.float32)]))
    write_wav(tmp_path / "one.wav", hit(440.0))
    project = looked_at(running, tmp_path)
    route = f"/api/projects/{project}"
    names = sorted(name for name in rows_of(running, project) if "#" in name)
    assert len(names) >= 4, names
    whole = sf.info(tmp_path / "row.wav").frames
    lengths = [sf.info(io.BytesIO(sound_of(running, project, name))).frames for name in names]
    assert sum(lengths) <= whole
    assert max(lengths) < whole / 2

    asked = [*names, "one.wav", "missing.wav"]
    told = running.ask("POST", f"{route}/outlines", {"files": asked})["outlines"]
    assert set(told) == {*names, "one.wav"}
    peaks = {name: list(bytes.fromhex(text)) for name, text in told.items()}
    assert all(max(one) == 255 for one in peaks.values())
    decay = peaks["one.wav"]
    # exp(-12 t) over 0.3 s, as a root: a sixth at its end
    assert decay[-1] == pytest.approx(255 * np.sqrt(np.exp(-12 * 0.3)), abs=12)
    assert all(later <= earlier + 2 for earlier, later in pairwise(decay))
    for odd in ("row.wav", [1], ["x.wav"] * 201):
        with pytest.raises(ValueError, match=r"of which sounds|at most 200"):
            running.ask("POST", f"{route}/outlines", {"files": odd})
    assert running.ask("POST", f"{route}/outlines", {"files": ["../x.wav"]})["outlines"] == {}


def sound_of(one: Studio, project: str, name: str) -> bytes:
    route = f"/api/projects/{project}/sound?file={quote(name)}"
    answer, data = one.raw("GET", route, headers={"Cookie": one.cookie})
    assert answer.status == 200, data
    assert answer.headers["Content-Type"].startswith("audio/")
    return data


def test_what_could_not_be_read_is_not_decoded_by_the_studio_itself(
    running: Studio, tmp_path: Path
) -> None:
    """A file that harms a decoder has met one in a process of its own, and is left alone then."""
    bad = b"RIFF\x24\0\0\0WAVEfmt "
    (tmp_path / "bad.wav").write_bytes(bad)
    write_kit(tmp_path)
    project = looked_at(running, tmp_path)
    assert sound_of(running, project, "bad.wav") == bad
    route = f"/api/projects/{project}/outlines"
    told = running.ask("POST", route, {"files": ["bad.wav", "tom_1.wav"]})["outlines"]
    assert list(told) == ["tom_1.wav"]


@pytest.mark.parametrize("ending", ["aiff", "caf", "flac"])
def test_every_format_is_heard_as_one_that_browsers_play(
    running: Studio, tmp_path: Path, ending: str
) -> None:
    tone = hit(440.0)
    sf.write(tmp_path / f"tone.{ending}", tone, 44_100, subtype="PCM_24")
    project = looked_at(running, tmp_path)
    heard, rate = sf.read(io.BytesIO(sound_of(running, project, f"tone.{ending}")))
    assert rate == 44_100
    # two roundings to 24 bits; reading takes away a constant
    assert np.abs((heard - heard.mean()) - (tone - tone.mean())).max() < 2e-6


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    one = Desk(Home(tmp_path / "home"))
    yield one
    one.close()


def filled(desk: Desk, sounds: dict[str, Any]) -> str:
    """A project of these sounds, whose table is there."""
    project = desk.new("kit")
    folder = desk.home.sounds(project)
    for name, audio in sounds.items():
        (folder / name).parent.mkdir(exist_ok=True)
        write_wav(folder / name, audio)
    Corpus.from_folder(folder).write_table()
    return project


def test_a_recording_is_decoded_once_for_the_pictures_of_all_its_pieces(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = {
        f"session {n}.wav": row_of([n * tone for tone in (90.0, 170.0, 310.0, 530.0, 940.0)], 0.8)
        for n in (1, 2, 3)
    }
    project = filled(desk, sessions)
    names = [row["file"] for row in desk.tables.rows(project)["rows"]]
    assert len(names) >= 12, names
    decoded: list[str] = []
    read = editing.read_audio

    def counted(path: Path) -> Any:
        decoded.append(path.name)
        return read(path)

    monkeypatch.setattr(editing, "read_audio", counted)
    assert set(desk.tables.outlines(project, [*names[::2], *names[1::2]])) == set(names)
    assert sorted(decoded) == sorted(sessions)


def test_sounds_that_are_asked_for_at_once_are_decoded_one_after_the_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = filled(desk, {f"tone {n}.wav": hit(100.0 * n) for n in range(1, 7)})
    read, lock = editing.sound_audio, threading.Lock()
    under_way: list[str] = []
    at_once: list[int] = []

    def counted(sounds: Path, name: str) -> Any:
        with lock:
            under_way.append(name)
            at_once.append(len(under_way))
        time.sleep(0.05)  # so that others come meanwhile
        with lock:
            under_way.remove(name)
        return read(sounds, name)

    monkeypatch.setattr(sound_tables, "sound_audio", counted)
    heard: list[bytes | Path] = []
    threads = [
        threading.Thread(
            target=lambda n=n: heard.append(desk.tables.heard(project, f"tone {n}.wav"))
        )
        for n in range(1, 7)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(one) for one in heard] == [bytes] * 6
    assert max(at_once) == 1


def test_what_could_not_be_read_is_not_made_a_sound_by_a_correction(desk: Desk) -> None:
    project = filled(desk, {"tone.wav": hit(200.0), "other.wav": hit(500.0)})
    sounds = desk.home.sounds(project)
    (sounds / "bad.wav").write_bytes(b"no sound at all" * 100)
    table = Corpus.from_folder(sounds).write_table()
    before = table.read_bytes()
    for name, use in (("bad.wav", "yes"), ("bad.wav", "no"), ("tone.wav", "-"), ("tone.wav", "")):
        with pytest.raises(MessinaError, match=rf"{name}: use can be yes or no"):
            desk.tables.correct(project, {name: {"use": use}})
        assert table.read_bytes() == before
    assert desk.tables.rows(project)["undoable"] == 0
    assert desk.tables.heard(project, "bad.wav") == sounds / "bad.wav"


def test_a_copy_has_the_sounds_of_folders_that_are_called_as_the_studios_own(desk: Desk) -> None:
    folders = ("versions", "undo", "heard", "exports")
    sounds = {f"{folder}/tone.wav": hit(150.0 * n) for n, folder in enumerate(folders, 1)}
    project = filled(desk, sounds)
    desk.tables.correct(project, {"undo/tone.wav": {"label": "low"}})
    copy = desk.duplicate(project)
    rows = {row["file"]: row for row in desk.tables.rows(copy)["rows"]}
    assert rows.keys() == sounds.keys()
    assert rows["undo/tone.wav"]["label"] == "low"
    assert all(desk.tables.sound(copy, name).is_file() for name in sounds)
    assert desk.tables.rows(copy)["undoable"] == 0
