import { z } from 'zod';
import { detectionSchema, fixSchema, guardResultSchema, quarantineSchema } from '../models/flake';
import { flakePatternSchema } from '../models/words';
import { published } from './definition';

const fixRef = { projectId: z.string(), fixId: z.string(), testId: z.string(), pattern: flakePatternSchema };

/** By a verdict or by experiments of its own. */
export const FlakeDetected = published(
  'flake.detected',
  z.object({ projectId: z.string(), executionId: z.string().optional(), ...detectionSchema.shape, at: z.iso.datetime() }),
);
export const FixProposed = published(
  'fix.proposed',
  z.object({ ...fixSchema.omit({ guards: true, status: true, recheck: true, usedIn: true, undone: true }).shape, at: z.iso.datetime() }),
);
/** Every guard but `apply` was passed. */
export const FixProven = published('fix.proven', z.object({ ...fixRef, guards: z.array(guardResultSchema), at: z.iso.datetime() }));
export const FixRejected = published(
  'fix.rejected',
  z.object({ ...fixRef, guards: z.array(guardResultSchema), reason: z.string(), at: z.iso.datetime() }),
);
export const FixApplied = published(
  'fix.applied',
  z.object({ ...fixRef, file: z.string(), before: z.string(), after: z.string(), actor: z.string(), at: z.iso.datetime() }),
);
export const FixReverted = published('fix.reverted', z.object({ ...fixRef, file: z.string(), reason: z.string(), at: z.iso.datetime() }));
export const TestQuarantined = published('test.quarantined', z.object({ projectId: z.string(), ...quarantineSchema.shape }));
export const TestReleased = published(
  'test.released',
  z.object({ projectId: z.string(), testId: z.string(), reason: z.string(), at: z.iso.datetime() }),
);
