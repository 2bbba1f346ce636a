import { EXPECT, inSpacePy, list, own, ownPy, PY, SCRIPT, type FlakyShape, type Lookalike, type ShapeContext } from './shape';

const seeds = [{ kind: 'random_seed' }, { kind: 'repeat' }] as const;
const repeat = [{ kind: 'repeat' }] as const;
/** One of so many possible values is bad. */
const oneIn = (rate: number): number => Math.max(2, Math.round(1 / rate));
const SEEDED = `function seeded(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}`;
const check = (c: ShapeContext) => `
const made = await page.post(\`${list(c)}\`, { json: { name: 'lot', ${c.r.amount}: 5, pieces } });
page.assertStatus(made, [200, 201]); //@assert
page.assertJson(made, { name: 'lot' }); //@assert`;

export const RANDOMS: readonly FlakyShape[] = [
  {
    name: 'floor-of-random',
    pattern: 'random_data',
    set: 'both',
    languages: SCRIPT,
    write: (c) => {
      const n = oneIn(c.rate);
      return {
        parts: {
          body: `${own(c)}
const pieces = Math.floor(Math.random() * ${n}); //@flaw${check(c)}`,
        },
        good: {
          prelude: SEEDED,
          body: `${own(c)}
const random = seeded(${c.random.int(1, 999)});
const pieces = 1 + Math.floor(random() * ${n});${check(c)}`,
        },
        behaviour: {},
        circumstances: seeds,
        ownRate: 1 / n,
      };
    },
  },
  {
    name: 'two-picks-collide',
    pattern: 'random_data',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const n = oneIn(c.rate);
      const body = (first: string, second: string) => `${own(c)}
const codes = [${first}, ${second}];
for (const code of codes) {
  const made = await page.post(\`${list(c)}\`, { json: { name: 'coded', ${c.r.amount}: 2, code } });
  expect(made.json().code).toBe(code); //@assert
}`;
      const pick = `'c-' + String(Math.floor(Math.random() * ${n}) + 100)`;
      return {
        parts: { imports: EXPECT, body: body(pick, pick).replace('const codes', 'const codes').replace('];', ']; //@flaw') },
        good: { imports: EXPECT, body: body("'c-101'", "'c-102'") },
        behaviour: {},
        circumstances: seeds,
        ownRate: 1 / n,
      };
    },
  },
  {
    name: 'random-name-helper',
    pattern: 'random_data',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const n = oneIn(c.rate);
      const use = `
const made = (await page.post(\`${list(c)}\`, { json: { name, ${c.r.amount}: 7 } })).json();
expect(made.name).toBe(name); //@assert`;
      return {
        parts: {
          imports: { ...EXPECT, './_sample': ['sampleName'] },
          body: `${own(c)}
const name = sampleName(); //@flaw${use}`,
        },
        good: {
          imports: EXPECT,
          body: `${own(c)}
const name = 'n'.repeat(40);${use}`,
        },
        // One length of n is beyond the 40 characters that are allowed.
        files: {
          _sample: `const LENGTHS = Array.from({ length: ${n} }, (_, i) => 41 - i).filter((size) => size > 0);\n\nexport function sampleName() {\n  return 'n'.repeat(LENGTHS[Math.floor(Math.random() * LENGTHS.length)]);\n}\n`,
        },
        behaviour: {},
        circumstances: seeds,
        ownRate: 1 / Math.min(41, n),
      };
    },
  },
  {
    name: 'crypto-byte',
    pattern: 'random_data',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const n = oneIn(c.rate);
      return {
        parts: {
          imports: { 'node:crypto': ['randomInt'] },
          body: `${own(c)}
const pieces = randomInt(0, ${n}); //@flaw${check(c)}`,
        },
        good: {
          body: `${own(c)}
const pieces = ${c.random.int(1, 400)};${check(c)}`,
        },
        behaviour: {},
        circumstances: repeat,
        ownRate: 1 / n,
      };
    },
  },
  {
    name: 'randint',
    pattern: 'random_data',
    set: 'both',
    languages: PY,
    write: (c) => {
      const n = oneIn(c.rate);
      const use = `
made = page.post(f"${inSpacePy(c)}/${c.r.many}", json={"name": "lot", "${c.r.amount}": 5, "pieces": pieces})
page.assert_ok(made) #@assert
assert made.json()["name"] == "lot" #@assert`;
      return {
        parts: {
          imports: { random: [] },
          body: `${ownPy(c)}
pieces = random.randint(0, ${n - 1}) #@flaw${use}`,
        },
        good: {
          imports: { random: [] },
          body: `${ownPy(c)}
pieces = random.Random(${c.random.int(1, 99)}).randint(1, ${n})${use}`,
        },
        behaviour: {},
        circumstances: seeds,
        ownRate: 1 / n,
      };
    },
  },
  {
    name: 'pick-of-a-list',
    pattern: 'random_data',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const n = oneIn(c.rate);
      const prelude = `const CHOICES = Array.from({ length: ${n} }, (_, index) => index * 3);`;
      return {
        parts: {
          prelude: `${prelude}\nconst any = (from) => from[Math.trunc(from.length * Math.random())];`,
          body: `${own(c)}
const pieces = any(CHOICES); //@flaw${check(c).replace('pieces }', 'pieces: pieces % 501 }')}`,
        },
        good: {
          body: `${own(c)}
const pieces = ${3 * c.random.int(1, 30)};${check(c).replace('pieces }', 'pieces: pieces % 501 }')}`,
        },
        behaviour: {},
        circumstances: seeds,
        ownRate: 1 / n,
      };
    },
  },
  {
    name: 'base-36-code',
    pattern: 'random_data',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const body = (code: string, flaw: string) => `${own(c)}
const code = ${code};${flaw}
const made = await page.post(\`${list(c)}\`, { json: { name: 'coded', ${c.r.amount}: 4, code } });
page.assertJson(made, { code }); //@assert`;
      return {
        parts: { body: body('Math.random().toString(36).slice(2, 10)', ' //@flaw') },
        good: { body: body(`'k' + Date.now().toString(36)`, '') },
        behaviour: {},
        circumstances: seeds,
        ownRate: 10 / 36,
      };
    },
  },
  {
    name: 'shuffled-by-sort',
    pattern: 'random_data',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const n = Math.min(12, oneIn(c.rate));
      const body = (chosen: string, flaw: string) => `${own(c)}
const plans = Array.from({ length: ${n} }, (_, size) => ({ size }));
const [plan] = ${chosen};${flaw}
const made = (await page.post(\`${list(c)}\`, { json: { name: 'plan', ${c.r.amount}: 1, pieces: plan.size } })).json();
expect(made.name).toBe('plan'); //@assert`;
      return {
        parts: {
          imports: EXPECT,
          body: body('plans.map((one) => [Math.random(), one]).sort((a, b) => a[0] - b[0]).map(([, one]) => one)', ' //@flaw'),
        },
        good: { imports: EXPECT, body: body('plans.slice(1)', '') },
        behaviour: {},
        circumstances: seeds,
        ownRate: 1 / n,
      };
    },
  },
  {
    name: 'random-choice',
    pattern: 'random_data',
    set: 'measuring',
    languages: PY,
    write: (c) => {
      const n = oneIn(c.rate);
      const use = `
made = page.post(f"${inSpacePy(c)}/${c.r.many}", json={"name": "lot", "${c.r.amount}": 5, "pieces": pieces}).json()
page.expect(made.get("name")).to_be("lot") #@assert`;
      return {
        parts: {
          imports: { random: ['choice'] },
          prelude: `SIZES = list(range(${n}))`,
          body: `${ownPy(c)}
pieces = choice(SIZES) #@flaw${use}`,
        },
        good: { body: `${ownPy(c)}\npieces = 2${use}` },
        behaviour: {},
        circumstances: seeds,
        ownRate: 1 / n,
      };
    },
  },
];

export const RANDOM_LOOKALIKES: readonly Lookalike[] = [
  {
    name: 'unique-name',
    pattern: 'random_data',
    set: 'both',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: { ...EXPECT, 'node:crypto': ['randomUUID'] },
        body: `${own(c)}
const name = \`n-\${randomUUID().slice(0, 8)}\`;
const made = await page.post(\`${list(c)}\`, { json: { name, ${c.r.amount}: 3 } });
expect(made.json().name).toBe(name); //@assert`,
      },
    }),
  },
  {
    name: 'any-value-is-good',
    pattern: 'random_data',
    set: 'both',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${own(c)}
const ${c.r.amount} = 1 + Math.floor(Math.random() * 1000);
const made = await page.post(\`${list(c)}\`, { json: { name: 'any', ${c.r.amount} } });
expect(made.json().${c.r.amount}).toBe(${c.r.amount}); //@assert`,
      },
    }),
  },
];
