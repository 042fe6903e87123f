"""The loop of every learning, on a run that only counts."""

from __future__ import annotations

import errno
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor

from messina.learning.fitting import (
    BestCheckpoint,
    Budget,
    RunFiles,
    fit,
    fit_closing,
    plan_run,
)
from messina.learning.optimizer import Optimizer, OptimizerConfig
from messina.learning.planning import Plan, plan_of

CONFIG = OptimizerConfig(learning_rate=0.1, last_rate=0.001, weight_decay=0.0, warm_steps=4)


class Counting:
    """Takes steps that cost nothing, and writes down what it is asked."""

    def __init__(self, *, every: int = 10) -> None:
        self.step = 0
        self.shares: list[float] = []
        self.checked: list[int] = []
        self.reported: list[float] = []
        self._every = every

    def advance(self, share: float, planned: int) -> None:
        assert planned > 0
        self.shares.append(share)
        self.step += 1

    def checks(self, plan: Plan) -> int:
        del plan
        return self.step // self._every

    def check(self, plan: Plan) -> None:
        del plan
        self.checked.append(self.step)

    def report(self, plan: Plan) -> None:
        self.reported.append(plan.progress(self.step))

    def state(self) -> dict[str, Tensor]:
        return {"step": torch.tensor(self.step, dtype=torch.int32)}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        self.step = int(state["step"])


def budget(*, steps: int | None, seconds: float = 1.0, most_steps: int | None = None) -> Budget:
    return Budget(
        steps=steps,
        seconds=seconds,
        first_s=seconds,
        first_steps=10_000,
        deadline=time.monotonic() + seconds,
        most_steps=most_steps,
    )


def never() -> bool:
    return False


def test_a_number_of_steps_is_met_and_judged_on_the_way_and_at_the_end() -> None:
    run = Counting()
    plan = plan_run(run, budget(steps=25), never)
    fit(run, plan, never)
    assert run.step == 25
    assert run.checked == [10, 20, 25]
    assert run.shares == pytest.approx([step / 25 for step in range(25)])


def test_the_end_is_judged_once_where_it_was_due_anyway() -> None:
    run = Counting()
    fit(run, plan_of(20, 20), never)
    assert run.checked == [10, 20]


def test_the_schedule_falls_once_in_every_round() -> None:
    run = Counting()
    plan = plan_of(300, 100)
    fit(run, plan, never)
    assert [step for step, share in enumerate(run.shares) if share == 0] == [0, 100]


def test_stopped_at_once_it_judges_what_there_is() -> None:
    run = Counting()
    fit(run, plan_of(100, 100), lambda: True)
    assert (run.step, run.checked) == (0, [0])


def test_stopped_later_it_takes_no_further_step() -> None:
    run = Counting()
    fit(run, plan_of(100, 100), lambda: run.step >= 13)
    assert (run.step, run.checked) == (13, [10, 13])


def test_the_clock_ends_a_run_that_falls_behind_its_pace() -> None:
    run = Counting()
    plan = Plan(rounds=(100_000,), began=7.0, deadline=7.3, clock=lambda: 7.0 + 0.01 * run.step)
    fit(run, plan, never)
    assert 0 < run.step < 100
    assert run.shares[-1] > 0.5  # the schedule went down all the same


def test_no_more_is_planned_than_is_wanted() -> None:
    run = Counting()
    plan = plan_run(run, budget(steps=None, seconds=60.0, most_steps=200), never)
    assert plan.steps == 200
    fit(run, plan, never)
    assert run.step == 200


def test_a_closing_goes_through_the_end_of_the_schedule_unless_stopped() -> None:
    plan = plan_of(100, 100, closing=True)
    run = Counting()
    fit(run, plan, never)
    rounds = run.step
    assert fit_closing(run, plan, never)
    assert run.step == rounds + plan.closing == 100
    assert run.shares[rounds] > 0.5
    assert not fit_closing(Counting(), plan, lambda: True)


def test_the_best_is_kept_and_what_nothing_judges_is_the_best() -> None:
    best: BestCheckpoint[str] = BestCheckpoint()
    assert [best.offer(name, error) for name, error in (("a", 2.0), ("b", 3.0), ("c", 1.0))] == [
        True,
        False,
        True,
    ]
    assert best.value == "c"
    assert best.offer("d", None)
    assert best.value == "d"


def test_a_file_that_cannot_be_written_is_said_once(tmp_path: Path) -> None:
    said: list[str] = []
    files = RunFiles(tmp_path / "x.messina", warn=said.append)

    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    for _ in range(3):
        files.save_now_and_then(full, Counting())
    why = f"{tmp_path / 'x.messina'} cannot be written (No space left on device)"
    assert said == [f"{why}; learning goes on, and tries it again"]


def test_what_is_long_in_the_saving_is_saved_less_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("messina.learning.fitting.time.monotonic", lambda: clock[0])
    files = RunFiles(tmp_path / "x.messina", warn=pytest.fail, every_s=10.0)
    saved: list[float] = []

    def save(path: Path) -> None:
        saved.append(clock[0])
        path.write_bytes(b"file")
        clock[0] += 5.0

    for _ in range(120):
        clock[0] += 1.0
        files.save_now_and_then(save, Counting())
    assert saved == [101.0, 157.0, 213.0]  # 5 s of every 55


def test_what_was_saved_is_taken_up_again(tmp_path: Path) -> None:
    path = tmp_path / "x.messina"
    run, again = Counting(), Counting()
    fit(run, plan_of(7, 7), never)
    files = RunFiles(path, warn=pytest.fail)
    files.save(lambda out: out.write_bytes(b"file") and None, run)
    assert files.resume(path, again, otherwise="nothing")
    assert again.step == 7
    path.write_bytes(b"another file")
    said: list[str] = []
    assert not RunFiles(path, warn=said.append).resume(path, again, otherwise="the file")
    assert said[0].endswith("going on from the file alone")


def test_the_learning_rate_rises_and_then_falls_to_the_last() -> None:
    rates = [CONFIG.rate(step, step / 100) for step in range(101)]
    assert max(rates) == pytest.approx(0.1, rel=0.05)
    assert rates.index(max(rates)) == 3  # the last of the first steps
    assert rates[100] == pytest.approx(0.001)


def test_an_optimizer_finds_the_lowest_place_and_goes_on_from_its_state() -> None:
    weight = torch.nn.Parameter(torch.zeros(3))
    goal = torch.tensor([1.0, -2.0, 0.5])
    optimizer = Optimizer({"w": weight}, CONFIG)
    for step in range(200):
        optimizer.advance((weight - goal).square().sum(), step / 200, 200)
    # The average reaches back ten steps, at the end of which the rate is a hundredth of the top.
    assert torch.allclose(torch.from_numpy(optimizer.arrays()["w"]), goal, atol=0.02)
    other = torch.nn.Parameter(torch.zeros(3))
    again = Optimizer({"w": other}, CONFIG)
    again.restore(optimizer.state())
    assert torch.equal(other, weight)
    for name, tensor in again.state().items():
        assert torch.equal(tensor, optimizer.state()[name]), name
