from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest

from export.handmade import KIT, TONES, make_instrument
from messina.baselines.blues_form import VOCABULARY, chord_units, chorus, phrase_of
from messina.cli.main import in_options, main
from messina.errors import ControlError, SoundError
from messina.instrument import Instrument
from messina.learning.midi_scores import learn_score
from messina.progress import LearningState
from messina.sequences.midi_writing import write_midi
from messina.sequences.score import Score
from messina.sequences.score_material import read_scores
from messina.sequences.sequence import Sequence


@pytest.fixture(scope="module")
def chime() -> Instrument:
    return make_instrument(TONES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three choruses of blues."""
    path = tmp_path_factory.mktemp("midi")
    for seed in range(3):
        phrase = phrase_of(chord_units(1), chorus(np.random.default_rng(seed)), name="b")
        write_midi(path / f"{seed}.mid", phrase, VOCABULARY)
    return path


@pytest.fixture(scope="module")
def file(folder: Path) -> Path:
    """Hardly learnt."""
    path = folder.parent / "score.messina"
    learn_score(read_scores(folder), minutes=0.02, out=path)
    return path


@pytest.fixture(scope="module")
def score(file: Path) -> Score:
    found = Sequence.load(file)
    assert isinstance(found, Score)
    return found


def test_a_score_is_learnt_saved_and_read(score: Score) -> None:
    assert score.about == "a score of 3 pieces, 2 parts, 120 beats a minute"
    assert len(score.details) == 3


def test_a_disk_that_is_full_for_a_while_does_not_end_learning(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, save = tmp_path / "score.messina", Score.save
    tries: list[object] = []

    def full_at_first(self: Score, where: Path) -> None:
        tries.append(where)
        if len(tries) < 3:
            raise OSError(errno.ENOSPC, "No space left on device", str(where))
        save(self, where)

    monkeypatch.setattr(Score, "save", full_at_first)
    monkeypatch.setattr("messina.learning.events.training._KEEP_EVERY_S", 0.0)
    told: list[LearningState] = []
    learn_score(read_scores(folder), steps=12, out=path, progress=told.append)
    assert [state.remark for state in told if state.remark] == [
        f"{path} cannot be written (No space left on device); learning goes on, and tries it again"
    ]
    assert Sequence.load(path).kind == "score"


def test_a_disk_that_stays_full_is_an_error_in_the_end(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Score, where: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(where))

    monkeypatch.setattr(Score, "save", full)
    with pytest.raises(OSError, match="No space left"):
        learn_score(read_scores(folder), steps=4, out=tmp_path / "score.messina")


def test_it_plays_on_any_instrument_the_same_for_a_seed(score: Score, chime: Instrument) -> None:
    band = score.with_band(chime)
    audio = band.render(duration_s=3.0, seed=1)
    assert audio.shape == (132_300, 2)
    assert np.abs(audio).max() > 0.01
    assert np.array_equal(band.render(duration_s=3.0, seed=1), audio)
    player = band.player(seed=1)
    parts = [player.block(n) for n in (100, 40_000, 92_200)]
    assert np.array_equal(np.concatenate(parts), audio)
    player.reset()
    assert np.array_equal(player.block(1_000), audio[:1_000])


def test_parts_are_played_by_who_was_given_them(score: Score, chime: Instrument) -> None:
    chords_alone = score.with_band({"chords": chime}).render(duration_s=3.0, seed=1)
    assert chords_alone.any()
    assert not score.with_band({"drums": chime}).render(duration_s=3.0, seed=1).any()
    with pytest.raises(ControlError, match="no part 'flute'; there are melody, chords, bass, dru"):
        score.with_band({"flute": chime})


def test_it_goes_on_from_a_midi_file(score: Score, chime: Instrument, folder: Path) -> None:
    after = score.with_band(chime).after(folder / "0.mid")
    assert after.render(duration_s=1.0).any()
    odd = folder.parent / "odd.mid"
    odd.write_bytes(b"nothing")
    with pytest.raises(SoundError, match=r"odd\.mid: not a MIDI file"):
        score.after(odd)


def test_without_an_instrument_it_says_what_to_do(score: Score) -> None:
    with pytest.raises(ControlError, match=r"`Score\.with_band`") as refusal:
        score.player()
    assert "--with INSTRUMENT.messina" in in_options(str(refusal.value))
    with pytest.raises(ControlError, match="not from a sound"):
        score.player(prime=np.zeros((100, 2), np.float32))


def test_from_the_command_line(
    file: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chime, kit = tmp_path / "chime.messina", tmp_path / "kit.messina"
    make_instrument(TONES).save(chime)
    make_instrument(KIT).save(kit)
    out = tmp_path / "out.wav"
    words = ["render", str(file), "--duration", "2", "-o", str(out)]
    assert main(words) == 2
    assert "--with INSTRUMENT.messina" in capsys.readouterr().err
    assert main([*words, "--with", str(chime), "--with", f"melody={kit}"]) == 0
    assert "nothing here has a pitch" in capsys.readouterr().err
    assert main([*words, "--with", str(chime), "--from", str(folder / "1.mid")]) == 0
    assert main(["render", str(chime), "--groove", str(folder / "0.mid"), "-o", str(out)]) == 0
    assert out.stat().st_size > 1e6
