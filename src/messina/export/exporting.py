"""Exporting from Python as the command line does: `messina.export`."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeAlias

from messina.arguments import checked
from messina.errors import ControlError, MessinaError
from messina.export.packing import new_file
from messina.export.packs import NO_ROUND_ROBIN, SAMPLER_FORMATS, TAKES_ALTERNATE, export_pack
from messina.export.rendering import AudioFormat
from messina.export.sample_map import PackConfig
from messina.export.wave_file import BitDepth
from messina.export_targets import TARGETS, Target
from messina.instrument import Instrument
from messina.play.single_file import write_page
from messina.progress import Progress
from messina.sequences import Sequence

__all__ = ["Exported", "export"]

PathLike: TypeAlias = str | Path
Plays: TypeAlias = Instrument | Sequence | PathLike

_MODELS: Final = {"onnx": "messina.export.onnx_bundle", "nn": "messina.export.nn_tilde"}
"""The modules that write what holds the instrument itself."""


@dataclass(frozen=True, kw_only=True)
class Exported:
    """The outcome of an export: where it lies, and what is in it."""

    path: Path
    """The folder or file, its ending included."""
    format: str
    sounds: int | None = None
    """Of packs, how many sounds are in it."""
    labels: int | None = None
    """Of packs, of how many kinds they are."""
    cannot_carry: tuple[str, ...] = ()
    """What of an instrument the format has no place for, in words."""


@checked
def export(
    instrument: Plays,
    out: PathLike,
    *,
    format: str,
    seed: int = 0,
    force: bool = False,
    license: str = "",
    band: Instrument | PathLike | Mapping[str, Instrument | PathLike] | None = None,
    velocities: int | None = None,
    round_robin: int | None = None,
    note_step: int | None = None,
    low: int | None = None,
    high: int | None = None,
    wildness: float | None = None,
    sample_rate: int | None = None,
    bits: BitDepth | None = None,
    progress: Progress | None = None,
) -> Exported:
    """Takes an instrument to samplers, to other programs, or into a page.

    Args:
        instrument: An instrument or its file; for pages also what plays on.
        out: The folder or file to write; a file without its ending is given it.
        format: What to make: "sfz", "wav", "web", "onnx" and what else `messina export --help`
            lists.
        seed: Of all takes.
        force: Whether an older export is replaced.
        license: What others may do with it, where the format has a place for that.
        band: Who plays a score in a page: one for all, or one for each part by its name.
        velocities: Of packs: velocity layers, 4 by default.
        round_robin: Of packs: alternations of each, 3 by default.
        note_step: Of packs: semitones from one sampled note to the next, 3 by default.
        low: Of packs: the lowest key, 0 to 127; the lowest learnt by default.
        high: Of packs: the highest key.
        wildness: Of packs: how far takes differ, 0 to 2; 0.5 by default.
        sample_rate: Of packs: 44100 or 48000.
        bits: Of packs: "16" or "24".
        progress: Called with what is done, how many of it, and of how many.

    Returns:
        Where it is and what is in it.

    Raises:
        ControlError: What is asked for makes no sense for this format or instrument.
        MessinaError: Something lies in the way, or a package is missing.
        OSError: It cannot be written.
    """
    if format not in TARGETS:
        raise ControlError(f"`format` is {format!r}; it can be {', '.join(TARGETS)}")
    target = TARGETS[format]
    if license and not target.license_place:
        raise ControlError(f"`license` has no place in {format}")
    if band is not None and target.kind != "page":
        raise ControlError("`band` is for pages in which a score plays: `format='web'`")
    asked: dict[str, Any] = {
        "velocities": velocities,
        "round_robin": round_robin,
        "note_step": note_step,
        "low": low,
        "high": high,
        "wildness": wildness,
        "sample_rate": sample_rate,
        "bits": bits,
    }
    asked = {name: value for name, value in asked.items() if value is not None}
    if target.kind == "pack":
        return _pack(_loaded(instrument), Path(out), target, asked, seed, license, force, progress)
    if asked:
        raise ControlError(f"`{next(iter(asked))}` is for packs of sounds; {format} is none")
    place = _with_suffix(Path(out), target.suffix)
    if target.kind == "page":
        return _page(instrument, place, band, force)
    module = _model_writer(target)
    name = _name_of(place, target.suffix)
    module.export(_loaded(instrument), place, name=name, seed=seed, force=force)
    return Exported(path=place, format=format, cannot_carry=module.CANNOT_CARRY)


def _pack(
    instrument: Instrument,
    out: Path,
    target: Target,
    asked: dict[str, Any],
    seed: int,
    license_name: str,
    force: bool,
    progress: Progress | None,
) -> Exported:
    chosen = SAMPLER_FORMATS[target.name]
    place = _with_suffix(out, target.suffix)
    if not target.suffix and place.suffix.lower() == chosen.ending and not place.is_dir():
        place = place.with_suffix("")  # kit.sfz is in the folder kit
    audio = {name: asked.pop(name) for name in ("sample_rate", "bits") if name in asked}
    try:
        config, audio_format = PackConfig(seed=seed, **asked), AudioFormat(**audio)
    except ValueError as error:
        raise ControlError(str(error)) from None
    sample_map = export_pack(
        instrument,
        place,
        format_name=target.name,
        name=_name_of(place, target.suffix),
        config=config,
        audio_format=audio_format,
        license_name=license_name,
        force=force,
        progress=progress,
    )
    takes = list(sample_map.takes())
    alternates = NO_ROUND_ROBIN not in chosen.cannot_carry
    return Exported(
        path=place,
        format=target.name,
        sounds=len(takes),
        labels=len({take.label for take in takes}),
        cannot_carry=chosen.cannot_carry + (TAKES_ALTERNATE,) * alternates,
    )


def _page(
    instrument: Plays,
    place: Path,
    band: Instrument | PathLike | Mapping[str, Instrument | PathLike] | None,
    force: bool,
) -> Exported:
    """A page is made of files: what is in none is written to one for the time."""
    players = band if isinstance(band, Mapping) else {} if band is None else {"": band}
    with tempfile.TemporaryDirectory() as folder:

        def file_of(plays: Plays, name: str) -> Path:
            if not isinstance(plays, Instrument | Sequence):
                return Path(plays)
            path = Path(folder, f"{name}.messina")
            plays.save(path)
            return path

        own = file_of(instrument, "instrument")
        files = {part: file_of(plays, part or "band") for part, plays in players.items()}
        with new_file(place, force=force) as aside:
            write_page(own, aside, name=_name_of(place, ".html"), band=files)
    return Exported(path=place, format="web")


def _model_writer(target: Target) -> Any:
    try:
        return import_module(_MODELS[target.name])
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("messina"):
            raise
        brings = f"pip install 'messina[{target.extra}]'"
        if error.name == "torch":  # the extra would bring CUDA to machines without a GPU
            brings = "messina install-torch brings the build for this machine"
        raise MessinaError(
            f"exporting to {target.name} needs {error.name}, which is not installed: {brings}"
        ) from None


def _loaded(instrument: Plays) -> Instrument:
    if isinstance(instrument, Instrument):
        return instrument
    if isinstance(instrument, Sequence):
        raise ControlError("only pages hold what plays on: `format='web'`")
    return Instrument.load(instrument)


def _with_suffix(out: Path, suffix: str) -> Path:
    """Where the one file goes; a name without an ending is given it."""
    if not suffix or out.suffix.lower() == suffix:
        return out
    if out.suffix:
        raise ControlError(f"{out} does not end in {suffix}; choose another `out`")
    return out.with_name(out.name + suffix)


def _name_of(out: Path, suffix: str) -> str:
    """What the export is called inside: as its file or folder."""
    resolved = out.resolve()
    return resolved.stem if suffix else resolved.name
