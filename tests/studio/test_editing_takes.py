"""Takes recorded on the page for playing, within the studio."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

from export.handmade import KIT, make_instrument
from studio.running import Studio, studio
from transcription.takes import tapped


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with studio(tmp_path_factory.mktemp("home")) as one:
        yield one


def test_a_take_is_listened_to_for_the_page_that_knows_the_studio(
    running: Studio, tmp_path: Path
) -> None:
    path = tmp_path / "kit.messina"
    make_instrument(KIT).save(path)
    project = running.ask("PUT", "/api/import?name=kit.messina", path.read_bytes())["id"]
    listed = running.ask("GET", f"/play/{project}/instruments.json")
    file = io.BytesIO()
    soundfile.write(file, tapped(3).audio, 44_100, "PCM_16", format="WAV")
    address = f"/play/{project}/take?instrument={listed['instruments'][0]['route']}"
    headers = {
        "Cookie": running.cookie,
        "Origin": f"http://127.0.0.1:{running.port}",
        "Content-Type": "audio/wav",
        "X-Messina-Take": listed["takes"],
    }
    answer, body = running.raw("POST", address, file.getvalue(), headers)
    assert answer.status == 200, body
    heard = json.loads(body)
    assert len(heard["events"]) == pytest.approx(len(tapped(3).times_s), rel=0.1)
    for changes, status in (
        ({"X-Messina-Take": "wrong"}, 403),
        ({"Origin": "http://stranger.example"}, 403),
        ({"Cookie": "messina-1=wrong"}, 401),
    ):
        refused, _ = running.raw("POST", address, b"", {**headers, **changes})
        assert refused.status == status, changes
    silent, body = running.raw("POST", address, b"RIFF", headers)
    assert (silent.status, body) == (422, b"the take is no WAV file; send one\n")
    large, _ = running.raw("POST", address, bytes(13 << 20), headers)
    assert large.status == 413
