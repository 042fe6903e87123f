// @ts-check
/* What a manifest may say: files come from strangers. */

/**
 * As much of JSON Schema as Python writes.
 *
 * @typedef {{
 *   $ref?: string, anyOf?: Schema[], enum?: unknown[], type?: string, minimum?: number, maximum?: number,
 *   exclusiveMinimum?: number, minItems?: number, maxItems?: number, items?: Schema | boolean, prefixItems?: Schema[],
 *   required?: string[], properties?: Record<string, Schema>, additionalProperties?: Schema | boolean,
 *   minLength?: number, maxLength?: number, maxProperties?: number, propertyNames?: Schema,
 * }} Schema
 */

/**
 * Where a value is not as a JSON Schema says, in words such as `sounds[3].note`; null where it is.
 * Knows as much of the language as Python writes: types, bounds, lists, objects, alternatives, references.
 *
 * @param {unknown} x
 * @param {Schema} schema
 * @param {Record<string, Schema>} schemas
 * @param {string} [place]
 * @returns {string | null}
 */
export function wrongIn(x, schema, schemas, place = "") {
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity } = schema;
  const { minItems = 0, maxItems = Infinity, minLength = 0, maxLength = Infinity } = schema;
  /**
   * @param {unknown} value
   * @param {Schema} own
   * @param {string} name
   */
  const inside = (value, own, name) => wrongIn(value, own, schemas, place + name);
  if (schema.$ref)
    return wrongIn(x, schemas[schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1)], schemas, place);
  if (schema.anyOf)
    return schema.anyOf.some((own) => inside(x, own, "") === null) ? null : place || "all of it";
  const here = place || "all of it";
  if (schema.enum) return schema.enum.includes(x) ? null : here;
  if (!TYPES[schema.type ?? "object"](x)) return here;
  if (typeof x === "number" && (x < minimum || x > maximum || x <= exclusiveMinimum)) return here;
  if (typeof x === "string" && (x.length < minLength || x.length > maxLength)) return here;
  if (Array.isArray(x)) {
    if (x.length < minItems || x.length > maxItems) return here;
    return first(x, (value, i) => {
      const own = schema.prefixItems?.[i] ?? schema.items ?? true;
      if (typeof own === "boolean") return own ? null : `${here}[${i}]`;
      return inside(value, own, `[${i}]`);
    });
  }
  if (!isObject(x)) return null;
  const { maxProperties = Infinity, propertyNames = {} } = schema;
  const names = Object.keys(x);
  if (names.length > maxProperties) return here;
  const { maxLength: longest = Infinity } = propertyNames;
  if (names.some((name) => name.length > longest)) return here;
  const lacking = schema.required?.find((name) => !Object.hasOwn(x, name));
  if (lacking !== undefined) return inside(undefined, { enum: [] }, `.${lacking}`);
  return first(Object.entries(x), ([name, value]) => {
    const { properties = {}, additionalProperties: others = true } = schema;
    const own = Object.hasOwn(properties, name) ? properties[name] : others;
    if (typeof own === "boolean") return own ? null : `${here}.${name}`;
    return inside(value, own, place ? `.${name}` : name);
  });
}

/**
 * What is first said of any item; null when nothing is.
 *
 * @template T
 * @param {T[]} items
 * @param {(item: T, index: number) => string | null} say
 */
function first(items, say) {
  for (let i = 0; i < items.length; i++) {
    const said = say(items[i], i);
    if (said !== null) return said;
  }
  return null;
}

/**
 * @param {unknown} x
 * @returns {x is Record<string, unknown>}
 */
const isObject = (x) => x !== null && typeof x === "object" && !Array.isArray(x);

/** @type {Record<string, (x: unknown) => boolean>} */
const TYPES = {
  null: (x) => x === null,
  boolean: (x) => typeof x === "boolean",
  string: (x) => typeof x === "string",
  number: Number.isFinite,
  integer: Number.isInteger,
  array: Array.isArray,
  object: isObject,
};
