"""The engine, loaded, in Node or in chromium, and what plays on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from export.handmade import KIT, Label, make_instrument
from messina.instrument import Instrument
from play.engine.browser import EnginePage, open_engine_page
from play.engine.host import open_engine_host
from play.engine.random_instrument import make_random_instrument

ORGAN = (
    Label(name="organ", notes=(40.0, 80.0), sustains=True),
    Label(name="pluck", notes=(40.0, 80.0)),
)


@pytest.fixture(scope="session")
def rich() -> Instrument:
    """Random weights: drums and bells, wide, gliding, with everything a frame can hold."""
    return make_random_instrument(seed=1, width=0.6, glide_semitones=9.0)


@pytest.fixture(scope="session")
def plain() -> Instrument:
    """The same without width and glide."""
    return make_random_instrument(seed=2, width=0.0, glide_semitones=0.0)


@pytest.fixture(scope="session")
def organ() -> Instrument:
    return make_instrument(ORGAN)


@pytest.fixture(scope="session")
def engine_files(
    tmp_path_factory: pytest.TempPathFactory,
    rich: Instrument,
    plain: Instrument,
    organ: Instrument,
) -> list[Path]:
    """The instruments that are loaded wherever the engine runs."""
    folder = tmp_path_factory.mktemp("engine")
    instruments = {"rich": rich, "plain": plain, "organ": organ, "kit": make_instrument(KIT)}
    for name, instrument in instruments.items():
        instrument.save(folder / f"{name}.messina")
    return [folder / f"{name}.messina" for name in instruments]


@pytest.fixture(scope="session")
def engine(engine_files: list[Path]) -> Iterator[EnginePage]:
    """The engine in Node, where what it says and renders is what it is in a browser."""
    with open_engine_host(engine_files[0].parent) as page:
        yield _loaded(page, engine_files)


@pytest.fixture(scope="module")
def engine_in_browser(engine_files: list[Path]) -> Iterator[EnginePage]:
    """The same in chromium; a page that is open renders, so each module closes its own."""
    pytest.importorskip("playwright")
    with open_engine_page(engine_files[0].parent) as page:
        yield _loaded(page, engine_files)


def _loaded(page: EnginePage, files: list[Path]) -> EnginePage:
    for file in files:
        page.load(file.stem)
    return page
