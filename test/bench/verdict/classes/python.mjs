// Cases in Python: pytest, unittest, Robot Framework and behave.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { classOfStatus, historyOf, innocentLogs, nameOf, pathOf, STATUS_PAIRS, STATUS_SENTENCES, THROWN_STATUSES } from './faults.mjs';
import { SHAPES } from './server.mjs';

export const PYTHON_FRAMEWORKS = ['pytest', 'unittest', 'robot', 'behave'];
const py = (value) => JSON.stringify(value);

const plainAsserts = {
  eq: (a, e) => `assert ${a} == ${e}`,
  reversed: (a, e) => `assert ${e} == ${a}`,
  noted: (a, e, note) => `assert ${a} == ${e}, ${py(note)}`,
  formatted: (a, e) => `assert ${a} == ${e}, f"expected ${e} but got {${a}}"`,
  among: (a, list) => `assert ${a} in ${list}`,
  less: (a, n) => `assert ${a} < ${n}`,
  ok: (a) => `assert ${a}`,
  has: (key, a) => `assert ${py(key)} in ${a}`,
};
const unittestAsserts = {
  eq: (a, e) => `self.assertEqual(${a}, ${e})`,
  reversed: (a, e) => `self.assertEqual(${e}, ${a})`,
  noted: (a, e, note) => `self.assertEqual(${a}, ${e}, ${py(note)})`,
  formatted: (a, e) => `self.assertEqual(${a}, ${e}, f"unexpected status {${a}}: {body(response)[:80]}")`,
  among: (a, list) => `self.assertIn(${a}, ${list})`,
  less: (a, n) => `self.assertLess(${a}, ${n})`,
  ok: (a) => `self.assertTrue(${a})`,
  has: (key, a) => `self.assertIn(${py(key)}, ${a})`,
};

const CLIENTS = {
  requests: {
    plain: (u, m, t) => `response = requests.request(${py(m)}, ${u}, allow_redirects=False${t ? `, timeout=${t}` : ', timeout=5'})`,
    status: 'response.status_code',
    ok: 'response.ok',
    body: 'response.json()',
    raise: 'response.raise_for_status()',
  },
  httpx: {
    plain: (u, m, t) => `response = httpx.request(${py(m)}, ${u}, trust_env=False${t ? `, timeout=${t}` : ', timeout=5'})`,
    status: 'response.status_code',
    ok: 'response.is_success',
    body: 'response.json()',
    raise: 'response.raise_for_status()',
  },
  aiohttp: {
    plain: (u, m, t) => `response = asyncio.run(ask(${py(m)}, ${u}, ${t ?? 5}, False))`,
    status: 'response.status',
    body: 'json.loads(response.text)',
    raiseInstead: (u, m) => `response = asyncio.run(ask(${py(m)}, ${u}, 5, True))`,
  },
  urllib: {
    plain: (u, m, t) => `response = urllib.request.urlopen(urllib.request.Request(${u}, method=${py(m)}), timeout=${t ?? 5})`,
    status: 'response.status',
    body: 'json.loads(response.read())',
    throws: true,
  },
  urllib3: {
    plain: (u, m, t) => `response = urllib3.PoolManager(retries=False).request(${py(m)}, ${u}, redirect=False, timeout=${t ?? 5})`,
    status: 'response.status',
    body: 'json.loads(response.data)',
  },
};

const PG =
  "host=os.environ['PG_HOST'], port=os.environ['PG_PORT'], user=os.environ['PG_USER'], password=os.environ['PG_PASSWORD'], dbname='postgres'";
const MY = "host='127.0.0.1', port=int(os.environ['MY_PORT']), user='app', password='secret', database='shop'";
const SQL = {
  duplicate: "INSERT INTO accounts VALUES (9, 'ada@example.test', 1)",
  foreign: "INSERT INTO orders VALUES (99, 4711, 'x')",
  null: 'INSERT INTO accounts VALUES (8, NULL, 1)',
  check: "INSERT INTO accounts VALUES (8, 'c@example.test', -5)",
  syntax: 'SELEC * FROM accounts',
  table: 'SELECT * FROM acounts',
  column: 'SELECT emial FROM accounts',
};
const each = (write, names = Object.keys(SQL)) => names.map((name) => [name, write(py(SQL[name]))]);
const DRIVERS = {
  psycopg: [
    ...each((sql) => `with psycopg.connect(${PG}) as connection:\n    connection.execute(${sql})`),
    [
      'timeout',
      `with psycopg.connect(${PG}) as connection:\n    connection.execute("SET statement_timeout = 50")\n    connection.execute("SELECT pg_sleep(2)")`,
    ],
    ['auth', `psycopg.connect(${PG.replace("os.environ['PG_PASSWORD']", "'wrong'")})`],
    ['refused', "psycopg.connect(host='127.0.0.1', port=5432, user='app')"],
    ['killed', `connection = psycopg.connect(${PG})\nconnection.execute("SELECT pg_terminate_backend(pg_backend_pid())")`],
  ],
  psycopg2: [
    ...each(
      (sql) => `connection = psycopg2.connect(${PG})\nconnection.cursor().execute(${sql})`,
      ['duplicate', 'foreign', 'syntax', 'table'],
    ),
    ['refused', "psycopg2.connect(host='localhost', port=5432, user='app')"],
    ['auth', `psycopg2.connect(${PG.replace("os.environ['PG_PASSWORD']", "'wrong'")})`],
  ],
  asyncpg: [
    ...each(
      (sql) =>
        `async def work():\n    connection = await asyncpg.connect(os.environ['PG_URL'])\n    await connection.execute(${sql})\nasyncio.run(work())`,
      ['duplicate', 'null', 'syntax', 'table'],
    ),
    ['refused', "async def work():\n    await asyncpg.connect(host='127.0.0.1', port=5432, user='app')\nasyncio.run(work())"],
  ],
  sqlalchemy: [
    ...each(
      (sql) =>
        `engine = sqlalchemy.create_engine(os.environ['PG_URL'].replace('postgres://', 'postgresql+psycopg://'))\nwith engine.begin() as connection:\n    connection.execute(sqlalchemy.text(${sql}))`,
    ),
    ['refused', "engine = sqlalchemy.create_engine('postgresql+psycopg2://app@127.0.0.1:5432/shop')\nengine.connect()"],
    [
      'pool',
      `engine = sqlalchemy.create_engine(os.environ['PG_URL'].replace('postgres://', 'postgresql+psycopg://'), pool_size=1, max_overflow=0, pool_timeout=0.1)\nfirst = engine.connect()\nengine.connect()`,
    ],
    [
      'sqlite table',
      "engine = sqlalchemy.create_engine('sqlite://')\nwith engine.begin() as connection:\n    connection.execute(sqlalchemy.text('SELECT * FROM acounts'))",
    ],
    [
      'mysql duplicate',
      `engine = sqlalchemy.create_engine('mysql+pymysql://app:secret@127.0.0.1:' + os.environ['MY_PORT'] + '/shop')\nwith engine.begin() as connection:\n    connection.execute(sqlalchemy.text(${py(SQL.duplicate)}))`,
    ],
    [
      'no row',
      "engine = sqlalchemy.create_engine('sqlite://')\nwith engine.begin() as connection:\n    connection.execute(sqlalchemy.text('SELECT 1 WHERE 1 = 0')).one()",
    ],
  ],
  sqlite3: [
    [
      'duplicate',
      "db = sqlite3.connect(':memory:')\ndb.execute('CREATE TABLE accounts (id INT, email TEXT UNIQUE)')\ndb.execute(\"INSERT INTO accounts VALUES (1, 'a')\")\ndb.execute(\"INSERT INTO accounts VALUES (2, 'a')\")",
    ],
    ['table', "sqlite3.connect(':memory:').execute('SELECT * FROM acounts')"],
    ['syntax', "sqlite3.connect(':memory:').execute('SELEC 1')"],
    [
      'locked',
      "import tempfile\nname = tempfile.mktemp()\na = sqlite3.connect(name)\na.execute('CREATE TABLE t (n INT)')\na.execute('BEGIN EXCLUSIVE')\nsqlite3.connect(name, timeout=0.1).execute('INSERT INTO t VALUES (1)')",
    ],
  ],
  pymysql: [
    ...each(
      (sql) => `connection = pymysql.connect(${MY})\nconnection.cursor().execute(${sql})`,
      ['duplicate', 'foreign', 'syntax', 'table', 'null'],
    ),
    ['auth', `pymysql.connect(${MY.replace("'secret'", "'wrong'")})`],
    ['refused', "pymysql.connect(host='127.0.0.1', port=3306, user='app')"],
  ],
  pymongo: [
    ...['duplicate', 'invalid'].map((name) => [
      name,
      `pymongo.MongoClient(os.environ['MONGO_URL'], serverSelectionTimeoutMS=900).get_database()[${py(name)}].insert_one({'email': 'ada@example.test'})`,
    ]),
    ...['unauthorized', 'slow', 'badop'].map((name) => [
      name,
      `pymongo.MongoClient(os.environ['MONGO_URL'], serverSelectionTimeoutMS=900).get_database()[${py(name)}].find_one({})`,
    ]),
    ['refused', "pymongo.MongoClient('mongodb://127.0.0.1:27017', serverSelectionTimeoutMS=150).shop.orders.find_one({})"],
  ],
  redis: [
    ['refused', "redis.Redis(port=6379).get('a')"],
    ['auth', "redis.Redis(port=int(os.environ['REDIS_PORT'])).get('a')"],
    ['type', "r = redis.Redis(port=int(os.environ['REDIS_PORT']), password='secret')\nr.set('p', 1)\nr.lpush('p', 2)"],
    ['timeout', "redis.Redis(port=SILENT, socket_timeout=0.15).get('a')"],
  ],
  peewee: [
    [
      'duplicate',
      "db = peewee.SqliteDatabase(':memory:')\ndb.execute_sql('CREATE TABLE a (e TEXT UNIQUE)')\ndb.execute_sql(\"INSERT INTO a VALUES ('x')\")\ndb.execute_sql(\"INSERT INTO a VALUES ('x')\")",
    ],
    ['table', "peewee.SqliteDatabase(':memory:').execute_sql('SELECT * FROM acounts')"],
  ],
};
export const PYTHON_DRIVERS = Object.keys(DRIVERS);

const ORDER = "{'id': 17, 'state': 'pending', 'total': 4200, 'currency': 'EUR', 'items': [1, 2], 'customer': {'id': 3, 'name': 'Ada'}}";
const dataFaults = (s) => [
  ['number', s.eq("order['total']", '4300')],
  ['status-like number', s.eq("order['total'] - 3796", '200')],
  ['status-like count', s.eq('amount_of(401)', '200')],
  ['status-like reversed', s.reversed('amount_of(500)', '201')],
  ['string', s.eq("order['state']", "'shipped'")],
  ['word timeout', s.eq("word_of('timeout')", "'refused'")],
  ['word unauthorized', s.eq("word_of('Unauthorized')", "'Forbidden'")],
  ['deep', s.eq('order', ORDER.replace('pending', 'shipped'))],
  ['missing field', s.has('shipped_at', 'order')],
  ['list', s.eq("order['items']", '[1, 2, 3]')],
  ['length', s.eq("len(order['items'])", '3')],
  ['none', s.eq("order.get('discount')", '5')],
  ['boolean', s.ok("order['state'] == 'shipped'")],
  ['less', s.less("order['total']", '1000')],
  ['among', s.among("order['state']", "('shipped', 'delivered')")],
  ['noted', s.noted("order['total']", '4300', 'total of the order')],
  ['noted words', s.noted("len(order['items'])", '0', 'left over after the request timed out')],
  ['lines', s.eq('"pending\\n4200\\nthank you"', '"shipped\\n4200\\nthank you"')],
  ['schema', "jsonschema.validate(order, {'type': 'object', 'required': ['shipped_at']})"],
  ['schema thrown', 'class Order(pydantic.BaseModel):\n    id: int\n    shipped_at: str\nOrder(**order)'],
];
const CRASHES = [
  ['attribute', 'None.name'],
  ['key', "{}['id_of_nothing']"],
  ['type', 'len(3)'],
  ['name', 'order_total + 1'],
  ['index', '[][2]'],
  ['recursion', 'def deeper():\n    return deeper() + 1\ndeeper()'],
  ['file', "open('fixtures/orders.json')"],
  ['module', 'import shop_fixtures'],
  ['import name', 'from json import nothing_like_it'],
  ['environment', "os.environ['SHOP_URL']"],
  ['zero', '1 / 0'],
  ['json', 'json.loads(\'{"a": \')'],
  ['runtime', "raise RuntimeError('the seed data is broken: row 3 has no id')"],
  ['value', "int('seventeen')"],
  ['memory', 'raise MemoryError()'],
  ['url', "requests.get('orders/17')"],
];
const FILE_CRASHES = {
  pytest: [
    ['missing module', 'import shop_support\n\nTEST'],
    ['syntax', 'def broken(:\n    pass\n\nTEST'],
    ['fixture missing', 'def test_NAME(customer_of_nowhere):\n    pass'],
    [
      'fixture error',
      "import pytest\n\n@pytest.fixture\ndef customer():\n    raise ValueError('there is no template')\n\ndef test_NAME(customer):\n    pass",
    ],
    ['indentation', 'def test_NAME():\nassert 1'],
    ['export', 'from json import nothing_like_it\n\nTEST'],
    ['setup', "def setup_module():\n    {}['rows']\n\nTEST"],
  ],
  unittest: [
    ['missing module', 'import shop_support\n'],
    ['syntax', 'def broken(:\n    pass\n'],
    [
      'setUp',
      "import unittest\n\nclass Case(unittest.TestCase):\n    def setUp(self):\n        raise ValueError('there is no template')\n\n    def test_NAME(self):\n        pass\n",
    ],
    [
      'setUpClass',
      "import unittest\n\nclass Case_NAME(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n        {}['rows']\n\n    def test_NAME(self):\n        pass\n",
    ],
  ],
};

const HEAD = `import asyncio, json, os, sqlite3, time, urllib.request
import aiohttp, asyncpg, httpx, jsonschema, peewee, psycopg, psycopg2, pydantic, pymongo, pymysql, redis, requests, sqlalchemy, sqlalchemy.exc, tenacity, urllib3

BASE = os.environ['BASE']
HTTPS = os.environ['HTTPS']
CLOSED = os.environ['CLOSED']
SILENT = int(os.environ['SILENT'])

class Answer:
    pass

async def ask(method, url, timeout, strict):
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout), raise_for_status=strict) as session:
        async with session.request(method, url, allow_redirects=False) as response:
            answer = Answer()
            answer.status, answer.text = response.status, await response.text()
            return answer

def body(response):
    return response.text if isinstance(getattr(response, 'text', None), str) else ''

def amount_of(n):
    return n

def word_of(word):
    return word

def wait_for(check, timeout=0.25, what='the condition'):
    end, last = time.monotonic() + timeout, None
    while time.monotonic() < end:
        try:
            value = check()
            if value is True:
                return
            last = f'last value {value!r}'
        except Exception as error:
            last = f'last error {error!r}'
        time.sleep(0.04)
    raise TimeoutError(f'waited {timeout} s for {what}: {last}')
`;

export function pythonCases(random, servers) {
  const cases = [];
  const behaviours = new Map();
  const add = (framework, facts) =>
    cases.push({
      id: `c${String(5001 + cases.length)}`,
      language: 'python',
      framework,
      name: nameOf(random),
      logs: innocentLogs(random),
      ...facts,
    });
  const place = (behaviour) => {
    const path = pathOf(random);
    behaviours.set(path, behaviour);
    return path;
  };
  const record = (path, facts, method = 'GET') => ({ method, url: servers.http + path, status: null, durationMs: 15, ...facts });
  const shape = () => random.pick(Object.keys(SHAPES));

  for (const framework of ['pytest', 'unittest', 'behave']) {
    const s = framework === 'unittest' ? unittestAsserts : plainAsserts;
    const small = framework === 'behave';
    const names = Object.keys(CLIENTS);
    for (const [observed, expected] of small ? random.shuffled(STATUS_PAIRS).slice(0, 16) : STATUS_PAIRS) {
      const client = random.pick(names);
      const c = CLIENTS[client];
      const method = random.pick(['GET', 'GET', 'POST', 'PUT', 'DELETE']);
      const own = random.pick(['problem', 'nest', 'spring', shape()]);
      const path = place({ kind: 'status', status: observed, shape: own });
      const plain = c.plain(`BASE + ${py(path)}`, method);
      const withBody = observed >= 400 && ['problem', 'nest', 'spring'].includes(own);
      const note = random.pick([`status of ${method} ${path}`, 'login should work', 'order was not created']);
      const [style, check, hidden] = random.pick([
        ['equal', s.eq(c.status, expected)],
        ['equal', s.eq(c.status, expected)],
        ['equal', s.eq(c.status, expected)],
        ['reversed', s.reversed(c.status, expected)],
        ['noted', s.noted(c.status, expected, note), false],
        ['formatted', s.formatted(c.status, expected)],
        [
          'sentence',
          `if ${c.status} != ${expected}:\n    raise Exception(${py(random.pick(STATUS_SENTENCES)(method, path, 'OBSERVED', expected)).replace('OBSERVED', `" + str(${c.status}) + "`)})`,
        ],
        ...(expected < 300 ? [['among', s.among(c.status, '(200, 201)'), framework === 'behave']] : []),
        ...(c.ok && expected < 300 && observed >= 400 ? [['ok', s.ok(c.ok), framework !== 'pytest']] : []),
        ...(withBody
          ? [
              ['body', s.eq(c.body, ORDER), false],
              ['field', s.eq(`${c.body}.get('state')`, "'pending'"), true],
            ]
          : []),
        ...(withBody ? [['key', `${c.body}['items'][0]`, true]] : []),
      ]);
      add(framework, {
        client,
        fault: `status ${observed}`,
        style: c.throws && observed >= 400 ? 'thrown' : style,
        cls: classOfStatus(observed),
        hidden: (hidden === true || (framework === 'behave' && ['equal', 'reversed'].includes(style))) && !(c.throws && observed >= 400),
        code: `${plain}\n${check}`,
        requests: historyOf(random, servers.http, record(path, { status: observed }, method)),
      });
    }
    for (const status of small ? random.shuffled(THROWN_STATUSES).slice(0, 8) : THROWN_STATUSES) {
      const client = random.pick(['requests', 'requests', 'httpx', 'httpx', 'aiohttp', 'urllib']);
      const c = CLIENTS[client];
      const path = place({ kind: 'status', status, shape: shape() });
      const code = c.raiseInstead
        ? c.raiseInstead(`BASE + ${py(path)}`, 'GET')
        : `${c.plain(`BASE + ${py(path)}`, 'GET')}${c.raise ? `\n${c.raise}` : ''}`;
      add(framework, {
        client,
        fault: `status ${status}`,
        style: 'thrown',
        cls: classOfStatus(status),
        code,
        requests: historyOf(random, servers.http, record(path, { status })),
      });
    }
    for (const [fault, check] of dataFaults(s)) {
      if (small && random.chance(0.5)) continue;
      const path = place({ kind: 'status', status: 200 });
      add(framework, {
        client: 'requests',
        fault: `data: ${fault}`,
        style: 'data',
        cls: 'assertion',
        code: `order = ${ORDER}\nrequests.get(BASE + ${py(path)})\n${check}`,
        requests: historyOf(random, servers.http, record(path, { status: 200 })),
      });
    }
    for (const fault of ['refused', 'refused', 'dns', 'reset', 'hangup', 'half', 'self-signed', 'tls to plain', 'garbage']) {
      if (small && random.chance(0.4)) continue;
      const client = random.pick(names);
      const c = CLIENTS[client];
      const kind = { reset: 'reset', hangup: 'hangup', half: 'half', garbage: 'garbage' }[fault] ?? 'status';
      const path = place({ kind, status: 200 });
      const host =
        {
          refused: "'http://127.0.0.1:' + CLOSED",
          dns: "'http://shop.invalid'",
          'self-signed': 'HTTPS',
          'tls to plain': "BASE.replace('http', 'https')",
        }[fault] ?? 'BASE';
      add(framework, {
        client,
        fault: `network: ${fault}`,
        style: 'thrown',
        cls: 'network',
        code: `${c.plain(`${host} + ${py(path)}`, 'GET')}${fault === 'half' ? `\n${s.eq(`${c.body}['id']`, 17)}` : ''}`,
        requests: historyOf(
          random,
          servers.http,
          record(path, { error: random.pick(['ECONNREFUSED', 'ECONNRESET', 'Connection aborted.']) }),
        ),
      });
    }
    for (const fault of ['client', 'client', 'client', 'connect']) {
      const client = random.pick(names);
      const path = place({ kind: 'never' });
      add(framework, {
        client,
        fault: `timeout: ${fault}`,
        style: 'thrown',
        cls: 'timeout',
        code: CLIENTS[client].plain(`${fault === 'connect' ? "f'http://127.0.0.1:{SILENT}'" : 'BASE'} + ${py(path)}`, 'GET', 0.15),
        requests: historyOf(random, servers.http, record(path, { error: 'timed out', durationMs: 150 })),
      });
    }
    if (framework === 'pytest') {
      for (const [fault, code] of [
        ['sleep', 'time.sleep(3)'],
        ['silent', 'requests.get(f"http://127.0.0.1:{SILENT}/")'],
        ['event', 'import threading\nthreading.Event().wait()'],
      ]) {
        add(framework, {
          client: 'none',
          fault: `timeout: test, ${fault}`,
          style: 'test time-out',
          cls: 'timeout',
          limit: 0.3,
          code,
          requests: [],
        });
      }
      const line = `retrying after ConnectionError: [Errno 111] Connection refused`;
      for (let i = 0; i < 2; i += 1) {
        add(framework, {
          client: 'requests',
          fault: 'network: test time-out while refused',
          style: 'test time-out',
          cls: 'network',
          limit: 0.3,
          hidden: true,
          logs: [line, line],
          requests: [{ method: 'GET', url: `http://127.0.0.1:${servers.closed}/`, status: null, error: 'ECONNREFUSED', durationMs: 2 }],
          code: "while True:\n    try:\n        requests.get('http://127.0.0.1:' + CLOSED)\n    except requests.ConnectionError as error:\n        print('retrying after', error)\n    time.sleep(0.05)",
        });
      }
    }
    add(framework, {
      client: 'none',
      fault: 'timeout: future',
      style: 'thrown',
      cls: 'timeout',
      code: 'asyncio.run(asyncio.wait_for(asyncio.sleep(5), 0.1))',
      requests: [],
    });
    /** @type {[string, string, string, boolean?, object?][]} */
    const polls = [
      ['wrong value', 'assertion', "wait_for(lambda: word_of('pending') == 'shipped' or 'pending', what='the order to be shipped')"],
      [
        'wrong value by tenacity',
        'assertion',
        `@tenacity.retry(stop=tenacity.stop_after_delay(0.2), wait=tenacity.wait_fixed(0.05), reraise=True)\ndef check():\n    state = word_of('pending')\n    ${framework === 'unittest' ? "self.assertEqual(state, 'shipped')" : "assert state == 'shipped'"}\ncheck()`,
      ],
      [
        'refused',
        'network',
        "wait_for(lambda: requests.get('http://127.0.0.1:' + CLOSED).ok, what='the server')",
        false,
        { error: 'ECONNREFUSED' },
      ],
      [
        'status 503',
        'server',
        "wait_for(lambda: word_of(503) == 200 or f'status 503', what='GET /health to answer 200')",
        true,
        { status: 503 },
      ],
    ];
    for (const [fault, cls, code, hidden, last] of polls) {
      add(framework, {
        client: 'requests',
        fault: `poll: ${fault}`,
        style: 'poll',
        cls,
        hidden,
        code,
        requests: last ? [record('/api/orders/1', last)] : [],
      });
    }
    for (const [fault, code] of small ? random.shuffled(CRASHES).slice(0, 6) : CRASHES)
      add(framework, {
        client: 'none',
        fault: `crash: ${fault}`,
        style: 'thrown',
        cls: 'other',
        code,
        requests: random.chance(0.5) ? historyOf(random, servers.http, record(pathOf(random), { status: 200 })) : [],
      });
    for (const [fault, file] of FILE_CRASHES[framework] ?? [])
      add(framework, { client: 'none', fault: `set-up: ${fault}`, style: 'file', cls: 'other', file, requests: [] });
    for (const [driver, list] of Object.entries(DRIVERS)) {
      for (const [fault, code] of small
        ? random.shuffled(list).slice(0, 1)
        : random.shuffled(list).slice(0, framework === 'pytest' ? 6 : 3)) {
        if ((/MY_PORT/.test(code) && !servers.environment.MY_PORT) || (/REDIS_PORT/.test(code) && !servers.environment.REDIS_PORT))
          continue;
        add(framework, {
          client: driver,
          driver,
          fault: `database: ${fault}`,
          style: 'driver',
          cls: 'database',
          code,
          requests: random.chance(0.4) ? historyOf(random, servers.http, record(pathOf(random), { status: 200 })) : [],
        });
      }
    }
  }

  // Robot Framework: its own words instead of code.
  for (const [observed, expected] of random.shuffled(STATUS_PAIRS).slice(0, 26)) {
    const path = place({ kind: 'status', status: observed, shape: shape() });
    const [style, code] = random.pick([
      ['expected_status', `    GET    url=\${BASE}${path}    expected_status=${expected}    allow_redirects=\${False}`],
      [
        'equal',
        `    \${response}=    GET    url=\${BASE}${path}    expected_status=any    allow_redirects=\${False}\n    Should Be Equal As Integers    \${response.status_code}    ${expected}`,
      ],
      [
        'status should be',
        `    \${response}=    GET    url=\${BASE}${path}    expected_status=any    allow_redirects=\${False}\n    Status Should Be    ${expected}    \${response}`,
      ],
      ...(observed >= 400 ? [['thrown', `    GET    url=\${BASE}${path}`]] : []),
    ]);
    // What Robot's own comparison says names no status; the history does.
    add('robot', {
      client: 'RequestsLibrary',
      fault: `status ${observed}`,
      style,
      hidden: style === 'equal',
      cls: style === 'thrown' ? classOfStatus(observed) : classOfStatus(observed),
      code,
      requests: historyOf(random, servers.http, record(path, { status: observed })),
    });
  }
  for (const [fault, cls, code] of [
    ['data: number', 'assertion', '    Should Be Equal As Numbers    4200    4300'],
    ['data: string', 'assertion', '    Should Be Equal    pending    shipped'],
    ['data: contains', 'assertion', '    Should Contain    pending order    shipped'],
    ['data: noted', 'assertion', '    Should Be Equal    pending    shipped    state of the order'],
    ['data: length', 'assertion', '    @{items}=    Create List    a    b\n    Length Should Be    ${items}    3'],
    ['data: key', 'assertion', "    ${order}=    Evaluate    {'id': 17}\n    Dictionary Should Contain Key    ${order}    shipped_at"],
    ['network: refused', 'network', '    GET    url=http://127.0.0.1:%{CLOSED}/api/orders/17'],
    ['network: dns', 'network', '    GET    url=http://shop.invalid/api/orders/17'],
    ['timeout: client', 'timeout', '    GET    url=http://127.0.0.1:%{SILENT}/api/orders/17    timeout=0.15'],
    ['timeout: test, sleep', 'timeout', '    [Timeout]    200 milliseconds\n    Sleep    2s'],
    ['poll: wrong value', 'assertion', '    Wait Until Keyword Succeeds    0.3s    0.1s    Should Be Equal    pending    shipped'],
    ['poll: refused', 'network', '    Wait Until Keyword Succeeds    0.3s    0.1s    GET    url=http://127.0.0.1:%{CLOSED}/health'],
    ['crash: keyword', 'other', '    No Such Keyword    17'],
    ['crash: variable', 'other', '    Log    ${NOBODY_SET_THIS}'],
    ['crash: evaluate', 'other', '    Evaluate    None.name'],
    ['crash: arguments', 'other', '    Should Be Equal    1'],
  ])
    add('robot', { client: 'RequestsLibrary', fault, style: 'keyword', cls, code, requests: [] });
  return { cases, behaviours };
}

function run(command, args, { cwd, env, limit = 300_000 }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (data) => (out += data));
    child.stderr.on('data', (data) => (err += data));
    const timer = setTimeout(() => child.kill('SIGKILL'), limit);
    child.on('close', () => {
      clearTimeout(timer);
      resolve({ out, err });
    });
  });
}

const indented = (code, by) =>
  code
    .split('\n')
    .map((line) => by + line)
    .join('\n');
const slug = (c) => `${c.name.replace(/\W+/g, '_')}_${c.id}`;

const CONFTEST = `import json, os, re
import pytest
FOUND = {}

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        FOUND[item.nodeid] = {'message': call.excinfo.exconly() if call.excinfo else '', 'chunk': report.longreprtext}

def pytest_collectreport(report):
    if report.failed:
        FOUND[report.nodeid] = {'chunk': str(report.longrepr)}

def pytest_sessionfinish(session):
    with open(os.environ['RESULTS'], 'w') as file:
        json.dump(FOUND, file)
`;

export async function runPython(framework, cases, { work, environment }) {
  const folder = join(work, 'py', 'suites', framework);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const python = join(work, 'py/venv/bin/python');
  const results = join(folder, 'results.json');
  // What Python shows of a failing call may hold the whole environment: it gets none of this machine's.
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    LANG: 'C.UTF-8',
    ...environment,
    RESULTS: results,
    PYTHONDONTWRITEBYTECODE: '1',
    NO_COLOR: '1',
    NO_PROXY: '*',
  };
  const forms = new Map();
  const set = (id, facts) => {
    if (id) forms.set(id, { ...forms.get(id), ...facts });
  };
  const idOf = (text) => /_(c\d{4})(?!\d)/.exec(text)?.[1];
  const groups = new Map();
  for (const c of cases) if (!c.file) groups.set(c.client, [...(groups.get(c.client) ?? []), c]);

  if (framework === 'pytest' || framework === 'unittest') {
    for (const [key, members] of groups) {
      const tests = members.map((c) =>
        framework === 'pytest'
          ? `${c.limit ? `@pytest.mark.timeout(${c.limit})\n` : ''}def test_${slug(c)}():\n${indented(c.code, '    ')}\n`
          : `    def test_${slug(c)}(self):\n${indented(c.code, '        ')}\n`,
      );
      const start = framework === 'pytest' ? 'import pytest\n\n' : 'import unittest\n\nclass Shop(unittest.TestCase):\n';
      writeFileSync(join(folder, `test_${key.replace(/\W/g, '_')}.py`), `${HEAD}\n${start}${tests.join('\n')}`);
    }
    for (const c of cases)
      if (c.file)
        writeFileSync(
          join(folder, `test_own_${c.id}.py`),
          c.file.replaceAll('TEST', `def test_${slug(c)}():\n    pass\n`).replaceAll('NAME', slug(c)),
        );
  }
  if (framework === 'pytest') {
    writeFileSync(join(folder, 'conftest.py'), CONFTEST);
    await run(python, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', '--continue-on-collection-errors', '--timeout=20', '.'], {
      cwd: folder,
      env,
    });
    if (existsSync(results)) for (const [name, facts] of Object.entries(JSON.parse(readFileSync(results, 'utf8')))) set(idOf(name), facts);
  } else if (framework === 'unittest') {
    const { err } = await run(python, ['-m', 'unittest', 'discover', '-s', folder], { cwd: folder, env });
    for (const part of err.split(/^={70}\n/m).slice(1)) set(idOf(part.split('\n')[0]), { chunk: part.split(/^-{70}\nRan /m)[0] });
  } else if (framework === 'robot') {
    const settings =
      '*** Settings ***\nLibrary    RequestsLibrary\nLibrary    Collections\n\n*** Variables ***\n${BASE}    %{BASE}\n\n*** Test Cases ***\n';
    writeFileSync(join(folder, 'shop.robot'), settings + cases.map((c) => `${c.name} ${c.id}\n${c.code}\n`).join('\n'));
    await run(python, ['-m', 'robot', '--consolecolors', 'off', '--outputdir', folder, join(folder, 'shop.robot')], { cwd: folder, env });
    const script =
      "import json, os, sys\nfrom robot.api import ExecutionResult\nfound = {}\nfor test in ExecutionResult(sys.argv[1]).suite.all_tests:\n    if test.status == 'FAIL':\n        found[test.name] = test.message\nprint(json.dumps(found))\n";
    const { out } = await run(python, ['-c', script, join(folder, 'output.xml')], { cwd: folder, env });
    for (const [name, message] of Object.entries(JSON.parse(out))) set(/(c\d{4})$/.exec(name)?.[1], { message });
  } else {
    mkdirSync(join(folder, 'features/steps'), { recursive: true });
    writeFileSync(
      join(folder, 'features/shop.feature'),
      `Feature: the shop\n${cases.map((c) => `\n  Scenario: ${c.name} ${c.id}\n    Then step ${c.id}\n`).join('')}`,
    );
    writeFileSync(
      join(folder, 'features/steps/shop.py'),
      `${HEAD}\nfrom behave import then\n\n${cases.map((c) => `@then('step ${c.id}')\ndef step_${c.id}(context):\n${indented(c.code, '    ')}\n`).join('\n')}`,
    );
    const { out } = await run(python, ['-m', 'behave', '-f', 'plain', '--no-color'], { cwd: folder, env });
    for (const part of out.split(/^ {2}Scenario: /m).slice(1))
      set(/(c\d{4})$/.exec(part.split('\n')[0])?.[1], { chunk: part.split(/^Failing scenarios:/m)[0] });
  }
  return forms;
}
