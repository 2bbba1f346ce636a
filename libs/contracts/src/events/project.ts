import { z } from 'zod';
import { published } from './definition';

export const ProjectRegistered = published('project.registered', z.object({ projectId: z.string(), name: z.string() }));

export const ManifestGenerated = published(
  'manifest.generated',
  z.object({
    projectId: z.string(),
    /** sha256 over the source hashes: two manifests of the same sources have the same digest. */
    digest: z.string(),
    services: z.array(z.object({ name: z.string(), framework: z.string(), endpoints: z.number().int(), dtos: z.number().int() })),
  }),
);
