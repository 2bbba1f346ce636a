import { DomainError } from '@testimony/contracts';
import { openEventStore, tryHold, type EventStore, type Migration } from '@testimony/event-store';
import { EXECUTION_MIGRATIONS, executionsOn, startExecution } from '@testimony/execution';
import { allFrameworks } from '@testimony/frameworks';
import { PLANNING, PlanningModule, type Planning, type ProjectLocation } from '@testimony/planning';
import { RUNNER_MIGRATIONS, startRunner, type WorkerProvider } from '@testimony/runner';
import { startService } from '@testimony/service-kit';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Backend, BackendOptions } from '../backend';
import type { Database } from './database';
import { serviceLog } from './service-log';

/** Connections at most, by service: together below what the local server allows, for two processes of ours. */
const POOL_SIZE = 6;

/**
 * What was begun before this file, which loads all services, was loaded.
 * @public
 */
export interface Parts {
  readonly opening: Promise<Database>;
  /** Where workers come from; without one nothing listens and no worker can start. */
  readonly provider?: WorkerProvider;
}

/**
 * Composes the services in this process on one database, each with a schema of its own. One that runs tests has the project to itself.
 * @public Called by open-embedded.ts through require, once database and worker are on their way.
 */
export async function compose(project: ProjectLocation, options: BackendOptions, { opening, provider }: Parts): Promise<Backend> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).toReversed()) await end();
  };
  try {
    const database = await opening;
    closing.push(() => database.close());
    const { url } = database;
    const schemaOf = (service: string): string => `${service}${database.shared ? `_${shortHash(project.projectId)}` : ''}`;
    const haveToItself = async (): Promise<void> => {
      const hold = await tryHold({ url, name: `testimony runs ${schemaOf('execution')}` });
      if (!hold) {
        throw new DomainError(
          'run-in-progress',
          'Another run of this project is going on: wait for its end, or run a copy of the project in another folder.',
          409,
        );
      }
      closing.push(() => hold.release());
    };
    const open = async (service: string, migrations: readonly Migration[]): Promise<EventStore> => {
      const store = await openEventStore({ url, schema: schemaOf(service), migrations, poolSize: POOL_SIZE });
      closing.push(() => store.close());
      return store;
    };
    const held = provider ? haveToItself() : Promise.resolve();
    const [planningStore, executionStore, runnerStore] = await Promise.all([
      open('planning', []),
      open('execution', EXECUTION_MIGRATIONS),
      open('runner', RUNNER_MIGRATIONS),
      held,
    ]);

    const logger = serviceLog(options.stateFolder, options.verbose);
    const planningService = await startService({
      module: PlanningModule.register({ store: planningStore, frameworks: allFrameworks }),
      logger,
    });
    closing.push(() => planningService.close());
    const planning = planningService.get<Planning>(PLANNING);
    const opened = new Date();
    const trouble = (): Promise<string | undefined> =>
      parkedSince([executionStore, runnerStore], opened, join(options.stateFolder, 'logs/services.log'));
    if (!provider) return { planning, executions: executionsOn(executionStore), trouble, close };

    const tokenKey = randomBytes(32);
    const execution = await startExecution({ store: executionStore, sources: { runner: runnerStore }, tokenKey, logger });
    closing.push(() => execution.close());
    const runner = await startRunner({
      store: runnerStore,
      sources: { execution: executionStore },
      tokenKey,
      executionUrl: execution.url,
      logger,
      provider,
    });
    closing.push(() => runner.close());
    return { planning, executions: execution.executions, trouble, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A handler of ours that keeps failing has parked its events: whatever waits for their effect would wait for ever. */
async function parkedSince(stores: readonly EventStore[], since: Date, log: string): Promise<string | undefined> {
  for (const store of stores) {
    const parked = (await store.parked()).find((one) => one.parkedAt >= since);
    if (parked)
      return `The ${store.schema} service cannot handle an event of ${parked.stream} (${parked.error}): what happened is in ${log}. Nothing is lost: "e2e autonomous-run --resume" goes on once that is mended.`;
  }
  return undefined;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}
