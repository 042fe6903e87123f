"""Two instruments side by side as a page: what is said of each, and every figure of both."""

from __future__ import annotations

from pathlib import Path

from messina.evaluation.figures import FIGURES
from messina.report.comparison import Compared, Comparison
from messina.report.markup import Html, element, figure_text, joined, plural
from messina.report.page import document, write_page
from messina.report.panels import section, verdict_panel

__all__ = ["comparison_page", "write_comparison"]


def write_comparison(found: Comparison, path: Path) -> Path:
    """Write the page to `path`, which ends in .html, and its figures beside it; where to."""
    return write_page(path, comparison_page(found), found)


def comparison_page(found: Comparison) -> str:
    """The whole comparison as HTML."""
    names = [Path(side.instrument).stem for side in (found.first, found.second)]
    a, b, same = found.tally
    says = f"A is better in {a}, B in {b}; no difference to speak of in {same}."
    about = (
        f"On {plural(found.sounds, 'real sound')}, {found.held_out} of them held out; "
        f"{plural(found.count, 'new sound')} each."
    )
    top = element(
        "header",
        element("h1", f"{names[0]} and {names[1]}"),
        element("p", about),
        element("p", says),
        of={"class": "top"},
    )
    sides = [side_panel(letter, side) for letter, side in (("A", found.first), ("B", found.second))]
    return document(f"{names[0]} and {names[1]}", joined([top, figures_panel(found), *sides]))


def side_panel(letter: str, side: Compared) -> Html:
    """The verdict on one of the two."""
    heading = element("h2", f"{letter}: {side.instrument}, {side.minutes:g} min")
    return joined([element("section", heading), verdict_panel(side.verdict)])


def figures_panel(found: Comparison) -> Html:
    """Every figure of both, the better one marked, beside what real sounds reach."""
    columns = ("", f"A, {found.first.minutes:g} min", f"B, {found.second.minutes:g} min", "real")
    head = element("tr", *(element("th", text, of={"scope": "col"}) for text in columns))
    rows = []
    for key, better in found.better.items():
        figure = FIGURES[key]
        floor = found.floors.get(key)
        cells = []
        for side, name in ((found.first, "first"), (found.second, "second")):
            text = figure_text(key, side.figures.get(key, float("nan")))
            cells.append(element("td", element("strong", text) if better == name else text))
        cells.append(element("td", figure_text(key, floor.mean) if floor else "–"))
        title = f"{figure.title}, {figure.unit}".rstrip(", ")
        says = element("small", figure.meaning)
        label = element("th", element("b", title), says, of={"scope": "row"})
        rows.append(element("tr", label, *cells))
    table = element("table", element("thead", head), element("tbody", *rows))
    note = "The better one is bold, where the difference is more than chance."
    return section("Figures", table, name="figures", note=note)
