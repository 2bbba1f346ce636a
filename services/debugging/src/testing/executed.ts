import type { Attempt, Decision, Failure, TestCase, TestExecution, TestResult, TestStrategy } from '@testimony/contracts';

type Asked = readonly (readonly [method: string, path: string, status: number | null])[];

export function attemptOf(n: number, outcome: Attempt['outcome'], over: Partial<Attempt> = {}): Attempt {
  return {
    attempt: n,
    outcome,
    conditions: { isolated: n > 1 },
    workerId: 'wrk_1',
    startedAt: '2026-05-03T10:00:00.000Z',
    durationMs: 40,
    requests: [],
    logs: [],
    artifacts: [],
    ...over,
  };
}

export function requestsOf(asked: Asked, base = 'http://127.0.0.1:3000'): Attempt['requests'] {
  return asked.map(([method, path, status]) => ({ method, url: `${base}${path}`, status, durationMs: 3 }));
}

export function failing(failure: Partial<Failure> & { message: string }, asked: Asked = []): Attempt {
  return attemptOf(1, 'failed', { failure: { class: 'assertion', ...failure }, requests: requestsOf(asked) });
}

export function resultOf(testId: string, status: TestResult['status'], attempts: Attempt[], decision: Partial<Decision> = {}): TestResult {
  const judged = attempts.filter(({ outcome }) => outcome === 'passed' || outcome === 'failed');
  return {
    testId,
    status,
    startedAt: null,
    completedAt: null,
    durationMs: 40,
    attempts,
    errorMessage: null,
    stackTrace: null,
    logs: [],
    healed: false,
    healingApplied: null,
    reason: decision.reason ?? status,
    decision: {
      verdict: status === 'pending' || status === 'running' ? 'lost' : status,
      reason: status,
      runs: judged.length,
      failed: judged.filter(({ outcome }) => outcome === 'failed').length,
      ...decision,
    },
  };
}

export function testCase(id: string, over: Partial<TestCase> = {}): TestCase {
  return {
    id,
    name: id,
    description: '',
    testType: 'integration',
    priority: 'medium',
    service: 'shop',
    module: `services/shop/modules/${id}.ts`,
    riskFactors: [],
    dependencies: [],
    estimatedDurationMs: 40,
    tags: [],
    metadata: { framework: 'native', titlePath: [], risk: 0, endpoints: [] },
    ...over,
  };
}

export function executed(
  id: string,
  results: TestResult[],
  cases: TestCase[] = results.map(({ testId }) => testCase(testId)),
): { execution: TestExecution; strategy: TestStrategy } {
  return {
    execution: {
      id,
      strategyId: 'str_1',
      status: 'failed',
      results,
      summary: { total: results.length, passed: 0, failed: 0, flaky: 0, skipped: 0, healed: 0, lost: 0 },
    },
    strategy: {
      id: 'str_1',
      name: 's',
      description: '',
      targetServices: [],
      testCases: cases,
      executionOrder: cases.map((each) => each.id),
      parallelizationGroups: [],
      totalEstimatedDurationMs: 0,
      coverageTargets: { endpoints: 0, endpointsCovered: 0, uncovered: [] },
      createdAt: '2026-05-03T10:00:00.000Z',
    },
  };
}
