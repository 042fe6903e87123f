from __future__ import annotations

import numpy as np

from export.handmade import KIT, make_instrument
from messina.instrument import Instrument
from messina.sequences.model import EventModel
from messina.sequences.priors import NO_EXEMPLAR, Exemplars, exemplar_sounds
from play.handmade_groove import make_model


def test_every_event_of_the_corpus_stands_for_itself(mixed: EventModel) -> None:
    exemplars = Exemplars(mixed)
    first = 0
    for style, (phrase, passage) in enumerate(
        zip(mixed.manifest.styles, mixed.passages, strict=True)
    ):
        if phrase.metric:
            for event, tick in enumerate(passage.ticks.tolist()):
                voice, velocity = int(passage.voices[event]), float(passage.touches[event, 0])
                found = exemplars.at(style, tick + phrase.first_tick, voice, velocity)
                assert found == first + event
        first += len(passage.ticks)


def test_what_is_struck_elsewhere_stands_for_a_stroke_of_its_voice(mixed: EventModel) -> None:
    exemplars = Exemplars(mixed)
    voices, velocities = mixed.arrays["voice"], mixed.arrays["touch"][:, 0]
    for position in (3, 41, 500):
        assert voices[exemplars.at(0, position, 1, 100.0)] == 1
    bell = exemplars.at(0, 0, 3, 100.0)  # no beat has bells
    assert voices[bell] == 3
    nearest = np.abs(velocities[voices == 3] - 100.0).min()
    assert abs(velocities[bell] - 100.0) == nearest


def test_a_voice_nobody_has_stands_for_nothing(mixed: EventModel) -> None:
    assert Exemplars(mixed).at(0, 0, 99, 100.0) == NO_EXEMPLAR


def test_hits_are_found_by_recording_and_number() -> None:
    kit, model = make_instrument(KIT), make_model()
    names = [f"quavers.wav#{n:03d}" for n in range(1, len(kit.manifest.sounds) + 1)]
    rows = [_renamed(row, name) for row, name in zip(kit.manifest.sounds, names, strict=True)]
    manifest = type(kit.manifest)(**{**_fields(kit.manifest), "sounds": tuple(rows)})
    sounds = exemplar_sounds(model, Instrument(manifest, kit.arrays))
    first = model.passages[0]
    assert len(sounds) == len(model.arrays["voice"])
    for event, sound in enumerate(sounds[: len(first.ticks)]):
        label = model.manifest.vocabulary[int(first.voices[event])].label
        if sound is not None:
            assert rows[sound].label == label
        if event < len(rows) and rows[event].label == label:
            assert sound == event
    assert set(sounds[len(first.ticks) :]) == {None}  # of those recordings nothing is known


def _fields(struct: object) -> dict[str, object]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}  # type: ignore[attr-defined]


def _renamed(row: object, name: str) -> object:
    return type(row)(**{**_fields(row), "name": name})
