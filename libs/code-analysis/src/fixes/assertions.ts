import { camel, made, pathOf, place, type CallExpr, type Expr } from './code';

/** What one assertion says of a value. */
export interface Claim {
  readonly subject: Expr;
  /** One word for all frameworks: `equal`, `truthy`, `gt` ...; a matcher that has no word of ours keeps its own name. */
  readonly matcher: string;
  readonly expected: readonly Expr[];
  readonly negated: boolean;
  /** For `equal`: 3 exact, 2 ignores undefined fields or types, 1 only the fields named. */
  readonly strength: number;
}

/** An assertion as it is written. */
export interface WrittenAssertion {
  /** Whose value is judged: `value` of the subject; `poll` what its function returns, until it fits; `pass` a function that must come not to throw. */
  readonly form: 'value' | 'poll' | 'pass' | 'raises' | 'request';
  readonly subject: Expr;
  readonly matcher: string;
  readonly expected: readonly Expr[];
  readonly negated: boolean;
  readonly mode: 'resolves' | 'rejects' | undefined;
  readonly soft: boolean;
  /** The framework gives a promise: without `await` nothing is asserted. */
  readonly needsAwait: boolean;
  /** Options that it was given, such as a time-out. */
  readonly options: readonly Expr[];
}

const WEB_FIRST =
  /^(?:toBe(?:Visible|Hidden|Enabled|Disabled|Checked|Attached|Editable|Empty|Focused|InViewport|OK)|toContainText|toContainClass|toHave(?:Text|Value|Values|Count|URL|Title|Attribute|Class|CSS|Id|JSProperty|Screenshot|Role|AccessibleName))$/;

const WORDS: Readonly<Record<string, readonly [matcher: string, strength?: number]>> = {
  toBe: ['equal', 3],
  toStrictEqual: ['equal', 3],
  toEqual: ['equal', 2],
  toMatchObject: ['equal', 1],
  toBeTruthy: ['truthy'],
  toBeFalsy: ['falsy'],
  toBeDefined: ['defined'],
  toBeUndefined: ['undefined'],
  toBeNull: ['null'],
  toBeNone: ['null'],
  toHaveLength: ['length'],
  toContain: ['contain'],
  toContainEqual: ['contain'],
  toMatch: ['match'],
  toBeGreaterThan: ['gt'],
  toBeGreaterThanOrEqual: ['gte'],
  toBeLessThan: ['lt'],
  toBeLessThanOrEqual: ['lte'],
  toBeCloseTo: ['close'],
  toBeInstanceOf: ['instance'],
  toThrow: ['throws'],
  toThrowError: ['throws'],
  toIncludeSameMembers: ['members'],
  toHaveProperty: ['property'],
};
/** Of chai, after the words that only read well are left out. */
const CHAI: Readonly<Record<string, readonly [matcher: string, strength?: number]>> = {
  equal: ['equal', 3],
  equals: ['equal', 3],
  eq: ['equal', 3],
  'deep.equal': ['equal', 3],
  'deep.equals': ['equal', 3],
  'deep.eq': ['equal', 3],
  eql: ['equal', 3],
  include: ['contain'],
  includes: ['contain'],
  contain: ['contain'],
  contains: ['contain'],
  'deep.include': ['contain'],
  length: ['length'],
  lengthOf: ['length'],
  above: ['gt'],
  gt: ['gt'],
  greaterThan: ['gt'],
  least: ['gte'],
  gte: ['gte'],
  below: ['lt'],
  lt: ['lt'],
  lessThan: ['lt'],
  most: ['lte'],
  lte: ['lte'],
  closeTo: ['delta'],
  approximately: ['delta'],
  match: ['match'],
  throw: ['throws'],
  throws: ['throws'],
  members: ['members'],
  'deep.members': ['members'],
  'same.members': ['members'],
  instanceOf: ['instance'],
  instanceof: ['instance'],
  property: ['property'],
  true: ['true'],
  false: ['false'],
  null: ['null'],
  undefined: ['undefined'],
  ok: ['truthy'],
  exist: ['exists'],
  empty: ['empty'],
  fulfilled: ['fulfilled'],
  rejected: ['rejected'],
  rejectedWith: ['throws'],
};
const CHAI_FILLERS = new Set([
  'to',
  'be',
  'been',
  'is',
  'that',
  'which',
  'and',
  'has',
  'have',
  'with',
  'at',
  'of',
  'does',
  'still',
  'also',
  'a',
  'an',
]);
const NODE: Readonly<Record<string, readonly [matcher: string, strength?: number, negated?: boolean]>> = {
  ok: ['truthy'],
  isOk: ['truthy'],
  equal: ['equal', 2],
  strictEqual: ['equal', 3],
  deepEqual: ['equal', 2],
  deepStrictEqual: ['equal', 3],
  partialDeepStrictEqual: ['equal', 1],
  notEqual: ['equal', 2, true],
  notStrictEqual: ['equal', 3, true],
  notDeepEqual: ['equal', 2, true],
  notDeepStrictEqual: ['equal', 3, true],
  match: ['match'],
  doesNotMatch: ['match', undefined, true],
  throws: ['throws'],
  rejects: ['throws'],
  lengthOf: ['length'],
  include: ['contain'],
  isTrue: ['true'],
  isFalse: ['false'],
  isNull: ['null'],
  isUndefined: ['undefined'],
  isDefined: ['defined'],
  isAbove: ['gt'],
  isBelow: ['lt'],
  isAtLeast: ['gte'],
  isAtMost: ['lte'],
  sameMembers: ['members'],
  sameDeepMembers: ['members'],
  closeTo: ['delta'],
  approximately: ['delta'],
};
const UNITTEST: Readonly<Record<string, readonly [matcher: string, strength?: number, negated?: boolean]>> = {
  assertEqual: ['equal', 3],
  assertEquals: ['equal', 3],
  assertDictEqual: ['equal', 3],
  assertListEqual: ['equal', 3],
  assertNotEqual: ['equal', 3, true],
  assertIs: ['equal', 3],
  assertIsNot: ['equal', 3, true],
  assertTrue: ['truthy'],
  assertFalse: ['falsy'],
  assertIsNone: ['null'],
  assertIsNotNone: ['null', undefined, true],
  assertIn: ['in'],
  assertNotIn: ['in', undefined, true],
  assertGreater: ['gt'],
  assertGreaterEqual: ['gte'],
  assertLess: ['lt'],
  assertLessEqual: ['lte'],
  assertAlmostEqual: ['almost'],
  assertCountEqual: ['members'],
  assertRegex: ['match'],
  assertIsInstance: ['instance'],
};
/** Assertions of native modules; the answer is their subject. */
const NATIVE = /^assert(?:Status|Ok|Json|Header|Schema)$/;

/** An assertion by a call or, with chai, by a property. Undefined for anything else. */
export function assertionOf(expr: Expr): WrittenAssertion | undefined {
  const call = expr.kind === 'call' ? expr : undefined;
  const callee = call ? call.callee : expr;
  const plain = (given: Partial<WrittenAssertion> & Pick<WrittenAssertion, 'subject' | 'matcher'>): WrittenAssertion => ({
    form: 'value',
    expected: [],
    negated: false,
    mode: undefined,
    soft: false,
    needsAwait: false,
    options: [],
    ...given,
  });
  const links: string[] = [];
  let root = callee;
  while (root.kind === 'member') {
    links.unshift(root.name);
    root = root.object;
    if (root.kind === 'call' && isExpect(root)) return expectation(root, links, call, plain);
  }
  if (links.includes('should') && links.indexOf('should') < links.length - (call ? 0 : 1)) return should(callee, call, plain);
  if (!call) return undefined;
  const path = pathOf(callee) ?? '';
  const [first, ...rest] = call.args;
  const last = camel(path.split('.').at(-1) ?? '');
  if (first && /^(?:page|\w+)\.assert\w+$/.test(camel(path)) && NATIVE.test(last))
    return plain({ subject: first, matcher: last, expected: rest });
  if (first && path.startsWith('self.assert')) {
    const word = UNITTEST[path.slice(5)];
    if (word) return unittest(word, first, rest, plain);
  }
  if (first && (path === 'assert' || /(?:^|\.)assert$/.test(path))) return plain({ subject: first, matcher: 'truthy' });
  if (first && /^(?:assert|chai\.assert|t\.assert)(?:\.strict)?\.\w+$/.test(path)) {
    const word = NODE[path.split('.').at(-1) ?? ''];
    if (word) {
      const [matcher, strength, negated = false] = word;
      const form = matcher === 'throws' ? 'raises' : 'value';
      return plain({
        subject: first,
        matcher: named(matcher, strength),
        expected: expectedOf(matcher, rest),
        negated,
        form,
        needsAwait: path.endsWith('.rejects'),
      });
    }
  }
  if (callee.kind === 'member' && callee.name === 'expect' && callee.object.kind === 'call')
    return plain({ form: 'request', subject: callee.object, matcher: 'request', expected: call.args });
  return undefined;
}

type Plain = (given: Partial<WrittenAssertion> & Pick<WrittenAssertion, 'subject' | 'matcher'>) => WrittenAssertion;

function isExpect(call: CallExpr): boolean {
  const path = pathOf(call.callee) ?? '';
  return /^(?:(?:\w+\.)?expect|expect\.(?:soft|poll|configure\(\)))$/.test(path);
}

function expectation(root: CallExpr, links: readonly string[], call: CallExpr | undefined, plain: Plain): WrittenAssertion | undefined {
  const [subject, ...options] = root.args;
  if (!subject) return undefined;
  const path = pathOf(root.callee) ?? '';
  const negated = links.filter((link) => link === 'not' || link === 'not_').length % 2 === 1;
  const mode: WrittenAssertion['mode'] = links.includes('resolves') ? 'resolves' : links.includes('rejects') ? 'rejects' : undefined;
  const words = links.filter((link) => !['not', 'not_', 'resolves', 'rejects', 'eventually'].includes(link));
  const last = camel(words.at(-1) ?? '');
  const args = call?.args ?? [];
  const poll = path.endsWith('.poll');
  const base = { subject, negated, mode, soft: path.endsWith('.soft'), options };
  if (words.length === 1 && call && last === 'toPass')
    return plain({ ...base, form: 'pass', matcher: 'pass', options: args, needsAwait: true });
  if (words.length === 1 && call && /^to[A-Z]/.test(last)) {
    const word = WORDS[last];
    const needsAwait = poll || mode !== undefined || WEB_FIRST.test(last);
    const form = poll ? 'poll' : word?.[0] === 'throws' && mode === undefined ? 'raises' : 'value';
    return plain({ ...base, form, matcher: word ? named(word[0], word[1]) : last, expected: args, needsAwait });
  }
  const phrase = words.filter((link) => !CHAI_FILLERS.has(link)).join('.');
  const word = CHAI[phrase] ?? (call && /(?:^|\.)an?$/.test(words.join('.')) ? (['type'] as const) : undefined);
  if (!word)
    return call ? plain({ ...base, matcher: `chai ${phrase}`, expected: args, needsAwait: links.includes('eventually') }) : undefined;
  return plain({
    ...base,
    form: word[0] === 'throws' && !links.includes('eventually') ? 'raises' : 'value',
    matcher: named(word[0], word[1]),
    expected: expectedOf(word[0], args),
    needsAwait: poll || links.includes('eventually') || /^(?:fulfilled|rejected)/.test(phrase),
  });
}

function should(callee: Expr, call: CallExpr | undefined, plain: Plain): WrittenAssertion | undefined {
  const links: string[] = [];
  let root = callee;
  while (root.kind === 'member' && root.name !== 'should') {
    links.unshift(root.name);
    root = root.object;
  }
  if (root.kind !== 'member') return undefined;
  const phrase = links.filter((link) => link !== 'not' && !CHAI_FILLERS.has(link)).join('.');
  const word = CHAI[phrase];
  return plain({
    subject: root.object,
    matcher: word ? named(word[0], word[1]) : `chai ${phrase}`,
    expected: call?.args ?? [],
    negated: links.includes('not'),
  });
}

function unittest(word: readonly [string, number?, boolean?], first: Expr, rest: readonly Expr[], plain: Plain): WrittenAssertion {
  const [matcher, strength, negated = false] = word;
  const [second] = rest;
  // assertIn(member, container): the container is what is judged.
  if (matcher === 'in' && second) return plain({ subject: second, matcher: 'contain', expected: [first], negated });
  return plain({ subject: first, matcher: named(matcher, strength), expected: expectedOf(matcher, rest), negated });
}

/** The message at the end of an assertion's arguments is no expectation. */
function expectedOf(matcher: string, args: readonly Expr[]): readonly Expr[] {
  if (['truthy', 'falsy', 'true', 'false', 'null', 'undefined', 'defined', 'exists', 'empty'].includes(matcher)) return [];
  if (matcher === 'delta' || matcher === 'property') return args.slice(0, 2);
  if (matcher === 'almost') return args.filter((arg, index) => index === 0 || arg.kind === 'named' || arg.kind === 'literal');
  return args.slice(0, 1);
}

function named(matcher: string, strength: number | undefined): string {
  return strength === undefined ? matcher : `${matcher}${strength}`;
}

const MIRRORED: Readonly<Record<string, string>> = { '>': '<', '<': '>', '>=': '<=', '<=': '>=' };
const ORDER: Readonly<Record<string, string>> = { '>': 'gt', '>=': 'gte', '<': 'lt', '<=': 'lte' };

/** The claims that an assertion makes, taken apart: `a && b` is two, `x === 1` to be true is `x` to equal 1. All values are resolved. */
export function claimsOf(subject: Expr, matcher: string, expected: readonly Expr[], negated: boolean): Claim[] {
  const [first] = expected;
  const claim = (word: string, values: readonly Expr[] = expected, strength = 0, of = subject, not = negated): Claim => ({
    subject: of,
    matcher: word,
    expected: values,
    negated: not,
    strength,
  });
  const strength = /^equal([123])$/.exec(matcher)?.[1];
  const parts = negated ? undefined : fieldsOf(subject, matcher, expected);
  if (parts) return parts;
  if (strength && first) {
    if (first.kind === 'literal' && typeof first.value === 'boolean' && isCondition(subject))
      return condition(subject, first.value !== negated);
    if (subject.kind === 'member' && subject.name === 'length') return [claim('length', [first], 0, subject.object)];
    if (first.kind === 'call' && /(?:^|\.)approx$/.test(pathOf(first.callee) ?? '')) return [claim('approx', first.args)];
    if (first.kind === 'call' && subject.kind === 'call' && asSet(subject) && asSet(first))
      return [claim('same set', [asSet(first) ?? first], 0, asSet(subject) ?? subject)];
    return [claim('equal', [first], Number(strength))];
  }
  switch (matcher) {
    case 'truthy':
      return condition(subject, !negated);
    case 'falsy':
      return condition(subject, negated);
    case 'true':
      return isCondition(subject) ? condition(subject, !negated) : [claim('equal', [made.literal(true, subject)], 3)];
    case 'false':
      return isCondition(subject) ? condition(subject, negated) : [claim('equal', [made.literal(false, subject)], 3)];
    case 'null':
      return [claim('equal', [made.literal(null, subject)], 3)];
    case 'undefined':
      return [claim('equal', [made.literal(undefined, subject)], 3)];
    case 'defined':
      return [claim('equal', [made.literal(undefined, subject)], 3, subject, !negated)];
    case 'exists':
      return [
        claim('equal', [made.literal(null, subject)], 3, subject, !negated),
        claim('equal', [made.literal(undefined, subject)], 3, subject, !negated),
      ];
    case 'toHaveText':
      return [claim('equal', expected.slice(0, 1), 3, ofLocator(subject, 'textContent'))];
    case 'toContainText':
      return [claim('contain', expected.slice(0, 1), 0, ofLocator(subject, 'textContent'))];
    case 'toHaveValue':
      return [claim('equal', expected.slice(0, 1), 3, ofLocator(subject, 'inputValue'))];
    case 'toHaveCount':
      return [claim('equal', expected.slice(0, 1), 3, ofLocator(subject, 'count'))];
    case 'toHaveURL':
      return [claim('equal', expected.slice(0, 1), 3, ofLocator(subject, 'url'))];
    case 'toHaveTitle':
      return [claim('equal', expected.slice(0, 1), 3, ofLocator(subject, 'title'))];
    case 'toBeVisible':
    case 'toBeHidden':
    case 'toBeChecked':
    case 'toBeEnabled':
    case 'toBeDisabled':
      return [claim('truthy', [], 0, ofLocator(subject, matcher.replace(/^toBe/, 'is')))];
    case 'lt':
    case 'lte': {
      const tolerance = first && !negated ? toleranceOf(subject) : undefined;
      return [tolerance && first ? claim('delta', [tolerance.expected, first], 0, tolerance.subject) : claim(matcher)];
    }
    case 'assertStatus':
      return [claim('status', expected.slice(0, 1))];
    default:
      return [claim(matcher)];
  }
}

/** An object of which only the named fields are compared is as many claims as it has fields. */
function fieldsOf(subject: Expr, matcher: string, expected: readonly Expr[]): Claim[] | undefined {
  const [first, options] = expected;
  const body =
    matcher === 'assertJson' && options === undefined
      ? made.call(made.member(subject, 'json', subject), [], subject)
      : matcher === 'equal1'
        ? subject
        : undefined;
  if (!body || first?.kind !== 'object' || first.entries.length === 0) return undefined;
  if (first.entries.some((entry) => typeof entry.key !== 'string' || entry.key === '...')) return undefined;
  return first.entries.flatMap((entry) => {
    const field = made.member(body, typeof entry.key === 'string' ? entry.key : '', entry.value);
    return (
      fieldsOf(field, 'equal1', [entry.value]) ??
      claimsOf(field, entry.value.kind === 'list' || entry.value.kind === 'object' ? 'equal1' : 'equal3', [entry.value], false)
    );
  });
}

/** What `expect(locator).toHaveText(...)` reads: `locator.textContent()`. */
function ofLocator(subject: Expr, read: string): Expr {
  return made.call(made.member(subject, read, subject), [], subject);
}

/** The values of `new Set(values)`, `set(values)`. */
function asSet(expr: Expr): Expr | undefined {
  return expr.kind === 'call' && /^(?:Set|set|frozenset)$/.test(pathOf(expr.callee) ?? '') ? expr.args[0] : undefined;
}

function isCondition(expr: Expr): boolean {
  if (expr.kind === 'binary') return /^(?:[!=]==?|[<>]=?|&&|\|\||in|not in)$/.test(expr.op);
  if (expr.kind === 'unary') return expr.op === '!';
  return (
    expr.kind === 'call' &&
    expr.callee.kind === 'member' &&
    /^(?:includes|some|every|test|isVisible|isHidden|isChecked|isEnabled|isDisabled|isArray)$/.test(expr.callee.name)
  );
}

/** What is claimed when an expression is said to be true, or to be false. */
export function condition(expr: Expr, holds: boolean): Claim[] {
  const one = (subject: Expr, matcher: string, expected: readonly Expr[], negated = !holds, strength = 0): Claim[] => [
    { subject, matcher, expected, negated, strength },
  ];
  if (expr.kind === 'unary' && expr.op === '!') return condition(expr.value, !holds);
  if (expr.kind === 'call' && pathOf(expr.callee) === 'Boolean' && expr.args[0]) return condition(expr.args[0], holds);
  if (expr.kind === 'binary') {
    const { op, left, right } = expr;
    if ((op === '&&' && holds) || (op === '||' && !holds)) return [...condition(left, holds), ...condition(right, holds)];
    const [subject, expected, turned] = left.kind === 'literal' && right.kind !== 'literal' ? [right, left, true] : [left, right, false];
    if (/^[!=]==?$/.test(op)) {
      const negated = op.startsWith('!') === holds;
      return claimsOf(subject, `equal${op.length === 3 ? 3 : 2}`, [expected], negated);
    }
    const order = ORDER[turned ? (MIRRORED[op] ?? op) : op];
    if (order) {
      // Not greater is less or equal: one claim has one form.
      const opposite: Readonly<Record<string, string>> = { gt: 'lte', gte: 'lt', lt: 'gte', lte: 'gt' };
      const tolerance = toleranceOf(subject);
      if (tolerance && (order === 'lt' || order === 'lte') && holds)
        return one(tolerance.subject, 'delta', [tolerance.expected, expected], false);
      return one(subject, holds ? order : (opposite[order] ?? order), [expected], false);
    }
    if (op === 'in') return one(right, 'contain', [left]);
    if (op === 'not in') return one(right, 'contain', [left], holds);
  }
  if (expr.kind === 'call' && expr.callee.kind === 'member') {
    if (expr.callee.name === 'includes' && expr.args[0]) return one(expr.callee.object, 'contain', [expr.args[0]]);
    if (expr.callee.name === 'test' && expr.callee.object.kind === 'regex' && expr.args[0])
      return one(expr.args[0], 'match', [expr.callee.object]);
    if (expr.callee.name === 'isclose' && expr.args[1] && expr.args[0]) return one(expr.args[0], 'isclose', expr.args.slice(1));
  }
  if (expr.kind === 'literal') return one({ ...place(expr), kind: 'literal', value: expr.value }, 'truthy', []);
  return one(expr, 'truthy', []);
}

/** `Math.abs(a - b) < d` says that a is b but for d. */
function toleranceOf(subject: Expr): { subject: Expr; expected: Expr } | undefined {
  if (subject.kind !== 'call' || !/^(?:Math\.)?abs$/.test(pathOf(subject.callee) ?? '')) return undefined;
  const [inner] = subject.args;
  return inner?.kind === 'binary' && inner.op === '-' ? { subject: inner.left, expected: inner.right } : undefined;
}
