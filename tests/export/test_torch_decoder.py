"""The decoder in torch against the one in numpy."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from export.handmade import (  # noqa: E402
    KIT,
    TONES,
    make_instrument,
    make_untrained,
    with_contours,
    with_trajectories,
)
from messina.export import torch_tables  # noqa: E402
from messina.export.torch_decoder import Decoder  # noqa: E402
from messina.frames.layout import (  # noqa: E402
    BANDS,
    FINE_CELLS,
    FLAT_FINE,
    HOP,
    PARTIAL_FLOOR,
    REFERENCE_HZ,
)
from messina.instrument.controls import Controls, tilted  # noqa: E402
from messina.instrument.decoding import Decoded, Latent, decode, to_frames  # noqa: E402

LENGTH_S = 1.5


def some_controls(count: int) -> list[Controls]:
    rng = np.random.default_rng(count)
    return [
        Controls(
            note=None if i % 3 == 0 else float(rng.uniform(20, 110)),
            loudness_db=float(rng.uniform(-70, 0)),
            brightness_hz=float(rng.uniform(50, 15_000)),
            decay_s=float(rng.uniform(0.001, 20)),
        )
        for i in range(count)
    ]


@pytest.mark.parametrize("batch", [1, 3, 16])
def test_frames_gain_and_length_are_those_of_the_numpy_decoder(batch: int) -> None:
    instrument = make_untrained((*KIT, *TONES))
    decoder = Decoder(instrument)
    rng, controls = np.random.default_rng(batch), some_controls(batch)
    shape = (batch, torch_tables.DEVIATION_MOMENTS, torch_tables.DEVIATION_KNOTS)
    knots = rng.standard_normal(shape) * (0.5 * (np.arange(batch) % 3))[:, None, None]
    slopes = 0.3 * (np.arange(batch) % 2)
    # What has a pitch keeps its noise where it is, whatever its pitch.
    ratios = np.array([1.0, 1.3, 0.7])[np.arange(batch) // 3 % 3]
    drawn = {
        "z": torch.from_numpy(rng.standard_normal((batch, 16)).astype(np.float32)),
        "label": torch.arange(batch) % 6 - 1,
        "labels": (torch.arange(batch) % 6 - 1)[:, None],
        "shares": torch.ones(batch, 1, dtype=torch.float64),
        "note": torch.tensor([np.nan if c.note is None else c.note for c in controls]).double(),
        "tilt": torch.from_numpy(slopes),
        "knots": torch.from_numpy(knots),
        "reference_hz": torch.from_numpy(REFERENCE_HZ * ratios),
    }
    for name in ("loudness_db", "brightness_hz", "decay_s"):
        drawn[name] = torch.tensor([getattr(c, name) for c in controls], dtype=torch.float64)
    with torch.no_grad():
        points, onset = decoder.decode(drawn)
        lengths = torch.full([batch], LENGTH_S, dtype=torch.float64)
        frames = decoder.frames_heard(points, lengths)
        body = decoder.frames_of(points, frames)
        gain = decoder.gain(
            body, frames, torch.full([batch], -6.0, dtype=torch.float64), torch.zeros(batch)
        )
    joined = 0
    for i, own in enumerate(controls):
        latent = Latent(z=drawn["z"][i].numpy(), label=i % 6 - 1, controls=own)
        decoded = decode(
            instrument.network, latent, instrument.manifest.scale, deviation=1.0, knots=knots[i]
        )
        decoded = Decoded(points=tilted(decoded.points, slopes[i]), onset=decoded.onset)
        wanted = to_frames(
            decoded,
            gain_db=-6.0,
            fine=np.full(FINE_CELLS, FLAT_FINE, np.uint8),
            transposed_by=ratios[i] if own.note is None else 1.0,
            most_frames=1 + round(44_100 * LENGTH_S) // HOP + 1,
        )
        np.testing.assert_allclose(onset[i].numpy(), wanted.onset, atol=1e-4)
        assert abs(int(frames[i]) - len(wanted)) <= 1
        count = min(int(frames[i]), len(wanted))
        error = np.abs(body[i, :count].numpy() - wanted.body[:count])
        # Where a level is a hair from the gate of its deviation, both sides are right.
        assert np.mean(error > 2e-3) < 1e-3
        assert np.median(error) < 1e-5
        assert float(gain[i]) == pytest.approx(wanted.gain, rel=1e-3)
        joined += int((decoded.points[:, :BANDS] == PARTIAL_FLOOR).all(axis=0).sum())
    assert joined > 0  # or joining would not have been tried


def test_bands_in_a_row_that_are_one_partial_are_joined_in_turn() -> None:
    from messina.frames.layout import BODY_FLOOR, ONSET_SIZE, ONSET_SLICES
    from messina.instrument.decoding import join_neighbours

    decoder, rng = Decoder(make_untrained(KIT)), np.random.default_rng(3)
    # Alternately at the top and the bottom of their bands, and a few all over the place.
    offsets = np.where(np.arange(BANDS) % 2, -0.45, 0.45) * rng.uniform(0.3, 1.1, (40, BANDS))
    offsets = np.where(rng.random((40, BANDS)) < 0.3, offsets, np.linspace(0.5, -0.5, BANDS))
    offsets[:5] = 0.5 - 0.6 * np.arange(BANDS)  # all are one
    onset = np.zeros((40, ONSET_SIZE), np.float32)
    onset[:, ONSET_SLICES["offsets"]] = offsets
    points = rng.uniform(-9, 0, (40, 20, len(BODY_FLOOR))).astype(np.float32)
    points = np.maximum(points, BODY_FLOOR)
    got = decoder.joined_neighbours(torch.from_numpy(points), torch.from_numpy(onset)).numpy()
    for i in range(40):
        wanted = points[i].copy()
        join_neighbours(wanted, onset[i])
        assert (wanted != points[i]).any()
        np.testing.assert_allclose(got[i], wanted, atol=2e-5)


def test_what_has_a_contour_has_no_glide() -> None:
    from messina.frames.layout import ONSET_SLICES

    instrument = with_contours(with_trajectories(make_instrument((*KIT, *TONES))))
    sounds, latent = len(instrument.known.labels), instrument.manifest.network.latent
    moving = [instrument.trajectories.of(i) for i in range(sounds)]
    bends = [own is not None and own.contour is not None for own in moving]
    ones = torch.ones(sounds, dtype=torch.float64)
    drawn = {
        "z": torch.zeros(sounds, latent),
        "labels": torch.zeros(sounds, 1, dtype=torch.long),
        "shares": ones[:, None],
        "note": torch.nan * ones,
        "tilt": 0 * ones,
        "knots": torch.zeros(
            sounds, torch_tables.DEVIATION_MOMENTS, torch_tables.DEVIATION_KNOTS
        ).double(),
        "reference_hz": REFERENCE_HZ * ones,
        "loudness_db": -20 * ones,
        "brightness_hz": 900 * ones,
        "decay_s": 0.5 * ones,
        "model": torch.arange(sounds),
    }
    with torch.no_grad():
        _, onset = Decoder(instrument).decode(drawn)
    glides = onset[:, ONSET_SLICES["glide"].start].numpy()
    assert any(bends)
    assert not all(bends)
    np.testing.assert_array_equal(glides == 0.0, bends)
