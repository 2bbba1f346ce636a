import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { EventStore } from '@testimony/event-store';
import { completeAllDecided } from './execution/complete';
import { endSpentOutages } from './outage/outage';
import { loseSilentWorkers } from './queue/workers';
import { STORE, TIMES, type Times } from './tokens';

/** Looks from time to time for what no message will tell: workers that fell silent, outages that last too long, and completions that a crash left open. */
@Injectable()
export class Tick implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('execution');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;

  constructor(
    @Inject(STORE) private readonly store: EventStore,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.soon(), this.times.tickMs);
    this.timer.unref();
    this.soon();
  }

  /** Looks now, once more if it is looking already. */
  soon(): void {
    this.again = true;
    this.running ??= this.look().finally(() => (this.running = undefined));
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.again = false;
    await this.running;
  }

  private async look(): Promise<void> {
    while (this.again) {
      this.again = false;
      try {
        await loseSilentWorkers(this.store, this.times.heartbeatMs);
        await endSpentOutages(this.store, this.times.outagePatienceMs);
        await completeAllDecided(this.store);
      } catch (error) {
        // The database may be away for a while; the next tick looks again.
        this.logger.warn(
          `could not look after workers, outages and completions: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
  }
}
