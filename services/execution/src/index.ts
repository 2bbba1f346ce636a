export type * from './api';
export { EXECUTION_MIGRATIONS } from './migrations';
export { startExecution, type ExecutionOptions, type RunningExecution } from './start-execution';
