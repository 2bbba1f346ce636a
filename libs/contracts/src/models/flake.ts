import { z } from 'zod';
import { conditionsSchema } from './conditions';
import { countSchema } from './execution';
import { flakePatternSchema } from './words';

/** A place in test code that can make a test flaky. */
export const findingSchema = z.object({
  line: z.number().int().min(1),
  endLine: z.number().int().min(1).optional(),
  pattern: flakePatternSchema,
  /** That the test is flaky because of this place, 0..1. */
  probability: z.number().min(0).max(1),
  /** Why it matters here, naming what stands there. */
  message: z.string(),
  suggestion: z.string(),
});
export type Finding = z.infer<typeof findingSchema>;

/** What `analyze-flaky --json` prints. */
export const flakyAnalysisSchema = z.object({
  files: z.array(
    z.object({
      /** Project-relative. */
      file: z.string(),
      findings: z.array(findingSchema),
      /** Why it could not be read, in a sentence. */
      problem: z.string().optional(),
    }),
  ),
  /** With `--dynamic`: what experiments found of each test. */
  tests: z.array(z.lazy(() => detectionSchema)).optional(),
});
export type FlakyAnalysis = z.infer<typeof flakyAnalysisSchema>;

/** What experiments found of one test. */
export const detectionSchema = z.object({
  testId: z.string(),
  name: z.string(),
  file: z.string(),
  verdict: z.enum(['flaky', 'stable', 'broken', 'unknown']),
  /** P(flaky | runs). */
  probability: z.number(),
  runs: z.number().int(),
  failed: z.number().int(),
  /** Most telling first. */
  conditions: z.array(z.object({ conditions: conditionsSchema, ...countSchema.shape })),
  patterns: z.array(flakePatternSchema),
  /** The test that must run before for this one to fail. */
  polluter: z.object({ testId: z.string(), name: z.string(), withIt: countSchema, withoutIt: countSchema }).optional(),
  /** In words, with the numbers. */
  reason: z.string(),
});
export type Detection = z.infer<typeof detectionSchema>;

/** The steps that a fix must pass, in this order. */
export const GUARDS = ['reproduced', 'allowed_edit', 'assertions', 'faults', 'runs', 'run_time', 'apply'] as const;
export const guardSchema = z.enum(GUARDS);
export type Guard = z.infer<typeof guardSchema>;

/** What one guard found. */
export const guardResultSchema = z.object({
  guard: guardSchema,
  ok: z.boolean(),
  /** In words, with the numbers. */
  evidence: z.string(),
  numbers: z.record(z.string(), z.number()).default({}),
});
export type GuardResult = z.infer<typeof guardResultSchema>;

export const FIX_STATUSES = ['proposed', 'proven', 'rejected', 'applied', 'reverted'] as const;
export const fixSchema = z.object({
  id: z.string(),
  projectId: z.string(),
  /** In which the test was flaky; absent when experiments of their own found it. */
  executionId: z.string().optional(),
  testId: z.string(),
  testName: z.string(),
  /** Project-relative. */
  file: z.string(),
  pattern: flakePatternSchema,
  /** What it changes, in a sentence. */
  title: z.string(),
  /** Unified diff. */
  patch: z.string(),
  /** sha256 of the file before and after. */
  before: z.string(),
  after: z.string(),
  /** That the test is no longer flaky and asserts as much as before, 0..1. */
  confidence: z.number(),
  status: z.enum(FIX_STATUSES),
  guards: z.array(guardResultSchema),
  /** The execution in which the test ran again with the fix applied, the newest. */
  recheck: z.string().optional(),
  /** Executions that took it up after it was made, or ran its test again with it, each with the execution in which that was. */
  usedIn: z.array(z.object({ executionId: z.string(), recheck: z.string().optional() })).optional(),
  /** When and why it does not stand any more after it was applied: it was reverted, or its file was put back by hand. */
  undone: z.object({ at: z.iso.datetime(), reason: z.string() }).optional(),
});
export type Fix = z.infer<typeof fixSchema>;

/** What became of fixes, by pattern. */
export const healingStatsSchema = z.object({
  patterns: z.array(
    z.object({
      pattern: flakePatternSchema,
      proposed: z.number().int(),
      proven: z.number().int(),
      rejected: z.number().int(),
      applied: z.number().int(),
      reverted: z.number().int(),
      /** Mean confidence that was said, and the share of the decided fixes that held: equal when well calibrated. */
      saidConfidence: z.number().nullable(),
      held: z.number().nullable(),
    }),
  ),
});
export type HealingStats = z.infer<typeof healingStatsSchema>;

/** A test whose failures do not fail the run for a while. It runs nevertheless, and its results are shown. */
export const quarantineSchema = z.object({
  testId: z.string(),
  testName: z.string(),
  owner: z.string(),
  reason: z.string(),
  since: z.iso.datetime(),
  /** From then on it counts again, whether or not somebody looked at it. */
  until: z.iso.datetime(),
});
export type Quarantine = z.infer<typeof quarantineSchema>;
