"""What a groove plays, as a MIDI file for the kit that its hits became."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Final

from messina.events import TICKS_PER_BEAT, Phrase, Voice
from messina.sequences.groove import Groove
from messina.sequences.midi_writing import encode_midi
from messina.sequences.sequence import EVENTS
from messina.sequences.sequencer import Sequencer
from messina.sequences.voice_assignment import DRUMS

if TYPE_CHECKING:
    from messina.export.plan import Plan
    from messina.instrument import Instrument

__all__ = ["BARS", "PATTERN", "pattern_of"]

PATTERN: Final = "pattern.mid"
BARS: Final = 16
"""Of four beats."""


def pattern_of(instrument: Instrument, plan: Plan, *, name: str) -> bytes | None:
    """The first bars that a groove draws, on the plan's keys, as the bytes of a MIDI file.

    They are on the grid at the groove's tempo, whichever recording they take after. None for an
    instrument that does not play on by itself.
    """
    if EVENTS not in instrument.others:
        return None
    model = Groove.of(instrument).model
    sequencer = Sequencer(model, seed=plan.config.seed, cuts=True)
    end = 4 * BARS * TICKS_PER_BEAT
    drawn = iter(sequencer.next, None)
    events = tuple(takewhile(lambda event: event.tick < end, drawn))
    phrase = Phrase(name=name, events=events, ticks=end, tempo_bpm=model.tempo_bpm)
    return encode_midi(phrase, [_on_keys(voice, plan) for voice in model.manifest.vocabulary])


def _on_keys(voice: Voice, plan: Plan) -> Voice:
    """A voice as the pack plays it: drums by their keys, the rest in notes."""
    for program in plan.programs:
        zones = [zone for zone in program.zones if zone.label == voice.label]
        if zones and not program.pitched:
            return Voice(label=DRUMS, note=zones[0].key)
        if zones:
            middle = zones[len(zones) // 2].key
            return Voice(label=voice.label, note=middle if voice.note is None else voice.note)
    return voice
