import { EXPECT, inSpacePy, list, own, ownPy, PY, SCRIPT, type FlakyShape, type Lookalike, type ShapeContext } from './shape';

const repeat = [{ kind: 'repeat' }] as const;
const names = (c: ShapeContext): readonly string[] =>
  c.random.pick([
    ['ada', 'bob', 'cyd'],
    ['left', 'mid', 'right'],
    ['k1', 'k2', 'k3', 'k4'],
    ['april', 'may'],
  ]);
const fill = (c: ShapeContext, all: readonly string[]) => `${own(c)}
for (const name of [${all.map((name) => `'${name}'`).join(', ')}]) await page.post(\`${list(c)}\`, { json: { name, ${c.r.amount}: 4 } });`;
const quoted = (all: readonly string[]) => `[${all.map((name) => `'${name}'`).join(', ')}]`;
const behaviour = (c: ShapeContext) => ({ shuffled: c.rate });

export const UNORDERED: readonly FlakyShape[] = [
  {
    name: 'to-equal-names',
    pattern: 'unordered_collection',
    set: 'both',
    languages: SCRIPT,
    write: (c) => {
      const all = names(c);
      const body = (sort: string) => `${fill(c, all)}
const { items } = (await page.get(\`${list(c)}\`)).json();
expect(items.map((item) => item.name)${sort}).toEqual(${quoted(sort ? all.toSorted() : all)}); //@assert${sort ? '' : ' @flaw'}`;
      return {
        parts: { imports: EXPECT, body: body('') },
        good: { imports: EXPECT, body: body('.sort()') },
        behaviour: behaviour(c),
        circumstances: repeat,
      };
    },
  },
  {
    name: 'first-of-the-list',
    pattern: 'unordered_collection',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const all = names(c);
      return {
        parts: {
          imports: EXPECT,
          body: `${fill(c, all)}
const { items } = (await page.get(\`${list(c)}\`)).json();
expect(items).toHaveLength(${all.length}); //@assert
expect(items[0].name).toBe('${all[0]}'); //@assert @flaw`,
        },
        good: {
          imports: EXPECT,
          body: `${fill(c, all)}
const { items } = (await page.get(\`${list(c)}\`)).json();
items.sort((a, b) => a.name.localeCompare(b.name));
expect(items).toHaveLength(${all.length}); //@assert
expect(items[0].name).toBe('${all.toSorted()[0]}'); //@assert`,
        },
        behaviour: behaviour(c),
        circumstances: repeat,
      };
    },
  },
  {
    name: 'joined-text',
    pattern: 'unordered_collection',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const all = names(c);
      const body = (sort: string) => `${fill(c, all)}
const answer = await page.get(\`${list(c)}\`);
const text = answer.json().items.map((item) => item.name)${sort}.join(',');
expect(text).toBe('${(sort ? all.toSorted() : all).join(',')}'); //@assert${sort ? '' : ' @flaw'}`;
      return {
        parts: { imports: EXPECT, body: body('') },
        good: { imports: EXPECT, body: body('.toSorted()') },
        behaviour: behaviour(c),
        circumstances: repeat,
      };
    },
  },
  {
    name: 'assert-json-list',
    pattern: 'unordered_collection',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const all = names(c);
      return {
        parts: {
          body: `${fill(c, all)}
const answer = await page.get(\`${list(c)}\`);
page.assertJson(answer, { items: [${all.map((name) => `{ name: '${name}' }`).join(', ')}] }); //@assert @flaw`,
        },
        good: {
          imports: EXPECT,
          body: `${fill(c, all)}
const answer = await page.get(\`${list(c)}\`);
const sorted = answer.json().items.sort((a, b) => a.name.localeCompare(b.name));
expect(sorted).toMatchObject([${all
            .toSorted()
            .map((name) => `{ name: '${name}' }`)
            .join(', ')}]); //@assert`,
        },
        behaviour: behaviour(c),
        circumstances: repeat,
      };
    },
  },
  {
    name: 'list-equality-py',
    pattern: 'unordered_collection',
    set: 'both',
    languages: PY,
    write: (c) => {
      const all = names(c);
      const body = (call: string) => `${ownPy(c)}
for name in ${JSON.stringify(all)}:
    page.post(f"${inSpacePy(c)}/${c.r.many}", json={"name": name, "${c.r.amount}": 4})
items = page.get(f"${inSpacePy(c)}/${c.r.many}").json()["items"]
assert ${call ? 'sorted(' : ''}[item["name"] for item in items]${call ? ')' : ''} == ${JSON.stringify(call ? all.toSorted() : all)} #@assert${call ? '' : ' @flaw'}`;
      return { parts: { body: body('') }, good: { body: body('sorted') }, behaviour: behaviour(c), circumstances: repeat };
    },
  },
  {
    name: 'last-by-at',
    pattern: 'unordered_collection',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const all = names(c);
      return {
        parts: {
          imports: EXPECT,
          body: `${fill(c, all)}
const { items } = (await page.get(\`${list(c)}\`)).json();
expect(items.at(-1)).toMatchObject({ name: '${all.at(-1)}', ${c.r.amount}: 4 }); //@assert @flaw`,
        },
        good: {
          imports: EXPECT,
          body: `${fill(c, all)}
const { items } = (await page.get(\`${list(c)}\`)).json();
items.sort((a, b) => (a.name < b.name ? -1 : 1));
expect(items.at(-1)).toMatchObject({ name: '${all.toSorted().at(-1)}', ${c.r.amount}: 4 }); //@assert`,
        },
        behaviour: behaviour(c),
        circumstances: repeat,
      };
    },
  },
  {
    name: 'loop-by-position',
    pattern: 'unordered_collection',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const all = names(c);
      return {
        parts: {
          imports: EXPECT,
          prelude: `const WANTED = ${quoted(all)};`,
          body: `${fill(c, all)}
const { items } = (await page.get(\`${list(c)}\`)).json();
for (const [index, item] of items.entries()) {
  expect(item.name).toBe(WANTED[index]); //@assert @flaw
}`,
        },
        good: {
          imports: EXPECT,
          prelude: `const WANTED = ${quoted(all)};`,
          body: `${fill(c, all)}
const { items } = (await page.get(\`${list(c)}\`)).json();
items.sort((a, b) => WANTED.indexOf(a.name) - WANTED.indexOf(b.name));
for (const [index, item] of items.entries()) {
  expect(item.name).toBe(WANTED[index]); //@assert
}`,
        },
        behaviour: behaviour(c),
        circumstances: repeat,
      };
    },
  },
  {
    name: 'keys-of-a-group',
    pattern: 'unordered_collection',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const all = names(c);
      const body = (sort: string) => `${fill(c, all)}
const { items } = (await page.get(\`${list(c)}\`)).json();
const byName = Object.groupBy(items, (item) => item.name);
expect(Object.keys(byName)${sort}).toStrictEqual(${quoted(sort ? all.toSorted() : all)}); //@assert${sort ? '' : ' @flaw'}`;
      return {
        parts: { imports: EXPECT, body: body('') },
        good: { imports: EXPECT, body: body('.sort()') },
        behaviour: behaviour(c),
        circumstances: repeat,
      };
    },
  },
  {
    name: 'helper-gives-names',
    pattern: 'unordered_collection',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const all = names(c);
      const files = {
        _names: `export async function namesIn(page, path) {\n  const { items } = (await page.get(path)).json();\n  return items.map(({ name }) => name);\n}\n`,
      };
      const body = (open: string, end: string) => `${fill(c, all)}
const [first, ...others] = ${open}await namesIn(page, \`${list(c)}\`)${end};
expect(first).toBe('${(open ? all.toSorted() : all)[0]}'); //@assert${open ? '' : ' @flaw'}
expect(others).toHaveLength(${all.length - 1}); //@assert`;
      return {
        parts: { imports: { ...EXPECT, './_names': ['namesIn'] }, body: body('', '') },
        good: { imports: { ...EXPECT, './_names': ['namesIn'] }, body: body('(', ').sort()') },
        files,
        goodFiles: files,
        behaviour: behaviour(c),
        circumstances: repeat,
      };
    },
  },
];

export const UNORDERED_LOOKALIKES: readonly Lookalike[] = [
  {
    name: 'asked-in-order',
    pattern: 'unordered_collection',
    set: 'both',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${own(c)}
for (const name of ['zeta', 'alpha', 'mu']) await page.post(\`${list(c)}\`, { json: { name, ${c.r.amount}: 4 } });
const { items } = (await page.get(\`${list(c)}/search\`, { query: { q: 'a' } })).json();
expect(items.map((item) => item.name)).toEqual(['alpha', 'zeta']); //@assert`,
      },
      behaviour: { shuffled: 0.5 },
    }),
  },
  {
    name: 'single-element',
    pattern: 'unordered_collection',
    set: 'both',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${own(c)}
await page.post(\`${list(c)}\`, { json: { name: 'only', ${c.r.amount}: 2 } });
const { items } = (await page.get(\`${list(c)}\`)).json();
expect(items[0].name).toBe('only'); //@assert`,
      },
      behaviour: { shuffled: 0.5 },
    }),
  },
];
