import { z } from 'zod';
import { attemptSchema, decisionSchema, summarySchema } from '../models/execution';
import { published } from './definition';

/** What the execution needs to know of a planned test to hand it out. */
export const plannedTestSchema = z.object({
  testId: z.string(),
  name: z.string(),
  service: z.string(),
  framework: z.string(),
  file: z.string(),
  titlePath: z.array(z.string()),
  /** 0 runs first. */
  rank: z.number().int(),
  expectedMs: z.number(),
  timeoutMs: z.number(),
  dependencies: z.array(z.string()),
  skip: z.string().optional(),
});
export type PlannedTest = z.infer<typeof plannedTestSchema>;

export const ExecutionRequested = published(
  'execution.requested',
  z.object({
    executionId: z.string(),
    projectId: z.string(),
    strategyId: z.string(),
    strategyName: z.string(),
    tests: z.array(plannedTestSchema),
    parallel: z.number().int().min(1),
    /** Attempts a failing test may have in all. */
    maxAttempts: z.number().int().min(1),
    requestedAt: z.iso.datetime(),
  }),
);

/** The execution may have workers now; the runner answers with them. */
export const ExecutionAdmitted = published(
  'execution.admitted',
  z.object({ executionId: z.string(), projectId: z.string(), parallel: z.number().int().min(1) }),
);

/** The first lease was given. */
export const ExecutionStarted = published('execution.started', z.object({ executionId: z.string(), startedAt: z.iso.datetime() }));

/** A worker that holds work was not heard of for too long: its work returned to the queue, and whoever provided it should see whether it still lives. */
export const ExecutionWorkerSilent = published(
  'execution.worker-silent',
  z.object({ executionId: z.string(), workerId: z.string(), silentMs: z.number() }),
);

export const ExecutionCompleted = published(
  'execution.completed',
  z.object({
    executionId: z.string(),
    projectId: z.string(),
    status: z.enum(['passed', 'failed', 'lost', 'empty']),
    summary: summarySchema,
    completedAt: z.iso.datetime(),
  }),
);

export const ExecutionCancelled = published(
  'execution.cancelled',
  z.object({ executionId: z.string(), projectId: z.string(), reason: z.string(), cancelledAt: z.iso.datetime() }),
);

export const TestAttempted = published('test.attempted', z.object({ executionId: z.string(), testId: z.string(), ...attemptSchema.shape }));

export const TestDecided = published(
  'test.decided',
  z.object({
    executionId: z.string(),
    testId: z.string(),
    ...decisionSchema.shape,
    attempts: z.number().int(),
    durationMs: z.number(),
    decidedAt: z.iso.datetime(),
  }),
);
