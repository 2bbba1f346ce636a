import { z } from 'zod';

/** What became of a test. `pending` and `running` are on the way; the rest are the terminal verdicts, of which every planned test gets exactly one. */
export const TEST_STATUSES = ['pending', 'running', 'passed', 'failed', 'flaky', 'healed', 'skipped', 'lost'] as const;
export type TestStatus = (typeof TEST_STATUSES)[number];
export const VERDICTS = ['passed', 'failed', 'flaky', 'healed', 'skipped', 'lost'] as const;
export const verdictSchema = z.enum(VERDICTS);
export type Verdict = z.infer<typeof verdictSchema>;

/** Most urgent first; the order of this list is the order in which tests run. */
export const PRIORITIES = ['critical', 'high', 'medium', 'low'] as const;
export const prioritySchema = z.enum(PRIORITIES);
export type Priority = z.infer<typeof prioritySchema>;

export const TEST_TYPES = ['unit', 'integration', 'e2e', 'performance', 'security', 'regression'] as const;
export const testTypeSchema = z.enum(TEST_TYPES);
export type TestType = z.infer<typeof testTypeSchema>;

/** What makes a test flaky; the first six are the classic ones. */
export const FLAKE_PATTERNS = [
  'hardcoded_sleep',
  'race_condition',
  'external_dependency',
  'random_data',
  'time_dependent',
  'exact_assertion',
  'tight_timeout',
  'unordered_collection',
  'shared_resource',
  'leaked_state',
] as const;
export const flakePatternSchema = z.enum(FLAKE_PATTERNS);
export type FlakePattern = z.infer<typeof flakePatternSchema>;

export const FAILURE_CLASSES = [
  'assertion',
  'timeout',
  'network',
  'authentication',
  'authorization',
  'not_found',
  'validation',
  'server',
  'database',
  'other',
] as const;
export const failureClassSchema = z.enum(FAILURE_CLASSES);
export type FailureClass = z.infer<typeof failureClassSchema>;
