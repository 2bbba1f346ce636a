import type { RunnerOptions, RunningRunner } from './start-runner';

export { localProvider, type LocalProvider, type LocalProviderOptions } from './local/local-provider';
export { RUNNER_MIGRATIONS } from './migrations';
export type { RunnerOptions, RunningRunner } from './start-runner';
export type * from './worker-provider';

/**
 * Starts the runner: admitted executions get workers, lost workers are replaced, and those of ended executions are stopped.
 * Loaded when it is called: Nest is half of a command's start, and a worker on standby starts meanwhile.
 */
export function startRunner(options: RunnerOptions): Promise<RunningRunner> {
  return (require('./start-runner') as typeof import('./start-runner')).startRunner(options);
}
