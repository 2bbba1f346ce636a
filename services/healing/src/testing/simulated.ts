import type { Attempt, Conditions, TestCase } from '@testimony/contracts';
import type { Experiments } from '../api';
import type { Trial, TrialOutcome } from '../experiments';
import { seeded } from '../statistics/seeded';

/** What a simulated test is and does: whether this run of it fails, given the conditions and what ran before it in its process. */
export interface SimulatedTest {
  readonly id: string;
  readonly dependencies?: readonly string[];
  readonly fails: (run: { readonly conditions: Conditions; readonly before: readonly string[]; readonly random: () => number }) => boolean;
  readonly failure?: Attempt['failure'];
}

export function testCaseOf({ id, dependencies = [] }: Pick<SimulatedTest, 'id' | 'dependencies'>): TestCase {
  return {
    id,
    name: `test ${id}`,
    description: '',
    testType: 'integration',
    priority: 'medium',
    service: 'orders',
    module: `services/orders/modules/${id}.ts`,
    riskFactors: [],
    dependencies: [...dependencies],
    estimatedDurationMs: 40,
    tags: [],
    metadata: { framework: 'native', titlePath: [], risk: 0, endpoints: [] },
  };
}

/** Experiments on simulated tests, which cost nothing and whose truth is known. */
export function simulated(
  tests: readonly SimulatedTest[],
  seed: number,
): Experiments & { readonly made: Trial[]; readonly requests: () => number } {
  const random = seeded(seed);
  const byId = new Map(tests.map((test) => [test.id, test]));
  const made: Trial[] = [];
  let requests = 0;
  const runLane = (lane: readonly Trial[]): TrialOutcome[] =>
    lane.map((trial, place) => {
      made.push(trial);
      const before = trial.conditions.order ? lane.slice(0, place).map(({ testId }) => testId) : [];
      const test = byId.get(trial.testId);
      const failed = test?.fails({ conditions: trial.conditions, before, random }) ?? false;
      const attempt: Attempt = {
        attempt: 1,
        outcome: failed ? 'failed' : 'passed',
        conditions: trial.conditions,
        workerId: 'wrk_1',
        startedAt: '2026-01-02T03:04:05.000Z',
        durationMs: 40,
        requests: [],
        logs: [],
        artifacts: [],
        ...(failed && { failure: test?.failure ?? { class: 'assertion', message: 'expected 1 to equal 2' } }),
      };
      return { ...trial, outcome: failed ? 'failed' : 'passed', attempt };
    });
  return {
    made,
    requests: () => requests,
    run: ({ trials }) => {
      requests += 1;
      return Promise.resolve(trials.flatMap(runLane));
    },
  };
}
