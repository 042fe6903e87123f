"""Data-parallel training: several processes, started by torchrun, learn one instrument.

Each worker draws batches of its own; the gradients are averaged by DistributedDataParallel, over
gloo on processors and NCCL on GPUs. What a clock or a signal decides is decided by the first
worker and sent to the others, so that all take the same steps. The first alone writes and reports.
Ref: Li et al. (2020), PyTorch Distributed.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from messina.errors import CorpusError, MessinaError
from messina.learning.devices import Device, device_named
from messina.learning.planning import Plan

__all__ = ["ALONE", "Workers", "join_workers", "started_workers"]

_MOST: Final = 4096

M = TypeVar("M", bound=nn.Module)


@dataclass
class Workers:
    """The data-parallel processes that train together; a single one where nobody else does."""

    rank: int = 0
    count: int = 1
    local_rank: int = 0
    """Among those of this machine."""
    local_count: int = 1
    device_name: str = "auto"
    """One of devices.DEVICES."""
    _now: float = field(default_factory=time.monotonic)

    @property
    def leads(self) -> bool:
        """Whether this is the first process, which decides, writes and reports."""
        return self.rank == 0

    def seed(self, *parts: int) -> list[int]:
        """The parts of a seed, with this worker's own; the first's is that of one alone."""
        return [*parts, self.rank] if self.rank else list(parts)

    def share_of(self, total: int, *, least: int) -> int:
        """How many of `total` items one worker takes: an even share, but at least `least`."""
        return max(min(least, total), -(-total // self.count))

    @property
    def cores(self) -> int:
        """Processor cores that this worker may use."""
        return max(1, (os.cpu_count() or 2) // self.local_count)

    def device(self) -> Device:
        """Where this worker computes. Raises MessinaError where there is no such device."""
        return device_named(self.device_name, place=self.local_rank, cores=self.cores)

    def in_words(self, device: Device) -> str:
        """The device and how many workers train on such, as text for the user."""
        together = "" if self.count == 1 else f", {self.count} workers"
        if device.torch.type == "cuda":
            return f"GPU {torch.cuda.get_device_name(device.torch)}{together}"
        return f"CPU, {torch.get_num_threads() + 1} cores{together}"

    def wrapped(self, module: M) -> M | nn.parallel.DistributedDataParallel:
        """The module, whose gradients are the mean of all workers'."""
        if self.count == 1:
            return module
        with warnings.catch_warnings():  # newer versions would have it called otherwise
            warnings.simplefilter("ignore", FutureWarning)
            return nn.parallel.DistributedDataParallel(module, broadcast_buffers=False)

    def agreed(self, asked: bool) -> bool:
        """Broadcasts the first worker's decision, and sets the clock of all by its own."""
        if self.count == 1:
            return asked
        agreed = torch.tensor([float(asked), time.monotonic()], dtype=torch.float64)
        dist.broadcast(agreed, 0)
        self._now = float(agreed[1])
        return bool(agreed[0])

    def clock(self) -> float:
        """Seconds on the first worker's monotonic clock, as of the last `agreed`."""
        return time.monotonic() if self.count == 1 else self._now

    def plan(self, plan: Plan) -> Plan:
        """The first worker's plan, by the clock that all share."""
        if self.count == 1:
            return plan
        shared: list[Any] = [plan.rounds, plan.began, plan.deadline, plan.closing]
        dist.broadcast_object_list(shared, 0)
        self.agreed(False)
        rounds, began, deadline, closing = shared
        return replace(
            plan,
            rounds=rounds,
            began=began,
            deadline=deadline,
            closing=closing,
            clock=self.clock,
        )

    def least(self, count: int) -> int:
        """The smallest of all workers' counts."""
        if self.count == 1:
            return count
        counted = torch.tensor(count)
        dist.all_reduce(counted, dist.ReduceOp.MIN)
        return int(counted)

    def check_alike(self, digests: Iterable[str]) -> None:
        """Whether all workers have the same sounds.

        Raises:
            CorpusError: They have not.
        """
        if self.count == 1:
            return
        own = list(digests)
        shared: list[Any] = [own]
        dist.broadcast_object_list(shared, 0)
        alike = torch.tensor(int(shared[0] == own))
        dist.all_reduce(alike, dist.ReduceOp.MIN)
        if not int(alike):
            raise CorpusError(
                "the workers do not see the same sounds; the folder or index must lie where every "
                "machine reads the same files, and nothing in it may change meanwhile"
            )

    def spread(self, tensors: Mapping[str, Tensor]) -> None:
        """Broadcasts the first worker's tensors to all, in place."""
        if self.count == 1:
            return
        with torch.no_grad():
            for name in sorted(tensors):
                dist.broadcast(tensors[name], 0)


ALONE: Final = Workers()


def started_workers(device: str = "auto") -> Workers:
    """This process among those that torchrun started; it alone where torchrun did not.

    device: one of devices.DEVICES.

    Raises:
        MessinaError: The environment says what cannot be.
    """
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        return Workers(device_name=device)
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
    try:
        rank, count, local_rank, local_count = (int(os.environ[name]) for name in names)
    except (KeyError, ValueError) as error:
        raise MessinaError(f"torchrun has not set {', '.join(names)} to numbers") from error
    if not (0 <= rank < count <= _MOST and 0 <= local_rank < local_count <= count):
        raise MessinaError(f"torchrun says this is worker {rank} of {count}, which cannot be")
    return Workers(
        rank=rank,
        count=count,
        local_rank=local_rank,
        local_count=local_count,
        device_name=device,
    )


@contextmanager
def join_workers(device: str = "auto") -> Iterator[Workers]:
    """The workers that torchrun started, in touch with each other while the context lasts.

    device: one of devices.DEVICES.
    """
    workers = started_workers(device)
    if workers.count == 1 or dist.is_initialized():
        yield workers
        return
    place = workers.device().torch
    cuda = place.type == "cuda"
    if cuda:
        torch.cuda.set_device(place)
    dist.init_process_group("cpu:gloo,cuda:nccl" if cuda else "gloo")
    try:
        yield workers
    finally:
        dist.destroy_process_group()
