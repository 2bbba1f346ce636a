export { localProvider, type LocalProviderOptions } from './local/local-provider';
export { RUNNER_MIGRATIONS } from './migrations';
export { startRunner, type RunnerOptions, type RunningRunner } from './start-runner';
export type * from './worker-provider';
