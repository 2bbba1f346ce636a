import { z } from 'zod';
import { artifactSchema, failureSchema, requestRecordSchema } from './failure';
import { verdictSchema, TEST_STATUSES, type FailureClass } from './words';

/** Under what an attempt ran. Attempts under equal conditions may be compared. */
export const conditionsSchema = z.object({
  /** In a process of its own, alone: nothing that another test left in memory can matter. */
  isolated: z.boolean().default(false),
});
export type Conditions = z.infer<typeof conditionsSchema>;

/** What one attempt found. `lost` is the loss of the machine or of the system under test, not an answer about the test. */
export const OUTCOMES = ['passed', 'failed', 'skipped', 'lost'] as const;
export const outcomeSchema = z.enum(OUTCOMES);
export type Outcome = z.infer<typeof outcomeSchema>;

export const attemptSchema = z.object({
  /** 1 for the first try. */
  attempt: z.number().int().min(1),
  outcome: outcomeSchema,
  conditions: conditionsSchema,
  workerId: z.string(),
  startedAt: z.iso.datetime(),
  durationMs: z.number(),
  failure: failureSchema.optional(),
  /** Why it was skipped or lost. */
  reason: z.string().optional(),
  requests: z.array(requestRecordSchema).default([]),
  /** Lines that the test printed, masked and cut. */
  logs: z.array(z.string()).default([]),
  artifacts: z.array(artifactSchema).default([]),
});
export type Attempt = z.infer<typeof attemptSchema>;

/** The test met no answer, and the probe right after it met none either: the attempt says nothing about the test. */
export function systemWasAway(attempt: {
  readonly outcome: Outcome;
  readonly failure?: { readonly class: FailureClass; readonly probe?: { readonly reachable: boolean } | undefined } | undefined;
}): boolean {
  return attempt.outcome === 'failed' && attempt.failure?.class === 'network' && attempt.failure.probe?.reachable === false;
}

export const testResultSchema = z.object({
  testId: z.string(),
  status: z.enum(TEST_STATUSES),
  startedAt: z.iso.datetime().nullable(),
  completedAt: z.iso.datetime().nullable(),
  /** Of the attempt that the verdict stands on. */
  durationMs: z.number(),
  attempts: z.array(attemptSchema),
  errorMessage: z.string().nullable(),
  stackTrace: z.string().nullable(),
  logs: z.array(z.string()),
  healed: z.boolean(),
  healingApplied: z.string().nullable(),
  /** Why this verdict, in words with the numbers it was made on. */
  reason: z.string(),
});
export type TestResult = z.infer<typeof testResultSchema>;

export const summarySchema = z.object({
  total: z.number().int(),
  passed: z.number().int(),
  failed: z.number().int(),
  flaky: z.number().int(),
  skipped: z.number().int(),
  healed: z.number().int(),
  lost: z.number().int(),
});
export type Summary = z.infer<typeof summarySchema>;

/** `passed`, `failed`, `lost` (something could not be judged and nothing failed), `empty` (no test ran), `cancelled`; `running` until then. */
export const EXECUTION_STATUSES = ['running', 'passed', 'failed', 'lost', 'empty', 'cancelled'] as const;
export const executionStatusSchema = z.enum(EXECUTION_STATUSES);
export type ExecutionStatus = z.infer<typeof executionStatusSchema>;

export const testExecutionSchema = z.object({
  id: z.string(),
  strategyId: z.string(),
  status: executionStatusSchema,
  results: z.array(testResultSchema),
  summary: summarySchema,
});
export type TestExecution = z.infer<typeof testExecutionSchema>;

export const decisionSchema = z.object({
  verdict: verdictSchema,
  reason: z.string(),
  /** Attempts that gave an answer, and how many of them failed: the flake's rate is failed / runs. */
  runs: z.number().int(),
  failed: z.number().int(),
});
export type Decision = z.infer<typeof decisionSchema>;
