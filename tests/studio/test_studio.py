"""The studio's addresses, spoken to as its page and as strangers would."""

from __future__ import annotations

import errno
import http.client
import io
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from export.handmade import KIT, make_instrument
from messina.atomic import unfinished, version_of
from messina.errors import MessinaError
from messina.locking import alone_on
from messina.studio.desk import Desk
from messina.studio.home import Home, reveal, safe_name
from messina.studio.jobs import Jobs
from messina.studio.learning import settle_earlier
from messina.studio.store import Store
from messina.units import SAMPLE_RATE
from studio.running import Studio, studio, write_kit


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with studio(tmp_path_factory.mktemp("home")) as one:
        yield one


def filled(one: Studio, folder: Path) -> str:
    """A project of a small kit and a file that is no sound, looked at."""
    project = one.ask("POST", "/api/projects", {"name": "kit"})["id"]
    for path in write_kit(folder):
        one.upload(project, path.name, path.read_bytes())
    one.upload(project, "broken.wav", b"RIFF, but nothing more")
    one.ask("POST", f"/api/projects/{project}/look", {})
    one.job(project, "corpus", "done")
    return project


def test_without_the_token_nothing_is_answered(running: Studio) -> None:
    for path in ("/", "/api/state", "/?token=wrong", "/play/web/main.js"):
        assert running.raw("GET", path)[0].status == 401
    refused, _ = running.raw("POST", "/api/projects", "{}", {"Cookie": "messina-1=wrong"})
    assert refused.status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://stranger.example"},
        {"Origin": "null"},
        {"Host": "stranger.example"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_a_stranger_changes_nothing(running: Studio, headers: dict[str, str]) -> None:
    before = running.ask("GET", "/api/state")["projects"]
    body = '{"name": "theirs"}'
    answer, _ = running.raw("POST", "/api/projects", body, {"Cookie": running.cookie, **headers})
    assert answer.status == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert running.ask("GET", "/api/state")["projects"] == before


@pytest.mark.parametrize(
    "name",
    [
        "../x.wav",
        "a/../../x.wav",
        "/etc/x.wav",
        "..\\x.wav",
        "C:\\x.wav",
        "C:x.wav",
        ".hidden.wav",
        "a//b.wav",
        "x.exe",
        "wav",
        "",
        "x\0.wav",
        f"{'a/' * 40}x.wav",
        f"{'a' * 300}.wav",
    ],
)
def test_names_that_lead_elsewhere_are_refused(running: Studio, name: str) -> None:
    project = running.ask("POST", "/api/projects", {"name": "names"})["id"]
    with pytest.raises(ValueError, match="left out"):
        running.upload(project, name, b"RIFF")


def test_what_windows_cannot_hold_is_refused_there_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    project, name = "0" * 16, f"{'deep/' * 9}{'x' * 190}.wav"
    assert home.sound_path(project, name).name.startswith("xxx")
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(MessinaError, match=r"letters too long for Windows.*shorten its name"):
        home.sound_path(project, name)
    assert home.sound_path(project, "kick.wav").name == "kick.wav"


def test_a_folder_is_shown_by_the_system_itself_on_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By no name of a program, of which another might lie where the studio was started."""
    shown: list[Path] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(os, "startfile", shown.append, raising=False)
    reveal(tmp_path)
    assert shown == [tmp_path]
    with pytest.raises(MessinaError, match="its folder is gone"):
        reveal(tmp_path / "gone")


def test_names_are_made_safe_for_every_system() -> None:
    assert safe_name('a/b: "c"?.wav') == "a/b_ _c__.wav"
    assert safe_name("aux.wav") == "_aux.wav"
    assert safe_name("Con .wav") == "_Con .wav"
    assert safe_name("kit/CONIN$.wav") == "kit/_CONIN$.wav"
    assert safe_name("kit. /e\u0301.wav") == "kit/\u00e9.wav"


def test_what_is_no_project_does_not_exist(running: Studio) -> None:
    for project in ("..", "%2e%2e", "0" * 16, "studio.sqlite"):
        answer, _ = running.raw(
            "PUT",
            f"/api/projects/{project}/files?name=a.wav",
            b"RIFF",
            {"Cookie": running.cookie},
        )
        assert answer.status in (400, 404)


def test_bad_sounds_are_named_and_corrections_are_written(running: Studio, tmp_path: Path) -> None:
    project = filled(running, tmp_path)
    rows = {
        row["file"]: row for row in running.ask("GET", f"/api/projects/{project}/table")["rows"]
    }
    assert len(rows) == 7
    assert rows["broken.wav"]["use"] == "-"
    assert rows["broken.wav"]["reason"]
    assert rows["tom_1.wav"]["label"] == "tom"
    corrections = {"tom_1.wav": {"label": "floor, tom", "note": "C3", "use": "no"}}
    told = running.ask("POST", f"/api/projects/{project}/table", {"corrections": corrections})
    row = next(row for row in told["rows"] if row["file"] == "tom_1.wav")
    assert (row["label"], row["note"], row["use"]) == ("floor, tom", "C3", "no")
    for odd in (
        {"tom_1.wav": {"note": "loud"}},
        {"x.wav": {"label": "a"}},
        {"tom_1.wav": {"x": ""}},
    ):
        with pytest.raises(ValueError, match=r"note|not among|corrected"):
            running.ask("POST", f"/api/projects/{project}/table", {"corrections": odd})
    again = running.ask("GET", f"/api/projects/{project}/table")["rows"]
    assert [row for row in again if row["file"] == "tom_1.wav"] == told["rows"]
    answer, data = running.raw(
        "GET", f"/api/projects/{project}/sound?file=tom_2.wav", None, {"Cookie": running.cookie}
    )
    assert answer.headers["Content-Type"].startswith("audio/")
    heard, rate = sf.read(io.BytesIO(data), always_2d=True)
    written, _ = sf.read(tmp_path / "tom_2.wav", always_2d=True)
    assert rate == SAMPLE_RATE
    # as it is learnt: all but for a constant offset, which reading takes away; 24 bits
    assert np.ptp(written - heard, axis=0).max() < 2**-22


def test_what_is_no_instrument_is_not_imported(running: Studio) -> None:
    before = running.ask("GET", "/api/state")["projects"]
    with pytest.raises(ValueError, match="not imported"):
        running.ask("PUT", "/api/import?name=x.messina", b"nonsense" * 100)
    assert running.ask("GET", "/api/state")["projects"] == before


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_large_upload_takes_no_more_memory_than_a_small_one(running: Studio) -> None:
    project = running.ask("POST", "/api/projects", {"name": "large"})["id"]
    running.upload(project, "small.wav", bytes(1 << 20))
    before = peak_bytes(running.process.pid)
    running.upload(project, "large.wav", bytes(200 << 20))
    # 200 MiB went through; what may be waiting between socket and disk is a few chunks
    assert peak_bytes(running.process.pid) - before < 20 << 20


def peak_bytes(process: int) -> int:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    raise AssertionError(line)


def test_a_second_studio_on_the_same_home_says_so(running: Studio, tmp_path: Path) -> None:
    with studio(tmp_path / "home"), pytest.raises(AssertionError), studio(tmp_path / "home"):
        pass


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_killed_learning_and_a_killed_studio_lose_seconds_and_say_so(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    home = tmp_path / "home"
    with studio(home) as one:
        project = filled(one, tmp_path / "kit")
        one.ask("POST", f"/api/projects/{project}/learn", {"minutes": 5})
        heard(one, project)
        child = learner_of(one.process.pid)
        os.kill(child, signal.SIGKILL)
        job = one.job(project, "learn", "failed")
        assert "killed" in job["message"]
        assert one.project(project)["bytes"] > 0
        one.ask("POST", f"/api/projects/{project}/learn", {"minutes": 5})
        one.job(project, "learn", "running")
        time.sleep(1)
        child = learner_of(one.process.pid)
        one.process.kill()
        gone(child)
    with studio(home) as one:
        job = one.job(project, "learn", "interrupted")
        assert "ended while this ran" in job["message"]
        assert one.project(project)["bytes"] > 0
        one.ask("POST", f"/api/projects/{project}/learn", {"minutes": 1, "steps": 3})
        one.job(project, "learn", "done")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_learning_that_was_cut_short_is_gone_on_with(tmp_path: Path) -> None:
    """After a crash of the studio, and of a learning that was to take the place of another."""
    pytest.importorskip("torch")
    home = tmp_path / "home"
    with studio(home) as one:
        project = filled(one, tmp_path / "kit")
        route = f"/api/projects/{project}"
        with pytest.raises(ValueError, match="no learning was cut short here; learn anew"):
            one.ask("POST", f"{route}/go-on")
        one.ask("POST", f"{route}/learn", {"minutes": 5})
        heard(one, project)
        child = learner_of(one.process.pid)
        one.process.kill()
        gone(child)
    with studio(home) as one:
        one.job(project, "learn", "interrupted")
        before = one.ask("GET", f"{route}/card")["steps"]
        at_once = one.ask("POST", f"{route}/go-on")["job"]
        one.job(project, "learn", "running")
        one.ask("POST", f"/api/jobs/{at_once}/stop")
        one.job(project, "learn", "stopped", "failed")
        gone_on_with(one, project)
        steps = one.ask("GET", f"{route}/card")["steps"]
        assert steps > before > 0
        assert one.project(project)["jobs"]["learn"]["options"]["minutes"] <= 5
        assert one.project(project)["curve"], "how the error fell"

        one.ask("POST", f"{route}/learn", {"minutes": 5})
        beside = unfinished(home / "projects" / project / "instrument.messina")
        waited_for(beside.exists)
        os.kill(learner_of(one.process.pid), signal.SIGKILL)
        one.job(project, "learn", "failed")
        assert one.ask("GET", f"{route}/card")["steps"] == steps, "the one before stays"
        kept = one.project(project)["versions"][0]["id"]
        before = one.ask("GET", f"{route}/card?version={kept}")["steps"]
        gone_on_with(one, project)
        assert one.ask("GET", f"{route}/card")["steps"] > before
        versions = [version["id"] for version in one.project(project)["versions"]]
        told = [one.ask("GET", f"{route}/card?version={version}")["steps"] for version in versions]
        assert steps in told, "and can be compared"


def gone_on_with(one: Studio, project: str) -> None:
    """Goes on with a learning until it has saved something more, and stops it."""
    instrument = one.home / "projects" / project / "instrument.messina"
    job = one.ask("POST", f"/api/projects/{project}/go-on")["job"]
    before = version_of(instrument)
    waited_for(lambda: version_of(instrument) != before)
    one.ask("POST", f"/api/jobs/{job}/stop")
    one.job(project, "learn", "stopped")


def waited_for(done: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 120
    while not done():
        assert time.monotonic() < end_s
        time.sleep(0.1)


def heard(one: Studio, project: str) -> None:
    """Waits until there is something to hear."""
    end_s = time.monotonic() + 120
    while one.project(project)["bytes"] is None:
        assert time.monotonic() < end_s, one.project(project)["jobs"]
        time.sleep(0.1)


def learner_of(parent: int) -> int:
    children = Path(f"/proc/{parent}/task/{parent}/children")
    for thread in children.parents[1].iterdir():
        for child in (thread / "children").read_text().split():
            if b"learn" in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                return int(child)
    raise AssertionError("nothing learns")


def gone(process: int) -> None:
    end_s = time.monotonic() + 120
    while Path(f"/proc/{process}").exists():
        status = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        if status == "Z":
            return
        assert time.monotonic() < end_s, "it goes on without a studio"
        time.sleep(0.1)


@pytest.mark.slow
def test_sigterm_is_an_end_like_any_other(tmp_path: Path) -> None:
    """Also while a page listens: what is learnt is saved, and the work is said to be stopped."""
    pytest.importorskip("torch")
    home = tmp_path / "home"
    with studio(home) as one:
        project = filled(one, tmp_path / "kit")
        one.ask("POST", f"/api/projects/{project}/learn", {"minutes": 5})
        heard(one, project)
        page = http.client.HTTPConnection("127.0.0.1", one.port, timeout=60)
        page.request("GET", f"/play/{project}/events", headers={"Cookie": one.cookie})
        assert page.getresponse().status == 200
        one.process.terminate()
        assert one.process.wait(120) == 0
        page.close()
    with studio(home) as one:
        assert one.project(project)["jobs"]["learn"]["state"] == "stopped"
        assert one.project(project)["bytes"] > 0


def test_where_nothing_was_saved_nothing_is_said_to_be_kept(tmp_path: Path) -> None:
    store = Store(tmp_path / "studio.sqlite")
    home = Home(tmp_path)
    home.prepare()
    jobs = [
        store.new_job(store.new_project("a"), verb, {}) for verb in ("learn", "export", "learn")
    ]
    saved = home.instrument(jobs[2].project)
    saved.parent.mkdir()
    saved.write_bytes(b"learnt")
    ended: list[str] = []
    settle_earlier(store, home, ended.append)
    told = [store.job(job.id) for job in jobs]
    assert {job.state for job in told} == {"interrupted"}
    ends = [job.message.partition("; ")[2] for job in told]
    assert ends == ["nothing was saved yet", "begin it again", "what was saved until then is kept"]
    store.close()


def test_a_learning_that_still_saves_is_waited_for(tmp_path: Path) -> None:
    """It holds the lock of its instrument, on which a new one would fail."""
    store = Store(tmp_path / "studio.sqlite")
    home = Home(tmp_path)
    home.prepare()
    job = store.new_job(store.new_project("a"), "learn", {})
    home.project(job.project).mkdir()
    ended: list[str] = []
    with alone_on(home.instrument(job.project)):
        settle_earlier(store, home, ended.append)
        assert store.job(job.id).state == "waiting"
        assert ended == []
        progress = store.job(job.id).progress
        assert progress is not None
        assert "before this one" in progress["what"]
    end_s = time.monotonic() + 120
    while store.job(job.id).state != "interrupted":
        assert time.monotonic() < end_s
        time.sleep(0.05)
    assert ended == [job.project]
    store.close()


def test_what_is_still_being_saved_is_not_taken_for_left_behind(tmp_path: Path) -> None:
    """Its learner moves it to where it belongs, which fails if it is gone."""
    home = Home(tmp_path)
    home.prepare()
    store = Store(home.database)
    job = store.new_job(store.new_project("a"), "learn", {})
    store.close()
    instrument = home.instrument(job.project)
    instrument.parent.mkdir()
    make_instrument(KIT).save(unfinished(instrument))
    with alone_on(instrument):
        desk = Desk(home)
        assert unfinished(instrument).is_file()
        assert desk.versions.rows(job.project) == []
    end_s = time.monotonic() + 120
    while desk.store.under_way():
        assert time.monotonic() < end_s
        time.sleep(0.05)
    assert not unfinished(instrument).exists()
    assert len(desk.versions.rows(job.project)) == 1
    desk.close()


def test_what_was_still_arriving_is_cleared_away(tmp_path: Path) -> None:
    arriving = tmp_path / "home" / "arriving"
    arriving.mkdir(parents=True)
    (arriving / "half.messina").write_bytes(b"half")
    with studio(tmp_path / "home"):
        pass
    assert not arriving.exists()


@pytest.mark.parametrize("minutes", [None, "", "1", True, 0, -1, 601, []])
def test_odd_minutes_are_a_sentence(running: Studio, minutes: object) -> None:
    project = running.ask("POST", "/api/projects", {"name": "minutes"})["id"]
    with pytest.raises(ValueError, match="type a number above 0, at most 600"):
        running.ask("POST", f"/api/projects/{project}/learn", {"minutes": minutes})


def test_no_path_of_the_home_is_told(running: Studio) -> None:
    project = running.ask("POST", "/api/projects", {"name": "Only noise"})["id"]
    for number in range(20):
        running.upload(project, f"{number}.wav", b"RIFF, but nothing more")
    running.ask("POST", f"/api/projects/{project}/look", {})
    message = running.job(project, "corpus", "failed")["message"]
    assert "Only noise" in message
    assert str(running.home) not in message
    assert project not in message


def test_a_download_is_of_the_instrument_there_is(running: Studio, tmp_path: Path) -> None:
    """An export made before the instrument was learnt anew is not offered as its own."""
    project = imported(running, tmp_path)
    job = running.ask("POST", f"/api/projects/{project}/export", {"to": "sfz"})["job"]
    assert running.job(project, "export sfz", "done")["id"] == job
    report = running.home / "projects" / project / "report.html"
    report.write_text("of before")
    assert running.project(project)["has_report"]
    os.utime(report.with_name("instrument.messina"), (time.time() + 5,) * 2)
    now = running.project(project)
    assert "export sfz" not in now["jobs"]
    assert not now["has_report"]


def test_what_has_lost_its_folder_can_be_deleted(running: Studio) -> None:
    project = running.ask("POST", "/api/projects", {"name": "half made"})["id"]
    (running.home / "projects" / project / "sounds").rmdir()
    (running.home / "projects" / project).rmdir()
    running.ask("DELETE", f"/api/projects/{project}")
    assert all(one["id"] != project for one in running.ask("GET", "/api/state")["projects"])


def test_work_that_is_not_begun_is_no_longer_listened_to(tmp_path: Path) -> None:
    """Its page for playing would wait for stages for ever."""
    told: list[object] = []
    store = Store(tmp_path / "studio.sqlite")
    jobs = Jobs(store, tmp_path)
    first = jobs.add("a", "learn", ["nowhere", "-o", "a.messina"])
    second = jobs.add("b", "learn", ["nowhere", "-o", "b.messina"], watch=told.append)
    jobs.stop(second.id)
    end_s = time.monotonic() + 120
    while store.job(first.id).state in ("waiting", "running"):
        assert time.monotonic() < end_s
        time.sleep(0.05)
    jobs.close()
    assert store.job(first.id).state == "failed"
    assert store.job(second.id).state == "stopped"
    assert told == [None]
    store.close()


def test_work_that_waits_is_stopped_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is before it may take hours."""

    def endless(jobs: Jobs, words: list[str]) -> subprocess.Popen[str]:
        del jobs, words
        return subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    monkeypatch.setattr(Jobs, "_start", endless)
    store = Store(tmp_path / "studio.sqlite")
    jobs = Jobs(store, tmp_path)
    first = jobs.add("a", "learn", ["a"])
    second = jobs.add("b", "learn", ["b"])
    jobs.stop(second.id)
    assert store.job(second.id).state == "stopped"
    assert store.job(first.id).state in ("waiting", "running")
    jobs.close()
    assert store.job(second.id).message == "it had not begun"
    store.close()


def test_names_that_agree_once_they_are_safe_lose_no_sound(running: Studio) -> None:
    project = running.ask("POST", "/api/projects", {"name": "agreeing"})["id"]
    running.upload(project, "kick?.wav", b"first")
    with pytest.raises(ValueError, match=r"kick\*\.wav: another file .* left out"):
        running.upload(project, "kick*.wav", b"second")
    kept = running.home / "projects" / project / "sounds" / "kick_.wav"
    assert kept.read_bytes() == b"first"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/projects", b'{"name": ' + b"[" * 200_000),
        (f"/api/jobs/{'9' * 30}/stop", b""),
        (f"/api/jobs/{'9' * 5000}/stop", b""),
    ],
)
def test_nonsense_is_refused_in_a_sentence(running: Studio, path: str, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"not JSON|no such work"):
        running.ask("POST", path, body)


def test_without_its_sounds_there_is_nothing_to_measure(running: Studio, tmp_path: Path) -> None:
    """Said at once, and not in words of the command line."""
    project = imported(running, tmp_path)
    for verb in ("report", "blind"):
        with pytest.raises(ValueError, match="did not come with it, so there is nothing to hold"):
            running.ask("POST", f"/api/projects/{project}/{verb}", {})


def test_where_all_sounds_are_excluded_nothing_is_begun(running: Studio, tmp_path: Path) -> None:
    project = filled(running, tmp_path)
    table = f"/api/projects/{project}/table"
    rows = running.ask("GET", table)["rows"]
    usable = [row["file"] for row in rows if row["use"] == "yes"]
    running.ask("POST", table, {"corrections": {name: {"use": "no"} for name in usable}})
    with pytest.raises(ValueError, match="all sounds are excluded; include at least one"):
        running.ask("POST", f"/api/projects/{project}/learn", {"minutes": 0.1})


def test_a_copy_that_cannot_be_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk: half an instrument would stand in the library."""
    home = Home(tmp_path / "home")
    desk = Desk(home)
    try:
        project = desk.new("kit")
        (home.sounds(project) / "tom.wav").write_bytes(b"RIFF")

        def full(source: str, target: str) -> str:
            Path(target).write_bytes(b"RI")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), source)

        monkeypatch.setattr(shutil.copytree, "__defaults__", (False, None, full, False, False))
        with pytest.raises(MessinaError, match="is the disk full") as told:
            desk.duplicate(project)
        assert str(tmp_path) not in str(told.value)
        assert [one["id"] for one in desk.state()["projects"]] == [project]
        assert [path.name for path in home.projects.iterdir()] == [project]
    finally:
        desk.close()


def imported(one: Studio, folder: Path) -> str:
    """An instrument that was learnt elsewhere."""
    make_instrument(KIT).save(folder / "kit.messina")
    data = (folder / "kit.messina").read_bytes()
    return str(one.ask("PUT", "/api/import?name=kit.messina", data)["id"])
