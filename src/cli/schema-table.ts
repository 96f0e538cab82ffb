import type { z } from 'zod';

type Schema = z.core.JSONSchema.JSONSchema;

/**
 * Lists the fields of an object's JSON schema: name, what it takes, default, meaning. Objects
 * inside are listed field by field, as `model.file`; unions of objects are one line.
 *
 * @param skipped  fields that are not listed.
 */
export function schemaRows(
  schema: Schema,
  skipped: readonly string[] = [],
): readonly (readonly string[])[] {
  return fieldsOf(schema, '', skipped);
}

/** The schema of a field, or of the `kind` of a union of objects. */
export function schemaAt(schema: Schema, field: string, kind?: string): Schema {
  const found = schema.properties?.[field] as Schema | undefined;
  const union = found?.oneOf as readonly Schema[] | undefined;
  const own =
    kind === undefined ? found : union?.find((member) => constOf(member, 'kind') === kind);
  if (own === undefined) throw new TypeError(`The schema has no ${field} ${kind ?? ''}.`);
  return own;
}

function fieldsOf(schema: Schema, prefix: string, skipped: readonly string[]): string[][] {
  const required = new Set(schema.required);
  const defaults = (schema.default ?? {}) as Readonly<Record<string, unknown>>;
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const field = value as Schema;
    if (skipped.includes(name)) return [];
    if (field.properties !== undefined) return fieldsOf(field, `${prefix}${name}.`, skipped);
    const standard = field.default === undefined ? defaults[name] : field.default;
    const fallback = standard === undefined ? absentOf(required.has(name)) : code(standard);
    return [[`\`${prefix}${name}\``, takes(field), fallback, field.description ?? '']];
  });
}

const absentOf = (isRequired: boolean): string => (isRequired ? 'required' : '');
const code = (value: unknown): string =>
  `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

function constOf(schema: Schema, field: string): unknown {
  return (schema.properties?.[field] as Schema | undefined)?.const;
}

/** What a field takes, in a few words. */
function takes(schema: Schema): string {
  const union = (schema.anyOf ?? schema.oneOf) as readonly Schema[] | undefined;
  if (union !== undefined) return union.map(takes).join(' or ');
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  const { type } = schema;
  if (Array.isArray(type)) return type.map((one) => takes({ ...schema, type: one })).join(' or ');
  if (type === 'integer' || type === 'number') return numberWords(schema);
  if (type === 'array') return listWords(schema);
  const kind = constOf(schema, 'kind');
  if (kind !== undefined) return `kind ${code(kind)}`;
  return wordsOf[type ?? ''] ?? String(type);
}

const wordsOf: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  '': 'anything',
};

function listWords({ prefixItems, items }: Schema): string {
  if (prefixItems !== undefined)
    return `[${prefixItems.map((item) => takes(item as Schema)).join(', ')}]`;
  const item = takes((items ?? {}) as Schema);
  return item === 'text' ? 'list of texts' : `list of ${item}`;
}

function numberWords({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema) {
  const isOpen = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER;
  const low = minimum ?? exclusiveMinimum;
  const what = type === 'integer' ? '' : 'number ';
  const above = exclusiveMinimum === undefined ? '' : 'above ';
  if (low === undefined) return what.trim() || 'whole number';
  if (exclusiveMaximum !== undefined) return `${what}${low} to below ${exclusiveMaximum}`;
  if (isOpen) return above === '' ? `${what}${low} or more` : `${what}above ${low}`;
  return `${what}${above}${low} to ${maximum}`;
}
