"""What every test relies on: a cache of its own, and skips where the machine lacks something."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from differences import Differs
from play.engine.browser import CHROMIUM

SOURCES = Path(__file__).parents[1] / "src"
PLAY = Path(__file__).parent / "play"
settings.register_profile(
    "house",
    deadline=None,  # a busy machine makes nothing wrong
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,  # there the same examples every time, elsewhere always others
)
settings.load_profile("house")

ABOUT_S = {"slow": 10, "browser": 3}
"""How long a test of a mark takes, roughly; one without takes less, one that is given more time
than others a tenth of that."""


@pytest.fixture(scope="session", autouse=True)
def own_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each process has a cache of its own, what it starts imports this very tree."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("PYTHONPATH", str(SOURCES), prepend=os.pathsep)
        yield


@pytest.fixture
def differs(record_property: Callable[[str, object], None]) -> Differs:
    """Notes a difference as a property of the test, where junit.xml has it."""

    def note(feature: str, player: str, db: float) -> None:
        record_property(f"{feature} | {player}", float(db))

    return note


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    available = {"browser": _has_browser, "gpu": _has_gpu}
    for marker, has in available.items():
        marked = [item for item in items if item.get_closest_marker(marker)]
        if marked and not has():
            for item in marked:
                item.add_marker(pytest.mark.skip(reason=f"no {marker} here"))
    astray = [
        i.nodeid for i in items if i.get_closest_marker("alone") and PLAY not in i.path.parents
    ]
    if astray:
        raise pytest.UsageError(f"scripts/check looks for tests alone in {PLAY}, not at {astray}")
    # Files are shared out as they come: long ones first, or one process ends long after the rest.
    length_s: defaultdict[Path, float] = defaultdict(float)
    for item in items:
        length_s[item.path] += _about_s(item)
    items.sort(key=lambda item: -length_s[item.path])


def _about_s(item: pytest.Item) -> float:
    given = item.get_closest_marker("timeout")
    if given:
        return float(given.args[0]) / 10
    return next((s for m, s in ABOUT_S.items() if item.get_closest_marker(m)), 1)


def _has_browser() -> bool:
    return bool(CHROMIUM) and find_spec("playwright") is not None


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()
