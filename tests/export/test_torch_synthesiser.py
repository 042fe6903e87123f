"""The synthesiser in torch against the one in numpy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")

from export.handmade import KIT, TONES, Label, make_instrument, make_untrained  # noqa: E402
from messina.counter_rng import CounterRng, mixed  # noqa: E402
from messina.export.torch_synthesiser import LEAD, REPEATED, TorchSynthesiser  # noqa: E402
from messina.frames.excitation import Excitation  # noqa: E402
from messina.frames.layout import BODY_FLOOR, HOP, LOOP_SIZE, ONSET_SLICES, Frames  # noqa: E402
from messina.frames.synthesis import Synthesiser, moved_cents  # noqa: E402


def some_frames(count: int) -> list[Frames]:
    """Sounds that differ in everything: glides, images, attacks, pitch, length."""
    instruments = [make_untrained(KIT, seed=seed) for seed in (1, 2)]
    by_hand = make_instrument((*TONES, Label(name="hiss", noisy=1.0)))
    frames = []
    for i in range(count):
        rng = CounterRng(i)
        if i % 3 == 2:
            frames.append(by_hand.frames(label="chime", note=50 + 3 * i, rng=rng))
        else:
            label = KIT[i % 4].name
            frames.append(instruments[i % 2].frames(label=label, length_s=0.2 + 0.05 * i, rng=rng))
    return frames


def played_by_numpy(frames: Frames, key: int) -> NDArray[np.float32]:
    synthesiser = Synthesiser(frames, key=key)
    return np.concatenate(
        [synthesiser.step(frames.body, moved_cents(frames)), synthesiser.finish()]
    )


def bent(frames: list[Frames]) -> list[Frames]:
    """The same, but that the pitch of two in three moves, from the first row on or later."""
    out = []
    for i, own in enumerate(frames):
        at = np.arange(len(own))
        cents = 200 * np.sin(0.2 * at + i) + 10 * at
        cents[: 9 * (i % 3)] = 0
        onset = own.onset.copy()
        onset[ONSET_SLICES["glide"].start] = 0  # what bends has no glide
        moving = replace(own, contour=cents.astype(np.float32), onset=onset)
        out.append(own if i % 3 == 2 else moving)
    return out


def row_of(body: NDArray[np.float32], cents: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([body, cents[:, None]], axis=1)


def whole_loop(frames: Frames, key: int) -> NDArray[np.float32]:
    """The loop [LOOP_SIZE] that a sound's noise is made of, from its own beginning on."""
    read = Excitation(frames.fine, key=key, ratio=frames.fine_ratio).read(0, LOOP_SIZE)
    return np.roll(read, mixed(key) % LOOP_SIZE)


def some_keys(count: int) -> list[int]:
    return [(i * 0x9E3779B1 + 2**32 - 1) % 2**32 for i in range(count)]


@pytest.mark.parametrize("bending", [False, True], ids=["still", "whose pitch moves"])
@pytest.mark.parametrize("batch", [1, 3, 16])
def test_voices_play_what_the_numpy_synthesiser_plays(batch: int, bending: bool) -> None:
    frames, keys = some_frames(batch), some_keys(batch)
    frames = bent(frames) if bending else frames
    contours = [np.zeros(len(f), np.float32) if f.contour is None else f.contour for f in frames]
    synthesiser = TorchSynthesiser()
    longest = max(len(f) for f in frames)
    rows = np.stack(
        [
            np.concatenate(
                [
                    *[row_of(f.body, cents)[:1]] * (REPEATED - 1),
                    row_of(f.body, cents),
                    np.tile(np.append(BODY_FLOOR, cents[-1]), (longest - len(f) + LEAD, 1)),
                ]
            ).astype(np.float32)
            for f, cents in zip(frames, contours, strict=True)
        ]
    )
    with torch.no_grad():
        pitch = torch.tensor([f.reference_hz for f in frames], dtype=torch.float64)
        onset = torch.from_numpy(np.stack([f.onset for f in frames]))
        pitched = torch.tensor([f.pitched for f in frames])
        sound = synthesiser.prepare(onset, pitch, pitched)
        key = torch.tensor(keys)
        # Loops of others lie between: whose they are is told.
        whose = 2 * torch.arange(batch).flip(0) + 1
        loops = torch.full((2 * batch, LOOP_SIZE), torch.nan)
        for i, f in enumerate(frames):
            loops[whose[i]] = torch.from_numpy(whole_loop(f, keys[i]))
        first = torch.tensor([cents[0] for cents in contours]) * pitched
        state = synthesiser.start(loops, whose, key, first)
        blocks = [
            synthesiser.step(torch.from_numpy(rows[:, i]), loops, whose, sound, state)
            for i in range(rows.shape[1])
        ]
    played = torch.cat(blocks, dim=2).numpy()
    for i, f in enumerate(frames):
        wanted = played_by_numpy(f, keys[i])[: (len(f) - 1) * HOP]
        got = f.gain * played[i].T[LEAD * HOP :][: len(wanted)]
        # float32 in another order: 100 dB under the peak.
        assert np.abs(got - wanted).max() < 2e-5 * np.abs(wanted).max()
        assert not played[i, :, : LEAD * HOP].any()
