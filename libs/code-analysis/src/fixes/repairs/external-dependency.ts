import { calledName, pathOf, someExpr, walk, type Expr, type Stmt } from '../code';
import { assertionOf } from '../assertions';
import { withoutLine, type SourceEdit } from '../source-edit';
import { asserts } from './looks';
import { ownFunction, purposeIn } from './names';
import { declaredIn, expressionsIn, statementAt, usesAny, type Repair, type TestText } from './repair';

const FIXED_PRIOR = 0.6;
/** For a number of which nothing is known: exact in binary, and no identity of sums or products. */
const ANY_NUMBER = 1.25;
/** What a number is called that stands in no sum. */
const NUMBER_WORD = /(?:rate|price|amount|count|total|number|factor|degrees|temperature|percent|score|size|limit|quota|usd|eur|gbp)s?$/i;
const ARITHMETIC = /^[-+*/%]$/;

/**
 * What somebody else's service answers becomes a fixed value, as the test's own data: the test is about what the product makes of it. Where the
 * expectation says for which answer it was written, that one is taken.
 */
export const fixedAnswer: Repair = (test, { line }) => {
  const at = statementAt(test, line);
  if (!at) return [];
  const { list, index } = at;
  const found = answerIn(test, list, index);
  if (!found) return [];
  const { data, gone, replaced } = found;
  const after = list.slice(list.indexOf(replaced) + 1);
  const declared = declarations(test, data, after);
  // Where the product is given nothing of it, the test is about somebody else's answer, and would be about nothing any more.
  if (declared === undefined || !isGiven(test, declaredIn([data]), after)) return [];
  const edits: SourceEdit[] = [
    ...gone.map((stmt) => withoutLine(test.writing.text, stmt)),
    { start: replaced.start, end: replaced.end, text: declared },
  ];
  return [{ title: 'Uses a fixed answer instead of asking somebody else for one', prior: FIXED_PRIOR, edits }];
};

function isGiven(test: TestText, names: ReadonlySet<string>, after: readonly Stmt[]): boolean {
  return expressionsIn(after).some(
    (expr) =>
      expr.kind === 'call' &&
      purposeIn(test, expr) === 'action' &&
      assertionOf(expr) === undefined &&
      calledName(expr) !== 'expect' &&
      expr.args.some((arg) => someExpr(arg, (part) => part.kind === 'name' && names.has(part.name))),
  );
}

type Declared = Stmt & { kind: 'declare' };

interface Answer {
  /** Takes what is used out of the answer. */
  readonly data: Declared;
  /** In whose place the fixed value is put: `data`, or the block around it. */
  readonly replaced: Stmt;
  /** Only about the answer as such. */
  readonly gone: readonly Stmt[];
}

function answerIn(test: TestText, list: readonly Stmt[], index: number): Answer | undefined {
  const stmt = list[index];
  if (stmt?.kind === 'with') {
    const [only] = stmt.body;
    return stmt.body.length === 1 && only?.kind === 'declare' ? { data: only, replaced: stmt, gone: [] } : undefined;
  }
  if (stmt?.kind !== 'declare' || !stmt.value) return undefined;
  const asked = stmt.value.kind === 'await' ? stmt.value.value : stmt.value;
  if (readsBody(stmt.value) || (asked.kind === 'call' && ownFunction(test, asked))) return { data: stmt, replaced: stmt, gone: [] };
  if (stmt.target.kind !== 'name') return undefined;
  const names = new Set([stmt.target.name]);
  const users = list.slice(index + 1).filter((other) => usesAny([other], names));
  const data = users.find((other): other is Declared => other.kind === 'declare' && other.value !== undefined && readsBody(other.value));
  if (!data) return undefined;
  const others = users.filter((other) => other !== data);
  return others.every(asserts) ? { data, replaced: data, gone: [stmt, ...others] } : undefined;
}

/** `.json()`, `.text()`, `json.load(answer)`. */
function readsBody(expr: Expr): boolean {
  return someExpr(expr, (part) => {
    if (part.kind === 'function')
      return part.body.some((stmt) => stmt.kind === 'return' && stmt.value !== undefined && readsBody(stmt.value));
    return (
      part.kind === 'call' &&
      (/^(?:json|text|loads?|read)$/.test(calledName(part)) || part.args.some((arg) => arg.kind === 'function' && readsBody(arg)))
    );
  });
}

function declarations(test: TestText, { target, value }: Declared, after: readonly Stmt[]): string | undefined {
  const { semicolon, python } = test.writing;
  const keyword = python ? '' : 'const ';
  const declared = (name: string, text: string): string => `${keyword}${name} = ${text}${semicolon}`;
  if (target.kind === 'object') {
    const lines = target.entries.map((entry) =>
      typeof entry.key === 'string' && entry.value.kind === 'name'
        ? declared(entry.value.name, fixedFor(test, entry.value.name, isNamed(entry.value.name), after))
        : undefined,
    );
    return lines.length > 0 && lines.every((line) => line !== undefined) ? lines.join(' ') : undefined;
  }
  if (target.kind !== 'name' || !value) return undefined;
  const { name } = target;
  const fields = new Set<string>();
  let bare = false;
  walk(after, (expr) => {
    const field = fieldOf(expr, name);
    if (field !== undefined) fields.add(field);
    for (const part of directParts(expr)) if (part.kind === 'name' && part.name === name && field === undefined) bare = true;
  });
  if (fields.size === 0 || bare) return fields.size > 0 ? undefined : declared(name, fixedFor(test, name, isNamed(name), after));
  const entries = [...fields].map((field) => {
    const text = fixedFor(test, field, (expr) => fieldOf(expr, name) === field, after);
    return python ? `${JSON.stringify(field)}: ${text}` : `${field}: ${text}`;
  });
  return declared(
    name,
    `{ ${entries.join(', ')} }`.replaceAll(python ? /^\{ | \}$/g : /(?!)/g, (brace) => brace.trim()),
  );
}

function isNamed(name: string): (expr: Expr) => boolean {
  return (expr) => expr.kind === 'name' && expr.name === name;
}

/** `rates.usd`, `rates["usd"]`. */
function fieldOf(expr: Expr, name: string): string | undefined {
  if (expr.kind === 'member' && isNamed(name)(expr.object)) return expr.name;
  if (expr.kind === 'index' && isNamed(name)(expr.object) && expr.index.kind === 'literal' && typeof expr.index.value === 'string')
    return expr.index.value;
  return undefined;
}

function directParts(expr: Expr): readonly Expr[] {
  const parts: Expr[] = [];
  if (expr.kind === 'member') parts.push(expr.object);
  else if (expr.kind === 'index') parts.push(expr.object);
  else if (expr.kind === 'call') parts.push(expr.callee, ...expr.args);
  else if (expr.kind === 'binary') parts.push(expr.left, expr.right);
  else if (expr.kind === 'object') parts.push(...expr.entries.map((entry) => entry.value));
  return parts;
}

/** A fixed value for what is used in this way. */
function fixedFor(test: TestText, name: string, isIt: (expr: Expr) => boolean, after: readonly Stmt[]): string {
  const all = expressionsIn(after);
  const sums = all.filter((expr) =>
    expr.kind === 'binary' && ARITHMETIC.test(expr.op) ? someExpr(expr, isIt) : isRounded(expr) && someExpr(expr, isIt),
  );
  const isNumber = sums.length > 0 || NUMBER_WORD.test(name);
  if (!isNumber) return test.writing.quote + `sample-${name}` + test.writing.quote;
  const expected = all.flatMap((expr) => {
    const [first] =
      expr.kind === 'call' && /^(?:toBe|toEqual|toStrictEqual|equal|strictEqual|to_be|to_equal)$/.test(calledName(expr))
        ? expr.args.slice(-1)
        : [];
    const value = first ?? (expr.kind === 'binary' && /^===?$/.test(expr.op) ? expr.right : undefined);
    return value?.kind === 'literal' && typeof value.value === 'number' && value.value > 0 ? [value.value] : [];
  });
  for (const goal of expected)
    for (const sum of sums) {
      const solved = solution(sum, isIt, goal);
      if (solved !== undefined) return String(solved);
    }
  return String(ANY_NUMBER);
}

function isRounded(expr: Expr): boolean {
  return expr.kind === 'call' && /^(?:Math\.(?:round|floor|ceil|trunc)|round)$/.test(pathOf(expr.callee) ?? '');
}

/** The value for which a sum or product that is linear in it comes out as asserted. */
function solution(sum: Expr, isIt: (expr: Expr) => boolean, goal: number): number | undefined {
  const at = (x: number): number => {
    const value = (expr: Expr): number => {
      if (isIt(expr)) return x;
      if (expr.kind === 'literal' && typeof expr.value === 'number') return expr.value;
      if (isRounded(expr) && expr.kind === 'call' && expr.args[0]) return value(expr.args[0]);
      if (expr.kind !== 'binary') return Number.NaN;
      const [left, right] = [value(expr.left), value(expr.right)];
      const results: Readonly<Record<string, number>> = { '+': left + right, '-': left - right, '*': left * right, '/': left / right };
      return results[expr.op] ?? Number.NaN;
    };
    return value(sum);
  };
  const [zero, one, two] = [at(0), at(1), at(2)];
  const slope = one - zero;
  if (!Number.isFinite(slope) || slope === 0 || Math.abs(two - one - slope) > 1e-9) return undefined;
  const x = Number(((goal - zero) / slope).toPrecision(6));
  return x > 0 ? x : undefined;
}
