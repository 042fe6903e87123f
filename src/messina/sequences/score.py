"""A score: structure alone, learnt from MIDI files, played by whatever instruments it is given."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from messina.arguments import checked
from messina.errors import ControlError, SoundError
from messina.events import Phrase
from messina.instrument import Instrument
from messina.instrument.container import Parts
from messina.sequences.model import EventModel, events_from, events_part
from messina.sequences.performer import Band, EventPlayer, PerformerConfig
from messina.sequences.sequence import EVENTS, Kind, PlayOptions, Sequence
from messina.sequences.voice_assignment import ROLES
from messina.text import counted

__all__ = ["Score"]

Audio = NDArray[np.float32]


class Score(Sequence):
    """A learnt structure of notes; `with_band` gives it the instruments that play it."""

    kind: ClassVar[Kind] = "score"

    def __init__(
        self, model: EventModel, band: Band | None = None, opening: Phrase | None = None
    ) -> None:
        self.model = model
        self.band = dict(band or {})
        self.opening = opening

    @classmethod
    def from_parts(cls, parts: Parts) -> Score:
        return cls(events_from(parts[EVENTS]))

    @checked
    def with_band(self, band: Instrument | Band) -> Score:
        """Gives the score the instruments that play it.

        Args:
            band: An instrument for all of it, or one for each part by name ("" for all others).

        Returns:
            A score that can be played.

        Raises:
            ControlError: A part is named that no score has.
        """
        instruments = {"": band} if isinstance(band, Instrument) else dict(band)
        for part in instruments:
            if part and part not in ROLES:
                raise ControlError(f"there is no part '{part}'; there are {', '.join(ROLES)}")
        return Score(self.model, instruments, self.opening)

    @checked
    def after(self, path: Path) -> Score:
        """Gives the score a MIDI file to go on from.

        Args:
            path: The file.

        Returns:
            A score that begins where the file ends.

        Raises:
            SoundError: The file cannot be read, or has no note that was learnt; it is named.
        """
        # Reading MIDI is what only this needs.
        from messina.sequences.midi import read_midi
        from messina.sequences.score_material import phrase_in

        try:
            song = read_midi(path)[0]
        except SoundError as error:
            raise SoundError(f"{path}: {error}") from error
        phrase = phrase_in(song, self.model.manifest.vocabulary)
        if not phrase.events:
            raise SoundError(
                f"{path}: it has no note that was learnt; give one with notes of the parts it plays"
            )
        return Score(self.model, self.band, phrase)

    @property
    def about(self) -> str:
        manifest = self.model.manifest
        return (
            f"a score of {counted(len(manifest.styles), 'piece')}, "
            f"{counted(len({voice.label for voice in manifest.vocabulary}), 'part')}, "
            f"{self.model.tempo_bpm:.0f} beats a minute"
        )

    @property
    def details(self) -> tuple[str, ...]:
        return tuple(f"{s.name}: {counted(s.events, 'note')}" for s in self.model.manifest.styles)

    def parts(self) -> Parts:
        return {EVENTS: events_part(self.model)}

    def player(
        self, *, seed: int = 0, options: PlayOptions | None = None, prime: Audio | None = None
    ) -> EventPlayer:
        if prime is not None:
            raise ControlError("a score goes on from a MIDI file, not from a sound: `Score.after`")
        if not self.band:
            raise ControlError("a score needs who plays it: `Score.with_band`")
        options = options or PlayOptions()
        return EventPlayer(
            self.band,
            self.model,
            seed=seed,
            options=options,
            config=PerformerConfig(wildness=options.wildness),
            prime=self.opening,
        )
