"""What is given to public functions and is of another type is told in a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray

import messina
from messina.arguments import checked
from messina.errors import ControlError
from messina.evaluation.copies import copy_check
from messina.evaluation.distribution import density_coverage, kernel_distance
from messina.evaluation.spectra import log_spectral_distance, spectral_convergence
from messina.evaluation.timbre import descriptors, timbre
from messina.evaluation.two_sample import discrimination, two_sample_accuracy
from messina.export.exporting import export
from messina.learning.midi_scores import learn_score
from messina.ready import READY
from messina.units import SAMPLE_RATE

TONE = (0.5 * np.sin(0.1 * np.arange(8_000)) * np.exp(-np.arange(8_000) / 2_000)).astype(np.float32)
POINTS = np.random.default_rng(0).normal(size=(12, 3))
OWN_WORDS = re.compile(r"^`\w+` is .+; wanted is .+")


@pytest.fixture(scope="module")
def mallets() -> messina.Instrument:
    return messina.Instrument.load(READY["mallets"].path)


@checked
def asked(
    number: float = 0.0,
    *,
    count: int = 0,
    text: str | None = None,
    path: Path | None = None,
    sounds: Sequence[float | None] = (),
    pair: tuple[float, float] = (0.0, 0.0),
    audio: NDArray[np.float32] | None = None,
    way: Literal["auto", "never"] = "auto",
) -> dict[str, Any]:
    return locals()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"number": "x"}, "`number` is 'x' (str); wanted is a number"),
        ({"number": True}, "`number` is True (bool); wanted is a number"),
        ({"number": None}, "`number` is None (NoneType); wanted is a number"),
        ({"count": 1.5}, "`count` is 1.5 (float); wanted is a whole number"),
        ({"text": 3}, "`text` is 3 (int); wanted is text or None"),
        ({"path": 3}, "`path` is 3 (int); wanted is a path or None"),
        ({"sounds": "x"}, "`sounds` is 'x' (str); wanted is a list, each a number or None"),
        ({"sounds": ["x"]}, "`sounds` is ['x'] (list); wanted is a list, each a number or None"),
        ({"pair": (1, 2, 3)}, "`pair` is (1, 2, 3) (tuple); wanted is 2 values (a number, a nu"),
        ({"audio": np.array(["a"])}, "`audio` is an array of <U1 of shape (1,); wanted is an arr"),
        ({"audio": [[1, 2], [3]]}, "`audio` is [[1, 2], [3]] (list); wanted is an array of numbe"),
        ({"way": 1}, "`way` is 1 (int); wanted is 'auto' or 'never'"),
    ],
)
def test_the_sentence_says_what_was_given_and_what_is_wanted(
    given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(TypeError) as error:
        asked(**given)
    assert str(error.value).startswith(sentence)


def test_what_is_meant_is_taken(tmp_path: Path) -> None:
    assert asked(np.float32(2), count=44_100.0, path=str(tmp_path), audio=[0, 1])["number"] == 2.0  # type: ignore[arg-type]
    taken = asked(count=44_100.0, path=str(tmp_path), pair=[1, 2])  # type: ignore[arg-type]
    assert type(taken["count"]) is int
    assert taken["path"] == tmp_path


def test_python_itself_says_what_is_missing_or_unknown() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'loud'"):
        asked(loud=1)  # type: ignore[call-arg]


def test_a_rate_may_be_a_float_where_it_is_whole() -> None:
    rate: Any = 44_100.0
    corpus = messina.Corpus.from_arrays([TONE, TONE[::-1]], sample_rate=rate)
    assert len(corpus) == 2
    with pytest.raises(TypeError, match=r"`sample_rate` is 44100\.5"):
        messina.Corpus.from_arrays([TONE], sample_rate=44_100.5)  # type: ignore[arg-type]


def test_a_folder_is_no_corpus_and_the_way_to_one_is_said() -> None:
    pytest.importorskip("torch")
    with pytest.raises(TypeError, match=r"'folder' \(str\); .* of messina.Corpus.from_folder"):
        messina.learn("folder")  # type: ignore[arg-type]


WRONG: tuple[Any, ...] = ("x", b"x", {}, object(), True)


@pytest.mark.parametrize("wrong", WRONG, ids=[type(each).__name__ for each in WRONG])
def test_no_public_function_ends_in_somebody_elses_error(
    wrong: Any, mallets: messina.Instrument, tmp_path: Path
) -> None:
    """Of every argument that cannot be of these types: our own sentence, whoever raised it."""
    pytest.importorskip("torch")
    encoding = mallets.encode(TONE, sample_rate=SAMPLE_RATE)
    calls: dict[str, Callable[[], object]] = {
        **{
            name: lambda name=name: mallets.render(**{name: wrong})  # type: ignore[misc]
            for name in ("note", "velocity", "length_s", "brightness", "vibrato", "wildness", "at")
        },
        "like": lambda: mallets.render(like=wrong),
        "morph": lambda: mallets.render(morph=wrong),
        "seed": lambda: mallets.render(seed=wrong),
        "encode": lambda: mallets.encode(wrong, sample_rate=SAMPLE_RATE),
        "resynth": lambda: mallets.resynth(wrong, sample_rate=SAMPLE_RATE),
        "decode": lambda: mallets.decode(wrong),
        "interpolate": lambda: mallets.interpolate(encoding, wrong, 0.5),
        "share": lambda: mallets.interpolate(encoding, encoding, wrong),
        "from_arrays": lambda: messina.Corpus.from_arrays(wrong, sample_rate=SAMPLE_RATE),
        "labels": lambda: messina.Corpus.from_arrays([TONE], sample_rate=SAMPLE_RATE, labels=wrong),
        "notes": lambda: messina.Corpus.from_arrays([TONE], sample_rate=SAMPLE_RATE, notes=[wrong]),
        "learn": lambda: messina.learn(wrong),
        "learn_groove": lambda: messina.learn_groove(wrong),
        "learn_texture": lambda: messina.learn_texture(wrong),
        "learn_score": lambda: learn_score(wrong),
        "minutes": lambda: learn_score([], minutes=wrong),
        "evaluate": lambda: messina.evaluate(mallets, count=wrong),
        "compare": lambda: messina.compare(mallets, mallets, seed=wrong),
        "export": lambda: export(mallets, tmp_path / "a.sfz", format="sfz", seed=wrong),
        "log_spectral_distance": lambda: log_spectral_distance(wrong, TONE),
        "spectral_convergence": lambda: spectral_convergence(TONE, wrong),
        "descriptors": lambda: descriptors(wrong),
        "timbre": lambda: timbre(wrong),
        "kernel_distance": lambda: kernel_distance(wrong, POINTS),
        "density_coverage": lambda: density_coverage(POINTS, wrong),
        "two_sample_accuracy": lambda: two_sample_accuracy(
            POINTS, wrong, rng=np.random.default_rng(0)
        ),
        "discrimination": lambda: discrimination(POINTS, wrong, rng=np.random.default_rng(0)),
        "copy_check": lambda: copy_check(POINTS, wrong),
    }
    for name, call in calls.items():
        with pytest.raises(TypeError) as error:
            call()
        assert OWN_WORDS.match(str(error.value)), f"{name}: {error.value}"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"z": np.zeros(7, np.float32)}, "latents of 7 and"),
        ({"z": "x"}, "no row of numbers"),
        ({"z": np.full(16, np.nan)}, "not finite"),
        ({"note": "x"}, "note of the encoding is 'x'; a number is wanted"),
        ({"decay_s": None}, "decay_s of the encoding is None; a number is wanted"),
        ({"model": 1.5}, "model of the encoding is 1.5; an index is wanted"),
        ({"label": "nowhere"}, "no label 'nowhere'"),
        ({"trajectory": 3}, "trajectory of the encoding is none"),
    ],
)
def test_an_encoding_that_was_changed_into_none_is_refused(
    changed: dict[str, Any], sentence: str, mallets: messina.Instrument
) -> None:
    encoding = mallets.encode(TONE, sample_rate=SAMPLE_RATE)
    with pytest.raises(ControlError, match=sentence):
        mallets.interpolate(replace(encoding, **changed), encoding, 0.5)


def test_points_and_audio_of_odd_shapes_are_told_by_shape() -> None:
    for measure in (kernel_distance, density_coverage, copy_check):
        for other in (POINTS[:, :2], POINTS[:, 0]):
            with pytest.raises(ValueError, match=r"points of shapes .* the same D"):
                measure(POINTS, other)
    for distance in (log_spectral_distance, spectral_convergence):
        with pytest.raises(ValueError, match=r"audio of shape \(9, 2\); mono \[N\] is wanted"):
            distance(np.zeros((9, 2)), np.zeros(9))
    with pytest.raises(ValueError, match="mono"):
        descriptors([np.zeros((9, 2), np.float32)])


def test_notes_and_rates_that_are_none_are_refused(mallets: messina.Instrument) -> None:
    for note in (float("nan"), 1e30, -1.0):
        with pytest.raises(ControlError, match="`note` is"):
            mallets.encode(TONE, sample_rate=SAMPLE_RATE, note=note)
    for call in (mallets.encode, mallets.resynth):
        with pytest.raises(ControlError, match="a sample rate of -1 Hz"):
            call(TONE, sample_rate=-1)
