"""A bell's note is a convention: its own partials do not tell it, the bells that were learnt do."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import messina
from messina.corpus.pitch import estimate_pitch, find_peaks
from messina.units import SAMPLE_RATE, hz_to_note, note_to_hz

NOTES = [52.0, 55.0, 58.0, 61.0, 64.0, 67.0, 70.0, 73.0]
PARTIALS = ((1.22, 0.13), (1.98, 0.28), (2.92, 0.85), (4.02, 1.0), (5.24, 0.45), (6.38, 0.15))
"""Ratios to the strike note and amplitudes, about as tubular bells have them: none at the note.

Ref: Fletcher and Rossing (1998), The Physics of Musical Instruments, section 19.9.
"""


def tubular_bell(note: float, *, loudness: float = 0.5) -> NDArray[np.float32]:
    t = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    strike = float(note_to_hz(note))
    sound = sum(
        amplitude * np.sin(2 * np.pi * ratio * strike * t) * np.exp(-t * ratio / 1.5)
        for ratio, amplitude in PARTIALS
    )
    return (loudness * sound / 3).astype(np.float32)


@pytest.fixture(scope="module")
def bells() -> messina.Instrument:
    corpus = messina.Corpus.from_arrays(
        [tubular_bell(note) for note in NOTES],
        sample_rate=SAMPLE_RATE,
        labels=["bell"] * len(NOTES),
        notes=NOTES,
    )
    return messina.learn(corpus, steps=100, seed=1)


@pytest.mark.parametrize("note", [56.0, 62.0, 69.0])
def test_a_bell_that_was_not_learnt_is_heard_as_the_learnt_ones_are_called(
    bells: messina.Instrument, note: float
) -> None:
    bell = tubular_bell(note, loudness=0.4)
    by_itself = estimate_pitch(find_peaks(bell, decay_s=0.4))
    assert by_itself is not None
    assert (
        abs(float(hz_to_note(by_itself.frequency_hz)) - note) > 6
    )  # else there is nothing to find
    again = bells.resynth(bell, sample_rate=SAMPLE_RATE).mean(axis=1)
    told = bells.resynth(bell, sample_rate=SAMPLE_RATE, note=note).mean(axis=1)
    # Two thirds of a semitone apart would leave nothing in common of lines this narrow.
    assert np.corrcoef(spectrum(again), spectrum(told))[0, 1] > 0.9
    assert np.corrcoef(spectrum(again), spectrum(bell))[0, 1] > 0.6


def spectrum(audio: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.abs(np.fft.rfft(audio[: SAMPLE_RATE // 2] * np.hanning(SAMPLE_RATE // 2))))
