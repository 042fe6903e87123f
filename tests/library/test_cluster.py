"""The same index comes from Ray, on nodes of its own, as from processes of this machine."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from library.libraries import SMALL, Here, contents, make_library
from messina.errors import MessinaError
from messina.library.executors import RayCluster
from messina.library.indexing import index_library

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None or sys.platform != "linux",
    reason="needs Ray, and its processes looked for in /proc",
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Two nodes with one core each, which end with the tests."""
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "180")  # read when Ray is imported
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster

    nodes = Cluster()
    for _ in range(2):
        nodes.add_node(num_cpus=1, object_store_memory=80 * 2**20, include_dashboard=False)
    nodes.wait_for_nodes()
    yield nodes.address
    nodes.shutdown()


@needs_ray
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_nodes_make_the_same_index_though_a_worker_is_killed(
    cluster: str, tmp_path: Path
) -> None:
    library = make_library(tmp_path / "mine")
    ours, theirs = tmp_path / "lib", tmp_path / "alone"
    index_library(library, theirs, Here(theirs), config=SMALL)
    ours.mkdir()
    killed: list[int] = []
    ended = threading.Event()
    killer = threading.Thread(target=_kill_a_worker, args=(killed, ended), daemon=True)
    with RayCluster(ours, cluster) as executor:
        killer.start()
        index_library(library, ours, executor, config=SMALL)
    ended.set()
    killer.join()
    assert killed
    assert contents(ours) == contents(theirs)


def _kill_a_worker(killed: list[int], ended: threading.Event) -> None:
    """One of this user's Ray workers while it does a task of ours."""
    while not killed and not ended.wait(0.05):
        for process in Path("/proc").iterdir():
            try:
                ours = b"ray::_perform" in (process / "cmdline").read_bytes()
            except OSError:
                continue
            if process.name.isdigit() and ours:
                time.sleep(0.2)
                os.kill(int(process.name), signal.SIGKILL)
                killed.append(int(process.name))
                return


@needs_ray
def test_an_address_without_a_cluster_is_said(tmp_path: Path) -> None:
    with pytest.raises(MessinaError, match=r"no cluster of Ray at 127\.0\.0\.1:1 "):
        RayCluster(tmp_path, "127.0.0.1:1")


def test_without_ray_it_is_said_how_to_install_it(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['ray'] = None\n"
        "from pathlib import Path\n"
        "from messina.errors import MessinaError\n"
        "from messina.library.executors import RayCluster\n"
        "try:\n    RayCluster(Path(), 'auto')\n"
        "except MessinaError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "pip install 'messina[cluster]'" in done.stdout
