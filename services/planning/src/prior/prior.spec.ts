import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { configurationSchema, manifestSchema, type Manifest } from '@testimony/contracts';
import type { DiscoveredTest } from '@testimony/frameworks';
import { readChanges } from './read-changes';
import { openPatternReader } from './read-patterns';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'prior-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
const test = (file: string, more: Partial<DiscoveredTest> = {}): DiscoveredTest => ({
  id: file,
  name: file,
  description: '',
  framework: 'native',
  service: 'shop',
  file,
  titlePath: [],
  tags: [],
  dependencies: [],
  endpoints: [],
  ...more,
});
const SLEEPS = `export const run = async (page) => {
  await page.post('/orders', { json: {} });
  await pause();
  page.assertJson(await page.get('/orders/last'), { state: 'paid' });
};
`;
const FILE = 'services/shop/modules/01_a.js';
const HELPED = `import { pause } from '../testing/pause';\n${SLEEPS}`;
const pause = (body: string): Readonly<Record<string, string>> => ({
  'services/shop/testing/pause.js': `export async function pause() { ${body} }`,
});
const SLEEP = 'await new Promise((r) => setTimeout(r, 50));';

describe('the patterns of a test', () => {
  const patternsOf = async (reader = openPatternReader()): Promise<unknown> => (await reader.read(root, [test(FILE)])).get(FILE);

  it('are those of its file, with the line', async () => {
    write({ [FILE]: HELPED, ...pause(SLEEP) });
    expect(await patternsOf()).toEqual([{ pattern: 'hardcoded_sleep', probability: expect.any(Number), line: 4 }]);
  });

  it('are read again when a helper changes, also by the next process', async () => {
    const folder = join(root, 'kept');
    write({ [FILE]: HELPED, ...pause(SLEEP) });
    const reader = openPatternReader(folder);
    expect(await patternsOf(reader)).toHaveLength(1);
    expect(await patternsOf(openPatternReader(folder))).toHaveLength(1);
    write(pause('await page.waitFor(() => ready());'));
    expect([await patternsOf(reader), await patternsOf(openPatternReader(folder))]).toEqual([undefined, undefined]);
  });

  it('are made anew where what was kept is broken', async () => {
    const folder = join(root, 'kept');
    write({ [FILE]: HELPED, ...pause(SLEEP), 'kept/flake-findings.json': '{"version":1,"dig' });
    expect(await patternsOf(openPatternReader(folder))).toHaveLength(1);
  });

  it('of several tests in a file are told apart by line', async () => {
    const file = 'e2e/a.spec.ts';
    write({
      [file]: `import { test, expect } from '@playwright/test';
test('one', async ({ page }) => { await page.click('a'); });
test('two', async ({ page }) => {
  await page.click('a');
  await page.waitForTimeout(300);
  expect(await page.textContent('h1')).toBe('b');
});
`,
    });
    const tests = [test(file, { id: 'one', titlePath: ['one'], line: 2 }), test(file, { id: 'two', titlePath: ['two'], line: 3 })];
    const found = await openPatternReader().read(root, tests);
    expect([...found].map(([id, patterns]) => [id, patterns.map(({ line }) => line)])).toEqual([['two', [5]]]);
  });
});

describe('what changed since the base', () => {
  const git = (...words: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...words], { cwd: root, encoding: 'utf8' }).trim();
  const handler = 'services/shop/src/app.js';
  const manifest: Manifest = manifestSchema.parse({
    version: '2.0',
    project_name: 'x',
    project_root: '.',
    generated_at: '2026-01-01T00:00:00.000Z',
    source_hashes: {},
    services: [
      {
        name: 'shop',
        language: 'javascript',
        framework: 'express',
        root_path: 'services/shop',
        endpoints: [
          {
            name: 'orders',
            method: 'GET',
            path: '/orders',
            full_path: '/orders',
            parameters: [],
            request_dto: null,
            response_dto: null,
            requires_auth: false,
            auth_roles: [],
            file_path: handler,
            line_number: 1,
            description: '',
            tags: [],
          },
        ],
        dto_schemas: [],
        ports: [],
        environment_vars: [],
        dependencies: [],
      },
    ],
  });
  const changes = async (configuration: object, base?: string) => {
    const read = await readChanges(
      root,
      manifest,
      configurationSchema.parse(configuration).services,
      [{ service: 'shop', file: FILE }],
      base,
    );
    const shop = read.byService.get('shop');
    return { handlers: shop && [...shop.handlers], tests: shop && [...shop.tests], notes: read.notes };
  };
  const start = (): string => {
    write({
      [FILE]: HELPED,
      ...pause(SLEEP),
      [handler]: `const { total } = require('./total');\nrequire('express')().get('/orders', total);`,
      'services/shop/src/total.js': 'exports.total = 1;',
    });
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'base');
    return git('rev-parse', 'HEAD');
  };

  it('is nothing where nothing changed', async () => {
    expect(await changes({}, start())).toEqual({ handlers: [], tests: [], notes: [] });
  });

  it('is a handler whose import changed, and a test whose helper did', async () => {
    const base = start();
    write({ 'services/shop/src/total.js': 'exports.total = 2;' });
    expect(await changes({ services: { shop: { baseline: { revision: base } } } })).toEqual({ handlers: [handler], tests: [], notes: [] });
    write(pause(''));
    expect(await changes({}, base)).toEqual({ handlers: [handler], tests: [FILE], notes: [] });
  });

  it('is not known without a base, or with one that is not there', async () => {
    start();
    expect(await changes({})).toEqual({ handlers: undefined, tests: undefined, notes: [] });
    const { handlers, notes } = await changes({}, 'no-such-revision');
    expect([handlers, notes]).toEqual([undefined, [expect.stringContaining('no-such-revision')]]);
  });
});
