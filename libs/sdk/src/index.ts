export type { Classification, DebugReport, FailureClass, HealingStats, TestExecution, TestStrategy } from '@testimony/contracts';
export { classifyFailure, type FailureToClassify } from '@testimony/failures';
export { AIDebugger } from './ai-debugger';
export { AutonomousRunner, type ContextFactory, type OrchestratorConfig, type ServiceContext } from './autonomous-runner';
export type { ProgramOptions } from './program';
export { SelfHealer, type TestFileAnalysis } from './self-healer';
export { StrategyPlanner, type StrategyRequest } from './strategy-planner';
export { TestimonyError } from './testimony-error';
