import type { Stmt } from '../code';
import { indentAt, isShiftable, rangeOf } from '../source-edit';
import { sleepOf } from '../vocabulary';
import { pollOf } from './poll';
import {
  declaredIn,
  expressionsIn,
  functionsAround,
  isAssertion,
  isLook,
  statementAt,
  usesAny,
  type Proposal,
  type Repair,
  type TestText,
} from './repair';

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
    if (!isAssertion(stmt) && !isLook(stmt, test)) break;
    looks.push(stmt);
  }
  while (looks.length > 0) {
    const last = looks.at(-1);
    if (last && isAssertion(last)) break;
    looks.pop();
  }
  return looks;
}

/** Polls in the place of a statement, or after it where `keeps`. */
export function polled(test: TestText, list: readonly Stmt[], index: number, stmt: Stmt, keeps = false): Proposal[] {
  const { text } = test.writing;
  const looks = looksAfter(test, list, index + 1);
  const range = rangeOf(looks);
  const around = functionsAround(test, stmt.start).at(-1);
  const isAsync = around?.isAsync ?? false;
  if (!range || !around || (!test.writing.python && !isAsync) || !isShiftable(text, looks)) return [];
  const indent = indentAt(text, stmt.start);
  const poll = pollOf(test, looks, indent);
  if (!poll) return [];
  const proposals: Proposal[] = [];
  const rest = list.slice(index + 1 + looks.length);
  const what = keeps
    ? 'Looks again until the result is as asserted or 5 s have passed'
    : 'Looks until the result is as asserted or 5 s have passed, instead of sleeping';
  if (!usesAny(rest, declaredIn(looks)))
    proposals.push({
      title: what,
      prior: MOVED_PRIOR,
      edits: keeps
        ? [...poll.more, { start: range.start, end: range.end, text: poll.text }]
        : [...poll.more, { start: stmt.start, end: range.end, text: poll.text }],
    });
  proposals.push({
    title: `${what}, then asserts as before`,
    prior: COPIED_PRIOR,
    edits: keeps
      ? [...poll.more, { start: range.start, end: range.start, text: `${poll.text}${test.writing.eol}${indent}` }]
      : [...poll.more, { start: stmt.start, end: stmt.end, text: poll.text }],
  });
  return proposals;
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

function isSleep(stmt: Stmt, test: TestText): boolean {
  if (stmt.kind !== 'expression') return false;
  const locals = new Map(
    expressionsIn(test.module.body).flatMap((expr) => (expr.kind === 'function' && expr.name ? [[expr.name, expr] as const] : [])),
  );
  const value = stmt.value.kind === 'await' ? stmt.value.value : stmt.value;
  if (value.kind !== 'call') return false;
  if (sleepOf(value, test.module.language) !== undefined) return true;
  // An imported or own function that is given a time, and whose answer nobody takes.
  const [time] = value.args;
  const isTime =
    value.args.length === 1 &&
    ((time?.kind === 'literal' && typeof time.value === 'number') || time?.kind === 'name' || time?.kind === 'member');
  return isTime && value.callee.kind === 'name' && !locals.has(value.callee.name);
}
