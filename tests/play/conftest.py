"""Instruments to play, a server that plays them, and a browser, for every test in here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from export.handmade import KIT, TONES, make_instrument
from messina.play.catalogue import Catalogue
from messina.play.server import PageServer
from play.browsing import FAKE_MIDI, Desk, closing, opened
from play.engine.browser import browser, new_context

OpenDesk: TypeAlias = Callable[..., Desk]


@pytest.fixture(autouse=True)
def pages_end_with_their_test() -> Iterator[None]:
    with closing():
        yield


@pytest.fixture(scope="module", autouse=True)
def pages_end_with_their_module() -> Iterator[None]:
    with closing():
        yield


@pytest.fixture(scope="session")
def kit_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("instruments") / "kit.messina"
    make_instrument(KIT).save(path)
    return path


@pytest.fixture(scope="session")
def chime_file(kit_file: Path) -> Path:
    path = kit_file.with_name("chime.messina")
    make_instrument(TONES).save(path)
    return path


@pytest.fixture
def server(kit_file: Path, chime_file: Path) -> Iterator[PageServer]:
    with serving(kit_file, chime_file) as server:
        yield server


def serving(*files: Path, host: str = "127.0.0.1") -> PageServer:
    catalogue = Catalogue()
    for file in files:
        catalogue.add_file(file)
    return PageServer(catalogue, host=host, port=0)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    with browser() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def open_desk(chromium: Any) -> Iterator[OpenDesk]:
    """Opens addresses in a browser of their own, with two MIDI devices that do not exist."""
    context = new_context(
        chromium,
        viewport={"width": 1600, "height": 1000},
        color_scheme="dark",
        accept_downloads=True,
    )
    context.add_init_script(FAKE_MIDI)

    yield lambda address, **how: opened(context, address, **how)
    context.close()


@pytest.fixture(scope="module")
def opened_kit(kit_file: Path, open_desk: OpenDesk) -> Iterator[Desk]:
    with serving(kit_file) as server:
        yield open_desk(server.url)


@pytest.fixture(scope="module")
def opened_chime(chime_file: Path, open_desk: OpenDesk) -> Iterator[Desk]:
    with serving(chime_file) as server:
        yield open_desk(server.url)


@pytest.fixture
def kit_desk(opened_kit: Desk) -> Iterator[Desk]:
    """A kit, as it is when opened for the first time."""
    opened_kit.start_afresh()
    yield opened_kit
    assert opened_kit.errors == []


@pytest.fixture
def chime_desk(opened_chime: Desk) -> Iterator[Desk]:
    """A pitched instrument, as it is when opened for the first time."""
    opened_chime.start_afresh()
    yield opened_chime
    assert opened_chime.errors == []
