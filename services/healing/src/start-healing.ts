import { Module, type DynamicModule, type LoggerService } from '@nestjs/common';
import type { EventStoreReader } from '@testimony/event-store';
import { startService, StoreTransport } from '@testimony/service-kit';
import type { Healing } from './api';
import { healingOn, type HealingParts } from './healing';
import { Reactions } from './reactions';
import { NOW } from './tokens';

export interface HealingOptions extends HealingParts {
  readonly sources: { readonly execution: EventStoreReader };
  readonly logger?: LoggerService | false;
}

export interface RunningHealing {
  readonly healing: Healing;
  /** Waits until every handler has seen what the sources hold now. */
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}

/** Nobody waits for what it notes. */
const REST_MS = 200;

@Module({})
class HealingModule {
  static with(now: () => Date): DynamicModule {
    return { module: HealingModule, controllers: [Reactions], providers: [{ provide: NOW, useValue: now }] };
  }
}

/** Starts the healing service: its reactions to executions, and what it does for callers in this process. `store`: its own, migrated. */
export async function startHealing(options: HealingOptions): Promise<RunningHealing> {
  const { store, sources, logger = false, now = () => new Date() } = options;
  const transport = new StoreTransport({ consumer: 'healing', store, sources: [sources.execution], restMs: REST_MS });
  const service = await startService({ module: HealingModule.with(now), transport, logger });
  return { healing: healingOn(options), caughtUp: () => transport.caughtUp(), close: () => service.close() };
}
