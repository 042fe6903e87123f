"""Notes as people spell them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messina.corpus.spelling import note_readings, pitch_classes

_ENGLISH = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_GERMAN = ("C", "Cis", "D", "Es", "E", "F", "Fis", "G", "As", "A", "B", "H")
_SOLFEGE = ("Do", "Do#", "Re", "Mib", "Mi", "Fa", "Fa#", "Sol", "Sol#", "La", "Sib", "Si")


@given(st.integers(0, 127), st.booleans())
def test_every_note_survives_being_named_in_every_language(note: int, lower: bool) -> None:
    for language, names in (("english", _ENGLISH), ("german", _GERMAN), ("solfege", _SOLFEGE)):
        text = f"{names[note % 12]}{note // 12 - 1}"
        assert note_readings(text.lower() if lower else text)[language] == note


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("As4", {"english": 70, "german": 68}),
        ("B3", {"english": 59, "german": 58}),
        ("H3", {"german": 59}),
        ("Cis4", {"german": 61}),
        ("Db4", {"english": 61}),
        ("E♭4", {"english": 63}),
        ("Ｃ＃４", {"english": 61}),
        ("Ré3", {"solfege": 50}),
        ("ファ4", {"solfege": 65}),
        ("kick4", {}),
        ("C", {}),
        ("", {}),
    ],
)
def test_a_spelling_is_read_in_every_language_that_knows_it(
    text: str, readings: dict[str, int]
) -> None:
    assert note_readings(text) == readings


@given(st.text(max_size=12))
def test_any_text_names_possible_notes_or_none(text: str) -> None:
    assert all(0 <= note <= 127 for note in note_readings(text).values())
    assert all(0 <= note < 12 for note in pitch_classes(text).values())
