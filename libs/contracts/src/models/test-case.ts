import { z } from 'zod';
import { flakePatternSchema, prioritySchema, testTypeSchema } from './words';

/** One reason for a test's priority, with the number it weighs (0..1) and the fact it was read from. */
export const riskFactorSchema = z.object({ factor: z.string(), weight: z.number(), reason: z.string() });
export type RiskFactor = z.infer<typeof riskFactorSchema>;

/** What reading says of a test's failure before it happens. */
export const testPriorSchema = z.object({
  /** Flake patterns in the test's source, the likeliest place of each; empty when there is none, absent while nobody looked. */
  patterns: z.array(z.object({ pattern: flakePatternSchema, probability: z.number(), line: z.number().int() })).optional(),
  /** Whether product code that the test reaches differs from the base; absent where there is no base to compare with. */
  changed: z.boolean().optional(),
  /** Whether the test itself differs from the base. */
  testChanged: z.boolean().optional(),
});
export type TestPrior = z.infer<typeof testPriorSchema>;

/** A planned test. `id` is stable across plans and machines: it is made of framework, file and title, never of a position. */
export const testCaseSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  description: z.string(),
  testType: testTypeSchema,
  priority: prioritySchema,
  service: z.string(),
  /** Project-relative file. */
  module: z.string(),
  endpoint: z.string().optional(),
  httpMethod: z.string().optional(),
  riskFactors: z.array(riskFactorSchema),
  /** Ids of tests that must have passed before this one runs. */
  dependencies: z.array(z.string()),
  estimatedDurationMs: z.number(),
  tags: z.array(z.string()),
  metadata: z.object({
    framework: z.string(),
    /** The title inside the file, outermost first; empty for a native module, which is one test. */
    titlePath: z.array(z.string()),
    line: z.number().int().optional(),
    /** 0..1, the sum that `priority` was cut from. */
    risk: z.number(),
    /** The author's own limit; the configuration's default applies without one. */
    timeoutMs: z.number().positive().optional(),
    /** `METHOD /path` of each endpoint that the test's source calls. */
    endpoints: z.array(z.string()),
    /** Written rule by which the test is not run, if its author or framework skips it. */
    skip: z.string().optional(),
    prior: testPriorSchema.optional(),
  }),
});
export type TestCase = z.infer<typeof testCaseSchema>;
