"""What is cut, where, and what is left whole."""

from __future__ import annotations

import numpy as np
import pytest

from corpus.signals import RATE, burst, harmonics, kick, silence, times, tone
from messina.corpus.slicing import find_cuts, slice_recording


def _mono(*parts: np.ndarray) -> np.ndarray:
    return np.concatenate(parts).astype(np.float32)[:, None]


def _session(hits: list[np.ndarray], *, every_s: float, noise: float = 0.0) -> np.ndarray:
    """Hits at a steady distance, the first after half of it."""
    audio = np.zeros(round((len(hits) + 0.5) * every_s * RATE))
    for index, hit in enumerate(hits):
        start = round((index + 0.5) * every_s * RATE)
        part = hit[: len(audio) - start]
        audio[start : start + len(part)] += part
    audio += noise * np.random.default_rng(0).standard_normal(len(audio))
    return audio.astype(np.float32)[:, None]


@pytest.mark.parametrize("noise", [0.0, 0.002])
@pytest.mark.parametrize("every_s", [0.35, 1.0, 3.0])
def test_a_session_of_hits_is_cut_at_each_onset(noise: float, every_s: float) -> None:
    hits = [burst(gain=0.9, seed=1), kick(), burst(gain=0.4, seed=2), tone(500.0, decay_s=0.3)] * 3
    cuts = find_cuts(_session(hits, every_s=every_s, noise=noise), "auto")
    onsets = [(index + 0.5) * every_s for index in range(len(hits))]
    assert len(cuts) == len(onsets)
    # never after the onset, and close enough before it for alignment to find it
    assert all(-0.02 < cut / RATE - onset < 0.004 for cut, onset in zip(cuts, onsets, strict=True))


def test_soft_hits_among_loud_ones_are_found() -> None:
    gains = [1.0, 0.05, 0.5, 0.02, 0.8, 0.1]
    hits = [burst(gain=gain, seed=index) for index, gain in enumerate(gains)]
    assert len(find_cuts(_session(hits, every_s=0.8, noise=1e-4), "auto")) == len(hits)


def test_a_hit_on_the_very_first_sample_is_not_lost() -> None:
    audio = _mono(*[part for n in range(5) for part in (burst(seed=n), silence(0.5))])
    slices = slice_recording(audio, "auto")
    assert len(slices) == 5
    assert np.array_equal(np.concatenate(slices), audio)


def _gong() -> np.ndarray:
    beating = [(1.0, 1.0), (1.004, 0.9), (1.513, 0.7), (1.519, 0.7), (2.31, 0.5), (2.34, 0.4)]
    return tone(150.0, seconds=10.0, decay_s=9.0, partials=beating)


def _tremolo() -> np.ndarray:
    depth = 0.5 + 0.5 * np.sin(2 * np.pi * 5.5 * times(4.0))
    return depth * tone(440.0, seconds=4.0, decay_s=6.0, partials=harmonics(3))


def _pad() -> np.ndarray:
    t = times(8.0)
    voices = [np.sign(np.sin(2 * np.pi * f * t)) for f in (110.0, 110.6, 164.8, 165.9)]
    return 0.1 * np.minimum(t, 1.0) * sum(voices)


@pytest.mark.parametrize(
    "sound", [_gong(), _tremolo(), _pad(), burst(seconds=5.0, decay_s=4.0)],
    ids=["gong", "tremolo", "pad", "crash"],
)  # fmt: skip
def test_one_long_sound_is_not_cut(sound: np.ndarray) -> None:
    assert find_cuts(_mono(sound), "auto") == []


def _delayed(hit: np.ndarray, *, gap_s: float, feedback: float, dull: bool = False) -> np.ndarray:
    """A hit through a delay with feedback, a low-pass filter in its loop perhaps."""
    audio = np.zeros(round(4.0 * RATE))
    repeat = hit.astype(np.float64)
    for start in range(0, len(audio), round(gap_s * RATE)):
        part = repeat[: len(audio) - start]
        audio[start : start + len(part)] += part
        repeat = feedback * repeat
        if dull:
            repeat = 0.6 * repeat + 0.4 * np.append(0.0, repeat[:-1])
    return _mono(audio)


ECHOED = {
    "noise": burst(decay_s=0.15),
    "kick": kick(),
    "note": tone(262.0, seconds=0.5, decay_s=0.3, partials=harmonics(6)),
}


@pytest.mark.parametrize("gap_s", [0.25, 0.375, 0.7])
@pytest.mark.parametrize("feedback", [0.4, 0.6, 0.8])
@pytest.mark.parametrize("dull", [False, True])
@pytest.mark.parametrize("hit", ECHOED)
def test_a_hit_is_not_cut_from_its_echoes(
    hit: str, gap_s: float, feedback: float, dull: bool
) -> None:
    sound = _delayed(ECHOED[hit], gap_s=gap_s, feedback=feedback, dull=dull)
    assert find_cuts(sound, "auto") == []
    assert len(find_cuts(sound, "always")) > 1


def test_a_bouncing_ball_is_one_sound() -> None:
    places = np.cumsum(0.7 * 0.8 ** np.arange(8)) - 0.7
    audio = np.zeros(round(4.0 * RATE))
    for index, place in enumerate(places):
        hit = 0.75**index * burst(decay_s=0.1)
        start = round(place * RATE)
        audio[start : start + len(hit)] += hit
    assert find_cuts(_mono(audio), "auto") == []


def test_hits_that_get_softer_are_cut_where_they_are_no_echoes() -> None:
    gains = [0.8**index for index in range(6)]
    rested = _session([gain * burst(seed=1) for gain in gains], every_s=1.5)
    assert len(find_cuts(rested, "auto")) == 6
    drums = [burst(seed=1), kick(), tone(900.0, decay_s=0.2), burst(seed=2), kick(), burst(seed=3)]
    of_a_kit = _session(
        [g * d / np.abs(d).max() for g, d in zip(gains, drums, strict=True)], every_s=0.5
    )
    assert len(find_cuts(of_a_kit, "auto")) == 6
    louder = _session([gain * burst(seed=1) for gain in gains[::-1]], every_s=0.5)
    assert len(find_cuts(louder, "auto")) == 6


def test_short_files_and_two_hits_are_left_whole_by_auto() -> None:
    assert find_cuts(_session([burst(), burst()], every_s=2.0), "auto") == []
    assert find_cuts(_session([burst()] * 4, every_s=0.5), "auto") == []


def test_always_cuts_what_auto_leaves_and_never_cuts_nothing() -> None:
    two = _session([burst(seed=1), burst(seed=2)], every_s=1.0)
    assert len(find_cuts(two, "always")) == 2
    many = _session([burst(seed=n) for n in range(8)], every_s=1.0)
    assert find_cuts(many, "never") == []
    assert len(slice_recording(many, "never")) == 1


def test_always_on_one_hit_returns_it_whole() -> None:
    audio = _mono(silence(0.2), burst())
    assert len(slice_recording(audio, "always")) == 1


def test_a_roll_is_not_taken_for_separate_hits() -> None:
    roll = _session([burst(gain=0.6, seed=n) for n in range(60)], every_s=0.06)
    assert find_cuts(roll, "auto") == []


def test_stereo_slices_keep_both_channels() -> None:
    mono = _session([burst(seed=n) for n in range(5)], every_s=1.0)
    stereo = np.concatenate([mono, 0.5 * mono], axis=1)
    assert all(part.shape[1] == 2 for part in slice_recording(stereo, "auto"))


@pytest.mark.parametrize("samples", range(0, 300, 23))
def test_an_onset_in_the_last_moment_does_no_harm(samples: int) -> None:
    hits = [burst(seed=n) for n in range(4)]
    session = _session(hits, every_s=1.0)[: round(3.5 * RATE) + samples]
    assert len(find_cuts(session, "always")) in (3, 4)


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(ValueError, match="auto, always or never"):
        find_cuts(_mono(burst()), "sometimes")  # type: ignore[arg-type]
