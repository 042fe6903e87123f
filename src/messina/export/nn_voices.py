"""Voices in torch, as TorchScript can keep it: any number of blocks of any size, sounding together.

Every voice is a row of a batch. When one runs short, all that have room make another block, so
that voices that began at different times soon work in step. Nothing is looked ahead for: a sound
begins at the sample it is asked for.
"""

import numpy as np
import torch
from torch import Tensor, nn

from messina.export.torch_decoder import Decoder
from messina.export.torch_drawing import Drawing
from messina.export.torch_excitation import Excitation
from messina.export.torch_operations import register
from messina.export.torch_synthesiser import LEAD, REPEATED, TorchSynthesiser
from messina.frames.layout import BODY_SIZE, HOP, LOOP_SIZE, ONSET_SIZE, REFERENCE_HZ
from messina.instrument import Instrument
from messina.instrument.drum_map import is_hi_hat

__all__ = ["VOICES", "Voices"]

VOICES = 8
"""How many sounds may ring at once on one channel of the host."""

_FADE_SAMPLES = 512  # 12 ms: the end of every sound
_CHOKE_SAMPLES = 2_646  # 60 ms: what a hat takes to be cut off by another


class Voices(nn.Module):
    """The voices of a host's channels: `voices` for each item of its batch. R of them in all."""

    chokes: Tensor

    def __init__(self, instrument: Instrument, *, voices: int = VOICES) -> None:
        super().__init__()
        self.drawing, self.decoder = Drawing(instrument), Decoder(instrument)
        self.excitation, self.synthesiser = Excitation(instrument), TorchSynthesiser()
        responses = instrument.manifest.responses
        chokes = [is_hi_hat(r.label) and not r.pitched for r in responses]
        register(self, {"chokes": np.array(chokes)})
        self.voices, self.hop = voices, HOP
        self.lead, self.repeated = LEAD, REPEATED
        self.fade, self.choke = _FADE_SAMPLES, _CHOKE_SAMPLES
        self.body_size, self.onset_size, self.loop_size = BODY_SIZE, ONSET_SIZE, LOOP_SIZE
        self.rest_hz = float(REFERENCE_HZ)
        self.channels = 0
        self.state: dict[str, Tensor] = {"count": torch.zeros(0, dtype=torch.int64)}
        self.sound: dict[str, Tensor] = {"angles": torch.zeros(0, 0)}
        self.points, self.gain = torch.zeros(0, 0, 0), torch.zeros(0)
        self.phases, self.loops = torch.zeros(0), torch.zeros(0, 0)
        self.ready, self.filled = torch.zeros(0, 2, 0), torch.zeros(0, dtype=torch.int64)
        self.played, self.length = self.filled, self.filled
        self.ending, self.label = self.filled, self.filled
        self.active = torch.zeros(0, dtype=torch.bool)

    def open(self, channels: int) -> None:
        """Silent voices for so many channels."""
        rows = channels * self.voices
        whole = torch.zeros(rows, dtype=torch.int64)
        self.channels = channels
        self.phases = self.excitation.phases()
        self.loops = torch.zeros(rows, self.loop_size)
        self.state = self.synthesiser.start(self.loops, whole, whole)
        onset = torch.zeros(rows, self.onset_size)
        pitch = torch.full([rows], self.rest_hz, dtype=torch.float64)
        self.sound = self.synthesiser.prepare(onset, pitch)
        self.points = torch.zeros(rows, self.decoder.points + 1, self.body_size)
        self.gain = torch.zeros(rows)
        self.ready, self.filled = torch.zeros(rows, 2, 2 * self.hop), whole.clone()
        self.label = whole.clone()
        self.played, self.length = whole.clone(), whole.clone()
        self.ending = torch.full([rows], -1, dtype=torch.int64)
        self.active = torch.zeros(rows, dtype=torch.bool)

    def begin(
        self,
        channel: int,
        label: int,
        note: float,
        velocity: float,
        wildness: float,
        point: Tensor,
        seed: int,
    ) -> None:
        """Starts a sound on a channel, on a free voice or instead of the one that rings longest.

        label: -1 for any; point: x and y [2], both 0 for none; seed: that of `messina render` for
        the same sound.
        """
        drawn = self.drawn(label, note, velocity, wildness, point, seed)
        label = int(drawn["label"][0])
        if bool(self.chokes[label]):
            self.cut_off(channel)
        row = self.free_row(channel)
        points, onset = self.decoder.decode(drawn)
        frames = self.decoder.frames_heard(points, drawn["length_s"])
        body = self.decoder.frames_of(points, frames)
        gain = self.decoder.gain(body, frames, drawn["gain_db"])
        prepared = self.synthesiser.prepare(onset, drawn["reference_hz"])
        self.loops[row] = self.excitation.loops(drawn, self.phases)[0]
        rows = torch.tensor([row])
        fresh = self.synthesiser.start(self.loops, rows, drawn["key"])
        for name, value in prepared.items():
            self.sound[name][row] = value[0]
        for name, value in fresh.items():
            self.state[name][row] = value[0]
        self.points[row] = points[0]
        self.gain[row], self.label[row] = gain[0].float(), label
        self.ready[row] = 0.0
        self.filled[row], self.played[row], self.ending[row] = 0, 0, -1
        self.length[row] = (frames[0] - 1) * self.hop
        self.active[row] = True
        for _ in range(self.lead):  # what comes before the first block
            self.advance(rows)

    def drawn(
        self,
        label: int,
        note: float,
        velocity: float,
        wildness: float,
        point: Tensor,
        seed: int,
    ) -> dict[str, Tensor]:
        """What is begun: at a point of the map, or, where x and y are 0, a new sound of a label."""
        if bool((point > 0.0).any()):
            return self.drawing.at(point, label, note, velocity, wildness, seed)
        if label < 0 or not bool(self.drawing.pitched[label]):
            note = torch.nan
        return self.drawing.draw(
            torch.tensor([label]),
            torch.tensor([note], dtype=torch.float64),
            torch.tensor([velocity], dtype=torch.float64),
            torch.tensor([wildness], dtype=torch.float64),
            torch.tensor([seed]),
        )

    def free_row(self, channel: int) -> int:
        rows = torch.arange(channel * self.voices, (channel + 1) * self.voices)
        age = torch.where(self.active[rows], self.played[rows], torch.full_like(rows, 1 << 60))
        return int(rows[torch.argmax(age)])

    def cut_off(self, channel: int) -> None:
        """Fades the sounds of a channel that are cut off by others of their kind."""
        for row in range(channel * self.voices, (channel + 1) * self.voices):
            alike = bool(self.active[row]) and bool(self.chokes[self.label[row]])
            if alike and int(self.ending[row]) < 0:
                self.ending[row] = self.choke

    def advance(self, rows: Tensor) -> None:
        """One more block of these voices, behind what is ready."""
        state: dict[str, Tensor] = {}
        sound: dict[str, Tensor] = {}
        for name, value in self.state.items():
            state[name] = value[rows]
        for name, value in self.sound.items():
            sound[name] = value[rows]
        count = state["count"]
        body = self.body_at(rows, (count - (self.repeated - 1)).clamp(min=0))
        audio = self.synthesiser.step(body, self.loops, rows, sound, state)
        for name, value in state.items():
            self.state[name][rows] = value
        places = (self.filled[rows, None] + torch.arange(self.hop))[:, None].expand(-1, 2, -1)
        audio = audio * self.gain[rows, None, None]
        self.ready[rows] = self.ready[rows].scatter(2, places, audio)
        self.filled[rows] += (count >= self.lead) * self.hop

    def body_at(self, rows: Tensor, frame: Tensor) -> Tensor:
        """Levels [R, BODY_SIZE] at each voice's own frame."""
        decoder = self.decoder
        frame = frame.clamp(max=len(decoder.low_point) - 1)
        low, share = decoder.low_point[frame], decoder.point_share[frame]
        before, after = self.points[rows, low], self.points[rows, low + 1]
        return before + share[:, None] * (after - before)

    def render(self, samples: int) -> Tensor:
        """The next samples [channels, 2, samples], HOP at most."""
        short = self.active & (self.filled < samples)
        if bool(short.any()):
            self.advance(torch.nonzero(self.active & (self.filled <= self.hop))[:, 0])
        rows = torch.nonzero(self.active)[:, 0]
        out = torch.zeros(self.channels * self.voices, 2, samples)
        if len(rows) > 0:
            out[rows] = self.ready[rows, :, :samples] * self.envelope(rows, samples)[:, None]
            self.consume(rows, samples)
        return out.view(self.channels, self.voices, 2, samples).sum(dim=1)

    def envelope(self, rows: Tensor, samples: int) -> Tensor:
        """Gain [R, samples]: 1, but for the last 12 ms and for what is being cut off."""
        at = torch.arange(1, samples + 1)
        left = (self.length - self.played)[rows, None] - at
        turn = (1.0 - left.float() / self.fade).clamp(0.0, 1.0)
        gain = 0.5 + 0.5 * torch.cos(torch.pi * turn)
        gain = torch.where(left >= 0, gain, torch.zeros_like(gain))
        ending = self.ending[rows, None]
        cut = ((ending - at).float() / self.choke).clamp(0.0, 1.0)
        return gain * torch.where(ending >= 0, cut, torch.ones_like(cut))

    def consume(self, rows: Tensor, samples: int) -> None:
        shifted = self.ready[rows, :, samples:]
        self.ready[rows] = torch.nn.functional.pad(shifted, (0, samples))
        self.filled[rows] -= samples
        self.played[rows] += samples
        ending = self.ending[rows]
        self.ending[rows] = torch.where(ending >= 0, (ending - samples).clamp(min=0), ending)
        over = (self.played[rows] >= self.length[rows]) | (self.ending[rows] == 0)
        self.active[rows] = ~over
