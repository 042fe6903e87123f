"""Hits are what was played, alone: cut to the sample, without their neighbours, ringing out."""

from __future__ import annotations

import numpy as np
import pytest

from messina.evaluation.spectra import log_spectral_distance
from messina.rhythm.hits import Hit as CutHit
from messina.rhythm.hits import cut_hits, ringing_hits
from messina.rhythm.onsets import find_onsets
from rhythm.patterns import RATE, Hit, Signal, kit, render, rock


def _together(hits: list[CutHit], samples: int) -> Signal:
    longest = max(len(hit.audio) for hit in hits)
    audio = np.zeros((samples + longest, 1), np.float32)
    for hit in hits:
        audio[hit.start : hit.start + len(hit.audio)] += hit.audio
    return audio[:samples]


def _level_db(audio: Signal) -> float:
    return float(10 * np.log10(np.mean(np.square(audio, dtype=np.float64)) + 1e-20))


def _band_db(audio: Signal, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(audio[:, 0].astype(np.float64))) ** 2
    hz = np.fft.rfftfreq(len(audio), 1 / RATE)
    return float(10 * np.log10(power[(hz >= low_hz) & (hz < high_hz)].sum() + 1e-20))


def test_hits_as_cut_put_the_recording_together_again() -> None:
    audio = render(rock(bars=2), seconds=4.0, noise=1e-3)
    again = _together(cut_hits(audio, find_onsets(audio)), len(audio))
    # only the 3 ms fades before each onset are missing
    assert log_spectral_distance(audio[:, 0], again[:, 0]).max() < 1.0


def test_ringing_hits_sound_together_like_the_recording() -> None:
    audio = render(rock(bars=2), seconds=4.0)
    again = _together(ringing_hits(audio, find_onsets(audio)), len(audio))
    assert _level_db(again) == pytest.approx(_level_db(audio), abs=0.5)
    # two noises of one envelope are 6 dB apart; most of it is the very recording
    assert log_spectral_distance(audio[:, 0], again[:, 0]).max() < 3.0


def test_a_tone_that_is_cut_goes_on_in_phase_and_dies_as_it_did() -> None:
    alone = render([Hit(0.0, "marimba_48")], seconds=1.5)
    audio = render([Hit(0.0, "marimba_48"), Hit(0.3, "hihat_closed", 0.5)], seconds=1.5)
    ringing = ringing_hits(audio, find_onsets(audio))[0].audio
    for start in (0.3, 0.4, 0.5):
        part = slice(round(start * RATE), round((start + 0.1) * RATE))
        assert _level_db(ringing[part]) == pytest.approx(_level_db(alone[part]), abs=2.0)
    just_after = slice(round(0.3 * RATE), round(0.33 * RATE))
    error = ringing[just_after] - alone[just_after]
    assert _level_db(error) < _level_db(alone[just_after]) - 10  # in phase, or it would be +3


def test_there_is_no_step_where_the_ring_begins() -> None:
    audio = render([Hit(0.0, "hihat_open"), Hit(0.25, "kick")], seconds=1.0)
    hit = ringing_hits(audio, find_onsets(audio))[0].audio
    cut = round(0.25 * RATE)
    blocks = [hit[cut + k * 441 : cut + (k + 1) * 441] for k in range(-6, 6)]
    levels = np.array([_level_db(block) for block in blocks])
    # 10 ms of noise are level to some 1.5 dB, and the hat falls 0.9 dB in that time
    assert np.abs(np.diff(levels)).max() < 5.0


def test_a_hat_over_a_ringing_tom_is_a_hat() -> None:
    hits = [Hit(0.0, "tom"), Hit(0.2, "hihat_closed", 0.4)]
    audio = render(hits, seconds=1.0)
    onsets = find_onsets(audio)
    mixed, hat = cut_hits(audio, onsets)[1].audio, ringing_hits(audio, onsets)[1].audio
    span = slice(0, round(0.15 * RATE))
    assert _band_db(mixed[span], 40, 400) - _band_db(hat[span], 40, 400) > 9
    # and the hat itself is as loud as it was
    true = 0.2 * kit()["hihat_closed"][:, None]
    assert _band_db(hat[span], 5e3, 16e3) == pytest.approx(_band_db(true[span], 5e3, 16e3), abs=1.5)


def test_a_held_sound_is_let_go_and_not_sustained() -> None:
    time = np.arange(RATE) / RATE
    note = 0.3 * np.sign(np.sin(2 * np.pi * 220 * time)) * (time < 0.4)
    second = 0.3 * np.sign(np.sin(2 * np.pi * 330 * time)) * (time >= 0.4)
    audio = (note + second).astype(np.float32)[:, None]
    ringing = ringing_hits(audio, find_onsets(audio))[0].audio
    assert 0.4 < len(ringing) / RATE < 0.9


def test_the_same_recording_gives_the_same_hits() -> None:
    audio = np.repeat(render(rock(bars=1), seconds=2.0, noise=1e-3), 2, axis=1)
    onsets = find_onsets(audio)
    pairs = zip(ringing_hits(audio, onsets), ringing_hits(audio, onsets), strict=True)
    assert all(np.array_equal(a.audio, b.audio) for a, b in pairs)


def test_a_recording_without_onsets_has_no_hits() -> None:
    silence = np.zeros((RATE, 1), np.float32)
    assert ringing_hits(silence, find_onsets(silence)) == []
