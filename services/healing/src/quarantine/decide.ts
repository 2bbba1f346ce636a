import { cleanRunsToBound, DomainError, type Count, type Quarantine } from '@testimony/contracts';
import type { Quarantined, QuarantineEvent } from './quarantine';

export type QuarantineCommand =
  | {
      readonly kind: 'quarantine';
      readonly projectId: string;
      readonly entry: Quarantine;
      /** That the project is known to have; undefined when no run of it is known. */
      readonly tests: number | undefined;
      readonly budget: QuarantineBudget;
      readonly now: Date;
    }
  | {
      readonly kind: 'release';
      readonly projectId: string;
      readonly testId: string;
      readonly reason: string;
      /** Runs since it was put in. */
      readonly evidence: Count;
      /** How often it failed before; undefined when it is not known. */
      readonly rate: number | undefined;
      readonly now: Date;
    };

export interface QuarantineBudget {
  /** Of the project's tests. */
  readonly share: number;
  readonly tests: number;
  readonly longestDays: number;
}

/**
 * A quarantine that may grow is where tests are forgotten: one test in twenty and never more than twenty, which one person can look
 * after, and a month, within which somebody has to look.
 */
export const DEFAULT_BUDGET: QuarantineBudget = { share: 0.05, tests: 20, longestDays: 30 };
/** Of a test whose rate nobody knows: half of what is flaky fails at least so often. */
const UNKNOWN_RATE = 0.05;
/** More clean runs than bound a rate of 1 % are not asked for. */
const LEAST_RATE = 0.01;
const DAY_MS = 86_400_000;

/** What happens on a command. Throws a DomainError `quarantine-owner`, `quarantine-expiry`, `quarantine-full`, `not-quarantined` or `evidence-missing`. */
export function decide(state: Quarantined, command: QuarantineCommand): QuarantineEvent[] {
  const { projectId, now } = command;
  if (command.kind === 'quarantine') {
    const { entry, tests, budget } = command;
    if (entry.owner.trim() === '' || entry.reason.trim() === '') {
      throw new DomainError(
        'quarantine-owner',
        `${entry.testName} needs an owner who looks after it, and a reason, to be put into quarantine.`,
      );
    }
    const until = Date.parse(entry.until);
    if (until <= now.getTime() || until > now.getTime() + budget.longestDays * DAY_MS) {
      throw new DomainError(
        'quarantine-expiry',
        `A quarantine ends in the future and within ${budget.longestDays} days, but that of ${entry.testName} would end ${entry.until}.`,
      );
    }
    const others = standing(state, now).filter(({ testId }) => testId !== entry.testId).length;
    const most = placesOf(budget, tests);
    if (others >= most) {
      throw new DomainError(
        'quarantine-full',
        `${others} ${others === 1 ? 'test is' : 'tests are'} in quarantine already, and ${most} may be${tests === undefined ? '' : ` (${budget.share * 100} % of ${tests} tests, ${budget.tests} at most)`}; heal or release one first.`,
        409,
      );
    }
    return [{ type: 'io.testimony.test.quarantined', data: { projectId, ...entry } }];
  }
  const { testId, reason, evidence, rate } = command;
  const entry = state.entries.get(testId);
  if (!entry) throw new DomainError('not-quarantined', `The test ${testId} is not in quarantine.`, 404);
  const needed = runsToRelease(rate);
  if (evidence.failed > 0 || evidence.runs < needed) {
    throw new DomainError(
      'evidence-missing',
      `${entry.testName} needs ${needed} runs without a failure to leave quarantine (it failed ${rate === undefined ? 'at a rate that is not known' : `in ${Math.round(rate * 100)} % of its runs`}), but it failed in ${evidence.failed} of ${evidence.runs}.`,
      409,
    );
  }
  return [
    {
      type: 'io.testimony.test.released',
      data: {
        projectId,
        testId,
        reason: `${reason} (${evidence.runs} runs without a failure, ${needed} were needed)`,
        at: now.toISOString(),
      },
    },
  ];
}

/** Those that stand at a moment. */
export function standing({ entries }: Quarantined, now: Date): Quarantine[] {
  return [...entries.values()].filter(({ until }) => Date.parse(until) > now.getTime());
}

/** Those that stood at a moment of the past: what was put in later excuses no failure of then. */
export function inForceAt(state: Quarantined, at: Date): Quarantine[] {
  return standing(state, at).filter(({ since }) => Date.parse(since) <= at.getTime());
}

/** Clean runs that show, at 95 %, that it fails less often than it did. */
export function runsToRelease(rate: number | undefined): number {
  return cleanRunsToBound(Math.min(Math.max(rate ?? UNKNOWN_RATE, LEAST_RATE), 0.5));
}

function placesOf({ share, tests: most }: QuarantineBudget, tests: number | undefined): number {
  return tests === undefined ? most : Math.min(most, Math.max(1, Math.floor(share * tests)));
}
