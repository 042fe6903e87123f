from __future__ import annotations

from pathlib import Path

import pytest

from export.handmade import KIT, make_instrument
from messina.errors import InstrumentError
from messina.instrument import Instrument
from messina.instrument.about import LONGEST, About, read_about, with_about
from messina.play.catalogue import kind_of


@pytest.fixture
def data(tmp_path: Path) -> bytes:
    make_instrument(KIT).save(tmp_path / "kit.messina")
    return (tmp_path / "kit.messina").read_bytes()


def test_what_is_said_is_read_again_and_the_instrument_is_the_same(
    data: bytes, tmp_path: Path
) -> None:
    said = About(name="Gärten", origin="own recordings, 2026\nin the yard", license="CC0")
    assert read_about(data) == About()
    told = with_about(data, said)
    assert read_about(told) == said
    assert read_about(with_about(told, About(name="b"))) == About(name="b")
    (tmp_path / "told.messina").write_bytes(told)
    first, second = (Instrument.load(tmp_path / f"{name}.messina") for name in ("kit", "told"))
    assert first.manifest == second.manifest
    assert (first.render(seed=3) == second.render(seed=3)).all()


def test_strange_words_harm_no_instrument(data: bytes) -> None:
    too_long = with_about(data, About(name="x" * (LONGEST + 1)))
    assert kind_of(too_long) == "hits"
    assert read_about(too_long) == About()
    odd = About(origin="\0\u202e<script>")
    assert read_about(with_about(data, odd)) == odd


@pytest.mark.parametrize("cut", [0, 4, 8, 100])
def test_what_is_no_instrument_is_refused(data: bytes, cut: int) -> None:
    nested = (8).to_bytes(8, "little") + b"[" * 8
    for odd in (data[:cut], b"RIFF" * 50, b"\xff" * 8 + data[8:], nested):
        with pytest.raises(InstrumentError):
            read_about(odd)
