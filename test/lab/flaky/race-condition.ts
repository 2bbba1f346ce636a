import type { Behaviour } from '../service/behaviour';
import { EXPECT, inSpace, inSpacePy, list, own, ownPy, PY, SCRIPT, type FlakyShape, type Lookalike } from './shape';

/** Reads are handled a little later than writes that left at the same time, so that the race is won unless the write is slow. */
const READ_MS = 18;
const SLOW_MS = 55;
const racing = (p: number): Behaviour => ({ write: { kind: 'either', p, slow: SLOW_MS, quick: 0 }, read: { kind: 'fixed', ms: READ_MS } });
/** Of n writes one late one is enough. */
const each = (rate: number, n: number): number => 1 - (1 - rate) ** (1 / n);
const repeat = [{ kind: 'repeat' }] as const;

export const RACES: readonly FlakyShape[] = [
  {
    name: 'missing-await',
    pattern: 'race_condition',
    set: 'both',
    languages: SCRIPT,
    write: (c) => {
      const body = (awaited: string) => `${own(c)}
${awaited}page.post(\`${list(c)}\`, { json: { name: 'quick', ${c.r.amount}: ${c.random.int(1, 9)} } });${awaited ? '' : ' //@flaw'}
const { items } = (await page.get(\`${list(c)}\`)).json();
expect(items.map((item) => item.name)).toEqual(['quick']); //@assert`;
      return {
        parts: { imports: EXPECT, body: body('') },
        good: { imports: EXPECT, body: body('await ') },
        behaviour: racing(c.rate),
        circumstances: repeat,
      };
    },
  },
  {
    name: 'foreach-async',
    pattern: 'race_condition',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${own(c)}
['x', 'y', 'z'].forEach(async (name) => { //@flaw
  await page.post(\`${list(c)}\`, { json: { name, ${c.r.amount}: 2 } });
});
const { items } = (await page.get(\`${list(c)}\`)).json();
expect(items).toHaveLength(3); //@assert`,
      },
      good: {
        imports: EXPECT,
        body: `${own(c)}
for (const name of ['x', 'y', 'z']) {
  await page.post(\`${list(c)}\`, { json: { name, ${c.r.amount}: 2 } });
}
const { items } = (await page.get(\`${list(c)}\`)).json();
expect(items).toHaveLength(3); //@assert`,
      },
      behaviour: racing(each(c.rate, 3)),
      circumstances: repeat,
    }),
  },
  {
    name: 'read-beside-write',
    pattern: 'race_condition',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${own(c)}
const [, seen] = await Promise.all([ //@flaw
  page.put(\`${inSpace(c)}/settings/tone\`, { json: { value: 'warm' } }),
  page.get(\`${inSpace(c)}/settings/tone\`),
]);
expect(seen.json().value).toBe('warm'); //@assert`,
      },
      good: {
        imports: EXPECT,
        body: `${own(c)}
await page.put(\`${inSpace(c)}/settings/tone\`, { json: { value: 'warm' } });
const seen = await page.get(\`${inSpace(c)}/settings/tone\`);
expect(seen.json().value).toBe('warm'); //@assert`,
      },
      behaviour: racing(c.rate),
      circumstances: repeat,
    }),
  },
  {
    name: 'flag-set-later',
    pattern: 'race_condition',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        body: `${own(c)}
let finished = false;
page.post(\`${inSpace(c)}/notes\`, { json: { text: 'hello' } }).then(() => { finished = true; }); //@flaw
await page.get(\`${inSpace(c)}/clock\`);
if (!finished) throw new Error('the note was not stored'); //@assert`,
      },
      good: {
        body: `${own(c)}
const note = await page.post(\`${inSpace(c)}/notes\`, { json: { text: 'hello' } });
await page.get(\`${inSpace(c)}/clock\`);
if (!note.ok) throw new Error('the note was not stored'); //@assert`,
      },
      behaviour: racing(c.rate),
      circumstances: [{ kind: 'repeat' }, { kind: 'latency', latencyMs: 60 }],
    }),
  },
  {
    name: 'thread-not-joined',
    pattern: 'race_condition',
    set: 'both',
    languages: PY,
    write: (c) => {
      const body = (join: boolean) => `${ownPy(c)}
sender = threading.Thread(target=page.post, args=(f"${inSpacePy(c)}/${c.r.many}",), kwargs={"json": {"name": "quick", "${c.r.amount}": 3}})
sender.start()${join ? '\nsender.join()' : ' #@flaw'}
items = page.get(f"${inSpacePy(c)}/${c.r.many}").json()["items"]
${join ? '' : 'sender.join()\n'}assert [item["name"] for item in items] == ["quick"] #@assert`;
      return {
        parts: { imports: { threading: [] }, body: body(false) },
        good: { imports: { threading: [] }, body: body(true) },
        behaviour: racing(c.rate),
        circumstances: repeat,
      };
    },
  },
  {
    name: 'map-without-all',
    pattern: 'race_condition',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${own(c)}
const amounts = [4, 5];
amounts.map((${c.r.amount}, n) => page.post(\`${list(c)}\`, { json: { name: \`n\${n}\`, ${c.r.amount} } })); //@flaw
const score = (await page.get(\`${list(c)}/score\`)).json();
expect(score.sum).toBe(9); //@assert`,
      },
      good: {
        imports: EXPECT,
        body: `${own(c)}
const amounts = [4, 5];
await Promise.all(amounts.map((${c.r.amount}, n) => page.post(\`${list(c)}\`, { json: { name: \`n\${n}\`, ${c.r.amount} } })));
const score = (await page.get(\`${list(c)}/score\`)).json();
expect(score.sum).toBe(9); //@assert`,
      },
      behaviour: racing(each(c.rate, 2)),
      circumstances: repeat,
    }),
  },
  {
    name: 'helper-not-awaited',
    pattern: 'race_condition',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const files = {
        _record: `export async function record(page, path, text) {\n  const answer = await page.post(path, { json: { text } });\n  return answer.json().text;\n}\n`,
      };
      const body = (awaited: string) => `${own(c)}
${awaited}record(page, \`${inSpace(c)}/notes\`, 'left');${awaited ? '' : ' //@flaw'}
await page.get(\`${inSpace(c)}/clock\`);
const { notes } = (await page.post(\`${inSpace(c)}/notes/collect\`)).json();
expect(notes).toEqual(['left']); //@assert`;
      return {
        parts: { imports: { ...EXPECT, './_record': ['record'] }, body: body('') },
        good: { imports: { ...EXPECT, './_record': ['record'] }, body: body('await ') },
        // Both requests write: the first is the slow one as often as the second, and only then is the race lost.
        files,
        goodFiles: files,
        behaviour: { write: { kind: 'either', p: c.rate, slow: 90, quick: 0 }, read: { kind: 'fixed', ms: 22 } },
        circumstances: repeat,
      };
    },
  },
  {
    name: 'both-change-it',
    pattern: 'race_condition',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        prelude: `async function raise(page, path, by) {
  const { ${c.r.amount} } = (await page.get(path)).json();
  await page.patch(path, { json: { ${c.r.amount}: ${c.r.amount} + by } });
}`,
        body: `${own(c)}
const { id } = (await page.post(\`${list(c)}\`, { json: { name: 'shared', ${c.r.amount}: 10 } })).json();
const path = \`${list(c)}/\${id}\`;
const first = raise(page, path, 1);
await page.get(\`${inSpace(c)}/clock\`);
await Promise.all([first, raise(page, path, 2)]); //@flaw
expect((await page.get(path)).json().${c.r.amount}).toBe(13); //@assert`,
      },
      good: {
        imports: EXPECT,
        prelude: `async function raise(page, path, by) {
  const { ${c.r.amount} } = (await page.get(path)).json();
  await page.patch(path, { json: { ${c.r.amount}: ${c.r.amount} + by } });
}`,
        body: `${own(c)}
const { id } = (await page.post(\`${list(c)}\`, { json: { name: 'shared', ${c.r.amount}: 10 } })).json();
const path = \`${list(c)}/\${id}\`;
await raise(page, path, 1);
await page.get(\`${inSpace(c)}/clock\`);
await raise(page, path, 2);
expect((await page.get(path)).json().${c.r.amount}).toBe(13); //@assert`,
      },
      // The second reads when its clock and its own read have come, twice READ_MS after the first began to read, which then has long written unless it is slow.
      behaviour: { write: { kind: 'either', p: c.rate, slow: 4 * READ_MS, quick: 0 }, read: { kind: 'fixed', ms: READ_MS } },
      circumstances: repeat,
    }),
  },
];

export const RACE_LOOKALIKES: readonly Lookalike[] = [
  {
    name: 'independent-parallel',
    pattern: 'race_condition',
    set: 'both',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${own(c)}
const answers = await Promise.all(['k', 'l', 'm'].map((name) => page.post(\`${list(c)}\`, { json: { name, ${c.r.amount}: 6 } })));
expect(answers.map((answer) => answer.json().name)).toEqual(['k', 'l', 'm']); //@assert`,
      },
    }),
  },
  {
    name: 'awaited-later',
    pattern: 'race_condition',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${own(c)}
const writing = page.post(\`${inSpace(c)}/notes\`, { json: { text: 'soon' } });
const clock = await page.get(\`${inSpace(c)}/clock\`);
await writing;
expect(clock.ok).toBe(true); //@assert
expect((await page.post(\`${inSpace(c)}/notes/collect\`)).json().notes).toEqual(['soon']); //@assert`,
      },
      behaviour: racing(0.3),
    }),
  },
];
