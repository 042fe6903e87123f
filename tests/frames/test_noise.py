import numpy as np
import pytest
from tests.frames.signals import decaying_noise

from messina.frames.excitation import CELL_HZ, Excitation
from messina.frames.layout import (
    BANDS,
    BODY_FLOOR,
    ERBS,
    FINE_CELLS,
    FLAT_FINE,
    GROUPS,
    HOP,
    LOOP_SIZE,
    MOST_FINE,
    NOISE_FLOOR,
    STEPS,
)
from messina.frames.noise import (
    ATTACK_SIZE,
    GROUP_BINS,
    NOISE_SIZE,
    BodyNoise,
    OnsetShaper,
    SpectralFilter,
)
from messina.frames.noise_levels import fine_spectrum, noise_levels
from messina.frames.stereo import MONO_MIX
from messina.units import SAMPLE_RATE

FLAT = np.full(FINE_CELLS, FLAT_FINE, np.uint8)
MONO = np.broadcast_to(MONO_MIX, (1, 2, NOISE_SIZE // 2 + 1))


def test_a_filter_of_ones_only_delays():
    rng = np.random.default_rng(0)
    signal = rng.standard_normal((2, 64 * 40)).astype(np.float32)
    spectral = SpectralFilter(size=ATTACK_SIZE, hop=64, channels=2)
    out = spectral.overlapped(spectral.spectra(signal))
    lead = spectral.lead
    np.testing.assert_allclose(out[:, 2 * lead :], signal[:, lead:-lead], atol=1e-5)


def test_flat_levels_play_noise_as_loud():
    rows = np.full((400, GROUPS), np.log(0.1), np.float32)
    sound = BodyNoise(MONO, Excitation(FLAT, key=3)).step(rows)[0]
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(0.1, rel=0.04)  # 0.35 dB


def test_measuring_what_was_played_gives_the_levels_back():
    slope = np.linspace(-2, -6, GROUPS)
    rows = np.repeat(slope[None], 600, axis=0).astype(np.float32)
    sound = BodyNoise(MONO, Excitation(FLAT, key=1)).step(rows)[0]
    power = np.exp(2 * noise_levels(sound, 0 * sound, 600)[20:-20].astype(np.float64)).mean(axis=0)
    bias = 0.5 * np.log(power) - slope
    assert abs(np.mean(bias[1:-1])) < 0.05  # 0.4 dB over all groups
    assert (
        np.abs(bias[1:-1]).max() < 0.25
    )  # 2.2 dB: a bin alone has 600 frames of 4 that are its own


def test_modes_a_few_hertz_apart_are_held():
    """Two of them within one bin of the levels, and a gap between."""
    seconds = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    modes = sum(np.sin(2 * np.pi * hz * seconds + hz) for hz in (3000.0, 3030.0))
    sound = (0.1 * modes).astype(np.float32)
    frames = len(sound) // HOP
    levels = noise_levels(sound, 0 * sound, frames)
    played = BodyNoise(MONO, Excitation(fine_spectrum(sound, levels), key=5)).step(levels)[0]
    power = np.abs(np.fft.rfft(played[: 2**16] * np.hanning(2**16))) ** 2
    hz = np.fft.rfftfreq(2**16, 1 / SAMPLE_RATE)
    at = [power[np.abs(hz - place) < 3].sum() for place in (3000.0, 3015.0, 3030.0)]
    assert min(at[0], at[2]) > 10 * at[1]  # 10 dB: the levels follow the beat a little, too


def dying_modes(seed: int) -> np.ndarray:
    """Modes some 12 Hz apart, each of which dies away at a pace of its own."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    places = np.arange(200.0, 1_800.0, 12.0)
    places += rng.uniform(-4, 4, len(places))
    paces = rng.uniform(2.0, 12.0, len(places))[:, None]
    turns = 2 * np.pi * (places[:, None] * seconds + rng.random(len(places))[:, None])
    modes = np.exp(-paces * seconds) * np.sin(turns)
    return (0.02 * modes.sum(axis=0)).astype(np.float32)


def contrast_db(audio: np.ndarray) -> float:
    """Standard deviation of the spectrum from 0.5 s on, 300 to 1,700 Hz."""
    late = audio[SAMPLE_RATE // 2 :][: 2**14]
    power = np.abs(np.fft.rfft(late * np.hanning(len(late)))) ** 2
    hz = np.fft.rfftfreq(len(late), 1 / SAMPLE_RATE)
    return float(np.std(10 * np.log10(power[(hz > 300) & (hz < 1_700)])))


def test_late_in_a_sound_the_modes_that_are_left_stand_out():
    """Of many modes few are left: 17 dB of contrast. A spectrum that tells their mean over the
    whole sound alone keeps 55 to 58 % of it."""
    sounds = [dying_modes(seed) for seed in (6, 7, 8)]
    kept = []
    for sound in sounds:
        levels = noise_levels(sound, 0 * sound, len(sound) // HOP)
        excitation = Excitation(fine_spectrum(sound, levels), key=5)
        kept.append(contrast_db(BodyNoise(MONO, excitation).step(levels)[0]) / contrast_db(sound))
    assert np.mean(kept) > 0.62


def test_a_fine_spectrum_is_even_on_average_round_every_group():
    noise = decaying_noise(seed=4)
    levels = noise_levels(noise, 0 * noise, 1 + len(noise) // HOP)
    codes = fine_spectrum(noise, levels)
    for group in range(2, GROUPS):
        row = np.full((1, GROUPS), NOISE_FLOOR, np.float32)
        row[0, group] = 0.0
        powers = []
        for spectrum in (codes, FLAT):
            sound = BodyNoise(MONO, Excitation(spectrum, key=2)).step(np.repeat(row, 500, axis=0))
            powers.append(float(np.mean(sound**2)))
        # the levels' straight lines and the codes' 3 dB steps are not the same weights.
        assert 10 * np.log10(powers[0] / powers[1]) == pytest.approx(0.0, abs=1.0)


def test_a_level_that_is_too_high_by_leaks_is_taken_back():
    """As beside a loud line: the window of the analysis spreads it over the bins around."""
    noise = decaying_noise(seed=4)
    levels = noise_levels(noise, 0 * noise, 1 + len(noise) // HOP)
    leaked = levels.copy()
    leaked[:, 3:8] += np.log(10 ** (10 / 20))
    played = [
        BodyNoise(MONO, Excitation(fine_spectrum(noise, told), key=2)).step(told)[0]
        for told in (levels, leaked)
    ]
    low, high = (GROUP_BINS[[4, 6]] * SAMPLE_RATE / NOISE_SIZE).tolist()
    hz = np.fft.rfftfreq(len(played[0]), 1 / SAMPLE_RATE)
    band = (hz > low) & (hz < high)
    powers = [float(np.square(np.abs(np.fft.rfft(audio)[band])).sum()) for audio in played]
    # Codes are 3 dB apart; the straight lines to the groups beside are not leaked.
    assert 10 * np.log10(powers[1] / powers[0]) == pytest.approx(0.0, abs=2.0)


def test_two_keys_begin_elsewhere_in_one_loop():
    codes = np.random.default_rng(1).integers(0, MOST_FINE + 1, FINE_CELLS, np.uint8)
    first, second = (Excitation(codes, key=key).read(0, LOOP_SIZE) for key in (1, 2))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.05
    spectra = [np.abs(np.fft.rfft(x.astype(np.float64))) for x in (first, second)]
    np.testing.assert_allclose(*spectra, rtol=1e-3, atol=1e-2)
    copy = Excitation(codes, key=1).read(0, LOOP_SIZE, decorrelated=True)
    np.testing.assert_array_equal(copy, np.roll(first, -LOOP_SIZE // 2))


def test_a_ratio_moves_the_modes():
    codes = np.zeros(FINE_CELLS, np.uint8)
    codes[round(1000 / CELL_HZ)] = MOST_FINE
    moved = Excitation(codes, key=1, ratio=1.5).read(0, LOOP_SIZE)
    hz = np.fft.rfftfreq(LOOP_SIZE, 1 / SAMPLE_RATE)
    assert hz[np.abs(np.fft.rfft(moved)).argmax()] == pytest.approx(1500.0, abs=2 * CELL_HZ)


def test_the_onset_shaper_leaves_sound_alone_when_its_gains_are_one():
    rng = np.random.default_rng(5)
    noise = rng.standard_normal((1, HOP * 20)).astype(np.float32)
    shaped = OnsetShaper(np.zeros((STEPS, ERBS), np.float32), channels=1).step(noise)
    np.testing.assert_allclose(shaped, noise[:, HOP:], atol=1e-5)


def test_the_onset_shaper_mutes_before_its_step():
    rng = np.random.default_rng(6)
    noise = rng.standard_normal((2, HOP * 16)).astype(np.float32)
    gains = np.zeros((STEPS, ERBS), np.float32)
    gains[:8] = -6.0
    whole = OnsetShaper(gains, channels=2).step(noise)
    muted, open_ = whole[:, :256], whole[:, 1024:1536]
    assert np.sqrt(np.mean(muted**2)) < 0.05 * np.sqrt(np.mean(open_**2))


def test_a_leak_beside_a_strong_sinusoid_is_not_noise():
    n = np.arange(256 * 200)
    tone = np.sin(2 * np.pi * 1000 / 44_100 * n).astype(np.float32)
    left_over = 0.01 * tone  # an imperfect subtraction, 40 dB down
    levels = noise_levels(left_over, tone, 200)[10:-10]
    assert levels.max() < np.log(1e-3)
    assert noise_levels(left_over, 0 * tone, 200)[10:-10].max() > np.log(1e-3)


def test_silence_has_the_floor_as_its_level():
    levels = noise_levels(np.zeros(5000, np.float32), np.zeros(5000, np.float32), 20)
    assert (levels == np.float32(NOISE_FLOOR)).all()
    assert (BODY_FLOOR[BANDS:] == np.float32(NOISE_FLOOR)).all()
