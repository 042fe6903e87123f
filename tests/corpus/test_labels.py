"""Labels: drums among them, spellings, families."""

from __future__ import annotations

import pytest

from messina.corpus.labels import coarsen, is_drum, join_words, unify_spelling
from messina.corpus.tokens import Token, tokenise


def _words(*labels: str) -> list[list[Token]]:
    return [tokenise(label) for label in labels]


@pytest.mark.parametrize(
    ("label", "drum"),
    [
        ("Snare", True), ("bd", True), ("BD2", True), ("hh_p", True), ("PaisteRide", True),
        ("Floor Tom", True), ("marimba", False), ("kalimba", False), ("steel drum", False),
        ("bass", False), ("handbell", False), ("SN 4", True), ("sitar", False),
        ("floortom", True), ("HatClosed", True), ("openhat", True), ("closehihat", True),
        ("custom bass", False), ("bottom", False), ("chat", False), ("bride", False),
        ("tongue drum", False), ("SideStick", True), ("VP Hat Cl", True), ("", False),
    ],
)  # fmt: skip
def test_drums_are_known_by_their_names(label: str, drum: bool) -> None:
    assert is_drum(label) is drum


def test_separators_are_kept_in_their_plainest_form() -> None:
    assert [join_words(words) for words in _words("a_b", "a - b", "a  (b)", "a..b")] == [
        "a_b",
        "a-b",
        "a b",
        "a b",
    ]


def test_the_most_used_spelling_wins() -> None:
    spelt = unify_spelling(_words("Hi-Hat", "hihat", "hihat", "snare"))
    assert [join_words(words) for words in spelt] == ["hihat", "hihat", "hihat", "snare"]


def test_few_single_labels_stay_as_they_are() -> None:
    labels = _words(*[f"bd_{letter}" for letter in "abcdefgh"])
    assert coarsen(labels, [("", [])] * len(labels)) == labels


def test_a_family_that_is_everything_is_no_family() -> None:
    labels = _words(*[f"pack_{a}{b}" for a in "abcdefg" for b in "vwxyz"])
    assert coarsen(labels, [("", [])] * len(labels)) == labels
