"""Sustained notes in models for nn~: held while the gate is up, as in numpy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")

from differences import Differs, difference_db  # noqa: E402
from export.handmade import (  # noqa: E402
    BLOWN,
    TONES,
    all_sustained,
    make_instrument,
    with_contours,
    with_modes,
    with_steady_parts,
    with_trajectories,
)
from export.nn_host import NnHost  # noqa: E402
from export.test_nn_tilde import GATE, NOTE, VELOCITY, WILDNESS  # noqa: E402
from messina.counter_rng import CounterRng, Purpose  # noqa: E402
from messina.export import nn_tilde  # noqa: E402
from messina.export.torch_holding import Holding  # noqa: E402
from messina.frames.layout import HOP, Frames  # noqa: E402
from messina.frames.synthesis import synthesise  # noqa: E402
from messina.instrument import Instrument  # noqa: E402
from messina.instrument.holding import Held  # noqa: E402
from messina.units import SAMPLE_RATE  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")

Real = NDArray[np.float32]

TOLERANCE_DB = -100.0
"""The bound of all sounds of models: what is heard of a model is numpy's."""
TOLERANCE_BENT_DB = -90.0
"""At most, of notes of seconds that bend: the last bits of all cents add up in the phases."""
LATEST_LET_GO = 30e-3
"""Seconds after the gate's fall: five frames, those that may be made by then."""
_FADED = 512
"""Samples at the end, over which numpy's mixer and torch's have other curves."""


def some_held(*, vibrato: bool) -> Instrument:
    tones = make_instrument((*TONES, BLOWN))
    instrument = with_steady_parts(with_trajectories(with_modes(tones), seed=3))
    return with_contours(instrument, seed=5) if vibrato else instrument


def asked(instrument: Instrument, seed: int) -> dict[str, object]:
    label = instrument.labels[seed % len(instrument.labels)]
    return {"label": label, "note": 60.0, "velocity": 90.0, "wildness": 1.0}


def frames_of(instrument: Instrument, seed: int) -> tuple[Frames, int]:
    rng = CounterRng(seed)
    frames = instrument.frames(**asked(instrument, seed), rng=rng)  # type: ignore[arg-type]
    return frames, rng.stream(Purpose.NOISE).bits()


def sound_of(instrument: Instrument, frames: Frames) -> int:
    """The known sound that goes on as these do; of several, one whose pitch moves as theirs."""
    for i, steady in enumerate(instrument.known.steady):
        trajectory = instrument.trajectories.of(i)
        if steady == frames.steady and trajectory is not None:
            cents = trajectory.cents(len(frames), len(frames))
            if np.array_equal(cents, frames.contour):  # type: ignore[arg-type]
                return i
    raise AssertionError("of no known sound")


def held_seeds(instrument: Instrument, count: int) -> list[int]:
    held = (s for s in range(300) if frames_of(instrument, s)[0].steady is not None)
    return [next(held) for _ in range(count)]


def signals_of(instrument: Instrument, *, down: int, samples: int) -> Real:
    signals = np.zeros((1, 6, samples), np.float32)
    signals[0, GATE, :down], signals[0, NOTE] = 1, 60.0
    signals[0, VELOCITY], signals[0, WILDNESS] = 90.0, 1.0
    return signals


def played(
    host: NnHost, instrument: Instrument, seed: int, down: int, samples: int, *sizes: int
) -> Real:
    """What a model plays of a seed [N, 2], its gate up for so many samples."""
    host.model.set_seed(seed)
    host.model.set_label(seed % len(instrument.labels))
    host.perform(np.zeros((2, 6, 1), np.float32))  # another batch: all that rang is gone
    signals = signals_of(instrument, down=down, samples=samples)
    return host.play(signals, *(sizes or (512,)))[0].T


@pytest.fixture(scope="module", params=[False, True], ids=["still", "whose pitch moves"])
def instrument(request: pytest.FixtureRequest) -> Instrument:
    return some_held(vibrato=request.param)


@pytest.mark.parametrize("up", [5, 90, 700, 4_000])
def test_rows_are_those_of_numpy(instrument: Instrument, up: int) -> None:
    with torch.no_grad():
        holding = Holding(instrument)
        for seed in held_seeds(instrument, 4):
            frames, key = frames_of(instrument, seed)
            held = Held(frames, key=key)
            held.let_go(up)
            assert held.end is not None
            wanted = _with_cents(held.rows(held.end), held.contour)
            sound = sound_of(instrument, frames)
            holding.open(2, len(frames))
            learnt = _with_cents(frames.body, frames.contour)
            body = torch.from_numpy(np.stack([np.zeros_like(learnt), learnt]))
            row, lifted = torch.tensor([1]), torch.tensor([up])
            assert holding.begin(1, body[1], sound, torch.tensor([key]))
            rows = []
            for frame in range(held.end):
                if frame == up:
                    assert int(holding.let_go(row, lifted)[0]) == held.end
                rows.append(holding.rows_at(body, row, torch.tensor([frame]))[0].numpy())
            # Single precision, in another order: a hundredth of a dB is 1e-3.
            got = np.stack(rows)
            np.testing.assert_allclose(got[:, :-1], wanted[:, :-1], atol=1e-4)
            np.testing.assert_allclose(got[:, -1], wanted[:, -1], atol=1e-2)


def _with_cents(body: Real, contour: Real | None) -> Real:
    cents = np.zeros(len(body), np.float32) if contour is None else contour
    return np.concatenate([body, cents[:, None]], axis=1)


@pytest.mark.parametrize("vibrato", [0.0, 2.0])
def test_held_notes_of_a_seed_are_those_of_numpy(
    tmp_path: Path, differs: Differs, vibrato: float
) -> None:
    instrument = some_held(vibrato=vibrato > 0)
    nn_tilde.export(instrument, tmp_path / "it.ts", name="it", seed=0, force=False)
    host = NnHost(tmp_path / "it.ts")
    host.model.set_vibrato(vibrato)
    errors_db = []
    for i, seed in enumerate(held_seeds(instrument, 8)):
        frames, key = frames_of(instrument, seed)
        down = (1_000, 30_000, 150_000, 400_000)[i % 4]
        lifted = down // HOP + 5
        assert down < lifted * HOP < down + LATEST_LET_GO * SAMPLE_RATE
        held = Held(frames, key=key)
        held.let_go(lifted)
        assert held.end is not None
        body = held.rows(held.end)
        frames = replace(frames, body=body, contour=held.contour, steady=None, vibrato=vibrato)
        wanted = synthesise(frames, key=key)
        got = played(host, instrument, seed, down, len(wanted) + 4 * HOP)
        assert not got[len(wanted) :].any()
        errors_db.append(difference_db(got[: len(wanted) - _FADED], wanted[:-_FADED]))
    assert np.median(errors_db) < TOLERANCE_DB
    assert max(errors_db) < (TOLERANCE_BENT_DB if vibrato else TOLERANCE_DB)
    differs("notes held and let go, half of them", "nn~", float(np.median(errors_db)))
    differs("notes held and let go, the worst", "nn~", max(errors_db))


def test_vibrato_of_what_sounds_is_moved_by_the_attribute(tmp_path: Path) -> None:
    instrument = some_held(vibrato=True)
    nn_tilde.export(instrument, tmp_path / "it.ts", name="it", seed=0, force=False)
    host, samples = NnHost(tmp_path / "it.ts"), 2 * SAMPLE_RATE
    seed = next(
        s for s in held_seeds(instrument, 8) if frames_of(instrument, s)[0].contour is not None
    )
    moving = played(host, instrument, seed, samples, samples)
    host.model.set_seed(seed)
    host.perform(np.zeros((2, 6, 1), np.float32))
    signals = signals_of(instrument, down=samples, samples=samples)
    before = host.play(signals[:, :, :SAMPLE_RATE], 512)
    host.model.set_vibrato(0.0)
    stilled = np.concatenate([before, host.play(signals[:, :, SAMPLE_RATE:], 512)], axis=2)[0].T
    np.testing.assert_array_equal(stilled[:SAMPLE_RATE], moving[:SAMPLE_RATE])
    assert difference_db(stilled[SAMPLE_RATE + 8 * HOP :], moving[SAMPLE_RATE + 8 * HOP :]) > -20


def test_a_note_held_for_half_a_minute_keeps_its_level_and_never_repeats(tmp_path: Path) -> None:
    instrument = some_held(vibrato=False)
    nn_tilde.export(instrument, tmp_path / "it.ts", name="it", seed=0, force=False)
    host = NnHost(tmp_path / "it.ts")
    seed = next(s for s in held_seeds(instrument, 8) if frames_of(instrument, s)[0].steady)
    samples = 30 * SAMPLE_RATE
    sound = played(host, instrument, seed, samples, samples, 4_096)
    power = np.square(sound.astype(np.float64)).sum(axis=1).reshape(30, SAMPLE_RATE).mean(axis=1)
    level = 10 * np.log10(power)[2:]
    assert np.abs(level - np.median(level)).max() < 1.5
    whole, short = sound.tobytes(), round(0.3 * SAMPLE_RATE)
    for start in range(SAMPLE_RATE, samples - short, SAMPLE_RATE):
        part = sound[start : start + short].tobytes()
        assert whole.find(part) == whole.rfind(part) == start * sound[0].nbytes


@pytest.mark.parametrize("sizes", [(64,), (63, 1, 700, 256), (40_000,)])
def test_where_it_is_let_go_does_not_depend_on_the_blocks(
    tmp_path: Path, sizes: tuple[int, ...]
) -> None:
    instrument = some_held(vibrato=False)
    nn_tilde.export(instrument, tmp_path / "it.ts", name="it", seed=0, force=False)
    host, seed = NnHost(tmp_path / "it.ts"), held_seeds(instrument, 1)[0]
    wanted = played(host, instrument, seed, 50_001, 80_000, 512)
    got = played(host, instrument, seed, 50_001, 80_000, *sizes)
    assert np.abs(got - wanted).max() < 1e-5 * np.abs(wanted).max()


def test_a_note_taken_up_while_another_is_released_is_held_by_its_own_gate(tmp_path: Path) -> None:
    instrument = all_sustained(make_instrument(TONES))
    nn_tilde.export(instrument, tmp_path / "it.ts", name="it", seed=0, force=False)
    signals = signals_of(instrument, down=20_000, samples=6 * SAMPLE_RATE)
    signals[0, GATE, 21_000 : 4 * SAMPLE_RATE] = 1
    sound = np.abs(NnHost(tmp_path / "it.ts").play(signals, 512)[0])
    assert sound[:, 3 * SAMPLE_RATE : 4 * SAMPLE_RATE].max() > 0.01
    # A release is 20 frames, begins within 6, and the noise reaches two further.
    assert not sound[:, 4 * SAMPLE_RATE + 28 * HOP :].any()
