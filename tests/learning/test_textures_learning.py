from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from messina.corpus.recordings import NamedRecording
from messina.errors import CorpusError
from messina.learning.textures import build_model, learn_texture
from messina.progress import LearningState
from messina.sequences import Sequence
from messina.stopping import StopRequest
from messina.texture import texture_part
from texture.textures import recordings, surf


def test_a_texture_is_learnt_and_saved_and_told(tmp_path: Path) -> None:
    told: list[LearningState] = []
    path = tmp_path / "bed.messina"
    learnt = learn_texture(recordings(), out=path, progress=told.append)
    assert learnt.model.names == ("surf.wav", "drone.wav")
    assert [(state.stage, state.done) for state in told] == [("analysing", 0.5), ("analysing", 1)]
    assert {state.minutes_left for state in told} == {None}
    first, again = (one.render(duration_s=0.5, seed=3) for one in (learnt, Sequence.load(path)))
    assert_array_equal(first, again)


def test_the_same_recordings_are_the_same_texture() -> None:
    first, again = (texture_part(build_model(recordings())) for _ in range(2))
    assert first.document == again.document
    for name, array in first.arrays.items():
        assert_array_equal(array, again.arrays[name])


def test_what_is_analysed_when_it_is_stopped_is_kept() -> None:
    stop = StopRequest()

    def ask(state: LearningState) -> None:
        stop.asked = state.done > 0

    learnt = learn_texture(recordings(), progress=ask, stop=stop)
    assert learnt.model.names == ("surf.wav",)


def test_nothing_long_enough_is_a_sentence() -> None:
    short = NamedRecording(name="a.wav", audio=surf(0.2), digest="")
    silent = NamedRecording(name="b.wav", audio=np.zeros((60_000, 1), np.float32), digest="")
    with pytest.raises(CorpusError, match="no recording sounds for"):
        build_model([short, silent])
