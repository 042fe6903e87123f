"""Many sounds on many cores, and the cache before them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from corpus.signals import BAR, tone
from corpus.stub_analysis import PROCESS, SAMPLES
from messina import process_pool
from messina.corpus import Corpus, Sound, analyse_all, analysing
from messina.corpus.analysing import each_frames
from messina.corpus.cache import FrameCache
from messina.corpus.sound import content_digest
from messina.errors import CorpusError
from messina.frames.layout import REFERENCE_HZ, Frames
from messina.process_pool import ChildGoneError, ChildProcess

STUB = "corpus.stub_analysis:analyse"
TESTS = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _workers_find_the_stub(monkeypatch: pytest.MonkeyPatch) -> None:
    package = Path(analysing.__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS), str(package)]))
    monkeypatch.setenv("MESSINA_STUB_PARENT", "")
    monkeypatch.delenv("MESSINA_STUB_PARENT")


def _sound(samples: int, *, note: float | None = None, seed: int = 0) -> Sound:
    audio = np.random.default_rng(seed).standard_normal((samples, 1)).astype(np.float32)
    return Sound(
        name=f"{samples}.wav",
        audio=audio,
        label="x",
        note=note,
        velocity=None,
        pitch_hz=None,
        loudness_db=0.0,
        brightness_hz=0.0,
        decay_s=0.0,
        held_out=False,
        digest=content_digest(audio),
    )


def _sizes(frames: list[Frames]) -> list[int]:
    return [int(f.onset[SAMPLES]) for f in frames]


def _run(sounds: list[Sound], folder: Path, workers: int | None = None) -> list[Frames]:
    cache = FrameCache(folder)
    return list(each_frames(sounds, workers=workers, cache=cache, function=STUB))


@pytest.mark.parametrize("workers", [1, 3])
def test_frames_come_in_the_order_of_the_sounds(tmp_path: Path, workers: int) -> None:
    sounds = [_sound(samples) for samples in (500, 100, 900, 300, 700, 200, 800, 50)]
    assert _sizes(_run(sounds, tmp_path, workers)) == [len(s.audio) for s in sounds]


def test_several_processes_take_part(tmp_path: Path) -> None:
    frames = _run([_sound(samples) for samples in range(100, 160)], tmp_path, workers=2)
    assert len({f.onset[PROCESS] for f in frames}) == 2


def test_one_worker_and_many_give_the_same_bits(tmp_path: Path) -> None:
    sounds = [_sound(samples) for samples in (100, 2000, 300)]
    alone = _run(sounds, tmp_path / "a", workers=1)
    together = _run(sounds, tmp_path / "b", workers=2)
    cached = _run(sounds, tmp_path / "b", workers=2)
    for one, two, three in zip(alone, together, cached, strict=True):
        assert np.array_equal(one.body, two.body)
        assert np.array_equal(two.body, three.body)
        assert one.gain == two.gain == three.gain


def test_the_second_time_nothing_is_analysed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sounds = [_sound(samples) for samples in (100, 200)]
    _run(sounds, tmp_path)
    monkeypatch.setattr(analysing, "find_function", None)
    assert _sizes(_run(sounds, tmp_path)) == [100, 200]


def test_another_note_is_another_analysis(tmp_path: Path) -> None:
    first = _run([_sound(100)], tmp_path)[0]
    second = _run([_sound(100, note=69)], tmp_path)[0]
    assert first.reference_hz == pytest.approx(REFERENCE_HZ)
    assert second.reference_hz == pytest.approx(440.0)


def test_progress_counts_to_the_end(tmp_path: Path) -> None:
    calls: list[tuple[str, int, int]] = []
    sounds = [_sound(samples) for samples in range(100, 105)]
    cache = FrameCache(tmp_path)
    list(each_frames(sounds, cache=cache, function=STUB, progress=lambda *call: calls.append(call)))
    assert calls == [("analysing", n, 5) for n in range(1, 6)]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_sound_that_cannot_be_analysed_is_named(tmp_path: Path, workers: int) -> None:
    with pytest.raises(CorpusError, match=r"666\.wav: cannot be analysed .*not liked"):
        _run([_sound(100), _sound(666), _sound(200)], tmp_path, workers)


def test_a_worker_that_is_killed_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sounds = [_sound(samples) for samples in (100, 999, 200, 300, 400)]
    original = analysing.find_function

    def as_parent(path: str) -> object:
        monkeypatch.setenv("MESSINA_STUB_PARENT", "1")
        return original(path)

    monkeypatch.setattr(analysing, "find_function", as_parent)
    assert _sizes(_run(sounds, tmp_path, workers=2)) == [100, 999, 200, 300, 400]


def test_not_asking_on_ends_the_workers(tmp_path: Path) -> None:
    started: list[ChildProcess] = []

    class Watched(ChildProcess):
        def __init__(self, *words: str) -> None:
            super().__init__(*words)
            started.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process_pool, "ChildProcess", Watched)
        sounds = [_sound(samples) for samples in range(100, 200)]
        frames = each_frames(sounds, workers=2, cache=FrameCache(tmp_path), function=STUB)
        next(frames)
        frames.close()
    assert len(started) == 2
    for worker in started:
        with pytest.raises(ChildGoneError):
            worker.ask(b"")


def test_a_script_without_a_main_guard_can_use_all_cores(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(
        textwrap.dedent(f"""
            import numpy as np
            from messina.corpus import Corpus
            from messina.corpus.analysing import each_frames
            from messina.corpus.cache import FrameCache
            rng = np.random.default_rng(0)
            corpus = Corpus.from_arrays(list(rng.standard_normal((4, 4410))), sample_rate=44100)
            cache = FrameCache()
            frames = list(each_frames(corpus.sounds, workers=2, function="{STUB}"))
            print(len(frames), "sounds")
        """)
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout == "4 sounds\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX systems")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_ending_the_run_ends_the_workers_without_a_word_of_theirs(how: signal.Signals) -> None:
    script = textwrap.dedent(f"""
        import numpy as np, os, signal, time
        from messina.corpus import Corpus
        from messina.corpus.analysing import each_frames
        signal.signal(signal.SIGINT, signal.default_int_handler)
        noises = [np.random.default_rng(n).standard_normal(4410) for n in range(64)]
        corpus = Corpus.from_arrays(noises, sample_rate=44100)
        for frames in each_frames(corpus.sounds, workers=2, function="{STUB}"):
            print(int(frames.onset[{PROCESS}]), flush=True)
            while True:  # a signal that comes just before signal.pause() would not end that
                time.sleep(0.01)
        """)
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    if how == signal.SIGINT:
        os.killpg(process.pid, how)  # as Ctrl-C does
    else:
        process.send_signal(how)
    # the workers hold the other end of stderr: this returns when all of them have ended
    _, errors = process.communicate(timeout=120)
    errors = errors.replace("this must not disturb the messages", "")  # the stub's
    own_words = "" if how != signal.SIGINT else "KeyboardInterrupt"
    assert errors.strip().rsplit("\n", 1)[-1] == own_words
    assert errors.count("Traceback") == errors.count("KeyboardInterrupt") <= 1


@pytest.mark.parametrize("workers", [1, 2])
def test_the_real_analysis_runs_wherever_it_is(workers: int) -> None:
    sounds = [tone(hz, seconds=0.2, decay_s=0.2, partials=BAR) for hz in (220.0, 440.0, 660.0)]
    corpus = Corpus.from_arrays(sounds, sample_rate=44_100, notes=[57, 69, 76])
    frames = analyse_all(corpus.sounds, workers=workers)
    for sound, each in zip(corpus, frames, strict=True):
        assert each.reference_hz == pytest.approx(sound.reference_hz)
        assert abs(each.duration_s - sound.length_s) < 0.02


def test_no_sounds_are_no_frames() -> None:
    assert analyse_all([]) == []
