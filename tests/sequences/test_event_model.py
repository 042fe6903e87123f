from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from messina.errors import InstrumentError
from messina.instrument.container import Part, decode_parts, encode_parts
from messina.sequences.model import EventModel, events_from, events_part, nearest
from messina.sequences.sequencer import Sequencer


def test_a_model_read_from_a_file_plays_the_same_events(ignorant: EventModel) -> None:
    part = decode_parts(encode_parts({"events": events_part(ignorant)}))["events"]
    again = events_from(part)
    assert again.manifest == ignorant.manifest
    drawn = [Sequencer(model, seed=3).until(2_000) for model in (ignorant, again)]
    assert drawn[0] == drawn[1]


def test_steps_are_never_taken_for_sounding_together() -> None:
    assert nearest(np.array([0, 12, 24]), np.array([0, 1, 17, 19, 99])).tolist() == [0, 1, 1, 2, 2]


def test_its_own_tempo_is_the_middle_of_its_phrases_tempi(ignorant: EventModel) -> None:
    assert ignorant.tempo_bpm == 115.0


def _document(change: dict[str, Any]) -> Callable[[Part], Part]:
    def changed(part: Part) -> Part:
        document = msgspec.json.decode(part.document) | change
        return Part(document=msgspec.json.encode(document), arrays=part.arrays)

    return changed


def _array(name: str, array: Any) -> Callable[[Part], Part]:
    def changed(part: Part) -> Part:
        arrays = {**part.arrays, name: array}
        return Part(
            document=part.document, arrays={n: a for n, a in arrays.items() if a is not None}
        )

    return changed


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_document({"surprise": 1}), "surprise"),
        (_document({"seed": "three"}), "seed"),
        (_document({"vocabulary": []}), "do not fit"),
        (_document({"styles": []}), "do not fit"),
        (_document({"steps_ticks": [0, 6]}), "do not fit"),
        (_document({"most_together": 0}), "most_together"),
        (_document({"network": {"voices": 4}}), "steps"),
        (_document({"network": {"voices": 4, "steps": 9, "styles": 4, "contexts": -1}}), "context"),
        (lambda part: Part(document=b"[", arrays=part.arrays), "not valid"),
        (lambda part: Part(document=b"[" * 100_000, arrays=part.arrays), "not valid"),
        (_array("voices", None), "voices"),
        (_array("more", np.zeros(3, np.float32)), "more"),
        (_array("voices", np.zeros((4, 16), np.float32)), "float16"),
        (_array("voices", np.zeros((5, 16), np.float16)), "voices"),
    ],
)
def test_a_part_that_is_not_as_written_is_refused_in_one_sentence(
    ignorant: EventModel, change: Callable[[Part], Part], says: str
) -> None:
    with pytest.raises(InstrumentError, match=says) as error:
        events_from(change(events_part(ignorant)))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("name", "value"), [("voice", 4), ("voice", -1)])
def test_events_outside_the_vocabulary_are_refused(
    ignorant: EventModel, name: str, value: int
) -> None:
    part = events_part(ignorant)
    spoilt = np.array(part.arrays[name])
    spoilt[7] = value
    with pytest.raises(InstrumentError, match="damaged: an event has a"):
        events_from(_array(name, spoilt)(part))


@pytest.mark.parametrize(("index", "tick"), [(7, 0), (0, -5), (-1, 100_000)])
def test_events_out_of_order_or_out_of_their_phrase_are_refused(
    ignorant: EventModel, index: int, tick: int
) -> None:
    part = events_part(ignorant)
    spoilt = np.array(part.arrays["tick"])
    spoilt[index] = tick
    with pytest.raises(InstrumentError, match=r"order|behind"):
        events_from(_array("tick", spoilt)(part))
