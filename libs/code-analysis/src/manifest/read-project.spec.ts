import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { manifestSchema, serviceSettingsSchema, type ServiceSettings } from '@testimony/contracts';
import { readTree } from '../tree/source-files';
import { readProject, type ProjectToRead } from './read-project';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'project-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
const settings = (value: object): ServiceSettings => serviceSettingsSchema.parse(value);
const read = (more: Partial<ProjectToRead> = {}) =>
  readProject({ root, name: 'shop', services: {}, now: new Date('2026-01-02T03:04:05Z'), ...more });
const paths = (result: Awaited<ReturnType<typeof read>>) =>
  result.manifest.services.map(({ name, endpoints }) => [name, endpoints.map(({ method, full_path }) => `${method} ${full_path}`)]);

const EXPRESS = (path: string) => `const app = require('express')(); app.get('${path}', h); app.listen(3000);`;
const DOCUMENT = (path: string) =>
  JSON.stringify({
    openapi: '3.0.0',
    servers: [{ url: '/api' }],
    paths: { [path]: { get: { operationId: 'find', parameters: [], security: [{ a: ['x'] }] } } },
  });

describe('a project', () => {
  it('has the services of its configuration and those that its packages show', async () => {
    write({
      'services/orders/app.js': EXPRESS('/orders'),
      'services/orders/package.json': '{"dependencies":{"express":"5","pg":"8"}}',
      'apps/web/package.json': '{"dependencies":{"react":"19"}}',
      'apps/api/package.json': '{"dependencies":{"@nestjs/core":"12"}}',
      'apps/api/src/a.controller.ts': `import { Controller, Get } from '@nestjs/common'; @Controller('a') export class A { @Get() x() {} }`,
      'elsewhere/pay.js': EXPRESS('/payments'),
      'python/users/main.py': 'from fastapi import FastAPI\n',
    });
    const result = await read({
      services: { payments: settings({ source: './elsewhere/' }), users: settings({ source: 'python/users' }), ghost: settings({}) },
    });
    expect(result.problems).toEqual([]);
    expect(
      result.manifest.services.map(({ name, language, framework, root_path, dependencies }) => ({
        name,
        language,
        framework,
        root_path,
        dependencies,
      })),
    ).toEqual([
      { name: 'api', language: 'typescript', framework: 'nestjs', root_path: 'apps/api', dependencies: ['@nestjs/core'] },
      { name: 'ghost', language: 'unknown', framework: 'unknown', root_path: '.', dependencies: [] },
      { name: 'orders', language: 'javascript', framework: 'express', root_path: 'services/orders', dependencies: ['express', 'pg'] },
      { name: 'payments', language: 'javascript', framework: 'express', root_path: 'elsewhere', dependencies: [] },
      { name: 'users', language: 'python', framework: 'fastapi', root_path: 'python/users', dependencies: [] },
    ]);
    expect(manifestSchema.safeParse(result.manifest).success).toBe(true);
  });

  it('of one service at its root takes that service’s name from the configuration', async () => {
    write({
      'package.json': '{"name":"@x/y","dependencies":{"express":"5"}}',
      'src/app.js': EXPRESS('/a'),
      'services/shop/modules/01_a.ts': 'export const run = () => {};',
    });
    expect(paths(await read({ services: { shop: settings({}) } }))).toEqual([['shop', ['GET /a']]]);
    expect(paths(await read())).toEqual([['y', ['GET /a']]]);
  });

  it('merges document and source: places from the source, the rest from the document', async () => {
    write({
      'services/a/app.js': `const app = require('express')();\napp.get('/orders/:orderId', requireRole('clerk'), h);\napp.post('/extra', h);`,
      'api.json': DOCUMENT('/orders/{id}'),
    });
    const { manifest } = await read({ services: { a: settings({ openapi: './api.json' }) } });
    expect(manifest.services[0]?.endpoints).toMatchObject([
      {
        name: 'find',
        method: 'GET',
        full_path: '/api/orders/{id}',
        file_path: 'services/a/app.js',
        line_number: 2,
        requires_auth: true,
        auth_roles: ['clerk', 'x'],
      },
      { method: 'POST', full_path: '/extra', line_number: 3 },
    ]);
  });

  it('takes documents that the caller fetched', async () => {
    const services = { a: settings({ openapi: '/openapi.json' }) };
    const with1 = await read({ services, documents: { a: DOCUMENT('/one') } });
    expect(paths(with1)).toEqual([['a', ['GET /api/one']]]);
    expect((await read({ services, documents: { a: DOCUMENT('/one') }, previous: with1.manifest })).changed).toBe(false);
    expect(paths(await read({ services, documents: { a: DOCUMENT('/two') }, previous: with1.manifest }))).toEqual([
      ['a', ['GET /api/two']],
    ]);
  });

  it('is read the same way twice, and again only when a source or a setting changed', async () => {
    write({
      'services/b/app.js': EXPRESS('/b'),
      'services/b/package.json': '{"dependencies":{"express":"5"}}',
      'services/b/modules/01_t.ts': 'x',
    });
    const first = await read();
    expect(JSON.stringify((await read({ force: true, previous: first.manifest })).manifest)).toBe(JSON.stringify(first.manifest));
    const second = await read({ previous: first.manifest, now: new Date() });
    expect(second).toMatchObject({ changed: false, manifest: { generated_at: first.manifest.generated_at } });
    write({ 'services/b/modules/01_t.ts': 'a test is no source' });
    expect((await read({ previous: first.manifest })).changed).toBe(false);
    expect((await read({ previous: first.manifest, services: { b: settings({}) } })).changed).toBe(true);
    write({ 'services/b/app.js': EXPRESS('/c') });
    expect(paths(await read({ previous: first.manifest }))).toEqual([['b', ['GET /c']]]);
  });

  it('names what cannot be read and goes on', async () => {
    write({
      'services/a/app.js': EXPRESS('/a'),
      'services/a/broken.js': `const express = require('express');\nconst app = ;`,
      'services/a/package.json': '{',
      'services/a/big.js': 'x'.repeat(1_000_001),
      'node_modules/express/index.js': 'not ours',
    });
    const { manifest, problems } = await read({ services: { a: settings({ openapi: 'gone.yaml' }), b: settings({ source: 'nowhere' }) } });
    expect(manifest.services[0]?.endpoints.map(({ full_path }) => full_path)).toEqual(['/a']);
    expect(problems).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^services\/a\/broken\.js:2: not read: /),
        expect.stringMatching(/^services\/a\/package\.json: not read: it is not valid JSON/),
        expect.stringMatching(/^services\/a\/big\.js: left out: 1000001 bytes/),
        'gone.yaml: cannot be read (ENOENT): it is services.a.openapi of e2e.conf',
        'services.b.source of e2e.conf names the folder nowhere, in which there is no source',
      ]),
    );
    expect(problems).toHaveLength(5);
  });
});

describe('the source tree', () => {
  it('is walked once, whatever links there are', async () => {
    write({
      'src/a.js': '1',
      'src/deep/b.ts': '2',
      'src/types.d.ts': '3',
      'src/b.spec.ts': '4',
      'src/.hidden/c.ts': '5',
      'dist/d.js': '6',
      'src/readme.md': '7',
    });
    symlinkSync('..', join(root, 'src/deep/loop'));
    symlinkSync('/', join(root, 'src/everything'));
    symlinkSync('gone', join(root, 'src/dangling'));
    const tree = await readTree(root);
    expect(tree.files.map(({ path }) => path)).toEqual(['src/a.js', 'src/deep/b.ts']);
    expect(tree.problems).toEqual([]);
  });

  it('has bounds, and says when it reached one', async () => {
    write({ 'a.js': '', 'b.js': '', 'c.js': '' });
    const tree = await readTree(root, { maxFiles: 2 });
    expect(tree.files).toHaveLength(2);
    expect(tree.problems).toEqual([expect.stringMatching(/^More than 2 source files/)]);
  });

  it('says which folder it may not read', async () => {
    write({ 'a.js': '', 'closed/b.js': '' });
    chmodSync(join(root, 'closed'), 0);
    const tree = await readTree(root);
    chmodSync(join(root, 'closed'), 0o755);
    // Root may read everything.
    expect(tree.problems).toEqual(process.getuid?.() === 0 ? [] : [expect.stringMatching(/^closed: the folder cannot be read \(EACCES\)/)]);
  });
});
