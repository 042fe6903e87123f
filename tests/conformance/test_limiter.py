"""The page's limiter does what Python's does at its look-ahead, to -80 dB."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from conformance.node import answers
from differences import Differs, difference_db
from messina.limiter import AHEAD_LIVE, CEILING, SIDE, Limiter
from messina.units import SAMPLE_RATE

_LIMITED = """
    import { LATENCY, Limiter } from "ENGINE/limiter.js";
    function answer({ sides, quantum }) {
        const limiter = new Limiter();
        const [left, right] = sides.map((side) => {
            const bytes = Uint8Array.from(Buffer.from(side, "base64"));
            return new Float32Array(bytes.buffer);
        });
        for (let at = 0; at < left.length; at += quantum) {
            limiter.run(left.subarray(at, at + quantum), right.subarray(at, at + quantum));
        }
        return [LATENCY, [left, right].map((side) => Buffer.from(side.buffer).toString("base64"))];
    }
"""


def bursts() -> np.ndarray:
    """Noise that is now soft, now far too loud, and a click [N, 2]."""
    rng = np.random.default_rng(4)
    spectrum = np.fft.rfft(rng.standard_normal((SAMPLE_RATE, 2)), axis=0)
    spectrum[15_000:] = 0
    noise = np.fft.irfft(spectrum, SAMPLE_RATE, axis=0)
    loud = np.repeat([0.05, 1.0, 0.1, 0.4, 0.01, 3.0, 0.02, 0.2, 0.05, 0.02], SAMPLE_RATE // 10)
    sound = noise * loud[:, None]
    sound[300] = (2.0, -0.5)
    return sound.astype(np.float32)


@pytest.mark.parametrize("quantum", [128, 1])
def test_the_same_sound_comes_out(quantum: int, differs: Differs) -> None:
    sound = bursts()
    limiter = Limiter(ahead=AHEAD_LIVE)
    wanted = limiter.step(sound)
    sides = [base64.b64encode(np.ascontiguousarray(side).tobytes()).decode() for side in sound.T]
    latency, got = answers(_LIMITED, {"sides": sides, "quantum": quantum})
    heard = np.stack([np.frombuffer(base64.b64decode(side), np.float32) for side in got], 1)
    assert latency == limiter.latency == AHEAD_LIVE + SIDE
    assert np.abs(sound).max() > 5 * CEILING  # the limiter works
    assert CEILING * 0.9 < np.abs(wanted).max() <= CEILING * 1.0001
    error_db = difference_db(heard, wanted)
    assert error_db < -80.0
    differs("limiter", "page", error_db)
