import type { Expression } from '../syntax/program';
import { assertFunction, judge, judgedCall, limit } from './assertions';
import { madeByName } from './known-calls';
import type { Interpretation } from './interpretation';
import { memberOf } from './operations';
import { requestOf, limitsIn } from './requests';
import type { Task } from './trace';
import { FILTERED, madeOf, markOf, NOTHING, numberOf, textOf, type Closure, type Mark, type Scope, type Value } from './value';
import { AFTER_WORDS, BEFORE_WORDS, GROUP_WORDS, ORDER_FREE, ORDERING, POLL_WORD, SLEEP_WORD, SLEEPS, TEST_WORDS } from './words';

type Call = Extract<Expression, { k: 'call' }>;

/** Goes through a call: of a function that can be read, through its body; of one that is known, what it is known for. */
export function callOf(self: Interpretation, e: Call, scope: Scope): Value {
  const { callee } = e;
  const registered = registration(self, e, scope);
  if (registered) return registered;
  if (e.isNew && callee.k === 'name' && callee.name === 'Promise') return newPromise(self, e, scope);
  const { awaited } = self.course.mode;
  const receiver = callee.k === 'member' ? self.inMode({ awaited: false }, () => self.evaluate(callee.of, scope)) : undefined;
  const target = callee.k === 'member' && receiver ? memberOf(self, callee, receiver) : self.evaluate(callee, scope);
  const word = callee.k === 'member' || callee.k === 'name' ? callee.name : '';
  const name = target.name ?? word;
  if (target.judged)
    return judgedCall(
      self,
      e,
      target,
      argumentsOf(self, e, scope, target.judged.words.includes('toPass') || target.judged.words.includes('poll')).all,
    );
  const isPoll = target.closure === undefined && POLL_WORD.test(word) && e.args.some((arg) => arg.k === 'function' || arg.k === 'name');
  const given = self.inMode({ awaited: false }, () => argumentsOf(self, e, scope, isPoll));
  const { all, named } = given;
  const slept = sleepOf(self, e, name, word, target, all);
  if (slept) return slept;
  if (isPoll && all.some((arg) => arg.closure)) return pollCall(self, e, all);
  if (target.closure) {
    const { closure } = target;
    return self.inMode({ awaited: awaited === true }, () => inlined(self, e, closure, given.plain, named));
  }
  if (target.methods) return instance(self, e, target, given.plain, named);
  const asserted = assertionCall(self, e, name, word, all);
  if (asserted) return asserted;
  const request = requestOf(self, e, name, receiver, all);
  if (request) return request;
  if (callee.k === 'member' && receiver) {
    const known = methodCall(self, e, callee, receiver, all, scope);
    if (known) return known;
  }
  const known = madeByName(self, e, name, all, named);
  if (known) return known;
  return unknownCall(self, e, name, word, receiver, all);
}

interface Given {
  readonly plain: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  /** With the named ones as one more, as clients take options. */
  readonly all: readonly Value[];
}

function argumentsOf(self: Interpretation, e: Call, scope: Scope, polled: boolean): Given {
  const plain = e.args.flatMap((arg) => {
    const value = self.evaluate(arg, scope);
    return arg.k === 'spread' && value.items ? value.items : [value];
  });
  const named = new Map<string, Value>((e.named ?? []).map(([key, arg]) => [key, self.evaluate(arg, scope)]));
  if (named.size === 0) {
    if (polled) self.inMode({ polled: true }, () => runCallbacks(self, e, plain));
    return { plain, named, all: plain };
  }
  const options: Value = { ...madeOf([...named.values()]), fields: new Map(named), fixed: [...named.values()].every(({ fixed }) => fixed) };
  for (const [key, value] of named) noteLifetime(self, key, value);
  const all = [...plain, options];
  if (polled) self.inMode({ polled: true }, () => runCallbacks(self, e, all));
  return { plain, named, all };
}

function noteLifetime(self: Interpretation, key: string, value: Value): void {
  const number = numberOf(value);
  if (number === undefined || number <= 0 || !/ttl|expir|lifetime|max_?age|lease|lock|stale|idle|^p?xx?(at)?$|^p?ex(at)?$/i.test(key))
    return;
  self.course.lifetimes?.push(/ms|milli/i.test(key) ? number : number * 1000);
}

function runCallbacks(self: Interpretation, e: Call, args: readonly Value[]): void {
  for (const arg of args) if (arg.closure) self.call(arg.closure, [], new Map(), e);
}

/** `test(...)`, `describe(...)`, `beforeEach(...)`: what they are given is collected, and gone through later. */
function registration(self: Interpretation, e: Call, scope: Scope): Value | undefined {
  const words: string[] = [];
  let root: Expression = e.callee;
  for (;;) {
    if (root.k === 'member') {
      words.unshift(root.name);
      root = root.of;
    } else if (root.k === 'call') root = root.callee;
    else break;
  }
  if (root.k !== 'name') return undefined;
  const all = [root.name, ...words];
  const isKnown = [TEST_WORDS, GROUP_WORDS, BEFORE_WORDS, AFTER_WORDS].some((known) => all.some((word) => known.test(word)));
  if (!isKnown || !e.args.some((arg) => arg.k === 'function' || arg.k === 'name' || arg.k === 'call')) return undefined;
  const last = all.at(-1) ?? '';
  const isTestWord =
    TEST_WORDS.test(root.name) || GROUP_WORDS.test(root.name) || BEFORE_WORDS.test(root.name) || AFTER_WORDS.test(root.name);
  // A method by such a name of something else: `re.test(x)`, `clock.after(f)`; a test's own `t.test`, `t.after`.
  if (!isTestWord && !(/^(t|tap|test|Deno|self|request)$/.test(root.name) || AFTER_WORDS.test(last))) return undefined;
  if (!isTestWord && TEST_WORDS.test(last) && e.args.length < 2) return undefined;
  const args = e.args.map((arg) => self.evaluate(arg, scope));
  const closure = args.findLast((arg) => arg.closure)?.closure;
  if (!closure) return undefined;
  if (all.some((word) => /^(skip|todo|fixme|xit|xtest|xdescribe)$/.test(word))) return NOTHING;
  const { collector } = self.course;
  if (all.some((word) => AFTER_WORDS.test(word))) {
    if (self.course.test > 0) self.inMode({ teardown: true }, () => self.apart(() => self.call(closure, [], new Map(), e)));
    else collector?.after(closure);
    return NOTHING;
  }
  if (self.course.test > 0) {
    if (all.some((word) => TEST_WORDS.test(word) || word === 'step')) {
      const self_: Value = { marks: [], readAt: 0, name: 't' };
      self.call(closure, [self_], new Map(), e);
      const task: Task = { place: self.placeOf(e), what: 'test', seq: self.now(), flow: self.course.flow, joinedAt: self.now() };
      return { marks: [{ kind: 'promise', task }], readAt: 0 };
    }
    return undefined;
  }
  if (!collector) return NOTHING;
  const limitMs =
    args.map((arg) => numberOf(arg.fields?.get('timeout')) ?? undefined).find((ms) => ms !== undefined) ??
    (args.length === 3 ? numberOf(args[2]) : undefined);
  limit(self, 'test', limitMs, e);
  if (all.some((word) => GROUP_WORDS.test(word))) collector.group(closure, (each) => void self.call(each, [], new Map(), e));
  else if (all.some((word) => BEFORE_WORDS.test(word))) collector.before(closure);
  else collector.test(closure, textOf(args[0]) ?? '', self.course.site);
  return NOTHING;
}

/** `new Promise(...)`: one that a timer alone resolves is a sleep. */
function newPromise(self: Interpretation, e: Call, scope: Scope): Value {
  const [executor] = e.args;
  if (executor?.k !== 'function') return { marks: [], readAt: self.now(), live: true };
  const [resolve] = executor.fn.params;
  const [only] = executor.fn.body;
  const timer = only && 'value' in only && only.value?.k === 'call' ? only.value : undefined;
  if (
    executor.fn.body.length === 1 &&
    timer &&
    resolve?.k === 'name' &&
    /^(setTimeout|globalThis\.setTimeout|timers\.setTimeout)$/.test(calleeName(timer))
  ) {
    const [callback, duration] = timer.args;
    const resolves =
      (callback?.k === 'name' && callback.name === resolve.name) ||
      (callback?.k === 'function' && callback.fn.body.length === 1 && onlyCalls(callback, resolve.name));
    if (resolves) return { marks: [], readAt: 0, sleeps: duration ? (numberOf(self.evaluate(duration, scope)) ?? Number.NaN) : 0 };
  }
  const value = self.evaluate(executor, scope);
  if (value.closure) self.call(value.closure, [], new Map(), e);
  return { marks: [], readAt: self.now() };
}

function calleeName(e: Call): string {
  const { callee } = e;
  if (callee.k === 'name') return callee.name;
  return callee.k === 'member' && callee.of.k === 'name' ? `${callee.of.name}.${callee.name}` : '';
}

function onlyCalls(callback: Extract<Expression, { k: 'function' }>, name: string): boolean {
  const [only] = callback.fn.body;
  return only !== undefined && 'value' in only && only.value?.k === 'call' && calleeName(only.value) === name;
}

function sleepOf(self: Interpretation, e: Call, name: string, word: string, target: Value, args: readonly Value[]): Value | undefined {
  const known = SLEEPS.get(name);
  const isPython = self.course.program?.language === 'py';
  if (known) {
    const [index, unit] = known;
    const ms = (numberOf(args[index]) ?? Number.NaN) * unit;
    const slept: Value = { marks: [], readAt: 0, sleeps: ms };
    // These block.
    if (name === 'time.sleep' || name === 'Atomics.wait') {
      self.note({ what: { kind: 'sleep', ms, role: self.course.mode.between ? 'between' : 'plain' }, at: e });
      return NOTHING;
    }
    return slept;
  }
  if (word === 'waitForTimeout' || word === 'wait_for_timeout') return { marks: [], readAt: 0, sleeps: numberOf(args[0]) ?? Number.NaN };
  if (target.closure || isPython || args.length !== 1 || !SLEEP_WORD.test(word)) return undefined;
  if (e.callee.k === 'member' && !/^(waitForTimeout|sleep|delay)$/.test(word)) return undefined;
  const ms = numberOf(args[0]);
  return ms === undefined || ms < 1 ? undefined : { marks: [], readAt: 0, sleeps: ms };
}

function pollCall(self: Interpretation, e: Call, args: readonly Value[]): Value {
  self.inMode({ polled: true }, () => {
    for (const arg of args) {
      if (arg.closure) self.call(arg.closure, [], new Map(), e);
      limitsIn(self, arg, e, 'wait');
    }
  });
  for (const arg of args) limitsIn(self, arg, e, 'wait');
  const wait = self.note({ what: { kind: 'wait', vague: false }, at: e });
  return { marks: [], readAt: wait.seq };
}

function inlined(self: Interpretation, e: Call, closure: Closure, args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
  // One that nobody waits for runs beside the test.
  const isApart = closure.fn.isAsync && self.course.mode.awaited !== true;
  const result = isApart ? self.apart(() => self.call(closure, args, named, e)) : self.call(closure, args, named, e);
  if (!closure.fn.isAsync) return result;
  if (markOf(result, 'promise') || result.sleeps !== undefined) {
    for (const mark of result.marks) if (mark.kind === 'promise') mark.task.joinedAt ??= self.now();
  }
  const task: Task = { place: self.placeOf(e), what: closure.fn.name ?? 'an async function', seq: self.now(), flow: self.course.flow };
  return { ...result, marks: [...result.marks.filter((mark) => mark.kind !== 'promise'), { kind: 'promise', task }] };
}

function instance(self: Interpretation, e: Call, type: Value, args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
  const made: Value = { marks: [], readAt: self.now(), fields: new Map(), live: true, ...(type.methods && { methods: type.methods }) };
  const start = type.methods?.get('constructor') ?? type.methods?.get('__init__');
  if (start) self.call({ ...start, self: made }, args, named, e);
  return made;
}

/** `expect(x)`, `assert.equal(a, b)`, `page.assertStatus(r, 200)`. */
function assertionCall(self: Interpretation, e: Call, name: string, word: string, args: readonly Value[]): Value | undefined {
  const [first, second] = args;
  const [code] = e.args;
  if (
    /^(expect|native\.expect|expect\.(soft|poll|element)|expectTypeOf)$/.test(name) ||
    (word === 'expect' && name === 'fixtures.expect')
  ) {
    if (name === 'expectTypeOf') return NOTHING;
    if (!first || !code) return NOTHING;
    return {
      marks: [],
      readAt: 0,
      judged: { subject: first, code, words: /\.(poll|element)$/.test(name) ? ['poll'] : [], polled: self.course.mode.polled === true },
    };
  }
  if (/^native\.(assert|expect)/.test(name) && first && code) {
    if (/status$/i.test(word)) judge(self, 'status', withPath(first, 'status'), code, e, second ? { expected: second } : {});
    else if (/ok$/i.test(word)) judge(self, 'status', withPath(first, 'ok'), code, e);
    else if (/json$/i.test(word) && second) judgeFields(self, first, second, code, e);
    else if (/header$/i.test(word))
      judge(self, 'equal', withPath(first, textOf(second) ?? ''), code, e, args[2] ? { expected: args[2] } : {});
    else judge(self, 'shape', first, code, e);
    return NOTHING;
  }
  const isAssertObject =
    /^(assert|t|tap|t\.assert|node:assert|assert\.strict|assert\.default|self|chai\.assert)(\.|$)/.test(name) ||
    /^assert(_\w+|[A-Z]\w*)?$/.test(word);
  if (isAssertObject && assertFunction(self, e, word, args)) return NOTHING;
  // Mocks of Python's unittest: `m.assert_called_once()`.
  return undefined;
}

function withPath(value: Value, key: string): Value {
  return { ...value, marks: value.marks.map((mark) => (mark.kind === 'remote' ? { ...mark, path: [...mark.path, key] } : mark)) };
}

/** Each field that is expected is an assertion of its own. */
function judgeFields(self: Interpretation, subject: Value, expected: Value, code: Expression, at: Expression): void {
  if (!expected.fields || expected.fields.size === 0) {
    judge(self, 'equal', subject, code, at, { expected });
    return;
  }
  for (const [key, value] of expected.fields) {
    const inner = withPath(subject, key);
    if (value.fields && value.fields.size > 0) judgeFields(self, inner, value, code, at);
    else judge(self, 'equal', inner, code, at, { expected: value });
  }
}

function sortedMarks(marks: readonly Mark[]): readonly Mark[] {
  return marks.flatMap((mark): Mark[] => {
    if (mark.kind === 'unordered') return [];
    return [mark.kind === 'remote' ? { ...mark, sorted: true } : mark];
  });
}

const ADDING = /^(push|unshift|append|add|insert|extend|set|appendleft|put_nowait|splice|delete|clear|pop|shift|update)$/;
const EACH = /^(map|filter|forEach|flatMap|find|some|every|reduce|findIndex|findLast|sort|toSorted)$/;
const DATA_METHOD =
  /^(json|text|map|filter|slice|split|trim|toString|toFixed|toLowerCase|toUpperCase|replace|replaceAll|join|concat|flat|flatMap|at|get|keys|values|entries|items|toISOString|substring|substr|padStart|lower|upper|strip|format|isoformat|startswith|endsWith|startsWith|includes|reverse|toReversed|decode|encode|toJSON|bytes|first|last|pop|toString|localeCompare|match|matchAll|repeat|charAt)$/;

function methodCall(
  self: Interpretation,
  e: Call,
  callee: Extract<Expression, { k: 'member' }>,
  receiver: Value,
  args: readonly Value[],
  scope: Scope,
): Value | undefined {
  const { name: method } = callee;
  if (method === 'then' || method === 'catch' || method === 'finally') return chained(self, e, receiver, args, method);
  if (method === 'expect' && receiver.name !== 'native') {
    // supertest: `.expect(200)`.
    const number = numberOf(args[0]);
    judge(
      self,
      number === undefined ? 'equal' : 'status',
      receiver,
      callee.of,
      e,
      args[0] && !args[0].closure ? { expected: args.at(-1) ?? NOTHING } : {},
    );
    return receiver;
  }
  if (
    receiver.name !== undefined &&
    (receiver.name === 'Promise' || /^(asyncio|Object|Array|JSON|Math|Number|String|Date|path|os|fs)(\.|$)/.test(receiver.name))
  )
    return undefined;
  if (ORDERING.test(method) && args.every((arg) => arg.closure || arg.fields || arg.literal || arg.text !== undefined)) {
    const sorted: Value = { ...receiver, marks: sortedMarks(receiver.marks) };
    // In place too, but for `toSorted` and its kin.
    if ((method === 'sort' || method === 'reverse') && callee.of.k === 'name') self.assign(callee.of, sorted, scope, e);
    receiver.marks = method === 'sort' ? sorted.marks : receiver.marks;
    return sorted;
  }
  if (
    ADDING.test(method) &&
    (receiver.items || receiver.fields === undefined) &&
    receiver.name === undefined &&
    callee.of.k === 'name' &&
    !receiver.closure
  ) {
    added(self, e, callee.of, receiver, args, scope);
    return madeOf([receiver]);
  }
  const callback = args.find((arg) => arg.closure)?.closure;
  if (callback && EACH.test(method) && !receiver.methods) return iterated(self, e, method, receiver, callback);
  if (/^set(UTC)?(Date|Month|Hours|FullYear|Minutes|Day)$/.test(method)) {
    receiver.marks = [...receiver.marks, ...madeOf(args).marks].map((mark) =>
      mark.kind === 'now' ? { ...mark, calendar: true, stepped: /Month|Date|FullYear|Day/.test(method) } : mark,
    );
    return madeOf([receiver]);
  }
  const dated = dateMethod(self, e, method, receiver, args);
  if (dated) return dated;
  if (receiver.marks.some((mark) => mark.kind === 'random') && /^(slice|substring|substr)$/.test(method)) {
    const [from, to] = args.map(numberOf);
    const length = (to ?? Infinity) - (from ?? 0);
    return {
      ...madeOf([receiver]),
      // Digits and letters in base 36.
      marks: receiver.marks.map((mark) =>
        mark.kind === 'random' && mark.text ? { ...mark, range: Math.min(mark.range, 36 ** Math.max(0, length)) } : mark,
      ),
    };
  }
  if (method === 'toString' && args.length > 0)
    return { ...madeOf([receiver]), marks: receiver.marks.map((mark) => (mark.kind === 'random' ? { ...mark, text: true } : mark)) };
  if (ORDER_FREE.test(method))
    return {
      ...madeOf([receiver, ...args]),
      marks: sortedMarks(madeOf([receiver, ...args]).marks).filter(({ kind }) => kind !== 'random'),
    };
  // `items.join(', ')` here, `', '.join(items)` in Python.
  const [separator, list] = receiver.text === undefined ? [textOf(args[0]) ?? ',', receiver] : [receiver.text, args[0]];
  if (method === 'join' && list && !list.live && list.marks.length > 0) return { ...madeOf([list]), joined: separator };
  if (method === 'join' || method === 'is_alive') {
    if (/Thread|Process/.test(receiver.name ?? '') || receiver.live) {
      joinAll(self, e);
      return NOTHING;
    }
  }
  if (method === 'start' && /Thread\(\)|Process\(\)/.test(receiver.name ?? '')) {
    const task: Task = { place: self.placeOf(e), what: 'a thread', seq: self.now(), flow: self.course.flow };
    self.note({ what: { kind: 'start', task }, at: e });
    started.set(self, [...(started.get(self) ?? []), task]);
    return NOTHING;
  }
  if (method === 'result' && markOf(receiver, 'promise')) {
    for (const mark of receiver.marks) if (mark.kind === 'promise') mark.task.joinedAt ??= self.now();
    return { ...receiver, marks: receiver.marks.filter((mark) => mark.kind !== 'promise') };
  }
  if (
    !receiver.live &&
    receiver.closure === undefined &&
    DATA_METHOD.test(method) &&
    (receiver.marks.length > 0 || receiver.fixed || receiver.items) &&
    !callback
  ) {
    const made = madeOf([receiver, ...args]);
    return { ...made, fixed: receiver.fixed === true && args.every((arg) => arg.fixed) };
  }
  return undefined;
}

const started = new WeakMap<Interpretation, readonly Task[]>();

function joinAll(self: Interpretation, e: Call): void {
  for (const task of started.get(self) ?? []) task.joinedAt ??= self.now();
  started.delete(self);
  self.note({ what: { kind: 'wait', vague: false }, at: e });
}

function dateMethod(self: Interpretation, e: Call, method: string, receiver: Value, args: readonly Value[]): Value | undefined {
  const now = markOf(receiver, 'now');
  const dated = markOf(receiver, 'dated');
  if (!now && !dated) return undefined;
  const isZoneNamed = args.some((arg) => [...(arg.fields?.keys() ?? [])].includes('timeZone'));
  const isCalendar =
    /^(get(UTC)?(Hours|Date|Day|Month|FullYear|Minutes)|to(Locale)?(Date|Time)String|toLocaleString|strftime|weekday|isoweekday|date|format|startOf|endOf|add|subtract|replace)$/.test(
      method,
    );
  // `2026-11-25` of `2026-11-25T10:00:00Z`.
  const isDay = /^(slice|split|substring|substr)$/.test(method);
  const isLocal = /^(get(Hours|Date|Day|FullYear|Month)|to(Locale)?(Date|Time)String|toLocaleString)$/.test(method) && !isZoneNamed;
  const marks = receiver.marks.map((mark): Mark => {
    if (mark.kind === 'now' && (isCalendar || isDay)) return { ...mark, calendar: true };
    if (mark.kind === 'dated' && isLocal) return { kind: 'zoned', place: self.placeOf(e) };
    return mark;
  });
  return { ...madeOf([receiver, ...args]), marks };
}

/** `p.then(f)`: f runs when p is there. */
function chained(self: Interpretation, e: Call, receiver: Value, args: readonly Value[], method: string): Value {
  const promise = receiver.marks.filter((mark) => mark.kind === 'promise');
  if (method === 'catch' || args.length > 1) for (const mark of promise) if (mark.kind === 'promise') mark.task.caught = true;
  const settled: Value = { ...receiver, marks: receiver.marks.filter((mark) => mark.kind !== 'promise') };
  if (receiver.sleeps !== undefined && args[0]?.closure) {
    const { closure } = args[0];
    self.apart(() => {
      self.note({ what: { kind: 'sleep', ms: receiver.sleeps ?? Number.NaN, role: 'callback' }, at: e });
      self.call(closure, [], new Map(), e);
    });
    return receiver;
  }
  if (promise.length === 0 && receiver.live) self.note({ what: { kind: 'wait', vague: true }, at: e });
  const isApart = self.course.mode.awaited !== true && promise.length > 0;
  const inCourse = <T>(work: () => T): T => (isApart ? self.apart(work) : work());
  const results = args.flatMap((arg, index) =>
    arg.closure
      ? [
          inCourse(() =>
            self.inMode(index > 0 || method === 'catch' ? { expectsError: true } : {}, () =>
              self.call(arg.closure as Closure, method === 'finally' ? [] : [settled], new Map(), e),
            ),
          ),
        ]
      : [],
  );
  const result = method === 'then' ? (results[0] ?? settled) : settled;
  return { ...result, marks: [...result.marks.filter((mark) => mark.kind !== 'promise'), ...promise] };
}

function added(
  self: Interpretation,
  e: Call,
  target: Extract<Expression, { k: 'name' }>,
  receiver: Value,
  args: readonly Value[],
  scope: Scope,
): void {
  const cell = scope.find(target.name);
  if (!cell) return;
  const filledTogether = self.course.mode.parallel?.find(target.name) === cell && !receiver.isSet;
  const made = madeOf([receiver, ...args]);
  const marks: readonly Mark[] = filledTogether
    ? [...made.marks, { kind: 'unordered', place: self.placeOf(e), why: 'is filled in the order in which parallel work ends' }]
    : made.marks;
  if (cell.flow !== self.course.flow && cell.flow !== 0) cell.live = true;
  const isList = receiver.items !== undefined || receiver.list === true || receiver.isSet === true;
  if (isList && cell.flow === 0 && self.course.test > 0 && !self.course.mode.hook) cell.setBy = self.course.test;
  cell.value = { ...made, marks, ...(receiver.isSet && { isSet: true }), ...(isList && { list: true }) };
}

/** `xs.map(f)`: f is gone through once, for any item. */
function iterated(self: Interpretation, e: Call, method: string, receiver: Value, callback: Closure): Value {
  const item: Value =
    receiver.items?.length === 1 && receiver.items[0]
      ? receiver.items[0]
      : { ...madeOf([receiver, ...(receiver.items ?? [])]), ...(receiver.fixed && { fixed: false }) };
  const parallel = callback.fn.isAsync && method !== 'reduce';
  if (parallel && method === 'forEach') {
    const task: Task = { place: self.placeOf(e), what: 'forEach with an async function', seq: self.now(), flow: self.course.flow };
    self.note({ what: { kind: 'start', task }, at: e });
    self.apart(() => self.inMode({ parallel: callback.scope }, () => self.call(callback, [item], new Map(), e)));
    return NOTHING;
  }
  const result = self.inMode({ repeated: true, ...((parallel || markOf(receiver, 'promise')) && { parallel: callback.scope }) }, () =>
    self.call(callback, [item], new Map(), e),
  );
  switch (method) {
    case 'map':
    case 'flatMap': {
      const made = madeOf([result, receiver]);
      const promises: readonly Mark[] =
        parallel && !markOf(result, 'promise')
          ? [{ kind: 'promise', task: { place: self.placeOf(e), what: 'async functions', seq: self.now(), flow: self.course.flow } }]
          : [];
      return { ...made, marks: [...made.marks, ...promises], ...(receiver.items?.length === 1 && { items: [result] }) };
    }
    case 'filter':
      return {
        ...madeOf([receiver]),
        marks: receiver.marks.map((mark) => (mark.kind === 'remote' ? { ...mark, path: [...mark.path, FILTERED] } : mark)),
      };
    case 'reduce':
      return { ...madeOf([receiver, result]), marks: sortedMarks(madeOf([receiver, result]).marks) };
    case 'sort':
    case 'toSorted': {
      const sorted: Value = { ...receiver, marks: sortedMarks(receiver.marks) };
      if (method === 'sort') receiver.marks = sorted.marks;
      return sorted;
    }
    default:
      return { ...madeOf([receiver, result]), marks: sortedMarks(receiver.marks).filter(({ kind }) => kind !== 'random') };
  }
}

/** Callbacks that these are given run in the course of the test; those of all others at a time of their own. */
const IN_COURSE =
  /^(step|with\w*|using\w*|run\w*|act|transaction|subTest|in[A-Z]\w*|try|attempt|measure|time|execute|perform|do\w*|each|times|given|when|describe|group|nested|assert\w*|tap|promisify|Promise|all|allSettled)$/;

const IN_PAGE = /^(evaluate\w*|addInitScript|waitForFunction|\$+eval|exposeFunction)$/;
const ACTS =
  /^(click|dblclick|fill|press|type|check|uncheck|selectOption|tap|hover|dragTo|setInputFiles|clear|pressSequentially|goBack|reload|goto|select_option|set_input_files)$/;
/** Gives something a lifetime, whose length the arguments say in a way of their own. */
const LIFETIME_CALL = /expire|setex|^ttl$|lease/i;

function unknownCall(
  self: Interpretation,
  e: Call,
  name: string,
  word: string,
  receiver: Value | undefined,
  args: readonly Value[],
): Value {
  for (const arg of args) {
    for (const mark of arg.marks) if (mark.kind === 'promise') mark.task.joinedAt ??= self.now();
    for (const item of arg.items ?? []) for (const mark of item.marks) if (mark.kind === 'promise') mark.task.joinedAt ??= self.now();
    // What runs in a page sees the page's globals, not the test's.
    if (arg.closure && !IN_PAGE.test(word)) {
      const { closure } = arg;
      if (IN_COURSE.test(word)) self.call(closure, [], new Map(), e);
      else self.apart(() => self.call(closure, [], new Map(), e));
    }
    for (const [key, field] of arg.fields ?? [])
      if (field.closure && key !== 'constructor') {
        const { closure } = field;
        self.apart(() => self.call(closure, [], new Map(), e));
      }
  }
  // What an unknown function makes of chance or of a measurement need not depend on it.
  // Given the present twice, it compares the two.
  for (const arg of args)
    for (const mark of arg.marks) if (mark.kind === 'now') self.course.given?.add(`${mark.place.line} ${mark.place.text}`);
  // `set(key, value, ttl)`.
  const last = args.at(-1);
  if (/^(set|put|add|save|store|cache|setItem|remember)\w*$/i.test(word) && args.length > 2) {
    const ms = numberOf(last) ?? markOf(last, 'now')?.shift;
    // One that is over already too.
    if (ms !== undefined) self.course.lifetimes?.push(Math.max(0, ms));
  }
  const dates = /(?<!up)date(?!d)|day|month|year|week|format|calendar/i.test(word) && args.filter((arg) => markOf(arg, 'now')).length === 1;
  const given: Mark[] = madeOf(args).marks.filter(
    (mark) => mark.kind === 'remote' || mark.kind === 'zoned' || (mark.kind === 'now' && dates),
  );
  // Which of the items of an answer it is given says nothing of what it gives back.
  const passed = given.map((mark) => (mark.kind === 'remote' ? { ...mark, position: undefined, sorted: true } : mark));
  const own: Mark[] = (receiver?.marks ?? []).filter((mark) => mark.kind !== 'ambient' && mark.kind !== 'promise');
  const isOfPage = name.startsWith('fixtures.page.');
  const promises: Mark[] = [];
  if (isOfPage && ACTS.test(word)) {
    self.note({ what: { kind: 'act' }, at: e });
    promises.push({ kind: 'promise', task: { place: self.placeOf(e), what: 'POST on the page', seq: self.now(), flow: self.course.flow } });
  } else if (isOfPage && word.startsWith('waitFor')) self.note({ what: { kind: 'wait', vague: false }, at: e });
  // A client that is given its other end speaks to this process.
  const isInside = [...args].some((arg) =>
    [
      'transport',
      'app',
      'mounts',
      'adapter',
      'wsgi',
      'asgi',
      'connector',
      'resolver',
      'dispatcher',
      'agent',
      'httpAgent',
      'httpsAgent',
      'lookup',
    ].some((key) => arg.fields?.has(key)),
  );
  const unknown = isInside ? 'TestClient()' : `${name}()`;
  if (LIFETIME_CALL.test(word)) self.course.lifetimes?.push(0);
  return { marks: [...own, ...passed.filter((mark) => !own.includes(mark)), ...promises], readAt: self.now(), live: true, name: unknown };
}
