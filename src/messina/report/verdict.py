"""All metrics in plain words: what a musician wants to know, one clause each.

Each clause rests on a metric or two beside their references (`findings`). What could not be
measured is said to be unknown; nothing is passed over in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from messina.report.blind import heard_state, heard_text
from messina.report.controllability import deviations_db
from messina.report.findings import WORSE, Findings
from messina.report.likeness import likeness_state, likeness_text
from messina.report.record import Clause, LayerRow, State

__all__ = ["headline", "verdict"]

_ANSWERS: Final[Mapping[State, str]] = {
    "good": "yes",
    "fair": "nearly",
    "poor": "no",
    "unknown": "unknown",
}
_ALWAYS: Final = ("clean", "ends", "copies", "resemblance", "metre", "alive")
"""Topics that the headline names even when all is well."""

_SAME_TAIL_DB: Final = 6.0
"""A tail that is louder than the real ones' by no more than this ends as they do."""
_SAME_LAYER_DB: Final = 3.0
"""Of a label's layers, the worst may be so far from its real sounds and still be that layer …"""
_FAIR_LAYER_DB: Final = 6.0
"""… and so far before it is another."""


def verdict(found: Findings) -> tuple[Clause, ...]:
    """Derives all sentences of the verdict, in the order in which they matter."""
    return tuple(clause(found) for clause in _CLAUSES)


def headline(clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    """The sentences that come first: what is to be known in any case, and what is not good."""
    return tuple(
        clause for clause in clauses if clause.topic in _ALWAYS or clause.state in ("fair", "poor")
    )


def _clean(found: Findings) -> Clause:
    state = found.state("click_rate", "dc", "true_peak", "tonal_to_floor")
    clicking = found.clicking
    parts = [
        f"{_of(clicking, found.count)} {'clicks' if clicking < 2 else 'click'}",
        f"the highest peak is {_db(found.value('true_peak'))}FS",
        f"DC at most {_db(found.value('dc'))}FS (real: {_db(found.reference('dc'))}FS)",
    ]
    if (hiss := -found.more("tonal_to_floor")) > 2.0:
        parts.append(f"tones stand {hiss:.0f} dB less out of the hiss than in the real ones")
    elif hiss < -2.0:
        parts.append(f"tones stand {-hiss:.0f} dB further out of the hiss than in the real ones")
    return _clause("clean", state, f"clean: {_ANSWERS[state]}", "; ".join(parts))


def _ends(found: Findings) -> Clause:
    state = found.state("tail_rise")
    if state != "unknown" and (louder := found.more("tail_level")) > _SAME_TAIL_DB:
        level: State = "fair" if louder <= 3.0 * _SAME_TAIL_DB else "poor"
        state = max(state, level, key=WORSE.__getitem__)
    text = (
        f"what fades swells again by {_db(found.value('tail_rise'))} at most in 95 of 100 "
        f"(real: {_db(found.reference('tail_rise'))})"
    )
    return _clause("ends", state, f"ends: {_ANSWERS[state]}", text)


def _tails(found: Findings) -> Clause:
    state = found.state("tail_level")
    more = found.more("tail_level")
    short = "tails as the real ones"
    if state == "unknown":
        short = "tails: unknown"
    elif state != "good" and more < 0:
        # Silence at the end is no fault that is heard.
        state, short = "fair", "more silence at the end than the real ones"
    elif state != "good":
        short = "tails louder than the real ones"
    text = (
        f"the last tenth of a sound lies {_db(-found.value('tail_level'))} under its loudest "
        f"moment (real: {_db(-found.reference('tail_level'))}); audible for "
        f"{_plain(found.value('length'))} s (real: {_plain(found.reference('length'))} s)"
    )
    return _clause("tails", state, short, text)


def _copies(found: Findings) -> Clause:
    if found.learnt < 2:
        text = "one sound was learnt, so there is no telling how far new ones should be from it"
        return _clause("copies", "unknown", "copies: cannot be told from one sound", text)
    state = found.state("copy_share")
    short = "no near copies"
    if found.copies:
        are = "is a near copy" if found.copies == 1 else "are near copies"
        short = f"{found.copies} of {found.count} {are}"
    text = f"{_of(found.copies, found.count)} {'is' if found.copies < 2 else 'are'} much nearer to "
    text += "a sound that was learnt than those are to each other"
    if np.isfinite(found.reference("copy_share")):
        own = round(100 * found.reference("copy_share"))
        text += f" ({own} in 100 of the real ones are as near to another)"
    if np.isfinite(novelty := found.value("novelty")):
        text += f"; typically {novelty:.1f} times as far as real neighbours are apart"
    return _clause("copies", state, short, text)


def _discrimination(found: Findings) -> Clause:
    rows = [(likeness_state(row), row) for row in found.likeness]
    rows = [(state, row) for state, row in rows if np.isfinite(row.discrimination)]
    if not rows:
        return _too_few("likeness")
    # The sharper ear has the say.
    state = max((state for state, _ in rows), key=WORSE.__getitem__)
    short = {
        "good": "hard to tell from the real ones",
        "fair": "can be told from the real ones",
        "poor": "easily told from the real ones",
        "unknown": "likeness: unknown",
    }[state]
    return _clause("likeness", state, short, "; ".join(likeness_text(row) for _, row in rows))


def _heard(found: Findings) -> Clause:
    state = heard_state(found.heard)
    if state == "unknown":
        text = "nobody has listened: a blind test asks people (`evaluate --blind`, or its button)"
        return _clause("heard", state, "by people: unknown", text)
    short = {
        "good": "people cannot tell",
        "fair": "people can tell",
        "poor": "people tell easily",
    }[state]
    people = "one listener" if found.heard.listeners == 1 else f"{found.heard.listeners} listeners"
    text = f"{people} found the recording in {heard_text(found.heard)}"
    return _clause("heard", state, short, text)


def _variety(found: Findings) -> Clause:
    state = found.state("coverage")
    if state == "unknown":
        return _too_few("variety")
    short = {
        "good": "as varied as the real ones",
        "fair": "less varied than the real ones",
        "poor": "much less varied than the real ones",
    }[state]
    text = (
        f"{_percent(found.value('coverage'))} of the real sounds have a new one near by "
        f"(between two halves of the real ones: {_percent(found.reference('coverage'))})"
    )
    lacking = sorted(found.labels, key=lambda row: row.covered / row.sounds)
    lacking = [row for row in lacking if row.covered < 0.7 * row.sounds][:3]
    if lacking:
        names = ", ".join(f"{row.label} {row.covered} of {row.sounds}" for row in lacking)
        text += f"; least so {names}"
    return _clause("variety", state, short, text)


def _attacks(found: Findings) -> Clause:
    state = found.state("attack_level")
    more = found.more("attack_level")
    if state == "unknown":
        short, text = "attacks: unknown", "nothing was heard"
    else:
        how = "softer" if more < 0 else "harder"
        if state == "good":
            short = "attacks as hard as the real ones"
        else:
            short = f"attacks {'much ' * (state == 'poor')}{how} than the real ones"
        text = f"the first 10 ms are {_db(abs(more))} {how} than in the real ones"
    return _clause("attack", state, short, text)


def _movement(found: Findings) -> Clause:
    state = found.state("flux")
    more = found.more("flux")
    how = "rougher" if more > 0 else "smoother"
    short = "as smooth as the real ones"
    if state in ("fair", "poor"):
        short = f"{'much ' * (state == 'poor')}{how} than the real ones"
    elif state == "unknown":
        short = "smoothness: unknown"
    text = (
        f"from frame to frame the bands change by {_plain(found.value('flux'))} dB "
        f"(real: {_plain(found.reference('flux'))} dB); within a sound the level moves over "
        f"{_db(found.value('loudness_range'))} (real: {_db(found.reference('loudness_range'))})"
    )
    return _clause("movement", state, short, text)


def _velocity(found: Findings) -> Clause:
    state = found.state("loudness_monotonicity")
    short = f"harder is louder: {_ANSWERS[state]}"
    text = "not measured"
    if state != "unknown":
        louder = found.value("loudness_monotonicity")
        text = f"of two velocities the harder is the louder {_percent(louder)}"
        if np.isfinite(bright := found.value("brightness_monotonicity")):
            text += f" and the brighter {_percent(bright)}"
        if np.isfinite(real := found.reference("brightness_monotonicity")):
            text += f" (real: {_percent(found.reference('loudness_monotonicity'))} and "
            text += f"{_percent(real)})"
    return _clause("velocity", state, short, text)


def _layers(found: Findings) -> Clause:
    worst = deviations_db(found.layers)
    if not worst:
        text = "no names tell of soft and hard layers"
        return _clause("layers", "unknown", "layers: unknown", text)
    off = [row for row in worst.values() if abs(row.louder_db) > _SAME_LAYER_DB]
    most = max(abs(row.louder_db) for row in worst.values())
    if not off:
        text = f"each layer of {len(worst)} kinds plays within {_db(most)} of the real one"
        return _clause("layers", "good", "layers as loud as the real ones", text)
    state: State = "fair" if most <= _FAIR_LAYER_DB else "poor"
    named = ", ".join(_off(row) for row in off[:3])
    text = f"{_of(len(off), len(worst))} kinds {'has' if len(off) == 1 else 'have'} a layer "
    text += f"more than {_db(_SAME_LAYER_DB)} from the real one: {named}"
    text += f" and {len(off) - 3} more" if len(off) > 3 else ""
    return _clause("layers", state, f"layers not as loud as the real ones: {named}", text)


def _off(row: LayerRow) -> str:
    """
    >>> _off(LayerRow(label="rim", note=None, velocity=20, real_db=-21.3, played_db=-39.6))
    'rim 18.3 dB too soft at velocity 20'
    """
    note = "" if row.note is None else f" {row.note:g}"
    how = "loud" if row.louder_db > 0 else "soft"
    return f"{row.label}{note} {_db(abs(row.louder_db))} too {how} at velocity {row.velocity:g}"


def _pitch(found: Findings) -> Clause:
    cents = found.value("pitch_error")
    if not np.isfinite(cents):
        text = "none of its sounds has a pitch"
        return _clause("pitch", "unknown", "pitch: none", text)
    state = found.state("pitch_error")
    if state == "unknown":  # no real note to hold it against: cents speak for themselves
        state = "good" if cents <= 5.0 else "fair" if cents <= 15.0 else "poor"
    text = f"notes are {cents:.1f} cents off in the median"
    if np.isfinite(real := found.reference("pitch_error")):
        text += f" (real: {real:.1f})"
    return _clause("pitch", state, f"in tune: {_ANSWERS[state]}", text)


def _repeats(found: Findings) -> Clause:
    spread = found.value("repeat_spread")
    if not np.isfinite(spread):
        text = "there are too few kinds of sounds to compare repeated hits with"
        return _clause("repeats", "unknown", "repeats: unknown", text)
    state: State = "good"
    short = "repeated hits differ"
    if spread < 0.02:
        state, short = "poor", "repeated hits are all the same"
    elif spread > 1.0:
        state, short = "poor", "repeated hits differ as much as different sounds"
    elif spread < 0.05 or spread > 0.8:
        state, short = "fair", f"repeated hits differ {'little' if spread < 0.5 else 'much'}"
    text = f"takes of the same hit differ by {_percent(spread)} of what different sounds do"
    if np.isfinite(real := found.reference("repeat_spread")):
        text += f" (real: {_percent(real)})"
    return _clause("repeats", state, short, text)


def _playback(found: Findings) -> Clause:
    keys = ("lsd_256", "lsd_1024", "lsd_4096")
    own = float(np.mean([found.value(key) for key in keys]))
    oracle = float(np.mean([found.oracle.get(key, float("nan")) for key in keys]))
    if not (np.isfinite(own) and np.isfinite(oracle)):
        return _clause("playback", "unknown", "playback: unknown", "nothing could be played back")
    ratio = own / max(oracle, 1e-6)
    state: State = "good" if ratio <= 1.1 else "fair" if ratio <= 1.5 else "poor"
    what = "sounds it learnt" if found.playback_of_learnt else "sounds it never heard"
    how = {"good": "closely", "fair": "roughly"}.get(state, "poorly")
    short = f"plays {what} back {how}"
    text = (
        f"{what} come back {_db(own)} from themselves, through the frames without the model "
        f"{_db(oracle)} ({100 * (ratio - 1):+.0f} %); spectra are compared, where two noises alike "
        "are 6 dB apart, not levels as while learning"
    ).replace("-", "−")
    if found.playback_of_learnt:
        text += "; nothing was held out to measure on"
    return _clause("playback", state, short, text)


_CLAUSES: Final[tuple[Callable[[Findings], Clause], ...]] = (
    _clean,
    _ends,
    _tails,
    _copies,
    _discrimination,
    _heard,
    _variety,
    _attacks,
    _movement,
    _velocity,
    _layers,
    _pitch,
    _repeats,
    _playback,
)


def _too_few(topic: str) -> Clause:
    return _clause(topic, "unknown", f"{topic}: unknown", "there are too few real sounds to tell")


def _clause(topic: str, state: State, short: str, text: str) -> Clause:
    return Clause(topic=topic, state=state, short=short, text=f"{text[0].upper()}{text[1:]}.")


def _of(some: int, count: int) -> str:
    return f"none of {count}" if not some else f"{some} of {count}"


def _percent(share: float) -> str:
    """
    >>> _percent(0.534)
    '53 %'
    """
    return f"{100 * share:.0f} %" if np.isfinite(share) else "unknown"


def _plain(value: float) -> str:
    """
    >>> _plain(2.186), _plain(float("nan"))
    ('2.19', 'unknown')
    """
    return f"{value:.2f}" if np.isfinite(value) else "unknown"


def _db(level: float) -> str:
    """
    >>> _db(-43.21), _db(float("nan"))
    ('−43.2 dB', 'unknown')
    """
    return f"{level:.1f} dB".replace("-", "−") if np.isfinite(level) else "unknown"
