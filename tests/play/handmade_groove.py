"""A groove of a handmade kit: three recordings it knows, and a network that has learnt nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from export.handmade import KIT, make_instrument
from messina.events import Voice
from messina.instrument import Instrument
from messina.instrument.container import Part
from messina.rhythm.hit_features import FEATURES, KnownVoices
from messina.sequences.groove import VOICES, voices_part
from messina.sequences.model import EventModel, EventsManifest, Style, TouchScale, events_part
from messina.sequences.network import NetworkSizes, weight_shapes
from messina.sequences.sequence import EVENTS

STEPS_TICKS = (6, 12, 24)
TEMPO_BPM = 120.0
BAR_TICKS = 96


def make_model(*, seed: int = 0) -> EventModel:
    """Two phrases in four and a waltz, struck in semiquavers, quavers and beats."""
    rng = np.random.default_rng(seed)
    styles = (
        _style("quavers.wav", ticks=2 * BAR_TICKS, events=16),
        _style("semiquavers.wav", ticks=2 * BAR_TICKS, events=32),
        _style("waltz.wav", ticks=4 * 72, events=12, beats_per_bar=3),
    )
    ticks = [np.arange(s.events, dtype=np.int32) * (s.ticks // s.events) for s in styles]
    events = sum(style.events for style in styles)
    sizes = NetworkSizes(voices=4, steps=3, styles=3, contexts=0, hidden=24, trunk=16)
    manifest = EventsManifest(
        seed=seed,
        minutes=1.0,
        planned_steps=0,
        steps=0,
        held_out_nats=None,
        network=sizes,
        scale=TouchScale(late_scale_s=0.0005, length_mean=2.0, length_scale=0.5),
        vocabulary=tuple(Voice(label=label.name) for label in KIT),
        styles=styles,
        steps_ticks=STEPS_TICKS,
        most_together=1,
    )
    arrays: dict[str, np.ndarray] = {
        name: (0.4 * rng.standard_normal(shape)).astype(np.float16).astype(np.float32)
        for name, shape in weight_shapes(sizes).items()
    }
    arrays["tick"] = np.concatenate(ticks)
    arrays["voice"] = rng.integers(0, 4, events).astype(np.int32)
    arrays["context"] = np.zeros(0, np.int32)
    touches = [(rng.uniform(70, 120), rng.normal(0, 0.0005), 8.0) for _ in range(events)]
    arrays["touch"] = np.array(touches, np.float32)
    return EventModel(manifest=manifest, arrays=arrays)


def _style(name: str, *, ticks: int, events: int, beats_per_bar: int = 4) -> Style:
    return Style(
        name=name,
        tempo_bpm=TEMPO_BPM,
        beats_per_bar=beats_per_bar,
        metric=True,
        ticks=ticks,
        first_tick=0,
        events=events,
    )


def groove_parts(model: EventModel) -> dict[str, Part]:
    """What makes a groove of a kit."""
    centres = np.zeros((len(model.manifest.vocabulary), FEATURES), np.float32)
    voices = KnownVoices(centres=centres, loudest_db=-20.0)
    return {EVENTS: events_part(model), VOICES: voices_part(voices)}


def save_groove(path: Path, model: EventModel) -> None:
    kit = make_instrument(KIT)
    Instrument(kit.manifest, kit.arrays, groove_parts(model)).save(path)
