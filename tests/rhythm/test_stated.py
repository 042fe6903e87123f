"""Tempo and metre as names and chunks state them."""

from __future__ import annotations

import pytest

from messina.corpus.chunks import LoopChunk
from messina.rhythm.stated import stated_of


@pytest.mark.parametrize(
    ("name", "tempo_bpm"),
    [
        ("dnb_174bpm.wav", 174.0),
        ("Break 128 BPM full.wav", 128.0),
        ("bpm92_kit.wav", 92.0),
        ("bpm_92.wav", 92.0),
        ("Loop_01_bpm_120.wav", 120.0),
        ("slow 87.5bpm.wav", 87.5),
        ("Tempo=140 x.wav", 140.0),
        ("120 BPM/kick loop.wav", 120.0),
        ("120 BPM/fast_174bpm.wav", 174.0),  # what is nearer to the sound counts
    ],
)
def test_a_tempo_that_is_meant_as_one(name: str, tempo_bpm: float) -> None:
    (claim,) = stated_of(name).tempi
    assert (claim.tempo_bpm, claim.sure, claim.source) == (tempo_bpm, True, "its name")


@pytest.mark.parametrize("name", ["Break 92.wav", "PK_92_Drum_Loop_01.wav", "breaks/92/a.wav"])
def test_a_number_may_be_a_tempo(name: str) -> None:
    (claim,) = stated_of(name).tempi
    assert (claim.tempo_bpm, claim.sure) == (92.0, False)


@pytest.mark.parametrize(
    "name",
    ["Break 07.wav", "kick_2024.wav", "tr808.wav", "24bit 44khz.wav", "Loop 012.wav", "a 999.wav"],
)
def test_counters_years_and_rates_are_no_tempi(name: str) -> None:
    assert stated_of(name).tempi == ()


@pytest.mark.parametrize(
    ("name", "metre"),
    [
        ("waltz_84bpm_3_4.wav", (3, 4)),
        ("98_4_4_beat.wav", (4, 4)),
        ("groove 6-8.wav", (6, 8)),
        ("7-4/a.wav", (7, 4)),
        ("loop_3_4bpm.wav", None),
        ("take 3-2.wav", None),
        ("kick_1_4.wav", None),
    ],
)
def test_a_metre_is_read(name: str, metre: tuple[int, int] | None) -> None:
    assert stated_of(name).metre == metre


def test_chunks_say_what_names_do_not() -> None:
    chunk = LoopChunk(tempo_bpm=174.0, beats=8, metre=(4, 4))
    said = stated_of("a.wav", chunk, length_s=8 * 60 / 174)
    assert said.tempi[0].tempo_bpm == pytest.approx(174.0)
    assert said.tempi[0].source == "its chunks"
    assert said.metre == (4, 4)
    assert not said.metre_sure  # programs write it as a matter of form
    assert stated_of("a.wav", LoopChunk(metre=(7, 8))).metre_sure
    # what says that it is no loop has no tempo
    assert stated_of("a.wav", LoopChunk(one_shot=True, tempo_bpm=99.0)).tempi == ()


def test_names_come_before_chunks() -> None:
    said = stated_of("a_100bpm_3_4.wav", LoopChunk(tempo_bpm=130.0, metre=(7, 4)))
    assert [claim.tempo_bpm for claim in said.tempi] == [100.0, 130.0]
    assert said.metre == (3, 4)
