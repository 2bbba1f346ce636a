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

const repeat: readonly Circumstance[] = [{ kind: 'repeat' }];
/** Each sums to a short number in this order and to another one backwards, as 0.6 and 0.6000000000000001. */
const PARTS = [
  [0.3, 0.2, 0.1],
  [0.3, 0.4, 0.7],
  [0.5, 0.7, 0.1],
  [0.1, 0.4, 0.8],
] as const;
const values = (c: ShapeContext): { readonly list: readonly number[]; readonly sum: number } => {
  const chosen = c.random.pick(PARTS);
  return { list: chosen, sum: chosen.reduce<number>((all, one) => all + one, 0) };
};
const fill = (c: ShapeContext, numbers: readonly number[]) => `${own(c)}
for (const ${c.r.amount} of [${numbers.join(', ')}]) await page.post(\`${list(c)}\`, { json: { name: 'part', ${c.r.amount} } });`;

export const EXACTS: readonly FlakyShape[] = [
  {
    name: 'float-sum',
    pattern: 'exact_assertion',
    set: 'both',
    languages: SCRIPT,
    write: (c) => {
      const { list: numbers, sum } = values(c);
      const body = (matcher: string) => `${fill(c, numbers)}
const score = (await page.get(\`${list(c)}/score\`)).json();
expect(score.sum).${matcher}; //@assert`;
      return {
        parts: { imports: EXPECT, body: body(`toBe(${sum})`).replace('//@assert', '//@assert @flaw') },
        good: { imports: EXPECT, body: body(`toBeCloseTo(${sum}, 9)`) },
        behaviour: { shuffled: c.rate },
        circumstances: repeat,
      };
    },
  },
  {
    name: 'remaining-seconds',
    pattern: 'exact_assertion',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const body = (assertion: string) => `${own(c)}
const { token } = (await page.post(\`${inSpace(c)}/sessions\`, { json: { user: 'eve' } })).json();
page.auth.bearer(token);
const { expiresIn } = (await page.get(\`${inSpace(c)}/me\`)).json();
${assertion} //@assert`;
      return {
        parts: { imports: EXPECT, body: body('expect(expiresIn).toBe(600);').replace('//@assert', '//@assert @flaw') },
        good: { imports: EXPECT, body: body('expect(Math.abs(expiresIn - 600)).toBeLessThanOrEqual(3);') },
        behaviour: { tokenMs: 600_030, read: { kind: 'either', p: c.rate, slow: 45, quick: 0 } },
        circumstances: [{ kind: 'latency', latencyMs: 60 }, { kind: 'repeat' }],
      };
    },
  },
  {
    name: 'text-with-a-duration',
    pattern: 'exact_assertion',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const body = (assertion: string) => `${own(c)}
const answer = (await page.get(\`${inSpace(c)}/node\`)).json();
expect(answer.name).toBe('primary'); //@assert
${assertion} //@assert`;
      return {
        parts: { imports: EXPECT, body: body("expect(answer.summary).toBe('3 rows in 1 ms');").replace(/\/\/@assert$/, '//@assert @flaw') },
        good: { imports: EXPECT, body: body('expect(answer.summary).toMatch(/^3 rows in \\d+ ms$/);') },
        behaviour: { shuffled: c.rate },
        circumstances: repeat,
      };
    },
  },
  {
    name: 'mean-in-assert-json',
    pattern: 'exact_assertion',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const { list: numbers, sum } = values(c);
      return {
        parts: {
          body: `${fill(c, numbers)}
const answer = await page.get(\`${list(c)}/score\`);
page.assertJson(answer, { sum: ${sum}, mean: ${sum / 3} }); //@assert @flaw`,
        },
        good: {
          imports: EXPECT,
          body: `${fill(c, numbers)}
const answer = await page.get(\`${list(c)}/score\`);
page.assertJson(answer, { sum: expect.closeTo(${sum}, 9), mean: expect.closeTo(${sum / 3}, 9) }); //@assert`,
        },
        behaviour: { shuffled: c.rate },
        circumstances: repeat,
      };
    },
  },
  {
    name: 'float-equality-py',
    pattern: 'exact_assertion',
    set: 'both',
    languages: PY,
    write: (c) => {
      const { list: numbers, sum } = values(c);
      const body = (assertion: string) => `${ownPy(c)}
for value in [${numbers.join(', ')}]:
    page.post(f"${inSpacePy(c)}/${c.r.many}", json={"name": "part", "${c.r.amount}": value})
total = page.get(f"${inSpacePy(c)}/${c.r.many}/score").json()["sum"]
${assertion} #@assert`;
      return {
        parts: { body: body(`assert total == ${sum}`).replace('#@assert', '#@assert @flaw') },
        good: { body: body(`assert abs(total - ${sum}) < 1e-9`) },
        behaviour: { shuffled: c.rate },
        circumstances: repeat,
      };
    },
  },
  {
    name: 'whole-body',
    pattern: 'exact_assertion',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${own(c)}
const body = (await page.get(\`${inSpace(c)}/node\`)).json();
expect(body).toEqual({ name: 'primary', servedBy: 'node-1', summary: '3 rows in 1 ms' }); //@assert @flaw`,
      },
      good: {
        imports: EXPECT,
        body: `${own(c)}
const body = (await page.get(\`${inSpace(c)}/node\`)).json();
expect(body).toEqual({ name: 'primary', servedBy: expect.stringMatching(/^node-\\d$/), summary: expect.stringMatching(/^3 rows in \\d+ ms$/) }); //@assert`,
      },
      behaviour: { shuffled: c.rate },
      rewritten: true,
      circumstances: repeat,
    }),
  },
  {
    name: 'strict-equal-mean',
    pattern: 'exact_assertion',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const { list: numbers, sum } = values(c);
      const body = (assertion: string) => `${fill(c, numbers)}
const { mean } = (await page.get(\`${list(c)}/score\`)).json();
${assertion} //@assert`;
      return {
        parts: {
          imports: { 'node:assert/strict': ['default assert'] },
          body: body(`assert.equal(mean, ${sum / 3});`).replace('//@assert', '//@assert @flaw'),
        },
        good: { imports: { 'node:assert/strict': ['default assert'] }, body: body(`assert.ok(Math.abs(mean - ${sum / 3}) < 1e-9);`) },
        behaviour: { shuffled: c.rate },
        circumstances: repeat,
      };
    },
  },
  {
    name: 'rounded-age',
    pattern: 'exact_assertion',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const made = `${own(c)}
const before = Date.now();
await page.post(\`${list(c)}\`, { json: { name: 'aged', ${c.r.amount}: 2 } });
const took = Math.round((Date.now() - before) / 100);`;
      return {
        parts: {
          imports: EXPECT,
          body: `${made}
expect(took).toBe(0); //@assert @flaw`,
        },
        good: {
          imports: EXPECT,
          body: `${made}
expect(took).toBeLessThan(300); //@assert`,
        },
        behaviour: { write: { kind: 'either', p: c.rate, slow: 65, quick: 0 } },
        rewritten: true,
        circumstances: [{ kind: 'latency', latencyMs: 80 }, { kind: 'repeat' }],
      };
    },
  },
  {
    name: 'snapshot-text',
    pattern: 'exact_assertion',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        prelude: `const SNAPSHOT = '{"name":"primary","servedBy":"node-1","summary":"3 rows in 1 ms"}';`,
        body: `${own(c)}
const text = (await page.get(\`${inSpace(c)}/node\`)).text();
expect(text).toBe(SNAPSHOT); //@assert @flaw`,
      },
      good: {
        imports: EXPECT,
        prelude: `const SNAPSHOT = '{"name":"primary","servedBy":"node-#","summary":"3 rows in # ms"}';`,
        body: `${own(c)}
const text = (await page.get(\`${inSpace(c)}/node\`)).text().replace(/node-\\d/, 'node-#').replace(/in \\d+ ms/, 'in # ms');
expect(text).toBe(SNAPSHOT); //@assert`,
      },
      behaviour: { shuffled: c.rate },
      rewritten: true,
      circumstances: repeat,
    }),
  },
];

export const EXACT_LOOKALIKES: readonly Lookalike[] = [
  {
    name: 'exact-because-exact',
    pattern: 'exact_assertion',
    set: 'both',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${fill(c, [2, 3, 5])}
const score = (await page.get(\`${list(c)}/score\`)).json();
expect(score.sum).toBe(10); //@assert`,
      },
      behaviour: { shuffled: 0.5 },
    }),
  },
];
