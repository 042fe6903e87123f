"""FluidSynth as a command: plays notes of a SoundFont into a file, without a sound card."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np
import soundfile
from numpy.typing import NDArray

__all__ = ["Note", "find_fluidsynth", "play"]

RATE = 44_100
_TICKS_PER_S = 960
_GAIN = 0.5
_DRUM_CHANNEL = 9


def find_fluidsynth() -> str | None:
    return shutil.which("fluidsynth")


@dataclass(frozen=True)
class Note:
    key: int
    velocity: int
    start_s: float = 0.0
    held_s: float = 0.1


def play(
    font: Path, notes: list[Note], *, drums: bool = False, program: int = 0, tail_s: float = 2.0
) -> NDArray[np.float32]:
    """[N, 2], FluidSynth's own gain divided out. Reverb and chorus are off."""
    song = font.with_name("song.mid")
    out = font.with_name("song.wav")
    _write(song, notes, drums=drums, program=program, tail_s=tail_s)
    settings = ["-R", "0", "-C", "0", "-g", str(_GAIN), "-r", str(RATE), "-O", "float"]
    words = ["fluidsynth", "-n", "-i", "-q", *settings, "-F", str(out), str(font), str(song)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    told = [line for line in (done.stdout + done.stderr).splitlines() if "error" in line.lower()]
    assert not told, told
    audio, rate = soundfile.read(out, dtype="float32", always_2d=True)
    assert rate == RATE
    return audio / _GAIN


def _write(path: Path, notes: list[Note], *, drums: bool, program: int, tail_s: float) -> None:
    channel = _DRUM_CHANNEL if drums else 0
    events = [(0.0, mido.Message("program_change", channel=channel, program=program))]
    for note in notes:
        for kind, at_s in (("note_on", note.start_s), ("note_off", note.start_s + note.held_s)):
            message = mido.Message(kind, channel=channel, note=note.key, velocity=note.velocity)
            events.append((at_s, message))
    end_s = max(at_s for at_s, _ in events) + tail_s
    events.append((end_s, mido.Message("control_change", channel=channel, control=3, value=0)))
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=500_000)])
    before = 0
    for at_s, message in sorted(events, key=lambda event: event[0]):
        tick = round(at_s * _TICKS_PER_S)
        track.append(message.copy(time=tick - before))
        before = tick
    song = mido.MidiFile(ticks_per_beat=_TICKS_PER_S // 2)
    song.tracks.append(track)
    song.save(path)
