import { z } from 'zod';
import { published } from './definition';

const worker = { workerId: z.string(), executionId: z.string() };

export const WorkerRequested = published('worker.requested', z.object({ ...worker, provider: z.string(), slots: z.number().int().min(1) }));
export const WorkerStarted = published('worker.started', z.object({ ...worker, at: z.iso.datetime() }));

/** The worker ended before its work did. Its unreported tests return to the queue at once. */
export const WorkerLost = published(
  'worker.lost',
  z.object({
    ...worker,
    reason: z.string(),
    /** False when the runner gives up on this execution: what is undecided then ends as `lost` with this reason. */
    replaced: z.boolean(),
    at: z.iso.datetime(),
  }),
);
export const WorkerFinished = published('worker.finished', z.object({ ...worker, at: z.iso.datetime() }));
