"""The blind test for people: what is played, the page, and the answers that come back."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from messina.errors import MessinaError
from messina.evaluation.signal_levels import loudest_db, mid
from messina.instrument import Instrument
from messina.report import RealSounds
from messina.report.blind import (
    Answers,
    Trial,
    added,
    blind_page,
    blind_trials,
    read_answers,
    wilson_interval,
    write_blind_page,
)
from play.engine.browser import browser, new_context

DIGEST = "d1"


@pytest.fixture(scope="module")
def trials(instrument: Instrument, real: RealSounds) -> list[Trial]:
    return blind_trials(instrument, real, seed=5)


def real_ones(trials: list[Trial]) -> list[int]:
    return [trial.real for trial in trials]


def test_there_are_twenty_pairs_of_a_recording_and_a_new_sound(
    trials: list[Trial], real: RealSounds
) -> None:
    assert len(trials) == 20
    recordings = [mid(sound.audio) for sound in real.sounds]
    for trial in trials:
        own = mid(trial.sounds[trial.real])
        (sound,) = (s for s in recordings if len(s) == len(own) and correlation(s, own) > 0.9999)
        other = mid(trial.sounds[1 - trial.real])
        assert len(other) != len(sound) or correlation(other, sound) < 0.999


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def test_both_are_equally_loud_and_none_clips(trials: list[Trial]) -> None:
    for trial in trials:
        levels = [loudest_db(mid(audio)) for audio in trial.sounds]
        assert levels[0] == pytest.approx(levels[1], abs=0.05)
        assert max(np.abs(audio).max() for audio in trial.sounds) <= 0.9001


def test_the_order_is_drawn_by_the_seed(
    instrument: Instrument, real: RealSounds, trials: list[Trial]
) -> None:
    assert real_ones(blind_trials(instrument, real, seed=5)) == real_ones(trials)
    others = [real_ones(blind_trials(instrument, real, seed=seed)) for seed in (6, 7)]
    assert real_ones(trials) not in others
    assert {0, 1} == set(real_ones(trials))


def test_every_sound_comes_before_any_comes_again(instrument: Instrument, real: RealSounds) -> None:
    count = 2 * len(real.sounds)
    labels = Counter(t.label for t in blind_trials(instrument, real, seed=1, count=count))
    once = Counter(t.label for t in blind_trials(instrument, real, seed=1, count=count // 2))
    assert labels == Counter({label: 2 * number for label, number in once.items()})


def page_of(trials: list[Trial]) -> str:
    return blind_page(trials, instrument="<kit>.messina", digest=DIGEST, seed=5)


def test_the_page_holds_everything_and_does_not_tell(trials: list[Trial]) -> None:
    text = page_of(trials)
    assert "http://" not in text
    assert "https://" not in text
    assert "<kit>" not in text
    assert text.count("data:audio/flac;base64,") == 2 * len(trials)
    data = re.search(r'id="trials">(.*?)</script>', text)
    assert data is not None
    told = json.loads(data[1])
    # Neither side nor size nor order of the marks tells: only the parity of their bits does.
    assert [mark.bit_count() % 2 for mark in told["marks"]] == real_ones(trials)
    assert [mark % 2 for mark in told["marks"]] != real_ones(trials)
    assert "real" not in told


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as chromium:
        yield chromium


def opened(chromium: Any, path: Path, **how: Any) -> tuple[Any, list[str]]:
    page = new_context(chromium, accept_downloads=True, **how).new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.goto(path.as_uri())
    return page, heard


@pytest.mark.browser
@pytest.mark.parametrize("by", ["keys", "mouse"])
def test_a_listener_who_knows_finds_all_and_the_answers_come_back(
    chromium: Any, trials: list[Trial], tmp_path: Path, by: str
) -> None:
    path = tmp_path / "blind.html"
    write_blind_page(trials, path, instrument="kit.messina", digest=DIGEST, seed=5)
    page, heard = opened(chromium, path)
    for number, trial in enumerate(trials, 1):
        assert page.locator("#at").inner_text() == f"{number} of 20: {trial.label}"
        assert page.locator("#choose-first").is_disabled()
        page.keyboard.press("1")  # not before both were heard
        if by == "keys":
            for key in ("ArrowLeft", "ArrowRight", "12"[trial.real]):
                page.keyboard.press(key)
        else:
            page.click("#play-first")
            page.click("#play-second")
            page.click(("#choose-first", "#choose-second")[trial.real])
    assert page.locator("#result").inner_text() == "20 of 20: more than guessing gives"
    with page.expect_download() as download:
        page.click("#save")
    saved = tmp_path / "answers.json"
    download.value.save_as(saved)
    answers = read_answers(saved, digest=DIGEST)
    assert answers.right == len(answers.answers) == 20
    assert [answer.label for answer in answers.answers] == [trial.label for trial in trials]
    assert heard == []
    low, high = wilson_interval(20, 20)
    meaning = page.locator("#meaning").inner_text()
    assert f"{100 * low:.0f} to {100 * high:.0f} %" in meaning


@pytest.mark.browser
def test_who_always_says_the_first_guesses(
    chromium: Any, trials: list[Trial], tmp_path: Path
) -> None:
    path = tmp_path / "blind.html"
    write_blind_page(trials, path, instrument="kit.messina", digest=DIGEST, seed=5)
    page, heard = opened(chromium, path, viewport={"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for _ in trials:
        for key in ("ArrowLeft", "ArrowRight", "1"):
            page.keyboard.press(key)
    right = real_ones(trials).count(0)
    assert page.locator("#result").inner_text() == f"{right} of 20: that is what guessing gives"
    assert page.locator("#each li").count() == 20
    assert heard == []


def saved(**changed: Any) -> dict[str, Any]:
    told = {
        "format": "messina-blind",
        "format_version": 1,
        "instrument": "kit.messina",
        "digest": DIGEST,
        "seed": 5,
        "right": 1,
        "answers": [{"label": "kick", "right": True}, {"label": "kick", "right": False}],
    }
    return told | changed


def test_answers_of_several_listeners_are_added(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(saved()))
    one = read_answers(path, digest=DIGEST)
    assert isinstance(one, Answers)
    both = added([one, one])
    assert (both.listeners, both.trials, both.right) == (2, 4, 2)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not the answers to a blind test"),
        ("[" * 5000, "not the answers to a blind test"),
        ("{}", "not the answers to a blind test"),
        (json.dumps(saved(format="messina-report")), "not the answers to a blind test"),
        (json.dumps(saved(format_version=2)), "not the answers to a blind test"),
        (json.dumps(saved(more=1)), "not the answers to a blind test"),
        (json.dumps(saved(answers=[])), "not the answers to a blind test"),
        (json.dumps(saved(right=2)), "2 right answers are said"),
        (json.dumps(saved(digest="other")), "about another instrument (kit.messina)"),
        (" " * 1_000_001, "more than 1000 KB"),
    ],
)
def test_what_are_no_answers_to_this_is_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "answers.json"
    path.write_text(text)
    with pytest.raises(MessinaError, match=re.escape(says)):
        read_answers(path, digest=DIGEST)


def test_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(MessinaError, match="there is no such file"):
        read_answers(tmp_path / "nowhere.json", digest=DIGEST)


@pytest.mark.parametrize("trials", [1, 5, 20, 200])
def test_the_interval_holds_the_share_and_stays_within_certainty(trials: int) -> None:
    for right in range(trials + 1):
        low, high = wilson_interval(right, trials)
        assert 0.0 <= low <= high <= 1.0
        assert low - 1e-12 <= right / trials <= high + 1e-12  # rounding


def test_the_interval_covers_as_often_as_it_says() -> None:
    """Of listeners who are right in 65 of 100, 95 in 100 get an interval that holds 0.65."""
    right = np.random.default_rng(0).binomial(20, 0.65, 4000)
    held = [low <= 0.65 <= high for low, high in (wilson_interval(int(r), 20) for r in right)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.025)
