"""What an evaluation found, as it is written to report.json.

Metrics are keyed and described as in `evaluation.metrics`; what could not be measured is null.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

__all__ = [
    "FORMAT",
    "FORMAT_VERSION",
    "AnchorRow",
    "Clause",
    "CopyRow",
    "HeardRow",
    "LabelRow",
    "LayerRow",
    "LikenessRow",
    "MapPoint",
    "PitchRow",
    "PlaybackRow",
    "Provenance",
    "Record",
    "Reference",
    "Row",
    "SeedRow",
    "State",
    "SweepRow",
    "SystemRow",
]

FORMAT: Final = "messina-report"
FORMAT_VERSION: Final = 1

State = Literal["good", "fair", "poor", "unknown"]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all rows: immutable, named fields."""


class Clause(Row, frozen=True, kw_only=True):
    """One sentence of a verdict, and its state."""

    topic: str
    state: State
    short: str
    """A few words, for the headline."""
    text: str
    """A sentence with the metrics it rests on."""


class Reference(Row, frozen=True, kw_only=True):
    """Reference of a metric.

    Between two halves of the real sounds, or of the real sounds themselves.
    """

    mean: float
    spread: float
    """Standard deviation over the halvings."""


class SystemRow(Row, frozen=True, kw_only=True):
    """Metrics of the new sounds of one system."""

    name: str
    metrics: dict[str, float] = msgspec.field(name="figures")
    sounds: int
    seconds: float
    """To make them, training of baselines included."""
    spread: dict[str, float] = msgspec.field(default_factory=dict)
    """Standard deviations over the seeds, where there are several; the metrics are means then."""


class SeedRow(Row, frozen=True, kw_only=True):
    """Metrics and verdict of one seed of several."""

    seed: int
    metrics: dict[str, float] = msgspec.field(name="figures")
    verdict: dict[str, State]
    """By topic."""


class Provenance(Row, frozen=True, kw_only=True):
    """Versions, seeds and digests that a run was made with."""

    machine: str
    """System, processor, cores; nothing that says whose it is."""
    python: str
    versions: dict[str, str]
    """Of the packages that metrics come through."""
    instrument: str
    """Digest of its file: BLAKE2b of 128 bits, hexadecimal."""
    sounds: str
    """Digest of those of all real sounds."""


class PlaybackRow(Row, frozen=True, kw_only=True):
    """Metrics of one reconstructed sound, and of its baselines."""

    name: str
    label: str
    note: float | None
    metrics: dict[str, float] = msgspec.field(name="figures")
    oracle: dict[str, float]
    """Through the frames without the model."""
    nearest: dict[str, float]
    """The nearest sound that was learnt, as it is; empty where it was the only one."""


class CopyRow(Row, frozen=True, kw_only=True):
    """A generated sound suspected to be a copy."""

    generated: int
    training: str
    ratio: float
    """Distance over the usual distance between neighbours among the real sounds."""


class SweepRow(Row, frozen=True, kw_only=True):
    """Loudness of one sound over a sweep of velocity."""

    label: str
    note: float | None
    velocity: list[float]
    loudness_db: list[float]
    brightness_hz: list[float]


class LayerRow(Row, frozen=True, kw_only=True):
    """Loudness of a label at one named velocity, real and rendered."""

    label: str
    note: float | None
    velocity: float
    real_db: float
    """Loudest 50 ms, the median of the sounds that have this velocity by name."""
    played_db: float

    @property
    def louder_db(self) -> float:
        """How much louder than the real sounds; under 0 softer."""
        return self.played_db - self.real_db


class PitchRow(Row, frozen=True, kw_only=True):
    """Pitch error of one note that was asked for."""

    label: str
    note: float
    cents: float
    """Above zero is sharp."""
    learnt: bool
    """Whether a sound of this note was learnt."""


class LabelRow(Row, frozen=True, kw_only=True):
    """Coverage of a label: how many of its real sounds have a generated one near by."""

    label: str
    sounds: int
    covered: int


class MapPoint(Row, frozen=True, kw_only=True):
    """A sound on the map; places are 0 … 1, y upwards."""

    kind: Literal["real", "held out", "generated"]
    name: str
    label: str
    x: float
    y: float
    brightness_hz: float


class AnchorRow(Row, frozen=True, kw_only=True):
    """Discrimination of real sounds from themselves after one known change."""

    change: str
    """What they were: cut to 80 % of their length."""
    audible: bool
    discrimination: float = msgspec.field(name="told")
    """Accuracy of the classifier on pairs held out; 0.5 is guessing."""


class LikenessRow(Row, frozen=True, kw_only=True):
    """Discrimination of new sounds from real ones by one ear, with its scale of known changes."""

    ear: str
    discrimination: float = msgspec.field(name="told")
    frames: float
    """The same of the real sounds through the frames, without a model."""
    limit: float
    """Up to here is among the inaudible changes, or as good as guessing."""
    sharp: bool
    """Whether it tells most of the audible changes on so many sounds."""
    sounds: int
    """Real ones listened to."""
    anchors: tuple[AnchorRow, ...]


class HeardRow(Row, frozen=True, kw_only=True):
    """Pooled answers of blind tests."""

    listeners: int
    trials: int
    right: int


class Learning(Row, frozen=True, kw_only=True):
    """The learning curve at one step, in dB."""

    step: int
    learnt_db: float
    validation_db: float | None


class Record(Row, frozen=True, kw_only=True):
    """Everything an evaluation measured, as report.json holds it."""

    format: str = FORMAT
    format_version: int = FORMAT_VERSION
    program: str
    instrument: str
    """The name of its file."""
    sounds: int
    minutes: float
    """Of learning."""
    seed: int
    """The first, where there are several."""
    count: int
    """Sounds generated, by each seed."""
    baseline_minutes: float = msgspec.field(name="opponent_minutes")
    """Of training, of each baseline that is trained."""
    verdict: tuple[Clause, ...]
    references: dict[str, Reference] = msgspec.field(name="floors")
    systems: tuple[SystemRow, ...] = msgspec.field(name="contenders")
    """The instrument first."""
    playback_of_learnt: bool
    """Nothing was held out, so what is played back had been learnt."""
    playback: tuple[PlaybackRow, ...]
    copies: tuple[CopyRow, ...]
    sweeps: tuple[SweepRow, ...]
    heard: HeardRow
    likeness: tuple[LikenessRow, ...]
    """By each ear, the package's own first."""
    layers: tuple[LayerRow, ...]
    pitches: tuple[PitchRow, ...]
    labels: tuple[LabelRow, ...]
    map: tuple[MapPoint, ...]
    history: tuple[Learning, ...]
    kept_step: int
    missing: tuple[str, ...]
    seconds: float
    seeds: tuple[SeedRow, ...] = ()
    """What each seed gave, where there are several."""
    provenance: Provenance
