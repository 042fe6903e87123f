"""Notes of the FluidR3 SoundFont (Debian's fluid-soundfont-gm), played by fluidsynth."""

import struct
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
RATE = 44_100
_HELD_S, _SPACING_S = 3, 4


def soundfont_notes(
    program: int, notes: Sequence[int], velocities: Sequence[int]
) -> Iterator[tuple[int, int, NDArray[np.float32]]]:
    """Note, velocity and audio [N, 2] of each, held for three seconds, without room or chorus."""
    hits = [(note, velocity) for note in notes for velocity in velocities]
    with tempfile.TemporaryDirectory() as folder:
        midi, wav = Path(folder) / "notes.mid", Path(folder) / "notes.wav"
        midi.write_bytes(_midi_file(program, hits))
        dry = ["fluidsynth", "-ni", "-q", "-R", "0", "-C", "0", "-g", "0.8", "-r", str(RATE)]
        subprocess.run([*dry, "-O", "s16", "-F", str(wav), str(SOUNDFONT), str(midi)], check=True)
        audio, _ = sf.read(wav, dtype="float32", always_2d=True)
    for index, (note, velocity) in enumerate(hits):
        start = index * _SPACING_S * RATE
        hit = audio[start : start + _SPACING_S * RATE]
        loud = np.flatnonzero(np.abs(hit).max(axis=1) > 1e-4)
        yield note, velocity, hit[: loud[-1] + 1]


def _variable_length(number: int) -> bytes:
    """A MIDI file's variable-length quantity."""
    out = [number & 0x7F]
    while number := number >> 7:
        out.append(0x80 | number & 0x7F)
    return bytes(reversed(out))


def _midi_file(program: int, hits: list[tuple[int, int]]) -> bytes:
    """One track at 1 tick a millisecond: every hit held _HELD_S, one each _SPACING_S."""
    events = [
        (0, bytes([0xFF, 0x51, 3]) + (1_000_000).to_bytes(3, "big")),
        (0, bytes([0xC0, program])),
    ]
    gap = 0
    for note, velocity in hits:
        events += [(gap, bytes([0x90, note, velocity])), (_HELD_S * 1000, bytes([0x80, note, 0]))]
        gap = (_SPACING_S - _HELD_S) * 1000
    events.append((gap, bytes([0xFF, 0x2F, 0])))
    track = b"".join(_variable_length(delta) + event for delta, event in events)
    return (
        b"MThd"
        + struct.pack(">IHHH", 6, 0, 1, 1000)
        + b"MTrk"
        + struct.pack(">I", len(track))
        + track
    )
