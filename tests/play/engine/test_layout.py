"""What the browser computes for itself is what Python has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from messina.frames import layout, noise
from messina.instrument import descriptors, timegrid
from play.engine.browser import EnginePage


@pytest.fixture(scope="module")
def told(engine: EnginePage) -> dict[str, Any]:
    """Everything layout.js exports that is a number or numbers."""
    values: dict[str, Any] = engine.evaluate(
        """async () => {
            const layout = await import("/engine/layout.js");
            const offset = (_, k) => ((k * 7) % 10) / 10 - 0.45;
            const offsets = Array.from({ length: layout.BANDS }, offset);
            const plain = Object.entries(layout).filter(([, value]) => typeof value !== "function");
            const asArray = (value) => ArrayBuffer.isView(value) ? Array.from(value) : value;
            return {
                ...Object.fromEntries(plain.map(([name, value]) => [name, asArray(value)])),
                hz: Array.from(layout.oscillatorHz(offsets, 123.4)),
                places: [0, 3.5, 15, 16.4, 100.2, 2067].map(layout.placeOf),
            };
        }"""
    )
    return values


def test_sizes_and_scales_are_those_of_python(told: dict[str, Any]) -> None:
    for name in ("BANDS", "GROUPS", "KNOTS", "STEPS", "ERBS", "ZONES", "HOP", "ATTACK_HOP"):
        assert told[name] == getattr(layout, name)
    for name in ("BODY_SIZE", "ONSET_SIZE", "REFERENCE_HZ", "PARTIAL_FLOOR", "NOISE_FLOOR"):
        assert told[name] == pytest.approx(getattr(layout, name), rel=1e-12)
    assert told["ONSET"] == {name: [s.start, s.stop] for name, s in layout.ONSET_SLICES.items()}
    assert told["NOISE_SIZE"] == noise.NOISE_SIZE
    assert told["ATTACK_SIZE"] == noise.ATTACK_SIZE


def test_bands_groups_and_times_are_those_of_python(told: dict[str, Any]) -> None:
    offsets = np.array([((k * 7) % 10) / 10 - 0.45 for k in range(layout.BANDS)])
    assert told["hz"] == pytest.approx(list(layout.oscillator_hz(offsets, 123.4)), rel=1e-12)
    assert told["POINT_FRAMES"] == list(timegrid.POINT_FRAMES)
    frames = np.array([0, 3.5, 15, 16.4, 100.2, 2067])
    assert told["places"] == pytest.approx(list(timegrid.place_of(frames)))
    rows = np.array(told["ROW_PLACES"])
    assert np.array(told["POWER_SHARE"])[rows] == pytest.approx(descriptors.POWER_SHARE)
    assert np.array(told["FREQUENCIES_LN"])[rows] == pytest.approx(descriptors.FREQUENCIES_LN)
    assert np.array(told["FLOOR"])[rows] == pytest.approx(layout.BODY_FLOOR)
