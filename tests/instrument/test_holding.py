"""Sustained notes: they go on as they were, never twice alike, and end as the learnt ones do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from messina.frames.layout import (
    BANDS,
    BODY_FLOOR,
    BODY_SIZE,
    HOP,
    ONSET_SIZE,
    Frames,
    Steady,
)
from messina.frames.synthesis import LOOKAHEAD
from messina.instrument.descriptors import frame_powers
from messina.instrument.holding import EVEN_WITHIN, LET_GO_ROWS, TAKEN_ON, Held, held_for
from messina.instrument.touched_takes import OVER, HeldTake
from messina.units import SAMPLE_RATE

FRAMES_A_S = SAMPLE_RATE / HOP
TREMOLO_HZ = 5.0
STEADY = Steady(start=100, stop=460, release=500)
FRAMES = 540
MINUTE = round(60 * FRAMES_A_S)


def a_note(*, steady: Steady = STEADY, fall_db_s: float = 1.0) -> Frames:
    """Four partials and noise: an attack, 5 Hz tremolo, a slow fall, a release of 40 frames."""
    t = np.arange(FRAMES) / FRAMES_A_S
    level = 0.2 * np.sin(2 * np.pi * TREMOLO_HZ * t) - fall_db_s / 8.686 * t
    level += np.log(np.minimum(t / 0.05 + 1e-3, 1.0))
    level -= 0.2 * np.maximum(np.arange(FRAMES) - STEADY.release, 0)
    body = np.tile(BODY_FLOOR, (FRAMES, 1)).astype(np.float64)
    for band, own in ((0, -1.0), (1, -2.0), (2, -2.5), (3, -4.0)):
        body[:, band] = own + level
    body[:, BANDS + 5 : BANDS + 15] = -6.0 + level[:, None]
    body = np.maximum(body, BODY_FLOOR)
    return Frames(
        body=body.astype(np.float32),
        onset=np.zeros(ONSET_SIZE, np.float32),
        gain=0.1,
        reference_hz=440.0,
        steady=steady,
    )


def loudness_db(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(10 * np.log10(frame_powers(rows) + 1e-12), np.float64)


def test_up_to_the_end_of_its_steady_part_a_note_is_as_it_was() -> None:
    frames = a_note()
    rows = Held(frames, key=1).rows(STEADY.stop + 1)
    np.testing.assert_array_equal(rows, frames.body[: STEADY.stop + 1])


def test_a_note_goes_on_for_minutes_without_drift() -> None:
    rows = Held(a_note(), key=2).rows(5 * MINUTE)
    assert rows.shape == (5 * MINUTE, BODY_SIZE)
    second = round(FRAMES_A_S)
    count = len(rows) // second
    level = loudness_db(rows)[: count * second].reshape(count, second).mean(axis=1)[1:]
    # The tremolo is 1.7 dB to either side, and a second has five of its periods.
    assert np.abs(level - np.median(level)).max() < 1.5
    assert abs(level[-60:].mean() - level[5:65].mean()) < 0.1


def test_what_moved_goes_on_moving_at_its_own_pace() -> None:
    level = loudness_db(Held(a_note(), key=3).rows(MINUTE))[STEADY.stop :]
    spectrum = np.abs(np.fft.rfft(level - level.mean()))
    hz = np.fft.rfftfreq(len(level), 1 / FRAMES_A_S)
    # Paces are 0.85 to 1.15, and at a turning point the tremolo turns, too.
    assert TREMOLO_HZ * 0.8 < hz[spectrum.argmax()] < TREMOLO_HZ * 1.2
    fast = (hz > 3) & (hz < 7)
    assert (spectrum[fast] ** 2).sum() > 0.7 * (spectrum[hz > 0.5] ** 2).sum()


def test_nothing_comes_back_as_it_was() -> None:
    rows = Held(a_note(), key=4).rows(MINUTE // 2)[STEADY.stop + 1 :]
    # 0.3 s; equal to a thousandth of a dB.
    length, level = round(0.3 * FRAMES_A_S), loudness_db(rows)
    windows = np.lib.stride_tricks.sliding_window_view(level, length)
    for at in range(0, len(windows), length):
        away = np.abs(windows - windows[at]).max(axis=1)
        away[max(0, at - length) : at + length] = np.inf
        assert away.min() > 1e-3


@pytest.mark.parametrize("up", [30, 300, 700, 3_000])
def test_however_it_is_cut_into_portions_it_is_the_same(up: int) -> None:
    whole, parts = Held(a_note(), key=5), Held(a_note(), key=5)
    for held in (whole, parts):
        held.let_go(up)
    rng = np.random.default_rng(up)
    cut = []
    while len(part := parts.rows(int(rng.integers(1, 50)))):
        cut.append(part)
    np.testing.assert_allclose(np.concatenate(cut), whole.rows(10_000), atol=1e-6)


@pytest.mark.parametrize("up", [5, 30, 300, 700, 3_000])
def test_a_note_is_released_from_wherever_it_is(up: int) -> None:
    held, down = Held(a_note(), key=6), Held(a_note(), key=6)
    held.let_go(up)
    rows, on = held.rows(10_000), down.rows(up + 1)
    assert len(rows) == up + FRAMES - STEADY.release
    np.testing.assert_allclose(rows[: up + 1], on, atol=1e-5)
    level = loudness_db(rows)[up:]
    # It was learnt to fall by 0.2 nepers a frame, until little is heard.
    falls = -np.diff(level)[:20]
    np.testing.assert_allclose(falls, 0.2 * 8.686, atol=0.4)


def test_a_release_soon_has_its_own_spectrum() -> None:
    frames = a_note()
    held = Held(frames, key=7)
    held.let_go(800)
    after = held.rows(10_000)[800 + TAKEN_ON :]
    learnt = frames.body[STEADY.release + TAKEN_ON :]
    sounding = [0, 1, 2]
    away = (after - learnt)[:10, sounding]
    np.testing.assert_allclose(away, away[:1, :1].repeat(10, 0).repeat(3, 1), atol=1e-4)


def test_what_was_cut_off_when_it_was_learnt_falls_silent_all_the_same() -> None:
    held = Held(a_note(steady=Steady(start=100, stop=460, release=FRAMES - 2)), key=8)
    held.let_go(1_000)
    rows = held.rows(10_000)
    assert len(rows) == 1_000 + LET_GO_ROWS
    level = loudness_db(rows)
    assert level[-1] < level[1_000] - 20
    assert np.diff(level[1_000:]).max() < 2.0  # the tremolo's own rise


def test_a_length_asked_for_is_met_release_included() -> None:
    for rows in (10, 60, 500, 5_000):
        body = held_for(a_note(), rows, key=9).body
        assert body.shape == (rows, BODY_SIZE)
    level = loudness_db(body)
    assert level[-45] > level[200] - 6
    assert level[-1] < level[-45] - 40


def test_a_take_sounds_until_it_is_let_go_and_forgets_what_was_heard() -> None:
    take = HeldTake(a_note(), key=10)
    at, block = 0, 4_096
    while at < 60 * SAMPLE_RATE:
        take.reach(at + block)
        assert np.abs(take.read(at, at + block)).max() > 1e-3
        at += block
        assert len(take._kept.samples) < SAMPLE_RATE
    take.let_go(at)
    ends = len(take)
    # What was made ahead of the key's end, a portion of 24 rows and the lookahead, is played.
    assert at < ends <= at + (FRAMES - STEADY.release + 24 + LOOKAHEAD) * HOP
    take.reach(ends)
    assert take.rendered
    assert np.abs(take.read(ends - 64, ends)).max() < 1e-4


def test_a_steady_part_that_is_none_is_refused() -> None:
    for steady in (Steady(10, 40, 500), Steady(10, 400, 300), Steady(10, 100, FRAMES)):
        with pytest.raises(ValueError, match="steady"):
            a_note(steady=steady)


RATE_HZ, DEPTH_CENTS = 5.5, 40.0


def singing() -> Frames:
    """A note with a vibrato whose pitch rises a little over its steady part."""
    at = np.arange(FRAMES)
    contour = DEPTH_CENTS * np.sin(2 * np.pi * RATE_HZ * at / FRAMES_A_S) + 0.02 * at
    return replace(a_note(), contour=contour.astype(np.float32))


def test_a_held_vibrato_is_as_deep_and_as_fast_as_it_was_and_does_not_drift() -> None:
    held = Held(singing(), key=11)
    held.rows(MINUTE)
    assert held.contour is not None
    going_on = held.contour[STEADY.stop + EVEN_WITHIN :].astype(np.float64)
    spectrum = np.abs(np.fft.rfft((going_on - going_on.mean()) * np.hanning(len(going_on))))
    hz = np.fft.rfftfreq(len(going_on), 1 / FRAMES_A_S)
    near = (hz > 0.8 * RATE_HZ) & (hz < 1.2 * RATE_HZ)
    middle = (hz * spectrum**2)[near].sum() / (spectrum**2)[near].sum()
    assert middle == pytest.approx(RATE_HZ, rel=0.03)
    assert (spectrum[near] ** 2).sum() > 0.9 * (spectrum**2).sum()
    assert np.sqrt(2) * going_on.std() == pytest.approx(DEPTH_CENTS, abs=5.0)
    seconds = going_on[: len(going_on) // 172 * 172].reshape(-1, 172).mean(axis=1)
    assert np.abs(np.polyfit(np.arange(len(seconds)), seconds, 1)[0]) < 0.1  # cents a second


def test_a_held_vibrato_swings_through_its_turns() -> None:
    held = Held(singing(), key=12)
    held.rows(MINUTE)
    assert held.contour is not None
    going_on = held.contour[STEADY.stop :].astype(np.float64)
    # A turn of the walk in the midst of a swing would be a top of its own, early and low.
    inner = going_on[1:-1]
    tops = (inner > going_on[:-2]) & (inner >= going_on[2:])
    assert np.diff(np.flatnonzero(tops)).min() > 0.8 * FRAMES_A_S / RATE_HZ


def test_vibrato_in_portions_is_the_same_and_the_release_begins_at_its_pitch() -> None:
    whole, parts = Held(singing(), key=13), Held(singing(), key=13)
    for held in (whole, parts):
        held.let_go(1_500)
    whole.rows(10_000)
    cut = []
    rng = np.random.default_rng(2)
    while len(parts.rows(int(rng.integers(1, 50)))):
        cut.append(parts.contour)
    assert whole.contour is not None
    np.testing.assert_allclose(np.concatenate(cut), whole.contour, atol=1e-3)
    steepest = 2 * np.pi * RATE_HZ * DEPTH_CENTS / FRAMES_A_S
    gap = 2 * DEPTH_CENTS / TAKEN_ON
    assert np.abs(np.diff(whole.contour)).max() < 1.3 * steepest + gap


@pytest.mark.parametrize("at", [20_000, 20_224, 20_333, 20_479])
@pytest.mark.parametrize("block", [64, 256, 1_024])
def test_a_note_that_is_let_go_later_than_it_is_rendered_is_released_at_once(
    at: int, block: int
) -> None:
    """What was heard stays; from the next sample on it goes over to what it would have been."""
    take, held, lifted = (HeldTake(a_note(), key=10, rows=5) for _ in range(3))
    lifted.let_go(at // HOP * HOP)
    for one in (held, lifted):
        one.reach(at + 8_000)
    take.reach(block)
    place = at % block
    heard = [take.read(0, place)]
    while place < at:
        take.reach(place + 6_000)
        heard.append(take.read(place, place + block))
        place += block
    take.let_go(place)
    assert take.ready >= min(place + 5_000, len(take))
    while place < at + 6_000:
        take.reach(place + block)
        heard.append(take.read(place, place + block))
        place += block
    sound = np.concatenate(heard)[: at + 6_000]
    end = min(at + 6_000, len(lifted))
    np.testing.assert_array_equal(sound[:at], held.read(0, at + 1)[:at])
    # Transforms of other numbers of rows at a time round otherwise.
    wanted = lifted.read(0, end)[at + OVER :]
    np.testing.assert_allclose(sound[at + OVER : end], wanted, rtol=0, atol=1e-7)
    changed = np.flatnonzero(np.abs(sound - held.read(0, at + 6_000)).max(axis=1) > 0)[0]
    assert at <= changed < at + HOP
    # Nothing clicks: no step is higher than those that either of both has.
    steps = [np.abs(np.diff(own, axis=0)).max() for own in (held.read(at - 999, at + 999), sound)]
    assert steps[1] <= 1.05 * steps[0]
