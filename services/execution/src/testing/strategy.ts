import type { Priority, TestCase, TestStrategy } from '@testimony/contracts';

export interface Wanted {
  readonly id: string;
  readonly priority?: Priority;
  readonly dependencies?: string[];
  readonly expectedMs?: number;
  readonly framework?: string;
  readonly skip?: string;
}

/** A strategy of these tests, in the shape that planning makes. */
export function strategyOf(tests: readonly (string | Wanted)[]): TestStrategy {
  const testCases = tests.map((t) => testCase(typeof t === 'string' ? { id: t } : t));
  return {
    id: 'str_1',
    name: 'nightly',
    description: '',
    targetServices: ['orders'],
    testCases,
    executionOrder: testCases.map((t) => t.id),
    parallelizationGroups: [testCases.map((t) => t.id)],
    totalEstimatedDurationMs: 0,
    coverageTargets: { endpoints: 0, endpointsCovered: 0, uncovered: [] },
    createdAt: '2026-01-02T03:04:05.000Z',
  };
}

function testCase({ id, priority = 'medium', dependencies = [], expectedMs = 100, framework = 'native', skip }: Wanted): TestCase {
  return {
    id,
    name: `test ${id}`,
    description: '',
    testType: 'integration',
    priority,
    service: 'orders',
    module: `services/orders/modules/${id}.ts`,
    riskFactors: [],
    dependencies,
    estimatedDurationMs: expectedMs,
    tags: [],
    metadata: { framework, titlePath: [], risk: 0, endpoints: [], skip },
  };
}
