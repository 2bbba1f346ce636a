import type { Dto } from '@testimony/contracts';
import { followReference, isRecord, text, type Json } from './parse-document';

type Field = Dto['fields'][number];

/** How deep a type is spelt out (arrays of choices of arrays ...); beyond it, it is `any`. Also what ends a circle of such types. */
const MAX_DEPTH = 5;

/** A type in words: `string`, `integer`, `Order`, `Order[]`, `Card | Transfer`. */
export function typeName(root: Json, schema: unknown, depth = 0): string {
  if (schema === true || depth > MAX_DEPTH) return 'any';
  const followed = followReference(root, schema);
  if (!followed) return isRecord(schema) && typeof schema['$ref'] === 'string' ? (schema['$ref'].split('/').at(-1) ?? 'any') : 'any';
  const { value, name } = followed;
  if (name !== undefined && hasFields(root, value)) return name;
  if (value['type'] === 'array' || isRecord(value['items'])) return `${bracketed(typeName(root, value['items'], depth + 1))}[]`;
  const choice = list(value['oneOf']) ?? list(value['anyOf']);
  if (choice)
    return [...new Set(choice.map((option) => typeName(root, option, depth + 1)).filter((t) => t !== 'null'))].join(' | ') || 'any';
  const all = list(value['allOf']);
  if (all?.length === 1) return typeName(root, all[0], depth + 1);
  if (Array.isArray(value['type'])) return value['type'].filter((t) => t !== 'null').join(' | ') || 'null';
  return text(value['type']) ?? (hasFields(root, value) ? 'object' : enumValues(value) ? 'string' : 'any');
}

function bracketed(type: string): string {
  return type.includes(' | ') ? `(${type})` : type;
}

/** The name of the DTO that a schema stands for: of the schema itself, or `Name[]` of an array's items. Null when it has no name. */
export function dtoName(root: Json, schema: unknown): string | null {
  const followed = followReference(root, schema);
  if (!followed) return null;
  if (followed.value['type'] === 'array') {
    const items = dtoName(root, followed.value['items']);
    return items === null ? null : `${items}[]`;
  }
  const all = list(followed.value['allOf']);
  if (followed.name === undefined && all?.length === 1) return dtoName(root, all[0]);
  return followed.name !== undefined && hasFields(root, followed.value) ? followed.name : null;
}

export function hasFields(root: Json, schema: Json, visited: Set<unknown> = new Set()): boolean {
  if (visited.has(schema)) return false;
  visited.add(schema);
  if (isRecord(schema['properties']) || schema['type'] === 'object') return true;
  return [...(list(schema['allOf']) ?? []), ...(list(schema['oneOf']) ?? []), ...(list(schema['anyOf']) ?? [])].some((part) => {
    const followed = followReference(root, part);
    return followed !== undefined && hasFields(root, followed.value, visited);
  });
}

/**
 * The fields of an object schema. allOf adds up; of oneOf and anyOf a body may have the fields of any choice,
 * and must have only those that every choice requires.
 */
export function fieldsOf(root: Json, schema: unknown, known: Map<unknown, Field[]> = new Map()): Field[] {
  const followed = followReference(root, schema);
  if (!followed) return [];
  const { value } = followed;
  const before = known.get(value);
  if (before) return before;
  // Set before its parts are read: a schema that contains itself adds nothing the second time.
  known.set(value, []);
  const fields = new Map<string, Field>();
  for (const part of list(value['allOf']) ?? []) for (const field of fieldsOf(root, part, known)) fields.set(field.name, field);
  const choices = (list(value['oneOf']) ?? list(value['anyOf']) ?? []).map((choice) => fieldsOf(root, choice, known));
  for (const choice of choices)
    for (const field of choice) {
      const always = choices.every((other) => other.some((f) => f.name === field.name && f.required));
      if (!fields.has(field.name)) fields.set(field.name, { ...field, required: always });
    }
  const required = new Set((list(value['required']) ?? []).filter((name) => typeof name === 'string'));
  const properties = isRecord(value['properties']) ? value['properties'] : {};
  for (const [name, property] of Object.entries(properties)) {
    const target = followReference(root, property)?.value;
    fields.set(name, {
      name,
      field_type: typeName(root, property),
      required: required.has(name),
      validations: target ? validationsOf(root, target) : [],
      description: (isRecord(property) ? text(property['description']) : undefined) ?? text(target?.['description']) ?? null,
    });
  }
  // A schema may require what another part of its allOf defines.
  for (const field of fields.values()) if (required.has(field.name)) fields.set(field.name, { ...field, required: true });
  const result = [...fields.values()];
  known.set(value, result);
  return result;
}

function list(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value : undefined;
}

function enumValues(schema: Json): string | undefined {
  const values = list(schema['enum']) ?? ('const' in schema ? [schema['const']] : undefined);
  return values?.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join('|');
}

/** The rules of a schema in words: `min 1`, `max length 20`, `email`, `enum new|paid`. */
export function validationsOf(root: Json, schema: Json, depth = 0): string[] {
  const rules: string[] = [];
  const numbered: readonly (readonly [key: string, word: string])[] = [
    ['minimum', schema['exclusiveMinimum'] === true ? 'more than' : 'min'],
    ['maximum', schema['exclusiveMaximum'] === true ? 'less than' : 'max'],
    ['exclusiveMinimum', 'more than'],
    ['exclusiveMaximum', 'less than'],
    ['multipleOf', 'multiple of'],
    ['minLength', 'min length'],
    ['maxLength', 'max length'],
    ['minItems', 'min items'],
    ['maxItems', 'max items'],
  ];
  const format = text(schema['format']);
  if (format !== undefined) rules.push(format);
  const values = enumValues(schema);
  if (values !== undefined) rules.push(`enum ${values}`);
  for (const [key, word] of numbered) if (typeof schema[key] === 'number') rules.push(`${word} ${schema[key]}`);
  const pattern = text(schema['pattern']);
  if (pattern !== undefined) rules.push(`pattern ${pattern}`);
  if (schema['uniqueItems'] === true) rules.push('unique items');
  if (schema['nullable'] === true || (Array.isArray(schema['type']) && schema['type'].includes('null'))) rules.push('nullable');
  if (schema['readOnly'] === true) rules.push('read only');
  if (schema['writeOnly'] === true) rules.push('write only');
  const all = list(schema['allOf']);
  const only = all?.length === 1 && depth < MAX_DEPTH ? followReference(root, all[0]) : undefined;
  return only ? [...new Set([...validationsOf(root, only.value, depth + 1), ...rules])] : rules;
}
