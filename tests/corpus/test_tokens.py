"""Single names taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messina.corpus.tokens import parse_note_name, tokenise


def _kinds(stem: str) -> list[tuple[str, str, int | None]]:
    return [(token.kind, token.text, token.value) for token in tokenise(stem)]


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("C4", 60), ("c4", 60), ("A4", 69), ("C#4", 61), ("Db4", 61), ("Bb3", 58), ("Cs4", 61),
        ("C-1", 0), ("A0", 21), ("C8", 108), ("G9", 127), ("B#3", 60), ("F♯2", 42),
        ("H4", None), ("C", None), ("C44", None), ("CB2", None), ("A9", None), ("", None),
        ("Cb-1", None),
    ],
)  # fmt: skip
def test_note_names_are_read_with_c4_as_60(name: str, note: int | None) -> None:
    assert parse_note_name(name) == note


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("Snare-Softest", [("word", "Snare", None), ("dynamics", "Softest", None)]),
        ("kick_rr2", [("word", "kick", None), ("round_robin", "rr2", 2)]),
        (
            "marimba_C4_v90",
            [("word", "marimba", None), ("note", "C4", 60), ("velocity", "v90", 90)],
        ),
        ("A#4v12", [("note", "A#4", 70), ("velocity", "v12", 12)]),
        ("PearlTom1-Hard", [("word", "PearlTom", 1), ("dynamics", "Hard", None)]),
        ("KickHard", [("word", "Kick", None), ("dynamics", "Hard", None)]),
        ("soft2", [("dynamics", "soft", 2)]),
        ("vel 90", [("velocity", "vel 90", 90)]),
        ("Take 3", [("round_robin", "Take 3", 3)]),
        ("kick #3", [("word", "kick", None), ("round_robin", "#3", 3)]),
        ("101450__menegass__tomh", [("word", "tomh", None)]),
        ("pad 120bpm 24bit 44100", [("word", "pad", None)]),
        ("snare - Copy (2)", [("word", "snare", None), ("number", "2", 2)]),
        ("snare – Kopie", [("word", "snare", None)]),
        ("kick 3 copy", [("word", "kick", None), ("number", "3", 3)]),
        ("Kopie von kick", [("word", "kick", None)]),
        ("copycat", [("word", "copycat", None)]),
        ("crash16i", [("word", "crash16i", None)]),
        ("🥁 big", [("word", "🥁", None), ("word", "big", None)]),
        ("", []),
        (" - _", []),
    ],
)
def test_tokens_of_a_name(stem: str, expected: list[tuple[str, str, int | None]]) -> None:
    assert _kinds(stem) == expected


@given(st.text(max_size=80))
def test_any_text_can_be_taken_apart(stem: str) -> None:
    for token in tokenise(stem):
        assert token.written
        assert token.kind != "velocity" or token.value is not None


@given(st.integers(0, 127))
def test_every_note_survives_being_named(note: int) -> None:
    names = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
    assert parse_note_name(f"{names[note % 12]}{note // 12 - 1}") == note
