import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestExecution, TestStrategy } from '@testimony/contracts';
import { AutonomousRunner, StrategyPlanner, TestimonyError } from './index';

// A small program that speaks the command line's NDJSON and writes down how it was called. What the real one says is
// pinned by its own specs (services/cli/src/command-line.spec.ts).

const strategy: TestStrategy = {
  id: 'str_1',
  name: 'nightly',
  description: '',
  targetServices: ['orders'],
  testCases: [
    {
      id: 't1',
      name: 'a',
      description: '',
      testType: 'e2e',
      priority: 'high',
      service: 'orders',
      module: 'services/orders/modules/01_a.ts',
      riskFactors: [],
      dependencies: [],
      estimatedDurationMs: 1,
      tags: [],
      metadata: { framework: 'native', titlePath: [], risk: 0.5, endpoints: [] },
    },
  ],
  executionOrder: ['t1'],
  parallelizationGroups: [['t1']],
  totalEstimatedDurationMs: 1,
  coverageTargets: { endpoints: 0, endpointsCovered: 0, uncovered: [] },
  createdAt: '2026-11-24T12:00:00.000Z',
};
const execution: TestExecution = {
  id: 'exe_1',
  strategyId: 'str_1',
  status: 'failed',
  results: [],
  summary: { total: 1, passed: 0, failed: 1, flaky: 0, skipped: 0, healed: 0, lost: 0 },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'testimony-sdk-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(then: string): string {
  const file = join(folder, 'program.cjs');
  writeFileSync(
    file,
    `const fs = require('node:fs');
const input = process.argv.includes('--targets-from=-') ? fs.readFileSync(0, 'utf8') : '';
const strategyFile = process.argv.find((arg) => arg.startsWith('--strategy-id='))?.slice(14);
fs.writeFileSync(${JSON.stringify(join(folder, 'call.json'))}, JSON.stringify({
  args: process.argv.slice(2), input, workers: process.env.E2E_PARALLEL_WORKERS,
  strategy: strategyFile && JSON.parse(fs.readFileSync(strategyFile)), mode: strategyFile && fs.statSync(strategyFile).mode & 0o777, strategyFile,
}));
const say = (data) => console.log(JSON.stringify(data));
${then}`,
  );
  return file;
}

function call(): { args: string[]; input: string; workers?: string; strategy?: TestStrategy; mode?: number; strategyFile?: string } {
  return JSON.parse(readFileSync(join(folder, 'call.json'), 'utf8')) as never;
}

describe('StrategyPlanner', () => {
  test('asks the program for a plan and gives back the strategy', async () => {
    const planner = new StrategyPlanner(folder, { program: program(`say(${JSON.stringify({ strategy, file: 'x', problems: [] })});`) });
    expect(await planner.generateStrategy({ name: '--nightly', description: 'all', targetServices: ['orders', 'payments'] })).toEqual(
      strategy,
    );
    expect(call().args).toEqual(
      expect.arrayContaining(['plan-strategy', `--project=${folder}`, '--name=--nightly', '--services=orders,payments', '--json']),
    );
  });

  test('saves it with latest.txt, as the command line does', async () => {
    const file = await new StrategyPlanner(folder).saveStrategy(strategy);
    expect(file).toBe(join(folder, 'strategies', 'str_1.json'));
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(strategy);
    expect(readFileSync(join(folder, 'strategies', 'latest.txt'), 'utf8')).toBe('str_1');
  });

  test("the program's sentence and exit code become a TestimonyError", async () => {
    const planner = new StrategyPlanner(folder, { program: program("console.error('There is no test to plan.'); process.exitCode = 4;") });
    const failing = planner.generateStrategy({ name: 'x' });
    await expect(failing).rejects.toBeInstanceOf(TestimonyError);
    await expect(failing).rejects.toMatchObject({ message: 'There is no test to plan.', exitCode: 4 });
  });
});

describe('AutonomousRunner', () => {
  const reporting = (): string => {
    const report = join(folder, 'report.json');
    writeFileSync(report, JSON.stringify({ format: 'testimony-report', execution }));
    return program(
      `say({ kind: 'requested' }); console.log('not ours'); say(${JSON.stringify({ kind: 'reported', exitCode: 1, files: { json: report } })}); process.exitCode = 1;`,
    );
  };

  test('hands over the strategy and gives back the execution, red or not', async () => {
    const runner = new AutonomousRunner(folder, { parallel_workers: 7 }, { program: reporting() });
    expect(await runner.runStrategy(strategy)).toEqual(execution);
    expect(call()).toMatchObject({ strategy, workers: '7', mode: 0o600, input: '' });
    expect(existsSync(call().strategyFile ?? '')).toBe(false);
  });

  test('asks for the context of each service once and keeps it out of the arguments', async () => {
    const asked: string[] = [];
    const runner = new AutonomousRunner(folder, {}, { program: reporting() });
    await runner.runStrategy(strategy, async (service) => {
      asked.push(service);
      return { baseUrl: 'http://localhost:1', headers: { authorization: 'Bearer t0ken' } };
    });
    expect(asked).toEqual(['orders']);
    expect(JSON.parse(call().input)).toEqual({ orders: { baseUrl: 'http://localhost:1', headers: { authorization: 'Bearer t0ken' } } });
    expect(call().args.join(' ')).not.toContain('t0ken');
  });

  test('a run that could not begin is a TestimonyError', async () => {
    const runner = new AutonomousRunner(folder, {}, { program: program("console.error('orders is not ready.'); process.exitCode = 3;") });
    await expect(runner.runStrategy(strategy)).rejects.toMatchObject({ message: 'orders is not ready.', exitCode: 3 });
  });

  test('a program that is not there is named', async () => {
    const runner = new AutonomousRunner(folder, {}, { program: join(folder, 'nothing') });
    await expect(runner.runStrategy(strategy)).rejects.toMatchObject({
      message: expect.stringContaining('TESTIMONY_E2E') as string,
      exitCode: null,
    });
  });

  test('an abort reaches the program, which ends politely', async () => {
    const stop = new AbortController();
    const path = program(`process.on('SIGTERM', () => { console.error('Cancelled.'); process.exit(143); }); setInterval(() => {}, 1000);
fs.writeFileSync(${JSON.stringify(join(folder, 'ready'))}, '');`);
    const running = new AutonomousRunner(folder, {}, { program: path, signal: stop.signal }).runStrategy(strategy);
    const ready = setInterval(() => existsSync(join(folder, 'ready')) && stop.abort(), 20);
    try {
      await expect(running).rejects.toMatchObject({ message: 'Cancelled.', exitCode: 143 });
    } finally {
      clearInterval(ready);
    }
  });
});
