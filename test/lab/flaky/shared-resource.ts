import { EXPECT, inSpace, list, own, PY, SCRIPT, type FlakyShape, type Lookalike, type ShapeContext } from './shape';

const together = [{ kind: 'concurrency' }] as const;
/** How long a test holds what it shares: as long as its slow write. */
const HOLD = { write: { kind: 'even', from: 15, to: 45 } } as const;
const fixed = ({ spaces, fixed: id }: ShapeContext) => `/${spaces}/${id}`;
const uuid = { 'node:crypto': ['randomUUID'] } as const;

export const SHARED: readonly FlakyShape[] = [
  {
    name: 'one-setting',
    pattern: 'shared_resource',
    set: 'both',
    languages: SCRIPT,
    write: (c) => {
      const body = (base: string) => `const value = randomUUID();
await page.put(\`${base}/settings/theme\`, { json: { value } });${base === fixed(c) ? ' //@flaw' : ''}
await page.post(\`${base}/notes\`, { json: { text: 'theme' } });
const seen = (await page.get(\`${base}/settings/theme\`)).json();
expect(seen.value).toBe(value); //@assert`;
      const parts = { imports: { ...EXPECT, ...uuid }, body: body(fixed(c)) };
      return {
        parts,
        good: { imports: { ...EXPECT, ...uuid }, body: `${own(c)}\n${body(inSpace(c))}` },
        rivals: [parts, parts],
        fixedBehaviour: HOLD,
        circumstances: together,
        ownRate: 0,
      };
    },
  },
  {
    name: 'count-plus-one',
    pattern: 'shared_resource',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const base = `${fixed(c)}/${c.r.many}`;
      const body = (at: string, flaw: string) => `const before = (await page.get(\`${at}/summary\`)).json().count;${flaw}
await page.post(\`${at}\`, { json: { name: 'more', ${c.r.amount}: 1 } });
const after = (await page.get(\`${at}/summary\`)).json().count;
expect(after).toBe(before + 1); //@assert`;
      const parts = { imports: EXPECT, body: body(base, ' //@flaw') };
      return {
        parts,
        good: { imports: EXPECT, body: `${own(c)}\n${body(list(c), '')}` },
        rivals: [parts, parts],
        fixedBehaviour: HOLD,
        circumstances: together,
        ownRate: 0,
      };
    },
  },
  {
    name: 'fixed-file',
    pattern: 'shared_resource',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const body = (file: string, flaw: string) => `${own(c)}
const file = ${file};${flaw}
const text = randomUUID();
writeFileSync(file, text);
await page.post(\`${inSpace(c)}/notes\`, { json: { text } });
expect(readFileSync(file, 'utf8')).toBe(text); //@assert${flaw ? '' : '\nrmSync(file);'}`;
      const imports = {
        ...EXPECT,
        ...uuid,
        'node:fs': ['readFileSync', 'writeFileSync', 'rmSync'],
        'node:os': ['tmpdir'],
        'node:path': ['join'],
      };
      const parts = { imports, body: body(`join(tmpdir(), 'draft-${c.unique}.txt')`, ' //@flaw') };
      return {
        parts,
        good: { imports, body: body('join(tmpdir(), `draft-${randomUUID()}.txt`)', '') },
        rivals: [parts, parts],
        behaviour: HOLD,
        circumstances: together,
        ownRate: 0,
      };
    },
  },
  {
    name: 'fixed-port',
    pattern: 'shared_resource',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => {
      const body = (port: string, url: string, flaw: string) => `${own(c)}
const hook = createServer((request, answer) => answer.end('heard'));
await new Promise((up, failed) => hook.once('error', failed).listen(${port}, '127.0.0.1', up));${flaw}
try {
  await page.post(\`${inSpace(c)}/notes\`, { json: { text: 'hook' } });
  const heard = await (await fetch(\`${url}\`)).text();
  expect(heard).toBe('heard'); //@assert
} finally {
  hook.closeAllConnections();
  await new Promise((down) => hook.close(down));
}`;
      const imports = { ...EXPECT, 'node:http': ['createServer'] };
      const parts = { imports, body: body(String(c.port), `http://127.0.0.1:${c.port}/`, ' //@flaw') };
      return {
        parts,
        good: { imports, body: body('0', 'http://127.0.0.1:${hook.address().port}/', '') },
        rivals: [parts, parts],
        behaviour: HOLD,
        circumstances: together,
        ownRate: 0,
      };
    },
  },
  {
    name: 'fixed-setting-py',
    pattern: 'shared_resource',
    set: 'both',
    languages: PY,
    write: (c) => {
      const body = (
        base: string,
        flaw: string,
      ) => `${flaw ? '' : `${c.space} = page.post("/${c.spaces}", json={"region": "${c.region}"}).json()["id"]\n`}value = str(uuid.uuid4())
page.put(${base}/settings/layout", json={"value": value})${flaw}
page.post(${base}/notes", json={"text": "layout"})
assert page.get(${base}/settings/layout").json()["value"] == value #@assert`;
      const parts = { imports: { uuid: [] }, body: body(`"${fixed(c)}`, ' #@flaw') };
      return {
        parts,
        good: { imports: { uuid: [] }, body: body(`f"/${c.spaces}/{${c.space}}`, '') },
        rivals: [parts, parts],
        fixedBehaviour: HOLD,
        circumstances: together,
        ownRate: 0,
      };
    },
  },
  {
    name: 'claimed-name',
    pattern: 'shared_resource',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const body = (base: string, flaw: string) => `const claim = await page.post(\`${base}/claims/seat\`);${flaw}
try {
  page.assertStatus(claim, 201); //@assert
  await page.post(\`${base}/notes\`, { json: { text: 'mine' } });
} finally {
  if (claim.status === 201) await page.delete(\`${base}/claims/seat\`);
}`;
      const parts = { body: body(fixed(c), ' //@flaw') };
      return {
        parts,
        good: { body: `${own(c)}\n${body(inSpace(c), '')}` },
        rivals: [parts, parts],
        fixedBehaviour: HOLD,
        circumstances: together,
        ownRate: 0,
      };
    },
  },
  {
    name: 'same-code',
    pattern: 'shared_resource',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const body = (
        base: string,
        flaw: string,
      ) => `const made = await page.post(\`${base}\`, { json: { name: 'single', ${c.r.amount}: 2, code: 'one-of-a-kind' } });${flaw}
page.assertJson(made, { code: 'one-of-a-kind' }); //@assert
await page.patch(\`${base}/\${made.json().id}\`, { json: { name: 'seen' } });`;
      // The code is freed by nobody: a second run in one database always fails, so each run makes the code its own day's.
      const claimed = (base: string, flaw: string) =>
        body(base, flaw)
          .replaceAll("'one-of-a-kind'", 'code')
          .replace('const made', "const code = 'k' + Math.floor(Date.now() / 40).toString(36);\nconst made");
      const parts = { body: claimed(`${fixed(c)}/${c.r.many}`, ' //@flaw') };
      return {
        parts,
        good: {
          imports: uuid,
          body: `${own(c)}\n${claimed(list(c), '').replace("'k' + Math.floor(Date.now() / 40).toString(36)", "'k' + randomUUID().slice(0, 8)")}`,
        },
        rivals: [parts, parts],
        circumstances: together,
        ownRate: 0,
      };
    },
  },
  {
    name: 'collected-notes',
    pattern: 'shared_resource',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const body = (base: string, flaw: string) => `await page.post(\`${base}/notes\`, { json: { text: 'parcel' } });${flaw}
const { notes } = (await page.post(\`${base}/notes/collect\`)).json();
expect(notes).toEqual(['parcel']); //@assert`;
      const parts = { imports: EXPECT, body: body(fixed(c), ' //@flaw') };
      return {
        parts,
        good: { imports: EXPECT, body: `${own(c)}\n${body(inSpace(c), '')}` },
        rivals: [parts, parts],
        fixedBehaviour: HOLD,
        circumstances: together,
        ownRate: 0,
      };
    },
  },
  {
    name: 'fixed-folder',
    pattern: 'shared_resource',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => {
      const imports = {
        ...EXPECT,
        'node:fs/promises': ['mkdir', 'mkdtemp', 'readdir', 'rm', 'writeFile'],
        'node:os': ['tmpdir'],
        'node:path': ['join'],
      };
      const body = (make: string, flaw: string) => `${own(c)}
${make}${flaw}
await writeFile(join(folder, 'part.json'), '{}');
await page.post(\`${inSpace(c)}/notes\`, { json: { text: 'exported' } });
expect(await readdir(folder)).toEqual(['part.json']); //@assert
await rm(folder, { recursive: true });`;
      const parts = {
        imports,
        body: body(`const folder = join(tmpdir(), 'export-${c.unique}');\nawait mkdir(folder, { recursive: true });`, ' //@flaw'),
      };
      return {
        parts,
        good: { imports, body: body(`const folder = await mkdtemp(join(tmpdir(), 'export-'));`, '') },
        rivals: [parts, parts],
        behaviour: HOLD,
        circumstances: together,
        ownRate: 0,
      };
    },
  },
];

export const SHARED_LOOKALIKES: readonly Lookalike[] = [
  {
    name: 'port-of-the-system',
    pattern: 'shared_resource',
    set: 'both',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: {
          ...EXPECT,
          'node:fs': ['mkdtempSync', 'readFileSync', 'rmSync', 'writeFileSync'],
          'node:os': ['tmpdir'],
          'node:path': ['join'],
        },
        body: `${own(c)}
const folder = mkdtempSync(join(tmpdir(), 'note-'));
try {
  writeFileSync(join(folder, 'a.txt'), 'kept');
  await page.post(\`${inSpace(c)}/notes\`, { json: { text: 'kept' } });
  expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('kept'); //@assert
} finally {
  rmSync(folder, { recursive: true });
}`,
      },
    }),
  },
  {
    name: 'reads-only',
    pattern: 'shared_resource',
    set: 'both',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `const { value } = (await page.get('${fixed(c)}/settings/plan')).json();
expect(value).toBe('default'); //@assert`,
      },
    }),
  },
];
