export type * from './api';
export { Execution1764000000000 } from './migrations/1764000000000-execution';
export { executionsOn, startExecution, type ExecutionOptions, type RunningExecution } from './start-execution';
