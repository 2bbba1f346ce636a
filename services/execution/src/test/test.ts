import { conditionsSchema, TestAttempted, TestDecided, type Decision, type EventData, type EventOf } from '@testimony/contracts';
import { z } from 'zod';
import type { PastAttempt } from '../verdict/judged';

/** A further attempt was decided on, with the reason. */
export const TestRetryPlanned = {
  type: 'test.retry-planned',
  schema: z.object({
    executionId: z.string(),
    testId: z.string(),
    attempt: z.number().int(),
    conditions: conditionsSchema,
    delayMs: z.number(),
    reason: z.string(),
  }),
  published: false,
} as const;

/** The worker that held the test was lost before it reported; the same attempt is handed out again. */
export const TestReturned = {
  type: 'test.returned',
  schema: z.object({ executionId: z.string(), testId: z.string(), workerId: z.string(), reason: z.string() }),
  published: false,
} as const;

export const TEST_EVENTS = [TestAttempted, TestRetryPlanned, TestReturned, TestDecided] as const;
export type TestEvent = EventOf<(typeof TEST_EVENTS)[number]>;

interface Identity {
  readonly executionId: string;
  readonly testId: string;
}

/** One planned test of one execution. */
export type Test = Tried & ({ readonly status: 'undecided' } | { readonly status: 'decided'; readonly decision: Decision });

interface Tried extends Identity {
  readonly attempts: readonly PastAttempt[];
  /** How often a worker that held it was lost. */
  readonly losses: number;
}

export function undecided(executionId: string, testId: string): Test & { status: 'undecided' } {
  return { status: 'undecided', executionId, testId, attempts: [], losses: 0 };
}

export function evolve(state: Test, event: TestEvent): Test {
  if (state.status === 'decided') return state;
  switch (event.type) {
    case 'io.testimony.test.attempted':
      return { ...state, attempts: [...state.attempts, pastAttempt(event.data)] };
    case 'test.retry-planned':
      return state;
    case 'test.returned':
      return { ...state, losses: state.losses + 1 };
    case 'io.testimony.test.decided': {
      const { verdict, reason, runs, failed } = event.data;
      return { ...state, status: 'decided', decision: { verdict, reason, runs, failed } };
    }
    default: {
      const impossible: never = event;
      return impossible;
    }
  }
}

export function pastAttempt(
  data: Pick<EventData<typeof TestAttempted>, 'attempt' | 'outcome' | 'conditions' | 'durationMs' | 'reason' | 'failure'>,
): PastAttempt {
  const { attempt, outcome, conditions, durationMs, reason, failure } = data;
  return {
    attempt,
    outcome,
    isolated: conditions.isolated,
    durationMs,
    ...(reason === undefined ? {} : { reason }),
    ...(failure ? { failure: { class: failure.class, message: failure.message, code: failure.code, probe: failure.probe } } : {}),
  };
}
