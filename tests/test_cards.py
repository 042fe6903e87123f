"""Cards in notebooks: everything in them, nothing that acts, and of bounded size."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
from html.parser import HTMLParser

import msgspec
import numpy as np
import pytest
import soundfile

from export.handmade import KIT, TONES, make_instrument
from messina import cards
from messina.corpus import Corpus, LeftOut
from messina.errors import InstrumentError
from messina.instrument import Instrument
from messina.units import SAMPLE_RATE
from report.drummer import Drummer

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[2J\u202e'


class Reader(HTMLParser):
    """Elements, attributes and text of a piece of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.open.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def checked(text: str) -> Reader:
    """What every card is: well-formed, of few elements, and without a word to the outside."""
    found = Reader(text)
    assert found.open == []
    assert set(found.elements) <= {
        *("div", "svg", "circle", "title", "figure", "figcaption", "audio"),
    }
    for name, value in found.attributes:
        assert not name.startswith("on")
        assert not re.search(r"https?:|url\(|javascript:", value)
        assert name != "src" or value.startswith("data:audio/flac;base64,")
    assert len(text) < 3_000_000
    return found


def sounds_of(found: Reader) -> list[np.ndarray]:
    uris = [value for name, value in found.attributes if name == "src"]
    return [soundfile.read(io.BytesIO(base64.b64decode(uri.partition(",")[2])))[0] for uri in uris]


def test_an_instrument_shows_its_map_and_plays_its_labels() -> None:
    kit = make_instrument(KIT)
    found = checked(kit._repr_html_())
    assert found.elements.count("circle") == len(kit.places)
    sounds = sounds_of(found)
    assert len(sounds) == min(len(kit.labels), cards.MOST_SOUNDS)
    wanted = kit.render(label=kit.labels[0])
    assert np.abs(sounds[0][:1000].reshape(1000, -1) - wanted[:1000]).max() < 2**-15
    assert repr(kit).startswith(f"<Instrument: {len(kit.labels)} labels, ")


def test_labels_of_strangers_stay_text_and_are_cut() -> None:
    kit = make_instrument(KIT)
    responses = list(kit.manifest.responses)
    evil = EVIL + "x" * 10_000
    was = responses[0].label
    responses[0] = msgspec.structs.replace(responses[0], label=evil)
    sounds = tuple(
        msgspec.structs.replace(s, label=evil, name=evil) if s.label == was else s
        for s in kit.manifest.sounds
    )
    manifest = msgspec.structs.replace(kit.manifest, responses=tuple(responses), sounds=sounds)
    found = checked(Instrument(manifest, kit.arrays)._repr_html_())
    text = "".join(found.texts)
    assert "<script>" in text  # as text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert max(map(len, found.texts)) < 1_000


def test_what_cannot_be_rendered_has_no_player() -> None:
    def broken() -> np.ndarray:
        raise InstrumentError("its weights are damaged")

    silence = cards.AudioPlayer(title="nothing", audio=lambda: np.zeros((0, 2), np.float32))
    players = [cards.AudioPlayer(title="broken", audio=broken), silence]
    assert "audio" not in checked(cards.card("x", [], players=players)).elements


def test_a_corpus_shows_what_is_in_it_and_what_is_left_out() -> None:
    rng = np.random.default_rng(0)
    decay = np.exp(-np.arange(9_000) / 1_500)
    hits = [rng.standard_normal(9_000) * decay * 0.3 for _ in range(3)]
    corpus = Corpus.from_arrays(hits, sample_rate=SAMPLE_RATE, labels=["tik", EVIL, "tik"])
    found = checked(corpus._repr_html_())
    assert found.elements.count("circle") == 3
    assert len(sounds_of(found)) == 2
    lost = Corpus(sounds=corpus.sounds, left_out=(LeftOut(name=EVIL, reason="no audio in it"),))
    assert "1 file left out" in "".join(checked(lost._repr_html_()).texts)
    assert repr(corpus).startswith("<Corpus: 3 sounds of 2 labels, ")


def test_what_plays_on_plays_its_first_seconds() -> None:
    rng = np.random.default_rng(0)
    found = checked(Drummer(0.1 * rng.standard_normal(20 * SAMPLE_RATE))._repr_html_())
    assert [len(sound) / SAMPLE_RATE for sound in sounds_of(found)] == pytest.approx([6.0, 6.0])


def test_thousands_of_sounds_make_no_larger_card() -> None:
    dots = [cards.Dot(x=i / 5_000, y=np.nan, hue=0.0, text=EVIL) for i in range(5_000)]
    noise = np.random.default_rng(0).standard_normal((60 * SAMPLE_RATE, 2)) * 0.2
    players = [cards.AudioPlayer(title="noise", audio=lambda: noise)] * 50
    found = checked(cards.card("many", ["x" * 10_000], dots=dots, players=players))
    assert found.elements.count("circle") == 1_000
    assert 1 <= len(sounds_of(found)) <= cards.MOST_SOUNDS


def test_templates_are_loaded_when_a_card_is_shown_and_not_before() -> None:
    code = (
        "import sys, messina; messina.Instrument; messina.Sequence; print('jinja2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert "audio" in make_instrument(TONES)._repr_html_()
