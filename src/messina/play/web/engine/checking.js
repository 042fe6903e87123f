/* What a manifest may say, as functions that say yes or no: files come from strangers. */

export const number = (least, most) => (x) => Number.isFinite(x) && x >= least && x <= most;
export const above = (least, most) => (x) => number(least, most)(x) && x > least;
export const whole = (least, most) => (x) => Number.isInteger(x) && x >= least && x <= most;
export const either =
  (...kinds) =>
  (x) =>
    kinds.some((is) => is(x));
export const list = (is) => (x) => Array.isArray(x) && x.every(is);
export const nothing = (x) => x === null;
export const absent = (x) => x === undefined;
export const text = (x) => typeof x === "string";
export const flag = (x) => typeof x === "boolean";
export const anything = number(-Infinity, Infinity);

/** An object with these fields and no others. */
export const struct = (fields) => (x) =>
  isObject(x) &&
  Object.keys(x).every((name) => Object.hasOwn(fields, name)) &&
  Object.entries(fields).every(([name, is]) => is(x[name]));

/** An object of any names, whose values are all of a kind. */
export const table = (is) => (x) => isObject(x) && Object.values(x).every(is);

/**
 * Where a value is not as a JSON Schema says, in words such as `sounds[3].note`; null where it is.
 * Knows as much of the language as Python writes: types, bounds, lists, objects, alternatives, references.
 */
export function wrongIn(x, schema, schemas, place = "") {
  const inside = (value, own, name) => wrongIn(value, own, schemas, place + name);
  if (schema.$ref) return wrongIn(x, schemas[schema.$ref.split("/").at(-1)], schemas, place);
  if (schema.anyOf)
    return schema.anyOf.some((own) => inside(x, own, "") === null) ? null : place || "all of it";
  const here = place || "all of it";
  if (schema.enum) return schema.enum.includes(x) ? null : here;
  if (!TYPES[schema.type](x) || x < schema.minimum || x > schema.maximum) return here;
  if (schema.type === "array") {
    if (x.length < schema.minItems || x.length > schema.maxItems) return here;
    return first(x, (value, i) => inside(value, schema.prefixItems?.[i] ?? schema.items, `[${i}]`));
  }
  if (schema.type !== "object") return null;
  const lacking = schema.required?.find((name) => !Object.hasOwn(x, name));
  if (lacking !== undefined) return inside(undefined, { enum: [] }, `.${lacking}`);
  return first(Object.entries(x), ([name, value]) => {
    const own = Object.hasOwn(schema.properties, name) ? schema.properties[name] : null;
    if (own === null) return schema.additionalProperties === false ? `${here}.${name}` : null;
    return inside(value, own, place ? `.${name}` : name);
  });
}

/** What is first said of any item; null when nothing is. */
function first(items, say) {
  for (let i = 0; i < items.length; i++) {
    const said = say(items[i], i);
    if (said !== null) return said;
  }
  return null;
}

const isObject = (x) => x !== null && typeof x === "object" && !Array.isArray(x);

const TYPES = {
  null: nothing,
  boolean: flag,
  string: text,
  number: Number.isFinite,
  integer: Number.isInteger,
  array: Array.isArray,
  object: isObject,
};
