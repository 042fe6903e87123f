"""What it costs to index a library and to learn from the index, as the library grows.

    python benchmarks/library.py --sounds 1000 5000 --copies 20000 [--work FOLDER]

Short sounds are made from nothing: hits of procedural voices, and of each several at other speeds,
so that all of them are read, described and analysed, none twice. Every size is indexed and learnt
from in processes of its own. Seconds are the processor's, of all processes together, so that what
else runs on the machine does not count; memory is the largest sum of what all processes of a run
hold at a time, and the largest of the one that hands out the tasks, or learns. The opponent, in the
same run: learning from the folder itself. --copies: how learning goes on for more sounds than there
is time to analyse: an index whose sounds are those of the largest, again and again.

Prints a table, what a million sounds would take by the measured costs, and one line of JSON.
Linux only: what processes use is read from /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from messina.audio_files import write_wav
from messina.learning.pretraining import procedural_sounds
from messina.library.columns import Manifest, read_manifest, write_manifest
from messina.library.shards import Shard, write_shard
from messina.units import SAMPLE_RATE

_EACH: Final = 10
"""Sounds that are made of one hit, at other speeds."""
_TICK: Final = os.sysconf("SC_CLK_TCK")
_FADED: Final = 400
_MILLION: Final = 1_000_000
_CORES: Final = 8
"""Cores of one machine in the estimate."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one run took."""

    what: str
    sounds: int
    processor_s: float
    wall_s: float
    together_mb: float
    """Of all processes at a time."""
    first_mb: float
    """Of the one that was started."""


def make_sounds(folder: Path, first: int, last: int, seconds: float) -> None:
    """Sounds number first … last - 1, the same for the same numbers."""
    hits = procedural_sounds(-(-last // (_EACH * 4)), sounds_each=4, seed=7)
    for number, hit in enumerate(hits):
        for speed in range(_EACH):
            index = number * _EACH + speed
            if not first <= index < last:
                continue
            name = f"{hit.voice.replace(' ', '-')}_v{hit.velocity:.0f}_rr{speed + 1}.wav"
            path = folder / f"{index // 500:04d}" / f"{index:06d}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_wav(path, _at_speed(hit.audio, 2 ** ((speed - _EACH / 2) / 24), seconds))


def _at_speed(audio: np.ndarray, speed: float, seconds: float) -> np.ndarray:
    """The beginning of a sound [N, C], so much faster."""
    places = np.arange(min(int(seconds * SAMPLE_RATE), int((len(audio) - 1) / speed))) * speed
    columns = [np.interp(places, np.arange(len(audio)), audio[:, c]) for c in range(audio.shape[1])]
    sound = np.column_stack(columns).astype(np.float32)
    sound[-_FADED:] *= np.linspace(1, 0, len(sound[-_FADED:]))[:, None]
    return sound


def watched(what: str, sounds: int, *words: object) -> Cost:
    """Runs `messina` and looks at what it and all that it starts use."""
    began = time.monotonic()
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "messina", *map(str, words)],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    ticks: dict[int, int] = {}
    together = first = 0
    while process.poll() is None:
        held = 0
        for pid, (used, bytes_held) in _session(process.pid).items():
            ticks[pid] = max(ticks.get(pid, 0), used)
            held += bytes_held
            if pid == process.pid:
                first = max(first, bytes_held)
        together = max(together, held)
        time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"{what} of {sounds} sounds failed: messina {' '.join(map(str, words))}")
    cost = Cost(
        what=what,
        sounds=sounds,
        processor_s=round(sum(ticks.values()) / _TICK, 1),
        wall_s=round(time.monotonic() - began, 1),
        together_mb=round(together / 1e6, 1),
        first_mb=round(first / 1e6, 1),
    )
    print(json.dumps(asdict(cost)), file=sys.stderr, flush=True)
    return cost


def _session(session: int) -> dict[int, tuple[int, int]]:
    """Clock ticks and bytes in memory of each process of a session."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            ticks, pages = int(fields[11]) + int(fields[12]), int(fields[21])
            found[int(entry.name)] = (ticks, pages * os.sysconf("SC_PAGE_SIZE"))
    return found


def copied(index: Path, out: Path, sounds: int) -> None:
    """An index of more sounds: those of another, again and again, in shards of their own."""
    manifest = read_manifest(index)
    times = -(-sounds // manifest.sounds)
    out.mkdir(parents=True)
    frames: list[str] = []
    for again in range(times):
        for name in manifest.frames:
            frames.append(f"frames-{again:04d}{name[11:]}")
            shutil.copy(index / name, out / frames[-1])
    table = Shard(index / manifest.table)
    columns: dict[str, Any] = {}
    for name in table.names():
        column = table.rows(name)
        columns[name] = np.concatenate([column] * times) if name != "left_out" else column
    copy = np.repeat(np.arange(times), manifest.sounds)
    columns["place"][:, 0] += copy * len(manifest.frames)
    columns["name_ends"] += copy * len(table.rows("names"))
    columns["digest"][:, :4] ^= copy.astype("<u4").view(np.uint8).reshape(-1, 4)
    columns["take"][:, :4] ^= copy.astype("<u4").view(np.uint8).reshape(-1, 4)
    for name in columns:
        if name not in ("names", "left_out"):
            columns[name] = columns[name][:sounds]
    changed = {
        "frames": tuple(frames),
        "sounds": sounds,
        "table": write_shard(out, "table", columns),
    }
    write_manifest(
        out, Manifest(**{f: getattr(manifest, f) for f in manifest.__struct_fields__} | changed)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sounds", type=int, nargs="+", default=[1_000, 5_000])
    parser.add_argument("--copies", type=int, nargs="*", default=[])
    parser.add_argument("--seconds", type=float, default=0.12, help="of each sound")
    parser.add_argument("--steps", type=int, default=100, help="of learning")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder-up-to", type=int, default=1_000, help="sounds, of the opponent")
    parser.add_argument("--work", type=Path, default=Path("library-benchmark"))
    a = parser.parse_args()
    costs: list[Cost] = []
    made = 0
    largest = a.work / "index-0"
    for sounds in sorted(a.sounds):
        folder = a.work / "sounds"
        make_sounds(folder, made, sounds, a.seconds)
        made = sounds
        largest = a.work / f"index-{sounds}"
        words = ("index", folder, "-o", largest, "--workers", a.workers)
        costs.append(watched("index", sounds, *words))
        costs.append(watched("index again", sounds, *words))
        costs.append(_learnt("learn from the index", largest, sounds, a))
        if sounds <= a.folder_up_to:
            costs.append(_learnt("learn from the folder", folder, sounds, a))
    for sounds in a.copies:
        index = a.work / f"copies-{sounds}"
        copied(largest, index, sounds)
        costs.append(_learnt("learn from copies", index, sounds, a))
        shutil.rmtree(index)
    print(_table(costs))
    print(_estimate(costs))
    print(json.dumps([asdict(cost) for cost in costs]))


def _learnt(what: str, source: Path, sounds: int, a: argparse.Namespace) -> Cost:
    out = a.work / "learnt.messina"
    words = ("learn", source, "-o", out, "--steps", a.steps, "--as", "hits", "--force")
    return watched(what, sounds, *words)


def _table(costs: list[Cost]) -> str:
    lines = [
        "| what | sounds | processor s | ms a sound | all processes MB | first process MB |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for c in sorted(costs, key=lambda cost: (cost.what, cost.sounds)):
        each = f"{1000 * c.processor_s / c.sounds:.1f}"
        lines.append(
            f"| {c.what} | {c.sounds:,} | {c.processor_s:.0f} | {each} | {c.together_mb:.0f} "
            f"| {c.first_mb:.0f} |"
        )
    return "\n".join(lines)


def _estimate(costs: list[Cost]) -> str:
    """Hours for a million sounds, were they as short, by the cost of each in the largest run."""
    indexed = max((c for c in costs if c.what == "index"), key=lambda cost: cost.sounds)
    each_s = indexed.processor_s / indexed.sounds
    hours = [each_s * _MILLION / 3600 / (machines * _CORES) for machines in (1, 8, 64)]
    return f"A million such sounds, {each_s:.2f} s each, on {_CORES} cores a machine: " + ", ".join(
        f"{h:.1f} h on {m}" for m, h in zip((1, 8, 64), hours, strict=True)
    )


if __name__ == "__main__":
    main()
