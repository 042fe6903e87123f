"""Voices in torch, as TorchScript can keep it: any number of blocks of any size, sounding together.

Every voice is a row of a batch. When one runs short, all that have room make another block, so
that voices that began at different times soon work in step. Nothing is looked ahead for: a sound
begins at the sample it is asked for. What is held is let go at a frame that only the sample says at
which its key was lifted, the first that is never made by then.
"""

import numpy as np
import torch
from torch import Tensor, nn

from messina.export.torch_decoder import Decoder
from messina.export.torch_drawing import Drawing
from messina.export.torch_excitation import Excitation
from messina.export.torch_holding import Holding
from messina.export.torch_operations import register
from messina.export.torch_sound_map import mixture
from messina.export.torch_synthesiser import LEAD, REPEATED, TorchSynthesiser
from messina.frames.layout import BODY_SIZE, HOP, LOOP_SIZE, ONSET_SIZE, REFERENCE_HZ
from messina.instrument import Instrument
from messina.instrument.drum_map import is_hi_hat
from messina.instrument.takes import END_FADE
from messina.sequences.voices import (
    CHOKED,
    FADING_SHARE,
    QUANTUM,
    STOLEN,
    STRUCK_AGAIN,
    YOUNG,
    YOUNG_BONUS,
)

__all__ = ["VOICES", "Voices"]

VOICES = 8
"""How many sounds may ring at once on one channel of the host."""

_ENDING = 4  # rows of a channel beside those, for what fades to make room
_REMEMBERED = 4  # blocks whose peaks are known
_READY = 2  # blocks that may be made before they are heard
_ENDLESS = 1 << 40  # samples of a note whose key is down


class Voices(nn.Module):
    """Polyphony for a host's channels: `voices` rows for each item of its batch, R rows in all."""

    hats: Tensor

    def __init__(self, instrument: Instrument, *, voices: int = VOICES) -> None:
        super().__init__()
        self.drawing, self.decoder = Drawing(instrument), Decoder(instrument)
        self.excitation, self.synthesiser = Excitation(instrument), TorchSynthesiser()
        self.holding = Holding(instrument)
        responses = instrument.manifest.responses
        hats = [is_hi_hat(r.label) and not r.pitched for r in responses]
        register(self, {"hats": np.array(hats)})
        self.voices, self.rows, self.hop = voices, voices + _ENDING, HOP
        self.remembered = _REMEMBERED
        self.lead, self.repeated = LEAD, REPEATED
        self.ahead, self.blocks, self.endless = LEAD - REPEATED + 1 + _READY, _READY, _ENDLESS
        self.end_fade, self.choked, self.again, self.stolen = END_FADE, CHOKED, STRUCK_AGAIN, STOLEN
        self.young, self.young_bonus = YOUNG, YOUNG_BONUS
        self.fading_share, self.quantum = FADING_SHARE, QUANTUM
        self.body_size, self.onset_size, self.loop_size = BODY_SIZE, ONSET_SIZE, LOOP_SIZE
        self.rest_hz, self.vibrato = float(REFERENCE_HZ), 1.0
        self.channels, self.clock = 0, 0
        self.state: dict[str, Tensor] = {"count": torch.zeros(0, dtype=torch.int64)}
        self.sound: dict[str, Tensor] = {"angles": torch.zeros(0, 0)}
        self.body, self.gain = torch.zeros(0, 0, 0), torch.zeros(0)
        self.phases, self.loops = torch.zeros(0), torch.zeros(0, 0)
        self.ready, self.filled = torch.zeros(0, 2, 0), torch.zeros(0, dtype=torch.int64)
        self.played, self.length = self.filled, self.filled
        self.began, self.label = self.filled, self.filled
        self.fade_at, self.fade_samples = self.filled, self.filled
        self.fade_gain, self.peaks = torch.zeros(0), torch.zeros(0, 0)
        self.note = torch.zeros(0, dtype=torch.float64)
        self.active = torch.zeros(0, dtype=torch.bool)

    def open(self, channels: int) -> None:
        """Silent voices for so many channels."""
        rows = channels * self.rows
        whole = torch.zeros(rows, dtype=torch.int64)
        self.channels, self.clock = channels, 0
        self.phases = self.excitation.phases()
        self.loops = torch.zeros(rows, self.loop_size)
        self.state = self.synthesiser.start(self.loops, whole, whole, torch.zeros(rows))
        onset = torch.zeros(rows, self.onset_size)
        pitch = torch.full([rows], self.rest_hz, dtype=torch.float64)
        self.sound = self.synthesiser.prepare(onset, pitch, whole > 0)
        self.body = torch.zeros(rows, len(self.decoder.low_point), self.body_size + 1)
        self.gain = torch.zeros(rows)
        self.ready, self.filled = torch.zeros(rows, 2, self.blocks * self.hop), whole.clone()
        self.label = whole.clone()
        self.played, self.length = whole.clone(), whole.clone()
        self.began, self.note = whole.clone(), torch.zeros(rows, dtype=torch.float64)
        self.fade_at, self.fade_samples = torch.full_like(whole, -1), torch.ones_like(whole)
        self.fade_gain, self.peaks = torch.ones(rows), torch.zeros(rows, self.remembered)
        self.active = torch.zeros(rows, dtype=torch.bool)
        self.holding.open(rows, self.body.shape[1])

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
        """Starts a sound on a channel; what it cuts off ends, and one of too many.

        label: -1 for any; point: x and y [2], both 0 for none; seed: that of `messina render` for
        the same sound.
        """
        drawn = self.drawn(label, note, velocity, wildness, point, seed)
        label = int(drawn["label"][0])
        if not bool(self.drawing.pitched[label]):
            note = torch.nan
        self.make_room(channel, label, note)
        row = self.free_row(channel)
        points, onset = self.decoder.decode(drawn)
        body, frames, gain = self.decoder.played(points, drawn)
        pitched = ~torch.isnan(drawn["note"])
        prepared = self.synthesiser.prepare(onset, drawn["reference_hz"], pitched)
        self.loops[row] = self.excitation.loops(drawn, self.phases)[0]
        rows = torch.tensor([row])
        bent = self.vibrato * body[:, 0, -1] * pitched
        fresh = self.synthesiser.start(self.loops, rows, drawn["key"], bent)
        for name, value in prepared.items():
            self.sound[name][row] = value[0]
        for name, value in fresh.items():
            self.state[name][row] = value[0]
        self.body[row] = self.decoder.ended(body, frames, self.body.shape[1])[0]
        self.gain[row], self.label[row] = gain[0].float(), label
        self.ready[row] = 0.0
        self.filled[row], self.played[row], self.began[row] = 0, 0, self.clock
        self.fade_at[row], self.fade_samples[row] = -1, 1
        self.fade_gain[row] = 1.0
        self.note[row] = note
        self.length[row] = (frames[0] - 1) * self.hop
        if self.holding.begin(row, body[0], int(drawn["model"][0]), drawn["key"]):
            self.length[row] = self.endless
        self.active[row] = True
        for _ in range(self.lead):  # what comes before the first block
            self.advance(rows)

    def let_go(self, channel: int) -> None:
        """Lifts the key of what is held on a channel."""
        rows = torch.arange(channel * self.rows, (channel + 1) * self.rows)
        rows = rows[self.active[rows] & self.holding.down(rows)]
        if len(rows) > 0:
            frames = self.holding.let_go(rows, self.played[rows] // self.hop + self.ahead)
            self.length[rows] = (frames - 1) * self.hop

    def drawn(
        self,
        label: int,
        note: float,
        velocity: float,
        wildness: float,
        point: Tensor,
        seed: int,
    ) -> dict[str, Tensor]:
        """Draws a new sound of a label, or a take of what lies at a point of the map.

        point: x and y [2], both 0 for a new sound of the label.
        """
        named, seeds = torch.tensor([label]), torch.tensor([seed])
        amid = bool((point > 0.0).any())
        if amid:  # the note on the inlet tunes what has a pitch, and nothing else
            places, labels = self.drawing.places, self.drawing.label_of
            own = self.drawing.notes[mixture(places, labels, point[None], named)[0][:, 0]]
            pitched = not bool(torch.isnan(own[0]))
        else:
            pitched = label >= 0 and bool(self.drawing.pitched[label])
        note = note if pitched else torch.nan
        asked = torch.tensor([[note], [velocity], [wildness]], dtype=torch.float64)
        if amid:
            return self.drawing.at(point[None], named, asked[0], asked[1], asked[2], seeds)
        return self.drawing.draw(named, asked[0], asked[1], asked[2], seeds)

    def make_room(self, channel: int, label: int, note: float) -> None:
        """Voice stealing: ends what a new sound chokes, and the one missed least of too many.

        The counterpart of messina.sequences.voices.VoiceManager.start.
        """
        rows = torch.arange(channel * self.rows, (channel + 1) * self.rows)
        rows = rows[self.active[rows]]
        labels, hat = self.label[rows], bool(self.hats[label])
        alike = labels == label
        if hat:
            self.fade(rows[self.hats[labels] & ~alike], self.choked)
        else:
            alike = alike & (self.note[rows] == note)
        if hat or bool(self.drawing.pitched[label]):
            self.fade(rows[alike], self.again)
        fading = (self.fade_at[rows] >= 0) & (self.fade_at[rows] <= self.clock)
        rows = rows[~(fading & (self.fade_samples[rows] <= self.choked))]
        if len(rows) >= self.voices:
            self.fade(rows[torch.argmin(self.missed(rows))][None], self.stolen)

    def missed(self, rows: Tensor) -> Tensor:
        """Priority of these rows [R], by their last block and their age."""
        played = self.clock - self.clock % self.quantum - self.began[rows]
        block = (played - 1).clamp(min=0) // self.hop
        made = (self.played[rows] + self.filled[rows]) // self.hop
        place = (made - 1 - block).clamp(0, self.peaks.shape[1] - 1)
        ends = ((self.length[rows] - block * self.hop).float() / self.end_fade).clamp(max=1.0)
        peak = self.peaks[rows, place] * ends
        peak = peak * self.line(rows, self.began[rows, None] + (block * self.hop)[:, None])[:, 0]
        peak = torch.where(played > 0, peak, torch.ones_like(peak))
        fading = (self.fade_at[rows] >= 0) & (self.fade_at[rows] <= self.clock)
        peak = torch.where(fading, self.fading_share * peak, peak)
        return torch.where(played < self.young, peak + self.young_bonus, peak)

    def fade(self, rows: Tensor, samples: int) -> None:
        """Lets these end within so many samples, unless they will have ended by then."""
        fading = self.fade_at[rows] >= 0
        ends = self.fade_at[rows] + self.fade_samples[rows]
        rows = rows[~(fading & (ends <= self.clock + samples))]
        now = torch.full([len(rows), 1], self.clock, dtype=torch.int64)
        self.fade_gain[rows] = self.line(rows, now)[:, 0]
        self.fade_at[rows] = self.clock
        self.fade_samples[rows] = samples

    def line(self, rows: Tensor, places: Tensor) -> Tensor:
        """Gains [R, N] of these rows' fades at samples of the clock; 1 where there is none."""
        fallen = (places - self.fade_at[rows, None]).float() / self.fade_samples[rows, None]
        gain = self.fade_gain[rows, None] * (1.0 - fallen.clamp(0.0, 1.0))
        return torch.where(self.fade_at[rows, None] >= 0, gain, torch.ones_like(gain))

    def free_row(self, channel: int) -> int:
        """Index of a silent row, else of the one that ends first."""
        rows = torch.arange(channel * self.rows, (channel + 1) * self.rows)
        ends = torch.where(
            self.fade_at[rows] >= 0,
            self.fade_at[rows] + self.fade_samples[rows],
            torch.full_like(rows, 1 << 60),
        )
        ends = torch.where(self.active[rows], ends, torch.full_like(rows, -1))
        return int(rows[torch.argmin(ends)])

    def advance(self, rows: Tensor) -> None:
        """One more block of these voices, behind what is ready."""
        state: dict[str, Tensor] = {}
        sound: dict[str, Tensor] = {}
        for name, value in self.state.items():
            state[name] = value[rows]
        for name, value in self.sound.items():
            sound[name] = value[rows]
        count = state["count"]
        frame = (count - (self.repeated - 1)).clamp(min=0)
        body = self.holding.rows_at(self.body, rows, frame)
        body[:, -1] *= self.vibrato
        audio = self.synthesiser.step(body, self.loops, rows, sound, state)
        for name, value in state.items():
            self.state[name][rows] = value
        places = (self.filled[rows, None] + torch.arange(self.hop))[:, None].expand(-1, 2, -1)
        audio = audio * self.gain[rows, None, None]
        self.ready[rows] = self.ready[rows].scatter(2, places, audio)
        loud = 0.5 * audio.sum(dim=1).abs().amax(dim=1)
        made = torch.cat([loud[:, None], self.peaks[rows, :-1]], dim=1)
        self.peaks[rows] = torch.where((count >= self.lead)[:, None], made, self.peaks[rows])
        self.filled[rows] += (count >= self.lead) * self.hop

    def render(self, samples: int) -> Tensor:
        """The next samples [channels, 2, samples], HOP at most."""
        short = self.active & (self.filled < samples)
        if bool(short.any()):
            self.advance(
                torch.nonzero(self.active & (self.filled <= (self.blocks - 1) * self.hop))[:, 0]
            )
        rows = torch.nonzero(self.active)[:, 0]
        out = torch.zeros(self.channels * self.rows, 2, samples)
        if len(rows) > 0:
            out[rows] = self.ready[rows, :, :samples] * self.envelope(rows, samples)[:, None]
            self.consume(rows, samples)
        self.clock += samples
        return out.view(self.channels, self.rows, 2, samples).sum(dim=1)

    def envelope(self, rows: Tensor, samples: int) -> Tensor:
        """Gain [R, samples]: 1, but for the last 12 ms and for what is being cut off."""
        at = torch.arange(1, samples + 1)
        left = (self.length - self.played)[rows, None] - at
        turn = (1.0 - left.float() / self.end_fade).clamp(0.0, 1.0)
        gain = 0.5 + 0.5 * torch.cos(torch.pi * turn)
        gain = torch.where(left >= 0, gain, torch.zeros_like(gain))
        return gain * self.line(rows, self.clock + (at - 1)[None])

    def consume(self, rows: Tensor, samples: int) -> None:
        """Drops the first samples of these rows, which have been played."""
        shifted = self.ready[rows, :, samples:]
        self.ready[rows] = torch.nn.functional.pad(shifted, (0, samples))
        self.filled[rows] -= samples
        self.played[rows] += samples
        ends = self.fade_at[rows] + self.fade_samples[rows]
        faded = (self.fade_at[rows] >= 0) & (ends <= self.clock + samples)
        over = (self.played[rows] >= self.length[rows]) | faded
        self.active[rows] = ~over
