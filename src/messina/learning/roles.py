"""Which sounds are learnt, which are kept aside to choose by, which are held out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from messina.corpus import DescribedSound
from messina.instrument.manifest import Role

__all__ = ["assign_roles"]

_VALIDATION_SHARE: Final = 0.1
_LEAST_FOR_VALIDATION = 12
"""With fewer sounds each one is worth more learnt than kept aside."""
_LEAST_GROUPS = 6


def assign_roles(
    sounds: Sequence[DescribedSound], *, seed: int, before: Mapping[str, Role] | None = None
) -> list[Role]:
    """The role of each sound: held out as the corpus says, a tenth of the rest for validation.

    Of pitched labels whole pitches are kept aside, and what is one take stays together. before:
    roles by digest in an earlier run, which stay, so that nothing once learnt is later judged by.
    """
    roles: list[Role] = ["held out" if sound.held_out else "learnt" for sound in sounds]
    if "learnt" not in roles:  # better to learn what was to be held out than nothing
        return ["learnt"] * len(sounds)
    if before is not None:
        return [
            role if role == "held out" else _as_before(before.get(sound.digest))
            for role, sound in zip(roles, sounds, strict=True)
        ]
    for i in _kept_aside(sounds, [i for i, role in enumerate(roles) if role == "learnt"], seed):
        roles[i] = "validation"
    return roles


def _as_before(role: Role | None) -> Role:
    return "validation" if role == "validation" else "learnt"


def _kept_aside(sounds: Sequence[DescribedSound], learnt: Sequence[int], seed: int) -> list[int]:
    groups = _groups(sounds, learnt)
    if len(learnt) < _LEAST_FOR_VALIDATION or len(groups) < _LEAST_GROUPS:
        return []
    wanted = round(_VALIDATION_SHARE * len(learnt))
    left = Counter(sounds[i].label for i in learnt)
    shuffled = [groups[place] for place in np.random.default_rng(seed).permutation(len(groups))]
    aside: list[int] = []
    for last_of_label in (False, True):  # such only where there is nothing else
        for group in shuffled:
            labels = Counter(sounds[i].label for i in group)
            fits = not aside or len(aside) + len(group) <= wanted
            is_last = any(left[label] <= count for label, count in labels.items())
            if len(aside) < wanted and fits and is_last == last_of_label and group[0] not in aside:
                aside.extend(group)
                left -= labels
    return aside


def _groups(sounds: Sequence[DescribedSound], chosen: Sequence[int]) -> list[list[int]]:
    """The chosen sounds by what stays together: a pitch of a label, a take, what these link."""
    groups: list[list[int]] = []
    place: dict[tuple[str, ...], int] = {}
    for i in sorted(chosen, key=lambda i: (sounds[i].label, sounds[i].digest)):
        sound = sounds[i]
        keys: list[tuple[str, ...]] = [("take", sound.take or sound.digest)]
        if sound.note is not None:
            keys.append(("pitch", sound.label, str(round(sound.note))))
        linked = sorted({place[key] for key in keys if key in place})
        own = linked[0] if linked else len(groups)
        if not linked:
            groups.append([])
        for other in linked[1:]:
            groups[own].extend(groups[other])
            groups[other] = []
            place = {key: own if at == other else at for key, at in place.items()}
        groups[own].append(i)
        place |= dict.fromkeys(keys, own)
    return [group for group in groups if group]
