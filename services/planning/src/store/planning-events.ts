import {
  DomainError,
  ManifestGenerated,
  ProjectRegistered,
  StrategyGenerated,
  type EventData,
  type Manifest,
  type TestStrategy,
} from '@testimony/contracts';
import { VersionConflict, type EventStore, type NewEvent, type StoredEvent } from '@testimony/event-store';
import { digestOf } from '../manifest/digest';

/** What planning keeps: streams `project-<id>` and `strategy-<id>`. */
export interface PlanningEvents {
  /** project.registered, once. */
  register(project: EventData<typeof ProjectRegistered>): Promise<void>;
  /** manifest.generated, when it differs from the last. */
  recordManifest(projectId: string, manifest: Manifest): Promise<void>;
  recordStrategy(projectId: string, strategy: TestStrategy): Promise<void>;
  /** The strategy of this project with this id; undefined when there is none. */
  findStrategy(projectId: string, strategyId: string): Promise<TestStrategy | undefined>;
}

const PAGE = 500;

export function planningEvents(store: EventStore): PlanningEvents {
  const projectStream = (projectId: string): string => `project-${projectId}`;
  const strategyStream = (strategyId: string): string => `strategy-${strategyId}`;

  async function findStrategy(projectId: string, strategyId: string): Promise<TestStrategy | undefined> {
    const [event] = await store.readStream(strategyStream(strategyId), { limit: 1 });
    if (!event || event.type !== StrategyGenerated.type) return undefined;
    const data = StrategyGenerated.schema.parse(event.data);
    return data.projectId === projectId ? data.strategy : undefined;
  }

  return {
    findStrategy,
    register: async (project) => {
      await appendOnce(store, projectStream(project.projectId), { type: ProjectRegistered.type, published: true, data: project });
    },
    recordManifest: async (projectId, manifest) => {
      const stream = projectStream(projectId);
      const digest = digestOf(manifest);
      const { version, last } = await lastManifest(store, stream);
      if (last === digest) return;
      const services = manifest.services.map(({ name, framework, endpoints, dto_schemas: dtos }) => ({
        name,
        framework,
        endpoints: endpoints.length,
        dtos: dtos.length,
      }));
      const data: EventData<typeof ManifestGenerated> = { projectId, digest, services };
      try {
        await store.append(stream, version, [{ type: ManifestGenerated.type, published: true, data }]);
      } catch (error) {
        // Another process of the same project was quicker: what it read is as new as this.
        if (!(error instanceof VersionConflict)) throw error;
      }
    },
    recordStrategy: async (projectId, strategy) => {
      const data: EventData<typeof StrategyGenerated> = { projectId, strategy };
      const isNew = await appendOnce(store, strategyStream(strategy.id), {
        type: StrategyGenerated.type,
        published: true,
        data,
        metadata: { correlation: strategy.id },
      });
      if (!isNew && !(await findStrategy(projectId, strategy.id)))
        throw new DomainError(
          'strategy-of-another-project',
          `The strategy ${strategy.id} belongs to another project; plan one for this project with: e2e plan-strategy -n NAME`,
          409,
        );
    },
  };
}

/** False when the stream was there already. */
async function appendOnce(store: EventStore, stream: string, event: NewEvent): Promise<boolean> {
  // Looked up first, because the usual case is that it is there, and a refused append costs a rolled back transaction.
  if ((await store.readStream(stream, { limit: 1 })).length > 0) return false;
  try {
    await store.append(stream, 0, [event]);
    return true;
  } catch (error) {
    if (error instanceof VersionConflict) return false;
    throw error;
  }
}

/** The digest of the last manifest and the stream's version. A project's stream has one event a change of its sources, so it is short. */
async function lastManifest(store: EventStore, stream: string): Promise<{ readonly version: number; readonly last?: string }> {
  let version = 0;
  let last: string | undefined;
  for (
    let page: StoredEvent[] = await store.readStream(stream, { limit: PAGE });
    page.length > 0;
    page = await store.readStream(stream, { afterVersion: version, limit: PAGE })
  ) {
    for (const event of page) {
      version = event.version;
      if (event.type === ManifestGenerated.type) last = ManifestGenerated.schema.parse(event.data).digest;
    }
    if (page.length < PAGE) break;
  }
  return { version, ...(last !== undefined && { last }) };
}
