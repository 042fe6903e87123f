from __future__ import annotations

from dataclasses import replace

import pytest

from messina.report.findings import NOBODY, Findings
from messina.report.record import (
    AnchorRow,
    Clause,
    HeardRow,
    LabelRow,
    LayerRow,
    LikenessRow,
    Reference,
)
from messina.report.verdict import headline, verdict

LIKE_REAL = {
    "click_rate": 0.0,
    "dc": -60.0,
    "true_peak": -0.4,
    "tonal_to_floor": 40.0,
    "tail_rise": 3.0,
    "tail_level": -45.0,
    "length": 1.0,
    "copy_share": 0.04,
    "novelty": 1.0,
    "two_sample_accuracy": 0.52,
    "coverage": 0.95,
    "attack_level": -0.5,
    "flux": 2.0,
    "loudness_range": 30.0,
    "loudness_monotonicity": 0.98,
    "brightness_monotonicity": 0.8,
    "pitch_error": 1.0,
    "repeat_spread": 0.2,
    "lsd_256": 4.8,
    "lsd_1024": 4.2,
    "lsd_4096": 5.4,
}
NAN = float("nan")


def findings(**changed: float) -> Findings:
    """An instrument as good as the real sounds, but for what is given."""
    references = {key: Reference(mean=value, spread=0.01) for key, value in LIKE_REAL.items()}
    return Findings(
        metrics=LIKE_REAL | changed,
        references=references,
        oracle={"two_sample_accuracy": 0.62, "lsd_256": 4.8, "lsd_1024": 4.2, "lsd_4096": 5.4},
        count=64,
        copies=0,
        clicking=0,
        learnt=90,
        playback_of_learnt=False,
        labels=[LabelRow(label="snare", sounds=5, covered=5)],
        layers=[layer("snare", 20.0, -17.1, -18.3), layer("snare", 120.0, -9.7, -10.2)],
        likeness=[likeness(0.52)],
        heard=HeardRow(listeners=1, trials=20, right=11),
    )


def layer(label: str, velocity: float, real_db: float, played_db: float) -> LayerRow:
    return LayerRow(label=label, note=None, velocity=velocity, real_db=real_db, played_db=played_db)


def likeness(
    discrimination: float,
    *,
    inaudible: float = 0.51,
    audible: float = 0.75,
    ear: str = "classifier",
) -> LikenessRow:
    anchors = (
        AnchorRow(change="coded as MP3", audible=False, discrimination=inaudible),
        AnchorRow(change="cut short", audible=True, discrimination=audible),
        AnchorRow(change="made to hiss", audible=True, discrimination=1.0),
    )
    return LikenessRow(
        ear=ear,
        discrimination=discrimination,
        frames=0.6,
        limit=max(0.58, inaudible),
        sharp=audible > 0.58,
        sounds=100,
        anchors=anchors,
    )


def clause(found: Findings, topic: str) -> Clause:
    return next(clause for clause in verdict(found) if clause.topic == topic)


def test_what_is_as_the_real_sounds_are_is_good_throughout() -> None:
    clauses = verdict(findings())
    assert {clause.state for clause in clauses} == {"good"}
    assert [clause.short for clause in headline(clauses)] == [
        "clean: yes",
        "ends: yes",
        "no near copies",
    ]


@pytest.mark.parametrize(
    ("changed", "topic", "says"),
    [
        ({"click_rate": 2.0}, "clean", "clean: no"),
        ({"true_peak": 3.0}, "clean", "clean: no"),
        ({"tonal_to_floor": 33.0}, "clean", "clean: nearly"),
        ({"tail_rise": 17.3}, "ends", "ends: no"),
        ({"tail_level": -10.0}, "ends", "ends: no"),
        ({"tail_level": -90.0}, "tails", "more silence at the end than the real ones"),
        ({"tail_level": -20.0}, "tails", "tails louder than the real ones"),
        ({"coverage": 0.5}, "variety", "much less varied than the real ones"),
        ({"attack_level": -3.5}, "attack", "attacks softer than the real ones"),
        ({"attack_level": 6.0}, "attack", "attacks much harder than the real ones"),
        ({"flux": 1.2}, "movement", "smoother than the real ones"),
        ({"flux": 2.9}, "movement", "rougher than the real ones"),
        ({"loudness_monotonicity": 0.5}, "velocity", "harder is louder: no"),
        ({"pitch_error": 30.0}, "pitch", "in tune: no"),
        ({"repeat_spread": 0.0}, "repeats", "repeated hits are all the same"),
        ({"repeat_spread": 0.03}, "repeats", "repeated hits differ little"),
        ({"repeat_spread": 1.2}, "repeats", "repeated hits differ as much as different sounds"),
        ({"lsd_1024": 9.0}, "playback", "plays sounds it never heard back roughly"),
        ({"lsd_256": 9.0, "lsd_1024": 9.0}, "playback", "plays sounds it never heard back poorly"),
    ],
)
def test_a_fault_is_named_and_comes_first(changed: dict[str, float], topic: str, says: str) -> None:
    found = findings(**changed)
    assert clause(found, topic).short == says
    assert says in [clause.short for clause in headline(verdict(found))]


@pytest.mark.parametrize(
    ("row", "state", "says"),
    [
        (likeness(0.55), "good", "no more surely than real ones coded as MP3 (51 %)"),
        (likeness(0.64, inaudible=0.66), "good", "real ones coded as MP3 (66 %)"),
        (likeness(0.64), "fair", "64 % of the time (50 is guessing"),
        (likeness(0.64), "fair", "less surely than real ones cut short (75 %)."),
        (likeness(0.78), "fair", "more surely than real ones cut short (75 %), less surely than"),
        (likeness(0.97), "poor", "less surely than real ones made to hiss (100 %)."),
        (likeness(1.0), "poor", "more surely than real ones made to hiss (100 %)."),
        (likeness(0.55, audible=0.5), "unknown", "of 2 changes that anybody hears it finds 1"),
        (likeness(NAN), "unknown", "too few real sounds"),
    ],
)
def test_what_is_hard_to_tell_follows_from_the_scale(
    row: LikenessRow, state: str, says: str
) -> None:
    said = clause(replace(findings(), likeness=[row]), "likeness")
    assert said.state == state
    assert says in said.text
    assert (said.short == "hard to tell from the real ones") == (state == "good")


def test_of_two_ears_the_sharper_one_has_the_say() -> None:
    learnt = likeness(0.9, ear="learnt ear")
    said = clause(replace(findings(), likeness=[likeness(0.52), learnt]), "likeness")
    assert said.short == "easily told from the real ones"
    assert "a learnt ear finds the real one 90 %" in said.text
    dull = likeness(0.5, audible=0.5, ear="learnt ear")
    said = clause(replace(findings(), likeness=[likeness(0.52), dull]), "likeness")
    assert said.state == "good"


@pytest.mark.parametrize(
    ("right", "state", "says"),
    [
        (12, "good", "One listener found the recording in 12 of 20: that is what guessing gives"),
        (15, "fair", "15 of 20: more than guessing gives (53 to 89 % with 95 % confidence)."),
        (19, "poor", "19 of 20: more than guessing gives"),
        (2, "good", "the new ones are taken for the recordings"),
    ],
)
def test_what_people_said_stands_with_its_interval(right: int, state: str, says: str) -> None:
    heard = HeardRow(listeners=1, trials=20, right=right)
    said = clause(replace(findings(), heard=heard), "heard")
    assert said.state == state
    assert says in said.text


def test_that_nobody_has_listened_is_said() -> None:
    said = clause(replace(findings(), heard=NOBODY), "heard")
    assert said.state == "unknown"
    assert "Nobody has listened" in said.text


def test_copies_are_counted_in_plain_words() -> None:
    one = replace(findings(copy_share=1 / 64), copies=1)
    assert clause(one, "copies").short == "1 of 64 is a near copy"
    assert clause(one, "copies").state == "good"
    many = replace(findings(copy_share=0.5), copies=32)
    assert clause(many, "copies").short == "32 of 64 are near copies"
    assert clause(many, "copies").state == "poor"
    assert "4 in 100 of the real ones" in clause(many, "copies").text


def test_as_many_copies_as_among_the_real_sounds_are_no_fault() -> None:
    references = dict(findings().references) | {"copy_share": Reference(mean=0.3, spread=0.0)}
    found = replace(findings(copy_share=0.25), references=references, copies=16)
    assert clause(found, "copies").state == "good"


def test_a_layer_that_is_not_as_loud_as_the_real_one_is_named_though_harder_is_louder() -> None:
    layers = [
        layer("snare", 20.0, -17.1, -18.3),
        layer("side stick", 20.0, -21.0, -38.4),
        layer("side stick", 120.0, -16.7, -17.0),
        layer("crash", 45.0, -19.0, -14.5),
    ]
    found = replace(findings(), layers=layers)
    assert clause(found, "velocity").state == "good"
    said = clause(found, "layers")
    assert said.state == "poor"
    assert "side stick 17.4 dB too soft at velocity 20, crash 4.5 dB too loud" in said.short
    assert said.text.startswith("2 of 3 kinds have a layer")
    assert said in headline(verdict(found))
    slightly = replace(findings(), layers=[layer("crash", 45.0, -19.0, -14.5)])
    assert clause(slightly, "layers").state == "fair"


def test_without_named_layers_their_levels_are_unknown() -> None:
    assert clause(replace(findings(), layers=[]), "layers").state == "unknown"


def test_the_kinds_that_lack_most_are_named() -> None:
    labels = [
        LabelRow(label="snare", sounds=5, covered=5),
        LabelRow(label="ride", sounds=4, covered=0),
        LabelRow(label="kick", sounds=5, covered=2),
    ]
    found = replace(findings(coverage=0.6), labels=labels)
    assert "least so ride 0 of 4, kick 2 of 5." in clause(found, "variety").text
    assert "snare" not in clause(found, "variety").text


def test_what_cannot_be_known_is_said_to_be_unknown() -> None:
    found = replace(
        findings(**dict.fromkeys(LIKE_REAL, NAN)),
        oracle={},
        learnt=1,
        playback_of_learnt=True,
        layers=[],
        likeness=[likeness(NAN)],
        heard=NOBODY,
    )
    clauses = verdict(found)
    assert {clause.state for clause in clauses} == {"unknown"}
    assert not any("nan" in clause.short + clause.text for clause in clauses)


def test_nothing_held_out_is_said_where_sounds_are_played_back() -> None:
    found = replace(findings(), playback_of_learnt=True)
    assert clause(found, "playback").short == "plays sounds it learnt back closely"
    assert "nothing was held out" in clause(found, "playback").text


def test_every_clause_is_a_sentence() -> None:
    for said in verdict(findings()):
        assert said.text[0].isupper() or said.text[0].isdigit()
        assert said.text.endswith(".")
        assert said.short[0].islower() or said.short[0].isdigit()
