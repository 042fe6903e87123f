"""The loops of noise in torch against those in numpy."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from export.handmade import BLOWN, KIT, make_instrument, with_modes  # noqa: E402
from messina.counter_rng import mixed  # noqa: E402
from messina.export.torch_excitation import Excitation  # noqa: E402
from messina.frames import excitation as numpy_excitation  # noqa: E402
from messina.frames.layout import LOOP_SIZE, REFERENCE_HZ  # noqa: E402
from messina.instrument.playing import modes_ratio  # noqa: E402
from messina.rounding import on_fine_grid  # noqa: E402
from messina.units import note_to_hz  # noqa: E402

NOTES = (57.0, 58.0, 63.0, 69.25, 20.0, 127.0, 100.9)
KEY = 5
SEMITONES = (0.0, 1.0, -1.0, 12.0, 0.37, 48.0, -48.0)


@pytest.fixture(scope="module")
def scripted() -> object:
    class Exported(Excitation):
        phases = torch.jit.export(Excitation.phases)
        loops = torch.jit.export(Excitation.loops)

    return torch.jit.script(Exported(with_modes(make_instrument((*KIT, BLOWN)))))


@pytest.mark.parametrize("pitched", [False, True])
def test_loops_have_the_modes_of_their_model_at_its_ratio(scripted: object, pitched: bool) -> None:
    instrument = with_modes(make_instrument((*KIT, BLOWN)))
    models = [12, 13, 14, 12, 13, 14, 14] if pitched else [0, 11, 3, 7, 7, 5, 1]
    if pitched:
        own = [instrument.known.controls[model].note for model in models]
        ratios = [modes_ratio(note, low) for note, low in zip(NOTES, own, strict=True)]
        hz = [float(note_to_hz(note)) for note in NOTES]
    else:
        ratios = [on_fine_grid(2 ** (away / 12)) for away in SEMITONES]
        hz = [REFERENCE_HZ * 2 ** (away / 12) for away in SEMITONES]
    drawn = {
        "model": torch.tensor(models),
        "note": torch.tensor(NOTES if pitched else [np.nan] * 7, dtype=torch.float64),
        "reference_hz": torch.tensor(hz, dtype=torch.float64),
    }
    for module in (Excitation(instrument), scripted):
        got = module.loops(drawn, module.phases()).numpy()
        for i, (model, ratio) in enumerate(zip(models, ratios, strict=True)):
            codes = instrument.fine.of(model)
            one = numpy_excitation.Excitation(codes, key=KEY, ratio=ratio)
            wanted = np.roll(one.read(0, LOOP_SIZE), mixed(KEY) % LOOP_SIZE)
            assert np.abs(got[i] - wanted).max() < 1e-5 * np.abs(wanted).max()
