import { Module, type DynamicModule, type LoggerService } from '@nestjs/common';
import type { EventStore, EventStoreReader } from '@testimony/event-store';
import { startService, StoreTransport } from '@testimony/service-kit';
import type { Executions } from './api';
import { cancelExecution, endForsaken, resumeExecution } from './execution/end-or-resume';
import { requestExecution, requestExperiment } from './execution/request';
import { learnedOf, resetLearned } from './learning/learned';
import { watchExecution } from './progress/watch';
import { Tick } from './tick';
import { STORE, TIMES, TOKEN_KEY, type Times } from './tokens';
import { getExecution, listExecutions } from './views/executions';
import { historyOf } from './views/history';
import { trialsOf } from './views/trials';
import { LostWorkers } from './worker-door/lost-workers';
import { WorkerDoor } from './worker-door/worker-door';

export interface ExecutionOptions {
  /** The service's own store, migrated. */
  readonly store: EventStore;
  readonly sources: { readonly runner: EventStoreReader };
  /** Shared with the runner, which mints worker tokens with it. */
  readonly tokenKey: Buffer;
  /** Where workers reach it. Default 127.0.0.1 and a free port. */
  readonly host?: string;
  readonly port?: number;
  /** How often a worker must be heard of; three missed ones are its loss. Default 3000. */
  readonly heartbeatMs?: number;
  /** How long an outage of the system under test is waited out before what is left of its tests is `lost`. Default 60 000. */
  readonly outagePatienceMs?: number;
  readonly logger?: LoggerService | false;
}

export interface RunningExecution {
  readonly executions: Executions;
  /** Where workers ask and report. */
  readonly url: string;
  /** Waits until every handler has seen what the sources hold now. */
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}

/** A lost worker is mostly noticed by the runner at once; heartbeats are for machines that vanish, where seconds do not matter. */
const HEARTBEAT_MS = 3_000;
const TICK_MS = 1_000;
/** A restart or a deployment of the system under test is over by then. */
const OUTAGE_PATIENCE_MS = 60_000;
/** A report holds up to 500 attempts with their evidence. */
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;

@Module({})
class ExecutionModule {
  static with(store: EventStore, tokenKey: Buffer, times: Times): DynamicModule {
    return {
      module: ExecutionModule,
      controllers: [WorkerDoor, LostWorkers],
      providers: [
        { provide: STORE, useValue: store },
        { provide: TOKEN_KEY, useValue: tokenKey },
        { provide: TIMES, useValue: times },
        Tick,
      ],
    };
  }
}

/** Starts the execution service: its worker door, its reactions to the runner, and what it does for callers in this process. */
export async function startExecution(options: ExecutionOptions): Promise<RunningExecution> {
  const { store, sources, tokenKey, logger = false } = options;
  const { heartbeatMs = HEARTBEAT_MS, outagePatienceMs = OUTAGE_PATIENCE_MS } = options;
  const transport = new StoreTransport({ consumer: 'execution', store, sources: [sources.runner] });
  const service = await startService({
    module: ExecutionModule.with(store, tokenKey, { heartbeatMs, tickMs: Math.min(TICK_MS, heartbeatMs), outagePatienceMs }),
    transport,
    http: { host: options.host ?? '127.0.0.1', port: options.port ?? 0, bodyLimitBytes: BODY_LIMIT_BYTES },
    logger,
  });
  if (service.url === null) throw new Error('the execution service was started without its HTTP door');
  return { executions: executionsOn(store), url: service.url, caughtUp: () => transport.caughtUp(), close: () => service.close() };
}

/** What the service does for its callers, on its store alone: for reading, requesting and cancelling no door and no reactions are needed. */
export function executionsOn(store: EventStore): Executions {
  return {
    request: (command) => requestExecution(store, command),
    experiment: (command) => requestExperiment(store, command),
    trials: (executionId) => trialsOf(store, executionId),
    history: (projectId, testIds, limit) => historyOf(store, projectId, testIds, limit),
    learned: (projectId) => learnedOf(store, projectId),
    resetLearned: (projectId) => resetLearned(store, projectId),
    endForsaken: (projectId) => endForsaken(store, projectId),
    cancel: (executionId, reason) => cancelExecution(store, executionId, reason),
    resume: (executionId) => resumeExecution(store, executionId),
    get: (executionId) => getExecution(store, executionId),
    list: (projectId, limit) => listExecutions(store, projectId, limit),
    watch: (executionId, signal) => watchExecution(store, executionId, signal),
  };
}
