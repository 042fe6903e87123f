from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from messina.cli.main import main
from messina.instrument import Instrument


def test_playing_an_instrument_never_loads_torch(instrument: Path, tmp_path: Path) -> None:
    program = (
        "import sys\nsys.modules['torch'] = None\n"  # importing it would fail
        "from messina.cli.main import main\n"
        f"files = [{str(instrument)!r}, '-o', {str(tmp_path / 'a.wav')!r}]\n"
        "codes = [main(['render', *files]), main(['resynth', files[0], files[2], '-o', "
        f"{str(tmp_path / 'b.wav')!r}]), main(['info', files[0]])]\n"
        "print(codes, sorted(name for name in sys.modules if name.startswith('torch.')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[0, 0, 0] []", done.stderr


def test_many_sounds_go_to_a_folder_and_each_seed_gives_its_sound_again(
    instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", str(instrument), "-n", "3", "-o", str(tmp_path), "--seed", "7"]) == 0
    files = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert [file.name for file in files] == ["kit_001.wav", "kit_002.wav", "kit_003.wav"]
    assert len({file.read_bytes() for file in files}) == 3
    assert main(["render", str(instrument), "-o", str(tmp_path / "b.wav"), "--seed", "8"]) == 0
    assert (tmp_path / "b.wav").read_bytes() == files[1].read_bytes()


def test_files_have_the_rate_and_format_asked_for(instrument: Path, tmp_path: Path) -> None:
    out = tmp_path / "new folder" / "a.wav"
    words = ["--rate", "48000", "--format", "float", "--length", "0.2", "--label", "marimba"]
    assert main(["render", str(instrument), "-o", str(out), "--note", "C4", *words]) == 0
    info = soundfile.info(out)
    assert (info.samplerate, info.subtype) == (48_000, "FLOAT")
    assert info.frames == pytest.approx(0.2 * 48_000, abs=1)


def test_a_note_by_name_sounds_at_its_pitch(instrument: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.wav"
    assert (
        main(["render", str(instrument), "-o", str(out), "--note", "E4", "--label", "marimba"]) == 0
    )
    audio, rate = soundfile.read(out, always_2d=True)
    spectrum = np.abs(np.fft.rfft(audio.mean(axis=1) * np.hanning(len(audio)), 2**19))
    low, high = (round(hz * 2**19 / rate) for hz in (250, 450))
    found_hz = (low + np.argmax(spectrum[low:high])) * rate / 2**19
    # E4; the demo's marimba is in tune, and 5 cents is what a listener may hear.
    assert abs(1200 * np.log2(found_hz / 329.628)) < 5


def test_sounds_can_be_like_one_and_between_two(
    instrument: Path, folder: Path, tmp_path: Path
) -> None:
    kick, note = folder / "drums/kick_v105.wav", folder / "marimba/marimba_60_v80.wav"
    like = ["--like", str(kick), "-o", str(tmp_path / "like.wav")]
    between = ["--morph", str(kick), str(note), "--at", "0.3", "-o", str(tmp_path / "between.wav")]
    assert main(["render", str(instrument), *like]) == 0
    assert main(["render", str(instrument), *between]) == 0
    for name in ("like.wav", "between.wav"):
        audio, _ = soundfile.read(tmp_path / name, always_2d=True)
        assert 0.001 < np.abs(audio).max() < 1


def test_a_point_of_the_map_sounds_as_it_does_in_python(instrument: Path, tmp_path: Path) -> None:
    out = tmp_path / "there.wav"
    words = ["--at", "0.3,0.8", "--wildness", "0.5", "--format", "float", "--seed", "4"]
    assert main(["render", str(instrument), "-o", str(out), *words]) == 0
    audio, _ = soundfile.read(out, always_2d=True)
    wanted = Instrument.load(instrument).render(at=(0.3, 0.8), wildness=0.5, seed=4)
    np.testing.assert_allclose(audio, wanted[:, : audio.shape[1]], atol=1e-6)


def test_what_was_written_is_listed_for_machines(
    instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", str(instrument), "-n", "2", "-o", str(tmp_path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["seed"] for row in rows] == [0, 1]
    assert all(
        soundfile.info(row["file"]).duration == pytest.approx(row["seconds"], abs=0.01)
        for row in rows
    )


def test_what_an_instrument_does_not_have_is_said_in_one_line(
    instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "a.wav")
    assert main(["render", str(instrument), "-o", out, "--label", "gong"]) == 1
    assert "there is no label 'gong'; there are kick, marimba" in capsys.readouterr().err
    assert main(["render", str(tmp_path / "no.messina"), "-o", out]) == 1
    assert "no.messina" in capsys.readouterr().err
    (tmp_path / "text.messina").write_text("hello")
    assert main(["render", str(tmp_path / "text.messina"), "-o", out]) == 1
    assert "text.messina: not an instrument file" in capsys.readouterr().err
    (tmp_path / "text.wav").write_text("hello")
    assert main(["render", str(instrument), "-o", out, "--like", str(tmp_path / "text.wav")]) == 1
    assert "text.wav: not audio" in capsys.readouterr().err


def test_a_sound_is_never_replaced_by_what_is_made_from_it(
    instrument: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kick = folder / "drums/kick_v105.wav"
    before = kick.read_bytes()
    assert main(["resynth", str(instrument), str(kick), "-o", str(kick)]) == 1
    assert main(["render", str(instrument), "--like", str(kick), "-o", str(kick)]) == 1
    assert "choose another -o" in capsys.readouterr().err
    assert kick.read_bytes() == before


def test_a_resynthesised_sound_begins_where_the_real_one_does(
    instrument: Path, folder: Path, tmp_path: Path
) -> None:
    kick, rate = soundfile.read(folder / "drums/kick_v127.wav")
    late = tmp_path / "late.wav"
    soundfile.write(late, np.concatenate([np.zeros(rate // 2), kick]), rate)
    assert main(["resynth", str(instrument), str(late), "-o", str(tmp_path / "out.wav")]) == 0
    audio, _ = soundfile.read(tmp_path / "out.wav", always_2d=True)
    first = np.flatnonzero(np.abs(audio).max(axis=1) > 0.1 * np.abs(audio).max())[0]
    # Half a second of silence; a kick reaches a tenth of its peak within 5 ms.
    assert first / rate == pytest.approx(0.5, abs=0.005)


def test_a_dot_in_the_name_of_a_folder_makes_it_no_file(
    instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, name in (("2", "v3.12-out"), ("1", "kit 2.0")):
        folder = tmp_path / name
        assert main(["render", str(instrument), "-n", number, "-o", str(folder)]) == 0
        assert len(list(folder.glob("*.wav"))) == int(number)
    assert main(["render", str(instrument), "-o", str(tmp_path / "a.mp3")]) == 2
    assert "a.mp3 is not a .wav file" in capsys.readouterr().err
    assert not (tmp_path / "a.mp3").exists()


def test_help_and_check_agree_on_how_long_a_sound_may_be(
    instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["render", "--help"])
    assert "0.01 to 12 seconds; of sustained notes, held for so long, up to 300" in " ".join(
        capsys.readouterr().out.split()
    )
    words = ["render", str(instrument), "-o", str(tmp_path / "a.wav"), "--length"]
    assert main([*words, "12"]) == 0
    assert main([*words, "30"]) == 1
    assert "--length is 30; sounds that are not sustained can be 0.01 to 12" in (
        capsys.readouterr().err
    )
    with pytest.raises(SystemExit):
        main([*words, "301"])
    assert "301 is not allowed; allowed is 0.01 to 300 seconds" in capsys.readouterr().err


def test_a_label_that_is_nearly_one_is_guessed(
    instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for asked, meant in (("Mari", "marimba"), ("kik", "kick")):
        words = ["render", str(instrument), "--label", asked, "-o", str(tmp_path / "a.wav")]
        assert main(words) == 1
        assert f"no label '{asked}'; did you mean {meant}? there are" in capsys.readouterr().err


def test_what_was_learnt_from_one_channel_is_rendered_as_one(
    instrument: Path, folder: Path, tmp_path: Path
) -> None:
    loaded = Instrument.load(instrument)
    for mono in (True, False):
        made = msgspec.structs.replace(loaded.manifest, mono=mono)
        Instrument(made, loaded.arrays).save(tmp_path / "kit.messina")
        kit, out = str(tmp_path / "kit.messina"), tmp_path / "a.wav"
        assert main(["render", kit, "-o", str(out)]) == 0
        assert soundfile.info(out).channels == (1 if mono else 2)
        assert main(["resynth", kit, str(folder / "drums/kick_v105.wav"), "-o", str(out)]) == 0
        assert soundfile.info(out).channels == (1 if mono else 2)


SOUND_WORDS = (
    ["-n", "2"],
    ["--note", "60"],
    ["--velocity", "90"],
    ["--label", "kick"],
    ["--length", "1"],
    ["--brightness", "0"],
    ["--like", "a.wav"],
    ["--morph", "a.wav", "b.wav"],
    ["--at", "0.5"],
)
PIECE_WORDS = (
    ["--duration", "4"],
    ["--from", "a.wav"],
    ["--groove", "a.mid"],
    ["--with", "b.messina"],
    ["--density", "0"],
    ["--swing", "0"],
    ["--tempo", "100"],
    ["--levelling", "0"],
    ["--place", "0"],
)


@pytest.mark.parametrize("sound", SOUND_WORDS, ids=lambda words: words[0])
@pytest.mark.parametrize("piece", PIECE_WORDS, ids=lambda words: words[0])
def test_an_option_of_single_sounds_and_one_of_pieces_are_both_named(
    sound: list[str], piece: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["render", "x.messina", "-o", str(tmp_path / "x.wav"), *sound, *piece]
    assert main(words) == 2
    error = capsys.readouterr().err
    said = f"messina: {sound[0]} is for single sounds, {piece[0]} for pieces"
    assert error.startswith(said)
    assert len(error.splitlines()) == 1


def test_help_says_which_options_are_for_what(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["render", "--help"])
    _, _, rest = capsys.readouterr().out.partition("\nsingle sounds:\n")
    sounds, _, pieces = rest.partition("\npieces:\n")
    pieces, _, _ = pieces.partition("\nexamples:\n")
    for inside, outside, options in ((sounds, pieces, SOUND_WORDS), (pieces, sounds, PIECE_WORDS)):
        for option, *_ in options:
            assert f"  {option} " in inside
            assert f"  {option} " not in outside


def test_like_one_and_between_two_do_not_go_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--like", "a.wav", "--morph", "b.wav", "c.wav"]
    assert main(["render", "x.messina", "-o", str(tmp_path / "x.wav"), *words]) == 2
    assert "--like and --morph do not go together" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("take.wav", "is a recording; an instrument plays one by: "),
        ("kit.messina", "is an instrument; what plays on by itself is rendered by: "),
        ("folder", "a folder, not a MIDI file"),
        ("none.mid", "there is no such file"),
    ],
)
def test_what_is_no_midi_file_is_told_with_what_plays_it(
    name: str, says: str, instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    words = [str(instrument), "--groove", str(tmp_path / name)]
    try:
        code = main(["render", *words, "-o", str(tmp_path / "out.wav")])
    except SystemExit as left:
        code = int(str(left.code))
    assert code in (1, 2)
    said = capsys.readouterr().err.strip()
    assert says in said
    assert "\n" not in said
