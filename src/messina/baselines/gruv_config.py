"""GRUV's settings as they were in 2015, its defects, and what turns each of them off.

What it is: sound as a sequence of blocks of 0.25 s, each as its spectrum; a network of one linear
layer, one LSTM and one linear layer that learns to predict the next block with squared error; sound
made by letting it predict on from a real beginning. Defaults are the original's.

Its defects, and the field that mends each (`MENDED` mends all):

    sounds of 10 s or less give no example              short_sounds="pad"
    the silence after a sound is never learnt           end_of_sound=True
    half of the features repeat the other half          features="half"
    39 of 49 blocks put out repeat the seed             opening="seed" or "none"
    the same seed sound always gives the same output    spread above 0
    too loud samples wrap around to the other sign      overflow="clip"
    generation ran on random weights, unnoticed         random_weights (mended unless asked for)

Blocks have no window and do not overlap, so their edges tick: that is the method, and stays.
Weights start as in the library of the time (Glorot; orthogonal; forget bias 1); its cheaper
piecewise linear gates are replaced by the usual ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, Literal, get_args

from messina.errors import MessinaError

__all__ = ["FAITHFUL", "MENDED", "Features", "GruvConfig", "Opening", "Overflow", "ShortSounds"]

Features = Literal["complex", "half", "time"]
"""All bins of the spectrum, the half that is not redundant, or the samples themselves."""

ShortSounds = Literal["drop", "pad"]
Opening = Literal["reconstructed", "seed", "none"]
Overflow = Literal["wrap", "clip"]

Rule = tuple[Callable[[Any], bool], str]
"""Whether a value is allowed, and which are, in words."""


def _choice(choices: tuple[str, ...]) -> Rule:
    return lambda value: value in choices, f"one of {', '.join(choices)}"


def _number(allowed: Callable[[float], bool], words: str) -> Rule:
    def check(value: Any) -> bool:
        return type(value) in (int, float) and isfinite(value) and allowed(value)

    return check, words


_WHOLE: Final[Rule] = lambda value: type(value) is int and value >= 1, "a whole number, 1 or more"
_SWITCH: Final[Rule] = lambda value: type(value) is bool, "true or false"

_RULES: Final[Mapping[str, Rule]] = {
    "block_s": _number(lambda value: value > 0, "a number above 0"),
    "example_blocks": _WHOLE,
    "hidden": _WHOLE,
    "layers": _WHOLE,
    "batch": _WHOLE,
    "learning_rate": _number(lambda value: value > 0, "a number above 0"),
    "memory": _number(lambda value: 0 <= value < 1, "a number from 0 to under 1"),
    "max_steps": (lambda value: value is None or _WHOLE[0](value), f"null or {_WHOLE[1]}"),
    "features": _choice(get_args(Features)),
    "short_sounds": _choice(get_args(ShortSounds)),
    "end_of_sound": _SWITCH,
    "opening": _choice(get_args(Opening)),
    "spread": _number(lambda value: value >= 0, "a number, 0 or more"),
    "overflow": _choice(get_args(Overflow)),
    "random_weights": _SWITCH,
}


@dataclass(frozen=True, kw_only=True)
class GruvConfig:
    """Everything that can be chosen. Raises MessinaError for what is not allowed."""

    block_s: float = 0.25
    example_blocks: int = 40
    """Blocks in a sequence to learn from: 10 s."""
    hidden: int = 1024
    layers: int = 1
    batch: int = 5
    learning_rate: float = 1e-3
    memory: float = 0.9
    """RMSprop's rho."""
    max_steps: int | None = None
    """Stop after this many steps even if there is time left."""

    features: Features = "complex"
    short_sounds: ShortSounds = "drop"
    """What is shorter than an example, or left over after the last: leave out, or fill with silence
    (which teaches the end of sounds by itself)."""
    end_of_sound: bool = False
    """Whether a sequence may end with its sound, the silence after it being the last target."""
    opening: Opening = "reconstructed"
    """What comes out before the first new block: predictions of the seed's blocks, the seed itself,
    or nothing."""
    spread: float = 0.0
    """Noise added to each new block, in units of the error in training."""
    overflow: Overflow = "wrap"
    random_weights: bool = False
    """Generate from fresh weights, as the original did when file names disagreed."""

    def __post_init__(self) -> None:
        for name, (allowed, words) in _RULES.items():
            if not allowed(getattr(self, name)):
                raise MessinaError(
                    f"GRUV's {name} is {getattr(self, name)!r}; it has to be {words}"
                )

    def block_samples(self, sample_rate: int) -> int:
        """Samples of a block at this rate in Hz."""
        return max(2, round(self.block_s * sample_rate))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> GruvConfig:
        """The settings under these names; unknown ones are refused."""
        if unknown := sorted(set(values) - set(_RULES)):
            raise MessinaError(
                f"GRUV has no setting {', '.join(unknown)}; its settings are "
                f"{', '.join(sorted(_RULES))}"
            )
        return cls(**values)


FAITHFUL: Final = GruvConfig()
"""The original, on its own weights."""

MENDED: Final = GruvConfig(
    features="half",
    short_sounds="pad",
    end_of_sound=True,
    opening="seed",
    spread=0.25,
    overflow="clip",
)
"""The same method without its accidents."""
