"""Which sounds are learnt, which are kept aside to choose by, which are held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from messina.corpus import Sound
from messina.instrument.manifest import Role

__all__ = ["assign_roles"]

_VALIDATION_SHARE: Final = 0.1
_LEAST_FOR_VALIDATION = 12
"""With fewer sounds each one is worth more learnt than kept aside."""
_LEAST_GROUPS = 6


def assign_roles(
    sounds: Sequence[Sound], *, seed: int, before: Mapping[str, Role] | None = None
) -> list[Role]:
    """The role of each sound: held out as the corpus says, a tenth of the rest for validation.

    Of pitched labels whole pitches are kept aside. before: roles by digest in an earlier run,
    which stay, so that nothing once learnt is later judged by.
    """
    roles: list[Role] = ["held out" if sound.held_out else "learnt" for sound in sounds]
    if "learnt" not in roles:  # better to learn what was to be held out than nothing
        return ["learnt"] * len(sounds)
    if before is not None:
        return [
            role if role == "held out" else _as_before(before.get(sound.digest))
            for role, sound in zip(roles, sounds, strict=True)
        ]
    groups: dict[tuple[str, str], list[int]] = {}
    for i, sound in enumerate(sounds):
        if roles[i] == "learnt":
            kin = sound.digest if sound.note is None else str(round(sound.note))
            groups.setdefault((sound.label, kin), []).append(i)
    for i in _kept_aside(groups, seed):
        roles[i] = "validation"
    return roles


def _as_before(role: Role | None) -> Role:
    return "validation" if role == "validation" else "learnt"


def _kept_aside(groups: Mapping[tuple[str, str], list[int]], seed: int) -> list[int]:
    count = sum(len(group) for group in groups.values())
    if count < _LEAST_FOR_VALIDATION or len(groups) < _LEAST_GROUPS:
        return []
    wanted = round(_VALIDATION_SHARE * count)
    aside: list[int] = []
    ordered = sorted(groups)
    for place in np.random.default_rng(seed).permutation(len(ordered)):
        group = groups[ordered[place]]
        if not aside or len(aside) + len(group) <= wanted:
            aside.extend(group)
        if len(aside) >= wanted:
            break
    return aside
