export type { ClassifyFailure, FailureToClassify } from './api';
export { classifyAttempt } from './attempt';
export { classifyFailure } from './classify';
