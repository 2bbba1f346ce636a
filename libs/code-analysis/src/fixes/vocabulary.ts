import { calledName, camel, partsOf, pathOf, someExpr, walk, type CallExpr, type Expr } from './code';

/** What a call is for, as far as its name says. What no rule knows is an action: it may change something. */
export type Purpose =
  | 'sleep'
  | 'clock'
  | 'random'
  | 'unique'
  | 'pure'
  | 'read'
  | 'action'
  | 'poll'
  | 'freeze'
  | 'seed'
  | 'restore'
  | 'intercept'
  | 'limit'
  | 'skip';

/** Of polls that wait for a truthy answer, and of those that wait for a call that does not throw. */
export type PollKind = 'truthy' | 'quiet';

const SLEEP =
  /^(?:sleep|delay|pause|wait|snooze|waitForTimeout|waitMs|waitSeconds|waitForMs|sleepMs|sleepFor|timeout|settle|nap|rest|idle|linger|breathe|coolDown)$/;
const CLOCK =
  /^(?:Date|Date\.now|performance\.now|process\.hrtime(?:\.bigint)?|process\.uptime|time\.(?:time|monotonic|perf_counter|time_ns|monotonic_ns)|(?:datetime\.)?datetime\.(?:now|utcnow|today)|(?:datetime\.)?date\.today|dayjs|moment|DateTime\.(?:now|utc|local)|Temporal\.Now\.\w+|timezone\.now|time\.(?:localtime|gmtime)|loop\.time)$/;
const RANDOM =
  /^(?:Math\.random|(?:crypto\.)?(?:randomInt|getRandomValues|randomBytes)|random\.(?!seed|Random)\w+|faker\..*|_?\.(?:random|sample|shuffle)|chance\.\w+|numpy\.random\.\w+|np\.random\.\w+|secrets\.\w+|nanoid|fake\.\w+)$/;
const UNIQUE =
  /^(?:(?:node:)?crypto\.randomUUID|globalThis\.crypto\.randomUUID|randomUUID|uuid\.uuid[1-7]|uuidv?[1-7]|uuid4|v4|nanoid|ulid|tempfile\.\w+|mkdtemp(?:Sync)?|fs(?:\/promises)?\.mkdtemp(?:Sync)?|os\.tmpdir|os\.getpid|crypto\.randomBytes)$/;
const SEED =
  /^(?:faker\.seed|random\.seed|Random\.seed|Faker\.seed|fake\.seed_instance|np\.random\.seed|numpy\.random\.seed|seedrandom|random\.Random|Chance|np\.random\.default_rng|numpy\.random\.default_rng)$/;
const FREEZE =
  /^(?:(?:jest|vi)\.(?:useFakeTimers(?:\(\)\..*)?|setSystemTime|advanceTimersByTime(?:Async)?|runAllTimers(?:Async)?|runOnlyPendingTimers(?:Async)?)|(?:page|context|page\.context\(\))\.clock\.\w+|mock\.timers\.\w+|t\.mock\.timers\.\w+|test\.mock\.timers\.\w+|sinon\.useFakeTimers|(?:freezegun\.)?freeze_time|time_machine\.travel|MockDate\.set|timekeeper\.freeze)$/;
const RESTORE =
  /^(?:(?:jest|vi)\.(?:useRealTimers|restoreAllMocks|unstubAllEnvs|unstubAllGlobals|resetAllMocks|clearAllMocks|clearAllTimers)|MockDate\.reset|timekeeper\.reset|clock\.restore|mock\.timers\.reset|(?:\w+\.)*mockRestore|os\.environ\.pop|(?:\w+\.)*(?:restore|unref)|monkeypatch\.(?:setenv|delenv|undo|chdir)|(?:fs(?:\/promises)?\.)?(?:rm|mkdir)(?:Sync)?|os\.makedirs|shutil\.rmtree|self\.addCleanup|self\.addClassCleanup|request\.addfinalizer|t\.after|(?:test\.)?onTestFinished|os\.chdir|process\.chdir|clearTimeout|clearInterval)$/;
const INTERCEPT =
  /(?:^|\.)(?:mock|doMock|unstable_mockModule|spyOn|stubGlobal|mockImplementation(?:Once)?|mockResolvedValue(?:Once)?|mockRejectedValue(?:Once)?|mockReturnValue(?:Once)?|route|routeFromHAR|unroute|intercept|nock|setupServer|setupWorker|fulfill|replace|stub|patch\.object|patch|setattr|MagicMock|AsyncMock|Mock|fn|createMock|mockServer|respx|responses)$/;
const LIMIT = /(?:^|\.)(?:setTimeout|setDefaultTimeout|setDefaultNavigationTimeout|slow|timeout|configure|setConfig)$/;
const SKIP = /^(?:pytest\.(?:skip|xfail|importorskip)|self\.skipTest|unittest\.skip\w*|\w+\.skipTest)$/;
const READ =
  /^(?:get|head|json|text|bytes|body|find\w*|list\w*|read\w*|query\w*|select\w*|count\w*|fetch\w*|load\w*|show\w*|locator|getBy\w+|queryBy\w+|textContent|innerText|innerHTML|inputValue|isVisible|isHidden|isChecked|isEnabled|isDisabled|getAttribute|title|url|all|allTextContents|allInnerTexts|first|last|nth|content|status|headers?|lookup|exists|has|poll|peek|current|snapshot|stat|access|existsSync|fetchone|fetchall|fetchval|request|service|search|is\w+|elapsed|address)$/i;
const PURE =
  /^(?:map|filter|sort|toSorted|sorted|reverse|toReversed|slice|concat|join|split|trim|toString|toISOString|toLocale\w+|getTime|getDate|getDay|getMonth|getFullYear|getHours|getMinutes|getSeconds|getMilliseconds|getTimezoneOffset|datetime|getUTC\w+|valueOf|toFixed|toLowerCase|toUpperCase|lower|upper|strip|format|padStart|padEnd|includes|startsWith|endsWith|startswith|endswith|indexOf|every|some|find|findIndex|flat|flatMap|reduce|keys|values|items|entries|fromEntries|from|isArray|parse|stringify|round|floor|ceil|abs|min|max|sum|len|set|list|dict|tuple|str|int|float|bool|String|Number|Boolean|BigInt|Array|Object|Set|Map|Counter|timedelta|isoformat|replace|replaceAll|localeCompare|UTC|all|race|allSettled|any|range|enumerate|zip|type|repr|timestamp|astimezone|utc|append|push|add|approx|isInteger|URL|URLSearchParams|RegExp|test|exec|match|matchAll|objectContaining|arrayContaining|stringContaining|stringMatching|anything|closeTo|log|info|debug|print|warn|error|strftime|total_seconds|at|with|structuredClone|assign|freeze|itemgetter|attrgetter|lambda|Error|AssertionError|TimeoutError|isfinite|then|catch|finally|resolve|reject|Promise|now|compile|hex|encode|decode|dumps|loads|setTimeout|setInterval|unshift|pop|shift|codePointAt|charCodeAt|charAt|bind|hasOwn|path|basename|dirname|repeat|forEach|date|toordinal)$/;
const CHANGES =
  /^(?:post|put|patch|delete|create|add|insert|update|remove|save|send|publish|start|stop|run|submit|click|dblclick|tap|fill|press|type|check|uncheck|select|set|push|pop|increment|decrement|inc|dec|consume|next|take|issue|register|log[io]|sign|buy|order|pay|cancel|close|open|write|upload|import|enqueue|dispatch|emit|trigger|execute|exec|process|call|invoke|do|make|build|apply|commit|drop|truncate|clear|reset|seed|migrate|flush|sync|refresh|reload|go|roll|bump|advance|tick|use|begin|end|finish|complete|confirm|ship|approve|reject|retry|rerun|book|reserve|release|lock|unlock|join|wait|connect|disconnect|destroy|dispose|handle|perform|fire|new)/i;
/** Of Playwright: each fails at its own time-out. */
const BROWSER_WAIT = /^waitFor(?:Response|Request|Selector|URL|LoadState|Navigation|Event|Function)$/;
const POLL_TRUTHY = /^(?:waitUntil|eventually|until|pollUntil|waitUntilTrue)$/;

export function purposeOf(call: CallExpr, language: 'typescript' | 'python'): Purpose {
  const path = pathOf(call.callee) ?? '';
  const name = camel(call.callee.kind === 'member' || call.callee.kind === 'name' ? call.callee.name : '');
  if (sleepOf(call, language) !== undefined) return 'sleep';
  if (SKIP.test(path)) return 'skip';
  if (SEED.test(path)) return 'seed';
  if (FREEZE.test(path)) return 'freeze';
  if (isRandomSpy(call)) return 'freeze';
  if (UNIQUE.test(path)) return 'unique';
  if (CLOCK.test(path) && !(path === 'Date' && call.args.length > 0) && !((path === 'dayjs' || path === 'moment') && call.args.length > 0))
    return 'clock';
  if (RANDOM.test(path)) return 'random';
  const maker = call.callee.kind === 'member' ? call.callee.object : call.callee;
  if (maker.kind === 'call' && purposeOf(maker, language) === 'seed') return 'random';
  if (RESTORE.test(path)) return 'restore';
  if (pollKindOf(path, undefined) !== undefined || BROWSER_WAIT.test(name)) return 'poll';
  if (path !== 'Date' && name !== 'replace' && INTERCEPT.test(path) && !isRequestPatch(call, name)) return 'intercept';
  if (path === 'jest.setTimeout' || path === 'vi.setConfig' || (LIMIT.test(path) && path !== 'setTimeout' && path.includes('.')))
    return 'limit';
  if (
    path === 'Date' ||
    /^(?:Math|math|Number|Intl|Date|Object|Array|JSON|statistics)\.\w+$/.test(path) ||
    PURE.test(name) ||
    path === 'os.environ.get' ||
    path === 'os.getenv'
  )
    return 'pure';
  if (isReadRequest(call, name) || isExternal(call)) return 'read';
  // `job.state()`: asks, as far as its name says.
  if (call.callee.kind === 'member' && call.args.length === 0 && !call.isNew && !CHANGES.test(name)) return 'read';
  return 'action';
}

/** `page.patch('/orders/1')` is a request, no mock. */
function isRequestPatch(call: CallExpr, name: string): boolean {
  if (name !== 'patch') return name === 'replace';
  const receiver = call.callee.kind === 'member' ? (pathOf(call.callee.object) ?? '') : '';
  return call.callee.kind === 'member' && !/(?:^|\.)(?:mock|mocker|unittest)$/.test(receiver);
}

function isRandomSpy(call: CallExpr): boolean {
  const chain = /(?:^|\.)(?:spyOn|patch|setattr|object|method)(?:$|\(\))/.test(pathOf(call.callee) ?? '');
  return chain && spied(call);
}

function spied(call: CallExpr): boolean {
  const own = call.args.map((arg) => (arg.kind === 'literal' ? String(arg.value) : (pathOf(arg) ?? '')));
  const [object, method] = own;
  if (
    /^(?:Math|Date|random|time|datetime|performance|crypto)$/.test(object ?? '') &&
    /^(?:random|now|time|randint|choice|uniform|randomUUID|monotonic|shuffle|sample)$/.test(method ?? '')
  )
    return true;
  if (/^(?:random|time|datetime)\.(?:\w+\.)?(?:random|now|time|randint|choice|uniform|shuffle|sample)$/.test(object ?? '')) return true;
  const inner = call.callee.kind === 'member' ? call.callee.object : undefined;
  return inner?.kind === 'call' && spied(inner);
}

function isReadRequest(call: CallExpr, name: string): boolean {
  if (!READ.test(name)) return false;
  if (/^(?:fetch|request|axios)$/.test(name)) {
    const [first, second] = call.args;
    if (first?.kind === 'literal' && typeof first.value === 'string' && /^[A-Z]+$/i.test(first.value))
      return /^(?:GET|HEAD|OPTIONS)$/i.test(first.value);
    const options = second ?? first;
    if (options?.kind === 'object') {
      const method = options.entries.find((entry) => entry.key === 'method');
      return !method || (method.value.kind === 'literal' && /^(?:GET|HEAD|OPTIONS)$/i.test(String(method.value.value)));
    }
    return call.args.length < 2 || options?.kind !== 'name';
  }
  return true;
}

/** How long a call only waits, in ms; NaN where the text does not say; undefined for anything else. */
export function sleepOf(call: CallExpr, language: 'typescript' | 'python'): number | undefined {
  const path = pathOf(call.callee) ?? '';
  const name = camel(call.callee.kind === 'member' || call.callee.kind === 'name' ? call.callee.name : '');
  const [first] = call.args;
  if (path === 'timers/promises.setTimeout') return numberOf(first);
  if (
    call.callee.kind === 'call' &&
    /(?:^|\.)promisify$/.test(pathOf(call.callee.callee) ?? '') &&
    pathOf(call.callee.args[0] ?? call) === 'setTimeout'
  )
    return numberOf(first);
  const delay = promisedDelay(call);
  if (delay) return numberOf(delay);
  if (/^(?:time|asyncio|trio|anyio|gevent|eventlet)\.sleep$/.test(path)) return scaled(numberOf(first), 1000);
  if (!SLEEP.test(name) || call.args.length === 0 || call.args.length > 2) return undefined;
  if (name === 'timeout' && path !== 'timeout') return undefined;
  if (first?.kind === 'literal' && typeof first.value === 'number') return scaled(first.value, language === 'python' ? 1000 : 1);
  if (first && (first.kind === 'binary' || first.kind === 'name' || first.kind === 'member' || first.kind === 'named')) return Number.NaN;
  return undefined;
}

/** The delay in `new Promise((resolve) => setTimeout(resolve, delay))`, where nothing else is in it. */
export function promisedDelay(call: CallExpr): Expr | undefined {
  const [first] = call.args;
  if (pathOf(call.callee) !== 'Promise' || !call.isNew || first?.kind !== 'function' || first.body.length !== 1) return undefined;
  const [only] = first.body;
  const value = only?.kind === 'return' || only?.kind === 'expression' ? only.value : undefined;
  return value?.kind === 'call' && pathOf(value.callee) === 'setTimeout' && !givesUp(value.args[0]) ? value.args[1] : undefined;
}

/** `() => reject(new Error('late'))`: a timer that ends something is a limit. */
export function givesUp(callback: Expr | undefined): boolean {
  if (callback?.kind !== 'function') return false;
  let found = false;
  walk(
    callback.body,
    (expr) => (found ||= expr.kind === 'call' && /^(?:reject|abort|fail)\w*$/i.test(calledName(expr))),
    (stmt) => (found ||= stmt.kind === 'throw'),
  );
  return found;
}

function scaled(value: number | undefined, by: number): number | undefined {
  return value === undefined ? undefined : value * by;
}

function numberOf(expr: Expr | undefined): number {
  return expr?.kind === 'literal' && typeof expr.value === 'number' ? expr.value : Number.NaN;
}

/** Undefined for what is no poll. `source`: the module that a bare name was imported from. */
export function pollKindOf(path: string, source: string | undefined): PollKind | undefined {
  const name = camel(path.split('.').at(-1) ?? '');
  if (POLL_TRUTHY.test(name)) return 'truthy';
  if (name !== 'waitFor' && name !== 'waitForExpect') return undefined;
  if (path === 'waitFor') return source === undefined || source === '@testimony/page' ? 'truthy' : 'quiet';
  if (name === 'waitForExpect') return 'quiet';
  return /^(?:vi|vitest|screen)\./.test(path) ? 'quiet' : 'truthy';
}

export function isUnstable(expr: Expr, language: 'typescript' | 'python'): boolean {
  return someExpr(expr, (part) => part.kind === 'call' && ['clock', 'random', 'unique'].includes(purposeOf(part, language)));
}

export function isClock(expr: Expr, language: 'typescript' | 'python'): boolean {
  if (expr.kind !== 'call') return false;
  // `datetime.now(timezone.utc).date()` is today's date in a named zone.
  if (expr.callee.kind === 'member' && expr.callee.name === 'date' && expr.args.length === 0) return isClock(expr.callee.object, language);
  return purposeOf(expr, language) === 'clock';
}

export function hasUnique(expr: Expr, language: 'typescript' | 'python'): boolean {
  return someExpr(
    expr,
    (part) =>
      (part.kind === 'call' &&
        (['unique', 'clock'].includes(purposeOf(part, language)) || /(?:^|\.)randomBytes$/.test(pathOf(part.callee) ?? ''))) ||
      (part.kind === 'member' && /(?:^|\.)(?:pid|parallelIndex|workerIndex|testId)$/.test(`.${part.name}`)),
  );
}

/** True when a value is made of literals, clocks, random and pure calls only: no answer of the product is in it. */
export function isOwnData(expr: Expr, language: 'typescript' | 'python'): boolean {
  if (expr.kind === 'call') {
    const purpose = purposeOf(expr, language);
    if (!['clock', 'random', 'unique', 'pure', 'seed'].includes(purpose)) {
      // A generator that was made with a seed: `rng()`, `rng.int(1, 9)`.
      const receiver = expr.callee.kind === 'member' ? expr.callee.object : expr.callee;
      if (!(receiver.kind === 'call' && purposeOf(receiver, language) === 'seed')) return false;
    }
    const receiver = expr.callee.kind === 'member' ? [expr.callee.object] : [];
    return [...receiver, ...expr.args].every((part) => isOwnData(part, language));
  }
  if (expr.kind === 'opaque' || expr.kind === 'function') return false;
  return partsOf(expr).every((part) => isOwnData(part, language));
}

/** True for a request to somebody else's host: an address that is written out, or the default of a setting, and is not this machine. */
function isExternal(expr: Expr): boolean {
  if (expr.kind !== 'call') return false;
  const name = calledName(expr);
  if (!/^(?:fetch|get|post|request|urlopen|axios|head)$/.test(name)) return false;
  const [address] = expr.args;
  return (
    address !== undefined &&
    someExpr(
      address,
      (part) =>
        part.kind === 'literal' &&
        typeof part.value === 'string' &&
        /^https?:\/\/(?!localhost|127\.|0\.0\.0\.0|\[::1\])[\w-]+\.[\w.-]+/.test(part.value),
    )
  );
}

/** An answer of somebody else, or made from one. */
export function isFromOutside(expr: Expr): boolean {
  return someExpr(expr, isExternal);
}

/**
 * True when it only grows as the clock goes on: the clock itself, divided or rounded, or its text as far as that begins with the year. Of two of them,
 * made one after the other, whatever lies between their moments lies between them.
 */
export function isGrowing(expr: Expr, language: 'typescript' | 'python'): boolean {
  if (isClock(expr, language)) return !/^(?:performance|process|time\.(?:monotonic|perf_counter))/.test(pathOf(expr) ?? '');
  if (expr.kind === 'binary') {
    const by = expr.right.kind === 'literal' && typeof expr.right.value === 'number' ? expr.right.value : 0;
    return (
      isGrowing(expr.left, language) &&
      ((expr.op === '/' && by > 0) || (expr.op === '//' && by > 0) || (expr.op === '*' && by > 0) || /^[-+]$/.test(expr.op))
    );
  }
  if (expr.kind !== 'call') return false;
  const [first, second] = expr.args;
  if (/^(?:Math\.(?:floor|round|trunc|ceil)|int|round)$/.test(pathOf(expr.callee) ?? ''))
    return first !== undefined && expr.args.length === 1 && isGrowing(first, language);
  if (expr.callee.kind !== 'member') return false;
  const { name, object } = expr.callee;
  if (/^(?:getTime|valueOf|toISOString|toJSON|timestamp)$/.test(name)) return expr.args.length === 0 && isGrowing(object, language);
  const isText = object.kind === 'call' && /^(?:toISOString|toJSON)$/.test(calledName(object));
  return (
    /^(?:slice|substring)$/.test(name) &&
    isText &&
    isGrowing(object, language) &&
    first?.kind === 'literal' &&
    first.value === 0 &&
    second?.kind === 'literal' &&
    typeof second.value === 'number' &&
    second.value > 0
  );
}

/** What somebody else answered, or a part of it; no answer of the product that was given something of it. */
export function isAnswerFromOutside(expr: Expr, language: 'typescript' | 'python'): boolean {
  switch (expr.kind) {
    case 'member':
    case 'index':
      return isAnswerFromOutside(expr.object, language);
    case 'await':
    case 'unary':
      return isAnswerFromOutside(expr.value, language);
    case 'call':
      return (
        isExternal(expr) ||
        (expr.callee.kind === 'member' && isAnswerFromOutside(expr.callee.object, language)) ||
        (purposeOf(expr, language) === 'pure' && expr.args.some((arg) => isAnswerFromOutside(arg, language)))
      );
    default:
      return false;
  }
}
