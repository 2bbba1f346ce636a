import { isAlias, isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml';

export type Json = Readonly<Record<string, unknown>>;

export interface OpenApiDocument {
  readonly root: Json;
  /** The 1-based line of `paths.<path>.<method>` or another place; 1 where it is not known. */
  readonly lineOf: (...keys: readonly string[]) => number;
}

/** Above this size lines are not worth what they cost: the `yaml` tree of 1 MB takes about a second, plain JSON.parse 10 ms. */
const LINES_UP_TO_CHARACTERS = 300_000;

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** Reads JSON or YAML. The result is a document or one sentence that says why it is none. */
export function parseOpenApi(source: string, file: string): OpenApiDocument | { readonly problem: string } {
  const json = source.trimStart().startsWith('{');
  if (json && source.length > LINES_UP_TO_CHARACTERS) {
    try {
      return checked(JSON.parse(source) as unknown, () => 1, file);
    } catch (error) {
      return { problem: `${file}: not read: it is not valid JSON (${(error as Error).message})` };
    }
  }
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, uniqueKeys: false });
  const error = document.errors[0];
  if (error) {
    const line = lines.linePos(error.pos[0]).line;
    return {
      problem: `${file}:${line}: not read: ${error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? error.code}`,
    };
  }
  try {
    return checked(document.toJS(), (...keys) => lineIn(document, lines, keys), file);
  } catch (failure) {
    // `yaml` refuses a document whose aliases multiply into something huge.
    return { problem: `${file}: not read: ${(failure as Error).message}` };
  }
}

function checked(root: unknown, lineOf: OpenApiDocument['lineOf'], file: string): OpenApiDocument | { readonly problem: string } {
  if (!isRecord(root) || !(text(root['openapi']) ?? text(root['swagger']) ?? (root['swagger'] === 2 ? '2.0' : undefined)))
    return { problem: `${file}: not read: it has no \`openapi\` (or \`swagger\`) version at its top, so it is no OpenAPI document` };
  return { root, lineOf };
}

function lineIn(document: Document, lines: LineCounter, keys: readonly string[]): number {
  let node: unknown = document.contents;
  let line = 1;
  for (const key of keys) {
    if (isAlias(node)) node = node.resolve(document);
    if (!isMap(node)) return line;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (!pair || !isScalar(pair.key)) return line;
    if (pair.key.range) line = lines.linePos(pair.key.range[0]).line;
    node = pair.value;
  }
  return line;
}

/** Follows `$ref`s inside the document, also chains of them. Undefined for a reference that leads nowhere, elsewhere or in a circle. */
export function followReference(root: Json, value: unknown): { readonly value: Json; readonly name?: string } | undefined {
  let current = value;
  let name: string | undefined;
  for (let hops = 0; hops < 20; hops++) {
    if (!isRecord(current)) return undefined;
    const reference = current['$ref'];
    if (typeof reference !== 'string') return name === undefined ? { value: current } : { value: current, name };
    if (!reference.startsWith('#/')) return undefined;
    const keys = reference
      .slice(2)
      .split('/')
      .map((key) => decoded(key).replaceAll('~1', '/').replaceAll('~0', '~'));
    let target: unknown = root;
    for (const key of keys) target = isRecord(target) || Array.isArray(target) ? (target as Json)[key] : undefined;
    name = keys.at(-1);
    current = target;
  }
  return undefined;
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    // A lone `%` in a reference is a name as it stands.
    return key;
  }
}
