from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from messina.audio_files import write_wav
from messina.errors import CorpusError
from messina.instrument import Instrument
from messina.report import RealSounds, find_real_sounds


def test_the_sounds_are_found_as_they_were_learnt(instrument: Instrument, real: RealSounds) -> None:
    rows = instrument.manifest.sounds
    assert [sound.name for sound in real.sounds] == [row.name for row in rows]
    assert [sound.held_out for sound in real.sounds] == [row.role == "held out" for row in rows]
    assert len(real.held_out) + len(real.learnt) == len(rows)
    assert not real.missing


def test_once_found_the_folder_need_not_be_named_again(
    instrument: Instrument, real: RealSounds
) -> None:
    again = find_real_sounds(instrument.manifest)
    assert again.folder == real.folder.resolve()


def test_labels_are_those_that_were_learnt_whatever_the_folder_says_now(
    instrument: Instrument, folder: Path, tmp_path: Path
) -> None:
    moved = Path(shutil.copytree(folder, tmp_path / "moved"))
    for index, file in enumerate(sorted(moved.glob("kick*.wav"))):
        file.rename(moved / f"thump {index}.wav")
    found = find_real_sounds(instrument.manifest, moved)
    assert not found.missing
    assert {sound.label for sound in found.sounds} == {"kick", "marimba"}


def test_what_has_gone_is_named_and_the_rest_is_used(
    instrument: Instrument, folder: Path, tmp_path: Path
) -> None:
    fewer = Path(shutil.copytree(folder, tmp_path / "fewer"))
    gone = min(fewer.glob("*.wav"))
    gone.unlink()
    (fewer / "broken.wav").write_text("not audio")
    found = find_real_sounds(instrument.manifest, fewer)
    assert found.missing == (gone.name,)
    assert len(found.sounds) == len(instrument.manifest.sounds) - 1


def test_a_sound_of_the_same_name_and_measure_is_the_same_one(
    instrument: Instrument, folder: Path, tmp_path: Path
) -> None:
    import soundfile

    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    files = sorted(copy.glob("*.wav"))
    audio, rate = soundfile.read(files[0])
    soundfile.write(files[0], 0.999 * audio, rate, "PCM_24")
    audio, rate = soundfile.read(files[1])
    soundfile.write(files[1], 0.3 * audio, rate, "PCM_24")
    found = find_real_sounds(instrument.manifest, copy)
    assert found.missing == (files[1].name,)


def test_a_folder_of_other_sounds_is_refused_in_one_sentence(
    instrument: Instrument, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    write_wav(tmp_path / "other.wav", 0.1 * rng.standard_normal(9000).astype(np.float32))
    with pytest.raises(CorpusError, match=r"none of its 14 sounds is in this folder; name"):
        find_real_sounds(instrument.manifest, tmp_path)


@pytest.mark.parametrize("content", ["nothing", "a text file", "no folder"])
def test_a_folder_that_holds_no_sounds_is_refused_in_one_sentence(
    instrument: Instrument, tmp_path: Path, content: str
) -> None:
    place = tmp_path / "sounds"
    if content != "no folder":
        place.mkdir()
    if content == "a text file":
        (place / "kick.wav").write_text("this is not audio\n")
    with pytest.raises(CorpusError) as refusal:
        find_real_sounds(instrument.manifest, place)
    assert "\n" not in str(refusal.value)
    assert str(place) in str(refusal.value)


def test_where_nothing_is_known_the_folder_is_asked_for(
    instrument: Instrument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MESSINA_CACHE", str(tmp_path))
    with pytest.raises(CorpusError, match="give it as `folder`"):
        find_real_sounds(instrument.manifest)
