"""TorchScript models for nn~, the external that plays them in Max and Pd.

Six signals go in: gate, note, velocity, wildness, x, y. Where the gate rises above a half, a sound
begins, at that very sample, with what the others say there. What is sustained sounds for as long as
the gate stays up and is released within 30 ms of its fall; all else rings out by itself. x and y
are a point of the instrument's map, 0 … 1 from the left and from the top, and what sounds is what
lies there (`instrument.sound_map`); both 0, as where nothing is connected, is no point: the note's
key says the label, and a new sound of it is drawn. Stereo comes out. All are signals at the rate of
the sound (ratio 1), in blocks of whatever size.

The contract, as nn~ asks for it: `get_methods` names the methods; for each there is a buffer
METHOD_params of in channels, in ratio, out channels, out ratio, and labels of its inlets and
outlets; each is called with [batch, in channels, n]. `get_attributes` names the attributes, each
with get_X, set_X and X_params, the code of its type (1: a whole number, 2: any).

Sounds are those of `messina render`: the first of a seed is that of the seed, each later one that
of the next.
"""

import io
import math
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

import messina
from messina.counter_rng import SEED_LIMIT
from messina.export.nn_voices import VOICES, Voices
from messina.export.packing import new_file
from messina.export.torch_operations import register
from messina.instrument import Instrument
from messina.ranges import RANGES
from messina.text import printable

__all__ = ["CANNOT_CARRY", "INLETS", "NnTilde", "export", "script"]

CANNOT_CARRY: Final = (
    "MIDI: note and velocity come in as signals, without bends, pressure and wheels",
    "length, brightness and sounds like one of yours: x and y move on the map of those learnt",
    "rates other than 44.1 kHz: at 48 kHz everything is a semitone and a half higher",
)

INLETS: Final = ("gate", "note", "velocity", "wildness", "x", "y")


class NnTilde(nn.Module):
    """An instrument as nn~ calls it."""

    forward_params: Tensor
    label_params: Tensor
    seed_params: Tensor
    vibrato_params: Tensor
    label_of_key: Tensor

    def __init__(self, instrument: Instrument, *, seed: int, voices: int = VOICES) -> None:
        super().__init__()
        self.voices = Voices(instrument, voices=voices)
        self.register_buffer("forward_params", torch.tensor([len(INLETS), 1, 2, 1]))
        self.register_buffer("label_params", torch.tensor([1]))
        self.register_buffer("seed_params", torch.tensor([1]))
        self.register_buffer("vibrato_params", torch.tensor([2]))
        register(self, {"label_of_key": instrument.keys.astype(np.int64)})
        self.forward_input_labels = [f"(signal) {name}" for name in INLETS]
        self.forward_output_labels = ["(signal) left", "(signal) right"]
        self.label_names = [printable(label) for label in instrument.labels]
        self.labels, self.hop = len(instrument.labels), self.voices.hop
        self.label, self.seed, self.begun, self.seeds = -1, seed, 0, SEED_LIMIT
        self.note_range, self.velocity_range = RANGES["note"], RANGES["velocity"]
        self.wildness_range, self.vibrato_range = RANGES["wildness"], RANGES["vibrato"]
        self.gate = torch.zeros(0)

    @torch.jit.export
    def get_methods(self) -> list[str]:
        """Names of the methods, as nn~ asks for them."""
        return ["forward"]

    @torch.jit.export
    def get_attributes(self) -> list[str]:
        """Names of the attributes, as nn~ asks for them."""
        return ["label", "seed", "vibrato"]

    @torch.jit.export
    def get_label(self) -> int:
        """Index of the label that is played; -1: the one that is on the note's key.

        On the map: of which label alone; -1: of all.
        """
        return self.label

    @torch.jit.export
    def set_label(self, value: int) -> int:
        """Sets the label by its index, -1 for the note's own.

        Returns 0, or -1 where it is out of bounds.
        """
        if value < -1 or value >= self.labels:
            return -1
        self.label = value
        return 0

    @torch.jit.export
    def get_seed(self) -> int:
        """The seed of the next sound."""
        return self.seed

    @torch.jit.export
    def set_seed(self, value: int) -> int:
        """Sets the seed of the next sound; the one after it has the next seed."""
        if value < 0 or value >= self.seeds:
            return -1
        self.seed, self.begun = value, 0
        return 0

    @torch.jit.export
    def get_vibrato(self) -> float:
        """Depth of vibrato: 0 none, 1 as learnt, 2 twice as far; also of what sounds."""
        return self.voices.vibrato

    @torch.jit.export
    def set_vibrato(self, value: float) -> int:
        """Sets the depth of vibrato, 0 … 2; returns 0, or -1 where it is out of bounds."""
        if not self.vibrato_range[0] <= value <= self.vibrato_range[1]:
            return -1
        self.voices.vibrato = value
        return 0

    def forward(self, x: Tensor) -> Tensor:
        """Signals [batch, 6, n] to sound [batch, 2, n]."""
        batch, samples = x.shape[0], x.shape[2]
        if self.voices.channels != batch:
            self.open(batch)
        edges = self.edges(x[:, 0])
        parts: list[Tensor] = []
        start, next_edge = 0, 0
        while start < samples:
            while next_edge < len(edges) and int(edges[next_edge, 1]) == start:
                item = int(edges[next_edge, 0])
                if bool(x[item, 0, start] > 0.5):
                    self.begin(x[:, :, start], item)
                else:
                    self.voices.let_go(item)
                next_edge += 1
            stop = min(start + self.hop, samples)
            if next_edge < len(edges):
                stop = min(stop, int(edges[next_edge, 1]))
            parts.append(self.voices.render(stop - start))
            start = stop
        if len(parts) == 0:
            return torch.zeros(batch, 2, 0)
        return torch.cat(parts, dim=2)

    def open(self, batch: int) -> None:
        """Prepares silent voices for a batch of this size."""
        self.voices.open(batch)
        self.gate = torch.zeros(batch)

    def edges(self, gate: Tensor) -> Tensor:
        """Edges of the gate that mean something, as rows (batch item, sample) in order of time."""
        high = gate > 0.5
        before = torch.cat([self.gate[:, None] > 0.5, high[:, :-1]], dim=1)
        if gate.shape[1] > 0:
            self.gate = gate[:, -1].clone()
        changed = high & ~before
        if self.voices.holding.some:
            changed = high != before
        found = torch.nonzero(changed.t())
        return torch.flip(found, dims=[1])

    def begin(self, signals: Tensor, item: int) -> None:
        """Starts a sound with the values of the inlets [batch, 6] at this moment."""
        wanted = torch.nan_to_num(signals[item].double(), nan=0.0, posinf=0.0, neginf=0.0)
        note = min(max(float(wanted[1]), self.note_range[0]), self.note_range[1])
        velocity = min(max(float(wanted[2]), self.velocity_range[0]), self.velocity_range[1])
        wildness = min(max(float(wanted[3]), self.wildness_range[0]), self.wildness_range[1])
        point = wanted[4:6].clamp(0.0, 1.0)
        label = self.label
        if label < 0 and not bool((point > 0.0).any()):
            label = int(self.label_of_key[math.floor(note + 0.5)])
            if label < 0 and note > 0.0:
                return  # no label lies there; 0 is what an inlet says that nothing is connected to
        seed = (self.seed + self.begun) % self.seeds
        self.begun += 1
        self.voices.begin(item, label, note, velocity, wildness, point, seed)


def script(
    instrument: Instrument, *, seed: int = 0, voices: int = VOICES
) -> torch.jit.ScriptModule:
    """The instrument as a TorchScript module for nn~.

    seed: of the first sound; each further one has the next. voices: polyphony of each channel.
    """
    with torch.no_grad():
        model = torch.jit.script(NnTilde(instrument, seed=seed, voices=voices).eval())
    assert isinstance(model, torch.jit.ScriptModule)
    return model


def export(instrument: Instrument, out: Path, *, name: str, seed: int, force: bool) -> None:
    """Writes an instrument as a TorchScript file (.ts) for nn~.

    name: what the file says the instrument is called. Raises MessinaError for what lies in the way,
    OSError as writing does.
    """
    model = script(instrument, seed=seed)
    buffer = io.BytesIO()
    facts = f"{printable(name)}, Messina {messina.__version__}, seed {seed}"
    torch.jit.save(model, buffer, _extra_files={"about.txt": facts.encode()})
    with new_file(out, force=force) as aside:
        aside.write_bytes(buffer.getvalue())
