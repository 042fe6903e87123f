"""The numbers that the page's engine shares with Python, written from where Python has them.

    python -m messina.play.constants > src/messina/play/web/engine/constants.js

writes them anew; a test holds the two together.
"""

from __future__ import annotations

import json
import sys
from typing import Final

from messina import limiter, rounding
from messina.counter_rng import Purpose
from messina.frames import layout
from messina.frames.noise import GROUP_BINS
from messina.sequences import voices

__all__ = ["constants_module"]

_HEAD: Final = """\
/* Numbers of what sounds, the same in Python: written by its module play/constants; do not edit. */
"""


def constants_module() -> str:
    """The text of engine/constants.js."""
    fades = {
        "choked": voices.CHOKED,
        "struckAgain": voices.STRUCK_AGAIN,
        "letGo": voices.LET_GO,
        "stolen": voices.STOLEN,
    }
    limits = {
        "ceiling": limiter.CEILING,
        "ahead": limiter.AHEAD_LIVE,
        "side": limiter.SIDE,
        "release": limiter.RELEASE_S,
        "safe": limiter.SAFE,
    }
    fine = {
        "loop": layout.LOOP_SIZE,
        "cellBins": layout.CELL_BINS,
        "cells": layout.FINE_CELLS,
        "most": layout.MOST_FINE,
        "lowDb": layout.FINE_LOW_DB,
        "stepDb": layout.FINE_STEP_DB,
        "flat": layout.FLAT_FINE,
    }
    purposes = {purpose.name: purpose.value for purpose in Purpose}
    lines = [
        "",
        "/** Tags: what the numbers of a sound's or a piece's seed are for. */",
        f"export const PURPOSE = Object.freeze({json.dumps(purposes)});",
        "",
        "/** Of what is fed back, and of factors and times: see the Python module rounding. */",
        f"export const GRID = {rounding.GRID!r};",
        f"export const FINE_GRID = {rounding.FINE_GRID!r};",
        "",
        "/** Of the fine spectrum of a sound's noise: see the Python module frames/excitation. */",
        f"export const FINE = Object.freeze({json.dumps(fine)});",
        "",
        "/** Where the noise's levels are told, in bins of its spectra. */",
        f"export const GROUP_BINS = Object.freeze({json.dumps(GROUP_BINS.tolist())});",
        "",
        "/** Samples in which a voice ends, in a straight line. */",
        f"export const FADES = Object.freeze({json.dumps(fades)});",
        "",
        "/** Of the limiter: amplitudes, samples, seconds. */",
        f"export const LIMITER = Object.freeze({json.dumps(limits)});",
    ]
    return _HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(constants_module())
