"""Instruments to play and a server that plays them, for every test in here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from export.handmade import KIT, TONES, make_instrument
from messina.play.server import PageServer
from messina.play.shelf import Shelf


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
    shelf = Shelf()
    shelf.add_file(kit_file)
    shelf.add_file(chime_file)
    with PageServer(shelf, port=0) as server:
        yield server
