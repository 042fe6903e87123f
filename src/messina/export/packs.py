"""Instruments as sampler packs: plan, render, write, whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from messina.export import decent, folder, hydrogen, sfz
from messina.export.packing import check_place, new_file, new_folder
from messina.export.pattern import PATTERN, pattern_of
from messina.export.plan import PackConfig, Plan, Take, make_plan
from messina.export.rendering import AudioFormat, Progress, render_takes
from messina.export.sampler import SAMPLES, Pack
from messina.instrument import Instrument

__all__ = ["SAMPLER_FORMATS", "SamplerFormat", "export_pack"]


def _as_it_is(plan: Plan) -> Plan:
    return plan


def _in_samples(take: Take) -> Path:
    return Path(SAMPLES, f"{take.stem}.wav")


def _by_label(take: Take) -> Path:
    return Path(take.folder, f"{take.stem}.wav")


@dataclass(frozen=True, kw_only=True)
class SamplerFormat:
    """How a plan becomes files of one format."""

    suffix: str
    """Of the one file it is; empty for a folder."""
    write: Callable[[Pack, Path], None]
    """Writes what maps the sounds: into the folder they are under, or as the one file."""
    cannot_carry: tuple[str, ...]
    prepare: Callable[[Plan], Plan] = _as_it_is
    """What of a plan the format can hold. Raises ControlError when that is nothing."""
    place: Callable[[Take], Path] = _in_samples
    loops: bool = True
    """Whether it can repeat part of a sound; where it cannot, sounds are kept to their end."""


SAMPLER_FORMATS: Final = {
    "wav": SamplerFormat(
        suffix="",
        write=folder.write_table,
        cannot_carry=folder.CANNOT_CARRY,
        place=_by_label,
    ),
    "sfz": SamplerFormat(suffix="", write=sfz.write_sfz, cannot_carry=sfz.CANNOT_CARRY),
    "decent": SamplerFormat(suffix="", write=decent.write_decent, cannot_carry=decent.CANNOT_CARRY),
    "hydrogen": SamplerFormat(
        suffix=".h2drumkit",
        write=hydrogen.write_drumkit,
        cannot_carry=hydrogen.CANNOT_CARRY,
        prepare=hydrogen.pads_only,
        loops=False,
    ),
}


def export_pack(
    instrument: Instrument,
    out: Path,
    *,
    format_name: str,
    name: str,
    config: PackConfig,
    audio_format: AudioFormat,
    force: bool = False,
    progress: Progress | None = None,
    workers: int | None = None,
) -> Plan:
    """Writes a pack of one of SAMPLER_FORMATS; returns what is in it.

    A groove's pattern is beside its hits where the pack is a folder. The same instrument, seed and
    options give the same bytes. Raises ControlError for what makes no
    sense, MessinaError for what lies in the way, OSError as writing does; `out` is then as it was.
    """
    chosen = SAMPLER_FORMATS[format_name]
    plan = chosen.prepare(make_plan(instrument.manifest.responses, config))
    check_place(out, folder=not chosen.suffix, force=force)

    def rendered_under(base: Path) -> Pack:
        samples = render_takes(
            instrument,
            plan,
            lambda take: base / chosen.place(take),
            name=name,
            audio_format=audio_format,
            loops=chosen.loops,
            progress=progress,
            workers=workers,
        )
        return Pack(name=name, plan=plan, rendered=samples)

    if chosen.suffix:
        with (
            new_file(out, force=force) as aside,
            # Beside the target, so that a full disk is the one that was asked for.
            tempfile.TemporaryDirectory(prefix=".messina-", dir=aside.parent) as sounds,
        ):
            chosen.write(rendered_under(Path(sounds)), aside)
    else:
        about = _about(format_name, name, config, audio_format)
        with new_folder(out, about=about, force=force) as aside:
            chosen.write(rendered_under(aside), aside)
            pattern = pattern_of(instrument, plan, name=name)
            if pattern is not None:
                (aside / PATTERN).write_bytes(pattern)
    return plan


def _about(
    format_name: str, name: str, config: PackConfig, audio_format: AudioFormat
) -> dict[str, Any]:
    return {"name": name, "format": format_name, **asdict(config), **asdict(audio_format)}
