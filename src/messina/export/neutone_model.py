"""The model that the Neutone SDK wraps: an effect whose input strikes the instrument."""

from typing import TYPE_CHECKING

import torch
from neutone_sdk import ContinuousNeutoneParameter, NeutoneParameter, WaveformToWaveformBase
from torch import Tensor

import messina
from messina.export.nn_onsets import OnsetPlayer
from messina.instrument import Instrument
from messina.text import printable

__all__ = ["KNOBS", "NeutoneInstrument"]

KNOBS = {
    "note": "which note, or which drum, from the lowest to the highest",
    "wildness": "from the typical sound over ones like those learnt (0.5) to beyond them",
    "x": "where among the sounds learnt, in the direction they differ most",
    "y": "where among them, in the direction they differ second most",
}
_LONGEST_NAME = 30


class NeutoneInstrument(WaveformToWaveformBase):  # type: ignore[misc, unused-ignore]
    """An instrument as the SDK calls it."""

    if TYPE_CHECKING:
        model: OnsetPlayer

    def __init__(self, instrument: Instrument, *, name: str, seed: int) -> None:
        self._name = printable(name, longest=_LONGEST_NAME) or "Messina"
        labels = printable(", ".join(instrument.labels), longest=300)
        self._about = f"Struck by the onsets that come in. Learnt from sounds of: {labels}"
        super().__init__(OnsetPlayer(instrument, seed=seed))

    def get_model_name(self) -> str:
        return self._name

    def get_model_authors(self) -> list[str]:
        return ["Messina"]

    def get_model_short_description(self) -> str:
        return "A percussion instrument struck by whatever comes in"

    def get_model_long_description(self) -> str:
        return self._about

    def get_technical_description(self) -> str:
        return (
            "A decoder draws levels of partials and noise for every hit; oscillators and fresh "
            "noise play them. No two hits are the same."
        )

    def get_tags(self) -> list[str]:
        return ["instrument", "percussion", "drum trigger"]

    def get_model_version(self) -> str:
        return messina.__version__

    def is_experimental(self) -> bool:
        return False

    def get_neutone_parameters(self) -> list[NeutoneParameter]:
        return [
            ContinuousNeutoneParameter(name, text, default_value=0.5)
            for name, text in KNOBS.items()
        ]

    @torch.jit.export
    def is_input_mono(self) -> bool:
        return True

    @torch.jit.export
    def is_output_mono(self) -> bool:
        return False

    @torch.jit.export
    def get_native_sample_rates(self) -> list[int]:
        return [44100]

    @torch.jit.export
    def get_native_buffer_sizes(self) -> list[int]:
        return []

    @torch.jit.export
    def reset_model(self) -> bool:
        self.model.reset()
        return True

    def do_forward_pass(self, x: Tensor, params: dict[str, Tensor]) -> Tensor:
        knobs = torch.cat([params["note"], params["wildness"], params["x"], params["y"]])
        sound: Tensor = self.model(x, knobs)
        return sound
