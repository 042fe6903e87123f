"""How sounds that move are kept: words by their syllables, hits by nothing beside their latent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

import messina
from messina.counter_rng import CounterRng
from messina.frames.layout import BODY_FLOOR, BODY_SIZE, HOP
from messina.instrument.encoder import encode_audio
from messina.instrument.timegrid import POINTS
from messina.instrument.trajectories import (
    TRAJECTORY_SIZE,
    WARP_PIECES,
    Residual,
    Trajectory,
    contour_rows,
    on_components,
    row_count,
    rows_of,
    trajectory_of,
    warped,
)
from messina.units import SAMPLE_RATE

SYLLABLES_HZ = 5.0


def a_call(rng: np.random.Generator) -> NDArray[np.float32]:
    """A second of noise whose colour goes up and down, two octaves around 1 kHz."""
    time_s = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    centre = 1_000 * 2 ** np.sin(2 * np.pi * SYLLABLES_HZ * time_s + rng.uniform(0, 6))
    phase = 2 * np.pi * np.cumsum(centre) / SAMPLE_RATE
    slow = np.convolve(rng.standard_normal(len(time_s) + 255), np.hanning(256) / 16, "valid")
    sound = 0.3 * slow * np.cos(phase)
    sound[-2_000:] *= np.linspace(1, 0, 2_000)
    return sound.astype(np.float32)


def a_hit(rng: np.random.Generator) -> NDArray[np.float32]:
    time_s = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    hz = 180 * 2 ** rng.uniform(-0.2, 0.2)
    tone = np.sin(2 * np.pi * hz * time_s) + 0.1 * rng.standard_normal(len(time_s))
    return (0.5 * tone * np.exp(-8 * time_s)).astype(np.float32)


def centroids_hz(audio: NDArray[np.float32]) -> NDArray[np.float64]:
    """Spectral centroid every 10 ms over 20 ms, of what sounds in them."""
    mono = audio.mean(axis=1) if audio.ndim > 1 else audio
    windows = np.lib.stride_tricks.sliding_window_view(mono, 882)[::441] * np.hanning(882)
    power = np.abs(np.fft.rfft(windows, axis=1)) ** 2
    hz = np.fft.rfftfreq(882, 1 / SAMPLE_RATE)
    return np.asarray(power @ hz / np.maximum(power.sum(axis=1), 1e-9))


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> messina.Instrument:
    folder = tmp_path_factory.mktemp("mixed")
    rng = np.random.default_rng(1)
    for i in range(6):
        soundfile.write(folder / f"call_{i}.wav", a_call(rng), SAMPLE_RATE)
        soundfile.write(folder / f"tom_{i}.wav", a_hit(rng), SAMPLE_RATE)
    return messina.learn(messina.Corpus.from_folder(folder), steps=250, seed=1)


def test_what_moves_has_a_trajectory_and_hits_have_none(learnt: messina.Instrument) -> None:
    moves = {
        label: [
            learnt.trajectories.of(int(sound)) is not None
            for sound in np.flatnonzero(learnt.known.labels == index)
        ]
        for index, label in enumerate(learnt.labels)
    }
    assert all(moves["call"])
    assert not any(moves["tom"])


def test_a_call_resynthesised_and_a_new_one_go_up_and_down(
    learnt: messina.Instrument, tmp_path: Path
) -> None:
    call = a_call(np.random.default_rng(7))
    again = learnt.resynth(call, sample_rate=SAMPLE_RATE, seed=1)
    ours, theirs = (np.log(centroids_hz(x)[5:85]) for x in (again, call))
    # A steady sound of the right colour has none of it.
    assert np.corrcoef(ours, theirs)[0, 1] > 0.7
    new = np.log(centroids_hz(learnt.render(label="call", seed=3))[5:85])
    # Two octaves from end to end in the real ones: half an octave of spread at least.
    assert new.std() > 0.5 * theirs.std()
    path = tmp_path / "it.messina"
    learnt.save(path)
    read = messina.Instrument.load(path)
    again = read.render(label="call", seed=3)
    np.testing.assert_array_equal(again, learnt.render(label="call", seed=3))


def test_a_trajectory_adds_what_the_decoded_levels_lack() -> None:
    """Levels that move along one component, beside a steady decay."""
    frames = 201
    steady = np.full((POINTS, BODY_SIZE), -3.0, np.float32)
    basis = np.zeros((TRAJECTORY_SIZE, BODY_SIZE), np.float32)
    basis[0, 30:50], basis[1, 60:] = 0.1, 0.05
    wave = 15 * np.sin(2 * np.pi * np.arange(frames) / 60)
    body = np.full((frames, BODY_SIZE), -3.0) + wave[:, None] * basis[0]
    found = trajectory_of(body.astype(np.float32), steady, basis)
    assert found is not None
    assert len(found.rows) == row_count(frames) == len(rows_of(body.astype(np.float32)))
    added = found.levels(basis, frames, frames)
    # Means of 5 frames of a wave of 60 lose 1 % of it, straight lines between them as much again.
    np.testing.assert_allclose(added, body + 3.0, atol=0.05)
    assert found.louder_db > 0
    assert trajectory_of(np.full_like(body, -3.0, np.float32), steady, basis) is None
    assert (BODY_FLOOR < -3.0).all()


def test_components_tell_what_is_heard_of_what_is_missed() -> None:
    rng = np.random.default_rng(3)
    basis = rng.standard_normal((TRAJECTORY_SIZE, BODY_SIZE)).astype(np.float32)
    wanted = rng.standard_normal((50, TRAJECTORY_SIZE)).astype(np.float32)
    heard = np.ones((50, BODY_SIZE), np.float32)
    heard[:, 70:] = 1e-4
    missed = wanted @ basis
    missed[:, 70:] += rng.normal(0, 5, missed[:, 70:].shape)
    rows = on_components(Residual(missed=missed.astype(np.float32), heard=heard), basis)
    # What is hardly heard is off by 5 for basis vectors of 10; the ridge takes a ten-thousandth.
    np.testing.assert_allclose(rows, wanted, atol=0.05)


def test_components_that_are_none_take_no_part() -> None:
    basis = np.zeros((TRAJECTORY_SIZE, BODY_SIZE), np.float32)
    basis[2, :10] = 0.1
    ones = np.ones((4, BODY_SIZE), np.float32)
    rows = on_components(Residual(missed=ones, heard=ones), basis)
    assert np.isfinite(rows).all()
    np.testing.assert_allclose(rows[:, 2], 10.0, rtol=0.01)
    assert not rows[:, [0, 1, 3]].any()


def test_time_runs_through_all_of_it_and_never_back() -> None:
    for seed in range(50):
        knots = warped(np.random.default_rng(seed).standard_normal(WARP_PIECES), 0.5)
        assert knots[0] == 0
        assert knots[-1] == pytest.approx(1, abs=1e-12)
        assert (np.diff(knots) > 0).all()
    even = warped(np.zeros(WARP_PIECES), 1.0)
    np.testing.assert_allclose(even, np.linspace(0, 1, WARP_PIECES + 1), atol=1e-12)
    rows = np.arange(5, dtype=np.float32)[:, None] * np.eye(1, TRAJECTORY_SIZE, dtype=np.float32)
    straight = Trajectory(rows=rows, louder_db=0.0)
    basis = np.eye(TRAJECTORY_SIZE, BODY_SIZE, dtype=np.float32)
    np.testing.assert_allclose(straight.levels(basis, 9, 9)[:, 0], np.arange(9) / 2, atol=1e-6)


def test_a_vibrato_is_as_deep_read_from_its_rows_as_it_was() -> None:
    at = np.arange(600)
    for rate_hz in (4.0, 6.0, 7.5):
        vibrato = 50 * np.sin(2 * np.pi * rate_hz * at * HOP / SAMPLE_RATE)
        rows = contour_rows(vibrato.astype(np.float32))
        assert len(rows) == row_count(600)
        zeros = np.zeros((len(rows), TRAJECTORY_SIZE), np.float32)
        cents = Trajectory(rows=zeros, louder_db=0.0, contour=rows).cents(600, 600)
        assert cents is not None
        # Of 50 cents; straight lines between means would lose 4 of them at 7.5 Hz.
        assert np.sqrt(2) * cents[50:-50].std() == pytest.approx(50.0, abs=2.0)


def test_a_sound_whose_pitch_moves_keeps_its_contour_and_new_ones_move_likewise(
    tmp_path: Path,
) -> None:
    t = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    singing, still = [], []
    for note in (60, 62, 64, 65, 67, 69):
        hz = 440 * 2 ** ((note - 69) / 12)
        for sounds, cents in ((singing, 50.0), (still, 0.0)):
            pitch = hz * np.exp2(cents * np.sin(2 * np.pi * 5.0 * t) / 1200)
            phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
            tone = sum(np.sin(h * phase) / h for h in range(1, 6)) * np.minimum(t / 0.02, 1)
            sounds.append((0.2 * tone).astype(np.float32))
    corpus = messina.Corpus.from_arrays(
        [*singing, *still],
        sample_rate=SAMPLE_RATE,
        labels=["voice"] * 6 + ["pipe"] * 6,
        notes=[60, 62, 64, 65, 67, 69] * 2,
    )
    instrument = messina.learn(corpus, steps=30)
    instrument.save(tmp_path / "it.messina")
    read = messina.Instrument.load(tmp_path / "it.messina")
    voice = read.frames(label="voice", note=66.0, rng=CounterRng(1)).contour
    assert voice is not None
    assert np.sqrt(2) * voice[30:-30].std() == pytest.approx(50.0, abs=5.0)
    assert read.frames(label="pipe", note=66.0, rng=CounterRng(1)).contour is None
    flat = read.frames(label="voice", note=66.0, vibrato=0.0, rng=CounterRng(1))
    assert flat.vibrato == 0.0
    heard = encode_audio(
        read.network,
        read.manifest.scale,
        read.manifest.responses,
        singing[2],
        note=64.0,
        basis=read.trajectories.basis,
    )
    assert heard.trajectory is not None
    assert heard.trajectory.contour is not None
