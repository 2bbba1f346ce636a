import type { FlakePattern } from '@testimony/contracts';

/** A flaky test as somebody may have written it, and what a good edit of it contains. */
export interface FlakyTest {
  readonly pattern: FlakePattern;
  readonly name: string;
  readonly file: string;
  readonly text: string;
  /** All of these stand in one of the candidates, white space aside. */
  readonly wants: readonly string[];
  /** Further files, by path. */
  readonly helpers?: Readonly<Record<string, string>>;
  /** The line that fails holds this; without it the last assertion fails. */
  readonly fails?: string;
}

const indented = (body: string, by: string): string =>
  body
    .trim()
    .split('\n')
    .map((line) => (line === '' ? '' : by + line))
    .join('\n');

/** A native module. */
const native = (body: string, head = ''): string =>
  `import { expect, type Page } from '@testimony/page';\n${head}\nexport async function run(page: Page): Promise<void> {\n${indented(body, '  ')}\n}\n`;

const script = (body: string, head = ''): string =>
  `const { expect } = require('@testimony/page');\n${head}\nexports.run = async (page) => {\n${indented(body, '  ')}\n};\n`;

const arrow = (body: string, head = ''): string =>
  `import { expect, type Page } from '@testimony/page';\n${head}\nexport const run = async (page: Page): Promise<void> => {\n${indented(body, '    ')}\n};\n`;

/** Tabs, and no semicolons. */
const tabbed = (body: string, head = ''): string =>
  `import { expect } from '@testimony/page'\n${head}\nexport default async function run(page) {\n${indented(body, '\t')}\n}\n`;

const python = (body: string, head = ''): string => `${head}\n\ndef run(page):\n${indented(body, '    ')}\n`;

const suite = (framework: 'vitest' | '@playwright/test' | '@jest/globals', body: string): string =>
  `import { describe, expect, it, test } from '${framework}';\nimport { api } from './api';\n\ndescribe('parcels', () => {\n${indented(body, '  ')}\n});\n`;

export const FLAKY_TESTS: readonly FlakyTest[] = [
  // -- hardcoded sleep -------------------------------------------------------
  {
    pattern: 'hardcoded_sleep',
    name: 'a promisified setTimeout inside try/finally',
    file: '01_parcel.js',
    text: script(
      `const box = (await page.post('/parcels', { json: { to: 'Oslo' } })).json();
try {
  await rest(250);
  const now = (await page.get('/parcels/' + box.id)).json();
  expect(now.state).toBe('sent');
} finally {
  await page.delete('/parcels/' + box.id);
}`,
      `const { promisify } = require('node:util');\nconst rest = promisify(setTimeout);\n`,
    ),
    wants: [
      "await page.waitFor(async () => {\n const now = (await page.get('/parcels/' + box.id)).json();\n expect(now.state).toBe('sent');",
    ],
  },
  {
    pattern: 'hardcoded_sleep',
    name: 'a sleep of node:timers/promises by another name',
    file: '02_parcel.mjs',
    text: `import { setTimeout as tick } from 'node:timers/promises';
import { expect } from '@testimony/page';

export default async function run(page) {
  await page.put('/lamps/4', { json: { on: true } });
  await tick(400);
  page.assertJson(await page.get('/lamps/4'), { lit: true });
}
`,
    wants: ["await page.waitFor(async () => {\n page.assertJson(await page.get('/lamps/4'), { lit: true });"],
  },
  {
    pattern: 'hardcoded_sleep',
    name: 'a helper of the project that looks, after a sleep',
    file: '03_parcel.ts',
    text: native(
      `const id = await sendParcel(page, 'Rome');
await new Promise<void>((done) => {
  setTimeout(done, 300);
});
const parcel = await parcelOf(page, id);
expect(parcel.state).toBe('sent');
expect(parcel.carrier).toEqual('DHL');`,
      `import { parcelOf, sendParcel } from './_parcels';\n`,
    ),
    helpers: {
      '_parcels.ts': `import type { Page } from '@testimony/page';
export async function sendParcel(page: Page, to: string): Promise<string> {
  return (await page.post('/parcels', { json: { to } })).json<{ id: string }>().id;
}
export async function parcelOf(page: Page, id: string): Promise<any> {
  const answer = await page.get(\`/parcels/\${id}\`);
  page.assertOk(answer);
  return answer.json();
}
`,
    },
    wants: ['await page.waitFor(async () => {\n const parcel = await parcelOf(page, id);\n expect(parcel.state)'],
  },
  {
    pattern: 'hardcoded_sleep',
    name: 'a sleep before a loop of looks',
    file: '04_parcel.ts',
    text: native(`const ids: string[] = [];
for (const to of ['Oslo', 'Rome']) ids.push((await page.post('/parcels', { json: { to } })).json<any>().id);
await new Promise((resolve) => setTimeout(resolve, 500));
for (const id of ids) {
  const parcel = (await page.get(\`/parcels/\${id}\`)).json<any>();
  expect(parcel.state).toBe('sent');
}`),
    fails: "toBe('sent')",
    wants: ['await page.waitFor(async () => {\n for (const id of ids) {'],
  },
  {
    pattern: 'hardcoded_sleep',
    name: 'a sleep before a status and a body',
    file: '05_parcel.ts',
    text: native(`await page.post('/reports', { json: { year: 2024 } });
await new Promise((resolve) => setTimeout(resolve, 350));
const answer = await page.get('/reports/2024');
page.assertStatus(answer, 200);
const report = answer.json<{ rows: number; done: boolean }>();
expect(report.done).toBeTruthy();
expect(report.rows).toBe(12);`),
    wants: [
      "await page.waitFor(async () => {\n const answer = await page.get('/reports/2024');\n page.assertStatus(answer, 200);",
      'expect(report.rows).toBe(12);\n return true;',
    ],
  },
  {
    pattern: 'hardcoded_sleep',
    name: 'a sleep between, with the read afterwards used by a later action',
    file: '06_parcel.ts',
    text: native(`const { id } = (await page.post('/drafts', { json: {} })).json<any>();
const WAIT = 200;
await new Promise((resolve) => setTimeout(resolve, WAIT));
const draft = (await page.get(\`/drafts/\${id}\`)).json<any>();
expect(draft.ready).toBe(true);
page.assertStatus(await page.post(\`/drafts/\${id}/publish\`, { json: { version: draft.version } }), 200);`),
    fails: 'toBe(true)',
    wants: ['expect(draft.ready).toBe(true);\n return true;\n }, { timeoutMs: 5000, intervalMs: 20 });\n const draft ='],
  },
  {
    pattern: 'hardcoded_sleep',
    name: 'Playwright: waitForTimeout before a read of the page',
    file: 'cart.spec.ts',
    text: `import { expect, test } from '@playwright/test';

test('cart shows the sum', async ({ page }) => {
  await page.goto('/cart');
  await page.click('#add');
  await page.waitForTimeout(800);
  const sum = await page.textContent('#sum');
  expect(sum).toBe('12.00');
});
`,
    wants: ["await expect(async () => {\n const sum = await page.textContent('#sum');\n expect(sum).toBe('12.00');\n }).toPass("],
  },
  {
    pattern: 'hardcoded_sleep',
    name: 'Jest: a sleep of the project in a describe block',
    file: 'parcel.test.js',
    text: suite(
      '@jest/globals',
      `it('is sent', async () => {
  const parcel = await api.post('/parcels', { to: 'Oslo' });
  await sleep(1000);
  const { state } = await api.get(\`/parcels/\${parcel.id}\`);
  expect(state).toBe('sent');
});
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));`,
    ),
    wants: ['for (const deadline = Date.now() + 5000; ; ) {\n try {\n const { state } = await api.get(`/parcels/${parcel.id}`);'],
  },
  {
    pattern: 'hardcoded_sleep',
    name: 'Python: from time import sleep',
    file: '07_parcel.py',
    text: python(
      `made = page.post("/parcels", json={"to": "Oslo"}).json()
sleep(0.4)
answer = page.get(f"/parcels/{made['id']}")
page.assert_status(answer, 200)
assert answer.json()["state"] == "sent", "not sent"`,
      'from time import sleep\n',
    ),
    wants: ['page.wait_for(settled, timeout_ms=5000'],
  },
  {
    pattern: 'hardcoded_sleep',
    name: 'Python: a sleep in seconds by a constant, in try/finally',
    file: '08_parcel.py',
    text: python(
      `made = page.post("/parcels", json={"to": "Oslo"}).json()
try:
    time.sleep(PAUSE)
    parcel = page.get("/parcels/" + made["id"]).json()
    page.expect(parcel["state"]).to_be("sent")
finally:
    page.delete("/parcels/" + made["id"])`,
      'import time\n\nPAUSE = 0.3\n',
    ),
    wants: ['def settled():\n parcel = page.get("/parcels/" + made["id"]).json()', 'page.wait_for(settled'],
  },
  // -- race condition --------------------------------------------------------
  {
    pattern: 'race_condition',
    name: 'a request that is not awaited',
    file: '01_race.ts',
    text: native(`const shop = (await page.post('/shops', { json: {} })).json<any>();
const saving = page.put(\`/shops/\${shop.id}/name\`, { json: { name: 'Blue' } });
const now = (await page.get(\`/shops/\${shop.id}\`)).json<any>();
expect(now.name).toBe('Blue');
await saving;`),
    wants: ['const saving = await page.put('],
  },
  {
    pattern: 'race_condition',
    name: 'map with async, whose promises nobody awaits',
    file: '02_race.ts',
    text: native(`const names = ['a', 'b', 'c'];
names.map(async (name) => {
  await page.post('/tags', { json: { name } });
});
const tags = (await page.get('/tags')).json<any>();
expect(tags).toHaveLength(3);`),
    wants: ['await Promise.all(names.map(async (name) => {'],
  },
  {
    pattern: 'race_condition',
    name: 'a then without an await',
    file: '03_race.js',
    text: script(`let stored = false;
page.post('/notes', { json: { text: 'x' } }).then(() => {
  stored = true;
});
const notes = (await page.get('/notes')).json();
expect(notes.length).toBe(1);
expect(stored).toBe(true);`),
    fails: 'notes.length',
    wants: ["await page.post('/notes', { json: { text: 'x' } }).then("],
  },
  {
    pattern: 'race_condition',
    name: 'a read right after an accepted change',
    file: '04_race.ts',
    text: native(`const order = (await page.post('/orders', { json: { sku: 'tea' } })).json<any>();
page.assertStatus(await page.post(\`/orders/\${order.id}/pay\`), 202);
const paid = (await page.get(\`/orders/\${order.id}\`)).json<any>();
expect(paid.state).toBe('paid');`),
    wants: [
      "await page.waitFor(async () => {\n const paid = (await page.get(`/orders/${order.id}`)).json<any>();\n expect(paid.state).toBe('paid');",
    ],
  },
  {
    pattern: 'race_condition',
    name: 'the first answer of a poll is taken for the last',
    file: '05_race.ts',
    text: native(`const { id } = (await page.post('/imports', { json: { rows: 3 } })).json<any>();
let state = 'new';
for (let n = 0; n < 3 && state !== 'done'; n++) {
  state = (await page.get(\`/imports/\${id}\`)).json<any>().state;
}
expect(state).toBe('done');`),
    wants: ['page.waitFor('],
  },
  {
    pattern: 'race_condition',
    name: 'a helper of the project that is not awaited',
    file: '06_race.mjs',
    text: `import { expect } from '@testimony/page';
import { saveTheme } from './_themes.mjs';

export const run = async (page) => {
  saveTheme(page, 'dark');
  expect((await page.get('/theme')).json().name).toBe('dark');
};
`,
    helpers: { '_themes.mjs': `export async function saveTheme(page, name) {\n  await page.put('/theme', { json: { name } });\n}\n` },
    wants: ["await saveTheme(page, 'dark');"],
  },
  {
    pattern: 'race_condition',
    name: 'a read beside a write in Promise.all, without names',
    file: '07_race.ts',
    text: native(`const answers = await Promise.all([page.put('/theme', { json: { name: 'dark' } }), page.get('/theme')]);
expect(answers[1].json<any>().name).toBe('dark');`),
    wants: ["await page.put('/theme', { json: { name: 'dark' } })", "await page.get('/theme')"],
  },
  {
    pattern: 'race_condition',
    name: 'Jest: work that a void hides',
    file: 'race.test.ts',
    text: suite(
      '@jest/globals',
      `it('keeps the label', async () => {
  const box = await api.post('/boxes', { label: 'a' });
  void api.patch(\`/boxes/\${box.id}\`, { label: 'b' });
  const now = await api.get(\`/boxes/\${box.id}\`);
  expect(now.label).toBe('b');
});`,
    ),
    wants: ['await api.patch('],
  },
  {
    pattern: 'race_condition',
    name: 'Python: an executor whose results nobody asks for',
    file: '08_race.py',
    text: python(
      `pool = ThreadPoolExecutor()
pool.submit(page.post, "/notes", json={"text": "x"})
notes = page.get("/notes").json()
assert len(notes) == 1`,
      'from concurrent.futures import ThreadPoolExecutor\n',
    ),
    wants: ['pool.submit(page.post, "/notes", json={"text": "x"}).result()'],
  },
  // -- time dependent --------------------------------------------------------
  {
    pattern: 'time_dependent',
    name: 'the local day, by toDateString',
    file: '01_time.ts',
    text: native(`const made = (await page.post('/visits', { json: {} })).json<any>();
const today = new Date().toLocaleDateString('sv-SE');
expect(made.day).toBe(today);`),
    wants: ["new Date().toLocaleDateString('sv-SE', { timeZone: 'UTC' })"],
  },
  {
    pattern: 'time_dependent',
    name: 'the parts of a day by a helper of the file',
    file: '02_time.js',
    text: script(
      `const wanted = dayOf(new Date());
const made = (await page.post('/visits', { json: {} })).json();
expect(made.day).toBe(wanted);`,
      `function dayOf(date) {\n  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((n) => String(n).padStart(2, '0')).join('-');\n}\n`,
    ),
    wants: ['date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()'],
  },
  {
    pattern: 'time_dependent',
    name: 'the end of a month by setMonth',
    file: '03_time.ts',
    text: native(`const start = new Date(Date.now());
const end = new Date(start);
end.setUTCMonth(end.getUTCMonth() + 1);
const plan = (await page.post('/plans', { json: { start: start.toISOString() } })).json<any>();
expect(plan.end).toBe(end.toISOString());`),
    wants: ["const start = new Date(Date.parse('"],
  },
  {
    pattern: 'time_dependent',
    name: 'the same second on both sides',
    file: '04_time.js',
    text: script(`const now = Math.floor(Date.now() / 1000);
const entry = (await page.post('/entries', { json: { text: 'x' } })).json();
expect(entry.at).toBe(now);`),
    wants: ['expect(entry.at).toBeGreaterThanOrEqual(now);', 'expect(entry.at).toBeLessThanOrEqual(Math.floor(Date.now() / 1000));'],
  },
  {
    pattern: 'time_dependent',
    name: 'the same minute as text',
    file: '05_time.ts',
    text: native(`const minute = new Date().toISOString().slice(0, 16);
const made = (await page.post('/entries', { json: { text: 'x' } })).json<any>();
expect(made.at.slice(0, 16)).toBe(minute);`),
    wants: ['expect(made.at.slice(0, 16) >= minute).toBe(true);', '<= new Date().toISOString().slice(0, 16)).toBe(true);'],
  },
  {
    pattern: 'time_dependent',
    name: 'an hour of the day that decides what is expected',
    file: '06_time.ts',
    text: native(`const at = new Date();
const offer = (await page.get('/offers', { query: { at: at.toISOString() } })).json<any>();
expect(offer.price).toBe(4);`),
    wants: ["const at = new Date('2024-01-15T12:00:00Z');"],
  },
  {
    pattern: 'time_dependent',
    name: 'time that is data: the remainder of the clock',
    file: '07_time.mjs',
    text: `import { expect } from '@testimony/page';

export const run = async (page) => {
  const seats = new Date().getSeconds() % 4;
  const made = await page.post('/tables', { json: { seats } });
  expect(made.status).toBe(201);
};
`,
    wants: ["new Date('2024-01-15T12:00:00Z').getSeconds() % 4"],
  },
  {
    pattern: 'time_dependent',
    name: 'Python: a local strftime',
    file: '08_time.py',
    text: python(
      `made = page.post("/visits", json={}).json()
assert made["day"] == time.strftime("%Y-%m-%d")`,
      'import time\n',
    ),
    wants: ['time.strftime("%Y-%m-%d", time.gmtime())'],
  },
  {
    pattern: 'time_dependent',
    name: 'Python: from datetime import date',
    file: '09_time.py',
    text: python(
      `today = date.today()
made = page.post("/visits", json={}).json()
assert made["day"] == str(today)`,
      'from datetime import date\n',
    ),
    wants: ['from datetime import date, datetime, timezone', 'today = datetime.now(timezone.utc).date()'],
  },
  {
    pattern: 'time_dependent',
    name: 'Python: datetime.now that is sent',
    file: '10_time.py',
    text: python(
      `start = datetime.now()
plan = page.post("/plans", json={"month": start.month, "day": start.day}).json()
assert plan["days"] == 31`,
      'from datetime import datetime\n',
    ),
    wants: ['start = datetime(2024, 1, 15, 12, 0, 0)'],
  },
  // -- random data -----------------------------------------------------------
  {
    pattern: 'random_data',
    name: 'a random number in a helper of the file',
    file: '01_random.ts',
    text: native(
      `const pieces = between(0, 4);
const made = await page.post('/lots', { json: { pieces } });
page.assertStatus(made, 201);`,
      `const between = (low: number, high: number): number => low + Math.floor(Math.random() * (high - low));\n`,
    ),
    wants: ['0.5 * (high - low)'],
  },
  {
    pattern: 'random_data',
    name: 'a pick from a list',
    file: '02_random.js',
    text: script(
      `const size = SIZES[Math.floor(Math.random() * SIZES.length)];
const made = (await page.post('/shirts', { json: { size } })).json();
expect(made.size).toBe(size);`,
      `const SIZES = ['s', 'm', 'l', 'xxxl'];\n`,
    ),
    wants: ['const size = SIZES[Math.floor(0.5 * SIZES.length)];'],
  },
  {
    pattern: 'random_data',
    name: 'two names from a small range that must differ',
    file: '03_random.ts',
    text: native(`const first = \`team-\${Math.floor(Math.random() * 20)}\`;
const second = \`team-\${Math.floor(Math.random() * 20)}\`;
page.assertStatus(await page.post('/teams', { json: { name: first } }), 201);
page.assertStatus(await page.post('/teams', { json: { name: second } }), 201);`),
    wants: ['crypto.randomUUID()'],
  },
  {
    pattern: 'random_data',
    name: 'a random amount that is rounded',
    file: '04_random.ts',
    text: native(`const cents = 500 + Math.round(Math.random() * 1999);
const bill = (await page.post('/bills', { json: { cents } })).json<any>();
expect(bill.tax).toBe(Math.floor(cents / 5));`),
    wants: ['const cents = 1500;'],
  },
  {
    pattern: 'random_data',
    name: 'a helper of the project without a seed',
    file: '05_random.ts',
    text: native(
      `const title = anyTitle();
const book = (await page.post('/books', { json: { title } })).json<any>();
expect(book.title).toBe(title);`,
      `import { anyTitle } from './_titles';\n`,
    ),
    helpers: {
      '_titles.ts': `const WORDS = ['sea', "o'hara", 'night', 'deep'];\nexport function anyTitle(): string {\n  return WORDS[Math.floor(Math.random() * WORDS.length)] + ' book';\n}\n`,
    },
    wants: ["const title = 'sample-title';"],
  },
  {
    pattern: 'random_data',
    name: 'a shuffled list',
    file: '06_random.js',
    text: script(`const order = ['a', 'b', 'c'].sort(() => Math.random() - 0.5);
const made = (await page.post('/queues', { json: { order } })).json();
expect(made.first).toBe('a');`),
    wants: ["const order = ['a', 'b', 'c'];"],
  },
  {
    pattern: 'random_data',
    name: 'faker without a seed',
    file: 'people.test.ts',
    text: `import { faker } from '@faker-js/faker';
import { expect, test } from 'vitest';
import { api } from './api';

test('keeps the name', async () => {
  const name = faker.person.fullName();
  const made = await api.post('/people', { name });
  expect(made.initials).toHaveLength(2);
});
`,
    wants: ['faker.seed(20240115);\n const name = faker.person.fullName();'],
  },
  {
    pattern: 'random_data',
    name: 'Python: from random import',
    file: '07_random.py',
    text: python(
      `seats = randint(0, 8)
made = page.post("/tables", json={"seats": seats})
page.assert_status(made, 201)`,
      'from random import randint\n',
    ),
    wants: ['seats = 4'],
  },
  {
    pattern: 'random_data',
    name: 'Python: a random text of letters',
    file: '08_random.py',
    text: python(
      `code = "".join(random.choices(string.ascii_lowercase, k=2))
made = page.post("/codes", json={"code": code})
page.assert_status(made, 201)`,
      'import random\nimport string\n',
    ),
    wants: ['random.Random(20240115).choices('],
  },
  {
    pattern: 'random_data',
    name: 'Python: a helper of the file',
    file: '09_random.py',
    text: python(
      `made = page.post("/tables", json={"seats": some_seats()})
page.assert_status(made, 201)`,
      'import random\n\n\ndef some_seats():\n    return random.randrange(0, 6)\n',
    ),
    wants: ['return 3'],
  },
  // -- external dependency ---------------------------------------------------
  {
    pattern: 'external_dependency',
    name: 'a number of somebody else that is sent',
    file: '01_outside.ts',
    text: native(`const answer = await fetch('https://rates.example.com/eur');
const { usd } = (await answer.json()) as { usd: number };
const quote = (await page.post('/quotes', { json: { amount: 10 * usd } })).json<any>();
expect(quote.amount).toBe(10 * usd);`),
    fails: 'fetch',
    wants: ['const usd = 1.25;'],
  },
  {
    pattern: 'external_dependency',
    name: 'a value of somebody else that the expectation names',
    file: '02_outside.js',
    text: script(`const rates = await (await fetch('https://rates.example.com/eur')).json();
const quote = (await page.post('/quotes', { json: { amount: Math.round(rates.usd * 40) } })).json();
expect(quote.amount).toBe(44);`),
    wants: ['const rates = { usd: 1.1 };'],
  },
  {
    pattern: 'external_dependency',
    name: 'a text of somebody else',
    file: '03_outside.ts',
    text: native(`const city = (await (await fetch('https://geo.example.com/me')).json()).city;
const made = (await page.post('/visits', { json: { city } })).json<any>();
expect(made.city).toBe(city);`),
    fails: 'fetch',
    wants: ["const city = 'sample-city';"],
  },
  {
    pattern: 'external_dependency',
    name: 'Python: a rate by urlopen',
    file: '04_outside.py',
    text: python(
      `rate = json.load(urllib.request.urlopen("https://rates.example.com/eur"))["usd"]
made = page.post("/quotes", json={"amount": 100 * rate}).json()
assert made["amount"] == 100 * rate`,
      'import json\nimport urllib.request\n',
    ),
    fails: 'urlopen',
    wants: ['rate = 1.25'],
  },
  // -- shared resource -------------------------------------------------------
  {
    pattern: 'shared_resource',
    name: 'a fixed name of a user in two requests',
    file: '01_shared.ts',
    text: native(`const made = await page.post('/users', { json: { name: 'bob-the-first' } });
page.assertStatus(made, 201);
const found = (await page.get('/users', { query: { name: 'bob-the-first' } })).json<any>();
expect(found).toHaveLength(1);`),
    fails: 'assertStatus',
    wants: ['const unique = `bob-the-first-${crypto.randomUUID()}`;', '{ name: unique }'],
  },
  {
    pattern: 'shared_resource',
    name: 'a fixed name by a constant of the module',
    file: '02_shared.js',
    text: script(
      `page.assertStatus(await page.post('/users', { json: { email: EMAIL } }), 201);
page.assertJson(await page.get('/users/by-email/' + EMAIL), { email: EMAIL });`,
      `const EMAIL = 'carla@example.com';\n`,
    ),
    fails: '201',
    wants: ['const EMAIL = `carla-${crypto.randomUUID()}@example.com`;'],
  },
  {
    pattern: 'shared_resource',
    name: 'a fixed file in the temporary folder',
    file: '03_shared.js',
    text: script(
      `const file = path.join(os.tmpdir(), 'parcels.csv');
const text = (await page.get('/parcels.csv')).text();
fs.writeFileSync(file, text);
expect(fs.readFileSync(file, 'utf8')).toBe(text);`,
      `const fs = require('node:fs');\nconst os = require('node:os');\nconst path = require('node:path');\n`,
    ),
    wants: ['path.join(os.tmpdir(), `parcels-${crypto.randomUUID()}.csv`)'],
  },
  {
    pattern: 'shared_resource',
    name: 'a fixed port by a constant',
    file: '04_shared.mjs',
    text: `import { createServer } from 'node:http';
import { once } from 'node:events';
import { expect } from '@testimony/page';

const PORT = 41234;

export const run = async (page) => {
  const server = createServer((request, response) => response.end('ok'));
  server.listen(PORT);
  await once(server, 'listening');
  await page.post('/hooks', { json: { url: \`http://127.0.0.1:\${PORT}/\` } });
  const answer = await fetch(\`http://127.0.0.1:\${PORT}/\`);
  expect(await answer.text()).toBe('ok');
  server.close();
};
`,
    wants: ['server.listen(0);', 'fetch(`http://127.0.0.1:${server.address().port}/`)'],
  },
  {
    pattern: 'shared_resource',
    name: 'a count over everything that others add to as well',
    file: '05_shared.ts',
    text: native(`const before = (await page.get('/shops/7/parcels')).json<any>().total;
page.assertStatus(await page.post('/shops/7/parcels', { json: { to: 'Oslo' } }), 201);
const after = (await page.get('/shops/7/parcels')).json<any>().total;
expect(after).toBe(before + 1);`),
    helpers: {
      '06_other.ts': native(`const shop = (await page.post('/shops', { json: { region: 'north' } })).json<any>().id;
page.assertOk(await page.get(\`/shops/\${shop}\`));`),
    },
    wants: ["const own = (await page.post('/shops', { json: { region: 'north' } })).json<{ id: string }>().id;", '`/shops/${own}/parcels`'],
  },
  {
    pattern: 'shared_resource',
    name: 'Python: a fixed name',
    file: '07_shared.py',
    text: python(`made = page.post("/users", json={"username": "dora99"})
page.assert_status(made, 201)
assert page.get("/users/dora99").json()["username"] == "dora99"`),
    fails: 'assert_status',
    wants: ['unique = f"dora99-{uuid.uuid4()}"', 'page.get(f"/users/{unique}")'],
  },
  // -- leaked state ----------------------------------------------------------
  {
    pattern: 'leaked_state',
    name: 'a setting of the environment',
    file: '01_leak.js',
    text: script(`process.env.CURRENCY = 'USD';
const price = (await page.get('/prices/1', { query: { currency: process.env.CURRENCY } })).json();
expect(price.currency).toBe('USD');`),
    fails: 'process.env.CURRENCY =',
    wants: ['const saved = process.env.CURRENCY;', '} finally {', 'delete process.env.CURRENCY;'],
  },
  {
    pattern: 'leaked_state',
    name: 'a function of the process that is replaced',
    file: '02_leak.mjs',
    text: `import { expect } from '@testimony/page';

export const run = async (page) => {
  globalThis.fetch = async () => new Response('{}');
  const answer = await globalThis.fetch('/anything');
  expect(answer.status).toBe(200);
};
`,
    fails: 'globalThis.fetch =',
    wants: ['const saved = globalThis.fetch;', 'globalThis.fetch = saved;'],
  },
  {
    pattern: 'leaked_state',
    name: 'a setting of the product that stays',
    file: '03_leak.ts',
    text: native(`const before = (await page.get('/settings/theme')).json<any>();
await page.put('/settings/theme', { json: { value: 'dark' } });
const now = (await page.get('/settings/theme')).json<any>();
expect(now.value).toBe('dark');`),
    fails: 'page.put',
    wants: ['} finally {', "await page.put('/settings/theme', { json: saved });"],
  },
  {
    pattern: 'leaked_state',
    name: 'a row that stays',
    file: '04_leak.ts',
    text: native(`const made = (await page.post('/holidays', { json: { day: '2024-12-24' } })).json<any>();
const found = (await page.get(\`/holidays/\${made.id}\`)).json<any>();
expect(found.day).toBe('2024-12-24');`),
    fails: 'page.post',
    wants: ['} finally {', 'await page.delete(`/holidays/${made.id}`);'],
  },
  {
    pattern: 'leaked_state',
    name: 'a file that is left behind',
    file: '05_leak.js',
    text: script(
      `const file = path.join(os.tmpdir(), 'last-run.json');
const known = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : { page: 1 };
const list = (await page.get('/parcels', { query: known })).json();
fs.writeFileSync(file, JSON.stringify({ page: 2 }));
expect(list.page).toBe(1);`,
      `const fs = require('node:fs');\nconst os = require('node:os');\nconst path = require('node:path');\n`,
    ),
    wants: ['`last-run-${crypto.randomUUID()}.json`'],
  },
  {
    pattern: 'leaked_state',
    name: 'module state that two runs share',
    file: '06_leak.js',
    text: script(
      `seen.push('a');
await page.post('/seen', { json: { seen } });
expect(seen).toHaveLength(1);`,
      `const seen = [];\n`,
    ),
    wants: ["exports.run = async (page) => {\n const seen = [];\n seen.push('a');"],
  },
  {
    pattern: 'leaked_state',
    name: 'Python: the environment',
    file: '07_leak.py',
    text: python(
      `os.environ["CURRENCY"] = "USD"
price = page.get("/prices/1", query={"currency": os.environ["CURRENCY"]}).json()
assert price["currency"] == "USD"`,
      'import os\n',
    ),
    fails: 'os.environ["CURRENCY"] =',
    wants: ['saved = os.environ.get("CURRENCY")', 'finally:', 'os.environ.pop("CURRENCY", None)'],
  },
  // -- tight time-out --------------------------------------------------------
  {
    pattern: 'tight_timeout',
    name: 'AbortSignal.timeout',
    file: '01_tight.ts',
    text: native(`const answer = await fetch(new URL('/report', page.baseUrl), { signal: AbortSignal.timeout(60) });
expect(answer.status).toBe(200);`),
    fails: 'AbortSignal',
    wants: ['AbortSignal.timeout(1000)'],
  },
  {
    pattern: 'tight_timeout',
    name: 'Promise.race against a timer',
    file: '02_tight.ts',
    text: native(`const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('too slow')), 80));
const answer = await Promise.race([page.get('/report'), late]);
page.assertOk(answer);`),
    fails: 'late = ',
    wants: ["setTimeout(() => reject(new Error('too slow')), 1000)"],
  },
  {
    pattern: 'tight_timeout',
    name: 'a limit by a constant of the module',
    file: '03_tight.js',
    text: script(
      `const start = performance.now();
page.assertOk(await page.get('/report'));
expect(performance.now() - start).toBeLessThan(LIMIT_MS);`,
      `const LIMIT_MS = 50;\n`,
    ),
    wants: ['const LIMIT_MS = 1000;'],
  },
  {
    pattern: 'tight_timeout',
    name: 'a poll with little time',
    file: '04_tight.ts',
    text: native(`await page.post('/jobs', { json: {} });
await page.waitFor(async () => (await page.get('/jobs/1')).json<any>().done, { timeoutMs: 150, intervalMs: 10 });`),
    fails: 'waitFor',
    wants: ['timeoutMs: 1000, intervalMs: 10'],
  },
  {
    pattern: 'tight_timeout',
    name: 'a loop up to a deadline',
    file: '05_tight.js',
    text: script(`await page.post('/jobs', { json: {} });
const end = Date.now() + 100;
let done = false;
while (!done && Date.now() < end) done = (await page.get('/jobs/1')).json().done;
expect(done).toBe(true);`),
    wants: ['const end = Date.now() + 1000;'],
  },
  {
    pattern: 'tight_timeout',
    name: 'Vitest: the third argument of a test',
    file: 'report.test.ts',
    text: `import { expect, test } from 'vitest';
import { api } from './api';

test('a report is made', async () => {
  const report = await api.get('/report');
  expect(report.rows).toBe(4);
}, 90);
`,
    fails: "test('a report",
    wants: ['}, 1000);'],
  },
  {
    pattern: 'tight_timeout',
    name: 'Python: seconds of a request',
    file: '06_tight.py',
    text: python(
      `start = time.monotonic()
page.assert_ok(page.get("/report", timeout_ms=40))
assert time.monotonic() - start < 0.05`,
      'import time\n',
    ),
    fails: 'timeout_ms',
    wants: ['timeout_ms=1000'],
  },
  {
    pattern: 'tight_timeout',
    name: 'Python: a bound on the time that it took',
    file: '07_tight.py',
    text: python(
      `start = time.time()
page.assert_ok(page.get("/report"))
assert time.time() - start < 0.05`,
      'import time\n',
    ),
    wants: ['assert time.time() - start < 1'],
  },
  // -- unordered collections -------------------------------------------------
  {
    pattern: 'unordered_collection',
    name: 'ids that are mapped before',
    file: '01_order.ts',
    text: native(`const names = (await page.get('/tags')).json<any>().items.map((tag: any) => tag.name);
expect(names).toEqual(['red', 'blue', 'green']);`),
    wants: ["expect([...names].sort()).toEqual(['blue', 'green', 'red']);"],
  },
  {
    pattern: 'unordered_collection',
    name: 'objects with a name',
    file: '02_order.js',
    text: script(`const tags = (await page.get('/tags')).json();
expect(tags).toEqual([{ name: 'red', n: 1 }, { name: 'blue', n: 2 }]);`),
    wants: ["{ name: 'blue', n: 2 }, { name: 'red', n: 1 }", '.sort('],
  },
  {
    pattern: 'unordered_collection',
    name: 'a list that the test itself made',
    file: '03_order.ts',
    text: native(`const made: string[] = [];
for (const name of ['x', 'y']) made.push((await page.post('/tags', { json: { name } })).json<any>().id);
const ids = (await page.get('/tags')).json<any>().map((tag: any) => tag.id);
expect(ids).toEqual(made);`),
    wants: ['expect([...ids].sort()).toEqual([...made].sort());'],
  },
  {
    pattern: 'unordered_collection',
    name: 'the first of several',
    file: '04_order.ts',
    text: native(`const { lines } = (await page.post('/orders', { json: { skus: ['tea', 'milk', 'tea'] } })).json<any>();
expect(lines).toHaveLength(2);
expect(lines[0].sku).toBe('tea');
expect(lines[1].sku).toBe('milk');`),
    fails: 'lines[0]',
    wants: ["lines.some((item: any) => item.sku === 'tea')", "lines.some((item: any) => item.sku === 'milk')"],
  },
  {
    pattern: 'unordered_collection',
    name: 'the keys of an object',
    file: '05_order.js',
    text: script(`const stock = (await page.get('/stock')).json();
expect(Object.keys(stock)).toEqual(['tea', 'milk']);`),
    wants: ["expect([...Object.keys(stock)].sort()).toEqual(['milk', 'tea']);"],
  },
  {
    pattern: 'unordered_collection',
    name: 'a text that is joined in the assertion',
    file: '06_order.ts',
    text: native(`const tags = (await page.get('/tags')).json<any>();
expect(tags.map((tag: any) => tag.name).join(', ')).toBe('red, blue');`),
    wants: [".sort().join(', ')", "toBe('blue, red')"],
  },
  {
    pattern: 'unordered_collection',
    name: 'a text of JSON',
    file: '07_order.js',
    text: script(`const names = (await page.get('/tags')).json().map((tag) => tag.name);
expect(JSON.stringify(names)).toBe(JSON.stringify(['red', 'blue']));`),
    wants: ['[...names].sort()', "['blue', 'red']"],
  },
  {
    pattern: 'unordered_collection',
    name: 'node:assert',
    file: '08_order.mjs',
    text: `import assert from 'node:assert/strict';

export const run = async (page) => {
  const names = (await page.get('/tags')).json().map((tag) => tag.name);
  assert.deepEqual(names, ['red', 'blue']);
};
`,
    wants: ["assert.deepEqual([...names].sort(), ['blue', 'red']);"],
  },
  {
    pattern: 'unordered_collection',
    name: 'Python: a list comprehension',
    file: '09_order.py',
    text: python(`names = [tag["name"] for tag in page.get("/tags").json()]
assert names == ["red", "blue"]`),
    wants: ['assert sorted(names) == ["blue", "red"]'],
  },
  // -- exact assertions ------------------------------------------------------
  {
    pattern: 'exact_assertion',
    name: 'a sum of fractions on the right',
    file: '01_exact.ts',
    text: native(`const bill = (await page.post('/bills', { json: { parts: [0.1, 0.2] } })).json<any>();
expect(bill.sum).toBe(0.1 + 0.2);`),
    wants: ['expect(bill.sum).toBeCloseTo(0.1 + 0.2, 9);'],
  },
  {
    pattern: 'exact_assertion',
    name: 'an average that was named before',
    file: '02_exact.js',
    text: script(`const values = [1, 2, 4];
const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
const made = (await page.post('/means', { json: { values } })).json();
expect(made.mean).toBe(mean);`),
    wants: ['expect(made.mean).toBeCloseTo(mean, 9);'],
  },
  {
    pattern: 'exact_assertion',
    name: 'a number with a fraction in an equality of ===',
    file: '03_exact.js',
    text: script(`const made = (await page.get('/ratio')).json();
if (made.ratio !== 0.3) throw new Error('wrong ratio');`),
    fails: 'made.ratio',
    wants: ['!(Math.abs(made.ratio - 0.3) < 1e-9)'],
  },
  {
    pattern: 'exact_assertion',
    name: 'a time that passes',
    file: '04_exact.ts',
    text: native(`const token = (await page.post('/tokens', { json: { ttl: 600 } })).json<any>();
const seen = (await page.get(\`/tokens/\${token.id}\`)).json<any>();
expect(seen.expiresIn).toBe(600);`),
    wants: ['Math.abs(seen.expiresIn - 600)'],
  },
  {
    pattern: 'exact_assertion',
    name: 'Python: a fraction',
    file: '05_exact.py',
    text: python(`total = page.get("/total").json()["total"]
assert total == 0.3`),
    wants: ['assert abs(total - 0.3) < 1e-9'],
  },
  // -- in other hands --------------------------------------------------------
  {
    pattern: 'hardcoded_sleep',
    name: 'two sleeps',
    file: '01_a.ts',
    text: arrow(
      `const a = await page.post('/mails', { json: { to: 'x@y.z' } });
await page.expect(a.status).toBe(202);
await pause(700);
const inbox = (await page.get('/inbox/x')).json<any[]>();
if (inbox.length === 0) throw new Error('no mail');
expect(inbox[0].subject).toBe('Welcome');`,
      `const pause = (ms: number) => new Promise<void>((r) => void setTimeout(r, ms));`,
    ),
    wants: ["page.waitFor(async () => { const inbox = (await page.get('/inbox/x')).json<any[]>(); if (inbox.length === 0)"],
  },
  {
    pattern: 'hardcoded_sleep',
    name: 'sleep in a wrapper after the action',
    file: '02_a.js',
    text: tabbed(`await page.post('/sync')
await new Promise(done => setTimeout(done, 2 * 100))
const [{ rows }, { state }] = [(await page.get('/sync/rows')).json(), (await page.get('/sync')).json()]
expect(rows).toBe(4)
expect(state).toEqual('idle')`),
    wants: ['page.waitFor(async () => { const [{ rows }, { state }] ='],
  },
  {
    pattern: 'hardcoded_sleep',
    name: 'for await ticks',
    file: '03_a.mjs',
    text: `import { setInterval } from 'node:timers/promises';
import { setTimeout } from 'node:timers/promises';
import { expect } from '@testimony/page';
export async function run(page) {
  await page.patch('/door', { json: { open: true } });
  await setTimeout(150, undefined, { ref: false });
  expect((await page.get('/door')).json()).toMatchObject({ open: true, alarm: 'off' });
}
`,
    wants: ["page.waitFor(async () => { expect((await page.get('/door')).json()).toMatchObject"],
  },
  {
    pattern: 'hardcoded_sleep',
    name: 'vitest with describe and afterEach',
    file: 'a.test.ts',
    text: `import { afterEach, describe, expect, it } from 'vitest';
import { client } from '../client';
import { delay } from './time';
describe('index', () => {
  afterEach(() => client.delete('/index'));
  it('holds the new document', async () => {
    await client.put('/index/1', { title: 'x' });
    await delay(250);
    const hits = await client.search('x');
    expect(hits.total).toBe(1);
    expect(hits.items.map((hit) => hit.id)).toEqual([1]);
  });
});
`,
    wants: ["await vi.waitFor(async () => { const hits = await client.search('x');"],
  },
  {
    pattern: 'hardcoded_sleep',
    name: 'python sleep in try',
    file: '04_a.py',
    text: python(
      `order = page.post("/orders", json={"sku": "tea"}).json()
time.sleep(.25)
seen = [o for o in page.get("/orders").json() if o["id"] == order["id"]]
assert len(seen) == 1
assert seen[0]["state"] == "packed"`,
      'import time',
    ),
    wants: ['def settled(): seen = [o for o in', 'page.wait_for(settled'],
  },
  {
    pattern: 'race_condition',
    name: 'work started with .then in a let',
    file: '05_a.ts',
    text: arrow(`let total = 0;
const job = page.post('/sums', { json: { of: [1, 2] } }).then((answer) => { total = answer.json<any>().sum; });
expect(total).toBe(3);
await job;`),
    wants: ["const job = await page.post('/sums'"],
  },
  {
    pattern: 'race_condition',
    name: 'Promise.all over forEach',
    file: '06_a.js',
    text: tabbed(`const ids = [1, 2, 3]
ids.forEach(async id => { await page.delete(\`/carts/\${id}\`) })
expect((await page.get('/carts')).json()).toEqual([])`),
    wants: ['for (const id of ids) { await page.delete(`/carts/${id}`) }'],
  },
  {
    pattern: 'race_condition',
    name: 'helper that starts and is polled by status',
    file: '07_a.ts',
    text: arrow(
      `const run = await startImport(page, 'a.csv');
const { state, rows } = await importState(page, run);
expect(state).toBe('done');
expect(rows).toBe(2);`,
      `import { importState, startImport } from './_imports';`,
    ),
    helpers: {
      '_imports.ts': `import type { Page } from '@testimony/page';
export const startImport = async (page: Page, file: string): Promise<string> => (await page.post('/imports', { json: { file } })).json<any>().id;
export const importState = async (page: Page, id: string): Promise<any> => (await page.get('/imports/' + id)).json<any>();
`,
    },
    wants: ['page.waitFor(async () => { const { state, rows } = await importState(page, run);'],
  },
  {
    pattern: 'race_condition',
    name: 'python thread in a list',
    file: '08_a.py',
    text: python(
      `workers = [threading.Thread(target=page.post, args=("/hits",)) for _ in range(3)]
for worker in workers:
    worker.start()
assert page.get("/hits").json()["count"] == 3`,
      'import threading',
    ),
    wants: ['.join()'],
  },
  {
    pattern: 'time_dependent',
    name: 'days between',
    file: '09_a.ts',
    text: arrow(`const due = new Date(); due.setDate(due.getDate() + 30);
const loan = (await page.post('/loans', { json: { from: new Date().toISOString().slice(0, 10), days: 30 } })).json<any>();
expect(loan.due).toBe(due.toISOString().slice(0, 10));`),
    wants: ["new Date('2024-01-15T12:00:00Z')"],
  },
  {
    pattern: 'time_dependent',
    name: 'year of now',
    file: '10_a.js',
    text: tabbed(`const year = new Date().getFullYear()
const card = (await page.post('/cards', { json: {} })).json()
expect(card.year).toBe(year)`),
    wants: ['new Date().getUTCFullYear()'],
  },
  {
    pattern: 'time_dependent',
    name: 'seconds inline',
    file: '11_a.js',
    text: tabbed(`const made = (await page.post('/logs', { json: { line: 'x' } })).json()
expect(made.at).toBe(Math.floor(Date.now() / 1000))`),
    wants: ['toBeGreaterThanOrEqual(', 'toBeLessThanOrEqual(Math.floor(Date.now() / 1000))'],
  },
  {
    pattern: 'time_dependent',
    name: 'Intl local hours',
    file: '12_a.ts',
    text: arrow(`const now = new Date();
const greeting = (await page.get('/greeting')).json<any>().text;
expect(greeting).toBe(now.getHours() < 12 ? 'Good morning' : 'Good day');`),
    wants: ['now.getUTCHours() < 12'],
  },
  {
    pattern: 'time_dependent',
    name: 'python naive now',
    file: '13_a.py',
    text: python(
      `now = datetime.datetime.now()
slot = page.get("/slots/next", query={"at": now.isoformat()}).json()
assert slot["day"] == now.day`,
      'import datetime',
    ),
    wants: ['now = datetime.datetime(2024, 1, 15, 12, 0, 0)'],
  },
  {
    pattern: 'random_data',
    name: 'age at random',
    file: '14_a.ts',
    text: arrow(`const person = { name: 'Max', age: Math.trunc(Math.random() * 120) };
const made = await page.post('/people', { json: person });
page.assertStatus(made, 201);`),
    wants: ['age: Math.trunc(0.5 * 120)'],
  },
  {
    pattern: 'random_data',
    name: 'crypto.randomInt by name',
    file: '15_a.mjs',
    text: `import crypto from 'node:crypto';
import { expect } from '@testimony/page';
export async function run(page) {
  const percent = crypto.randomInt(101);
  const coupon = (await page.post('/coupons', { json: { percent } })).json();
  expect(coupon.percent).toBe(percent);
}
`,
    wants: ['const percent = 50;'],
  },
  {
    pattern: 'random_data',
    name: 'generated text of random length',
    file: '16_a.js',
    text: tabbed(`const note = 'x'.repeat(1 + Math.floor(Math.random() * 300))
const made = await page.post('/notes', { json: { note } })
page.assertStatus(made, 201)`),
    wants: ["'x'.repeat(1 + Math.floor(0.5 * 300))"],
  },
  {
    pattern: 'random_data',
    name: 'python sample',
    file: '17_a.py',
    text: python(
      `names = random.sample(["ann", "bo", "cy"], 2)
made = page.post("/teams", json={"names": names}).json()
assert made["lead"] == "ann"`,
      'import random',
    ),
    wants: ['random.Random(20240115).sample('],
  },
  {
    pattern: 'shared_resource',
    name: 'room by constant in template',
    file: '19_a.js',
    text: tabbed(
      `await page.post(\`/rooms/\${ROOM}/join\`, { json: { who: 'a' } })
const members = (await page.get(\`/rooms/\${ROOM}\`)).json().members
expect(members).toHaveLength(1)`,
      `const ROOM = 'lobby'\n`,
    ),
    wants: ['const ROOM = `lobby-${crypto.randomUUID()}`'],
  },
  {
    pattern: 'shared_resource',
    name: 'python temp file',
    file: '20_a.py',
    text: python(
      `path = os.path.join(tempfile.gettempdir(), "export.csv")
with open(path, "w") as out:
    out.write(page.get("/export").text())
with open(path) as back:
    assert back.read().count("\\n") == 3`,
      'import os\nimport tempfile',
    ),
    wants: ['f"export-{uuid.uuid4()}.csv"'],
  },
  {
    pattern: 'leaked_state',
    name: 'Date.now replaced',
    file: '21_a.js',
    text: tabbed(`Date.now = () => 1700000000000
const made = (await page.post('/stamps', { json: { at: Date.now() } })).json()
expect(made.at).toBe(1700000000000)`),
    fails: 'Date.now = ',
    wants: ['const saved = Date.now', '} finally {', 'Date.now = saved'],
  },
  {
    pattern: 'leaked_state',
    name: 'counter of the module',
    file: '22_a.ts',
    text: arrow(
      `calls += 1;
const made = (await page.post('/calls', { json: { n: calls } })).json<any>();
expect(made.n).toBe(1);`,
      `let calls = 0;`,
    ),
    wants: ['Promise<void> => { let calls = 0; calls += 1;'],
  },
  {
    pattern: 'tight_timeout',
    name: 'axios-like timeout',
    file: '23_a.js',
    text: tabbed(`const started = Date.now()
await page.get('/big', { timeoutMs: 80 })
const took = Date.now() - started
expect(took < 70).toBe(true)`),
    fails: 'timeoutMs',
    wants: ['timeoutMs: 1000'],
  },
  {
    pattern: 'tight_timeout',
    name: 'AbortController',
    file: '24_a.ts',
    text: arrow(`const stop = new AbortController();
const timer = setTimeout(() => stop.abort(), 60);
const answer = await fetch(\`\${page.baseUrl}/slow\`, { signal: stop.signal });
clearTimeout(timer);
expect(answer.status).toBe(200);`),
    fails: 'fetch',
    wants: ['setTimeout(() => stop.abort(), 1000)'],
  },
  {
    pattern: 'unordered_collection',
    name: 'ids toStrictEqual of objects by id',
    file: '25_a.ts',
    text: arrow(`const { results } = (await page.get('/search', { query: { q: 'a' } })).json<any>();
expect(results.map(({ id, title }: any) => ({ id, title }))).toStrictEqual([{ id: 7, title: 'b' }, { id: 3, title: 'a' }]);`),
    wants: ['.sort((a, b) => a.id - b.id)', "[{ id: 3, title: 'a' }, { id: 7, title: 'b' }]"],
  },
  {
    pattern: 'unordered_collection',
    name: 'at(0)',
    file: '26_a.js',
    text: tabbed(`const users = (await page.get('/users')).json()
expect(users.length).toBe(2)
expect(users.at(0).name).toBe('ann')`),
    wants: ["users.some((item) => item.name === 'ann')"],
  },
  {
    pattern: 'exact_assertion',
    name: 'product of price',
    file: '27_a.ts',
    text: arrow(`const cart = (await page.post('/carts', { json: { price: 19.99, n: 3 } })).json<any>();
expect(cart.total).toEqual(19.99 * 3);`),
    wants: ['toBeCloseTo(19.99 * 3, 9)'],
  },
  {
    pattern: 'external_dependency',
    name: 'weather',
    file: '28_a.ts',
    text: arrow(`const weather = await fetch('https://weather.example.org/v1/now?city=Oslo').then((r) => r.json());
const advice = (await page.post('/advice', { json: { degrees: weather.degrees } })).json<any>();
expect(advice.degrees).toBe(weather.degrees);`),
    wants: ['const weather = { degrees: 1.25 };'],
  },
];
