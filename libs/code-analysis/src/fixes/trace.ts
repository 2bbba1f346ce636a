import { assertionOf, claimsOf, condition, type Claim, type WrittenAssertion } from './assertions';
import {
  calledName,
  camel,
  made,
  pathOf,
  place,
  someExpr,
  walk,
  type CallExpr,
  type CodeModule,
  type Entry,
  type Expr,
  type FunctionExpr,
  type Stmt,
} from './code';
import { keyOf } from './code-key';
import type { ImportReader } from './project-modules';
import { isUnstable, pollKindOf, promisedDelay, purposeOf, sleepOf, type Purpose } from './vocabulary';

/** Under what a statement runs, from the outside in. Only `poll` and `finally` leave it certain that it runs, and that its failure counts. */
export interface Context {
  readonly kind: 'if' | 'loop' | 'callback' | 'swallowed' | 'handler' | 'dead' | 'unawaited' | 'poll' | 'finally' | 'raises';
  /** Equal where the condition, collection or callee is. */
  readonly key: string;
  readonly line: number;
  /** A loop that asks again until a deadline or for a number of tries. */
  readonly polls?: boolean;
  /** The collection that a loop goes through. */
  readonly source?: Expr;
}

/** An assertion's claim with where it stands. */
export interface Fact extends Claim {
  readonly contexts: readonly Context[];
  readonly line: number;
  readonly soft: boolean;
  /** Actions that were done before it. */
  readonly actions: number;
}

/** A call that was made. */
export interface Effect {
  readonly purpose: Purpose | 'assign';
  readonly path: string;
  /** Resolved. */
  readonly value: Expr;
  readonly contexts: readonly Context[];
  readonly line: number;
  readonly awaited: boolean;
  readonly sleepMs?: number;
  /** As it is written. */
  readonly source: Expr;
}

/** What one test, hook or function does. */
export interface Scope {
  readonly name: string;
  readonly line: number;
  readonly kind: 'test' | 'hook' | 'function' | 'module';
  /** By what it was registered: `test`, `test.each([...])`. */
  readonly registered: string;
  readonly facts: Fact[];
  readonly effects: Effect[];
}

export interface Trace {
  readonly language: 'typescript' | 'python';
  readonly scopes: readonly Scope[];
}

/** Thrown for a module that costs too much to follow; the guards refuse it. */
export class TooLarge extends Error {}

const MOST_STEPS = 60_000;
const DEEPEST_CALL = 5;
/** Calls of a test framework that register a test; its second or last function is the test. */
const TEST = /^(?:test|it|specify|fit|xit|xtest|bench)(?:\.\w+(?:\(\))?)*$/;
const GROUP =
  /^(?:describe|context|suite|fdescribe|xdescribe|test\.describe)(?:\.(?:only|skip|todo|each|sequential|concurrent|parallel|serial|configure|failing|fixme)(?:\(\))?)*$/;
const HOOK = /^(?:test\.)?(?:beforeEach|afterEach|beforeAll|afterAll|before|after|setup|teardown)$/;
/** Callbacks that a callee runs at once, once and waits for. */
const TRANSPARENT = /^(?:test\.step|t\.test|it\.step|step|allure\.step)$/;
/** Callbacks that an array's method runs for each element. */
const EACH = /^(?:forEach|map|filter|find|findIndex|findLast|some|every|flatMap|reduce|sort|toSorted|sorted|min|max|Map|groupBy|any|all)$/;

interface Slot {
  value: Expr;
  readonly depth: number;
}

interface Env {
  readonly slots: Map<string, Slot>;
  readonly parent: Env | undefined;
  /** What is assigned in a test to names from outside stays in the test. */
  readonly isTest: boolean;
  /** Of another file. */
  readonly isForeign?: boolean;
}

interface Frame {
  readonly scope: Scope;
  readonly contexts: readonly Context[];
  readonly returns: { readonly value: Expr; readonly contexts: readonly Context[] }[];
  readonly calls: number;
  /** Functions whose bodies are being followed. */
  readonly within: readonly FunctionExpr[];
  /** Inside a function of another file: the line of the test that calls it. */
  readonly site?: number;
}

type Ending = 'next' | 'return' | 'throw' | 'jump';

const NOTHING = made.literal(undefined);

export function traceOf(module: CodeModule, imports: ImportReader = () => undefined): Trace {
  return new Tracer(module, imports).trace();
}

/**
 * Follows a module once through, without running it: names are replaced by what they stand for, local functions by what they do,
 * and every call and assertion is noted with what it depends on.
 */
class Tracer {
  private steps = 0;
  private readonly scopes: Scope[] = [];
  private readonly later: { readonly first: boolean; readonly run: () => void }[] = [];
  private readonly closures = new WeakMap<Expr, Env>();
  private readonly classes = new Map<Expr, { readonly stmt: Stmt & { kind: 'class' }; readonly env: Env }>();
  /** While its constructor runs: the fields of an instance. */
  private readonly making = new Map<Expr, Entry[]>();
  private readonly sources = new Map<string, string>();
  private readonly actions = new Map<Scope, number>();
  private readonly language: 'typescript' | 'python';

  private readonly modules = new Map<string, Env | undefined>();

  constructor(
    private readonly module: CodeModule,
    private readonly imports: ImportReader,
  ) {
    this.language = module.language;
  }

  /** What a module of the project declares; its own imports are not followed. */
  private moduleEnv(source: string): Env | undefined {
    if (this.modules.has(source)) return this.modules.get(source);
    this.modules.set(source, undefined);
    const module = this.imports(source);
    if (!module) return undefined;
    const env: Env = { slots: new Map(), parent: undefined, isTest: false, isForeign: true };
    const frame = this.frame({ name: `imported ${source}`, line: 1, kind: 'function', registered: '', facts: [], effects: [] });
    this.hoist(module.body, env);
    this.run(module.body, env, frame);
    this.modules.set(source, env);
    return env;
  }

  trace(): Trace {
    const env: Env = { slots: new Map(), parent: undefined, isTest: false };
    const frame = this.frame(this.scope('module', 1, 'module'));
    this.hoist(this.module.body, env);
    this.run(this.module.body, env, frame);
    // Hooks give names the values that tests read.
    for (const { run } of this.later.toSorted((a, b) => Number(b.first) - Number(a.first))) run();
    return { language: this.language, scopes: this.scopes };
  }

  private scope(name: string, line: number, kind: Scope['kind'], registered = ''): Scope {
    const taken = this.scopes.filter((scope) => scope.name === name || scope.name.startsWith(`${name} #`)).length;
    const scope: Scope = { name: taken === 0 ? name : `${name} #${taken + 1}`, line, kind, registered, facts: [], effects: [] };
    this.scopes.push(scope);
    return scope;
  }

  private frame(scope: Scope): Frame {
    return { scope, contexts: [], returns: [], calls: 0, within: [] };
  }

  private under(frame: Frame, kind: Context['kind'], key: string, line: number): Frame {
    return { ...frame, contexts: [...frame.contexts, { kind, key, line: frame.site ?? line }] };
  }

  // -- names -------------------------------------------------------------

  private look(name: string, env: Env): Slot | undefined {
    for (let at: Env | undefined = env; at; at = at.parent) {
      const slot = at.slots.get(name);
      if (slot) return slot;
    }
    return undefined;
  }

  private declare(target: Expr, value: Expr, env: Env, frame: Frame): void {
    switch (target.kind) {
      case 'name':
        env.slots.set(target.name, { value, depth: frame.contexts.length });
        return;
      case 'assign': {
        // `const { state = 'done' } = answer`: a missing value is made up.
        const fallback = this.value(target.value, env, this.quiet(frame));
        const missing = value.kind === 'literal' && value.value === undefined;
        const known: Expr = { ...place(target), kind: 'opaque', text: 'default', parts: [value, fallback] };
        return this.declare(target.target, missing ? fallback : known, env, frame);
      }
      case 'spread':
        return this.declare(target.value, { ...place(target), kind: 'opaque', text: 'rest', parts: [value] }, env, frame);
      case 'list':
        target.items.forEach((item, index) =>
          this.declare(item, item.kind === 'spread' ? value : this.element(value, made.literal(index), item), env, frame),
        );
        return;
      case 'object':
        for (const entry of target.entries)
          if (typeof entry.key === 'string')
            this.declare(entry.value, entry.value.kind === 'spread' ? value : this.field(value, entry.key, entry.value), env, frame);
        return;
      default:
        return;
    }
  }

  private assign(name: string, value: Expr, env: Env, frame: Frame): void {
    let inside: Env | undefined;
    for (let at: Env | undefined = env; at; at = at.parent) {
      const slot = at.slots.get(name);
      if (slot) {
        const uncertain = frame.contexts
          .slice(slot.depth)
          .some((context) => ['if', 'loop', 'poll', 'handler', 'swallowed', 'callback'].includes(context.kind));
        const next = uncertain ? either([slot.value, value]) : value;
        if (inside) inside.slots.set(name, { value: next, depth: 0 });
        else at.slots.set(name, { value: next, depth: slot.depth });
        return;
      }
      if (at.isTest) inside = at;
    }
    env.slots.set(name, { value, depth: frame.contexts.length });
  }

  private field(object: Expr, name: string, at: Expr, optional = false): Expr {
    // What a module of the project or of a package exports is known by its own name.
    if (object.kind === 'name' && object.name.startsWith('module ')) {
      this.sources.set(name, object.name.slice(7));
      const known = this.moduleEnv(object.name.slice(7))?.slots.get(name);
      if (known?.value.kind === 'function') return known.value;
      return { ...place(at), kind: 'name', name };
    }
    if (object.kind === 'object') {
      const spread = object.entries.findLastIndex((entry) => entry.key === '...' || typeof entry.key !== 'string');
      const found = object.entries.findLastIndex((entry) => entry.key === name);
      const entry = object.entries[found];
      if (entry && found > spread) return entry.value;
    }
    return { ...place(at), kind: 'member', object, name, optional };
  }

  private element(object: Expr, index: Expr, at: Expr, optional = false): Expr {
    if (
      object.kind === 'list' &&
      index.kind === 'literal' &&
      typeof index.value === 'number' &&
      !object.items.some((item) => item.kind === 'spread')
    ) {
      const item = object.items[index.value];
      if (item) return item;
    }
    if (object.kind === 'call' && pathOf(object.callee) === 'Promise.all' && object.args[0]?.kind === 'list')
      return this.element(object.args[0], index, at);
    return { ...place(at), kind: 'index', object, index, optional };
  }

  /** Functions can be called above where they stand. */
  private hoist(body: readonly Stmt[], env: Env): void {
    for (const stmt of body)
      if (stmt.kind === 'define') {
        this.closures.set(stmt.value, env);
        env.slots.set(stmt.name, { value: stmt.value, depth: 0 });
      }
  }

  // -- statements --------------------------------------------------------

  private run(body: readonly Stmt[], env: Env, given: Frame): Ending {
    let frame = given;
    for (const [index, stmt] of body.entries()) {
      if (++this.steps > MOST_STEPS) throw new TooLarge('too large to be followed');
      const ending = this.step(stmt, env, frame, body[index + 1]);
      if (ending === 'next') continue;
      if (typeof ending === 'object') {
        frame = this.under(frame, 'if', ending.key, ending.line);
        continue;
      }
      const rest = body.slice(index + 1).filter((after) => after.kind !== 'define');
      if (rest.length > 0) this.run(rest, env, this.under(frame, 'dead', '', rest[0]?.line ?? 0));
      return ending;
    }
    return 'next';
  }

  /** How it ends; an object where what follows runs only under a condition. */
  private step(stmt: Stmt, env: Env, frame: Frame, next: Stmt | undefined): Ending | { key: string; line: number } {
    switch (stmt.kind) {
      case 'declare': {
        const value = stmt.value ? this.value(stmt.value, env, frame) : NOTHING;
        this.declare(stmt.target, value, env, frame);
        if (stmt.target.kind === 'name') this.exported(stmt.target.name, value, env, frame);
        return 'next';
      }
      case 'expression': {
        const value = this.value(stmt.value, env, frame);
        // `exports.run = ...`, `export default ...`.
        if (stmt.value.kind === 'assign' && stmt.value.target.kind === 'member')
          this.exported(stmt.value.target.name === 'exports' ? 'default' : stmt.value.target.name, value, env, frame);
        else if (stmt.value.kind === 'function') this.exported('default', value, env, frame);
        return 'next';
      }
      case 'assert':
        this.claim(condition(this.value(stmt.test, env, frame), true), frame, stmt.line, false);
        return 'next';
      case 'if':
        return this.branch(stmt, env, frame);
      case 'loop':
        this.loop(stmt, env, frame, next);
        return 'next';
      case 'return':
        frame.returns.push({ value: stmt.value ? this.value(stmt.value, env, frame, true) : NOTHING, contexts: frame.contexts });
        return 'return';
      case 'throw':
        if (stmt.value) this.value(stmt.value, env, frame);
        return 'throw';
      case 'jump':
        return 'jump';
      case 'try':
        return this.tried(stmt, env, frame);
      case 'with':
        return this.within(stmt, env, frame);
      case 'define':
        this.defined(stmt, env, frame);
        return 'next';
      case 'class':
        this.classed(stmt, env, frame);
        return 'next';
      case 'import':
        this.imported(stmt, env);
        return 'next';
      case 'block': {
        const inner = child(env);
        this.hoist(stmt.body, inner);
        return this.run(stmt.body, inner, frame);
      }
      case 'opaque':
        return 'next';
    }
  }

  private scopeOfBlock(env: Env): Env {
    // Python's blocks have no names of their own.
    return this.language === 'python' ? env : child(env);
  }

  private branch(stmt: Stmt & { kind: 'if' }, env: Env, frame: Frame): Ending | { key: string; line: number } {
    const test = this.value(stmt.test, env, frame);
    const mark = frame.scope.facts.length;
    const yes = this.run(stmt.yes, this.scopeOfBlock(env), this.under(frame, 'if', keyOf(test), stmt.line));
    if (yes === 'throw' && stmt.no.length === 0 && !isPast(test, this.language)) {
      // `if (wrong) throw` asserts that it is not wrong; what it says before it throws is no assertion.
      frame.scope.facts.splice(mark);
      this.claim(condition(test, false), frame, stmt.line, false);
      return 'next';
    }
    const no =
      stmt.no.length > 0 ? this.run(stmt.no, this.scopeOfBlock(env), this.under(frame, 'if', keyOf(made.not(test)), stmt.line)) : 'next';
    if (yes !== 'next' && no !== 'next') return yes === 'throw' ? no : yes;
    if (yes === 'throw' || no === 'throw') return 'next';
    if (yes !== 'next') return { key: keyOf(made.not(test)), line: stmt.line };
    if (no !== 'next') return { key: keyOf(test), line: stmt.line };
    return 'next';
  }

  private loop(stmt: Stmt & { kind: 'loop' }, env: Env, frame: Frame, next: Stmt | undefined): void {
    const inner = child(env);
    this.run(stmt.init, inner, frame);
    const source = stmt.source && this.value(stmt.source, inner, frame);
    const poll = !this.isCollection(source) && isPollLoop(stmt);
    const endless = stmt.test === undefined || (stmt.test.kind === 'literal' && stmt.test.value === true);
    // The only way on is by what was waited for, or by failing.
    const sure =
      poll && ((endless && stmt.source === undefined && throwsInside(stmt.body)) || (next?.kind === 'throw' && leavesInside(stmt.body)));
    const key = source ? keyOf(source) : stmt.test ? keyOf(this.value(stmt.test, inner, this.quiet(frame))) : '';
    const context: Context = { kind: sure ? 'poll' : 'loop', key, line: stmt.line, polls: poll, ...(source && { source }) };
    const under: Frame = { ...frame, contexts: [...frame.contexts, context] };
    const bodyEnv = this.language === 'python' ? env : inner;
    if (stmt.test) this.value(stmt.test, bodyEnv, under);
    if (stmt.target && source) this.declare(stmt.target, this.element(source, made.name('$each'), stmt.target), bodyEnv, frame);
    const mark = frame.scope.facts.length;
    this.hoist(stmt.body, inner);
    this.run(stmt.body, bodyEnv, under);
    if (stmt.step) this.value(stmt.step, bodyEnv, under);
    if (!sure) return;
    const exits = exitsOf(stmt.body);
    if (exits.length === 1 && exits[0] && frame.scope.facts.length === mark)
      this.claim(
        condition(this.value(exits[0], bodyEnv, this.quiet(frame)), true),
        this.under(frame, 'poll', key, stmt.line),
        stmt.line,
        false,
      );
  }

  private isCollection(source: Expr | undefined): boolean {
    return source !== undefined && !(source.kind === 'call' && pathOf(source.callee) === 'range');
  }

  /** Follows something for its value only. */
  private quiet(frame: Frame): Frame {
    const scope: Scope = { ...frame.scope, facts: [], effects: [] };
    this.actions.set(scope, this.actions.get(frame.scope) ?? 0);
    return { ...frame, scope };
  }

  private tried(stmt: Stmt & { kind: 'try' }, env: Env, frame: Frame): Ending {
    // Only a loop of its own knows when to give up; what a framework's poll calls must throw or say that it is not there yet.
    const polled = frame.contexts.some((context) => context.kind === 'poll' && context.polls === true);
    const swallows = stmt.handlers.some(
      (handler) => !rethrows(handler.body) && !(polled && (throwsInside(handler.body) || handlerWaits(handler.body))),
    );
    const body = this.run(stmt.body, this.scopeOfBlock(env), swallows ? this.under(frame, 'swallowed', '', stmt.line) : frame);
    const endings = stmt.handlers.map((handler) => {
      const inner = this.scopeOfBlock(env);
      if (handler.name !== undefined) inner.slots.set(handler.name, { value: made.name('$error'), depth: frame.contexts.length });
      return this.run(handler.body, inner, this.under(frame, 'handler', '', handler.line));
    });
    const last = this.run(stmt.last, this.scopeOfBlock(env), this.under(frame, 'finally', '', stmt.line));
    if (last !== 'next') return last;
    return endings.every((ending) => ending !== 'next') ? body : 'next';
  }

  private within(stmt: Stmt & { kind: 'with' }, env: Env, given: Frame): Ending {
    let frame = given;
    const raised: { value: CallExpr; mark: number }[] = [];
    for (const item of stmt.items) {
      const value = this.value(item.value, env, frame, true);
      if (item.target) this.declare(item.target, value, env, frame);
      const path = value.kind === 'call' ? (pathOf(value.callee) ?? '') : '';
      if (value.kind === 'call' && /(?:^|\.)(?:raises|assertRaises|assertRaisesRegex)$/.test(path)) {
        raised.push({ value, mark: frame.scope.effects.length });
        frame = this.under(frame, 'raises', keyOf(value), stmt.line);
      } else if (/(?:^|\.)suppress$/.test(path)) frame = this.under(frame, 'swallowed', '', stmt.line);
    }
    const ending = this.run(stmt.body, env, frame);
    for (const { value, mark } of raised) {
      const inside = given.scope.effects.slice(mark).filter((effect) => !['pure', 'sleep'].includes(effect.purpose));
      const subject: Expr = { ...place(stmt), kind: 'list', items: inside.map((effect) => effect.value) };
      this.claim([{ subject, matcher: 'throws', expected: value.args, negated: false, strength: 0 }], given, stmt.line, false);
    }
    return raised.length > 0 || frame !== given ? 'next' : ending;
  }

  /** A function of a module that a name was given to is followed by itself, too. */
  private exported(name: string, value: Expr, env: Env, frame: Frame): void {
    if (frame.scope.kind !== 'module') return;
    if (value.kind === 'function') this.defer(name, value, env, /^(?:run|default)$/.test(name) ? 'test' : 'function', value.line);
    if (value.kind === 'object' && name === 'default')
      for (const entry of value.entries)
        if (typeof entry.key === 'string' && entry.value.kind === 'function') this.exported(entry.key, entry.value, env, frame);
  }

  private defined(stmt: Stmt & { kind: 'define' }, env: Env, frame: Frame): void {
    this.closures.set(stmt.value, env);
    if (!this.look(stmt.name, env)) env.slots.set(stmt.name, { value: stmt.value, depth: frame.contexts.length });
    for (const decorator of stmt.decorators) this.value(decorator, env, frame);
    if (frame.scope.kind !== 'module') return;
    const isTest = /^(?:test|run$|default$)/i.test(stmt.name);
    this.defer(stmt.name, stmt.value, env, isTest ? 'test' : /^(?:set_?up|tear_?down)/i.test(stmt.name) ? 'hook' : 'function', stmt.line);
  }

  private classed(stmt: Stmt & { kind: 'class' }, env: Env, frame: Frame): void {
    for (const decorator of stmt.decorators) this.value(decorator, env, frame);
    const own: Expr = { ...place(stmt), kind: 'name', name: stmt.name };
    this.classes.set(own, { stmt, env });
    env.slots.set(stmt.name, { value: own, depth: frame.contexts.length });
    const inner = child(env);
    for (const member of stmt.body)
      if (member.kind === 'define') {
        this.closures.set(member.value, inner);
        for (const decorator of member.decorators) this.value(decorator, inner, frame);
        const kind = member.name.startsWith('test') ? 'test' : /^set_?up/i.test(member.name) ? 'hook' : 'function';
        this.defer(`${stmt.name} > ${member.name}`, member.value, inner, kind, member.line);
      } else this.step(member, inner, frame, undefined);
  }

  private imported(stmt: Stmt & { kind: 'import' }, env: Env): void {
    const source = stmt.source.replace(/^node:/, '');
    const own = this.moduleEnv(stmt.source);
    for (const { imported, local } of stmt.names) {
      const whole = imported === '*' || imported === 'default';
      const known = own?.slots.get(imported);
      if (known && known.value.kind === 'function') {
        env.slots.set(local, { value: known.value, depth: 0 });
        continue;
      }
      const builtIn = this.language === 'python' ? !stmt.source.startsWith('.') : isBuiltIn(stmt.source);
      const name = whole
        ? builtIn && this.language === 'typescript'
          ? source
          : local !== source.split('.')[0] && this.language === 'python'
            ? source
            : local
        : builtIn
          ? `${source}.${imported}`
          : imported;
      this.sources.set(name, stmt.source);
      env.slots.set(local, { value: nameChain(name), depth: 0 });
    }
  }

  private defer(name: string, value: FunctionExpr, env: Env, kind: Scope['kind'], line: number, registered = ''): void {
    const scope = this.scope(name, line, kind, registered);
    this.later.push({
      first: kind === 'hook',
      run: () => {
        const inner: Env = { slots: new Map(), parent: env, isTest: kind === 'test' };
        // Parameters keep their names: fixtures and `page` are known by them.
        for (const param of value.params) this.bindParameter(param, inner, this.frame(scope));
        this.hoist(value.body, inner);
        this.run(value.body, inner, { ...this.frame(scope), within: [value] });
      },
    });
  }

  private bindParameter(param: Expr, env: Env, frame: Frame): void {
    switch (param.kind) {
      case 'name':
        env.slots.set(param.name, { value: { ...param }, depth: 0 });
        return;
      case 'assign':
        return this.bindParameter(param.target, env, frame);
      case 'spread':
        return this.bindParameter(param.value, env, frame);
      case 'object':
        for (const entry of param.entries)
          if (entry.value.kind === 'name')
            env.slots.set(entry.value.name, { value: made.name(typeof entry.key === 'string' ? entry.key : keyOf(entry.key)), depth: 0 });
          else this.bindParameter(entry.value, env, frame);
        return;
      case 'list':
        for (const item of param.items) this.bindParameter(item, env, frame);
        return;
      default:
        return;
    }
  }

  // -- assertions --------------------------------------------------------

  private claim(claims: readonly Claim[], frame: Frame, line: number, soft: boolean): void {
    const actions = this.actions.get(frame.scope) ?? 0;
    for (const claim of claims) frame.scope.facts.push({ ...claim, contexts: frame.contexts, line: frame.site ?? line, soft, actions });
  }

  private asserted(written: WrittenAssertion, at: Expr, env: Env, given: Frame, awaited: boolean): Expr {
    const unawaited = written.needsAwait && !awaited && this.language === 'typescript';
    const frame = unawaited ? this.under(given, 'unawaited', '', at.line) : given;
    const expected = written.expected.map((value) => this.value(value, env, frame));
    const options = written.options.map((value) => this.value(value, env, frame));
    if (options.length > 0 && written.form !== 'value')
      this.note('poll', 'expect options', { ...place(at), kind: 'list', items: options }, frame, at, awaited);
    const poll = this.under(frame, 'poll', '', at.line);
    if (written.form === 'pass') {
      this.callback(written.subject, env, hasLimit(options) ? poll : this.under(frame, 'callback', 'toPass without a timeout', at.line));
      return NOTHING;
    }
    if (written.form === 'raises') {
      const mark = frame.scope.effects.length;
      const result = this.callback(written.subject, env, this.under(frame, 'raises', keyOf(written.subject), at.line));
      const inside = frame.scope.effects.slice(mark).filter((effect) => !['pure', 'sleep'].includes(effect.purpose));
      const subject: Expr = inside.length > 0 ? { ...place(at), kind: 'list', items: inside.map((effect) => effect.value) } : result;
      this.claim([{ subject, matcher: 'throws', expected, negated: written.negated, strength: 0 }], frame, at.line, written.soft);
      return NOTHING;
    }
    let subject: Expr;
    if (written.form === 'poll') subject = this.callback(written.subject, env, poll);
    else {
      subject = this.value(written.subject, env, frame, written.mode !== undefined || awaited);
      if (subject.kind === 'function') subject = this.callback(subject, env, frame);
    }
    const matcher = written.mode === 'rejects' ? `rejects ${written.matcher}` : written.matcher;
    const claims =
      written.mode === 'rejects'
        ? [{ subject, matcher, expected, negated: written.negated, strength: 0 }]
        : claimsOf(subject, matcher, expected, written.negated);
    this.claim(claims, written.form === 'poll' ? poll : frame, at.line, written.soft);
    return written.form === 'request' ? subject : NOTHING;
  }

  // -- expressions -------------------------------------------------------

  /** What an expression stands for. Calls in it are noted. */
  private value(expr: Expr, env: Env, frame: Frame, awaited = this.language === 'python'): Expr {
    if (++this.steps > MOST_STEPS) throw new TooLarge('too large to be followed');
    const each = (parts: readonly Expr[]): Expr[] => parts.map((part) => this.value(part, env, frame, awaited));
    switch (expr.kind) {
      case 'name':
        return this.look(expr.name, env)?.value ?? expr;
      case 'literal':
      case 'regex':
      case 'parameter':
      case 'lambda':
        return expr;
      case 'await':
        return this.value(expr.value, env, frame, true);
      case 'member': {
        const written = assertionOf(expr);
        if (written) return this.asserted(written, expr, env, frame, awaited);
        return this.field(this.value(expr.object, env, frame, awaited), expr.name, expr, expr.optional);
      }
      case 'index':
        return this.element(this.value(expr.object, env, frame), this.value(expr.index, env, frame), expr, expr.optional);
      case 'call':
        return this.call(expr, env, frame, awaited);
      case 'function':
        if (!this.closures.has(expr)) this.closures.set(expr, env);
        return expr;
      case 'named':
      case 'spread':
      case 'unary':
        return expr.kind === 'unary'
          ? folded({ ...expr, value: this.value(expr.value, env, frame) })
          : { ...expr, value: this.value(expr.value, env, frame) };
      case 'binary': {
        const left = this.value(expr.left, env, frame);
        // The right side of a condition may not run.
        const right = this.value(
          expr.right,
          env,
          /^(?:&&|\|\||\?\?)$/.test(expr.op) ? this.under(frame, 'if', `${expr.op}${keyOf(left)}`, expr.line) : frame,
        );
        return binary(expr, left, right);
      }
      case 'choice': {
        const test = this.value(expr.test, env, frame);
        const under = this.under(frame, 'if', keyOf(test), expr.line);
        return { ...expr, test, yes: this.value(expr.yes, env, under), no: this.value(expr.no, env, under) };
      }
      case 'list': {
        const items = each(expr.items).flatMap((item) =>
          item.kind === 'spread' && item.value.kind === 'list' ? item.value.items : [item],
        );
        const [only] = items;
        return items.length === 1 && only?.kind === 'spread' ? only.value : { ...expr, items };
      }
      case 'object':
        return {
          ...expr,
          entries: expr.entries.flatMap((entry) => {
            const value = this.value(entry.value, env, frame);
            if (value.kind === 'spread' && value.value.kind === 'object') return value.value.entries;
            return [{ key: typeof entry.key === 'string' ? entry.key : this.value(entry.key, env, frame), value }];
          }),
        };
      case 'template':
        return joined(each(expr.parts), expr);
      case 'assign':
        return this.assigned(expr, env, frame);
      case 'each': {
        const source = this.value(expr.source, env, frame);
        const inner = child(env);
        this.declare(expr.target, { ...place(expr), kind: 'parameter', index: 0, depth: 0 }, inner, frame);
        const under = this.under(frame, 'loop', keyOf(source), expr.line);
        const element = this.value(expr.element, inner, under);
        const conditions = expr.conditions.map((one) => this.value(one, inner, under));
        if (conditions.length > 0) return { ...place(expr), kind: 'opaque', text: 'each', parts: [source, element, ...conditions] };
        if (element.kind === 'parameter') return source;
        return made.call(made.member(source, 'map', expr), [{ ...place(expr), kind: 'lambda', body: element }], expr);
      }
      case 'either':
        return either(each(expr.values));
      case 'opaque':
        return { ...expr, parts: each(expr.parts) };
    }
  }

  private assigned(expr: Expr & { kind: 'assign' }, env: Env, frame: Frame): Expr {
    const value = this.value(expr.value, env, frame);
    const { target } = expr;
    if (target.kind === 'name') {
      const before = this.look(target.name, env)?.value ?? target;
      this.assign(
        target.name,
        expr.op === '='
          ? value
          : binary({ ...place(expr), kind: 'binary', op: expr.op.slice(0, -1), left: before, right: value }, before, value),
        env,
        frame,
      );
      return value;
    }
    if (target.kind === 'list' || target.kind === 'object') {
      const inner = child(env);
      this.declare(target, value, inner, frame);
      for (const [name, slot] of inner.slots) this.assign(name, slot.value, env, frame);
      return value;
    }
    const fields = target.kind === 'member' ? this.making.get(this.value(target.object, env, this.quiet(frame))) : undefined;
    if (fields && target.kind === 'member') {
      fields.push({ key: target.name, value });
      return value;
    }
    const written = this.value(target, env, this.quiet(frame));
    // What a module exports is followed by itself.
    if (frame.scope.kind === 'module' && value.kind === 'function' && /^(?:module\.)?exports\b/.test(pathOf(written) ?? '')) return value;
    this.note('assign', pathOf(written) ?? keyOf(written), { ...expr, target: written, value }, frame, expr, true);
    return value;
  }

  private note(
    purpose: Effect['purpose'],
    path: string,
    value: Expr,
    frame: Frame,
    source: Expr,
    awaited: boolean,
    sleepMs?: number,
  ): void {
    frame.scope.effects.push({
      purpose,
      path,
      value,
      contexts: frame.contexts,
      line: frame.site ?? source.line,
      awaited,
      source,
      ...(sleepMs !== undefined && { sleepMs }),
    });
    if (purpose === 'action') this.actions.set(frame.scope, (this.actions.get(frame.scope) ?? 0) + 1);
  }

  private call(expr: CallExpr, env: Env, frame: Frame, awaited: boolean): Expr {
    const registered = this.registered(expr, env, frame);
    if (registered) return registered;
    const written = assertionOf(expr);
    if (written) return this.asserted(written, expr, env, frame, awaited);
    const callee = this.callee(expr.callee, env, frame, awaited);
    const path = pathOf(callee) ?? '';
    const [module] = expr.args;
    if (path === 'require' && module?.kind === 'literal') {
      this.note('pure', 'require', made.call(callee, [module], expr), frame, expr, awaited);
      const source = String(module.value);
      return { ...place(expr), kind: 'name', name: isBuiltIn(source) ? source.replace(/^node:/, '') : `module ${source}` };
    }
    if (callee.kind !== 'function') {
      const delay = promisedDelay(expr);
      const args = delay
        ? [this.value(delay, env, this.quiet(frame))]
        : expr.args.map((arg) => (arg.kind === 'function' ? arg : this.value(arg, env, this.quiet(frame))));
      const waits = delay ? made.call(made.name('sleep'), args, expr) : { ...expr, callee, args };
      const sleepMs = sleepOf(waits, this.language);
      if (sleepMs !== undefined) {
        this.note('sleep', delay ? 'setTimeout' : path, waits, frame, expr, awaited, sleepMs);
        return NOTHING;
      }
    }
    const poll = callee.kind === 'function' ? undefined : pollKindOf(path, this.sources.get(path));
    if (poll && expr.args[0]) return this.polled(expr, poll, path, callee, env, frame, awaited);
    const known = expr.isNew ? this.classes.get(callee) : undefined;
    if (known) return this.instance(known.stmt, known.env, expr, env, frame);
    if (callee.kind === 'function') return this.inlined(callee, expr, env, frame, awaited);
    if (callee.kind === 'member' && /^(?:then|catch|finally)$/.test(callee.name) && expr.args[0])
      return this.chained(expr, callee, env, frame, awaited);
    return this.called(expr, callee, path, env, frame, awaited);
  }

  /** `new Robot(page)` of a class of the module: an object with what its constructor sets, and with its methods. */
  private instance(stmt: Stmt & { kind: 'class' }, classEnv: Env, expr: CallExpr, env: Env, frame: Frame): Expr {
    const args = expr.args.map((arg) => this.value(arg, env, frame));
    const entries: Entry[] = [];
    const instance: Expr = { ...place(expr), kind: 'object', entries };
    const inner = child(classEnv);
    inner.slots.set('this', { value: instance, depth: 0 });
    this.making.set(instance, entries);
    for (const member of stmt.body) {
      if (member.kind === 'declare' && member.target.kind === 'name')
        entries.push({ key: member.target.name, value: member.value ? this.value(member.value, inner, frame) : NOTHING });
      if (member.kind !== 'define' || member.name === 'constructor') continue;
      const method: FunctionExpr = { ...member.value };
      this.closures.set(method, inner);
      entries.push({ key: member.name, value: method });
    }
    const constructor = stmt.body.find((member) => member.kind === 'define' && member.name === 'constructor');
    if (constructor?.kind === 'define') {
      const method: FunctionExpr = { ...constructor.value };
      this.closures.set(method, inner);
      this.invoke(method, args, inner, frame);
    }
    this.making.delete(instance);
    return instance;
  }

  private callee(expr: Expr, env: Env, frame: Frame, awaited: boolean): Expr {
    if (expr.kind === 'member') {
      const object = this.value(expr.object, env, frame, awaited);
      return this.field(object, expr.name, expr, expr.optional);
    }
    return this.value(expr, env, frame, awaited);
  }

  private called(expr: CallExpr, callee: Expr, path: string, env: Env, frame: Frame, awaited: boolean): Expr {
    const name = callee.kind === 'member' || callee.kind === 'name' ? callee.name : '';
    const isEach = EACH.test(name);
    const transparent = TRANSPARENT.test(path) || (path === 'Promise' && expr.isNew);
    const args = expr.args.map((arg): Expr => {
      const value = this.value(arg, env, frame, awaited && /^Promise\.(?:all|any|race)$/.test(path));
      const inner = value.kind === 'named' ? value.value : value;
      if (inner.kind !== 'function') return value;
      const source = callee.kind === 'member' ? callee.object : (expr.args[0] ?? callee);
      if (transparent) return this.lambda(inner, env, frame);
      const from = this.value(source, env, this.quiet(frame));
      const context: Context = isEach
        ? { kind: 'loop', key: keyOf(from), line: arg.line, source: from }
        : { kind: 'callback', key: path, line: arg.line };
      const under: Frame = { ...frame, contexts: [...frame.contexts, context] };
      if (name === 'forEach') {
        this.invoke(inner, [this.element(from, made.name('$each'), arg)], this.closures.get(inner) ?? env, under);
        return { ...place(arg), kind: 'opaque', text: 'each', parts: [] };
      }
      const lambda = this.lambda(inner, env, under);
      return value.kind === 'named' ? { ...value, value: lambda } : lambda;
    });
    if (this.language === 'python' && (path === 'len' || path === 'list' || path === 'tuple') && args.length === 1 && args[0])
      return path === 'len' ? this.field(args[0], 'length', expr) : args[0];
    if (path === 'Array.from' && args.length === 1 && args[0]) return args[0];
    if (path === 'String' || path === 'str') {
      const [only] = args;
      if (only && args.length === 1) return joined([only], expr);
    }
    const plain = throughLocator({ ...place(expr), kind: 'call', callee, args, optional: expr.optional, isNew: expr.isNew });
    const purpose = purposeOf(plain, this.language);
    const actions = this.actions.get(frame.scope) ?? 0;
    const call: CallExpr = { ...plain, epoch: purpose === 'action' ? actions + 1 : actions };
    this.note(purpose, path === '' ? keyOf(callee) : path, call, frame, expr, awaited);
    // Sorting and reversing in place changes what the name stands for.
    if (expr.callee.kind === 'member' && expr.callee.object.kind === 'name' && /^(?:sort|reverse)$/.test(name))
      this.assign(expr.callee.object.name, call, env, frame);
    // An assertion of somebody else's, by its name.
    if (/^(?:assert|expect|verify|ensure|check)(?:[A-Z_]|$)/.test(name) && purpose === 'action')
      this.claim([{ subject: plain, matcher: 'holds', expected: [], negated: false, strength: 0 }], frame, expr.line, false);
    return call;
  }

  private lambda(value: FunctionExpr, env: Env, frame: Frame): Expr {
    const params = value.params.map((param, index): Expr => ({ ...place(param), kind: 'parameter', index, depth: frame.calls }));
    const result = this.invoke(value, params, this.closures.get(value) ?? env, { ...frame, calls: frame.calls + 1 });
    return result.length === 1 && result[0]
      ? { ...place(value), kind: 'lambda', body: result[0].value }
      : { ...place(value), kind: 'lambda', body: { ...value, params: [] } };
  }

  private callback(given: Expr, env: Env, frame: Frame): Expr {
    const value = given.kind === 'function' ? given : this.value(given, env, frame, true);
    if (value.kind !== 'function') return value.kind === 'name' || value.kind === 'member' ? made.call(value, [], value) : value;
    return either(this.invoke(value, [], this.closures.get(value) ?? env, frame).map((back) => back.value));
  }

  private invoke(value: FunctionExpr, args: readonly Expr[], env: Env, frame: Frame): Frame['returns'] {
    if (frame.calls > DEEPEST_CALL || frame.within.includes(value))
      return [
        { value: { ...place(value), kind: 'opaque', text: `call of ${value.name ?? 'a function'}`, parts: [...args] }, contexts: [] },
      ];
    const inner = child(this.closures.get(value) ?? env);
    const returns: Frame['returns'] = [];
    const own: Frame = { ...frame, returns, calls: frame.calls + 1, within: [...frame.within, value] };
    const names = new Map(args.flatMap((arg) => (arg.kind === 'named' ? [[arg.name, arg.value] as const] : [])));
    const plain = args.filter((arg) => arg.kind !== 'named');
    value.params.forEach((param, index) => {
      const target = param.kind === 'assign' ? param.target : param;
      const given = (target.kind === 'name' ? names.get(target.name) : undefined) ?? plain[index];
      this.declare(target, given ?? (param.kind === 'assign' ? this.value(param.value, inner, own) : NOTHING), inner, own);
    });
    this.hoist(value.body, inner);
    this.run(value.body, inner, own);
    return returns;
  }

  private isForeign(env: Env | undefined): boolean {
    for (let at = env; at; at = at.parent) if (at.isForeign) return true;
    return false;
  }

  private inlined(callee: FunctionExpr, expr: CallExpr, env: Env, frame: Frame, awaited: boolean): Expr {
    const args = expr.args.map((arg) => this.value(arg, env, frame));
    const late = callee.isAsync && !awaited ? this.under(frame, 'unawaited', '', expr.line) : frame;
    const under = this.isForeign(this.closures.get(callee)) ? { ...late, site: late.site ?? expr.line } : late;
    const returns = this.invoke(callee, args, this.closures.get(callee) ?? env, under);
    return either(returns.length === 0 ? [NOTHING] : returns.map((back) => back.value));
  }

  /** A poll gives what its function gives, and fails unless that comes to be true (or, with some, comes not to throw). */
  private polled(expr: CallExpr, kind: 'truthy' | 'quiet', path: string, callee: Expr, env: Env, given: Frame, awaited: boolean): Expr {
    const [first, ...rest] = expr.args;
    if (!first) return NOTHING;
    const options = rest.map((arg) => this.value(arg, env, given));
    this.note('poll', path, made.call(callee, options, expr), given, expr, awaited);
    const late = !awaited && this.language === 'typescript' ? this.under(given, 'unawaited', '', expr.line) : given;
    const frame = this.under(late, 'poll', '', expr.line);
    const value = this.value(first, env, frame);
    const returns =
      value.kind === 'function' ? this.invoke(value, [], this.closures.get(value) ?? env, frame) : [{ value, contexts: frame.contexts }];
    const real = returns.filter((back) => !isFalsy(back.value));
    if (kind === 'quiet') return either(real.map((back) => back.value));
    const only = real.length === 1 ? real[0] : undefined;
    if (!only) return either(real.map((back) => back.value));
    // Truthy comes only under the conditions of its return; `a && b` gives b.
    let result = only.value;
    const said: Claim[] = [];
    while (result.kind === 'binary' && result.op === '&&') {
      said.push(...condition(result.left, true));
      result = result.right;
    }
    if (result.kind === 'choice' && isFalsy(result.no)) {
      said.push(...condition(result.test, true));
      result = result.yes;
    }
    said.push(...condition(result, true));
    for (const stmt of value.kind === 'function' ? value.body : []) said.push(...this.returnConditions(stmt, value, env, frame));
    this.claim(said, frame, expr.line, false);
    return result;
  }

  /** `if (not yet) return false;` at the head of a poll's function. */
  private returnConditions(stmt: Stmt, value: Expr, env: Env, given: Frame): Claim[] {
    if (stmt.kind !== 'if' || stmt.no.length > 0) return [];
    const [only] = stmt.yes;
    const frame = this.quiet(given);
    const inner = child(this.closures.get(value) ?? env);
    if (value.kind === 'function')
      for (const before of value.body) if (before.line < stmt.line && before.kind === 'declare') this.step(before, inner, frame, undefined);
    if (only?.kind === 'return') {
      const gives = only.value ? this.value(only.value, inner, frame) : NOTHING;
      return condition(this.value(stmt.test, inner, frame), !isFalsy(gives));
    }
    return [];
  }

  private chained(expr: CallExpr, callee: Expr & { kind: 'member' }, env: Env, frame: Frame, awaited: boolean): Expr {
    const [first] = expr.args;
    const under = awaited ? frame : this.under(frame, 'unawaited', '', expr.line);
    if (callee.name === 'then' && first) {
      const value = this.value(first, env, frame);
      if (value.kind === 'function') {
        const returns = this.invoke(value, [callee.object], this.closures.get(value) ?? env, under);
        return either(returns.length === 0 ? [NOTHING] : returns.map((back) => back.value));
      }
      return made.call(value, [callee.object], expr);
    }
    const args = expr.args.map((arg) => this.value(arg, env, frame));
    const call = made.call(callee, args, expr);
    this.note('action', callee.name, call, frame, expr, awaited);
    if (callee.name !== 'catch') return callee.object;
    // What the chain asserted no longer fails the test.
    for (const [index, fact] of frame.scope.facts.entries())
      if (fact.line >= expr.line && fact.contexts.length >= frame.contexts.length)
        frame.scope.facts[index] = { ...fact, contexts: [...fact.contexts, { kind: 'swallowed', key: '', line: expr.line }] };
    return call;
  }

  /** A test, a group of tests or a hook, by the framework's own words. */
  private registered(expr: CallExpr, env: Env, frame: Frame): Expr | undefined {
    const path = pathOf(expr.callee) ?? '';
    if (frame.scope.kind !== 'module' || this.look(path, env)?.value.kind === 'function') return undefined;
    const functions = expr.args.filter((arg) => arg.kind === 'function');
    const body = functions.at(-1);
    if (!body || body.kind !== 'function') return undefined;
    const inside = frame.contexts.map((context) => context.key).join('');
    const title = expr.args[0] && expr.args[0].kind !== 'function' ? said(expr.args[0]) : '';
    if (GROUP.test(path)) {
      const inner = child(env);
      this.hoist(body.body, inner);
      for (const arg of expr.args) if (arg.kind !== 'function') this.value(arg, env, frame);
      this.run(body.body, inner, this.under(frame, 'callback', `${title} > `, expr.line));
      return NOTHING;
    }
    if (TEST.test(path) || HOOK.test(path)) {
      this.closures.set(body, env);
      const isHook = HOOK.test(path);
      const others = expr.args.filter((arg) => arg.kind !== 'function');
      this.note(
        'limit',
        'test options',
        { ...place(expr), kind: 'list', items: others.map((arg) => this.value(arg, env, this.quiet(frame))) },
        frame,
        expr,
        true,
      );
      this.defer(`${inside}${isHook ? path : title}`, body, env, isHook ? 'hook' : 'test', expr.line, keyOf(expr.callee));
      return NOTHING;
    }
    return undefined;
  }
}

/** `page.textContent('#x')` is `page.locator('#x').textContent()`, and the text that is shown is the text. */
function throughLocator(call: CallExpr): CallExpr {
  const { callee } = call;
  if (callee.kind !== 'member' || !/^(?:textContent|innerText|inputValue|is(?:Visible|Hidden|Checked|Enabled|Disabled))$/.test(callee.name))
    return call;
  const name = callee.name === 'innerText' ? 'textContent' : callee.name;
  const [selector, ...rest] = call.args;
  const isText = selector?.kind === 'literal' && typeof selector.value === 'string';
  const object = isText ? made.call(made.member(callee.object, 'locator', callee), [selector], callee) : callee.object;
  return { ...call, callee: { ...callee, object, name }, args: isText ? rest : call.args };
}

/** Modules of Node whose calls are known by their full names. */
export function isBuiltIn(source: string): boolean {
  return /^(?:node:)?(?:timers(?:\/promises)?|crypto|fs(?:\/promises)?|os|path|child_process|util)$/.test(source);
}

function child(env: Env): Env {
  return { slots: new Map(), parent: env, isTest: false };
}

function nameChain(path: string): Expr {
  const slash = path.lastIndexOf('/');
  const [first = '', ...rest] = path.slice(slash + 1).split('.');
  return rest.reduce<Expr>((object, name) => made.member(object, name), made.name(path.slice(0, slash + 1) + first));
}

function said(expr: Expr): string {
  return expr.kind === 'literal' ? String(expr.value) : keyOf(expr);
}

/** One of several values; those that are equal, and nothing at all, do not count. */
function either(values: readonly Expr[]): Expr {
  const flat = values.flatMap((value) => (value.kind === 'either' ? value.values : [value]));
  const named = flat.filter((value) => !isPlaceholder(value));
  const real = named.some((value) => value.kind !== 'literal')
    ? named
    : flat.filter((value) => !(value.kind === 'literal' && (value.value === undefined || value.value === null)));
  const kept = real.length > 0 ? real : flat.slice(0, 1);
  const byKey = new Map(kept.map((value) => [keyOf(value), value]));
  const [only] = byKey.values();
  if (byKey.size <= 1) return only ?? NOTHING;
  return { ...place(kept[0] ?? NOTHING), kind: 'either', values: [...byKey.values()] };
}

/** What a name holds before the first answer is there. */
function isPlaceholder(expr: Expr): boolean {
  return (
    (expr.kind === 'literal' && !expr.value) ||
    (expr.kind === 'list' && expr.items.length === 0) ||
    (expr.kind === 'object' && expr.entries.length === 0)
  );
}

function isFalsy(expr: Expr): boolean {
  return expr.kind === 'literal' && !expr.value;
}

function folded(expr: Expr & { kind: 'unary' }): Expr {
  return expr.op === 'void' ? NOTHING : expr;
}

function binary(expr: Expr & { kind: 'binary' }, left: Expr, right: Expr): Expr {
  if (
    expr.op === '+' &&
    [left, right].some((side) => side.kind === 'template' || (side.kind === 'literal' && typeof side.value === 'string'))
  )
    return joined([left, right], expr);
  if (left.kind === 'literal' && right.kind === 'literal' && typeof left.value === 'number' && typeof right.value === 'number') {
    const results: Readonly<Record<string, number>> = {
      '+': left.value + right.value,
      '-': left.value - right.value,
      '*': left.value * right.value,
    };
    const result = results[expr.op];
    // Sums of whole numbers only: `0.1 + 0.2` stays what it is, inexact.
    if (result !== undefined && Number.isInteger(left.value) && Number.isInteger(right.value))
      return { ...place(expr), kind: 'literal', value: result };
  }
  return { ...expr, left, right };
}

/** Texts and values one after the other, with neighbouring texts made one. */
export function joined(parts: readonly Expr[], at: Expr): Expr {
  const flat = parts.flatMap((part) => (part.kind === 'template' ? part.parts : [part]));
  const merged: Expr[] = [];
  for (const part of flat) {
    const last = merged.at(-1);
    const text = (value: Expr): string | undefined =>
      value.kind === 'literal' && (typeof value.value === 'string' || typeof value.value === 'number') ? String(value.value) : undefined;
    const own = text(part);
    if (own === '') continue;
    const before = last && text(last);
    if (own !== undefined && before !== undefined) merged[merged.length - 1] = made.literal(before + own, at);
    else merged.push(own === undefined ? part : made.literal(own, at));
  }
  if (merged.length === 0) return made.literal('', at);
  const [only] = merged;
  if (merged.length === 1 && only?.kind === 'literal') return only;
  return { ...place(at), kind: 'template', parts: merged };
}

/** A comparison with the clock, or with a count of tries. */
export function isPast(test: Expr, language: 'typescript' | 'python'): boolean {
  return someExpr(
    test,
    (part) =>
      part.kind === 'binary' &&
      /^[<>]=?$|^===?$/.test(part.op) &&
      [part.left, part.right].some(
        (side) =>
          isUnstable(side, language) ||
          (side.kind === 'name' &&
            /^(?:deadline|end|until|endsAt|giveUpAt|limit|attempts?|tries|retries|timeLeft|remaining)$/i.test(side.name)),
      ),
  );
}

/** `while (not there && in time)`, `for (;;) ... if (too late) throw`, `for (i = 0; i < 50; i++)`, `for _ in range(50)`. */
export function isPollLoop(stmt: Stmt & { kind: 'loop' }): boolean {
  let clock = false;
  let waits = false;
  const look = (expr: Expr): void => {
    if (expr.kind === 'binary' && /^[<>]=?$/.test(expr.op)) {
      const sides = [expr.left, expr.right];
      const counts =
        sides.some((side) => side.kind === 'literal' && typeof side.value === 'number') && sides.some((side) => side.kind === 'name');
      const named = sides.some((side) => /deadline|until|end|limit|timeout|max/i.test(pathOf(side) ?? ''));
      const reads = sides.some((side) =>
        someExpr(
          side,
          (part) =>
            part.kind === 'call' &&
            /^(?:Date\.now|performance\.now|time\.(?:time|monotonic|perf_counter)|(?:time|monotonic|perf_counter)|loop\.time)$/.test(
              pathOf(part.callee) ?? '',
            ),
        ),
      );
      if (counts || named || reads) clock = true;
    }
    if (expr.kind === 'await') waits = true;
    if (expr.kind === 'call' && camel(calledName(expr)) === 'sleep') waits = true;
  };
  if (stmt.test) walk([{ ...place(stmt), kind: 'expression', value: stmt.test }], look);
  if (stmt.source) clock = true;
  walk(stmt.body, look);
  return clock && waits;
}

export function throwsInside(body: readonly Stmt[]): boolean {
  return body.some((stmt) => {
    if (stmt.kind === 'throw') return true;
    if (stmt.kind === 'if') return throwsInside(stmt.yes) || throwsInside(stmt.no);
    if (stmt.kind === 'block') return throwsInside(stmt.body);
    if (stmt.kind === 'try') return stmt.handlers.some((handler) => throwsInside(handler.body)) || throwsInside(stmt.last);
    return stmt.kind === 'expression' && stmt.value.kind === 'call' && /(?:^|\.)fail$/.test(pathOf(stmt.value.callee) ?? '');
  });
}

function leavesInside(body: readonly Stmt[]): boolean {
  return body.some((stmt) => {
    if (stmt.kind === 'return') return true;
    if (stmt.kind === 'if') return leavesInside(stmt.yes) || leavesInside(stmt.no);
    if (stmt.kind === 'try') return leavesInside(stmt.body);
    return stmt.kind === 'block' && leavesInside(stmt.body);
  });
}

/** Between the tries of a poll: nothing but waiting. */
function handlerWaits(body: readonly Stmt[]): boolean {
  return body.every(
    (stmt) =>
      (stmt.kind === 'expression' && (stmt.value.kind === 'await' || stmt.value.kind === 'assign' || stmt.value.kind === 'call')) ||
      stmt.kind === 'jump' ||
      stmt.kind === 'declare',
  );
}

/** Always ends in an error. */
export function rethrows(body: readonly Stmt[]): boolean {
  return body.some((stmt) => {
    if (stmt.kind === 'throw') return true;
    if (stmt.kind === 'expression' && stmt.value.kind === 'call') return /(?:^|\.)fail$/.test(pathOf(stmt.value.callee) ?? '');
    if (stmt.kind === 'if') return stmt.no.length > 0 && rethrows(stmt.yes) && rethrows(stmt.no);
    return stmt.kind === 'block' && rethrows(stmt.body);
  });
}

/** The conditions under which a poll loop is left well: `if (done) break;`, `if (done) return value;`. */
function exitsOf(body: readonly Stmt[]): Expr[] {
  return body.flatMap((stmt) => {
    if (stmt.kind !== 'if') return stmt.kind === 'try' ? exitsOf(stmt.body) : stmt.kind === 'block' ? exitsOf(stmt.body) : [];
    const last = stmt.yes.at(-1);
    return last && ((last.kind === 'jump' && last.how === 'break') || last.kind === 'return') ? [stmt.test] : [];
  });
}

function hasLimit(options: readonly Expr[]): boolean {
  return options.some((option) => option.kind === 'object' && option.entries.some((entry) => entry.key === 'timeout'));
}
