import { DomainError } from '@testimony/contracts';
import { openEventStore, tryHold, type EventStore, type Migration } from '@testimony/event-store';
import { EXECUTION_MIGRATIONS, executionsOn, startExecution } from '@testimony/execution';
import { allFrameworks } from '@testimony/frameworks';
import { PLANNING, PlanningModule, type Planning, type ProjectLocation } from '@testimony/planning';
import { localProvider, RUNNER_MIGRATIONS, startRunner } from '@testimony/runner';
import { startService } from '@testimony/service-kit';
import { workerMain } from '@testimony/worker';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Backend, BackendOptions } from '../backend';
import { openDatabase } from './database';
import { serviceLog } from './service-log';
import { testEnvironment } from './test-environment';

/** Connections at most, by service: together below what the local server allows, for two processes of ours. */
const POOL_SIZE = 6;

/**
 * Composes the services in this process on one database, each with a schema of its own. For a command that only reads or plans,
 * nothing listens and no worker can start; one that runs tests (`options.runs`) has the project to itself.
 * @public Called by main.ts through require, so that it is loaded only when a command needs it.
 */
export async function openEmbedded(project: ProjectLocation, options: BackendOptions): Promise<Backend> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).toReversed()) await end();
  };
  try {
    const database = await openDatabase(options.stateFolder, process.env);
    closing.push(() => database.close());
    const { url } = database;
    const schemaOf = (service: string): string => `${service}${database.shared ? `_${shortHash(project.projectId)}` : ''}`;
    if (options.runs) {
      const hold = await tryHold({ url, name: `testimony runs ${schemaOf('execution')}` });
      if (!hold) {
        throw new DomainError(
          'run-in-progress',
          'Another run of this project is going on: wait for its end, or run a copy of the project in another folder.',
          409,
        );
      }
      closing.push(() => hold.release());
    }
    const open = async (service: string, migrations: readonly Migration[]): Promise<EventStore> => {
      const store = await openEventStore({ url, schema: schemaOf(service), migrations, poolSize: POOL_SIZE });
      closing.push(() => store.close());
      return store;
    };
    const [planningStore, executionStore, runnerStore] = await Promise.all([
      open('planning', []),
      open('execution', EXECUTION_MIGRATIONS),
      open('runner', RUNNER_MIGRATIONS),
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
    if (!options.runs) return { planning, executions: executionsOn(executionStore), trouble, close };

    const tokenKey = randomBytes(32);
    const execution = await startExecution({ store: executionStore, sources: { runner: runnerStore }, tokenKey, logger });
    closing.push(() => execution.close());
    const state = (folder: string): string => join(options.stateFolder, folder);
    const runner = await startRunner({
      store: runnerStore,
      sources: { execution: executionStore },
      tokenKey,
      executionUrl: execution.url,
      logger,
      provider: localProvider({
        workerMain,
        stateDir: options.stateFolder,
        workspaceOf: () => ({
          root: project.root,
          services: options.targets,
          environment: testEnvironment(process.env),
          secrets: options.secrets,
          artifactDir: state('artifacts'),
          cacheDir: state('cache'),
          spoolDir: state('spool'),
        }),
      }),
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
