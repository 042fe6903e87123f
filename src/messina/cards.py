"""What a notebook shows of an instrument, a corpus or what plays on: a card with a map and players.

A card is one piece of HTML that loads nothing from outside and runs no script, so that it is the
same in a notebook that is passed on. Labels and names come from strangers: all text is escaped, cut
and made visible. Its size has bounds: so many dots, so many sounds, so many seconds of each.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from messina.errors import MessinaError
from messina.text import on_screen
from messina.units import SAMPLE_RATE

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["LONGEST_S", "MOST_SOUNDS", "AudioPlayer", "Dot", "card", "evenly", "flac_uri", "listed"]

Audio = NDArray[np.floating]

MOST_SOUNDS: Final = 8
"""Players on a card."""
LONGEST_S: Final = 6.0
"""Of a sound that is heard."""
_MOST_DOTS: Final = 1_000
_MOST_BYTES: Final = 2_000_000
"""Of all sounds of a card together."""
_LONGEST_TEXT: Final = 60
_MOST_LISTED: Final = 12
_FADE_SAMPLES: Final = 2_205

_TEMPLATE: Final = """\
<div style="max-width:46em;padding:.8em 1em;border:1px solid #8886;border-radius:.5em">
<div style="font-weight:600">{{ title }}</div>
{% for fact in facts %}
<div style="opacity:.75;font-size:.9em">{{ fact }}</div>
{% endfor %}
<div style="display:flex;flex-wrap:wrap;gap:1em;margin-top:.6em;align-items:flex-start">
{% if dots %}
<svg viewBox="-3 -3 206 206" width="206" height="206" role="img" aria-label="{{ map }}"
 style="background:#8881;border-radius:.4em"><title>{{ map }}</title>
{% for dot in dots %}
<circle cx="{{ '%.1f' % (200 * dot.x) }}" cy="{{ '%.1f' % (200 * dot.y) }}" r="3.2"
 fill="hsl({{ '%.0f' % dot.hue }} 65% 50%)"><title>{{ dot.text }}</title></circle>
{% endfor %}
</svg>
{% endif %}
<div style="display:grid;gap:.3em">
{% for sound in sounds %}
<figure style="margin:0;display:flex;gap:.6em;align-items:center">
<audio controls preload="none" src="{{ sound.uri }}" style="height:2em;width:15em"></audio>
<figcaption style="font-size:.9em">{{ sound.title }}</figcaption></figure>
{% endfor %}
</div></div></div>"""


@dataclass(frozen=True, kw_only=True)
class Dot:
    """A sound on a map; x and y (downwards) 0 to 1, hue in degrees."""

    x: float
    y: float
    hue: float
    text: str


@dataclass(frozen=True, kw_only=True)
class AudioPlayer:
    """An audio player on a card.

    A sound [N] or [N, C] at 44.1 kHz, made when there is room for it.
    """

    title: str
    audio: Callable[[], Audio]


def card(
    title: str,
    facts: Iterable[str],
    *,
    dots: Sequence[Dot] = (),
    map_says: str = "",
    players: Sequence[AudioPlayer] = (),
) -> str:
    """A card as HTML.

    Args:
        title: What it is.
        facts: Lines under it.
        dots: A map's; of many, as many as there is room for, evenly chosen.
        map_says: What the map is, for who cannot see it.
        players: Sounds, of which the first few are heard. What cannot be made has no player.
    """
    return _template().render(
        title=_short(title),
        facts=[on_screen(fact, longest=400) for fact in facts],
        map=map_says,
        dots=[
            Dot(x=_share(dot.x), y=_share(dot.y), hue=dot.hue, text=_short(dot.text))
            for dot in evenly(dots, _MOST_DOTS)
        ],
        sounds=_sounds(players),
    )


def listed(names: Sequence[str]) -> str:
    """Names in a line; of many the first, and how many more there are.

    >>> listed(["kick", "snare"]), listed([str(i) for i in range(14)])
    ('kick, snare', '0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more')
    """
    more = len(names) - _MOST_LISTED
    shown = ", ".join(_short(name) for name in names[:_MOST_LISTED])
    return f"{shown} and {more} more" if more > 0 else shown


def evenly(items: Sequence[Any], most: int) -> list[Any]:
    """At most so many of them, evenly over all.

    >>> evenly(range(10), 4), evenly([1, 2], 4)
    ([0, 3, 6, 9], [1, 2])
    """
    if len(items) <= most:
        return list(items)
    return [items[i] for i in np.linspace(0, len(items) - 1, most).round().astype(int)]


def flac_uri(audio: Audio, *, longest_s: float) -> str:
    """A sound [N] or [N, C] as a data URI: 16-bit FLAC, which every browser plays.

    As it is, but for channels that are equal, and an end at longest_s. Lossless, so that what is
    heard is the instrument and not a codec: lossy ones smear attacks and hide hiss.
    """
    channels = np.asarray(audio, np.float64).reshape(len(audio), -1)
    if np.array_equal(channels[:, :1], channels[:, -1:]):
        channels = channels[:, :1]
    most = round(longest_s * SAMPLE_RATE)
    if len(channels) > most:
        channels = channels[:most].copy()
        channels[-_FADE_SAMPLES:] *= np.linspace(1.0, 0.0, _FADE_SAMPLES)[:, None]
    # Without dither, which would have to be stored: at 16 bit it would only mask silence.
    samples = np.clip(np.rint(channels * 2**15), -(2**15), 2**15 - 1).astype(np.int16)
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, SAMPLE_RATE, "PCM_16", format="FLAC")
    return f"data:audio/flac;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _sounds(players: Sequence[AudioPlayer]) -> list[dict[str, str]]:
    sounds, left = [], _MOST_BYTES
    for player in players[:MOST_SOUNDS]:
        try:
            audio = player.audio()
        except MessinaError:
            continue
        uri = flac_uri(audio, longest_s=LONGEST_S) if len(audio) else ""
        if uri and len(uri) <= left:
            left -= len(uri)
            sounds.append({"title": _short(player.title), "uri": uri})
    return sounds


def _short(text: str) -> str:
    return on_screen(text, longest=_LONGEST_TEXT)


def _share(value: float) -> float:
    return float(np.clip(value, 0.0, 1.0)) if np.isfinite(value) else 0.5


@cache
def _template() -> Template:
    # Playing needs no templates: they are loaded when a card is shown.
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_TEMPLATE)
