import type { Executions } from '@testimony/execution';
import type { Experiments } from '@testimony/healing';

export interface ExperimentSettings {
  readonly projectId: string;
  /** Trials side by side. */
  readonly parallel: number;
  readonly defaultTimeoutMs: number;
}

/** How healing makes its attempts: as experiments of the execution service. */
export function experimentsOf(executions: Executions, settings: ExperimentSettings): Experiments {
  return {
    async run({ question, tests, trials, signal }) {
      signal?.throwIfAborted();
      if (trials.length === 0) return [];
      const id = await executions.experiment({ ...settings, question, tests, trials });
      try {
        for await (const item of executions.watch(id, signal)) if (item.kind === 'ended') break;
      } finally {
        if (signal?.aborted) await executions.cancel(id, 'nobody waits for its answer any more');
      }
      signal?.throwIfAborted();
      return executions.trials(id);
    },
  };
}
