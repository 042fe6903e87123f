"""The pages as they are written, before any browser has them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import messina

PAGES = sorted(Path(messina.__file__).parent.glob("*/web/index.html"))


@pytest.mark.parametrize("page", PAGES, ids=[page.parents[1].name for page in PAGES])
def test_no_two_places_of_a_page_have_one_id(page: Path) -> None:
    """A sentence for one would be written into the other, which may be hidden."""
    ids = re.findall(r'\sid="([^"]+)"', page.read_text(encoding="utf-8"))
    assert len(ids) > 5
    assert sorted(set(ids)) == sorted(ids)
