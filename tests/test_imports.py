"""Playing loads what plays: neither what learns, nor what listens, nor the other kinds of file.

The bound is by kind, not by count: a part of the package that only learning, analysing, measuring
or exporting needs is named here once and for all.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from export.handmade import KIT, make_instrument
from messina.instrument.container import write_parts
from messina.sequences.model import events_part
from messina.sequences.sequence import EVENTS
from play.handmade_groove import make_model, save_groove

LISTENING = (
    "messina.corpus",
    "messina.frames.analysis",
    "messina.instrument.encoder",
    "messina.rhythm.groove_material",
    "messina.rhythm.onsets",
)
LEARNING = (
    "messina.baselines",
    "messina.evaluation",
    "messina.export",
    "messina.learning",
    "messina.report",
    "matplotlib",
    "multiprocessing",
    "torch",
)
MIDI = ("messina.sequences.midi", "messina.sequences.score_material", "mido")
"""Reading it; what plays a score knows its parts by name."""

ONE_SHOT = "messina.Instrument.load(path).render(seed=1)"
GROOVE = "messina.Sequence.load(path).render(duration_s=0.5)"
SCORE = "messina.Sequence.load(path).with_band(messina.Instrument.load(kit)).render(duration_s=0.5)"
CLI = "main(['render', path, '--duration', '0.5', '-o', path + '.wav'])"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A kit, a groove of it, and a score."""
    folder = tmp_path_factory.mktemp("played")
    paths = {kind: folder / f"{kind}.messina" for kind in ("kit", "groove", "score")}
    make_instrument(KIT).save(paths["kit"])
    save_groove(paths["groove"], make_model())
    write_parts(paths["score"], {EVENTS: events_part(make_model())})
    return paths


@pytest.mark.parametrize(
    ("kind", "does", "never"),
    [
        ("kit", ONE_SHOT, (*LISTENING, *LEARNING, *MIDI, "messina.sequences", "messina.texture")),
        ("groove", GROOVE, (*LISTENING, *LEARNING, *MIDI, "messina.texture")),
        ("groove", CLI, (*LISTENING, *LEARNING, *MIDI, "messina.texture")),
        ("score", SCORE, (*LISTENING, *LEARNING, *MIDI, "messina.rhythm", "messina.texture")),
    ],
    ids=["a one-shot", "a groove", "a groove by the command line", "a score"],
)
def test_playing_loads_nothing_that_only_learning_or_listening_needs(
    files: dict[str, Path], kind: str, does: str, never: tuple[str, ...]
) -> None:
    loaded = modules_after(does, path=files[kind], kit=files["kit"])
    assert "messina.frames.synthesis" in loaded  # it did play
    too_many = [name for name in loaded if any(_is_in(name, part) for part in never)]
    assert too_many == []


SERVES = """
import http.client
from pathlib import Path
from urllib.parse import urlsplit
from messina.play.server import PageServer
from messina.play.catalogue import Catalogue
catalogue = Catalogue()
catalogue.add_file(Path(path))
with PageServer(catalogue, host="127.0.0.1", port=0) as server:
    place = urlsplit(server.url)
    connection = http.client.HTTPConnection("127.0.0.1", place.port)
    connection.request("GET", f"{place.path}?{place.query}")
    assert connection.getresponse().status == 200
"""


def test_a_page_is_given_without_what_only_writes_or_measures_sound(files: dict[str, Path]) -> None:
    loaded = modules_after(SERVES, path=files["kit"], kit=files["kit"])
    assert "messina.serving.asgi_server" in loaded
    never = {"soundfile", "numpy.ma", *LISTENING, *LEARNING} - {"multiprocessing"}
    assert [name for name in loaded if any(_is_in(name, part) for part in never)] == []


def test_the_first_screen_of_the_studio_loads_nothing_that_only_judging_needs(
    files: dict[str, Path],
) -> None:
    does = "import messina.studio.app; from messina.studio.desk import Desk"
    loaded = modules_after(does, path=files["kit"], kit=files["kit"])
    assert "messina.studio.desk" in loaded
    never = set(LEARNING) - {"multiprocessing"}
    assert [name for name in loaded if any(_is_in(name, part) for part in never)] == []


LEARNS = """
import numpy as np
tone = np.sin(0.1 * np.arange(9_000)) * np.exp(-np.arange(9_000) / 2_000)
corpus = messina.Corpus.from_arrays([tone.astype(np.float32)], sample_rate=44_100)
messina.learn(corpus, steps=1).render(seed=1)
"""


def test_learning_never_loads_the_compiler_of_torch(files: dict[str, Path]) -> None:
    """It takes as long to load as torch itself, which is most of a wait before the first step."""
    loaded = modules_after(LEARNS, path=files["kit"], kit=files["kit"])
    assert "torch.optim" in loaded
    assert "torch._dynamo" not in loaded


def modules_after(does: str, *, path: Path, kit: Path) -> list[str]:
    """The modules that are loaded once a fresh interpreter has done this."""
    code = (
        "import json, sys\n"
        "import messina\n"
        "from messina.cli.main import main\n"
        "path, kit = sys.argv[1:]\n"
        f"{does}\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), str(kit)],
        capture_output=True,
        text=True,
        check=True,
    )
    modules: list[str] = json.loads(done.stdout.splitlines()[-1])
    return modules


def _is_in(module: str, part: str) -> bool:
    return module == part or module.startswith(f"{part}.")
