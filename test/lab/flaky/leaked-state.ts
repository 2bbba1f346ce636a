import { EXPECT, inSpace, list, own, PY, SCRIPT, type FlakyShape, type Lookalike, type ShapeContext } from './shape';

const ordered = [{ kind: 'order' }] as const;
const fixed = ({ spaces, fixed: id }: ShapeContext) => `/${spaces}/${id}`;
/** What is left lasts so long: longer than a pair of tests takes, shorter than a run. */
const lasting = (c: ShapeContext): number => Math.round(600 + 1400 * Math.min(1, c.rate * 2));

export const LEAKED: readonly FlakyShape[] = [
  {
    name: 'setting-stays',
    pattern: 'leaked_state',
    set: 'both',
    languages: SCRIPT,
    write: (c) => {
      const victim = (base: string, flaw: string) => `const currency = (await page.get(\`${base}/settings/currency\`)).json();${flaw}
expect(currency.value).toBe('default'); //@assert`;
      return {
        parts: { imports: EXPECT, body: victim(fixed(c), ' //@flaw') },
        good: { imports: EXPECT, body: `${own(c)}\n${victim(inSpace(c), '')}` },
        polluters: [
          {
            imports: EXPECT,
            body: `const changed = await page.put('${fixed(c)}/settings/currency', { json: { value: 'CHF', ttlMs: ${lasting(c)} } });
expect(changed.json().value).toBe('CHF'); //@assert`,
          },
        ],
        circumstances: ordered,
        ownRate: 0,
      };
    },
  },
  {
    name: 'user-locked-out',
    pattern: 'leaked_state',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const victim = (
        base: string,
        flaw: string,
      ) => `const login = await page.post(\`${base}/logins\`, { json: { user: 'ann', password: 'correct horse' } });${flaw}
page.assertStatus(login, 200); //@assert
page.assertJson(login, { user: 'ann', ok: true }); //@assert`;
      return {
        parts: { body: victim(fixed(c), ' //@flaw') },
        good: { body: `${own(c)}\n${victim(inSpace(c), '')}` },
        polluters: [
          {
            body: `for (let tries = 0; tries < 3; tries += 1) {
  const refused = await page.post('${fixed(c)}/logins', { json: { user: 'ann', password: 'guess', lockMs: ${lasting(c)} } });
  page.assertStatus(refused, [401, 423]); //@assert
}`,
          },
        ],
        circumstances: ordered,
        ownRate: 0,
      };
    },
  },
  {
    name: 'uncollected-notes',
    pattern: 'leaked_state',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const victim = (base: string, flaw: string) => `const { notes } = (await page.post(\`${base}/notes/collect\`)).json();${flaw}
expect(notes).toEqual([]); //@assert`;
      return {
        parts: { imports: EXPECT, body: victim(fixed(c), ' //@flaw') },
        good: { imports: EXPECT, body: `${own(c)}\n${victim(inSpace(c), '')}` },
        polluters: [
          {
            imports: EXPECT,
            body: `const note = await page.post('${fixed(c)}/notes', { json: { text: 'left here' } });
expect(note.json().text).toBe('left here'); //@assert`,
          },
        ],
        circumstances: ordered,
        ownRate: 0,
      };
    },
  },
  {
    name: 'file-left-behind',
    pattern: 'leaked_state',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const imports = { ...EXPECT, 'node:fs': ['existsSync', 'readFileSync', 'rmSync'], 'node:os': ['tmpdir'], 'node:path': ['join'] };
      const victim = (read: string, flaw: string) => `${own(c)}
${read}${flaw}
const report = (await page.get(\`${inSpace(c)}/report\`, { query: { rows } })).json();
expect(report.rows).toBe(3); //@assert`;
      return {
        parts: {
          imports,
          body: victim(
            `const file = join(tmpdir(), 'rows-${c.unique}');
const rows = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 3;`,
            ' //@flaw',
          )
            .replace(/$/, '')
            .replace('const report', 'rmSync(file, { force: true });\nconst report'),
        },
        good: { imports: EXPECT, body: victim('const rows = 3;', '') },
        polluters: [
          {
            imports: { ...EXPECT, 'node:fs': ['writeFileSync'], 'node:os': ['tmpdir'], 'node:path': ['join'] },
            body: `${own(c)}
writeFileSync(join(tmpdir(), 'rows-${c.unique}'), '8');
const report = (await page.get(\`${inSpace(c)}/report\`, { query: { rows: 8 } })).json();
expect(report.rows).toBe(8); //@assert`,
          },
        ],
        circumstances: ordered,
        ownRate: 0,
      };
    },
  },
  {
    name: 'setting-stays-py',
    pattern: 'leaked_state',
    set: 'both',
    languages: PY,
    write: (c) => ({
      parts: {
        body: `value = page.get("${fixed(c)}/settings/units").json()["value"] #@flaw
assert value == "default" #@assert`,
      },
      good: {
        body: `${c.space} = page.post("/${c.spaces}", json={"region": "${c.region}"}).json()["id"]
value = page.get(f"/${c.spaces}/{${c.space}}/settings/units").json()["value"]
assert value == "default" #@assert`,
      },
      polluters: [
        {
          body: `answer = page.put("${fixed(c)}/settings/units", json={"value": "miles", "ttlMs": ${lasting(c)}})
assert answer.json()["value"] == "miles" #@assert`,
        },
      ],
      circumstances: ordered,
      ownRate: 0,
    }),
  },
  {
    name: 'claim-not-given-back',
    pattern: 'leaked_state',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const victim = (base: string, flaw: string) => `const claimed = await page.post(\`${base}/claims/gate\`);${flaw}
if (claimed.status === 201) await page.delete(\`${base}/claims/gate\`);
expect(claimed.status).toBe(201); //@assert`;
      return {
        parts: { imports: EXPECT, body: victim(fixed(c), ' //@flaw') },
        good: { imports: EXPECT, body: `${own(c)}\n${victim(inSpace(c), '')}` },
        polluters: [
          {
            imports: EXPECT,
            body: `const claimed = await page.post('${fixed(c)}/claims/gate');
expect([201, 409]).toContain(claimed.status); //@assert`,
          },
        ],
        circumstances: ordered,
        ownRate: 0,
      };
    },
  },
  {
    name: 'limit-used-up',
    pattern: 'leaked_state',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const victim = (base: string, flaw: string) => `const answer = await page.get(\`${base}/limited\`);${flaw}
page.assertStatus(answer, 200); //@assert`;
      return {
        parts: { body: victim(fixed(c), ' //@flaw') },
        good: { body: `${own(c)}\n${victim(inSpace(c), '')}` },
        polluters: [
          {
            imports: EXPECT,
            body: `const statuses = [];
for (let n = 0; n < 6; n += 1) statuses.push((await page.get('${fixed(c)}/limited')).status);
expect(statuses).toContain(429); //@assert`,
          },
        ],
        fixedBehaviour: { limit: { requests: 5, windowMs: lasting(c) } },
        circumstances: ordered,
        ownRate: 0,
      };
    },
  },
  {
    name: 'feature-switched-on',
    pattern: 'leaked_state',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const prelude = `const isOn = async (page, base) => (await page.get(\`\${base}/settings/beta\`)).json().value === true;`;
      return {
        parts: { imports: EXPECT, prelude, body: `expect(await isOn(page, '${fixed(c)}')).toBe(false); //@assert @flaw` },
        good: { imports: EXPECT, prelude, body: `${own(c)}\nexpect(await isOn(page, \`${inSpace(c)}\`)).toBe(false); //@assert` },
        polluters: [
          {
            imports: EXPECT,
            prelude,
            body: `await page.put('${fixed(c)}/settings/beta', { json: { value: true, ttlMs: ${lasting(c)} } });
expect(await isOn(page, '${fixed(c)}')).toBe(true); //@assert`,
          },
        ],
        circumstances: ordered,
        ownRate: 0,
      };
    },
  },
  {
    name: 'half-done-login',
    pattern: 'leaked_state',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const victim = (
        base: string,
        flaw: string,
      ) => `const wrong = await page.post(\`${base}/logins\`, { json: { user: 'zoe', password: 'typo', lockMs: 300 } });${flaw}
page.assertStatus(wrong, 401); //@assert`;
      return {
        parts: { body: victim(fixed(c), ' //@flaw') },
        good: { body: `${own(c)}\n${victim(inSpace(c), '')}` },
        polluters: [
          {
            imports: EXPECT,
            body: `let last;
for (let n = 0; n < 4; n += 1) last = await page.post('${fixed(c)}/logins', { json: { user: 'zoe', password: \`try-\${n}\`, lockMs: ${lasting(c)} } });
expect(last.status).toBe(423); //@assert`,
          },
        ],
        circumstances: ordered,
        ownRate: 0,
      };
    },
  },
];

export const LEAK_LOOKALIKES: readonly Lookalike[] = [
  {
    name: 'cleans-up',
    pattern: 'leaked_state',
    set: 'both',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${own(c)}
try {
  await page.put(\`${inSpace(c)}/settings/currency\`, { json: { value: 'NOK' } });
  expect((await page.get(\`${inSpace(c)}/settings/currency\`)).json().value).toBe('NOK'); //@assert
} finally {
  await page.delete(\`${inSpace(c)}/settings/currency\`);
}`,
      },
    }),
  },
  {
    name: 'begins-clean',
    pattern: 'leaked_state',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${own(c)}
const made = (await page.post(\`${list(c)}\`, { json: { name: 'gone', ${c.r.amount}: 2 } })).json();
try {
  expect((await page.get(\`${list(c)}\`)).json().items).toHaveLength(1); //@assert
} finally {
  process.env.LAST_SEEN = String(made.id);
  delete process.env.LAST_SEEN;
}`,
      },
    }),
  },
];
