"""Whether torch, which learning needs, is there; and which build of it is that for this machine."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final, Literal, TypeAlias

__all__ = ["SIZES", "Build", "Machine", "has_torch"]

Build: TypeAlias = Literal["cpu", "cuda", "mac"]

SIZES: Final = {"cpu": "about 200 MB", "cuda": "several gigabytes", "mac": "about 100 MB"}
"""What of each build comes over the network."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What decides which build of torch is for a machine."""

    system: str  # as sys.platform has it
    intel: bool
    nvidia: bool
    python: str
    uv: str | None
    pip: bool
    externally_managed: bool
    """The system's own Python, which only its packages may change."""
    read_only: str = ""
    """The folder that packages go to, where it cannot be written to."""
    torch: str = ""
    """Another build than that of this machine, as a requirement: the environment's TORCH."""

    @classmethod
    def this(cls) -> Machine:
        """The machine this runs on."""
        own = sys.prefix != sys.base_prefix
        marker = Path(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
        packages = sysconfig.get_path("purelib")
        return cls(
            system=sys.platform,
            intel=platform.machine().lower() in ("x86_64", "amd64", "i386"),
            nvidia=shutil.which("nvidia-smi") is not None,
            python=sys.executable,
            uv=shutil.which("uv"),
            pip=importlib.util.find_spec("pip") is not None,
            externally_managed=not own and marker.is_file(),
            read_only="" if os.access(packages, os.W_OK) else packages,
            torch=os.environ.get("TORCH", ""),
        )

    @property
    def build(self) -> Build:
        """The build of torch for it."""
        if self.system == "darwin":
            return "mac"
        return "cuda" if self.nvidia else "cpu"


def has_torch() -> bool:
    """Whether torch is there whole: an installation that was cut short has no metadata yet."""
    importlib.invalidate_caches()
    if importlib.util.find_spec("torch") is None:
        return False
    try:
        metadata.version("torch")
    except metadata.PackageNotFoundError:
        return False
    return True
