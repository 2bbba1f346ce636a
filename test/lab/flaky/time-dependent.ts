import {
  EXPECT,
  inSpace,
  inSpacePy,
  list,
  own,
  ownPy,
  PY,
  SCRIPT,
  type Circumstance,
  type FlakyShape,
  type Lookalike,
  type ShapeContext,
} from './shape';

const ZONES: Circumstance = { kind: 'time_zone', timeZones: ['Pacific/Kiritimati', 'Pacific/Pago_Pago'] };
/** A moment crosses the border of a second as often as it is long: `rate` of a second. */
const secondBorder = (c: ShapeContext) =>
  ({ write: { kind: 'fixed', ms: Math.max(5, Math.round(Math.min(c.rate, 0.12) * 1000)) } }) as const;
const repeat: readonly Circumstance[] = [{ kind: 'repeat' }, { kind: 'latency', latencyMs: 200 }];

export const TIMES: readonly FlakyShape[] = [
  {
    name: 'same-second',
    pattern: 'time_dependent',
    set: 'both',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${own(c)}
const second = new Date().toISOString().slice(0, 19); //@flaw
const made = (await page.post(\`${list(c)}\`, { json: { name: 'now', ${c.r.amount}: 1 } })).json();
expect(made.createdAt.slice(0, 19)).toBe(second); //@assert`,
      },
      good: {
        imports: EXPECT,
        body: `${own(c)}
const before = new Date().toISOString();
const made = (await page.post(\`${list(c)}\`, { json: { name: 'now', ${c.r.amount}: 1 } })).json();
expect(made.createdAt >= before && made.createdAt <= new Date().toISOString()).toBe(true); //@assert`,
      },
      behaviour: secondBorder(c),
      circumstances: repeat,
      ownRate: Math.min(c.rate, 0.12),
    }),
  },
  {
    name: 'local-date',
    pattern: 'time_dependent',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        prelude: `const two = (n) => String(n).padStart(2, '0');`,
        body: `${own(c)}
const today = new Date();
const wanted = \`\${today.getFullYear()}-\${two(today.getMonth() + 1)}-\${two(today.getDate())}\`; //@flaw
const clock = (await page.get(\`${inSpace(c)}/clock\`)).json();
expect(clock.date).toBe(wanted); //@assert`,
      },
      good: {
        imports: EXPECT,
        prelude: `const two = (n) => String(n).padStart(2, '0');`,
        body: `${own(c)}
const today = new Date();
const wanted = \`\${today.getUTCFullYear()}-\${two(today.getUTCMonth() + 1)}-\${two(today.getUTCDate())}\`;
const clock = (await page.get(\`${inSpace(c)}/clock\`)).json();
expect(clock.date).toBe(wanted); //@assert`,
      },
      circumstances: [ZONES],
      ownRate: 0,
    }),
  },
  {
    name: 'month-arithmetic',
    pattern: 'time_dependent',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const rest = `
const due = new Date(from);
due.setUTCMonth(due.getUTCMonth() + 1);
const answer = (await page.get(\`${inSpace(c)}/due\`, { query: { from: from.toISOString(), months: 1 } })).json();
expect(answer.due).toBe(due.toISOString().slice(0, 10)); //@assert`;
      return {
        parts: {
          imports: EXPECT,
          body: `${own(c)}
const from = new Date(); //@flaw${rest}`,
        },
        good: {
          imports: EXPECT,
          body: `${own(c)}
const from = new Date('2026-03-10T12:00:00Z');${rest}`,
        },
        circumstances: [{ kind: 'clock', clock: '2027-01-31T11:00:00.000Z' }],
        ownRate: 0,
      };
    },
  },
  {
    name: 'milliseconds-as-data',
    pattern: 'time_dependent',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const n = Math.max(2, Math.round(1 / c.rate));
      const rest = `
const made = await page.post(\`${list(c)}\`, { json: { name: 'timed', ${c.r.amount}: 2, pieces } });
page.assertJson(made, { name: 'timed' }); //@assert`;
      return {
        parts: {
          body: `${own(c)}
const pieces = Date.now() % ${n}; //@flaw${rest}`,
        },
        good: {
          body: `${own(c)}
const pieces = ${c.random.int(1, 90)};${rest}`,
        },
        circumstances: [{ kind: 'repeat' }],
        ownRate: 1 / n,
      };
    },
  },
  {
    name: 'date-today',
    pattern: 'time_dependent',
    set: 'both',
    languages: PY,
    write: (c) => ({
      parts: {
        imports: { datetime: [] },
        body: `${ownPy(c)}
today = datetime.date.today().isoformat() #@flaw
clock = page.get(f"${inSpacePy(c)}/clock").json()
assert clock["date"] == today #@assert`,
      },
      good: {
        imports: { datetime: [] },
        body: `${ownPy(c)}
today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
clock = page.get(f"${inSpacePy(c)}/clock").json()
assert clock["date"] == today #@assert`,
      },
      circumstances: [ZONES],
      ownRate: 0,
    }),
  },
  {
    name: 'business-hours',
    pattern: 'time_dependent',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        prelude: `function isOpen(moment) {
  return moment.getHours() >= 8 && moment.getHours() < 18;
}`,
        body: `${own(c)}
const moment = new Date(); //@flaw
const { open } = (await page.get(\`${inSpace(c)}/clock\`, { query: { at: moment.toISOString() } })).json();
expect(open).toBe(isOpen(moment)); //@assert`,
      },
      good: {
        imports: EXPECT,
        prelude: `function isOpen(moment) {
  return moment.getUTCHours() >= 8 && moment.getUTCHours() < 18;
}`,
        body: `${own(c)}
const moment = new Date();
const { open } = (await page.get(\`${inSpace(c)}/clock\`, { query: { at: moment.toISOString() } })).json();
expect(open).toBe(isOpen(moment)); //@assert`,
      },
      // Half a day off, one side of the border or the other always differs.
      circumstances: [{ kind: 'time_zone', timeZones: ['Pacific/Auckland', 'Pacific/Honolulu', 'America/New_York'] }],
      ownRate: 0,
    }),
  },
  {
    name: 'quarter-of-local-date',
    pattern: 'time_dependent',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const rest = `
const later = new Date(now);
later.setUTCMonth(later.getUTCMonth() + 3);
const { due } = (await page.get(\`${inSpace(c)}/due\`, { query: { from: now.toISOString(), months: 3 } })).json();
expect(due).toBe(later.toISOString().substring(0, 10)); //@assert`;
      return {
        parts: {
          imports: EXPECT,
          prelude: `const clock = { now: () => new Date(Date.now()) };`,
          body: `${own(c)}
const now = clock.now(); //@flaw${rest}`,
        },
        good: {
          imports: EXPECT,
          prelude: `const clock = { now: () => new Date(Date.now()) };`,
          body: `${own(c)}
const now = new Date('2026-02-11T08:00:00Z');${rest}`,
        },
        circumstances: [{ kind: 'clock', clock: '2026-11-30T10:00:00.000Z' }],
        ownRate: 0,
      };
    },
  },
  {
    name: 'short-token',
    pattern: 'time_dependent',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${own(c)}
const opened = (await page.post(\`${inSpace(c)}/sessions\`, { json: { user: 'ann' } })).json();
page.auth.bearer(opened.token);
await page.post(\`${list(c)}\`, { json: { name: 'while', ${c.r.amount}: 1 } });
const me = await page.get(\`${inSpace(c)}/me\`); //@flaw
expect(me.json().user).toBe('ann'); //@assert`,
      },
      good: {
        imports: EXPECT,
        body: `${own(c)}
await page.post(\`${list(c)}\`, { json: { name: 'while', ${c.r.amount}: 1 } });
const me = await page.waitFor(async () => {
  const opened = (await page.post(\`${inSpace(c)}/sessions\`, { json: { user: 'ann' } })).json();
  page.auth.bearer(opened.token);
  const answer = await page.get(\`${inSpace(c)}/me\`);
  return answer.status !== 401 && answer;
}, { intervalMs: 10 });
expect(me.json().user).toBe('ann'); //@assert`,
      },
      behaviour: { tokenMs: 60, write: { kind: 'either', p: c.rate, slow: 75, quick: 1 } },
      rewritten: true,
      circumstances: [{ kind: 'latency', latencyMs: 60 }, { kind: 'repeat' }],
    }),
  },
  {
    name: 'same-second-py',
    pattern: 'time_dependent',
    set: 'measuring',
    languages: PY,
    write: (c) => ({
      parts: {
        imports: { datetime: ['datetime', 'timezone'] },
        body: `${ownPy(c)}
stamp = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") #@flaw
made = page.post(f"${inSpacePy(c)}/${c.r.many}", json={"name": "now", "${c.r.amount}": 1}).json()
assert made["createdAt"].startswith(stamp) #@assert`,
      },
      good: {
        imports: { datetime: ['datetime', 'timezone'] },
        body: `${ownPy(c)}
before = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
made = page.post(f"${inSpacePy(c)}/${c.r.many}", json={"name": "now", "${c.r.amount}": 1}).json()
assert before <= made["createdAt"] <= datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.999Z") #@assert`,
      },
      behaviour: secondBorder(c),
      circumstances: repeat,
      ownRate: Math.min(c.rate, 0.12),
    }),
  },
];

export const TIME_LOOKALIKES: readonly Lookalike[] = [
  {
    name: 'fixed-moment',
    pattern: 'time_dependent',
    set: 'both',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${own(c)}
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length > 0 ? given : ['2026-04-15T10:00:00Z']));
  }
};
try {
  const from = new Date();
  const { due } = (await page.get(\`${inSpace(c)}/due\`, { query: { from: from.toISOString() } })).json();
  expect(due).toBe('2026-05-15'); //@assert
} finally {
  globalThis.Date = RealDate;
}`,
      },
    }),
  },
  {
    name: 'time-as-unique-name',
    pattern: 'time_dependent',
    set: 'both',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${own(c)}
const name = \`run-\${Date.now()}\`;
const made = (await page.post(\`${list(c)}\`, { json: { name, ${c.r.amount}: 2 } })).json();
expect(made.name).toBe(name); //@assert
expect(Date.parse(made.createdAt)).not.toBeNaN(); //@assert`,
      },
    }),
  },
];
