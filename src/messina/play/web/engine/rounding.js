// @ts-check
/* Numbers that are the same on every machine that draws them: the twin of the Python module rounding, which says why. */

import { ROUNDING } from "./constants.js";

const { FINE_GRID, GRID } = ROUNDING;

/**
 * A number at the nearest multiple of the grid: states of networks, and what is drawn from them.
 *
 * @param {number} x
 */
export const onGrid = (x) => Math.floor(x / GRID + 0.5) * GRID;

/**
 * A factor or a time, of which arithmetic alone is made from now on.
 *
 * @param {number} x
 */
export const onFineGrid = (x) => Math.floor(x / FINE_GRID + 0.5) * FINE_GRID;
