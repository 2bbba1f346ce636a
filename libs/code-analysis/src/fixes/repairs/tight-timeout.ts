import type { FixHints } from '../../flakes/api';
import { expressionsIn, statementAt, type Proposal, type Repair } from './repair';
import { isLimitName, LONGEST_TIMEOUT_MS } from '../same-value';
import type { Expr } from '../code';

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
  if (!at) return [];
  const scale = test.writing.python ? 1000 : 1;
  return expressionsIn([at.stmt])
    .flatMap((expr) => limitsOf(expr))
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

function limitsOf(expr: Expr): { readonly name: string; readonly value: Expr; readonly number: number }[] {
  const limit = (name: string, value: Expr): { name: string; value: Expr; number: number }[] =>
    value.kind === 'literal' && typeof value.value === 'number' ? [{ name, value, number: value.value }] : [];
  if (expr.kind === 'object')
    return expr.entries.flatMap((entry) => (typeof entry.key === 'string' && isLimitName(entry.key) ? limit(entry.key, entry.value) : []));
  if (expr.kind === 'named' && isLimitName(expr.name)) return limit(expr.name, expr.value);
  if (
    expr.kind === 'call' &&
    expr.callee.kind === 'member' &&
    /^(?:setTimeout|timeout|toBeLessThan|toBeLessThanOrEqual)$/.test(expr.callee.name) &&
    expr.args[0]
  )
    return limit('the limit', expr.args[0]);
  return [];
}

/** Times in ms that the failures name. */
function timesIn(hints: FixHints): number[] {
  return hints.messages
    .flatMap((message) => [...message.matchAll(/(\d+(?:\.\d+)?)\s*ms\b/g)].map((match) => Number(match[1])))
    .filter((ms) => ms <= LONGEST_TIMEOUT_MS);
}
