import type { Attempt, Conditions } from '@testimony/contracts';

export interface Trial {
  readonly testId: string;
  readonly conditions: Conditions;
}

export interface TrialOutcome extends Trial {
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'lost';
  readonly attempt?: Attempt;
}
