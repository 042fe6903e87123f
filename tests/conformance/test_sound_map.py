"""The same sound lies at the same point of the map in both players."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest

from conformance.node import answers
from differences import Differs, numbers_db
from export.handmade import KIT, TONES, Label, make_instrument, make_untrained
from messina.instrument import Instrument
from messina.instrument.parts import Request
from messina.instrument.sound_map import amid, mixture_at, part_of_mixture

_POINTS = """
    import { readFile } from "ENGINE/file.js";
    import { makeInstrument } from "ENGINE/instrument.js";
    import { takeOf } from "ENGINE/playing.js";
    import { DEFAULTS } from "ENGINE/ranges.js";
    import { mixtureAt, placeOf, soundAt } from "ENGINE/sound-map.js";
    function answer({ data, points }) {
        const bytes = Uint8Array.from(Buffer.from(data, "base64"));
        const kit = makeInstrument("kit", readFile(bytes.buffer));
        const controls = { ...DEFAULTS, wildness: 0 };
        return points.map(([x, y, label, velocity, note]) => {
            const { sounds, weights } = mixtureAt(kit, x, y, label);
            const asked = { sound: soundAt(kit, x, y, { label }), velocity, note };
            const { take } = takeOf(kit, asked, controls, 0, () => 0);
            const place = placeOf(kit, asked.sound);
            return {
                sounds, weights, z: [...take.z], labels: take.labels, scaled: [...take.scaled],
                rest: [take.label, take.modes, take.gain, take.rows, take.reference], place,
            };
        });
    }
"""


def reread(instrument: Instrument, path: Path) -> tuple[Instrument, str]:
    """The instrument as its file has it, and the file in base 64."""
    instrument.save(path)
    return Instrument.load(path), base64.b64encode(path.read_bytes()).decode()


@pytest.mark.parametrize("labels", [KIT[:1], (*KIT, *TONES)], ids=["three sounds", "fifteen"])
def test_a_point_sounds_the_same(
    labels: tuple[Label, ...], tmp_path: Path, differs: Differs
) -> None:
    instrument, data = reread(make_untrained(labels), tmp_path / "kit.messina")
    known, responses = instrument.known, instrument.manifest.responses
    rng = np.random.default_rng(4)
    points = [
        [float(x), float(y), None, None, None] for x, y in rng.uniform(0, 1, (60, 2)).round(4)
    ]
    points += [[float(x), float(y), None, 90.0, 61.0] for x, y in instrument.places]  # on the dots
    points += [
        [float(x), float(y), int(rng.integers(len(labels))), 40.0, 64.5]
        for x, y in rng.uniform(0, 1, (40, 2))
    ]
    mixed = 0
    for point, got in zip(points, answers(_POINTS, {"data": data, "points": points}), strict=True):
        x, y, label, velocity, note = point
        among = None if label is None else np.flatnonzero(known.labels == label)
        mixture = mixture_at(instrument.places, float(x or 0), float(y or 0), among=among)
        assert got["sounds"] == mixture.sounds.tolist()
        # Sums of a few doubles in another order.
        np.testing.assert_allclose(got["weights"], mixture.weights, rtol=1e-12)
        differs("neighbours on the map", "page", numbers_db(got["weights"], mixture.weights))
        request = Request(velocity=velocity, note=note, wildness=0.0)
        part = part_of_mixture(known, responses, mixture, request)
        np.testing.assert_allclose(got["z"], part.latent.z, atol=1e-6)
        shares = dict(part.latent.shares or ((part.latent.label, 1.0),))
        mixed += len(shares) > 1
        assert dict(got["labels"]).keys() == shares.keys()
        np.testing.assert_allclose([dict(got["labels"])[k] for k in shares], list(shares.values()))
        assert got["rest"][:2] == [part.latent.label, part.model]
        assert got["rest"][2] == pytest.approx(part.gain_db, abs=1e-9)
        # A step from where it belongs, by its latent among those of its labels.
        own = np.isin(known.labels, list(shares))
        far = np.square(known.means[own].astype(np.float64) - np.array(got["z"])).sum(axis=1)
        x, y = amid(instrument.places[own], far)
        assert (got["place"]["x"], got["place"]["y"]) == pytest.approx((x, y), abs=1e-6)
    assert mixed > 20 or len(labels) == 1


def test_a_dot_is_its_own_sound_and_nothing_jumps_between(tmp_path: Path) -> None:
    instrument = make_instrument((*KIT, *TONES))
    for sound, (x, y) in enumerate(instrument.places):
        mixture = mixture_at(instrument.places, float(x), float(y))
        assert mixture.sounds.tolist() == [sound]
    last = None
    for x in np.linspace(0, 1, 4_001):
        sounds, weights = mixture_at(instrument.places, float(x), 0.43)
        z = weights @ instrument.known.means[sounds].astype(np.float64)
        if last is not None:
            # Steps of a four-thousandth of the map: a jump would be as far as sounds are apart.
            assert np.abs(z - last).max() < 0.05 * np.ptp(instrument.known.means)
        last = z
