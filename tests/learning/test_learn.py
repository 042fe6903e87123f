"""Learning end to end, on a handful of sounds made here."""

from __future__ import annotations

import errno
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from messina.corpus import Corpus, Sound, each_frames
from messina.errors import CorpusError, InstrumentError
from messina.frames.layout import Frames
from messina.instrument import Instrument
from messina.instrument.manifest import chosen_error_db
from messina.learning import LearningState, learn, point_store
from messina.learning.checkpoint import checkpoint_path
from messina.stopping import StopRequest
from messina.units import SAMPLE_RATE

pytestmark = pytest.mark.slow


def hit(i: int) -> np.ndarray:
    """A drum of its own: a falling tone and noise, louder and brighter as i grows."""
    rng = np.random.default_rng(i)
    t = np.arange(round(0.25 * SAMPLE_RATE)) / SAMPLE_RATE
    tone = np.sin(2 * np.pi * (120 + 7 * i) * t) * np.exp(-t / (0.05 + 0.004 * i))
    noise = rng.standard_normal(len(t)) * np.exp(-t / 0.02)
    return (0.03 * 1.15**i * (tone + 0.1 * noise)).astype(np.float32)


def corpus_of(count: int) -> Corpus:
    labels = ["low" if i % 2 else "high" for i in range(count)]
    return Corpus.from_arrays(
        [hit(i) for i in range(count)], sample_rate=SAMPLE_RATE, labels=labels
    )


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return corpus_of(16)


@pytest.fixture(scope="module")
def states_while_learning() -> list[LearningState]:
    """What was told while learnt_well was learnt."""
    return []


@pytest.fixture(scope="module")
def learnt_well(corpus: Corpus, states_while_learning: list[LearningState]) -> Instrument:
    return learn(corpus, steps=200, seed=1, progress=states_while_learning.append)


def test_learning_brings_the_error_down(learnt_well: Instrument) -> None:
    history = learnt_well.manifest.history
    assert history[-1].learnt_db < 0.8 * history[0].learnt_db
    assert np.isfinite(learnt_well.render(seed=0)).all()


def errors_on_the_way_db(told: Sequence[LearningState]) -> list[float]:
    return [s.error_db for s in told if s.stage == "learning" and s.error_db is not None]


def test_the_error_told_falls_and_is_in_the_end_what_the_instrument_says_of_itself(
    learnt_well: Instrument, states_while_learning: list[LearningState]
) -> None:
    told = states_while_learning
    on_the_way = errors_on_the_way_db(told)
    assert on_the_way[-1] < 0.8 * on_the_way[0]
    assert told[-1].stage == "done"
    assert told[-1].error_db == chosen_error_db(learnt_well.manifest)
    assert told[-1].error_db < on_the_way[-1], "what was kept aside is learnt now, too"


def test_stopped_the_error_told_is_what_the_instrument_says_of_itself(corpus: Corpus) -> None:
    stop = StopRequest()
    told: list[LearningState] = []

    def hear(state: LearningState) -> None:
        told.append(state)
        stop.asked = state.step >= 150

    instrument = learn(corpus, steps=200, seed=1, progress=hear, stop=stop)
    on_the_way = errors_on_the_way_db(told)
    assert on_the_way[-1] < 0.8 * on_the_way[0]
    assert told[-1].stage == "done"
    assert told[-1].error_db == chosen_error_db(instrument.manifest)


def test_what_is_saved_on_the_way_tells_the_error_that_was_told(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messina.learning.best_instrument._SAVE_EVERY_S", 0.0)
    path = tmp_path / "kit.messina"
    pairs = []

    def look(state: LearningState) -> None:
        if state.stage == "learning" and path.exists():
            pairs.append((state.error_db, chosen_error_db(Instrument.load(path).manifest)))

    learn(corpus, steps=160, seed=1, out=path, progress=look)
    # A state comes just before the file that it is told of: some are one check apart.
    assert len({saved for told, saved in pairs if told == saved}) >= 2


def test_the_same_seed_learns_the_same_instrument_bit_for_bit(
    corpus: Corpus, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        learn(corpus, steps=30, seed=3, out=tmp_path / f"{name}.messina")
    learn(corpus, steps=30, seed=4, out=tmp_path / "c.messina")
    a, b, c = ((tmp_path / f"{name}.messina").read_bytes() for name in "abc")
    assert a == b
    assert a != c


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_few_sounds_are_enough(count: int) -> None:
    instrument = learn(corpus_of(count), steps=40)
    audio = instrument.render(velocity=90, seed=1)
    assert len(audio) > 1_000
    assert np.abs(audio).max() > 1e-3
    other = instrument.render(velocity=90, seed=2)
    length = min(len(audio), len(other))
    assert not np.array_equal(audio[:length], other[:length])


def test_the_file_plays_as_the_instrument_does(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "kit.messina"
    instrument = learn(corpus, steps=40, out=path)
    assert np.array_equal(Instrument.load(path).render(seed=3), instrument.render(seed=3))
    assert path.stat().st_size < 5e6


@pytest.mark.parametrize("side", [0.0, 5e-4, 0.1])
def test_sounds_without_a_side_make_an_instrument_that_says_so_and_has_none(side: float) -> None:
    both = np.stack([hit(3), hit(3) + side * hit(9)], axis=1)
    corpus = Corpus.from_arrays([hit(1), both], sample_rate=SAMPLE_RATE)
    instrument = learn(corpus, steps=1)
    assert instrument.manifest.mono is (side < 1e-3)  # 60 dB under the middle
    left, right = instrument.render(velocity=100, wildness=2.0, seed=3).T
    assert np.array_equal(left, right) is instrument.manifest.mono


def test_no_step_is_judged_twice(corpus: Corpus) -> None:
    history = learn(corpus, steps=60, seed=1).manifest.history
    steps = [row.step for row in history]
    assert steps == sorted(set(steps))
    assert all(row.learnt_db > 0.0 for row in history)


def test_going_on_adds_up_and_is_never_worse(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "kit.messina"
    first = learn(corpus, minutes=0.05, steps=60, out=path)
    more = learn(corpus, minutes=0.05, steps=40, out=path, resume=path)
    assert more.manifest.minutes == pytest.approx(0.1)
    assert more.manifest.history[-1].step == 100
    assert more.manifest.history[: len(first.manifest.history)] == first.manifest.history
    assert [s.role for s in more.manifest.sounds] == [s.role for s in first.manifest.sounds]


def test_going_on_works_without_the_checkpoint_and_with_a_damaged_one(
    corpus: Corpus, tmp_path: Path
) -> None:
    path = tmp_path / "kit.messina"
    learn(corpus, steps=60, out=path)
    checkpoint = checkpoint_path(path)
    checkpoint.write_bytes(checkpoint.read_bytes()[:1_000])
    damaged = learn(corpus, steps=20, resume=path)
    checkpoint.unlink()
    missing = learn(corpus, steps=20, resume=path)
    assert damaged.manifest == missing.manifest


def test_going_on_with_other_labels_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "kit.messina"
    learn(corpus, steps=20, out=path)
    with pytest.raises(InstrumentError, match="labels of the sounds have changed"):
        learn(corpus_of(1), steps=20, resume=path)


def test_at_the_end_all_sounds_are_learnt_but_those_held_out(corpus: Corpus) -> None:
    assert {s.role for s in learn(corpus, steps=30).manifest.sounds} == {"learnt"}
    held = corpus.holding_out(0.2)
    manifest = learn(held, steps=30).manifest
    for row, sound in zip(manifest.sounds, held, strict=True):
        assert row.role == ("held out" if sound.held_out else "learnt")
        assert (row.error_db is None) == sound.held_out
    assert manifest.steps == manifest.planned_steps == 30


def test_what_is_kept_aside_when_learning_is_stopped_is_not_called_learnt(corpus: Corpus) -> None:
    stop = StopRequest()

    def stop_when_learning(state: LearningState) -> None:
        stop.asked = state.stage == "learning"

    roles = [
        s.role
        for s in learn(corpus, steps=1_000, progress=stop_when_learning, stop=stop).manifest.sounds
    ]
    assert "validation" in roles


def test_a_sound_that_is_learnt_well_has_a_smaller_error(
    corpus: Corpus, learnt_well: Instrument
) -> None:
    first, last = learn(corpus, steps=1, seed=1).manifest.sounds, learnt_well.manifest.sounds
    errors = np.array([[row.error_db for row in rows] for rows in (first, last)])
    assert errors[1].mean() < 0.7 * errors[0].mean()


def test_a_checkpoint_that_cannot_be_written_is_said_once_and_ends_nothing(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*what: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("messina.learning.fitting.save_checkpoint", full)
    monkeypatch.setattr("messina.learning.best_instrument._SAVE_EVERY_S", 0.0)
    told: list[LearningState] = []
    path = tmp_path / "kit.messina"
    instrument = learn(corpus, steps=120, out=path, progress=told.append)
    remarks = [state.remark for state in told if state.remark]
    refused = f"{checkpoint_path(path)} cannot be written (No space left on device)"
    assert remarks == [f"{refused}; {path} is saved all the same"]
    assert Instrument.load(path).manifest == instrument.manifest


def test_a_disk_that_is_full_for_a_while_does_not_end_learning(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kit.messina"
    save = Instrument.save
    tries: list[Path] = []

    def full_at_first(self: Instrument, where: Path) -> None:
        tries.append(where)
        if len(tries) < 3:
            raise OSError(errno.ENOSPC, "No space left on device", str(where))
        save(self, where)

    monkeypatch.setattr(Instrument, "save", full_at_first)
    monkeypatch.setattr("messina.learning.best_instrument._SAVE_EVERY_S", 0.0)
    told: list[LearningState] = []
    learn(corpus, steps=160, out=path, progress=told.append)
    assert [state.remark for state in told if state.remark] == [
        f"{path} cannot be written (No space left on device); learning goes on, and tries it again"
    ]
    assert len(Instrument.load(path).render(seed=1))


@pytest.mark.parametrize("damage", ["a bit", "of another", "types", "no checkpoint"])
def test_a_checkpoint_that_is_not_what_was_left_is_named_and_not_used(
    corpus: Corpus, tmp_path: Path, damage: str
) -> None:
    path, other = tmp_path / "kit.messina", tmp_path / "other.messina"
    learn(corpus, steps=30, out=path)
    checkpoint = checkpoint_path(path)
    if damage == "a bit":
        data = bytearray(checkpoint.read_bytes())
        data[-1_000] ^= 4
        checkpoint.write_bytes(data)
    elif damage == "of another":
        learn(corpus, steps=31, out=other)
        checkpoint_path(other).replace(checkpoint)
    elif damage == "types":
        tensors = {"weight.labels": torch.zeros(3, 8).to(torch.float8_e4m3fn)}
        checkpoint.write_bytes(safetensors.torch.save(tensors))
    else:
        checkpoint.write_bytes(path.read_bytes())
    told: list[LearningState] = []
    learn(corpus, steps=5, resume=path, progress=told.append)
    remarks = [state.remark for state in told if state.remark]
    assert len(remarks) == 1
    assert remarks[0].startswith(f"{checkpoint}: ")
    assert remarks[0].endswith("going on from the instrument alone")


def test_nothing_to_learn_from_is_said() -> None:
    with pytest.raises(CorpusError, match="no sounds"):
        learn(Corpus(sounds=()), steps=10)


def test_a_signal_ends_learning_and_keeps_what_there_is(corpus: Corpus, tmp_path: Path) -> None:
    told: list[LearningState] = []

    def stop_when_learning(state: LearningState) -> None:
        told.append(state)
        if state.stage == "learning":
            signal.raise_signal(signal.SIGTERM)

    path = tmp_path / "kit.messina"
    before = signal.getsignal(signal.SIGTERM)
    instrument = learn(corpus, steps=100_000, out=path, progress=stop_when_learning)
    assert signal.getsignal(signal.SIGTERM) is before
    assert instrument.manifest.history[-1].step < 1_000
    assert Instrument.load(path).manifest == instrument.manifest
    assert told[-1].stage == "done"


def test_a_signal_during_the_analysis_leaves_an_instrument_of_what_was_heard(
    corpus: Corpus,
) -> None:
    def stop_at_once(state: LearningState) -> None:
        if state.stage == "analysing" and state.done >= 0.25:
            signal.raise_signal(signal.SIGINT)

    instrument = learn(corpus, minutes=1, progress=stop_at_once)
    assert 4 <= len(instrument.manifest.sounds) < 16
    assert instrument.manifest.left_out[-1].reason == "stopped before it was analysed"
    assert np.isfinite(instrument.render(seed=1)).all()


def test_learning_leaves_no_thread_behind(corpus: Corpus) -> None:
    before = threading.active_count()
    learn(corpus, steps=10)
    assert threading.active_count() == before


def test_time_left_while_analysing_goes_by_what_has_been_analysed(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace_s = 0.03
    told: list[LearningState] = []

    def slowly(sounds: Sequence[Sound]) -> Iterator[Frames]:
        for frames in each_frames(sounds):
            time.sleep(pace_s)
            yield frames

    def stop_when_learning(state: LearningState) -> None:
        told.append(state)
        if state.stage == "learning":
            stop.asked = True

    stop = StopRequest()
    monkeypatch.setattr(point_store, "each_frames", slowly)
    learn(corpus, minutes=1e-3, progress=stop_when_learning, stop=stop)
    listening = [state for state in told if state.stage == "analysing"]
    assert len(listening) == len(corpus)
    for state in listening:
        # It never sleeps for less, however soon the minutes are over.
        assert state.minutes_left is not None
        assert 60 * state.minutes_left >= pace_s * len(corpus) * (1 - state.done)
