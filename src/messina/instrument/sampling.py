"""Sampling of new latents between and around those of known sounds.

A new sound lies between two known ones of its label, near the note and loudness asked for, blurred
by how unsure the encoder was of them. Wildness scales its distance from the label's most typical
sound: 0 that sound itself, 1 as the corpus is spread, 2 twice as far out.

Where a label has but one sound or two, there is no between. What such a drum would do is known all
the same, from drums in general: struck elsewhere it is a little brighter or duller, tuned or damped
it is higher, lower, shorter. So a sound alone of its kind is varied in these by a step that is
never small, for a small one would be a copy.

Ref: Chawla et al. (2002), "SMOTE: synthetic minority over-sampling technique", for new points
between near ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng, Purpose
from messina.instrument.known import Known
from messina.instrument.responses import Response

__all__ = [
    "AUGMENT_BLUR",
    "AUGMENT_LOUDER_DB",
    "AUGMENT_STEP",
    "AUGMENT_STEP_RANGE",
    "ENOUGH_SOUNDS",
    "HALF_WAY",
    "LAYER_DB",
    "LEAST_BLUR",
    "LEAST_SPREAD",
    "LIKELY",
    "LOUDNESS_REACH_DB",
    "MOST_BETWEEN_DB",
    "MOST_BLURS",
    "NOTE_REACH",
    "SUSTAINED_REACH",
    "TILT_PER_DB",
    "Drawn",
    "augmentation",
    "blur_of",
    "draw",
    "draw_near",
    "typical",
    "typical_blur",
]

Real = NDArray[np.float32]
Floats = NDArray[np.float64]

HALF_WAY: Final = 0.5
"""The wildness from which on a new sound is nearer to those it is drawn between than to the typical
one: it then has the modes of the first of them."""
NOTE_REACH: Final = 4.0
LOUDNESS_REACH_DB: Final = 5.0
"""Semitones and dB by which a known sound may be off for its chance to be drawn from to be 1/e."""
SUSTAINED_REACH: Final = 0.5
"""The same semitones where a label is sustained: what is heard for long is the note's own lines,
levels and vibrato, and a few semitones away an instrument has others."""
LIKELY: Final = 0.3
"""Of the likeliest one's chance: the typical sound is among those that have as much."""
LAYER_DB: Final = 1.5
"""Sounds nearer than this in loudness are of one layer."""
MOST_BETWEEN_DB: Final = 6.0
LEAST_BLUR: Final = 0.15
"""Of the spread within the label: so much a new sound varies even where the encoder is sure."""
ENOUGH_SOUNDS: Final = 4
"""From so many sounds of a label on, they show themselves what it does."""
AUGMENT_BLUR: Final = 0.5
"""Of the spread of all sounds: how far new ones of a label of one sound vary."""
LEAST_SPREAD: Final = 0.5
"""Of latents, where one sound is all there is."""
AUGMENT_STEP: Final = np.array([1.1, 0.15, 0.3])
"""How far new sounds of a label of one sound vary: semitones, nepers an octave, ln of its decay."""
AUGMENT_LOUDER_DB: Final = 2.5
AUGMENT_STEP_RANGE: Final = (0.9, 1.3)
"""Shortest and longest step, in lengths of AUGMENT_STEP: a small one would be a copy."""
MOST_BLURS: Final = 64
"""Sounds that tell a label's blur, at most."""
TILT_PER_DB: Final = 0.015  # nepers an octave: what is struck harder is brighter


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A new latent, and how much brighter and longer than its label's law it is, in ln units.

    length_s is as many decays of its label's law as the sounds it lies between have: real sounds
    end, in silence or because their recording does; a new one ends where they would in its place,
    and before the longest of its label does.
    """

    z: Real
    note: float | None
    loudness_db: float
    brighter: float
    longer: float
    length_s: float
    model: int
    """The known sound whose modes it has."""
    louder_db: float = 0.0
    """Played so much louder than loudness_db, which is what the network is conditioned on."""
    higher: float = 0.0
    """Semitones; what has a pitch of its own keeps it."""
    tilt: float = 0.0
    """Nepers an octave."""


def draw(
    known: Known,
    label: int,
    response: Response,
    *,
    note: float | None,
    loudness_db: float | None,
    wildness: float,
    rng: CounterRng,
) -> Drawn:
    """A new sound of a label. Note and loudness not asked for are those of a known sound."""
    sounds = np.flatnonzero(known.labels == label)
    between_rng = rng.stream(Purpose.SOUND)
    model = int(sounds[between_rng.below(len(sounds))])
    augmented = wildness * augmentation(len(sounds))
    step, louder_db = np.zeros(len(AUGMENT_STEP)), 0.0
    if augmented:
        augment_rng = rng.stream(Purpose.AUGMENT)
        step = augmented * _augment_step(augment_rng, tuned=not response.pitched)
        if loudness_db is None:
            louder_db = augmented * AUGMENT_LOUDER_DB * augment_rng.normal()
    if note is None:
        note = known.controls[model].note
    if loudness_db is None:
        loudness_db = known.controls[model].loudness_db
        low, high = _loudness_gap(known, sounds, model)
        loudness_db += min(wildness, 1.0) * rng.stream(Purpose.LAYER).uniform(low, high)
    weights = _nearness(known, sounds, response, note, loudness_db)
    centre = _typical(known, sounds, weights)
    first, second = (int(sounds[between_rng.choice(weights)]) for _ in range(2))
    share = between_rng.uniform(0.0, 0.5)
    blur = _blur(known, sounds, first) * between_rng.normals(known.means.shape[1])
    between = (1 - share) * known.means[first] + share * known.means[second]
    z = known.means[centre] + wildness * (between + blur - known.means[centre])
    rest = (1 - share) * _rest(known, response, first) + share * _rest(known, response, second)
    brighter, longer = min(wildness, 1.5) * rest
    lasting = (1 - share) * _lasting(known, response, first)
    lasting += share * _lasting(known, response, second)
    law = response.controls_at(loudness_db, note)
    return Drawn(
        z=z.astype(np.float32),
        note=note,
        loudness_db=loudness_db,
        brighter=float(brighter),
        longer=float(longer + step[2]),
        length_s=float(
            min(law.decay_s * np.exp(lasting), known.lengths_s[sounds].max()) * np.exp(step[2])
        ),
        model=centre if wildness < HALF_WAY else first,
        louder_db=louder_db,
        higher=float(step[0]),
        tilt=float(step[1] + TILT_PER_DB * louder_db),
    )


def draw_near(
    known: Known, sound: int, response: Response, *, wildness: float, rng: CounterRng
) -> Drawn:
    """Another take of a known sound: as loud, as high and as long, but for how it is struck."""
    own = known.controls[sound]
    alike = np.flatnonzero(known.labels == known.labels[sound])
    blur = _blur(known, alike if len(alike) > 2 else np.arange(len(known.labels)), sound)
    offset = wildness * blur * rng.stream(Purpose.NEAR).normals(known.means.shape[1])
    brighter, longer = _rest(known, response, sound)
    return Drawn(
        z=(known.means[sound] + offset).astype(np.float32),
        note=own.note,
        loudness_db=own.loudness_db,
        brighter=float(brighter),
        longer=float(longer),
        length_s=float(known.lengths_s[sound]),
        model=sound,
    )


def augmentation(count: int) -> float:
    """How far new sounds of a label go beyond its `count` sounds: 1 for one, 0 from four on.

    >>> [round(augmentation(count), 2) for count in (1, 2, 3, 4, 100)]
    [1.0, 0.67, 0.33, 0.0, 0.0]
    """
    return max(0.0, (ENOUGH_SOUNDS - count) / (ENOUGH_SOUNDS - 1))


def _augment_step(rng: CounterRng, *, tuned: bool) -> Floats:
    """A step in any direction, about as long as AUGMENT_STEP; what is not tuned keeps its pitch."""
    direction = rng.normals(len(AUGMENT_STEP))
    direction[0] *= tuned
    direction *= np.sqrt(len(direction)) / max(float(np.linalg.norm(direction)), 1e-9)
    return np.asarray(rng.uniform(*AUGMENT_STEP_RANGE) * AUGMENT_STEP * direction)


def _loudness_gap(known: Known, sounds: NDArray[np.int64], model: int) -> tuple[float, float]:
    """How far loudness may move from a known sound's, down and up, and be nearest to it still.

    Corpora have few layers of loudness; between them is where new sounds are. The layers are those
    of the notes near by.
    """
    own = known.controls[model]
    levels = [
        other.loudness_db - own.loudness_db
        for other in (known.controls[i] for i in sounds)
        if own.note is None or other.note is None or abs(other.note - own.note) <= NOTE_REACH
    ]
    below = [-level for level in levels if level < -LAYER_DB]
    above = [level for level in levels if level > LAYER_DB]
    reach = [min(0.5 * min(gaps, default=0.0), MOST_BETWEEN_DB) for gaps in (below, above)]
    return -reach[0], reach[1]


def _nearness(
    known: Known,
    sounds: NDArray[np.int64],
    response: Response,
    note: float | None,
    loudness_db: float,
) -> Floats:
    """Chance [len(sounds)] of each sound to be drawn from: more the nearer in note and loudness."""
    away = np.array([known.controls[i].loudness_db - loudness_db for i in sounds])
    away = np.abs(away) / LOUDNESS_REACH_DB
    if response.pitched and note is not None:
        notes = [known.controls[i].note for i in sounds]
        sustained = int(known.labels[sounds[0]]) in known.sustained
        reach = SUSTAINED_REACH if sustained else NOTE_REACH
        away = away + np.array([0.0 if n is None else abs(n - note) for n in notes]) / reach
    chance: Floats = np.exp(-(away - away.min())) + 1e-6
    return chance / chance.sum()


def typical(known: Known, label: int) -> int:
    """The most typical of the known sounds of a label."""
    sounds = np.flatnonzero(known.labels == label)
    return _typical(known, sounds, np.full(len(sounds), 1 / len(sounds)))


def _typical(known: Known, sounds: NDArray[np.int64], weights: Floats) -> int:
    """The known sound nearest to the weighted mean of the latents, of those that are likely.

    Near that mean lie others, too: latents tell of timbre, and say little of note and loudness,
    which the network is conditioned on beside them.
    """
    centre = weights @ known.means[sounds]
    distances = ((known.means[sounds] - centre) ** 2).sum(axis=1)
    distances[weights < LIKELY * weights.max()] = np.inf
    return int(sounds[np.argmin(distances)])


def _blurs(known: Known, sounds: NDArray[np.int64], chosen: NDArray[np.int64]) -> Floats:
    """Standard deviation [len(chosen), latent] of a new latent around known ones; sounds: of their
    label."""
    within = known.means[sounds].astype(np.float64).var(axis=0)
    unsure = np.exp(known.log_variances[chosen].astype(np.float64))
    augmented = augmentation(len(sounds))
    overall = np.maximum(known.variance, LEAST_SPREAD**2)
    least = LEAST_BLUR**2 * (within if len(sounds) > 2 else known.variance)
    least = least + (augmented * AUGMENT_BLUR) ** 2 * overall
    return np.sqrt(unsure + least)


def _blur(known: Known, sounds: NDArray[np.int64], sound: int) -> Floats:
    """Standard deviation [latent] of a new latent around a known one."""
    return _blurs(known, sounds, np.array([sound]))[0]


def blur_of(known: Known, sound: int) -> Floats:
    """Standard deviation [latent] of a new latent around a known sound, of its label."""
    return _blur(known, np.flatnonzero(known.labels == known.labels[sound]), sound)


def typical_blur(known: Known, label: int) -> Real:
    """Standard deviation [latent] of the variations of a sound of this label (-1: of any)."""
    sounds = np.flatnonzero(known.labels == label)
    if len(sounds) == 0:
        sounds = np.arange(len(known.labels))
    return np.mean(_blurs(known, sounds, sounds[:MOST_BLURS]), axis=0).astype(np.float32)


def _lasting(known: Known, response: Response, sound: int) -> float:
    """ln of how many times the decay of its label's law a known sound lasts."""
    own = known.controls[sound]
    law = response.controls_at(own.loudness_db, own.note)
    return float(np.log(known.lengths_s[sound] / law.decay_s))


def _rest(known: Known, response: Response, sound: int) -> Floats:
    """How a known sound differs from its label's law: (ln brightness, ln decay)."""
    own = known.controls[sound]
    law = response.controls_at(own.loudness_db, own.note)
    return np.array(
        [np.log(own.brightness_hz / law.brightness_hz), np.log(own.decay_s / law.decay_s)]
    )
