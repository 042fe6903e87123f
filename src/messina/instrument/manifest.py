"""What an instrument file says of itself, as JSON: strict structs, checked when read. And what that
means in words: how well the instrument learnt its sounds.

The figure behind the words is the audible level error of each sound as the instrument keeps it:
what the model leaves between the sound's frames and what it makes of them. Played back, sounds of
drums, mallets, animals and speech with an error of 2.8, 3.1, 5.2 and 3.2 dB were 1.20, 1.26, 1.82
and 1.34 times as far from themselves (log-spectral distance) as through the frames alone. The
bounds are about 1.3 and 1.6 times.

What changes too much over time to be described by a latent alone is recognised by its frames, and
the sooner by a large error, too: none of 106 drums and 135 mallets departs from a steady course by
more than 4.4 dB, a third of 79 calls of animals and half of 18 spoken words do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import msgspec

from messina.instrument.controls import ControlScale
from messina.instrument.network import NetworkConfig
from messina.instrument.number_types import (
    Count,
    DecayS,
    Figure,
    FrequencyHz,
    LengthS,
    LevelDb,
    Minutes,
    Note,
    Seed,
    Velocity,
)
from messina.instrument.responses import Response

__all__ = [
    "LEARNT_SHARE",
    "HistoryRow",
    "LeftOutRow",
    "Manifest",
    "Outcome",
    "Quality",
    "Role",
    "SoundRow",
    "chosen_error_db",
    "outcome_of",
]


Role: TypeAlias = Literal["learnt", "validation", "held out"]


class SoundRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sound of the corpus, without its audio."""

    name: str
    label: str
    note: Note | None
    velocity: Velocity | None
    loudness_db: LevelDb
    brightness_hz: FrequencyHz
    decay_s: DecayS
    length_s: LengthS
    role: Role
    digest: str
    error_db: Figure | None = None
    """Audible level error of the sound as the instrument keeps it; None: it was not measured."""
    movement_db: Figure | None = None
    """How far its levels are from a steady course over time (`learning.validation.movement`)."""


class LeftOutRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file that was not used, and why."""

    name: str
    reason: str


LEARNT_SHARE: Final = 0.5
"""How much sounds that are learnt count where others are kept aside to choose weights by."""


class HistoryRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The state of learning at one moment; errors are audible level errors in dB."""

    step: Count
    learnt_db: Figure
    """Of sounds that are learnt."""
    validation_db: Figure | None
    """Of sounds kept aside; None: there are none."""

    @property
    def error_db(self) -> float:
        """The error that weights are chosen by, and that is reported: mean of both."""
        if self.validation_db is None:
            return self.learnt_db
        return LEARNT_SHARE * self.learnt_db + (1.0 - LEARNT_SHARE) * self.validation_db


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything in an instrument but its arrays."""

    program: str
    """Version of the program that wrote it."""
    seed: Seed
    network: NetworkConfig
    scale: ControlScale
    responses: tuple[Response, ...]
    sounds: tuple[SoundRow, ...]
    left_out: tuple[LeftOutRow, ...]
    minutes: Minutes
    """Asked for, all runs together."""
    planned_steps: Count
    steps: Count
    """Steps of learning behind the weights in the file."""
    device: str
    history: tuple[HistoryRow, ...]
    previewed: tuple[Count, ...]
    """Indices of the sounds shown in the array `preview`."""
    fine_spectra: Count
    """How many fine spectra it keeps."""
    trajectory_rows: Count = 0
    """Rows of the trajectories of all sounds that move."""
    mono: bool = False
    """All sounds it was made from have one channel, so what it plays can be written as one."""


Quality: TypeAlias = Literal["good", "fair", "rough"]

_GOOD_DB: Final = 3.6
_FAIR_DB: Final = 4.6
_CHANGING_DB: Final = 4.4
_CHANGING_ROUGH_DB: Final = 3.5
"""The same for a sound that is learnt but roughly."""
_NAMED: Final = 4
_MEANT: Final[dict[Quality, str]] = {
    "good": "played back, sounds are close to themselves",
    "fair": "played back, sounds are recognised but not the same",
    "rough": "played back, sounds keep little more than their outline",
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How well the sounds of an instrument are learnt, for `info` and for the end of learning."""

    quality: Quality
    error_db: float
    labels: dict[Quality, list[str]]
    """Labels that are worse than the whole, the worst first."""
    changing: list[str]
    """Names of sounds that change too much to be described by a latent alone, the worst first."""
    sounds: int

    @property
    def lines(self) -> list[str]:
        """The outcome in sentences."""
        off = f"their levels are off by {self.error_db:.1f} dB, where they are heard"
        lines = [f"{self.quality}: {_MEANT[self.quality]} ({off})"]
        for quality, labels in self.labels.items():
            lines.append(f"{quality} among them: {_listed(labels)}")
        if self.changing:
            count = len(self.changing)
            what = "this changes" if count == self.sounds == 1 else "these change"
            examples = f", e.g. {_listed(self.changing)}" if self.sounds > 1 else ""
            lines.append(
                f"{what} much over time, so new ones move as they do: "
                f"{count} of {self.sounds}{examples}"
            )
        return lines


def outcome_of(manifest: Manifest) -> Outcome | None:
    """How well the sounds of an instrument are learnt; None where that was not measured."""
    rows = [row for row in manifest.sounds if row.error_db is not None]
    if not rows:
        return None
    error_db = _mean(rows)
    quality = _quality(error_db)
    changing = sorted(filter(_changes, rows), key=_movement, reverse=True)
    return Outcome(
        quality=quality,
        error_db=error_db,
        labels=_worse_labels(rows, quality),
        changing=[row.name for row in changing],
        sounds=len(rows),
    )


def _worse_labels(rows: Sequence[SoundRow], quality: Quality) -> dict[Quality, list[str]]:
    by_label: dict[str, list[SoundRow]] = defaultdict(list)
    for row in rows:
        by_label[row.label].append(row)
    errors = sorted(((_mean(own), label) for label, own in by_label.items()), reverse=True)
    worse: dict[Quality, list[str]] = {}
    for error_db, label in errors:
        own = _quality(error_db)
        if own != quality and error_db > _mean(rows):
            worse.setdefault(own, []).append(label)
    return worse


def _quality(error_db: float) -> Quality:
    return "good" if error_db <= _GOOD_DB else "fair" if error_db <= _FAIR_DB else "rough"


def _changes(row: SoundRow) -> bool:
    rough = _quality(_error(row)) == "rough"
    return _movement(row) > (_CHANGING_ROUGH_DB if rough else _CHANGING_DB)


def _movement(row: SoundRow) -> float:
    return 0.0 if row.movement_db is None else row.movement_db


def _error(row: SoundRow) -> float:
    return 0.0 if row.error_db is None else row.error_db


def _mean(rows: Sequence[SoundRow]) -> float:
    return sum(map(_error, rows)) / len(rows)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def chosen_error_db(manifest: Manifest) -> float | None:
    """The error of what was kept: of all sounds, or as it was measured on the way."""
    if (outcome := outcome_of(manifest)) is not None:
        return outcome.error_db
    for row in manifest.history:
        if row.step == manifest.steps and row.step > 0:
            return row.error_db
    return None
