"""An environment that messina runs in without torch, and an installer that needs no network."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

INSTALLER = """
import os, pathlib, sys, sysconfig, time

site = pathlib.Path(sysconfig.get_path("purelib"))
how = os.environ["FAKE_INSTALLER"]
print("Collecting torch", flush=True)
for done in range(0, 101, 10):
    print(f"Progress {done}000000 of 100000000", flush=True)
    while how == "waits" and done == 50:
        time.sleep(0.05)
if how == "offline":
    print("WARNING: Retrying after connection broken: [Errno -3] name resolution", flush=True)
    sys.exit("ERROR: No matching distribution found for torch")
if how == "odd":
    sys.exit("ERROR: the moon is in the wrong place")
(site / "torch").mkdir()
(site / "torch" / "__init__.py").write_text("")
about = site / "torch-9.0.dist-info"
about.mkdir()
(about / "METADATA").write_text("Metadata-Version: 2.1\\nName: torch\\nVersion: 9.0\\n")
"""
"""Takes the place of pip: tells how far it is as pip does, and brings a torch that is empty."""


def make_environment(folder: Path) -> Path:
    """A virtual environment with all that this one has but torch and pip; returns its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    places = {name: str(folder) for name in ("base", "platbase")}
    site = Path(sysconfig.get_path("purelib", "venv", vars=places))
    beside = folder / "packages"
    beside.mkdir()
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if not re.match(r"(torch|pip|uv)\b|__pycache__", package.name):
            (beside / package.name).symlink_to(package)
    # Its own folder, and what this environment adds by .pth files.
    (site / "beside.pth").write_text(f"import site; site.addsitedir({str(beside)!r})\n")
    for name in ("pip", "uv"):
        (site / name).mkdir()
        (site / name / "__init__.py").touch()
        (site / name / "__main__.py").write_text(INSTALLER)
    about = site / "pip-25.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: pip\nVersion: 25.0\n")
    return folder / ("Scripts" if os.name == "nt" else "bin") / "python"


def without_programs(how: str) -> dict[str, str]:
    """What the environment of such a process is: no uv, no driver of a GPU, one build of torch."""
    return {"PATH": "", "TORCH": "torch==9.0", "FAKE_INSTALLER": how}
