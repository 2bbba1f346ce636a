import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding, FlakePattern } from '@testimony/contracts';
import { fixCandidates } from './fix-candidates';

const NOTHING = { patterns: [], messages: [], lines: [] };

async function fixesOf(
  file: string,
  text: string,
  pattern: FlakePattern,
  marked: string,
  messages: readonly string[] = [],
): Promise<string[]> {
  const line = text.split('\n').findIndex((one) => one.includes(marked)) + 1;
  const finding: Finding = { line, pattern, probability: 0.8, message: '', suggestion: '' };
  const found = await fixCandidates({ root: '/nowhere', file, text, findings: [finding], hints: { ...NOTHING, messages } });
  expect(found.every((candidate) => candidate.prior > 0 && candidate.prior < 1)).toBe(true);
  // What else the text would allow stands behind.
  return found.filter((candidate) => candidate.pattern === pattern && candidate.line === line).map((candidate) => candidate.text);
}

const native = (body: string, head = `import { expect, type Page } from '@testimony/page';\n`): string =>
  `${head}\nexport async function run(page: Page): Promise<void> {\n${body
    .trim()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}\n}\n`;

describe('fixCandidates', () => {
  it('polls with page.waitFor instead of a sleep, and leaves all other bytes', async () => {
    const text = native(`const { id } = (await page.post('/jobs', { json: {} })).json<any>();
await new Promise((resolve) => setTimeout(resolve, 300));
const job = (await page.get(\`/jobs/\${id}\`)).json<any>();
expect(job.state).toBe('done');`);
    const [moved, copied] = await fixesOf('01_job.ts', text, 'hardcoded_sleep', 'setTimeout');
    expect(moved).toBe(
      native(`const { id } = (await page.post('/jobs', { json: {} })).json<any>();
await page.waitFor(async () => {
  const job = (await page.get(\`/jobs/\${id}\`)).json<any>();
  expect(job.state).toBe('done');
  return true;
}, { timeoutMs: 5000, intervalMs: 20 });`),
    );
    expect(copied).toContain(
      `}, { timeoutMs: 5000, intervalMs: 20 });\n  const job = (await page.get(\`/jobs/\${id}\`)).json<any>();\n  expect(job.state).toBe('done');\n}`,
    );
  });

  it('keeps CRLF, tabs and a style without semicolons', async () => {
    const text = [
      `import { expect } from '@testimony/page'`,
      `export const run = async (page) => {`,
      `\tawait page.post('/jobs')`,
      `\tawait sleep(200)`,
      `\tconst job = (await page.get('/jobs/1')).json()`,
      `\texpect(job.state).toBe('done')`,
      `}`,
      '',
    ].join('\r\n');
    const [moved] = await fixesOf('01_job.js', text, 'hardcoded_sleep', 'sleep(200)');
    expect(moved?.split('\r\n').slice(3, 8)).toEqual([
      `\tawait page.waitFor(async () => {`,
      `\t\tconst job = (await page.get('/jobs/1')).json()`,
      `\t\texpect(job.state).toBe('done')`,
      `\t\treturn true`,
      `\t}, { timeoutMs: 5000, intervalMs: 20 })`,
    ]);
    expect(moved?.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it.each([
    ['playwright', `import { expect, test } from '@playwright/test';\n`, `}).toPass({ timeout: 5000 });`],
    ['vitest', `import { expect, test } from 'vitest';\n`, `}, { timeout: 5000 });`],
    ['jest', ``, `if (Date.now() > deadline) throw error;`],
  ])('uses what %s has', async (_name, head, end) => {
    const text = `${head}test('a job ends', async () => {
  await api.post('/jobs');
  await new Promise((resolve) => setTimeout(resolve, 300));
  const job = await api.get('/jobs/1');
  expect(job.state).toBe('done');
});
`;
    const texts = await fixesOf('job.test.ts', text, 'hardcoded_sleep', 'setTimeout');
    expect(texts).toHaveLength(2);
    for (const fixed of texts) expect(fixed).toContain(end);
  });

  it('polls in Python, native and with pytest', async () => {
    const nativeText = `import time\n\n\ndef run(page):\n    page.post("/jobs")\n    time.sleep(0.5)\n    state = page.get("/jobs/1").json()["state"]\n    assert state == "done"\n`;
    const [moved] = await fixesOf('01_job.py', nativeText, 'hardcoded_sleep', 'time.sleep');
    expect(moved).toContain(
      `    def settled():\n        state = page.get("/jobs/1").json()["state"]\n        assert state == "done"\n        return True\n\n    page.wait_for(settled, timeout_ms=5000, interval_ms=20)\n`,
    );
    const pytest = `import time\nimport pytest\nimport requests\n\n\ndef test_job():\n    requests.post(URL)\n    time.sleep(2)\n    state = requests.get(URL).json()["state"]\n    assert state == "done"\n`;
    const [looped] = await fixesOf('test_job.py', pytest, 'hardcoded_sleep', 'time.sleep');
    expect(looped).toContain(
      `        except AssertionError:\n            if time.monotonic() > deadline:\n                raise\n            time.sleep(0.02)\n`,
    );
  });

  it('awaits what was left running, in loops too', async () => {
    const text = native(`page.post('/notes', { json: { text: 'a' } });
const notes = (await page.get('/notes')).json<any>();
expect(notes).toHaveLength(1);`);
    expect((await fixesOf('01_note.ts', text, 'race_condition', `page.post`))[0]).toBe(text.replace('page.post', 'await page.post'));
    const loop = native(`['a', 'b'].forEach(async (name) => {
  await page.post('/notes', { json: { name } });
});
expect((await page.get('/notes')).json<any>()).toHaveLength(2);`);
    expect((await fixesOf('01_note.ts', loop, 'race_condition', 'forEach'))[0]).toContain(
      `  for (const name of ['a', 'b']) {\n    await page.post('/notes', { json: { name } });\n  }\n`,
    );
  });

  it('does not put writes that run beside each other in a row', async () => {
    const text = native(`const [one, two] = await Promise.all([page.post('/add'), page.post('/add')]);
expect((await page.get('/sum')).json<any>().sum).toBe(2);`);
    expect((await fixesOf('01_add.ts', text, 'race_condition', 'Promise.all')).every((fixed) => fixed.includes('Promise.all'))).toBe(true);
  });

  it('compares without an order', async () => {
    const text = native(`const { items } = (await page.get('/tags')).json<any>();
expect(items.map((item: any) => item.name)).toEqual(['b', 'a']);`);
    const [sorted, containing] = await fixesOf('01_tags.ts', text, 'unordered_collection', 'toEqual');
    expect(sorted).toContain(`expect([...items.map((item: any) => item.name)].sort()).toEqual(['a', 'b']);`);
    expect(containing).toContain(
      `  expect(items.map((item: any) => item.name)).toHaveLength(2);\n  expect(items.map((item: any) => item.name)).toEqual(expect.arrayContaining(['b', 'a']));`,
    );
    const python = `def run(page):\n    names = page.get("/names").json()\n    assert names == ["b", "a"]\n`;
    expect(await fixesOf('01_names.py', python, 'unordered_collection', 'assert')).toEqual([
      python.replace('names == ["b", "a"]', 'sorted(names) == ["a", "b"]'),
    ]);
  });

  it('leaves an order alone that the test is about', async () => {
    const text = native(`const { items } = (await page.get('/tags', { query: { sort: 'name' } })).json<any>();
expect(items.map((item: any) => item.name)).toEqual(['a', 'b']);`);
    expect(await fixesOf('01_tags.ts', text, 'unordered_collection', 'toEqual')).toEqual([]);
  });

  it('compares fractions with a tolerance, and nothing else', async () => {
    const text = native(`const sum = (await page.get('/sum')).json<any>();
expect(sum.total).toBe(0.3);
expect(sum.count).toBe(2);`);
    expect(await fixesOf('01_sum.ts', text, 'exact_assertion', 'total')).toEqual(
      [9, 6].map((digits) => text.replace('toBe(0.3)', `toBeCloseTo(0.3, ${digits})`)),
    );
    expect(await fixesOf('01_sum.ts', text, 'exact_assertion', 'count')).toEqual([]);
  });

  it('fixes random data', async () => {
    const text = native(`const pieces = 1 + Math.floor(Math.random() * 40);
const made = await page.post('/lots', { json: { pieces } });
expect(made.json<any>().pieces).toBe(pieces);`);
    expect(await fixesOf('01_lot.ts', text, 'random_data', 'Math.random')).toEqual([
      text.replace('1 + Math.floor(Math.random() * 40)', '21'),
      text.replace('1 + Math.floor(Math.random() * 40)', '31'),
    ]);
    const python = `import random\n\n\ndef run(page):\n    pieces = random.randint(0, 40)\n    made = page.post("/lots", json={"pieces": pieces})\n    assert made.json()["pieces"] == pieces\n`;
    expect(await fixesOf('01_lot.py', python, 'random_data', 'randint')).toEqual([
      python.replace('random.randint(0, 40)', '20'),
      python.replace('random.randint(0, 40)', 'random.Random(20240115).randint(0, 40)'),
      python.replace('    pieces =', '    random.seed(20240115)\n    pieces ='),
    ]);
  });

  it('takes one instant or a fixed one', async () => {
    const text = native(`const from = new Date();
const due = (await page.get('/due', { query: { from: from.toISOString() } })).json<any>();
expect(due.from).toBe(from.toISOString());`);
    expect(await fixesOf('01_due.ts', text, 'time_dependent', 'new Date')).toEqual([
      text.replace('new Date()', `new Date('2024-01-15T12:00:00Z')`),
    ]);
  });

  it('gives a limit room over what was seen, within a bound', async () => {
    const text = native(`const report = await page.get('/report', { timeoutMs: 100 });
page.assertStatus(report, 200);`);
    expect(await fixesOf('01_report.ts', text, 'tight_timeout', 'timeoutMs', ['no answer within 640 ms'])).toEqual([
      text.replace('100', '2000'),
      text.replace('100', '6400'),
    ]);
    expect(await fixesOf('01_report.ts', text.replace('100', '30000'), 'tight_timeout', 'timeoutMs')).toEqual([]);
  });

  it('puts settings back', async () => {
    const text = `test('reads the region', () => {\n  process.env.REGION = 'eu';\n  expect(load().region).toBe('eu');\n});\n`;
    expect(await fixesOf('config.test.js', text, 'leaked_state', 'process.env')).toEqual([
      `test('reads the region', () => {\n  const saved = process.env.REGION;\n  process.env.REGION = 'eu';\n  try {\n    expect(load().region).toBe('eu');\n  } finally {\n    if (saved === undefined) delete process.env.REGION;\n    else process.env.REGION = saved;\n  }\n});\n`,
    ]);
  });

  it('makes a fixed name unique, also where it is expected', async () => {
    const text = native(`const made = await page.post('/users', { json: { email: 'ann@example.com' } });
expect(made.json<any>().email).toBe('ann@example.com');`);
    const [fixed] = await fixesOf('01_user.ts', text, 'shared_resource', 'page.post');
    expect(fixed).toContain('const unique = `ann-${crypto.randomUUID()}@example.com`;');
    expect(fixed).toContain('json: { email: unique }');
    expect(fixed).toContain('toBe(unique)');
  });

  it('listens on any port, and asks there', async () => {
    const text = native(`const hook = createServer((request, answer) => answer.end('heard'));
await new Promise((up) => hook.listen(21935, '127.0.0.1', up));
const heard = await (await fetch('http://127.0.0.1:21935/')).text();
expect(heard).toBe('heard');`);
    expect(await fixesOf('01_hook.ts', text, 'shared_resource', 'listen')).toEqual([
      text.replace('listen(21935', 'listen(0').replace(`'http://127.0.0.1:21935/'`, '`http://127.0.0.1:${hook.address().port}/`'),
    ]);
  });

  it('works on a record of its own, made as a test beside it makes one, also where only experiments point to it', async () => {
    const root = mkdtempSync(join(tmpdir(), 'fixes-'));
    try {
      mkdirSync(join(root, 'modules'));
      writeFileSync(
        join(root, 'modules', '01_made.ts'),
        native(`const shop = (await page.post('/shops', { json: { region: 'eu' } })).json<any>().id;`),
      );
      const text = native(`const tone = (await page.get('/shops/204/settings/tone')).json<any>();
expect(tone.value).toBe('default');`);
      const request = {
        root,
        file: 'modules/02_tone.ts',
        text,
        findings: [],
        hints: { patterns: ['leaked_state' as const], messages: [], lines: [4] },
      };
      const ofOthers = async (): Promise<string[]> =>
        (await fixCandidates(request)).filter((candidate) => candidate.pattern === 'leaked_state').map((candidate) => candidate.text);
      expect(await ofOthers()).toEqual([
        native(`const own = (await page.post('/shops', { json: { region: 'eu' } })).json<{ id: string }>().id;
const tone = (await page.get(\`/shops/\${own}/settings/tone\`)).json<any>();
expect(tone.value).toBe('default');`),
      ]);
      writeFileSync(join(root, 'modules', '01_made.ts'), native(`await page.post('/others', {});`));
      expect(await ofOthers()).toEqual([]);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  it('sorts what is joined, and what an answer lists', async () => {
    const text = native(`const { items } = (await page.get('/tags')).json<any>();
const names = items.map((item: any) => item.name).join(',');
expect(names).toBe('b,a');`);
    expect(await fixesOf('01_tags.ts', text, 'unordered_collection', 'toBe')).toEqual([
      text.replace('.join(', '.sort().join(').replace(`'b,a'`, `'a,b'`),
    ]);
    const body = native(`const answer = await page.get('/tags');
page.assertJson(answer, { items: [{ name: 'b' }, { name: 'a' }] });`);
    const [sorted] = await fixesOf('01_tags.ts', body, 'unordered_collection', 'assertJson');
    expect(sorted).toContain(
      `expect([...answer.json<any>().items].sort((a: any, b: any) => (a.name < b.name ? -1 : 1))).toMatchObject([{ name: 'a' }, { name: 'b' }]);`,
    );
  });

  it('lets times vary, and takes dates in UTC', async () => {
    const text = native(`const node = (await page.get('/node')).json<any>();
expect(node.summary).toBe('3 rows in 1 ms');
expect(node.expiresIn).toBe(600);`);
    expect(await fixesOf('01_node.ts', text, 'exact_assertion', 'summary')).toEqual([
      text.replace(`toBe('3 rows in 1 ms')`, String.raw`toMatch(/^3 rows in \d+ ms$/)`),
    ]);
    expect((await fixesOf('01_node.ts', text, 'exact_assertion', 'expiresIn'))[0]).toContain(
      'expect(Math.abs(node.expiresIn - 600)).toBeLessThanOrEqual(6);',
    );
    const date = native(`const today = new Date().getDate();
expect((await page.get('/clock')).json<any>().day).toBe(today);`);
    expect(await fixesOf('01_day.ts', date, 'time_dependent', 'new Date')).toContain(date.replace('getDate', 'getUTCDate'));
  });

  it("has nothing for a test that is about somebody else's answer, a text that does not parse, and a place without a cause", async () => {
    const text = native(`const rate = await (await fetch('https://rates.example.com/latest')).json();
expect(rate.base).toBe('EUR');`);
    expect(await fixesOf('01_rate.ts', text, 'external_dependency', 'fetch')).toEqual([]);
    expect(await fixesOf('01_rate.ts', 'const = ;', 'hardcoded_sleep', 'const')).toEqual([]);
    expect(await fixesOf('01_rate.ts', text, 'hardcoded_sleep', 'fetch')).toEqual([]);
  });
});
