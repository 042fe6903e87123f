"""Notes of tunes that were sung with known ones."""

from __future__ import annotations

import io

import mido
import numpy as np
import pytest

from export.handmade import (
    BLOWN,
    TONES,
    make_instrument,
    with_modes,
    with_steady_parts,
    with_trajectories,
)
from messina.frames.pitch_track import HOP_S, track_pitch
from messina.sequences.midi_writing import encode_midi
from messina.transcription.performance import Performed, moves_of, phrase_of
from messina.transcription.performing import bent, play, play_notes
from messina.transcription.tune import find_notes, is_tune
from transcription.takes import beatbox, hummed, tapped


@pytest.mark.parametrize("seed", [101, 104, 105])
def test_notes_that_are_hummed_are_found_with_their_pitch_and_time(seed: int) -> None:
    tune = hummed(seed)
    track = track_pitch(tune.audio[:, 0])
    spans = find_notes(track)
    used: set[int] = set()
    for start_s, note in zip(tune.times_s, tune.notes, strict=True):
        for number, (first, last, _) in enumerate(spans):
            pitch = float(np.nanmedian(track.note[first:last]))
            # 50 ms, as transcriptions of singing are judged; half a semitone tells notes apart
            near = abs(first * HOP_S - start_s) < 0.05 and abs(pitch - note) < 0.5
            if near and number not in used:
                used.add(number)
                break
    assert len(used) >= 0.9 * len(tune.notes)
    assert len(spans) - len(used) <= 0.1 * len(tune.notes)


def test_a_pitch_is_followed_within_a_few_cents() -> None:
    seconds = np.arange(2 * 44_100) / 44_100
    for middle in (40.0, 57.3, 74.0, 91.0):  # a bass … a whistle
        wanted = middle + 0.5 * np.sin(2 * np.pi * 5.5 * seconds)
        phase = np.cumsum(440 * 2 ** ((wanted - 69) / 12)) * 2 * np.pi / 44_100
        sound = sum(np.sin(n * phase) / n for n in (1, 2, 3)) * 0.2
        track = track_pitch(sound.astype(np.float32))
        inside = slice(20, len(track) - 20)
        assert track.voiced[inside].all()
        at = np.rint(np.arange(len(track)) * HOP_S * 44_100).astype(int)
        away = track.note[inside] - wanted[np.minimum(at, len(wanted) - 1)][inside]
        # Vibrato moves by 17 semitones a second at its steepest: 10 ms of it are 17 cents.
        assert np.percentile(np.abs(away), 95) < 0.2


def test_a_tune_is_told_from_a_beat() -> None:
    assert all(is_tune(hummed(seed).audio) for seed in (101, 102))
    beats = [make(seed).audio for make in (beatbox, tapped) for seed in (101, 102, 103)]
    assert not any(is_tune(audio) for audio in beats)
    seconds = np.arange(44_100) / 44_100
    drum = np.sin(2 * np.pi * 100 * seconds) * np.exp(-seconds / 0.05)  # low, and in tune
    assert not is_tune((0.5 * drum).astype(np.float32)[:, None])


def test_a_bend_moves_a_tone_by_what_it_says() -> None:
    seconds = np.arange(44_100) / 44_100
    tone = np.sin(2 * np.pi * 3_000 * seconds).astype(np.float32)[:, None]
    up = bent(np.repeat(tone, 2, axis=1), np.full(30_000, 150.0))
    spectrum = np.abs(np.fft.rfft(up[:, 0] * np.hanning(len(up))))
    found_hz = np.argmax(spectrum) * 44_100 / len(up)
    assert found_hz == pytest.approx(3_000 * 2 ** (150 / 1200), abs=2.0)
    # what is read between samples adds nothing that is heard: -60 dB
    near = np.abs(np.arange(len(spectrum)) - np.argmax(spectrum)) < 20
    assert spectrum[~near].max() < 1e-3 * spectrum.max()


def test_bends_and_swells_are_in_the_midi_file() -> None:
    row = Performed(
        time_s=0.5,
        label="flute",
        note=60.0,
        velocity=90.0,
        length_s=0.1,
        bend_cents=(-100.0, 0.0, 50.0, 50.0, 400.0),
        level_db=(-9.0, 0.0, -12.04, 0.0, 0.0),
    )
    phrase, vocabulary = phrase_of([row])
    file = mido.MidiFile(file=io.BytesIO(encode_midi(phrase, vocabulary, moves_of([row]))))
    now_s, wheel, loud = 0.0, [], []
    for message in file:
        now_s += message.time
        if message.type == "pitchwheel":
            wheel.append((now_s, message.pitch / 8192 * 2))
        if message.type == "control_change":
            loud.append((message.control, message.value))
        if message.type == "note_on" and message.velocity:
            assert now_s == pytest.approx(0.5, abs=0.002)
            assert len(wheel) == 1  # it begins bent
    times_s, semitones = np.array(wheel).T
    assert times_s == pytest.approx([0.5, 0.52, 0.54, 0.58], abs=0.002)  # a tick is a millisecond
    assert semitones == pytest.approx([-1.0, 0.0, 0.5, 2.0], abs=0.001)
    # 12.04 dB less is half of 127 by the law of expression
    assert loud == [(11, 127), (11, 64), (11, 127)]


def test_a_sustained_note_is_held_as_long_as_it_is_written() -> None:
    tones = with_modes(make_instrument((*TONES, BLOWN)))
    instrument = with_steady_parts(with_trajectories(tones, seed=3))
    lengths, unpitched = [], []
    for seed in range(4):  # some of its sounds are sustained, some are struck
        note = Performed(time_s=0.0, label="chime", velocity=90.0, note=60.0, length_s=20.0)
        audio = play_notes(instrument, [note], seed=seed, wildness=1.0)
        lengths.append(np.flatnonzero(np.abs(audio[:, 0]) > 1e-3)[-1] / 44_100)
        stroke = Performed(time_s=0.0, label="chime", velocity=90.0, length_s=20.0)
        audio = play(instrument, [stroke], seed=seed)
        unpitched.append(np.flatnonzero(np.abs(audio[:, 0]) > 1e-3)[-1] / 44_100)
    # until it is let go, to a frame, and no longer than a release
    assert 19.9 < max(lengths) < 20.5
    assert 19.9 < max(unpitched) < 20.5
