import type { FixHints } from '../../flakes/api';
import { calledName, type Expr } from '../code';
import { isDuration } from '../implies';
import { isLimitName, LONGEST_TIMEOUT_MS } from '../same-value';
import { givesUp, isUnstable } from '../vocabulary';
import { valueOf } from './names';
import { expressionsIn, statementAt, type Proposal, type Repair, type TestText } from './repair';

/** What was seen was cut off by the limit or close to it; three times leaves room for a machine under load. */
const ROOM = 3;
/** Without anything seen: how much more a limit may give first, and at least. */
const TIMES = 10;
const LEAST_MS = 1_000;
const SEEN_PRIOR = 0.7;
const GENEROUS_PRIOR = 0.55;

/** A limit with room over what was seen, and one that is generous, both bounded. */
export const roomier: Repair = (test, { line }, hints) => {
  const at = statementAt(test, line);
  const scale = test.writing.python ? 1000 : 1;
  const registered = expressionsIn(test.module.body).filter(
    (expr) => expr.kind === 'call' && expr.line === line && /^(?:test|it)$/.test(calledName(expr)),
  );
  return [...new Set([...(at ? expressionsIn([at.stmt]) : []), ...registered])]
    .flatMap((expr) => limitsOf(test, expr))
    .flatMap(({ name, value, number }) => {
      const seconds = test.writing.python && !/ms$/i.test(name);
      const ms = seconds ? number * scale : number;
      const seen = Math.max(ms, ...timesIn(hints));
      const derived = bounded(Math.max(seen * ROOM, LEAST_MS));
      const generous = bounded(Math.max(ms * TIMES, seen * TIMES));
      const written = (limit: number): string => String(seconds ? limit / scale : limit);
      return [...new Set([derived, generous])]
        .filter((limit) => limit > ms)
        .map((limit): Proposal => ({
          title: `Raises ${name} from ${ms} to ${limit} ms`,
          prior: limit === derived ? SEEN_PRIOR : GENEROUS_PRIOR,
          edits: [{ start: value.start, end: value.end, text: written(limit) }],
        }));
    });
};

function bounded(ms: number): number {
  return Math.min(LONGEST_TIMEOUT_MS, Math.ceil(ms / 100) * 100);
}

interface Limit {
  readonly name: string;
  readonly value: Expr;
  readonly number: number;
}

function limitsOf(test: TestText, expr: Expr): Limit[] {
  const limit = (name: string, written: Expr | undefined): Limit[] => {
    const value = written && valueOf(test, written);
    return value?.kind === 'literal' && typeof value.value === 'number' && value.value > 0 ? [{ name, value, number: value.value }] : [];
  };
  if (expr.kind === 'object')
    return expr.entries.flatMap((entry) => (typeof entry.key === 'string' && isLimitName(entry.key) ? limit(entry.key, entry.value) : []));
  if (expr.kind === 'named' && isLimitName(expr.name)) return limit(expr.name, expr.value);
  if (expr.kind === 'binary') {
    // A deadline: the clock and so much more; and a bound on the time that something took.
    if (expr.op === '+' && isUnstable(expr.left, test.module.language)) return limit('the deadline', expr.right);
    if (/^[<>]=?$/.test(expr.op) && isDuration(valueOf(test, expr.left))) return limit('the limit', expr.right);
    return [];
  }
  if (expr.kind !== 'call') return [];
  const name = calledName(expr);
  const [first, second, third] = expr.args;
  if (expr.callee.kind === 'member' && /^(?:setTimeout|timeout|toBeLessThan|toBeLessThanOrEqual)$/.test(name))
    return limit('the limit', first);
  // `setTimeout(() => reject(new Error('late')), 80)`, against which something races.
  if (name === 'setTimeout' && givesUp(first)) return limit('the limit', second);
  if (/^(?:test|it)$/.test(name) && second?.kind === 'function') return limit('the limit', third);
  return [];
}

/** Times in ms that the failures name. */
function timesIn(hints: FixHints): number[] {
  return hints.messages
    .flatMap((message) => [...message.matchAll(/(\d+(?:\.\d+)?)\s*ms\b/g)].map((match) => Number(match[1])))
    .filter((ms) => ms <= LONGEST_TIMEOUT_MS);
}
