"""A groove: an instrument's hits, and what, how hard and when they are struck.

Loops of one folder may be 20 dB apart, for they were never meant to follow each other. Where they
are played one after the other the soft ones are turned up; their own dynamics stay.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, ClassVar, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from messina.errors import ControlError, InstrumentError
from messina.events import TICKS_PER_BEAT, Phrase
from messina.instrument import Instrument
from messina.instrument.container import HITS, Part, Parts
from messina.instrument.file import decode_hits, hits_part
from messina.rhythm.hit_features import FEATURES, KnownVoices
from messina.sequences.model import EventModel, Style, events_from
from messina.sequences.sequence import EVENTS, Kind, Player, PlayOptions, Sequence
from messina.text import counted

__all__ = ["VOICES", "Groove", "levelling_gains_db", "loudness_of_styles_db", "voices_part"]

Floats = NDArray[np.float64]

LONGEST_S: Final = 0.4
LEAST_S: Final = 0.05
"""A hit is as loud as it was for so long, of what is known of its decay."""
MOST_DB: Final = 12.0


def loudness_of_styles_db(
    model: EventModel, instrument: Instrument, sounds: tuple[int | None, ...]
) -> Floats:
    """Estimated loudness of each phrase [styles] in dB; NaN where nothing is known of its hits.

    sounds: known sound of each exemplar, as `exemplar_sounds` finds them.
    """
    controls = instrument.known.controls
    ends = np.cumsum([0, *(style.events for style in model.manifest.styles)])
    loudness = []
    for style, first, end in zip(model.manifest.styles, ends[:-1], ends[1:], strict=True):
        own = [controls[sound] for sound in sounds[first:end] if sound is not None]
        energy = sum(
            10 ** (c.loudness_db / 10) * (min(c.decay_s, LONGEST_S) + LEAST_S) for c in own
        )
        seconds = style.ticks * 60.0 / (style.tempo_bpm * TICKS_PER_BEAT)
        missing = max(style.events, 1) / max(len(own), 1)
        loudness.append(10 * np.log10(energy * missing / seconds) if own else np.nan)
    return np.array(loudness)


def levelling_gains_db(loudness_db: Floats, lengths: Floats) -> Floats:
    """Gain of each phrase in dB towards the median loudness by time; 0 for NaN.

    >>> levelling_gains_db(np.array([-20.0, np.nan, -14.0, -50.0]), np.ones(4)).tolist()
    [0.0, 0.0, -6.0, 12.0]
    """
    known = np.flatnonzero(np.isfinite(loudness_db))
    gains = np.zeros(len(loudness_db))
    if len(known):
        order = known[np.argsort(loudness_db[known])]
        reached = np.cumsum(lengths[order])
        middle = loudness_db[order[np.searchsorted(reached, reached[-1] / 2)]]
        gains[known] = np.clip(middle - loudness_db[known], -MOST_DB, MOST_DB)
    return gains


Audio = NDArray[np.float32]
Real = NDArray[np.float64]

OF_HITS: Final = 0.5
"""Share of the wildness that is the hits'. With 1, beats are less like each other than real ones
(best match 3.95 dB against 3.80; real 2.77); every other figure is the same."""

LEVELLING: Final = 0.4
"""Of the way to one loudness. Nine breaks, the softest 19 dB under the loudest: 0 leaves a drift of
3 dB over ten minutes, this under 1 dB, as 1 has; but 1 is further from the loops as they are than
these from each other (kernel distance 69 against 55, coverage 0.32; this 39 and 0.47)."""

VOICES: Final = "voices"
"""Name of the part by which its hits are recognised in other recordings."""


class _VoicesManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    loudest_db: Annotated[float, msgspec.Meta(ge=-200.0, le=60.0)]


def voices_part(voices: KnownVoices) -> Part:
    """What it takes to recognise a groove's voices, as a part of its file."""
    manifest = _VoicesManifest(loudest_db=voices.loudest_db)
    return Part(document=msgspec.json.encode(manifest), arrays={"centres": voices.centres})


def _voices_from(part: Part, count: int) -> KnownVoices:
    """The voices in a part of a file, `count` of them. Raises InstrumentError."""
    try:
        manifest = msgspec.json.decode(part.document, type=_VoicesManifest)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InstrumentError(f"damaged: its voices are not valid ({error})") from None
    centres = part.arrays.get("centres", np.zeros(0, np.float32))
    if len(part.arrays) != 1 or centres.shape != (count, FEATURES) or centres.dtype != np.float32:
        raise InstrumentError("damaged: its voices do not fit what it strikes")
    return KnownVoices(centres=centres, loudest_db=manifest.loudest_db)


class Groove(Sequence):
    """An instrument of hits, and an event model that says when and how hard they are struck."""

    kind: ClassVar[Kind] = "groove"

    def __init__(self, instrument: Instrument, model: EventModel, voices: KnownVoices) -> None:
        self.instrument = instrument
        """Its hits, an instrument like any other."""
        self.model = model
        self.voices = voices

    @classmethod
    def from_parts(cls, parts: Parts) -> Groove:
        return cls.of(Instrument(*decode_hits(parts)))

    @classmethod
    def of(cls, instrument: Instrument) -> Groove:
        """The groove in an instrument's file.

        Raises:
            InstrumentError: There is none, or it is damaged.
        """
        others = instrument.others
        if EVENTS not in others or VOICES not in others:
            raise InstrumentError("it has single sounds only: `Instrument.render` plays them")
        model = events_from(others[EVENTS])
        return cls(instrument, model, _voices_from(others[VOICES], len(model.manifest.vocabulary)))

    @property
    def about(self) -> str:
        manifest = self.model.manifest
        recordings = counted(len(manifest.styles), "recording")
        voices = counted(len(manifest.vocabulary), "voice")
        return f"a groove of {recordings}, {voices}, {self.model.tempo_bpm:.0f} beats a minute"

    @property
    def mono(self) -> bool:
        return self.instrument.manifest.mono

    @property
    def details(self) -> tuple[str, ...]:
        return tuple(_phrase_line(style) for style in self.model.manifest.styles)

    def parts(self) -> Parts:
        instrument = self.instrument
        return {**instrument.others, HITS: hits_part(instrument.manifest, instrument.arrays)}

    def player(
        self,
        *,
        seed: int = 0,
        options: PlayOptions | None = None,
        prime: Audio | Phrase | None = None,
    ) -> Player:
        """Plays on for as long as one likes, block by block, as `Sequence.player`.

        prime: a sound [N] or [N, C] at 44.1 kHz, or a phrase of the groove's own voices, to go on
        from.
        """
        # Playing is what only this needs; whoever learns a groove plays nothing.
        from messina.sequences.performer import EventPlayer, PerformerConfig

        if prime is not None and not isinstance(prime, Phrase):
            prime = self._heard(prime)
        options = options or PlayOptions()
        return EventPlayer(
            self.instrument,
            self.model,
            seed=seed,
            options=options,
            config=PerformerConfig(wildness=OF_HITS * options.wildness, level_db=0.0),
            prime=prime,
            cuts=True,
            sounds=self._sounds,
            gains_db=(LEVELLING if options.levelling is None else options.levelling)
            * self._gains_db,
        )

    @cached_property
    def _sounds(self) -> tuple[int | None, ...]:
        from messina.sequences.priors import exemplar_sounds

        return exemplar_sounds(self.model, self.instrument)

    @cached_property
    def _gains_db(self) -> Real:
        """Of each recording, to be as loud as the middle one."""
        lengths = [style.ticks / style.tempo_bpm for style in self.model.manifest.styles]
        loudness = loudness_of_styles_db(self.model, self.instrument, self._sounds)
        return levelling_gains_db(loudness, np.array(lengths))

    def _heard(self, audio: Audio) -> Phrase:
        """A recording [N] or [N, C] as a phrase of this groove's voices. Raises ControlError."""
        # Transcribing is what only this needs, and more than all of playing.
        from messina.rhythm.transcribing import phrase_of

        phrase = phrase_of(audio.reshape(len(audio), -1), self.voices)
        if not phrase.events:
            raise ControlError("nothing begins in the sound to go on from; give one with a rhythm")
        return phrase


def _phrase_line(style: Style) -> str:
    if not style.metric:
        return f"{style.name}: {style.events} events in free time"
    beats = style.ticks / TICKS_PER_BEAT
    return (
        f"{style.name}: {beats:g} beats at {style.tempo_bpm:.1f} a minute, "
        f"{style.beats_per_bar} a bar, {style.events} events"
    )
