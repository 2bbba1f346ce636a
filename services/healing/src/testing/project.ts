import type { Attempt, TestCase, TestExecution, TestResult, TestStrategy } from '@testimony/contracts';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { HealedProject } from '../api';

export interface SpecProject extends HealedProject {
  readonly scratch: string;
  write(file: string, text: string): Promise<void>;
  remove(): Promise<void>;
}

/** A project in a folder of its own. */
export async function specProject(): Promise<SpecProject> {
  const scratch = await mkdtemp(join(tmpdir(), 'healing-'));
  const root = join(scratch, 'project');
  await mkdir(root);
  return {
    projectId: 'shop',
    root,
    scratch,
    overlayDir: join(scratch, 'overlay'),
    patchDir: join(scratch, 'patches'),
    write: async (file, text) => {
      const path = join(root, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    },
    remove: () => rm(scratch, { recursive: true, force: true }),
  };
}

export function nativeTest(id: string): TestCase {
  return {
    id,
    name: id.replaceAll('_', ' '),
    description: '',
    testType: 'integration',
    priority: 'medium',
    service: 'shop',
    module: `services/shop/modules/${id}.ts`,
    riskFactors: [],
    dependencies: [],
    estimatedDurationMs: 100,
    tags: [],
    metadata: { framework: 'native', titlePath: [], risk: 0, endpoints: [] },
  };
}

export function strategyOf(testCases: readonly TestCase[]): TestStrategy {
  const ids = testCases.map(({ id }) => id);
  return {
    id: 'str_1',
    name: 'nightly',
    description: '',
    targetServices: ['shop'],
    testCases: [...testCases],
    executionOrder: ids,
    parallelizationGroups: [ids],
    totalEstimatedDurationMs: 0,
    coverageTargets: { endpoints: 0, endpointsCovered: 0, uncovered: [] },
    createdAt: '2026-01-02T03:04:05.000Z',
  };
}

export function resultOf(testId: string, attempts: readonly Attempt[], changes: Partial<TestResult> = {}): TestResult {
  return {
    testId,
    status: 'flaky',
    startedAt: attempts[0]?.startedAt ?? null,
    completedAt: null,
    durationMs: 0,
    attempts: [...attempts],
    errorMessage: null,
    stackTrace: null,
    logs: [],
    healed: false,
    healingApplied: null,
    reason: 'it failed in 1 of 2 attempts',
    decision: { verdict: 'flaky', reason: 'it failed in 1 of 2 attempts', runs: 2, failed: 1, label: 'flaky' },
    ...changes,
  };
}

export function executionOf(results: readonly TestResult[], id = 'exe_1'): TestExecution {
  const summary = { total: results.length, passed: 0, failed: 0, flaky: results.length, skipped: 0, healed: 0, lost: 0 };
  return { id, strategyId: 'str_1', status: 'passed', results: [...results], summary };
}
