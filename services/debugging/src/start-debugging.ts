import { Module, type DynamicModule, type LoggerService } from '@nestjs/common';
import type { EventStore } from '@testimony/event-store';
import { startService } from '@testimony/service-kit';
import { analyseExecution } from './analysis/analyse';
import type { Debugging } from './api';
import { readAnalysis, recordAnalysis } from './store/analysis-events';

export interface DebuggingOptions {
  /** The service's own store; it needs no tables beside its events. */
  readonly store: EventStore;
  readonly now?: () => Date;
  readonly logger?: LoggerService | false;
}

export interface RunningDebugging {
  readonly debugging: Debugging;
  close(): Promise<void>;
}

const DEBUGGING = Symbol('debugging');

@Module({})
class DebuggingModule {
  static with(debugging: Debugging): DynamicModule {
    return { module: DebuggingModule, providers: [{ provide: DEBUGGING, useValue: debugging }] };
  }
}

/** Starts the debugging service. It answers callers of this process and reacts to no event. */
export async function startDebugging(options: DebuggingOptions): Promise<RunningDebugging> {
  const service = await startService({ module: DebuggingModule.with(debuggingOn(options)), logger: options.logger ?? false });
  return { debugging: service.get<Debugging>(DEBUGGING), close: () => service.close() };
}

/** What the service does for its callers, on its store alone. */
export function debuggingOn({ store, now = () => new Date() }: DebuggingOptions): Debugging {
  return {
    analyse: async (surroundings) => {
      const at = now();
      const report = await analyseExecution(surroundings, at);
      await recordAnalysis(store, surroundings.projectId, report, at);
      return report;
    },
    report: (executionId) => readAnalysis(store, executionId),
  };
}
