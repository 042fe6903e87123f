from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path

import pytest

from export.handmade import KIT, TONES, make_instrument
from messina.cli.main import main
from messina.export.packs import SAMPLER_FORMATS
from messina.export_targets import TARGETS, named_targets
from messina.instrument import Instrument
from messina.instrument.container import write_parts
from messina.sequences.model import events_part
from messina.sequences.sequence import EVENTS
from play.handmade_groove import make_model

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")

FEW = ("--velocities", "1", "--round-robin", "1")


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(make_instrument(KIT), tmp_path_factory.mktemp("kit"))


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(make_instrument(TONES), tmp_path_factory.mktemp("tones"))


def saved(instrument: Instrument, folder: Path) -> Path:
    instrument.save(folder / "x.messina")
    return folder / "x.messina"


def export(*words: object) -> int:
    try:
        return main(["export", *map(str, words)])
    except SystemExit as exit_:
        return int(exit_.code or 0)


@pytest.mark.parametrize(
    ("format_name", "place", "made"),
    [
        ("wav", "pack", "pack/sounds.csv"),
        ("sfz", "pack", "pack/pack.sfz"),
        ("decent", "pack", "pack/pack.dspreset"),
        ("sf2", "kit", "kit.sf2"),
        ("ableton", "pack", "pack/pack.adg"),
        ("bitwig", "pack", "pack/pack.multisample"),
        ("mpc", "pack", "pack/pack.xpm"),
        ("hydrogen", "kit.h2drumkit", "kit.h2drumkit"),
        ("hydrogen", "kit", "kit.h2drumkit"),
        ("sfz", "v3.12-pack", "v3.12-pack/v3_12-pack.sfz"),
    ],
)
def test_a_pack_appears_where_it_was_asked_for_and_is_named(
    format_name: str,
    place: str,
    made: str,
    kit: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert export(kit, "--to", format_name, "-o", tmp_path / place, *FEW) == 0
    assert (tmp_path / made).is_file()
    printed = capsys.readouterr()
    assert printed.out.strip() == str(tmp_path / made.partition("/")[0])
    # What no pack can carry is in its description, not said anew each time.
    assert "new on every hit" not in printed.err
    assert ("cannot carry" in printed.err) == (format_name not in ("sfz", "decent", "ableton"))
    target = TARGETS[format_name]
    assert printed.err.splitlines()[-1] == f"play it: {target.opens}"
    # In a folder it says which of the files is opened.
    if not target.suffix and format_name != "wav":
        assert SAMPLER_FORMATS[format_name].ending in target.opens


def test_every_target_has_one_that_writes_it_and_is_told_of_in_the_help(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert export("--help") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert set(SAMPLER_FORMATS) == set(named_targets("pack"))
    for name, target in TARGETS.items():
        assert f"{name} {target.does}" in told
        if target.kind == "pack" and target.suffix:
            assert SAMPLER_FORMATS[name].ending == target.suffix


@pytest.mark.parametrize(("format_name", "suffix"), [("onnx", ""), ("nn", ".ts"), ("web", ".html")])
def test_models_and_pages_too(
    format_name: str,
    suffix: str,
    kit: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if format_name == "onnx":
        pytest.importorskip("onnx")
        pytest.importorskip("torch")
    assert export(kit, "--to", format_name, "-o", tmp_path / "out", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["format"] == format_name
    assert told["output"] == str(tmp_path / f"out{suffix}")
    assert (tmp_path / f"out{suffix}").exists()


def test_json_tells_how_much_was_made_and_what_is_lacking(
    tones: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--velocities", "2", "--round-robin", "2", "--note-step", "6", "--json")
    assert export(tones, "--to", "sfz", "-o", tmp_path / "p", *options) == 0
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert told["sounds"] == 3 * 2 * 2
    assert told["labels"] == 1
    assert told["cannot_carry"]
    assert printed.err == ""


def test_options_reach_the_pack(tones: Path, tmp_path: Path) -> None:
    options = ("--low", "C4", "--high", "62", "--note-step", "1", "--rate", "48000")
    options = (*options, "--format", "16", "--seed", "9", "--wildness", "1.5")
    assert export(tones, "--to", "wav", "-o", tmp_path / "p", *FEW, *options) == 0
    about = json.loads((tmp_path / "p" / "messina.json").read_text())["about"]
    assert (about["low"], about["high"], about["note_step"]) == (60, 62, 1)
    assert (about["sample_rate"], about["bits"]) == (48_000, "16")
    assert (about["seed"], about["wildness"]) == (9, 1.5)
    assert len(list((tmp_path / "p").rglob("*.wav"))) == 3


@pytest.mark.parametrize(
    ("words", "sentence", "code"),
    [
        (("--to", "onnx", "--velocities", "3"), "--velocities is for packs of sounds", 2),
        (("--to", "nn", "--low", "C3"), "nn plays any of them by itself", 2),
        (("--to", "sfz", "--low", "60.5"), "--low 60.5 lies between two keys", 2),
        (
            ("--to", "sfz", "--low", "80"),
            "lowest key asked for is 80 (G#5), the highest 69 (A4)",
            1,
        ),
        (("--to", "hydrogen"), "--to sfz and --to decent make instruments", 1),
        (("--to", "kontakt"), "invalid choice: 'kontakt'", 2),
        (("--to", "sfz", "--round-robin", "0"), "allowed are whole numbers from 1 to 100", 2),
        (("--to", "sfz", "--rate", "96000"), "invalid choice: 96000", 2),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    words: tuple[str, ...],
    sentence: str,
    code: int,
    tones: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert export(tones, *words, "-o", tmp_path / "out") == code
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert printed.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format_name", ["sfz", "hydrogen", "onnx", "nn", "web"])
def test_what_is_there_is_kept_without_force_and_replaced_with_it(
    format_name: str, kit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = FEW if format_name in ("sfz", "hydrogen") else ()
    words = (kit, "--to", format_name, "-o", tmp_path / "out", *few)
    assert export(*words) == 0
    capsys.readouterr()
    assert export(*words) == 1
    assert "--force replaces it" in capsys.readouterr().err
    assert export(*words, "--force") == 0


def test_a_wrong_ending_and_the_instrument_itself_are_not_written_to(
    kit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(kit, "--to", "hydrogen", "-o", tmp_path / "kit.zip") == 2
    assert "kit.zip does not end in .h2drumkit" in capsys.readouterr().err
    before = kit.read_bytes()
    assert export(kit, "--to", "sfz", "-o", kit, "--force") == 1
    assert kit.read_bytes() == before


@pytest.mark.parametrize(
    ("format_name", "asked", "opened"),
    [
        ("sfz", "kit.sfz", "kit/kit.sfz"),
        ("decent", "kit.dspreset", "kit/kit.dspreset"),
        ("wav", "kit.wav", "kit/sounds.csv"),
    ],
)
def test_a_pack_asked_for_by_the_file_a_player_opens_is_the_folder_with_that_file(
    format_name: str,
    asked: str,
    opened: str,
    kit: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert export(kit, "--to", format_name, "-o", tmp_path / asked, *FEW) == 0
    assert (tmp_path / opened).is_file()
    assert capsys.readouterr().out.strip() == str(tmp_path / "kit")


def test_a_kit_says_what_others_may_do_with_it(
    kit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "kit.h2drumkit"
    assert export(kit, "--to", "hydrogen", "-o", out, *FEW, "--license", "CC0 & more") == 0
    with tarfile.open(out) as tar:
        document = tar.extractfile("kit/drumkit.xml")
        assert document is not None
        assert b"<license>CC0 &amp; more</license>" in document.read()
    capsys.readouterr()
    assert export(kit, "--to", "sfz", "-o", tmp_path / "p", "--license", "CC0") == 2
    assert "sfz has no place for it" in capsys.readouterr().err


def test_a_package_that_is_missing_is_named_with_what_brings_it(
    kit: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [*sys.modules]:
        if name.startswith("messina.export.nn_"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert export(kit, "--to", "nn", "-o", tmp_path / "k.ts") == 1
    told = capsys.readouterr().err
    assert "needs torch, which is not installed: messina install-torch brings" in told


def test_an_instrument_that_is_damaged_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.messina").write_bytes(b"nonsense")
    assert export(tmp_path / "x.messina", "--to", "sfz", "-o", tmp_path / "out") == 1
    assert "not an instrument file" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["x.messina"]


@pytest.mark.parametrize("to", ["wav", "sfz", "decent", "hydrogen", "onnx", "nn"])
def test_what_has_no_single_sounds_says_what_can_be_done_with_it(
    to: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    score = tmp_path / "score.messina"
    write_parts(score, {EVENTS: events_part(make_model())})
    assert export(score, "--to", to, "-o", tmp_path / "out") == 1
    said = capsys.readouterr().err.strip()
    assert "no single sounds" in said
    assert "messina render" in said
    assert "--to web" in said
    assert len(said.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["score.messina"]
