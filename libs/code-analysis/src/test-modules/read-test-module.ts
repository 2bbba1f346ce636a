import ts from 'typescript';
import { byText } from '../route-path';
import { foldText, UNKNOWN } from '../syntax/constants';
import { definitionOf, nameText, skipWrapping, type Modules } from '../syntax/definitions';
import { lineOf, type ModuleSyntax } from '../syntax/module-syntax';
import { dottedName, walk } from '../syntax/names';

export interface TestCall {
  /** `METHOD /path`, with `{}` for what is only known when the test runs. */
  readonly endpoint: string;
  /** The service that the test names for it (`page.service('payments')`); its own without one. */
  readonly service?: string;
  /** True for a call in the test's own file, false for one in a file that it imports: mostly preparation. */
  readonly own: boolean;
}

export interface TestModuleReading {
  /** The comment above `run`, or else the one at the top of the file: its first paragraph. */
  readonly description?: string;
  /** The calls of the test that stands at `line` (of the whole file without one), with those of the functions that it uses, also imported ones. Each once, sorted. */
  callsAt(line: number | undefined): TestCall[];
}

/** Functions that one test reaches, of which calls are collected: beyond this a test uses a whole library. */
const MAX_FUNCTIONS = 300;
const VERBS: ReadonlySet<string> = new Set(['get', 'post', 'put', 'patch', 'delete', 'head', 'options']);
/** What HTTP clients are called in tests: their paths may lack the slash in front. */
const CLIENT = /(^|\.)(page|request|api|client|http|axios|agent|browser|context)$/i;
const TEST_BLOCK = /^(test|it)(\.(only|skip|fixme|fail|slow|concurrent))*$/;

/** Reads a parsed test without running it. `modules` leads to what it imports. */
export function readTestModule(module: ModuleSyntax, modules: Modules): TestModuleReading {
  const tree = module.source;
  const description = descriptionIn(tree);
  return {
    ...(description !== undefined && { description }),
    callsAt: (line) => {
      const scope = (line === undefined ? undefined : testAt(tree, line)) ?? tree;
      const calls = new Map<string, TestCall>();
      for (const each of [scope, ...usedFunctions(scope, modules)])
        for (const call of callsIn(each, modules)) {
          const key = `${call.endpoint} ${call.service ?? ''}`;
          const own = each.getSourceFile() === tree;
          if (own || !calls.has(key)) calls.set(key, { ...call, own });
        }
      return [...calls.values()].sort((a, b) => byText(a.endpoint, b.endpoint) || byText(a.service ?? '', b.service ?? ''));
    },
  };
}

type Call = Omit<TestCall, 'own'>;

const callsByScope = new WeakMap<ts.Node, Call[]>();

/** Helper functions are shared by many tests: each is searched once. */
function callsIn(scope: ts.Node, modules: Modules): Call[] {
  const known = callsByScope.get(scope);
  if (known) return known;
  const calls: Call[] = [];
  walk(scope, (node) => {
    const endpoint = ts.isCallExpression(node) ? endpointOf(node, modules) : undefined;
    if (endpoint === undefined) return;
    const service =
      ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)
        ? serviceOf(node.expression.expression, modules)
        : undefined;
    calls.push(service === undefined ? { endpoint } : { endpoint, service });
  });
  callsByScope.set(scope, calls);
  return calls;
}

/** `'payments'` of `page.service('payments')`, also when a constant holds that page. */
function serviceOf(receiver: ts.Expression, modules: Modules): string | undefined {
  const target = definitionOf(receiver, modules);
  const made = ts.isVariableDeclaration(target) && target.initializer ? skipWrapping(target.initializer) : target;
  if (!ts.isCallExpression(made) || !ts.isPropertyAccessExpression(made.expression) || made.expression.name.text !== 'service')
    return undefined;
  const [name] = made.arguments;
  const text = name && foldText(name, modules);
  return text === undefined || text.includes(UNKNOWN) ? undefined : text;
}

/** `page.post('/orders')`, `request.fetch('/x', { method: 'PUT' })`, `fetch(url)`, `axios({ url, method })`, `page.request('GET', '/x')`. */
function endpointOf(call: ts.CallExpression, modules: Modules): string | undefined {
  const callee = call.expression;
  const [first, second] = call.arguments;
  if (!first) return undefined;
  if (ts.isIdentifier(callee)) {
    if (callee.text === 'fetch') return endpoint(methodOption(second, modules) ?? 'GET', foldText(first, modules), true);
    if (callee.text !== 'axios' && callee.text !== 'request') return undefined;
    const url = property(first, 'url', modules);
    return url && endpoint(methodOption(first, modules) ?? 'GET', foldText(url, modules), true);
  }
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const name = callee.name.text;
  const client = CLIENT.test(dottedName(callee.expression));
  if (VERBS.has(name)) return endpoint(name.toUpperCase(), foldText(first, modules), client);
  if (!client) return undefined;
  if (name === 'fetch') return endpoint(methodOption(second, modules) ?? 'GET', foldText(first, modules), true);
  if (name === 'goto') return endpoint('GET', foldText(first, modules), true);
  if (name === 'request' && second) {
    const method = foldText(first, modules).toUpperCase();
    return VERBS.has(method.toLowerCase()) ? endpoint(method, foldText(second, modules), true) : undefined;
  }
  return undefined;
}

function property(node: ts.Expression | undefined, name: string, modules: Modules): ts.Expression | undefined {
  const target = node && definitionOf(node, modules);
  if (!target || !ts.isObjectLiteralExpression(target)) return undefined;
  for (const each of target.properties) {
    if (!each.name || nameText(each.name) !== name) continue;
    if (ts.isPropertyAssignment(each)) return each.initializer;
    if (ts.isShorthandPropertyAssignment(each)) return each.name;
  }
  return undefined;
}

function methodOption(options: ts.Expression | undefined, modules: Modules): string | undefined {
  const method = property(options, 'method', modules);
  const text = method && foldText(method, modules).toUpperCase();
  return text !== undefined && VERBS.has(text.toLowerCase()) ? text : undefined;
}

/** The path alone: without server, query and fragment. Undefined for what is no path, such as the key of a map. */
function endpoint(method: string, url: string, client: boolean): string | undefined {
  const local = url.replace(/^https?:\/\/[^/?#]*/i, '/').replace(/^(\{\})+(?=\/)/, '');
  if (!local.startsWith('/') && !(client && /^[\w{]/.test(local) && !local.includes(' '))) return undefined;
  const path = local.replace(/[?#].*$/s, '');
  const segments = path.split('/').filter((segment) => segment !== '');
  // Nothing of it is known.
  if (segments.length === 0 && url.includes(UNKNOWN)) return undefined;
  if (segments.length > 0 && segments.every((segment) => segment === UNKNOWN)) return undefined;
  return `${method} /${segments.join('/')}`;
}

/** The block of the test whose call begins at `line`. */
function testAt(tree: ts.SourceFile, line: number): ts.Node | undefined {
  let found: ts.Node | undefined;
  walk(tree, (node) => {
    if (ts.isCallExpression(node) && TEST_BLOCK.test(dottedName(node.expression)) && lineOf(node, tree) === line) found = node;
    return found === undefined;
  });
  return found;
}

/** Functions that a test calls, also through each other and in files that it imports. */
function usedFunctions(scope: ts.Node, modules: Modules): Set<ts.Node> {
  const found = new Set<ts.Node>();
  const pending = [scope];
  for (let next = pending.pop(); next && found.size < MAX_FUNCTIONS; next = pending.pop())
    for (const called of calledFrom(next, modules)) {
      const inside = called.getSourceFile() === scope.getSourceFile() && called.pos >= scope.pos && called.end <= scope.end;
      if (found.has(called) || inside) continue;
      found.add(called);
      pending.push(called);
    }
  return found;
}

const calledByScope = new WeakMap<ts.Node, ts.Node[]>();

function calledFrom(scope: ts.Node, modules: Modules): ts.Node[] {
  const known = calledByScope.get(scope);
  if (known) return known;
  const called = new Set<ts.Node>();
  walk(scope, (node) => {
    if (!ts.isCallExpression(node) || (!ts.isIdentifier(node.expression) && !ts.isPropertyAccessExpression(node.expression))) return;
    const target = definitionOf(node.expression, modules);
    const value = ts.isVariableDeclaration(target) && target.initializer ? skipWrapping(target.initializer) : target;
    if (ts.isFunctionLike(value)) called.add(value);
  });
  calledByScope.set(scope, [...called]);
  return [...called];
}

/** The comment above `run`, else the one at the top of the file. */
function descriptionIn(tree: ts.SourceFile): string | undefined {
  const run = tree.statements.find(
    (statement) =>
      (ts.isFunctionDeclaration(statement) && statement.name?.text === 'run') ||
      (ts.isVariableStatement(statement) &&
        statement.declarationList.declarations.some(({ name }) => ts.isIdentifier(name) && name.text === 'run')),
  );
  return (run && commentAbove(run, tree)) ?? (tree.statements[0] && commentAbove(tree.statements[0], tree));
}

const DIRECTIVE = /^(eslint|oxlint|prettier|@ts-|ts-|global|istanbul|jshint|#!|copyright|spdx)/i;

/** The first paragraph of the last comment before a statement, without its marks. */
function commentAbove(statement: ts.Statement, tree: ts.SourceFile): string | undefined {
  const ranges = ts.getLeadingCommentRanges(tree.text, statement.pos) ?? [];
  const last = ranges.at(-1);
  if (!last) return undefined;
  const block = last.kind === ts.SyntaxKind.MultiLineCommentTrivia;
  // Line comments that follow each other are one text.
  const lines = block
    ? tree.text
        .slice(last.pos + 2, last.end - 2)
        .split('\n')
        .map((line) => line.replace(/^\s*\*+\s?/, ''))
    : ranges.filter(({ kind }) => kind === ts.SyntaxKind.SingleLineCommentTrivia).map(({ pos, end }) => tree.text.slice(pos + 2, end));
  const paragraph = lines
    .map((line) => line.trim())
    .join('\n')
    .trim()
    .split(/\n\s*\n|\n@/)[0]
    ?.replace(/\s+/g, ' ')
    .trim();
  return paragraph && !paragraph.startsWith('@') && !DIRECTIVE.test(paragraph) ? paragraph : undefined;
}
