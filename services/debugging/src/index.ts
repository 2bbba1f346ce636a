export type { Debugging, Surroundings } from './api';
export { debuggingOn, startDebugging, type DebuggingOptions, type RunningDebugging } from './start-debugging';
