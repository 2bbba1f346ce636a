import { calledName, pathOf, walk, type Expr, type Stmt } from '../code';
import { indentAt, isShiftable, rangeOf, sourceOf, withoutLine } from '../source-edit';
import { freeName, functionsAround, pythonImport, statementAt, type Proposal, type Repair, type TestText } from './repair';

const RESTORED_PRIOR = 0.75;
const OWN_STATE_PRIOR = 0.65;
/** Against these speaks that a setting may not be written as it is read, and that a record may not be removable. */
const SETTING_PRIOR = 0.55;
const REMOVED_PRIOR = 0.5;

/** What the test sets outside of itself is put back when it ends, however it ends; what it makes is removed. */
export const putBack: Repair = (test, { line, probability }, hints) => {
  const at = statementAt(test, line);
  if (!at) return [];
  const { stmt, list, index } = at;
  if (stmt.kind === 'declare' && test.module.body.includes(stmt)) return ownState(test, stmt);
  const rest = list.slice(index + 1);
  const range = rangeOf(rest);
  if (!range || !isShiftable(test.writing.text, rest)) return [];
  const isSuspected = probability > 0 || hints.patterns.includes('leaked_state');
  if (stmt.kind !== 'expression' || stmt.value.kind !== 'assign')
    return isSuspected ? [...setting(test, stmt, range), ...removed(test, stmt, range)] : [];
  if (stmt.value.op !== '=') return [];
  const { target } = stmt.value;
  return test.writing.python ? inPython(test, stmt.start, target, range) : inScript(test, stmt.start, target, range);
};

interface Range {
  readonly start: number;
  readonly end: number;
}

/** A list of the module that runs fill one after the other belongs into the test. */
function ownState(test: TestText, stmt: Stmt & { kind: 'declare' }): Proposal[] {
  const { value, target } = stmt;
  const isEmpty =
    (value?.kind === 'list' && value.items.length === 0) ||
    (value?.kind === 'object' && value.entries.length === 0) ||
    (value?.kind === 'call' && /^(?:Map|Set|Array|dict|list|set)$/.test(pathOf(value.callee) ?? '') && value.args.length === 0) ||
    (value?.kind === 'literal' && !stmt.constant && (typeof value.value === 'number' || typeof value.value === 'boolean'));
  if (!isEmpty || target.kind !== 'name') return [];
  const { text, eol } = test.writing;
  const uses: Expr[] = [];
  walk(test.module.body, (expr) => {
    if (expr.kind === 'name' && expr.name === target.name && (expr.start < stmt.start || expr.start >= stmt.end)) uses.push(expr);
  });
  const around = new Set(uses.map((use) => functionsAround(test, use.start)[0]));
  const [only] = around;
  const first = only?.body[0];
  if (around.size !== 1 || !first) return [];
  return [
    {
      title: `Begins each run with ${target.name} of its own`,
      prior: OWN_STATE_PRIOR,
      edits: [
        withoutLine(text, stmt),
        { start: first.start, end: first.start, text: `${sourceOf(text, stmt)}${eol}${indentAt(text, first.start)}` },
      ],
    },
  ];
}

/** The request that a statement makes and waits for: `await page.put('/settings/theme', ...)`. */
function requestOf(stmt: Stmt, method: RegExp): (Expr & { kind: 'call' }) | undefined {
  let found: (Expr & { kind: 'call' }) | undefined;
  walk([stmt], (expr) => {
    if (expr.kind === 'call' && expr.callee.kind === 'member' && method.test(expr.callee.name) && pathOf(expr.callee.object) === 'page')
      found ??= expr;
  });
  return found;
}

/** A setting of the product that is written is read before and written back. */
function setting(test: TestText, stmt: Stmt, range: Range): Proposal[] {
  const request = requestOf(stmt, /^put$/);
  const [address, options] = request?.args ?? [];
  const body =
    options?.kind === 'named'
      ? options.name === 'json'
        ? options
        : undefined
      : options?.kind === 'object'
        ? options.entries.find((entry) => entry.key === 'json')
        : undefined;
  if (!address || !body || test.framework !== 'native') return [];
  const { text, semicolon, python } = test.writing;
  const name = freeName(test, 'saved');
  const at = sourceOf(text, address);
  return [
    ended(test, stmt.start, range, {
      title: `Puts back what ${at} was when the test ends`,
      prior: SETTING_PRIOR,
      before: python ? `${name} = page.get(${at}).json()` : `const ${name} = (await page.get(${at})).json()${semicolon}`,
      last: [python ? `page.put(${at}, json=${name})` : `await page.put(${at}, { json: ${name} })${semicolon}`],
    }),
  ];
}

/** A record that the test makes is removed by it. */
function removed(test: TestText, stmt: Stmt, range: Range): Proposal[] {
  const request = requestOf(stmt, /^post$/);
  const [address] = request?.args ?? [];
  if (stmt.kind !== 'declare' || !stmt.value || !address || test.framework !== 'native') return [];
  const { text, semicolon, python } = test.writing;
  const base = sourceOf(text, address);
  const inner = /^(["'`])(.*)\1$/s.exec(base)?.[2];
  const id = idOf(stmt.target, stmt.value, python);
  if (inner === undefined || id === undefined || /[{}]/.test(python ? inner : '')) return [];
  const { quote } = test.writing;
  const path = python ? `f${quote}${inner}/{${id}}${quote}` : `\`${inner}/\${${id}}\``;
  return [
    ended(test, undefined, range, {
      title: 'Removes the record that it made when it ends',
      prior: REMOVED_PRIOR,
      before: undefined,
      last: [`${python ? '' : 'await '}page.delete(${path})${semicolon}`],
    }),
  ];
}

/** How the id of what was made is named: `id` of `const { id } = ...json()`, `made.id`, or `id` of `...json().id`. */
function idOf(target: Expr, value: Expr, python: boolean): string | undefined {
  if (target.kind === 'object')
    return target.entries.some((entry) => entry.key === 'id' && entry.value.kind === 'name' && entry.value.name === 'id')
      ? 'id'
      : undefined;
  if (target.kind !== 'name') return undefined;
  const inner = value.kind === 'await' ? value.value : value;
  if (inner.kind === 'call' && calledName(inner) === 'json') return python ? `${target.name}['id']` : `${target.name}.id`;
  const isId =
    (inner.kind === 'member' && inner.name === 'id') ||
    (inner.kind === 'index' && inner.index.kind === 'literal' && inner.index.value === 'id');
  return isId ? target.name : undefined;
}

/** The rest of the test in a `try`, with something that is done at its end. */
function ended(
  test: TestText,
  start: number | undefined,
  range: Range,
  what: { readonly title: string; readonly prior: number; readonly before: string | undefined; readonly last: readonly string[] },
): Proposal {
  const { text, eol, step, python } = test.writing;
  const indent = indentAt(text, range.start);
  const [open, end, close] = python ? ['try:', 'finally:', ''] : ['try {', '} finally {', `${eol}${indent}}`];
  return {
    title: what.title,
    prior: what.prior,
    edits: [
      ...(what.before === undefined || start === undefined ? [] : [{ start, end: start, text: `${what.before}${eol}${indent}` }]),
      {
        start: range.start,
        end: range.end,
        text: `${open}${eol}${indent}${step}${indented(test, range)}${eol}${indent}${end}${eol}${what.last.map((line) => indent + step + line).join(eol)}${close}`,
      },
    ],
  };
}

function inScript(test: TestText, start: number, target: Expr, range: Range): Proposal[] {
  const { text, semicolon: end } = test.writing;
  const path = pathOf(target) ?? '';
  if (!/^(?:process\.env|globalThis|global|window|Math|Date)\b/.test(path) || target.kind !== 'member') return [];
  const written = sourceOf(text, target);
  const name = freeName(test, 'saved');
  // An environment variable that is set to undefined becomes the text 'undefined'.
  const last = /^(?:process\.env|globalThis|global|window)/.test(path)
    ? [`if (${name} === undefined) delete ${written}${end}`, `else ${written} = ${name}${end}`]
    : [`${written} = ${name}${end}`];
  const title = `Puts ${written} back when the test ends`;
  return [ended(test, start, range, { title, prior: RESTORED_PRIOR, before: `const ${name} = ${written}${end}`, last })];
}

function inPython(test: TestText, start: number, target: Expr, range: Range): Proposal[] {
  const { text, step } = test.writing;
  if (!/^os\.environ\b/.test(pathOf(target) ?? '') || target.kind !== 'member') return [];
  const written = sourceOf(text, target);
  const key = JSON.stringify(target.name);
  const name = freeName(test, 'saved');
  const last = [`if ${name} is None:`, `${step}os.environ.pop(${key}, None)`, 'else:', `${step}${written} = ${name}`];
  const title = `Puts ${written} back when the test ends`;
  const proposal = ended(test, start, range, { title, prior: RESTORED_PRIOR, before: `${name} = os.environ.get(${key})`, last });
  return [{ ...proposal, edits: [...pythonImport(test, 'os'), ...proposal.edits] }];
}

function indented(test: TestText, { start, end }: Range): string {
  return test.writing.text
    .slice(start, end)
    .split(/\r?\n/)
    .map((line, index) => (index === 0 || line.trim() === '' ? line : test.writing.step + line))
    .join(test.writing.eol);
}
