"""How far each player is from numpy's, feature by feature, of the same seed: docs/players.md.

    python benchmarks/players.py -o docs/players.md

Runs the tests that compare players and makes a table of the differences that they note: what they
assert and what is told here are the same comparisons. Ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
_NN: Final = "tests/export/test_nn_tilde.py::test_"
_ONNX: Final = "tests/export/test_onnx.py::test_"
TESTS: Final = (
    "tests/conformance",
    "tests/export/test_torch_drawing.py",
    "tests/export/test_torch_holding.py::test_held_notes_of_a_seed_are_those_of_numpy",
    "tests/export/test_torch_operations.py",
    f"{_NN}a_point_of_the_map_sounds_as_it_does_in_numpy",
    f"{_NN}the_latent_at_a_point_is_the_same",
    f"{_NN}what_cuts_off_what_and_who_makes_room_is_as_in_numpy",
    f"{_ONNX}the_folder_says_who_made_it_and_is_the_same_for_the_same_instrument",
    "tests/play/test_live_player.py::test_the_same_notes_of_a_seed_are_the_same_sound_as_in_a_piece",
)
"""Files and tests that note differences; where one is missing a cell is empty, which fails."""
PLAYERS: Final = ("page", "live", "nn~", "ONNX")
_NUMPYS: Final = {"live": "numpy's own"}
_NO_PIECES: Final = {
    "live": "hands alone play it",
    "nn~": "the patch brings the notes",
    "ONNX": "the program brings the notes",
}
_NO_PROGRAM: Final = {"nn~": "takes are seeds", "ONNX": "takes are seeds"}
_NOT_HELD: Final = {"ONNX": "as long as learnt"}
_NO_POINT: Final = {"live": "keys have no point"}
FEATURES: Final[Mapping[str, Mapping[str, str]]] = {
    "whole and even numbers": _NUMPYS,
    "normal numbers": _NUMPYS,
    "what is drawn of a sound": _NUMPYS,
    "what is drawn near a sound": {
        "live": "no such input",
        "nn~": "points of the map instead",
        "ONNX": "points of the map instead",
    },
    "which take a hit strikes": _NUMPYS | _NO_PROGRAM,
    "a new take": {},
    "the most typical take": {"live": "`--wildness 0`, numpy's own"},
    "velocity": {},
    "note": {},
    "drums tuned by a note": {
        "live": "keys are drums",
        "nn~": "keys are drums",
        "ONNX": "by `drawn_reference_hz`",
    },
    "fine spectrum": {},
    "trajectories": {},
    "pitch contours": _NUMPYS,
    "noise's excitation": _NUMPYS | {"nn~": "in its sound", "ONNX": "in its sound"},
    "attack": {},
    "stereo image": {},
    "random weights, half of the sounds": _NUMPYS,
    "random weights, the worst sound": _NUMPYS,
    "notes held and let go, half of them": _NUMPYS | _NOT_HELD,
    "notes held and let go, the worst": _NUMPYS | _NOT_HELD,
    "limiter": _NUMPYS | {"nn~": "the host's", "ONNX": "the program's"},
    "voices: stealing, choke, struck again": {"ONNX": "the program mixes"},
    "keys": {},
    "neighbours on the map": _NO_POINT,
    "point of the map": _NO_POINT | {"nn~": "below"},
    "point of the map, random weights": _NO_POINT | {"page": "above", "ONNX": "above"},
    "grooves: events": _NO_PIECES,
    "grooves: events after a phrase": _NO_PIECES,
    "grooves: strokes, takes, timing": _NO_PIECES,
    "grooves: swing, levelling": _NO_PIECES,
    "grooves: going on from a phrase": _NO_PIECES,
    "scores: events": _NO_PIECES,
    "scores: events after a phrase": _NO_PIECES,
    "textures: the way, pace, mixtures": _NO_PIECES,
    "textures: sound, levelling": _NO_PIECES,
}
"""What is compared, and why a player has nothing to compare."""
_HEAD: Final = """\
# Players

Written by `python benchmarks/players.py -o docs/players.md`; not edited by hand.

The same seed and the same options, played by numpy (`render`, which specifies all others), in \
the page, by `live`, and by the models for nn~ and ONNX. Of sounds: the largest difference, its \
energy beside that of the sound, in dB (the attack's and the stereo image's beside their own). \
Of what is drawn and decided: the largest relative difference, in dB; −300 is the last bit of \
double precision, −140 that of single precision. Where a player has no such input a word says \
why. Random weights are what nothing has taught: thousands of levels lie around the gate over \
which takes deviate, and a last bit puts some on its other side. What the page alone has – \
decay, attack, width and release of what hands play – is in no row. In nn~ one take of a wide \
kit is 77 dB down where all others are 110 and more; why is not known yet.
"""


def measured() -> dict[tuple[str, str], float]:
    """The largest difference of each feature and player, in dB. Raises SystemExit."""
    with tempfile.TemporaryDirectory() as folder:
        noted = Path(folder) / "noted.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        done = subprocess.run([*command, f"--junitxml={noted}", *TESTS], cwd=ROOT)
        if done.returncode:
            raise SystemExit(done.returncode)
        root = ET.parse(noted).getroot()  # noqa: S314  our own
    differences: dict[tuple[str, str], float] = {}
    for told in root.iter("property"):
        feature, _, player = told.attrib["name"].rpartition(" | ")
        key, db = (feature, player), float(told.attrib["value"])
        differences[key] = max(db, differences.get(key, db))
    return differences


def table(differences: Mapping[tuple[str, str], float]) -> str:
    """Markdown. Raises SystemExit where a cell would be empty."""
    lines = [f"| | {' | '.join(PLAYERS)} |", "|---|" + "---|" * len(PLAYERS)]
    for feature, reasons in FEATURES.items():
        cells = []
        for player in PLAYERS:
            db = differences.get((feature, player))
            if db is None and player not in reasons:
                raise SystemExit(f"nothing was noted of {feature} in {player}")
            cells.append(reasons[player] if db is None else _cell(db))
        lines.append(f"| {feature} | {' | '.join(cells)} |")
    unknown = {feature for feature, _ in differences} - set(FEATURES)
    if unknown:
        raise SystemExit(f"noted, but in no row: {', '.join(sorted(unknown))}")
    return "\n".join(lines) + "\n"


def _cell(db: float) -> str:
    return "exact" if db == float("-inf") else f"{db:.0f}".replace("-", "−")


def main() -> None:
    parser = argparse.ArgumentParser(description="Table of the differences between players.")
    parser.add_argument("-o", "--output", type=Path, help="a .md file")
    wanted = parser.parse_args()
    began_s = time.perf_counter()
    differences = measured()
    seconds = time.perf_counter() - began_s
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    text = f"{_HEAD}\nMeasured in {seconds:.0f} s on {machine}.\n\n{table(differences)}"
    if wanted.output is None:
        print(text)
    else:
        wanted.output.write_text(text, encoding="utf-8", newline="\n")
    told = {f"{feature} | {player}": db for (feature, player), db in differences.items()}
    print(json.dumps({name: "exact" if db == float("-inf") else db for name, db in told.items()}))


if __name__ == "__main__":
    main()
