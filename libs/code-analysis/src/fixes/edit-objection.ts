import type { EditObjection } from '../flakes/api';
import { dataChanges, traced } from './assertion-objection';
import { calledName, camel, insideOf, partsOf, pathOf, someExpr, walk, type CodeModule, type Expr, type Stmt } from './code';
import { keyOf, keyOfStmt } from './code-key';
import { readCode } from './read-code';
import { isLimitName, isSame, LONGEST_TIMEOUT_MS, newChanges, type Changes } from './same-value';
import { isPast, isPollLoop, rethrows, throwsInside, type Effect, type Scope, type Trace } from './trace';
import { hasUnique, isFromOutside, isOwnData, purposeOf } from './vocabulary';

/** Between two tries of a poll. */
const LONGEST_INTERVAL_MS = 2_000;
/** Tries of a poll that counts instead of looking at a clock. */
const MOST_TRIES = 1_000;

/** Modules that an edit may import: clocks, identifiers, temporary folders, and what test frameworks are imported from. */
const IMPORTS =
  /^(?:(?:node:)?(?:crypto|timers\/promises|os|path|fs|fs\/promises|perf_hooks|assert(?:\/strict)?|test)|vitest|@jest\/globals|@playwright\/test|@testimony\/page|@faker-js\/faker|@sinonjs\/fake-timers|mockdate|timekeeper|seedrandom|expect|chai|time|datetime|zoneinfo|uuid|random|tempfile|os|pathlib|math|collections|operator|pytest|freezegun|time_machine|itertools|unittest|asyncio|shutil)$/;
/** Words that take a test out of the verdict, or try it again until it passes. */
const ANNOTATIONS =
  /^(?:skip|only|todo|fixme|fails|failing|fail|xfail|skipif|skipIf|skip_if|runIf|retry|retries|retryTimes|retry_times|flaky|importorskip|xit|xtest|xdescribe|fit|fdescribe|skipTest|skipUnless|expectedFailure|expected_failure|reruns|repeats|rerun|allowFailure|allow_failure|bail|quarantine)$/;
/** Names that decide what an assertion or a request does; giving one a new meaning is no fix. */
const RESERVED =
  /^(?:expect|assert|test|it|describe|page|fetch|request|Date|Math|Promise|Error|AssertionError|chai|should|pytest|JSON|console|process)$/;

interface Texts {
  readonly before: CodeModule;
  readonly after: CodeModule;
}

/** The guard `allowed_edit`: the first thing in the new text that is outside the kinds of edits that are understood. */
export function editObjection(before: string, after: string, file: string, root?: string): EditObjection {
  const both = traced(before, after, file, root);
  if (typeof both === 'string') return both;
  const [from, to] = readCode(file, [before, after]);
  if (typeof from !== 'object' || typeof to !== 'object') return `${file} could not be read`;
  const texts = { before: from, after: to };
  return (
    annotations(texts) ??
    scopes(both.before, both.after) ??
    imports(texts) ??
    comments(texts) ??
    shapes(texts) ??
    limits(texts) ??
    effects(both.before, both.after) ??
    declarations(texts, both)
  );
}

/** How often each key is there. */
class Counts {
  private readonly counts = new Map<string, number>();

  add(key: string): void {
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  /** True when one was left, which is taken. */
  take(key: string): boolean {
    const count = this.counts.get(key) ?? 0;
    if (count === 0) return false;
    this.counts.set(key, count - 1);
    return true;
  }
}

function annotations({ before, after }: Texts): EditObjection {
  const had = new Counts();
  visitWords(before.body, (word) => had.add(word));
  let found: EditObjection;
  visitWords(after.body, (word, line) => {
    if (!had.take(word)) found ??= `line ${line}: "${word}" takes a test out of the verdict or repeats it until it passes`;
  });
  return found;
}

function visitWords(body: readonly Stmt[], visit: (word: string, line: number) => void): void {
  const is = (word: string, line: number): void => {
    if (ANNOTATIONS.test(word)) visit(word, line);
  };
  walk(
    body,
    (expr) => {
      if (expr.kind === 'member' || expr.kind === 'named') is(expr.name, expr.line);
      if (expr.kind === 'call' && expr.callee.kind === 'name') is(expr.callee.name, expr.line);
      if (expr.kind === 'object') for (const entry of expr.entries) if (typeof entry.key === 'string') is(entry.key, entry.value.line);
    },
    (stmt) => {
      if (stmt.kind === 'define' || stmt.kind === 'class')
        for (const decorator of stmt.decorators) if (decorator.kind === 'name') is(decorator.name, decorator.line);
      if (stmt.kind === 'import') for (const name of stmt.names) is(name.imported, stmt.line);
    },
  );
}

/** The same tests under the same names, registered in the same way; nothing is defined a second time. */
function scopes(before: Trace, after: Trace): EditObjection {
  for (const scope of before.scopes) {
    const now = after.scopes.find((other) => other.name === scope.name);
    if (scope.kind === 'test' && !now) return `line ${scope.line}: the test "${scope.name}" is gone or renamed`;
    if (now && now.registered !== scope.registered)
      return `line ${now.line}: "${scope.name}" is registered by ${now.registered || 'something else'} now`;
  }
  for (const scope of after.scopes) {
    if (before.scopes.some((other) => other.name === scope.name)) continue;
    if (scope.kind === 'test') return `line ${scope.line}: the test "${scope.name}" is new`;
    // Framework hooks may be several; a function that is defined again takes the place of the first.
    if (scope.kind === 'function' && / #\d+$/.test(scope.name))
      return `line ${scope.line}: ${scope.name.replace(/ #\d+$/, '')} is defined a second time`;
  }
  return undefined;
}

function imports({ before, after }: Texts): EditObjection {
  const of = (body: readonly Stmt[]): (Stmt & { kind: 'import' })[] => body.filter((stmt) => stmt.kind === 'import');
  const had = new Set(
    of(before.body).flatMap((stmt) => [stmt.source, ...stmt.names.map((name) => `${stmt.source}:${name.imported}>${name.local}`)]),
  );
  for (const stmt of of(after.body)) {
    const added = stmt.names.filter((name) => !had.has(`${stmt.source}:${name.imported}>${name.local}`));
    if (had.has(stmt.source) && added.length === 0) continue;
    if (!IMPORTS.test(stmt.source) && !had.has(stmt.source)) return `line ${stmt.line}: imports ${stmt.source}, which no kind of fix needs`;
    const odd = added.find(
      (name) => name.imported !== name.local && RESERVED.test(name.local) && name.imported !== 'default' && name.imported !== '*',
    );
    if (odd) return `line ${stmt.line}: gives the name ${odd.local} another meaning`;
  }
  return undefined;
}

/** A comment can switch off a check or a type of the rest. */
function comments({ before, after }: Texts): EditObjection {
  const marks =
    /@ts-(?:ignore|nocheck|expect-error)|eslint-disable|istanbul ignore|c8 ignore|# type: ignore|# noqa|pragma: no cover|@jest-environment/g;
  const count = (text: string): number => text.match(marks)?.length ?? 0;
  if (count(after.text) <= count(before.text)) return undefined;
  const line = after.text.split('\n').findIndex((text) => text.match(marks) && !before.text.includes(text.trim())) + 1;
  return `line ${Math.max(1, line)}: a comment switches off a check`;
}

// -- shapes ----------------------------------------------------------------

/** Statements and operators that are new must be those of a poll, of a restore, or of a function that a framework calls. */
function shapes({ before, after }: Texts): EditObjection {
  const had = new Counts();
  shapeKeys(before.body, (key) => had.add(key));
  return newShapes(after.body, had, { poll: false, loop: false, restore: false, own: false }, after);
}

function shapeKeys(body: readonly Stmt[], add: (key: string) => void): void {
  walk(
    body,
    (expr) => {
      const key = shapeOfExpr(expr);
      if (key !== undefined) add(key);
      if (expr.kind === 'function') add(`function ${keyOf({ ...expr, name: undefined })}`);
      // `list.forEach(async ...)`, which waits for nothing, may become a loop that does.
      if (expr.kind === 'call' && expr.callee.kind === 'member' && expr.callee.name === 'forEach')
        add(`for each ${keyOf(expr.callee.object)}`);
    },
    (stmt) => add(shapeOfStmt(stmt)),
  );
}

function shapeOfStmt(stmt: Stmt): string {
  switch (stmt.kind) {
    case 'if':
      return `if ${keyOf(stmt.test)}`;
    case 'loop':
      return `loop ${stmt.test ? keyOf(stmt.test) : ''} ${stmt.source ? keyOf(stmt.source) : ''}`;
    case 'return':
      return `return ${stmt.value && !stmt.implicit ? keyOf(stmt.value) : ''}`;
    case 'throw':
      return `throw ${stmt.value ? keyOf(stmt.value) : ''}`;
    case 'try':
      return `try ${stmt.handlers.map((handler) => handler.body.map(keyOfStmt).join(';')).join('|')}`;
    case 'opaque':
      return keyOfStmt(stmt);
    case 'with':
      return `with ${stmt.items.map((item) => keyOf(item.value)).join(',')}`;
    case 'class':
    case 'define':
      return `${stmt.kind} ${stmt.name}`;
    case 'jump':
      return stmt.how;
    default:
      return stmt.kind;
  }
}

function shapeOfExpr(expr: Expr): string | undefined {
  switch (expr.kind) {
    case 'binary':
      return /^(?:\|\||&&|\?\?)$/.test(expr.op) ? `${expr.op} ${inAnyZone(expr)}` : undefined;
    case 'choice':
      return `choice ${inAnyZone(expr)}`;
    case 'member':
    case 'index':
    case 'call':
      return expr.optional ? `optional ${keyOf(expr)}` : undefined;
    case 'opaque':
      return `opaque ${expr.text}`;
    case 'each':
      return expr.conditions.length > 0 ? `each ${keyOf(expr)}` : undefined;
    default:
      return undefined;
  }
}

/** `getHours` in the machine's zone or in a named one. */
function inAnyZone(expr: Expr): string {
  return keyOf(expr).replaceAll(/\bgetUTC(?=(?:FullYear|Month|Date|Day|Hours|Minutes)\b)/g, 'get');
}

interface Surroundings {
  readonly poll: boolean;
  /** The poll is a loop of its own, which knows when to give up. */
  readonly loop: boolean;
  readonly restore: boolean;
  /** Inside a function that is new. */
  readonly own: boolean;
}

function newShapes(body: readonly Stmt[], had: Counts, around: Surroundings, module: CodeModule): EditObjection {
  for (const stmt of body) {
    const known = had.take(shapeOfStmt(stmt));
    const objection = (known ? undefined : newStmt(stmt, had, around, module)) ?? insideNew(stmt, had, around, module);
    if (objection) return objection;
  }
  return undefined;
}

function newStmt(stmt: Stmt, had: Counts, around: Surroundings, module: CodeModule): EditObjection {
  switch (stmt.kind) {
    case 'loop': {
      if (stmt.source && had.take(`for each ${keyOf(stmt.source)}`)) return undefined;
      if (stmt.source && !(stmt.source.kind === 'call' && pathOf(stmt.source.callee) === 'range'))
        return `line ${stmt.line}: a loop over a collection is new`;
      if (!isPollLoop(stmt)) return `line ${stmt.line}: a loop is new that is no poll with a deadline`;
      return triesProblem(stmt);
    }
    case 'if':
      if (around.poll || around.restore || onlyThrows(stmt)) return undefined;
      return isRestore(stmt.yes) && isRestore(stmt.no) ? undefined : `line ${stmt.line}: a condition is new: what stands in it may not run`;
    case 'return':
      return around.own || stmt.implicit ? undefined : `line ${stmt.line}: a return is new: what follows may not run`;
    case 'throw':
      return around.poll || around.own ? undefined : `line ${stmt.line}: a throw is new`;
    case 'jump':
      return around.poll ? undefined : `line ${stmt.line}: "${stmt.how}" is new outside a poll`;
    case 'try': {
      const swallow = stmt.handlers.find(
        (handler) => !rethrows(handler.body) && !(around.loop && (throwsInside(handler.body) || stmt.body.length > 0)),
      );
      return swallow ? `line ${swallow.line}: errors are caught that were not caught before` : undefined;
    }
    case 'with': {
      const odd = stmt.items.find(
        (item) => item.value.kind !== 'call' || !['freeze', 'unique'].includes(purposeOf(item.value, module.language)),
      );
      return odd ? `line ${stmt.line}: a "with" is new that neither sets the clock nor makes something temporary` : undefined;
    }
    case 'class':
      return `line ${stmt.line}: the class ${stmt.name} is new`;
    case 'define':
      return RESERVED.test(stmt.name) ? `line ${stmt.line}: gives the name ${stmt.name} another meaning` : undefined;
    case 'opaque':
      return `line ${stmt.line}: a statement is new or changed that no kind of fix needs`;
    default:
      return undefined;
  }
}

/** `if (wrong) throw new Error(...)` is one more assertion. */
function onlyThrows(stmt: Stmt & { kind: 'if' }): boolean {
  return stmt.no.length === 0 && stmt.yes.length > 0 && stmt.yes.every((inner) => inner.kind === 'throw');
}

function triesProblem(stmt: Stmt & { kind: 'loop' }): EditObjection {
  let most = 0;
  const look = (expr: Expr): void => {
    if (expr.kind === 'binary' && /^[<>]=?$/.test(expr.op))
      for (const side of [expr.left, expr.right])
        if (side.kind === 'literal' && typeof side.value === 'number') most = Math.max(most, side.value);
  };
  if (stmt.test) walk([{ ...stmt, kind: 'expression', value: stmt.test }], look);
  if (stmt.source?.kind === 'call')
    for (const arg of stmt.source.args) if (arg.kind === 'literal' && typeof arg.value === 'number') most = Math.max(most, arg.value);
  return most > MOST_TRIES && most > LONGEST_TIMEOUT_MS ? `line ${stmt.line}: a poll of up to ${most} tries has no real end` : undefined;
}

/** Puts something back, or takes it away: `delete process.env.X`, `process.env.X = saved`. */
function isRestore(body: readonly Stmt[]): boolean {
  return body.every((stmt) => {
    if (stmt.kind === 'block') return isRestore(stmt.body);
    if (stmt.kind !== 'expression') return false;
    const { value } = stmt;
    if (value.kind === 'unary') return value.op === 'delete';
    if (value.kind === 'assign') return value.target.kind === 'member' || value.target.kind === 'index';
    return value.kind === 'call' && purposeOf(value, 'typescript') === 'restore';
  });
}

function insideNew(stmt: Stmt, had: Counts, around: Surroundings, module: CodeModule): EditObjection {
  if (stmt.kind === 'try')
    return (
      newShapes(stmt.body, had, around, module) ??
      newShapes(
        stmt.handlers.flatMap((handler) => handler.body),
        had,
        around,
        module,
      ) ??
      newShapes(stmt.last, had, { ...around, restore: true }, module)
    );
  const polls = stmt.kind === 'loop' && isPollLoop(stmt);
  const inner = { ...around, poll: around.poll || polls, loop: around.loop || polls };
  const { stmts, exprs } = insideOf(stmt);
  for (const expr of exprs) {
    const objection = newExpr(expr, had, inner, module);
    if (objection) return objection;
  }
  return newShapes(
    stmts,
    had,
    stmt.kind === 'define' || (stmt.kind === 'if' && onlyThrows(stmt)) ? { ...inner, own: true } : inner,
    module,
  );
}

function newExpr(expr: Expr, had: Counts, around: Surroundings, module: CodeModule): EditObjection {
  const key = shapeOfExpr(expr);
  if (key !== undefined && !had.take(key)) {
    if (expr.kind === 'opaque')
      return expr.text === 'slice' || expr.text.startsWith('format:')
        ? undefined
        : `line ${expr.line}: an expression is new that no kind of fix needs`;
    if (expr.kind === 'each') return `line ${expr.line}: elements are left out`;
    if (expr.kind === 'binary' && expr.op === '&&' && (around.poll || around.own)) return undefined;
    if (expr.kind === 'binary' && around.poll && isPast(expr, module.language)) return undefined;
    if (expr.kind === 'choice' && isComparator(expr)) return undefined;
    if (expr.kind === 'binary' && expr.op === '||' && isComparator(expr)) return undefined;
    const what = expr.kind === 'choice' ? '"? :"' : expr.kind === 'binary' ? `"${expr.op}"` : '"?."';
    return `line ${expr.line}: ${what} is new: a wrong or missing value could pass`;
  }
  for (const part of partsOf(expr)) {
    const inner = expr.kind === 'call' && part !== expr.callee && isPollCall(expr) ? { ...around, poll: true } : around;
    const objection = newExpr(part, had, inner, module);
    if (objection) return objection;
  }
  if (expr.kind !== 'function') return undefined;
  return newShapes(
    expr.body,
    had,
    { ...around, own: !had.take(`function ${keyOf({ ...expr, name: undefined })}`) && isOwnFunction(expr, module) },
    module,
  );
}

/** Given to something by an expression rather than a test's own function. */
function isOwnFunction(expr: Expr & { kind: 'function' }, module: CodeModule): boolean {
  let isTest = false;
  walk(module.body, (other) => {
    if (other.kind !== 'call' || !other.args.includes(expr)) return;
    if (/^(?:test|it|specify|describe|(?:before|after)(?:Each|All)?)(?:\.|$)/.test(pathOf(other.callee) ?? '')) isTest = true;
  });
  return !isTest;
}

function isPollCall(expr: Expr & { kind: 'call' }): boolean {
  const path = pathOf(expr.callee) ?? '';
  return (
    /^(?:waitFor|waitUntil|eventually|until)$/.test(camel(path.split('.').at(-1) ?? '')) || path === 'expect.poll' || path === 'expect'
  );
}

/** `a < b ? -1 : 1`, `a.x - b.x || a.y - b.y`: orders two elements. */
function isComparator(expr: Expr): boolean {
  const ends = expr.kind === 'choice' ? [expr.yes, expr.no] : expr.kind === 'binary' ? [expr.left, expr.right] : [];
  return ends.every(
    (end) =>
      (end.kind === 'literal' && typeof end.value === 'number') ||
      (end.kind === 'binary' && end.op === '-') ||
      (end.kind === 'call' && calledName(end) === 'localeCompare') ||
      (end.kind === 'choice' && isComparator(end)),
  );
}

// -- limits ----------------------------------------------------------------

/** Time-outs up to a bound; sleeps no longer than they were. */
function limits({ before, after }: Texts): EditObjection {
  const had = new Counts();
  visitLimits(before.body, (key) => had.add(key));
  let found: EditObjection;
  visitLimits(after.body, (key, value, line, what) => {
    if (!had.take(key) && !(value > 0 && value <= LONGEST_TIMEOUT_MS))
      found ??= `line ${line}: ${what} of ${value} ms is beyond the ${LONGEST_TIMEOUT_MS} ms that a fix may set`;
  });
  return found;
}

function visitLimits(body: readonly Stmt[], visit: (key: string, value: number, line: number, what: string) => void): void {
  const number = (expr: Expr | undefined): number | undefined => {
    if (expr?.kind === 'literal' && typeof expr.value === 'number') return expr.value;
    if (expr?.kind === 'binary' && /^[*+]$/.test(expr.op)) {
      const [left, right] = [number(expr.left), number(expr.right)];
      return left === undefined || right === undefined ? undefined : expr.op === '*' ? left * right : left + right;
    }
    return expr?.kind === 'name' && /^Infinity$/.test(expr.name) ? Number.POSITIVE_INFINITY : undefined;
  };
  const at = (name: string, value: Expr | undefined, line: number): void => {
    const found = number(value);
    if (found !== undefined) visit(`${name} ${found}`, found, line, `"${name}"`);
  };
  walk(
    body,
    (expr) => {
      if (expr.kind === 'object')
        for (const entry of expr.entries)
          if (typeof entry.key === 'string' && isLimitName(entry.key)) at(entry.key, entry.value, entry.value.line);
      if (expr.kind === 'named' && isLimitName(expr.name)) at(expr.name, expr.value, expr.line);
      if (
        expr.kind === 'call' &&
        expr.callee.kind === 'member' &&
        /^(?:setTimeout|timeout|setDefaultTimeout|setDefaultNavigationTimeout)$/.test(expr.callee.name)
      )
        at(expr.callee.name, expr.args[0], expr.line);
      if (expr.kind === 'call' && /^(?:test|it)$/.test(pathOf(expr.callee) ?? '') && expr.args.length > 2)
        at('timeout', expr.args[2], expr.line);
      // A deadline: the clock and so much more.
      if (
        expr.kind === 'binary' &&
        expr.op === '+' &&
        someExpr(expr.left, (part) => part.kind === 'call' && /(?:now|time|monotonic|perf_counter)$/.test(pathOf(part.callee) ?? ''))
      )
        at('deadline', expr.right, expr.line);
    },
    (stmt) => {
      if (stmt.kind === 'declare' && stmt.target.kind === 'name' && isLimitName(stmt.target.name))
        at(stmt.target.name, stmt.value, stmt.line);
    },
  );
}

// -- effects ---------------------------------------------------------------

const REMOVABLE = new Set<Effect['purpose']>(['sleep', 'clock', 'random', 'pure', 'poll', 'unique', 'freeze', 'limit', 'seed']);

function effects(before: Trace, after: Trace): EditObjection {
  for (const scope of after.scopes) {
    const from = before.scopes.find((other) => other.name === scope.name);
    const changes = from ? dataChanges(from, scope, { before, after }) : newChanges(before.language);
    const objection = effectsIn(from, scope, changes);
    if (objection) return objection;
  }
  for (const scope of before.scopes) {
    if (after.scopes.some((other) => other.name === scope.name)) continue;
    const lost = scope.effects.find((effect) => !REMOVABLE.has(effect.purpose) && effect.purpose !== 'read');
    if (lost) return `line ${scope.line}: "${scope.name}" is gone`;
  }
  return undefined;
}

function effectsIn(before: Scope | undefined, after: Scope, changes: Changes): EditObjection {
  const left = [...after.effects];
  const sleeps = (before?.effects ?? []).filter((effect) => effect.purpose === 'sleep');
  for (const effect of before?.effects ?? []) {
    if (effect.purpose === 'sleep') continue;
    const same = (other: Effect): boolean =>
      other.path === effect.path && other.purpose === effect.purpose && isSame(effect.value, other.value, 'subject', changes);
    const exact = left.findIndex(
      (other) => other.path === effect.path && keyOf(other.value) === keyOf(effect.value) && sameSurroundings(effect, other),
    );
    const index = exact >= 0 ? exact : left.findIndex(same);
    if (index >= 0) {
      const [found] = left.splice(index, 1);
      const objection = found && before && movedProblem(effect, found, before);
      if (objection) return objection;
      continue;
    }
    if (REMOVABLE.has(effect.purpose)) continue;
    if (effect.purpose === 'assign' && isOwnGlobal(effect)) continue;
    // A read may be the same as another by now: asking once, or through a locator.
    if (isFromOutside(effect.value) || isOfFiles(effect)) continue;
    if (/(?:^|\.)(?:mkdir|mkdirSync|makedirs)$/.test(effect.path) && after.effects.some((other) => /mkdtemp/.test(other.path))) continue;
    if (effect.path === 'Promise.all' && isOneWrite(effect, before)) continue;
    if (effect.purpose === 'read' && (isInside(effect, after.effects) || isBrowserRead(effect))) continue;
    const wasConcurrent = effect.path === 'Promise.all';
    return wasConcurrent
      ? `line ${effect.line}: what ran side by side no longer does, so a lost update would not be seen`
      : `line ${effect.line}: ${shownCall(effect)} is gone or asks something else`;
  }
  for (const effect of left) {
    // A new function is judged where it is called, with what it is given there.
    if (!before && after.kind === 'function' && ['read', 'action', 'sleep', 'pure'].includes(effect.purpose)) continue;
    const objection = newEffect(effect, before, after, sleeps);
    if (objection) return objection;
  }
  return undefined;
}

function sameSurroundings(before: Effect, after: Effect): boolean {
  return before.contexts.length === after.contexts.length;
}

/** A request that changes something must be made once, as before. */
function movedProblem(before: Effect, after: Effect, scope: Scope): EditObjection {
  const repeats = (effect: Effect): boolean =>
    effect.contexts.some((context) => context.kind === 'poll' || (context.kind === 'loop' && context.polls));
  if (after.purpose === 'action' && isRequest(after) && repeats(after) && !repeats(before))
    return `line ${after.line}: ${shownCall(after)} changes something and is now repeated until it fits`;
  if (after.purpose === 'read' && repeats(after) && !repeats(before) && !isChanging(scope, before))
    return `line ${after.line}: ${shownCall(after)} is asked again until it fits, although nothing in the test makes the answer change`;
  if (before.awaited && !after.awaited && after.purpose === 'action' && isRequest(after))
    return `line ${after.line}: ${shownCall(after)} is no longer awaited`;
  const unsure = (effect: Effect): number =>
    effect.contexts.filter((context) => ['if', 'dead', 'callback', 'swallowed', 'handler'].includes(context.kind)).length;
  if (after.purpose === 'action' && unsure(after) > unsure(before))
    return `line ${after.line}: ${shownCall(after)} may not run any more, or its failure is hidden`;
  return undefined;
}

/** Something was done, waited for or left running before it was looked at. */
function isChanging(scope: Scope, read: Effect): boolean {
  return scope.effects
    .slice(0, scope.effects.indexOf(read))
    .some((effect) => effect.purpose === 'sleep' || effect.purpose === 'action' || effect.purpose === 'poll');
}

/** Reads beside at most one write may wait for each other; writes side by side are what shows a lost update. */
function isOneWrite(effect: Effect, scope: Scope | undefined): boolean {
  const [list] = effect.value.kind === 'call' ? effect.value.args : [];
  if (list?.kind !== 'list') return false;
  return (
    list.items.filter((item) => scope?.effects.some((other) => other.purpose === 'action' && keyOf(other.value) === keyOf(item))).length <=
    1
  );
}

function isInside(effect: Effect, others: readonly Effect[]): boolean {
  const key = keyOf(effect.value);
  return others.some((other) => someExpr(other.value, (part) => keyOf(part) === key));
}

function isBrowserRead(effect: Effect): boolean {
  return /(?:^|\.)(?:textContent|innerText|inputValue|isVisible|isHidden|isChecked|isEnabled|isDisabled|count|title|url|\$|getAttribute|waitForSelector|waitForLoadState)$/.test(
    effect.path,
  );
}

/** Looked at or removed on this machine, beside the product. */
function isOfFiles(effect: Effect): boolean {
  return (effect.purpose === 'read' || effect.purpose === 'restore') && /^(?:fs(?:\/promises)?|path|os)\.\w+$/.test(effect.path);
}

/** Assigned to something of the test's own process. */
function isOwnGlobal(effect: Effect): boolean {
  return /^(?:process\.env|os\.environ)\b/.test(effect.path);
}

function isRequest(effect: Effect): boolean {
  const name = camel(effect.path.split('.').at(-1) ?? '');
  return !/^(?:push|append|set|add|log|catch|then|finally|raises|fail|clear|Chance|mktemp|mkdir|Session)$/.test(name);
}

function newEffect(effect: Effect, before: Scope | undefined, after: Scope, sleeps: Effect[]): EditObjection {
  const { line } = effect;
  const polled = effect.contexts.some((context) => context.kind === 'poll' || (context.kind === 'loop' && context.polls));
  switch (effect.purpose) {
    case 'clock':
    case 'random':
    case 'unique':
    case 'pure':
      // The same taken out of the same a second time leaves out nothing more.
      return before?.effects.some((other) => other.path === effect.path && keyOf(other.value) === keyOf(effect.value))
        ? undefined
        : pureProblem(effect);
    case 'limit':
    case 'seed':
    case 'freeze':
    case 'restore':
    case 'poll':
      return undefined;
    case 'skip':
      return `line ${line}: ${effect.path} takes the test out of the verdict`;
    case 'intercept':
      return `line ${line}: ${effect.path} puts something in the place of the product`;
    case 'sleep':
      // A framework's poll waits by itself; only a loop needs a sleep between its tries.
      return sleepProblem(
        effect,
        effect.contexts.some((context) => context.polls) && !effect.contexts.some((context) => context.kind === 'dead'),
        sleeps,
      );
    case 'read':
      return readProblem(effect, before, after);
    case 'assign':
      return assignProblem(effect);
    case 'action': {
      if (effect.path === 'catch') return `line ${line}: an error is caught that was not caught before`;
      if (!polled && isOwnMaking(effect, after)) return undefined;
      if (polled) return `line ${line}: ${shownCall(effect)} may change something and is repeated`;
      if (effect.contexts.some((context) => context.kind === 'finally') || /after/i.test(after.name))
        return isCleanUp(effect) ? undefined : `line ${line}: ${shownCall(effect)} is new`;
      return `line ${line}: ${shownCall(effect)} is new`;
    }
  }
}

function pureProblem(effect: Effect): EditObjection {
  if (effect.path === 'require') {
    const [source] = effect.value.kind === 'call' ? effect.value.args : [];
    return source?.kind === 'literal' && IMPORTS.test(String(source.value))
      ? undefined
      : `line ${effect.line}: requires a module that no kind of fix needs`;
  }
  if (/(?:^|\.)(?:race|allSettled|any)$/.test(effect.path) && effect.path.startsWith('Promise'))
    return `line ${effect.line}: ${effect.path} lets something fail or go on unseen`;
  if (
    /(?:^|\.)(?:filter|slice|reduce|pop|shift|splice|replace|replaceAll|toLowerCase|toUpperCase|trim|strip|lower|upper|round|floor|ceil|toFixed|substring|substr)$/.test(
      effect.path,
    ) &&
    !isOwnDataCall(effect)
  )
    return effect.value.kind === 'call' && effect.path.endsWith('slice') && effect.value.args.length === 0
      ? undefined
      : `line ${effect.line}: ${effect.path} changes or leaves out a part of what is looked at`;
  return undefined;
}

function isOwnDataCall(effect: Effect): boolean {
  return isOwnData(effect.value, 'typescript') || hasUnique(effect.value, 'typescript');
}

function sleepProblem(effect: Effect, polled: boolean, sleeps: Effect[]): EditObjection {
  const ms = effect.sleepMs ?? Number.NaN;
  const index = sleeps.findIndex((other) => {
    const was = other.sleepMs ?? Number.NaN;
    return keyOf(other.value) === keyOf(effect.value) || was >= ms;
  });
  if (index >= 0) {
    sleeps.splice(index, 1);
    return undefined;
  }
  if (polled && (Number.isNaN(ms) || ms <= LONGEST_INTERVAL_MS)) return undefined;
  return `line ${effect.line}: a sleep is new or longer${Number.isNaN(ms) ? '' : ` (${ms} ms)`}`;
}

/** Makes a record of the test's own, whose id its requests then use. */
function isOwnMaking(effect: Effect, after: Scope): boolean {
  if (!/(?:^|\.)(?:post|create\w*)$/.test(effect.path)) return false;
  const key = keyOf(effect.value);
  return after.effects.some(
    (other) =>
      other !== effect &&
      other.purpose !== 'pure' &&
      other.value.kind === 'call' &&
      other.value.args.some((arg) => arg.kind === 'template' && someExpr(arg, (part) => keyOf(part) === key)),
  );
}

/** Only what was read before may be read again. */
function readProblem(effect: Effect, before: Scope | undefined, after: Scope): EditObjection {
  const names = (scope: Scope | undefined): Set<string> => new Set((scope?.effects ?? []).map((one) => one.path.split('.').at(-1) ?? ''));
  const known = before?.effects.some((other) => other.path === effect.path && keyOf(other.value) === keyOf(effect.value));
  if (known) return undefined;
  const name = effect.path.split('.').at(-1) ?? '';
  if (
    /^(?:json|text|body|headers?|status|locator|nth|first|last|items|keys|values|is\w+|all|address|result)$/i.test(name) ||
    name.startsWith('getBy')
  )
    return undefined;
  const later = after.effects.filter((one) => one.path === effect.path).length;
  const earlier = before?.effects.filter((one) => one.path === effect.path).length ?? 0;
  if (
    earlier > 0 &&
    later >= earlier &&
    before?.effects.some((other) => other.path === effect.path && isSame(other.value, effect.value, 'subject', newChanges('typescript')))
  )
    return undefined;
  // A read that something is compared with, done once.
  const once = !effect.contexts.some((context) => context.kind === 'poll' || context.kind === 'loop');
  if (
    once &&
    name === 'get' &&
    after.facts.some(
      (fact) =>
        fact.expected.some((value) => someExpr(value, (part) => keyOf(part) === keyOf(effect.value))) ||
        (['lte', 'lt', 'gt', 'gte'].includes(fact.matcher) && someExpr(fact.subject, (part) => keyOf(part) === keyOf(effect.value))),
    )
  )
    return undefined;
  if (before && names(before).has(name) && before.effects.some((other) => other.path === effect.path && sameRequest(other, effect)))
    return undefined;
  return `line ${effect.line}: ${shownCall(effect)} asks something that was not asked before`;
}

function sameRequest(before: Effect, after: Effect): boolean {
  return isSame(before.value, after.value, 'subject', newChanges('typescript'));
}

function assignProblem(effect: Effect): EditObjection {
  if (/^(?:process\.env|os\.environ)\b/.test(effect.path)) return undefined;
  if (/^(?:Math\.random|Date\.now|globalThis\.Date|global\.Date)$/.test(effect.path)) return undefined;
  const value = effect.value.kind === 'assign' ? effect.value.value : undefined;
  // Putting back what was saved.
  const ends = effect.contexts.some((context) => context.kind === 'finally');
  const target = effect.value.kind === 'assign' ? effect.value.target : undefined;
  if (
    ends &&
    value &&
    target &&
    (keyOf(value) === keyOf(target) || value.kind === 'literal' || value.kind === 'name' || value.kind === 'member')
  )
    return undefined;
  if (/^this\.|^self\./.test(effect.path)) return undefined;
  return `line ${effect.line}: ${effect.path} gets a new value`;
}

/** After the test: removes its own data, puts back its own settings. */
function isCleanUp(effect: Effect): boolean {
  const name = camel(effect.path.split('.').at(-1) ?? '');
  return /^(?:delete|remove|destroy|close|clear|reset|restore|release|unlink|rm|rmSync|rmtree|dispose|end|stop|rollback|truncate|setSystemTime|pop|clean\w*|put|patch|set|post)$/i.test(
    name,
  );
}

const LONGEST_SHOWN = 70;

function shownCall(effect: Effect): string {
  const key = keyOf(effect.value);
  return key.length > LONGEST_SHOWN ? `${key.slice(0, LONGEST_SHOWN - 1)}…` : key;
}

// -- declarations ----------------------------------------------------------

/** Values that stand by themselves (settings, `meta`, module-level data) change only as data may. */
function declarations({ before, after }: Texts, both: { readonly before: Trace; readonly after: Trace }): EditObjection {
  const of = (body: readonly Stmt[]): (Stmt & { kind: 'declare' })[] => body.filter((stmt) => stmt.kind === 'declare');
  const module = (trace: Trace): Scope | undefined => trace.scopes.find((scope) => scope.kind === 'module');
  const [from, to] = [module(both.before), module(both.after)];
  const changes = from && to ? dataChanges(from, to, both) : newChanges(before.language);
  for (const stmt of of(after.body))
    if (
      stmt.target.kind === 'name' &&
      RESERVED.test(stmt.target.name) &&
      !of(before.body).some((other) => keyOf(other.target) === keyOf(stmt.target))
    )
      return `line ${stmt.line}: gives the name ${stmt.target.name} another meaning`;
  for (const stmt of of(before.body)) {
    const now = of(after.body).find((other) => keyOf(other.target) === keyOf(stmt.target));
    if (!now || !stmt.value || !now.value) continue;
    const name = stmt.target.kind === 'name' ? stmt.target.name : '';
    if (isLimitName(name) || isRoomierLimit(name, stmt.value, now.value)) continue;
    if (stmt.value.kind === 'function' && now.value.kind === 'function') continue;
    if (!isSame(stmt.value, now.value, 'data', changes))
      return `line ${now.line}: ${name || 'a value'} was ${keyOf(stmt.value).slice(0, LONGEST_SHOWN)} and is something else now`;
  }
  let shadow: EditObjection;
  const declared = new Set<string>();
  walk(
    before.body,
    () => undefined,
    (stmt) => stmt.kind === 'declare' && stmt.target.kind === 'name' && declared.add(stmt.target.name),
  );
  walk(
    after.body,
    () => undefined,
    (stmt) => {
      if (stmt.kind === 'declare' && stmt.target.kind === 'name' && RESERVED.test(stmt.target.name) && !declared.has(stmt.target.name))
        shadow ??= `line ${stmt.line}: gives the name ${stmt.target.name} another meaning`;
    },
  );
  return shadow;
}

/** `const LIMIT_MS = 50` may be raised; whatever uses it is judged where it does. */
function isRoomierLimit(name: string, before: Expr, after: Expr): boolean {
  const [was, is] = [before, after].map((expr) => (expr.kind === 'literal' && typeof expr.value === 'number' ? expr.value : Number.NaN));
  return /limit|budget|(?:_ms|Ms|seconds)$/i.test(name) && was !== undefined && is !== undefined && is >= was && is <= LONGEST_TIMEOUT_MS;
}
