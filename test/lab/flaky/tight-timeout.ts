import { exceeding } from '../service/behaviour';
import {
  EXPECT,
  inSpace,
  inSpacePy,
  own,
  ownPy,
  PY,
  SCRIPT,
  type Circumstance,
  type FlakyShape,
  type Lookalike,
  type ShapeContext,
} from './shape';

/** Between the test's clock and the service's: a request on loopback. */
const AROUND_MS = 3;
const slowReads = (limit: number, c: ShapeContext) => ({ read: exceeding(limit - AROUND_MS, c.rate) });
const latency: readonly Circumstance[] = [{ kind: 'latency', latencyMs: 100 }, { kind: 'repeat' }];

export const TIGHT: readonly FlakyShape[] = [
  {
    name: 'request-limit',
    pattern: 'tight_timeout',
    set: 'both',
    languages: SCRIPT,
    write: (c) => {
      const ms = c.random.int(35, 70);
      const body = (limit: number, flaw: string) => `${own(c)}
const report = await page.get(\`${inSpace(c)}/report\`, { query: { rows: 7 }, timeoutMs: ${limit} });${flaw}
page.assertJson(report, { ready: true, rows: 7 }); //@assert`;
      return {
        parts: { body: body(ms, ' //@flaw') },
        good: { body: body(10_000, '') },
        behaviour: slowReads(ms, c),
        circumstances: latency,
      };
    },
  },
  {
    name: 'wait-for-limit',
    pattern: 'tight_timeout',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const ms = c.random.int(50, 80);
      const body = (limit: number, flaw: string) => `${own(c)}
const { id } = (await page.post(\`${inSpace(c)}/jobs\`, { json: {} })).json();
const job = await page.waitFor(async () => {
  const now = (await page.get(\`${inSpace(c)}/jobs/\${id}\`)).json();
  return now.state === 'done' && now;
}, { timeoutMs: ${limit}, intervalMs: 5 });${flaw}
expect(job).toEqual({ id, state: 'done' }); //@assert`;
      return {
        parts: { imports: EXPECT, body: body(ms, ' //@flaw') },
        good: { imports: EXPECT, body: body(8000, '') },
        behaviour: { lag: exceeding(ms - 7, c.rate) },
        circumstances: [{ kind: 'repeat' }, { kind: 'latency', latencyMs: 60 }],
      };
    },
  },
  {
    name: 'limit-of-the-test',
    pattern: 'tight_timeout',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const body = `${own(c)}
const report = await page.get(\`${inSpace(c)}/report\`);
page.assertJson(report, { ready: true }); //@assert`;
      return {
        parts: { meta: { timeoutMs: 400 }, body },
        good: { meta: { timeoutMs: 20_000 }, body },
        behaviour: { read: { kind: 'either', p: c.rate, slow: 480, quick: 5 } },
        circumstances: [{ kind: 'repeat' }, { kind: 'latency', latencyMs: 250 }],
      };
    },
  },
  {
    name: 'measured-duration',
    pattern: 'tight_timeout',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const ms = c.random.int(40, 70);
      const body = (limit: number, flaw: string) => `${own(c)}
const begin = performance.now();
const report = await page.get(\`${inSpace(c)}/report\`);
expect(report.status).toBe(200); //@assert
expect(performance.now() - begin).toBeLessThan(${limit}); //@assert${flaw}`;
      return {
        parts: { imports: EXPECT, body: body(ms, ' @flaw') },
        good: { imports: EXPECT, body: body(5000, '') },
        behaviour: slowReads(ms, c),
        circumstances: latency,
      };
    },
  },
  {
    name: 'work-against-the-clock',
    pattern: 'tight_timeout',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const body = (limit: number, flaw: string) => `${own(c)}
const { rows } = (await page.get(\`${inSpace(c)}/report\`, { query: { rows: 40000 } })).json();
const begin = performance.now();
let digest = 0;
for (let n = 0; n < rows * 100; n += 1) digest = (digest * 31 + n) % 1000003;
const spent = performance.now() - begin;
expect(digest).toBeGreaterThan(0); //@assert
expect(spent).toBeLessThan(${limit}); //@assert${flaw}`;
      return {
        parts: { imports: EXPECT, body: body(60, ' @flaw') },
        good: { imports: EXPECT, body: body(20_000, '') },
        circumstances: [{ kind: 'cpu', cpuStress: 6 }],
        ownRate: 0,
      };
    },
  },
  {
    name: 'limit-py',
    pattern: 'tight_timeout',
    set: 'both',
    languages: PY,
    write: (c) => {
      const ms = c.random.int(40, 70);
      const body = (limit: number, flaw: string) => `${ownPy(c)}
report = page.get(f"${inSpacePy(c)}/report", timeout_ms=${limit})${flaw}
page.assert_json(report, {"ready": True}) #@assert`;
      return {
        parts: { body: body(ms, ' #@flaw') },
        good: { body: body(10_000, '') },
        behaviour: slowReads(ms, c),
        circumstances: latency,
      };
    },
  },
  {
    name: 'abort-signal',
    pattern: 'tight_timeout',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const ms = c.random.int(35, 70);
      const body = (limit: number, flaw: string) => `${own(c)}
const signal = AbortSignal.timeout(${limit});${flaw}
const answer = await fetch(\`\${page.baseUrl}${inSpace(c)}/report?rows=9\`, { signal });
expect((await answer.json()).rows).toBe(9); //@assert`;
      return {
        parts: { imports: EXPECT, body: body(ms, ' //@flaw') },
        good: { imports: EXPECT, body: body(10_000, '') },
        behaviour: slowReads(ms, c),
        circumstances: latency,
      };
    },
  },
  {
    name: 'race-with-a-timer',
    pattern: 'tight_timeout',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const ms = c.random.int(35, 70);
      const prelude = (limit: number) => `const LIMIT = ${limit};

function within(work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(\`nothing came within \${LIMIT} ms\`)), LIMIT);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}`;
      const body = (flaw: string) => `${own(c)}
const report = await within(page.get(\`${inSpace(c)}/report\`));${flaw}
expect(report.json().ready).toBe(true); //@assert`;
      return {
        parts: { imports: EXPECT, prelude: prelude(ms), body: body(' //@flaw') },
        good: { imports: EXPECT, prelude: prelude(9000), body: body('') },
        behaviour: slowReads(ms, c),
        circumstances: latency,
      };
    },
  },
  {
    name: 'limits-in-a-file',
    pattern: 'tight_timeout',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const ms = c.random.int(35, 70);
      const file = (limit: number) => ({ _limits: `export const limits = {\n  report: ${limit},\n  upload: 30000,\n};\n` });
      const body = (flaw: string) => `${own(c)}
const { ready } = (await page.get(\`${inSpace(c)}/report\`, { timeoutMs: limits.report })).json();${flaw}
expect(ready).toBe(true); //@assert`;
      return {
        parts: { imports: { ...EXPECT, './_limits': ['limits'] }, body: body(' //@flaw') },
        good: { imports: { ...EXPECT, './_limits': ['limits'] }, body: body('') },
        files: file(ms),
        goodFiles: file(12_000),
        behaviour: slowReads(ms, c),
        circumstances: latency,
      };
    },
  },
  {
    name: 'hand-made-deadline',
    pattern: 'tight_timeout',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const ms = c.random.int(50, 80);
      const body = (limit: number, flaw: string) => `${own(c)}
const { id } = (await page.post(\`${inSpace(c)}/jobs\`, { json: {} })).json();
const end = Date.now() + ${limit};${flaw}
let state = 'queued';
while (state !== 'done' && Date.now() < end) {
  state = (await page.get(\`${inSpace(c)}/jobs/\${id}\`)).json().state;
}
expect(state).toBe('done'); //@assert`;
      return {
        parts: { imports: EXPECT, body: body(ms, ' //@flaw') },
        good: { imports: EXPECT, body: body(6000, '') },
        behaviour: { lag: exceeding(ms, c.rate), read: { kind: 'fixed', ms: 2 } },
        circumstances: [{ kind: 'repeat' }, { kind: 'latency', latencyMs: 60 }],
      };
    },
  },
];

export const TIGHT_LOOKALIKES: readonly Lookalike[] = [
  {
    name: 'generous-limit',
    pattern: 'tight_timeout',
    set: 'both',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        body: `${own(c)}
const report = await page.get(\`${inSpace(c)}/report\`, { timeoutMs: 15_000 });
page.assertJson(report, { ready: true, rows: 3 }); //@assert`,
      },
      behaviour: { read: exceeding(60, 0.1) },
    }),
  },
  {
    name: 'time-out-is-the-subject',
    pattern: 'tight_timeout',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: { '@testimony/page': ['expect', 'RequestTimeoutError'] },
        body: `${own(c)}
await expect(page.get(\`${inSpace(c)}/report\`, { timeoutMs: 30 })).rejects.toThrow(RequestTimeoutError); //@assert`,
      },
      behaviour: { read: { kind: 'fixed', ms: 400 } },
    }),
  },
];
