import { Logger, Module, type DynamicModule, type LoggerService } from '@nestjs/common';
import type { EventStore, EventStoreReader } from '@testimony/event-store';
import { mintWorkerToken, startService, StoreTransport } from '@testimony/service-kit';
import { Reactions } from './reactions';
import { superviseWorkers, type Supervisor } from './supervisor';
import { PROVIDER_NAME, SUPERVISOR } from './tokens';
import { replacement, type Losses, type Replacement } from './worker/replacement';
import type { WorkerProvider } from './worker-provider';

export interface RunnerOptions {
  /** The service's own store, migrated. */
  readonly store: EventStore;
  readonly sources: { readonly execution: EventStoreReader };
  /** Shared with the execution service, which verifies worker tokens with it. */
  readonly tokenKey: Buffer;
  readonly provider: WorkerProvider;
  /** Where workers reach the execution service. */
  readonly executionUrl: string;
  /** Whether and how soon a lost worker is replaced. `replacement` without it. */
  readonly replacement?: (losses: Losses) => Replacement;
  /** How long a worker that was not heard of may still report something before it is killed. */
  readonly lastChanceMs?: number;
  readonly logger?: LoggerService | false;
}

export interface RunningRunner {
  /** Waits until every handler has seen what the sources hold now. */
  caughtUp(): Promise<void>;
  /** Ends all workers. */
  close(): Promise<void>;
}

/** What is heard of tests only says that there is progress. */
const REST_MS = 100;
/** For a worker whose machine was only busy, or asleep: killing it costs no more than what it had under way. */
const LAST_CHANCE_MS = 10_000;
/** A worker that lives longer is refused, ends as lost and is replaced by one with a new token. */
const TOKEN_LIFE_MS = 6 * 3_600_000;

@Module({})
class RunnerModule {
  static with(supervisor: Supervisor, providerName: string): DynamicModule {
    return {
      module: RunnerModule,
      controllers: [Reactions],
      providers: [
        { provide: SUPERVISOR, useValue: supervisor },
        { provide: PROVIDER_NAME, useValue: providerName },
      ],
    };
  }
}

/** @public Called by index.ts, which loads this when it is needed. */
export async function startRunner(options: RunnerOptions): Promise<RunningRunner> {
  const { store, sources, tokenKey, provider, executionUrl, logger = false } = options;
  const log = new Logger('runner');
  const supervisor = superviseWorkers({
    store,
    provider,
    executionUrl,
    mintToken: (executionId) => mintWorkerToken(tokenKey, { executionId, expiresAt: Date.now() + TOKEN_LIFE_MS }),
    warn: (message) => log.warn(message),
    replacement: options.replacement ?? replacement,
    lastChanceMs: options.lastChanceMs ?? LAST_CHANCE_MS,
  });
  await supervisor.cleanUp();
  const transport = new StoreTransport({ consumer: 'runner', store, sources: [sources.execution], restMs: REST_MS });
  const service = await startService({ module: RunnerModule.with(supervisor, provider.name), transport, logger });
  supervisor.start();
  return {
    caughtUp: () => transport.caughtUp(),
    async close() {
      await service.close();
      await supervisor.close();
    },
  };
}
