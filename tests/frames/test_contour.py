from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from tests.frames.signals import decaying_noise, decaying_tone, gliding_tone, level_db, seconds

from messina.corpus.cache import decode_frames, encode_frames
from messina.frames.analysis import analyse
from messina.frames.contour import pace_of, read_warped, straightened, warped_times
from messina.frames.layout import HOP, REFERENCE_HZ, frame_count
from messina.frames.synthesis import Synthesiser, synthesise
from messina.units import SAMPLE_RATE, note_to_hz


def singing(
    hz: float, *, cents: float, rate_hz: float, duration_s: float = 2.0, harmonics: int = 12
) -> tuple[np.ndarray, np.ndarray]:
    """A tone with vibrato [N], and its deviation in cents [N]."""
    t = seconds(duration_s)
    deviation = cents * np.sin(2 * np.pi * rate_hz * t)
    phase = 2 * np.pi * np.cumsum(hz * np.exp2(deviation / 1200)) / SAMPLE_RATE
    swell = np.minimum(t / 0.02, 1.0) * np.minimum((duration_s - t) / 0.05, 1.0)
    tone = sum(np.sin(h * phase) / h for h in range(1, harmonics + 1))
    return (0.3 * swell * tone).astype(np.float32), deviation


def depth_and_rate(contour: np.ndarray) -> tuple[float, float]:
    """Depth in cents and rate in Hz of the strongest vibrato of a contour [T]."""
    inner = contour[30:-30] - contour[30:-30].mean()
    size = 1 << 15
    spectrum = np.abs(np.fft.rfft(inner * np.hanning(len(inner)), size))
    peak = int(spectrum.argmax())
    return 4 * spectrum[peak] / len(inner), peak * SAMPLE_RATE / HOP / size


@pytest.mark.parametrize(
    ("hz", "cents", "rate_hz"), [(440.0, 50.0, 5.5), (110.0, 30.0, 6.0), (1_568.0, 90.0, 4.5)]
)
def test_depth_and_rate_of_a_vibrato_are_found(hz, cents, rate_hz):
    tone, _ = singing(hz, cents=cents, rate_hz=rate_hz)
    contour = analyse(tone, reference_hz=hz).contour
    assert contour is not None
    depth, rate = depth_and_rate(contour)
    assert depth == pytest.approx(cents, abs=5.0)
    assert rate == pytest.approx(rate_hz, rel=0.03)


@pytest.mark.parametrize("hz", [220.0, 440.0, 880.0])
def test_a_vibrato_is_played_by_oscillators_and_not_as_noise(hz):
    tone, _ = singing(hz, cents=60.0, rate_hz=6.0)
    frames = analyse(tone, reference_hz=hz)
    assert frames.contour is not None
    inner = slice(SAMPLE_RATE // 4, -SAMPLE_RATE // 4)
    played = synthesise(frames, key=1, samples=len(tone))
    silent = frames.body.copy()
    silent[:, frames.partials.shape[1] :] = -100.0
    sines = synthesise(replace(frames, body=silent), key=1, samples=len(tone))
    # "Under the partials": today's noise of such a tone lies 3 to 12 dB under them.
    noise = level_db((played - sines)[inner, 0])
    assert noise < level_db(sines[inner, 0]) - 20


def test_what_is_played_has_the_vibrato_that_was_there():
    tone, _ = singing(330.0, cents=40.0, rate_hz=5.0)
    frames = analyse(tone, reference_hz=330.0)
    again = analyse(synthesise(frames, key=3, samples=len(tone))[:, 0], reference_hz=330.0)
    assert frames.contour is not None
    assert again.contour is not None
    depth, rate = depth_and_rate(again.contour)
    assert depth == pytest.approx(40.0, abs=5.0)
    assert rate == pytest.approx(5.0, rel=0.03)


def test_a_voice_without_a_known_pitch_is_followed_over_an_octave():
    t = seconds(1.0)
    octaves = -0.5 + t  # 140 Hz up to 280 Hz
    phase = 2 * np.pi * np.cumsum(200.0 * np.exp2(octaves)) / SAMPLE_RATE
    voice = sum(np.sin(h * phase) / h for h in range(1, 16)).astype(np.float32)
    contour = analyse(0.2 * voice).contour
    assert contour is not None
    inner = slice(20, -20)
    expected = 1200 * np.interp(np.arange(len(contour)) * HOP, np.arange(len(t)), octaves)
    difference = (contour - expected)[inner]
    assert np.abs(difference - np.median(difference)).max() < 25


def test_a_shallow_vibrato_has_a_contour_and_a_pitch_that_settles_as_far_has_none():
    tone, _ = singing(660.0, cents=6.0, rate_hz=5.0)
    assert analyse(tone, reference_hz=660.0).contour is not None
    t = seconds(2.0)
    settling = 660.0 * np.exp2(30 * np.exp(-t / 0.05) / 1200)
    phase = 2 * np.pi * np.cumsum(settling) / SAMPLE_RATE
    struck = sum(np.sin(h * phase) / h for h in range(1, 6)) * np.exp(-t / 0.5)
    assert analyse((0.3 * struck).astype(np.float32), reference_hz=660.0).contour is None


@pytest.mark.parametrize(
    ("sound", "pitch_hz"),
    [
        (decaying_tone(220.0), 220.0),
        (decaying_tone(220.0) + decaying_tone(331.0), REFERENCE_HZ),
        (decaying_noise(), REFERENCE_HZ),
        (gliding_tone(60.0, semitones=12.0, tau_s=0.03), REFERENCE_HZ),
        (decaying_tone(440.0, duration_s=0.03), 440.0),
        (singing(440.0, cents=2.0, rate_hz=6.0)[0], 440.0),
    ],
    ids=["note", "two notes", "noise", "kick", "click", "hardly"],
)
def test_what_hardly_moves_has_no_contour(sound, pitch_hz):
    assert analyse(sound, reference_hz=pitch_hz).contour is None


def falling_drum() -> np.ndarray:
    """A head's three modes that fall together by 4.8 semitones, and the noise of the stick."""
    t = seconds(2.0)
    ratio = np.exp2(0.4 * np.exp(-t / 0.08))
    modes = [(1.0, 1.0, 0.35), (1.59, 0.4, 0.2), (2.14, 0.2, 0.12)]
    head = sum(
        level * np.exp(-t / tau) * np.sin(2 * np.pi * np.cumsum(110.0 * part * ratio) / SAMPLE_RATE)
        for part, level, tau in modes
    )
    stick = np.random.default_rng(0).standard_normal(len(t)) * np.exp(-t / 0.05)
    return (0.5 * head + 0.03 * stick).astype(np.float32)


def test_what_is_struck_and_falls_in_pitch_has_a_glide_and_no_contour():
    frames = analyse(falling_drum())
    assert frames.contour is None
    assert frames.glide[0] > 2.0


def test_a_siren_that_is_loud_at_once_has_a_contour():
    t = seconds(2.0)
    phase = 2 * np.pi * np.cumsum(700.0 * np.exp2(0.5 * np.sin(np.pi * t))) / SAMPLE_RATE
    siren = sum(np.sin(h * phase) / h for h in range(1, 6)) * np.exp(-t)
    contour = analyse((0.2 * siren).astype(np.float32)).contour
    assert contour is not None
    assert np.ptp(contour) == pytest.approx(1_200.0, rel=0.05)  # half an octave up, half down


def test_a_contour_is_kept_in_the_cache():
    frames = analyse(singing(440.0, cents=50.0, rate_hz=5.0)[0], reference_hz=440.0)
    kept = decode_frames(encode_frames(frames)).contour
    assert kept is not None
    assert np.array_equal(kept, frames.contour)


def test_warping_back_and_forth_gives_the_same_sound():
    tone, deviation = singing(300.0, cents=200.0, rate_hz=3.0, duration_s=0.5)
    frames = frame_count(len(tone))
    times = warped_times(
        np.interp(np.arange(frames) * HOP, np.arange(len(tone)), deviation), len(tone)
    )
    back = read_warped(straightened(tone, times), times)
    inner = slice(500, -500)
    error = level_db((back - tone)[inner]) - level_db(tone[inner])
    assert error < -60  # cubic interpolation of what is four times oversampled, twice


def test_warped_time_passes_at_the_pace():
    cents = np.array([0.0, 1200.0, 1200.0])
    times = warped_times(cents, 3 * HOP)
    assert times[HOP] == pytest.approx(1.5 * HOP)
    assert times[2 * HOP] == pytest.approx(3.5 * HOP)
    assert np.diff(times)[-1] == pytest.approx(2.0)
    assert pace_of(np.array([-1200.0])) == pytest.approx(0.5)


def test_portions_of_a_sound_that_moves_are_the_whole():
    frames = analyse(singing(440.0, cents=50.0, rate_hz=5.0, duration_s=0.5)[0], reference_hz=440.0)
    whole = synthesise(frames, key=9)
    synthesiser = Synthesiser(frames, key=9)
    contour = frames.contour
    assert contour is not None
    cuts = [0, 1, 4, 5, 30, len(frames)]
    parts = [synthesiser.step(frames.body[a:b], contour[a:b]) for a, b in pairwise(cuts)]
    cut = np.concatenate([*parts, synthesiser.finish()])[: len(whole)]
    # Sums of float32 in another order.
    assert level_db(cut - whole) < level_db(whole) - 90


@pytest.mark.parametrize("note", [41.0, 46.0, 61.0, 62.0, 64.0, 87.0])
def test_a_bell_has_none_though_its_partials_die_away_one_after_the_other(note: float) -> None:
    """Their mixture seems to move; partials of no harmonic series are not one pitch."""
    t = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    strike = float(note_to_hz(note))
    ratios = ((1.22, 0.13), (1.98, 0.28), (2.92, 0.85), (4.02, 1.0), (5.24, 0.45), (6.38, 0.15))
    bell = sum(a * np.sin(2 * np.pi * r * strike * t) * np.exp(-t * r / 1.5) for r, a in ratios)
    audio = np.repeat(0.17 * np.asarray(bell, np.float32)[:, None], 2, axis=1)
    assert analyse(audio, reference_hz=strike).contour is None
