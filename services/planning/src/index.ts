export type { ManifestResult, Planning, ProjectLocation, StrategyRequest, StrategyResult } from './api';
export { createPlanning, type HistoryReader, type PlanningParts } from './create-planning';
export { PLANNING, PlanningModule } from './planning.module';
export type { TestHistory } from './risk/risk-of';
