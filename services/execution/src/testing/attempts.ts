import type { Outcome } from '@testimony/contracts';
import type { PastAttempt } from '../verdict/judged';

export const SHOP = 'http://127.0.0.1:4000';

/** An attempt as the cores see it; a failure is one of an assertion unless it says otherwise. */
export function attempt(n: number, outcome: Outcome, failure: Partial<NonNullable<PastAttempt['failure']>> = {}): PastAttempt {
  return {
    attempt: n,
    outcome,
    isolated: n > 1,
    durationMs: 10,
    ...(outcome === 'failed' ? { failure: { class: 'assertion', message: 'expected 1, got 2', ...failure } } : {}),
    ...(outcome === 'lost' ? { reason: 'the test process was killed' } : {}),
  };
}

/** An attempt that met no system under test. */
export function away(n: number, code = 'ECONNREFUSED'): PastAttempt {
  const probe = { url: SHOP, reachable: false, error: 'ECONNREFUSED' };
  return { ...attempt(n, 'failed', { class: 'network', code, message: `${code} ${SHOP}`, probe }), isolated: false };
}
