"""What weights are chosen by."""

from __future__ import annotations

import pytest

from messina.learning.validation import ModelError, Validation


def verdict(*, learnt_db: float, aside_db: float | None) -> Validation:
    return Validation(
        learnt=ModelError(body_db=learnt_db, onset=0.1),
        aside=None if aside_db is None else ModelError(body_db=aside_db, onset=0.1),
    )


@pytest.mark.parametrize(
    ("early", "late", "late_is_chosen"),
    [
        # Sounds kept aside hardly move, those learnt come much nearer.
        ((2.0, 2.30), (1.3, 2.40), True),
        # What is gained on learnt ones is lost twice on others: they are learnt by heart.
        ((2.0, 2.30), (1.8, 2.70), False),
        # Nothing is gained on learnt ones.
        ((2.0, 2.30), (2.0, 2.35), False),
    ],
)
def test_weights_are_chosen_by_learnt_sounds_and_by_others(
    early: tuple[float, float], late: tuple[float, float], late_is_chosen: bool
) -> None:
    first, last = (verdict(learnt_db=learnt, aside_db=aside) for learnt, aside in (early, late))
    assert (last.criterion < first.criterion) is late_is_chosen


def test_what_is_told_falls_where_what_is_chosen_by_does() -> None:
    """That of sounds kept aside alone rises while the instrument gets better."""
    early, late = verdict(learnt_db=2.0, aside_db=2.3), verdict(learnt_db=1.3, aside_db=2.4)
    assert late.criterion < early.criterion
    assert late.row(900).error_db < early.row(300).error_db
    assert late.row(900).error_db == pytest.approx(0.5 * (1.3 + 2.4))
    assert verdict(learnt_db=1.3, aside_db=None).row(900).error_db == 1.3


def test_without_sounds_kept_aside_those_learnt_decide() -> None:
    first, last = (verdict(learnt_db=x, aside_db=None) for x in (2.0, 1.9))
    assert last.criterion < first.criterion
