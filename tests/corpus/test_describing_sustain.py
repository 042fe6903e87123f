"""What is sustained is told from what rings out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from messina.corpus import Corpus
from messina.corpus.describing import steady_part, sustained_labels
from messina.frames.layout import HOP
from messina.units import SAMPLE_RATE


def held(seconds: float, *, release_s: float = 0.15, attack_s: float = 0.05) -> NDArray[np.float32]:
    """A note with a tremolo of 2 dB, held for so long."""
    t = np.arange(round((seconds + 3 * release_s) * SAMPLE_RATE)) / SAMPLE_RATE
    tone = sum(np.sin(2 * np.pi * 220 * k * t) / k for k in range(1, 6))
    level = np.minimum(t / attack_s, 1.0) * 10 ** (0.1 * np.sin(2 * np.pi * 5 * t))
    level *= np.exp(-np.maximum(t - seconds, 0) / (release_s / 3))
    return (0.1 * tone * level)[:, None].astype(np.float32)


def ringing(decay_s: float, seconds: float) -> NDArray[np.float32]:
    """A note that falls by 60 dB in decay_s, cut off after so long."""
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (0.5 * np.sin(2 * np.pi * 330 * t) * 10 ** (-3 * t / decay_s))[:, None].astype(
        np.float32
    )


@pytest.mark.parametrize("seconds", [0.8, 3.0, 8.0])
def test_a_held_note_is_released_where_it_was(seconds: float) -> None:
    steady = steady_part(held(seconds))
    assert steady is not None
    # Levels are those of 46 ms.
    assert steady.release * HOP / SAMPLE_RATE == pytest.approx(seconds, abs=0.04)
    assert 0.05 * SAMPLE_RATE / HOP < steady.start < steady.stop < steady.release


def test_a_note_whose_file_ends_while_it_is_held_is_sustained() -> None:
    audio = held(3.0)[: 2 * SAMPLE_RATE]
    steady = steady_part(audio)
    assert steady is not None
    assert steady.release * HOP < len(audio)


@pytest.mark.parametrize(
    ("decay_s", "seconds"), [(0.3, 0.5), (1.0, 1.0), (4.0, 3.0), (12.0, 5.0), (12.0, 1.0)]
)
def test_what_rings_out_is_not_however_slowly(decay_s: float, seconds: float) -> None:
    assert steady_part(ringing(decay_s, seconds)) is None


def test_a_blip_is_too_short_to_be_held() -> None:
    assert steady_part(held(0.15)) is None


def test_labels_are_what_most_of_their_notes_are() -> None:
    one = steady_part(held(2.0))
    labels = ["organ", "organ", "organ", "bell", "bell", "hum"]
    found = [one, one, None, None, one, one]
    notes = [60.0, 62.0, 64.0, 60.0, 62.0, None]
    assert sustained_labels(labels, found, notes) == {"organ"}


def test_the_table_tells_and_is_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    import soundfile

    folder = tmp_path_factory.mktemp("notes")
    for note in (57, 60, 64):
        shift = 2 ** ((note - 57) / 12)
        own = held(1.5)[::1, 0]
        places = np.arange(0, len(own) - 1, shift)
        soundfile.write(
            folder / f"organ_{note}.wav", np.interp(places, range(len(own)), own), SAMPLE_RATE
        )
        soundfile.write(folder / f"bell_{note}.wav", ringing(1.0, 1.0), SAMPLE_RATE)
    corpus = Corpus.from_folder(folder)
    assert {s.name for s in corpus if s.steady} == {f"organ_{n}.wav" for n in (57, 60, 64)}
    table = corpus.write_table()
    text = table.read_text()
    header = text.splitlines()[0].split(",")
    column = header.index("sustained")
    told = {line.split(",")[0]: line.split(",")[column] for line in text.splitlines()[1:]}
    assert told["organ_57.wav"] == "yes"
    assert told["bell_57.wav"] == "no"
    lines = [header, *(line.split(",") for line in text.splitlines()[1:])]
    for cells in lines[1:]:
        if cells[0] == "organ_57.wav":
            cells[column] = "no"
    table.write_text("\n".join(",".join(cells) for cells in lines))
    again = Corpus.from_folder(folder)
    assert {s.name for s in again if s.steady} == {"organ_60.wav", "organ_64.wav"}
