import { walk, type Place, type Stmt } from '../code';
import { isDuration } from '../implies';
import { isLimitName } from '../same-value';
import { indentAt, isShiftable, rangeOf } from '../source-edit';
import { asserts, isLook } from './looks';
import { ownFunction, purposeIn } from './names';
import { pollOf, type Poll } from './poll';
import { declaredIn, expressionsIn, functionsAround, statementAt, usesAny, type Proposal, type Repair, type TestText } from './repair';

/** Polling replaces a sleep that waited for an effect: of all fixes the one that literature and practice name first. */
const MOVED_PRIOR = 0.75;
const COPIED_PRIOR = 0.65;
const AWAITED_PRIOR = 0.55;

/** A sleep before a look at the result: look until it is as asserted, or until a deadline. */
export const pollInstead: Repair = (test, { line }) => {
  const at = statementAt(test, line);
  if (!at || !isSleep(at.stmt, test)) return [];
  return [...polled(test, at.list, at.index, at.stmt), ...awaited(test, at.list, at.index, at.stmt)];
};

/** Reads and assertions that follow, as far as they can be done again. */
function looksAfter(test: TestText, list: readonly Stmt[], from: number): readonly Stmt[] {
  const looks: Stmt[] = [];
  for (const stmt of list.slice(from)) {
    if (!isLook(stmt, test)) break;
    looks.push(stmt);
  }
  while (looks.length > 0) {
    const last = looks.at(-1);
    if (last && asserts(last)) break;
    looks.pop();
  }
  return looks;
}

/** Polls in the place of a sleep. */
function polled(test: TestText, list: readonly Stmt[], index: number, sleep: Stmt): Proposal[] {
  const found = pollFrom(test, list, index + 1, sleep);
  if (!found) return [];
  const { poll, range, isUsed } = found;
  const what = 'Looks until the result is as asserted or 5 s have passed, instead of sleeping';
  const copied: Proposal = {
    title: `${what}, then asserts as before`,
    prior: COPIED_PRIOR,
    edits: [...poll.more, { start: sleep.start, end: sleep.end, text: poll.text }],
  };
  if (isUsed) return [copied];
  return [{ title: what, prior: MOVED_PRIOR, edits: [...poll.more, { start: sleep.start, end: range.end, text: poll.text }] }, copied];
}

/** Polls from a statement on, which asks or asserts. */
export function polledFrom(test: TestText, list: readonly Stmt[], from: number): Proposal[] {
  const first = list[from];
  const found = first && pollFrom(test, list, from, first);
  if (!found) return [];
  const { poll, range, isUsed, indent } = found;
  const what = 'Looks again until the result is as asserted or 5 s have passed';
  const copied: Proposal = {
    title: `${what}, then asserts as before`,
    prior: COPIED_PRIOR,
    edits: [...poll.more, { start: range.start, end: range.start, text: `${poll.text}${test.writing.eol}${indent}` }],
  };
  if (isUsed) return [copied];
  return [{ title: what, prior: MOVED_PRIOR, edits: [...poll.more, { start: range.start, end: range.end, text: poll.text }] }, copied];
}

/**
 * Something is asked, or a name is looked at that something else may give another value. What is measured or limited in time is not looked at again: that
 * would be to try until it is fast enough.
 */
function mayChange(test: TestText, looks: readonly Stmt[]): boolean {
  const exprs = expressionsIn(looks);
  const isTimed = exprs.some(
    (expr) =>
      (expr.kind === 'call' && purposeIn(test, expr) === 'clock') ||
      (expr.kind === 'member' && isDuration(expr)) ||
      (expr.kind === 'named' && isLimitName(expr.name)) ||
      (expr.kind === 'object' && expr.entries.some((entry) => typeof entry.key === 'string' && isLimitName(entry.key))),
  );
  if (isTimed) return false;
  const own = declaredIn(looks);
  return exprs.some(
    (expr) =>
      (expr.kind === 'call' &&
        purposeIn(test, expr) === 'read' &&
        !(
          expr.callee.kind === 'member' &&
          expr.callee.object.kind === 'name' &&
          !own.has(expr.callee.object.name) &&
          isAnswer(test, expr.callee.object.name)
        )) ||
      (expr.kind === 'name' && !own.has(expr.name) && isVariable(test, expr.name)),
  );
}

/** `answer.json()`: the answer has been given. */
function isAnswer(test: TestText, name: string): boolean {
  let found = false;
  walk(
    test.module.body,
    () => undefined,
    (stmt) =>
      (found ||=
        stmt.kind === 'declare' &&
        (test.writing.python ? stmt.value?.kind === 'call' : stmt.constant && stmt.value?.kind === 'await') &&
        declaredIn([stmt]).has(name)),
  );
  return found;
}

function isVariable(test: TestText, name: string): boolean {
  let found = false;
  walk(
    test.module.body,
    () => undefined,
    (stmt) => (found ||= stmt.kind === 'declare' && !stmt.constant && stmt.target.kind === 'name' && stmt.target.name === name),
  );
  return found;
}

function pollFrom(
  test: TestText,
  list: readonly Stmt[],
  from: number,
  place: Stmt,
): { readonly poll: Poll; readonly range: Place; readonly isUsed: boolean; readonly indent: string } | undefined {
  const { text } = test.writing;
  const looks = looksAfter(test, list, from);
  const range = rangeOf(looks);
  const around = functionsAround(test, place.start).at(-1);
  if (!range || !around || !mayChange(test, looks) || (!test.writing.python && !around.isAsync) || !isShiftable(text, looks))
    return undefined;
  const indent = indentAt(text, place.start);
  const poll = pollOf(test, looks, indent);
  return poll && { poll, range, indent, isUsed: usesAny(list.slice(from + looks.length), declaredIn(looks)) };
}

/** A promise that was started before the sleep is awaited instead. */
function awaited(test: TestText, list: readonly Stmt[], index: number, sleep: Stmt): Proposal[] {
  if (test.writing.python) return [];
  const pending = list
    .slice(0, index)
    .find((stmt) => stmt.kind === 'declare' && stmt.target.kind === 'name' && stmt.value?.kind === 'call');
  if (pending?.kind !== 'declare' || pending.target.kind !== 'name') return [];
  const { name } = pending.target;
  return [
    {
      title: `Waits for ${name} instead of sleeping`,
      prior: AWAITED_PRIOR,
      edits: [{ start: sleep.start, end: sleep.end, text: `await ${name}${test.writing.semicolon}` }],
    },
  ];
}

/** A statement that does nothing but wait for a time. */
export function isSleep(stmt: Stmt, test: TestText): boolean {
  if (stmt.kind !== 'expression') return false;
  const value = stmt.value.kind === 'await' ? stmt.value.value : stmt.value;
  if (value.kind !== 'call') return false;
  if (purposeIn(test, value) === 'sleep') return true;
  // An imported function that is given a time, and whose answer nobody takes.
  const [time] = value.args;
  const isTime =
    value.args.length === 1 &&
    ((time?.kind === 'literal' && typeof time.value === 'number') || time?.kind === 'name' || time?.kind === 'member');
  return isTime && stmt.value.kind === 'await' && value.callee.kind === 'name' && ownFunction(test, value) === undefined;
}
