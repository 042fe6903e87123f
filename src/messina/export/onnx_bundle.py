"""An instrument as a folder of ONNX models and one JSON file: for programs of one's own.

    draw.onnx          what a sound is: label, note, velocity, wildness and seed, asked once
    point.onnx         the same, of a point of the map
    sound.onnx         its rows, frame by frame, and what stays while it lasts
    block.onnx         rows to sound, block by block, with its state as inputs and outputs
    instrument.json    labels, the sounds learnt, the numbers
    README.txt         how they go together

The first axis of everything is the batch. The models are traced from the torch modules (torch_…).
The same seed is the same sound as in `messina render`. examples/onnx_player.py plays such a folder
with numpy and onnxruntime alone.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import onnx
import torch
from torch import Tensor, nn

import messina
from messina.export.packing import new_folder
from messina.export.torch_decoder import Decoder
from messina.export.torch_drawing import DRAWN, Drawing
from messina.export.torch_excitation import Excitation
from messina.export.torch_synthesiser import LEAD, REPEATED, TorchSynthesiser
from messina.frames.layout import HOP
from messina.instrument import Instrument
from messina.instrument.responses import VELOCITIES
from messina.instrument.sampling import typical_blur
from messina.instrument.sound_map import NEIGHBOURS
from messina.text import printable
from messina.units import SAMPLE_RATE

__all__ = ["CANNOT_CARRY", "FORMAT_VERSION", "export"]

FORMAT_VERSION: Final = 5

_OPSET: Final = 20
"""The first with the real spectra that are used here, and the last that torch exports."""
_ASKED: Final = ("label", "note", "velocity", "wildness", "seed")
_ASKED_THERE: Final = ("x", "y", *_ASKED)
_DRAWN: Final = tuple(f"drawn_{name}" for name in DRAWN)

CANNOT_CARRY: Final = (
    "the encoder: sounds like one of yours, and between two of yours, need Messina itself",
    "notes held while a key is down: they sound as long as they were learnt",
    "bends, pressure and wheels: your program may move the cents at the end of each row",
    "length and brightness other than the instrument's own: your program may ask for other decays",
)

_FADE_SAMPLES: Final = 512

_README: Final = """{name}, an instrument {origin}.

A sound is made in three steps. What one model answers, the next takes under the same name.

1. draw.onnx: what it is. label is a number of "labels" in instrument.json, -1 for any of them;
   note a MIDI note and velocity 1 to 127, NaN for as in the folder that was learnt; wildness 0 to
   2; seed a whole number below 2^53, the same one the same sound as in `messina render --seed`.
   What it answers may be changed before the next step: drawn_z, its place among the "sounds" learnt
   (a new one lies within about "blur" of one of them), drawn_model, the one of them whose modes
   its noise has, drawn_decay_s, drawn_brightness_hz, drawn_gain_db and the like. "keys" has the
   label of each key of MIDI, -1 for none.
   Or point.onnx instead: what sounds at a point of the map, x and y from 0 to 1 from the upper
   left, as in `messina render --at x,y`. "place" is where a sound lies there. On a place it is that
   sound; elsewhere {neighbours} sounds near it are mixed, and drawn_labels and drawn_shares say
   between which labels that is. A label other than -1 leaves its sounds alone.
2. sound.onnx: body, a row for every frame, of which the first `frames` are not silence, and all
   that the last step needs: what stays (sound_X) and the state at the beginning (state_X). A row is
   levels and, last, the cents by which pitch is moved: its vibrato. These may be changed.
3. block.onnx, once for every {hop} samples: a row of body, sound_X as they are, and as state_X
   what the last call answered as next_X. The first row is given {repeated} times; the first {lead}
   answers come before the sound, then each is {hop} stereo samples at 44100 Hz, frames - 1 in all.
   The last {fade} samples are best faded out.

Nothing remembers anything but that state, so the first axis of everything is as many voices as you
like, each of which may begin at its own time. All of it runs in onnxruntime 1.17 or later.
"""


def export(instrument: Instrument, out: Path, *, name: str, seed: int, force: bool) -> None:
    """Writes an instrument as a folder: four ONNX models, instrument.json, README.txt.

    name: what its files say it is called. Raises MessinaError for what lies in the way, OSError as
    writing does.
    """
    title = printable(name)
    metadata = {"name": title, "program": f"Messina {messina.__version__}", "seed": str(seed)}
    facts = _facts(instrument, title, seed)
    facts |= {"lead": LEAD, "repeated": REPEATED, "fade_samples": _FADE_SAMPLES}
    readme = _README.format(
        name=title,
        origin=f"made with Messina {messina.__version__}",
        repeated=REPEATED,
        lead=LEAD,
        hop=HOP,
        neighbours=NEIGHBOURS,
        fade=_FADE_SAMPLES,
    )
    about = {"name": title, "format": "onnx", "seed": seed}
    with new_folder(out, about=about, force=force) as folder:
        models = _Models(instrument, metadata)
        (folder / "draw.onnx").write_bytes(models.draw)
        (folder / "point.onnx").write_bytes(models.point)
        (folder / "sound.onnx").write_bytes(models.sound)
        (folder / "block.onnx").write_bytes(models.block)
        (folder / "instrument.json").write_bytes(msgspec.json.encode(facts) + b"\n")
        (folder / "README.txt").write_text(readme, encoding="utf-8", newline="\n")


def _facts(instrument: Instrument, name: str, seed: int) -> dict[str, Any]:
    """What instrument.json holds."""
    return {
        "format": "messina-onnx",
        "format_version": FORMAT_VERSION,
        "program": f"Messina {messina.__version__}",
        "name": name,
        "seed": seed,
        "sample_rate": SAMPLE_RATE,
        "hop": HOP,
        "latent": instrument.network.config.latent,
        "labels": [msgspec.to_builtins(response) for response in instrument.manifest.responses],
        "velocities": [float(velocity) for velocity in VELOCITIES],
        "sounds": _sounds(instrument),
        "keys": instrument.keys.tolist(),
    }


def _numbers(array: Any) -> list[float]:
    """float32 as the shortest decimals that give it back."""
    return [float(str(np.float32(value))) for value in array]


def _sounds(instrument: Instrument) -> list[dict[str, Any]]:
    """The sounds learnt: where they lie, and how far a new one may be from them."""
    known = instrument.known
    blurs = [typical_blur(known, label) for label in range(len(instrument.labels))]
    return [
        {
            "label": int(known.labels[i]),
            **msgspec.to_builtins(controls),
            "length_s": float(known.lengths_s[i]),
            "place": _numbers(instrument.places[i]),
            "z": _numbers(known.means[i]),
            "blur": _numbers(blurs[int(known.labels[i])]),
        }
        for i, controls in enumerate(known.controls)
    ]


# ---- the models ---------------------------------------------------------------------------------


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


class _Models:
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
