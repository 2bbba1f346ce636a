import { DomainError } from '@testimony/contracts';
import { openEventStore, tryHold, type EventStore, type Migration } from '@testimony/event-store';
import { EXECUTION_MIGRATIONS, executionsOn, startExecution, type Executions } from '@testimony/execution';
import { allFrameworks } from '@testimony/frameworks';
import { PLANNING, PlanningModule, type Planning, type ProjectLocation } from '@testimony/planning';
import { RUNNER_MIGRATIONS, startRunner, type WorkerProvider } from '@testimony/runner';
import { startService } from '@testimony/service-kit';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Backend, BackendOptions } from '../backend';
import type { Database } from './database';
import type { Reflection } from './reflection';
import { serviceLog } from './service-log';

/** Connections at most, by service: together below what the local server allows, for two processes of ours. */
const POOL_SIZE = 6;
/** Of the services that are asked after a run, one question at a time. */
const LATE_POOL_SIZE = 3;

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
    const open = async (service: string, migrations: readonly Migration[], poolSize = POOL_SIZE): Promise<EventStore> => {
      const store = await openEventStore({ url, schema: schemaOf(service), migrations, poolSize });
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
      module: PlanningModule.register({ store: planningStore, frameworks: allFrameworks, cacheFolder: join(options.stateFolder, 'cache') }),
      logger,
    });
    closing.push(() => planningService.close());
    const planning = planningService.get<Planning>(PLANNING);
    const opened = new Date();
    const trouble = (): Promise<string | undefined> =>
      parkedSince([executionStore, runnerStore], opened, join(options.stateFolder, 'logs/services.log'));
    const { general } = project.configuration;
    const healedProject = {
      projectId: project.projectId,
      root: project.root,
      overlayDir: join(options.stateFolder, 'overlays'),
      patchDir: join(options.stateFolder, 'patches'),
    };
    const withReflection = (executions: Executions): Backend => {
      const settings = {
        projectId: project.projectId,
        parallel: general.parallel_workers,
        defaultTimeoutMs: general.test_timeout_seconds * 1000,
      };
      const { targets } = options;
      const openLate = (service: string, migrations: readonly Migration[]): Promise<EventStore> =>
        open(service, migrations, LATE_POOL_SIZE);
      const later = {
        executions,
        executionStore,
        settings,
        targets,
        open: openLate,
        closing: (end: () => Promise<unknown>) => void closing.push(end),
        logger,
      };
      let opened: Reflection | undefined;
      // Loaded when it is asked for: it reads code, which needs a compiler.
      const reflection = (): Reflection => (opened ??= (require('./reflection') as typeof import('./reflection')).reflectionOn(later));
      return {
        planning,
        executions,
        healing: () => reflection().healing(),
        debugging: () => reflection().debugging(),
        healedProject,
        trouble,
        close,
      };
    };
    if (!provider) return withReflection(executionsOn(executionStore));

    const tokenKey = randomBytes(32);
    const outagePatienceMs = general.outage_patience_seconds * 1000;
    const execution = await startExecution({ store: executionStore, sources: { runner: runnerStore }, tokenKey, outagePatienceMs, logger });
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
    return withReflection(execution.executions);
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
