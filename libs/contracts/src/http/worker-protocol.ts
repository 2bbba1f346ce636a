import { z } from 'zod';
import { conditionsSchema } from '../models/conditions';
import { attemptSchema } from '../models/execution';

// What a worker and the execution service say to each other (DESIGN section 6). All bodies are JSON, all routes are
// POST below /worker/v1 and need `authorization: Bearer <worker token>`; a refusal is a problem+json document.

export const registerRequestSchema = z.object({ workerId: z.string(), slots: z.number().int().min(1).max(256) });
export type RegisterRequest = z.infer<typeof registerRequestSchema>;
export const registerReplySchema = z.object({
  executionId: z.string(),
  /** Renew leases at least this often; a lease that is not renewed for three of these is lost. */
  heartbeatMs: z.number().int(),
});
export type RegisterReply = z.infer<typeof registerReplySchema>;

/** One attempt to make. */
export const workItemSchema = z.object({
  leaseId: z.string(),
  testId: z.string(),
  attempt: z.number().int().min(1),
  service: z.string(),
  framework: z.string(),
  file: z.string(),
  titlePath: z.array(z.string()),
  timeoutMs: z.number(),
  conditions: conditionsSchema,
});
export type WorkItem = z.infer<typeof workItemSchema>;

/** `idle`: workers waiting; the execution sizes leases so that all end together. */
export const leaseRequestSchema = z.object({ workerId: z.string(), slot: z.number().int().min(0) });
export type LeaseRequest = z.infer<typeof leaseRequestSchema>;
export const leaseReplySchema = z.object({
  items: z.array(workItemSchema),
  /** `work`: run these. `wait`: nothing is ready now, ask again after `waitMs`. `done`: all is decided or the execution was cancelled; stop. */
  next: z.enum(['work', 'wait', 'done']),
  waitMs: z.number().int(),
});
export type LeaseReply = z.infer<typeof leaseReplySchema>;

export const reportedAttemptSchema = z.object({ leaseId: z.string(), testId: z.string(), ...attemptSchema.omit({ workerId: true }).shape });
export type ReportedAttempt = z.infer<typeof reportedAttemptSchema>;

/** Numbered from 1 by each worker; acknowledged after commit. A number at or below the last acknowledged one is answered again and changes nothing. */
export const reportRequestSchema = z.object({
  workerId: z.string(),
  sequence: z.number().int().min(1),
  attempts: z.array(reportedAttemptSchema).max(500),
});
export type ReportRequest = z.infer<typeof reportRequestSchema>;
export const reportReplySchema = z.object({
  acknowledged: z.number().int(),
  /** Attempts that came too late: their lease had expired and the test was handed out or decided since. */
  superseded: z.array(z.string()),
  /** Leases that are no longer this worker's, since the system under test is away: stop working on them. What was finished before still counts. */
  gone: z.array(z.string()).optional(),
});
export type ReportReply = z.infer<typeof reportReplySchema>;

export const heartbeatRequestSchema = z.object({ workerId: z.string(), leaseIds: z.array(z.string()).max(5000) });
export type HeartbeatRequest = z.infer<typeof heartbeatRequestSchema>;
export const heartbeatReplySchema = z.object({
  /** True: kill what runs and stop. */
  cancelled: z.boolean(),
  /** Leases that are no longer this worker's: stop working on them. */
  gone: z.array(z.string()),
});
export type HeartbeatReply = z.infer<typeof heartbeatReplySchema>;
