"""Own analysis beside the libraries of the field, on signals of which all is known.

    pip install 'messina[compare]'
    python benchmarks/libraries.py            # some two minutes
    python benchmarks/libraries.py --only pitch

onsets    drum patterns; F-measure of mir_eval, found within 50 ms and within 5 ms
tempo     the same patterns; within 4 % of the tempo, or of its half or double
notes     single tones: harmonic, without fundamental, of a stiff string, of a bar; in 50 cents
voices    a voice that glides with vibrato; raw pitch accuracy of mir_eval, in 50 and 10 cents

Against librosa (onset_detect, beat_track, pyin) and swift-f0. Why own code stays: learning has to
work on numpy alone (librosa brings numba and scikit-learn, 500 MB; swift-f0 an ONNX runtime, 150);
hits are cut where they begin, to the sample, which frames of 512 samples do not tell; loops are
read in bars, not in beats alone; and swift-f0 misses bars, whose partials are not harmonic. pyin
follows voices a little more closely, and costs the 500 MB. BS.1770, kernel distance,
density and coverage are held against pyloudnorm and scikit-learn in the tests.
beat-this is not among them: its weights are fetched from the network when it is first used.

Ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import functools
import json
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import librosa
import mir_eval
import numpy as np
import soxr
import swift_f0
from numpy.typing import NDArray

from messina.corpus.describing import decay_s
from messina.corpus.pitch import estimate_pitch, find_peaks
from messina.demo_sounds import demo_sounds
from messina.frames.pitch_track import HOP_S, track_pitch
from messina.rhythm.metre import find_grid
from messina.rhythm.onsets import find_onsets
from messina.units import SAMPLE_RATE, hz_to_note, note_to_hz

Floats = NDArray[np.float64]
Signal = NDArray[np.float32]

TEMPI: Final = (72, 90, 104, 120, 137, 160, 174)
NEAR_S: Final = (0.05, 0.005)
NEAR_CENTS: Final = (50.0, 10.0)
NOTES: Final = (36, 43, 52, 60, 67, 76, 84, 93)


@functools.cache
def drums() -> dict[str, Signal]:
    """A loud sound of each kind, peak 1."""
    found = {}
    for name, audio in demo_sounds():
        if name.startswith("drums/"):
            kind = name.split("/")[1].split("_v")[0]
            found[kind] = audio / np.abs(audio).max()
    return found


def pattern(tempo_bpm: float, rng: np.random.Generator) -> tuple[Signal, Floats]:
    """Eight bars of kick, snare and hats, some played late by up to 8 ms; sound and onsets in s."""
    kit, beat = drums(), 60.0 / tempo_bpm
    length = round((32 * beat + 0.5) * SAMPLE_RATE)
    sound = 1e-4 * rng.standard_normal(length)
    times = []
    for step in range(8 * 16):
        struck = {
            "kick": step % 16 in (0, 6, 10),
            "snare": step % 16 in (4, 12) or rng.random() < 0.06,
            "hihat_closed": step % 2 == 0,
        }
        if not any(struck.values()):
            continue
        start = round((0.1 + step * beat / 4 + rng.uniform(0.0, 0.008)) * SAMPLE_RATE)
        times.append(start / SAMPLE_RATE)
        for kind, gain in (("kick", 0.5), ("snare", 0.4), ("hihat_closed", 0.15)):
            if struck[kind]:
                hit = gain * rng.uniform(0.6, 1.0) * kit[kind][: length - start]
                sound[start : start + len(hit)] += hit
    return sound.astype(np.float32), np.array(times)


def tone(note: float, kind: str, rng: np.random.Generator) -> Signal:
    """A decaying tone of one of four kinds, 0.8 s, with a breath of noise."""
    time_s = np.arange(round(0.8 * SAMPLE_RATE)) / SAMPLE_RATE
    f0 = float(note_to_hz(note))
    partials: Sequence[tuple[float, float]]
    if kind == "bar":  # a bar that is free at both ends, tuned as marimbas are: 1, 4, 10
        partials = [(1.0, 1.0), (3.98, 0.3), (9.7, 0.15)]
    else:
        stiff = 4e-4 if kind == "stiff string" else 0.0
        partials = [
            (k * np.sqrt(1 + stiff * k * k), 0.02 if k == 1 and kind == "no fundamental" else 1 / k)
            for k in range(1, 13)
        ]
    sound = np.zeros(len(time_s))
    for ratio, level in partials:
        if ratio * f0 < 0.45 * SAMPLE_RATE:
            phase = rng.uniform(0, 2 * np.pi)
            swell = np.exp(-time_s * (3.0 + 0.6 * ratio))
            sound += level * swell * np.sin(2 * np.pi * ratio * f0 * time_s + phase)
    sound = 0.3 * sound / np.abs(sound).max()
    return (sound + 1e-4 * rng.standard_normal(len(sound))).astype(np.float32)


def voice(low: float, high: float, rng: np.random.Generator) -> tuple[Signal, Floats]:
    """Two seconds that glide from note to note with vibrato, through formants; sound and f0 [N]."""
    samples = 2 * SAMPLE_RATE
    time_s = np.arange(samples) / SAMPLE_RATE
    note = np.linspace(low, high, samples) + 0.4 * np.sin(2 * np.pi * 5.5 * time_s)
    f0 = note_to_hz(note)
    phase = 2 * np.pi * np.cumsum(f0) / SAMPLE_RATE
    sound = np.zeros(samples)
    for k in range(1, 41):
        at = k * f0
        level = sum(np.exp(-0.5 * ((at - f) / w) ** 2) for f, w in ((600, 150), (1100, 200)))
        sound += (level + 0.02 / k) * (at < 0.45 * SAMPLE_RATE) * np.sin(k * phase)
    sound = 0.3 * sound / np.abs(sound).max() + 3e-4 * rng.standard_normal(samples)
    return sound.astype(np.float32), f0


def onset_scores(patterns: Sequence[tuple[float, Signal, Floats]]) -> dict[str, dict[str, float]]:
    """F-measures by who found them."""
    finders: dict[str, Callable[[Signal], Floats]] = {
        "messina": lambda sound: find_onsets(sound[:, None]).times_s,
        "librosa": lambda sound: librosa.onset.onset_detect(y=sound, sr=SAMPLE_RATE, units="time"),
        "librosa, backtracked": lambda sound: librosa.onset.onset_detect(
            y=sound, sr=SAMPLE_RATE, units="time", backtrack=True
        ),
    }
    scores: dict[str, dict[str, float]] = {}
    for name, find in finders.items():
        found = [np.unique(find(sound)) for _, sound, _ in patterns]
        scores[name] = {
            f"F within {1000 * near:g} ms": _mean(
                mir_eval.onset.f_measure(times, own, window=near)[0]
                for (_, _, times), own in zip(patterns, found, strict=True)
            )
            for near in NEAR_S
        }
    return scores


def tempo_scores(patterns: Sequence[tuple[float, Signal, Floats]]) -> dict[str, dict[str, float]]:
    """Shares of tempi that are right, and right but for an octave."""

    def own(sound: Signal) -> float:
        return find_grid(find_onsets(sound[:, None]), len(sound) / SAMPLE_RATE).tempo_bpm

    def theirs(sound: Signal) -> float:
        return float(np.squeeze(librosa.beat.beat_track(y=sound, sr=SAMPLE_RATE)[0]))

    scores = {}
    for name, tempo in (("messina", own), ("librosa", theirs)):
        ratios = np.array([tempo(sound) / bpm for bpm, sound, _ in patterns])
        octaves = np.abs(ratios[:, None] / np.array([0.5, 1.0, 2.0]) - 1.0).min(axis=1)
        scores[name] = {
            "within 4 %": float(np.mean(np.abs(ratios - 1.0) < 0.04)),
            "or half, double": float(np.mean(octaves < 0.04)),
        }
    return scores


def trackers() -> dict[str, Callable[[Signal], tuple[Floats, Floats]]]:
    """What follows a pitch: times in s, and Hz, 0 where there is none."""
    swift = swift_f0.SwiftF0()

    def own(sound: Signal) -> tuple[Floats, Floats]:
        track = track_pitch(sound)
        hz = np.where(track.voiced, note_to_hz(np.nan_to_num(track.note, nan=60.0)), 0.0)
        return np.arange(len(track)) * HOP_S, hz

    def pyin(sound: Signal) -> tuple[Floats, Floats]:
        hz, voiced, _ = librosa.pyin(sound, fmin=60.0, fmax=2_200.0, sr=SAMPLE_RATE)
        times = librosa.times_like(hz, sr=SAMPLE_RATE)
        return times, np.where(voiced, np.nan_to_num(hz), 0.0)

    def net(sound: Signal) -> tuple[Floats, Floats]:
        rate = swift_f0.SAMPLE_RATE
        found = swift.detect(soxr.resample(sound, SAMPLE_RATE, rate), rate)
        return np.asarray(found.timestamps, float), _voiced_hz(found)

    return {"messina": own, "librosa pyin": pyin, "swift-f0": net}


def _voiced_hz(found: swift_f0.PitchResult) -> Floats:
    return np.where(found.confidence >= 0.5, found.pitch_hz, 0.0)


def note_scores(rng: np.random.Generator) -> dict[str, dict[str, float]]:
    """Share of tones whose note is found within 50 cents, by kind of tone."""
    followers = trackers()

    def own(sound: Signal) -> float:
        pitch = estimate_pitch(find_peaks(sound, decay_s=decay_s(sound)))
        return 0.0 if pitch is None else pitch.frequency_hz

    def middle(follow: Callable[[Signal], tuple[Floats, Floats]]) -> Callable[[Signal], float]:
        def of(sound: Signal) -> float:
            hz = follow(sound)[1]
            return float(np.median(hz[hz > 0])) if (hz > 0).any() else 0.0

        return of

    finders = {
        "messina": own,
        "librosa pyin": middle(followers["librosa pyin"]),
        "swift-f0": middle(followers["swift-f0"]),
    }
    scores: dict[str, dict[str, float]] = {name: {} for name in finders}
    for kind in ("harmonic", "no fundamental", "stiff string", "bar"):
        tones = [(note, tone(note, kind, rng)) for note in NOTES]
        for name, find in finders.items():
            hits = []
            for note, sound in tones:
                hz = find(sound)
                hits.append(hz > 0 and abs(float(hz_to_note(hz)) - note) < 0.5)
            scores[name][kind] = float(np.mean(hits))
    return scores


def voice_scores(rng: np.random.Generator) -> dict[str, dict[str, float]]:
    """Raw pitch accuracy on voices."""
    voices = [voice(low, low + span, rng) for low in (43, 50, 57, 64) for span in (5, -4)]
    scores = {}
    for name, follow in trackers().items():
        right: dict[float, list[float]] = {near: [] for near in NEAR_CENTS}
        for sound, f0 in voices:
            times, hz = follow(sound)
            inside = (times > 0.1) & (times < 1.9)
            wanted = f0[np.round(times[inside] * SAMPLE_RATE).astype(int)]
            cents = [mir_eval.melody.hz2cents(values) for values in (wanted, hz[inside])]
            for near in NEAR_CENTS:
                right[near].append(
                    mir_eval.melody.raw_pitch_accuracy(
                        np.ones(len(wanted)), cents[0], hz[inside] > 0, cents[1], near
                    )
                )
        scores[name] = {f"within {near:g} cents": _mean(right[near]) for near in NEAR_CENTS}
    return scores


def _mean(values: Any) -> float:
    return float(np.mean(list(values)))


def table(title: str, scores: dict[str, dict[str, float]], seconds: float) -> None:
    columns = list(next(iter(scores.values())))
    print(f"\n{title} ({seconds:.0f} s)\n" + " " * 24 + "".join(f"{c:>18}" for c in columns))
    for name, row in scores.items():
        print(f"{name:24}" + "".join(f"{row[c]:18.2f}" for c in columns))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", choices=("onsets", "tempo", "notes", "voices"))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    patterns = [(float(bpm), *pattern(bpm, rng)) for bpm in TEMPI]
    questions: dict[str, Callable[[], dict[str, dict[str, float]]]] = {
        "onsets": lambda: onset_scores(patterns),
        "tempo": lambda: tempo_scores(patterns),
        "notes": lambda: note_scores(rng),
        "voices": lambda: voice_scores(rng),
    }
    found = {}
    for title, ask in questions.items():
        if arguments.only in (None, title):
            began = time.perf_counter()
            found[title] = ask()
            table(title, found[title], time.perf_counter() - began)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
