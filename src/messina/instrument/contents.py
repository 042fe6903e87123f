"""What an instrument's file holds, and what it is played from: networks, known sounds, tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from messina.instrument.container import Parts, contents_digest
from messina.instrument.file import encode_file
from messina.instrument.known import FineSpectra, Known, known_sounds
from messina.instrument.manifest import Manifest
from messina.instrument.network import Network
from messina.instrument.playing import FrameRenderer
from messina.instrument.trajectories import Trajectories

__all__ = ["Contents"]


class Contents:
    """The contents of an instrument's file; what is made of them is made when first asked for."""

    def __init__(
        self, manifest: Manifest, arrays: Mapping[str, NDArray[Any]], others: Parts | None = None
    ) -> None:
        self.manifest = manifest
        self.arrays = dict(arrays)
        self.others: Parts = dict(others or {})
        """Further parts of its file, written back by `save`: a groove's event model, for one."""

    @cached_property
    def digest(self) -> str:
        """The digest of what its file holds, by which recipes of sounds know it."""
        return contents_digest(encode_file(self.manifest, self.arrays, self.others))

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels `render` takes, in alphabetical order."""
        return tuple(response.label for response in self.manifest.responses)

    @cached_property
    def network(self) -> Network:
        """The encoder and decoder, in numpy."""
        return Network(self.manifest.network, self.arrays)

    @cached_property
    def known(self) -> Known:
        """The sounds whose latents the instrument keeps."""
        return known_sounds(self.manifest, self.arrays)

    @cached_property
    def fine(self) -> FineSpectra:
        """The fine spectra of the `known` sounds."""
        return FineSpectra(self.arrays["fine"], self.arrays["fine_of"])

    @property
    def places(self) -> NDArray[np.float32]:
        """Where the `known` sounds lie on the map [S, 2]: x, and y downwards, 0 … 1."""
        places: NDArray[np.float32] = self.arrays["places"]
        return places

    @property
    def keys(self) -> NDArray[np.int32]:
        """Which label, by its index, each key of MIDI plays [128]; -1: none."""
        keys: NDArray[np.int32] = self.arrays["keys"]
        return keys

    @cached_property
    def trajectories(self) -> Trajectories:
        """How the `known` sounds move."""
        a = self.arrays
        return Trajectories(
            a["trajectory_basis"],
            a["trajectories"],
            a["trajectory_counts"],
            a["trajectory_louder"],
            a["contours"],
        )

    @cached_property
    def known_velocities(self) -> tuple[float | None, ...]:
        """Velocities of the `known` sounds, where file names or recordings have them."""
        sounds = self.manifest.sounds
        return tuple(sound.velocity for sound in sounds if sound.role != "held out")

    @property
    def sustained(self) -> frozenset[str]:
        """The labels whose notes sound for as long as their key is down."""
        return frozenset(self.labels[label] for label in self.known.sustained)

    @cached_property
    def player(self) -> FrameRenderer:
        """What turns parts into frames."""
        return FrameRenderer(
            self.network,
            self.manifest.scale,
            self.manifest.responses,
            self.known,
            self.fine,
            self.trajectories.basis,
        )
