import type { FlakePattern } from '@testimony/contracts';
import { calledName, someExpr, walk, type Expr, type Stmt } from '../code';
import { holdsTest } from '../source-edit';
import { isLimitName } from '../same-value';
import { isFromOutside } from '../vocabulary';
import { asserts, changes } from './looks';
import { isSleep } from './hardcoded-sleep';
import { ownFunction, purposeIn, randomIn } from './names';
import { expressionsIn, functionsAround, type TestText } from './repair';

/** Of one pattern in one file. */
const MOST_PLACES = 12;

/**
 * Lines where a test could be flaky in the way of a pattern, for when reading named none: what an attempt fails at is rarely the place to mend. The
 * failing lines come first where the flaw stands in an assertion itself.
 */
export function placesOf(pattern: FlakePattern, test: TestText, failing: readonly number[]): number[] {
  const stmts = statementsOf(test);
  const lines = stmts.filter((stmt) => isPlace(pattern, test, stmt)).map((stmt) => stmt.line);
  const ofAssertion = pattern === 'exact_assertion' || pattern === 'unordered_collection';
  // Where it is known what fails, no other assertion is to be touched.
  const places = failing.length > 0 && ofAssertion ? failing : [...failing, ...lines];
  return [...new Set(places)].slice(0, MOST_PLACES + failing.length);
}

/** Those that do something, whatever they stand in. */
function statementsOf(test: TestText): Stmt[] {
  const found: Stmt[] = [];
  walk(
    test.module.body,
    () => undefined,
    (stmt) => {
      if (stmt.kind !== 'import' && stmt.kind !== 'block' && !holdsTest(stmt)) found.push(stmt);
    },
  );
  return found;
}

function isPlace(pattern: FlakePattern, test: TestText, stmt: Stmt): boolean {
  switch (pattern) {
    case 'hardcoded_sleep':
      return isSleep(stmt, test);
    case 'race_condition':
      return isLoose(test, stmt) || isLookAfterChange(test, stmt);
    case 'time_dependent':
      return callsIn(stmt).some(
        (call) =>
          purposeIn(test, call) === 'clock' ||
          /^(?:toLocale(?:Date|Time)?String|[gs]et(?:FullYear|Month|Date|Day|Hours|Minutes)|strftime)$/.test(calledName(call)),
      );
    case 'random_data':
      return randomIn(test, stmt).length > 0;
    case 'external_dependency':
      return callsIn(stmt).some((call) => isFromOutside(call));
    case 'tight_timeout':
      return hasLimit(stmt);
    case 'exact_assertion':
    case 'unordered_collection':
      return asserts(stmt) && stmt.kind !== 'loop';
    case 'shared_resource':
      return stmt.kind === 'declare' || stmt.kind === 'expression';
    case 'leaked_state':
      return (
        (stmt.kind === 'expression' && stmt.value.kind === 'assign') ||
        (stmt.kind === 'declare' && functionsAround(test, stmt.start).length === 0) ||
        changes(test, [stmt])
      );
  }
}

function callsIn(stmt: Stmt): (Expr & { kind: 'call' })[] {
  return expressionsIn([stmt]).filter((expr): expr is Expr & { kind: 'call' } => expr.kind === 'call');
}

/** A call whose promise nobody takes, or takes later. */
function isLoose(test: TestText, stmt: Stmt): boolean {
  const value = stmt.kind === 'expression' || stmt.kind === 'declare' ? stmt.value : undefined;
  const call = value?.kind === 'unary' && value.op === 'void' ? value.value : value;
  if (call?.kind === 'await') return call.value.kind === 'call' && calledName(call.value) === 'all';
  if (call?.kind !== 'call') return false;
  if (/^(?:start|submit|create_task|forEach|map)$/.test(calledName(call))) return true;
  const own = ownFunction(test, call);
  return (
    !test.writing.python && (own ? own.isAsync : /^(?:then|catch|finally)$/.test(calledName(call)) || purposeIn(test, call) === 'action')
  );
}

/** Where something is looked at right after something was changed. */
function isLookAfterChange(test: TestText, stmt: Stmt): boolean {
  const list = functionsAround(test, stmt.start).at(-1)?.body ?? [];
  const index = list.indexOf(stmt);
  const before = list[index - 1];
  return index > 0 && before !== undefined && changes(test, [before]) && !changes(test, [stmt]);
}

function hasLimit(stmt: Stmt): boolean {
  return (
    (stmt.kind === 'declare' && stmt.target.kind === 'name' && (isLimitName(stmt.target.name) || /limit|budget/i.test(stmt.target.name))) ||
    expressionsIn([stmt]).some(
      (expr) =>
        (expr.kind === 'object' && expr.entries.some((entry) => typeof entry.key === 'string' && isLimitName(entry.key))) ||
        (expr.kind === 'named' && isLimitName(expr.name)) ||
        (expr.kind === 'call' && /^(?:setTimeout|timeout|wait_?for|toBeLessThan(?:OrEqual)?)$/i.test(calledName(expr))) ||
        (expr.kind === 'binary' &&
          /^(?:[<>]=?|\+)$/.test(expr.op) &&
          someExpr(expr, (part) => part.kind === 'call' && /^(?:now|monotonic|time|perf_counter)$/.test(calledName(part)))),
    )
  );
}
