import numpy as np

from messina.sequences.network import phase_table


def test_every_position_of_four_bars_is_told_from_every_other() -> None:
    for beats in (3, 4, 5, 7):
        table = phase_table(beats, True)
        near = np.abs(table[:, None] - table[None]).sum(axis=-1) + np.eye(len(table))
        assert near.min() > 1e-3


def test_semiquavers_look_alike_in_all_beats_but_for_the_bar() -> None:
    table = phase_table(4, True)
    np.testing.assert_allclose(table[6, :10], table[30, :10], atol=1e-5)
    assert np.abs(table[6, 10:] - table[30, 10:]).max() > 0.1


def test_time_without_a_grid_has_no_position() -> None:
    assert not phase_table(4, False).any()
