"""What is asked for, drawn: the part that is to be played.

A new sound of a label, another take of a known sound, a take of a point of the map, or a variation
of what is given.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from messina.counter_rng import CounterRng, Purpose
from messina.errors import ControlError
from messina.instrument.contents import Contents
from messina.instrument.decoding import Latent
from messina.instrument.parts import Request, SoundSpec
from messina.instrument.playing import TAKE_DEVIATION
from messina.instrument.responses import Response
from messina.instrument.sampling import Drawn, draw, draw_near, typical_blur
from messina.instrument.sound_map import mixture_at, part_of_mixture
from messina.text import did_you_mean

__all__ = ["drawn_part", "new_part", "part_near"]


def drawn_part(own: Contents, request: Request, rng: CounterRng) -> SoundSpec:
    """What to play for a request: a new sound, a variation, a morph or a point of the map.

    Raises:
        ControlError: The label is unknown, or there is no sound in what is given.
    """
    if request.at is not None:
        return _at(own, request.at, request, rng)
    if request.like is None and request.morph is None:
        return new_part(own, request, rng)
    # Analysis is what only a given sound needs, and more than all of playing.
    from messina.instrument.encoding import morphed, variation

    if request.like is not None:
        return variation(own, request.like, request, rng)
    assert request.morph is not None
    return morphed(own, request.morph, request)


def new_part(own: Contents, request: Request, rng: CounterRng) -> SoundSpec:
    """A new sound of the label asked for, at the note and velocity asked for."""
    index = _label_index(own, request.label, rng)
    response = own.manifest.responses[index]
    model_db = played_db = None
    if request.velocity is not None:
        model_db, played_db = response.loudness_at(request.velocity, request.note)
    drawn = draw(
        own.known,
        index,
        response,
        note=request.note if response.pitched else None,
        loudness_db=model_db,
        wildness=request.wildness,
        rng=rng,
    )
    gain_db = (drawn.loudness_db if played_db is None else played_db) + drawn.louder_db
    return _part_of(own, drawn, index, response, gain_db)


def part_near(own: Contents, sound: int, *, wildness: float, rng: CounterRng) -> SoundSpec:
    """Another take of a known sound: as loud, as high and as long as that."""
    index = int(own.known.labels[sound])
    response = own.manifest.responses[index]
    drawn = draw_near(own.known, sound, response, wildness=wildness, rng=rng)
    return _part_of(own, drawn, index, response, drawn.loudness_db)


def _at(own: Contents, point: tuple[float, float], request: Request, rng: CounterRng) -> SoundSpec:
    """A take of what sounds at a point of the map."""
    among = None
    if request.label is not None:
        among = np.flatnonzero(own.known.labels == _label_index(own, request.label, rng))
    mixture = mixture_at(own.places, *point, among=among)
    part = part_of_mixture(own.known, own.manifest.responses, mixture, request)
    offset = rng.stream(Purpose.NEAR).normals(len(part.latent.z))
    blur = TAKE_DEVIATION * request.wildness * typical_blur(own.known, part.latent.label)
    z = part.latent.z + (blur * offset).astype(np.float32)
    moving = own.trajectories.of(part.model)
    return replace(
        part,
        latent=replace(part.latent, z=z),
        trajectory=moving,
        sustained=own.known.steady[part.model] is not None,
    )


def _part_of(
    own: Contents, drawn: Drawn, label: int, response: Response, gain_db: float
) -> SoundSpec:
    """What was drawn of a label, about to be played."""
    controls = response.controls_at(
        drawn.loudness_db, drawn.note, brighter=drawn.brighter, longer=drawn.longer
    )
    return SoundSpec(
        latent=Latent(z=drawn.z, label=label, controls=controls),
        gain_db=gain_db,
        note=drawn.note,
        length_s=drawn.length_s,
        model=drawn.model,
        trajectory=own.trajectories.of(drawn.model),
        sustained=own.known.steady[drawn.model] is not None,
        higher=drawn.higher,
        tilt=drawn.tilt,
    )


def _label_index(own: Contents, label: str | None, rng: CounterRng) -> int:
    """A label's index; without one, that of a random known sound."""
    if label is None:
        labels = own.known.labels
        return int(labels[rng.below(len(labels))])
    if label not in own.labels:
        guess = did_you_mean(label, own.labels)
        raise ControlError(f"there is no label '{label}'; {guess}there are {', '.join(own.labels)}")
    return own.labels.index(label)
