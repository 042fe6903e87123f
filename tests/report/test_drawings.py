from __future__ import annotations

import json
import re

import msgspec
import pytest

from messina.report import Evaluation
from messina.report.drawings import answers_panel, learning_panel, map_panel
from messina.report.record import Learning
from messina.report.sound_players import Clips
from messina.report.tables import GROUPS, columns_of, metric_table


def row(step: int, learnt_db: float, validation_db: float | None) -> Learning:
    return Learning(step=step, learnt_db=learnt_db, validation_db=validation_db)


def test_the_course_of_learning_is_drawn_with_what_was_kept(found: Evaluation) -> None:
    history = (row(50, 6.0, 6.5), row(100, 5.0, 5.5), row(150, 4.0, 5.8))
    drawn = learning_panel(msgspec.structs.replace(found.record, history=history, kept_step=100))
    assert 'class="validation"' in drawn
    assert 'class="dot kept"' in drawn
    assert "150 steps" in drawn


def test_without_sounds_kept_aside_there_is_one_curve(found: Evaluation) -> None:
    history = (row(50, 6.0, None), row(100, 5.0, None))
    drawn = learning_panel(msgspec.structs.replace(found.record, history=history, kept_step=100))
    assert "validation" not in drawn
    assert 'class="learnt"' in drawn


def test_a_check_that_saw_no_sounds_is_not_drawn(found: Evaluation) -> None:
    history = (row(50, 6.0, 6.5), row(100, 5.0, 5.5), row(101, 0.0, 5.5))
    drawn = learning_panel(msgspec.structs.replace(found.record, history=history, kept_step=100))
    assert "over 100 steps" in drawn


def test_a_single_moment_is_no_course(found: Evaluation) -> None:
    alone = msgspec.structs.replace(found.record, history=(row(1, 6.0, None),))
    assert learning_panel(alone) == ""


def test_every_point_of_the_map_has_its_sound_while_there_is_room(found: Evaluation) -> None:
    for budget, has in ((10**9, True), (0, False)):
        drawn = map_panel(found, clips := Clips(budget_bytes=budget))
        data = re.search(r'id="map-points">(.*?)</script>', drawn)
        assert data
        points = json.loads(data[1])
        assert len(points) == len(found.record.map)
        real = points[: len(found.real.sounds)]
        assert all((sound is not None) == has for _, _, sound, _ in real)
        assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y, _, _ in points)
        assert (clips.left_out > 0) != has


def test_each_kind_asked_for_has_its_curve_and_notes_their_cents(found: Evaluation) -> None:
    drawn = answers_panel(found)
    assert drawn.count('class="curve"') == len(found.record.sweeps)
    assert drawn.count('class="dot never"') + drawn.count('class="dot real"') >= 24


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.title)
def test_every_figure_has_a_row_with_the_instrument_the_floor_and_the_others(
    found: Evaluation, group
) -> None:
    columns = columns_of(found.record, title="kit")
    table = metric_table(group, columns, found.record.references)
    rows = re.findall(r"<tr>.*?</tr>", table)
    assert len(rows) == 1 + len(group.keys)
    assert all('data-of="kit"' in line for line in rows[1:])
    assert all(f'data-of="{group.reference}"' in line for line in rows[1:])
    assert "nan" not in table


def test_groups_hold_every_figure_once() -> None:
    from messina.evaluation.metrics import METRICS

    keys = [key for group in GROUPS for key in group.keys]
    assert sorted(keys) == sorted(METRICS)
