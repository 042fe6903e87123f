"""The parts of the report, each made from an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from messina.report.evaluation import Evaluation
from messina.report.markup import Html, element, metric_text, render, short_name
from messina.report.playback import Played
from messina.report.record import Clause, PlaybackRow, Provenance, Record, SeedRow
from messina.report.sound_players import Clips, ClipSound, players
from messina.report.tables import GROUPS, columns_of, metric_table
from messina.report.verdict import headline
from messina.text import counted
from messina.units import SAMPLE_RATE

__all__ = [
    "baselines_panel",
    "copies_panel",
    "facts_list",
    "listen_panel",
    "made_with",
    "method_panel",
    "metrics_panel",
    "new_panel",
    "row_of",
    "section",
    "seeds_text",
    "verdict_panel",
]

LISTENED: Final = 12
SHOWN_NEW: Final = 24
SHOWN_COPIES: Final = 12
SHOWN_OF_BASELINE: Final = 6

_LONGEST_TITLE: Final = 12

_MARKS: Final = {
    "good": "M2.5 8.5l3.5 3.5 7.5-8",
    "fair": "M2.5 9.5c2-3.5 4-3.5 5.5-1.5s3.500 2 5.5-1.500",
    "poor": "M3.500 3.500l9 9m0-9l-9 9",
    "unknown": "M4 8h8",
}
_STATES: Final = {"good": "good", "fair": "fair", "poor": "poor", "unknown": "not known"}


def section(title: str, *children: Html, name: str, note: str = "") -> Html:
    """A part with its heading, and a link to it."""
    return render("section.html", title=title, parts=children, name=name, note=note)


def verdict_panel(clauses: Sequence[Clause]) -> Html:
    """HTML of the verdict's sentences."""
    first = headline(clauses)
    return render("verdict.html", clauses=clauses, headline=first, marks=_MARKS, states=_STATES)


def row_of(name: str, about: str | None, cells: Sequence[Html], *, kind: str = "trio") -> Html:
    """HTML of sounds side by side under a heading."""
    return render("row.html", name=name, about=about, cells=cells, kind=kind)


def listen_panel(found: Evaluation, clips: Clips) -> Html:
    """HTML of real, resynthesised and generated sounds, the best reconstruction first."""
    record = found.record
    if not record.playback:
        return Html("")
    order = sorted(range(len(record.playback)), key=lambda row: _lost(record.playback[row]))
    places = np.linspace(0, len(order) - 1, min(LISTENED, len(order))).round().astype(int)
    rows = [
        _listen_row(order[place], record.playback[order[place]], found.played[order[place]], clips)
        for place in np.unique(places)
    ]
    what = "sounds it had learnt" if record.playback_of_learnt else "sounds it never heard"
    shown = f"{len(rows)} of the {len(order)} {what}" if len(rows) < len(order) else what
    note = (
        f"Press a picture to hear it. {shown[0].upper()}{shown[1:]}, from the one that came back "
        "best to the one that came back worst, and a new one asked for by the same name. Low is "
        "red, high is violet; a row shares one scale."
    )
    head = render("heads.html", texts=("real", "resynthesised", "new"))
    return section("Listen", head, *rows, name="listen", note=note)


def _lost(row: PlaybackRow) -> float:
    """Distance that the model adds to that of the frames, in dB."""
    lost = row.metrics["lsd_1024"] - row.oracle["lsd_1024"]
    return lost if np.isfinite(lost) else np.inf


def _listen_row(index: int, row: PlaybackRow, played: Played, clips: Clips) -> Html:
    name = short_name(row.name)
    cells = players(
        [
            ClipSound(key=f"real {row.name}", audio=played.sound.audio, title=f"{name}, real"),
            ClipSound(key=f"played {index}", audio=played.audio, title=f"{name}, resynthesised"),
            ClipSound(key=f"fresh {index}", audio=played.fresh, title=f"new {row.label}"),
        ],
        clips,
    )
    distance = metric_text("lsd_1024", row.metrics["lsd_1024"])
    oracle = metric_text("lsd_1024", row.oracle["lsd_1024"])
    return row_of(name, f"{distance} dB from itself, {oracle} without the model", cells)


def new_panel(found: Evaluation, clips: Clips) -> Html:
    """HTML of generated sounds to browse."""
    made = found.systems[0]
    count = min(SHOWN_NEW, len(made.sounds))
    cells = []
    for index in range(count):
        heard = ClipSound(
            key=f"new {index}",
            audio=made.sounds[index],
            title=f"new {index + 1}, {made.labels[index]}",
            caption=made.labels[index],
        )
        cells += players([heard], clips)
    # Those without a picture of their own are heard on the map.
    for index in range(count, len(made.sounds)):
        clips.add(f"new {index}", made.sounds[index], f"new {index + 1}, {made.labels[index]}")
    note = f"The first {count} of {len(made.sounds)}, as they came." if count else ""
    grid = element("div", *cells, of={"class": "gallery"})
    return section("New sounds", grid, name="new", note=note)


def copies_panel(found: Evaluation, clips: Clips) -> Html:
    """Every suspected copy beside what it may be a copy of."""
    record = found.record
    if not record.copies:
        note = "None of the new sounds is suspected to be a copy of one that was learnt."
        return section("Copies", name="copies", note=note)
    real = {sound.name: sound for sound in found.real.sounds}
    made = found.systems[0]
    rows = []
    for copy in record.copies[:SHOWN_COPIES]:
        title = f"new {copy.generated + 1}, {made.labels[copy.generated]}"
        training = short_name(copy.training)
        cells = players(
            [
                ClipSound(
                    key=f"new {copy.generated}", audio=made.sounds[copy.generated], title=title
                ),
                ClipSound(
                    key=f"real {copy.training}",
                    audio=real[copy.training].audio,
                    title=f"{training}, real",
                ),
            ],
            clips,
        )
        ratio = f"{copy.ratio:.2f} of the usual distance" if np.isfinite(copy.ratio) else ""
        rows.append(row_of(f"{title} and {training}", ratio, cells))
    more = len(record.copies) - len(rows)
    tail = f" {counted(more, 'more is', 'more are')} in the JSON file." if more else ""
    note = (
        "New sounds that lie nearer to one that was learnt than a quarter of what real neighbours "
        f"are usually apart, nearest first.{tail}"
    )
    return section("Copies", *rows, name="copies", note=note)


def metrics_panel(record: Record) -> Html:
    """All metrics, each beside its reference."""
    columns = columns_of(record, title=column_title(record.instrument))
    tables = [metric_table(group, columns, record.references) for group in GROUPS]
    note = (
        f"{record.count} new sounds beside {counted(record.sounds, 'real one')}. On the lines: the "
        "instrument is the full dot, the real sounds are the bar and the band of their halves, "
        "the small dots are the others."
    )
    return section("Metrics", *tables, name="tables", note=note)


def column_title(instrument: str) -> str:
    """The instrument's name as a column's title, shortened where it is too long."""
    name = Path(instrument).stem
    return name if len(name) <= _LONGEST_TITLE else "this one"


def baselines_panel(found: Evaluation, clips: Clips) -> Html:
    """HTML of a few sounds of every baseline."""
    rows = []
    for system in found.systems[1:]:
        step = max(1, len(system.sounds) // SHOWN_OF_BASELINE)
        cells = []
        for index in list(range(0, len(system.sounds), step))[:SHOWN_OF_BASELINE]:
            heard = ClipSound(
                key=f"{system.name} {index}",
                audio=system.sounds[index],
                title=f"{system.name} {index + 1}",
            )
            cells += players([heard], clips)
        about = _ABOUT.get(system.name, "")
        rows.append(row_of(system.name, about, cells, kind="gallery small"))
    return section("The others", *rows, name="others", note="What the metrics are held against.")


_ABOUT: Final = {
    "oracle": "real sounds taken apart and played again without a model: the ceiling",
    "sampler": "sounds that were learnt, as they are",
    "producer": "sounds that were learnt, transposed, filtered and reshaped at random",
    "gruv": "a recurrent network of 2015, trained on the same sounds",
}


def method_panel(found: Evaluation, clips: Clips) -> Html:
    """HTML of how the evaluation was done, so that it can be repeated."""
    record = found.record
    real = found.real
    seconds = sum(len(sound.audio) for sound in real.sounds) / SAMPLE_RATE
    held_out = f"{len(real.held_out)} held out from learning"
    seeds = seeds_text(record.seed, record.seeds)
    facts = [
        ("Real sounds", f"{counted(len(real.sounds), 'sound')}, {seconds:.0f} s; {held_out}"),
        ("New sounds", f"{record.count}, each kind as frequent as in the folder"),
        ("Copies", "nearer to a learnt sound than a quarter of what real neighbours are apart"),
        ("Distances", "between levels in 64 mel bands, over 8 stretches of 12 ms to 0.6 s"),
        ("Not measured", "whether anybody likes it"),
        ("Made by", f"Messina {record.program} in {record.seconds:.0f} s, {seeds}"),
        *made_with(record.provenance),
    ]
    trained = [row for row in record.systems if row.name == "gruv"]
    if trained:
        minutes = f"{record.baseline_minutes:g}"
        facts.insert(5, ("GRUV", f"trained for {minutes} min, its known defects mended"))
    parts = [facts_list(facts)]
    if record.missing:
        parts.append(_missing(record.missing))
    if clips.left_out:
        text = f"{counted(clips.left_out, 'sound has', 'sounds have')} no player: the file would "
        parts.append(element("p", f"{text}be too large.", of={"class": "note"}))
    return section("How this was measured", *parts, name="method")


def facts_list(facts: Sequence[tuple[str, str]]) -> Html:
    """HTML of a list of terms and values."""
    return render("facts.html", facts=facts)


def seeds_text(seed: int, seeds: Sequence[SeedRow]) -> str:
    """The seed, or the seeds, as text."""
    if not seeds:
        return f"seed {seed}"
    return f"seeds {seed} to {seeds[-1].seed}: means ± standard deviations"


def made_with(made: Provenance) -> list[tuple[str, str]]:
    """Terms and values of a run's provenance."""
    versions = ", ".join(f"{name} {number}" for name, number in made.versions.items())
    return [
        ("Machine", made.machine),
        ("Versions", f"Python {made.python}, {versions}"),
        ("Digests", f"instrument {made.instrument}, real sounds {made.sounds} (BLAKE2b, 128 bits)"),
    ]


def _missing(names: Sequence[str]) -> Html:
    shown = ", ".join(short_name(name) for name in names[:8]) + (" …" if len(names) > 8 else "")
    text = f"{counted(len(names), 'sound')} it was learnt from could not be found again: {shown}"
    return element("p", text, of={"class": "note missing"})
