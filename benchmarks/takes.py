"""Beatboxes, tapped tables and hummed tunes with their strokes and notes known, as they are heard.

    python benchmarks/takes.py kit.messina other.messina --first 1 --step 2

Twenty takes each of a mouth and of a table and ten tunes, made from nothing
(`tests/transcription/takes.py`), from sounds that no instrument has learnt. Strokes are found
within 30 ms, each once. A kind is right when the label it is cast to is of the family of drums
that was meant, by what General MIDI has under the label's name; cast again under names that say
nothing, cymbals count for open hi-hats, whose sound they have. Notes are right within 50 ms and
half a semitone. The opponents, in the same run: kinds cast to the kit's labels by the order of
their brightness alone, and tunes cut wherever something begins, each part a note of its middle
pitch. Prints a table and ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from unittest.mock import patch

import numpy as np

from messina.drums import FAMILIES
from messina.frames.pitch_track import HOP_S, track_pitch
from messina.instrument import Instrument
from messina.instrument.drum_map import general_midi_keys
from messina.rhythm.onsets import find_onsets
from messina.transcription import roles
from messina.transcription.strokes import Strokes, cast_kinds, transcribe_strokes
from messina.transcription.tune import find_notes

_GENERATOR: Final = Path(__file__).parents[1] / "tests" / "transcription" / "takes.py"
_STROKE_S: Final = 0.030
_NOTE_S: Final = 0.050
_MEANT: Final = {
    "kick": ("kick",),
    "snare": ("snare",),
    "closed": ("closed hat",),
    "open": ("open hat",),
}


def generator() -> ModuleType:
    """The module that makes the takes; tests are no package that could be imported."""
    spec = importlib.util.spec_from_file_location("takes_of_the_tests", _GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def pairs_of(true_s: Any, found_s: Any, within_s: float) -> list[tuple[int, int]]:
    """True and found ones that belong together, each once, the nearest first."""
    apart = np.abs(np.subtract.outer(np.asarray(true_s), np.asarray(found_s)))
    pairs = []
    while apart.size and apart.min() <= within_s:
        made, heard = np.unravel_index(int(apart.argmin()), apart.shape)
        pairs.append((int(made), int(heard)))
        apart[made, :] = apart[:, heard] = np.inf
    return pairs


def suits(meant: str, label: str, *, cymbals: bool) -> bool:
    """Whether a label is of the family of drums that was meant."""
    keys = general_midi_keys(label)[:1]
    families = [*_MEANT[meant], *(("ride", "crash") if cymbals and meant == "open" else ())]
    return bool(keys) and any(keys[0] in FAMILIES[family] for family in families)


def by_brightness(found: Strokes, kit: Instrument) -> list[str]:
    """The opponent: kinds and labels in the order of their brightness, ends to ends."""
    drums = [r for r in kit.manifest.responses if not r.pitched]
    labels = [r.label for r in sorted(drums, key=lambda r: r.brightness.centre)]
    order = np.argsort(np.argsort([kind.brightness_hz for kind in found.kinds]))
    last = max(len(found.kinds) - 1, 1)
    return [labels[round(float(rank) / last * (len(labels) - 1))] for rank in order]


def strokes_row(takes: Sequence[Any], kits: dict[str, Instrument]) -> dict[str, float]:
    """Shares of strokes found and of kinds right, and how late strokes are, in ms."""
    made = found = extra = 0
    late: list[float] = []
    right: dict[str, list[bool]] = {}
    for take in takes:
        heard = transcribe_strokes(take.audio)
        at = [stroke.time_s for stroke in heard.strokes]
        pairs = pairs_of(take.times_s, at, _STROKE_S)
        made += len(take.times_s)
        found += len(pairs)
        extra += len(at) - len(pairs)
        late += [1000 * (at[h] - take.times_s[m]) for m, h in pairs]
        for name, kit in kits.items():
            casts = {"kinds right": [cast.label for cast in cast_kinds(heard, kit)]}
            with patch.object(roles, "NAMED", 0.0):
                casts["by sound alone"] = [cast.label for cast in cast_kinds(heard, kit)]
            casts["by brightness"] = by_brightness(heard, kit)
            for way, labels in casts.items():
                right.setdefault(f"{way}, {name}", []).extend(
                    suits(
                        take.kinds[m],
                        labels[heard.strokes[h].kind],
                        cymbals=way == "by sound alone",
                    )
                    for m, h in pairs
                )
    away = np.abs(late)
    return {
        "strokes": made,
        "found": found / made,
        "besides": extra / made,
        "late, median ms": float(np.median(late)),
        "off, 95 % ms": float(np.percentile(away, 95)),
        "within 5 ms": float(np.mean(away < 5)),
        **{way: float(np.mean(hits)) for way, hits in right.items()},
    }


def tunes_row(tunes: Sequence[Any]) -> dict[str, float]:
    """Shares of notes found, and of what was found besides."""
    counts = dict.fromkeys(("notes", "found", "besides", "at onsets"), 0)
    for tune in tunes:
        track = track_pitch(tune.audio[:, 0])
        spans = [(first * HOP_S, first, last) for first, last, _ in find_notes(track)]
        begins = find_onsets(tune.audio).times_s
        ends = [*begins[1:], len(tune.audio) / 44_100]
        cut = [(a, round(a / HOP_S), round(b / HOP_S)) for a, b in zip(begins, ends, strict=True)]
        counts["notes"] += len(tune.notes)
        for way, found in (("found", spans), ("at onsets", cut)):
            pairs = pairs_of(tune.times_s, [at for at, _, _ in found] or [-9.0], _NOTE_S)
            pitches = [_middle(track.note[first:last]) for _, first, last in found]
            hits = sum(abs(pitches[h] - tune.notes[m]) < 0.5 for m, h in pairs)
            counts[way] += hits
            if way == "found":
                counts["besides"] += len(found) - hits
    total = counts.pop("notes")
    return {"notes": total, **{way: count / total for way, count in counts.items()}}


def _middle(notes: Any) -> float:
    there = notes[~np.isnan(notes)]
    return float(np.median(there)) if len(there) else -99.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kits", type=Path, nargs="+")
    parser.add_argument("--first", type=int, default=1, help="seed of the first take")
    parser.add_argument("--step", type=int, default=2, help="between two seeds")
    asked = parser.parse_args()
    kits = {path.stem: Instrument.load(path) for path in asked.kits}
    module = generator()
    seeds = [asked.first + asked.step * number for number in range(20)]
    rows = {
        "beatbox": strokes_row([module.beatbox(seed) for seed in seeds], kits),
        "tapped": strokes_row([module.tapped(seed) for seed in seeds], kits),
        "hummed": tunes_row([module.hummed(seed) for seed in seeds[:10]]),
    }
    for name, row in rows.items():
        print(name)
        for what, value in row.items():
            print(
                f"  {what:32} {value:8.3f}"
                if isinstance(value, float)
                else f"  {what:32} {value:8}"
            )
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
