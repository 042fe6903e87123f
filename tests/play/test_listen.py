from __future__ import annotations

import json
import os
import signal
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from export.handmade import KIT, TONES, make_instrument
from messina.cli.learn_progress import listening
from messina.instrument import Instrument
from messina.play.listen import ListenServer
from messina.progress import LearningState
from play.asking import ask
from play.browsing import Desk, level_db
from play.engine.browser import HANG_S

State = partial(
    LearningState,
    stage="learning",
    done=0.1,
    minutes_left=0.9,
    error_db=9.0,
    step=0,
    device="CPU",
)


def listed(server: ListenServer) -> list[dict[str, object]]:
    return json.loads(ask(server._server, "/instruments.json").body)["instruments"]


def stages(count: int) -> list[Instrument]:
    """Versions of an instrument, all different and all valid."""
    instruments = [make_instrument(KIT) for _ in range(count)]
    for number, instrument in enumerate(instruments):
        instrument.arrays["latent_means"] = instrument.arrays["latent_means"] + number / 8
    return instruments


def test_what_lay_there_before_is_not_shown_and_each_new_version_is(tmp_path: Path) -> None:
    out = tmp_path / "kit.messina"
    first, second, third = stages(3)
    first.save(out)
    with ListenServer(out, port=0) as server:
        server.progress(State(stage="analysing", error_db=None))
        assert listed(server) == []
        second.save(out)
        server.progress(State(error_db=8.0))
        server.progress(State(error_db=8.0))
        third.save(out)
        server.progress(State(error_db=7.0))
        rows = listed(server)
    assert [row["name"] for row in rows] == ["kit", "kit"]
    assert [row["error_db"] for row in rows] == [8.0, 7.0]


def test_a_half_written_file_is_passed_over(tmp_path: Path) -> None:
    out = tmp_path / "kit.messina"
    with ListenServer(out, port=0) as server:
        out.write_bytes(b"half")
        server.progress(State())
        assert listed(server) == []
        make_instrument(KIT).save(out)
        server.progress(State())
        assert len(listed(server)) == 1


def test_of_many_versions_the_first_the_newest_and_some_between_are_kept(tmp_path: Path) -> None:
    out = tmp_path / "kit.messina"
    with ListenServer(out, port=0) as server:
        for number, instrument in enumerate(stages(14)):
            instrument.save(out)
            server.progress(State(error_db=20.0 - number))
        errors = [row["error_db"] for row in listed(server)]
    assert len(errors) == 8
    assert errors[0] == 20.0
    assert errors[-1] == 7.0


def test_learning_opens_the_page_and_feeds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("messina.cli.learn_progress.open_browser", opened.append)
    later: list[int] = []
    sleep, waits = time.sleep, threading.Event()

    def noted(seconds: float) -> None:
        waits.set()
        sleep(seconds)

    def come_later() -> None:
        assert waits.wait(HANG_S)  # before, Ctrl-C would end the tests
        later.append(urllib.request.urlopen(opened[0]).status)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("messina.cli.play.time.sleep", noted)

    with listening(tmp_path / "kit.messina") as tell:
        assert tell is not None
        make_instrument(KIT).save(tmp_path / "kit.messina")
        tell(State())
        threading.Thread(target=come_later).start()
    # Learning is over and the page still there, until Ctrl-C.
    assert later == [200]
    said = capsys.readouterr().err.splitlines()
    assert said == [
        f"listen at {opened[0]}",
        f"learnt; the page stays at {opened[0]}",
        "Ctrl-C ends it",
    ]


def test_learning_that_fails_keeps_no_page_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("messina.cli.learn_progress.open_browser", opened.append)
    with pytest.raises(ValueError, match="no"), listening(tmp_path / "kit.messina"):
        raise ValueError("no")
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(opened[0])


def test_without_listening_there_is_no_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("messina.cli.learn_progress.open_browser", opened.append)
    with listening(None) as nobody:
        assert nobody is None
    assert opened == []


@pytest.mark.browser
def test_until_there_is_a_first_version_the_page_says_how_far_learning_is(
    tmp_path: Path, open_desk: Callable[..., Desk]
) -> None:
    with ListenServer(tmp_path / "kit.messina", port=0) as server:
        server.progress(State(stage="analysing", error_db=None, minutes_left=0.4))
        desk = open_desk(server.url, wait=False)
        server.progress(State(stage="learning", error_db=None, minutes_left=0.4))
        desk.page.get_by_text("as soon as there is one").wait_for()
        make_instrument(KIT).save(tmp_path / "kit.messina")
        server.progress(State())
        desk.wait()
        assert not desk.page.get_by_text("as soon as there is one").is_visible()


@pytest.mark.browser
def test_the_page_plays_the_newest_and_goes_back_to_earlier_ones(
    tmp_path: Path, open_desk: Callable[[str], Desk]
) -> None:
    out = tmp_path / "kit.messina"
    kit, chime = make_instrument(KIT), make_instrument(TONES)
    with ListenServer(out, port=0) as server:
        kit.save(out)
        server.progress(State(error_db=9.0))
        desk = open_desk(server.url)
        assert desk.page.locator(".pads").is_visible()
        with desk.listening() as heard:
            desk.pad(1)
            desk.pause(0.3)
        assert level_db(heard[0]) > -50
        desk.drag("wildness", 0.2)
        time.sleep(0.05)
        chime.save(out)
        server.progress(replace(State(), done=0.5, error_db=6.5))
        desk.until("messina.instrument.pitched")
        assert "6.5 dB" in desk.page.inner_text(".learning-status")
        desk.page.locator(".snapshots button").first.click()
        desk.until("!messina.instrument.pitched")
        assert desk.state["wildness"] == 0.2
        desk.page.get_by_role("button", name="follow the newest").click()
        desk.until("messina.instrument.pitched")
        server.progress(State(stage="done", minutes_left=0, error_db=6.5))
        desk.until("document.querySelector('.learning-status').textContent.includes('learnt')")
        assert not desk.page.locator("#ended").is_visible()
    desk.page.get_by_text("Messina does not answer any more").wait_for()
    assert desk.errors == [] or all("ERR_" in error for error in desk.errors)
