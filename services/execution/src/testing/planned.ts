import type { PlannedTest } from '@testimony/contracts';

export function planned(testId: string, dependencies: string[] = [], over: Partial<PlannedTest> = {}): PlannedTest {
  return {
    testId,
    name: `test ${testId}`,
    service: 'orders',
    framework: 'native',
    file: `services/orders/modules/${testId}.ts`,
    titlePath: [],
    rank: 1,
    expectedMs: 10,
    timeoutMs: 1_000,
    dependencies,
    ...over,
  };
}
