"""Names that would repaint a terminal, forge lines or stop a console, through the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pytest

from export.handmade import KIT, make_instrument
from messina.audio_files import write_wav
from messina.instrument import Instrument
from messina.instrument.manifest import LeftOutRow

ACTING: Final = "\x1b[2J\x07\x9b31m\u202e\u2066\x08\rmessina: all is well\n"
"""Clears the screen, rings, colours, turns the direction around, overwrites, forges a line."""

CONSOLES: Final = {
    "utf-8": {"PYTHONIOENCODING": "utf-8"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "windows": {"PYTHONIOENCODING": "cp1252"},
    "strict": {"PYTHONIOENCODING": "ascii:strict"},
    "C": {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}

posix_names = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="its file systems refuse such names"
)


def shown(
    *words: str | bytes | Path, code: int, console: Mapping[str, str] = CONSOLES["utf-8"]
) -> subprocess.CompletedProcess[bytes]:
    """Runs `messina`, and looks at the bytes it sends to the screen."""
    done = subprocess.run(
        [sys.executable, "-m", "messina", *words],
        capture_output=True,
        check=False,
        env={**os.environ, **console},
    )
    for out in (done.stdout, done.stderr):
        # Windows consoles read these bytes by their own table; letters are enough there.
        text = out.decode("cp1252" if console.get("PYTHONIOENCODING") == "cp1252" else "utf-8")
        acting = [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs")]
        assert set(acting) <= {"\n"}, text
        assert "\nmessina: all is well" not in text
        assert "Traceback" not in text
        assert "a mistake in Messina itself" not in text
    assert done.returncode == code, done.stderr
    return done


def tone(hz: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    t = np.arange(8_000) / 44_100
    return (0.5 * np.sin(2 * np.pi * hz * t) * np.exp(-t / 0.04)).astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sounds, and files that are none, with names that act."""
    folder = tmp_path / f"kit{ACTING}"
    inner = folder / os.fsdecode(b"Kl\xe4nge")  # as old sample discs have it
    inner.mkdir(parents=True)
    for i, place in enumerate((folder, inner)):
        for take in range(3):
            write_wav(tmp_path / "plain.wav", tone(200 + 300 * i + 5 * take))
            (tmp_path / "plain.wav").rename(place / f"hit{i}{ACTING}_{take}.wav")
        (place / f"broken{ACTING}.wav").write_bytes(b"RIFF")
    return folder


@pytest.fixture
def instrument(tmp_path: Path) -> Path:
    """An instrument of a stranger: its labels, sounds and reasons act."""
    made = make_instrument(KIT)
    manifest = made.manifest
    names = {label: f"{label}{ACTING}" for label in made.labels}
    manifest = msgspec.structs.replace(
        manifest,
        responses=tuple(
            msgspec.structs.replace(r, label=names[r.label]) for r in manifest.responses
        ),
        sounds=tuple(
            msgspec.structs.replace(s, label=names[s.label], name=f"{s.name}{ACTING}")
            for s in manifest.sounds
        ),
        left_out=(LeftOutRow(name=f"x{ACTING}.wav", reason=f"no{ACTING}"),),
    )
    file = tmp_path / "evil.messina"
    Instrument(manifest, made.arrays).save(file)
    return file


@pytest.mark.parametrize("console", CONSOLES)
def test_labels_of_a_stranger_are_shown_on_any_console(instrument: Path, console: str) -> None:
    done = shown("info", instrument, code=0, console=CONSOLES[console])
    assert rb"kick\x1b[2J\x07\x9b31m\u202e" in done.stdout
    assert rb"no\x1b[2J" in done.stdout


def test_json_says_what_the_names_are(instrument: Path) -> None:
    """Its own escapes keep even what acts; a reader gets the name back."""
    said = json.loads(shown("info", instrument, "--json", code=0).stdout)
    assert said["labels"][0]["label"] == f"kick{ACTING}"


@pytest.mark.parametrize("console", CONSOLES)
def test_complaints_spell_out_what_they_quote(tmp_path: Path, console: str) -> None:
    lost = tmp_path / f"lost{ACTING}.messina"
    for words, code in [
        (("info", lost), 1),
        (("render", lost, "-o", tmp_path / "a.wav"), 1),
        (("render", tmp_path / "x.messina", "-o", f"a{ACTING}.mp3"), 2),
        ((f"learn{ACTING}", tmp_path), 2),
        (("learn", tmp_path, f"--opt{ACTING}"), 2),
        (("corpus", f"{tmp_path}/none{ACTING}"), 1),
        (("learn", f"{tmp_path}/none{ACTING}", "-o", tmp_path / "b.messina"), 1),
    ]:
        done = shown(*words, code=code, console=CONSOLES[console])
        assert rb"\x1b[2J" in done.stderr
        assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("console", CONSOLES)
def test_help_is_shown_on_any_console(console: str) -> None:
    shown("learn", "--help", code=0, console=CONSOLES[console])


def test_a_label_asked_for_that_is_not_there(instrument: Path, tmp_path: Path) -> None:
    shown("render", instrument, "--label", f"tom{ACTING}", "-o", tmp_path / "a.wav", code=1)


@posix_names
@pytest.mark.slow
def test_sounds_with_hostile_names_from_the_folder_to_the_report(
    folder: Path, tmp_path: Path
) -> None:
    old = os.fsdecode(b"\xdcbung")  # no UTF-8 either
    out = tmp_path / old / f"kit{ACTING}.messina"
    said = shown("corpus", folder, code=0)
    assert rb"broken\x1b[2J" in said.stdout
    as_json = json.loads(shown("corpus", folder, "--json", code=0).stdout)
    assert as_json["sounds"] == 6
    json.dumps(as_json, ensure_ascii=False).encode()  # no lone surrogates
    learnt = shown("learn", folder, "-o", out, "--minutes", "0.02", code=0)
    assert rb"\xdcbung" in learnt.stdout
    for words in (
        ("info", out),
        ("info", out, "--json"),
        ("render", out, "-n", "2", "-o", out.parent / f"new{ACTING}"),
        ("render", out, "-n", "2", "-o", out.parent / f"new{ACTING}", "--json", "--seed", "9"),
        ("resynth", out, next(folder.glob("hit*")), "-o", out.parent / f"again{ACTING}.wav"),
        ("evaluate", out, folder, "--count", "8", "-o", out.parent / f"report{ACTING}.html"),
        ("evaluate", out, folder, "--count", "8", "--json"),
        ("compare", out, out, folder, "--count", "8", "--json"),
        (
            "export",
            out,
            "--to",
            "sfz",
            "-o",
            out.parent / f"pack{ACTING}",
            "--velocities",
            "1",
            "--round-robin",
            "1",
            "--json",
        ),
        (
            "export",
            out,
            "--to",
            "decent",
            "-o",
            out.parent / f"decent{ACTING}",
            "--velocities",
            "1",
            "--round-robin",
            "1",
        ),
        ("export", out, "--to", "web", "-o", out.parent / f"page{ACTING}.html"),
    ):
        said = shown(*words, code=0)
        if "--json" in words:
            json.loads(said.stdout)


@posix_names
def test_names_that_are_no_utf_8_do_for_every_file_there_is(tmp_path: Path) -> None:
    """As old sample CDs and archives have them: Latin-1."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/Kl\xe4nge"))
    folder.mkdir()
    for take in range(3):
        write_wav(tmp_path / "plain.wav", tone(200 + 5 * take))
        (tmp_path / "plain.wav").rename(
            Path(os.fsdecode(os.fsencode(folder) + b"/G\xf6ng%d.wav" % take))
        )
    said = json.loads(shown("corpus", folder, "--json", code=0).stdout)
    assert (said["sounds"], said["left_out"]) == (3, [])
    file = folder / os.fsdecode(b"g\xf6ng.messina")
    make_instrument(KIT[:1]).save(file)
    like = next(folder.glob("*.wav"))
    for words in (
        ("render", file, "-o", folder / os.fsdecode(b"\xe4.wav")),
        ("render", file, "--like", like, "-o", tmp_path / "like.wav"),
        ("resynth", file, like, "-o", tmp_path / "again.wav"),
        ("export", file, "--to", "sfz", "-o", folder / os.fsdecode(b"\xe4")),
        ("export", file, "--to", "sfz", "--force", "-o", folder / os.fsdecode(b"\xe4")),
    ):
        shown(*words, code=0)
