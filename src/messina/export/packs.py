"""Instruments as sampler packs: map, render, write, whole or not at all.

Packs are read again before they replace anything: every file they name is there and whole.

Each format's own module says which files its maps name; what is in them libsndfile tells.

What a groove plays lies beside its hits, as a MIDI file for the kit they became.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import soundfile

from messina.errors import MessinaError
from messina.events import TICKS_PER_BEAT, Phrase, Voice
from messina.export import ableton, bitwig, decent, folder, hydrogen, mpc, sfz, soundfont
from messina.export.packing import check_place, folder_beside, new_file, new_folder
from messina.export.rendering import AudioFormat, render_takes
from messina.export.sample_map import (
    PackConfig,
    SampleMap,
    Take,
    make_sample_map,
    one_sound_a_layer,
)
from messina.export.sampler import SAMPLES, Pack, Sample
from messina.export_targets import TARGETS
from messina.instrument import Instrument
from messina.progress import Progress
from messina.sequences.groove import Groove
from messina.sequences.midi_writing import encode_midi
from messina.sequences.sequence import EVENTS
from messina.sequences.sequencer import Sequencer
from messina.sequences.voice_assignment import DRUMS

if TYPE_CHECKING:
    from messina.export.sample_map import SampleMap
    from messina.instrument import Instrument

__all__ = [
    "BARS",
    "NO_ROUND_ROBIN",
    "PATTERN",
    "SAMPLER_FORMATS",
    "TAKES_ALTERNATE",
    "SamplerFormat",
    "check_named",
    "check_sounds",
    "export_pack",
    "pattern_of",
]

PATTERN: Final = "pattern.mid"
BARS: Final = 16
"""Of four beats."""


def pattern_of(instrument: Instrument, sample_map: SampleMap, *, name: str) -> bytes | None:
    """The first bars that a groove draws, on the sample map's keys, as the bytes of a MIDI file.

    They are on the grid at the groove's tempo, whichever recording they take after. None for an
    instrument that does not play on by itself.
    """
    if EVENTS not in instrument.others:
        return None
    model = Groove.of(instrument).model
    sequencer = Sequencer(model, seed=sample_map.config.seed, cuts=True)
    end = 4 * BARS * TICKS_PER_BEAT
    drawn = iter(sequencer.next, None)
    events = tuple(takewhile(lambda event: event.tick < end, drawn))
    phrase = Phrase(name=name, events=events, ticks=end, tempo_bpm=model.tempo_bpm)
    return encode_midi(phrase, [_on_keys(voice, sample_map) for voice in model.manifest.vocabulary])


def _on_keys(voice: Voice, sample_map: SampleMap) -> Voice:
    """A voice as the pack plays it: drums by their keys, the rest in notes."""
    for program in sample_map.programs:
        zones = [zone for zone in program.zones if zone.label == voice.label]
        if zones and not program.pitched:
            return Voice(label=DRUMS, note=zones[0].key)
        if zones:
            middle = zones[len(zones) // 2].key
            return Voice(label=voice.label, note=middle if voice.note is None else voice.note)
    return voice


def check_sounds(pack: Pack) -> None:
    """Checks that every file opens, is as long as it was rendered, and has its loop within it.

    Raises MessinaError.
    """
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
    """Checks that the files a pack's maps name are exactly those in it. Raises MessinaError."""
    odd = set(named) ^ set(there)
    if odd:
        raise MessinaError(f"{min(odd)} is named and not there, or there and not named")


def _broken(why: str) -> MessinaError:
    return MessinaError(
        f"the pack could not be read again ({why}), so nothing was replaced; export again, and "
        "please report this if it stays so"
    )


TAKES_ALTERNATE: Final = "sounds that are new on every hit: its takes alternate"
"""What no pack of sounds can carry."""
NO_ROUND_ROBIN: Final = "round robin: each layer is one sound, the same on every hit"
"""What is said instead of those that cannot even alternate."""


def _as_it_is(sample_map: SampleMap) -> SampleMap:
    return sample_map


def _in_samples(take: Take) -> Path:
    return Path(SAMPLES, f"{take.stem}.wav")


def _beside(take: Take) -> Path:
    return Path(f"{take.stem}.wav")


def _in_project(take: Take) -> Path:
    return ableton.SOUNDS / f"{take.stem}.wav"


def _by_label(take: Take) -> Path:
    return Path(take.folder, f"{take.stem}.wav")


def _names_all(named: Callable[[Path], set[str]]) -> Callable[[Pack, Path], None]:
    """A check that what a pack's maps name is what was rendered."""

    def check(pack: Pack, written: Path) -> None:
        paths = (sample.path for sample in pack.rendered.values())
        there = (
            path.relative_to(written).as_posix() if path.is_relative_to(written) else path.name
            for path in paths
        )
        check_named(named(written), there)

    return check


@dataclass(frozen=True, kw_only=True)
class SamplerFormat:
    """How a sample map becomes files of one format; its title and help are in TARGETS."""

    ending: str
    """Of what a player opens, in the pack's folder or as its one file."""
    write: Callable[[Pack, Path], None]
    """Writes what maps the sounds: into the pack's folder, or as its one file."""
    check: Callable[[Pack, Path], None]
    """Reads again what was written. Raises MessinaError, saying why, when it is not as meant."""
    cannot_carry: tuple[str, ...] = ()
    prepare: Callable[[SampleMap], SampleMap] = _as_it_is
    """What of a sample map the format can hold. Raises ControlError when that is nothing."""
    place: Callable[[Take], Path] = _in_samples
    loops: bool = True
    """Whether it can repeat part of a sound; where it cannot, sounds are kept to their end."""
    holds_sounds: bool = False
    """Whether the sounds are within what is written, instead of beside it."""


SAMPLER_FORMATS: Final = {
    "wav": SamplerFormat(
        ending=".wav",
        write=folder.write_table,
        check=_names_all(folder.named_in_table),
        cannot_carry=folder.CANNOT_CARRY,
        place=_by_label,
    ),
    "sfz": SamplerFormat(ending=".sfz", write=sfz.write_sfz, check=_names_all(sfz.named_in_sfz)),
    "decent": SamplerFormat(
        ending=".dspreset",
        write=decent.write_decent,
        check=_names_all(decent.named_in_presets),
    ),
    "sf2": SamplerFormat(
        ending=".sf2",
        write=soundfont.write_pack,
        check=soundfont.check_soundfont,
        cannot_carry=(NO_ROUND_ROBIN,),
        prepare=one_sound_a_layer,
        holds_sounds=True,
    ),
    "ableton": SamplerFormat(
        ending=".adg",
        write=ableton.write_presets,
        check=_names_all(ableton.named_in_presets),
        place=_in_project,
    ),
    "bitwig": SamplerFormat(
        ending=".multisample",
        write=bitwig.write_multisamples,
        check=_names_all(bitwig.named_in_multisamples),
        cannot_carry=bitwig.CANNOT_CARRY,
        holds_sounds=True,
    ),
    "mpc": SamplerFormat(
        ending=".xpm",
        write=mpc.write_programs,
        check=_names_all(mpc.named_in_programs),
        cannot_carry=(NO_ROUND_ROBIN,),
        prepare=mpc.few_layers,
        place=_beside,
    ),
    "hydrogen": SamplerFormat(
        ending=".h2drumkit",
        write=hydrogen.write_drumkit,
        check=_names_all(hydrogen.named_in_drumkit),
        cannot_carry=hydrogen.CANNOT_CARRY,
        prepare=hydrogen.pads_only,
        loops=False,
        holds_sounds=True,
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
) -> SampleMap:
    """Writes a pack of one of SAMPLER_FORMATS; returns what is in it.

    license_name: what others may do with it, written where a format has a field for it.

    A groove's pattern is beside its hits where the pack is a folder. The same instrument, seed and
    options give the same bytes. What was written is read again before it replaces anything. Raises
    ControlError for what makes no sense, MessinaError for what lies in the way, OSError as writing
    does; `out` is then as it was.
    """
    chosen, suffix = SAMPLER_FORMATS[format_name], TARGETS[format_name].suffix
    sample_map = chosen.prepare(make_sample_map(instrument.manifest.responses, config))
    check_place(out, folder=not suffix, force=force)
    about = _about(format_name, name, config, audio_format)
    with contextlib.ExitStack() as until_done:
        if suffix:
            aside = until_done.enter_context(new_file(out, force=force))
        else:
            aside = until_done.enter_context(new_folder(out, about=about, force=force))
        under = until_done.enter_context(folder_beside(out)) if chosen.holds_sounds else aside
        rendered = render_takes(
            instrument,
            sample_map,
            lambda take: under / chosen.place(take),
            name=name,
            audio_format=audio_format,
            loops=chosen.loops,
            progress=progress,
            workers=workers,
        )
        pack = Pack(name=name, sample_map=sample_map, rendered=rendered, license_name=license_name)
        chosen.write(pack, aside)
        check_sounds(pack)
        try:
            chosen.check(pack, aside)
        except MessinaError as error:
            raise _broken(str(error)) from error
        pattern = None if suffix else pattern_of(instrument, sample_map, name=name)
        if pattern is not None:
            (aside / PATTERN).write_bytes(pattern)
    return sample_map


def _about(
    format_name: str, name: str, config: PackConfig, audio_format: AudioFormat
) -> dict[str, Any]:
    return {"name": name, "format": format_name, **asdict(config), **asdict(audio_format)}
