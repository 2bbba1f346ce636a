import type { AnySchemaObject, ValidateFunction } from 'ajv';
import type * as Draft2020 from 'ajv/dist/2020';
import type * as Draft07 from 'ajv';
import type * as Formats from 'ajv-formats';
import { PageUsageError } from './failure';

/** A JSON Schema as an object. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const compiled = new WeakMap<JsonSchema, ValidateFunction>();

/** Draft-07 where `$schema` says so, 2020-12 otherwise. Loaded on first use: ajv costs more to start than the rest of the page. */
function compile(schema: JsonSchema): ValidateFunction {
  const dialect = schema['$schema'];
  const draft07 = typeof dialect === 'string' && dialect.includes('draft-07');
  const Ajv = draft07 ? (require('ajv') as typeof Draft07).Ajv : (require('ajv/dist/2020') as typeof Draft2020).Ajv2020;
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
  (require('ajv-formats') as typeof Formats).default(ajv);
  try {
    return ajv.compile(schema as AnySchemaObject);
  } catch (error) {
    throw new PageUsageError(`assertSchema was given a schema that is not valid: ${(error as Error).message}`, { cause: error });
  }
}

/** What a value breaks, each as `$.path says what`; empty when it keeps the schema. */
export function schemaViolations(value: unknown, schema: JsonSchema): string[] {
  let validate = compiled.get(schema);
  if (!validate) compiled.set(schema, (validate = compile(schema)));
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => {
    const path = `$${error.instancePath.replaceAll('/', '.')}`;
    const extra =
      error.keyword === 'additionalProperties' ? ` (${String((error.params as { additionalProperty?: unknown }).additionalProperty)})` : '';
    return `${path} ${error.message ?? error.keyword}${extra}`;
  });
}
