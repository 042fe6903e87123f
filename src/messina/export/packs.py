"""Instruments as sampler packs: plan, render, write, whole or not at all.

Packs are read again before they replace anything: every file they name is there and whole.

Each format's own module says which files its maps name; what is in them libsndfile tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import soundfile

from messina.errors import MessinaError
from messina.export import decent, folder, hydrogen, sfz
from messina.export.packing import check_place, folder_beside, new_file, new_folder
from messina.export.pattern import PATTERN, pattern_of
from messina.export.plan import PackConfig, Plan, Take, make_plan
from messina.export.rendering import AudioFormat, render_takes
from messina.export.sampler import SAMPLES, Pack, Sample
from messina.instrument import Instrument
from messina.progress import Progress

__all__ = [
    "SAMPLER_FORMATS",
    "TAKES_ALTERNATE",
    "SamplerFormat",
    "check_named",
    "check_sounds",
    "export_pack",
]


def check_sounds(pack: Pack) -> None:
    """Every sound opens, is as long as it was rendered, and has its loop within it."""
    for sample in pack.rendered.values():
        _check_sound(sample)


def _check_sound(sample: Sample) -> None:
    try:
        with sample.path.open("rb") as file:  # by its bytes: names need not be text
            info = soundfile.info(file)
    except (OSError, soundfile.LibsndfileError) as error:
        raise _broken(f"{sample.path.name} cannot be opened ({error})") from error
    if info.frames != sample.samples:
        raise _broken(f"{sample.path.name} has {info.frames} samples, not {sample.samples}")
    if sample.loop is not None and not 0 <= sample.loop.first < sample.loop.last < info.frames:
        raise _broken(f"the loop of {sample.path.name} is not within it")


def check_named(named: Iterable[str], there: Iterable[str]) -> None:
    """What maps of a pack name is what is there, no more and no less."""
    odd = set(named) ^ set(there)
    if odd:
        raise _broken(f"{min(odd)} is named and not there, or there and not named")


def _broken(why: str) -> MessinaError:
    return MessinaError(
        f"the pack could not be read again ({why}), so nothing was replaced; export again, and "
        "please report this if it stays so"
    )


TAKES_ALTERNATE: Final = "sounds that are new on every hit: its takes alternate"
"""What no pack of sounds can carry."""


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
    ending: str
    """Of what a player opens, in that folder or as that file."""
    write: Callable[[Pack, Path], None]
    """Writes what maps the sounds: into the folder they are under, or as the one file."""
    named: Callable[[Path], set[str]]
    """The files that what was written names, read from where it was written."""
    cannot_carry: tuple[str, ...] = ()
    prepare: Callable[[Plan], Plan] = _as_it_is
    """What of a plan the format can hold. Raises ControlError when that is nothing."""
    place: Callable[[Take], Path] = _in_samples
    loops: bool = True
    """Whether it can repeat part of a sound; where it cannot, sounds are kept to their end."""


SAMPLER_FORMATS: Final = {
    "wav": SamplerFormat(
        suffix="",
        ending=".wav",
        write=folder.write_table,
        named=folder.named_in_table,
        cannot_carry=folder.CANNOT_CARRY,
        place=_by_label,
    ),
    "sfz": SamplerFormat(suffix="", ending=".sfz", write=sfz.write_sfz, named=sfz.named_in_sfz),
    "decent": SamplerFormat(
        suffix="", ending=".dspreset", write=decent.write_decent, named=decent.named_in_presets
    ),
    "hydrogen": SamplerFormat(
        suffix=".h2drumkit",
        ending=".h2drumkit",
        write=hydrogen.write_drumkit,
        named=hydrogen.named_in_drumkit,
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
    license_name: str = "",
    force: bool = False,
    progress: Progress | None = None,
    workers: int | None = None,
) -> Plan:
    """Writes a pack of one of SAMPLER_FORMATS; returns what is in it.

    license_name: what others may do with it, told where a format has a place for it.

    A groove's pattern is beside its hits where the pack is a folder. The same instrument, seed and
    options give the same bytes. What was written is read again before it replaces anything. Raises
    ControlError for what makes no sense, MessinaError for what lies in the way, OSError as writing
    does; `out` is then as it was.
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
        return Pack(name=name, plan=plan, rendered=samples, license_name=license_name)

    if chosen.suffix:
        with (
            new_file(out, force=force) as aside,
            folder_beside(out) as sounds,
        ):
            pack = rendered_under(sounds)
            chosen.write(pack, aside)
            _check(pack, chosen, aside, under=sounds)
    else:
        about = _about(format_name, name, config, audio_format)
        with new_folder(out, about=about, force=force) as aside:
            pack = rendered_under(aside)
            chosen.write(pack, aside)
            _check(pack, chosen, aside, under=aside)
            pattern = pattern_of(instrument, plan, name=name)
            if pattern is not None:
                (aside / PATTERN).write_bytes(pattern)
    return plan


def _check(pack: Pack, chosen: SamplerFormat, written: Path, *, under: Path) -> None:
    """Reads a pack again. Raises MessinaError when it is not what was to be written."""
    check_sounds(pack)
    there = (
        sample.path.name if chosen.suffix else sample.path.relative_to(under).as_posix()
        for sample in pack.rendered.values()
    )
    check_named(chosen.named(written), there)


def _about(
    format_name: str, name: str, config: PackConfig, audio_format: AudioFormat
) -> dict[str, Any]:
    return {"name": name, "format": format_name, **asdict(config), **asdict(audio_format)}
