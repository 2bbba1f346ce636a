import { conditionsSchema, TestAttempted, TestDecided, type Decision, type EventData, type EventOf } from '@testimony/contracts';
import { z } from 'zod';
import type { PastAttempt, PastFailure } from '../verdict/judged';
import { traceOf } from '../verdict/trace';

/** A further attempt was decided on, with the reason. */
export const TestRetryPlanned = {
  type: 'test.retry-planned',
  schema: z.object({
    executionId: z.string(),
    testId: z.string(),
    attempt: z.number().int(),
    conditions: conditionsSchema,
    /** `isolated` and `base` are experiments that the budget pays for; `same` repeats an attempt that gave no answer. */
    policy: z.enum(['isolated', 'base', 'same']),
    delayMs: z.number(),
    reason: z.string(),
  }),
  published: false,
} as const;

/** An attempt fell into an outage: it says nothing about the test, which is tried again. */
export const TestAttemptSetAside = {
  type: 'test.attempt-set-aside',
  schema: z.object({ executionId: z.string(), testId: z.string(), attempt: z.number().int(), reason: z.string() }),
  published: false,
} as const;

/** The worker that held the test was lost before it reported; the same attempt is handed out again. */
export const TestReturned = {
  type: 'test.returned',
  schema: z.object({ executionId: z.string(), testId: z.string(), workerId: z.string(), reason: z.string() }),
  published: false,
} as const;

export const TEST_EVENTS = [TestAttempted, TestRetryPlanned, TestAttemptSetAside, TestReturned, TestDecided] as const;
export type TestEvent = EventOf<(typeof TEST_EVENTS)[number]>;

interface Identity {
  readonly executionId: string;
  readonly testId: string;
  /** Of an experiment: one attempt that gets no second one. In a sequence it cannot be repeated alone, since what ran before it is part of its conditions. */
  readonly trial?: 'single' | 'in-sequence';
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
    case 'test.attempt-set-aside': {
      const { attempt, reason } = event.data;
      return { ...state, attempts: state.attempts.map((a) => (a.attempt === attempt ? { ...a, setAside: reason } : a)) };
    }
    case 'test.returned':
      return { ...state, losses: state.losses + 1 };
    case 'io.testimony.test.decided': {
      const {
        executionId: _execution,
        testId: _test,
        attempts: _attempts,
        durationMs: _duration,
        decidedAt: _at,
        ...decision
      } = event.data;
      return { ...state, status: 'decided', decision };
    }
    default: {
      const impossible: never = event;
      return impossible;
    }
  }
}

export function pastAttempt(
  data: Omit<EventData<typeof TestAttempted>, 'executionId' | 'testId' | 'workerId' | 'artifacts' | 'logs'>,
): PastAttempt {
  const { attempt, outcome, conditions, durationMs, startedAt, reason, failure } = data;
  return {
    attempt,
    outcome,
    isolated: conditions.isolated,
    ...(conditions.revision === 'base' ? { base: true } : {}),
    durationMs,
    endedAt: new Date(Date.parse(startedAt) + durationMs).toISOString(),
    ...(reason === undefined ? {} : { reason }),
    ...(failure ? { failure: pastFailure({ ...data, failure }) } : {}),
  };
}

function pastFailure(data: Parameters<typeof traceOf>[0]): PastFailure {
  const { class: failureClass, message, code, probe } = data.failure;
  const { signature, certain, rateLimit, unavailable } = traceOf(data);
  return { class: failureClass, message, code, probe, signature, certain, rateLimit, unavailable };
}
