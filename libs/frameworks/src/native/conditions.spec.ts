import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { Conditions } from '@testimony/contracts';
import type { Session, SessionOptions, TestOutcome, TestToRun } from '../framework';
import { gone, outcomesOf, serviceUnderTest, sessionOptions, temporaryProject, type ServiceUnderTest } from '../testing/framework-contract';
import { nativeFramework } from './native';

let project: Awaited<ReturnType<typeof temporaryProject>>;
let service: ServiceUnderTest;
let session: Session;

// Conditions cost a process each, and the first start of Python may be slow.
jest.setTimeout(60_000);

const MODULES = 'services/shop/modules';

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, source] of Object.entries(files)) {
    const path = join(project.root, name.includes('/') ? name : join(MODULES, name));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, source);
  }
}

/** Keeps texts where overlays are read from. */
async function overlaid(files: Readonly<Record<string, string>>): Promise<Pick<Conditions, 'overlay'>> {
  const { overlayDir } = sessionOptions(project.root, {});
  await mkdir(overlayDir, { recursive: true });
  const overlay: Record<string, string> = {};
  for (const [name, text] of Object.entries(files)) {
    const sha = createHash('sha256').update(text).digest('hex');
    await writeFile(join(overlayDir, sha), text);
    overlay[name.includes('/') ? name : `${MODULES}/${name}`] = sha;
  }
  return { overlay };
}

const toRun = (file: string, conditions: Partial<Conditions> = {}, timeoutMs = 20_000): TestToRun => ({
  key: file,
  service: 'shop',
  file: `${MODULES}/${file}`,
  titlePath: [],
  timeoutMs,
  conditions: { isolated: false, ...conditions },
});

async function open(baseUrl = service.baseUrl, more: Partial<SessionOptions> = {}): Promise<void> {
  await session?.close();
  session = nativeFramework.open(sessionOptions(project.root, { shop: baseUrl, gone: 'http://127.0.0.1:1' }, more));
}

const said = (outcomes: readonly TestOutcome[]): unknown =>
  outcomes.map(({ key, outcome, failure, reason }) => [key, outcome, failure?.message ?? reason]);
const passes = (...files: string[]): unknown => files.map((file) => [file, 'passed', undefined]);

beforeEach(async () => {
  project = await temporaryProject();
  service = await serviceUnderTest();
  await open();
});
afterEach(async () => {
  await session.close();
  await service.close();
  await project.remove();
});

describe('a clock', () => {
  const clock = '2021-03-04T05:06:07.000Z';
  it('is seen by all that tells the time of day, and by nothing that measures it', async () => {
    await write({
      '01_date.ts': `import { expect } from '@testimony/page';
        const loaded = new Date();
        class Own extends Date { year() { return this.getUTCFullYear(); } }
        export async function run() {
          const near = (value: number) => { expect(value).toBeGreaterThanOrEqual(Date.UTC(2021, 2, 4, 5, 6, 7)); expect(value).toBeLessThan(Date.UTC(2021, 2, 4, 6)); };
          near(Date.now()); near(new Date().getTime()); near(Date.parse(Date())); near(loaded.getTime()); near(+new Own());
          near(+new (new Date().constructor as DateConstructor)());
          expect(new Own().year()).toBe(2021);
          expect([new Date(0).getTime(), new Date(2020, 1).getMonth(), new Date('2001-01-01').getUTCFullYear()]).toEqual([0, 1, 2001]);
          expect([new Date() instanceof Date, typeof Date(), Date.name, Date.length, Object.prototype.toString.call(new Date())]).toEqual([true, 'string', 'Date', 7, '[object Date]']);
          const format = new Intl.DateTimeFormat('en', { year: 'numeric', timeZone: 'UTC' });
          expect([format.format(), format.format(0), format.formatToParts()[0].value, [0].map(format.format)[0]]).toEqual(['2021', '1970', '2021', '1970']);
          const [date, real] = [Date.now(), performance.now()];
          await new Promise((done) => setTimeout(done, 30));
          expect(performance.now() - real).toBeLessThan(20_000);
          expect(Date.now() - date).toBeGreaterThanOrEqual(28);
        }`,
      '02_date.py': `import time, datetime
from datetime import date, datetime as moment, timezone, timedelta
import sys
loaded = moment.now(timezone.utc)


def run(page):
    low, high = 1614834367, 1614834367 + 3000
    def near(value):
        page.expect(low <= value < high).to_be(True)
    near(time.time()); near(time.time_ns() / 1e9); near(loaded.timestamp()); near(moment.now().timestamp())
    near(moment.utcnow().replace(tzinfo=timezone.utc).timestamp()); near(datetime.datetime.today().timestamp())
    near(time.mktime(time.localtime())); near(time.clock_gettime(time.CLOCK_REALTIME))
    page.expect([date.today().year, time.gmtime().tm_year, time.strftime("%Y"), time.ctime()[-4:]]).to_equal([2021, 2021, "2021", "2021"])
    page.expect(time.gmtime(0).tm_year).to_be(1970)
    page.expect([isinstance(moment(2020, 1, 1), moment), isinstance(moment(2020, 1, 1), date), issubclass(moment, date)]).to_equal([True] * 3)
    page.expect(isinstance(moment.strptime("2020", "%Y") - moment.now(), timedelta)).to_be(True)
    page.expect(isinstance((moment.now() + timedelta(days=1)).date(), date)).to_be(True)
    page.expect(moment(2020, 1, 1) == moment.fromisoformat("2020-01-01")).to_be(True)
    class Own(date): pass
    page.expect([isinstance(date.today(), Own), isinstance(Own.today(), date)]).to_equal([False, True])
    page.expect(time.monotonic() < 1e9).to_be(True)
`,
    });
    const outcomes = await outcomesOf(session, [toRun('01_date.ts', { clock }), toRun('02_date.py', { clock })]);
    expect(said(outcomes)).toEqual(passes('01_date.ts', '02_date.py'));
    for (const { startedAt, durationMs } of outcomes) {
      expect(Math.abs(Date.parse(startedAt) - Date.now())).toBeLessThan(600_000);
      expect(durationMs).toBeGreaterThanOrEqual(0);
    }
  });

  it('leaves logins alone that expire by the machine’s', async () => {
    const cookies: Server = createServer((asked, response) => {
      const expires = new Date(Date.now() + 3_600_000).toUTCString();
      if (asked.url === '/login') response.setHeader('set-cookie', `sid=1; Expires=${expires}`);
      response.statusCode = asked.url === '/login' || asked.headers.cookie === 'sid=1' ? 200 : 401;
      response.end();
    });
    await new Promise<void>((done) => cookies.listen(0, '127.0.0.1', done));
    try {
      await open(`http://127.0.0.1:${(cookies.address() as AddressInfo).port}`);
      await write({
        '01_in.ts': `export async function run(page) { await page.get('/login'); page.assertOk(await page.get('/me')); }`,
        '02_in.py': `def run(page):\n    page.get("/login")\n    page.assert_ok(page.get("/me"))\n`,
      });
      const later = { clock: '2099-01-01T00:00:00.000Z' };
      expect(said(await outcomesOf(session, [toRun('01_in.ts', later), toRun('02_in.py', later)]))).toEqual(passes('01_in.ts', '02_in.py'));
    } finally {
      cookies.closeAllConnections();
      await new Promise((done) => cookies.close(done));
    }
  });

  it('of a zone that Python does not know is no answer about the test', async () => {
    await write({ '01_zone.py': 'def run(page):\n    pass\n' });
    const { PATH = '', HOME = '' } = process.env;
    await open(service.baseUrl, { environment: { PATH, HOME, TZDIR: project.root } });
    expect(await outcomesOf(session, [toRun('01_zone.py', { timeZone: 'Asia/Tokyo' })])).toMatchObject([
      { outcome: 'lost', reason: expect.stringContaining('the Python of this machine does not know the time zone Asia/Tokyo') },
    ]);
  });
});

describe('a proposed text', () => {
  it('is seen in every kind of module, of files that are new too, with its own lines, and nowhere on disk', async () => {
    const files = {
      'services/shop/lib/price.ts': `export const price = 1;\n`,
      'services/shop/lib/old.cjs': `exports.old = 1;\n`,
      'services/shop/lib/plain.js': `exports.plain = 1;\n`,
      'services/shop/lib/data.json': `{ "data": 1 }\n`,
      'services/shop/lib/modern.mjs': `export const modern = 1;\n`,
      '01_reads.ts': `import { expect } from '@testimony/page';
        import { price } from '../lib/price';
        import data from '../lib/data.json';
        import { modern } from '../lib/modern.mjs';
        import plain from '../lib/plain.js';
        export function run() { expect([price, require('../lib/old.cjs').old, plain.plain, data.data, modern]).toEqual([1, 1, 1, 1, 1]); }`,
      'services/shop/modules/helping.py': 'value = 1\n',
      '02_reads.py': 'from helping import value\n\n\ndef run(page):\n    assert value == 1\n',
    };
    await write(files);
    const names = Object.keys(files);
    const before = await Promise.all(
      names.map((name) => readFile(join(project.root, name.includes('/') ? name : `${MODULES}/${name}`), 'utf8')),
    );
    const other = await overlaid({
      'services/shop/lib/price.ts': `import { added } from './added';\nexport const price: number = added;\n`,
      'services/shop/lib/added.ts': `export const added = 2;\n`,
      'services/shop/lib/old.cjs': `exports.old = 2;\n`,
      'services/shop/lib/plain.js': `exports.plain = 2;\n`,
      'services/shop/lib/data.json': `{ "data": 2 }\n`,
      'services/shop/lib/modern.mjs': `export const modern = 2;\n`,
      '01_reads.ts': files['01_reads.ts'].replace('[1, 1, 1, 1, 1]', '[2, 2, 2, 2, 2]'),
      'services/shop/modules/helping.py': 'from added import value\n',
      'services/shop/added.py': 'value = 2\n',
      '02_reads.py': files['02_reads.py'].replace('== 1', '== 2'),
    });
    const order = [
      toRun('01_reads.ts'),
      toRun('01_reads.ts', other),
      toRun('02_reads.py'),
      toRun('02_reads.py', other),
      toRun('01_reads.ts'),
    ];
    expect(said(await outcomesOf(session, order))).toEqual(passes(...order.map(({ key }) => key)));
    const after = await Promise.all(
      names.map((name) => readFile(join(project.root, name.includes('/') ? name : `${MODULES}/${name}`), 'utf8')),
    );
    expect(after).toEqual(before);
    expect((await readdir(join(project.root, 'services/shop'))).sort()).toEqual(['lib', 'modules']);
  });

  it('has its own lines in failures', async () => {
    await write({
      '01_fails.ts': `export function run() { throw new TypeError('old'); }\n`,
      '02_fails.js': `exports.run = () => { throw new TypeError('old'); };\n`,
      '03_fails.py': 'def run(page):\n    assert 1 == 2, "old"\n',
    });
    const other = await overlaid({
      '01_fails.ts': `interface Long {\n  a: 1;\n}\nexport function run(): void {\n  throw new TypeError('new');\n}\n`,
      '02_fails.js': `\n\nexports.run = () => {\n  throw new TypeError('new');\n};\n`,
      '03_fails.py': 'def run(page):\n    value = 1\n    # why\n    assert value == 2\n',
    });
    const files = ['01_fails.ts', '02_fails.js', '03_fails.py'];
    const outcomes = await outcomesOf(
      session,
      [...files, ...files].map((file, i) => toRun(file, i < 3 ? other : {})),
    );
    expect(outcomes.map(({ failure }) => [failure?.message, failure?.line])).toEqual([
      ['TypeError: new', 5],
      ['TypeError: new', 4],
      ['assert value == 2 does not hold', 4],
      ['TypeError: old', 1],
      ['TypeError: old', 1],
      ['old', 2],
    ]);
  });
});

describe('a wire', () => {
  it('lets no secret and no address of its own leave the session', async () => {
    const canaries = ['canary-header', 'canary-cookie', 'canary-password', 'canary-token', 'canary-config'];
    const url = service.baseUrl.replace('http://', 'http://user:canary-password@');
    const options = sessionOptions(project.root, {});
    await session.close();
    session = nativeFramework.open({
      ...options,
      services: { shop: { baseUrl: url, headers: { 'x-config': 'canary-config' } } },
      secrets: ['canary-config', 'canary-password'],
    });
    await write({
      '01_leaks.ts': `export async function run(page) {
        page.auth.bearer('canary-token');
        console.log(page.baseUrl, process.env);
        const r = await page.post('/x', { headers: { authorization: 'Bearer canary-header', cookie: 'sid=canary-cookie' }, json: { at: page.baseUrl, password: 'canary-password' } });
        await fetch(r.url.replace(/[/][/].*@/, '//')).then((a) => a.text());
        page.assertJson(r, { ok: page.baseUrl + ' canary-token' });
      }`,
      '02_leaks.py': `def run(page):
    page.auth.bearer("canary-token")
    print(page.base_url)
    r = page.post("/x", headers={"authorization": "Bearer canary-header", "cookie": "sid=canary-cookie"}, json={"at": page.base_url, "password": "canary-password"})
    page.assert_json(r, {"ok": page.base_url + " canary-token"})
`,
      '03_times_out.ts': `export async function run(page) { page.auth.bearer('canary-token'); await page.get('/hold/never?token=canary-token'); }`,
    });
    const mutation = { request: 'POST /x', from: 0, kind: 'wrong_value' as const };
    const outcomes = await outcomesOf(session, [
      toRun('01_leaks.ts', { mutation, latencyMs: 1 }),
      toRun('02_leaks.py', { mutation, latencyMs: 1 }),
      toRun('03_times_out.ts', { mutation }, 500),
    ]);
    const text = JSON.stringify(outcomes);
    for (const canary of canaries) expect(text).not.toContain(canary);
    expect(outcomes.map(({ outcome, mutatedAnswers }) => [outcome, mutatedAnswers])).toEqual([
      ['failed', 1],
      ['failed', 1],
      ['failed', 0],
    ]);
    // Host and port of the service, and of nothing else.
    const hosts = new Set(text.match(/127\.\d+\.\d+\.\d+(?::\d+)?/g));
    expect([...hosts]).toEqual([new URL(service.baseUrl).host]);
    expect(outcomes[0]?.logs[0]).toContain(new URL(service.baseUrl).host);
  });

  it('changes what tests ask without the page too, and names what it could not reach', async () => {
    await write({
      '01_fetch.ts': `import { expect, type Page } from '@testimony/page';
export async function run(page: Page) { expect((await fetch(page.baseUrl + '/status/200')).status).toBe(200); }`,
      '02_gone.ts': `export async function run(page) { await page.service('gone').get('/x'); }`,
      '03_gone.py': `def run(page):\n    page.service("gone").get("/x")\n`,
    });
    const mutation = { request: 'GET /status/{}', from: 0, kind: 'status' as const };
    const outcomes = await outcomesOf(session, [
      toRun('01_fetch.ts', { mutation }),
      toRun('02_gone.ts', { latencyMs: 0 }),
      toRun('03_gone.py', { latencyMs: 0 }),
    ]);
    expect(outcomes[0]).toMatchObject({ outcome: 'failed', mutatedAnswers: 1, failure: { expected: '200', actual: '500' } });
    for (const lost of outcomes.slice(1))
      expect(lost.failure).toMatchObject({
        class: 'network',
        message: expect.stringContaining('http://127.0.0.1:1/x'),
        probe: { url: 'http://127.0.0.1:1', reachable: false, error: 'ECONNREFUSED' },
      });
  });
});

describe('a sequence', () => {
  it('goes on in its order when a test of it fails, and ends its process', async () => {
    const pid = 'await page.get(`/pid/${process.pid}/';
    await write({
      '01_a.ts': `export async function run(page) { ${pid}a\`); }`,
      '02_b.ts': `export async function run(page) { ${pid}b\`); throw new Error('b'); }`,
      '03_c.ts': `export async function run(page) { ${pid}c\`); }`,
    });
    const order = (place: number): Partial<Conditions> => ({ order: { sequence: 's', place }, randomSeed: 7 });
    const outcomes = await outcomesOf(session, [toRun('03_c.ts', order(0)), toRun('02_b.ts', order(1)), toRun('01_a.ts', order(2))]);
    expect(said(outcomes)).toEqual([
      ['03_c.ts', 'passed', undefined],
      ['02_b.ts', 'failed', 'b'],
      ['01_a.ts', 'passed', undefined],
    ]);
    const { pids } = service;
    expect(pids.get('b')).toBe(pids.get('c'));
    expect(pids.get('a')).not.toBe(pids.get('b'));
    for (const id of pids.values()) await gone(id);
  });
});

describe('running out of time', () => {
  it('because nobody answered is a matter of the network', async () => {
    await write({
      '01_polls.ts': `export async function run(page) { for (;;) { await page.service('gone').get('/x').catch(() => undefined); await new Promise((done) => setTimeout(done, 5)); } }`,
      '02_waits.ts': `export async function run(page) { await page.waitFor(async () => (await page.service('gone').get('/x')).ok, { timeoutMs: 200, intervalMs: 5 }); }`,
      '03_wrong.ts': `export async function run(page) { await page.waitFor(async () => (await page.get('/x')).status === 201, { timeoutMs: 200, intervalMs: 5 }); }`,
      '04_status.ts': `export async function run(page) { await page.waitFor(async () => { page.assertOk(await page.get('/status/503')); return true; }, { timeoutMs: 200, intervalMs: 5 }); }`,
      '05_fetch.ts': `export async function run(page) { await fetch('http://127.0.0.1:2/').catch(() => undefined); await page.waitFor(() => fetch('http://127.0.0.1:2/'), { timeoutMs: 200, intervalMs: 5 }); }`,
      '06_hangs.ts': `export async function run(page) { await page.waitFor(() => page.get('/hold/never'), { timeoutMs: 200 }); }`,
      '07_polls.py': `import time\n\n\ndef run(page):\n    while True:\n        try:\n            page.service("gone").get("/x")\n        except Exception:\n            time.sleep(.005)\n`,
      '08_waits.py': `def run(page):\n    page.wait_for(lambda: page.service("gone").get("/x").ok, timeout_ms=200, interval_ms=5)\n`,
      '09_wrong.py': `def run(page):\n    page.wait_for(lambda: page.get("/x").status == 201, timeout_ms=200, interval_ms=5)\n`,
      '10_status.py': `def run(page):\n    page.wait_for(lambda: page.assert_ok(page.get("/status/503")), timeout_ms=200, interval_ms=5)\n`,
      '11_urllib.py': `import urllib.request\n\n\ndef run(page):\n    page.wait_for(lambda: urllib.request.urlopen("http://127.0.0.1:1/"), timeout_ms=200, interval_ms=5)\n`,
    });
    const files = (await readdir(join(project.root, MODULES))).sort();
    const outcomes = await outcomesOf(
      session,
      files.map((file) => toRun(file, {}, 1200)),
    );
    expect(outcomes.map(({ key, failure }) => [key, failure?.class, failure?.code, failure?.probe?.reachable])).toEqual([
      ['01_polls.ts', 'network', 'ECONNREFUSED', false],
      ['02_waits.ts', 'network', 'ECONNREFUSED', false],
      ['03_wrong.ts', 'assertion', undefined, undefined],
      ['04_status.ts', 'server', undefined, undefined],
      ['05_fetch.ts', 'network', 'ECONNREFUSED', true],
      ['06_hangs.ts', 'timeout', undefined, undefined],
      ['07_polls.py', 'network', 'ECONNREFUSED', false],
      ['08_waits.py', 'network', 'ECONNREFUSED', false],
      ['09_wrong.py', 'assertion', undefined, undefined],
      ['10_status.py', 'server', undefined, undefined],
      ['11_urllib.py', 'network', 'ECONNREFUSED', true],
    ]);
    expect(outcomes[0]?.failure?.message).toBe('the test did not end within 1200 ms; its last request got no answer: ECONNREFUSED');
  });
});
