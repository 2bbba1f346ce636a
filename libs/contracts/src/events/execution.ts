import { z } from 'zod';
import { conditionsSchema } from '../models/conditions';
import { attemptSchema, decisionSchema, summarySchema } from '../models/execution';
import { testPriorSchema } from '../models/test-case';
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
  /** What is known of the test before it runs, for whoever judges a failure. */
  prior: testPriorSchema.optional(),
  /** The fix that was applied to it: when it passes, it is `healed`. */
  healedBy: z.string().optional(),
  /** Of an experiment's trial: the test that is tried, and under what. Its own id counts the trials. */
  trial: z.object({ testId: z.string(), conditions: conditionsSchema }).optional(),
});
export type PlannedTest = z.infer<typeof plannedTestSchema>;

export const ExecutionRequested = published(
  'execution.requested',
  z.object({
    executionId: z.string(),
    projectId: z.string(),
    strategyId: z.string(),
    strategyName: z.string(),
    /**
     * A `run` gives verdicts, and so does a `recheck`, which runs healed tests of a run again and stands in no list; an `experiment` makes
     * attempts under chosen conditions for somebody who draws conclusions from them.
     */
    purpose: z.enum(['run', 'recheck', 'experiment']).default('run'),
    /** What is tested, where that is known: the commit of the project's folder, and whether files differ from it. */
    revision: z.object({ commit: z.string(), dirty: z.boolean() }).optional(),
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

/** Many tests met no answer within a short time: one outage, and no new attempt is made until the system answers again or the patience is spent. */
export const ExecutionOutageBegan = published(
  'execution.outage-began',
  z.object({ executionId: z.string(), url: z.string(), tests: z.number().int(), reason: z.string(), at: z.iso.datetime() }),
);
export const ExecutionOutageEnded = published(
  'execution.outage-ended',
  z.object({ executionId: z.string(), url: z.string(), recovered: z.boolean(), durationMs: z.number(), at: z.iso.datetime() }),
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
