import type { Expression } from '../syntax/program';
import type { Interpretation } from './interpretation';
import { literalOf, madeOf, markOf, NOTHING, numberOf, textOf, type Mark, type Scope, type Value } from './value';
import { CALENDAR_MEMBER } from './words';

const COMPARING = /^(==|===|!=|!==|<|<=|>|>=|is|is not|in|not in|instanceof)$/;
/** These wrap an answer's content and are not part of it. */
const WRAPPING = /^(data|json|body|text|content|result)$/;

/** A member of a value: a field, or what a value of its kind has by that name. */
export function memberOf(self: Interpretation, e: Extract<Expression, { k: 'member' }>, of: Value): Value {
  const { name } = e;
  if (of.judged) return { ...of, judged: { ...of.judged, words: [...of.judged.words, name] } };
  const field = of.fields?.get(name);
  if (field) return of.live ? { ...field, live: true, readAt: self.now() } : field;
  const method = of.methods?.get(name);
  if (method) return { marks: [], readAt: of.readAt, closure: { ...method, self: of } };
  if (of.name?.startsWith('module ')) {
    const program = self.programs.get(of.name.slice('module '.length));
    const found = program && self.scopeOf(program).find(program.exports.get(name) ?? name);
    if (found) return found.value;
  }
  if (name === 'length' && of.items && !of.live) return literalOf(of.items.length);
  const called = of.name === undefined ? undefined : `${of.name}.${name}`;
  // An object whose fields are known has no others.
  let marks = of.fields && !of.methods ? of.marks.filter((mark) => mark.kind === 'remote') : of.marks;
  if (marks.length > 0) marks = (/^(length|size)$/.test(name) ? marks.filter(isOfLists) : marks).map((mark) => memberMark(mark, name));
  // What a helper of another file reads is configuration.
  if (called !== undefined && self.course.test > 0 && !self.course.site) {
    const ambient = ambientIn(called);
    if (ambient !== undefined) marks = [...marks, { kind: 'ambient', what: ambient, place: self.placeOf(e) }];
  }
  return {
    marks,
    readAt: of.live ? self.now() : of.readAt,
    ...(called !== undefined && { name: called }),
    ...(of.live && { live: true }),
    ...(of.closure && { closure: of.closure }),
  };
}

/** What the process holds for everybody: `FLAG` of `process.env.FLAG`. */
function ambientIn(name: string): string | undefined {
  const match = /^(process\.env|globalThis|global)\.([A-Za-z_$][\w$]*)$/.exec(name);
  const what = match?.[2];
  // What Node and the runners put there is the same for every test.
  if (
    what === undefined ||
    /^(env|process|console|fetch|Date|Math|performance|crypto|NODE_ENV|CI|HOME|PATH|gc|URL|Buffer|set\w+|clear\w+|queueMicrotask|structuredClone|[A-Z]\w+)$/.test(
      what,
    )
  ) {
    return match?.[1] === 'process.env' &&
      what !== undefined &&
      !/^(NODE_\w+|CI|HOME|PATH|TZ|USER|\w*(URL|URI|HOST|PORT|KEY|TOKEN|SECRET|PASSWORD|USER\w*|DATABASE|VERSION|DB|BASE\w*))$/.test(what)
      ? what
      : undefined;
  }
  return what;
}

/** How many there are does not depend on what they are. */
export function isOfLists({ kind }: Mark): boolean {
  return kind === 'remote' || kind === 'promise' || kind === 'carried' || kind === 'ambient';
}

function memberMark(mark: Mark, name: string): Mark {
  switch (mark.kind) {
    case 'remote':
      if (/^(length|size)$/.test(name)) return { ...mark, counted: true };
      return WRAPPING.test(name) ? mark : { ...mark, path: [...mark.path, name] };
    case 'now':
      return CALENDAR_MEMBER.test(name) ? { ...mark, calendar: true } : mark;
    default:
      return mark;
  }
}

/** Operators. Of a comparison both sides are kept: it may be what an assertion asserts. */
export function operationOf(self: Interpretation, e: Extract<Expression, { k: 'operation' }>, scope: Scope): Value {
  const operands = e.operands.map((each) => self.evaluate(each, scope));
  const [left, right] = operands;
  const { operator } = e;
  if (operator === 'delete') {
    const [target] = e.operands;
    if (target) self.assign(target, literalOf(undefined), scope, e);
    return literalOf(true);
  }
  if (operator === 'void' && left) return left;
  if (operator === 'typeof') return NOTHING;
  if (operator === 'yield' && left) return left;
  if (COMPARING.test(operator) && left && right) {
    const [leftCode, rightCode] = e.operands as readonly [Expression, Expression];
    const made = madeOf([left, right]);
    const marks = made.marks.map((mark) => (mark.kind === 'random' ? { ...mark, range: 2 } : mark));
    return { ...made, marks, comparison: { operator, left, right, leftCode, rightCode } };
  }
  const numbers = operands.map(numberOf);
  if (operands.length === 2 && numbers.every((each) => each !== undefined)) {
    const folded = foldNumbers(operator, numbers[0] as number, numbers[1] as number);
    if (folded !== undefined) {
      const isFloat = !Number.isInteger(folded) || !Number.isInteger(numbers[0]) || !Number.isInteger(numbers[1]);
      return isFloat ? { ...literalOf(folded), marks: [{ kind: 'float', place: self.placeOf(e) }] } : literalOf(folded);
    }
  }
  if (operator === '+' && operands.some((each) => each.text !== undefined)) {
    const made = madeOf(operands);
    return {
      ...made,
      marks: made.marks.map((mark) => (mark.kind === 'random' ? { ...mark, text: true } : mark)),
      text: operands.map((each) => textOf(each) ?? '{}').join(''),
      fixed: operands.every((each) => each.fixed),
    };
  }
  if (operator === '?:') {
    const [test, yes, no] = operands;
    if (test && markOf(test, 'random')) self.note({ what: { kind: 'branch', test }, at: e });
    const made = madeOf([yes, no]);
    return {
      ...made,
      marks: test
        ? [...made.marks, ...test.marks.filter((mark) => mark.kind === 'now' || mark.kind === 'random' || mark.kind === 'ambient')]
        : made.marks,
    };
  }
  if (operator === '||' || operator === '??' || operator === '&&') {
    const known = operands.find((each) => each.literal?.value !== undefined && each.literal.value !== null);
    return {
      ...madeOf(operands),
      ...(operator !== '&&' && known?.literal && { literal: known.literal, ...(known.text !== undefined && { text: known.text }) }),
      // `old || 'default'` is what it was.
      ...(left?.name !== undefined && { name: left.name }),
    };
  }
  if (operator === '!' && left) return { ...madeOf([left]), ...(left.comparison && { comparison: negate(left.comparison) }) };
  const made = madeOf(operands);
  return { ...made, marks: arithmetic(self, e, made.marks, operands), fixed: operands.every((each) => each.fixed) && operands.length > 0 };
}

const OPPOSITE: Readonly<Record<string, string>> = {
  '==': '!=',
  '===': '!==',
  '!=': '==',
  '!==': '===',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  is: 'is not',
  'is not': 'is',
  in: 'not in',
  'not in': 'in',
};

export function negate(comparison: NonNullable<Value['comparison']>): NonNullable<Value['comparison']> {
  return { ...comparison, operator: OPPOSITE[comparison.operator] ?? comparison.operator };
}

function foldNumbers(operator: string, a: number, b: number): number | undefined {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? undefined : a / b;
    case '**':
      return a ** b;
    default:
      return undefined;
  }
}

function arithmetic(
  self: Interpretation,
  e: Extract<Expression, { k: 'operation' }>,
  marks: readonly Mark[],
  operands: readonly Value[],
): readonly Mark[] {
  const { operator } = e;
  const [left, right] = operands;
  const number = numberOf(right) ?? numberOf(left);
  const place = self.placeOf(e);
  const nowLeft = markOf(left, 'now');
  const nowRight = markOf(right, 'now');
  if (operator === '-' && left && right && (nowLeft || nowRight)) {
    // Two readings of a clock: a time that passed. Of the present and a time in an answer: how far they are apart.
    const both = nowLeft && nowRight && !nowLeft.calendar && !nowRight.calendar;
    const apart = (nowLeft && markOf(right, 'remote')) ?? (nowRight && markOf(left, 'remote'));
    if (both || apart) return [...marks.filter((mark) => mark.kind !== 'now'), { kind: 'elapsed', place }];
  }
  return marks.map((mark) => {
    if (mark.kind === 'now' && (operator === '+' || operator === '-') && number !== undefined)
      return { ...mark, shift: (mark.shift ?? 0) + (operator === '+' ? number : -number) };
    // A part of the clock comes back again and again, as an hour does.
    if (mark.kind === 'now' && operator === '%' && number !== undefined) return { ...mark, calendar: true };
    if (mark.kind === 'random' && operator === '%' && number !== undefined) return { ...mark, range: Math.abs(number) };
    if (mark.kind === 'random' && operator === '*' && number !== undefined) return { ...mark, scale: Math.abs(number) * (mark.scale ?? 1) };
    return mark;
  });
}
