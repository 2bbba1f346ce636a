import { z } from 'zod';
import { conditionsSchema } from './conditions';
import { evidenceSchema } from './execution';
import { failureClassSchema } from './words';

/** What kind of thing a cause is. */
export const CAUSE_KINDS = [
  'changed_code',
  'product_code',
  'test_code',
  'environment',
  'outage',
  'data_left_behind',
  'flaky',
  'dependency',
  'unknown',
] as const;

/** One possible cause of a failure. */
export const causeSchema = z.object({
  kind: z.enum(CAUSE_KINDS),
  /** Of all causes named; the rest to 1 is what nobody thought of. */
  probability: z.number().min(0).max(1),
  /** In a sentence. */
  summary: z.string(),
  /** Project-relative place, where there is one. */
  file: z.string().optional(),
  line: z.number().int().optional(),
  commit: z.string().optional(),
  evidence: z.array(evidenceSchema),
});
export type Cause = z.infer<typeof causeSchema>;

export const suggestionSchema = z.object({
  text: z.string(),
  file: z.string().optional(),
  line: z.number().int().optional(),
  risk: z.enum(['low', 'medium', 'high']),
  /** A fix in `healing` that `--apply-fix` may apply after its proofs. */
  fixId: z.string().optional(),
});
export type Suggestion = z.infer<typeof suggestionSchema>;

/** Class of a failure with its probabilities, which sum to 1. */
export const classificationSchema = z.object({
  class: failureClassSchema,
  probability: z.number(),
  probabilities: z.record(failureClassSchema, z.number()),
});
export type Classification = z.infer<typeof classificationSchema>;

export const analysisSchema = z.object({
  executionId: z.string(),
  testId: z.string(),
  testName: z.string(),
  message: z.string(),
  classification: classificationSchema,
  /** Likeliest first. */
  causes: z.array(causeSchema),
  /** The experiment that would decide, when the causes named do not suffice. */
  moreInformationNeeded: z.object({ why: z.string(), experiment: z.string(), conditions: conditionsSchema.optional() }).optional(),
  suggestions: z.array(suggestionSchema),
  clusterId: z.string().optional(),
});
export type Analysis = z.infer<typeof analysisSchema>;

/** Failures that have one cause. */
export const clusterSchema = z.object({
  id: z.string(),
  /** What they have in common, in a sentence. */
  cause: z.string(),
  class: failureClassSchema,
  testIds: z.array(z.string()),
});
export type Cluster = z.infer<typeof clusterSchema>;

/** What `debug-execution` tells. */
export const debugReportSchema = z.object({
  executionId: z.string(),
  analyses: z.array(analysisSchema),
  clusters: z.array(clusterSchema),
});
export type DebugReport = z.infer<typeof debugReportSchema>;
