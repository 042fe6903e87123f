"""An instrument as a folder of ONNX models and one JSON file: for programs of one's own.

    identity.onnx      what a sound is: asked once for each
    row.onnx           its levels at one time, on the grid of `point_frames`
    joining.onnx       which of its oscillators are one partial, for all rows
    synthesiser.onnx   rows to sound, block by block, with its state as inputs and outputs
    instrument.json    labels, their answer to velocity and note, the sounds learnt, the numbers
    README.txt         how they go together

examples/onnx_player.py plays such a folder with numpy and onnxruntime alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

import messina
from messina.errors import MessinaError
from messina.export import tables
from messina.export.packing import new_folder
from messina.frames.layout import BODY_FLOOR, HOP, REFERENCE_HZ
from messina.instrument.descriptors import POWER_SHARE
from messina.instrument.responses import VELOCITIES
from messina.instrument.sampling import LONE_STEP, LONE_STEP_RANGE, loneliness, typical_blur
from messina.instrument.timegrid import LAST_FRAME, POINT_FRAMES
from messina.instrument.transposition import GROUP_BINS, MOST_TILT, OCTAVES
from messina.text import printable
from messina.units import SAMPLE_RATE

if TYPE_CHECKING:
    from messina.instrument import Instrument

__all__ = ["CANNOT_CARRY", "FORMAT_VERSION", "export"]

FORMAT_VERSION: Final = 1

CANNOT_CARRY: Final = (
    "the encoder: sounds like one of yours, and between two of yours, need Messina itself",
    "length and brightness other than the instrument's own: your program may ask for other decays",
)

_README: Final = """{name}, an instrument {origin}.

A sound is made in four steps:

1. Choose what it is: an identity z (near one of "sounds" in instrument.json, or between some), its
   label, note, loudness, brightness and decay ("labels" say how they follow from velocity and
   note). A label of fewer than four sounds does not show what lies between them: "lone" says how
   far its new ones go in pitch, tilt and decay, together and never by little. identity.onnx makes
   a code and an onset of them. Sounds without pitch: note is NaN.
2. Ask row.onnx for its levels at every frame of "point_frames", in one batch or one by one. join
   is what joining.onnx makes of the first {first} of them (for which it is the unit matrix). After
   the last there is silence ("body_floor"). Between points levels run in straight lines. The sound
   ends when nothing is heard any more, at the latest after the "length_s" of the sounds it is of.
3. The gain: 10^(wanted dB / 20) over the RMS of the loudest 9 frames, a frame's power being
   exp(2 * row) . power_share.
4. Give the rows to synthesiser.onnx, one a call, and what it answers as next_X as state_X to the
   next call. State starts as zeros. The first row is given {repeated} times; the first {lead}
   answers come before the sound, then each is {hop} stereo samples at 44100 Hz. key is any number
   below 2^32: the same key, the same noise. reference_hz is the pitch in Hz; for sounds without
   one, "reference_hz" of instrument.json.

Nothing remembers anything but the synthesiser's state, so the first axis of everything is as many
voices as you like. All of it runs in onnxruntime 1.17 or later.
"""


def export(instrument: Instrument, out: Path, *, name: str, seed: int, force: bool) -> None:
    """Writes the folder. Raises MessinaError when the onnx package is missing."""
    try:
        from messina.export.onnx_decoder import identity_model, joining_model, row_model
        from messina.export.onnx_synthesiser import LEAD, REPEATED, synthesiser_model
    except ModuleNotFoundError as error:
        if error.name != "onnx":
            raise
        raise MessinaError(
            "ONNX models are written with the package onnx: pip install 'messina[onnx]'"
        ) from None
    title = printable(name)
    metadata = {"name": title, "program": f"Messina {messina.__version__}", "seed": str(seed)}
    facts = _facts(instrument, title, seed)
    facts |= {"lead": LEAD, "repeated": REPEATED}
    readme = _README.format(
        name=title,
        origin=f"made with Messina {messina.__version__}",
        repeated=REPEATED,
        lead=LEAD,
        hop=HOP,
        first=tables.ONSET_POINTS,
    )
    about = {"name": title, "format": "onnx", "seed": seed}
    with new_folder(out, about=about, force=force) as folder:
        (folder / "identity.onnx").write_bytes(identity_model(instrument, metadata))
        (folder / "row.onnx").write_bytes(row_model(instrument, metadata))
        (folder / "joining.onnx").write_bytes(joining_model(metadata))
        (folder / "synthesiser.onnx").write_bytes(synthesiser_model(metadata))
        (folder / "instrument.json").write_bytes(msgspec.json.encode(facts) + b"\n")
        (folder / "README.txt").write_text(readme, encoding="utf-8", newline="\n")


def _facts(instrument: Instrument, name: str, seed: int) -> dict[str, Any]:
    """What instrument.json holds."""
    config = instrument.network.config
    return {
        "format": "messina-onnx",
        "format_version": FORMAT_VERSION,
        "program": f"Messina {messina.__version__}",
        "name": name,
        "seed": seed,
        "sample_rate": SAMPLE_RATE,
        "hop": HOP,
        "reference_hz": REFERENCE_HZ,
        "latent": config.latent,
        "point_frames": POINT_FRAMES[: config.points].tolist(),
        "silent_from_frame": int([*POINT_FRAMES, LAST_FRAME + 1][config.points]),
        "last_frame": LAST_FRAME,
        "body_floor": _numbers(BODY_FLOOR),
        "audible_nepers": tables.AUDIBLE_NEPERS,
        "power_share": _numbers(POWER_SHARE),
        "most_correction_db": tables.MOST_CORRECTION_DB,
        "take_deviation": tables.TAKE_DEVIATION,
        "stray_over_time": [_numbers(row) for row in tables.stray_over_time(config.points)],
        "stray_knots": tables.STRAY_KNOTS,
        "first_points": tables.ONSET_POINTS,
        "labels": [msgspec.to_builtins(response) for response in instrument.manifest.responses],
        "lone": _lone(instrument),
        "octaves": _numbers(OCTAVES),
        "most_tilt": MOST_TILT,
        "noise_bins": _numbers(GROUP_BINS),
        "velocities": [float(velocity) for velocity in VELOCITIES],
        "sounds": _sounds(instrument),
    }


def _lone(instrument: Instrument) -> dict[str, Any]:
    """How far sounds of each label stray for want of others like them."""
    known = instrument.known.labels
    counts = [int((known == label).sum()) for label in range(len(instrument.labels))]
    return {
        "step": dict(zip(("semitones", "tilt", "decay_ln"), LONE_STEP.tolist(), strict=True)),
        "step_range": list(LONE_STEP_RANGE),
        "of_label": [loneliness(count) for count in counts],
    }


def _numbers(array: Any) -> list[float]:
    """float32 as the shortest decimals that give it back."""
    return [float(str(np.float32(value))) for value in array]


def _sounds(instrument: Instrument) -> list[dict[str, Any]]:
    """The sounds learnt: where they lie, and how far a new one may be from them."""
    known = instrument.known
    blurs = [typical_blur(known, label) for label in range(len(instrument.labels))]
    return [
        {
            "label": int(known.labels[i]),
            **msgspec.to_builtins(controls),
            "length_s": float(known.lengths_s[i]),
            "z": _numbers(known.means[i]),
            "blur": _numbers(blurs[int(known.labels[i])]),
        }
        for i, controls in enumerate(known.controls)
    ]
