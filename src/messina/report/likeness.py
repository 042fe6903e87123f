"""Discrimination of new sounds from real ones, on a calibrated scale of known changes.

An ear turns sounds into points: the package's own (`evaluation.timbre`), and a learnt one
where it is asked for. It is calibrated on the real sounds, changed in known ways, before it judges.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.evaluation.changes import Change, available_changes
from messina.evaluation.learnt_ears import Embedding
from messina.evaluation.timbre import from_attack, timbre
from messina.evaluation.two_sample import Anchor, Scale, discrimination, discrimination_of_change
from messina.process_pool import available_cores
from messina.progress import Progress
from messina.report.record import AnchorRow, LikenessRow, Reference, State

__all__ = [
    "OWN_EAR",
    "CalibratedEar",
    "Ear",
    "calibrated",
    "likeness_reference",
    "likeness_state",
    "likeness_text",
]

Audio = NDArray[np.float32]
Points = NDArray[np.float32]

MOST_SOUNDS: Final = 100
"""More real sounds than this are not listened to: enough to tell by, and soon done."""
EASILY: Final = 0.8
"""Right four times in five: easily told."""


@dataclass(frozen=True, kw_only=True)
class Ear:
    """A perceptual representation, by which sounds are told apart."""

    name: str
    """Of which it is said: a classifier."""
    embedding: Embedding


OWN_EAR: Final = Ear(name="classifier", embedding=timbre)


@dataclass(frozen=True, kw_only=True)
class CalibratedEar:
    """An ear with its scale: how surely it tells real sounds from changed ones."""

    ear: Ear
    rows: NDArray[np.intp]
    """Of the real sounds, those it has listened to."""
    points: Points
    scale: Scale
    seed: int

    def discrimination(self, sounds: Sequence[Audio], *, paired: bool = False) -> float:
        """Share of pairs in which the classifier finds the real sound: 0.5 guessing … 1 always.

        paired: they are the real sounds made again, all of them, in their order.
        """
        rng = np.random.default_rng(self.seed)
        if not paired:
            return discrimination(self.points, self._points(sounds), rng=rng)
        again = self._points([sounds[row] for row in self.rows])
        return discrimination_of_change(self.points, again, rng=rng, others=self.scale.others)

    def row(self, discrimination: float, *, frames: float) -> LikenessRow:
        """The row of a report for a discrimination of new sounds, and of the frames alone."""
        return LikenessRow(
            ear=self.ear.name,
            discrimination=discrimination,
            frames=frames,
            limit=self.scale.limit,
            sharp=self.scale.sharp,
            sounds=len(self.rows),
            anchors=tuple(
                AnchorRow(change=row.change, audible=row.audible, discrimination=row.discrimination)
                for row in self.scale.anchors
            ),
        )

    def _points(self, sounds: Sequence[Audio]) -> Points:
        with ThreadPoolExecutor(available_cores()) as pool:
            return np.stack(list(pool.map(self.ear.embedding, sounds)))


def calibrated(
    ear: Ear,
    sounds: Sequence[Audio],
    *,
    others: int,
    seed: int,
    progress: Progress | None = None,
) -> CalibratedEar:
    """Calibrates an ear on real sounds and known changes of them.

    others: how many sounds it will be asked to tell from them.
    """
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(len(sounds))[:MOST_SOUNDS])
    heard = [from_attack(sounds[row]) for row in rows]
    changes = available_changes()
    done, total = 0, len(heard) * (1 + len(changes))
    anchors: list[Anchor] = []
    with ThreadPoolExecutor(available_cores()) as pool:

        def points(of: Sequence[Audio], change: Change | None, number: int) -> Points:
            nonlocal done
            made = []
            listen = partial(_listen, ear, change, seed, number)
            for point in pool.map(listen, range(len(of)), of):
                made.append(point)
                done += 1
                if progress is not None:
                    progress("calibrating the ear", done, total)
            return np.stack(made)

        real = points(heard, None, 0)
        for number, change in enumerate(changes):
            share = discrimination_of_change(
                real,
                points(heard, change, number),
                rng=np.random.default_rng(seed),
                others=others,
            )
            anchors.append(Anchor(change=change.name, audible=change.audible, discrimination=share))
    scale = Scale(anchors=anchors, sounds=len(rows), others=others)
    return CalibratedEar(ear=ear, rows=rows, points=real, scale=scale, seed=seed)


def _listen(
    ear: Ear, change: Change | None, seed: int, number: int, index: int, audio: Audio
) -> NDArray[np.float32]:
    if change is not None:
        audio = change.apply(audio, np.random.default_rng((seed, number, index)))
    return ear.embedding(audio)


def likeness_reference(scale: Scale) -> Reference:
    """What inaudible changes reach; twice its spread is the limit of what is hard to tell."""
    unheard = [
        row.discrimination
        for row in scale.anchors
        if not row.audible and np.isfinite(row.discrimination)
    ]
    if not unheard:
        return Reference(mean=float("nan"), spread=float("nan"))
    mean = float(np.mean(unheard))
    return Reference(mean=mean, spread=(scale.limit - mean) / 2.0)


def likeness_state(row: LikenessRow) -> State:
    """Good where new sounds are among inaudible changes, and the ear tells audible ones."""
    if not np.isfinite(row.discrimination):
        return "unknown"
    if row.discrimination > row.limit:
        return "poor" if row.discrimination >= EASILY else "fair"
    return "good" if row.sharp else "unknown"


def likeness_text(row: LikenessRow) -> str:
    """A sentence that places new sounds among the known changes."""
    found = _percent(row.discrimination)
    text = f"of a real sound and a new one a {row.ear} finds the real one {found} of the time"
    text += " (50 is guessing"
    if np.isfinite(row.frames):
        text += f"; the real ones through the frames: {_percent(row.frames)}"
    text += ")"
    if row.discrimination <= row.limit and not row.sharp:
        heard = [anchor for anchor in row.anchors if anchor.audible]
        some = sum(anchor.discrimination > row.limit for anchor in heard)
        return (
            f"{text}, but there are too few sounds for it: of {len(heard)} changes that anybody "
            f"hears it finds {some}"
        )
    if row.discrimination <= row.limit:
        unheard = max(
            (a for a in row.anchors if not a.audible), key=lambda a: np.nan_to_num(a.discrimination)
        )
        return (
            f"{text}: no more surely than real ones {unheard.change} "
            f"({_percent(unheard.discrimination)}), by what chance alone allows; "
            + _first_heard(row)
        )
    return f"{text}: {_between(row)}"


def _first_heard(row: LikenessRow) -> str:
    heard = [a for a in row.anchors if a.audible and a.discrimination > row.limit]
    least = min(heard, key=lambda a: a.discrimination)
    return f"it tells them when they are {least.change} ({_percent(least.discrimination)})"


def _between(row: LikenessRow) -> str:
    """The audible changes next to it on both sides; what is not told itself is no measure."""
    heard = sorted((a for a in row.anchors if a.audible), key=lambda a: a.discrimination)
    less = [
        a for a in heard if a.discrimination <= row.discrimination and a.discrimination > row.limit
    ]
    more = [a for a in heard if a.discrimination > row.discrimination]
    parts = []
    if less:
        parts.append(
            f"more surely than real ones {less[-1].change} ({_percent(less[-1].discrimination)})"
        )
    if more:
        parts.append(
            f"less surely than real ones {more[0].change} ({_percent(more[0].discrimination)})"
        )
    return ", ".join(parts) or "more surely than inaudible changes of the real ones"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
