// @ts-check
/* What is refused of a stranger's file: as in the Python module errors. */

/** What is wrong with an instrument's file, in a sentence for the player. */
export class InstrumentError extends Error {
  name = "InstrumentError";
}

/**
 * @param {unknown} condition
 * @param {string} message
 */
export function refuse(condition, message) {
  if (condition) throw new InstrumentError(message);
}
