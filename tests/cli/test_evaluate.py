from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from messina.cli.main import main
from messina.instrument import Instrument

from .conftest import Messina

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six sounds of the folder: what is measured takes as long as there are sounds."""
    few = tmp_path_factory.mktemp("few")
    for kind in ("kick_", "marimba_60_"):
        for path in sorted(folder.rglob(f"{kind}*.wav"))[:3]:
            place = few / path.relative_to(folder)
            place.parent.mkdir(exist_ok=True)
            shutil.copy(path, place)
    return few


@pytest.fixture(scope="module")
def instrument(
    folder: Path, messina_here: Messina, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Learnt by the command line, which remembers the folder."""
    file = tmp_path_factory.mktemp("of few") / "kit.messina"
    done = messina_here("learn", folder, "-o", file, "--steps", 20)
    assert done.returncode == 0, done.stderr
    return file


def test_the_report_and_its_figures_are_written_and_the_verdict_is_told(
    folder: Path, instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "report"
    words = ["evaluate", str(instrument), str(folder), "-o", str(out), "--count", "8"]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "clean: " in told
    assert str(out.with_suffix(".html")) in told
    metrics = json.loads(out.with_suffix(".json").read_text())
    assert metrics["instrument"] == "kit.messina"
    assert [row["name"] for row in metrics["contenders"]] == ["instrument", "oracle"]


def test_a_folder_that_was_learnt_here_need_not_be_named(
    instrument: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(instrument), "--count", "4", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["count"] == 4
    assert {clause["state"] for clause in told["verdict"]} <= {"good", "fair", "poor", "unknown"}


def test_several_seeds_are_told_as_means_with_their_spreads(
    folder: Path, instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", str(instrument), str(folder), "--count", "4", "--seeds", "2"]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "new         ±" in told
    assert "2 seeds" in told
    assert main([*words, "-o", str(tmp_path / "report.html")]) == 0
    capsys.readouterr()
    assert "seeds 0 to 1: means ± standard deviations" in (tmp_path / "report.html").read_text()
    metrics = json.loads((tmp_path / "report.json").read_text())
    assert [row["seed"] for row in metrics["seeds"]] == [0, 1]
    assert metrics["contenders"][0]["spread"]["flux"] >= 0


def test_without_a_file_the_figures_are_printed_with_those_of_baselines(
    folder: Path, instrument: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", str(instrument), str(folder), "--count", "4"]
    quick = ["--against", "gruv", "--against", "sampler", "--minutes", "0.002"]
    assert main([*words, *quick]) == 0
    told = capsys.readouterr().out
    assert "gruv" in told
    assert "sampler" in told
    assert "two-sample accuracy" in told


def test_what_cannot_be_is_one_sentence(
    folder: Path,
    instrument: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refused(*words: object) -> str:
        assert main([*map(str, words)]) == 1
        error = capsys.readouterr().err.splitlines()
        assert error[-1].startswith("messina: ")
        return error[-1]

    assert "no such file" in refused("evaluate", tmp_path / "no.messina")
    broken = tmp_path / "broken.messina"
    broken.write_bytes(instrument.read_bytes()[:-100])
    assert "cut short" in refused("evaluate", broken, folder)
    assert "no such folder" in refused("evaluate", instrument, tmp_path / "nowhere")
    odd = tmp_path / "odd"
    odd.mkdir()
    (odd / "kick.wav").write_text("not audio")
    assert "its only file cannot be used" in refused("evaluate", instrument, odd)
    monkeypatch.setenv("MESSINA_CACHE", str(tmp_path / "empty"))
    said = refused("evaluate", instrument)
    assert str(instrument) in said
    assert "give it as FOLDER" in said


def test_wrong_use_is_told_at_once(instrument: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, says in (
        (["evaluate"], "INSTRUMENT"),
        (["evaluate", str(instrument), "--against", "rave"], "gruv, oracle, sampler, producer"),
        (["evaluate", str(instrument), "-o", "report.pdf"], "does not end in .html"),
        (["evaluate", str(instrument), "--count", "0"], "whole numbers from 1"),
        (["compare", str(instrument)], "B"),
    ):
        with pytest.raises(SystemExit) as stop:
            main(words)
        assert stop.value.code == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert says in error.replace("'", "")


def test_two_instruments_are_compared_on_the_sounds_of_both(
    folder: Path, instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Path(shutil.copy(instrument, tmp_path / "copy.messina"))
    assert main(["compare", str(instrument), str(other), str(folder), "--count", "4"]) == 0
    told = capsys.readouterr().out
    assert "A  kit.messina" in told
    assert "B  copy.messina" in told
    assert "A is better in 0, B in 0" in told
    words = ["compare", str(instrument), str(other), "--count", "4", "--json"]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["better"]["lsd_1024"] == "same"
    words = ["compare", str(instrument), str(other), "--count", "4", "--seeds", "2"]
    assert main([*words, "-o", str(tmp_path / "both.html")]) == 0
    page = (tmp_path / "both.html").read_text()
    assert "seeds 0 to 1: means ± standard deviations" in page
    assert "two standard errors over the seeds" in page
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "4 new sounds each, by each of 2 seeds" in told
    assert told.count("±") == 2


def test_a_lost_sound_is_named_and_the_rest_is_measured(
    folder: Path, instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fewer = Path(shutil.copytree(folder, tmp_path / "fewer"))
    lost = Instrument.load(instrument).manifest.sounds[0].name
    (fewer / lost).unlink()
    assert main(["evaluate", str(instrument), str(fewer), "--count", "4", "--json"]) == 0
    heard = capsys.readouterr()
    assert json.loads(heard.out)["missing"] == [lost]
    assert f"1 of its sounds were not found; the first: {lost}" in heard.err


def test_people_are_asked_and_their_answers_stand_in_the_verdict(
    folder: Path, instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "new" / "blind"
    assert main(["evaluate", str(instrument), str(folder), "--blind", str(page)]) == 0
    assert capsys.readouterr().out.strip() == str(page.with_suffix(".html"))
    text = page.with_suffix(".html").read_text()
    start = text.index('id="trials">') + len('id="trials">')
    told = json.loads(text[start : text.index("</script>", start)])
    answers = {key: told[key] for key in ("format", "instrument", "digest", "seed")}
    answers |= {
        "format_version": 1,
        "right": 7,
        "answers": [{"label": label, "right": n < 7} for n, label in enumerate(told["labels"])],
    }
    (tmp_path / "one.json").write_text(json.dumps(answers))
    heard = ["--heard", str(tmp_path / "one.json")]
    words = ["evaluate", str(instrument), str(folder), "--count", "4", *heard, *heard]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "people cannot tell: 2 listeners found the recording in 14 of 40" in told
    (tmp_path / "one.json").write_text(json.dumps(answers | {"digest": "another"}))
    assert main(words) == 1
    assert "about another instrument" in capsys.readouterr().err


def test_a_blind_test_is_not_a_measurement(
    instrument: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blind = ["evaluate", str(instrument), "--blind", str(tmp_path / "blind.html")]
    assert main([*blind, "--json"]) == 2
    assert "leave --json out" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stop:
        main([*blind, "-o", "report.html"])
    assert stop.value.code == 2
    assert "not allowed with" in capsys.readouterr().err
    assert not (tmp_path / "blind.html").exists()
