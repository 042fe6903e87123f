// @ts-check
// What may stand in the fields of the table. The studio refuses the same; here it is said before.

const NOTE_NAME = /^[A-Ga-g](#|♯|b|♭|s|[Ss]harp|[Ff]lat)?(-[12]|[0-9])$/;
const NUMBER = /^[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)$/;
export const LONGEST_LABEL = 120;

/** @type {Record<string, (text: string) => string>} of a text that is refused, what is possible */
const CHECKS = {
  label: (text) =>
    text.length > LONGEST_LABEL ? `at most ${LONGEST_LABEL} characters are possible` : "",
  note: (text) =>
    isEmpty(text) || NOTE_NAME.test(text) || isWithin(text, 0, 127)
      ? ""
      : "0 to 127, a name such as C#4 (C4 is 60), or nothing for no pitch is possible",
  velocity: (text) =>
    isEmpty(text) || isWithin(text, 1, 127) ? "" : "1 to 127 or nothing is possible",
};

/**
 * Why a text cannot stand in a column, as a sentence; "" where it can.
 *
 * @param {string} column
 * @param {string} text
 */
export function refusal(column, text) {
  const allowed = CHECKS[column]?.(text.trim()) ?? "";
  const shown = text.length > 40 ? `${text.slice(0, 40)} …` : text;
  return allowed && `${column} “${shown}”: ${allowed}. It stays as it was.`;
}

/** @param {string} text */
function isEmpty(text) {
  return text === "" || text === "-";
}

/**
 * Whether it is a number between two, with a decimal point or comma.
 *
 * @param {string} text
 * @param {number} least
 * @param {number} most
 */
function isWithin(text, least, most) {
  const number = Number(text.replace(",", "."));
  return NUMBER.test(text) && number >= least && number <= most;
}
