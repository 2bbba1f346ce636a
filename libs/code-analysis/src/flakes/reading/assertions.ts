import type { Expression } from '../syntax/program';
import type { Interpretation } from './interpretation';
import { negate } from './operations';
import type { AssertEvent, LimitEvent } from './trace';
import { literalOf, madeOf, markOf, numberOf, type Scope, type Value } from './value';
import { NEGATING, relationOf, RETRYING, TOLERANT } from './words';

type Said = Partial<Pick<AssertEvent, 'negated' | 'retries' | 'tolerant' | 'expected'>>;

/** Notes that a value is judged. What a comparison says is taken apart: `expect(a < b).toBe(true)` is about a. */
export function judge(
  self: Interpretation,
  relation: AssertEvent['relation'],
  subject: Value,
  code: Expression,
  at: Expression,
  said: Said = {},
): void {
  const { comparison } = subject;
  const isYes = relation === 'holds' || (relation === 'equal' && typeof said.expected?.literal?.value === 'boolean');
  if (comparison && isYes) {
    const isNo = said.expected?.literal?.value === false;
    const { operator, left, right, leftCode } = (said.negated === true) !== isNo ? negate(comparison) : comparison;
    judge(self, relationOfOperator(operator), left, leftCode, at, {
      ...said,
      negated: operator === '!=' || operator === '!==' || operator === 'is not' || operator === 'not in',
      expected: right,
    });
    return;
  }
  const remote = markOf(subject, 'remote');
  const isStatus = relation === 'equal' && /^(status(_?code)?|ok)$/i.test(remote?.path.at(-1) ?? '');
  self.note({
    what: {
      kind: 'assert',
      relation: isStatus ? 'status' : relation,
      subject,
      subjectCode: code,
      negated: said.negated ?? false,
      retries: said.retries ?? false,
      tolerant: said.tolerant ?? (subject.name === 'tolerance' || said.expected?.name === 'tolerance'),
      ...(said.expected && { expected: said.expected }),
    },
    at,
  });
}

function relationOfOperator(operator: string): AssertEvent['relation'] {
  if (operator === '<' || operator === '<=') return 'less';
  if (operator === '>' || operator === '>=') return 'more';
  if (operator === 'in' || operator === 'not in') return 'contains';
  return operator === 'instanceof' ? 'shape' : 'equal';
}

/** What a plain condition asserts: `assert a == b and c`, `if (a !== b) throw`. */
export function assertedBy(self: Interpretation, test: Expression, scope: Scope): void {
  if (test.k === 'operation') {
    const [first] = test.operands;
    if (test.operator === '&&') {
      for (const each of test.operands) assertedBy(self, each, scope);
      return;
    }
    if (test.operator === '!' && first?.k === 'operation' && (first.operator === '||' || first.operator === '!')) {
      for (const each of first.operands)
        assertedBy(self, first.operator === '!' ? each : { k: 'operation', at: each.at, operator: '!', operands: [each] }, scope);
      return;
    }
  }
  const negated = test.k === 'operation' && test.operator === '!';
  const code = negated && test.k === 'operation' ? (test.operands[0] ?? test) : test;
  const value = self.evaluate(code, scope);
  if (value.judged) return;
  judge(self, 'holds', value, code, test, { negated });
}

/** Chai's assertions that are no calls: `expect(x).to.be.true`. */
export function assertComparison(self: Interpretation, e: Expression, value: Value): void {
  if (!value.judged) return;
  const { words, subject, code } = value.judged;
  const last = words.at(-1) ?? '';
  const relation = relationOf(last);
  if (relation === undefined) return;
  judge(self, relation, subject, code, e, {
    negated: words.some((word) => NEGATING.test(word)),
    ...((last === 'true' || last === 'false') && { expected: literalOf(last === 'true') }),
  });
}

/** `expect(x).not.toBe(y)`: the matcher is the last word. */
export function judgedCall(self: Interpretation, e: Extract<Expression, { k: 'call' }>, callee: Value, args: readonly Value[]): Value {
  const judged = callee.judged as NonNullable<Value['judged']>;
  const { words, code } = judged;
  const matcher = words.at(-1) ?? '';
  let { subject } = judged;
  const relation = relationOf(matcher);
  if (relation === undefined && !TOLERANT.test(matcher)) return madeOf([subject, ...args]);
  const settles = words.includes('resolves') || words.includes('rejects') || words.includes('eventually');
  const retries = RETRYING.test(matcher) || words[0] === 'poll';
  const emit = (): void => {
    const [first] = args;
    // `toHaveProperty('a', 1)` is about a.
    if (matcher === 'toHaveProperty' || matcher === 'property') {
      const name = first?.text;
      if (name !== undefined && args[1]) {
        subject = fieldOf(subject, name);
        judge(self, 'equal', subject, code, e, { negated: words.some((word) => NEGATING.test(word)), expected: args[1] });
        return;
      }
    }
    const isTimes = relation === 'called' && typeof numberOf(first) === 'number';
    judge(self, words.includes('rejects') ? 'error' : (relation ?? 'equal'), subject, code, e, {
      negated: words.some((word) => NEGATING.test(word)) && !isTimes,
      retries,
      tolerant: TOLERANT.test(matcher) || words.includes('closeTo'),
      ...(first && { expected: first }),
      ...((matcher === 'toBeTruthy' || matcher === 'toBeFalsy') && { expected: literalOf(matcher === 'toBeTruthy') }),
    });
  };
  if (words[0] === 'poll' || judged.polled) self.inMode({ polled: true }, emit);
  else if (words.includes('rejects')) self.inMode({ expectsError: true }, emit);
  else emit();
  // Both come with a promise that the test must wait for.
  if (settles || RETRYING.test(matcher) || words[0] === 'poll') {
    for (const mark of subject.marks) if (mark.kind === 'promise') mark.task.joinedAt ??= self.now();
    const place = self.placeOf(e);
    return { ...subject, marks: [{ kind: 'promise', task: { place, what: 'expect', seq: self.now(), flow: self.course.flow } }] };
  }
  return { marks: [], readAt: 0, judged: { ...judged, subject, words: [] } };
}

function fieldOf(value: Value, name: string): Value {
  const field = value.fields?.get(name);
  if (field) return field;
  return { ...value, marks: value.marks.map((mark) => (mark.kind === 'remote' ? { ...mark, path: [...mark.path, name] } : mark)) };
}

/** `assert.equal(a, b)`, `t.is(a, b)`, `self.assertEqual(a, b)`. */
export function assertFunction(self: Interpretation, e: Extract<Expression, { k: 'call' }>, word: string, args: readonly Value[]): boolean {
  const relation = word === 'assert' ? 'holds' : relationOf(word);
  const [subject, expected] = args;
  const [code] = e.args;
  if (relation === undefined && !TOLERANT.test(word)) return false;
  if (!subject || !code) return true;
  const emit = (): void =>
    judge(self, relation ?? 'equal', subject, code, e, {
      negated: NEGATING.test(word),
      tolerant: TOLERANT.test(word),
      ...(expected && { expected }),
      ...(/^(assertFalse|falsy|notOk|isFalse|false)$/.test(word) && { expected: literalOf(false) }),
    });
  if (relation === 'error') self.inMode({ expectsError: true }, emit);
  else emit();
  return true;
}

/** A limit in ms; what is no number that is written down is none. */
export function limit(self: Interpretation, what: LimitEvent['what'], ms: number | undefined, at: Expression): void {
  if (ms !== undefined && Number.isFinite(ms) && ms > 0) self.note({ what: { kind: 'limit', what, ms }, at });
}
