import { z } from 'zod';
import { testCaseSchema } from './test-case';

/** A plan: which tests, in which order, what may run side by side, and why. */
export const testStrategySchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  targetServices: z.array(z.string()),
  testCases: z.array(testCaseSchema),
  /** Every test id once, the riskiest first, dependencies before dependants. */
  executionOrder: z.array(z.string()),
  /** Tests of one group have no dependency on each other; a group needs only earlier groups. */
  parallelizationGroups: z.array(z.array(z.string())),
  totalEstimatedDurationMs: z.number(),
  coverageTargets: z.object({
    /** Endpoints of the manifest, and those that at least one planned test calls. */
    endpoints: z.number().int(),
    endpointsCovered: z.number().int(),
    /** `METHOD /path` of what no test calls, the riskiest first. */
    uncovered: z.array(z.string()),
  }),
  createdAt: z.iso.datetime(),
});
export type TestStrategy = z.infer<typeof testStrategySchema>;
