import { ExecutionCompleted, ExecutionRequested, TestDecided, type EventDefinition } from '@testimony/contracts';
import { openEventStore, type EventStore, type StoredEvent } from '@testimony/event-store';
import { startTemporaryPostgres, type RunningPostgres } from '@testimony/local-postgres';
import { HEALING_MIGRATIONS } from './migrations';
import { startHealing, type RunningHealing } from './start-healing';
import { specProject, type SpecProject } from './testing/project';
import { simulated, testCaseOf } from './testing/simulated';
import type { TextReading } from './text-reading';

jest.setTimeout(60_000);

let postgres: RunningPostgres;
let store: EventStore;
let execution: EventStore;
let running: RunningHealing;
let project: SpecProject;

const now = (): Date => new Date('2026-01-02T03:04:05.000Z');
const reading: TextReading = {
  flakeReader: () => ({ read: (files) => Promise.resolve(files.map(() => ({ problem: 'it is not there' }))) }),
  fixCandidates: () => [],
  editObjection: () => undefined,
  assertionObjection: () => undefined,
  unifiedPatch: () => '',
};
const experiments = simulated(
  [
    { id: 'a', fails: ({ random }) => random() < 0.5 },
    { id: 'b', fails: () => false },
  ],
  1,
);

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  [store, execution, project] = await Promise.all([
    openEventStore({ url: postgres.url, schema: 'healing', migrations: HEALING_MIGRATIONS }),
    openEventStore({ url: postgres.url, schema: 'execution' }),
    specProject(),
  ]);
  running = await startHealing({ store, sources: { execution }, experiments, reading, now });
});
afterAll(async () => {
  await running?.close();
  await Promise.all([store?.close(), execution?.close(), project?.remove()]);
  await postgres?.stop({ wait: false });
});

async function say(definition: EventDefinition, stream: string, data: unknown): Promise<void> {
  await execution.append(stream, 'any', [{ type: definition.type, data: definition.schema.parse(data), published: true }]);
}

const planned = (testId: string) => ({
  testId,
  name: `test ${testId}`,
  service: 'shop',
  framework: 'native',
  file: `services/shop/modules/${testId}.ts`,
  titlePath: [],
  rank: 0,
  expectedMs: 10,
  timeoutMs: 1_000,
  dependencies: [],
  prior: { patterns: [{ pattern: 'race_condition', probability: 0.4, line: 3 }] },
});

const request = (executionId: string, purpose: 'run' | 'experiment', tests = ['t1', 't2'], more: object = {}): Promise<void> =>
  say(ExecutionRequested, `execution-${executionId}`, {
    executionId,
    projectId: 'shop',
    strategyId: 'str_1',
    strategyName: 'nightly',
    purpose,
    tests: tests.map(planned),
    parallel: 2,
    maxAttempts: 3,
    requestedAt: now().toISOString(),
    ...more,
  });
const decided = (executionId: string, testId: string, verdict: 'flaky' | 'passed'): Promise<void> =>
  say(TestDecided, `test-${executionId}-${testId}`, {
    executionId,
    testId,
    verdict,
    reason: 'it failed in 1 of 3 attempts',
    runs: 3,
    failed: 1,
    attempts: 3,
    durationMs: 10,
    decidedAt: now().toISOString(),
  });
const flakes = (id: string): Promise<StoredEvent[]> => store.readStream(`flake-${id}`);

describe('the healing service', () => {
  it('notes a flaky verdict once, and neither other verdicts nor those of experiments', async () => {
    await request('exe_1', 'run');
    await request('exe_2', 'experiment');
    await decided('exe_1', 't1', 'flaky');
    await decided('exe_1', 't1', 'flaky');
    await decided('exe_1', 't2', 'passed');
    await decided('exe_2', 't1', 'flaky');
    const summary = { total: 2, passed: 1, failed: 0, flaky: 1, skipped: 0, healed: 0, lost: 0 };
    await say(ExecutionCompleted, 'execution-exe_1', {
      executionId: 'exe_1',
      projectId: 'shop',
      status: 'passed',
      summary,
      completedAt: now().toISOString(),
    });
    await running.caughtUp();
    expect(await flakes('exe_1-t1')).toMatchObject([
      {
        type: 'io.testimony.flake.detected',
        sequence: 1,
        data: {
          projectId: 'shop',
          executionId: 'exe_1',
          testId: 't1',
          verdict: 'flaky',
          runs: 3,
          failed: 1,
          patterns: ['race_condition'],
          file: 'services/shop/modules/t1.ts',
        },
      },
    ]);
    expect([await flakes('exe_1-t2'), await flakes('exe_2-t1')]).toEqual([[], []]);
    const { rows } = await store.query('SELECT FROM planned');
    expect(rows).toEqual([]);
  });

  it('detects on demand, and notes what it found', async () => {
    const detections = await running.healing.detect(project, [testCaseOf({ id: 'a' }), testCaseOf({ id: 'b' })], { runsEach: 10, seed: 1 });
    expect(detections.map(({ testId, verdict }) => [testId, verdict])).toEqual([
      ['a', 'flaky'],
      ['b', 'stable'],
    ]);
    expect(await flakes('shop-a')).toHaveLength(1);
    expect(await flakes('shop-b')).toEqual([]);
  });

  it('keeps a quarantine within the budget of the project’s known tests, and lets out what has shown that it may', async () => {
    const entry = {
      testId: 'a',
      testName: 'test a',
      owner: 'mona',
      reason: 'flaky',
      since: now().toISOString(),
      until: '2026-01-12T00:00:00.000Z',
    };
    await request(
      'exe_3',
      'run',
      Array.from({ length: 20 }, (_, i) => `t${i}`),
    );
    await running.caughtUp();
    await running.healing.quarantine('shop', entry);
    await expect(running.healing.quarantine('shop', { ...entry, testId: 'b' })).rejects.toMatchObject({ kind: 'quarantine-full' });
    expect(await running.healing.quarantined('shop', now())).toEqual([entry]);
    // What was red before it was put in stays red.
    expect(await running.healing.quarantined('shop', new Date('2026-01-02T03:04:04.000Z'))).toEqual([]);
    await expect(running.healing.release('shop', 'a', 'it seems to hold', { runs: 1, failed: 0 })).rejects.toMatchObject({
      kind: 'evidence-missing',
    });
    await running.healing.release('shop', 'a', 'it holds', { runs: 299, failed: 0 });
    expect(await running.healing.quarantined('shop', now())).toEqual([]);
  });

  it('does not take a run of some tests for all that the project has, and forgets a size after a month', async () => {
    const runOf = (executionId: string, n: number, at: string): Promise<void> =>
      request(
        executionId,
        'run',
        Array.from({ length: n }, (_, i) => `t${i}`),
        { projectId: 'large', requestedAt: at },
      );
    const entry = (testId: string) => ({
      testId,
      testName: `test ${testId}`,
      owner: 'mona',
      reason: 'flaky',
      since: now().toISOString(),
      until: '2026-01-12T00:00:00.000Z',
    });
    await runOf('exe_4', 60, '2025-12-20T00:00:00.000Z');
    await runOf('exe_5', 2, '2026-01-02T00:00:00.000Z');
    await running.caughtUp();
    for (const testId of ['a', 'b', 'c']) await running.healing.quarantine('large', entry(testId));
    await expect(running.healing.quarantine('large', entry('d'))).rejects.toThrow(/3 may be \(5 % of 60 tests/);
    await runOf('exe_6', 20, '2026-01-25T00:00:00.000Z');
    await running.caughtUp();
    await expect(running.healing.quarantine('large', entry('d'))).rejects.toThrow(/1 may be \(5 % of 20 tests/);
  });
});
