"""Recordings in, hits and phrases out: consistent with each other and with what was played."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from messina.corpus.recordings import NamedRecording
from messina.corpus.sound import content_digest
from messina.errors import CorpusError
from messina.rhythm.groove_material import GrooveMaterial, read_grooves
from messina.rhythm.onsets import find_onsets
from messina.rhythm.transcribing import phrase_of
from rhythm.patterns import RATE, Signal, moved, render, rock, waltz


def _recording(name: str, audio: Signal) -> NamedRecording:
    return NamedRecording(name=name, audio=audio, digest=content_digest(audio))


def _rain() -> Signal:
    return (0.1 * np.random.default_rng(0).standard_normal((3 * RATE, 1))).astype(np.float32)


@cache
def _material() -> GrooveMaterial:
    recordings = [
        _recording("rock.wav", render(rock(bars=2), seconds=4.0, noise=1e-4)),
        _recording("soft.wav", 0.3 * render(moved(rock(bars=2), by_s=0.008), seconds=4.0)),
        _recording("waltz.wav", render(waltz(bars=4), seconds=12 * 60 / 140)),
        _recording("rain.wav", _rain()),
    ]
    return read_grooves(recordings)


def test_every_event_leads_to_its_hit() -> None:
    material = _material()
    for phrase, hits, onsets in zip(
        material.phrases, material.hit_of, material.onsets_s, strict=True
    ):
        assert len(hits) == len(onsets) == len(phrase.events)
        for event, hit in zip(phrase.events, hits, strict=True):
            sound = material.hits.sounds[hit]
            assert sound.label == material.vocabulary[event.voice].label
            assert sound.velocity == event.velocity
            assert sound.name.startswith(f"{phrase.name}#")


def test_events_are_in_order_and_at_the_time_they_were_played() -> None:
    material = _material()
    for phrase, onsets in zip(material.phrases, material.onsets_s, strict=True):
        keys = [(event.tick, event.voice) for event in phrase.events]
        assert keys == sorted(keys)
        times = np.array([e.tick * phrase.tick_s + e.late_s for e in phrase.events])
        # but for where tick 0 lies in the recording
        assert np.ptp(times - np.array(onsets)) < 1e-6
        assert all(0 <= event.tick < phrase.ticks for event in phrase.events)
        assert all(event.length_ticks > 0 for event in phrase.events)


def test_phrases_have_the_metre_of_their_recordings() -> None:
    rock_phrase, soft, three = _material().phrases
    assert [p.name for p in _material().phrases] == ["rock.wav", "soft.wav", "waltz.wav"]
    assert rock_phrase.tempo_bpm == soft.tempo_bpm == pytest.approx(120.0)
    assert (three.beats_per_bar, three.ticks) == (3, 12 * 24)
    assert rock_phrase.ticks == 8 * 24
    assert all(phrase.metric for phrase in _material().phrases)


def test_the_same_drum_is_the_same_voice_in_every_recording() -> None:
    material = _material()
    rock_phrase, soft, _ = material.phrases
    voices = [{e.tick: e.voice for e in phrase.events} for phrase in (rock_phrase, soft)]
    shared = voices[0].keys() & voices[1].keys()
    assert len(shared) > 15
    same = sum(voices[0][tick] == voices[1][tick] for tick in shared)
    assert same > 0.8 * len(shared)
    backbeat = material.vocabulary[voices[0][24]].label
    first = material.vocabulary[voices[0][0]].label
    assert backbeat.startswith("snare")
    assert first.startswith("kick")


def test_velocity_follows_the_level_across_recordings() -> None:
    material = _material()
    rock_phrase, soft, _ = material.phrases
    loudest = max(event.velocity for event in rock_phrase.events)
    assert loudest == 127.0 or max(e.velocity for e in material.phrases[2].events) == 127.0
    # 0.3 is -10.5 dB, at 0.4 dB a step
    assert loudest - max(event.velocity for event in soft.events) == pytest.approx(26, abs=3)
    assert all(1.0 <= e.velocity <= 127.0 for p in material.phrases for e in p.events)
    loudness = [sound.loudness_db for sound in material.hits.sounds]
    velocity = [sound.velocity or 0.0 for sound in material.hits.sounds]
    assert np.all(np.diff(np.array(velocity)[np.argsort(loudness)]) >= 0)


def test_what_has_no_rhythm_is_named_and_left_out() -> None:
    assert [(lost.name, lost.reason) for lost in _material().hits.left_out] == [
        ("rain.wav", "no rhythm in it (1 onset)")
    ] or _material().hits.left_out[0].reason == "no rhythm in it (no onsets)"
    with pytest.raises(CorpusError, match=r"nothing to learn a groove from \(rain.wav"):
        read_grooves([_recording("rain.wav", _rain())])


def test_every_hit_is_learnt_and_every_voice_has_one() -> None:
    hits = _material().hits
    assert not hits.held_out
    assert {sound.label for sound in hits.training} == {v.label for v in _material().vocabulary}


def test_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    loop = _recording("a.wav", render(rock(bars=1), seconds=2.0))
    read_grooves([loop], progress=lambda *what: told.append(what))
    assert told == [("listening", 1, 1)]


def test_a_recording_that_was_not_learnt_is_heard_in_known_voices() -> None:
    material = _material()
    again = phrase_of(render(rock(bars=2), seconds=4.0, noise=1e-4), material.voices, name="new")
    learnt = material.phrases[0]
    assert again.name == "new"
    assert [event.tick for event in again.events] == [event.tick for event in learnt.events]
    same = [a.voice == b.voice for a, b in zip(again.events, learnt.events, strict=True)]
    assert sum(same) >= 0.9 * len(same)


def test_a_recording_without_onsets_is_an_empty_phrase() -> None:
    silent = phrase_of(np.zeros((RATE, 1), np.float32), _material().voices)
    assert silent.events == ()
    assert not silent.metric


def test_of_many_hits_some_sounds_are_kept_and_all_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("messina.rhythm.groove_material.MOST_HITS", 12)
    loop = _recording("a.wav", render(rock(bars=2), seconds=4.0))
    material = read_grooves([loop])
    assert len(material.hits) <= 12 < len(material.phrases[0].events)
    for event, hit in zip(material.phrases[0].events, material.hit_of[0], strict=True):
        assert material.hits.sounds[hit].label == material.vocabulary[event.voice].label


def test_what_a_name_says_wrongly_is_remarked_and_what_has_no_rhythm_is_named() -> None:
    loop = render(rock(bars=2), seconds=4.0, noise=1e-4)
    rain = (0.1 * np.random.default_rng(0).standard_normal((RATE, 1))).astype(np.float32)
    material = read_grooves([_recording("rock_137bpm.wav", loop), _recording("wind.wav", 0 * rain)])
    assert material.remarks == (
        "rock_137bpm.wav: its name says 137 beats a minute, it sounds like 120",
    )
    assert [(lost.name, lost.reason) for lost in material.left_out] == [
        ("wind.wav", "no rhythm in it (no onsets)")
    ]


def test_onsets_that_are_known_are_not_sought_again() -> None:
    loop = _recording("rock.wav", render(rock(bars=2), seconds=4.0, noise=1e-4))
    few = find_onsets(loop.audio[: 2 * RATE])
    material = read_grooves([loop], onsets={loop.digest: few})
    assert len(material.phrases[0].events) == len(few)
