"""Room, drive and compressor: heard when asked for, in files only where that is asked for, too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from play.browsing import Desk, level_db, onsets_s, read_wav
from play.test_page import short_kicks

pytestmark = pytest.mark.browser


def struck(desk: Desk) -> np.ndarray:
    """A short kick as it is recorded, from its beginning, 1 s."""
    with desk.listening() as heard:
        desk.pad(1)
        desk.pause(1.4)
    start = int(onsets_s(heard[0])[0] * 44_100)
    return heard[0][start : start + 44_100]


def test_a_room_rings_in_recordings_only_where_that_is_asked_for(kit_desk: Desk) -> None:
    kit_desk.set("shape", slots=short_kicks(kit_desk))
    plain = struck(kit_desk)
    kit_desk.drag("room", 1)
    without = struck(kit_desk)
    kit_desk.page.get_by_role("button", name="in recordings").click()
    ringing = struck(kit_desk)
    late = slice(26_000, 35_000)
    # The hit is over by then, and without spread it is the same one each time.
    assert level_db(plain[late]) < level_db(plain) - 60
    assert level_db(without) == pytest.approx(level_db(plain), abs=0.1)
    assert level_db(without[late]) == pytest.approx(level_db(plain[late]), abs=3)
    assert -60 < level_db(ringing[late]) - level_db(plain) < -20
    kit_desk.drag("room", 0)
    np.testing.assert_allclose(level_db(struck(kit_desk)), level_db(plain), atol=0.1)


def test_drive_and_compressor_change_the_sound_and_stay_within_full_scale(kit_desk: Desk) -> None:
    kit_desk.set("shape", slots=short_kicks(kit_desk))
    kit_desk.page.get_by_role("button", name="in recordings").click()
    plain = struck(kit_desk)
    for name in ("drive", "bus compressor"):
        kit_desk.drag(name, 1)
        changed = struck(kit_desk)
        kit_desk.drag(name, 0)
        assert np.abs(changed).max() < 1.0
        length = min(len(plain), len(changed), 8_000)
        off = changed[:length] - plain[:length]
        assert level_db(off) > level_db(plain) - 30, name


def test_a_downloaded_sound_is_without_them(kit_desk: Desk, tmp_path: Path) -> None:
    files = []
    for share in (0, 1):
        for name in ("room", "drive", "bus compressor"):
            kit_desk.drag(name, share)
        with kit_desk.page.expect_download() as download:
            kit_desk.page.get_by_role("button", name="WAV").click()
        files.append(read_wav(download.value.path()))
    np.testing.assert_array_equal(files[0], files[1])
