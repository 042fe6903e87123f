"""Sustained notes in torch: they sound for as long as the gate is up, then are released.

As messina.instrument.holding, for R voices, a row of each at a time: the same draws, so
the same rows. Where a voice walks is worked out voice by voice, all else for many at once.

S known sounds; N of the voices; T frames, each of which has a row of D levels and, last, the cents
by which pitch is moved.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from messina.counter_rng import Purpose
from messina.export.torch_operations import TorchRng, register
from messina.frames.contour import MOST_CENTS
from messina.frames.layout import BODY_FLOOR, BODY_SIZE, frame_count
from messina.instrument import Instrument
from messina.instrument.descriptors import POWER_SHARE
from messina.instrument.holding import (
    EVEN_WITHIN,
    HIGHEST_NEPERS,
    LEAST_RELEASE,
    LEAST_RUN,
    LET_GO_ROWS,
    LOUDER_RANGE,
    SILENT,
    SLOW_REACH,
    TAKEN_ON,
    WalkBounds,
    walk_bounds,
)
from messina.units import SAMPLE_RATE

__all__ = ["Holding"]

_NEVER = 1 << 40


class Holding(nn.Module):
    """Which known sounds are sustained, and how voices that play them go on."""

    steady: Tensor
    paces: Tensor
    turns: Tensor
    turn_ends: Tensor
    silence: Tensor
    least: Tensor
    most: Tensor
    leveled: Tensor
    power_share: Tensor
    purpose: Tensor

    def __init__(self, instrument: Instrument) -> None:
        super().__init__()
        bounds = _walk_bounds(instrument)
        turns = [np.zeros(0, np.int64) if c is None else c.turning_points for c in bounds]
        register(
            self,
            {
                "steady": np.array([(0, 0, 0) if c is None else tuple(c.steady) for c in bounds]),
                "paces": np.array([(1.0, 1.0) if c is None else c.paces for c in bounds]),
                "turns": np.concatenate(turns),
                "turn_ends": np.cumsum([0, *map(len, turns)]),
                "silence": BODY_FLOOR,
                "least": np.append(BODY_FLOOR, np.float32(-MOST_CENTS)),
                "most": _row(HIGHEST_NEPERS, MOST_CENTS),
                "leveled": _row(1.0, 0.0),
                "power_share": POWER_SHARE,
                "purpose": np.array([int(Purpose.HOLD)]),
            },
        )
        self.rng = TorchRng()
        self.some = any(c is not None for c in bounds)
        self.never, self.row = _NEVER, BODY_SIZE + 1
        self.even_within, self.slow_reach, self.least_run = EVEN_WITHIN, SLOW_REACH, LEAST_RUN
        self.least_release, self.let_go_rows = LEAST_RELEASE, LET_GO_ROWS
        self.taken_on, self.silent = TAKEN_ON, SILENT
        self.least_louder, self.most_louder = LOUDER_RANGE
        self.state: dict[str, Tensor] = {"held": torch.zeros(0, dtype=torch.bool)}

    def open(self, rows: int, frames: int) -> None:
        """Prepares `rows` voices, none of them held, for sounds of at most `frames` frames."""
        whole = torch.zeros(rows, dtype=torch.int64)
        wide = torch.zeros(rows, self.row, dtype=torch.float64)
        self.state = {
            "held": torch.zeros(rows, dtype=torch.bool),
            "model": whole.clone(),
            "last": whole.clone(),
            "let_go": whole.clone(),
            "stream": torch.zeros(rows, 2, dtype=torch.int64),
            "drawn": whole.clone(),
            "back": torch.zeros(rows, dtype=torch.bool),
            # Of the run it is in: first row, place there, last row, place there.
            "run": torch.zeros(rows, 4, dtype=torch.float64),
            "slopes": wide.clone(),
            "lowest": wide.clone(),
            "highest": wide.clone(),
            "loudness": torch.zeros(rows, frames if self.some else 0),
            "gap": wide.clone(),
            "louder": torch.zeros(rows, dtype=torch.float64),
        }

    def begin(self, row: int, body: Tensor, model: int, key: Tensor) -> bool:
        """Starts a voice on a known sound with rows [T, D + 1]; returns whether it is sustained.

        key [1]: of the note's draws, that of its excitation.
        """
        held = int(self.steady[model, 1]) > 0
        self.state["held"][row] = held
        if not held:
            return False
        start, stop = int(self.steady[model, 0]), int(self.steady[model, 1])
        self.state["model"][row], self.state["last"][row] = model, body.shape[0] - 1
        self.state["let_go"][row] = self.never
        self.state["stream"][row] = self.rng.stream(self.rng.of_seed(key), self.purpose)[0]
        self.state["drawn"][row], self.state["back"][row] = 0, False
        self.state["run"][row] = float(stop)
        self.learn(row, body[start : stop + 1])
        return True

    def learn(self, row: int, steady: Tensor) -> None:
        """Measures trends and slow sway of a steady part [n, D + 1], as messina.instrument.holding
        does.
        """
        count = steady.shape[0]
        numbers = torch.arange(count)
        at = numbers.double() - 0.5 * (count - 1)
        self.state["slopes"][row] = torch.matmul(at, steady.double()) / (at * at).sum()
        self.state["lowest"][row] = steady.amin(dim=0).double()
        self.state["highest"][row] = steady.amax(dim=0).double()
        loudness = self.loudness_of(steady[:, :-1])
        sums = torch.nn.functional.pad(torch.cumsum(loudness.double(), dim=0), (1, 0))
        reach = torch.minimum(numbers, count - 1 - numbers).clamp(max=self.slow_reach)
        slow = (sums[numbers + reach + 1] - sums[numbers - reach]) / (2 * reach + 1)
        self.state["loudness"][row, :count] = loudness + (loudness.mean() - slow.float())

    def loudness_of(self, levels: Tensor) -> Tensor:
        """ln RMS [N] of rows of levels [N, D]."""
        powers = torch.matmul(torch.exp(2.0 * levels), self.power_share)
        return 0.5 * torch.log(powers.clamp(min=self.silent))

    def let_go(self, rows: Tensor, frames: Tensor) -> Tensor:
        """Lifts the keys of voices [N] at frames [N].

        Returns how many frames they then last [N].
        """
        self.state["let_go"][rows] = frames
        own = self.state["last"][rows] + 1 - self.steady[self.state["model"][rows], 2]
        return frames + torch.where(
            own >= self.least_release, own, torch.full_like(own, self.let_go_rows)
        )

    def down(self, rows: Tensor) -> Tensor:
        """Whether voices [N] are held with their key down."""
        return self.state["held"][rows] & (self.state["let_go"][rows] == self.never)

    def rows_at(self, body: Tensor, rows: Tensor, frame: Tensor) -> Tensor:
        """Rows [N, D + 1] of voices [N] at their frames [N], which follow each other.

        body [R, T, D + 1]: of all voices, as they were learnt.
        """
        heard = body[rows, frame.clamp(max=body.shape[1] - 1)]
        if not self.some:
            return heard
        state = self.state
        stop = torch.minimum(self.steady[state["model"][rows], 1], state["let_go"][rows] - 1)
        which = torch.nonzero(state["held"][rows] & (frame > stop))[:, 0]
        if len(which) > 0:
            heard[which] = self.going_on(body, rows[which], frame[which])
        return heard

    def going_on(self, body: Tensor, rows: Tensor, frame: Tensor) -> Tensor:
        """Rows [N, D + 1] past the steady part's end, or after the key was lifted; as `rows_at`."""
        down = self.walked(body, rows, frame)
        since = frame - self.state["let_go"][rows]
        if bool((since < 0).all()):
            return down
        last, release = self.state["last"][rows], self.steady[self.state["model"][rows], 2]
        now = torch.nonzero(since == 0)[:, 0]
        if len(now) > 0:
            self.meet(rows[now], down[now], body[rows[now], release[now]])
        since = since.clamp(min=0)
        learnt = body[rows, torch.minimum(release + since, last)].double()
        louder = self.state["louder"][rows][:, None] * self.leveled
        left = (1.0 - since.double() / self.taken_on).clamp(min=0.0)[:, None]
        met = learnt + louder + left * (self.state["gap"][rows] - louder)
        fallen = (1.0 - since.double() / self.let_go_rows).clamp(min=self.silent)
        falling = down.double() + torch.log(fallen)[:, None] * self.leveled
        cut_off = last + 1 - release < self.least_release
        ended = torch.where(cut_off, since >= self.let_go_rows, release + since > last)
        met = torch.where(cut_off[:, None], falling, met)
        met = torch.minimum(torch.maximum(met.float(), self.least), self.most)
        met[:, :-1] = torch.where(ended[:, None], self.silence, met[:, :-1])
        lifted = frame >= self.state["let_go"][rows]
        return torch.where(lifted[:, None], met, down)

    def meet(self, rows: Tensor, here: Tensor, there: Tensor) -> None:
        """Moves the releases of voices so that they begin at levels `here` [N, D + 1].

        there [N, D + 1]: where they were learnt to begin.
        """
        self.state["gap"][rows] = here.double() - there
        louder = self.loudness_of(here[:, :-1]) - self.loudness_of(there[:, :-1])
        self.state["louder"][rows] = louder.double().clamp(self.least_louder, self.most_louder)

    def walked(self, body: Tensor, rows: Tensor, frame: Tensor) -> Tensor:
        """Rows [N, D + 1] while the key is down."""
        steady = self.steady[self.state["model"][rows]]
        start, stop = steady[:, 0], steady[:, 1]
        place = frame.double()
        for i in range(len(rows)):
            if int(frame[i]) > int(stop[i]):
                place[i] = self.place(int(rows[i]), int(frame[i]))
        low = torch.minimum(torch.floor(place).long(), self.state["last"][rows] - 1)
        share = (place - low).float()
        before = body[rows, low]
        walked = before + share[:, None] * (body[rows, low + 1] - before)
        middle = 0.5 * (start + stop).double()
        trend = (place - middle)[:, None] * self.state["slopes"][rows]
        straight = walked - trend
        level = torch.minimum(straight, self.state["highest"][rows])
        level = torch.maximum(level, self.state["lowest"][rows]).float()
        loudness = self.state["loudness"]
        at = torch.minimum(low, stop - 1)
        share = (place - at).float()
        at = (at - start).clamp(min=0)
        loud = loudness[rows, at] + share * (loudness[rows, at + 1] - loudness[rows, at])
        even = level + (loud - self.loudness_of(level[:, :-1]))[:, None]
        even = torch.cat([even[:, :-1].double(), straight[:, -1:]], dim=1)
        amount = ((frame - stop).double() / self.even_within).clamp(0.0, 1.0)[:, None]
        walked = (walked + amount * (even - walked)).float()
        return torch.minimum(torch.maximum(walked, self.least), self.most)

    def place(self, row: int, frame: int) -> float:
        """Position in the steady part, in frames, of a voice at a frame after its end."""
        while frame > float(self.state["run"][row, 2]):
            self.turn(row)
        run = self.state["run"][row]
        passed = (frame - float(run[0])) / max(float(run[2] - run[0]), 1e-9)
        return float(run[1]) + passed * float(run[3] - run[1])

    def turn(self, row: int) -> None:
        """Reverses a voice's walk, and draws where it turns next and how fast it goes."""
        state = self.state
        model = int(state["model"][row])
        begun, start = float(state["run"][row, 2]), float(state["run"][row, 3])
        low, high = float(self.steady[model, 0]), float(self.steady[model, 1])
        least = min(float(self.least_run), 0.5 * (high - low))
        numbers = self.rng.uniforms(state["stream"][row][None], int(state["drawn"][row]), 2)[0]
        state["drawn"][row] = state["drawn"][row] + 2
        back = not bool(state["back"][row])
        state["back"][row] = back
        slowest, fastest = float(self.paces[model, 0]), float(self.paces[model, 1])
        pace = slowest + (fastest - slowest) * float(numbers[1])
        share = float(numbers[0])
        goal = high - share * max(high - least - start, 0.0)
        if back:
            goal = low + share * max(start - least - low, 0.0)
        goal = self.nearest_turn(model, goal, start, back, 0.5 * least)
        ends = begun + abs(goal - start) / pace
        state["run"][row, 0], state["run"][row, 1] = begun, start
        state["run"][row, 2], state["run"][row, 3] = ends, goal

    def nearest_turn(
        self, model: int, goal: float, start: float, back: bool, least: float
    ) -> float:
        """The turning point of pitch nearest to a goal, but not too near to the run's start."""
        turns = self.turns[int(self.turn_ends[model]) : int(self.turn_ends[model + 1])].double()
        turns = turns[turns <= start - least] if back else turns[turns >= start + least]
        if len(turns) == 0:
            return goal
        return float(turns[torch.argmin((turns - goal).abs())])


def _row(level: float, cents: float) -> NDArray[np.float32]:
    """A row of one level and cents."""
    return np.append(np.full(BODY_SIZE, level, np.float32), np.float32(cents))


def _walk_bounds(instrument: Instrument) -> list[WalkBounds | None]:
    """How each known sound goes on; None where it does not."""
    bounds: list[WalkBounds | None] = []
    for i, steady in enumerate(instrument.known.steady):
        if steady is None:
            bounds.append(None)
            continue
        bounds.append(walk_bounds(_contour(instrument, i), steady))
    return bounds


def _contour(instrument: Instrument, sound: int) -> NDArray[np.float32] | None:
    """Cents of a sustained sound at its own frames [T], if its pitch moves."""
    trajectory = instrument.trajectories.of(sound)
    frames = frame_count(round(float(instrument.known.lengths_s[sound]) * SAMPLE_RATE))
    return None if trajectory is None else trajectory.cents(frames, frames)
