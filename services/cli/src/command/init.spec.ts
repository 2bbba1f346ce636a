import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration } from '../configuration/load';
import { e2e, recordedWorld } from '../testing/recorded-world';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'e2e-init-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Todo API' },
  servers: [{ url: 'https://api.example.com/v1' }],
  paths: { '/todos/{id}': { get: {} }, '/todos': { post: {}, get: {} } },
};

test('writes a configuration that is taken, a module, editor types and ignored folders, asking nothing', async () => {
  writeFileSync(join(root, '.gitignore'), 'node_modules');
  const world = recordedWorld({ cwd: root });
  expect(await e2e(world, 'init')).toBe(0);
  const { configuration } = await loadConfiguration(root, {});
  expect(configuration.services).toEqual({ api: { base_url: 'http://localhost:3000', headers: {} } });
  expect((await loadConfiguration(root, { API_URL: 'http://localhost:9' })).configuration.services['api']?.base_url).toBe(
    'http://localhost:9',
  );
  expect(read('services/api/modules/01_first.ts')).toContain("page.get('/');\n  expect(response.status).toBeLessThan(500);");
  expect(JSON.parse(read('tsconfig.json'))).toMatchObject({
    compilerOptions: { paths: { '@testimony/page': ['./.e2e/types/page/dist/index.d.ts'] } },
  });
  expect(existsSync(join(root, '.e2e/types/page/src/index.ts'))).toBe(true);
  expect(read('.gitignore')).toBe('node_modules\n.e2e/\nstrategies/\n');
  expect(world.words()).toContain('Next: e2e doctor');
});

test('what is there is left alone; a tsconfig gets advice instead of an edit', async () => {
  writeFileSync(join(root, 'tsconfig.json'), '{}');
  writeFileSync(join(root, '.gitignore'), '/.e2e\nstrategies/\n');
  const world = recordedWorld({ cwd: root });
  expect(await e2e(world, 'init', '--json')).toBe(0);
  expect(read('tsconfig.json')).toBe('{}');
  expect(JSON.parse(world.out())).toMatchObject({
    written: ['e2e.conf', 'services/api/modules/01_first.ts'],
    advice: [expect.stringContaining('"paths": {"@testimony/page"') as string],
  });
});

test('an OpenAPI file names the service, its address and a first path', async () => {
  writeFileSync(join(root, 'openapi.yaml'), JSON.stringify(DOCUMENT));
  expect(await e2e(recordedWorld({ cwd: root }), 'init', '--openapi', 'openapi.yaml')).toBe(0);
  const { configuration } = await loadConfiguration(root, {});
  expect(configuration.services).toEqual({ 'todo-api': { base_url: 'https://api.example.com/v1', openapi: 'openapi.yaml', headers: {} } });
  expect(read('services/todo-api/modules/01_first.ts')).toContain("page.get('/todos');\n  page.assertOk(response);");
});

test('an OpenAPI document that the service serves is named by its path; from elsewhere it is copied', async () => {
  const server = createServer((_, response) => response.end(JSON.stringify(DOCUMENT))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    expect(await e2e(recordedWorld({ cwd: root }), 'init', '--openapi', `${origin}/openapi.json`)).toBe(0);
    expect((await loadConfiguration(root, {})).configuration.services['todo-api']).toMatchObject({
      base_url: origin,
      openapi: '/openapi.json',
    });
    expect(
      await e2e(recordedWorld({ cwd: root }), 'init', '--force', '--openapi', `${origin}/openapi.json`, '--base-url', 'http://localhost:1'),
    ).toBe(0);
    expect((await loadConfiguration(root, {})).configuration.services['todo-api']).toMatchObject({
      base_url: 'http://localhost:1',
      openapi: 'openapi.json',
    });
    expect(JSON.parse(read('openapi.json'))).toEqual(DOCUMENT);
  } finally {
    server.close();
  }
});

test.each([
  [['--openapi', 'missing.yaml'], 2, 'missing.yaml cannot be read (ENOENT)'],
  [['--openapi', 'http://127.0.0.1:9/x'], 3, 'start the service, or give a file'],
  [['--base-url', 'localhost:3000'], 2, '--base-url localhost:3000: it must be a URL'],
])('init %j ends with %i and writes nothing', async (args, code, said) => {
  const world = recordedWorld({ cwd: root });
  expect(await e2e(world, 'init', ...args)).toBe(code);
  expect(world.words()).toContain(said);
  expect(existsSync(join(root, 'e2e.conf'))).toBe(false);
});
