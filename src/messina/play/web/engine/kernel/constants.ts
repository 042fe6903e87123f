/* Numbers that have one meaning here and in Python: written by its module play/constants; do not
 * edit. Each table is named for the Python module that says what its numbers mean. */

export const HOP: i32 = 256;
export const ATTACK_HOP: i32 = 64;
export const GROUPS: i32 = 32;
export const LOOP_SIZE: i32 = 131072;
export const LOWEST_BIN: i32 = 24;
export const CELL_BINS: i32 = 8;
export const NOISE_SIZE: i32 = 1024;
export const ATTACK_SIZE: i32 = 256;
