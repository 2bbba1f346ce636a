import { z } from 'zod';
import { analysisSchema, clusterSchema } from '../models/analysis';
import { published } from './definition';

export const FailureAnalysed = published(
  'failure.analysed',
  z.object({ projectId: z.string(), ...analysisSchema.shape, at: z.iso.datetime() }),
);
export const FailuresClustered = published(
  'failures.clustered',
  z.object({ projectId: z.string(), executionId: z.string(), clusters: z.array(clusterSchema), at: z.iso.datetime() }),
);
