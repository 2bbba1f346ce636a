import { calledName, type Expr, type Stmt } from '../code';
import { isDuration } from '../implies';
import { sourceOf, type SourceEdit } from '../source-edit';
import { valueOf } from './names';
import { expressionsIn, needsExpect, statementAt, type Proposal, type Repair, type TestText } from './repair';

/**
 * Sums of fractions err by some 1e-16 of their size, so that the ninth decimal is far from noise and far from any amount that matters; the sixth
 * serves values that went through a text or a database with fewer digits.
 */
const DIGITS = [9, 6] as const;
const ANY_TIME_PRIOR = 0.7;
const AROUND_TIME_PRIOR = 0.5;
/** A number before a unit of time. */
const TIME_IN_TEXT = /\d+(?=\s?(?:ms|s|sec|seconds|milliseconds)\b)/;
/** Of a time, tried one after the other: a second of some minutes, and a slow machine. */
const TIME_SHARES = [0.01, 0.05] as const;
const PRIORS = [0.8, 0.5] as const;

/** A number with a fraction is compared within a tolerance far below what matters. */
export const toClose: Repair = (test, { line }) => {
  const at = statementAt(test, line);
  if (!at) return [];
  const exact = expressionsIn([at.stmt]);
  return [...exact.flatMap((expr) => [...anyTime(test, expr), ...aroundTime(test, expr)]), ...digitsOf(test, at.stmt)];
};

function digitsOf(test: TestText, stmt: Stmt): Proposal[] {
  return DIGITS.flatMap((digits, index): Proposal[] => {
    const edits = expressionsIn([stmt]).flatMap((expr) => closer(test, expr, digits));
    if (edits.length === 0) return [];
    const imports = edits.some((edit) => edit.text.startsWith('expect.')) ? needsExpect(test) : [];
    if (!imports) return [];
    return [
      { title: `Compares a number with a fraction to ${digits} decimals`, prior: PRIORS[index] ?? 0.5, edits: [...edits, ...imports] },
    ];
  });
}

/** `'3 rows in 1 ms'` is matched whole, with any number for the time that it took. */
function anyTime(test: TestText, expr: Expr): Proposal[] {
  const equality = equalityOf(test, expr);
  if (!equality) return [];
  const { expected, matcher } = equality;
  if (typeof expected.value !== 'string' || !TIME_IN_TEXT.test(expected.value)) return [];
  const pattern = expected.value
    .replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)
    .replaceAll(new RegExp(TIME_IN_TEXT, 'g'), String.raw`\d+`);
  return [
    {
      title: 'Matches the text with any number for the time that it took',
      prior: ANY_TIME_PRIOR,
      edits: [
        { ...matcher, text: 'toMatch' },
        { start: expected.start, end: expected.end, text: `/^${pattern}$/` },
      ],
    },
  ];
}

/** A time that passes while the test looks at it may be a little off. */
function aroundTime(test: TestText, expr: Expr): Proposal[] {
  const equality = equalityOf(test, expr);
  if (!equality) return [];
  const { subject, expected, matcher } = equality;
  const { value } = expected;
  if (typeof value !== 'number' || !isDuration(subject)) return [];
  return TIME_SHARES.map((share) => ({
    title: `Lets a time be off by ${share * 100} %`,
    prior: AROUND_TIME_PRIOR,
    edits: [
      { start: subject.start, end: subject.end, text: `Math.abs(${sourceOf(test.writing.text, subject)} - ${value})` },
      { ...matcher, text: 'toBeLessThanOrEqual' },
      { start: expected.start, end: expected.end, text: String(Math.max(1, Math.ceil(value * share))) },
    ],
  }));
}

/** `expect(subject).toBe(literal)`. */
function equalityOf(
  test: TestText,
  expr: Expr,
):
  | {
      readonly subject: Expr;
      readonly expected: Expr & { kind: 'literal' };
      readonly matcher: { readonly start: number; readonly end: number };
    }
  | undefined {
  if (
    test.writing.python ||
    expr.kind !== 'call' ||
    expr.callee.kind !== 'member' ||
    !/^to(?:Be|Equal|StrictEqual)$/.test(expr.callee.name)
  )
    return undefined;
  const [expected] = expr.args;
  const { object, name, end } = expr.callee;
  const [subject] = object.kind === 'call' && calledName(object) === 'expect' ? object.args : [];
  return subject && expected?.kind === 'literal' ? { subject, expected, matcher: { start: end - name.length, end } } : undefined;
}

function closer(test: TestText, expr: Expr, digits: number): SourceEdit[] {
  const { text, python } = test.writing;
  if (expr.kind === 'call' && /^(?:toBe|toEqual|toStrictEqual)$/.test(calledName(expr)) && expr.callee.kind === 'member') {
    const [expected] = expr.args;
    if (!expected) return [];
    if (isFraction(test, expected)) {
      const name = { start: expr.callee.end - expr.callee.name.length, end: expr.callee.end };
      return [
        { ...name, text: 'toBeCloseTo' },
        { start: expected.end, end: expected.end, text: `, ${digits}` },
      ];
    }
    return inside(test, expected, digits);
  }
  if (expr.kind === 'call' && calledName(expr) === 'assertJson' && expr.args[1] && expr.args.length === 2)
    return inside(test, expr.args[1], digits);
  if (
    expr.kind === 'call' &&
    /^(?:equal|strictEqual)$/.test(calledName(expr)) &&
    expr.args.length === 2 &&
    sourceOf(text, expr.callee).startsWith('assert')
  ) {
    const [actual, expected] = expr.args;
    if (!actual || !expected || !isFraction(test, expected)) return [];
    return [
      {
        start: expr.start,
        end: expr.end,
        text: `assert.ok(Math.abs(${sourceOf(text, actual)} - ${sourceOf(text, expected)}) < 1e-${digits})`,
      },
    ];
  }
  if (expr.kind === 'call' && calledName(expr) === 'assertEqual' && expr.args.length === 2 && expr.callee.kind === 'member') {
    const [, expected] = expr.args;
    if (!expected || !isFraction(test, expected)) return [];
    return [
      { start: expr.callee.end - expr.callee.name.length, end: expr.callee.end, text: 'assertAlmostEqual' },
      { start: expected.end, end: expected.end, text: `, places=${digits}` },
    ];
  }
  if (
    expr.kind === 'call' &&
    calledName(expr) === 'to_be' &&
    expr.callee.kind === 'member' &&
    expr.args[0] &&
    isFraction(test, expr.args[0])
  )
    return [
      { start: expr.callee.end - 'to_be'.length, end: expr.callee.end, text: 'to_be_close_to' },
      { start: expr.args[0].end, end: expr.args[0].end, text: `, ${digits}` },
    ];
  if (expr.kind === 'binary' && /^[!=]==$/.test(expr.op) && isFraction(test, expr.right)) {
    const [left, right] = [sourceOf(text, expr.left), sourceOf(text, expr.right)];
    const close = `${python ? 'abs' : 'Math.abs'}(${left} - ${right}) < 1e-${digits}`;
    // Said as "not close", so that what is no number is not close either.
    const said = expr.op === '===' ? close : python ? `not (${close})` : `!(${close})`;
    return [{ start: expr.start, end: expr.end, text: said }];
  }
  return [];
}

function inside(test: TestText, expected: Expr, digits: number): SourceEdit[] {
  if (test.writing.python) return [];
  if (isFraction(test, expected))
    return [{ start: expected.start, end: expected.end, text: `expect.closeTo(${sourceOf(test.writing.text, expected)}, ${digits})` }];
  if (expected.kind === 'object') return expected.entries.flatMap((entry) => inside(test, entry.value, digits));
  if (expected.kind === 'list') return expected.items.flatMap((item) => inside(test, item, digits));
  return [];
}

function isFraction(test: TestText, expr: Expr): boolean {
  if (expr.kind === 'literal') return typeof expr.value === 'number' && !Number.isInteger(expr.value);
  if (expr.kind === 'name') {
    const value = valueOf(test, expr);
    return value !== expr && isFraction(test, value);
  }
  return (
    expr.kind === 'binary' &&
    (expr.op === '/' || (/^[-+*]$/.test(expr.op) && (isFraction(test, expr.left) || isFraction(test, expr.right))))
  );
}
