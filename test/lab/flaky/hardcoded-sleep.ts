import { exceeding } from '../service/behaviour';
import { EXPECT, inSpace, inSpacePy, list, own, ownPy, PY, SCRIPT, type FlakyShape, type Lookalike, type ShapeContext } from './shape';

/** What passes between a write and the look at it beside the sleep: two requests on loopback. */
const AROUND_MS = 4;
const lagged = (sleep: number, { rate }: ShapeContext) => ({ lag: exceeding(sleep + AROUND_MS, rate) });
const repeat = [{ kind: 'repeat' }] as const;

export const SLEEPS: readonly FlakyShape[] = [
  {
    name: 'promise-timeout',
    pattern: 'hardcoded_sleep',
    set: 'both',
    languages: SCRIPT,
    write: (c) => {
      const ms = c.random.int(20, 45);
      const before = `${own(c)}
await page.post(\`${list(c)}\`, { json: { name: 'first', ${c.r.amount}: ${c.random.int(2, 40)} } });`;
      return {
        parts: {
          imports: EXPECT,
          body: `${before}
await new Promise((resolve) => setTimeout(resolve, ${ms})); //@flaw
const { items } = (await page.get(\`${list(c)}\`)).json();
expect(items.length).toBe(1); //@assert`,
        },
        good: {
          imports: EXPECT,
          body: `${before}
const items = await page.waitFor(async () => {
  const found = (await page.get(\`${list(c)}\`)).json().items;
  return found.length > 0 && found;
}, { timeoutMs: 5000, intervalMs: 10 });
expect(items.length).toBe(1); //@assert`,
        },
        behaviour: lagged(ms, c),
        circumstances: repeat,
      };
    },
  },
  {
    name: 'local-pause',
    pattern: 'hardcoded_sleep',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const ms = c.random.int(20, 40);
      const prelude = `const pause = (ms) => new Promise((done) => setTimeout(done, ms));`;
      return {
        parts: {
          imports: EXPECT,
          prelude,
          body: `${own(c)}
const job = (await page.post(\`${inSpace(c)}/jobs\`, { json: {} })).json();
expect(job.state).toBe('queued'); //@assert
await pause(${ms}); //@flaw
const later = (await page.get(\`${inSpace(c)}/jobs/\${job.id}\`)).json();
expect(later.state).toBe('done'); //@assert`,
        },
        good: {
          imports: EXPECT,
          prelude,
          body: `${own(c)}
const job = (await page.post(\`${inSpace(c)}/jobs\`, { json: {} })).json();
expect(job.state).toBe('queued'); //@assert
const deadline = Date.now() + 5000;
let later = (await page.get(\`${inSpace(c)}/jobs/\${job.id}\`)).json();
while (later.state !== 'done' && Date.now() < deadline) {
  await pause(10);
  later = (await page.get(\`${inSpace(c)}/jobs/\${job.id}\`)).json();
}
expect(later.state).toBe('done'); //@assert`,
        },
        behaviour: lagged(ms, c),
        circumstances: repeat,
      };
    },
  },
  {
    name: 'imported-settle',
    pattern: 'hardcoded_sleep',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const ms = c.random.int(20, 40);
      const before = `${own(c)}
for (const name of ['one', 'two']) await page.post(\`${list(c)}\`, { json: { name, ${c.r.amount}: 3 } });`;
      return {
        parts: {
          imports: { './_settle': ['settle'] },
          body: `${before}
await settle(${ms}); //@flaw
const seen = await page.get(\`${list(c)}\`);
page.assertJson(seen, { items: [{ name: 'one' }, { name: 'two' }] }); //@assert`,
        },
        good: {
          body: `${before}
await page.waitFor(async () => (await page.get(\`${list(c)}\`)).json().items.length === 2, { intervalMs: 10 });
const seen = await page.get(\`${list(c)}\`);
page.assertJson(seen, { items: [{ name: 'one' }, { name: 'two' }] }); //@assert`,
        },
        files: { _settle: `export function settle(ms) {\n  return new Promise((resolve) => {\n    setTimeout(resolve, ms);\n  });\n}\n` },
        behaviour: lagged(ms, c),
        circumstances: repeat,
      };
    },
  },
  {
    name: 'timers-promises',
    pattern: 'hardcoded_sleep',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const ms = c.random.int(20, 40);
      const made = `${own(c)}
const { name } = (await page.post(\`${list(c)}\`, { json: { name: 'wanted', ${c.r.amount}: 8 } })).json();`;
      return {
        parts: {
          imports: { ...EXPECT, 'node:timers/promises': ['setTimeout as delay'] },
          prelude: `const SETTLE_MS = ${ms};`,
          body: `${made}
await delay(SETTLE_MS); //@flaw
const found = await page.get(\`${list(c)}/search\`, { query: { q: name } });
expect(found.json().items.map((item) => item.name)).toEqual(['wanted']); //@assert`,
        },
        good: {
          imports: EXPECT,
          body: `${made}
const found = await page.waitFor(async () => {
  const answer = await page.get(\`${list(c)}/search\`, { query: { q: name } });
  return answer.json().items.length > 0 && answer;
}, { timeoutMs: 4000, intervalMs: 15 });
expect(found.json().items.map((item) => item.name)).toEqual(['wanted']); //@assert`,
        },
        behaviour: lagged(ms, c),
        circumstances: repeat,
      };
    },
  },
  {
    name: 'time-sleep',
    pattern: 'hardcoded_sleep',
    set: 'both',
    languages: PY,
    write: (c) => {
      const ms = c.random.int(20, 40);
      const before = `${ownPy(c)}
page.post(f"${inSpacePy(c)}/${c.r.many}", json={"name": "first", "${c.r.amount}": ${c.random.int(2, 50)}})`;
      return {
        parts: {
          imports: { time: [] },
          body: `${before}
time.sleep(${(ms / 1000).toFixed(3)}) #@flaw
items = page.get(f"${inSpacePy(c)}/${c.r.many}").json()["items"]
assert len(items) == 1 #@assert`,
        },
        good: {
          body: `${before}
page.wait_for(lambda: page.get(f"${inSpacePy(c)}/${c.r.many}").json()["items"], timeout_ms=5000, interval_ms=10)
items = page.get(f"${inSpacePy(c)}/${c.r.many}").json()["items"]
assert len(items) == 1 #@assert`,
        },
        behaviour: lagged(ms, c),
        circumstances: repeat,
      };
    },
  },
  {
    name: 'method-of-a-class',
    pattern: 'hardcoded_sleep',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const ms = c.random.int(15, 50);
      const made = `${own(c)}
const { id } = (await page.post(\`${inSpace(c)}/jobs\`, { json: { kind: 'index' } })).json();`;
      return {
        parts: {
          imports: EXPECT,
          prelude: `class Robot {
  constructor(page) {
    this.page = page;
  }

  async nap(ms) {
    await new Promise((wake) => setTimeout(wake, ms));
    return this;
  }
}`,
          body: `${made}
const robot = await new Robot(page).nap(${ms}); //@flaw
const job = (await robot.page.get(\`${inSpace(c)}/jobs/\${id}\`)).json();
expect(job).toEqual({ id, state: 'done' }); //@assert`,
        },
        good: {
          imports: EXPECT,
          prelude: `class Robot {
  constructor(page) {
    this.page = page;
  }

  async nap(ms) {
    await new Promise((wake) => setTimeout(wake, ms));
    return this;
  }
}`,
          body: `${made}
const robot = await new Robot(page).nap(1);
await page.waitFor(async () => (await page.get(\`${inSpace(c)}/jobs/\${id}\`)).json().state === 'done', { timeoutMs: 5000, intervalMs: 10 });
const job = (await robot.page.get(\`${inSpace(c)}/jobs/\${id}\`)).json();
expect(job).toEqual({ id, state: 'done' }); //@assert`,
        },
        behaviour: lagged(ms, c),
        circumstances: repeat,
      };
    },
  },
  {
    name: 'promisified',
    pattern: 'hardcoded_sleep',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const ms = c.random.int(15, 50);
      const made = `${own(c)}
await Promise.all(['a1', 'a2', 'a3'].map((name) => page.post(\`${list(c)}\`, { json: { name, ${c.r.amount}: 4 } })));`;
      // Three writes: each may be late.
      const each = { ...c, rate: 1 - (1 - c.rate) ** (1 / 3) };
      return {
        parts: {
          imports: { ...EXPECT, 'node:util': ['promisify'] },
          prelude: 'const sleep = promisify(setTimeout);\nconst breather = { short: ' + ms + ' };',
          body: `${made}
await sleep(breather.short); //@flaw
const names = (await page.get(\`${list(c)}\`)).json().items.map((item) => item.name).sort();
expect(names).toEqual(['a1', 'a2', 'a3']); //@assert`,
        },
        good: {
          imports: { ...EXPECT, 'node:util': ['promisify'] },
          prelude: 'const sleep = promisify(setTimeout);\nconst breather = { short: 10 };',
          body: `${made}
for (const until = Date.now() + 5000; Date.now() < until; await sleep(breather.short)) {
  if ((await page.get(\`${list(c)}\`)).json().items.length === 3) break;
}
const names = (await page.get(\`${list(c)}\`)).json().items.map((item) => item.name).sort();
expect(names).toEqual(['a1', 'a2', 'a3']); //@assert`,
        },
        behaviour: lagged(ms, each),
        circumstances: repeat,
      };
    },
  },
  {
    name: 'fire-and-nap',
    pattern: 'hardcoded_sleep',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const ms = c.random.int(25, 45);
      return {
        parts: {
          imports: { ...EXPECT, 'node:timers/promises': ['setTimeout as later'] },
          body: `${own(c)}
let stored = null;
const write = page.put(\`${inSpace(c)}/settings/mode\`, { json: { value: 'dark' } }).then((answer) => { stored = answer.json().value; });
await later(${ms}); //@flaw
expect(stored).toBe('dark'); //@assert
await write;`,
        },
        good: {
          imports: EXPECT,
          body: `${own(c)}
const stored = (await page.put(\`${inSpace(c)}/settings/mode\`, { json: { value: 'dark' } })).json().value;
expect(stored).toBe('dark'); //@assert`,
        },
        behaviour: { write: exceeding(ms, c.rate) },
        circumstances: [{ kind: 'latency', latencyMs: 100 }, { kind: 'repeat' }],
      };
    },
  },
  {
    name: 'asyncio-sleep',
    pattern: 'hardcoded_sleep',
    set: 'measuring',
    languages: PY,
    write: (c) => {
      const ms = c.random.int(20, 40);
      const before = `${ownPy(c)}
job = page.post(f"${inSpacePy(c)}/jobs", json={}).json()["id"]`;
      return {
        parts: {
          async: true,
          imports: { asyncio: [] },
          prelude: `PAUSE = ${ms} / 1000`,
          body: `${before}
await asyncio.sleep(PAUSE) #@flaw
state = page.get(f"${inSpacePy(c)}/jobs/{job}").json()["state"]
page.expect(state).to_be("done") #@assert`,
        },
        good: {
          body: `${before}
page.wait_for(lambda: page.get(f"${inSpacePy(c)}/jobs/{job}").json()["state"] == "done", interval_ms=10)
state = page.get(f"${inSpacePy(c)}/jobs/{job}").json()["state"]
page.expect(state).to_be("done") #@assert`,
        },
        behaviour: lagged(ms, c),
        circumstances: repeat,
      };
    },
  },
];

export const SLEEP_LOOKALIKES: readonly Lookalike[] = [
  {
    name: 'nothing-depends-on-it',
    pattern: 'hardcoded_sleep',
    set: 'both',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: { ...EXPECT, 'node:timers/promises': ['setTimeout as delay'] },
        body: `${own(c)}
const made = await page.post(\`${list(c)}\`, { json: { name: 'calm', ${c.r.amount}: 5 } });
expect(made.json().name).toBe('calm'); //@assert
await delay(${c.random.int(5, 15)});`,
      },
    }),
  },
  {
    name: 'retry-after',
    pattern: 'hardcoded_sleep',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${own(c)}
let answer = await page.get(\`${inSpace(c)}/limited\`);
for (let tries = 0; answer.status === 429 && tries < 20; tries += 1) {
  await new Promise((go) => setTimeout(go, answer.json().retryAfterMs));
  answer = await page.get(\`${inSpace(c)}/limited\`);
}
expect(answer.status).toBe(200); //@assert`,
      },
      behaviour: { limit: { requests: 50, windowMs: 60 } },
    }),
  },
];
