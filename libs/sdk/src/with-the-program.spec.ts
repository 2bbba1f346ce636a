import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AIDebugger, AutonomousRunner, SelfHealer, StrategyPlanner } from './index';

// Against the real, built program (libs/sdk depends on services/cli in nx.json's terms), a real database and a real service.

let root: string;
let server: Server;
const authorizations = new Set<string | undefined>();

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'testimony-sdk-real-'));
  const answer = (request: IncomingMessage): number => {
    // The question whether the service is there carries no credentials; the tests' own requests do.
    if (request.url !== '/') authorizations.add(request.headers.authorization);
    return request.url === '/broken' ? 500 : 200;
  };
  server = createServer((request, response) => response.writeHead(answer(request)).end('{}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  mkdirSync(join(root, 'services/orders/modules'), { recursive: true });
  mkdirSync(join(root, 'services/other/modules'), { recursive: true });
  writeFileSync(join(root, 'e2e.conf'), 'project:\n  name: sdk\nservices:\n  orders:\n  other:\n');
  const test = (path: string): string => `export async function run(page) { page.assertOk(await page.get('${path}')); }\n`;
  writeFileSync(join(root, 'services/orders/modules/01_works.js'), test('/works'));
  writeFileSync(join(root, 'services/orders/modules/02_broken.js'), test('/broken'));
  writeFileSync(join(root, 'services/other/modules/01_other.js'), test('/other'));
});

afterAll(async () => {
  server.close();
  server.closeAllConnections();
  // What the program left running for a moment (a database that shuts down) may still write; then a removal is silently incomplete.
  while (existsSync(root)) rmSync(root, { recursive: true, force: true });
});

test('plans one service, runs the plan where the context says it is, and gives back every verdict', async () => {
  const strategy = await new StrategyPlanner(root).generateStrategy({ name: 'orders', targetServices: ['orders'] });
  expect(strategy.testCases.map(({ name }) => name).toSorted()).toEqual(['broken', 'works']);

  const runner = new AutonomousRunner(root, { parallel_workers: 2, enable_intelligent_retry: false });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const execution = await runner.runStrategy(strategy, () => ({ baseUrl, headers: { authorization: 'Bearer sdk-t0ken' } }));
  expect(execution).toMatchObject({ strategyId: strategy.id, status: 'failed', summary: { total: 2, passed: 1, failed: 1 } });
  const broken = execution.results.find(({ status }) => status === 'failed');
  expect(broken?.attempts).toHaveLength(1);
  expect(broken?.errorMessage).toContain('500');
  expect(authorizations).toEqual(new Set(['Bearer sdk-t0ken']));
  expect(JSON.stringify(execution)).not.toContain('sdk-t0ken');
}, 60_000);

test('explains what failed, reads a test file for flakiness, and tells what became of fixes', async () => {
  const report = await new AIDebugger(root).getDebugReport();
  expect(report.analyses).toMatchObject([{ testName: expect.stringContaining('broken') as string, classification: { class: 'server' } }]);

  const file = join(root, 'services/other/modules/02_sleeps.js');
  const sleep = 'await new Promise((resolve) => setTimeout(resolve, 200));';
  writeFileSync(
    file,
    `export async function run(page) {\n  page.assertStatus(await page.post('/jobs', { json: {} }), 202);\n  ${sleep}\n  page.assertJson(await page.get('/jobs/1'), { state: 'done' });\n}\n`,
  );
  const healer = new SelfHealer(root);
  expect(await healer.analyzeTestFile(file)).toMatchObject({
    file: 'services/other/modules/02_sleeps.js',
    findings: [{ line: 3, pattern: 'hardcoded_sleep' }],
  });
  await expect(healer.analyzeTestFile(__filename)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('not a file of the project') as string,
  });
  expect(await healer.getHealingStats()).toEqual({ patterns: expect.any(Array) as unknown[] });
}, 60_000);

test('what the program refuses is said in its words', async () => {
  const planner = new StrategyPlanner(root);
  await expect(planner.generateStrategy({ name: 'x', targetServices: ['ordres'] })).rejects.toMatchObject({
    name: 'TestimonyError',
    exitCode: 2,
    message: expect.stringContaining('orders') as string,
  });
}, 60_000);
