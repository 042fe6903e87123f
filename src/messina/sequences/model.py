"""The event model: manifest, network, and the events it learnt, to begin and to jump among them.

Files come from strangers: whatever is read is held against what this program would
have written; anything else is an InstrumentError of one sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from messina.errors import InstrumentError
from messina.events import FREE_TEMPO_BPM, TICKS_PER_BEAT, Voice
from messina.instrument.container import Part
from messina.rounding import on_grid
from messina.sequences.form import NO_CONTEXT, FormNetwork
from messina.sequences.network import EventNetwork, NetworkSizes, weight_shapes

__all__ = [
    "EVENTS_AT_MOST",
    "EventModel",
    "EventsManifest",
    "Passage",
    "Style",
    "TouchScale",
    "bar_ticks",
    "beats_stored",
    "events_from",
    "events_part",
    "in_bars",
    "nearest",
    "passage_of",
    "touch_of",
    "untouched",
]

EVENTS_AT_MOST: Final = 400_000
"""Events of the corpus a file holds."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Tempo = Annotated[float, msgspec.Meta(ge=10.0, le=1_000.0)]


class Style(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A learnt phrase without its events: metre, tempo, length, name."""

    name: str
    tempo_bpm: Tempo
    beats_per_bar: Annotated[int, msgspec.Meta(ge=1, le=32)]
    metric: bool
    ticks: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    first_tick: Annotated[int, msgspec.Meta(ge=-(2**20), le=2**20)]
    events: Count
    """How many of its events the file holds."""


class TouchScale(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Scale of the continuous values of an event (velocity, lateness, length).

    Units a deviation.
    """

    late_scale_s: Annotated[float, msgspec.Meta(gt=0.0, le=0.25)]
    length_mean: Annotated[float, msgspec.Meta(ge=-20.0, le=20.0)]
    length_scale: Annotated[float, msgspec.Meta(gt=0.0, le=20.0)]


class EventsManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything in an event model but its arrays, as JSON holds it."""

    seed: int
    minutes: float
    """Asked for."""
    planned_steps: Count
    steps: Count
    """Steps of learning behind the weights."""
    held_out_nats: float | None
    """Of step and voice, per event, in bars kept aside; None: too little to keep any."""
    network: NetworkSizes
    scale: TouchScale
    vocabulary: tuple[Voice, ...]
    styles: tuple[Style, ...]
    steps_ticks: tuple[Annotated[int, msgspec.Meta(ge=0, le=2**20)], ...]
    """Ticks between events, ascending."""
    spans_beats: tuple[Annotated[int, msgspec.Meta(ge=1, le=2**20)], ...] = ()
    """Beats that contexts last, ascending."""
    most_together: Annotated[int, msgspec.Meta(ge=1, le=4_096)]
    """Most events at one tick."""


Real = NDArray[np.float32]
Floats = NDArray[np.float64]
Whole = NDArray[np.int32]

TOUCH_LIMIT = 4.0
LEAST_LENGTH_TICKS = 0.05
MOST_LENGTH_TICKS = float(2**16)


@dataclass(frozen=True, kw_only=True, eq=False)
class Passage:
    """The n events of one phrase as arrays."""

    ticks: Whole  # [n], ascending
    voices: Whole  # [n]
    touches: Real  # [n, 3] velocity, late_s, length_ticks
    contexts: Whole  # [n], -1 none
    beats: Whole  # contexts of all beats from tick 0 on; none of them where there are no contexts


@dataclass(frozen=True, kw_only=True, eq=False)
class EventModel:
    """What, how hard, when: learnt from phrases, drawn from by `Sequencer`.

    arrays: the network's weights by name, and the events of the phrases one after another: `tick`,
    `voice` [events], `touch` [events, 3] and `context` [beats] as in Passage.
    """

    manifest: EventsManifest
    arrays: Mapping[str, NDArray[Any]]

    @cached_property
    def network(self) -> EventNetwork:
        """The recurrent network over events."""
        return EventNetwork(self.manifest.network, self.arrays)

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """The events of every style; empty for those the file has no room for."""
        ends = np.cumsum([style.events for style in self.manifest.styles])
        names = ("tick", "voice", "touch")
        events = [np.split(self.arrays[name], ends[:-1]) for name in names]
        beats = np.split(self.arrays["context"], np.cumsum(beats_stored(self.manifest))[:-1])
        return tuple(passage_of(*parts) for parts in zip(*events, beats, strict=True))

    @cached_property
    def form(self) -> FormNetwork | None:
        """The recurrent network over chord changes, where there are chords."""
        sizes = self.manifest.network
        return FormNetwork(sizes, self.arrays) if sizes.contexts else None

    @cached_property
    def steps_ticks(self) -> NDArray[np.int64]:
        """Ticks of every step [steps], ascending."""
        return np.array(self.manifest.steps_ticks, np.int64)

    @property
    def tempo_bpm(self) -> float:
        """Its own tempo: the middle of its phrases' tempi, long ones counting for more."""
        styles = self.manifest.styles
        metric = sum(s.ticks / s.tempo_bpm for s in styles if s.metric)
        free = sum(s.ticks / s.tempo_bpm for s in styles if not s.metric)
        if free > metric:
            return FREE_TEMPO_BPM
        chosen = sorted((s for s in styles if s.metric), key=lambda s: s.tempo_bpm)
        reached = np.cumsum([s.ticks for s in chosen])
        return chosen[int(np.searchsorted(reached, reached[-1] / 2))].tempo_bpm

    def nearest_step(self, ticks: NDArray[np.int64] | int) -> NDArray[np.int64]:
        """Index of the step nearest to each number of ticks; never 0 ticks for more than 0."""
        return nearest(self.steps_ticks, np.asarray(ticks, np.int64))


def passage_of(ticks: Whole, voices: Whole, touches: Real, beats: Whole) -> Passage:
    """Events as arrays, each with the context (chord) of its beat, if there is one."""
    padded = np.append(beats, np.int32(NO_CONTEXT))
    beat = ticks // TICKS_PER_BEAT
    contexts = padded[np.where((beat >= 0) & (beat < len(beats)), beat, -1)]
    return Passage(ticks=ticks, voices=voices, touches=touches, contexts=contexts, beats=beats)


def beats_stored(manifest: EventsManifest) -> list[int]:
    """Number of beats of each style whose contexts the file holds [styles]."""
    if not manifest.network.contexts:
        return [0] * len(manifest.styles)
    return [-(-s.ticks // TICKS_PER_BEAT) if s.events else 0 for s in manifest.styles]


def nearest(values: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Index of the nearest of ascending values; 0 and others are not taken for each other.

    >>> nearest(np.array([0, 6, 12]), np.array([0, 1, 8, 90])).tolist()
    [0, 1, 1, 2]
    """
    above = np.clip(np.searchsorted(values, wanted), 0, len(values) - 1)
    below = np.maximum(above - 1, 0)
    lower = (wanted - values[below] < values[above] - wanted) & (values[below] > 0)
    chosen = np.where(lower, below, above)
    only_zero = (values[chosen] == 0) & (wanted > 0) & (len(values) > 1)
    return np.where(only_zero, 1, chosen)


def touch_of(scale: TouchScale, raw: NDArray[np.floating[Any]]) -> Floats:
    """Standardises velocity, late_s and length_ticks [..., 3] for the network."""
    raw = raw.astype(np.float64)
    length = np.log(np.maximum(raw[..., 2], LEAST_LENGTH_TICKS))
    columns = [
        raw[..., 0] / 32.0 - 2.0,
        raw[..., 1] / scale.late_scale_s,
        (length - scale.length_mean) / scale.length_scale,
    ]
    return on_grid(np.clip(np.stack(columns, axis=-1), -TOUCH_LIMIT, TOUCH_LIMIT))


def untouched(scale: TouchScale, touch: Floats) -> tuple[float, float, float]:
    """Velocity, late_s and length_ticks of standardised values [3]: inverse of `touch_of`."""
    velocity = float(np.clip(32.0 * (touch[0] + 2.0), 1.0, 127.0))
    length = float(np.exp(scale.length_mean + scale.length_scale * touch[2]))
    return velocity, float(scale.late_scale_s * touch[1]), min(length, MOST_LENGTH_TICKS)


def events_part(model: EventModel) -> Part:
    """The model as a part of a file. Raises InstrumentError for one that could not be read."""
    shapes = _array_shapes(model.manifest)
    arrays = {n: np.ascontiguousarray(model.arrays[n], kind) for n, (_, kind) in shapes.items()}
    part = Part(document=msgspec.json.encode(model.manifest), arrays=arrays)
    events_from(part)
    return part


def events_from(part: Part) -> EventModel:
    """The model in a part of a file. Raises InstrumentError."""
    try:
        manifest = msgspec.json.decode(part.document, type=EventsManifest)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InstrumentError(f"damaged: its events' manifest is not valid ({error})") from None
    _check_manifest(manifest)
    shapes = _array_shapes(manifest)
    if set(part.arrays) != set(shapes):
        odd = min(set(part.arrays) ^ set(shapes))
        raise InstrumentError(f"damaged: array 'events/{odd}' is missing or not known")
    for name, (shape, kind) in shapes.items():
        array = part.arrays[name]
        if array.shape != shape or array.dtype != kind:
            raise InstrumentError(
                f"damaged: array 'events/{name}' is {array.dtype} {array.shape}, "
                f"not {np.dtype(kind)} {shape}"
            )
    arrays = {
        name: array.astype(np.float32) if array.dtype == np.float16 else array
        for name, array in part.arrays.items()
    }
    model = EventModel(manifest=manifest, arrays=arrays)
    _check_events(model)
    return model


def _array_shapes(
    manifest: EventsManifest,
) -> dict[str, tuple[tuple[int, ...], type[np.generic]]]:
    events = sum(style.events for style in manifest.styles)
    shapes: dict[str, tuple[tuple[int, ...], type[np.generic]]] = {
        name: (shape, np.float16) for name, shape in weight_shapes(manifest.network).items()
    }
    shapes |= dict.fromkeys(("tick", "voice"), ((events,), np.int32))
    shapes["context"] = ((sum(beats_stored(manifest)),), np.int32)
    shapes["touch"] = ((events, 3), np.float32)
    return shapes


def _check_manifest(manifest: EventsManifest) -> None:
    sizes = manifest.network
    lists = (manifest.vocabulary, manifest.styles, manifest.steps_ticks, manifest.spans_beats)
    expected = (sizes.voices, sizes.styles, sizes.steps, sizes.spans)
    if tuple(len(each) for each in lists) != expected or not manifest.styles:
        raise InstrumentError("damaged: its voices, phrases and steps do not fit its network")
    if sum(beats_stored(manifest)) > EVENTS_AT_MOST * TICKS_PER_BEAT:
        raise InstrumentError("damaged: its phrases are longer than any music")
    if not 0 < sum(style.events for style in manifest.styles) <= EVENTS_AT_MOST:
        raise InstrumentError(f"damaged: it has no events, or more than {EVENTS_AT_MOST}")
    steps = manifest.steps_ticks
    if list(steps) != sorted(set(steps)) or steps[-1] == 0:
        raise InstrumentError("damaged: its steps are not ascending")


def _check_events(model: EventModel) -> None:
    manifest = model.manifest
    for style, passage in zip(manifest.styles, model.passages, strict=True):
        if style.events == 0:
            continue
        if (np.diff(passage.ticks) < 0).any() or not 0 <= passage.ticks[0] <= passage.ticks[-1]:
            raise InstrumentError("damaged: the events of a phrase are not in order")
        if passage.ticks[-1] > style.ticks:
            raise InstrumentError("damaged: an event lies behind its phrase's end")
    voice, context = model.arrays["voice"], model.arrays["context"]
    if not (voice.min() >= 0 and voice.max() < manifest.network.voices):
        raise InstrumentError("damaged: an event has a voice that is not in the vocabulary")
    if len(context) and not (context.min() >= -1 and context.max() < manifest.network.contexts):
        raise InstrumentError("damaged: a beat has a context that is not known")


def bar_ticks(style: Style) -> int:
    """Ticks of a bar; of a phrase without metre, of a stretch of about that length."""
    return style.beats_per_bar * TICKS_PER_BEAT


def in_bars(style: Style) -> bool:
    """Whether a phrase can be gone round in metre: whole bars, or an even share of one."""
    bar = bar_ticks(style)
    return style.ticks % bar == 0 or bar % style.ticks == 0
