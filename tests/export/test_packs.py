"""Whole exports: that the same is the same, that odd names do, that failures leave nothing."""

from __future__ import annotations

import csv
import hashlib
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from export.handmade import KIT, ORGAN, TONES, Label, make_instrument
from export.packing_up import pack_up
from messina import process_pool
from messina.errors import MessinaError
from messina.export.packs import SAMPLER_FORMATS
from messina.export.sampler import Pack
from messina.export_targets import TARGETS
from messina.process_pool import ChildProcess

ODD_LABELS = (
    Label(name="a/b"),
    Label(name="A/B"),
    Label(name="🥁"),
    Label(name="CON"),
    Label(name="nul.wav", notes=(60.0, 60.0)),
    Label(name="x" * 300),
    Label(name="  spaces  and\ttabs "),
    Label(name='<sample> = "$KEY" #1'),
)


def place(tmp_path: Path, format_name: str) -> Path:
    return tmp_path / f"out{TARGETS[format_name].suffix}"


def digest(out: Path) -> str:
    files = sorted(out.rglob("*")) if out.is_dir() else [out]
    whole = hashlib.sha256()
    for path in files:
        if path.is_file():
            whole.update(path.relative_to(out).as_posix().encode() + path.read_bytes())
    return whole.hexdigest()


@pytest.mark.parametrize("format_name", SAMPLER_FORMATS)
def test_the_same_seed_gives_the_same_bytes_however_many_processes_work(
    format_name: str, tmp_path: Path
) -> None:
    digests = []
    for folder, seed, workers in (("a", 3, 1), ("b", 3, 3), ("c", 4, 2)):
        out = place(tmp_path / folder, format_name)
        pack_up(
            make_instrument(KIT[:2]), out, format_name, seed=seed, workers=workers, velocities=1
        )
        digests.append(digest(out))
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("format_name", SAMPLER_FORMATS)
def test_odd_labels_and_names_make_a_pack_like_any_other(format_name: str, tmp_path: Path) -> None:
    instrument = make_instrument(ODD_LABELS)
    numbers = {"velocities": 1, "round_robin": 1}
    for name in ("CON", "🥁/\\" + "x" * 300):
        out = place(tmp_path / f"{len(list(tmp_path.iterdir()))}", format_name)
        sample_map = pack_up(instrument, out, format_name, name=name, **numbers)
        assert len({take.stem.casefold() for take in sample_map.takes()}) == len(ODD_LABELS)
        for path in out.rglob("*"):
            assert path.name.isascii()
            assert len(path.name) < 100
            assert path.stem.casefold() not in ("con", "nul")


def test_odd_places_do(tmp_path: Path) -> None:
    for folder in ("with spaces", "🥁 kit", "ünï", "x" * 200):
        pack_up(make_instrument(KIT[:1]), tmp_path / folder, "sfz", velocities=1, round_robin=1)
        assert (tmp_path / folder / "Test.sfz").is_file()


def test_no_cell_of_the_table_is_a_formula(tmp_path: Path) -> None:
    labels = tuple(Label(name=name) for name in ("=cmd|' /C calc'!A0", "+1", "-1", "@x", "kick"))
    pack_up(make_instrument(labels), tmp_path / "x", "wav", velocities=1, round_robin=1)
    with (tmp_path / "x" / "sounds.csv").open(newline="", encoding="utf-8") as file:
        told = {row["label"] for row in csv.DictReader(file)}
    assert told == {"'=cmd|' /C calc'!A0", "'+1", "'-1", "'@x", "kick"}


def test_the_table_of_a_folder_tells_what_each_of_its_files_is(tmp_path: Path) -> None:
    instrument = make_instrument((*KIT, *ORGAN), takes_db=0.1)
    sample_map = pack_up(instrument, tmp_path / "x", "wav", rate=48_000, bits="16")
    with (tmp_path / "x" / "sounds.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    files = {p.relative_to(tmp_path / "x").as_posix() for p in (tmp_path / "x").rglob("*.wav")}
    assert {row["file"] for row in rows} == files
    assert len(rows) == len(list(sample_map.takes()))
    for row in rows:
        with soundfile.SoundFile(tmp_path / "x" / row["file"]) as sound:
            assert (sound.samplerate, sound.subtype, sound.channels) == (48_000, "PCM_16", 2)
            assert f"seed {row['seed']}" in sound.comment
            assert sound.album == "Test"
            audio = sound.read()
        assert float(row["seconds"]) == pytest.approx(len(audio) / 48_000, abs=1e-3)
        assert float(row["peak_db"]) == pytest.approx(20 * np.log10(np.abs(audio).max()), abs=0.05)
        assert (row["loop_last"] != "") == (row["label"] == "organ")


def test_takes_are_the_instruments_own_sounds(tmp_path: Path) -> None:
    instrument = make_instrument(TONES)
    sample_map = pack_up(instrument, tmp_path / "x", "wav", note_step=12)
    for take in list(sample_map.takes())[:4]:
        audio, _ = soundfile.read(tmp_path / "x" / take.folder / f"{take.stem}.wav")
        own = instrument.render(
            label=take.label, note=take.note, velocity=take.velocity, wildness=0.5, seed=take.seed
        )
        assert audio == pytest.approx(own, abs=2**-22)


@pytest.mark.parametrize("format_name", SAMPLER_FORMATS)
def test_a_disk_that_is_full_leaves_nothing_and_is_told_in_its_words(
    format_name: str, tmp_path: Path
) -> None:
    """A limit on file sizes stands in for the full disk: both refuse the write half way."""
    out = place(tmp_path, format_name)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            pack_up(make_instrument(KIT[:1]), out, format_name)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.filename == str(out)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("format_name", SAMPLER_FORMATS)
def test_a_place_that_may_not_be_written_to_is_told_by_its_name(
    format_name: str, tmp_path: Path
) -> None:
    tmp_path.chmod(0o500)
    out = place(tmp_path, format_name)
    with pytest.raises(PermissionError) as caught:
        pack_up(make_instrument(KIT[:1]), out, format_name)
    assert caught.value.filename == str(out)


def test_a_folder_on_something_that_cannot_be_written_to_is_told_by_its_name() -> None:
    with pytest.raises(OSError, match="/proc/pack"):
        pack_up(make_instrument(KIT[:1]), Path("/proc/pack"), "sfz")


def cut_short(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def name_another(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"kick", b"kock"))


@pytest.mark.parametrize(
    ("format_name", "map_name"),
    [("sfz", "Test.sfz"), ("decent", "Test.dspreset"), ("wav", "sounds.csv")],
)
@pytest.mark.parametrize("what", ["a sound", "a map"])
def test_a_pack_that_cannot_be_read_again_replaces_nothing(
    format_name: str, map_name: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instrument = make_instrument(KIT[:2])
    pack_up(instrument, tmp_path / "x", format_name)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    written = SAMPLER_FORMATS[format_name]

    def write_badly(pack: Pack, folder: Path) -> None:
        written.write(pack, folder)
        if what == "a map":
            name_another(folder / map_name)
        else:
            cut_short(next(iter(pack.rendered.values())).path)

    bad = replace(written, write=write_badly)
    monkeypatch.setitem(SAMPLER_FORMATS, format_name, bad)
    with pytest.raises(MessinaError, match="could not be read again"):
        pack_up(instrument, tmp_path / "x", format_name, force=True)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("format_name", ["sfz", "hydrogen"])
def test_who_is_killed_leaves_what_the_next_export_clears(format_name: str, tmp_path: Path) -> None:
    make_instrument(KIT).save(tmp_path / "kit.messina")
    (tmp_path / "packs").mkdir()
    out = place(tmp_path / "packs", format_name)
    words = ["export", tmp_path / "kit.messina", "--to", format_name, "-o", out]
    program = [sys.executable, "-m", "messina", *map(str, words)]
    running = subprocess.Popen([*program, "--round-robin", "14"], stderr=subprocess.DEVNULL)
    while not any((tmp_path / "packs").rglob("*.wav")):
        time.sleep(0.01)
        assert running.poll() is None
    running.kill()
    running.wait()
    assert [path.name for path in (tmp_path / "packs").iterdir()] != [out.name]
    subprocess.run([*program, "--velocities", "1"], check=True, capture_output=True)
    assert [path.name for path in (tmp_path / "packs").iterdir()] == [out.name]


def watch_processes(
    monkeypatch: pytest.MonkeyPatch, *, most_ended: int
) -> tuple[list[ChildProcess], threading.Event]:
    """Ends so many of the processes that are started, each as soon as it is there."""
    started: list[ChildProcess] = []
    over = threading.Event()

    class Watched(ChildProcess):
        def __init__(self, *words: str) -> None:
            super().__init__(*words)
            started.append(self)

    def end_them() -> None:
        ended = 0
        while ended < most_ended and not over.is_set():
            if ended < len(started):
                os.kill(started[ended].process_id, signal.SIGKILL)
                ended += 1
            time.sleep(0.005)

    monkeypatch.setattr(process_pool, "ChildProcess", Watched)
    threading.Thread(target=end_them).start()
    return started, over


def test_a_process_that_is_ended_is_replaced_and_the_pack_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instrument = make_instrument(KIT[:2])
    pack_up(instrument, tmp_path / "undisturbed", "sfz", workers=1)
    started, over = watch_processes(monkeypatch, most_ended=1)
    pack_up(instrument, tmp_path / "x", "sfz", workers=1)
    over.set()
    assert len(started) == 2
    for path in (tmp_path / "undisturbed").rglob("*.wav"):
        again = tmp_path / "x" / path.relative_to(tmp_path / "undisturbed")
        assert again.read_bytes() == path.read_bytes()


def test_processes_that_are_always_ended_end_the_export_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, over = watch_processes(monkeypatch, most_ended=100)
    with pytest.raises(MessinaError, match=r"processes was ended twice \(by signal 9\)"):
        pack_up(make_instrument(KIT), tmp_path / "x", "sfz", round_robin=6)
    over.set()
    assert list(tmp_path.iterdir()) == []


def test_a_script_without_a_main_guard_can_export(tmp_path: Path) -> None:
    make_instrument(KIT[:1]).save(tmp_path / "kit.messina")
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from messina.export.packs import export_pack\n"
        "from messina.export.sample_map import PackConfig\n"
        "from messina.export.rendering import AudioFormat\n"
        "from messina.instrument import Instrument\n"
        "print('started')\n"
        f"instrument = Instrument.load({str(tmp_path / 'kit.messina')!r})\n"
        f"export_pack(instrument, Path({str(tmp_path / 'out')!r}), format_name='sfz', name='x',\n"
        "            config=PackConfig(), audio_format=AudioFormat())\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout == "started\n"
    assert (tmp_path / "out" / "x.sfz").is_file()
