import type { Expression } from '../syntax/program';
import { limit } from './assertions';
import { isOfLists } from './operations';
import type { Interpretation } from './interpretation';
import type { RequestEvent, Task } from './trace';
import { literalOf, madeOf, markOf, NOTHING, numberOf, textOf, withParts, type Mark, type Value } from './value';
import { FAKE_CLOCK, isNow, LISTINGS, ORDER_FREE, ORDERING, randomRange, REAL_CLOCK, SEEDING } from './words';

type Call = Extract<Expression, { k: 'call' }>;

/** Functions that give back what they are given in another shape. */
const CONVERTING =
  /^(String|Number|Boolean|parseInt|parseFloat|BigInt|structuredClone|JSON\.(stringify|parse)|Object\.(keys|values|entries|assign|freeze|fromEntries)|Array\.(from|of|isArray)|Math\.(abs|max|min|pow|sign|sqrt|hypot|log\w*|exp|sin|cos)|Buffer\.from|encodeURIComponent|decodeURIComponent|URL|URLSearchParams|str|int|float|bool|list|tuple|dict|repr|bytes|abs|round|zip|enumerate|reversed|map|filter|iter|next|json\.(loads|dumps)|Decimal|decimal\.Decimal|Date|datetime\.timedelta|timedelta|isinstance|range|type|hasattr|getattr)$/;

/** What a function is known for by its name; undefined for one of which nothing is known. */
export function madeByName(
  self: Interpretation,
  e: Call,
  name: string,
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
): Value | undefined {
  return (
    clockCall(self, e, name, args) ??
    chanceCall(self, e, name, args) ??
    timerCall(self, e, name, args) ??
    togetherCall(self, e, name, args) ??
    orderCall(self, e, name, args) ??
    sharedCall(self, e, name, args, named) ??
    limitCall(self, e, name, args, named) ??
    conversion(name, args)
  );
}

function clockCall(self: Interpretation, e: Call, name: string, args: readonly Value[]): Value | undefined {
  const { course } = self;
  if (FAKE_CLOCK.test(name)) {
    course.fakeClock = true;
    if (name.endsWith('useFakeTimers')) self.note({ what: { kind: 'set', what: 'clock', name, undoes: false }, at: e });
    return { ...NOTHING, name: `${name}()` };
  }
  if (REAL_CLOCK.test(name)) {
    course.fakeClock = false;
    return NOTHING;
  }
  // A stub in place of the clock or of chance.
  if (/(^|\.)(spyOn|stub|replace|patch|patch\.object|setattr|method|stubGlobal|setitem)$/.test(name)) {
    const what = args.map((arg) => arg.name ?? textOf(arg) ?? '').join('.');
    if (/(^|\.)(Date|time|datetime|performance)(\.|$)|now/.test(what)) course.fakeClock = true;
    if (/Math|random/.test(what)) course.seeded = true;
    return undefined;
  }
  if (
    name === 'Date' ||
    /^(datetime\.)?(datetime|date)(\.(datetime|date|fromisoformat|strptime|fromtimestamp))?$/.test(name) ||
    name === 'Date.UTC' ||
    name === 'Date.parse'
  ) {
    if (args.length === 0 && name === 'Date')
      return course.fakeClock ? NOTHING : { marks: [{ kind: 'now', place: self.placeOf(e), calendar: false }], readAt: 0 };
    if (args.length > 0 && args.every((arg) => arg.fixed)) {
      const isUtc = name === 'Date.UTC' || name === 'Date.parse';
      // Read in the machine's zone: parts, and a time without a zone.
      return { ...madeOf(args), marks: isUtc ? [] : [{ kind: 'dated', place: self.placeOf(e) }] };
    }
    return madeOf(args);
  }
  if (isNow(name)) {
    if (course.fakeClock) return NOTHING;
    if (/^(moment|dayjs)/.test(name) && args.length > 0)
      return args.every((arg) => arg.fixed) ? { ...madeOf(args), marks: [{ kind: 'dated', place: self.placeOf(e) }] } : madeOf(args);
    const isDay = name.endsWith('today') && !/datetime\.today/.test(name);
    return { marks: [{ kind: 'now', place: self.placeOf(e), calendar: isDay }], readAt: 0 };
  }
  return undefined;
}

function chanceCall(self: Interpretation, e: Call, name: string, args: readonly Value[]): Value | undefined {
  const { course } = self;
  if (
    SEEDING.test(name) ||
    (/(^|\.)(Random|Chance|default_rng|RandomState|seedrandom|Faker)$/.test(name) && args.length > 0 && args[0]?.fixed)
  ) {
    if (!/(Random|default_rng|RandomState)$/.test(name)) course.seeded = true;
    return { ...NOTHING, name: 'seeded' };
  }
  const range = randomRange(name);
  if (range !== undefined) {
    if (course.seeded) return NOTHING;
    const numbers = args.map(numberOf).filter((each) => each !== undefined);
    const [low = 0, high] = numbers.length > 1 ? numbers : [0, numbers[0]];
    const given =
      range === 100 && high !== undefined && /rand|Int|below/i.test(name) ? high - low + (name === 'random.randint' ? 1 : 0) : range;
    const isText = /token_|randomBytes|urandom/.test(name) || range === 1_000;
    return { marks: [{ kind: 'random', place: self.placeOf(e), range: given, text: isText }], readAt: 0, ...(isText && { text: '{}' }) };
  }
  if (/^(Math\.(floor|round|ceil|trunc)|parseInt|int|round)$/.test(name) && args[0] && markOf(args[0], 'random'))
    return {
      ...madeOf(args),
      marks: madeOf(args).marks.map((mark) =>
        mark.kind === 'random' && mark.scale !== undefined && mark.range === Infinity ? { ...mark, range: mark.scale } : mark,
      ),
    };
  return undefined;
}

function timerCall(self: Interpretation, e: Call, name: string, args: readonly Value[]): Value | undefined {
  if (/^(globalThis\.|timers\.|window\.)?(setTimeout|setImmediate|setInterval|queueMicrotask)$/.test(name) || name === 'process.nextTick') {
    const [callback, duration] = args;
    const ms = name.endsWith('setTimeout') ? (duration ? (numberOf(duration) ?? Number.NaN) : 0) : 0;
    if (callback?.closure) {
      const { closure } = callback;
      self.apart(() => {
        if (name.endsWith('setTimeout')) self.note({ what: { kind: 'sleep', ms, role: 'callback' }, at: e });
        self.inMode(name.endsWith('Interval') ? { polled: true } : {}, () => self.call(closure, [], new Map(), e));
      });
    }
    if (name.endsWith('Interval') && !self.course.fakeClock)
      self.note({ what: { kind: 'set', what: 'timer', name, undoes: false }, at: e });
    return { ...NOTHING, live: true };
  }
  if (/(^|\.)promisify$/.test(name) && /^(timers\.)?setTimeout$/.test(args[0]?.name ?? ''))
    return { ...NOTHING, name: 'timers/promises.setTimeout' };
  if (/^asyncio\.(create_task|ensure_future|run_coroutine_threadsafe)$|(^|\.)(create_task|ensure_future|submit|start_soon)$/.test(name)) {
    const task: Task = { place: self.placeOf(e), what: name, seq: self.now(), flow: self.course.flow };
    for (const mark of madeOf(args).marks) if (mark.kind === 'promise') mark.task.joinedAt ??= self.now();
    const made = madeOf(args);
    return { ...made, marks: [...made.marks.filter((mark) => mark.kind !== 'promise'), { kind: 'promise', task }] };
  }
  return undefined;
}

function settled(value: Value): Value {
  if (value.sleeps !== undefined) return NOTHING;
  return { ...value, live: false, marks: value.marks.filter((mark) => mark.kind !== 'promise') };
}

/** `Promise.all`, `Promise.race`, `asyncio.gather`. */
function togetherCall(self: Interpretation, e: Call, name: string, args: readonly Value[]): Value | undefined {
  const isAll = /^(Promise\.(all|allSettled)|asyncio\.(gather|wait))$/.test(name);
  const isFirst = /^(Promise\.(race|any)|asyncio\.as_completed|concurrent\.futures\.as_completed)$/.test(name);
  if (!isAll && !isFirst) return undefined;
  const list = args.length === 1 && args[0] ? args[0] : { ...madeOf(args), items: args };
  const items = list.items ?? [list];
  const requests = new Set<RequestEvent>();
  for (const item of items)
    for (const part of withParts(item))
      for (const mark of part.marks) {
        if (mark.kind === 'promise') mark.task.joinedAt ??= self.now();
        if (mark.kind === 'remote' && markOf(item, 'promise')) requests.add(mark.request);
      }
  if (isFirst) {
    for (const item of items) if (item.sleeps !== undefined) limit(self, 'promise', item.sleeps, e);
    const first = madeOf(items.map(settled));
    const isRace = items.length > 1 && items.every((item) => markOf(item, 'remote'));
    return {
      ...first,
      marks: isRace
        ? [...first.marks, { kind: 'unordered', place: self.placeOf(e), why: 'is what comes first', position: 0 }]
        : first.marks,
    };
  }
  // A list of unknown length of which each item asks the same.
  if (requests.size > 1 || (requests.size === 1 && list.items === undefined))
    self.note({ what: { kind: 'together', requests: [...requests] }, at: e });
  const task: Task = { place: self.placeOf(e), what: name, seq: self.now(), flow: self.course.flow };
  const made = madeOf(items.map(settled));
  return { ...made, marks: [...made.marks, { kind: 'promise', task }], ...(list.items && { items: list.items.map(settled) }) };
}

function orderCall(self: Interpretation, e: Call, name: string, args: readonly Value[]): Value | undefined {
  const last = name.slice(name.lastIndexOf('.') + 1);
  const made = madeOf(args);
  if (LISTINGS.test(name) || LISTINGS.test(last)) {
    return {
      ...made,
      readAt: self.now(),
      marks: [...made.marks, { kind: 'unordered', place: self.placeOf(e), why: 'comes in the order of the file system' }],
    };
  }
  const inOrder = (): readonly Mark[] =>
    made.marks.flatMap((mark): Mark[] => (mark.kind === 'unordered' ? [] : [mark.kind === 'remote' ? { ...mark, sorted: true } : mark]));
  if (/^(set|frozenset)$/.test(name) || (name === 'Set' && e.isNew)) return { ...made, marks: inOrder(), isSet: true };
  if (name === 'len' || name === 'count')
    return {
      ...made,
      marks: inOrder()
        .filter(isOfLists)
        .map((mark) => (mark.kind === 'remote' ? { ...mark, counted: true } : mark)),
      ...(args[0]?.items && !args[0].live && { literal: { value: args[0].items.length } }),
    };
  if (/^(list|tuple|next|iter|enumerate)$/.test(name) && args[0]?.isSet && self.course.program?.language === 'py')
    return {
      ...made,
      marks: [...made.marks, { kind: 'unordered', place: self.placeOf(e), why: 'is a set, whose order changes from process to process' }],
    };
  if (ORDERING.test(last) || (ORDER_FREE.test(last) && !name.includes('.'))) return { ...made, marks: inOrder() };
  if (/^expect\.(arrayContaining|anything|any|objectContaining|stringContaining|stringMatching|closeTo)$/.test(name))
    return { marks: [], readAt: 0, name: `${name}()` };
  return undefined;
}

/** Ports, files, environment: what there is one of. */
function sharedCall(
  self: Interpretation,
  e: Call,
  name: string,
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
): Value | undefined {
  const last = name.slice(name.lastIndexOf('.') + 1);
  const [first, second] = args;
  if (/^(path\.(posix\.)?(join|resolve)|os\.path\.join|join|resolve)$/.test(name)) {
    const parts = args.map((arg) => textOf(arg) ?? '{}');
    return { ...madeOf(args), text: parts.join('/').replaceAll('//', '/'), fixed: args.every((arg) => arg.fixed) };
  }
  if (/^(os\.tmpdir|tempfile\.gettempdir)$/.test(name)) return { ...literalOf('/tmp') };
  if (/^(listen|start_server|create_server|bind)$/.test(last) || /(^|\.)(HTTPServer|TCPServer|ThreadingHTTPServer)$/.test(name)) {
    if (args.some((arg) => arg.fields?.has('signal'))) return undefined;
    if (last === 'listen' && self.course.program?.language === 'py') return undefined;
    const port = numberOf(first) ?? numberOf(first?.fields?.get('port')) ?? numberOf(first?.items?.[1]) ?? numberOf(named.get('port'));
    if (port !== undefined && port > 0) self.note({ what: { kind: 'claim', what: 'port', name: String(port) }, at: e });
    return undefined;
  }
  if (
    /^fs(\/promises|\.promises)?\.(writeFile|writeFileSync|appendFile|appendFileSync|mkdir|mkdirSync|createWriteStream|openSync|copyFile|copyFileSync|rename|symlink)$/.test(
      name,
    )
  ) {
    const target = /copy|rename|symlink/.test(last) ? second : first;
    if (target?.fixed && target.text !== undefined && !/open/.test(last))
      self.note({ what: { kind: 'claim', what: 'file', name: target.text }, at: e });
    return undefined;
  }
  if (
    /^(fs(\/promises|\.promises)?\.)?(unlink|unlinkSync|rm|rmSync)$|^os\.(unlink|remove)$|^shutil\.rmtree$/.test(name) &&
    first?.text !== undefined
  )
    self.note({ what: { kind: 'claim', what: 'removal', name: first.text }, at: e });
  if (
    (name === 'open' || name === 'io.open') &&
    first?.fixed &&
    first.text !== undefined &&
    /^[wax]/.test(textOf(second) ?? textOf(named.get('mode')) ?? '')
  )
    self.note({ what: { kind: 'claim', what: 'file', name: first.text }, at: e });
  if (
    /^(fs\.)?(existsSync|readFileSync|statSync)$|^fs(\/promises|\.promises)\.(readFile|access|stat)$|^os\.path\.(exists|isfile)$/.test(
      name,
    ) &&
    first?.fixed &&
    /^\/(var\/)?tmp\//.test(first.text ?? '')
  )
    return { marks: [{ kind: 'ambient', what: first.text ?? '', place: self.placeOf(e) }], readAt: self.now() };
  if (/^(process|os)\.chdir$/.test(name))
    self.note({
      what: { kind: 'set', what: 'folder', name: textOf(first) ?? '', undoes: first?.fixed !== true && /cwd/.test(first?.name ?? '') },
      at: e,
    });
  if (/^process\.(on|once|addListener|prependListener)$/.test(name))
    self.note({ what: { kind: 'set', what: 'listener', name: `process '${textOf(first) ?? ''}'`, undoes: false }, at: e });
  if (/^process\.(off|removeListener|removeAllListeners)$/.test(name))
    self.note({ what: { kind: 'set', what: 'listener', name: `process '${textOf(first) ?? ''}'`, undoes: true }, at: e });
  if (/^os\.(environ\.(update|setdefault|pop|clear)|putenv|unsetenv)$/.test(name))
    self.note({ what: { kind: 'set', what: 'environment', name: textOf(first) ?? '*', undoes: /pop|unset|clear/.test(last) }, at: e });
  if (/^os\.environ\.get$|^os\.getenv$/.test(name)) {
    const what = textOf(first) ?? '';
    return second ? { ...second, fixed: false } : { marks: ambient(self, e, what), readAt: 0, name: `${name}()` };
  }
  if (
    !self.course.site &&
    /^Object\.(assign|defineProperty)$/.test(name) &&
    first?.name !== undefined &&
    /^(process\.env|globalThis|global|window|process|console|Date|Math|Array\.prototype|Object\.prototype|String\.prototype)$/.test(
      first.name,
    )
  ) {
    const what = first.name === 'process.env' ? 'environment' : /global|window/.test(first.name) ? 'global' : 'built-in';
    for (const key of name === 'Object.assign' ? (second?.fields?.keys() ?? ['*']) : [textOf(second) ?? '*'])
      self.note({
        what: {
          kind: 'set',
          what,
          name: what === 'built-in' ? `${first.name}.${key}` : key,
          undoes: name === 'Object.defineProperty' && args[2]?.fields === undefined,
        },
        at: e,
      });
    return first;
  }
  return undefined;
}

function ambient(self: Interpretation, e: Call, what: string): readonly Mark[] {
  return self.course.test > 0 &&
    !self.course.site &&
    what !== '' &&
    !/^(HOME|PATH|CI|TZ|USER)$|URL|URI|HOST|PORT|KEY|TOKEN|SECRET|PASS|DB|DATABASE|BASE|VERSION/.test(what)
    ? [{ kind: 'ambient', what, place: self.placeOf(e) }]
    : [];
}

function limitCall(
  self: Interpretation,
  e: Call,
  name: string,
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
): Value | undefined {
  const [first, second] = args;
  if (name === 'AbortSignal.timeout') {
    limit(self, 'request', numberOf(first), e);
    return NOTHING;
  }
  if (/^(jest\.setTimeout|test\.setTimeout|this\.timeout)$/.test(name)) {
    limit(self, 'test', numberOf(first), e);
    return NOTHING;
  }
  if (/^(asyncio|anyio|async_timeout)\.(wait_for|timeout|fail_after|move_on_after)$/.test(name)) {
    const seconds = numberOf(named.get('timeout')) ?? numberOf(name.endsWith('wait_for') ? second : first);
    limit(self, 'promise', seconds === undefined ? undefined : seconds * 1000, e);
    for (const mark of madeOf(args).marks) if (mark.kind === 'promise') mark.task.joinedAt ??= self.now();
    return { ...madeOf(args), live: true };
  }
  if (name.startsWith('fixtures.page.')) {
    const options = args.at(-1);
    if (options?.fields) limit(self, 'wait', numberOf(options.fields.get('timeout')), e);
  }
  return undefined;
}

function conversion(name: string, args: readonly Value[]): Value | undefined {
  if (name === 'round' && args.length > 1)
    return madeOf(args.map((arg) => ({ ...arg, marks: arg.marks.filter((mark) => mark.kind !== 'float') })));
  if (/^(pytest\.approx|math\.isclose|approx|isclose)$/.test(name)) {
    if (/isclose/.test(name) && args[0]) return { ...madeOf([args[0]]), name: 'tolerance' };
    return { ...madeOf([args[0]]), name: 'tolerance' };
  }
  if (!CONVERTING.test(name)) return undefined;
  const [only] = args;
  const isPlain = /^(String|Number|str|int|float|list|tuple|URL|structuredClone|Object\.freeze|bytes)$/.test(name) && args.length === 1;
  if (isPlain && only) return { ...only, live: false, ...(only.text === undefined && only.literal && { text: textOf(only) ?? '{}' }) };
  const made = madeOf(args);
  return { ...made, fixed: args.every((arg) => arg.fixed) && args.length > 0 };
}
