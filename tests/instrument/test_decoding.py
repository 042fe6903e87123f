import numpy as np

from messina.frames.layout import BANDS, BODY_FLOOR, ONSET_SIZE, ONSET_SLICES, PARTIAL_FLOOR
from messina.instrument import Instrument
from messina.instrument.decoding import join_neighbours
from messina.instrument.timegrid import POINTS


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


def test_new_sounds_end_where_the_corpus_ends(instrument: Instrument) -> None:
    for label in instrument.labels:
        lengths = [s.length_s for s in instrument.manifest.sounds if s.label == label]
        for seed in range(4):
            length_s = len(instrument.render(label=label, seed=seed)) / 44_100
            assert length_s <= max(lengths) + 0.01
