"""What a crowd costs: sounds played back by an instrument of their kind, and by one of everything.

    python scripts/make-corpora corpora/
    python benchmarks/crowd.py corpora/mixed corpora/drums corpora/mallets --minutes 10

Each single folder is learnt alone; then the crowd is learnt without what any of them had held out.
Both play back those sounds, beside the oracle and the nearest sound of the crowd. Prints a table
and ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from messina import Corpus, Instrument, learn
from messina.corpus import Sound
from messina.evaluation.metrics import summarise
from messina.report.playback import play_back
from messina.report.systems import through_the_frames

HELD_OUT: Final = 0.1
KEYS: Final = ("lsd_256", "lsd_1024", "lsd_4096", "attack_error", "spectral_convergence")

Metrics = dict[str, float]


def parted(instrument: Instrument, corpus: Corpus) -> tuple[list[Sound], list[Sound]]:
    """The sounds of the corpus that the instrument never heard, and the others."""
    aside = {sound.digest for sound in instrument.manifest.sounds if sound.role == "held out"}
    return (
        [sound for sound in corpus if sound.digest in aside],
        [sound for sound in corpus if sound.digest not in aside],
    )


def played_back(
    instrument: Instrument, sounds: Sequence[Sound], learnt: Sequence[Sound]
) -> dict[str, Metrics]:
    """Metrics of the instrument, the oracle and the nearest learnt sound."""
    oracle = through_the_frames(sounds, seed=0).sounds
    rows = play_back(instrument, sounds, learnt=learnt, oracle=oracle, seed=0)
    return {
        "instrument": summarise([row.metrics for row in rows]),
        "oracle": summarise([row.oracle for row in rows]),
        "nearest": summarise([row.nearest for row in rows]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("crowd", type=Path, metavar="CROWD")
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--minutes", type=float, default=10.0, help="for the crowd")
    parser.add_argument("--alone", type=float, help="minutes for each alone, else as many")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    aside: dict[str, list[Sound]] = {}
    metrics: dict[str, dict[str, Metrics]] = {}
    for folder in arguments.folders:
        corpus = Corpus.from_folder(folder).holding_out(HELD_OUT)
        alone = learn(corpus, minutes=arguments.alone or arguments.minutes, seed=arguments.seed)
        sounds, others = parted(alone, corpus)
        found = played_back(alone, sounds, others)
        aside[folder.name] = sounds
        metrics[folder.name] = {"alone": found["instrument"], "oracle": found["oracle"]}
    crowd = Corpus.from_folder(arguments.crowd)
    digests = {sound.digest for sounds in aside.values() for sound in sounds}
    kept = tuple(sound for sound in crowd if sound.digest not in digests)
    everything = learn(
        dataclasses.replace(crowd, sounds=kept), minutes=arguments.minutes, seed=arguments.seed
    )
    for name, sounds in aside.items():
        found = played_back(everything, sounds, kept)
        metrics[name] |= {"in the crowd": found["instrument"], "nearest": found["nearest"]}
        print(f"{name}: {len(sounds)} held out; {len(kept)} sounds in the crowd", flush=True)
        for title, column in metrics[name].items():
            values = "  ".join(f"{column.get(key, np.nan):6.2f}" for key in KEYS)
            print(f"  {title:14s} {values}", flush=True)
    print(json.dumps({"keys": KEYS, "figures": metrics}))


if __name__ == "__main__":
    main()
