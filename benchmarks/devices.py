"""How fast a device learns, how much of it is used, and how good an instrument is after how long.

    python benchmarks/devices.py FOLDER --seconds 60                    # or an index
    python benchmarks/devices.py lib/ --device cuda --sounds 48 192 768 --precision single half

On one device after the other, with so many sounds a step and in single precision or with matrix
products of bfloat16, the same sounds are learnt for the same seconds; judging is not counted. A
step's operations are those of its matrix products, forwards and backwards, as torch counts them;
the peak is the fastest large matrix product that the device does in that precision. Errors are of
sounds that are not learnt, after a quarter, half and all of the seconds. Waits: the share of the
time in which no batch was ready.

Prints a table and one line of JSON. Without a GPU it measures the processor alone.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from messina.corpus import Corpus
from messina.instrument.controls import ControlScale
from messina.instrument.network import Network, NetworkConfig
from messina.learning.batches import BatchConfig, Batches
from messina.learning.devices import Device, device_named
from messina.learning.examples import (
    Examples,
    assign_roles,
    audibility_of_onsets,
    measure_statistics,
)
from messina.learning.model import SoundModel, losses
from messina.learning.point_store import analyse_sounds, controls_of
from messina.learning.starting import pretrained
from messina.learning.trainer import Trainer, TrainerConfig
from messina.learning.validation import model_error
from messina.library import LibraryIndex
from messina.library.library_index import is_index

PRECISIONS: Final = ("single", "half")
_JUDGED: Final = 24
_MARKS: Final = (0.25, 0.5, 1.0)
_HEAD: Final = (
    "| device | precision | sounds a step | steps/s | sounds/s | waits | GFLOP a step "
    "| of the peak | dB after a quarter / half / all |"
)
_WARM_STEPS: Final = 5
_SIZES: Final = {"cpu": 1_024, "cuda": 8_192}
"""Of the matrices whose product tells the peak..."""
_MOST_S: Final = 2.0
"""...which is tried again for so long."""


@dataclass(frozen=True, kw_only=True)
class Sounds:
    """What is learnt."""

    examples: Examples
    scale: ControlScale
    network: NetworkConfig
    learnt: np.ndarray
    judged: np.ndarray

    @classmethod
    def of(cls, path: Path) -> Sounds:
        """Those of a folder or an index; a tenth is kept aside."""
        corpus = LibraryIndex.load(path) if is_index(path) else Corpus.from_folder(path)
        sounds = corpus.sounds
        found = analyse_sounds(sounds, progress=lambda *_: True)
        labels = sorted({sound.label for sound in sounds})
        numbers = {label: number for number, label in enumerate(labels)}
        controls = [controls_of(sound) for sound in sounds]
        scale = ControlScale.of(controls)
        own = [numbers[sound.label] for sound in sounds]
        examples = Examples.of(found, own, controls, scale)
        roles = np.array(assign_roles(sounds, seed=0))
        aside = np.flatnonzero(roles == "validation")
        if not len(aside):
            raise SystemExit(f"{path}: too few sounds to keep some aside")
        return cls(
            examples=examples,
            scale=scale,
            network=pretrained().network_for(labels=len(labels), points=examples.longest()),
            learnt=np.flatnonzero(roles == "learnt"),
            judged=aside[:: max(1, -(-len(aside) // _JUDGED))],
        )


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One row."""

    device: str
    precision: str
    sounds: int
    """Of a step."""
    steps_s: float
    waited: float
    """Share of the time in which no batch was ready."""
    gflop: float
    """Of a step."""
    of_peak: float
    errors_db: tuple[float, ...]
    """At the marks."""


def trainer_of(sounds: Sounds, device: Device, seed: int) -> Trainer:
    """As `messina learn` makes it."""
    torch.manual_seed(seed)
    statistics = measure_statistics(sounds.examples, sounds.network, sounds.learnt)
    model = SoundModel(sounds.network, statistics).to(device.torch)
    batches = [batches_of(sounds, device, own) for own in device.seeds(seed)]
    trainer = Trainer(model, batches, TrainerConfig(half=device.half), seed=seed)
    heard = audibility_of_onsets(sounds.examples, sounds.learnt)
    rng = np.random.default_rng(seed)
    start = pretrained().carried_over(sounds.network, statistics, sounds.scale, heard, rng)
    trainer.restore_weights(start)
    return trainer


def batches_of(sounds: Sounds, device: Device, seed: list[int]) -> Batches:
    return Batches(
        sounds.examples,
        sounds.learnt,
        config=BatchConfig(sounds=device.sounds),
        network=sounds.network,
        scale=sounds.scale,
        device=device.torch,
        rng=np.random.default_rng(seed),
    )


def measured(
    sounds: Sounds, device: Device, seconds: float, steps: int | None, peak: float, seed: int
) -> Measured:
    """Learns for so many seconds or steps and judges at the marks. peak: operations a second."""
    flop = flop_of_step(sounds, device)
    trainer = trainer_of(sounds, device, seed)
    try:
        for _ in range(_WARM_STEPS):  # of what is built at the first step
            trainer.advance(0.0, 1_000)
        settled(device)
        trainer.waited_s = used_s = 0.0
        first = trainer.step
        errors: list[float] = []
        for mark in _MARKS:
            while True:
                done = trainer.step - first
                share = used_s / seconds if steps is None else done / steps
                if share >= mark:
                    break
                began = time.perf_counter()
                planned = max(1_000, round(done / max(share, 0.01))) if steps is None else steps
                trainer.advance(share, planned)
                if trainer.step % 5 == 0:
                    settled(device)
                used_s += time.perf_counter() - began
            network = Network(sounds.network, trainer.arrays())
            errors.append(model_error(network, sounds.examples, sounds.judged).body_db)
        steps_s = (trainer.step - first) / used_s
        return Measured(
            device=name_of(device),
            precision=PRECISIONS[device.half],
            sounds=device.sounds,
            steps_s=steps_s,
            waited=trainer.waited_s / used_s,
            gflop=flop / 1e9,
            of_peak=flop * steps_s / peak,
            errors_db=tuple(errors),
        )
    finally:
        trainer.close()


def flop_of_step(sounds: Sounds, device: Device) -> int:
    """Operations of the matrix products of a step."""
    statistics = measure_statistics(sounds.examples, sounds.network, sounds.learnt)
    model = SoundModel(sounds.network, statistics).to(device.torch)
    batch = batches_of(sounds, device, [0]).draw()
    generator = torch.Generator(device.torch).manual_seed(0)
    with FlopCounterMode(display=False) as counter:
        total = losses(model, batch, TrainerConfig().loss, generator).total
        total.backward()  # type: ignore[no-untyped-call]
    return int(counter.get_total_flops())


def peak_of(device: Device) -> float:
    """Operations a second of the fastest large matrix product."""
    size = _SIZES[device.torch.type]
    kind = torch.bfloat16 if device.half else torch.float32
    a, b = (torch.randn(size, size, device=device.torch).to(kind) for _ in range(2))
    best, spent = float("inf"), 0.0
    for _ in range(6):
        settled(device)
        began = time.perf_counter()
        a @ b
        settled(device)
        took = time.perf_counter() - began
        best, spent = min(best, took), spent + took
        if spent > _MOST_S:  # such as processors that know bfloat16 by emulation alone
            break
    return 2 * size**3 / best


def settled(device: Device) -> None:
    """Waits until the device has done what it was given."""
    if device.torch.type == "cuda":
        torch.cuda.synchronize(device.torch)


def name_of(device: Device) -> str:
    if device.torch.type == "cuda":
        return torch.cuda.get_device_name(device.torch)
    return f"CPU, {torch.get_num_threads()} threads + {device.drawers}"


def table(rows: list[Measured]) -> str:
    lines = [
        _HEAD,
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for m in rows:
        errors = " / ".join(f"{error:.2f}" for error in m.errors_db)
        lines.append(
            f"| {m.device} | {m.precision} | {m.sounds} | {m.steps_s:.1f} "
            f"| {m.steps_s * m.sounds:,.0f} | {m.waited:.0%} | {m.gflop:.2f} | {m.of_peak:.1%} "
            f"| {errors} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sounds_of", type=Path, metavar="FOLDER", help="of sounds, or an index")
    parser.add_argument("--device", nargs="+", default=["auto"])
    parser.add_argument("--sounds", type=int, nargs="*", help="of a step; default: as learn has it")
    parser.add_argument("--precision", nargs="*", choices=PRECISIONS, help="default: the same")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--steps", type=int, help="so many instead, whatever the clock says")
    parser.add_argument("--threads", type=int, default=1, help="of the processor's steps")
    parser.add_argument("--seed", type=int, default=0)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    sounds = Sounds.of(a.sounds_of)
    rows = []
    for name in a.device:
        own = device_named(name, cores=torch.get_num_threads() + 4)
        for precision in a.precision or [PRECISIONS[own.half]]:
            half = precision == "half"
            peak = peak_of(replace(own, half=half))
            for count in a.sounds or [own.sounds]:
                device = replace(own, half=half, sounds=count)
                rows.append(measured(sounds, device, a.seconds, a.steps, peak, a.seed))
                print(json.dumps(asdict(rows[-1])), flush=True)
    print(table(rows))
    print(json.dumps([asdict(row) for row in rows]))


if __name__ == "__main__":
    main()
