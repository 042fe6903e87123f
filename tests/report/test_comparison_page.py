from __future__ import annotations

import json
from pathlib import Path

from messina.instrument import Instrument
from messina.report import RealSounds, compare
from messina.report.comparison import comparison_page, write_comparison


def test_the_page_shows_both_and_lies_beside_its_figures(
    instrument: Instrument, real: RealSounds, tmp_path: Path
) -> None:
    found = compare(("<a>.messina", instrument), ("b.messina", instrument), real, count=6)
    data = write_comparison(found, tmp_path / "both.html")
    text = (tmp_path / "both.html").read_text()
    assert text == comparison_page(found)
    assert "&lt;a&gt;" in text
    assert "<a>" not in text
    assert text.count('class="headline"') == 2
    assert "A is better in 0, B in 0" in text
    assert text.count('class="trio"') == 2 * min(8, len(found.runs[0].played))
    assert 'aria-label="Play' in text
    assert json.loads(data.read_text())["count"] == 6
