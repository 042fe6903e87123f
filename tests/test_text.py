from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messina.text import on_screen, printable, seen_in_json, well_formed

ANY_TEXT = st.text(st.characters())  # lone surrogates too
"""What a name may hold, bytes that are no UTF-8 among it."""

ACTING = ("\x1b]0;owned\x07", "\x9b2J", "\r\n", "\x08", "\u202e", "\u2066", "\u2028", "\ufeff",
          "\U000e0041", "\udce4", "\ud800")  # fmt: skip


def acts(character: str) -> bool:
    """Whether a terminal does something with it instead of showing it, joiners of letters aside."""
    kind = unicodedata.category(character)
    return kind in ("Cc", "Cs", "Zl", "Zp") or (kind == "Cf" and character not in "\u200c\u200d")


@given(ANY_TEXT)
def test_on_a_screen_any_text_is_one_line_that_only_shows(text: str) -> None:
    line = on_screen(text)
    assert not any(map(acts, line))
    line.encode("utf-8")


@pytest.mark.parametrize("acting", ACTING)
def test_what_would_act_is_still_told_from_what_lacks_it(acting: str) -> None:
    assert on_screen(f"kick{acting}.wav") not in ("kick.wav", f"kick{acting}.wav")


@pytest.mark.parametrize(
    "name", ["kick 01.wav", "Trommel ä 🥁", "太鼓", "कि‍क", "C:\\samples\\kick", "  two"]
)
def test_names_as_people_give_them_are_left_alone(name: str) -> None:
    assert on_screen(name) == well_formed(name) == name
    assert seen_in_json(json.dumps([name], ensure_ascii=False)) == json.dumps(
        [name], ensure_ascii=False
    )


def test_bytes_that_are_no_utf8_are_spelt_by_their_value() -> None:
    name = b"Kl\xe4nge \xff".decode("utf-8", "surrogateescape")
    assert on_screen(name) == well_formed(name) == r"Kl\xe4nge \xff"


def test_a_line_has_an_end_and_both_of_its_ends_are_kept() -> None:
    line = on_screen("a" + "x" * 1_000_000 + "b.wav", longest=80)
    assert len(line) == 80
    assert line.startswith("ax")
    assert line.endswith("xb.wav")


def test_a_letter_has_a_few_accents_not_hundreds() -> None:
    assert on_screen("Z" + "\u0301" * 500) == "Z" + "\u0301" * 8
    assert on_screen("e\u0301\u0323") == "e\u0301\u0323"


@given(st.recursive(ANY_TEXT.map(well_formed), lambda inner: st.lists(inner, max_size=3)))
def test_json_that_only_shows_says_the_same(value: object) -> None:
    shown = seen_in_json(json.dumps(value, ensure_ascii=False, indent=1))
    assert not any(acts(c) for c in shown if c != "\n")
    assert json.loads(shown) == value


@given(ANY_TEXT)
def test_printable_text_is_one_line_that_can_be_encoded(text: str) -> None:
    line = printable(text)
    assert not any(map(acts, line))
    line.encode("utf-8")
