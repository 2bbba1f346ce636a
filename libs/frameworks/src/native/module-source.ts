import { parse, type Module, type Script } from '@swc/core';
import { extname } from 'node:path';
import { syntaxProblem } from './syntax-problem';

/** What `export const meta = { ... }` (or META in Python) may say. All of it must be literal, because discovery runs no code. */
export interface ModuleMeta {
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly dependsOn?: readonly string[];
  readonly timeoutMs?: number;
  readonly skip?: string | boolean;
  readonly priority?: string;
}

export interface ModuleFacts {
  readonly hasRun: boolean;
  /** Line of `run`, from 1. */
  readonly line?: number;
  readonly meta: ModuleMeta;
  readonly endpoints: readonly string[];
  readonly problem?: { readonly line?: number; readonly message: string };
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string };

const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete']);
const META_TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  description: (value) => typeof value === 'string',
  priority: (value) => value === 'critical' || value === 'high' || value === 'medium' || value === 'low',
  tags: isTexts,
  dependsOn: isTexts,
  timeoutMs: (value) => typeof value === 'number' && value > 0,
  skip: (value) => typeof value === 'string' || typeof value === 'boolean',
};

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** The sentence about a meta that cannot be used; undefined for a good one. */
export function metaProblem(meta: Readonly<Record<string, unknown>>): string | undefined {
  for (const [key, value] of Object.entries(meta)) {
    const check = META_TYPES[key];
    if (!check) return `meta has no key '${key}'; it knows ${Object.keys(META_TYPES).join(', ')}`;
    if (!check(value))
      return `meta.${key} is not usable: ${key === 'tags' || key === 'dependsOn' ? 'write a list of texts' : key === 'timeoutMs' ? 'write a number of milliseconds' : key === 'priority' ? 'write critical, high, medium or low' : 'write a text'}`;
  }
  return undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

function child(node: Node, key: string): Node | undefined {
  const value = node[key];
  return isNode(value) ? value : undefined;
}

function list(node: Node, key: string): unknown[] {
  const value = node[key];
  return Array.isArray(value) ? value : [];
}

function nameOf(node: Node | undefined): string | undefined {
  return node?.type === 'Identifier' || node?.type === 'StringLiteral' ? String(node['value']) : undefined;
}

/** `x as const`, `x satisfies T`, `(x)`. */
function bare(node: Node): Node {
  const inner = ['TsConstAssertion', 'TsAsExpression', 'TsSatisfiesExpression', 'ParenthesisExpression'].includes(node.type)
    ? child(node, 'expression')
    : undefined;
  return inner ? bare(inner) : node;
}

class NotLiteral extends Error {}

function literal(raw: Node | undefined): unknown {
  if (!raw) throw new NotLiteral();
  const node = bare(raw);
  switch (node.type) {
    case 'StringLiteral':
    case 'NumericLiteral':
    case 'BooleanLiteral':
      return node['value'];
    case 'NullLiteral':
      return null;
    case 'TemplateLiteral':
      if (list(node, 'expressions').length > 0) throw new NotLiteral();
      return list(node, 'quasis')
        .map((quasi) => String((quasi as { cooked?: string }).cooked ?? ''))
        .join('');
    case 'ArrayExpression':
      return list(node, 'elements').map((element) => literal((element as { expression?: Node } | null)?.expression));
    case 'BinaryExpression': {
      const [left, right] = [literal(child(node, 'left')), literal(child(node, 'right'))];
      if (node['operator'] === '*' && typeof left === 'number' && typeof right === 'number') return left * right;
      if (node['operator'] === '+' && typeof left === 'string' && typeof right === 'string') return left + right;
      throw new NotLiteral();
    }
    case 'ObjectExpression':
      return Object.fromEntries(
        list(node, 'properties').map((property) => {
          const key = isNode(property) && property.type === 'KeyValueProperty' ? nameOf(child(property, 'key')) : undefined;
          if (key === undefined) throw new NotLiteral();
          return [key, literal(child(property as Node, 'value'))];
        }),
      );
    default:
      throw new NotLiteral();
  }
}

/** A path as an endpoint: literal parts as they are, the rest as `{}`; undefined when even its beginning is unknown. */
function pathOf(raw: Node | undefined): string | undefined {
  if (!raw) return undefined;
  const node = bare(raw);
  if (node.type === 'StringLiteral') return String(node['value']);
  if (node.type === 'TemplateLiteral') {
    return list(node, 'quasis')
      .map((quasi) => String((quasi as { cooked?: string }).cooked ?? ''))
      .join('{}');
  }
  if (node.type === 'BinaryExpression' && node['operator'] === '+') {
    const left = pathOf(child(node, 'left'));
    return left === undefined ? undefined : left + (pathOf(child(node, 'right')) ?? '{}');
  }
  return undefined;
}

/** `METHOD /path` of a call, without query and host; undefined for what is no path. */
export function endpointOf(method: string, path: string): string | undefined {
  const [bareSide = ''] = path.replace(/^(?:https?:\/\/[^/]+|\{\}(?=\/))/, '').split(/[?#]/);
  return bareSide.startsWith('/') ? `${method.toUpperCase()} ${bareSide}` : undefined;
}

/** Calls every node below `root`, parents first. */
function walk(root: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(root)) {
    for (const item of root) walk(item, visit);
    return;
  }
  if (typeof root !== 'object' || root === null) return;
  if (isNode(root)) visit(root);
  for (const key in root) if (key !== 'span') walk((root as Record<string, unknown>)[key], visit);
}

/** Names under which the module calls its page: `page`, the first parameter of run, and what `page.service(...)` was kept as. */
function pageCalls(program: Module | Script, parameter: string | undefined): string[] {
  const names = new Set(['page', ...(parameter === undefined ? [] : [parameter])]);
  const isPage = (node: Node | undefined): boolean => {
    if (!node) return false;
    if (node.type === 'Identifier') return names.has(String(node['value']));
    const callee = node.type === 'CallExpression' ? child(node, 'callee') : undefined;
    return callee?.type === 'MemberExpression' && nameOf(child(callee, 'property')) === 'service' && isPage(child(callee, 'object'));
  };
  const found = new Set<string>();
  walk(program, (node) => {
    if (node.type === 'VariableDeclarator') {
      const name = nameOf(child(node, 'id'));
      const init = child(node, 'init');
      if (name !== undefined && init?.type === 'CallExpression' && isPage(init)) names.add(name);
    }
    const callee = node.type === 'CallExpression' ? child(node, 'callee') : undefined;
    const method = callee?.type === 'MemberExpression' ? nameOf(child(callee, 'property')) : undefined;
    if (!callee || method === undefined || !(METHODS.has(method) || method === 'login') || !isPage(child(callee, 'object'))) return;
    const path = pathOf((list(node, 'arguments')[0] as { expression?: Node } | undefined)?.expression);
    const endpoint = path === undefined ? undefined : endpointOf(method === 'login' ? 'POST' : method, path);
    if (endpoint !== undefined) found.add(endpoint);
  });
  return [...found];
}

interface Exported {
  readonly value?: Node;
  readonly at: Node;
}

function isFunction(node: Node | undefined): boolean {
  return node !== undefined && ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'].includes(bare(node).type);
}

/** `module.exports`, `exports.run` and the like, as `exports` or `exports.run`. */
function commonJsTarget(node: Node | undefined): string | undefined {
  if (node?.type === 'Identifier') return node['value'] === 'exports' ? 'exports' : undefined;
  if (node?.type !== 'MemberExpression') return undefined;
  const object = child(node, 'object');
  const property = nameOf(child(node, 'property'));
  if (object?.type === 'Identifier' && object['value'] === 'module' && property === 'exports') return 'exports';
  const base = commonJsTarget(object);
  return base === undefined || property === undefined ? undefined : `${base}.${property}`;
}

/** What the module exports by name, with the values that can be seen; `*` stands for a re-export of another module. */
function exportsOf(program: Module | Script): Map<string, Exported> {
  const declared = new Map<string, Node>();
  const exported = new Map<string, Exported>();
  const declare = (declaration: Node, also: boolean): void => {
    const keep = (name: string | undefined, value: Node | undefined, at: Node): void => {
      if (name === undefined) return;
      if (value) declared.set(name, value);
      if (also) exported.set(name, { ...(value && { value }), at });
    };
    if (declaration.type === 'FunctionDeclaration') keep(nameOf(child(declaration, 'identifier')), declaration, declaration);
    if (declaration.type === 'VariableDeclaration') {
      for (const one of list(declaration, 'declarations')) if (isNode(one)) keep(nameOf(child(one, 'id')), child(one, 'init'), declaration);
    }
  };
  const members = (object: Node): void => {
    for (const property of list(object, 'properties')) {
      if (!isNode(property)) continue;
      if (property.type === 'Identifier') exported.set(String(property['value']), { value: property, at: property });
      const name = nameOf(child(property, 'key'));
      if (name === undefined) continue;
      if (property.type === 'MethodProperty')
        exported.set(name, { value: { ...property, type: 'FunctionExpression' }, at: child(property, 'key') ?? property });
      const value = child(property, 'value');
      if (value) exported.set(name, { value, at: child(property, 'key') ?? property });
    }
  };
  for (const item of program.body as unknown as Node[]) {
    if (item.type === 'ExportDeclaration') {
      const declaration = child(item, 'declaration');
      if (declaration) declare(declaration, true);
    } else if (item.type === 'ExportDefaultDeclaration') {
      exported.set('default', { value: child(item, 'decl') ?? item, at: item });
    } else if (item.type === 'ExportDefaultExpression') {
      exported.set('default', { value: child(item, 'expression') ?? item, at: item });
    } else if (item.type === 'ExportAllDeclaration') {
      exported.set('*', { at: item });
    } else if (item.type === 'ExportNamedDeclaration') {
      for (const specifier of list(item, 'specifiers')) {
        if (!isNode(specifier)) continue;
        const original = child(specifier, 'orig');
        const name = nameOf(child(specifier, 'exported') ?? original);
        if (name !== undefined) exported.set(name, { ...(original && !item['source'] && { value: original }), at: item });
      }
    } else if (item.type === 'ExpressionStatement' && child(item, 'expression')?.type === 'AssignmentExpression') {
      const assignment = child(item, 'expression') as Node;
      const target = commonJsTarget(child(assignment, 'left'));
      const value = child(assignment, 'right');
      if (target === undefined || !value) continue;
      if (target === 'exports' && bare(value).type === 'ObjectExpression') members(bare(value));
      else if (target === 'exports') exported.set('default', { value, at: item });
      else exported.set(target.slice('exports.'.length), { value, at: item });
    } else {
      declare(item, false);
    }
  }
  // `export { run }` and `module.exports = { run }` name something declared elsewhere in the file.
  for (const [name, { value, at }] of exported) {
    const seen = value?.type === 'Identifier' ? declared.get(String(value['value'])) : undefined;
    if (seen) exported.set(name, { value: seen, at });
  }
  return exported;
}

/** `run`, or the default export: a function, or an object with `run`. Something imported from elsewhere is believed. */
function runOf(exported: ReadonlyMap<string, Exported>): Exported | undefined {
  const run = exported.get('run');
  if (run)
    return run.value === undefined || isFunction(run.value) || ['CallExpression', 'Identifier'].includes(bare(run.value).type)
      ? run
      : undefined;
  const fallback = exported.get('default');
  if (!fallback?.value) return fallback ?? exported.get('*');
  const value = bare(fallback.value);
  if (isFunction(value) || value.type === 'CallExpression') return fallback;
  if (value.type !== 'ObjectExpression') return undefined;
  const has = list(value, 'properties').some(
    (property) =>
      isNode(property) && (nameOf(child(property, 'key')) === 'run' || (property.type === 'Identifier' && property['value'] === 'run')),
  );
  return has ? fallback : undefined;
}

function firstParameter(run: Node | undefined): string | undefined {
  if (!run) return undefined;
  const [first] = list(bare(run), 'params');
  if (!isNode(first)) return undefined;
  return nameOf(first.type === 'Parameter' ? child(first, 'pat') : first);
}

/** Reads what discovery needs from the source of a TypeScript or JavaScript module, without running it. */
export async function readModule(path: string, source: string): Promise<ModuleFacts> {
  const none = { hasRun: false, meta: {}, endpoints: [] };
  const extension = extname(path);
  let program: Module | Script;
  // swc counts positions in bytes over all files of the process: a first statement of our own shows where this file begins.
  const text = `;${source.replace(/^#!.*/, (line) => '/'.repeat(Math.max(2, line.length)))}`;
  try {
    program = await parse(text, {
      ...(extension === '.ts' ? { syntax: 'typescript', decorators: true } : { syntax: 'ecmascript', decorators: true }),
      target: 'es2024',
    });
  } catch (error) {
    return { ...none, problem: syntaxProblem(error) };
  }
  const bytes = Buffer.from(text);
  const origin = (program.body[0] as { span: { start: number } } | undefined)?.span.start ?? 0;
  const lineOf = (node: Node): number => {
    const start = (node['span'] as { start: number } | undefined)?.start ?? origin;
    return bytes.subarray(0, Math.max(0, start - origin)).reduce((lines, byte) => (byte === 10 ? lines + 1 : lines), 1);
  };
  const exported = exportsOf(program);
  const run = runOf(exported);
  const facts = {
    hasRun: run !== undefined,
    ...(run && { line: lineOf(run.at) }),
    endpoints: pageCalls(program, firstParameter(run?.value)),
  };
  const meta = exported.get('meta');
  if (!meta) return { ...facts, meta: {} };
  try {
    const value = literal(meta.value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new NotLiteral();
    const message = metaProblem(value as Record<string, unknown>);
    return {
      ...facts,
      meta: message === undefined ? (value as ModuleMeta) : {},
      ...(message !== undefined && { problem: { line: lineOf(meta.at), message } }),
    };
  } catch (error) {
    if (!(error instanceof NotLiteral)) throw error;
    return {
      ...facts,
      meta: {},
      problem: {
        line: lineOf(meta.at),
        message: 'its meta is not literal: discovery runs no code, so write plain texts, numbers and lists',
      },
    };
  }
}
