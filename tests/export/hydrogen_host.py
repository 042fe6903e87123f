"""Hydrogen itself, as a command: installs kits, plays songs into files, without a sound card."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

__all__ = ["SCHEMA", "Hit", "Hydrogen", "find_hydrogen", "unpacked"]

SCHEMA = Path("/usr/share/hydrogen/data/xsd/drumkit.xsd")

TICKS_PER_S = 96  # 48 a quarter, at 120 quarters a minute

_PREFERENCES = """<hydrogen_preferences>
 <version>1.2.0</version>
 <restoreLastSong>false</restoreLastSong>
 <maxLayers>16</maxLayers>
 <audio_engine>
  <audio_driver>NullDriver</audio_driver>
  <buffer_size>1024</buffer_size>
  <samplerate>44100</samplerate>
  <midi_driver><driverName>None</driverName></midi_driver>
  <osc_configuration><oscEnabled>false</oscEnabled></osc_configuration>
 </audio_engine>
</hydrogen_preferences>
"""


def find_hydrogen() -> str | None:
    return shutil.which("h2cli")


@dataclass(frozen=True)
class Hit:
    tick: int
    instrument: int
    velocity: float


class Hydrogen:
    """One with a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / ".hydrogen").mkdir(parents=True)
        (home / ".hydrogen" / "hydrogen.conf").write_text(_PREFERENCES)

    def run(self, *words: str) -> str:
        """What h2cli says."""
        surroundings = {
            **os.environ,
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.home),
            "QT_QPA_PLATFORM": "offscreen",
        }
        done = subprocess.run(
            ["h2cli", *words], env=surroundings, capture_output=True, text=True, timeout=120
        )
        text = re.sub(r"\x1b\[\d*m", "", done.stdout + done.stderr)
        assert done.returncode == 0, text[-2000:]
        return text

    def play(self, kit: Path, hits: list[Hit]) -> NDArray[np.float32]:
        """The hits on the instruments of an installed kit [N, 2], at full volume."""
        song = self.home / "test.h2song"
        song.write_bytes(_song(kit, hits))
        out = self.home / "test.wav"
        out.unlink(missing_ok=True)
        self.run("-s", str(song), "-o", str(out), "-r", "44100", "-b", "32")
        audio, rate = soundfile.read(out, dtype="float32", always_2d=True)
        assert rate == 44_100
        return audio


def _song(kit: Path, hits: list[Hit]) -> bytes:
    """A song of one pattern with the instruments of a kit, read from its drumkit.xml."""
    tree = ET.parse(kit / "drumkit.xml").getroot()
    for element in tree.iter():
        element.tag = element.tag.partition("}")[2]
    song = ET.Element("song")
    facts = {
        "version": "1.2.0", "bpm": 120, "volume": 1, "metronomeVolume": 0.5, "name": "test",
        "author": "", "notes": "", "license": "", "loopEnabled": "false",
        "patternModeMode": "true", "playbackTrackFilename": "", "playbackTrackEnabled": "false",
        "playbackTrackVolume": 0, "action_mode": 0, "mode": "song",
        "pan_law_type": "RATIO_STRAIGHT_POLYGONAL", "pan_law_k_norm": 1.33333,
        "humanize_time": 0, "humanize_velocity": 0, "swing_factor": 0,
    }  # fmt: skip
    _texts(song, facts)
    song.append(tree.find("componentList"))
    instruments = tree.find("instrumentList")
    for instrument in instruments:
        name = ET.SubElement(instrument, "drumkit")
        name.text = tree.findtext("name")
        for layer in instrument.iter("layer"):
            file = layer.find("filename")
            file.text = str(kit / file.text)
    song.append(instruments)
    _add_pattern(song, hits)
    return ET.tostring(song, encoding="UTF-8", xml_declaration=True)


def _add_pattern(song: ET.Element, hits: list[Hit]) -> None:
    pattern = ET.SubElement(ET.SubElement(song, "patternList"), "pattern")
    size = max(hit.tick for hit in hits) + 3 * TICKS_PER_S
    _texts(pattern, {"name": "p", "category": "", "size": size, "denominator": 4, "info": ""})
    notes = ET.SubElement(pattern, "noteList")
    for hit in hits:
        note = ET.SubElement(notes, "note")
        facts = {
            "position": hit.tick, "leadlag": 0, "velocity": f"{hit.velocity:.6f}", "pan": 0,
            "pitch": 0, "probability": 1, "key": "C0", "length": -1,
            "instrument": hit.instrument, "note_off": "false",
        }  # fmt: skip
        _texts(note, facts)
    ET.SubElement(song, "virtualPatternList")
    group = ET.SubElement(ET.SubElement(song, "patternSequence"), "group")
    _texts(group, {"patternID": "p"})


def _texts(parent: ET.Element, texts: dict[str, object]) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = str(text)


def unpacked(kit: Path, to: Path) -> Path:
    """The one folder that a .h2drumkit archive holds, unpacked."""
    with tarfile.open(kit) as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # from Python 3.11.4 on
        tar.extractall(to)
    (folder,) = to.iterdir()
    return folder
