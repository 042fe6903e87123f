"""A score of a handmade network that has learnt nothing: two pieces over three chords."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from messina.events import Voice
from messina.instrument.container import write_parts
from messina.sequences.model import EventModel, EventsManifest, Style, TouchScale, events_part
from messina.sequences.network import NetworkSizes, weight_shapes
from messina.sequences.sequence import EVENTS

STEPS_TICKS = (0, 12, 24, 48)
SPANS_BEATS = (2, 4, 8)
CHORDS = (0, 0, 0, 0, 1, 1, 2, 2, 0, 0, 0, 0, -1, -1, 2, 2)
"""Of every beat; the first is the last, so that a piece goes round."""

VOCABULARY = (
    *(Voice(label="melody", note=note) for note in (60, 62, 64, 67)),
    Voice(label="bass", note=40),
    Voice(label="drums", note=36),
    Voice(label="drums", note=42),
)


def make_score(*, seed: int = 0) -> EventModel:
    rng = np.random.default_rng(seed)
    styles = tuple(
        Style(
            name=name,
            tempo_bpm=100.0,
            beats_per_bar=4,
            metric=True,
            ticks=24 * len(CHORDS),
            first_tick=0,
            events=32,
        )
        for name in ("first.mid", "second.mid")
    )
    sizes = NetworkSizes(
        voices=len(VOCABULARY),
        steps=len(STEPS_TICKS),
        styles=2,
        contexts=3,
        spans=len(SPANS_BEATS),
        hidden=24,
        trunk=16,
        form_hidden=20,
    )
    manifest = EventsManifest(
        seed=seed,
        minutes=1.0,
        planned_steps=0,
        steps=0,
        held_out_nats=None,
        network=sizes,
        scale=TouchScale(late_scale_s=0.0005, length_mean=2.0, length_scale=0.5),
        vocabulary=VOCABULARY,
        styles=styles,
        steps_ticks=STEPS_TICKS,
        spans_beats=SPANS_BEATS,
        most_together=3,
    )
    arrays: dict[str, np.ndarray] = {
        name: (0.4 * rng.standard_normal(shape)).astype(np.float16).astype(np.float32)
        for name, shape in weight_shapes(sizes).items()
    }
    arrays["tick"] = np.tile(np.arange(32, dtype=np.int32) * 12, 2)
    arrays["voice"] = rng.integers(0, len(VOCABULARY), 64).astype(np.int32)
    arrays["context"] = np.tile(np.array(CHORDS, np.int32), 2)
    touches = [(rng.uniform(70, 120), rng.normal(0, 0.0005), 10.0) for _ in range(64)]
    arrays["touch"] = np.array(touches, np.float32)
    return EventModel(manifest=manifest, arrays=arrays)


def save_score(path: Path, model: EventModel) -> None:
    write_parts(path, {EVENTS: events_part(model)})
