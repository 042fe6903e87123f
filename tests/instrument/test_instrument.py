from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from messina.counter_rng import CounterRng
from messina.errors import ControlError
from messina.evaluation.signal_levels import loudest_db, mid
from messina.instrument import Instrument
from messina.instrument.finishing import true_peak
from messina.units import SAMPLE_RATE, note_to_hz

LIMIT = 10 ** (-0.3 / 20)


def ping(note: float = 60.0, seconds: float = 0.5) -> np.ndarray:
    """A decaying tone with two overtones and a little noise."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    f = float(note_to_hz(note))
    tone = sum(np.sin(2 * np.pi * k * f * t) / k for k in (1, 2, 4))
    noise = np.random.default_rng(0).standard_normal(len(t))
    return (0.2 * np.exp(-t / 0.08) * (tone + 0.05 * noise)).astype(np.float32)


def test_the_same_seed_gives_the_same_sound(instrument: Instrument) -> None:
    first, again, other = (instrument.render(seed=seed) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first[: len(other)], other[: len(first)])


def test_a_sound_is_stereo_float_that_ends_in_silence(instrument: Instrument) -> None:
    audio = instrument.render(label="drum", seed=1)
    assert audio.dtype == np.float32
    assert audio.shape[1] == 2
    assert np.abs(audio[-1]).max() < 1e-4
    assert np.abs(audio).max() > 1e-3


@pytest.mark.parametrize("velocity", [1, 64, 127])
@pytest.mark.parametrize("wildness", [0.0, 1.0, 2.0])
def test_no_true_peak_is_over_the_limit(
    instrument: Instrument, velocity: float, wildness: float
) -> None:
    audio = instrument.render(label="drum", velocity=velocity, wildness=wildness, seed=2)
    assert true_peak(audio) < LIMIT


@pytest.mark.parametrize("label", ["drum", "bell"])
def test_louder_with_velocity(instrument: Instrument, label: str) -> None:
    # One new sound may be shorter or softer than another; on average harder is louder. Above 64
    # the peaks of these noisy drums are at the ceiling, which holds all of them back alike.
    seeds = range(16)
    levels = [
        np.mean(
            [
                loudest_db(mid(instrument.render(label=label, velocity=v, seed=seed, length_s=0.4)))
                for seed in seeds
            ]
        )
        for v in (1, 16, 32, 48, 64)
    ]
    assert (np.diff(levels) > 0.5).all(), levels


def test_length_is_met_to_the_sample(instrument: Instrument) -> None:
    for seconds in (0.05, 0.5, 3.0):
        assert len(instrument.render(length_s=seconds, seed=1)) == round(seconds * SAMPLE_RATE)


def test_a_note_is_played_at_its_pitch(instrument: Instrument) -> None:
    request = {"label": "bell", "wildness": 0.0}
    low = instrument.frames(note=48, rng=CounterRng(0), **request)
    assert low.reference_hz == pytest.approx(float(note_to_hz(48)))
    assert instrument.frames(note=48.5, rng=CounterRng(0), **request).reference_hz == pytest.approx(
        float(note_to_hz(48.5))
    )


def test_sounds_without_pitch_move_with_the_note(instrument: Instrument) -> None:
    as_is = instrument.frames(label="drum", note=60, rng=CounterRng(0))
    higher = instrument.frames(label="drum", note=72, rng=CounterRng(0))
    assert higher.reference_hz == pytest.approx(2 * as_is.reference_hz)


def test_brightness_makes_brighter(instrument: Instrument) -> None:
    def centre(brightness: float) -> float:
        audio = mid(instrument.render(label="drum", brightness=brightness, seed=3, length_s=0.4))
        power = np.abs(np.fft.rfft(audio)) ** 2
        hz = np.fft.rfftfreq(len(audio), 1 / SAMPLE_RATE)[1:]
        return float((power[1:] * np.log(hz)).sum() / power[1:].sum())

    assert centre(-1.0) + 0.2 < centre(0.0) < centre(1.0) - 0.2


def test_wildness_zero_is_the_same_sound_but_for_its_noise(instrument: Instrument) -> None:
    a, b = (
        instrument.frames(label="bell", note=52, velocity=80, wildness=0.0, rng=CounterRng(seed))
        for seed in (1, 2)
    )
    assert np.array_equal(a.body, b.body)


def test_like_and_morph_play_between_what_they_are_given(instrument: Instrument) -> None:
    a, b = ping(55.0), ping(67.0)
    like = instrument.render(like=a, wildness=0.0, seed=1)
    assert np.isfinite(like).all()
    ends = instrument.frames(morph=(a, b, 0.0), wildness=0.0, rng=CounterRng(0))
    middle = instrument.frames(morph=(a, b, 0.5), wildness=0.0, rng=CounterRng(0))
    assert ends.reference_hz == pytest.approx(float(note_to_hz(55.0)), rel=0.005)
    assert middle.reference_hz == pytest.approx(float(note_to_hz(61.0)), rel=0.005)


def test_resynthesis_is_as_long_and_as_loud_and_starts_where_the_sound_does(
    instrument: Instrument,
) -> None:
    sound = np.concatenate([np.zeros(4_410, np.float32), ping()])
    audio = instrument.resynth(sound, sample_rate=SAMPLE_RATE)
    assert audio.shape == (len(sound), 2)
    assert np.abs(audio[:4_000]).max() == 0.0
    assert loudest_db(mid(audio)) == pytest.approx(loudest_db(sound), abs=3.0)


def test_resynthesis_takes_other_rates_and_stereo(instrument: Instrument) -> None:
    stereo = np.repeat(ping()[:, None], 2, axis=1)
    audio = instrument.resynth(stereo, sample_rate=48_000)
    assert len(audio) == pytest.approx(len(stereo) * 44_100 / 48_000, abs=2)


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        ({"label": "gong"}, "there is no label 'gong'; there are drum, bell"),
        ({"note": 200}, "`note` is 200; it can be 0 to 127"),
        ({"velocity": 0}, "`velocity` is 0; it can be 1 to 127"),
        ({"length_s": 100}, "`length_s` is 100"),
        ({"brightness": 2}, "`brightness` is 2; it can be -1 to 1"),
        ({"wildness": float("nan")}, "`wildness` is nan"),
        ({"like": np.zeros(1_000, np.float32)}, "nothing but silence"),
        ({"like": np.full(1_000, np.nan, np.float32)}, "not numbers"),
        ({"morph": (ping(), ping(), 1.5)}, "the place between two sounds is 1.5"),
        ({"like": ping(), "morph": (ping(), ping(), 0.5)}, "not both"),
        ({"like": ping(), "at": (0.5, 0.5)}, "not both"),
        ({"at": (0.5, 1.5)}, "y on the map is 1.5; it can be 0 to 1"),
        ({"at": (float("nan"), 0.5)}, "x on the map is nan"),
    ],
)
def test_what_cannot_be_played_is_said_in_a_sentence(
    instrument: Instrument, controls: dict[str, object], message: str
) -> None:
    with pytest.raises(ControlError) as caught:
        instrument.render(**controls)
    assert message in str(caught.value)


def test_a_dot_of_the_map_plays_its_sound_and_between_dots_is_none_of_them(
    instrument: Instrument,
) -> None:
    known = instrument.known
    for sound, (x, y) in enumerate(instrument.places.tolist()):
        played = instrument.frames(at=(x, y), wildness=0.0, rng=CounterRng(1))
        own = instrument.frames_near(sound, wildness=0.0, rng=CounterRng(1))
        # Its brightness and decay by themselves, and by its label's law and what is left of it.
        np.testing.assert_allclose(played.body, own.body, atol=1e-4)
        assert np.array_equal(played.fine, own.fine)
    low, high = (int(np.flatnonzero(known.labels == label)[0]) for label in (0, 1))
    middle = (instrument.places[low] + instrument.places[high]) / 2
    bells = instrument.frames(at=(middle[0], middle[1]), label="bell", rng=CounterRng(1))
    assert bells.reference_hz == pytest.approx(
        min(
            (float(note_to_hz(c.note)) for c in known.controls if c.note is not None),
            key=lambda hz: abs(hz - bells.reference_hz),
        )
    )


def test_takes_at_a_point_differ_and_a_seed_gives_its_take_again(instrument: Instrument) -> None:
    takes = [instrument.render(at=(0.4, 0.6), seed=seed) for seed in (1, 2, 1)]
    assert np.array_equal(takes[0], takes[2])
    shortest = min(map(len, takes))
    assert np.abs(takes[0][:shortest] - takes[1][:shortest]).max() > 1e-3


def test_playing_needs_no_torch() -> None:
    code = "import sys, messina.instrument; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
