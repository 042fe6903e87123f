"""What hands on keys can ask of the engine: pitch, ends, chokes, stolen voices, levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE, note_to_hz
from play.engine.browser import EnginePage

Audio = NDArray[np.float32]

CEILING = 10 ** (-0.3 / 20)


def organ(note: float, **more: Any) -> dict[str, Any]:
    return {"time": 0.0, "instrument": "organ", "label": "organ", "note": note, "seed": 1} | more


def frequency_hz(audio: Audio, near_hz: float) -> float:
    """Of the partial near near_hz: how fast its phase turns between two halves of the sound."""
    half = len(audio) // 2
    n = np.arange(half)
    window = np.hanning(half)
    turns = [
        np.angle((part * window * np.exp(-2j * np.pi * near_hz / SAMPLE_RATE * n)).sum())
        for part in (audio[:half], audio[half : 2 * half])
    ]
    ahead = turns[1] - turns[0] - 2 * np.pi * near_hz / SAMPLE_RATE * half
    return near_hz + float(np.angle(np.exp(1j * ahead))) / 2 / np.pi * SAMPLE_RATE / half


def cents(got_hz: float, wanted_hz: float) -> float:
    return float(1200 * np.log2(got_hz / wanted_hz))


def level_db(audio: Audio, start_s: float, end_s: float) -> float:
    part = audio[int(start_s * SAMPLE_RATE) : int(end_s * SAMPLE_RATE)]
    return float(10 * np.log10((part**2).mean() + 1e-20))


@pytest.mark.parametrize(
    ("note", "more", "sounding"),
    [
        (45.0, {}, 45.0),
        (57.37, {}, 57.37),
        (72.0, {"tune": -0.25}, 71.75),
        (60.0, {"tune": 12.0}, 72.0),
    ],
)
def test_pitch_is_what_was_asked_within_a_cent(
    engine: EnginePage, note: float, more: dict[str, float], sounding: float
) -> None:
    audio = engine.render([organ(note, **more)], 1.2)[4_410:, 0]
    wanted = float(note_to_hz(sounding))
    assert abs(cents(frequency_hz(audio, wanted), wanted)) < 0.1


def test_a_bent_note_sounds_at_the_bent_pitch_and_comes_back(engine: EnginePage) -> None:
    bends = [{"type": "bend", "time": t, "semitones": s} for t, s in ((0.3, 2.0), (0.9, 0.0))]
    audio = engine.render([organ(57.0), *bends], 1.5)[:, 0]
    for start, note in ((0.0, 57.0), (0.4, 59.0), (1.0, 57.0)):
        part = audio[int((start + 0.05) * SAMPLE_RATE) :][: int(0.2 * SAMPLE_RATE)]
        wanted = float(note_to_hz(note))
        assert abs(cents(frequency_hz(part, wanted), wanted)) < 1.0
    assert _roughness_db(audio[int(0.1 * SAMPLE_RATE) :]) < -60.0


def test_velocity_and_level_make_louder_by_what_they_say(engine: EnginePage) -> None:
    loud = engine.render([organ(57.0, velocity=127)], 0.5)[:, 0]
    soft = engine.render([organ(57.0, velocity=64)], 0.5)[:, 0]
    assert level_db(loud, 0.1, 0.4) - level_db(soft, 0.1, 0.4) == pytest.approx(15.0, abs=0.5)
    turned = engine.render([organ(57.0, velocity=64, level=-7.0)], 0.5)[:, 0]
    assert level_db(soft, 0, 0.5) - level_db(turned, 0, 0.5) == pytest.approx(7.0, abs=0.01)


def test_the_same_seed_is_the_same_sound_and_another_is_not(engine: EnginePage) -> None:
    def hit(seed: int) -> Audio:
        return engine.render([organ(57.0, seed=seed)], 0.3)

    assert np.array_equal(hit(5), hit(5))
    assert not np.allclose(hit(5), hit(6), atol=1e-4)


def test_takes_of_a_fixed_sound_are_all_alike(engine: EnginePage) -> None:
    sound = engine.evaluate("() => m.learntSound(loaded.plain, 0)")
    events = [
        {"time": 0.0, "instrument": "plain", "sound": sound, "fixed": True, "seed": 7},
        {"time": 0.0, "instrument": "plain", "sound": sound, "fixed": True, "seed": 7},
    ]
    one = engine.render(events[:1], 0.3)
    two = engine.render(events, 0.3)
    assert np.allclose(two, 2 * one, atol=1e-6)


def test_decay_makes_longer_and_brightness_brighter(engine: EnginePage) -> None:
    def hit(**more: float) -> Audio:
        event = {"time": 0.0, "instrument": "kit", "label": "snare", "seed": 2, "wildness": 0.0}
        return engine.render([event | more], 2.0)[:, 0]

    def fallen_db(audio: Audio) -> float:
        return level_db(audio, 0.0, 0.1) - level_db(audio, 0.4, 0.5)

    assert fallen_db(hit(decay=-0.5)) > fallen_db(hit()) + 6 > fallen_db(hit(decay=0.5)) + 12

    def centre_hz(audio: Audio) -> float:
        power = np.abs(np.fft.rfft(audio)) ** 2
        hz = np.fft.rfftfreq(len(audio), 1 / SAMPLE_RATE)
        return float(np.exp((power[1:] * np.log(hz[1:])).sum() / power[1:].sum()))

    plain, bright, dull = (centre_hz(hit(brightness=b)) for b in (0.0, 1.0, -1.0))
    assert bright > 1.5 * plain
    assert dull < plain / 1.5


def test_attack_softens_and_hardens_the_beginning_alone(engine: EnginePage) -> None:
    def hit(attack: float) -> Audio:
        return engine.render([organ(57.0, attack=attack)], 0.6)[:, 0]

    plain, soft, hard = hit(0.0), hit(-0.7), hit(1.0)
    assert level_db(soft, 0.0, 0.01) < level_db(plain, 0.0, 0.01) - 12
    assert level_db(hard, 0.0, 0.005) > level_db(plain, 0.0, 0.005) + 3
    for shaped in (soft, hard):
        assert level_db(shaped, 0.3, 0.6) == pytest.approx(level_db(plain, 0.3, 0.6), abs=0.05)


def test_width_widens_and_narrows(engine: EnginePage) -> None:
    def side_db(width: float) -> float:
        event = {"time": 0.0, "instrument": "rich", "label": "drum", "seed": 3, "width": width}
        audio = engine.render([event], 0.3)
        side, middle = audio[:, 1] - audio[:, 0], audio.sum(axis=1)
        return level_db(side, 0, 0.3) - level_db(middle, 0, 0.3)

    assert side_db(0.0) < -150
    assert side_db(2.0) == pytest.approx(side_db(1.0) + 6, abs=1.5)


def test_note_off_ends_what_is_held_and_lets_the_rest_ring(engine: EnginePage) -> None:
    off = {"type": "off", "time": 0.2, "hit": 0}
    for holds, ends in (("always", True), ("never", False)):
        engine.evaluate("(holds) => engine.setControls({ holds })", holds)
        audio = engine.render([organ(57.0), off], 0.8)[:, 0]
        engine.evaluate("() => engine.setControls({ holds: 'auto' })")
        assert (level_db(audio, 0.5, 0.7) < -100) == ends
        assert level_db(audio, 0.1, 0.2) > -60


def test_the_pedal_holds_notes_until_it_is_up(engine: EnginePage) -> None:
    engine.evaluate("() => engine.setControls({ holds: 'always' })")
    events = [
        {"type": "sustain", "time": 0.0, "down": True},
        organ(57.0),
        {"type": "off", "time": 0.1, "hit": 1},
        {"type": "sustain", "time": 0.5, "down": False},
    ]
    audio = engine.render(events, 1.0)[:, 0]
    engine.evaluate("() => engine.setControls({ holds: 'auto' })")
    assert level_db(audio, 0.4, 0.5) > -60
    assert level_db(audio, 0.8, 1.0) < -100


def test_a_closed_hi_hat_ends_the_open_one(engine: EnginePage) -> None:
    def render(*labels: str) -> Audio:
        events = [
            {"time": 0.2 * i, "instrument": "kit", "label": label, "seed": i, "velocity": 60}
            for i, label in enumerate(labels)
        ]
        # The second is moved out of the way: only what is left of the first is heard.
        events[-1] |= {"level": -60.0} if len(labels) > 1 else {}
        return engine.render(events, 0.6)[:, 0]

    open_alone = level_db(render("hihat open"), 0.3, 0.5)
    assert level_db(render("hihat open", "hihat closed"), 0.3, 0.5) < open_alone - 30
    assert level_db(render("hihat open", "kick"), 0.3, 0.5) > open_alone - 3


def _roughness_db(audio: Audio) -> float:
    """Loudest 6 ms above 9 kHz against the whole, of sounds that have nothing up there."""
    spectrum = np.fft.rfft(audio * np.hanning(len(audio)))
    spectrum[: int(9_000 / SAMPLE_RATE * len(audio))] = 0
    high = np.fft.irfft(spectrum)
    blocks = high[: len(high) // 256 * 256].reshape(-1, 256)
    return float(10 * np.log10((blocks**2).mean(axis=1).max() / (audio**2).mean()))


def test_voices_are_stolen_without_a_click(engine: EnginePage) -> None:
    # Sines far under 9 kHz; the note that steals is inaudible, so its own beginning is not heard.
    events = [organ(45.0, time=0.0), organ(52.0, time=0.1)]
    thief = organ(57.0, time=0.4, level=-60.0, velocity=1)
    steady = engine.render(events, 0.8, voices=8)[int(0.2 * SAMPLE_RATE) :, 0]
    stolen = engine.render([*events, thief], 0.8, voices=2)[int(0.2 * SAMPLE_RATE) :, 0]
    later = int(0.25 * SAMPLE_RATE)
    assert level_db(stolen[later:], 0, 0.3) < level_db(steady[later:], 0, 0.3) - 1  # one is gone
    cut = steady.copy()
    cut[int(0.2 * SAMPLE_RATE) :] = 0
    assert _roughness_db(steady) < -90
    assert _roughness_db(cut) > -60  # what a click would be
    assert _roughness_db(stolen) < -85


def test_all_notes_off_is_quick_and_clickless(engine: EnginePage) -> None:
    events = [organ(45.0), organ(52.0), {"type": "silence", "time": 0.4}]
    audio = engine.render(events, 0.8)[int(0.1 * SAMPLE_RATE) :, 0]
    assert not audio[int(0.33 * SAMPLE_RATE) :].any()
    assert _roughness_db(audio) < -80


def test_what_is_too_loud_is_turned_down_and_the_rest_is_not_touched(engine: EnginePage) -> None:
    hits = [organ(note, velocity=127) for note in (45.0, 52.0, 57.0, 61.0)]
    quiet = engine.render(hits, 1.0, level_db=-40.0)
    loud = engine.render(hits, 1.0, level_db=30.0)
    fair = engine.render(hits, 1.0, level_db=-20.0)
    assert np.abs(loud).max() <= CEILING
    assert np.abs(fair).max() > 0.01
    assert np.allclose(fair, 10 * quiet, atol=1e-7)
    # Turned down, not cut off: still the same sound, nothing new up where it has nothing.
    assert _roughness_db(loud[4_410:, 0]) < -60


def test_sixty_seconds_of_dense_playing_stay_sound(engine: EnginePage) -> None:
    rng = np.random.default_rng(0)
    names = ["rich", "plain", "organ", "kit"]
    events = [
        {
            "time": float(t),
            "instrument": str(rng.choice(names)),
            "velocity": float(rng.uniform(20, 127)),
            "note": float(rng.integers(36, 84)),
            "wildness": 2.0,
            "attack": float(rng.uniform(-1, 1)),
            "brightness": float(rng.integers(-2, 3)) / 2,
            "decay": float(rng.uniform(-1, 1)),
        }
        for t in np.sort(rng.uniform(0, 58, 1_500))
    ]
    audio = engine.render(events, 60.0, level_db=12.0)
    assert np.isfinite(audio).all()
    assert np.abs(audio).max() <= CEILING
    windows = audio[: 59 * SAMPLE_RATE].reshape(59, -1)
    assert (np.sqrt((windows**2).mean(axis=1)) > 1e-3).all()  # never silent
