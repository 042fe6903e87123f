from dataclasses import replace

import msgspec
import numpy as np

from export.handmade import KIT, TONES, make_instrument, with_contours, with_trajectories
from messina.counter_rng import CounterRng
from messina.frames.layout import (
    BANDS,
    BODY_FLOOR,
    ONSET_SIZE,
    ONSET_SLICES,
    PARTIAL_FLOOR,
    oscillator_hz,
)
from messina.frames.synthesis import synthesise
from messina.instrument import Instrument
from messina.instrument.controls import Controls
from messina.instrument.decoding import Latent, decode, join_neighbours, to_frames
from messina.instrument.timegrid import POINTS
from messina.units import SAMPLE_RATE


def points_with(levels: dict[int, float]) -> np.ndarray:
    points = np.tile(BODY_FLOOR, (POINTS, 1))
    for band, level in levels.items():
        points[:, band] = level
    return points


def onset_with(offsets: dict[int, float]) -> np.ndarray:
    onset = np.zeros(ONSET_SIZE, np.float32)
    onset[ONSET_SLICES["offsets"]][list(offsets)] = list(offsets.values())
    return onset


def test_two_oscillators_at_one_partial_become_one_as_loud_as_both() -> None:
    points = points_with({5: -1.0, 6: -2.0})
    join_neighbours(points, onset_with({5: 0.45, 6: -0.4}))
    np.testing.assert_allclose(np.exp(2 * points[:, 5]), np.exp(-2.0) + np.exp(-4.0), rtol=1e-4)
    assert (points[:, 6] == np.float32(PARTIAL_FLOOR)).all()


def test_oscillators_apart_are_left_alone() -> None:
    points = points_with({5: -1.0, 6: -2.0, 40: -1.0, 41: -1.0})
    before = points.copy()
    join_neighbours(points, onset_with({5: 0.2, 6: -0.1}))
    np.testing.assert_array_equal(points[:, :BANDS], before[:, :BANDS])


def test_the_fundamental_lies_at_the_pitch_whatever_the_network_says(
    instrument: Instrument,
) -> None:
    network, manifest = instrument.network, instrument.manifest
    latent = Latent(
        z=np.full(network.config.latent, 2.0, np.float32),
        label=0,
        controls=Controls(note=69.0, loudness_db=-20.0, brightness_hz=900.0, decay_s=0.5),
    )
    for note, tuned in ((69.0, True), (None, False)):
        controls = msgspec.structs.replace(latent.controls, note=note)
        asked = Latent(z=latent.z, label=0, controls=controls)
        offsets = decode(network, asked, manifest.scale).onset[ONSET_SLICES["offsets"]]
        lowest_hz = oscillator_hz(offsets, 440.0)[0]
        assert (abs(lowest_hz - 440.0) < 0.01) == tuned


def test_new_sounds_end_where_the_corpus_ends(instrument: Instrument) -> None:
    for label in instrument.labels:
        lengths = [s.length_s for s in instrument.manifest.sounds if s.label == label]
        for seed in range(4):
            length_s = len(instrument.render(label=label, seed=seed)) / 44_100
            assert length_s <= max(lengths) + 0.01


def test_what_has_a_contour_does_not_glide_as_its_relatives_do() -> None:
    moving = with_contours(with_trajectories(make_instrument((*KIT, *TONES))))
    drawn = [
        moving.frames(label=label, rng=CounterRng(seed))
        for seed in range(20)
        for label in moving.labels
    ]
    glides = {
        frames.contour is not None: float(frames.glide[0])
        for frames in drawn
        if frames.body.shape[0] > 1
    }
    assert glides[True] == 0.0
    assert glides[False] > 3.0


def test_what_lies_under_the_lowest_level_is_played_and_is_no_dc() -> None:
    instrument = make_instrument(KIT)
    latent = Latent(
        z=np.zeros(instrument.network.config.latent, np.float32),
        label=1,
        controls=instrument.known.controls[0],
    )
    decoded = decode(instrument.network, latent, instrument.manifest.scale)
    assert (decoded.points[0, BANDS:] > BODY_FLOOR[BANDS:] + 1.0).all()
    frames = to_frames(decoded, gain_db=-20.0, fine=instrument.fine.of(0), length_s=0.5)
    body = np.repeat(frames.body[:1], len(frames), axis=0)  # stands still
    body[:, :BANDS] = BODY_FLOOR[:BANDS]
    silent = body.copy()
    silent[:, BANDS] = BODY_FLOOR[BANDS]
    sounds, others = (
        np.stack([synthesise(replace(frames, body=rows), key=key)[:, 0] for key in range(64)])
        for rows in (body, silent)
    )
    # One play has a mean by chance; a constant would stay when many are averaged.
    assert abs(sounds.mean()) < 1e-3 * np.abs(sounds).max()
    hz = np.fft.rfftfreq(sounds.shape[1], 1 / SAMPLE_RATE)
    low = (hz > 8) & (hz < 30)
    powers = [np.square(np.abs(np.fft.rfft(each)[:, low])).mean() for each in (sounds, others)]
    assert powers[0] > 2 * powers[1]
