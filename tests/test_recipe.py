from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from messina.audio_files import SampleFormat, write_wav, write_wav_blocks
from messina.errors import SoundError
from messina.recipe import COMMENT, Recipe, comment_of, described, recipe_in
from messina.riff import LARGEST_INFO, chunk, info_chunk, info_in

RECIPE = Recipe(
    recipe=1,
    by="render",
    program="1.2.3",
    instrument="Große Trommel",
    digest="a1" * 32,
    seed=7,
    asked={"label": "kick", "velocity": 90.5, "at": [0.25, 0.5]},
)


def wav(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("sample_format", ["16", "24", "float"])
@pytest.mark.parametrize("samples", [1, 1000, 1001])
def test_a_recipe_is_read_as_it_was_written_and_the_sound_is_untouched(
    tmp_path: Path, sample_format: SampleFormat, samples: int
) -> None:
    audio = np.linspace(-0.5, 0.5, samples, dtype=np.float32)[:, None]
    plain, holding = tmp_path / "plain.wav", tmp_path / "told.wav"
    write_wav(plain, audio, sample_format=sample_format)
    write_wav(holding, audio, sample_format=sample_format, info={COMMENT: comment_of(RECIPE)})
    assert recipe_in(holding) == RECIPE
    assert recipe_in(plain) is None
    np.testing.assert_array_equal(soundfile.read(holding)[0], soundfile.read(plain)[0])
    assert soundfile.SoundFile(holding).frames == samples
    assert int.from_bytes(holding.read_bytes()[4:8], "little") == holding.stat().st_size - 8


def test_a_piece_written_in_blocks_holds_it_too(tmp_path: Path) -> None:
    blocks = [np.zeros((333, 2), np.float32)] * 3
    frames = write_wav_blocks(
        tmp_path / "a.wav", blocks, mono=True, info={COMMENT: comment_of(RECIPE)}
    )
    assert frames == soundfile.info(tmp_path / "a.wav").frames == 999
    assert recipe_in(tmp_path / "a.wav") == RECIPE


def test_words_for_people_stand_before_it(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(info_chunk({COMMENT: comment_of(RECIPE, before="kick, soft. ")})))
    assert info_in(path)[COMMENT].startswith("kick, soft. ")
    assert recipe_in(path) == RECIPE


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"recipe": 2}, "recipe"),
        ({"digest": "short"}, "digest"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**32}, "seed"),
        ({"by": "somebody"}, "by"),
        ({"asked": {"note": 1e300}}, "asked"),
        ({"asked": {f"control {i}": 0.0 for i in range(40)}}, "asked"),
        ({"asked": {"label": "x" * 300}}, "asked"),
        ({"more": 1}, "more"),
    ],
)
def test_a_strangers_recipe_is_bounded(
    tmp_path: Path, change: dict[str, object], what: str
) -> None:
    changed = {**msgspec.to_builtins(RECIPE), **change}
    text = "Messina recipe " + msgspec.json.encode(changed).decode()
    path = tmp_path / "a.wav"
    path.write_bytes(wav(info_chunk({COMMENT: text})))
    with pytest.raises(SoundError, match=f"its recipe cannot be used.*{what}"):
        recipe_in(path)


def test_a_recipe_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(info_chunk({COMMENT: "Messina recipe " + "[" * 40_000})))
    with pytest.raises(SoundError, match="40000 characters; 32768 are allowed"):
        recipe_in(path)
    path.write_bytes(wav(chunk("LIST", b"INFO" + b"x" * LARGEST_INFO)))
    assert recipe_in(path) is None
    path.write_bytes(wav(info_chunk({COMMENT: "Messina recipe " + "[" * 30_000})))
    with pytest.raises(SoundError, match="cannot be used"):
        recipe_in(path)


@given(data=st.binary(max_size=400))
@settings(max_examples=300)
def test_whatever_stands_in_a_file_it_has_texts_or_none(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("strange") / "a.wav"
    for content in (data, wav(data), wav(chunk("LIST", data)), wav(chunk("LIST", b"INFO" + data))):
        path.write_bytes(content)
        assert all(isinstance(text, str) for text in info_in(path).values())


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes among files")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    for path in (tmp_path / "pipe.wav", tmp_path):
        with pytest.raises(SoundError, match="not a file"):
            recipe_in(path)


def test_the_longest_recording_that_is_told_fits_into_a_recipe(tmp_path: Path) -> None:
    hit = (3_599.9999, 3_599.9999, 999, -123.45, 123.45, 2**32 - 1)
    recipe = msgspec.structs.replace(RECIPE, by="page", played=[hit] * 500, notes=20_000)
    path = tmp_path / "take.wav"
    write_wav(path, np.zeros((10, 1), np.float32), info={COMMENT: comment_of(recipe)})
    assert recipe_in(path) == recipe
    lines = described(recipe)
    assert any("20000 notes, of which the first 500 are told" in line for line in lines)
