export type * from './api';
export type { Trial, TrialOutcome } from './experiments';
export { healingOn, type HealingParts } from './healing';
export { HEALING_MIGRATIONS } from './migrations';
export type { AskAgain } from './proof/product';
export type { QuarantineBudget } from './quarantine/decide';
export { startHealing, type HealingOptions, type RunningHealing } from './start-healing';
export type { TextReading } from './text-reading';
