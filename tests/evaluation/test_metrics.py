from __future__ import annotations

import numpy as np
import pytest

from messina.evaluation.metrics import METRICS, summarise


def test_every_figure_says_what_it_is() -> None:
    for key, metric in METRICS.items():
        assert key.isidentifier()
        assert metric.title
        assert metric.meaning.endswith((".", ")."))
        assert 0 <= metric.decimals <= 3
    assert len({metric.title for metric in METRICS.values()}) == len(METRICS)


def test_values_of_many_sounds_become_one_as_each_figure_wants() -> None:
    rows = [{"flux": float(n), "tail_rise": float(n), "true_peak": float(-n)} for n in range(101)]
    assert summarise(rows) == {"tail_rise": 95.0, "true_peak": 0.0, "flux": 50.0}


def test_what_is_not_finite_is_left_out() -> None:
    rows = [{"flux": 1.0}, {"flux": float("nan")}, {"flux": 3.0, "spectral_convergence": -np.inf}]
    result = summarise(rows)
    assert result["flux"] == 2.0
    assert np.isnan(result["spectral_convergence"])
    assert summarise([]) == {}


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        METRICS["flux"] = METRICS["dc"]  # type: ignore[index]
