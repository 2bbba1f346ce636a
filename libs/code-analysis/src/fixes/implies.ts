import type { Claim } from './assertions';
import { made, partsOf, pathOf, someExpr, type Expr } from './code';
import { keyOf } from './code-key';
import { isSame, LONGEST_TIMEOUT_MS, type Changes } from './same-value';
import { isTextual, unsorted } from './sorting';
import { isUnstable } from './vocabulary';

/** Decimals below which a tolerance would also let a wrong amount of money pass. */
const FEWEST_DIGITS = 2;
/** What a measured time may differ from the one that was asserted, as a share of it. */
const WIDEST_DURATION = 0.5;
const WIDEST_RELATIVE = 1e-3;

/** The claims of `after` that together say at least what `before` says; else what is missing. `all` may stand for several assertions, as a list's length does. */
export function missingFrom(
  before: Claim,
  after: readonly Claim[],
  changes: Changes,
  sortedIsSaid: boolean,
  all: readonly Claim[] = after,
): { readonly claims: readonly Claim[] } | { readonly why: string } {
  let why = 'it is no longer there';
  for (const claim of after) {
    const trial = { ...changes, values: new Map(changes.values) };
    const plain = unsorted(claim.subject);
    const was = unsorted(before.subject);
    const subject = isSame(before.subject, claim.subject, 'subject', trial);
    const sorted = !subject && plain.sorted && isSame(was.base, plain.base, 'subject', trial);
    if (!subject && !sorted) {
      if (
        claim.matcher === before.matcher &&
        claim.expected.length > 0 &&
        claim.expected.map(keyOf).join() === before.expected.map(keyOf).join()
      )
        why = `it is now asserted of something else (line ${claim.subject.line})`;
      continue;
    }
    if (sorted && !was.sorted) {
      if (sortedIsSaid && before.matcher !== 'length') {
        why = 'the order that the test is about is no longer asserted';
        continue;
      }
      if (!sameSorted(before, claim, trial)) {
        why = `it is asserted of a sorted list, but not with the same elements`;
        continue;
      }
      return { claims: [claim] };
    }
    const weaker = weakness(before, claim, trial);
    if (weaker === undefined) {
      for (const [key, value] of trial.values) changes.values.set(key, value);
      return { claims: [claim] };
    }
    if (claim.matcher === before.matcher || why === 'it is no longer there') why = weaker;
  }
  const ofSorted = sortedIsSaid && before.matcher !== 'length' ? undefined : afterSorting(before, after, changes);
  if (ofSorted) return { claims: [ofSorted] };
  const anywhere = sortedIsSaid ? undefined : asAnywhere(before, all, changes);
  if (anywhere) return { claims: anywhere };
  const together = asAnyOrder(
    before,
    all.filter((claim) => isSame(before.subject, claim.subject, 'subject', { ...changes, values: new Map(changes.values) })),
    changes,
  );
  if (together && !sortedIsSaid) return { claims: together };
  return { why };
}

/** The same, of a list that is sorted by now: by position, by number, by what is in it. */
function afterSorting(before: Claim, after: readonly Claim[], changes: Changes): Claim | undefined {
  return after.find((claim) => {
    const trial: Changes = { ...changes, values: new Map(changes.values), anyOrder: true };
    return isSame(before.subject, claim.subject, 'subject', trial) && weakness(before, claim, trial) === undefined;
  });
}

/** What `claim` says less than `before`, in words. The subjects are the same. */
function weakness(before: Claim, claim: Claim, changes: Changes): string | undefined {
  const sameExpected = (): boolean =>
    before.expected.length === claim.expected.length &&
    before.expected.every((value, index) => {
      const other = claim.expected[index];
      return other !== undefined && isSame(value, other, 'expected', changes);
    });
  if (before.negated !== claim.negated) {
    if (before.negated && !claim.negated && isOther(before, claim)) return undefined;
    return 'it is asserted the other way round, or not denied any more';
  }
  const [was] = before.expected;
  const [is] = claim.expected;
  if (before.matcher === claim.matcher) {
    switch (before.matcher) {
      case 'equal':
        if (!was || !is) return 'what is expected is missing';
        if (claim.strength < before.strength && !isPlain(was)) return 'it is compared less strictly';
        if (isSame(was, is, 'expected', changes)) return undefined;
        return closeInside(before.subject, was, is, changes) ? undefined : `what is expected changed from ${shown(was)} to ${shown(is)}`;
      case 'gt':
      case 'gte':
        return sameExpected() || (before.negated ? false : numeric(is) >= numeric(was))
          ? undefined
          : `its bound is wider: ${shown(was)} became ${shown(is)}`;
      case 'lt':
      case 'lte':
        return sameExpected() || (before.negated ? false : numeric(is) <= numeric(was)) || isOwnLimit(before.subject, is)
          ? undefined
          : `its bound is wider: ${shown(was)} became ${shown(is)}`;
      case 'close':
        return sameExpected() || (was && is && isSame(was, is, 'expected', changes) && digits(claim) >= digits(before))
          ? undefined
          : 'its tolerance is wider';
      case 'delta':
        return sameExpected() ||
          (was && is && isSame(was, is, 'expected', changes) && numeric(claim.expected[1]) <= numeric(before.expected[1]))
          ? undefined
          : 'its tolerance is wider';
      case 'status':
        return statuses(is).length > 0 && statuses(is).every((status) => statuses(was).includes(status))
          ? undefined
          : sameExpected()
            ? undefined
            : `the statuses that pass went from ${shown(was)} to ${shown(is)}`;
      case 'throws':
        return sameExpected() || before.expected.length === 0 ? undefined : 'the error that is expected is less exact';
      default:
        if (
          was &&
          is &&
          before.expected.length === claim.expected.length &&
          before.matcher === 'assertJson' &&
          closeInside(before.subject, was, is, changes)
        )
          return undefined;
        return sameExpected() || before.expected.length === 0 ? undefined : `what is expected changed from ${shown(was)} to ${shown(is)}`;
    }
  }
  if (claim.matcher === 'throws' || before.matcher === 'throws') return 'it asserts something else';
  if (before.matcher === 'equal' && !before.negated && was) {
    const tolerance = toleranceWeakness(before, claim, changes);
    if (tolerance !== 'none') return tolerance;
    if (claim.matcher === 'match' && !claim.negated && is && isSameButForTimes(was, is)) return undefined;
  }
  // Equal to something that the weaker claim holds for.
  if (claim.matcher === 'equal' && is && claim.strength >= 1 && !claim.negated && impliedByValue(before, is)) return undefined;
  if (
    before.matcher === 'assertOk' &&
    claim.matcher === 'status' &&
    statuses(is).length > 0 &&
    statuses(is).every((status) => status >= 200 && status < 300)
  )
    return undefined;
  if (before.matcher === 'truthy' && ['length', 'contain', 'gt', 'match'].includes(claim.matcher)) return undefined;
  const stricter: Readonly<Record<string, string>> = { gte: 'gt', lte: 'lt' };
  if (stricter[before.matcher] === claim.matcher && sameExpected()) return undefined;
  if (before.matcher === 'same set' && claim.matcher === 'members' && sameExpected()) return undefined;
  return `${named(before.matcher)} became ${named(claim.matcher)}, which lets more pass`;
}

/** How long something may take by the test's own watch is a time-out like others, and may be raised as they may. */
function isOwnLimit(subject: Expr, limit: Expr | undefined): boolean {
  return (
    subject.kind === 'binary' &&
    subject.op === '-' &&
    (isUnstable(subject, 'typescript') || isUnstable(subject, 'python')) &&
    numeric(limit) <= LONGEST_TIMEOUT_MS
  );
}

/** 'none' when no tolerance is meant. */
function toleranceWeakness(before: Claim, claim: Claim, changes: Changes): string | undefined {
  const [was] = before.expected;
  const [is] = claim.expected;
  if (!was || !is) return 'none';
  if (!['close', 'delta', 'approx', 'almost', 'isclose'].includes(claim.matcher)) return 'none';
  if (!isSame(was, is, 'expected', changes)) return `what is expected changed from ${shown(was)} to ${shown(is)}`;
  if (!isInexact(before.subject, was)) return `a tolerance was added although ${shown(was)} is exact by nature`;
  if (claim.matcher === 'close')
    return digits(claim) >= Math.max(FEWEST_DIGITS, 0) ? undefined : 'its tolerance is wider than the second decimal';
  const [, second] = claim.expected;
  const size = Math.abs(numeric(was));
  if (claim.matcher === 'delta') return isNarrow(numeric(second), size, before) ? undefined : 'its tolerance is too wide';
  const option = claim.expected
    .slice(1)
    .flatMap((arg) =>
      arg.kind === 'named' ? [[arg.name, numeric(arg.value)] as const] : arg.kind === 'literal' ? [['places', numeric(arg)] as const] : [],
    );
  for (const [name, value] of option) {
    if (name === 'places' && !(value >= FEWEST_DIGITS)) return 'its tolerance is wider than the second decimal';
    if (name === 'delta' && !isNarrow(value, size, before)) return 'its tolerance is too wide';
    if (/^(?:rel|rel_tol)$/.test(name) && !(value <= WIDEST_RELATIVE)) return 'its tolerance is too wide';
    if (/^(?:abs|abs_tol)$/.test(name) && !isNarrow(value, size, before)) return 'its tolerance is too wide';
  }
  return undefined;
}

/** A text that names how long something took, matched whole with any number in that place: `/^3 rows in \\d+ ms$/`. */
function isSameButForTimes(text: Expr, pattern: Expr): boolean {
  if (text.kind !== 'literal' || typeof text.value !== 'string' || pattern.kind !== 'regex' || pattern.flags !== '') return false;
  const times = text.value.split(/(\d+(?:\.\d+)?)(?=\s?(?:ms|s|sec|secs|seconds|milliseconds)\b)/);
  const wanted = times.map((part, index) => (index % 2 === 0 ? part.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`) : '#')).join('');
  return (
    times.length > 1 &&
    pattern.source.replaceAll(/\\d\+|\[\\d\.\]\+|\[0-9\]\+/g, '#').replaceAll(/\\\//g, '/') ===
      `^${wanted.replaceAll(String.raw`\/`, '/')}$`
  );
}

function isNarrow(tolerance: number, size: number, before: Claim): boolean {
  if (isDuration(before.subject)) return tolerance <= Math.max(size * WIDEST_DURATION, 0);
  return tolerance <= 10 ** -FEWEST_DIGITS;
}

function digits(claim: Claim): number {
  const second = claim.expected[1];
  // Jest's default is 2.
  return second === undefined ? 2 : numeric(second);
}

/** Arithmetic with fractions, or a measured time. */
function isInexact(subject: Expr, expected: Expr): boolean {
  if (isDuration(subject)) return true;
  const fraction = (expr: Expr): boolean => expr.kind === 'literal' && typeof expr.value === 'number' && !Number.isInteger(expr.value);
  const arithmetic = (expr: Expr): boolean =>
    (expr.kind === 'binary' && (expr.op === '/' || (/^[-+*]$/.test(expr.op) && someExpr(expr, fraction)))) ||
    (expr.kind === 'call' && /^(?:Math|math)\.(?:sqrt|sin|cos|tan|exp|log\w*|pow|cbrt|hypot|atan2?)$/.test(pathOf(expr.callee) ?? ''));
  return fraction(expected) || someExpr(expected, arithmetic) || someExpr(subject, arithmetic);
}

/** By its words: `average`, `items` and `stock.remaining` name no time. */
function namesTime(name: string): boolean {
  const words = name
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_')
    .toLowerCase()
    .split('_');
  const said = words.join(' ');
  if (/timeout|time out/.test(said)) return false;
  if (/(?:^| )(?:duration|elapsed|latency|took|ms|millis|milliseconds|ttl|uptime|expires ?in|time ?left)$/.test(said)) return true;
  return (
    /(?:^| )(?:age|remaining|left|seconds|secs)$/.test(said) &&
    /(?:^| )(?:time|seconds|secs|ms|minutes|cache|token|session|lock)(?: |$)/.test(said)
  );
}

export function isDuration(subject: Expr): boolean {
  if (subject.kind === 'binary' && subject.op === '-' && isUnstable(subject, 'typescript')) return true;
  if (subject.kind === 'binary' && subject.op === '-' && isUnstable(subject, 'python')) return true;
  return (subject.kind === 'member' || subject.kind === 'name') && namesTime(subject.name);
}

/** Inside a list or object: the same but for `expect.closeTo` where a number is inexact. */
function closeInside(subject: Expr, was: Expr, is: Expr, changes: Changes): boolean {
  if (isSame(was, is, 'expected', changes)) return true;
  if (is.kind === 'call' && /(?:^|\.)(?:closeTo|approx)$/.test(pathOf(is.callee) ?? '') && is.args[0])
    return (
      isSame(was, is.args[0], 'expected', changes) &&
      isInexact(subject, was) &&
      (is.args[1] === undefined || numeric(is.args[1]) >= FEWEST_DIGITS)
    );
  if (was.kind === 'object' && is.kind === 'object')
    return (
      was.entries.length === is.entries.length &&
      was.entries.every((entry) => {
        const other = is.entries.find((one) => typeof one.key === 'string' && one.key === entry.key);
        return other !== undefined && closeInside(entry.value, entry.value, other.value, changes);
      })
    );
  if (was.kind === 'list' && is.kind === 'list')
    return (
      was.items.length === is.items.length &&
      was.items.every((item, index) => is.items[index] !== undefined && closeInside(item, item, is.items[index] ?? item, changes))
    );
  return false;
}

// -- order -----------------------------------------------------------------

function sameSorted(before: Claim, claim: Claim, changes: Changes): boolean {
  const [was] = before.expected;
  const [is] = claim.expected;
  if (before.matcher !== claim.matcher || before.negated !== claim.negated || !was || !is) return false;
  if (before.matcher === 'members') return isSame(was, unsorted(is).base, 'expected', changes);
  if (before.matcher !== 'equal' || claim.strength < before.strength) return false;
  const [from, to] = [unwritten(unsorted(was).base), unwritten(unsorted(is).base)];
  // The sorted letters of a text say less than the text.
  if (unsorted(is).sorted && isSame(from, to, 'expected', changes)) return !isTextual(from) && !isTextual(unsorted(before.subject).base);
  if (from.kind === 'literal' && to.kind === 'literal' && typeof from.value === 'string' && typeof to.value === 'string')
    return lettersOf(from.value) === lettersOf(to.value);
  if (from.kind !== 'list' || to.kind !== 'list') return false;
  return sameElements(from.items, to.items, changes);
}

/** The list in `JSON.stringify(['a', 'b'])`. */
function unwritten(expr: Expr): Expr {
  const [only] = expr.kind === 'call' && pathOf(expr.callee) === 'JSON.stringify' ? expr.args : [];
  return only?.kind === 'list' ? only : expr;
}

/** Of a joined list: the same pieces in any order. */
function lettersOf(text: string): string {
  return text
    .split(/[^\p{L}\p{N}_.-]+/u)
    .toSorted()
    .join(' ');
}

function sameElements(before: readonly Expr[], after: readonly Expr[], changes: Changes): boolean {
  const rest = [...after];
  for (const item of before) {
    const index = rest.findIndex((other) => isSame(item, other, 'expected', changes));
    if (index < 0) return false;
    rest.splice(index, 1);
  }
  return rest.length === 0;
}

/** `items[0].name` to be x, said as `items.some((item) => item.name === x)` where the number of items is asserted as well. */
function asAnywhere(before: Claim, claims: readonly Claim[], changes: Changes): readonly Claim[] | undefined {
  const [was] = before.expected;
  const path: string[] = [];
  let at = before.subject;
  while (at.kind === 'member') {
    path.unshift(at.name);
    at = at.object;
  }
  const list = listOfPosition(at);
  if (before.matcher !== 'equal' || before.negated || !was || !list || path.length === 0) return undefined;
  const counted = claims.find(
    (claim) => claim.matcher === 'length' && !claim.negated && isSame(list, unsorted(claim.subject).base, 'subject', changes),
  );
  const found = claims.find((claim) => {
    const subject = claim.matcher === 'truthy' && !claim.negated ? claim.subject : undefined;
    if (
      subject?.kind !== 'call' ||
      subject.callee.kind !== 'member' ||
      !/^(?:some|find)$/.test(subject.callee.name) ||
      !isSame(list, subject.callee.object, 'subject', changes)
    )
      return false;
    const [by] = subject.args;
    if (by?.kind !== 'lambda' || by.body.kind !== 'binary' || by.body.op !== '===') return false;
    const { left, right } = by.body;
    return (
      keyOf(left).endsWith(`.${path.join('.')}`) &&
      left.kind === 'member' &&
      someExpr(left, (part) => part.kind === 'parameter') &&
      isSame(was, right, 'expected', changes)
    );
  });
  return counted && found ? [found] : undefined;
}

/** `items` of `items[0]` and `items.at(0)`. */
export function listOfPosition(expr: Expr): Expr | undefined {
  if (expr.kind === 'index') return expr.index.kind === 'literal' && typeof expr.index.value === 'number' ? expr.object : undefined;
  if (expr.kind !== 'call' || expr.callee.kind !== 'member' || expr.callee.name !== 'at') return undefined;
  return expr.args[0]?.kind === 'literal' && typeof expr.args[0].value === 'number' ? expr.callee.object : undefined;
}

/** A list in any order, said by several claims or by a matcher of its own: the same elements, and no more of them. */
function asAnyOrder(before: Claim, claims: readonly Claim[], changes: Changes): readonly Claim[] | undefined {
  const [was] = before.expected;
  if (before.matcher !== 'equal' || before.negated || !was) return undefined;
  const wanted = unsorted(was).base;
  const members = claims.find(
    (claim) =>
      claim.matcher === 'members' &&
      !claim.negated &&
      claim.expected[0] &&
      isSame(wanted, unsorted(claim.expected[0]).base, 'expected', changes),
  );
  if (members) return [members];
  if (wanted.kind !== 'list' || wanted.items.some((item) => item.kind === 'spread')) return undefined;
  // With an element twice neither the set nor `arrayContaining` would see that another is missing.
  if (new Set(wanted.items.map(keyOf)).size !== wanted.items.length) return undefined;
  const length = claims.find(
    (claim) =>
      claim.matcher === 'length' && !claim.negated && keyOf(claim.expected[0] ?? wanted) === keyOf(made.literal(wanted.items.length)),
  );
  if (!length) return undefined;
  const containing = claims.find((claim) => {
    const [is] = claim.expected;
    const list = is?.kind === 'call' && /(?:^|\.)arrayContaining$/.test(pathOf(is.callee) ?? '') ? is.args[0] : undefined;
    return claim.matcher === 'equal' && !claim.negated && list?.kind === 'list' && sameElements(wanted.items, list.items, changes);
  });
  if (containing) return [length, containing];
  const each = wanted.items.map((item) =>
    claims.find(
      (claim) => claim.matcher === 'contain' && !claim.negated && claim.expected[0] && isSame(item, claim.expected[0], 'expected', changes),
    ),
  );
  return each.every((claim) => claim !== undefined) ? [length, ...each] : undefined;
}

// -- values ----------------------------------------------------------------

function isPlain(expr: Expr): boolean {
  return (expr.kind === 'literal' && expr.value !== undefined) || expr.kind === 'template';
}

function numeric(expr: Expr | undefined): number {
  return expr?.kind === 'literal' && typeof expr.value === 'number' ? expr.value : Number.NaN;
}

function statuses(expr: Expr | undefined): number[] {
  if (!expr) return [];
  const items = expr.kind === 'list' ? expr.items : [expr];
  const numbers = items.map(numeric);
  return numbers.some(Number.isNaN) ? [] : numbers;
}

/** Not equal to a, said by equal to b. */
function isOther(before: Claim, claim: Claim): boolean {
  const [was] = before.expected;
  const [is] = claim.expected;
  if (before.matcher === 'equal' && claim.matcher === 'equal' && was && is && claim.strength >= 2)
    return (
      (was.kind === 'literal' && is.kind === 'literal' && was.value !== is.value) ||
      (was.kind === 'literal' && (is.kind === 'list' || is.kind === 'object' || is.kind === 'template'))
    );
  return false;
}

function impliedByValue(before: Claim, value: Expr): boolean {
  const literal = value.kind === 'literal' ? value.value : undefined;
  switch (before.matcher) {
    case 'truthy':
      return before.negated
        ? value.kind === 'literal' && !literal
        : (value.kind === 'literal' && Boolean(literal)) || value.kind === 'list' || value.kind === 'object';
    case 'gt':
      return typeof literal === 'number' && literal > numeric(before.expected[0]);
    case 'gte':
      return typeof literal === 'number' && literal >= numeric(before.expected[0]);
    case 'lt':
      return typeof literal === 'number' && literal < numeric(before.expected[0]);
    case 'lte':
      return typeof literal === 'number' && literal <= numeric(before.expected[0]);
    case 'length':
      return (
        value.kind === 'list' &&
        !before.negated &&
        !value.items.some((item) => item.kind === 'spread') &&
        value.items.length === numeric(before.expected[0])
      );
    case 'contain': {
      const [part] = before.expected;
      if (before.negated || !part) return false;
      if (typeof literal === 'string' && part.kind === 'literal') return literal.includes(String(part.value));
      return value.kind === 'list' && value.items.some((item) => keyOf(item) === keyOf(part));
    }
    case 'match': {
      const [pattern] = before.expected;
      if (before.negated || typeof literal !== 'string' || pattern?.kind !== 'regex') return false;
      return pattern.source === literal;
    }
    default:
      return false;
  }
}

function named(matcher: string): string {
  const words: Readonly<Record<string, string>> = {
    equal: 'an equality',
    truthy: 'a truthiness',
    contain: 'a containment',
    gt: 'a lower bound',
    gte: 'a lower bound',
    lt: 'an upper bound',
    lte: 'an upper bound',
    length: 'a length',
    status: 'a status',
    match: 'a pattern',
  };
  return words[matcher] ?? `"${matcher}"`;
}

const LONGEST_SHOWN = 80;

function shown(expr: Expr | undefined): string {
  const key = expr ? keyOf(expr) : 'nothing';
  return key.length > LONGEST_SHOWN ? `${key.slice(0, LONGEST_SHOWN - 1)}…` : key;
}

/** The order of a result is what the test is about, by its name or by what it asks for. */
export function isAboutOrder(name: string, subject: Expr): boolean {
  const said = (text: string): boolean =>
    /\bsort(?:ed|s|ing)?\b|[?&_]sort|order(?:ed)?[ _-]?by|\bin order\b|\bordering\b|\bnewest\b|\blatest first\b|\boldest\b|ascending|descending|chronolog|alphabetical|\brank(?:ed|ing)?\b|first[- ]in/i.test(
      text.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' '),
    );
  if (said(name)) return true;
  const inSubject = unsorted(subject).base;
  return asks(inSubject);
  function asks(expr: Expr): boolean {
    if (expr.kind === 'literal' && typeof expr.value === 'string' && (said(expr.value) || /[?&](?:sort|order)/i.test(expr.value)))
      return true;
    if (
      expr.kind === 'object' &&
      expr.entries.some((entry) => typeof entry.key === 'string' && /^(?:sort|order|order_?by|sort_?by)$/i.test(entry.key))
    )
      return true;
    return partsOf(expr).some(asks);
  }
}
