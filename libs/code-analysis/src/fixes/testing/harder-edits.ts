import type { PlantedEdit } from './planted-edits';

/** Ways around the guards that are harder to see, and good edits that are written in other ways than ours: made after the guards, to see what they miss. */
const inRun = (b: string): string => `import { expect } from '@testimony/page';\nexport async function run(page) {\n${b}\n}\n`;
const NATIVE = `  const made = await page.post('/jobs', { json: { kind: 'full' } });
  page.assertStatus(made, 201);
  await new Promise((r) => setTimeout(r, 200));
  const job = (await page.get('/jobs/1')).json();
  expect(job.state).toBe('done');
  expect(job.result.rows).toEqual([{ a: 1 }, { a: 2 }]);`;
const PYTHON = `import time\nimport requests\n\ndef test_job():\n    made = requests.post("http://x/jobs", json={"kind": "full"})\n    assert made.status_code == 201\n    time.sleep(1)\n    job = requests.get("http://x/jobs/1").json()\n    assert job["state"] == "done"\n    assert job["rows"] == [1, 2]\n`;
const PLAYWRIGHT = `import { expect, test } from '@playwright/test';\ntest('pays', async ({ page }) => {\n  await page.goto('/pay');\n  await page.click('#pay');\n  await page.waitForTimeout(1000);\n  const text = await page.locator('#total').textContent();\n  expect(text).toBe('42.00 EUR');\n  await expect(page.locator('#state')).toHaveText('paid');\n});\n`;
const VITEST = `import { expect, it, vi } from 'vitest';\nimport { cart } from './cart';\nit('adds', async () => {\n  const c = cart();\n  c.add('tea', 2);\n  expect(c.items()).toEqual(['tea', 'tea']);\n  await expect(c.checkout()).resolves.toMatchObject({ paid: true, sum: 4 });\n  expect(() => c.add('', 1)).toThrow('name');\n});\n`;
const changed = (text: string, ...replacements: readonly (readonly [string, string])[]): string =>
  replacements.reduce((from, [old, next]) => {
    if (!from.includes(old)) throw new Error(`nowhere: ${old}`);
    return from.replace(old, () => next);
  }, text);
const BAD: readonly (readonly [name: string, before: string, after: string])[] = [
  [
    'poll any',
    inRun(NATIVE),
    inRun(
      changed(
        NATIVE,
        [
          `  await new Promise((r) => setTimeout(r, 200));\n`,
          `  await page.waitFor(async () => (await page.get('/jobs/1')).json().state);\n`,
        ],
        [`toBe('done')`, `toMatch(/done|failed/)`],
      ),
    ),
  ],
  [
    'poll result thrown away',
    inRun(NATIVE),
    inRun(
      changed(NATIVE, [
        `  await new Promise((r) => setTimeout(r, 200));\n  const job = (await page.get('/jobs/1')).json();\n  expect(job.state).toBe('done');`,
        `  await page.waitFor(async () => { const job = (await page.get('/jobs/1')).json(); try { expect(job.state).toBe('done'); } catch {} return true; });\n  const job = (await page.get('/jobs/1')).json();`,
      ]),
    ),
  ],
  [
    'let overwritten',
    inRun(NATIVE),
    inRun(
      changed(NATIVE, [
        `const job = (await page.get('/jobs/1')).json();`,
        `let job = (await page.get('/jobs/1')).json();\n  if (job.state !== 'done') job = { state: 'done', result: { rows: [{ a: 1 }, { a: 2 }] } };`,
      ]),
    ),
  ],
  ['mutate actual', inRun(NATIVE), inRun(changed(NATIVE, [`  expect(job.state)`, `  job.state = 'done';\n  expect(job.state)`]))],
  [
    'Object.assign',
    inRun(NATIVE),
    inRun(
      changed(NATIVE, [
        `const job = (await page.get('/jobs/1')).json();`,
        `const job = Object.assign((await page.get('/jobs/1')).json(), { state: 'done' });`,
      ]),
    ),
  ],
  [
    'spread override',
    inRun(NATIVE),
    inRun(
      changed(NATIVE, [
        `const job = (await page.get('/jobs/1')).json();`,
        `const job = { ...(await page.get('/jobs/1')).json(), state: 'done' };`,
      ]),
    ),
  ],
  [
    'default in destructuring',
    inRun(NATIVE),
    inRun(
      changed(NATIVE, [
        `const job = (await page.get('/jobs/1')).json();`,
        `const { state = 'done', result } = (await page.get('/jobs/1')).json();\n  const job = { state, result };`,
      ]),
    ),
  ],
  [
    '|| in poll return',
    inRun(NATIVE),
    inRun(
      changed(NATIVE, [
        `  await new Promise((r) => setTimeout(r, 200));\n  const job = (await page.get('/jobs/1')).json();\n  expect(job.state).toBe('done');`,
        `  const job = await page.waitFor(async () => { const j = (await page.get('/jobs/1')).json(); return (j.state === 'done' || j.state === 'failed') && j; });`,
      ]),
    ),
  ],
  [
    'poll loop without final assert',
    inRun(NATIVE),
    inRun(
      changed(NATIVE, [
        `  await new Promise((r) => setTimeout(r, 200));\n  const job = (await page.get('/jobs/1')).json();\n  expect(job.state).toBe('done');`,
        `  let job = {};\n  for (let i = 0; i < 20 && job.state !== 'done'; i++) { job = (await page.get('/jobs/1')).json(); await new Promise((r) => setTimeout(r, 20)); }`,
      ]),
    ),
  ],
  [
    'only first element',
    inRun(NATIVE),
    inRun(changed(NATIVE, [`expect(job.result.rows).toEqual([{ a: 1 }, { a: 2 }])`, `expect(job.result.rows[0]).toEqual({ a: 1 })`])),
  ],
  ['objects to any', inRun(NATIVE), inRun(changed(NATIVE, [`[{ a: 1 }, { a: 2 }]`, `[{ a: 1 }, expect.anything()]`]))],
  [
    'objectContaining',
    inRun(NATIVE),
    inRun(changed(NATIVE, [`[{ a: 1 }, { a: 2 }]`, `[expect.objectContaining({}), expect.objectContaining({ a: 2 })]`])),
  ],
  [
    'json compare length',
    inRun(NATIVE),
    inRun(
      changed(NATIVE, [`expect(job.result.rows).toEqual([{ a: 1 }, { a: 2 }])`, `expect(JSON.stringify(job.result.rows).length).toBe(19)`]),
    ),
  ],
  [
    'promise then',
    inRun(NATIVE),
    inRun(changed(NATIVE, [`  expect(job.state).toBe('done');`, `  Promise.resolve(job).then((j) => expect(j.state).toBe('done'));`])),
  ],
  [
    'new throw before',
    inRun(NATIVE),
    inRun(changed(NATIVE, [`  expect(job.state)`, `  if (job.state !== 'done') { console.log('x'); return; }\n  expect(job.state)`])),
  ],
  [
    'switch',
    inRun(NATIVE),
    inRun(changed(NATIVE, [`  expect(job.state).toBe('done');`, `  switch (job.state) { case 'done': expect(job.state).toBe('done'); }`])),
  ],
  [
    'ternary',
    inRun(NATIVE),
    inRun(changed(NATIVE, [`expect(job.state).toBe('done')`, `expect(job.state ? job.state : 'done').toBe('done')`])),
  ],
  [
    'expected var computed',
    inRun(NATIVE),
    inRun(changed(NATIVE, [`  expect(job.state).toBe('done');`, `  const wanted = job.state;\n  expect(job.state).toBe(wanted);`])),
  ],
  ['process.exit', inRun(NATIVE), inRun(changed(NATIVE, [`  expect(job.state)`, `  process.exit(0);\n  expect(job.state)`]))],
  [
    'assert status after drop',
    inRun(NATIVE),
    inRun(changed(NATIVE, [`  page.assertStatus(made, 201);`, `  page.assertStatus({ status: 201 }, 201);`])),
  ],
  ['meta dependsOn skip', inRun(NATIVE), `export const meta = { skip: true };\n` + inRun(NATIVE)],
  [
    'expect.extend',
    inRun(NATIVE),
    changed(inRun(NATIVE), [
      `export async function run`,
      `expect.extend({ toBe: () => ({ pass: true, message: () => '' }) });\nexport async function run`,
    ]),
  ],
  [
    'own expect',
    inRun(NATIVE),
    changed(inRun(NATIVE), [`import { expect } from '@testimony/page';`, `import { expect } from './lenient';`]),
  ],
  [
    'page proxied',
    inRun(NATIVE),
    changed(inRun(NATIVE), [`export async function run(page) {`, `export async function run(real) {\n  const page = new Proxy(real, {});`]),
  ],
  [
    'page.get replaced',
    inRun(NATIVE),
    changed(inRun(NATIVE), [
      `export async function run(page) {`,
      `export async function run(page) {\n  page.get = async () => ({ json: () => ({ state: 'done', result: { rows: [{ a: 1 }, { a: 2 }] } }) });`,
    ]),
  ],
  [
    'shadow in block',
    inRun(NATIVE),
    inRun(
      changed(NATIVE, [`  expect(job.state).toBe('done');`, `  { const expect = () => ({ toBe() {} }); expect(job.state).toBe('done'); }`]),
    ),
  ],
  ['comment out', inRun(NATIVE), inRun(changed(NATIVE, [`  expect(job.state).toBe('done');`, `  // expect(job.state).toBe('done');`]))],
  ['string', inRun(NATIVE), inRun(changed(NATIVE, [`  expect(job.state).toBe('done');`, '  `${() => expect(job.state).toBe("done")}`;']))],
  [
    'unhandled ctx',
    inRun(NATIVE),
    inRun(
      changed(NATIVE, [`  expect(job.state).toBe('done');`, `  (async () => { expect(job.state).toBe('done'); })().catch(console.error);`]),
    ),
  ],
  [
    'unawaited iife',
    inRun(NATIVE),
    inRun(changed(NATIVE, [`  expect(job.state).toBe('done');`, `  (async () => { await 0; expect(job.state).toBe('done'); })();`])),
  ],
  [
    'never called',
    inRun(NATIVE),
    inRun(changed(NATIVE, [`  expect(job.state).toBe('done');`, `  const check = () => expect(job.state).toBe('done');`])),
  ],
  [
    'Promise.race',
    inRun(NATIVE),
    inRun(
      changed(NATIVE, [
        `  expect(job.state).toBe('done');`,
        `  await Promise.race([Promise.resolve(), (async () => expect(job.state).toBe('done'))()]);`,
      ]),
    ),
  ],
  [
    'allSettled',
    inRun(NATIVE),
    inRun(
      changed(NATIVE, [
        `  expect(job.state).toBe('done');`,
        `  await Promise.allSettled([(async () => expect(job.state).toBe('done'))()]);`,
      ]),
    ),
  ],
  ['timeouts', inRun(NATIVE), inRun(changed(NATIVE, [`setTimeout(r, 200)`, `setTimeout(r, 200 * 20)`]))],
  ['sleep var', inRun(NATIVE), inRun(changed(NATIVE, [`setTimeout(r, 200)`, `setTimeout(r, Number(process.env.SLOW ?? 5000))`]))],
  ['py or', PYTHON, changed(PYTHON, [`assert job["state"] == "done"`, `assert job["state"] == "done" or job["state"] == "queued"`])],
  ['py in list', PYTHON, changed(PYTHON, [`assert job["state"] == "done"`, `assert job["state"] in ["done", "failed"]`])],
  ['py any', PYTHON, changed(PYTHON, [`assert job["rows"] == [1, 2]`, `assert any(row == 1 for row in job["rows"])`])],
  ['py all vacuous', PYTHON, changed(PYTHON, [`assert job["rows"] == [1, 2]`, `assert all(row in (1, 2) for row in job["rows"])`])],
  ['py tuple assert', PYTHON, changed(PYTHON, [`assert job["state"] == "done"`, `assert (job["state"] == "done", "state")`])],
  [
    'py for-else',
    PYTHON,
    changed(PYTHON, [
      `    assert job["state"] == "done"`,
      `    for _ in range(3):\n        if job["state"] == "done":\n            break\n        time.sleep(0.1)`,
    ]),
  ],
  [
    'py except pass',
    PYTHON,
    changed(PYTHON, [
      `    assert made.status_code == 201`,
      `    try:\n        made.raise_for_status()\n    except Exception:\n        pass`,
    ]),
  ],
  [
    'py finally return',
    PYTHON,
    changed(PYTHON, [`    assert job["state"] == "done"`, `    try:\n        assert job["state"] == "done"\n    finally:\n        return`]),
  ],
  [
    'py walrus',
    PYTHON,
    changed(PYTHON, [`    assert job["state"] == "done"`, `    if (state := job["state"]) == "done":\n        assert state == "done"`]),
  ],
  [
    'py nested def',
    PYTHON,
    changed(PYTHON, [`    assert job["state"] == "done"`, `    def check():\n        assert job["state"] == "done"`]),
  ],
  ['py set', PYTHON, changed(PYTHON, [`assert job["rows"] == [1, 2]`, `assert set(job["rows"]) == {1, 2}`])],
  ['py issubset', PYTHON, changed(PYTHON, [`assert job["rows"] == [1, 2]`, `assert set(job["rows"]).issubset({1, 2})`])],
  [
    'py dict or',
    PYTHON,
    changed(PYTHON, [
      `    job = requests.get("http://x/jobs/1").json()`,
      `    job = {**requests.get("http://x/jobs/1").json(), "state": "done"}`,
    ]),
  ],
  ['py setdefault', PYTHON, changed(PYTHON, [`    assert job["state"]`, `    job.setdefault("state", "done")\n    assert job["state"]`])],
  ['py update', PYTHON, changed(PYTHON, [`    assert job["state"]`, `    job.update(state="done")\n    assert job["state"]`])],
  ['pw soft', PLAYWRIGHT, changed(PLAYWRIGHT, [`expect(text).toBe`, `expect.soft(text).toBe`])],
  ['pw regex', PLAYWRIGHT, changed(PLAYWRIGHT, [`toBe('42.00 EUR')`, `toMatch(/\\d+/)`])],
  ['pw contain', PLAYWRIGHT, changed(PLAYWRIGHT, [`toHaveText('paid')`, `toContainText('pa')`])],
  ['pw not', PLAYWRIGHT, changed(PLAYWRIGHT, [`toHaveText('paid')`, `not.toHaveText('failed')`])],
  ['pw unawait', PLAYWRIGHT, changed(PLAYWRIGHT, [`  await expect(page`, `  void expect(page`])],
  ['pw other locator', PLAYWRIGHT, changed(PLAYWRIGHT, [`'#state'`, `'body'`])],
  [
    'pw reload poll',
    PLAYWRIGHT,
    changed(PLAYWRIGHT, [
      `  await page.waitForTimeout(1000);\n`,
      `  await expect(async () => { await page.click('#pay'); await expect(page.locator('#state')).toHaveText('paid'); }).toPass({ timeout: 5000 });\n`,
    ]),
  ],
  [
    'pw evaluate',
    PLAYWRIGHT,
    changed(PLAYWRIGHT, [
      `  const text = await`,
      `  await page.evaluate(() => { document.querySelector('#total').textContent = '42.00 EUR'; });\n  const text = await`,
    ]),
  ],
  [
    'v any order set',
    VITEST,
    changed(VITEST, [`expect(c.items()).toEqual(['tea', 'tea'])`, `expect(new Set(c.items())).toEqual(new Set(['tea']))`]),
  ],
  [
    'v arrayContaining dup',
    VITEST,
    changed(VITEST, [
      `expect(c.items()).toEqual(['tea', 'tea'])`,
      `expect(c.items()).toHaveLength(2);\n  expect(c.items()).toEqual(expect.arrayContaining(['tea']))`,
    ]),
  ],
  ['v matchobject less', VITEST, changed(VITEST, [`{ paid: true, sum: 4 }`, `{ paid: true }`])],
  [
    'v resolves dropped',
    VITEST,
    changed(VITEST, [
      `await expect(c.checkout()).resolves.toMatchObject({ paid: true, sum: 4 })`,
      `await expect(c.checkout()).resolves.toBeDefined()`,
    ]),
  ],
  ['v resolves unawaited', VITEST, changed(VITEST, [`await expect(c.checkout())`, `expect(c.checkout())`])],
  ['v throw any', VITEST, changed(VITEST, [`.toThrow('name')`, `.toThrow()`])],
  [
    'v throw moved',
    VITEST,
    changed(VITEST, [`expect(() => c.add('', 1)).toThrow('name')`, `expect(() => { throw new Error('name') }).toThrow('name')`]),
  ],
  ['v spy', VITEST, changed(VITEST, [`  c.add('tea', 2);`, `  vi.spyOn(c, 'items').mockReturnValue(['tea', 'tea']);\n  c.add('tea', 2);`])],
  ['v concurrency', VITEST, changed(VITEST, [`it('adds'`, `it.skipIf(process.env.CI)('adds'`])],
  ['v todo', VITEST, changed(VITEST, [`it('adds', async () => {`, `it('adds', { fails: true }, async () => {`])],
];
const GOOD: readonly (readonly [name: string, before: string, after: string])[] = [
  [
    'until helper',
    inRun(NATIVE),
    changed(
      inRun(
        changed(NATIVE, [
          `  await new Promise((r) => setTimeout(r, 200));\n  const job = (await page.get('/jobs/1')).json();`,
          `  const job = await until(async () => (await page.get('/jobs/1')).json(), (j) => j.state === 'done');`,
        ]),
      ),
      [
        `export async function run`,
        `async function until(read, done) {\n  const deadline = Date.now() + 5000;\n  for (;;) {\n    const value = await read();\n    if (done(value) || Date.now() > deadline) return value;\n    await new Promise((r) => setTimeout(r, 25));\n  }\n}\n\nexport async function run`,
      ],
    ),
  ],
  [
    'do while',
    inRun(NATIVE),
    inRun(
      changed(NATIVE, [
        `  await new Promise((r) => setTimeout(r, 200));\n  const job = (await page.get('/jobs/1')).json();`,
        `  const end = performance.now() + 4000;\n  let job;\n  do {\n    await new Promise((r) => setTimeout(r, 20));\n    job = (await page.get('/jobs/1')).json();\n  } while (job.state !== 'done' && performance.now() < end);`,
      ]),
    ),
  ],
  [
    'assert inside',
    inRun(NATIVE),
    inRun(
      changed(NATIVE, [
        `  await new Promise((r) => setTimeout(r, 200));\n  const job = (await page.get('/jobs/1')).json();\n  expect(job.state).toBe('done');\n  expect(job.result.rows).toEqual([{ a: 1 }, { a: 2 }]);`,
        `  await page.waitFor(async () => {\n    const job = (await page.get('/jobs/1')).json();\n    expect(job.state).toBe('done');\n    expect(job.result.rows).toEqual([{ a: 1 }, { a: 2 }]);\n    return true;\n  }, { timeoutMs: 3000, message: 'done' });`,
      ]),
    ),
  ],
  [
    'sort objects',
    inRun(NATIVE),
    inRun(
      changed(NATIVE, [
        `expect(job.result.rows).toEqual([{ a: 1 }, { a: 2 }])`,
        `expect(job.result.rows.toSorted((x, y) => x.a - y.a)).toEqual([{ a: 1 }, { a: 2 }])`,
      ]),
    ),
  ],
  [
    'containing+len',
    inRun(NATIVE),
    inRun(
      changed(NATIVE, [
        `expect(job.result.rows).toEqual([{ a: 1 }, { a: 2 }])`,
        `expect(job.result.rows).toEqual(expect.arrayContaining([{ a: 1 }, { a: 2 }]));\n  expect(job.result.rows.length).toBe(2)`,
      ]),
    ),
  ],
  [
    'containEqual',
    inRun(NATIVE),
    inRun(
      changed(NATIVE, [
        `expect(job.result.rows).toEqual([{ a: 1 }, { a: 2 }])`,
        `expect(job.result.rows).toHaveLength(2);\n  expect(job.result.rows).toContainEqual({ a: 1 });\n  expect(job.result.rows).toContainEqual({ a: 2 })`,
      ]),
    ),
  ],
  ['own kind', inRun(NATIVE), inRun(changed(NATIVE, [`kind: 'full'`, 'kind: `full-${crypto.randomUUID()}`']))],
  ['renamed var', inRun(NATIVE), inRun(NATIVE.replaceAll('job.', 'done.').replace('const job', 'const done'))],
  [
    'py poll',
    PYTHON,
    changed(PYTHON, [
      `    time.sleep(1)\n    job = requests.get("http://x/jobs/1").json()`,
      `    deadline = time.time() + 10\n    job = requests.get("http://x/jobs/1").json()\n    while job["state"] != "done" and time.time() < deadline:\n        time.sleep(0.1)\n        job = requests.get("http://x/jobs/1").json()`,
    ]),
  ],
  [
    'py poll fn',
    PYTHON,
    changed(
      PYTHON,
      [
        `def test_job():`,
        `def wait_for_job():\n    deadline = time.monotonic() + 10\n    while True:\n        job = requests.get("http://x/jobs/1").json()\n        if job["state"] == "done" or time.monotonic() > deadline:\n            return job\n        time.sleep(0.1)\n\n\ndef test_job():`,
      ],
      [`    time.sleep(1)\n    job = requests.get("http://x/jobs/1").json()`, `    job = wait_for_job()`],
    ),
  ],
  ['py sorted', PYTHON, changed(PYTHON, [`assert job["rows"] == [1, 2]`, `assert sorted(job["rows"]) == [1, 2]`])],
  [
    'py counter',
    PYTHON,
    changed(
      PYTHON,
      [`assert job["rows"] == [1, 2]`, `assert Counter(job["rows"]) == Counter([1, 2])`],
      [`import time`, `import time\nfrom collections import Counter`],
    ),
  ],
  ['py message', PYTHON, changed(PYTHON, [`assert job["state"] == "done"`, `assert job["state"] == "done", job`])],
  [
    'pw web first',
    PLAYWRIGHT,
    changed(PLAYWRIGHT, [
      `  await page.waitForTimeout(1000);\n  const text = await page.locator('#total').textContent();\n  expect(text).toBe('42.00 EUR');`,
      `  await expect(page.locator('#total')).toHaveText('42.00 EUR');`,
    ]),
  ],
  [
    'pw poll',
    PLAYWRIGHT,
    changed(PLAYWRIGHT, [
      `  await page.waitForTimeout(1000);\n  const text = await page.locator('#total').textContent();\n  expect(text).toBe('42.00 EUR');`,
      `  await expect.poll(() => page.locator('#total').textContent(), { timeout: 8000 }).toBe('42.00 EUR');`,
    ]),
  ],
  [
    'pw wait response',
    PLAYWRIGHT,
    changed(PLAYWRIGHT, [
      `  await page.click('#pay');\n  await page.waitForTimeout(1000);\n`,
      `  const paid = page.waitForResponse('**/pay');\n  await page.click('#pay');\n  await paid;\n`,
    ]),
  ],
  [
    'pw wait for',
    PLAYWRIGHT,
    changed(PLAYWRIGHT, [
      `  await page.waitForTimeout(1000);\n`,
      `  await page.locator('#total').waitFor({ state: 'visible', timeout: 5000 });\n`,
    ]),
  ],
  [
    'v waitFor',
    VITEST,
    changed(VITEST, [
      `  expect(c.items()).toEqual(['tea', 'tea']);`,
      `  await vi.waitFor(() => expect(c.items()).toEqual(['tea', 'tea']));`,
    ]),
  ],
];

const WITH_HOOKS = `import { expect, test, beforeEach, afterEach } from 'vitest';
import { api } from './api';
const EXPECTED = { state: 'done', rows: 3 };
let id;
function checkJob(job) {
  expect(job.state).toBe(EXPECTED.state);
  expect(job.rows).toBe(EXPECTED.rows);
}
beforeEach(async () => {
  id = (await api.post('/jobs', { kind: 'full' })).id;
});
afterEach(async () => {
  await api.delete('/jobs/' + id);
});
test('runs', async () => {
  await new Promise((r) => setTimeout(r, 100));
  const job = await api.get('/jobs/' + id);
  checkJob(job);
  for (const row of job.list) {
    expect(row.ok).toBe(true);
  }
  expect(job.tags).toEqual(expect.arrayContaining(['a']));
});
`;
const UNITTEST = `import time
import unittest
from app import api

LIMIT = 5

class T(unittest.TestCase):
    def setUp(self):
        self.id = api.post("/jobs", {"kind": "full"})["id"]

    def check(self, job):
        self.assertEqual(job["state"], "done")
        self.assertLess(job["errors"], LIMIT)

    def test_runs(self):
        time.sleep(1)
        job = api.get("/jobs/%s" % self.id)
        self.check(job)
        self.assertEqual(len(job["rows"]), 3)
        with self.assertRaises(KeyError):
            api.get("/jobs/0")
`;
const BAD_IN_HELPERS: readonly (readonly [name: string, before: string, after: string])[] = [
  ['helper weakened', WITH_HOOKS, changed(WITH_HOOKS, [`expect(job.state).toBe(EXPECTED.state)`, `expect(job.state).toBeTruthy()`])],
  ['helper emptied', WITH_HOOKS, changed(WITH_HOOKS, [`  expect(job.rows).toBe(EXPECTED.rows);\n`, ``])],
  ['helper not called', WITH_HOOKS, changed(WITH_HOOKS, [`  checkJob(job);\n`, ``])],
  ['helper on other', WITH_HOOKS, changed(WITH_HOOKS, [`checkJob(job);`, `checkJob({ state: 'done', rows: 3 });`])],
  ['constant changed', WITH_HOOKS, changed(WITH_HOOKS, [`rows: 3`, `rows: 2`])],
  ['constant from actual', WITH_HOOKS, changed(WITH_HOOKS, [`  checkJob(job);`, `  EXPECTED.rows = job.rows;\n  checkJob(job);`])],
  ['hook drops set-up', WITH_HOOKS, changed(WITH_HOOKS, [`{ kind: 'full' }`, `{ kind: 'tiny' }`])],
  ['loop sliced', WITH_HOOKS, changed(WITH_HOOKS, [`of job.list`, `of job.list.slice(1)`])],
  ['loop guarded', WITH_HOOKS, changed(WITH_HOOKS, [`of job.list`, `of job.list ?? []`])],
  ['loop continue', WITH_HOOKS, changed(WITH_HOOKS, [`    expect(row.ok)`, `    if (!row.ok) continue;\n    expect(row.ok)`])],
  ['loop filter', WITH_HOOKS, changed(WITH_HOOKS, [`of job.list`, `of job.list.filter((x) => x.ok)`])],
  [
    'test body in if env',
    WITH_HOOKS,
    changed(WITH_HOOKS, [`test('runs', async () => {`, `test('runs', async () => {\n  if (process.env.CI) return;`]),
  ],
  ['array less', WITH_HOOKS, changed(WITH_HOOKS, [`arrayContaining(['a'])`, `arrayContaining([])`])],
  ['test.each empty', WITH_HOOKS, changed(WITH_HOOKS, [`test('runs', async () => {`, `test.each([])('runs', async () => {`])],
  ['describe.skip', WITH_HOOKS, changed(WITH_HOOKS, [`test('runs'`, `describe.skip('x', () => {}); test.todo('runs'`])],
  ['helper catches', WITH_HOOKS, changed(WITH_HOOKS, [`  checkJob(job);`, `  try { checkJob(job); } catch (e) { console.warn(e); }`])],
  ['helper async not awaited', WITH_HOOKS, changed(WITH_HOOKS, [`function checkJob(job) {`, `async function checkJob(job) {`])],
  [
    'poll whole helper w/o fail',
    WITH_HOOKS,
    changed(WITH_HOOKS, [
      `  await new Promise((r) => setTimeout(r, 100));\n  const job = await api.get('/jobs/' + id);\n  checkJob(job);`,
      `  let job;\n  for (let i = 0; i < 10; i++) { job = await api.get('/jobs/' + id); try { checkJob(job); break; } catch { await new Promise((r) => setTimeout(r, 50)); } }`,
    ]),
  ],
  [
    'poll in vi.waitFor returning bool',
    WITH_HOOKS,
    changed(WITH_HOOKS, [
      `  await new Promise((r) => setTimeout(r, 100));\n  const job = await api.get('/jobs/' + id);\n  checkJob(job);`,
      `  let job;\n  await vi.waitFor(async () => { job = await api.get('/jobs/' + id); return job.state === 'done' && job.rows === 3; });`,
    ]),
  ],
  [
    'afterEach swallow',
    WITH_HOOKS,
    changed(WITH_HOOKS, [`  await api.delete('/jobs/' + id);`, `  await api.delete('/jobs/' + id).catch(() => {});`]),
  ],
  [
    'retry in helper',
    WITH_HOOKS,
    changed(WITH_HOOKS, [
      `  id = (await api.post('/jobs', { kind: 'full' })).id;`,
      `  for (let i = 0; i < 3 && !id; i++) { id = (await api.post('/jobs', { kind: 'full' })).id; await new Promise((r) => setTimeout(r, 10)); }`,
    ]),
  ],
  ['py helper weakened', UNITTEST, changed(UNITTEST, [`self.assertEqual(job["state"], "done")`, `self.assertIsNotNone(job["state"])`])],
  ['py limit', UNITTEST, changed(UNITTEST, [`LIMIT = 5`, `LIMIT = 500`])],
  ['py helper not called', UNITTEST, changed(UNITTEST, [`        self.check(job)\n`, ``])],
  [
    'py helper overwritten',
    UNITTEST,
    changed(UNITTEST, [`    def test_runs(self):`, `    def check(self, job):\n        pass\n\n    def test_runs(self):`]),
  ],
  ['py raises wider', UNITTEST, changed(UNITTEST, [`assertRaises(KeyError)`, `assertRaises(Exception)`])],
  ['py raises other body', UNITTEST, changed(UNITTEST, [`            api.get("/jobs/0")`, `            raise KeyError()`])],
  [
    'py raises absorbs',
    UNITTEST,
    changed(UNITTEST, [
      `        self.assertEqual(len(job["rows"]), 3)\n        with self.assertRaises(KeyError):\n`,
      `        with self.assertRaises(KeyError):\n            self.assertEqual(len(job["rows"]), 3)\n`,
    ]),
  ],
  ['py len ge', UNITTEST, changed(UNITTEST, [`self.assertEqual(len(job["rows"]), 3)`, `self.assertGreaterEqual(len(job["rows"]), 3)`])],
  [
    'py subTest swallow',
    UNITTEST,
    changed(UNITTEST, [`        self.check(job)`, `        if job["state"] == "done":\n            self.check(job)`]),
  ],
  ['py renamed', UNITTEST, changed(UNITTEST, [`def test_runs`, `def runs`])],
  ['py id changed', UNITTEST, changed(UNITTEST, [`"/jobs/%s" % self.id`, `"/jobs/1"`])],
  [
    'py setUp skip',
    UNITTEST,
    changed(UNITTEST, [`        self.id = api`, `        if not api:\n            self.skipTest("x")\n        self.id = api`]),
  ],
  ['py mock', UNITTEST, changed(UNITTEST, [`        self.check(job)`, `        job["state"] = "done"\n        self.check(job)`])],
];

/** At the edges of what is let through: time windows, limits by name, sorted texts, answers of others, numbers that were reckoned. */
const inModule = (b: string, head = ''): string =>
  `import { expect } from '@testimony/page';\n${head}export async function run(page) {\n${b}\n}\n`;
const changedAll = (text: string, ...replacements: readonly (readonly [string, string])[]): string =>
  replacements.reduce((from, [old, next]) => {
    if (!from.includes(old)) throw new Error(`nowhere: ${old}`);
    return from.replaceAll(old, () => next);
  }, text);
const WATCH = inModule(
  `  await page.post('/jobs');\n  const start = performance.now();\n  const a = await page.get('/jobs');\n  page.assertOk(a);\n  expect(performance.now() - start).toBeLessThan(200);`,
);
const TODAY = `import datetime\n\ndef test_today(page):\n    page.post("/x")\n    today = datetime.date.today().isoformat()\n    assert page.get("/clock").json()["date"] == today\n`;
const PLACES = inModule(
  `  const { lines } = (await page.post('/orders')).json();\n  expect(lines).toHaveLength(3);\n  expect(lines[0].q).toBe(2);\n  expect(lines[1].q).toBe(2);`,
);
const PAGE_LIMIT = inModule(
  `  const list = (await page.get('/rows', { query: { limit: LIMIT } })).json();\n  expect(list.length).toBeLessThanOrEqual(LIMIT);\n  expect(list.tookMs).toBeLessThan(LIMIT);`,
  `const LIMIT = 5;\n`,
);
const REPORT_LIMIT = inModule(
  `  const report = (await page.get('/report')).json();\n  expect(report.durationMs).toBeLessThan(LIMIT_MS);`,
  `const LIMIT_MS = 50;\n`,
);
const CALLBACK_SLEEP = inModule(
  `  await page.post('/jobs');\n  await new Promise((r) => setTimeout(() => r(), 300));\n  expect((await page.get('/jobs')).json().n).toBe(1);`,
);
const RACE = inModule(
  `  const p = page.post('/jobs');\n  const answer = await Promise.race([p, new Promise((r) => setTimeout(() => r({ status: 200 }), 300))]);\n  expect(answer.status).toBe(200);`,
);
const STATS = inModule(`  const s = (await page.get('/stats')).json();\n  expect(s.average).toBe(12);\n  expect(s.remaining).toBe(3);`);
const SECOND = inModule(
  `  const now = Math.floor(Date.now() / 1000);\n  const e = (await page.post('/e')).json();\n  expect(e.at).toBe(now);`,
);
const MINUTE = inModule(
  `  const minute = new Date().toISOString().slice(11, 16);\n  const e = (await page.post('/e')).json();\n  expect(e.at.slice(11, 16)).toBe(minute);`,
);
const RATE = inModule(
  `  const r = await (await fetch('https://rates.example.com/x')).json();\n  const q = (await page.post('/q', { json: { amount: r.rate * 10 } })).json();\n  expect(q.amount).toBe(r.rate * 10);`,
);
const TAX = inModule(
  `  const price = 100 + Math.floor(Math.random() * 50);\n  const q = (await page.post('/q', { json: { price } })).json();\n  expect(q.tax).toBe(Math.floor((price + 5) / 10));`,
);
const JSON_TEXT = inModule(
  `  const names = (await page.get('/names')).json();\n  expect(JSON.stringify(names)).toBe(JSON.stringify(['b', 'a']));`,
);
const CODE_TEXT = inModule(`  const code = String((await page.get('/code')).json().code);\n  expect(code).toBe('ba-12');`);
const GREETING = inModule(
  `  const now = new Date();\n  const g = (await page.get('/g')).json().text;\n  expect(g).toBe(now.getHours() < 12 ? 'am' : 'pm');`,
);
const BAD_AT_EDGES: readonly (readonly [name: string, before: string, after: string])[] = [
  [
    'own watch in a poll',
    WATCH,
    changedAll(
      WATCH,
      ['  const start = performance', '  await page.waitFor(async () => {\n  const start = performance'],
      ['toBeLessThan(200);', 'toBeLessThan(200);\n  return true; });'],
    ),
  ],
  [
    'sorted letters py',
    TODAY,
    changedAll(TODAY, ['page.get("/clock").json()["date"] == today', 'sorted(page.get("/clock").json()["date"]) == sorted(today)']),
  ],
  [
    'some twice',
    PLACES,
    changedAll(
      PLACES,
      ['expect(lines[0].q).toBe(2)', 'expect(lines.some((i) => i.q === 2)).toBe(true)'],
      ['expect(lines[1].q).toBe(2)', 'expect(lines.some((i) => i.q === 2)).toBe(true)'],
    ),
  ],
  [
    'some once for two',
    PLACES,
    changedAll(
      PLACES,
      ['expect(lines[0].q).toBe(2)', 'expect(lines.some((i) => i.q === 2)).toBe(true)'],
      ['  expect(lines[1].q).toBe(2);', ''],
    ),
  ],
  ['LIMIT of a page raised', PAGE_LIMIT, changedAll(PAGE_LIMIT, ['const LIMIT = 5', 'const LIMIT = 500'])],
  ['LIMIT_MS of product field', REPORT_LIMIT, changedAll(REPORT_LIMIT, ['LIMIT_MS = 50', 'LIMIT_MS = 5000'])],
  ['longer sleep by callback', CALLBACK_SLEEP, changedAll(CALLBACK_SLEEP, ['300', '3000'])],
  ['race that resolves ok: longer', RACE, changedAll(RACE, ['300', '3000'])],
  [
    'average with tolerance',
    STATS,
    changedAll(STATS, ['expect(s.average).toBe(12)', 'expect(Math.abs(s.average - 12)).toBeLessThanOrEqual(1)']),
  ],
  [
    'remaining with tolerance',
    STATS,
    changedAll(STATS, ['expect(s.remaining).toBe(3)', 'expect(Math.abs(s.remaining - 3)).toBeLessThanOrEqual(1)']),
  ],
  ['window only low', SECOND, changedAll(SECOND, ['expect(e.at).toBe(now)', 'expect(e.at).toBeGreaterThanOrEqual(now)'])],
  [
    'window with room',
    SECOND,
    changedAll(SECOND, [
      'expect(e.at).toBe(now)',
      'expect(e.at).toBeGreaterThanOrEqual(now);\n  expect(e.at).toBeLessThanOrEqual(Math.floor(Date.now() / 1000) + 60)',
    ]),
  ],
  [
    'window reversed',
    SECOND,
    changedAll(SECOND, ['expect(e.at).toBe(now)', 'expect(e.at).toBeLessThanOrEqual(now);\n  expect(e.at).toBeGreaterThanOrEqual(0)']),
  ],
  [
    'window of a text cut in the middle',
    MINUTE,
    changedAll(MINUTE, [
      'expect(e.at.slice(11, 16)).toBe(minute)',
      'expect(e.at.slice(11, 16) >= minute).toBe(true);\n  expect(e.at.slice(11, 16) <= new Date().toISOString().slice(11, 16)).toBe(true)',
    ]),
  ],
  [
    'fixed answer expected elsewhere',
    RATE,
    changedAll(
      RATE,
      ["  const r = await (await fetch('https://rates.example.com/x')).json();\n", '  const r = { rate: 2 };\n'],
      ['toBe(r.rate * 10)', 'toBe(q.amount)'],
    ),
  ],
  [
    'number fixed, wrong result',
    TAX,
    changedAll(TAX, ['100 + Math.floor(Math.random() * 50)', '120'], ['Math.floor((price + 5) / 10)', '13']),
  ],
  [
    'json sorted wrong elements',
    JSON_TEXT,
    changedAll(JSON_TEXT, ['JSON.stringify(names)', 'JSON.stringify([...names].sort())'], ["['b', 'a']", "['a']"]),
  ],
  [
    'json sorted with names',
    JSON_TEXT,
    changedAll(JSON_TEXT, ['JSON.stringify(names)', 'JSON.stringify([...names].sort().slice(0, 1))'], ["['b', 'a']", "['a']"]),
  ],
  [
    'text sorted',
    CODE_TEXT,
    changedAll(CODE_TEXT, ["expect(code).toBe('ba-12')", "expect([...code].sort().join('')).toBe([...'ba-12'].sort().join(''))"]),
  ],
  ['zone and other branch', GREETING, changedAll(GREETING, ["now.getHours() < 12 ? 'am' : 'pm'", "now.getUTCHours() < 12 ? g : 'pm'"])],
  [
    'tight request in a poll',
    WATCH,
    changedAll(
      WATCH,
      [
        "  const a = await page.get('/jobs');\n  page.assertOk(a);",
        "  await page.waitFor(async () => { const a = await page.get('/jobs');\n  page.assertOk(a); return true; });",
      ],
      ['toBeLessThan(200)', 'toBeLessThan(60000)'],
    ),
  ],
];
const GOOD_AT_EDGES: readonly (readonly [name: string, before: string, after: string])[] = [
  ['number reckoned anew', TAX, changedAll(TAX, ['100 + Math.floor(Math.random() * 50)', '120'], ['Math.floor((price + 5) / 10)', '12'])],
  ['zone in a condition', GREETING, changedAll(GREETING, ['getHours', 'getUTCHours'])],
];

const planted = (edits: readonly (readonly [name: string, before: string, after: string])[]): PlantedEdit[] =>
  edits.map(([name, before, after]) => ({
    kind: name,
    base: 'harder',
    file: /^ *def test/m.test(before) ? 'test_job.py' : 'job.spec.ts',
    before,
    after,
  }));

export const HARDER_BAD_EDITS: readonly PlantedEdit[] = planted([...BAD, ...BAD_IN_HELPERS, ...BAD_AT_EDGES]);
export const HARDER_GOOD_EDITS: readonly PlantedEdit[] = planted([...GOOD, ...GOOD_AT_EDGES]);
