from __future__ import annotations

import pytest

from export.handmade import KIT, TONES, Label, response_of
from messina.events import Voice
from messina.sequences.voice_assignment import DRUMS, assign_voices, drum_name

KIT_RESPONSES = [response_of(label) for label in KIT]
CHIME = [response_of(label) for label in TONES]


def drum(note: int) -> Voice:
    return Voice(label=DRUMS, note=note)


def test_a_label_of_the_instrument_plays_its_own_voice() -> None:
    assignment = assign_voices(KIT_RESPONSES, [Voice(label="snare"), Voice(label="kick")])
    assert [p.label for p in assignment.played if p] == ["snare", "kick"]
    assert assignment.remarks == ()


@pytest.mark.parametrize(
    ("note", "label"),
    [(36, "kick"), (35, "kick"), (38, "snare"), (42, "hihat closed"), (46, "hihat open")],
)
def test_drum_notes_go_to_the_drums_they_are(note: int, label: str) -> None:
    assignment = assign_voices(KIT_RESPONSES, [drum(note)])
    assert assignment.played[0] is not None
    assert assignment.played[0].label == label
    assert assignment.remarks == ()


@pytest.mark.parametrize(
    ("note", "label"),
    [(51, "hihat open"), (49, "hihat open"), (45, "kick"), (39, "snare"), (82, "hihat closed")],
)
def test_missing_drums_are_played_by_their_relatives_and_it_is_said(note: int, label: str) -> None:
    assignment = assign_voices(KIT_RESPONSES, [drum(note), drum(note)])
    assert assignment.played[0] is not None
    assert assignment.played[0].label == label
    assert assignment.remarks == (
        f"{drum_name(note)} is played by {label}, its nearest relative here",
    )


def test_hats_are_one_group_and_other_hits_groups_of_their_own() -> None:
    played = assign_voices(KIT_RESPONSES, [drum(42), drum(46), drum(36), drum(38)]).played
    groups = [p.group for p in played if p]
    assert groups[0] == groups[1]
    assert len(set(groups)) == 3


def test_labels_that_say_nothing_are_taken_by_brightness() -> None:
    responses = [response_of(Label(name=name)) for name in ("zip", "zap")]
    assignment = assign_voices(responses, [drum(36), drum(49)])
    assert all(assignment.played)
    assert len(assignment.remarks) == 2


def test_notes_of_a_score_go_to_the_pitched_label() -> None:
    assignment = assign_voices([*KIT_RESPONSES, *CHIME], [Voice(label="melody", note=64), drum(36)])
    assert [p.label for p in assignment.played if p] == ["chime", "kick"]
    assert assignment.played[0] is not None
    assert assignment.played[0].note == 64


def test_a_score_on_an_instrument_without_drums_leaves_them_out() -> None:
    assignment = assign_voices(CHIME, [Voice(label="melody", note=64), drum(36)])
    assert assignment.played[1] is None
    assert "drum part is left out" in assignment.remarks[0]


def test_drums_alone_on_pitches_are_played_as_pitches() -> None:
    assignment = assign_voices(CHIME, [drum(36), drum(50)])
    assert [p.note for p in assignment.played if p] == [36, 50]


def test_a_melody_on_drums_moves_one_of_them_up_and_down() -> None:
    assignment = assign_voices(
        KIT_RESPONSES, [Voice(label="melody", note=64), Voice(label="melody", note=65)]
    )
    assert [p.note for p in assignment.played if p] == [64, 65]
    assert len(assignment.remarks) == 1


@pytest.mark.parametrize(("note", "said"), [(69, False), (80, False), (82, True), (40, True)])
def test_notes_far_beyond_what_was_learnt_are_said(note: int, said: bool) -> None:
    """The chime's notes are 57 to 69."""
    remarks = assign_voices(CHIME, [Voice(label="melody", note=note)]).remarks
    assert any("octave beyond what chime learnt" in remark for remark in remarks) == said
