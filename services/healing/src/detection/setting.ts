import type { Conditions } from '@testimony/contracts';
import type { Trial } from '../experiments';

/** What a way of running a test brings out. */
export type Kind = 'alone' | 'crowd' | 'sequence' | 'cpuStress' | 'latency' | 'randomSeed' | 'clock' | 'timeZone';

/** A way of running a test. */
export interface Setting {
  /** Attempts with one slot share one failure rate. */
  readonly slot: string;
  readonly kind: Kind;
  /** Of the test itself, and of those that run before it. */
  readonly conditions: Conditions;
  /** Tests that run before it, in this order, in its process. */
  readonly before?: readonly string[];
  /** Tests that run in other lanes meanwhile. */
  readonly beside?: readonly string[];
}

export const ALONE: Setting = { slot: 'alone', kind: 'alone', conditions: { isolated: true } };

/** The lanes of one attempt, the test's own first, where it is the last. */
export function lanesOf(testId: string, setting: Setting, sequence: string, changes: Partial<Conditions> = {}): Trial[][] {
  const conditions = { ...setting.conditions, ...changes };
  const beside = (setting.beside ?? []).map((other) => [{ testId: other, conditions: { isolated: true } }]);
  const before = setting.before ?? [];
  if (before.length === 0 && !conditions.order) return [[{ testId, conditions }], ...beside];
  return [sequenceOf([...before, testId], sequence, conditions), ...beside];
}

/** Tests one after the other in one process. */
export function sequenceOf(testIds: readonly string[], sequence: string, conditions: Conditions, seed?: number): Trial[] {
  return testIds.map((testId, place) => ({
    testId,
    conditions: { ...conditions, isolated: false, order: { sequence, place, ...(seed !== undefined && { seed }) } },
  }));
}
