/* What a manifest may say: files come from strangers. */

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
  if (x <= schema.exclusiveMinimum) return here;
  if (schema.type === "array") {
    if (x.length < schema.minItems || x.length > schema.maxItems) return here;
    return first(x, (value, i) => inside(value, schema.prefixItems?.[i] ?? schema.items, `[${i}]`));
  }
  if (schema.type !== "object") return null;
  const lacking = schema.required?.find((name) => !Object.hasOwn(x, name));
  if (lacking !== undefined) return inside(undefined, { enum: [] }, `.${lacking}`);
  return first(Object.entries(x), ([name, value]) => {
    const { properties = {}, additionalProperties: others = true } = schema;
    const own = Object.hasOwn(properties, name) ? properties[name] : others;
    if (typeof own === "boolean") return own ? null : `${here}.${name}`;
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
  null: (x) => x === null,
  boolean: (x) => typeof x === "boolean",
  string: (x) => typeof x === "string",
  number: Number.isFinite,
  integer: Number.isInteger,
  array: Array.isArray,
  object: isObject,
};
