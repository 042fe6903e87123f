"""All takes of a sample map into WAV files, on all cores; the same bytes however many there are.

A label behaves in one way: where some of its takes were found to sustain and others not, those that
differ are rendered again; so are takes that came out louder than the layer above them, which has no
room under the ceiling. A process that is gone is started anew and its take rendered again, once.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

import messina
from messina.errors import MessinaError
from messina.export.renderer import SAME_DB, Aim, Answer, Failed, Job, Looping, Rendered, aims_of
from messina.export.sample_map import PackConfig, SampleMap, Take
from messina.export.sampler import Sample
from messina.export.wave_file import BitDepth
from messina.instrument import Instrument
from messina.instrument.file import encode_file
from messina.process_pool import ChildGoneError, ProcessPool, available_cores
from messina.progress import Progress
from messina.recipe import COMMENT, Recipe, comment_of
from messina.text import printable

__all__ = ["AudioFormat", "render_takes"]

_WORKER: Final = "messina.export.renderer"
_MOST_WORKERS: Final = 16
_WORTH_ANOTHER: Final = 8  # takes that are rendered before another process has started
_SUSTAINING: Final = 1 / 3
"""A label is held when so many of its takes sustain by themselves: what rings out hardly ever does,
what is held often sways too much."""


@dataclass(frozen=True, kw_only=True)
class AudioFormat:
    """Sample rate and bit depth of rendered files."""

    sample_rate: int = 44_100
    bits: BitDepth = "24"


def render_takes(
    instrument: Instrument,
    sample_map: SampleMap,
    place: Callable[[Take], Path],
    *,
    name: str,
    audio_format: AudioFormat,
    loops: bool = True,
    progress: Progress | None = None,
    workers: int | None = None,
) -> dict[str, Sample]:
    """Renders every take into the file `place` says, and returns by stem what is in them.

    name: what the instrument is called in the files. loops: whether what sustains is looped.
    workers: so many processes; by default one for each core where it is worth it. Raises OSError
    as writing does, MessinaError when a process was ended from outside twice. Ending early, by an
    exception or Ctrl-C, ends them all.
    """
    aims = aims_of(sample_map, instrument.manifest.responses)
    takes = list(sample_map.takes())
    looping: Looping = "as found" if loops else "never"
    jobs = {
        take.stem: _job(
            take,
            place(take),
            sample_map.config,
            audio_format,
            aims[take.stem],
            looping,
            info=_info(take, name, sample_map.config, audio_format, instrument.digest),
        )
        for take in takes
    }
    for folder in sorted({Path(os.fsdecode(job.path)).parent for job in jobs.values()}):
        folder.mkdir(parents=True, exist_ok=True)
    if workers is None:
        wanted = 1 + len(jobs) // _WORTH_ANOTHER
        workers = min(available_cores(), _MOST_WORKERS, wanted)
    instrument_file = encode_file(instrument.manifest, instrument.arrays)
    rendered: dict[str, Rendered] = {}
    with ProcessPool(_WORKER, most=workers, threads=workers, greeting=instrument_file) as pool:
        again = jobs
        while again:
            what = "making takes alike" if rendered else "rendering"
            answers = pool.in_order(lambda job: _render(pool, job), again.values())
            for done, (stem, answer) in enumerate(zip(again, answers, strict=True), start=1):
                rendered[stem] = answer.result()
                if progress:
                    progress(what, done, len(again))
            again = _jobs_of_odd_takes(jobs, rendered) | _jobs_too_loud(sample_map, jobs, rendered)
            jobs |= again
    return {
        stem: Sample(
            path=Path(os.fsdecode(jobs[stem].path)),
            samples=answer.samples,
            seconds=answer.samples / audio_format.sample_rate,
            peak=answer.peak,
            loop=answer.loop,
        )
        for stem, answer in rendered.items()
    }


def _jobs_of_odd_takes(jobs: Mapping[str, Job], rendered: Mapping[str, Rendered]) -> dict[str, Job]:
    """Takes to be rendered again because others of their label loop and they do not, or reversely.

    After the first round a label is held or not; where a held one has a take too short for any
    loop, none of it is looped.
    """
    labels: dict[str, list[str]] = defaultdict(list)
    for stem, job in jobs.items():
        labels[job.label].append(stem)
    again: dict[str, Job] = {}
    for stems in labels.values():
        looped = [stem for stem in stems if rendered[stem].loop is not None]
        if len(looped) in (0, len(stems)):
            continue
        failed = any(
            jobs[stem].looping == "always" and rendered[stem].loop is None for stem in stems
        )
        held = len(looped) >= _SUSTAINING * len(stems) and not failed
        looping: Looping = "always" if held else "never"
        odd = set(stems) - set(looped) if held else looped
        again |= {
            stem: msgspec.structs.replace(jobs[stem], looping=looping) for stem in sorted(odd)
        }
    return again


def _jobs_too_loud(
    sample_map: SampleMap, jobs: Mapping[str, Job], rendered: Mapping[str, Rendered]
) -> dict[str, Job]:
    """Takes that are louder than one of a harder layer, to be rendered again as loud as that."""
    again: dict[str, Job] = {}
    zones = (zone for program in sample_map.programs for zone in program.zones)
    for zone in zones:
        bound_db = float("inf")
        for layer in reversed(zone.layers):
            levels_db = {take.stem: rendered[take.stem].level_db for take in layer.takes}
            for stem, level_db in levels_db.items():
                if level_db > bound_db + SAME_DB and jobs[stem].aim.level_db > bound_db:
                    aim = Aim(level_db=bound_db, within_db=0.0)
                    again[stem] = msgspec.structs.replace(jobs[stem], aim=aim)
            bound_db = min(bound_db, *levels_db.values())
    return again


def _job(
    take: Take,
    path: Path,
    config: PackConfig,
    audio_format: AudioFormat,
    aim: Aim,
    looping: Looping,
    *,
    info: dict[str, str],
) -> Job:
    return Job(
        path=os.fsencode(path),
        label=take.label,
        note=take.note,
        velocity=take.velocity,
        wildness=config.wildness,
        seed=take.seed,
        aim=aim,
        looping=looping,
        sample_rate=audio_format.sample_rate,
        bits=audio_format.bits,
        info=info,
    )


def _info(
    take: Take, name: str, config: PackConfig, audio_format: AudioFormat, digest: str
) -> dict[str, str]:
    """What a file says of itself, its recipe last: what its take was before it was levelled."""
    label = printable(take.label)
    note = "" if take.note is None else f", note {take.note}"
    words = (
        f"{label}{note}, velocity {take.velocity}, alternation {take.alternation}, "
        f"wildness {config.wildness:g}, seed {take.seed} (pack seed {config.seed}). "
    )
    asked = {
        "label": take.label,
        "note": take.note,
        "velocity": take.velocity,
        "wildness": config.wildness,
    }
    recipe = Recipe(
        recipe=1,
        by="pack",
        program=messina.__version__,
        instrument=printable(name),
        digest=digest,
        seed=take.seed,
        asked={control: value for control, value in asked.items() if value is not None},
        rate=44_100 if audio_format.sample_rate == 44_100 else 48_000,
        format=audio_format.bits,
    )
    return {
        "INAM": f"{label} {take.velocity}",
        "IPRD": printable(name),
        "ISFT": f"Messina {messina.__version__}",
        COMMENT: comment_of(recipe, before=words),
    }


def _render(pool: ProcessPool, job: Job) -> Rendered:
    try:
        reply = pool.ask(msgspec.json.encode(job))
    except ChildGoneError as error:
        raise MessinaError(
            f"rendering was cut short: one of its processes was ended twice (by {error}), "
            "most likely for memory; close other programs and export again"
        ) from error
    answer: Answer = msgspec.json.decode(reply, type=Answer)
    if isinstance(answer, Failed):
        raise _error(answer, job)
    return answer


def _error(failed: Failed, job: Job) -> Exception:
    if failed.kind == "system":
        return OSError(failed.number, failed.text, os.fsdecode(job.path))
    if failed.kind == "ours":
        return MessinaError(f"{job.label}: {failed.text}")
    return RuntimeError(f"{failed.text} (rendering {job.label}, seed {job.seed})")
