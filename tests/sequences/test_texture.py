from __future__ import annotations

import numpy as np
import pytest

from messina.errors import ControlError
from messina.sequences import Sequence
from messina.sequences.sequence import PlayOptions
from messina.sequences.texture import Texture
from texture.textures import SECOND, model


def test_a_texture_comes_back_from_its_file(tmp_path):
    texture = Texture(model())
    texture.save(tmp_path / "bed.messina")
    again = Sequence.load(tmp_path / "bed.messina")
    assert again.about == texture.about == "a texture of 2 recordings, 9 s"
    first, second = (one.render(duration_s=0.5, seed=3) for one in (texture, again))
    np.testing.assert_array_equal(first, second)


def test_recordings_are_levelled_unless_it_is_wished_otherwise():
    texture = Texture(model())

    def played(options: PlayOptions) -> np.ndarray:
        return texture.player(seed=1, options=options).block(SECOND // 4)

    np.testing.assert_array_equal(played(PlayOptions()), played(PlayOptions(levelling=1.0)))
    assert np.abs(played(PlayOptions()) - played(PlayOptions(levelling=0.0))).max() > 0.01


@pytest.mark.parametrize("options", [{"tempo_bpm": 120.0}, {"density": 0.5}, {"swing": 0.5}])
def test_a_texture_has_no_beat(options):
    with pytest.raises(ControlError, match="a texture has no beat"):
        Texture(model()).player(options=PlayOptions(**options))
