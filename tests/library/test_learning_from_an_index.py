"""What is learnt from an index is what is learnt from the folder, and no sound is held for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from library.libraries import SMALL, Here, make_library
from messina.corpus import Corpus
from messina.corpus.corpus import LeftOut
from messina.errors import CorpusError
from messina.learning import learn
from messina.learning.point_store import Analyses, IndexedAnalyses, analyse_sounds
from messina.library import LibraryIndex
from messina.library.indexing import index_library


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_library(tmp_path_factory.mktemp("library") / "mine")


@pytest.fixture(scope="module")
def index(library: Path, tmp_path_factory: pytest.TempPathFactory) -> LibraryIndex:
    out = tmp_path_factory.mktemp("index") / "lib"
    index_library(library, out, Here(out), config=SMALL)
    return LibraryIndex.load(out)


@pytest.fixture(scope="module")
def corpus(library: Path) -> Corpus:
    return Corpus.from_folder(library)


def test_an_index_knows_of_each_sound_what_the_corpus_of_the_folder_knows(
    index: LibraryIndex, corpus: Corpus
) -> None:
    known = (
        "name", "label", "note", "velocity", "loudness_db", "brightness_hz", "decay_s", "held_out",
        "steady", "digest", "take", "length_s", "reference_hz", "one_channel",
    )  # fmt: skip
    for one, other in zip(index, corpus, strict=True):
        assert [getattr(one, what) for what in known] == [getattr(other, what) for what in known]
    assert {sound.take for sound in index if "kick" in sound.name} == {index.sounds[1].digest}
    assert index.left_out == corpus.left_out
    assert all(isinstance(each, LeftOut) for each in index.left_out)
    assert index.labels == corpus.labels
    assert index.remarks == corpus.remarks
    assert index.duration_s == pytest.approx(corpus.duration_s)
    assert index.folder == corpus.folder


def test_the_analyses_of_an_index_are_those_of_the_folder_to_the_bit(
    index: LibraryIndex, corpus: Corpus
) -> None:
    ours = analyse_sounds(index.sounds, progress=lambda *_: True)
    theirs = analyse_sounds(corpus.sounds, progress=lambda *_: True)
    assert isinstance(ours, IndexedAnalyses)
    assert isinstance(theirs, Analyses)
    every = np.arange(len(corpus))
    some = np.array([7, 2, 3, 4, 4, 0])
    for name in ("points", "onsets", "onset_weights", "loudest", "fine"):
        for chosen in (every, some):
            np.testing.assert_array_equal(
                getattr(ours, name)[chosen], getattr(theirs, name)[chosen]
            )
        np.testing.assert_array_equal(getattr(ours, name)[5], getattr(theirs, name)[5])
    for sound in every.tolist():
        np.testing.assert_array_equal(ours.rows.rows(sound), theirs.rows.rows(sound))
    np.testing.assert_array_equal(ours.counts, theirs.counts)
    np.testing.assert_array_equal(ours.frames, theirs.frames)
    assert ours.fine[every[:0]].shape == theirs.fine[every[:0]].shape


def test_the_instrument_of_an_index_is_that_of_the_folder(
    index: LibraryIndex, corpus: Corpus
) -> None:
    ours, theirs = (learn(each, steps=12, seed=3) for each in (index, corpus))
    assert ours.manifest.sounds == theirs.manifest.sounds
    assert ours.manifest.left_out == theirs.manifest.left_out
    assert ours.manifest.history == theirs.manifest.history
    for name, array in theirs.arrays.items():
        np.testing.assert_array_equal(ours.arrays[name], array, err_msg=name)


def test_sounds_of_an_index_are_held_out_and_chosen_as_those_of_a_corpus(
    index: LibraryIndex, corpus: Corpus
) -> None:
    held = [sound.name for sound in index.holding_out(0.2).held_out]
    assert held == [sound.name for sound in corpus.holding_out(0.2).held_out] != []
    drums = index.with_labels({"snare", "kick"})
    assert [s.name for s in drums] == [s.name for s in corpus.with_labels({"snare", "kick"})]
    found = analyse_sounds(drums.sounds, progress=lambda *_: True)
    whole = analyse_sounds(index.sounds, progress=lambda *_: True)
    place = [sound.name for sound in index].index(drums.sounds[-1].name)
    np.testing.assert_array_equal(found.onsets[len(drums) - 1], whole.onsets[place])


def test_a_folder_that_is_no_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no complete index .*`LibraryIndex` makes one"):
        LibraryIndex.load(tmp_path)


@pytest.mark.parametrize("kind", ["frames", "table"])
def test_bits_that_a_disk_has_turned_are_told_instead_of_learnt(
    kind: str, library: Path, tmp_path: Path
) -> None:
    out = tmp_path / "lib"
    index_library(library, out, Here(out), config=SMALL)
    shard = next(path for path in out.iterdir() if path.name.startswith(f"{kind}-"))
    data = bytearray(shard.read_bytes())
    data[len(data) * 3 // 4] ^= 4
    shard.write_bytes(data)
    with pytest.raises(CorpusError, match=rf"{shard.name}: damaged; index again"):
        LibraryIndex.load(out).sounds.fixed("loudest")[:]


def test_a_manifest_that_points_outside_its_index_is_damaged(library: Path, tmp_path: Path) -> None:
    out = tmp_path / "lib"
    index_library(library, out, Here(out), config=SMALL)
    manifest = out / "index.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace('"table-', '"../table-'), encoding="utf-8")
    with pytest.raises(CorpusError, match=r"index\.json: damaged"):
        LibraryIndex.load(out)
