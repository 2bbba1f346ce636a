import type { AssertEvent } from './trace';

/** Modules that are known by the names they export: `test` of `vitest` is `test`. */
export const TEST_MODULES =
  /^(test|vitest|mocha|ava|tape|tap|uvu|uvu\/assert|bun:test|chai|expect|assert\/strict|@jest\/globals|@playwright\/test|@testimony\/page|pytest|unittest|@std\/(assert|testing.*))$/;

export const TEST_WORDS = /^(test|it|specify|fit|xit|xtest)$/;
export const GROUP_WORDS = /^(describe|suite|context|fdescribe|xdescribe)$/;
export const BEFORE_WORDS = /^(beforeEach|beforeAll|before|setup|suiteSetup)$/;
export const AFTER_WORDS = /^(afterEach|afterAll|after|teardown|suiteTeardown|onTestFinished|addCleanup|addfinalizer|cleanup)$/;

/** Functions that wait so long when awaited, with the argument that says how long, and how many ms one of it is. */
export const SLEEPS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['timers/promises.setTimeout', [0, 1]],
  ['timers/promises.scheduler.wait', [0, 1]],
  ['Bun.sleep', [0, 1]],
  ['Atomics.wait', [3, 1]],
  ['time.sleep', [0, 1000]],
  ['asyncio.sleep', [0, 1000]],
  ['anyio.sleep', [0, 1000]],
  ['trio.sleep', [0, 1000]],
  ['gevent.sleep', [0, 1000]],
  ['eventlet.sleep', [0, 1000]],
]);
/** What a function is called that only waits, where its body cannot be read. */
export const SLEEP_WORD =
  /^(sleep|delay|pause|wait|snooze|setTimeoutAsync|setTimeoutPromise|timeout|sleepMs|waitMs|sleepFor|waitForTimeout|wait_for_timeout|promiseTimeout|waitFor|p?sleep(Async)?|waitMilliseconds)$/;

/** What a function is called that asks again and again until something holds. */
export const POLL_WORD =
  /^(p?wait_?(for|until)(?!Timeout|_timeout)\w*|poll\w*|eventually\w*|retry\w*|until\w*|try_?until|toPass|assertEventually|tryFor|backOff|wait_?to_?be\w*)$/i;

export const HTTP_VERBS = /^(get|post|put|patch|delete|head|options)$/;

const RELATION_WORDS: Record<Exclude<AssertEvent['relation'], 'shape'>, string> = {
  equal:
    'toBe toEqual toStrictEqual toMatchObject equal equals eq eql eqls is isEqual same strictEqual deepEqual deepStrictEqual deepEquals strictSame sameStrict assertEqual assertEquals assertListEqual assertTupleEqual assertDictEqual assertSequenceEqual assertIs to_be to_equal toHaveText toHaveValue notEqual notStrictEqual notDeepEqual notDeepStrictEqual notSame isNot not assertNotEqual deepEqualAny like matchObject assert_equal assert_called_with toHaveBeenCalledWith toHaveBeenLastCalledWith toHaveBeenNthCalledWith',
  less: 'toBeLessThan toBeLessThanOrEqual below lessThan isBelow isAtMost most lte lt assertLess assertLessEqual to_be_less_than atMost',
  more: 'toBeGreaterThan toBeGreaterThanOrEqual above greaterThan isAbove isAtLeast least gte gt assertGreater assertGreaterEqual to_be_greater_than atLeast',
  contains:
    'toContain include includes contain contains match toMatch matches assertIn assertNotIn toContainEqual toContainText to_contain to_match string property toHaveProperty regex notMatch doesNotMatch assertRegex any',
  members: 'members sameMembers sameDeepMembers assertCountEqual assertItemsEqual toIncludeSameMembers toIncludeAllMembers deepMembers',
  count: 'toHaveLength lengthOf length toHaveCount to_have_length hasLength',
  holds:
    'toBeTruthy toBeFalsy toBeDefined toBeUndefined toBeNull toBeNaN ok notOk true false null undefined exist isTrue isFalse isNull isNotNull assertTrue assertFalse assertIsNone assertIsNotNone truthy falsy to_be_truthy to_be_falsy to_be_none toBeVisible toBeHidden toBeEnabled toBeDisabled toBeChecked fulfilled pass fail empty toBeInstanceOf instanceOf isDefined isUndefined isArray assertIsInstance toBeEmpty',
  status: '',
  error:
    'toThrow toThrowError throw throws rejects rejected rejectedWith assertRaises raises doesNotThrow notThrow doesNotReject throwsAsync notThrowsAsync toThrowErrorMatchingInlineSnapshot',
  called:
    'toHaveBeenCalled toHaveBeenCalledTimes toHaveBeenCalledOnce toBeCalled toBeCalledTimes called calledOnce calledTwice callCount assert_called assert_called_once assert_called_once_with assert_not_called calledWith toHaveBeenCalledExactlyOnceWith',
};
const RELATION_OF = new Map(
  Object.entries(RELATION_WORDS).flatMap(([relation, words]) =>
    words.split(' ').map((word) => [word, relation as AssertEvent['relation']] as const),
  ),
);
RELATION_OF.delete('');

export function relationOf(matcher: string): AssertEvent['relation'] | undefined {
  return RELATION_OF.get(matcher);
}

export const NEGATING =
  /^(not|not_|never|notOk|falsy|notEqual\w*|notStrictEqual|notDeep\w*|notSame|notMatch|doesNot\w*|assertNot\w*|assertIsNot\w*|assert_not_called|notThrow\w*)$/;
export const TOLERANT = /^(toBeCloseTo|closeTo|approximately|assertAlmostEqual|to_be_close_to|approx|isclose|almostEqual)$/;
/** Assertions of Playwright look again until they hold. */
export const RETRYING =
  /^toBe(Visible|Hidden|Enabled|Disabled|Checked|Attached|Editable|Empty|Focused|InViewport)$|^toHave(Text|Value|URL|Title|Count|Attribute|Class|CSS|Id|Screenshot|JSProperty|Values|AccessibleName)$|^toContainText$|^to_(be_(visible|hidden|enabled|checked)|have_(text|value|url|title|count)|contain_text)$/;

export const ORDERING = /^(sort|toSorted|sorted|sortBy|orderBy|order_by|sort_values|localeCompare|heapify|natsorted|toSortedBy)$/;
/** These ask whether or how many, whatever the order. */
export const ORDER_FREE =
  /^(some|every|includes|find|findLast|has|any|all|sum|len|min|max|set|frozenset|Counter|Set|Map|includesAll|groupBy|keyBy|fromEntries|countBy|sumBy|uniq|indexOf|count|arrayContaining|dict|filter_by|partition)$/;

/** Directory listings and sets come in any order. */
export const LISTINGS =
  /(^|\.)(readdir|readdirSync|listdir|scandir|iterdir|glob|globSync|iglob|rglob|smembers|sMembers|sinter|sunion|sdiff|hkeys|fg|fast-glob\.(glob|sync|default)|globby)$/;

/** A call by this name brings data that differs from run to run, and how many values there are where the call does not say. */
export function randomRange(name: string): number | undefined {
  const last = name.slice(name.lastIndexOf('.') + 1);
  if (name === 'Math.random' || name === 'random.random' || name === 'random.uniform' || name === 'random.gauss') return Infinity;
  if (
    /^(crypto\.randomInt|random\.(randint|randrange)|secrets\.(randbelow|choice)|random\.(choice|choices|sample|shuffle|getrandbits)|lodash\.(random|sample|shuffle))$/.test(
      name,
    )
  )
    return 100;
  if (/^(numpy|np)\.random\./.test(name) && last !== 'seed' && last !== 'default_rng' && last !== 'RandomState') return 100;
  if (/(^|[./])(faker|fake|chance|casual)(\(\))?\./i.test(name) && !/uuid|\.seed/i.test(name))
    return /number|int|digit|boolean|pick|arrayElement|random_/i.test(last) ? 100 : 1_000;
  if (/^(crypto\.randomBytes|crypto\.getRandomValues|os\.urandom|secrets\.token_\w+)$/.test(name)) return Infinity;
  return undefined;
}

/** A call by this name tells what time it is. */
export function isNow(name: string): boolean {
  return /^(Date\.now|Date\(\)|performance\.now|perf_hooks\.performance\.now|process\.(hrtime|hrtime\.bigint|uptime)|time\.(time|time_ns|monotonic|perf_counter|localtime|gmtime|ctime|process_time|monotonic_ns|perf_counter_ns)|datetime\.(datetime\.)?(now|utcnow|today)|datetime\.date\.today|date\.today|timezone\.now|django\.utils\.timezone\.now|arrow\.(now|utcnow)|pendulum\.(now|today)|moment|dayjs|moment\.default|dayjs\.default|luxon\.DateTime\.(now|local|utc))$/.test(
    name,
  );
}

/** It names a day, an hour or the like in the calendar. */
export const CALENDAR_MEMBER =
  /^(get(UTC)?(Hours|Date|Day|Month|FullYear|Year|Minutes)|(to|toLocale)(Date|Time)?String|toLocaleDateString|toLocaleTimeString|toDateString|toTimeString|strftime|weekday|isoweekday|date|hour|minute|day|month|year|isocalendar|startOf|endOf|quarter|week|dayOfYear|monthrange)$/;

/** Clocks that stand still until the test moves them. */
export const FAKE_CLOCK =
  /(^|\.)(useFakeTimers|setSystemTime|mock\.timers\.enable|timers\.enable|clock\.install|clock\.setFixedTime|clock\.pauseAt|freeze_time|FakeTimers\.install|install_fake_timers|travel|travel_to|time_machine\.travel|mockdate\.set|MockDate\.set|timekeeper\.freeze|freezegun\.freeze_time|createClock)$/;
export const REAL_CLOCK = /(^|\.)(useRealTimers|mock\.timers\.reset|timers\.reset)$/;
export const SEEDING = /(^|\.)(random\.seed|seed|seed_instance|numpy\.random\.seed|setSeed|seedrandom)$/;

/** Libraries and calls after which nothing leaves the process. */
export const NETWORK_MOCKS = [
  'nock',
  'msw',
  'msw/node',
  'setupServer',
  'MockAgent',
  'setGlobalDispatcher',
  'stubGlobal',
  'fetch-mock',
  'fetchMock',
  'axios-mock-adapter',
  'MockAdapter',
  'jest-fetch-mock',
  'responses',
  'respx',
  'requests_mock',
  'httpretty',
  'aioresponses',
  'vcr',
  'pook',
  'pytest_httpx',
  'httpx_mock',
  'MockTransport',
  'ASGITransport',
  'polly',
  'fetchSpy',
  'mockFetch',
  'replay',
  'routeFromHAR',
  'Ajax',
  'getAjaxRequest',
  'httpserver',
  'mockServer',
] as const;
