/** What is known when a worker was lost; the losses count this one. */
export interface Losses {
  /** Since a test of the execution was last attempted or decided. */
  readonly inARow: number;
  /** Since the first of those. */
  readonly inARowMs: number;
  readonly inAll: number;
  /** How long the lost worker lived. */
  readonly livedMs: number;
}

export type Replacement = { readonly replace: true; readonly delayMs: number } | { readonly replace: false; readonly why: string };

/**
 * So many losses without any progress are not bad luck. More than the losses after which execution decides a test that kills its
 * worker (5): deciding it is progress.
 */
export const MAX_LOSSES_IN_A_ROW = 8;
/** Nor is it given up before so long: on a busy machine workers need a second to begin, and may be killed faster than that for a while. */
export const SHORTEST_TRIAL_MS = 10_000;
/** Bounds an execution on a machine that kills workers for ever, while single results still come. */
export const MAX_LOSSES_IN_ALL = 200;

/** A worker that dies so soon without progress died of its start, and the next one would at once. */
const EARLY_DEATH_MS = 1_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

/** Whether a lost worker is replaced, and how soon: at once, unless workers die as they start. */
export function replacement({ inARow, inARowMs, inAll, livedMs }: Losses): Replacement {
  if (inARow >= MAX_LOSSES_IN_A_ROW && inARowMs >= SHORTEST_TRIAL_MS) {
    return { replace: false, why: `${inARow} workers were lost in a row without any progress` };
  }
  if (inAll >= MAX_LOSSES_IN_ALL) return { replace: false, why: `${inAll} workers were lost` };
  if (inARow < 2 || livedMs >= EARLY_DEATH_MS) return { replace: true, delayMs: 0 };
  return { replace: true, delayMs: Math.min(FIRST_DELAY_MS * 2 ** (inARow - 2), LONGEST_DELAY_MS) };
}
