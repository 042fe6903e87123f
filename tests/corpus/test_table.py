"""The table as users leave it, and as it is written."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messina.corpus.sound import LeftOut, Sound
from messina.corpus.table import COLUMNS, correct_table, read_cells, read_table, write_table
from messina.errors import CorpusError


def _sound(name: str = "kick.wav", label: str = "kick", **others: object) -> Sound:
    values: dict[str, object] = {
        "name": name,
        "audio": np.zeros((4410, 1), np.float32),
        "label": label,
        "note": None,
        "velocity": None,
        "pitch_hz": None,
        "loudness_db": -12.34,
        "brightness_hz": 123.4,
        "decay_s": 0.5,
        "held_out": False,
        "digest": "0" * 32,
    }
    return Sound(**(values | others))  # type: ignore[arg-type]


def _read(tmp_path: Path, text: str, encoding: str = "utf-8") -> dict[str, object]:
    path = tmp_path / "corpus.csv"
    path.write_bytes(text.encode(encoding))
    return dict(read_table(path).rows)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    sounds = [
        _sound("a.wav", "Tom1", note=60.0, velocity=90.0, pitch_hz=261.6, held_out=True),
        _sound('b c/ü 🥁, "x".wav', "hihat closed", note=61.25),
    ]
    write_table(path, sounds, [LeftOut(name="bad.wav", reason="silent")])
    rows = read_table(path).rows
    assert (rows["a.wav"].label, rows["a.wav"].note, rows["a.wav"].velocity) == ("Tom1", 60, 90)
    assert (rows["a.wav"].use, rows["a.wav"].held_out) == (True, True)
    assert rows['b c/ü 🥁, "x".wav'].note == 61.25
    assert rows['b c/ü 🥁, "x".wav'].velocity is None
    assert rows["bad.wav"].use is None  # it may be mended meanwhile


def test_the_columns_are_those_that_are_promised(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    write_table(path, [_sound()], [])
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["length_s"] == "0.100"


def test_only_tables_with_other_letters_carry_the_mark_that_excel_needs(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    write_table(path, [_sound()], [])
    assert path.read_bytes().startswith(b"file,")
    write_table(path, [_sound("ü.wav")], [])
    assert path.read_bytes().startswith(b"\xef\xbb\xbffile,")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("file,note,velocity\nä.wav,60.5,90\n", "utf-8"),
        ("file;note;velocity\r\nä.wav;60,5;90\r\n", "utf-8-sig"),
        ("file\tnote\tvelocity\nä.wav\t60.5\t90\n", "utf-16"),
        ("sep=;\nfile;note;velocity\nä.wav;60,5;90\n", "cp1252"),
        ('File , NOTE,velocity,\n"ä.wav" ,60.5,90,\n\n,,,\n', "cp1252"),
    ],
    ids=["plain", "semicolons", "tabs", "excel", "untidy"],
)
def test_tables_as_spreadsheets_save_them(tmp_path: Path, text: str, encoding: str) -> None:
    row = _read(tmp_path, text, encoding)["ä.wav"]
    assert (row.note, row.velocity) == (60.5, 90)  # type: ignore[attr-defined]


def test_only_the_columns_that_are_there_count(tmp_path: Path) -> None:
    row = _read(tmp_path, "file,label\nkick.wav,Bass Drum\n")["kick.wav"]
    assert row.columns == {"file", "label"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("cell", "note"), [("60", 60), ("C4", 60), ("c#4", 61), ("", None), ("-", None), ("61,5", 61.5)]
)
def test_notes_may_be_numbers_or_names(tmp_path: Path, cell: str, note: float | None) -> None:
    row = _read(tmp_path, f'file;note\nkick.wav;"{cell}"\n')["kick.wav"]
    assert row.note == note  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,note\na.wav,Z9\n", r"line 2, column note: 'Z9'; 0 to 127, a name such as C#4"),
        ("file,note\na.wav,60\nb.wav,128\n", r"line 3, column note: '128'"),
        ("file,note\na.wav,nan\n", r"line 2, column note: 'nan'"),
        ("file,note\na.wav,1e2\n", r"line 2, column note: '1e2'; 0 to 127"),
        ("file,velocity\na.wav,1_00\n", r"line 2, column velocity: '1_00'; 1 to 127"),
        ("file,velocity\na.wav,0\n", r"line 2, column velocity: '0'; 1 to 127"),
        ("file,velocity\na.wav,loud\n", r"line 2, column velocity: 'loud'"),
        ("file,use\na.wav,maybe\n", r"line 2, column use: 'maybe'; yes, no"),
        ("file,held_out\na.wav,2\n", r"line 2, column held_out: '2'; yes, no"),
        ("file,use\n,yes\n", r"line 2, column file: ''"),
        ("file,use\na.wav,yes\na.wav,no\n", r"line 3: a.wav is already in the table"),
        ("name,use\na.wav,yes\n", r"no column 'file'"),
        ("", r"no column 'file'"),
        ("file,use,use\na.wav,yes,no\n", r"column 'use' is there twice"),
        ("file,note\na.wav,60,5\n", r"line 2: 3 cells for 2 columns"),
    ],
)
def test_an_odd_cell_is_named_with_what_is_allowed(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        _read(tmp_path, text)


@pytest.mark.parametrize("data", [b"PK\x03\x04\x00\x00rest", b"\xff\xfe\x00", b"\x00" * 50])
def test_a_workbook_or_rubbish_is_one_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "corpus.csv"
    path.write_bytes(data)
    with pytest.raises(CorpusError, match=r"corpus\.csv"):
        read_table(path)


def test_columns_of_ones_own_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    path.write_text("file,Mood,use\nkick.wav,dark,yes\nbad.wav,lost,no\n")
    previous = read_table(path)
    write_table(
        path,
        [_sound(), _sound("new.wav")],
        [LeftOut(name="bad.wav", reason="x")],
        previous=previous,
    )
    rows = read_table(path).rows
    assert rows["kick.wav"].extras == {"Mood": "dark"}
    assert rows["new.wav"].extras == {"Mood": ""}
    assert rows["bad.wav"].extras == {"Mood": "lost"}
    assert rows["bad.wav"].use is False  # the wish stays a wish


def test_what_a_spreadsheet_would_run_is_made_text(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    write_table(path, [_sound("=cmd.wav", "@SUM(A1)"), _sound("-kick.wav", "+1")], [])
    with path.open(newline="", encoding="utf-8") as file:
        cells = [cell for row in list(csv.reader(file))[1:] for cell in row]
    numbers = {"-12.3"}
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells if cell not in numbers)
    rows = read_table(path).rows
    assert rows["=cmd.wav"].label == "@SUM(A1)"
    assert rows["-kick.wav"].label == "+1"


_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=20
).filter(lambda text: text == " ".join(text.split()))


@settings(max_examples=60)
@given(name=_TEXT, label=_TEXT, note=st.none() | st.integers(0, 12_700).map(lambda n: n / 100))
def test_any_name_and_label_survive_the_table(
    tmp_path_factory: pytest.TempPathFactory, name: str, label: str, note: float | None
) -> None:
    path = tmp_path_factory.mktemp("table") / "corpus.csv"
    write_table(path, [_sound(name, label, note=note)], [])
    row = read_table(path).rows[name]
    assert (row.label, row.note) == (label, note)


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("table") / "corpus.csv"
    path.write_bytes(b"file,note\n" + data)
    message = ""
    try:
        read_table(path)
    except CorpusError as error:
        message = str(error)
    assert "\n" not in message


def test_where_values_come_from_is_written_and_not_read(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    write_table(path, [_sound(note=60.0, source="note: name and sound (sure)")], [])
    with path.open(newline="", encoding="utf-8") as file:
        assert next(csv.DictReader(file))["source"] == "note: name and sound (sure)"
    table = read_table(path)
    assert table.extra_columns == ()
    assert table.rows["kick.wav"].extras == {}


def test_a_table_without_that_column_is_read_as_before(tmp_path: Path) -> None:
    rows = _read(tmp_path, "file,use,label,note,held_out,reason\na.wav,yes,harp,60,no,\n")
    assert rows["a.wav"].note == 60  # type: ignore[attr-defined]


def test_corrections_change_their_cells_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    path.write_text("file;label;mine\na.wav;kick;=1\nb.wav;snare;2\n", encoding="utf-8")
    correct_table(path, {"b.wav": {"label": "rim, shot"}})
    assert read_cells(path) == [
        {"file": "a.wav", "label": "kick", "mine": "=1"},
        {"file": "b.wav", "label": "rim, shot", "mine": "2"},
    ]
    correct_table(path, {"a.wav": {"label": "=HYPERLINK(1)"}})
    assert "'=HYPERLINK(1)" in path.read_text(encoding="utf-8")
    assert read_cells(path)[0]["label"] == "=HYPERLINK(1)"


@pytest.mark.parametrize(
    ("name", "cells", "message"),
    [
        ("c.wav", {"label": "kick"}, "c.wav: not among the sounds"),
        ("a.wav", {"note": "loud"}, "column note: 'loud'"),
        ("a.wav", {"decay": "1"}, "no column 'decay'"),
    ],
)
def test_an_odd_correction_changes_nothing(
    tmp_path: Path, name: str, cells: dict[str, str], message: str
) -> None:
    path = tmp_path / "corpus.csv"
    path.write_text("file,label,note\na.wav,kick,\n", encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(CorpusError, match=message):
        correct_table(path, {name: cells})
    assert path.read_bytes() == before
