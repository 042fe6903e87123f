"""The page of the blind test: one HTML file, with all its sounds, that works without a network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from messina.atomic import replacing
from messina.errors import MessinaError
from messina.report.blind import FORMAT, Trial
from messina.report.clips import Clips
from messina.report.markup import Html, element, joined
from messina.report.page import document

__all__ = ["blind_page", "write_blind_page"]

ROOM_BYTES: Final = 24_000_000
"""Of the HTML file for all sounds together: a test has to be whole."""
LONGEST_S: Final = 3.0

_SIDES: Final = ("first", "second")


def write_blind_page(
    trials: Sequence[Trial], path: Path, *, instrument: str, digest: str, seed: int
) -> None:
    """Write the page to `path`; instrument: the name of its file, digest: of its file."""
    text = blind_page(trials, instrument=instrument, digest=digest, seed=seed)
    with replacing(path) as aside:
        aside.write_text(text, encoding="utf-8", errors="backslashreplace")


def blind_page(trials: Sequence[Trial], *, instrument: str, digest: str, seed: int) -> str:
    """The whole page as HTML. Raises MessinaError when the sounds are too large for a page."""
    clips = Clips(budget_bytes=ROOM_BYTES, longest_s=LONGEST_S)
    for number, trial in enumerate(trials, 1):
        for side, audio in zip(_SIDES, trial.sounds, strict=True):
            clips.add(f"{number} {side}", audio, f"{number}, {side}")
    if clips.left_out:
        raise MessinaError("the sounds of a blind test are too large for a page")
    told = {
        "format": FORMAT,
        "instrument": instrument,
        "digest": digest,
        "seed": seed,
        "labels": [trial.label for trial in trials],
        "marks": _marks([trial.real for trial in trials], seed),
    }
    data = element(
        "script",
        Html(json.dumps(told).replace("<", "\\u003c")),
        of={"type": "application/json", "id": "trials"},
    )
    name = Path(instrument).stem
    head = element(
        "header",
        element("h1", "Which is the recording?"),
        element(
            "p",
            f"{len(trials)} pairs of a recording and a sound that {name} made anew, equally loud. "
            "Listen to both as often as you like, with headphones if you can. Guess where you "
            "cannot tell: it is what the test is about.",
        ),
        of={"class": "top"},
    )
    sounds = element("section", clips.html(), of={"id": "sounds", "hidden": ""})
    body = joined([head, _desk(), _end(), sounds, data])
    return document(f"{name}: which is the recording?", body, script="blind.js")


def _desk() -> Html:
    """Where the two sounds are heard and one is chosen."""
    sides = [
        element(
            "div",
            _button(f"play-{side}", f"Play the {side}", play),
            _button(f"choose-{side}", f"The {side} is the recording", choose),
            of={"class": "side"},
        )
        for side, play, choose in zip(_SIDES, ("←", "→"), ("1", "2"), strict=True)
    ]
    return element(
        "section",
        element("p", of={"id": "at", "class": "about", "aria-live": "polite"}),
        element("div", *sides, of={"class": "sides"}),
        element(
            "p", "Keys: ← and → play, 1 and 2 choose, once both were heard.", of={"class": "note"}
        ),
        element("noscript", "This test needs scripts, which are switched off."),
        of={"id": "desk", "class": "desk"},
    )


def _button(identifier: str, text: str, key: str) -> Html:
    return element(
        "button",
        text,
        element("kbd", key),
        of={"type": "button", "id": identifier, "aria-keyshortcuts": _KEYS.get(key, key)},
    )


_KEYS: Final = {"←": "ArrowLeft", "→": "ArrowRight"}


def _end() -> Html:
    return element(
        "section",
        element("h2", of={"id": "result", "tabindex": "-1"}),
        element("p", of={"id": "meaning"}),
        element("p", element("a", "Save the answers", of={"id": "save", "href": "#"})),
        element(
            "p",
            "messina evaluate INSTRUMENT --heard answers.json puts them into the report.",
            of={"class": "note"},
        ),
        element("ol", of={"id": "each"}),
        of={"id": "end", "class": "desk", "hidden": ""},
    )


def _marks(places: Sequence[int], seed: int) -> list[int]:
    """Which is which, not to be read in passing: the parity of the bits of a number."""
    rng = np.random.default_rng((seed, len(places)))
    marks = []
    for place in places:
        mark = int(rng.integers(1 << 16, 1 << 31))
        marks.append(mark if mark.bit_count() % 2 == place else mark ^ 1)
    return marks
