from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
import soundfile

from messina.report.sound_players import LONGEST_S, Clips
from messina.units import SAMPLE_RATE


def sounds_in(clips: Clips) -> list[np.ndarray]:
    data = re.findall(r"data:audio/flac;base64,([A-Za-z0-9+/=]+)", clips.html())
    return [soundfile.read(io.BytesIO(base64.b64decode(text)))[0] for text in data]


def test_a_sound_comes_out_as_it_went_in() -> None:
    audio = np.random.default_rng(0).uniform(-0.9, 0.9, (4000, 2))
    clips = Clips()
    assert clips.add("a", audio, "noise") == "sound-0"
    (heard,) = sounds_in(clips)
    # 16 bit: half a step.
    assert np.abs(heard - audio).max() <= 0.5 / 2**15 + 1e-9


def test_equal_channels_are_one_and_overs_are_held() -> None:
    clips = Clips()
    clips.add("a", np.full((1000, 2), 1.5), "loud")
    (heard,) = sounds_in(clips)
    assert heard.shape == (1000,)
    assert heard.max() == pytest.approx(1.0, abs=1e-4)


def test_a_long_sound_is_faded_out() -> None:
    clips = Clips()
    clips.add("a", np.full(round(2 * LONGEST_S * SAMPLE_RATE), 0.5), "long")
    (heard,) = sounds_in(clips)
    assert len(heard) == round(LONGEST_S * SAMPLE_RATE)
    assert abs(heard[-1]) < 1e-4
    assert heard[0] == pytest.approx(0.5, abs=1e-4)


def test_the_same_sound_is_embedded_once() -> None:
    clips = Clips()
    first = clips.add("a", np.full(100, 0.1), "a")
    clips.add("b", np.full(100, 0.2), "b")
    assert clips.add("a", np.full(100, 0.1), "a again") == first == clips.find("a")
    assert len(sounds_in(clips)) == 2
    assert clips.find("c") is None


def test_what_there_is_no_room_for_is_counted_and_smaller_ones_still_fit() -> None:
    noise = np.random.default_rng(1).uniform(-1, 1, 20_000)
    clips = Clips(budget_bytes=10_000)
    assert clips.add("large", noise, "large") is None
    assert clips.add("small", noise[:500], "small") is not None
    assert clips.add("nothing", noise[:0], "nothing") is None
    assert clips.left_out == 2


def test_titles_are_escaped() -> None:
    clips = Clips()
    clips.add("a", np.zeros(10), "<img src=x>")
    assert "<img" not in clips.html()
