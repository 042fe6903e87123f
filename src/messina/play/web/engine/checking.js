/* What a manifest may say, as functions that say yes or no: files come from strangers. */

export const number = (least, most) => (x) => Number.isFinite(x) && x >= least && x <= most;
export const above = (least, most) => (x) => number(least, most)(x) && x > least;
export const whole = (least, most) => (x) => Number.isInteger(x) && x >= least && x <= most;
export const either = (...kinds) => (x) => kinds.some((is) => is(x));
export const list = (is) => (x) => Array.isArray(x) && x.every(is);
export const nothing = (x) => x === null;
export const absent = (x) => x === undefined;
export const text = (x) => typeof x === "string";
export const flag = (x) => typeof x === "boolean";
export const anything = number(-Infinity, Infinity);

/** An object with these fields and no others. */
export const struct = (fields) => (x) =>
  isObject(x) && Object.keys(x).every((name) => Object.hasOwn(fields, name)) &&
  Object.entries(fields).every(([name, is]) => is(x[name]));

/** An object of any names, whose values are all of a kind. */
export const table = (is) => (x) => isObject(x) && Object.values(x).every(is);

const isObject = (x) => x !== null && typeof x === "object" && !Array.isArray(x);
