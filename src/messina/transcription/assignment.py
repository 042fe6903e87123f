"""The cheapest one-to-one assignment of rows to columns.

Shortest augmenting paths: rows are taken in one after the other, each along the path through the
present assignment that costs least, with prices on the columns that keep reduced costs above zero.
Ref: Crouse (2016), "On implementing 2D rectangular assignment algorithms".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["assign"]


def assign(costs: NDArray[np.float64]) -> NDArray[np.int64]:
    """The column of each row [R] that makes the sum of costs [R, C] least; R must not exceed C.

    >>> assign(np.array([[4.0, 1.0, 3.0], [4.0, 0.0, 5.0]])).tolist()
    [2, 1]
    >>> assign(np.array([[1.0, 2.0], [1.0, 9.0]])).tolist()
    [1, 0]
    """
    rows, columns = costs.shape
    assert rows <= columns
    of_row = np.full(rows, -1)
    of_column = np.full(columns, -1)
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    for start in range(rows):
        distance = np.full(columns, np.inf)
        came_from = np.full(columns, -1)
        done = np.zeros(columns, bool)
        seen = [start]
        row, reached = start, 0.0
        while True:
            through = reached + costs[row] - row_price[row] - column_price
            nearer = ~done & (through < distance)
            distance[nearer], came_from[nearer] = through[nearer], row
            column = int(np.argmin(np.where(done, np.inf, distance)))
            reached = float(distance[column])
            done[column] = True
            if of_column[column] < 0:
                break
            row = int(of_column[column])
            seen.append(row)
        row_price[start] += reached
        for other in seen[1:]:
            row_price[other] += reached - distance[of_row[other]]
        column_price[done] -= reached - distance[done]
        while True:  # turn the path round: each of its rows takes the column it came to
            row = int(came_from[column])
            of_column[column] = row
            of_row[row], column = column, int(of_row[row])
            if row == start:
                break
    return of_row
