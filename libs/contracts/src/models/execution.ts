import { z } from 'zod';
import { conditionsSchema } from './conditions';
import { artifactSchema, failureSchema, requestRecordSchema } from './failure';
import { verdictSchema, TEST_STATUSES, type FailureClass } from './words';

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
  /** With a mutation: how many answers it changed. An attempt that met none was never put to this proof. */
  mutatedAnswers: z.number().int().min(0).optional(),
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

/** How often of how many; attempts without an answer do not count. */
export const countSchema = z.object({ runs: z.number().int().min(0), failed: z.number().int().min(0) });
export type Count = z.infer<typeof countSchema>;

/** One fact that a decision was made on. */
export const evidenceSchema = z.object({
  fact: z.string(),
  /** Natural log of the odds that the fact moves: above 0 towards what was concluded, below 0 against it. */
  weight: z.number(),
});
export type Evidence = z.infer<typeof evidenceSchema>;

/** Of a failed or flaky test, so that four things with one colour are not mistaken: it worked on the base or before, it never worked, it depends on conditions, something around it was away. */
export const LABELS = ['regressed', 'broken', 'flaky', 'infrastructure'] as const;
export const labelSchema = z.enum(LABELS);
export type Label = z.infer<typeof labelSchema>;

export const decisionSchema = z.object({
  verdict: verdictSchema,
  reason: z.string(),
  /** Attempts on the head that gave an answer, and how many of them failed: the flake's rate is failed / runs. */
  runs: z.number().int(),
  failed: z.number().int(),
  label: labelSchema.optional(),
  /** P(flaky | evidence) and the failure rate with its 95 % interval, of a test that failed at least once. */
  flakiness: z.object({ probability: z.number(), rate: z.number(), low: z.number(), high: z.number() }).optional(),
  /** The same test under the same conditions against the base revision. */
  base: countSchema.optional(),
  /** A product bug that does not show each time. */
  intermittent: z.boolean().optional(),
  evidence: z.array(evidenceSchema).optional(),
});
export type Decision = z.infer<typeof decisionSchema>;

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
  /** The verdict with its numbers; null while there is none. */
  decision: decisionSchema.nullable().default(null),
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
