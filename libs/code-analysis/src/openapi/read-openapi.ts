import type { Dto, Endpoint, Parameter } from '@testimony/contracts';
import { byText, joinPath, namelessPath, pathParameters } from '../route-path';
import { followReference, isRecord, parseOpenApi, text, type Json, type OpenApiDocument } from './parse-document';
import { dtoName, fieldsOf, hasFields, typeName, validationsOf } from './read-schema';

export interface Reading {
  readonly endpoints: Endpoint[];
  readonly dtos: Dto[];
  /** One sentence each, with file and line. */
  readonly problems: string[];
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'] as const;

/** Reads an OpenAPI 3.0 or 3.1 or a Swagger 2.0 document, JSON or YAML. `file` is what endpoints and problems name as their place. */
export function readOpenApi(source: string, file: string): Reading {
  const document = parseOpenApi(source, file);
  if ('problem' in document) return { endpoints: [], dtos: [], problems: [document.problem] };
  const reader = { document, file, problems: new Set<string>(), dtos: new Map<string, Dto>() };
  const { root, lineOf } = document;
  reportForeignReferences(reader);
  const named = namedSchemas(root);
  for (const [name, schema] of Object.entries(named.schemas)) {
    const target = followReference(root, schema)?.value;
    if (target && hasFields(root, target))
      reader.dtos.set(name, {
        name,
        fields: fieldsOf(root, schema),
        file_path: file,
        line_number: lineOf(...named.keys, name),
      });
  }
  const paths = isRecord(root['paths']) ? root['paths'] : {};
  const endpoints = Object.entries(paths).flatMap(([path, item]) => {
    const target = path.startsWith('/') ? followReference(root, item)?.value : undefined;
    if (!target) {
      if (!path.startsWith('x-'))
        reader.problems.add(`${file}:${lineOf('paths', path)}: the path ${path} is left out: it starts without a slash or is empty`);
      return [];
    }
    return METHODS.flatMap((method) => {
      const operation = target[method];
      return isRecord(operation) ? [endpointOf(reader, path, target, method, operation)] : [];
    });
  });
  return {
    endpoints,
    dtos: [...reader.dtos.values()].sort((a, b) => byText(a.name, b.name)),
    problems: [...reader.problems],
  };
}

interface Reader {
  readonly document: OpenApiDocument;
  readonly file: string;
  readonly problems: Set<string>;
  readonly dtos: Map<string, Dto>;
}

function namedSchemas(root: Json): { readonly schemas: Json; readonly keys: readonly string[] } {
  const components = root['components'];
  if (isRecord(components) && isRecord(components['schemas'])) return { schemas: components['schemas'], keys: ['components', 'schemas'] };
  return { schemas: isRecord(root['definitions']) ? root['definitions'] : {}, keys: ['definitions'] };
}

/** A document of several files is read as far as its own file goes, and says so. */
function reportForeignReferences(reader: Reader): void {
  const pending: unknown[] = [reader.document.root];
  const visited = new Set<unknown>();
  for (let value = pending.pop(); value !== undefined || pending.length > 0; value = pending.pop()) {
    if (typeof value !== 'object' || value === null || visited.has(value)) continue;
    visited.add(value);
    const reference = (value as Json)['$ref'];
    if (typeof reference === 'string' && !reference.startsWith('#'))
      reader.problems.add(
        `${reader.file}: the reference ${reference} is not followed: only references inside the document are; bundle it into one file`,
      );
    pending.push(...Object.values(value as Json));
  }
}

function endpointOf(reader: Reader, path: string, item: Json, method: string, operation: Json): Endpoint {
  const { root, lineOf } = reader.document;
  const id = text(operation['operationId']);
  const name = id ?? `${method.toUpperCase()} ${path}`;
  const parameters = parametersOf(reader, path, item, operation);
  const body = bodyOf(reader, operation, pascal(id ?? `${method} ${path}`), lineOf('paths', path, method));
  if (body) parameters.push(body);
  const access = accessOf(root, operation);
  return {
    name,
    method: method.toUpperCase(),
    path,
    full_path: joinPath(basePath(root, item, operation), path),
    parameters,
    request_dto: body?.dto_schema ?? null,
    response_dto: responseDto(root, operation),
    requires_auth: access.required,
    auth_roles: access.roles,
    file_path: reader.file,
    line_number: lineOf('paths', path, method),
    description: text(operation['summary']) ?? text(operation['description']) ?? text(item['summary']) ?? null,
    tags: Array.isArray(operation['tags']) ? operation['tags'].filter((tag) => typeof tag === 'string') : [],
  };
}

function parametersOf(reader: Reader, path: string, item: Json, operation: Json): Parameter[] {
  const { root } = reader.document;
  const found = new Map<string, Parameter>();
  for (const raw of [item['parameters'], operation['parameters']].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []))) {
    const parameter = followReference(root, raw)?.value;
    const name = text(parameter?.['name']);
    const place = text(parameter?.['in']);
    if (!parameter || name === undefined || (place !== 'path' && place !== 'query' && place !== 'header' && place !== 'cookie')) continue;
    const schema = parameter['schema'] ?? firstContent(parameter)?.['schema'] ?? parameter;
    found.set(`${place} ${name}`, {
      name,
      param_type: typeName(root, schema),
      location: place,
      required: place === 'path' || parameter['required'] === true,
      dto_schema: dtoName(root, schema),
    });
  }
  for (const name of pathParameters(path))
    if (!found.has(`path ${name}`))
      found.set(`path ${name}`, { name, param_type: 'string', location: 'path', required: true, dto_schema: null });
  return [...found.values()];
}

/** The JSON content where there is one, else the first. */
function firstContent(holder: Json): Json | undefined {
  const content = holder['content'];
  if (!isRecord(content)) return undefined;
  const types = Object.keys(content);
  const chosen = types.find((type) => /^application\/(.*\+)?json/.test(type)) ?? types[0];
  const media = chosen === undefined ? undefined : content[chosen];
  return isRecord(media) ? media : undefined;
}

function bodyOf(reader: Reader, operation: Json, operationName: string, line: number): Parameter | undefined {
  const { root } = reader.document;
  const body = followReference(root, operation['requestBody'])?.value;
  if (body) return bodyParameter(reader, 'body', firstContent(body)?.['schema'], body['required'] === true, operationName, line);
  // Swagger 2.0: one parameter is the body, or several are the fields of a form.
  const listed: readonly unknown[] = Array.isArray(operation['parameters']) ? operation['parameters'] : [];
  const own = listed.map((raw) => followReference(root, raw)?.value).filter((parameter) => parameter !== undefined);
  const whole = own.find((parameter) => parameter['in'] === 'body');
  if (whole) return bodyParameter(reader, text(whole['name']) ?? 'body', whole['schema'], whole['required'] === true, operationName, line);
  const form = own.filter((parameter) => parameter['in'] === 'formData');
  if (form.length === 0) return undefined;
  const name = `${operationName}Form`;
  reader.dtos.set(name, {
    name,
    fields: form.map((field) => ({
      name: text(field['name']) ?? 'field',
      field_type: typeName(root, field),
      required: field['required'] === true,
      validations: validationsOf(root, field),
      description: text(field['description']) ?? null,
    })),
    file_path: reader.file,
    line_number: line,
  });
  return { name: 'form', param_type: name, location: 'body', required: form.some((field) => field['required'] === true), dto_schema: name };
}

function bodyParameter(reader: Reader, name: string, schema: unknown, required: boolean, operationName: string, line: number): Parameter {
  const { root } = reader.document;
  let dto = dtoName(root, schema);
  const target = followReference(root, schema)?.value;
  if (dto === null && target && target['type'] !== 'array' && fieldsOf(root, target).length > 0) {
    // A body described in place has no name: it gets that of its operation, so that its fields are not lost.
    dto = `${operationName}Body`;
    reader.dtos.set(dto, { name: dto, fields: fieldsOf(root, target), file_path: reader.file, line_number: line });
  }
  return { name, param_type: dto ?? typeName(root, schema), location: 'body', required, dto_schema: dto };
}

function responseDto(root: Json, operation: Json): string | null {
  const responses = isRecord(operation['responses']) ? operation['responses'] : {};
  for (const status of Object.keys(responses)
    .filter((code) => /^2(\d\d|XX)$/i.test(code))
    .sort(byText)) {
    const response = followReference(root, responses[status])?.value;
    const name = response ? dtoName(root, firstContent(response)?.['schema'] ?? response['schema']) : null;
    if (name !== null) return name;
  }
  return null;
}

/** `security` of the operation, else of the document; an empty list, or a choice that asks for nothing, means that no login is needed. */
function accessOf(root: Json, operation: Json): { readonly required: boolean; readonly roles: string[] } {
  const security = Array.isArray(operation['security']) ? (operation['security'] as unknown[]) : root['security'];
  const choices = Array.isArray(security) ? security.filter(isRecord) : [];
  const required = choices.length > 0 && choices.every((choice) => Object.keys(choice).length > 0);
  const scopes = choices.flatMap((choice) => Object.values(choice).flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : [])));
  return { required, roles: [...new Set(scopes.filter((scope) => typeof scope === 'string'))].sort(byText) };
}

/** The path of the first server that applies, with the defaults of its variables; Swagger 2.0's basePath. */
function basePath(root: Json, item: Json, operation: Json): string {
  const servers = [operation['servers'], item['servers'], root['servers']].find((list) => Array.isArray(list) && list.length > 0) as
    | unknown[]
    | undefined;
  const server = servers?.[0];
  if (!isRecord(server)) return text(root['basePath']) ?? '';
  const variables = isRecord(server['variables']) ? server['variables'] : {};
  const url = (text(server['url']) ?? '').replace(/\{([^{}]+)\}/g, (_, key: string) => {
    const variable = variables[key];
    return (isRecord(variable) ? text(variable['default']) : undefined) ?? '';
  });
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '').replace(/[?#].*$/, '');
}

function pascal(words: string): string {
  return namelessPath(words)
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
