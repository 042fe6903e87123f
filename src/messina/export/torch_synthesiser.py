"""The synthesiser in torch: rows of levels in, HOP samples out, for many voices at once.

As messina.frames.synthesis. A row is levels and, last, the cents by which pitch is moved
(`torch_oscillators`); what bends has no glide. A row that comes in completes the block LEAD rows
before it, for noise reaches half a window around its row and the onset's gains a little further.
Before the onset the levels stand still: the first row is given REPEATED times. So the sound begins
with the sixth answer:

    row 0, row 0, row 0, row 1, row 2, row 3, …
      -      -      -      -      -   block 0, …

What does not change while a sound lasts is worked out once (`prepare`). Voices are rows of a batch;
each counts its own blocks, so they may begin at different times.

TorchScript sees no globals: numbers are attributes.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from messina.export import torch_tables
from messina.export.torch_excitation import passing, read_at
from messina.export.torch_operations import TorchRng, half_spectrum, register, signal_of
from messina.export.torch_oscillators import Oscillators, audible, pace_of
from messina.frames.layout import (
    ATTACK_HOP,
    BANDS,
    ERBS,
    HOP,
    KNOTS,
    LOOP_SIZE,
    NOISE_FLOOR,
    ONSET_SLICES,
    REFERENCE_HZ,
    STEPS,
    ZONES,
)
from messina.frames.noise import ATTACK_SIZE, NOISE_SIZE
from messina.frames.oscillators import GLIDE_TOP_HZ
from messina.frames.spectrum import hann
from messina.units import SAMPLE_RATE

__all__ = ["LEAD", "REPEATED", "TorchSynthesiser"]

LEAD = 5
"""Answers that come before the first block."""

REPEATED = 3
"""How often the first row is given."""

_COMING_SAMPLES = (KNOTS - 1) * ATTACK_HOP
_ATTACK_WINDOWS = torch_tables.SHAPED_SAMPLES // ATTACK_HOP


def _knot_weights() -> NDArray[np.float32]:
    """Straight lines between the knots of an attack [samples, KNOTS]."""
    places = np.arange(KNOTS) * ATTACK_HOP
    lines = [np.interp(np.arange(_COMING_SAMPLES), places, row) for row in np.eye(KNOTS)]
    return np.array(lines, np.float32).T


class TorchSynthesiser(nn.Module):
    """Plays any number of voices, B."""

    log_low: Tensor
    log_width: Tensor
    leaning: Tensor
    zone_centres: Tensor
    noise_zones: Tensor
    group_weights: Tensor
    step_group_of_bin: Tensor
    taper: Tensor
    window: Tensor
    out_window: Tensor
    attack_window: Tensor
    attack_out_window: Tensor
    window_steps: Tensor
    knot_weights: Tensor
    soft_start: Tensor
    samples: Tensor
    windows_at: Tensor

    def __init__(self) -> None:
        super().__init__()
        low, high = torch_tables.LOG_BAND_EDGES[:-1], torch_tables.LOG_BAND_EDGES[1:]
        soft = np.minimum(np.arange(_COMING_SAMPLES) / (torch_tables.SOFT_START - 1), 1.0)
        out, attack_out = 0.375 * NOISE_SIZE / HOP, 0.375 * ATTACK_SIZE / ATTACK_HOP
        steps = np.clip(np.arange(_ATTACK_WINDOWS) - torch_tables.FIRST_STEP, 0, STEPS)
        register(
            self,
            {
                "log_low": low,
                "log_width": high - low,
                "leaning": np.where(np.arange(BANDS) % 2, 1.0, -1.0).astype(np.float32),
                "zone_centres": torch_tables.ZONE_CENTRES_LN,
                "noise_zones": torch_tables.NOISE_BIN_ZONES,
                "group_weights": torch_tables.GROUP_WEIGHTS.T,
                "step_group_of_bin": torch_tables.STEP_GROUP_OF_BIN,
                "taper": torch_tables.TAPER[:, None],
                "window": hann(NOISE_SIZE),
                "out_window": (hann(NOISE_SIZE) / out).astype(np.float32),
                "attack_window": hann(ATTACK_SIZE),
                "attack_out_window": (hann(ATTACK_SIZE) / attack_out).astype(np.float32),
                "window_steps": steps,
                "knot_weights": _knot_weights(),
                "soft_start": soft.astype(np.float32),
                "samples": np.arange(HOP),
                "windows_at": np.arange(0, HOP, ATTACK_HOP)[:, None] + np.arange(ATTACK_SIZE),
            },
        )
        self.hop, self.attack_hop = HOP, ATTACK_HOP
        self.bands, self.zones, self.steps, self.erbs = BANDS, ZONES, STEPS, ERBS
        self.noise_size, self.attack_size = NOISE_SIZE, ATTACK_SIZE
        self.noise_tail, self.attack_tail = NOISE_SIZE - HOP, ATTACK_SIZE - ATTACK_HOP
        self.windows = HOP // ATTACK_HOP
        self.onset_blocks = _ATTACK_WINDOWS * ATTACK_HOP // HOP
        self.unshaped_from = torch_tables.SHAPED_SAMPLES - HOP - self.attack_tail
        self.coming_blocks = _COMING_SAMPLES // HOP
        self.lead, self.stream_lead = LEAD, 3
        self.cuts = {name: (where.start, where.stop) for name, where in ONSET_SLICES.items()}
        self.rate, self.reference_hz = float(SAMPLE_RATE), REFERENCE_HZ
        self.highest_hz, self.glide_top_hz = torch_tables.HIGHEST_OSCILLATOR_HZ, GLIDE_TOP_HZ
        self.mono_below = torch_tables.MONO_BELOW
        self.log_tau_low, self.log_tau_high = torch_tables.LOG_TAU_RANGE
        self.noise_floor, self.loop_size = NOISE_FLOOR, LOOP_SIZE
        self.oscillators, self.rng = Oscillators(), TorchRng()

    # ---- once a sound ----------------------------------------------------------------------------

    def prepare(self, onset: Tensor, reference_hz: Tensor, pitched: Tensor) -> dict[str, Tensor]:
        """What stays while a sound lasts, of onsets [B, ONSET_SIZE] and pitches [B] in float64.

        pitched [B]: whether these are the sounds' own; their noise then bends with them.
        """
        # Added in float32, as numpy does: in the highs its rounding is heard after seconds.
        places = (self.cut(onset, "offsets").clamp(-0.5, 0.5) + 0.5).double()
        frequencies = torch.exp(self.log_low + places * self.log_width)
        frequencies = frequencies * (reference_hz / self.reference_hz)[:, None]
        stereo = self.cut(onset, "stereo").view(-1, 2, self.zones)
        mono = stereo.abs().amax(dim=[1, 2], keepdim=True) < self.mono_below
        stereo = torch.where(mono, torch.zeros_like(stereo), stereo)
        image = torch.matmul(stereo, self.zones_at(frequencies))
        noise_image = torch.matmul(stereo, self.noise_zones)
        glide = self.cut(onset, "glide").double()
        log_tau = glide[:, 1].clamp(self.log_tau_low, self.log_tau_high)
        phases = self.cut(onset, "phases").view(-1, 2, self.bands)
        cosine, sine = phases[:, 0], phases[:, 1]
        # No phase at all is 0: where torch's own arctangent is, in other runtimes nothing is.
        cosine = torch.where((cosine == 0.0) & (sine == 0.0), torch.ones_like(cosine), cosine)
        angles = frequencies * (2.0 * torch.pi / self.rate)
        turns = torch.remainder(angles[:, :, None] * self.samples, 2.0 * torch.pi).float()
        return {
            "angles": angles,
            "table": torch.cat([torch.cos(turns), torch.sin(turns)], dim=1),
            "usable": (frequencies < self.highest_hz).float(),
            "gliding": (frequencies < self.glide_top_hz).double(),
            "pitched": pitched.double(),
            "phases": torch.atan2(sine, cosine),
            "semitones": glide[:, 0],
            "tau": torch.exp(log_tau) * self.rate,
            "own": self.own_gains(image),
            "twin": self.twin_gains(image) * self.leaning,
            "noise_own": self.own_gains(noise_image),
            "noise_twin": self.twin_gains(noise_image),
            "coming_in": self.coming_in(onset),
            "attack_gains": self.attack_gains(onset),
        }

    def cut(self, onset: Tensor, name: str) -> Tensor:
        """The named part of static parameters [B, ONSET_SIZE]."""
        where = self.cuts[name]
        return onset[:, where[0] : where[1]]

    def zones_at(self, frequencies: Tensor) -> Tensor:
        """Weights of the stereo zones [B, ZONES, K]: straight lines over ln f."""
        log_hz = torch.log(frequencies.clamp(min=1.0))[:, None]
        centres = self.zone_centres[None, :, None]
        passed = (log_hz - centres[:, :-1]) / (centres[:, 1:] - centres[:, :-1])
        passed = passed.clamp(0.0, 1.0).float()
        ones, zeros = torch.ones_like(passed[:, :1]), torch.zeros_like(passed[:, :1])
        return torch.cat([ones, passed], dim=1) - torch.cat([passed, zeros], dim=1)

    def own_gains(self, image: Tensor) -> Tensor:
        """Gains [B, 2, K] of the middle in both channels, for pan and width [B, 2, K]."""
        pan = image[:, :1]
        return torch.cat([1.0 - pan, 1.0 + pan], dim=1)

    def twin_gains(self, image: Tensor) -> Tensor:
        """Gains [B, 2, K] of the decorrelated copy in both channels, of pan and width [B, 2, K]."""
        width = image[:, 1:]
        return torch.cat([-width, width], dim=1)

    def coming_in(self, onset: Tensor) -> Tensor:
        """Gain of the partials by block [B, blocks + 1, HOP]; the last, of ones, is for ever."""
        knots = torch.exp(self.cut(onset, "partial_attack"))
        gains = torch.matmul(knots, self.knot_weights.t()) * self.soft_start
        ones = torch.ones(onset.shape[0], self.hop)
        return torch.cat([gains, ones], dim=1).view(-1, self.coming_blocks + 1, self.hop)

    def attack_gains(self, onset: Tensor) -> Tensor:
        """On the noise [B, blocks, windows in a block, bins]."""
        levels = self.cut(onset, "noise_attack").view(-1, self.steps, self.erbs) * self.taper
        neutral = torch.zeros_like(levels[:, :1])
        levels = torch.cat([levels, neutral], dim=1)[:, self.window_steps]
        gains = torch.exp(levels[:, :, self.step_group_of_bin])
        return gains.view(-1, self.onset_blocks, self.windows, self.attack_size // 2 + 1)

    # ---- every block -----------------------------------------------------------------------------

    def start(self, loops: Tensor, rows: Tensor, key: Tensor, cents: Tensor) -> dict[str, Tensor]:
        """The state of voices [B] that have not begun; loops and rows as in `step`.

        key [B]: where in its loop each begins; cents [B]: by which its noise is bent there.
        """
        count = key.shape[0]
        pace = pace_of(cents)
        first = torch.remainder(self.rng.mixed(key), self.loop_size).double()
        lead = torch.arange(self.noise_tail).double()
        return {
            "excitation": read_at(loops, rows, first[:, None] + pace[:, None] * lead),
            "place": torch.remainder(first + pace * self.noise_tail, self.loop_size),
            "pace": pace,
            "paces": torch.ones(count, 3, dtype=torch.float64),
            "count": torch.zeros(count, dtype=torch.int64),
            "rested": torch.zeros(count, dtype=torch.float64),
            "warped": torch.zeros(count, dtype=torch.float64),
            "partials": torch.zeros(count, 3, self.bands),
            "noise_tail": torch.zeros(count, 2, self.noise_tail),
            "onset_past": torch.zeros(count, 2, self.attack_tail),
            "onset_tail": torch.zeros(count, 2, self.attack_tail),
            "shaped": torch.zeros(count, 2, self.hop),
            "unshaped": torch.zeros(count, 2, self.hop),
        }

    def step(
        self,
        body: Tensor,
        loops: Tensor,
        rows: Tensor,
        sound: dict[str, Tensor],
        state: dict[str, Tensor],
    ) -> Tensor:
        """Rows [B, BODY_SIZE + 1] in, blocks [B, 2, HOP] out; `state` is brought up to date.

        loops [R, LOOP_SIZE]: those of all voices, read where needed; rows [B]: whose these are.
        """
        pace = pace_of(body[:, -1])
        excitation = self.read(loops, rows, 1.0 + sound["pitched"] * (pace - 1.0), state)
        block = state["count"] - self.lead
        stream = self.noise_stream(body[:, self.bands : -1], excitation, sound, state)
        noise = self.shaped(stream, sound, state)
        before, paces = state["partials"], state["paces"]
        state["partials"] = torch.cat([before[:, 1:], body[:, None, : self.bands]], dim=1)
        state["paces"] = torch.cat([paces[:, 1:], pace[:, None]], dim=1)
        state["count"] = state["count"] + 1
        if torch.jit.is_scripting() and bool((block < 0).all()):
            return torch.zeros_like(noise)
        partials = self.oscillators.step(before, paces, block, sound, state)
        blocks = block.clamp(0, self.coming_blocks)[:, None, None].expand(-1, 1, self.hop)
        partials = partials * torch.gather(sound["coming_in"], 1, blocks)
        return (partials + noise) * (block >= 0)[:, None, None]

    def read(self, loops: Tensor, rows: Tensor, pace: Tensor, state: dict[str, Tensor]) -> Tensor:
        """The next samples [B, (the middle, its twin), HOP] of loops, up to a pace [B]."""
        passed = passing(state["pace"], pace, self.hop)
        out = read_at(loops, rows, state["place"][:, None] + passed[:, :-1])
        state["place"] = torch.remainder(state["place"] + passed[:, -1], self.loop_size)
        state["pace"] = pace
        return out

    # ---- noise -----------------------------------------------------------------------------------

    def noise_stream(
        self,
        levels: Tensor,
        excitation: Tensor,
        sound: dict[str, Tensor],
        state: dict[str, Tensor],
    ) -> Tensor:
        """The body's noise [B, 2, HOP], before the onset's gains, of as much excitation."""
        window = torch.cat([state["excitation"], excitation], dim=2)
        state["excitation"] = window[:, :, self.hop :]
        even = half_spectrum(window * self.window)  # [B, 2, bins, 2]
        gains = audible(torch.matmul(levels, self.group_weights), self.noise_floor)[:, None]
        own, twin = sound["noise_own"] * gains, sound["noise_twin"] * gains
        shaped = own[..., None] * even[:, :1] + twin[..., None] * even[:, 1:]
        frame = signal_of(shaped, self.noise_size) * self.out_window
        tail = torch.nn.functional.pad(state["noise_tail"], (0, self.hop))
        total = frame + tail
        state["noise_tail"] = total[:, :, self.hop :]
        begun = state["count"] >= self.stream_lead
        return total[:, :, : self.hop] * begun[:, None, None]

    def shaped(self, stream: Tensor, sound: dict[str, Tensor], state: dict[str, Tensor]) -> Tensor:
        """The stream with the onset's gains [B, 2, HOP], a block and a bit behind it."""
        raw, earlier = state["unshaped"], state["shaped"]
        state["unshaped"] = stream
        block = state["count"] - self.stream_lead
        if torch.jit.is_scripting() and bool((block > self.onset_blocks).all()):
            return raw
        joined = torch.cat([state["onset_past"], stream], dim=2)
        state["onset_past"] = joined[:, :, self.hop :]
        windows = joined[:, :, self.windows_at] * self.attack_window  # [B, 2, windows, size]
        gains = sound["attack_gains"]
        blocks = block.clamp(0, self.onset_blocks - 1)[:, None, None, None]
        gains = torch.gather(gains, 1, blocks.expand(-1, 1, self.windows, gains.shape[3]))
        shaped = half_spectrum(windows) * gains[..., None]
        frames = signal_of(shaped, self.attack_size) * self.attack_out_window
        total = torch.nn.functional.pad(state["onset_tail"], (0, self.hop))
        for i in range(self.windows):
            start = i * self.attack_hop
            ends = [start, self.hop + self.attack_tail - self.attack_size - start]
            total = total + torch.nn.functional.pad(frames[:, :, i], ends)
        new = total[:, :, : self.hop]
        state["onset_tail"], state["shaped"] = total[:, :, self.hop :], new
        late = torch.cat([earlier, new], dim=2)[:, :, self.attack_tail :][:, :, : self.hop]
        sample = (state["count"] - self.lead)[:, None] * self.hop + self.samples
        return torch.where((sample < self.unshaped_from)[:, None], late, raw)
