import type { EditObjection } from '../flakes/api';
import { calledName, partsOf, someExpr, type Expr } from './code';
import { keyOf } from './code-key';
import { isAboutOrder, isDuration, listOfPosition, missingFrom } from './implies';
import { importReader } from './project-modules';
import { readCode } from './read-code';
import { isSame, newChanges, noteData, type Changes } from './same-value';
import { TooLarge, traceOf, type Context, type Effect, type Fact, type Scope, type Trace } from './trace';
import { isAnswerFromOutside, isClock, isFromOutside, isGrowing } from './vocabulary';

/** Both texts followed; a string says why one could not be. */
export function traced(
  before: string,
  after: string,
  file: string,
  root?: string,
): { readonly before: Trace; readonly after: Trace } | string {
  const [from, to] = readCode(file, [before, after]);
  if (typeof from !== 'object') return `${file} cannot be judged: ${from ?? 'it was not read'}`;
  if (typeof to !== 'object') return `the proposed text of ${file} cannot be judged: ${to ?? 'it was not read'}`;
  try {
    const imports = importReader(root, file);
    return { before: traceOf(from, imports), after: traceOf(to, imports) };
  } catch (error) {
    if (error instanceof TooLarge || error instanceof RangeError) return `${file} is too large to be judged`;
    throw error;
  }
}

/** The guard `assertions`: why the new text asserts less than the old one, or may. */
export function assertionObjection(before: string, after: string, file: string, root?: string): EditObjection {
  const both = traced(before, after, file, root);
  if (typeof both === 'string') return both;
  for (const scope of both.before.scopes) {
    const now = both.after.scopes.find((other) => other.name === scope.name);
    if (!now) {
      if (scope.facts.length === 0 && scope.kind !== 'test') continue;
      return `line ${scope.line}: "${scope.name}" is gone, with ${scope.facts.length === 1 ? 'its assertion' : `its ${scope.facts.length} assertions`}`;
    }
    const objection = objectionIn(scope, now, dataChanges(scope, now, both));
    if (objection) return objection;
  }
  return undefined;
}

/** How the data of a scope's requests changed, and of the module around it. */
export function dataChanges(before: Scope, after: Scope, both: { readonly before: Trace; readonly after: Trace }): Changes {
  const asserted = new Set(before.facts.flatMap((fact) => fact.expected.flatMap(literalsIn)));
  const changes = newChanges(both.before.language, asserted);
  const pairs: [Scope, Scope][] = [[before, after]];
  for (const scope of both.before.scopes) {
    if (scope === before || (scope.kind !== 'hook' && scope.kind !== 'module')) continue;
    const other = both.after.scopes.find((one) => one.name === scope.name);
    if (other) pairs.unshift([scope, other]);
  }
  for (const [from, to] of pairs) {
    const rest = to.effects.filter(takesData);
    for (const effect of from.effects) {
      if (!takesData(effect)) continue;
      const index = rest.findIndex((other) => other.path === effect.path);
      const [found] = index < 0 ? [] : rest.splice(index, 1);
      if (found) noteData(effect.value, found.value, changes);
    }
  }
  return changes;
}

function literalsIn(expr: Expr): string[] {
  return [...(expr.kind === 'literal' ? [keyOf(expr)] : []), ...partsOf(expr).flatMap(literalsIn)];
}

/** Gives data to something: a request, a call of the code under test, a collection. */
function takesData(effect: Effect): boolean {
  return (
    effect.purpose === 'action' ||
    effect.purpose === 'read' ||
    (effect.purpose === 'pure' && /\.(?:add|push|append|set)$/.test(effect.path))
  );
}

function objectionIn(before: Scope, after: Scope, changes: Changes): EditObjection {
  const left = [...after.facts];
  for (const fact of before.facts) {
    // An assertion that cannot have run says nothing that could be lost.
    if (fact.contexts.some((context) => context.kind === 'dead')) continue;
    const usable = left.filter((other) => contextProblem(fact, other, before, changes) === undefined);
    const all = after.facts.filter((other) => contextProblem(fact, other, before, changes) === undefined);
    const found = missingFrom(fact, usable, changes, isAboutOrder(before.name, fact.subject) || isSaidTwice(fact, before.facts), all);
    if ('claims' in found) {
      // Each assertion of before needs its own, unless one says the very same thing at the same place as another.
      for (const claim of found.claims) {
        const index = left.indexOf(claim as Fact);
        if (index >= 0 && found.claims.length === 1) left.splice(index, 1);
      }
      continue;
    }
    if (isOwnFlag(fact, before, after)) continue;
    if (durationBounds(fact, usable) || timeWindow(fact, usable, changes)) continue;
    // What somebody else answers is not what the test is about, once nobody asks any more.
    if (isAnswerFromOutside(fact.subject, changes.language) && !after.effects.some((effect) => isFromOutside(effect.value))) continue;
    const elsewhere = missingFrom(fact, left, changes, false);
    if ('claims' in elsewhere) {
      const [claim] = elsewhere.claims;
      const problem = claim && contextProblem(fact, claim as Fact, before, changes);
      if (problem) return `line ${fact.line}: the assertion (now in line ${(claim as Fact).line}) ${problem}`;
    }
    return `line ${fact.line}: the assertion is weaker: ${found.why}`;
  }
  return undefined;
}

/** The same of two places of one list: found anywhere, one element would do for both. */
function isSaidTwice(fact: Fact, facts: readonly Fact[]): boolean {
  const said = saidOfPlace(fact);
  return said !== undefined && facts.filter((other) => saidOfPlace(other) === said).length > 1;
}

function saidOfPlace({ subject, matcher, expected }: Fact): string | undefined {
  const path: string[] = [];
  let at = subject;
  for (; at.kind === 'member'; at = at.object) path.push(at.name);
  const list = listOfPosition(at);
  return list && `${keyOf(list)} ${path.join('.')} ${matcher} ${expected.map(keyOf).join()}`;
}

/** A flag that a callback set, to say that something came to an end, is not needed once that is awaited. */
function isOwnFlag(fact: Fact, before: Scope, after: Scope): boolean {
  if (fact.matcher !== 'truthy' || fact.negated || fact.subject.kind !== 'literal') return false;
  const loose = before.effects.filter((effect) => effect.purpose === 'action' && !effect.awaited && effect.line <= fact.line);
  return (
    loose.length > 0 &&
    loose.every((effect) =>
      after.effects.some((other) => other.awaited && other.path === effect.path && keyOf(other.value) === keyOf(effect.value)),
    )
  );
}

/** A measured time that was asserted exactly may be asserted to lie between two bounds around that. */
function durationBounds(fact: Fact, usable: readonly Fact[]): boolean {
  const [was] = fact.expected;
  if (fact.matcher !== 'equal' || fact.negated || was?.kind !== 'literal' || typeof was.value !== 'number' || !isDuration(fact.subject))
    return false;
  const size = was.value;
  const bound = (words: readonly string[]): number | undefined => {
    for (const other of usable) {
      const [is] = other.expected;
      if (
        words.includes(other.matcher) &&
        !other.negated &&
        is?.kind === 'literal' &&
        typeof is.value === 'number' &&
        isDuration(other.subject)
      )
        return is.value;
    }
    return undefined;
  };
  const low = bound(['gt', 'gte']);
  const high = bound(['lt', 'lte']);
  return low !== undefined && high !== undefined && low >= size * 0.5 && low <= size && high >= size && high <= size * 1.5;
}

/** A time of the product that was compared with the test's own clock may be asserted to lie between two moments, one from before and one from after. */
function timeWindow(fact: Fact, usable: readonly Fact[], changes: Changes): boolean {
  const [was] = fact.expected;
  if (!['equal', 'truthy', 'contain'].includes(fact.matcher) || fact.negated) return false;
  const clock = was ?? fact.subject;
  if (!someExpr(clock, (part) => isClock(part, changes.language))) return false;
  const judged = momentOf(fact.subject);
  const bounds = usable.flatMap((other) => {
    const [limit] = other.expected;
    if (!limit || other.negated || !['gt', 'gte', 'lt', 'lte'].includes(other.matcher)) return [];
    const low = other.matcher.startsWith('g');
    if (isSame(judged, other.subject, 'subject', changes)) return [{ low, limit }];
    if (isSame(judged, limit, 'subject', changes)) return [{ low: !low, limit: other.subject }];
    // Cut off as before, between clocks that are cut off like that as well.
    if (!was || !isGrowing(was, changes.language)) return [];
    if (isSame(fact.subject, other.subject, 'subject', changes) && keyOf(limit) === keyOf(was)) return [{ low, limit }];
    return isSame(fact.subject, limit, 'subject', changes) && keyOf(other.subject) === keyOf(was)
      ? [{ low: !low, limit: other.subject }]
      : [];
  });
  const [low, high] = [bounds.find((bound) => bound.low), bounds.find((bound) => !bound.low)];
  return (
    low !== undefined &&
    high !== undefined &&
    isMoment(low.limit, was, changes) &&
    isMoment(high.limit, was, changes) &&
    epochOf(low.limit) <= epochOf(high.limit)
  );
}

/** The time itself, before a part of its text was cut out. */
function momentOf(expr: Expr): Expr {
  if (expr.kind === 'call' && expr.callee.kind === 'member' && /^(?:slice|substring|startsWith|startswith|substr)$/.test(expr.callee.name))
    return expr.callee.object;
  return expr;
}

function isMoment(expr: Expr, was: Expr | undefined, changes: Changes): boolean {
  // A moment and so much more is another one, unless that is what was expected.
  if (expr.kind === 'binary' && /^[-+]$/.test(expr.op) && (!was || keyOf(expr) !== keyOf(was))) return false;
  return someExpr(expr, (part) => isClock(part, changes.language) || (part.kind === 'call' && calledName(part) === 'get'));
}

function epochOf(expr: Expr): number {
  const own = expr.kind === 'call' ? (expr.epoch ?? 0) : 0;
  return Math.max(own, ...partsOf(expr).map(epochOf));
}

/** Why an assertion, where it stands now, may not run or not count although it did before. */
function contextProblem(before: Fact, after: Fact, scope: Scope, changes: Changes): string | undefined {
  if (after.soft && !before.soft) return 'is soft: what it finds no longer ends the test';
  if (after.actions < before.actions) return 'stands before an action that it stood behind';
  const had = [...before.contexts];
  for (const context of after.contexts) {
    if (context.kind === 'finally') continue;
    const index = had.findIndex(
      (other) =>
        other.kind === context.kind &&
        (other.key === context.key ||
          context.kind === 'raises' ||
          (other.source &&
            context.source &&
            isSame(other.source, context.source, 'data', { ...changes, anyOrder: !isAboutOrder(scope.name, before.subject) }))),
    );
    if (index >= 0) {
      had.splice(index, 1);
      continue;
    }
    if (context.kind === 'poll') {
      if (isOwnWatch(before.subject, changes)) return 'is tried again until it was fast enough';
      if (isWorthWaiting(scope, before)) continue;
      return 'is tried again until it holds, although nothing in the test makes the value change: a wrong answer would be hidden';
    }
    return MAY_NOT_COUNT[context.kind](context);
  }
  return undefined;
}

/** What the test's own clock measured. */
function isOwnWatch(subject: Expr, { language }: Changes): boolean {
  return someExpr(subject, (part) => part.kind === 'binary' && part.op === '-' && someExpr(part.left, (inner) => isClock(inner, language)));
}

const MAY_NOT_COUNT: Readonly<Record<Exclude<Context['kind'], 'poll' | 'finally'>, (context: Context) => string>> = {
  if: (context) => `runs only under a condition (line ${context.line})`,
  loop: (context) => `stands in a loop that may not run it (line ${context.line})`,
  callback: (context) => `stands in a function that may not be called (line ${context.line})`,
  swallowed: (context) => `stands where its error is caught (line ${context.line})`,
  handler: (context) => `stands in a handler of errors, which may not run (line ${context.line})`,
  dead: (context) => `can no longer be reached (line ${context.line})`,
  unawaited: (context) => `is not awaited (line ${context.line})`,
  raises: (context) => `stands where an error is expected (line ${context.line})`,
};

/** The test did something, waited, or left something running, before it looked: the value may still change. */
function isWorthWaiting(scope: Scope, fact: Fact): boolean {
  if (fact.actions > 0 || fact.contexts.some((context) => context.kind === 'poll' || (context.kind === 'loop' && context.polls)))
    return true;
  return scope.effects.some(
    (effect) => effect.line <= fact.line && (effect.purpose === 'sleep' || effect.purpose === 'action' || effect.purpose === 'poll'),
  );
}
