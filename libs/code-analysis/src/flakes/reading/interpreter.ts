import { shownCode, visitExpressions, type Expression, type Program, type Statement } from '../syntax/program';
import { callOf } from './calls';
import type { Course, Interpretation, Mode, Programs } from './interpretation';
import { memberOf, operationOf } from './operations';
import { assertedBy, assertComparison } from './assertions';
import { joinMarks, literalOf, madeOf, markOf, NOTHING, Scope, textOf, type Closure, type Mark, type Value } from './value';
import type { TraceEvent } from './trace';
import { TEST_MODULES } from './words';

/** Of one test; a test that does more is a program of its own, and is read up to here. */
const MOST_STEPS = 40_000;
const MOST_DEPTH = 8;

/** Of a list that a test picks from, where it is not written down. */
const LIST_LENGTH = 100;

const GROUP_NAMES = /task_?group|nursery|executor|pool/i;

interface FileScope {
  readonly scope: Scope;
  readonly classes: ReadonlyMap<string, ReadonlyMap<string, Closure>>;
}

/** Goes through programs statement by statement without running them, and notes what a test does and of what its values are made. */
export function openInterpreter(programs: Programs): Interpretation {
  const files = new Map<string, FileScope>();
  let events: TraceEvent[] = [];
  let seq = 0;
  let steps = 0;
  let flows = 0;
  const course: Course = { flow: 0, mainFlow: 0, mode: {}, stack: [], program: undefined, site: undefined, file: '', test: 0 };

  const self: Interpretation = {
    course,
    programs,
    begin(test, file) {
      events = [];
      seq = 1;
      steps = 0;
      course.test = test;
      course.file = file;
      course.flow = ++flows;
      course.mainFlow = course.flow;
      course.mode = {};
      course.stack = [];
      course.site = undefined;
      course.lifetimes = [];
      course.given = new Set();
      return events;
    },
    note(event) {
      const { mode } = course;
      const noted = {
        place: event.place ?? self.placeOf(event.at ?? { k: 'literal', at: 0, value: null }),
        polled: mode.polled === true,
        repeated: mode.repeated === true,
        inHook: mode.hook === true,
        inTeardown: mode.teardown === true,
        expectsError: mode.expectsError === true,
        flow: course.flow,
        ...event.what,
        seq: ++seq,
      } as TraceEvent;
      if (mode.quiet !== true) events.push(noted);
      return noted;
    },
    now: () => ++seq,
    placeOf(e) {
      const { program, site } = course;
      const line = site && program && program.path !== course.file ? site.line : (program?.lineOf(e.at) ?? 1);
      return { line, text: shownCode(e) };
    },
    evaluate,
    run,
    call,
    inMode,
    apart(work) {
      const before = course.flow;
      course.flow = ++flows;
      try {
        return work();
      } finally {
        course.flow = before;
      }
    },
    assign,
    scopeOf: (program) => fileScope(program).scope,
    bind,
  };
  return self;

  function inMode<T>(mode: Mode, work: () => T): T {
    const before = course.mode;
    course.mode = { ...before, ...mode };
    try {
      return work();
    } finally {
      course.mode = before;
    }
  }

  function fileScope(program: Program): FileScope {
    const known = files.get(program.path);
    if (known) return known;
    const classes = new Map<string, ReadonlyMap<string, Closure>>();
    const found: FileScope = { scope: new Scope(undefined, true), classes };
    files.set(program.path, found);
    const { scope } = found;
    for (const each of program.imports) scope.declare(each.local, { marks: [], readAt: 0, name: importName(each.from, each.name) }, 0);
    const before = { program: course.program, site: course.site, flow: course.flow, stack: course.stack };
    course.program = program;
    course.flow = 0;
    course.stack = [];
    hoist(program.body, scope, program);
    const own = program.path === course.file;
    inMode(own ? { top: true } : { quiet: true, top: true }, () => run(program.body, scope));
    Object.assign(course, before);
    return found;
  }

  /** Functions can be called above the place where they stand. */
  function hoist(body: readonly Statement[], scope: Scope, program: Program): void {
    for (const each of body)
      if (each.k === 'bind' && each.constant && each.value?.k === 'function' && each.target.k === 'name')
        scope.declare(each.target.name, closureValue(each.value.fn, scope, program), course.flow);
  }

  function imported(program: Program, local: string): Value | undefined {
    const found = program.imports.find((each) => each.local === local);
    if (!found) return undefined;
    return resolveImport(program, found.from, found.name, 0);
  }

  function resolveImport(program: Program, from: string, name: string, hops: number): Value | undefined {
    if (hops > 8) return undefined;
    const paths = programs.resolve(program, from, name);
    for (const path of paths) {
      const target = programs.get(path);
      if (!target) continue;
      if (name === '*') return { marks: [], readAt: 0, name: `module ${path}` };
      const local = target.language === 'py' ? name : target.exports.get(name);
      if (local !== undefined) {
        const { scope } = fileScope(target);
        const again = target.imports.find((each) => each.local === local);
        if (again) return resolveImport(target, again.from, again.name, hops + 1) ?? scope.find(local)?.value;
        const cell = scope.find(local);
        if (cell) return cell.value;
      }
      for (const other of target.exportsAll) {
        const through = resolveImport(target, other, name, hops + 1);
        if (through) return through;
      }
    }
    return undefined;
  }

  function closureValue(fn: Closure['fn'], scope: Scope, program: Program): Value {
    return { marks: [], readAt: 0, closure: { fn, scope, program }, fixed: true };
  }

  function lookUp(name: string, e: Expression, scope: Scope): Value {
    const cell = scope.find(name);
    if (!cell) {
      if (name === 'process' || name === 'globalThis' || name === 'global' || name === 'window') return { marks: [], readAt: seq, name };
      return { marks: [], readAt: ++seq, name, ...(name === 'this' && { live: true }) };
    }
    const { value } = cell;
    if (value.name !== undefined && course.program && scope.find(name) === fileScopeCell(name)) {
      const through = imported(course.program, name);
      if (through) {
        cell.value = through;
        return through;
      }
    }
    if (cell.setBy !== undefined && cell.setBy !== course.test && course.test > 0 && !value.closure) {
      const carried = { kind: 'carried' as const, place: self.placeOf(e), name };
      return { ...value, marks: [...value.marks, carried] };
    }
    return cell.live ? { ...value, live: true, readAt: ++seq } : value;
  }

  function fileScopeCell(name: string): unknown {
    return course.program && files.get(course.program.path)?.scope.own(name);
  }

  function evaluate(e: Expression, scope: Scope): Value {
    if (++steps > MOST_STEPS) return NOTHING;
    switch (e.k) {
      case 'literal':
        if (typeof e.value === 'string' && e.value.includes('max-age='))
          course.lifetimes?.push(Number(/max-age=(\d+)/.exec(e.value)?.[1] ?? 0) * 1000);
        return literalOf(e.value);
      case 'name':
        return lookUp(e.name, e, scope);
      case 'text': {
        const parts = e.parts.map((part) => evaluate(part, scope));
        const marks = madeOf(parts).marks.map((mark) => (mark.kind === 'random' ? { ...mark, text: true } : mark));
        return {
          ...madeOf(parts),
          marks,
          text: parts.map((part) => textOf(part) ?? '{}').join(''),
          fixed: parts.every(({ fixed }) => fixed),
        };
      }
      case 'member':
        return memberOf(self, e, evaluate(e.of, scope));
      case 'index': {
        const of = evaluate(e.of, scope);
        return memberAt(of, evaluate(e.index, scope));
      }
      case 'list': {
        const items = e.items.map((item) => evaluate(item.k === 'spread' ? item.of : item, scope));
        // What follows a spread stands at an unknown place.
        const spread = e.items.some(({ k }) => k === 'spread');
        const made = madeOf(items);
        const fixed = items.every((item) => item.fixed);
        // A sum of fractions is not exact.
        if (items.filter((item) => isFraction(item)).length > 1) made.marks = [...made.marks, { kind: 'float', place: self.placeOf(e) }];
        if (spread) return { ...made, fixed, ...(e.isSet && { isSet: true }) };
        return { ...made, items, fixed, ...(e.isSet && { isSet: true }) };
      }
      case 'map': {
        const fields = new Map<string, Value>();
        const all: Value[] = [];
        for (const [key, each] of e.entries) {
          const value = evaluate(each, scope);
          all.push(value);
          if (key === null) for (const [name, field] of value.fields ?? []) fields.set(name, field);
          else fields.set(key, value);
          noteLifetime(key, value);
        }
        return { ...madeOf(all), fields, fixed: all.every((value) => value.fixed) };
      }
      case 'function':
        return closureValue(e.fn, scope, course.program as Program);
      case 'await':
        return awaited(e, e.of.k === 'call' ? inMode({ awaited: true }, () => evaluate(e.of, scope)) : evaluate(e.of, scope));
      case 'call':
        return callOf(self, e, scope);
      case 'operation':
        return operationOf(self, e, scope);
      case 'assign': {
        const value = evaluate(e.value, scope);
        const result =
          e.operator === '=' || e.operator === '??=' || e.operator === '||=' ? value : madeOf([evaluate(e.target, scope), value]);
        assign(e.target, result, scope, e);
        return result;
      }
      case 'spread':
        return evaluate(e.of, scope);
      case 'default':
        return evaluate(e.value, scope);
    }
  }

  function noteLifetime(key: string | null, value: Value): void {
    const number = value.literal?.value ?? markOf(value, 'now')?.shift;
    if (
      key === null ||
      typeof number !== 'number' ||
      number <= 0 ||
      !/ttl|expir|lifetime|max_?age|valid|lease|lock|stale|grace|idle/i.test(key)
    )
      return;
    course.lifetimes?.push(/sec/i.test(key) || (number < 20 && !/ms|milli/i.test(key)) ? number * 1000 : number);
  }

  function memberAt(of: Value, index: Value): Value {
    const place = index.literal?.value;
    if (typeof place === 'number') {
      const item = of.items?.at(place);
      if (item) return item;
    }
    if (typeof place === 'string' && of.fields?.has(place)) return of.fields.get(place) as Value;
    const position = typeof place === 'number' ? place : undefined;
    return {
      readAt: of.live ? ++seq : of.readAt,
      marks: joinMarks([of, index]).map((mark): Mark =>
        mark.kind === 'random'
          ? { ...mark, range: Math.min(mark.range, of.items?.length ?? mark.scale ?? LIST_LENGTH) }
          : mark.kind === 'remote'
            ? { ...mark, path: [...mark.path, `[${position ?? ''}]`], position }
            : mark.kind === 'unordered' && position !== undefined
              ? { ...mark, position }
              : mark,
      ),
      ...(of.name !== undefined && { name: `${of.name}[]` }),
      ...(of.live && { live: true }),
    };
  }

  function awaited(e: Expression, value: Value): Value {
    if (value.sleeps !== undefined) {
      self.note({ what: { kind: 'sleep', ms: value.sleeps, role: sleepRole() }, at: e.k === 'await' ? e.of : e });
      return NOTHING;
    }
    const promise = markOf(value, 'promise');
    if (!promise) {
      // Something of which nothing is known, such as an event.
      // A promise that a variable holds is settled by what the test waits for.
      if (e.k === 'await' && (value.live || value.readAt === 0)) self.note({ what: { kind: 'wait', vague: e.of.k !== 'name' }, at: e });
      return value.live ? { ...value, live: false } : value;
    }
    for (const mark of value.marks) if (mark.kind === 'promise') mark.task.joinedAt ??= self.now();
    return { ...value, marks: value.marks.filter((mark) => mark.kind !== 'promise') };
  }

  function sleepRole(): 'plain' | 'between' {
    return course.mode.between === true ? 'between' : 'plain';
  }

  function run(body: readonly Statement[], scope: Scope): Value[] {
    const returned: Value[] = [];
    for (const each of body) returned.push(...statement(each, scope));
    return returned;
  }

  function block(body: readonly Statement[], scope: Scope): Value[] {
    if (body.length === 0) return [];
    // Python has no block scopes.
    if (course.program?.language === 'py') return run(body, scope);
    const inner = new Scope(scope);
    if (course.program) hoist(body, inner, course.program);
    return run(body, inner);
  }

  function statement(s: Statement, scope: Scope): Value[] {
    if (++steps > MOST_STEPS) return [];
    switch (s.k) {
      case 'bind':
        if (
          s.value &&
          !(s.constant && s.value.k === 'function' && s.target.k === 'name' && scope.own(s.target.name)?.value.closure?.fn === s.value.fn)
        )
          bindTop(s.target, s.value, scope);
        else if (!s.value) bind(s.target, { marks: [], readAt: 0 }, scope);
        return [];
      case 'expression':
        expressionStatement(s.value, scope);
        return [];
      case 'assert':
        assertedBy(self, s.test, scope);
        return [];
      case 'return': {
        if (!s.value) return [];
        const given = s.value;
        const value = given.k === 'call' ? inMode({ awaited: true }, () => evaluate(given, scope)) : evaluate(given, scope);
        for (const mark of value.marks) if (mark.kind === 'promise') mark.task.joinedAt ??= self.now();
        if (value.sleeps !== undefined && course.stack.length === 0) awaited(s.value, value);
        return [value];
      }
      case 'throw':
        if (s.value) evaluate(s.value, scope);
        return [];
      case 'if':
        return conditional(s, scope);
      case 'loop':
        return loop(s, scope);
      case 'try':
        return [
          ...(s.hasHandler ? inMode({ expectsError: true }, () => block(s.body, scope)) : block(s.body, scope)),
          ...block(s.handlers, scope),
          ...inMode({ teardown: true }, () => block(s.last, scope)),
        ];
      case 'with':
        return withStatement(s, scope);
      case 'block':
        return block(s.body, scope);
      case 'outer':
        for (const name of s.names) scope.outer.add(name);
        return [];
      case 'class': {
        const methods = new Map<string, Closure>();
        const program = course.program as Program;
        for (const base of s.bases) for (const [name, method] of evaluate(base, scope).methods ?? []) methods.set(name, method);
        for (const fn of s.methods) if (fn.name !== undefined) methods.set(fn.name, { fn, scope, program });
        scope.declare(s.name, { marks: [], readAt: 0, methods, name: `class ${s.name}` }, course.flow);
        return [];
      }
      case 'leave':
        return [];
    }
  }

  function expressionStatement(e: Expression, scope: Scope): void {
    const value = evaluate(e, scope);
    // Python's `yield` and sleeps that need no await.
    if (value.sleeps !== undefined && (course.program?.language === 'py' || e.k !== 'call')) {
      if (e.k !== 'await') awaited(e, value);
    }
    if (e.k === 'member') assertComparison(self, e, value);
    if (e.k === 'call' || (e.k === 'operation' && e.operator === 'void')) {
      const promise = markOf(value, 'promise');
      if (promise && promise.task.joinedAt === undefined) self.note({ what: { kind: 'start', task: promise.task }, at: e });
    }
  }

  function bindTop(target: Expression, value: Expression, scope: Scope): void {
    bind(target, evaluate(value, scope), scope);
  }

  /** Gives names to a value or to its parts. */
  function bind(target: Expression, value: Value, scope: Scope): void {
    switch (target.k) {
      case 'name': {
        if (scope.outer.has(target.name)) {
          assign(target, value, scope, target);
          return;
        }
        const known = scope.own(target.name);
        if (known && course.program?.language === 'py') assign(target, value, scope, target);
        else scope.declare(target.name, value, course.flow);
        return;
      }
      case 'default': {
        const isGiven = value !== NOTHING && !(value.literal && value.literal.value === undefined);
        bind(target.target, isGiven ? value : evaluate(target.value, scope), scope);
        return;
      }
      case 'map':
        for (const [key, inner] of target.entries) {
          if (key === null) bind(inner, value, scope);
          else bind(inner, memberOf(self, { k: 'member', at: target.at, of: target, name: key }, value), scope);
        }
        return;
      case 'list':
        target.items.forEach((item, index) => bind(item, item.k === 'spread' ? value : memberAt(value, literalOf(index)), scope));
        return;
      case 'spread':
        bind(target.of, value, scope);
        return;
      default:
        return;
    }
  }

  function assign(target: Expression, value: Value, scope: Scope, e: Expression): void {
    if (target.k === 'member' || target.k === 'index') {
      const of = evaluate(target.of, scope);
      const name = target.k === 'member' ? target.name : (textOf(evaluate(target.index, scope)) ?? '');
      if (of.fields && target.k === 'member') of.fields.set(name, value);
      noteSet(of, name, value, target, e, scope);
      touch(target, scope);
      return;
    }
    if (target.k === 'map') {
      for (const [, each] of target.entries) assign(each.k === 'default' ? each.target : each, madeOf([value]), scope, e);
      return;
    }
    if (target.k === 'list') {
      target.items.forEach((item, index) => assign(item, memberAt(value, literalOf(index)), scope, e));
      return;
    }
    if (target.k !== 'name') return;
    const cell = scope.find(target.name);
    if (!cell) {
      scope.declare(target.name, value, course.flow);
      return;
    }
    if (cell.flow !== course.flow && cell.flow !== 0) cell.live = true;
    if (cell.flow === 0 && course.test > 0)
      cell.setBy = course.mode.hook === true || course.mode.teardown === true ? undefined : course.test;
    cell.value = value;
  }

  /** A member of a variable of another course of events is changed. */
  function touch(target: Expression, scope: Scope): void {
    let root = target;
    while (root.k === 'member' || root.k === 'index') root = root.of;
    if (root.k !== 'name') return;
    const cell = scope.find(root.name);
    if (cell && cell.flow !== course.flow && cell.flow !== 0) cell.live = true;
  }

  function noteSet(of: Value, name: string, value: Value, target: Expression, e: Expression, scope: Scope): void {
    // What a helper of another file sets is what all who use it want.
    if (course.site) return;
    const { name: owner } = of;
    if (owner === undefined) return;
    const set = (what: 'environment' | 'global' | 'built-in' | 'module', of_: string): void => {
      // Its own earlier value, kept in a variable, or nothing: it is put back.
      const kept =
        value.name !== undefined &&
        value.name.replace(/^(globalThis|global|window)\./, '') === `${owner}.${name}`.replace(/^(globalThis|global|window)\./, '');
      // So is what is emptied.
      const isEmpty = what === 'module' && value.literal !== undefined && !value.literal.value;
      const undoes = kept || isEmpty || (e.k === 'operation' && e.operator === 'delete') || (owner === 'process' && name === 'env');
      self.note({ what: { kind: 'set', what, name: of_, undoes }, at: e });
    };
    if (owner === 'process.env' || owner === 'os.environ') set('environment', name);
    else if (owner === 'globalThis' || owner === 'global' || owner === 'window') {
      if (name === 'Date') course.fakeClock = true;
      set('global', name);
    } else if (/^(Date|Math|console|Array|Object|String|Number|JSON|Promise|process|crypto|performance)(\.prototype)?$/.test(owner)) {
      if (owner === 'Date') course.fakeClock = true;
      if (owner === 'Math') course.seeded = true;
      if (owner !== 'process' || !/^(exitCode|title)$/.test(name)) set('built-in', `${owner}.${name}`);
    } else if (course.program?.language === 'py' && course.test > 0 && target.k === 'member') {
      const root = target.of.k === 'name' ? target.of.name : '';
      // A member of a module or of a class that the file imports, not of a variable of that name.
      const known = course.program.imports.find((each) => each.local === root);
      if (known && !target.key && scope.find(root) === files.get(course.program.path)?.scope.own(root) && !owner.includes('(')) {
        if (/^(time|datetime)$/.test(owner)) course.fakeClock = true;
        set('module', `${owner}.${name}`);
      }
    }
  }

  function conditional(s: Extract<Statement, { k: 'if' }>, scope: Scope): Value[] {
    // `if (x !== y) throw ...` is an assertion.
    // In a handler of its own it is what the handler answers.
    const throws = course.flow === course.mainFlow && s.yes.length > 0 && throwsIn(s.yes);
    if (throws && s.no.length === 0) {
      assertedBy(self, { k: 'operation', at: s.test.at, operator: '!', operands: [s.test] }, scope);
      return block(s.yes, scope);
    }
    const test = evaluate(s.test, scope);
    if (test.marks.length > 0) self.note({ what: { kind: 'branch', test }, at: s.test });
    return [...block(s.yes, scope), ...block(s.no, scope)];
  }

  function throwsIn(body: readonly Statement[]): boolean {
    return body.some((each) => each.k === 'throw' || (each.k === 'block' && throwsIn(each.body)));
  }

  function loop(s: Extract<Statement, { k: 'loop' }>, scope: Scope): Value[] {
    const inner = new Scope(scope);
    const target = course.program?.language === 'py' ? scope : inner;
    run(s.before, inner);
    const left = leaves(s.body);
    const counts = s.before.length > 0 || s.each !== undefined;
    const test = s.test && evaluate(s.test, inner);
    const isEndless = s.test === undefined || s.test.k === 'literal';
    const polls = counts ? left && sleepsIn(s.body) : isEndless ? left : true;
    if (s.each && s.over) {
      const over = evaluate(s.over, scope);
      const first = over.items?.[0];
      bind(
        s.each,
        first && over.items?.length === 1 ? first : { ...madeOf([over, ...(over.items ?? [])]), ...(over.live && { live: true }) },
        target,
      );
    }
    // Nothing but time ends it.
    if (
      !counts &&
      s.body.every((each) => each.k === 'block' && each.body.length === 0) &&
      test &&
      (markOf(test, 'now') || markOf(test, 'elapsed'))
    ) {
      self.note({ what: { kind: 'sleep', ms: Number.NaN, role: 'plain' }, at: s.test ?? { k: 'literal', at: s.at, value: null } });
      return [];
    }
    const seen = inMode(polls ? { polled: true, repeated: true } : { repeated: true }, () => bodyOfLoop(s.body, polls, target));
    if (polls) self.note({ what: { kind: 'wait', vague: false }, at: { k: 'literal', at: s.at, value: null } });
    return seen;
  }

  /** A sleep that ends the body of a loop keeps its rounds apart. */
  function bodyOfLoop(body: readonly Statement[], polls: boolean, scope: Scope): Value[] {
    const flat = body.length === 1 && body[0]?.k === 'block' ? body[0].body : body;
    const inner = course.program?.language === 'py' ? scope : new Scope(scope);
    const returned: Value[] = [];
    flat.forEach((each, index) => {
      const after = flat.slice(index + 1);
      const last = after.every((next) => next.k === 'expression' && next.value.k === 'assign');
      returned.push(...inMode(last && !polls ? { between: true } : { between: false }, () => statement(each, inner)));
    });
    return returned;
  }

  function withStatement(s: Extract<Statement, { k: 'with' }>, scope: Scope): Value[] {
    let mode: Mode = {};
    for (const [context, target] of s.items) {
      const value = evaluate(context, scope);
      // Entering it waits for it.
      for (const mark of value.marks) if (mark.kind === 'promise') mark.task.joinedAt ??= seq;
      const name = value.name ?? '';
      if (/(^|\.)(raises|warns|assertRaises\w*|suppress)\(\)$/.test(name)) mode = { ...mode, expectsError: true };
      if (target) bind(target, { ...value, live: value.live ?? false }, scope);
    }
    const from = seq;
    const returned = inMode(mode, () => block(s.body, scope));
    // A group of tasks or an executor waits at its end for what it was given.
    if (GROUP_NAMES.test(s.items.map(([context]) => shownCode(context)).join(' ')))
      for (const event of events) if (event.kind === 'start' && event.seq > from) event.task.joinedAt ??= ++seq;
    return returned;
  }

  function call(closure: Closure, args: readonly Value[], named: ReadonlyMap<string, Value>, site: Expression): Value {
    const { fn, program } = closure;
    if (course.stack.length >= MOST_DEPTH || course.stack.includes(fn) || steps > MOST_STEPS) return NOTHING;
    const before = { program: course.program, site: course.site, stack: course.stack };
    const scope = new Scope(closure.scope);
    const isOutside = program.path !== course.file;
    if (isOutside && !course.site) course.site = self.placeOf(site);
    course.program = program;
    course.stack = [...course.stack, fn];
    try {
      if (closure.self) scope.declare(program.language === 'py' ? 'self' : 'this', closure.self, course.flow);
      const skip = program.language === 'py' && closure.self !== undefined ? 1 : 0;
      fn.params.slice(skip).forEach((param, index) => {
        if (param.k === 'spread') {
          bind(param.of, { ...madeOf(args.slice(index)), items: args.slice(index) }, scope);
          return;
        }
        const inner = param.k === 'default' ? param.target : param;
        const byName = inner.k === 'name' ? named.get(inner.name) : undefined;
        bind(param, byName ?? args[index] ?? NOTHING, scope);
      });
      hoist(fn.body, scope, program);
      const returned = inMode({ between: false, top: false, awaited: false }, () => run(fn.body, scope));
      const [only] = returned;
      if (!only) return NOTHING;
      if (returned.length === 1) return only;
      const made = madeOf(returned);
      // Which of them it is is not known: what can differ from run to run counts where all of them can.
      const marks = made.marks.filter(
        ({ kind }) => kind === 'remote' || kind === 'promise' || returned.every((value) => value.marks.some((mark) => mark.kind === kind)),
      );
      return { ...only, ...made, marks, fixed: returned.every((value) => value.fixed) };
    } finally {
      Object.assign(course, before);
    }
  }
}

function isFraction(value: Value): boolean {
  const number = value.literal?.value;
  return typeof number === 'number' && !Number.isInteger(number);
}

/** Whether the body of a loop can end it. */
function leaves(body: readonly Statement[]): boolean {
  return body.some((s) => {
    switch (s.k) {
      case 'leave':
      case 'return':
      case 'throw':
        return true;
      case 'if':
        return leaves(s.yes) || leaves(s.no);
      case 'try':
        return leaves(s.body) || leaves(s.handlers) || leaves(s.last);
      case 'block':
      case 'with':
        return leaves(s.body);
      default:
        return false;
    }
  });
}

function sleepsIn(body: readonly Statement[]): boolean {
  let found = false;
  visitExpressions(body, (e) => {
    if (e.k === 'call' || e.k === 'await') found = true;
    return !found;
  });
  return found;
}

/** `fs` for `import * as fs from 'fs'`, `fs.readFile` for a name of it. */
function importName(from: string, name: string): string {
  if (TEST_MODULES.test(from)) return name === '*' || name === 'default' ? (from === 'test' ? 'test' : (from.split('/')[0] ?? from)) : name;
  return name === '*' || name === 'default' ? from : `${from}.${name}`;
}
