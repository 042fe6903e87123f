"""Own analysis is no worse than the libraries it is held against, on a few made signals."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "libraries.py"


@pytest.fixture(scope="module")
def libraries() -> ModuleType:
    for name in ("librosa", "mir_eval", "swift_f0"):
        pytest.importorskip(name, reason=f"{name} is not installed: pip install 'messina[compare]'")
    spec = importlib.util.spec_from_file_location("libraries", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
# librosa compiles itself when it is first used, half a minute of an idle core.
@pytest.mark.timeout(1_800)
def test_onsets_and_tempo_are_found_as_well_and_onsets_nearer(libraries: ModuleType) -> None:
    rng = np.random.default_rng(1)
    patterns = [(float(bpm), *libraries.pattern(bpm, rng)) for bpm in (96, 132)]
    onsets = libraries.onset_scores(patterns)
    # A hundred onsets a pattern: 0.02 are four of them.
    assert onsets["messina"]["F within 50 ms"] > onsets["librosa"]["F within 50 ms"] - 0.02
    near = "F within 5 ms"
    assert onsets["messina"][near] > 0.9
    assert onsets["messina"][near] > onsets["librosa, backtracked"][near]
    tempo = libraries.tempo_scores(patterns)
    assert tempo["messina"]["within 4 %"] >= tempo["librosa"]["within 4 %"]
    assert tempo["messina"]["within 4 %"] == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["harmonic", "no fundamental", "stiff string", "bar"])
def test_notes_of_single_tones_are_told(libraries: ModuleType, kind: str) -> None:
    rng = np.random.default_rng(2)
    follow = libraries.trackers()
    for note in (45, 71):
        sound = libraries.tone(note, kind, rng)
        hz = libraries.estimate_pitch(
            libraries.find_peaks(sound, decay_s=libraries.decay_s(sound))
        ).frequency_hz
        assert abs(float(libraries.hz_to_note(hz)) - note) < 0.5
        # The opponent is used as it should be: it finds what is harmonic.
        others = follow["swift-f0"](sound)[1]
        middle = float(np.median(others[others > 0]))
        assert kind == "bar" or abs(float(libraries.hz_to_note(middle)) - note) < 0.5
