"""An instrument that was learnt, not made by hand: in hosts it sounds as it does here."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch")
pysfizz = pytest.importorskip("pysfizz")

from export.nn_host import NnHost  # noqa: E402
from export.packing_up import pack_up  # noqa: E402
from export.test_nn_tilde import GATE, NOTE, VELOCITY  # noqa: E402
from export.test_sfz import Player, level_db, pitch_hz  # noqa: E402
from messina.corpus import Corpus  # noqa: E402
from messina.demo_sounds import demo_sounds  # noqa: E402
from messina.export import nn_tilde  # noqa: E402
from messina.export.renderer import aims_of, brought_to  # noqa: E402
from messina.instrument import Instrument  # noqa: E402
from messina.learning import learn  # noqa: E402
from messina.units import note_to_hz  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning"),
]

Audio = NDArray[np.float32]


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    """Marimba and kick, learnt for a few seconds."""
    audios, labels, notes, velocities = [], [], [], []
    for name, audio in demo_sounds(seed=0):
        found = re.fullmatch(r"(?:drums|marimba)/(kick|marimba)(?:_(\d+))?_v(\d+)\.wav", name)
        if found:
            audios.append(audio)
            labels.append(found[1])
            notes.append(int(found[2]) if found[2] else None)
            velocities.append(int(found[3]))
    corpus = Corpus.from_arrays(
        audios, sample_rate=44_100, labels=labels, notes=notes, velocities=velocities
    )
    return learn(corpus, steps=40, seed=0)


def test_in_sfizz_every_zone_and_layer_is_what_the_instrument_renders(
    instrument: Instrument, tmp_path: Path
) -> None:
    sample_map = pack_up(instrument, tmp_path / "pack", "sfz", note_step=6)
    aims = aims_of(sample_map, instrument.manifest.responses)
    players = {
        program.stem: Player(tmp_path / "pack" / f"Test_{program.stem}.sfz")
        for program in sample_map.programs
    }
    for program in sample_map.programs:
        for zone in program.zones:
            for layer in zone.layers:
                own = [
                    brought_to(
                        instrument.render(
                            label=take.label,
                            note=take.note,
                            velocity=take.velocity,
                            wildness=0.5,
                            seed=take.seed,
                        ),
                        aims[take.stem],
                    )
                    for take in layer.takes
                ]
                heard = [
                    players[program.stem].hit(zone.key, layer.low, 2.5, held_s=2.5) for _ in own
                ]
                own.sort(key=level_db)
                heard.sort(key=level_db)
                assert [*map(level_db, heard)] == pytest.approx([*map(level_db, own)], abs=0.1)
                if zone.pitched:
                    near_hz = float(note_to_hz(zone.key))
                    for a, b in zip(own, heard, strict=True):
                        ratio = pitch_hz(a, near_hz) / pitch_hz(b, near_hz)
                        assert abs(1200 * np.log2(ratio)) < 1


def test_in_nn_tilde_the_typical_sound_is_what_the_instrument_renders(
    instrument: Instrument, tmp_path: Path
) -> None:
    nn_tilde.export(instrument, tmp_path / "k.ts", name="k", seed=0, force=False)
    for note in (50, 60, 70):
        own = instrument.render(label="marimba", note=note, velocity=90, wildness=0)
        signals = np.zeros((1, 6, len(own)), np.float32)
        signals[0, GATE, 0], signals[0, NOTE], signals[0, VELOCITY] = 1, note, 90
        played = NnHost(tmp_path / "k.ts").play(signals, 512)[0].T
        assert level_db(played) == pytest.approx(level_db(own), abs=0.2)
        # The noise is another take of the same.
        assert np.corrcoef(played[:, 0], own[:, 0])[0, 1] > 0.98
