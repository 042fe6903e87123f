"""Takes recorded in the page: what the server listens to, and what the page makes of them."""

from __future__ import annotations

import base64
import http.client
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from messina.play.recorded_takes import LARGEST_TAKE, BusyError, Takes
from messina.play.server import PageServer
from play.asking import ask
from play.browsing import Desk, opened
from play.conftest import serving
from play.engine.browser import browser, new_context
from transcription.takes import hummed, tapped

WAV = {"Content-Type": "audio/wav"}


def wav(audio: Any, *, rate: int = 44_100) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, audio, rate, "PCM_16", format="WAV")
    return file.getvalue()


def route(server: PageServer) -> str:
    return str(json.loads(ask(server, "/instruments.json").body)["instruments"][0]["route"])


def token(server: PageServer) -> Any:
    return json.loads(ask(server, "/instruments.json").body)["takes"]


def post(server: PageServer, data: bytes, **changes: str | None) -> tuple[int, bytes]:
    """A take as the page sends it, but for headers that are changed; None leaves one out."""
    own = f"127.0.0.1:{server.access.port}"
    headers: dict[str, str | None] = {
        "Host": own,
        "Origin": f"http://{own}",
        "Content-Type": "audio/wav",
        "X-Messina-Take": token(server),
        "Content-Length": str(len(data)),
    }
    path = changes.pop("path", f"/take?instrument={route(server)}")
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    connection = http.client.HTTPConnection("127.0.0.1", server.access.port, timeout=60)
    connection.putrequest("POST", str(path), skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders()
    connection.send(data)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def test_a_tapped_take_comes_back_as_strokes_of_the_instrument(server: PageServer) -> None:
    take = tapped(3)
    status, body = post(server, wav(take.audio))
    assert status == 200
    heard = json.loads(body)
    times = [event["time_s"] for event in heard["events"]]
    nearest = [min(abs(time - right) for time in times) for right in take.times_s]
    # A stroke is found within 5 ms, and nearly all are.
    assert np.mean([distance < 0.005 for distance in nearest]) >= 0.9
    labels = {"kick", "snare", "hihat closed", "hihat open"}
    assert {cast["kind"] for cast in heard["cast"]} == {event["kind"] for event in heard["events"]}
    assert labels & {cast["label"] for cast in heard["cast"]}
    assert heard["tempo_bpm"] == pytest.approx(take.tempo_bpm, rel=0.03)
    assert heard["tune"] is False
    assert "--cast" not in " ".join(heard["sentences"])


def test_nothing_but_the_page_itself_is_listened_to(server: PageServer) -> None:
    take = wav(np.zeros(4_410))
    for changes in (
        {"Origin": "http://stranger.example"},
        {"Origin": "null"},
        {"Origin": None},
        {"Host": "stranger.example"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "cors"},
        {"X_Messina_Take": None},
        {"X_Messina_Take": "wrong"},
        {"X_Messina_Take": "ä"},
    ):
        assert post(server, take, **changes)[0] == 403, changes
    assert post(server, take, Content_Type="text/plain")[0] == 415
    assert post(server, take, path="/main.js")[0] == 405
    assert post(server, take, path="/take?instrument=/main.js")[0] == 404


def test_takes_have_bounds(server: PageServer) -> None:
    for length, status in (
        (str(LARGEST_TAKE + 1), 413),
        ("9" * 12, 413),
        ("9" * 40, 400),
        ("-1", 400),
        ("", 400),
        ("1e3", 400),
    ):
        assert post(server, b"", Content_Length=length)[0] == status, length
    assert post(server, b"", Content_Length=None)[0] == 411
    assert post(server, b"", Content_Length=None, Transfer_Encoding="chunked")[0] == 411
    long = np.full(61 * 8_000, 0.1)
    status, body = post(server, wav(long, rate=8_000))
    assert (status, body) == (422, b"the take is 61 s long; 60 s are allowed\n")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", b"no WAV file"),
        (b"RIFF\x00\x00\x00\x00WAVE" + b"\xff" * 100, b"the take is damaged"),
        (wav(np.zeros((44_100, 1))), b"the take cannot be used: silent"),
        (wav(np.zeros((4_410, 3))), b"3 channels"),
        (wav(0.1 * np.sin(np.arange(88_200) / 9.0)), b"the take"),
    ],
)
def test_what_cannot_be_played_is_said(server: PageServer, data: bytes, said: bytes) -> None:
    status, body = post(server, data)
    assert status == 422
    assert said in body


def test_one_take_is_listened_to_at_a_time(kit_file: Path) -> None:
    takes = Takes()
    with takes._listening, pytest.raises(BusyError, match="try again"):
        takes.heard(b"", kit_file.read_bytes())


def test_beyond_this_machine_no_take_is_listened_to(kit_file: Path) -> None:
    with serving(kit_file, host="0.0.0.0") as server:
        cookie = f"{server.access.cookie}={server.access.token}"
        listed = ask(server, "/instruments.json", Cookie=cookie)
        assert json.loads(listed.body)["takes"] is None
        assert ask(server, "/take", "POST", Cookie=cookie).status == 405


MICROPHONE = """
window.takeHeard = null;
navigator.mediaDevices.getUserMedia = async () => {
  if (window.refuses) throw new DOMException("no", window.refuses);
  const bytes = Uint8Array.from(atob(window.takeHeard), (c) => c.charCodeAt(0));
  const { audio } = messina;
  const buffer = await audio.decodeAudioData(bytes.buffer);
  const stream = new MediaStreamAudioDestinationNode(audio);
  const source = new AudioBufferSourceNode(audio, { buffer });
  source.connect(stream);
  source.start(audio.currentTime + 0.3);
  return stream.stream;
};
"""


@pytest.fixture(scope="module")
def page_of() -> Iterator[Any]:
    """Opens pages in a browser whose microphone hears what a test gives it."""
    with browser() as chromium:
        context = new_context(chromium, viewport={"width": 1400, "height": 1000})
        context.add_init_script(MICROPHONE)
        yield lambda address: opened(context, address)
        context.close()


def record(desk: Desk, audio: Any) -> None:
    desk.script("(text) => { takeHeard = text; }", base64.b64encode(wav(audio)).decode())
    microphone = desk.page.locator("[data-control=microphone]")
    microphone.click()
    desk.until("messina.app.microphone.running")
    desk.until(f"messina.app.microphone.seconds > {len(audio) / 44_100 + 0.5}")
    microphone.click()
    desk.page.locator("section.take").wait_for(state="visible")


@pytest.mark.browser
@pytest.mark.alone
def test_a_take_becomes_a_phrase_and_steps_and_its_cast_is_corrected(
    kit_file: Path, page_of: Any
) -> None:
    take = tapped(3)
    with serving(kit_file) as server:
        desk = page_of(server.url)
        record(desk, take.audio)
        kinds = desk.page.locator(".cast li")
        assert kinds.count() >= 2
        select = desk.page.get_by_label("what plays A")
        desk.script(
            "() => { window.hits = []; messina.app.performer.addEventListener('hit',"
            " ({ detail }) => detail.source === 'groove' && hits.push("
            "[detail.time, messina.app.instrument.labels[detail.sound.label].name])); }"
        )
        other = "clap" if "clap" in select.inner_text() else "snare"
        select.select_option(other)
        desk.page.locator("section.take").get_by_role("button", name="play").click()
        desk.until(
            "!document.querySelector('section.take .solid').textContent.includes('stop')"
            " && hits.length > 3",
        )
        hits = desk.script("() => hits")
        # The microphone began a while before the take: from stroke to stroke it is the same.
        gaps = np.diff([time for time, _ in hits])
        right = np.diff(take.times_s)
        assert len(gaps) == pytest.approx(len(right), abs=0.1 * len(right))
        if len(gaps) == len(right):
            assert np.abs(gaps - right).max() < 0.010
        assert other in {label for _, label in hits}
        desk.page.get_by_role("button", name="set as steps").click()
        pattern = desk.state["patterns"][0]
        assert len(pattern["hits"]) >= 0.6 * min(len(right), 64)
        assert desk.state["tempo"] == pytest.approx(take.tempo_bpm, rel=0.03)
        desk.page.keyboard.press("Control+z")
        desk.page.get_by_text("undone: the steps of a take").wait_for()
        desk.page.locator("section.take").get_by_role("button", name="let go").click()
        assert not desk.page.locator("section.take").is_visible()
        assert desk.errors == []


@pytest.mark.browser
def test_a_hummed_tune_becomes_notes(chime_file: Path, page_of: Any) -> None:
    tune = hummed(1)
    with serving(chime_file) as server:
        desk = page_of(server.url)
        record(desk, tune.audio)
        desk.page.get_by_role("button", name="set as steps").click()
        notes = {slot["note"] for slot in desk.state["slots"]}
        sung = {round(note) for note in tune.notes}
        found = desk.script("() => document.querySelector('section.take p').textContent")
        assert "notes between" in found
        # Whatever octave the instrument has it in, as many pitches as were sung.
        assert len(notes & set(range(128))) >= len(sung) - 1
        assert desk.errors == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("refuses", "said"),
    [
        ("NotAllowedError", "The microphone was refused"),
        ("NotFoundError", "There is no microphone"),
        ("NotReadableError", "another program may have it"),
    ],
)
def test_a_microphone_that_is_not_to_be_had_is_said(
    kit_file: Path, page_of: Any, refuses: str, said: str
) -> None:
    with serving(kit_file) as server:
        desk = page_of(server.url)
        desk.script("(name) => { window.refuses = name; }", refuses)
        desk.page.locator("[data-control=microphone]").click()
        desk.page.get_by_role("alert").get_by_text(said).wait_for()
        assert not desk.script("() => messina.app.microphone.running")


@pytest.mark.browser
def test_silence_is_said_and_nothing_sent(kit_file: Path, page_of: Any) -> None:
    with serving(kit_file) as server:
        desk = page_of(server.url)
        sent = len(desk.requests)
        desk.script(
            "(text) => { takeHeard = text; }", base64.b64encode(wav(np.zeros(4_410))).decode()
        )
        microphone = desk.page.locator("[data-control=microphone]")
        microphone.click()
        desk.until("messina.app.microphone.seconds > 0.6")
        microphone.click()
        desk.page.get_by_role("alert").get_by_text("gives silence").wait_for()
        assert not [url for url in desk.requests[sent:] if "take?" in url]
