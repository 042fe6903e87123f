"""A blind test for people: which of two sounds is the recording?

Every trial is a real sound and a new one asked for by its label, note and velocity, equally loud,
in an order that was drawn. What was answered comes back as a file (`read_answers`); the share of
right answers stands in the report with its interval.
Ref: Wilson (1927), Probable inference, the law of succession, and statistical inference.

Its page is one HTML file, with all its sounds, that works without a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from messina.atomic import replacing
from messina.corpus import Sound
from messina.errors import MessinaError
from messina.evaluation.signal_levels import loudest_db
from messina.instrument import Instrument
from messina.progress import Progress
from messina.report.markup import document, element, joined, render, script_json
from messina.report.playback import fresh
from messina.report.record import HeardRow, State
from messina.report.sound_players import Clips
from messina.report.subject import RealSounds

__all__ = [
    "TRIALS",
    "Answer",
    "Answers",
    "Trial",
    "added",
    "as_loud",
    "blind_page",
    "blind_trials",
    "heard_state",
    "heard_text",
    "read_answers",
    "wilson_interval",
    "write_blind_page",
]

Audio = NDArray[np.float32]

TRIALS: Final = 20
FORMAT: Final = "messina-blind"
LARGEST_BYTES: Final = 1_000_000
MOST_TRIALS: Final = 10_000

_PEAK: Final = 0.9
_Z: Final = 1.959964
"""Of the normal distribution, 95 % lie within so many standard deviations."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One trial of a blind test: two sounds [N, C], one of them real."""

    label: str
    sounds: tuple[Audio, Audio]
    real: Literal[0, 1]
    """Which of them."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A listener's answer to one trial."""

    label: Annotated[str, msgspec.Meta(max_length=1000)]
    right: bool


class Answers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All answers of one listener, as the page saves them."""

    format: Literal["messina-blind"]
    format_version: Literal[1]
    instrument: Annotated[str, msgspec.Meta(max_length=4096)]
    """The name of its file."""
    digest: Annotated[str, msgspec.Meta(max_length=128)]
    """Of its file."""
    seed: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
    right: Annotated[int, msgspec.Meta(ge=0, le=MOST_TRIALS)]
    answers: Annotated[tuple[Answer, ...], msgspec.Meta(min_length=1, max_length=MOST_TRIALS)]


def blind_trials(
    instrument: Instrument,
    real: RealSounds,
    *,
    seed: int,
    count: int = TRIALS,
    progress: Progress | None = None,
) -> list[Trial]:
    """Pairs of a real and a new sound; where there are fewer real ones, they come again."""
    rng = np.random.default_rng(seed)
    order = _spread(real.sounds, rng)
    trials = []
    for index in range(count):
        sound = real.sounds[order[index % len(order)]]
        pair = as_loud(sound.audio, fresh(instrument, sound, seed + index))
        place: Literal[0, 1] = 1 if rng.random() < 0.5 else 0
        trials.append(
            Trial(label=_title(sound), sounds=pair if place == 0 else pair[::-1], real=place)
        )
        if progress is not None:
            progress("preparing the blind test", index + 1, count)
    return trials


def _spread(sounds: Sequence[Sound], rng: np.random.Generator) -> list[int]:
    """All sounds in a drawn order, a label as seldom twice in a row as can be."""
    left: dict[str, list[int]] = {}
    for row in rng.permutation(len(sounds)):
        left.setdefault(sounds[row].label, []).append(int(row))
    order: list[int] = []
    while any(left.values()):
        order += [rows.pop() for rows in left.values() if rows]
    return order


def _title(sound: Sound) -> str:
    return sound.label if sound.note is None else f"{sound.label}, note {sound.note:g}"


def as_loud(first: Audio, second: Audio) -> tuple[Audio, Audio]:
    """Both sounds [N, C] at one loudness of their loudest 50 ms, with headroom for peaks."""
    levels = [10.0 ** (loudest_db(audio.mean(axis=-1)) / 20.0) for audio in (first, second)]
    peaks = [float(np.abs(audio).max(initial=0.0)) for audio in (first, second)]
    room = min(_PEAK * level / peak for level, peak in zip(levels, peaks, strict=True) if peak > 0)
    a, b = (
        np.asarray(audio * (room / level), np.float32)
        for audio, level in zip((first, second), levels, strict=True)
    )
    return a, b


def read_answers(path: Path, *, digest: str) -> Answers:
    """Reads the answers of one listener to the sounds of one instrument.

    Args:
        path: A file that the page of the blind test has saved.
        digest: Of the instrument's file.

    Returns:
        The answers.

    Raises:
        MessinaError: It cannot be read, is no such file, or is about another instrument.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise MessinaError(f"{path}: there is no such file") from None
    except OSError as error:
        raise MessinaError(f"{path}: {error.strerror or error}") from error
    if len(data) > LARGEST_BYTES:
        raise MessinaError(
            f"{path}: more than {LARGEST_BYTES // 1000} KB; "
            "name a file that the page of a blind test has saved"
        )
    try:
        answers = msgspec.json.decode(data, type=Answers)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MessinaError(
            f"{path}: not the answers to a blind test ({error}); "
            "name a file that the page of a blind test has saved"
        ) from error
    if answers.right != sum(answer.right for answer in answers.answers):
        raise MessinaError(f"{path}: {answers.right} right answers are said, but others are listed")
    if answers.digest != digest:
        raise MessinaError(
            f"{path}: these answers are about another instrument ({answers.instrument}); "
            "evaluate that one, or let this one be heard with `messina.blind_test`"
        )
    return answers


def added(all_answers: Sequence[Answers]) -> HeardRow:
    """Pools the answers of all listeners."""
    return HeardRow(
        listeners=len(all_answers),
        trials=sum(len(answers.answers) for answers in all_answers),
        right=sum(answers.right for answers in all_answers),
    )


def wilson_interval(right: int, trials: int) -> tuple[float, float]:
    """95 % confidence interval of a share of right answers.

    >>> low, high = wilson_interval(12, 20)
    >>> round(low, 3), round(high, 3)
    (0.387, 0.781)
    """
    if trials < 1:
        return 0.0, 1.0
    share, z2 = right / trials, _Z * _Z
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = _Z / (1 + z2 / trials) * np.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def heard_state(heard: HeardRow) -> State:
    """Good where the share of right answers is that of guessing, poor from four in five on."""
    if not heard.trials:
        return "unknown"
    low, _ = wilson_interval(heard.right, heard.trials)
    if low <= 0.5:
        return "good"
    return "poor" if heard.right >= 0.8 * heard.trials else "fair"


def heard_text(heard: HeardRow) -> str:
    """The share with its interval, in words; the page says the same at its end.

    >>> heard_text(HeardRow(listeners=1, trials=20, right=12))
    '12 of 20: that is what guessing gives (39 to 78 % with 95 % confidence)'
    """
    low, high = wilson_interval(heard.right, heard.trials)
    if low > 0.5:
        says = "more than guessing gives"
    elif high < 0.5:
        says = "they are told apart, but the new ones are taken for the recordings"
    else:
        says = "that is what guessing gives"
    interval = f"{100 * low:.0f} to {100 * high:.0f} % with 95 % confidence"
    return f"{heard.right} of {heard.trials}: {says} ({interval})"


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
        raise MessinaError(
            "the sounds of a blind test are too large for a page; take a folder of shorter ones"
        )
    answers = {
        "format": FORMAT,
        "instrument": instrument,
        "digest": digest,
        "seed": seed,
        "labels": [trial.label for trial in trials],
        "marks": _marks([trial.real for trial in trials], seed),
    }
    data = element("script", script_json(answers), of={"type": "application/json", "id": "trials"})
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
