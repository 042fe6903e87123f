"""The page of the blind test: one HTML file, with all its sounds, that works without a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from messina.atomic import replacing
from messina.errors import MessinaError
from messina.report.blind import FORMAT, Trial
from messina.report.clips import Clips
from messina.report.markup import element, joined, render, script_json
from messina.report.page import document

__all__ = ["blind_page", "write_blind_page"]

ROOM_BYTES: Final = 24_000_000
"""Of the HTML file for all sounds together: a test has to be whole."""
LONGEST_S: Final = 3.0

_SIDES: Final = ("first", "second")
_SHOWN: Final = (("first", "←", "ArrowLeft", "1"), ("second", "→", "ArrowRight", "2"))
"""Sides, their keys: what plays each, as shown and as browsers call it, and what chooses it."""


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
    data = element("script", script_json(told), of={"type": "application/json", "id": "trials"})
    name = Path(instrument).stem
    about = (
        f"{len(trials)} pairs of a recording and a sound that {name} made anew, equally loud. "
        "Listen to both as often as you like, with headphones if you can. Guess where you "
        "cannot tell: it is what the test is about."
    )
    top = render("top.html", title="Which is the recording?", lines=[about])
    desk = render("blind.html", sides=_SHOWN)
    body = joined([top, desk, clips.html(hidden=True), data])
    return document(f"{name}: which is the recording?", body, script="blind.js")


def _marks(places: Sequence[int], seed: int) -> list[int]:
    """Which is which, not to be read in passing: the parity of the bits of a number."""
    rng = np.random.default_rng((seed, len(places)))
    marks = []
    for place in places:
        mark = int(rng.integers(1 << 16, 1 << 31))
        marks.append(mark if mark.bit_count() % 2 == place else mark ^ 1)
    return marks
