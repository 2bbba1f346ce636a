import { z } from 'zod';
import { failureClassSchema } from './words';

/** One HTTP exchange that a test made, kept as evidence. Secrets are masked and bodies are cut before this leaves the test's process. */
export const requestRecordSchema = z.object({
  method: z.string(),
  url: z.string(),
  /** HTTP status; null when no answer came. */
  status: z.number().int().nullable(),
  durationMs: z.number(),
  /** Why no answer came: an errno such as ECONNREFUSED, or the message. */
  error: z.string().optional(),
  /** What a `Retry-After` header of the answer said, as seconds from then. */
  retryAfterSeconds: z.number().min(0).optional(),
  requestBody: z.string().optional(),
  responseBody: z.string().optional(),
});
export type RequestRecord = z.infer<typeof requestRecordSchema>;

/** What was asked of a service right after a failure without an answer, to tell a broken test from a system under test that is away. */
export const probeSchema = z.object({ url: z.string(), reachable: z.boolean(), error: z.string().optional() });
export type Probe = z.infer<typeof probeSchema>;

export const failureSchema = z.object({
  class: failureClassSchema,
  /** The first line: the cause in one sentence. */
  message: z.string(),
  stack: z.string().optional(),
  /** An errno or a framework's code, such as ECONNREFUSED. */
  code: z.string().optional(),
  expected: z.string().optional(),
  actual: z.string().optional(),
  /** Project-relative place of the failing line. */
  file: z.string().optional(),
  line: z.number().int().optional(),
  probe: probeSchema.optional(),
});
export type Failure = z.infer<typeof failureSchema>;

/** A file that an attempt left (a trace, a screenshot): kept in the artifact store, referred to by its path below that store. */
export const artifactSchema = z.object({ name: z.string(), path: z.string(), contentType: z.string().optional() });
export type Artifact = z.infer<typeof artifactSchema>;
