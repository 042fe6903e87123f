"""The numbers that the page's engine shares with Python, written from where Python has them.

    python -m messina.play.constants

writes them anew, one module for each part of the engine; a test holds them to Python. Each table
holds numbers of one Python module, under the names that they have there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

import numpy as np

from messina import (
    controllers,
    counter_rng,
    drums,
    events,
    limiter,
    ranges,
    recipe,
    riff,
    rounding,
    units,
)
from messina.counter_rng import Purpose
from messina.frames import contour, layout, noise, oscillators, stereo, synthesis
from messina.instrument import (
    controls,
    decoding,
    descriptors,
    drum_map,
    finishing,
    holding,
    network,
    page_sound,
    playing,
    responses,
    sampling,
    sound_map,
    takes,
    timegrid,
    touch,
    trajectories,
)
from messina.play.catalogue import WEB
from messina.sequences import (
    form,
    gestures,
    groove,
    hand,
    midi_writing,
    model,
    performer,
    places,
    priors,
    round_robin,
    sequencer,
    song,
    truncation,
    voice_assignment,
    voices,
)
from messina.sequences import network as event_network
from messina.texture import drops, fast, fine, part, player, slow
from messina.texture import layout as texture_layout
from messina.texture import model as texture_model
from messina.texture import synthesis as texture_synthesis

__all__ = ["constants_modules"]

_HEAD: Final = """\
/* Numbers that have one meaning here and in Python: written by its module play/constants; do not
 * edit. Each table is named for the Python module that says what its numbers mean. */
"""


@dataclass(frozen=True)
class _Table:
    """Numbers of one module. names: with spaces between; more: what it does not hold under one."""

    name: str
    module: ModuleType
    names: str
    more: Mapping[str, Any] | None = None

    def lines(self) -> list[str]:
        """The table as JavaScript."""
        values = {name: getattr(self.module, name) for name in self.names.split()} | dict(
            self.more or {}
        )
        path = self.module.__name__.removeprefix("messina.").replace(".", "/")
        numbers = [f"  {name}: {_literal(_plain(value))}," for name, value in values.items()]
        return [f"/** Of {path}. */", f"export const {self.name} = {{", *numbers, "};"]


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, slice):
        return [value.start, value.stop]
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return {key: _plain(own) for key, own in value.items()}
    return value


def _literal(value: Any) -> str:
    """A value in JavaScript; tables of lists are typed, for literals would be of any length."""
    if not isinstance(value, dict) or not all(isinstance(own, list) for own in value.values()):
        return json.dumps(value)
    kind = "string" if isinstance(next(iter(value.values()))[0], str) else "number"
    pairs = kind == "number" and all(len(own) == 2 for own in value.values())
    listed = "[number, number]" if pairs else f"{kind}[]"
    return f"/** @type {{Record<string, {listed}>}} */ ({json.dumps(value)})"


_SOUND: Final = (
    _Table("UNITS", units, "SAMPLE_RATE"),
    _Table("ASKED", ranges, "RANGES"),
    _Table(
        "COUNTER_RNG",
        counter_rng,
        "SPACING FIRST_KEY",
        {"PURPOSE": {purpose.name: purpose.value for purpose in Purpose}},
    ),
    _Table("RIFF", riff, "LARGEST_INFO MOST_CHUNKS"),
    _Table("RECIPES", recipe, "WORD LONGEST MOST_PLAYED"),
    _Table("ROUNDING", rounding, "GRID FINE_GRID"),
    _Table(
        "LAYOUT",
        layout,
        "HOP REFERENCE_HZ ATTACK_HOP PARTIAL_FLOOR NOISE_FLOOR BANDS GROUPS KNOTS STEPS ERBS "
        "ZONES BODY_SIZE ONSET_SIZE ONSET_SLICES FUNDAMENTAL_OFFSET LOOP_SIZE "
        "FINE_CELLS LEAST_STEADY MOST_FINE FINE_STEP_DB FINE_LOW_DB FLAT_FINE",
        {"EDGES_HZ": layout.band_edges_hz()},
    ),
    _Table(
        "NOISE",
        noise,
        "NOISE_SIZE NOISE_BINS ATTACK_SIZE SHAPED_SAMPLES FIRST_STEP TAPER_STEPS GROUP_BINS "
        "STEP_GROUP_OF_BIN",
    ),
    _Table("STEREO", stereo, "ZONE_CENTRES_HZ MONO_BELOW"),
    _Table("OSCILLATORS", oscillators, "GLIDE_TOP_HZ STILL_SEMITONES NYQUIST_MARGIN"),
    _Table("SYNTHESIS", synthesis, "LOG_TAU_RANGE SOFT_START"),
    _Table("TIMEGRID", timegrid, "DENSE LAST_FRAME POINT_FRAMES"),
    _Table(
        "NETWORK",
        network,
        "BODY_SCALE CONTROLS TIME_CONSTANTS TIME_WAVES DECAY_SHARES TIME_FEATURES",
    ),
    _Table("CONTROLS", controls, "NOTE_CENTRE NOTE_SPAN CONTROL_LIMIT PIVOT_HZ MOST_TILT"),
    _Table("RESPONSES", responses, "VELOCITIES NOTE_MARGIN FARTHEST_LN"),
    _Table("DESCRIPTORS", descriptors, "LOUDNESS_FRAMES"),
    _Table(
        "TRAJECTORIES",
        trajectories,
        "TRAJECTORY_SIZE TRAJECTORY_DEVIATION TRAJECTORY_ZERO WARP WARP_PIECES",
    ),
    _Table(
        "HOLDING",
        holding,
        "EVEN_WITHIN HIGHEST_NEPERS LEAST_RELEASE LEAST_RUN LET_GO_ROWS LOUDER_RANGE PACES "
        "SILENT SLOW_REACH TAKEN_ON LAST_TURN STEADIER",
    ),
    _Table("CONTOUR", contour, "MOST_CENTS"),
    _Table("TOUCH", touch, "ANCHORS SMOOTH_OCTAVES SILENT_SHARE LEAST_PRESSED_DB HALVINGS"),
    _Table("HAND", hand, "NEARER NEAR_ENOUGH"),
    _Table("VIBRATO", controllers, "VIBRATO_HZ VIBRATO_SEMITONES"),
    _Table(
        "DECODING",
        decoding,
        "LOUDEST_NEPERS AUDIBLE_NEPERS STEADY_FRAMES MOST_CORRECTION_DB JOINED_BANDS "
        "MAX_DEVIATION DEVIATION_MOMENTS DEVIATION_BANDS ONSET_BOUNDS",
    ),
    _Table(
        "SAMPLING",
        sampling,
        "NOTE_REACH SUSTAINED_REACH LOUDNESS_REACH_DB LIKELY LAYER_DB MOST_BETWEEN_DB "
        "LEAST_BLUR MOST_BLURS ENOUGH_SOUNDS AUGMENT_BLUR LEAST_SPREAD AUGMENT_STEP "
        "AUGMENT_STEP_RANGE AUGMENT_LOUDER_DB TILT_PER_DB HALF_WAY",
    ),
    _Table(
        "PLAYING",
        playing,
        "SHORTEST_S LONGEST_S UNPITCHED_NOTE SEMITONE_LIMIT TAKE_DEVIATION BRIGHTER_LN "
        "STEEPEST_TILT FINE_HALVINGS",
    ),
    _Table("PAGE_SOUND", page_sound, "DECAY_OCTAVES TILT_STEPS HARD_S SOFT_S HARD_GAIN"),
    _Table("SOUND_MAP", sound_map, "NEIGHBOURS ON_DOT LEAST_SHARE"),
    _Table("DRUM_MAP", drum_map, "KEYS"),
    _Table("HEADROOM", finishing, "LOUDEST_DB RANGE_DB"),
    _Table("TAKES", takes, "END_FADE"),
    _Table(
        "VOICES",
        voices,
        "CHOKED STRUCK_AGAIN LET_GO STOLEN MOST YOUNG YOUNG_BONUS FADING_SHARE QUANTUM",
    ),
    _Table("LIMITER", limiter, "CEILING AHEAD_LIVE SIDE RELEASE_S SAFE"),
)


_GROOVE: Final = (
    _Table("VOICE_ASSIGNMENT", voice_assignment, "DRUMS"),
    _Table(
        "TRUNCATION",
        truncation,
        "MEMORISED DENSITY DOUBT DENSITY_TICKS COLDEST HOTTER CUT UNHEARD UNHEARD_RISES FARTHEST",
    ),
    _Table("SONG", song, "REMEMBERED DRUM_CHANNEL"),
    _Table(
        "DRUMS",
        drums,
        "HI_HATS RELATIVES TOM TOM_TOGETHER TOMS TOM_AT_NUMBER TOM_UNSAID FIRST_PAD ABOVE_THE_MAP",
        {"TOM_KEYS": [{"said": said, "keys": keys} for said, keys in drums.TOM_KEYS]},
    ),
    _Table("EVENTS", events, "TICKS_PER_BEAT FREE_TEMPO_BPM"),
    _Table("FORM", form, "NO_CONTEXT"),
    _Table("GROOVE", groove, "OF_HITS LEVELLING"),
    _Table("LEVELS", groove, "LONGEST_S LEAST_S MOST_DB"),
    _Table("MANIFEST", model, "EVENTS_AT_MOST"),
    _Table("METRE", event_network, "BARS BEAT_CYCLES BAR_CYCLES LONG_BARS PHASES"),
    _Table("MODEL", model, "TOUCH_LIMIT LEAST_LENGTH_TICKS MOST_LENGTH_TICKS"),
    _Table("NETWORK", event_network, "TOUCH MIXTURES LEAST_DEVIATIONS MOST_DEVIATION"),
    _Table("PERFORMER", performer, "EARLIEST_S"),
    _Table("PLACES", places, "RECALLED RECALLED_CHANGES"),
    _Table("PRIORS", priors, "NOTICED FOLLOWED INDEXED AS_MUCH_AS NO_EXEMPLAR"),
    _Table(
        "ROUND_ROBIN",
        round_robin,
        "TAKES TAKES_OF_NOTES TAKES_OF_A_SOUND SECOND RENEWED AS_HARD MOST_TAKES MOST_S",
    ),
    _Table(
        "SEQUENCER",
        sequencer,
        "STAYS_BARS ROUNDS_BARS RECALLS MIXES RETURNS DRAWN_SHARE LEFT_OUT SWING SOUGHT",
    ),
)
_MIDI: Final = (
    _Table(
        "CONTROLLERS",
        controllers,
        "BEND_RANGE MEMBERS_BEND_RANGE RELEASE_OCTAVES FIXED_VELOCITY CURVES LEAST_VALUE "
        "USUAL_GLIDE_MS LONGEST_GLIDE_MS SOFT_PEDAL",
        {"CONTROLLER": {own.name: own.value for own in controllers.Controller}},
    ),
    _Table("GESTURES", gestures, "CHANNELS"),
    _Table("MIDI_WRITING", midi_writing, "WRITTEN_TICKS"),
)
_TEXTURE: Final = (
    _Table("DROPS", drops, "LENGTH EDGES_HZ AROUND SHORTEST LONGEST"),
    _Table(
        "FAST",
        fast,
        "PIECE_S FADE SLOW_WEIGHT OWN_PLACE OWN_PATCHES SHARE FEWEST MOST_CANDIDATES",
    ),
    _Table("FINE", fine, "STRETCH FADE_PATCHES"),
    _Table("LAYOUT", texture_layout, "PATCH NARROWEST_HZ TOP_HZ"),
    _Table("MANIFEST", texture_model, "TEXTURE_VERSION MOST_PATCHES"),
    _Table("MODEL", texture_model, "SLOW_PATCHES"),
    _Table("NOISE", texture_layout, "GROUPS BINS_IN_GROUP"),
    _Table("NETWORK", fast, "LAYERS EARLIER LOG_SPREADS FARTHEST"),
    _Table("PART", part, "LARGEST"),
    _Table("PLAYER", player, "PORTION MARGIN RANGE BOUNDS"),
    _Table(
        "SLOW",
        slow,
        "PIECE_S SHORTEST_PIECE_S FADE_S FADE_SHARE CHANGE_S STAY_S SHARE FEWEST SLOPE_PATCHES "
        "COOL LANDING UNTOUCHED GOLDEN COOLING MOST_CANDIDATES",
    ),
    _Table("SYNTHESIS", texture_synthesis, "EXCITATION FADED HIDDEN_BY HIDING TOP_TURNS"),
)


def constants_modules() -> dict[str, str]:
    """Texts of the page's modules, by their paths in it."""
    return {
        "engine/constants.js": _module(_lines(_SOUND)),
        "engine/groove/constants.js": _module([*_lines(_GROOVE), *_drum_lines()]),
        "engine/texture/constants.js": _module(_lines(_TEXTURE)),
        "midi/constants.js": _module(_lines(_MIDI)),
        "engine/kernel/constants.ts": _module(_kernel_lines()),
    }


def _kernel_lines() -> list[str]:
    # A kernel's sizes are constants when it is compiled: numbers by themselves, of one type.
    sizes = {
        "HOP": layout.HOP,
        "ATTACK_HOP": layout.ATTACK_HOP,
        "GROUPS": layout.GROUPS,
        "LOOP_SIZE": layout.LOOP_SIZE,
        "LOWEST_BIN": layout.LOWEST_BIN,
        "CELL_BINS": layout.CELL_BINS,
        "NOISE_SIZE": noise.NOISE_SIZE,
        "ATTACK_SIZE": noise.ATTACK_SIZE,
    }
    return ["", *(f"export const {name}: i32 = {size};" for name, size in sizes.items())]


def _module(lines: Iterable[str]) -> str:
    return _HEAD + "\n".join(lines) + "\n"


def _lines(tables: Iterable[_Table]) -> list[str]:
    return [line for table in tables for line in ("", *table.lines())]


def _drum_lines() -> list[str]:
    # An object of JS has no order of its own for numbers: keys of families are lists.
    names = {key: name for family in drums.FAMILIES.values() for key, name in family.items()}
    families = {name: list(keys) for name, keys in drums.FAMILIES.items()}
    lines = [
        "",
        "/** Keys of General MIDI by family, the likest first. @type {Record<string, number[]>} */",
        f"export const FAMILIES = {json.dumps(families)};",
        "",
        "/** What is on a key. @type {Record<number, string>} */",
        f"export const DRUM_NAMES = {json.dumps(names)};",
        "",
        "/**",
        " * Words, a regular expression, keys by preference, what cuts each other off. The first",
        " * that fits is it.",
        " *",
        " * @type {[string[], string | null, number[], string | null][]}",
        " */",
        "export const KINDS = [",
    ]
    for kind in drums.KINDS:
        words = [*kind.words, *kind.abbreviations]
        lines.append(f"  {json.dumps([words, kind.inside, kind.keys, kind.group])},")
    return [*lines, "];"]


if __name__ == "__main__":
    for path, text in constants_modules().items():
        (WEB / path).write_text(text, encoding="utf-8", newline="\n")
