export type { TestExecution, TestStrategy } from '@testimony/contracts';
export { AutonomousRunner, type ContextFactory, type OrchestratorConfig, type ServiceContext } from './autonomous-runner';
export type { ProgramOptions } from './program';
export { StrategyPlanner, type StrategyRequest } from './strategy-planner';
export { TestimonyError } from './testimony-error';
