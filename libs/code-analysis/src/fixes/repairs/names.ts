import { made, pathOf, walk, type CallExpr, type Expr, type FunctionExpr, type Stmt } from '../code';
import { importReader } from '../project-modules';
import { isBuiltIn } from '../trace';
import { purposeOf, sleepOf, type Purpose } from '../vocabulary';
import { functionsAround, type TestText } from './repair';

/** What the names of a test file stand for. */
interface Names {
  /** `tick` of `import { setTimeout as tick } from 'node:timers/promises'` is `timers/promises.setTimeout`. */
  readonly imported: ReadonlyMap<string, string>;
  readonly functions: ReadonlyMap<string, FunctionExpr>;
}

const known = new WeakMap<TestText, Names>();

function namesOf(test: TestText): Names {
  let names = known.get(test);
  if (!names) known.set(test, (names = readNames(test)));
  return names;
}

function readNames(test: TestText): Names {
  const imported = new Map<string, string>();
  const functions = new Map<string, FunctionExpr>();
  const read = importReader(test.root, test.file);
  const import_ = (source: string, name: string, local: string): void => {
    const whole = name === '*' || name === 'default';
    const own = whole ? undefined : functionsOf(read(source)?.body ?? []).get(name);
    if (own) functions.set(local, own);
    else if (test.writing.python ? !source.startsWith('.') : isBuiltIn(source)) {
      const plain = source.replace(/^node:/, '');
      imported.set(local, whole ? plain : `${plain}.${name}`);
    }
  };
  for (const stmt of test.module.body) {
    if (stmt.kind === 'import') for (const name of stmt.names) import_(stmt.source, name.imported, name.local);
    if (stmt.kind !== 'declare' || stmt.value?.kind !== 'call' || pathOf(stmt.value.callee) !== 'require') continue;
    const [source] = stmt.value.args;
    if (source?.kind !== 'literal') continue;
    if (stmt.target.kind === 'name') import_(String(source.value), '*', stmt.target.name);
    if (stmt.target.kind === 'object')
      for (const { key, value } of stmt.target.entries)
        if (typeof key === 'string' && value.kind === 'name') import_(String(source.value), key, value.name);
  }
  for (const [name, value] of functionsOf(test.module.body)) functions.set(name, value);
  return { imported, functions };
}

function functionsOf(body: readonly Stmt[]): Map<string, FunctionExpr> {
  const found = new Map<string, FunctionExpr>();
  walk(
    body,
    () => undefined,
    (stmt) => {
      if (stmt.kind === 'define') found.set(stmt.name, stmt.value);
      if (stmt.kind === 'declare' && stmt.target.kind === 'name' && stmt.value?.kind === 'function')
        found.set(stmt.target.name, stmt.value);
    },
  );
  return found;
}

/** The call as if nothing had been imported under a name of its own. */
function canonical(test: TestText, call: CallExpr): CallExpr {
  const { imported } = namesOf(test);
  const renamed = (expr: Expr): Expr => {
    if (expr.kind === 'name') {
      const path = imported.get(expr.name);
      if (path === undefined || path === expr.name) return expr;
      const [first = '', ...rest] = path.split('.');
      return rest.reduce<Expr>((object, name) => made.member(object, name, expr), made.name(first, expr));
    }
    return expr.kind === 'member' ? { ...expr, object: renamed(expr.object) } : expr;
  };
  return { ...call, callee: renamed(call.callee) };
}

/** The names that are called, imports resolved: `random.randint` for `randint` of `from random import randint`. */
export function calledPath(test: TestText, call: CallExpr): string {
  return pathOf(canonical(test, call).callee) ?? '';
}

/** What a call is for. A function of the project that only looks is a read. */
export function purposeIn(test: TestText, call: CallExpr, depth = 0): Purpose {
  const own = ownFunction(test, call);
  if (own && sleepsOnly(test, own)) return 'sleep';
  if (own) return depth < DEEPEST && onlyLooks(test, own, depth + 1) ? 'read' : 'action';
  return purposeOf(canonical(test, call), test.module.language);
}

/** Calls inside of calls that are followed. */
const DEEPEST = 3;

function onlyLooks(test: TestText, { body }: FunctionExpr, depth: number): boolean {
  let looks = 0;
  let others = 0;
  walk(body, (expr) => {
    if (expr.kind === 'assign' && expr.target.kind !== 'name') others += 1;
    if (expr.kind !== 'call' || /^assert|^expect/.test(pathOf(expr.callee)?.split('.').at(-1) ?? '')) return;
    const purpose = purposeIn(test, expr, depth);
    if (purpose === 'read') looks += 1;
    else if (purpose !== 'pure') others += 1;
  });
  return looks > 0 && others === 0;
}

/** `const hold = (ms) => new Promise((resolve) => setTimeout(resolve, ms))`. */
function sleepsOnly(test: TestText, { body }: FunctionExpr): boolean {
  const [only] = body;
  if (body.length !== 1 || (only?.kind !== 'return' && only?.kind !== 'expression')) return false;
  const value = only.value?.kind === 'await' ? only.value.value : only.value;
  return value?.kind === 'call' && sleepOf(canonical(test, value), test.module.language) !== undefined;
}

/** The function of the project, in this file or imported, that is called by its name. */
export function ownFunction(test: TestText, call: CallExpr): FunctionExpr | undefined {
  return call.callee.kind === 'name' && !call.isNew ? namesOf(test).functions.get(call.callee.name) : undefined;
}

/** True for a function of this very file. */
export function isHere(test: TestText, own: FunctionExpr): boolean {
  let here = false;
  walk(test.module.body, (expr) => (here ||= expr === own));
  return here;
}

/** Where a name got its only value: in a function around the place, or in the module. */
export function declarationOf(test: TestText, name: string, offset: number): (Stmt & { kind: 'declare' }) | undefined {
  const bodies = [...functionsAround(test, offset).map((around) => around.body), test.module.body];
  const found = bodies
    .flat()
    .filter(
      (stmt): stmt is Stmt & { kind: 'declare' } => stmt.kind === 'declare' && stmt.target.kind === 'name' && stmt.target.name === name,
    );
  let assigned = false;
  if (found.length === 1 && !found[0]?.constant)
    walk(test.module.body, (expr) => (assigned ||= expr.kind === 'assign' && expr.target.kind === 'name' && expr.target.name === name));
  return found.length === 1 && !assigned ? found[0] : undefined;
}

/** A name's value, where the text says it; else the expression itself. */
export function valueOf(test: TestText, expr: Expr): Expr {
  return (expr.kind === 'name' && declarationOf(test, expr.name, expr.start)?.value) || expr;
}

/** Calls of a statement that give something random, by themselves or through a function of the project. */
export function randomIn(test: TestText, stmt: Stmt): CallExpr[] {
  const found: CallExpr[] = [];
  walk([stmt], (expr) => {
    if (expr.kind === 'call' && isRandom(test, expr, 0)) found.push(expr);
  });
  return found;
}

function isRandom(test: TestText, call: CallExpr, depth: number): boolean {
  const own = ownFunction(test, call);
  if (!own) return purposeOf(canonical(test, call), test.module.language) === 'random';
  let random = false;
  if (depth < DEEPEST) walk(own.body, (expr) => (random ||= expr.kind === 'call' && isRandom(test, expr, depth + 1)));
  return random && !actsOnProduct(test, own);
}

/** Makes a record with random data, rather than the data alone. */
function actsOnProduct(test: TestText, { body }: FunctionExpr): boolean {
  let acts = false;
  walk(
    body,
    (expr) =>
      (acts ||=
        expr.kind === 'call' &&
        /^(?:post|put|patch|delete|fetch|request|goto|save|create)$/.test(pathOf(expr.callee)?.split('.').at(-1) ?? '')),
  );
  return acts;
}
