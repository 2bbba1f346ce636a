import type { Expression, Program, Statement } from '../syntax/program';
import type { Collector, Interpretation } from './interpretation';
import type { FileTrace, TestTrace, TraceEvent } from './trace';
import { NOTHING, type Closure, type Place, type Scope, type Value } from './value';

/** Files have fewer; a generated one says the same again and again. */
const MOST_TESTS = 600;

interface Group {
  readonly parent: Group | undefined;
  readonly before: Closure[];
  readonly after: Closure[];
}

interface Found {
  readonly closure: Closure;
  readonly title: string;
  readonly site?: Place;
  readonly group: Group;
  readonly native?: boolean;
  readonly className?: string;
}

let tests = 0;

/** Goes through a test file: what it does when it is loaded, then each of its tests after the hooks before it. */
export function readFile(self: Interpretation, program: Program): FileTrace {
  const { course } = self;
  const top: Group = { parent: undefined, before: [], after: [] };
  const found: Found[] = [];
  let group = top;
  const collector: Collector = {
    test: (closure, title, site) => {
      if (found.length < MOST_TESTS) found.push({ closure, title, group, ...(site && { site }) });
    },
    group: (closure, call) => {
      const outer = group;
      group = { parent: outer, before: [], after: [] };
      call(closure);
      group = outer;
    },
    before: (closure) => group.before.push(closure),
    after: (closure) => group.after.push(closure),
  };
  course.fakeClock = false;
  course.seeded = false;
  course.collector = collector;
  const around: TraceEvent[] = [];
  const aroundLifetimes: number[] = [];
  const loaded = self.begin(0, program.path);
  course.flow = 0;
  const scope = self.scopeOf(program);
  if (program.language === 'py') findPython(program, scope, top, found);
  else findRun(program, scope, top, found);
  const meta = scope.find(program.exports.get('meta') ?? (program.language === 'py' ? 'META' : 'meta'))?.value.fields?.get('timeoutMs');
  const ms = meta?.literal?.value;
  if (typeof ms === 'number' && found.some(({ native }) => native)) {
    const at = program.body.find((statement) => limitsTest(statement));
    self.note({ what: { kind: 'limit', what: 'test', ms }, place: { line: program.lineOf(at?.at ?? 0), text: `timeoutMs: ${ms}` } });
  }
  around.push(...loaded);
  aroundLifetimes.push(...(course.lifetimes ?? []));
  const hooks = new Set<Group>();
  for (const { group: of } of found) for (let each: Group | undefined = of; each; each = each.parent) hooks.add(each);
  for (const each of hooks)
    for (const closure of each.after) {
      const events = self.begin(0, program.path);
      course.program = program;
      self.inMode({ teardown: true }, () => self.call(closure, [NOTHING], new Map(), nowhere));
      around.push(...events);
    }
  const file = standing(course);
  const autoFixtures = program.language === 'py' ? automatic(self, program) : [];
  const traces: TestTrace[] = [];
  for (const each of found) {
    Object.assign(course, file);
    const events = self.begin(++tests, program.path);
    course.program = program;
    course.collector = undefined;
    for (const { closure, args } of autoFixtures) self.inMode({ hook: true }, () => callFixture(self, closure, args()));
    for (const hook of hooksBefore(each.group)) self.inMode({ hook: true }, () => self.call(hook, [NOTHING], new Map(), nowhere));
    const args = each.native ? [NATIVE] : program.language === 'py' ? pythonArguments(self, each.closure, scope) : [fixtures(each.closure)];
    for (const decorator of each.closure.fn.decorators) decorate(self, decorator, scope);
    const self_: Closure =
      each.className === undefined
        ? each.closure
        : {
            ...each.closure,
            self: {
              marks: [],
              readAt: 0,
              fields: new Map(),
              name: 'self',
              ...(methodsOf(each, scope) && { methods: methodsOf(each, scope) }),
            },
          };
    course.site = each.site;
    self.call(self_, args, new Map(), nowhere);
    course.site = undefined;
    traces.push({
      events,
      native: each.native === true,
      title: each.title,
      fakeClock: standing(course).fakeClock === true,
      given: course.given ?? new Set(),
      lifetimes: [...aroundLifetimes, ...(course.lifetimes ?? [])],
    });
  }
  course.test = 0;
  return { path: program.path, language: program.language, mentions: program.mentions, tests: traces, around };
}

/** What loading the file and its hooks leave in force for each test. */
function standing({ fakeClock, seeded }: Interpretation['course']): Pick<Interpretation['course'], 'fakeClock' | 'seeded'> {
  return { fakeClock, seeded };
}

/** `export const meta = ...` and its kin. */
function limitsTest(statement: Statement): boolean {
  const target =
    statement.k === 'bind'
      ? statement.target
      : statement.k === 'expression' && statement.value.k === 'assign'
        ? statement.value.target
        : undefined;
  return target?.k === 'name' && /^(export )?meta$/i.test(target.name);
}

const nowhere: Expression = { k: 'literal', at: 0, value: null };
const NATIVE: Value = { marks: [], readAt: 0, name: 'native' };

function hooksBefore(group: Group): Closure[] {
  return [...(group.parent ? hooksBefore(group.parent) : []), ...group.before];
}

/** What the runner gives to a test: fixtures by name, or a context. */
function fixtures(closure: Closure): Value {
  const [first] = closure.fn.params;
  return {
    marks: [],
    readAt: 0,
    name: first?.k === 'map' ? 'fixtures' : first?.k === 'name' && /^(t|assert|tap)$/.test(first.name) ? 't' : 'context',
    live: true,
  };
}

/** `run` of a native module, exported in one way or another. */
function findRun(program: Program, scope: Scope, top: Group, found: Found[]): void {
  if (found.length > 0) return;
  const local = program.exports.get('run') ?? program.exports.get('default');
  const closure = local === undefined ? undefined : scope.find(local)?.value.closure;
  if (closure) found.push({ closure, title: '', group: top, native: true });
}

function methodsOf(found: Found, scope: Scope): Value['methods'] {
  return found.className === undefined ? undefined : scope.find(found.className)?.value.methods;
}

function findPython(program: Program, scope: Scope, top: Group, found: Found[]): void {
  const run = scope.own('run')?.value.closure;
  if (run && run.fn.params.length > 0 && /(^|\/)modules\//.test(program.path)) {
    found.push({ closure: run, title: '', group: top, native: true });
    return;
  }
  for (const each of program.body) {
    if (each.k === 'bind' && each.value?.k === 'function' && each.target.k === 'name') {
      const { name } = each.target;
      const closure: Closure = { fn: each.value.fn, scope, program };
      if (name.startsWith('test') && !isSkipped(each.value.fn.decorators)) found.push({ closure, title: name, group: top });
      else if (/^(setup|setup_function|setup_module|setUpModule)$/.test(name)) top.before.push(closure);
      else if (/^(teardown|teardown_function|teardown_module|tearDownModule)$/.test(name)) top.after.push(closure);
    }
    if (each.k === 'class') findInClass(each, program, scope, top, found);
  }
}

function findInClass(each: Extract<Statement, { k: 'class' }>, program: Program, scope: Scope, top: Group, found: Found[]): void {
  if (!each.methods.some((method) => method.name?.startsWith('test') === true)) return;
  const group: Group = { parent: top, before: [], after: [] };
  const own: Value = { marks: [], readAt: 0, fields: new Map(), name: 'self' };
  for (const fn of each.methods) {
    const name = fn.name ?? '';
    const closure: Closure = { fn, scope, program, self: own };
    if (name.startsWith('test') && !isSkipped(fn.decorators) && found.length < MOST_TESTS)
      found.push({ closure, title: name, group, className: each.name });
    else if (/^(setUp|setUpClass|asyncSetUp|setup_method|setup_class|setup)$/.test(name)) group.before.push(closure);
    else if (/^(tearDown|tearDownClass|asyncTearDown|teardown_method|teardown_class)$/.test(name)) group.after.push(closure);
  }
}

function names(e: Expression): string {
  if (e.k === 'name') return e.name;
  if (e.k === 'member') return `${names(e.of)}.${e.name}`;
  return e.k === 'call' ? names(e.callee) : '';
}

function isSkipped(decorators: readonly Expression[]): boolean {
  return decorators.some((each) => /(^|\.)(skip|xfail)$/.test(names(each)));
}

function isFixture(decorators: readonly Expression[]): boolean {
  return decorators.some((each) => /(^|\.)fixture$/.test(names(each)));
}

function isAutoFixture(decorators: readonly Expression[]): boolean {
  return decorators.some(
    (each) => /(^|\.)fixture$/.test(names(each)) && each.k === 'call' && (each.named ?? []).some(([key]) => key === 'autouse'),
  );
}

function decorate(self: Interpretation, decorator: Expression, scope: Scope): void {
  const name = names(decorator);
  if (/(^|\.)mark\.timeout$/.test(name) && decorator.k === 'call') {
    const [first] = decorator.args;
    if (first?.k === 'literal' && typeof first.value === 'number')
      self.note({ what: { kind: 'limit', what: 'test', ms: first.value * 1000 }, at: decorator });
  }
  self.evaluate(decorator, scope);
}

/** Fixtures of pytest, by the names of the parameters. */
function pythonArguments(self: Interpretation, closure: Closure, scope: Scope): Value[] {
  const skip = closure.self ? 1 : 0;
  return closure.fn.params.slice(skip).map((param) => {
    if (param.k !== 'name') return NOTHING;
    return fixture(self, param.name, scope, closure.program, 0) ?? { marks: [], readAt: 0, name: builtInFixture(param.name), live: true };
  });
}

function builtInFixture(name: string): string {
  if (name === 'page' || name === 'context') return `fixtures.${name}`;
  return name;
}

function fixture(self: Interpretation, name: string, scope: Scope, program: Program, depth: number): Value | undefined {
  if (depth > 4) return undefined;
  const own = scope.find(name)?.value.closure;
  const found = own && isFixture(own.fn.decorators) ? own : fixtureOfConftest(self, name, program);
  if (!found) return undefined;
  const args = found.fn.params.map((param) =>
    param.k === 'name'
      ? (fixture(self, param.name, found.scope, found.program, depth + 1) ?? {
          marks: [],
          readAt: 0,
          name: builtInFixture(param.name),
          live: true,
        })
      : NOTHING,
  );
  return self.inMode({ hook: true }, () => callFixture(self, found, args));
}

/** What a fixture yields or returns. */
function callFixture(self: Interpretation, closure: Closure, args: readonly Value[]): Value {
  const body = closure.fn.body.map((each): Statement => {
    const e = each.k === 'expression' ? each.value : undefined;
    return e?.k === 'operation' && e.operator === 'yield' && e.operands[0] ? { k: 'return', at: each.at, value: e.operands[0] } : each;
  });
  const at = body.findIndex((each, index) => each !== closure.fn.body[index]);
  const before = at < 0 ? body : body.slice(0, at + 1);
  const yielded = self.call({ ...closure, fn: { ...closure.fn, body: before } }, args, new Map(), nowhere);
  if (at >= 0)
    self.inMode({ teardown: true }, () =>
      self.call({ ...closure, fn: { ...closure.fn, body: body.slice(at + 1) } }, args, new Map(), nowhere),
    );
  return yielded;
}

/** Fixtures that are used without being named: of the file and of the conftest.py files above it. */
function automatic(self: Interpretation, program: Program): { readonly closure: Closure; readonly args: () => readonly Value[] }[] {
  return [program, ...conftestsOf(self, program)].flatMap((each) => {
    const scope = self.scopeOf(each);
    return each.body.flatMap((statement) => {
      if (statement.k !== 'bind' || statement.value?.k !== 'function' || !isAutoFixture(statement.value.fn.decorators)) return [];
      const closure: Closure = { fn: statement.value.fn, scope, program: each };
      return [{ closure, args: () => pythonArguments(self, closure, scope) }];
    });
  });
}

function conftestsOf(self: Interpretation, program: Program): Program[] {
  const found: Program[] = [];
  let folder = program.path;
  while (folder !== '') {
    folder = folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '';
    const conftest = self.programs.get(folder === '' ? 'conftest.py' : `${folder}/conftest.py`);
    if (conftest) found.push(conftest);
  }
  return found;
}

function fixtureOfConftest(self: Interpretation, name: string, program: Program): Closure | undefined {
  for (const conftest of conftestsOf(self, program)) {
    const closure = conftest.mentions.has(name) ? self.scopeOf(conftest).own(name)?.value.closure : undefined;
    if (closure && isFixture(closure.fn.decorators)) return closure;
  }
  return undefined;
}
