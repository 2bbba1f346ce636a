import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Test } from '@nestjs/testing';
import { configurationSchema, type TestStrategy } from '@testimony/contracts';
import { openEventStore, type EventStore } from '@testimony/event-store';
import { frameworkNamed, type Framework } from '@testimony/frameworks';
import { startTemporaryPostgres, type RunningPostgres } from '@testimony/local-postgres';
import type { Planning, ProjectLocation } from './api';
import { createPlanning, type PlanningParts } from './create-planning';
import { PLANNING, PlanningModule } from './planning.module';

let postgres: RunningPostgres;
let store: EventStore;
let root: string;
let projects = 0;

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  store = await openEventStore({ url: postgres.url, schema: 'planning' });
}, 60_000);
afterAll(async () => {
  await store.close();
  await postgres.stop();
});
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'planning-'));
  projects++;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function native(): Framework {
  const framework = frameworkNamed('native');
  if (!framework) throw new Error('no native framework');
  return framework;
}
const planning = (parts: Partial<PlanningParts> = {}): Planning => createPlanning({ store, frameworks: [native()], ...parts });
const project = (configuration: object = {}): ProjectLocation => ({
  projectId: `p${projects}`,
  name: 'shop',
  root,
  configuration: configurationSchema.parse(configuration),
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
const testModule = (body: string, meta = ''): string =>
  `${meta && `export const meta = ${meta};\n`}export async function run(page) { ${body} }\n`;

const SHOP = {
  'services/shop/package.json': '{"dependencies":{"express":"5"}}',
  'services/shop/app.js': `const app = require('express')();
    app.get('/health', h); app.get('/products/:id', h); app.post('/payments', requireAuth, h); app.delete('/carts/:id', h);`,
  'services/shop/modules/01_health.ts': testModule(`await page.get('/health');`),
  'services/shop/modules/02_log_in.ts': testModule(`await page.post('/login');`),
  'services/shop/modules/03_pay.ts': `import { logIn } from '../testing/people';
    ${testModule("await logIn(page); await page.post('/payments');", "{ dependsOn: ['02_log_in'] }")}`,
  'services/shop/testing/people.ts': `export const logIn = (page) => page.post('/login');`,
};

async function plan(at: ProjectLocation, parts?: Partial<PlanningParts>): Promise<TestStrategy> {
  const service = planning(parts);
  const { manifest } = await service.manifest(at, { force: false });
  return (await service.strategy(at, manifest, { name: 'n', description: 'd' })).strategy;
}
const eventsOf = async (stream: string) => (await store.readStream(stream)).map(({ type }) => type.replace('io.testimony.', ''));

describe('the manifest', () => {
  it('is stored once for each change of the sources, after the project', async () => {
    write(SHOP);
    const service = planning();
    const first = await service.manifest(project(), { force: false });
    const second = await service.manifest(project(), { force: false, previous: first.manifest });
    await service.manifest(project(), { force: true, previous: first.manifest });
    expect([first.changed, second.changed]).toEqual([true, false]);
    write({ 'services/shop/app.js': '' });
    await service.manifest(project(), { force: false, previous: first.manifest });
    expect(await eventsOf(`project-${project().projectId}`)).toEqual(['project.registered', 'manifest.generated', 'manifest.generated']);
  });

  it('asks the running service for a document that is no file, and says when it does not answer', async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/base/openapi.json' ? 200 : 404;
      response.end(JSON.stringify({ openapi: '3.0.0', paths: { '/todos': { get: {} } } }));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const with1 = (base: string, openapi: string) =>
        planning().manifest(project({ services: { todo: { base_url: base, openapi } } }), { force: false });
      const read = await with1(`${url}/base`, '/openapi.json');
      expect(read.manifest.services[0]?.endpoints.map(({ full_path }) => full_path)).toEqual(['/todos']);
      expect(read.problems).toEqual([]);
      expect((await with1(url, '/openapi.json')).problems).toEqual([
        `The OpenAPI document of todo cannot be read from ${url}/openapi.json (it answered 404); its endpoints are those of the source alone`,
      ]);
    } finally {
      await new Promise((closed) => server.close(closed));
    }
    // A port that nobody has listened on since this process opened connections.
    const closed = createServer();
    await new Promise<void>((listening) => closed.listen(0, '127.0.0.1', listening));
    const { port } = closed.address() as AddressInfo;
    await new Promise((done) => closed.close(done));
    const away = await planning().manifest(
      project({ services: { todo: { base_url: `http://127.0.0.1:${port}`, openapi: '/openapi.json' } } }),
      { force: false },
    );
    expect(away.problems).toEqual([expect.stringContaining('(ECONNREFUSED)')]);
  });
});

describe('a strategy', () => {
  it('orders by risk, dependencies first, and explains itself', async () => {
    write(SHOP);
    const strategy = await plan(project());
    expect(strategy.executionOrder).toEqual(['shop/02_log_in', 'shop/03_pay', 'shop/01_health']);
    expect(strategy.parallelizationGroups).toEqual([['shop/02_log_in', 'shop/01_health'], ['shop/03_pay']]);
    expect(strategy.testCases[1]?.riskFactors.map(({ factor }) => factor)).toEqual(['money', 'write_operation', 'requires_auth']);
    expect(strategy.testCases[1]).toMatchObject({
      priority: 'high',
      endpoint: '/payments',
      httpMethod: 'POST',
      dependencies: ['shop/02_log_in'],
      metadata: { risk: 0.5, endpoints: ['POST /login', 'POST /payments'] },
    });
    expect(strategy.testCases[1]?.riskFactors.map(({ factor }) => factor)).toEqual(['money', 'write_operation', 'requires_auth']);
    expect(strategy.coverageTargets).toEqual({
      endpoints: 4,
      endpointsCovered: 2,
      uncovered: ['DELETE /carts/{id}', 'GET /products/{id}'],
    });
    expect(strategy.totalEstimatedDurationMs).toBe(900);
    expect(strategy.targetServices).toEqual(['shop']);
  });

  it('is in order of service and file where risk is not wanted', async () => {
    write(SHOP);
    expect((await plan(project({ general: { enable_risk_prioritization: false } }))).executionOrder).toEqual([
      'shop/01_health',
      'shop/02_log_in',
      'shop/03_pay',
    ]);
  });

  it('takes its author’s priority, and what history says', async () => {
    write({ ...SHOP, 'services/shop/modules/01_health.ts': testModule(`await page.get('/health');`, `{ priority: 'critical' }`) });
    const strategy = await plan(project(), {
      history: () => Promise.resolve(new Map([['shop/01_health', { failures: 1, runs: 4, medianMs: 41.6 }]])),
    });
    expect(strategy.testCases[0]).toMatchObject({
      id: 'shop/01_health',
      priority: 'critical',
      estimatedDurationMs: 42,
      metadata: { risk: 0.125 },
    });
    expect(strategy.testCases[0]?.riskFactors.map(({ factor }) => factor)).toEqual(['declared_priority', 'past_failures']);
  });

  it('plans a broken module too, so that no run is green without it', async () => {
    write({ ...SHOP, 'services/shop/modules/02_log_in.ts': 'export const nothing = 1;' });
    const { manifest } = await planning().manifest(project(), { force: false });
    const { strategy, problems, notes } = await planning().strategy(project(), manifest, { name: 'n', description: '' });
    expect(problems).toEqual([expect.stringMatching(/^services\/shop\/modules\/02_log_in\.ts:1 has no function run/)]);
    expect(notes).toEqual([expect.stringContaining('git tells no history')]);
    expect(strategy.testCases.map(({ id, metadata }) => [id, metadata.skip])).toEqual([
      ['shop/02_log_in', undefined],
      ['shop/03_pay', undefined],
      ['shop/01_health', undefined],
    ]);
  });

  it('is kept and found by its project alone, and can be taken in from elsewhere, twice', async () => {
    write(SHOP);
    const strategy = await plan(project());
    expect(await planning().findStrategy(project().projectId, strategy.id)).toEqual(strategy);
    expect(await eventsOf(`strategy-${strategy.id}`)).toEqual(['strategy.generated']);
    await expect(planning().findStrategy('another', strategy.id)).rejects.toMatchObject({
      kind: 'strategy-unknown',
      message: expect.stringContaining('e2e plan-strategy'),
    });

    const elsewhere = { ...strategy, id: `${strategy.id}x` };
    await planning().importStrategy(project().projectId, elsewhere);
    await planning().importStrategy(project().projectId, elsewhere);
    expect(await planning().findStrategy(project().projectId, elsewhere.id)).toEqual(elsewhere);
    await expect(planning().importStrategy('another', elsewhere)).rejects.toMatchObject({ kind: 'strategy-of-another-project' });
    await expect(planning().importStrategy('another', { ...strategy, testCases: 1 } as unknown as TestStrategy)).rejects.toMatchObject({
      kind: 'strategy-broken',
    });
  });

  it.each([
    [
      {},
      undefined,
      'no-tests',
      'There is no test to plan. A test is a file such as services/orders/modules/01_health.ts that exports run(page).',
    ],
    [SHOP, ['shp'], 'service-unknown', 'There is no service "shp" in this project: did you mean "shop"?'],
    [{ 'services/shop/modules/a.ts': 'export const x = 1;' }, ['shop'], 'service-unknown', 'name them in e2e.conf'],
    [
      { ...SHOP, 'services/shop/modules/02_log_in.ts': testModule('', `{ dependsOn: ['pay'] }`) },
      undefined,
      'dependencies-broken',
      '02_log_in.ts -> services/shop/modules/03_pay.ts -> services/shop/modules/02_log_in.ts',
    ],
    [
      { ...SHOP, 'services/shop/modules/02_log_in.ts': testModule('', `{ dependsOn: ['heath'] }`) },
      undefined,
      'dependencies-broken',
      'did you mean "health"?',
    ],
  ])('is refused with a sentence (%#)', async (files, services, kind, message) => {
    write(files as Record<string, string>);
    const { manifest } = await planning().manifest(project(), { force: false });
    await expect(
      planning().strategy(project(), manifest, { name: 'n', description: '', ...(services && { services }) }),
    ).rejects.toMatchObject({ kind, message: expect.stringContaining(message) });
  });
});

it('is provided by its Nest module', async () => {
  const app = await Test.createTestingModule({ imports: [PlanningModule.register({ store, frameworks: [] })] }).compile();
  await expect(app.get<Planning>(PLANNING).findStrategy('p', 'none')).rejects.toMatchObject({ kind: 'strategy-unknown' });
});
