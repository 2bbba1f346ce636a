export type * from './api';
export { EXECUTION_MIGRATIONS } from './migrations';
export { executionsOn, startExecution, type ExecutionOptions, type RunningExecution } from './start-execution';
