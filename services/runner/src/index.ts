export { localProvider, type LocalProviderOptions } from './local/local-provider';
export { Runner1764000000000 } from './migrations/1764000000000-runner';
export { startRunner, type RunnerOptions, type RunningRunner } from './start-runner';
export type * from './worker-provider';
