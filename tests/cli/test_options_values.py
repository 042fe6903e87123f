from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messina.cli.options import note, number, output_file, whole


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *[("C4", 60), ("c4", 60), ("d#3", 51), ("Eb3", 51), ("bb2", 46), ("B2", 47), ("C-1", 0)],
        *[("A4", 69), ("G9", 127), ("fs2", 42), ("60", 60), ("60.25", 60.25), (" c4 ", 60)],
    ],
)
def test_notes_are_numbers_or_names(text: str, expected: float) -> None:
    assert note(text) == expected


@pytest.mark.parametrize(
    "text", ["H4", "C", "", "-1", "128", "nan", "inf", "1e2", "1_0", "G#9", "Cb-1", "C44"]
)
def test_what_is_not_a_note_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="0 to 127 and names such as C4"):
        note(text)


@given(st.text(max_size=6))
def test_no_text_makes_the_note_reader_fail_otherwise(text: str) -> None:
    with contextlib.suppress(argparse.ArgumentTypeError):
        assert 0 <= note(text) <= 127


@pytest.mark.parametrize("text", ["-0.1", "2.1", "nan", "inf", "two", ""])
def test_numbers_out_of_range_are_refused_with_the_range(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="allowed is 0 to 2"):
        number(0, 2)(text)


def test_both_ends_of_a_range_belong_to_it_unless_said_otherwise() -> None:
    assert [number(0, 2)(text) for text in ("0", "2", "1e-3")] == [0, 2, 0.001]
    with pytest.raises(argparse.ArgumentTypeError, match="more than 0, at most 9 minutes"):
        number(0, 9, unit=" minutes", above_low=True)("0")


@pytest.mark.parametrize("text", ["0", "11", "1.5", "many"])
def test_whole_numbers_are_whole_and_in_range(text: str) -> None:
    assert whole(1, 10)("10") == 10
    with pytest.raises(argparse.ArgumentTypeError, match="whole numbers from 1 to 10"):
        whole(1, 10)(text)


def test_an_output_without_ending_is_given_one_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    read = output_file(".messina")
    assert read("kit") == Path("kit.messina")
    assert read("a/Kit.MESSINA") == Path("a/Kit.MESSINA")
    with pytest.raises(argparse.ArgumentTypeError, match=r"does not end in \.messina"):
        read("kit.wav")
    with pytest.raises(argparse.ArgumentTypeError, match="is a folder"):
        read(str(tmp_path))
