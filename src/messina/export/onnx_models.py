"""The drawing, the decoder and the synthesiser as ONNX models, traced from the torch modules.

    draw      label, note, velocity, wildness, seed → what a sound is
    point     the same with x and y → what a sound at a point of the map is
    sound     what it is → its rows, frame by frame, and what stays while it lasts
    block     a row of levels and cents, what stays, the state → HOP samples, the next state

The first axis of everything is the batch.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from typing import Final

import onnx
import torch
from torch import Tensor, nn

from messina.export.torch_decoder import Decoder
from messina.export.torch_drawing import DRAWN, Drawing
from messina.export.torch_excitation import Excitation
from messina.export.torch_synthesiser import LEAD, TorchSynthesiser
from messina.instrument import Instrument

__all__ = ["Models"]

_OPSET: Final = 20
"""The first with the spectra of real signals as they are asked for here; what torch knows last."""
_ASKED: Final = ("label", "note", "velocity", "wildness", "seed")
_ASKED_THERE: Final = ("x", "y", *_ASKED)
_DRAWN: Final = tuple(f"drawn_{name}" for name in DRAWN)


class _Draw(nn.Module):
    def __init__(self, instrument: Instrument) -> None:
        super().__init__()
        self.drawing = Drawing(instrument)

    def forward(self, *asked: Tensor) -> tuple[Tensor, ...]:
        drawn = self.drawing.draw(*asked)
        return tuple(drawn[name] for name in DRAWN)


class _Point(nn.Module):
    def __init__(self, instrument: Instrument) -> None:
        super().__init__()
        self.drawing = Drawing(instrument)

    def forward(self, x: Tensor, y: Tensor, *asked: Tensor) -> tuple[Tensor, ...]:
        drawn = self.drawing.at(torch.stack([x, y], dim=1), *asked)
        return tuple(drawn[name] for name in DRAWN)


class _Sound(nn.Module):
    """Body [B, T, D + 1], silent from `frames` [B] on; what block.onnx is given, in two kinds."""

    def __init__(self, instrument: Instrument) -> None:
        super().__init__()
        self.decoder, self.synthesiser = Decoder(instrument), TorchSynthesiser()
        self.excitation = Excitation(instrument)

    def named(self, *values: Tensor) -> dict[str, Tensor]:
        """The outputs by their names."""
        drawn = dict(zip(DRAWN, values, strict=True))
        points, onset = self.decoder.decode(drawn)
        body, frames, gain = self.decoder.played(points, drawn)
        pitched = ~torch.isnan(drawn["note"])
        prepared = self.synthesiser.prepare(onset, drawn["reference_hz"], pitched)
        loops = self.excitation.loops(drawn, self.excitation.phases())
        prepared |= {"gain": gain.float(), "loop": loops}
        bent = body[:, 0, -1] * pitched
        state = self.synthesiser.start(loops, _rows_of(loops), drawn["key"], bent)
        return {
            "body": self.decoder.ended(body, frames, body.shape[1] + LEAD),
            "frames": frames,
            **{f"sound_{name}": value for name, value in prepared.items()},
            **{f"state_{name}": value for name, value in state.items()},
        }

    def forward(self, *values: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.named(*values).values())


class _Block(nn.Module):
    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.synthesiser, self.names = TorchSynthesiser(), tuple(names)

    def forward(self, body: Tensor, *values: Tensor) -> tuple[Tensor, ...]:
        """Sound [B, HOP, 2] and the next state, of a row [B, D + 1] and of what `names` say."""
        given = dict(zip(self.names, values, strict=True))
        sound, state = _part(given, "sound_"), _part(given, "state_")
        loops = sound["loop"]
        audio = self.synthesiser.step(body, loops, _rows_of(loops), sound, state)
        audio = audio * sound["gain"][:, None, None]
        return audio.transpose(1, 2), *state.values()


def _axes(name: str) -> dict[int, str]:
    """What is not of one size."""
    mixed = name in ("drawn_labels", "drawn_shares")
    return {0: "batch"} | ({1: "mixed"} if mixed else {})


def _rows_of(batch: Tensor) -> Tensor:
    return torch.arange(batch.shape[0])


def _part(given: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): value for name, value in given.items() if name.startswith(prefix)
    }


class Models:
    """The four models of an instrument, as bytes."""

    def __init__(self, instrument: Instrument, metadata: Mapping[str, str]) -> None:
        self._metadata = metadata
        with torch.no_grad():
            # Any two sounds will do: what is traced is what is done with them.
            asked = [torch.tensor([0, -1]), *torch.tensor([[60.0], [90.0], [1.0]]).double()]
            asked = [value.expand(2) for value in (*asked, torch.tensor([0]))]
            draw, sound = _Draw(instrument).eval(), _Sound(instrument).eval()
            drawn = draw(*asked)
            named = sound.named(*drawn)
            kept = [name for name in named if name.startswith(("sound_", "state_"))]
            next_names = [
                name.replace("state_", "next_") for name in kept if name.startswith("state_")
            ]
            self.draw = self._traced(draw, asked, _ASKED, _DRAWN)
            there = [torch.tensor([0.3, 0.6], dtype=torch.float64)] * 2 + asked
            self.point = self._traced(_Point(instrument).eval(), there, _ASKED_THERE, _DRAWN)
            self.sound = self._traced(sound, drawn, _DRAWN, tuple(named))
            given = [named["body"][:, 0], *(named[name] for name in kept)]
            block = _Block(kept).eval()
            self.block = self._traced(block, given, ["body", *kept], ["audio", *next_names])

    def _traced(
        self,
        module: nn.Module,
        given: Sequence[Tensor],
        inputs: Sequence[str],
        outputs: Sequence[str],
    ) -> bytes:
        buffer = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the other exporter needs packages of its own
            torch.onnx.export(
                module,
                tuple(given),
                buffer,  # type: ignore[arg-type]
                input_names=list(inputs),
                output_names=list(outputs),
                dynamic_axes={name: _axes(name) for name in (*inputs, *outputs)},
                opset_version=_OPSET,
                dynamo=False,
            )
        model = onnx.load_from_string(buffer.getvalue())
        onnx.helper.set_model_props(model, dict(self._metadata))
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))
