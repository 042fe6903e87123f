"""Text and numbers as HTML, by templates. Names come from strangers' folders: whatever is not Html
already is escaped, by Jinja2 and its markupsafe, wherever it stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup as Html

from messina.evaluation.metrics import METRICS

__all__ = [
    "Html",
    "element",
    "hue",
    "joined",
    "length_text",
    "metric_text",
    "render",
    "script_json",
    "short_name",
    "with_spread",
]


def render(template: str, **values: Any) -> Html:
    """A template of `report/templates` with these values; whatever is not Html is escaped."""
    return Html(_environment().get_template(template).render(values))


def joined(parts: Iterable[str], between: str = "") -> Html:
    """Parts one after the other; those that are not Html are escaped.

    >>> str(joined(["a < b", Html("<br>")]))
    'a &lt; b<br>'
    """
    return Html(between).join(parts)


def element(name: str, *children: str, of: Mapping[str, str | None] | None = None) -> Html:
    """An element with its attributes `of`, for what is drawn; those that are None are left out.

    >>> str(element("p", "R&B", of={"class": "quiet", "id": None}))
    '<p class="quiet">R&amp;B</p>'
    """
    given = [(key, value) for key, value in (of or {}).items() if value is not None]
    attributes = joined(Html(' {}="{}"').format(Html(key), value) for key, value in given)
    return Html("<{0}{1}>{2}</{0}>").format(Html(name), attributes, joined(children))


def script_json(value: Any) -> Html:
    """JSON as it may stand in a script element: nothing in it ends that."""
    return Html(json.dumps(value).replace("<", "\\u003c"))


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("messina.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def metric_text(key: str, value: float, *, unit: bool = False) -> str:
    """A metric's value to its number of decimals; a dash where there is none.

    >>> metric_text("tail_level", -43.21), metric_text("flux", float("nan"))
    ('−43.2', '–')
    """
    if not np.isfinite(value):
        return "–"
    metric = METRICS[key]
    text = f"{value:.{metric.decimals}f}"
    if not float(text):
        text = text.removeprefix("-")
    with_unit = f"{text} {metric.unit}" if unit and metric.unit else text
    return with_unit.replace("-", "−")


def with_spread(key: str, value: float, spread: float) -> str:
    """A mean with its standard deviation, and the unit.

    >>> with_spread("tail_level", -43.21, 1.26)
    '−43.2 ± 1.3 dB'
    """
    unit = METRICS[key].unit
    text = f"{metric_text(key, value)} ± {metric_text(key, spread)}"
    return f"{text} {unit}" if unit else text


def length_text(seconds: float) -> str:
    """
    >>> length_text(0.42), length_text(3.04)
    ('0.42 s', '3.0 s')
    """
    return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"


def short_name(name: str) -> str:
    """A sound's name without what all names end in.

    >>> short_name("kit/kick.wav"), short_name("take.1.flac#003")
    ('kit/kick', 'take.1 #003')
    """
    file, mark, number = name.rpartition("#")
    if not (mark and number.isdecimal()):
        file, number = name, ""
    stem, dot, suffix = file.rpartition(".")
    short = stem if dot and stem and "/" not in suffix else file
    return f"{short} #{number}" if number else short


_LOW_HZ: Final = 120.0
_HIGH_HZ: Final = 9_000.0
_LOW_HUE: Final = 22.0
_HIGH_HUE: Final = 312.0


def hue(brightness_hz: float) -> float:
    """A sound's colour is how bright it is: low sounds are red, high ones violet, like light.

    >>> hue(50.0), hue(20_000.0)
    (22.0, 312.0)
    """
    share = np.log(max(brightness_hz, 1.0) / _LOW_HZ) / np.log(_HIGH_HZ / _LOW_HZ)
    return float(_LOW_HUE + (_HIGH_HUE - _LOW_HUE) * np.clip(share, 0.0, 1.0))
