"""The frame-level recurrent model: what a texture model does without a slow level or a structure.

Recordings become frames (those of `messina.texture`), four of them a patch (23 ms), patches 32
principal components, and a recurrent network predicts the distribution of the next patch from all
before: two layers of 256 gated units and a mixture of eight normal distributions. Sound is drawn
patch by patch, each draw being the next input.

    model = train_framewise(sounds, minutes=5.0, seed=0)
    audio = model.generate(60.0, rng=np.random.default_rng(0))

It keeps its level and does not get stuck, but has no metre and no form, which is why it is here.
Ref: Graves (2013), Generating sequences with recurrent neural networks, section 4.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from messina.errors import MessinaError
from messina.frames.layout import HOP
from messina.texture.layout import FRAME_SIZE, NOISE, OFFSETS, PARTIALS, PATCH
from messina.texture.synthesis import TextureSynthesiser
from messina.texture.texture_frames import SHORTEST_SAMPLES, analyse_texture
from messina.units import SAMPLE_RATE

__all__ = ["FramewiseConfig", "FramewiseModel", "FramewiseNetwork", "Patches", "train_framewise"]

Array = NDArray[np.float32]
FramewiseProgress = Callable[[float, int, float], None]
"""Called after each step with seconds gone, steps done, negative log-likelihood of the step."""

_LEAST_SPREAD: Final = 0.02  # of a component, over the strongest one's
_WARM_UP: Final = 48  # steps until the full rate of learning
_OPENING: Final = 8  # patches of a recording that are heard before the first is drawn
_LOG_SPREADS: Final = (-3.0, 1.5)
_BOUNDS: Final = (0.2, 99.8)  # percentiles of the corpus that draws are held between
_PORTION: Final = 1024  # frames synthesised at a time


@dataclass(frozen=True, kw_only=True)
class FramewiseConfig:
    """Everything that can be chosen."""

    components: int = 32
    """Numbers a patch is encoded in."""
    width: int = 256
    layers: int = 2
    mixtures: int = 8
    embedding: int = 8
    """Numbers that stand for a recording."""
    dropout: float = 0.1
    input_noise: float = 0.15
    """Standard deviation of what is added to inputs in training, of unit variance themselves."""
    learning_rate: float = 2e-3
    batch: int = 24
    steps_seen: int = 48
    """Patches in a sequence to learn from: 1.1 s."""
    turn_s: float = 16.0
    """How long generated sound stays with one recording."""


@dataclass(frozen=True, kw_only=True)
class Patches:
    """Frames to patches' components and back: mean and weight [FRAME_SIZE], spread [D],
    directions [D, PATCH * FRAME_SIZE]."""

    mean: Array
    weight: Array
    directions: Array
    spread: Array

    def encode(self, frames: Array) -> Array:
        """Frames [T, FRAME_SIZE] to components [T // PATCH, D] of unit variance."""
        rows = _in_patches((frames - self.mean) * self.weight)
        return np.asarray(rows @ self.directions.T / self.spread, np.float32)

    def decode(self, components: Array) -> Array:
        """Components [n, D] to frames [n * PATCH, FRAME_SIZE]."""
        rows = (components * self.spread) @ self.directions
        frames = rows.reshape(-1, FRAME_SIZE) / self.weight + self.mean
        return np.asarray(frames, np.float32)


def _in_patches(frames: Array) -> Array:
    """Frames [T, FRAME_SIZE] side by side [T // PATCH, PATCH * FRAME_SIZE]; a rest is left out."""
    return frames[: len(frames) // PATCH * PATCH].reshape(len(frames) // PATCH, -1)


def fit_patches(recordings: Sequence[Array], size: int) -> Patches:
    """Principal components of all patches of frames [T, FRAME_SIZE]."""
    frames = np.concatenate(recordings)
    weight = np.ones(FRAME_SIZE, np.float32)
    weight[PARTIALS] = 0.6
    weight[NOISE] = 0.5
    mean = frames.mean(axis=0)
    rows = np.concatenate([_in_patches((part - mean) * weight) for part in recordings])
    variances, found = np.linalg.eigh(rows.T @ rows / len(rows))  # smallest first
    directions = np.ascontiguousarray(found[:, ::-1][:, :size].T)
    spread = np.sqrt(np.maximum(variances[::-1][:size], 0.0))
    spread = np.maximum(spread, _LEAST_SPREAD * spread.max() + 1e-9)
    return Patches(mean=mean, weight=weight, directions=directions[:size], spread=spread)


class FramewiseNetwork(nn.Module):
    """Components so far and the recording they are of → distribution of the next ones."""

    def __init__(self, recordings: int, size: int, config: FramewiseConfig) -> None:
        super().__init__()
        self.mixtures = config.mixtures
        self.recording = nn.Embedding(recordings, config.embedding)
        self.read = nn.Sequential(nn.Linear(size + config.embedding, config.width), nn.GELU())
        self.recur = nn.GRU(
            config.width, config.width, config.layers, batch_first=True, dropout=config.dropout
        )
        self.write = nn.Linear(config.width, config.mixtures * (2 * size + 1))

    def forward(
        self, patches: Tensor, recording: Tensor, state: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Log weights [B, T, M], means and log spreads [B, T, M, D] of the next patch; the state.

        patches [B, T, D], recording [B].
        """
        of = self.recording(recording)[:, None].expand(-1, patches.shape[1], -1)
        hidden, state = self.recur(self.read(torch.cat([patches, of], dim=-1)), state)
        out = self.write(hidden).unflatten(-1, (self.mixtures, -1))
        means, spreads = out[..., 1:].chunk(2, dim=-1)
        return out[..., 0].log_softmax(-1), means, spreads.clamp(*_LOG_SPREADS), state


def negative_log_likelihood(
    weights: Tensor, means: Tensor, spreads: Tensor, target: Tensor, importance: Tensor
) -> Tensor:
    """Mean over patches of target [B, T, D] without its constants; importance [D] of components."""
    apart = 0.5 * ((target[:, :, None] - means) / spreads.exp()) ** 2 + spreads
    return -torch.logsumexp(weights - (apart * importance).sum(dim=-1), dim=-1).mean()


@dataclass(frozen=True, kw_only=True)
class FramewiseModel:
    """A trained model with the material it begins from."""

    config: FramewiseConfig
    patches: Patches
    network: FramewiseNetwork
    recordings: tuple[Array, ...]
    """Components [n, D] of each recording."""
    steps: int
    loss: float

    def generate(
        self, duration_s: float, *, rng: np.random.Generator, temperature: float = 1.0
    ) -> Array:
        """Sound [N, 2] that goes from recording to recording, as often as each is long."""
        samples = round(duration_s * SAMPLE_RATE)
        count = -(-(samples + TextureSynthesiser.LATE) // (HOP * PATCH))
        frames = self.patches.decode(self._drawn(count, rng, temperature))
        frames[:, OFFSETS] = np.clip(frames[:, OFFSETS], -0.5, 0.5)
        synthesiser = TextureSynthesiser(key=int(rng.integers(2**32)))
        parts = [
            synthesiser.step(frames[start : start + _PORTION])
            for start in range(0, len(frames), _PORTION)
        ]
        late = TextureSynthesiser.LATE
        return np.clip(np.concatenate(parts)[late : late + samples], -1.0, 1.0)

    @torch.no_grad()
    def _drawn(self, count: int, rng: np.random.Generator, temperature: float) -> Array:
        """Components [count, D] of new patches."""
        lengths = np.array([len(part) for part in self.recordings], np.float64)
        low, high = np.percentile(np.concatenate(self.recordings), _BOUNDS, axis=0)
        turn = max(1, round(self.config.turn_s * SAMPLE_RATE / (HOP * PATCH)))
        self.network.eval()
        state: Tensor | None = None
        drawn: list[Array] = []
        for index in range(count):
            if index % turn == 0:
                number = int(rng.choice(len(lengths), p=lengths / lengths.sum()))
                recording = torch.tensor([number])
            if index == 0:
                start = int(rng.integers(max(1, len(self.recordings[number]) - _OPENING)))
                heard = torch.from_numpy(self.recordings[number][start : start + _OPENING])[None]
            weights, means, spreads, state = self.network(heard, recording, state)
            chances = (weights[0, -1] / max(temperature, 0.05)).softmax(-1).double().numpy()
            which = int(rng.choice(len(chances), p=chances / chances.sum()))
            noise = temperature * rng.standard_normal(len(low))
            patch = means[0, -1, which].numpy() + spreads[0, -1, which].exp().numpy() * noise
            drawn.append(np.clip(patch, low, high).astype(np.float32))
            heard = torch.from_numpy(drawn[-1])[None, None]
        return np.stack(drawn)


def train_framewise(
    sounds: Sequence[Array],
    *,
    minutes: float,
    seed: int,
    config: FramewiseConfig | None = None,
    max_steps: int | None = None,
    progress: FramewiseProgress | None = None,
) -> FramewiseModel:
    """Learn from sounds [N] or [N, C] at 44.1 kHz for this long, at least one step.

    Analysis takes its time before. The same seed and number of steps give the same model. Raises
    MessinaError when no sound is long enough.
    """
    config = config or FramewiseConfig()
    long_enough = [sound for sound in sounds if len(sound) >= SHORTEST_SAMPLES]
    if not long_enough:
        raise MessinaError(
            f"none of {len(sounds)} sounds has {SHORTEST_SAMPLES / SAMPLE_RATE:g} s; "
            "the frame-level model learns from longer ones"
        )
    frames = [analyse_texture(np.asarray(sound, np.float32)) for sound in long_enough]
    patches = fit_patches(frames, config.components)
    recordings = tuple(patches.encode(rows) for rows in frames)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = FramewiseNetwork(len(recordings), len(patches.spread), config)
        # Begun on either of the frames of a patch, a recording is twice as much material.
        shifted = [patches.encode(rows[PATCH // 2 :]) for rows in frames]
        steps, loss = _fit(
            network,
            [*recordings, *shifted],
            torch.from_numpy(np.sqrt(patches.spread / patches.spread.max())),
            config,
            budget_s=60.0 * minutes,
            max_steps=max_steps,
            rng=np.random.default_rng(seed),
            progress=progress,
        )
    return FramewiseModel(
        config=config,
        patches=patches,
        network=network,
        recordings=recordings,
        steps=steps,
        loss=loss,
    )


def _batch(
    sequences: Sequence[Array], config: FramewiseConfig, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Sequences [B, T + 1, D] and the recordings they are of [B]; short ones go round."""
    lengths = np.array([len(rows) for rows in sequences], np.float64)
    chosen = rng.choice(len(sequences), config.batch, p=lengths / lengths.sum())
    length = config.steps_seen + 1
    rows = []
    for number in chosen:
        start = int(rng.integers(max(1, len(sequences[number]) - length + 1)))
        rows.append(np.take(sequences[number], range(start, start + length), axis=0, mode="wrap"))
    recording = torch.from_numpy(chosen % (len(sequences) // 2))
    return torch.from_numpy(np.stack(rows)), recording


def _fit(
    network: FramewiseNetwork,
    sequences: Sequence[Array],
    importance: Tensor,
    config: FramewiseConfig,
    *,
    budget_s: float,
    max_steps: int | None,
    rng: np.random.Generator,
    progress: FramewiseProgress | None,
) -> tuple[int, float]:
    """Train until time or steps are up; steps done and the running mean of the loss."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=config.learning_rate, weight_decay=1e-2)
    averaged = {name: value.clone() for name, value in network.state_dict().items()}
    began_s, steps, mean = time.monotonic(), 0, 0.0
    while True:
        gone_s = time.monotonic() - began_s
        share = steps / max_steps if max_steps else gone_s / max(budget_s, 1e-9)
        if steps and share >= 1.0:
            break
        rate = min(1.0, (steps + 1) / _WARM_UP) * 0.5 * (1.0 + np.cos(np.pi * min(share, 1.0)))
        for group in optimiser.param_groups:
            group["lr"] = config.learning_rate * float(rate) + 1e-5
        batch, recording = _batch(sequences, config, rng)
        amount = 2.0 * config.input_noise * torch.rand(len(batch), 1, 1)
        inputs = batch[:, :-1] + amount * torch.randn_like(batch[:, :-1])
        weights, means, spreads, _ = network(inputs, recording)
        loss = negative_log_likelihood(weights, means, spreads, batch[:, 1:], importance)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        steps += 1
        for name, value in network.state_dict().items():
            averaged[name].lerp_(value, max(0.02, 1.0 / steps))
        keep = 0.98 if steps > 1 else 0.0
        mean = keep * mean + (1.0 - keep) * float(loss.detach())
        if progress is not None:
            progress(time.monotonic() - began_s, steps, float(loss.detach()))
    network.load_state_dict(averaged)
    return steps, mean
