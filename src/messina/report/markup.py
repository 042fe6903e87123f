"""Text, numbers and charts as HTML, by templates. Names come from strangers' folders: whatever is
not Html already is escaped, by Jinja2 and its markupsafe, wherever it stands.

Charts fit any width: lines and dots are SVG, words are HTML. The SVG is stretched to its box, so
places are shares of width and height from the upper left; strokes keep their width. A dot is a line
of no length with a round cap, which stays round.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup as Html
from numpy.typing import NDArray

from messina.evaluation.metrics import METRICS

__all__ = [
    "Axis",
    "Dot",
    "Html",
    "Line",
    "chart",
    "document",
    "element",
    "hue",
    "joined",
    "length_text",
    "metric_text",
    "place",
    "render",
    "script_json",
    "short_name",
    "ticks",
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
    """A length in seconds as text.

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
    """Hue in degrees for a sound's brightness: low sounds are red, high ones violet, like light.

    >>> hue(50.0), hue(20_000.0)
    (22.0, 312.0)
    """
    share = np.log(max(brightness_hz, 1.0) / _LOW_HZ) / np.log(_HIGH_HZ / _LOW_HZ)
    return float(_LOW_HUE + (_HIGH_HUE - _LOW_HUE) * np.clip(share, 0.0, 1.0))


_SIZE: Final = 1000.0


@dataclass(frozen=True, kw_only=True)
class Axis:
    """An axis of a chart from `low` (left or lower end) to `high`, with these values as ticks."""

    low: float
    high: float
    marks: tuple[tuple[float, str], ...] = ()

    def share(self, value: float) -> float:
        """Position of a value along the axis, clipped to 0 … 1."""
        span = self.high - self.low
        return float(np.clip((value - self.low) / span, 0.0, 1.0)) if span else 0.5


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a chart through (x, y) points; `kind` is its CSS class."""

    points: Sequence[tuple[float, float]]
    kind: str
    hue: float | None = None


@dataclass(frozen=True, kw_only=True)
class Dot:
    """A dot of a chart at (x, y)."""

    x: float
    y: float
    kind: str
    hue: float | None = None


def chart(x: Axis, y: Axis, marks: Iterable[Line | Dot], *, says: str, kind: str = "") -> Html:
    """SVG of lines and dots, drawn in order; `says` is its text alternative."""
    drawn = [_line(x, y, m) if isinstance(m, Line) else _dot(x, y, m) for m in marks]
    grid = [_rule(0.0, 1.0 - y.share(value), 1.0, 1.0 - y.share(value)) for value, _ in y.marks]
    svg = element(
        "svg",
        *grid,
        *drawn,
        of={
            "viewBox": f"0 0 {_SIZE:g} {_SIZE:g}",
            "preserveAspectRatio": "none",
            "role": "img",
            "aria-label": says,
        },
    )
    names = [_name("x", text, left=x.share(value)) for value, text in x.marks]
    names += [_name("y", text, top=1.0 - y.share(value)) for value, text in y.marks]
    return element("div", svg, *names, of={"class": f"chart {kind}".strip()})


def ticks(low: float, high: float, *, most: int = 4) -> tuple[tuple[float, str], ...]:
    """Round tick values within a range, and their texts.

    >>> ticks(-43.0, 0.0)
    ((-40.0, '−40'), (-20.0, '−20'), (0.0, '0'))
    """
    span = high - low
    if not np.isfinite(span) or span <= 0:
        return ()
    step = next(
        s
        for power in range(-3, 12)
        for s in (10.0**power, 2 * 10.0**power, 5 * 10.0**power)
        if span / s <= most
    )
    values = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    return tuple((float(v), f"{float(v) + 0.0:g}".replace("-", "−")) for v in values)


def place(left: float, top: float) -> str:
    """CSS position of an element at these shares of its box."""
    return f"left:{100 * left:.2f}%;top:{100 * top:.2f}%"


def _at(x: Axis, y: Axis, point: tuple[float, float]) -> NDArray[np.float64]:
    return _SIZE * np.array([x.share(point[0]), 1.0 - y.share(point[1])])


def _line(x: Axis, y: Axis, line: Line) -> Html:
    corners = [_at(x, y, point) for point in line.points]
    path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in corners)
    return _path(path, line.kind, line.hue)


def _dot(x: Axis, y: Axis, dot: Dot) -> Html:
    a, b = _at(x, y, (dot.x, dot.y))
    return _path(f"M{a:.1f} {b:.1f}h0", f"dot {dot.kind}", dot.hue)


def _rule(x0: float, y0: float, x1: float, y1: float) -> Html:
    a, b, c, d = (_SIZE * value for value in (x0, y0, x1, y1))
    return _path(f"M{a:.1f} {b:.1f}L{c:.1f} {d:.1f}", "rule", None)


def _path(path: str, kind: str, hue: float | None) -> Html:
    style = None if hue is None else f"--hue:{hue:.0f}"
    return element("path", of={"class": kind, "d": path, "style": style})


def _name(axis: str, text: str, *, left: float | None = None, top: float | None = None) -> Html:
    where = f"left:{100 * left:.2f}%" if left is not None else f"top:{100 * (top or 0.0):.2f}%"
    return element("span", text, of={"class": f"tick {axis}", "style": where})


def legend(entries: Sequence[tuple[str, str]]) -> Html:
    """Legend of a chart: (CSS class, what it is) of its marks."""
    return element(
        "p",
        joined(
            element("span", element("i", of={"class": f"key {kind}"}), text)
            for kind, text in entries
        ),
        of={"class": "legend"},
    )


_POLICY: Final = (
    "default-src 'none'; img-src data:; media-src data:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)


"""What the browser may load: nothing that is not in the file."""


def document(title: str, body: Html, *, script: str = "page.js") -> str:
    """A page of its own with everything in it; script: that of its own in web/."""
    return render(
        "document.html",
        policy=_POLICY,
        title=title,
        style=Html(_file("page.css")),
        body=body,
        script=Html(_file(script)),
    )


def _file(name: str) -> str:
    return files("messina.report").joinpath("web", name).read_text(encoding="utf-8")
