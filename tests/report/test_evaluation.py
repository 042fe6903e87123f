from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

from messina.audio_files import write_wav
from messina.evaluation.metrics import METRICS
from messina.instrument import Instrument
from messina.report import Evaluation, RealSounds, evaluate, write_report
from messina.report.page import page
from messina.report.record import Record
from report.conftest import Evaluate, level_and_colour, write_sounds


def test_every_figure_is_measured_and_stands_beside_its_floor(found: Evaluation) -> None:
    own = found.record.systems[0]
    assert set(own.metrics) == set(METRICS)
    assert all(math.isfinite(value) for value in own.metrics.values())
    assert set(found.record.references) >= set(METRICS) - {"repeat_spread"}


def test_the_oracle_is_always_there_and_baselines_in_their_order(found: Evaluation) -> None:
    names = [row.name for row in found.record.systems]
    assert names == ["instrument", "oracle", "sampler", "producer"]
    assert [system.name for system in found.systems] == names
    sampler = found.record.systems[2]
    assert sampler.metrics["copy_share"] == 1.0


def test_held_out_sounds_are_played_back_beside_what_could_stand_in(found: Evaluation) -> None:
    record = found.record
    assert not record.playback_of_learnt
    assert [row.name for row in record.playback] == [s.name for s in found.real.held_out]
    for row in record.playback:
        assert row.oracle["lsd_1024"] < row.metrics["lsd_1024"]
        assert row.nearest["lsd_1024"] > 0.0


def test_the_map_has_a_place_for_every_sound(found: Evaluation) -> None:
    kinds = [point.kind for point in found.record.map]
    assert kinds.count("generated") == 16
    assert kinds.count("held out") == len(found.real.held_out)
    assert len(kinds) == 16 + len(found.real.sounds)


def test_the_map_is_the_instruments_own_and_others_lie_amid_what_it_knows(
    instrument: Instrument, found: Evaluation
) -> None:
    shown = {point.name: (point.x, 1.0 - point.y) for point in found.record.map}
    kept = [sound.name for sound in instrument.manifest.sounds if sound.role != "held out"]
    for name, place in zip(kept, instrument.places.tolist(), strict=True):
        assert shown[name] == pytest.approx(place)
    low, high = instrument.places.min(axis=0), instrument.places.max(axis=0)
    for place in shown.values():
        assert (place >= low - 1e-6).all()
        assert (place <= high + 1e-6).all()


def test_the_same_seed_finds_the_same(
    instrument: Instrument, real: RealSounds, found: Evaluation
) -> None:
    again = evaluate(
        instrument, real, name="kit.messina", count=16, embedding=level_and_colour
    ).record
    assert again.systems[0].metrics == found.record.systems[0].metrics
    assert again.verdict == found.record.verdict
    assert again.map == found.record.map


def test_several_seeds_give_means_their_spreads_and_a_word_on_chance(
    instrument: Instrument, real: RealSounds
) -> None:
    def measured(seed: int, seeds: int = 1) -> Record:
        found = evaluate(instrument, real, name="kit", count=8, seed=seed, seeds=seeds)
        return found.record

    both, first = measured(3, seeds=2), measured(3)
    own = both.systems[0]
    assert [row.seed for row in both.seeds] == [3, 4]
    assert both.seeds[0].metrics == pytest.approx(first.systems[0].metrics, nan_ok=True)
    values = np.array([row.metrics["flux"] for row in both.seeds])
    assert values[0] != values[1]
    assert own.metrics["flux"] == pytest.approx(values.mean())
    assert own.spread["flux"] == pytest.approx(abs(values[0] - values[1]) / np.sqrt(2))
    # What is not drawn has no spread to speak of: sounds played back only differ in their noise.
    assert own.spread["lsd_1024"] < 0.5
    said = both.verdict[-1]
    assert said.topic == "seeds"
    assert " ± " in said.text
    differ = {t for t, state in both.seeds[0].verdict.items() if both.seeds[1].verdict[t] != state}
    assert said.state == ("fair" if differ else "good")
    assert all(topic in said.short for topic in sorted(differ)[:1]) or not differ
    assert first.seeds == ()
    assert first.systems[0].spread == {}
    assert "seeds" not in {clause.topic for clause in first.verdict}


def test_what_a_run_was_made_with_is_written_down_and_says_nothing_of_whose_it_is(
    instrument: Instrument, found: Evaluation, real: RealSounds, tmp_path: Path
) -> None:
    made = found.record.provenance
    file = tmp_path / "kit.messina"
    instrument.save(file)
    assert made.instrument == hashlib.blake2b(file.read_bytes(), digest_size=16).hexdigest()
    assert made.versions["numpy"] == np.__version__
    assert made.versions["messina"] == found.record.program
    text = page(found)
    for said in (made.instrument, made.sounds, made.python, f"numpy {np.__version__}"):
        assert said in text
    for private in (platform.node(), str(Path.home()), str(real.folder)):
        assert private not in msgspec.json.encode(made).decode()


def test_the_figures_are_written_beside_the_page_and_can_be_read_back(
    found: Evaluation, tmp_path: Path
) -> None:
    beside = write_report(found, tmp_path / "deep" / "report.html")
    assert beside == tmp_path / "deep" / "report.json"
    text = beside.read_text()
    assert "NaN" not in text
    assert json.loads(text)["format"] == "messina-report"
    assert sorted(path.name for path in beside.parent.iterdir()) == ["report.html", "report.json"]
    read = msgspec.json.decode(text.replace(": null", ": 0"), type=Record)
    assert read.verdict == found.record.verdict


def test_a_few_sounds_none_of_them_held_out(evaluated: Evaluate, tmp_path: Path) -> None:
    instrument, found = evaluated(write_sounds(tmp_path, "drums/kick_"))
    assert all(sound.role != "held out" for sound in instrument.manifest.sounds)
    assert found.record.playback_of_learnt
    assert len(found.record.playback) == 5
    clauses = {clause.topic: clause for clause in found.record.verdict}
    assert "nothing was held out" in clauses["playback"].text
    assert "sounds it had learnt" in page(found).lower()


def test_one_sound_alone_is_judged_as_far_as_can_be(evaluated: Evaluate, tmp_path: Path) -> None:
    _, found = evaluated(write_sounds(tmp_path, "drums/kick_v80"))
    clauses = {clause.topic: clause for clause in found.record.verdict}
    assert clauses["likeness"].state == clauses["variety"].state == "unknown"
    assert clauses["copies"].short == "copies: cannot be told from one sound"
    assert clauses["clean"].state != "unknown"
    text = page(found)
    assert ">nan" not in text
    assert "inf" not in {clause.short for clause in found.record.verdict}


def test_silence_and_stereo_are_no_trouble(evaluated: Evaluate, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for index, level in enumerate((0.3, 0.1, 0.02)):
        decay = np.exp(-np.arange(9000) / 2000)[:, None]
        burst = level * decay * rng.standard_normal((9000, 2))
        write_wav(tmp_path / f"burst {index}.wav", burst.astype(np.float32))
    write_wav(tmp_path / "silence.wav", np.zeros(9000, np.float32))
    _, found = evaluated(tmp_path)
    assert len(found.real.sounds) == 3
    assert "burst 0" in page(found)


@pytest.mark.skipif(os.name == "nt", reason="names that Windows forbids")
def test_names_from_strangers_stay_text(evaluated: Evaluate, tmp_path: Path) -> None:
    source = write_sounds(tmp_path / "source", "drums/kick_")
    place = tmp_path / "<img src=x onerror=alert(1)>"
    place.mkdir()
    for index, file in enumerate(sorted(source.glob("*.wav"))):
        shutil.copy(file, place / f'"><script>alert({index})<!--.wav')
    _, found = evaluated(place)
    text = page(found)
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert(0)" in text
