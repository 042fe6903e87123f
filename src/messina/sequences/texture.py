"""A texture: long sounds that are played on for ever."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from messina.errors import ControlError
from messina.instrument.container import Parts
from messina.sequences.sequence import TEXTURE, Kind, Player, PlayOptions, Sequence
from messina.texture import TextureModel, TexturePlayer, texture_from, texture_part

__all__ = ["Texture"]

Audio = NDArray[np.float32]


class Texture(Sequence):
    """A texture that plays on without end: rain, rooms, drones, machines."""

    kind: ClassVar[Kind] = "texture"

    def __init__(self, model: TextureModel) -> None:
        self.model = model

    @classmethod
    def from_parts(cls, parts: Parts) -> Texture:
        return cls(texture_from(parts[TEXTURE]))

    @property
    def about(self) -> str:
        rows = self.model.manifest.recordings
        seconds = sum(row.length_s for row in rows)
        noun = "recording" if len(rows) == 1 else "recordings"
        return f"a texture of {len(rows)} {noun}, {seconds:.0f} s"

    @property
    def mono(self) -> bool:
        return self.model.manifest.mono

    @property
    def details(self) -> tuple[str, ...]:
        return tuple(
            f"{row.name}: {row.length_s:.1f} s at {row.loudness_db:.0f} dB"
            for row in self.model.manifest.recordings
        )

    def parts(self) -> Parts:
        return {TEXTURE: texture_part(self.model)}

    def player(
        self, *, seed: int = 0, options: PlayOptions | None = None, prime: Audio | None = None
    ) -> Player:
        options = options or PlayOptions()
        if options.tempo_bpm is not None or options.density != 0.0 or options.swing != 0.0:
            raise ControlError(
                "a texture has no beat: `tempo_bpm`, `density` and `swing` are for grooves"
            )
        return TexturePlayer(
            self.model,
            seed=seed,
            wildness=options.wildness,
            place=options.place,
            prime=prime,
            levelling=1.0 if options.levelling is None else options.levelling,
        )
