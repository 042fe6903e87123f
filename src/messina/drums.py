"""What drums are called, and which keys General MIDI gives them: the one table, for all who ask.

Ref: MIDI Manufacturers Association (1991), General MIDI System Level 1, percussion key map; keys
27 … 34 and 82 … 87 from General MIDI 2 (1999). 22 and 26 are the edges of hats of electronic kits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = [
    "ABBREVIATIONS",
    "ABOVE_THE_MAP",
    "ANYWHERE",
    "AT_THE_START",
    "FAMILIES",
    "FIRST_PAD",
    "HI_HATS",
    "KINDS",
    "MODIFIERS",
    "PITCHED",
    "RELATIVES",
    "TOM",
    "TOMS",
    "TOM_AT_NUMBER",
    "TOM_KEYS",
    "TOM_TOGETHER",
    "TOM_UNSAID",
    "Kind",
]

FAMILIES: Final[Mapping[str, Mapping[int, str]]] = {
    "kick": {36: "kick", 35: "kick"},
    "low tom": {
        41: "floor tom", 43: "floor tom", 45: "low tom", 64: "conga", 66: "timbale", 61: "bongo",
        87: "surdo", 86: "surdo",
    },
    "high tom": {
        47: "mid tom", 48: "mid tom", 50: "high tom", 63: "conga", 62: "conga", 65: "timbale",
        60: "bongo", 78: "cuica", 79: "cuica",
    },
    "snare": {
        38: "snare", 40: "snare", 37: "side stick", 39: "clap", 31: "sticks", 28: "slap",
        85: "castanets",
    },
    "wood": {
        37: "side stick", 75: "claves", 76: "wood block", 77: "wood block", 33: "metronome click",
        32: "square click", 56: "cowbell", 67: "agogo", 68: "agogo",
    },
    "closed hat": {
        42: "closed hi-hat", 44: "pedal hi-hat", 22: "closed hi-hat", 69: "cabasa", 70: "maracas",
        82: "shaker", 54: "tambourine", 73: "guiro", 80: "triangle",
    },
    "open hat": {
        46: "open hi-hat", 26: "open hi-hat", 74: "guiro", 81: "triangle", 29: "scratch",
        30: "scratch",
    },
    "ride": {
        51: "ride", 59: "ride", 53: "ride bell", 56: "cowbell", 83: "jingle bell", 84: "bell tree",
    },
    "crash": {
        49: "crash", 57: "crash", 52: "china", 55: "splash", 58: "vibraslap", 27: "high Q",
        34: "metronome bell",
    },
}  # fmt: skip
"""Keys and what is on them by what drums can stand in for, the likest first; families from low and
dark to high and bright."""

RELATIVES: Final[Mapping[str, tuple[str, ...]]] = {
    "kick": ("low tom",),
    "low tom": ("high tom", "kick"),
    "high tom": ("low tom", "snare"),
    "snare": ("wood", "high tom"),
    "wood": ("snare", "closed hat"),
    "closed hat": ("open hat", "ride"),
    "open hat": ("closed hat", "ride", "crash"),
    "ride": ("crash", "open hat", "closed hat"),
    "crash": ("ride", "open hat"),
}
"""Families that stand in for one that is missing, the nearest first."""

HI_HATS: Final = "hi-hats"
"""The one group of drums that cut each other off."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of drum: how labels call it, and its keys."""

    keys: tuple[int, ...]
    """Of General MIDI, by preference; none where it has no key of its own."""
    words: tuple[str, ...] = ()
    """Words of a label that say so where it is a drum at all."""
    inside: str | None = None
    """The same as a regular expression, searched in a label's words written together."""
    abbreviations: tuple[str, ...] = ()
    """Words that make any label a drum."""
    anywhere: tuple[str, ...] = ()
    """Letters anywhere in a label that make it a drum: no pitch unless names give notes."""
    at_the_start: tuple[str, ...] = ()
    """The same at the start of a word, or after a modifier: floortom, but not custom."""
    group: str | None = None
    """What cuts each other off."""


def _kind(
    inside: str | None,
    *keys: int,
    words: str = "",
    short: str = "",
    anywhere: str = "",
    start: str = "",
    group: str | None = None,
) -> Kind:
    return Kind(
        keys=keys,
        words=tuple(words.split()),
        inside=inside,
        abbreviations=tuple(short.split()),
        anywhere=tuple(anywhere.split()),
        at_the_start=tuple(start.split()),
        group=group,
    )


_LOOSE: Final = "open|semi|half|loose|swish|sizzle"

# The first that fits is it, so what is more special stands first.
KINDS: Final = (
    _kind(r"pedal.*hat|hat.*pedal|foot.*hat|hat.*foot", 44, 42, short="ph", group=HI_HATS),
    _kind(rf"({_LOOSE}).*hat|hat.*({_LOOSE})", 46, short="oh ohh hho", group=HI_HATS),
    _kind(r"hat.*chok|chok.*hat", group=HI_HATS),  # a hat held after the hit has no key of its own
    _kind(
        r"hi-?hat|closed?hat|hat(closed|tight)", 42, words="hat hats", short="hh chh hhc ch",
        anywhere="hihat", start="hat", group=HI_HATS,
    ),
    _kind(r"snare.*rim|rim.*snare", 40, 37, 38),
    _kind(
        r"side-?stick|x-?stick|cross-?stick|rim-?shot|rimclick", 37, short="rim rs",
        anywhere="rimshot sidestick",
    ),
    _kind(r"snare", 38, 40, short="sd sn snr", anywhere="snare"),
    _kind(r"clap", 39, short="cp", anywhere="clap"),
    _kind(r"kick|bass-?drum", 36, 35, short="bd kd kik kck", anywhere="kick"),
    _kind(r"cow-?bell", 56, short="cb", anywhere="cowbell"),
    _kind(r"(jingle|sleigh)bell", 83),
    _kind(r"bell-?tree", 84),
    _kind(r"metronome.*bell|bell.*metronome", 34),
    _kind(r"metronome", 33),
    _kind(r"ride-?bell|bell-?ride", 53, words="bell"),
    _kind(r"ride(?!nt)", 51, 59, short="rd rc", start="ride"),
    _kind(r"crash", 49, 57, short="cc cr", anywhere="crash"),
    _kind(r"china|chinese", 52, start="china"),
    _kind(r"splash", 55, anywhere="splash"),
    _kind(r"cymbal", 49, 57, 51, anywhere="cymbal"),
    _kind(r"tambourin", 54, words="tamb", anywhere="tambourine", start="tamb"),
    _kind(r"vibra-?slap", 58),
    _kind(r"(lo|low)bongo|bongo(lo|low)", 61, 60),
    _kind(r"bongo", 60, 61, anywhere="bongo"),
    _kind(r"mute.*conga|conga.*mute", 62, 63),
    _kind(r"(lo|low)conga|conga(lo|low)", 64, 63),
    _kind(r"conga", 63, 64, 62, anywhere="conga"),
    _kind(r"(lo|low)timbale|timbale(lo|low)", 66, 65),
    _kind(r"timbale", 65, 66, anywhere="timbale"),
    _kind(r"(lo|low)agogo|agogo(lo|low)", 68, 67),
    _kind(r"agogo", 67, 68, anywhere="agogo"),
    _kind(r"cabasa", 69, anywhere="cabasa"),
    _kind(r"maraca", 70, anywhere="maraca"),
    _kind(r"long.*guiro|guiro.*long", 74, 73),
    _kind(r"guiro", 73, 74, anywhere="guiro"),
    _kind(r"claves", 75, words="clave", anywhere="clave"),
    _kind(r"(lo|low)(wood)?block|block(lo|low)", 77, 76),
    _kind(r"wood-?block", 76, 77, words="block", anywhere="woodblock"),
    _kind(r"open.*cuica|cuica.*open", 79, 78),
    _kind(r"cuica", 78, 79),
    _kind(r"open.*triangle|triangle.*open", 81, 80),
    _kind(r"triangle", 81, 80),
    _kind(r"shaker", 82, 70, anywhere="shaker"),
    _kind(r"castanet", 85, anywhere="castanet"),
    _kind(r"surdo", 87, 86),
    # Toms have keys by what is said of them, below; the rest has none.
    _kind(None, short="ft st", anywhere="cajon djembe drum", start="perc snap stick tom"),
)  # fmt: skip

TOM: Final = r"^(?:tom\d*$|(floor|lo|low|mid|middle|hi|high|rack)toms?\d*$|toms$|ft$)"
"""A word that says tom."""
TOM_TOGETHER: Final = r"(?:floor|low|mid|high)tom"
"""The same in a label's words written together."""
TOMS: Final = (50, 48, 47, 45, 43, 41)
"""Their keys, from high to low."""
TOM_KEYS: Final = (
    (r"floor|ft$", (43, 41, 45)),
    (r"lo$|low|deep", (45, 41, 43, 47)),
    (r"mid|middle", (47, 48, 45)),
    (r"hi$|high|small", (50, 48, 47)),
)
"""Keys by what a word beside `tom` says of the pitch."""
TOM_AT_NUMBER: Final[Mapping[int, tuple[int, ...]]] = {
    1: (50, 48, 47),
    2: (47, 45, 48),
    3: (45, 43, 47),
    4: (43, 41),
    5: (41,),
}
"""Else by its number, 1 being the highest."""
TOM_UNSAID: Final = (45, 47, 48)

FIRST_PAD: Final = 36
"""Where keys begin when no label is that of a drum: C2, as on pads."""
ABOVE_THE_MAP: Final = 88
"""The first key that General MIDI gives no drum."""

ABBREVIATIONS: Final = frozenset(word for kind in KINDS for word in kind.abbreviations)
ANYWHERE: Final = tuple(sorted(word for kind in KINDS for word in kind.anywhere))
AT_THE_START: Final = tuple(sorted(word for kind in KINDS for word in kind.at_the_start))
MODIFIERS: Final = frozenset(
    {
        "", "bass", "close", "closed", "cross", "floor", "foot", "half", "hi", "high", "lo", "low",
        "mid", "open", "pedal", "rack", "semi", "side",
    }
)  # fmt: skip
"""What may stand before a word that begins with a drum."""
PITCHED: Final = ("hangdrum", "slitdrum", "steeldrum", "tankdrum", "tonguedrum")
"""Drums that have a pitch after all."""
