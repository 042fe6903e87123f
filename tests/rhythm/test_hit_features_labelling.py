"""Voices have names that say what they sound like."""

from __future__ import annotations

import numpy as np
import pytest

from messina.rhythm.hit_features import label_groups
from messina.rhythm.transcribing import transcribe
from rhythm.patterns import Hit, render


@pytest.mark.parametrize(
    ("sound", "words"),
    [
        ("kick", {"kick"}),
        ("snare", {"snare"}),
        ("clap", {"snare"}),
        ("tom", {"tom", "kick"}),
        ("hihat_closed", {"hat"}),
        ("hihat_open", {"hat", "cymbal"}),
        ("marimba_60", {"tone"}),
        ("saw_45", {"bass", "tone"}),
    ],
)
def test_plain_sounds_get_plain_words(sound: str, words: set[str]) -> None:
    audio = render([Hit(0.05, sound)], seconds=1.2)
    characters = [hit.character for hit in transcribe(audio, name="x").hits]
    assert (
        label_groups(characters, [1]) <= [max(words)] or label_groups(characters, [1])[0] in words
    )


def test_labels_are_different_and_numbered_by_size() -> None:
    audio = render([Hit(0.05, "kick"), Hit(0.6, "snare")], seconds=1.2)
    kick, snare = (hit.character for hit in transcribe(audio, name="x").hits)
    labels = label_groups([kick, snare, kick], [2, 5, 9])
    assert labels == ["kick 2", "snare", "kick 1"]
    assert len(set(label_groups([kick] * 20, list(range(20))))) == 20
    assert np.all([label.split()[0] == "kick" for label in label_groups([kick] * 3, [1, 1, 1])])
